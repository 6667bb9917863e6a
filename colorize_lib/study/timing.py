"""Timing: how long training, colouring and a whole study take on this machine."""

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from colorize_lib import color, models
from colorize_lib.files import atomic, data_root
from colorize_lib.networks import efficientnet, inception
from colorize_lib.provenance import environment, hardware_text
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Run, Store
from colorize_lib.runs.training import compiled
from colorize_lib.study.plan import Task

MEASURED_SECONDS = 4.0
SAMPLED = 64  # photographs that are colorized or scored to see how long that takes
LARGEST_STEP = 5e11  # operations of a training step: what has more is told from a smaller model's speed


@dataclass(frozen=True)
class Speed:
    """Seconds that one image takes a family.

    Attributes:
        training: in a training step.
        sampling: to be colorized.
        measured: whether that was measured, or is what follows from the number of operations.
    """

    training: float
    sampling: float
    measured: bool = True


def forward_operations(config: RunConfig) -> float:
    """Floating-point operations of a model's `forward_pass` for one image, as the backend counts them."""
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


def speed(config: RunConfig) -> Speed:
    """How fast a configuration is here: measured on random pictures, and remembered, where a step is small enough.

    A larger one is taken for as fast, by its number of operations, as the same family at `small` was measured to be.
    """
    operations = forward_operations(config)
    if 3 * operations * config.hyperparameters.batch_size <= LARGEST_STEP:
        return Speed(**_remembered(_key(config), lambda: _measure(config)))
    small = RunConfig.create(config.family, "small", config.data_set, 1)
    known, ratio = speed(small), operations / forward_operations(small)
    return Speed(known.training * ratio, known.sampling * ratio, measured=False)


def scoring_seconds() -> float:
    """Seconds to score one picture by all metrics here; as recorded elsewhere, where the networks are not at hand."""
    if not (inception.WEIGHTS.at_hand() and efficientnet.WEIGHTS.at_hand()):
        recorded = Store.default().table("metrics_speed")
        return 1 / recorded[recorded.program.str.startswith("colorize_lib")].images_per_second.median()
    return _remembered("scoring", _measure_scoring)["seconds"]


def forget() -> None:
    """Have everything measured again."""
    _memory().unlink(missing_ok=True)


def _memory() -> Path:
    return data_root() / "speeds.json"


def _key(config: RunConfig) -> str:
    fields = {"image_size": config.image_size, **dataclasses.asdict(config.hyperparameters)}
    return f"{config.family}-{hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:8]}"


def _remembered(key: str, measure) -> dict:
    """What was measured on this machine before, kept in the data folder, or is measured now."""
    path = _memory()
    known = json.loads(path.read_text()) if path.exists() else {}
    machine = environment(keras.backend.backend())
    key = f"{hardware_text(machine['hardware'])}, {machine['backend']}: {key}"
    if key not in known:
        found = measure()
        known = (json.loads(path.read_text()) if path.exists() else {}) | {key: found}
        with atomic(path) as temporary:
            temporary.write_text(json.dumps(known, indent=1) + "\n")
    return known[key]


def _measure(config: RunConfig) -> dict:
    model, batch = compiled(config), config.hyperparameters.batch_size
    rgb = _pictures(max(batch, SAMPLED), config.image_size)
    y = color.to_float(rgb[:batch])
    x = color.luma(y)
    model.train_on_batch(x, y)
    steps, started = 0, time.perf_counter()
    while time.perf_counter() - started < MEASURED_SECONDS:
        model.train_on_batch(x, y)
        steps += 1
    training = (time.perf_counter() - started) / steps / batch
    gray = color.to_float(color.gray(rgb[:SAMPLED]))
    model.sample(gray, seed=0)
    started = time.perf_counter()
    model.sample(gray, seed=1)
    return {"training": training, "sampling": (time.perf_counter() - started) / SAMPLED}


def _measure_scoring() -> dict:
    pictures = _pictures(SAMPLED, 32)
    for chosen in (pictures, pictures):  # the first time compiles
        started = time.perf_counter()
        inception.pool3(chosen)
        efficientnet.probabilities(chosen)
    return {"seconds": (time.perf_counter() - started) / SAMPLED}


def _pictures(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


WHOLE, AGAIN = 5000, 1000  # photographs of a split, about, and how many of them are coloured twice

# Seconds of a task's training and of its scoring.
Expected = tuple[float, float]


class Expectation:
    """How long tasks take here; each family at each size is measured once."""

    def __init__(self) -> None:
        self.speeds: dict[tuple, object] = {}
        self.estimated = False

    def __call__(self, task: Task) -> Expected:
        """Seconds of a task's training and of its scoring, from nothing to its end."""
        config = task.config
        key = (config.family, config.preset, config.image_size)
        if key not in self.speeds:
            self.speeds[key] = speed(config)
        known = self.speeds[key]
        self.estimated |= not known.measured
        scoring = sum(self._photographs(scoring.whole, scoring.count, known) for scoring in task.scorings())
        return config.images_seen * known.training, scoring

    @staticmethod
    def _photographs(whole: bool, count: int, known) -> float:
        samples = count = WHOLE if whole else count
        if whole:
            samples += AGAIN
        return samples * known.sampling + count * scoring_seconds()


def progress(tasks: Iterable[Task], store: Store, expected: Callable[[Task], Expected]) -> tuple[float, float]:
    """Expected seconds of what is done of tasks, those in the middle of their training included, and of them all."""
    done = total = 0.0
    for task in tasks:
        training, scoring = expected(task)
        missing, scorings = task.missing(store)
        trained = _seen(Run(store.local / task.config.name)) / task.config.images_seen if missing else 1.0
        count = len(task.scorings())
        done += min(1.0, trained) * training + scoring * (1 - len(scorings) / count if count else 0.0)
        total += training + scoring
    return done, total


def _seen(run: Run) -> int:
    """Images that a run in training has seen."""
    try:
        return int(run.history.images_seen.iloc[-1])
    except (OSError, ValueError, IndexError, pd.errors.EmptyDataError):
        return 0
