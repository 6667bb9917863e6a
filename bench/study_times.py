"""How long the study's models take: a training step, one photograph alone, and photographs in large batches.

    python -m bench.study_times [ROUNDS]

Each contestant is a process of its own with two threads; they take turns, so that what else the machine does meets all
alike, but nothing else should run. The configurations are those of params/report.yaml. Palette colours with its default
sampler, with a quarter of its evaluations, and alone also as published, with 1,000 ancestral steps. Writes
results/tables/study_times.csv, a row for each contestant and round: seconds an image, peak memory, and the number of
operations that the network's forward pass takes for one image.
"""

import sys
import time

import numpy as np
import pandas as pd
from tqdm import tqdm

from bench import turns
from bench.scores import table_path
from colorize_lib import color, provenance
from colorize_lib.book import parameters
from colorize_lib.files import atomic
from colorize_lib.runs import training
from colorize_lib.study import timing

REPORT = "params/report.yaml"
THREADS, ROUNDS, LARGE = 2, 7, 256
FAMILIES = ("regression", "pix2pix", "palette", "coltran")
DEFAULT, FEW, PUBLISHED = "default", "with 5 evaluations", "as published"
SAMPLERS = {"": {}, DEFAULT: {}, FEW: {"steps": 5}, PUBLISHED: {"sampler": "ancestral", "steps": 1000}}
# What is timed: (family, "training" or "inference", batch, sampler), and steps of a turn.
CONTESTANTS = {
    **{(family, "training", 0, ""): 20 for family in FAMILIES},
    ("regression", "inference", 1, DEFAULT): 50,
    ("pix2pix", "inference", 1, DEFAULT): 50,
    ("palette", "inference", 1, DEFAULT): 10,
    ("coltran", "inference", 1, DEFAULT): 10,
    ("palette", "inference", 1, FEW): 20,
    ("palette", "inference", 1, PUBLISHED): 1,
    **{(family, "inference", LARGE, DEFAULT): 2 for family in FAMILIES},
    ("palette", "inference", LARGE, FEW): 2,
}


def serve(family: str, what: str, batch: str, sampler: str) -> None:
    """Be a contestant."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    imported = turns.peak_kb()
    config = parameters.study(REPORT).config(family)
    model = training.compiled(config)
    count = int(batch) or config.hyperparameters.batch_size
    rgb = np.random.default_rng(0).uniform(-1, 1, (count, config.image_size, config.image_size, 3)).astype(np.float32)
    gray = color.luma(rgb)

    def step():
        if what == "training":
            model.train_on_batch(gray, rgb)
        else:
            model.sample(gray, seed=range(count), batch_size=count, **SAMPLERS[sampler])

    facts = {"batch": count, "forward_MFLOP_per_image": timing.forward_operations(config) / 1e6}
    turns.serve(step, facts, imported)


def main(rounds: str = str(ROUNDS)) -> None:
    command = [sys.executable, "-m", "bench.study_times", "--serve"]
    contestants = {who: turns.Contestant([*command, *map(str, who)]) for who in CONTESTANTS}
    rows, where = [], provenance.columns()
    for number in tqdm(range(int(rounds) + 1), disable=None):
        for (who, contestant), steps in zip(contestants.items(), CONTESTANTS.values(), strict=True):
            time.sleep(0.5)  # threads of the one before have gone to sleep
            family, what, _, sampler = who
            turn = contestant.turn(steps)
            if not number:  # the first round is a warm-up
                continue
            rows.append(
                {
                    "family": family,
                    "what": what,
                    "sampler": sampler,
                    "batch": contestant.facts["batch"],
                    "repeat": number,
                    "seconds_per_image": turn["seconds"] / steps / contestant.facts["batch"],
                    "forward_MFLOP_per_image": contestant.facts["forward_MFLOP_per_image"],
                    "peak_GB": turn["peak_kb"] / 1e6,
                    "imported_GB": turn["imported_kb"] / 1e6,
                    **where,
                }
            )
    write(rows)


def write(rows: list[dict]) -> None:
    table = pd.DataFrame(rows)
    with atomic(table_path("study_times")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5g")
    keys = ["what", "family", "sampler", "batch"]
    print(table.groupby(keys, sort=False).seconds_per_image.describe()[["min", "50%", "max"]].to_string())


if __name__ == "__main__":
    serve(*sys.argv[2:]) if sys.argv[1:2] == ["--serve"] else main(*sys.argv[1:])
