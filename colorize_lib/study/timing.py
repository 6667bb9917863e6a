"""Timing: how long a study's tasks take on this machine.

Three things are measured: how fast a family trains, how fast it colours, and how fast pictures are scored. They are
remembered in the data folder, and how long a task is expected to take follows from them. Keras is imported only when
they are looked up.
"""

import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from colorize_lib import color, models
from colorize_lib.backend import load_backend
from colorize_lib.files import atomic, data_root
from colorize_lib.provenance import hardware, hardware_text
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Run, Store
from colorize_lib.study.plan import Scoring, Task

MEASURED_SECONDS = 4.0
SAMPLED = 64  # photographs that are coloured or scored to see how long that takes
LARGEST_STEP = 5e11  # operations of a training step; the time of a larger one is estimated
WHOLE, TWICE = 5000, 1000  # photographs in a whole split, about, and how many of them are coloured twice


@dataclass(frozen=True)
class Speed:
    """Seconds an image that a family takes.

    Attributes:
        training: in a training step.
        sampling: to be coloured, in a batch.
        measured: whether these were measured; otherwise they are estimated from the number of operations.
    """

    training: float
    sampling: float
    measured: bool = True


def speed(config: RunConfig) -> Speed:
    """How fast a configuration is here, measured if it was not before.

    A model whose training step is large is not trained for that: its speed in operations a second is taken to be that
    of the same family at preset `small`.
    """
    load_backend()
    operations = forward_operations(config)
    if 3 * operations * config.hyperparameters.batch_size <= LARGEST_STEP:
        fields = {"image_size": config.image_size, **dataclasses.asdict(config.hyperparameters)}
        digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:8]
        return Speed(**_remembered(f"{config.family}-{digest}", lambda: _measure_speed(config)))
    small = RunConfig.create(config.family, "small", config.data_set, 1)
    known, ratio = speed(small), operations / forward_operations(small)
    return Speed(known.training * ratio, known.sampling * ratio, measured=False)


def scoring_seconds(store: Store) -> float:
    """Seconds to score a picture by all metrics on this machine, or as recorded in the store if the networks are not
    here."""
    load_backend()
    from colorize_lib.networks import efficientnet, inception

    if not (inception.WEIGHTS.at_hand() and efficientnet.WEIGHTS.at_hand()):
        recorded = store.table("metrics_speed")
        return 1 / recorded[recorded.program.str.startswith("colorize_lib")].images_per_second.median()
    return _remembered("scoring", _measure_scoring)["seconds"]


def images_within(minutes: float, config: RunConfig) -> int:
    """How many images a configuration trains on in so many minutes here, to three digits; a batch at least."""
    images = 60 * minutes / speed(config).training
    return max(config.hyperparameters.batch_size, int(round(images, 2 - math.floor(math.log10(images)))))


def forward_operations(config: RunConfig) -> float:
    """Floating-point operations of a model's `forward_pass` for one image, as the backend counts them."""
    import keras

    forward, shapes = models.from_config(config.family, config.hyperparameters, config.image_size).forward_pass()
    if keras.backend.backend() == "jax":
        import jax

        inputs = [jax.ShapeDtypeStruct(shape, "float32") for shape in shapes]
        return float(jax.jit(lambda *inputs: forward(*inputs)).lower(*inputs).cost_analysis()["flops"])
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # its profiler says that it is of an older version
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    graph = tf.function(lambda *inputs: forward(*inputs)).get_concrete_function(*specs).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation() | {"output": "none"}
    return float(tf.compat.v1.profiler.profile(graph, options=options).total_float_ops)


def _measure_speed(config: RunConfig) -> dict[str, float]:
    """Train and sample for some seconds on random pictures."""
    from colorize_lib.runs.training import compiled

    model, batch = compiled(config), config.hyperparameters.batch_size
    pictures = _random_pictures(max(batch, SAMPLED), config.image_size)
    y = color.to_float(pictures[:batch])
    x = color.luma(y)
    model.train_on_batch(x, y)  # compiles
    steps, started = 0, time.perf_counter()
    while time.perf_counter() - started < MEASURED_SECONDS:
        model.train_on_batch(x, y)
        steps += 1
    training = (time.perf_counter() - started) / steps / batch
    gray = color.to_float(color.gray(pictures[:SAMPLED]))
    model.sample(gray, seed=0)  # compiles
    started = time.perf_counter()
    model.sample(gray, seed=1)
    return {"training": training, "sampling": (time.perf_counter() - started) / SAMPLED}


def _measure_scoring() -> dict[str, float]:
    from colorize_lib.networks import efficientnet, inception

    pictures = _random_pictures(SAMPLED, 32)
    for _ in range(2):  # the first time compiles
        started = time.perf_counter()
        inception.pool3(pictures)
        efficientnet.probabilities(pictures)
    return {"seconds": (time.perf_counter() - started) / SAMPLED}


def _random_pictures(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


def _remembered(key: str, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    """What was measured on this machine and backend before, or is measured now."""
    import keras

    backend = keras.backend.backend()
    key = f"{hardware_text(hardware(backend))}, {backend}: {key}"
    known = _memory()
    if key not in known:
        measured = measure()
        known = _memory() | {key: measured}  # others may have measured meanwhile
        with atomic(_memory_path()) as temporary:
            temporary.write_text(json.dumps(known, indent=1) + "\n")
    return known[key]


def forget() -> None:
    """Have everything measured again."""
    _memory_path().unlink(missing_ok=True)


def _memory() -> dict[str, dict[str, float]]:
    return json.loads(_memory_path().read_text()) if _memory_path().exists() else {}


def _memory_path() -> Path:
    return data_root() / "speeds.json"


class Expected(NamedTuple):
    """Seconds that a task takes one process from beginning to end."""

    training: float
    scoring: float


class Expectation:
    """What is expected of tasks on this machine; a family's speed is looked up once for each preset and size.

    Attributes:
        estimated: whether the speed of a task that was asked about is only an estimate.
    """

    def __init__(self, store: Store):
        self.store = store
        self.estimated = False
        self._speeds: dict[tuple[str, str, int], Speed] = {}
        self._scoring_seconds: float | None = None

    def __call__(self, task: Task) -> Expected:
        config = task.config
        key = (config.family, config.preset, config.image_size)
        if key not in self._speeds:
            self._speeds[key] = speed(config)
        known = self._speeds[key]
        self.estimated |= not known.measured
        scoring = sum(self._of_scoring(scoring, known.sampling) for scoring in task.scorings())
        return Expected(config.images_seen * known.training, scoring)

    def _of_scoring(self, scoring: Scoring, sampling_seconds: float) -> float:
        if self._scoring_seconds is None:
            self._scoring_seconds = scoring_seconds(self.store)
        photographs = WHOLE if scoring.whole else scoring.count
        samples = photographs + (TWICE if scoring.whole else 0)
        return samples * sampling_seconds + photographs * self._scoring_seconds


def progress(tasks: Iterable[Task], store: Store, expected: Callable[[Task], Expected]) -> tuple[float, float]:
    """Expected seconds of what has been done of tasks, also of a training that is under way, and of all of them."""
    done = total = 0.0
    for task in tasks:
        training, scoring = expected(task)
        run_missing, scorings = task.missing(store)
        seen = _images_seen(Run(store.local / task.config.name)) if run_missing else task.config.images_seen
        scorings_in_all = len(task.scorings())
        done += min(1.0, seen / task.config.images_seen) * training
        done += (1 - len(scorings) / scorings_in_all) * scoring if scorings_in_all else 0.0
        total += training + scoring
    return done, total


def _images_seen(run: Run) -> int:
    """Images that a run in training has seen, by its history; 0 if it has none yet."""
    try:
        return int(run.history.images_seen.iloc[-1])
    except (OSError, ValueError, IndexError, pd.errors.EmptyDataError):
        return 0
