"""Training steps at `small`, beside that of denoising-diffusion-pytorch's U-Net and a matrix product.

    python -m bench.training_step TORCH_PYTHON [ROUNDS]

TORCH_PYTHON is the interpreter of the environment that bench/torch_step.py describes. Each contestant is a process of
its own with two threads and batches of 32 of 32x32; they take turns, so that what else the machine does meets all
alike. Writes results/tables/training_speed.csv: the median time of a step with the least and most, images/s, the
arithmetic of a step (three times that of the network's forward pass, which each framework counts) in GFLOP/s and as a
share of the matrix product's, and peak memory with what importing alone takes. A GAN's step has a discriminator beside
the network: its arithmetic is left out.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from tqdm import tqdm

from colorize_lib import runs
from colorize_lib.files import atomic

THREADS, BATCH, SIZE = 2, 32, 32
STEPS, ROUNDS, SIDE = 20, 7, 2048
SETTINGS = {"output": "chroma", "ema_fraction": 0.1}
CONTESTANTS = {
    "Palette": ["palette"],
    "Palette, bfloat16": ["palette", "bfloat16"],
    "regression": ["regression"],
    "Pix2Pix": ["pix2pix"],
    "denoising-diffusion-pytorch": ["bench/torch_step.py", "contiguous"],
    "denoising-diffusion-pytorch, channels last": ["bench/torch_step.py", "channels_last"],
    "matrix product": ["product"],
}


def step_of(family: str, **settings):
    """A function that makes one step, and the network's parameters and arithmetic."""
    import tensorflow as tf

    from colorize_lib import color, models

    model = models.build(family, "small", **SETTINGS, **settings)
    model.compile(optimizer=model.make_optimizer(), jit_compile=False)
    rgb = np.random.default_rng(0).uniform(-1, 1, (BATCH, SIZE, SIZE, 3)).astype(np.float32)
    gray = color.luma(rgb)
    parameters = sum(int(np.prod(v.shape)) for v in model.network.trainable_variables)
    specs = [tf.TensorSpec((1, *value.shape[1:]), tf.float32) for value in model.network.inputs]
    graph = tf.function(lambda *inputs: model.network(list(inputs))).get_concrete_function(*specs).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation() | {"output": "none"}
    flops = tf.compat.v1.profiler.profile(graph, options=options).total_float_ops
    return lambda: model.train_on_batch(gray, rgb), {"parameters": parameters, "forward_flops": flops}


def product_step():
    import tensorflow as tf

    a = tf.random.normal((SIDE, SIDE))
    multiply = tf.function(lambda: tf.reduce_sum(a @ a))
    return lambda: multiply().numpy(), {"parameters": 0, "forward_flops": 2 * SIDE**3 / BATCH / 3}


def serve(what: str, precision: str = "") -> None:
    """Make so many steps for each line of the standard input."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    imported = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    settings = {"precision": precision} if precision else {}
    step, facts = product_step() if what == "product" else step_of(what, **settings)
    step()
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        for _ in range(int(line)):
            step()
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"seconds": seconds, "peak_kb": peak, "imported_kb": imported}), flush=True)


class Contestant:
    """A process that waits between its turns."""

    def __init__(self, command: list[str]):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.facts = json.loads(self.process.stdout.readline())
        self.turn()  # a warm-up
        self.seconds: list[float] = []

    def turn(self) -> dict:
        print(STEPS, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def measure(self) -> None:
        self.memory = self.turn()
        self.seconds.append(self.memory["seconds"] / STEPS)

    def row(self) -> dict:
        middle, least, most = np.median(self.seconds), min(self.seconds), max(self.seconds)
        gigaflops = 3 * BATCH * self.facts["forward_flops"] / middle / 1e9
        memory = {name: self.memory[f"{name}_kb"] / 1e6 for name in ("peak", "imported")}
        return {
            "parameters": self.facts["parameters"],
            "forward_MFLOP_per_image": self.facts["forward_flops"] / 1e6,
            "milliseconds": 1e3 * middle,
            "milliseconds_least": 1e3 * least,
            "milliseconds_most": 1e3 * most,
            "images_per_second": BATCH / middle,
            "GFLOP_per_second": gigaflops,
            "peak_GB": memory["peak"],
            "imported_GB": memory["imported"],
        }


def main(torch_python: str, rounds: str = str(ROUNDS)) -> None:
    own = [sys.executable, "-m", "bench.training_step", "--serve"]
    contestants = {
        name: Contestant([torch_python, *words] if words[0].endswith(".py") else [*own, *words])
        for name, words in CONTESTANTS.items()
    }
    for _ in tqdm(range(int(rounds)), disable=None):
        for contestant in contestants.values():
            time.sleep(0.5)  # threads of the one before have gone to sleep
            contestant.measure()
    table = pd.DataFrame([{"program": name, **contestant.row()} for name, contestant in contestants.items()])
    table.loc[table.program == "Pix2Pix", "GFLOP_per_second"] = np.nan
    table["share_of_product"] = (
        table.GFLOP_per_second / table.GFLOP_per_second[table.program == "matrix product"].item()
    )
    where = runs.environment("tensorflow")
    hardware = f"{where['hardware']['processor']}, {where['hardware']['cores']} cores"
    table = table.assign(
        rounds=int(rounds), steps=STEPS, batch=BATCH, hardware=hardware, commit=where["commit"], date=where["date"]
    )
    with atomic(runs.Store.default().recorded / "tables" / "training_speed.csv") as path:
        table.to_csv(path, index=False, float_format="%.5g")
    print(table.iloc[:, :11].to_string())


if __name__ == "__main__":
    serve(*sys.argv[2:]) if sys.argv[1] == "--serve" else main(*sys.argv[1:])
