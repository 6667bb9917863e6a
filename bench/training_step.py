"""Training steps at `small`, beside that of denoising-diffusion-pytorch's U-Net and a matrix product.

    python -m bench.training_step TORCH_PYTHON [ROUNDS]

TORCH_PYTHON is the interpreter of the environment that bench/torch_step.py describes. Each contestant is a process of
its own with two threads and batches of 32 of 32x32; they take turns, so that what else the machine does meets all
alike. Adds to results/tables/training_speed.csv, where only rows of one commit can be compared: the median time of a
step with the least and most, images/s, the arithmetic of a step (three times that of the network's forward pass, which
each framework counts) in GFLOP/s and as a share of the matrix product's, and peak memory with what importing alone
takes. ColTran's forward pass is that of training: all colours at once, and one channel upsampled. A GAN's step has a
discriminator beside the network: its arithmetic is left out.
"""

import sys
import time

import numpy as np
import pandas as pd
from tqdm import tqdm

from bench import turns
from colorize_lib import color, provenance
from colorize_lib.files import atomic
from colorize_lib.runs import training
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Store
from colorize_lib.study import timing

THREADS, BATCH, SIZE = 2, 32, 32
STEPS, ROUNDS, SIDE = 20, 7, 2048
SETTINGS = {"output": "chroma", "ema_fraction": 0.1}
PEER = "denoising-diffusion-pytorch"
CONTESTANTS = {
    "Palette": ["palette"],
    "Palette, bfloat16": ["palette", "bfloat16"],
    "regression": ["regression"],
    "Pix2Pix": ["pix2pix"],
    "ColTran": ["coltran"],
    PEER: ["contiguous"],
    f"{PEER}, channels last": ["channels_last"],
    "matrix product": ["product"],
}


def step_of(family: str, **settings):
    """A function that makes one step, and the network's parameters and arithmetic."""
    config = RunConfig.create(family, "small", "", 1, **SETTINGS, **settings)
    model = training.compiled(config)
    rgb = np.random.default_rng(0).uniform(-1, 1, (BATCH, SIZE, SIZE, 3)).astype(np.float32)
    gray = color.luma(rgb)
    parameters = sum(int(np.prod(v.shape)) for v in model.network.trainable_variables)
    facts = {"parameters": parameters, "forward_flops": timing.forward_operations(config)}
    return lambda: model.train_on_batch(gray, rgb), facts


def product_step():
    import tensorflow as tf

    a = tf.random.normal((SIDE, SIDE))
    multiply = tf.function(lambda: tf.reduce_sum(a @ a))
    return lambda: multiply().numpy(), {"parameters": 0, "forward_flops": 2 * SIDE**3 / BATCH / 3}


def serve(what: str, precision: str = "") -> None:
    """Be a contestant."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    imported = turns.peak_kb()
    settings = {"precision": precision} if precision else {}
    turns.serve(*(product_step() if what == "product" else step_of(what, **settings)), imported)


def row(facts: dict, found: list[dict]) -> dict:
    """What a contestant did in its turns."""
    times = [turn["seconds"] / STEPS for turn in found]
    middle = np.median(times)
    return {
        "parameters": facts["parameters"],
        "forward_MFLOP_per_image": facts["forward_flops"] / 1e6,
        "milliseconds": 1e3 * middle,
        "milliseconds_least": 1e3 * min(times),
        "milliseconds_most": 1e3 * max(times),
        "images_per_second": BATCH / middle,
        "GFLOP_per_second": 3 * BATCH * facts["forward_flops"] / middle / 1e9,
        "peak_GB": found[-1]["peak_kb"] / 1e6,
        "imported_GB": found[-1]["imported_kb"] / 1e6,
    }


def main(torch_python: str, rounds: str = str(ROUNDS)) -> None:
    own = [sys.executable, "-m", "bench.training_step", "--serve"]
    peer = [torch_python, "-m", "bench.torch_step"]
    contestants = {
        name: turns.Contestant([*(peer if name.startswith(PEER) else own), *words])
        for name, words in CONTESTANTS.items()
    }
    found = {name: [] for name in contestants}
    for number in tqdm(range(int(rounds) + 1), disable=None):
        for name, contestant in contestants.items():
            time.sleep(0.5)  # threads of the one before have gone to sleep
            turn = contestant.turn(STEPS)
            found[name] += [turn] if number else []  # the first round is a warm-up
    table = pd.DataFrame(
        [{"program": name, **row(contestant.facts, found[name])} for name, contestant in contestants.items()]
    )
    table.loc[table.program == "Pix2Pix", "GFLOP_per_second"] = np.nan
    table["share_of_product"] = (
        table.GFLOP_per_second / table.GFLOP_per_second[table.program == "matrix product"].item()
    )
    table = table.assign(rounds=int(rounds), steps=STEPS, batch=BATCH, **provenance.columns())
    path = Store.default().recorded / "tables" / "training_speed.csv"
    old = [pd.read_csv(path)] if path.exists() else []
    with atomic(path) as temporary:
        pd.concat([*old, table]).to_csv(temporary, index=False, float_format="%.5g")
    print(table.iloc[:, :11].to_string())


if __name__ == "__main__":
    serve(*sys.argv[2:]) if sys.argv[1] == "--serve" else main(*sys.argv[1:])
