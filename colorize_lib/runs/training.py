"""Training: one `fit` that can be killed at any moment and taken up again, and that leaves a run behind.

The order of the photographs is a function of the seed and the step, and a checkpoint holds every variable, including
those of the optimizer, the metrics and the random seeds: a run that was interrupted ends with the weights and the
history of one that was not.
"""

import json
import math
import shutil
from collections.abc import Callable

import keras
import numpy as np
from PIL import Image
from tqdm import tqdm

from colorize_lib import color, data, models
from colorize_lib.backend import keep_freed_memory
from colorize_lib.files import ColorizeError, atomic, lock
from colorize_lib.provenance import environment
from colorize_lib.runs.checkpoints import (
    Checkpoints,
    Position,
    averaged_weights,
    position_of,
    restore,
    save_weights,
)
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.history import Clock, History
from colorize_lib.runs.pictures import fixed_photographs
from colorize_lib.runs.store import Run, Store

Score = Callable[[Run, keras.Model, int], None]


class TrainingDiverged(ColorizeError):
    """A loss is not finite."""


class Feed(keras.utils.PyDataset):
    """The batches of steps `start` to `stop` as `fit` takes them: (gray, RGB), float32 in [-1, 1]."""

    def __init__(self, batches: data.Batches, start: int, stop: int):
        super().__init__()
        self.batches, self.start, self.stop = batches, start, stop

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, index: int):
        rgb = self.batches[self.start + index]
        return color.to_float(color.gray(rgb)), color.to_float(rgb)


def train(config: RunConfig, store: Store, *, score: Score | None = None, progress: bool = True) -> Run:
    """Train a run to its end and return it, or return the one that is there already.

    Args:
        config: what to train.
        store: a finished run of this configuration is returned as it is; otherwise a local one is made. One that was
            interrupted is taken up at its last checkpoint, and a shorter one of the same lineage is continued.
        score: called as score(run, model, images_seen) at each milestone, with the weights that are stored then, before
            they are rounded to float16; the clock of the training is stopped meanwhile.
        progress: whether to show a bar with images per second and the time left.

    Raises:
        TrainingDiverged: a loss is not finite.
        ColorizeError: there are too few photographs, or the checkpoint is of other photographs.
    """
    finished = store.find(config)
    if finished:
        return finished
    run = Run(store.local / config.name)
    run.folder.mkdir(parents=True, exist_ok=True)
    with lock(run.folder / "training"):
        if not run.finished:
            _train(run, config, store, score, progress)
    return run


def _train(run: Run, config: RunConfig, store: Store, score: Score | None, progress: bool) -> None:
    with atomic(run.folder / "config.json") as path:
        path.write_text(config.to_json())
    machine = environment(keras.backend.backend())  # now: the checkout may change while the run goes on
    photographs = data.prepare(config.data_set, config.image_size)
    rows = training_rows(config, photographs)
    batches = data.Batches(photographs.images, rows, config.hyperparameters.batch_size, config.seed)
    model = compiled(config)
    position = take_up(run, store, model, photographs.sha256)
    clock = Clock(position.seconds)
    if position.steps < config.steps:
        with History(run, config.images_after(position.steps)) as history, _bar(config, position, progress) as bar:
            recorder = Recorder(run, position, clock, history, bar, score)
            model.fit(Feed(batches, position.steps, config.steps), verbose=0, shuffle=False, callbacks=[recorder])
    with averaged_weights(model):
        save_weights(model.network, run.weights)
    manifest = {
        **machine,
        "seconds": round(clock.seconds, 1),
        "parameters": sum(int(np.prod(v.shape)) for v in model.network.trainable_variables),
        "training_images": len(rows),
        "data_sha256": photographs.sha256,
    }
    with atomic(run.folder / "manifest.json") as path:  # last: it marks the run as finished
        path.write_text(json.dumps(manifest, indent=1) + "\n")


def _bar(config: RunConfig, position: Position, progress: bool) -> tqdm:
    return tqdm(
        total=config.images_after(config.steps),
        initial=config.images_after(position.steps),
        desc=config.family,
        unit=" images",
        unit_scale=True,
        disable=None if progress else True,
    )


class Recorder(keras.callbacks.Callback):
    """What happens after each step of a training, in order."""

    def __init__(self, run: Run, position: Position, clock: Clock, history: History, bar: tqdm, score: Score | None):
        super().__init__()
        self.run, self.clock, self.history, self.bar, self.score = run, clock, history, bar, score
        self.steps, self.data_sha256 = position.steps, position.data_sha256
        self.milestones = frozenset(run.config.milestones)
        self.checkpoints = Checkpoints(run.checkpoint)

    def on_train_begin(self, logs=None):
        self.metrics_so_far = [keras.ops.convert_to_numpy(v) for v in self.model.metrics_variables]
        self.clock.start()

    def on_epoch_begin(self, epoch, logs=None):
        """Let a row that a checkpoint cut in two go on: Keras has just reset the metrics."""
        if self.history.within_row(self.run.config.images_after(self.steps)):
            for variable, value in zip(self.model.metrics_variables, self.metrics_so_far, strict=True):
                variable.assign(value)

    def on_train_batch_end(self, batch, logs=None):
        losses = {name: float(value) for name, value in logs.items()}  # means since the metrics were reset
        self.clock.stop()
        self.steps += 1
        images = self.run.config.images_after(self.steps)
        self.bar.update(self.run.config.hyperparameters.batch_size)
        self._require_finite(losses)
        if self.history.row_ends(images):
            self.history.end_row(images, self.clock.seconds, losses)
            self.model.reset_metrics()
        at_milestone = images in self.milestones
        if at_milestone:
            keep_milestone(self.model, self.run, images, self.score)
        if at_milestone or self.checkpoints.due():
            self.checkpoints.save(self.model, Position(self.steps, self.clock.seconds, self.data_sha256))
        self.clock.start()

    def _require_finite(self, losses: dict[str, float]) -> None:
        if all(math.isfinite(value) for value in losses.values()):
            return
        checkpoint = self.run.checkpoint
        last_good = (
            f"the last good checkpoint is {checkpoint} (step {position_of(checkpoint).steps})"
            if checkpoint.exists()
            else "there is no checkpoint yet"
        )
        raise TrainingDiverged(
            f"The loss of {self.run.name} is not finite at step {self.steps} "
            f"({', '.join(f'{name} {value:.3g}' for name, value in losses.items())}): {last_good}; "
            "lower the learning rate."
        )


def keep_milestone(model: keras.Model, run: Run, images: int, score: Score | None) -> None:
    """Keep the averaged weights after so many images, and what they make of the fixed photographs, and score them."""
    with averaged_weights(model):
        save_weights(model.network, run.weights_at(images))
        save_samples(model, run, images)
        if score:
            score(run, model, min(images, run.config.images_seen))


def save_samples(model: keras.Model, run: Run, images: int) -> None:
    """Colour the fixed photographs and keep them, side by side in one row, as samples/IMAGES.png."""
    photographs = fixed_photographs(model.image_size)
    rgb = model.sample(color.to_float(color.gray(photographs)), seed=range(len(photographs)))
    with atomic(run.folder / "samples" / f"{images}.png") as path:
        Image.fromarray(np.concatenate(color.to_uint8(rgb), axis=1)).save(path)


def compiled(config: RunConfig) -> keras.Model:
    """The model of a configuration, with its seed and its optimizer, ready for `fit`.

    TensorFlow's compiler slows these networks down on processors; JAX needs it.
    """
    keep_freed_memory()
    _share_batches()
    keras.utils.set_random_seed(config.seed)
    model = models.from_config(config.family, config.hyperparameters, config.image_size, config.seed)
    model.compile(optimizer=model.make_optimizer(), jit_compile=keras.backend.backend() == "jax")
    model.optimizer.build(model.trainable_variables)
    return model


def _share_batches() -> None:
    """On JAX with several devices, give each a share of every batch and the same weights."""
    if keras.backend.backend() == "jax" and len(keras.distribution.list_devices()) > 1:
        keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))


def training_rows(config: RunConfig, photographs: data.DataSet) -> np.ndarray:
    """The rows of the data set that a run may see: the first `train_images` of the training split's order.

    Raises:
        ColorizeError: the split has fewer.
    """
    rows = photographs.indices("train")
    if config.train_images > len(rows):
        raise ColorizeError(
            f"train_images is {config.train_images}, but the training split of {config.data_set} has only {len(rows)} "
            "colour photographs: ask for fewer, or for all of them with 0."
        )
    return rows[: config.train_images] if config.train_images else rows


def take_up(run: Run, store: Store, model: keras.Model, data_sha256: str) -> Position:
    """Give a compiled model the state of the run's last checkpoint, or of a shorter run's, and return its position.

    Args:
        run: its config.json is written.
        store: in whose local runs a shorter one is looked for.
        model: the run's; it is left as it is if there is no checkpoint.
        data_sha256: of the photographs that it is going to be trained on.

    Raises:
        ColorizeError: the run's checkpoint is of other photographs.
    """
    if not run.checkpoint.exists():
        inherit(run, store, data_sha256)
    if not run.checkpoint.exists():
        return Position(data_sha256=data_sha256)
    if position_of(run.checkpoint).data_sha256 != data_sha256:
        raise ColorizeError(
            f"{run.checkpoint} was trained on photographs other than those {run.config.data_set} has now: delete its "
            "folder, and the run will start again, or bring the photographs back."
        )
    return restore(run.checkpoint, model)


def inherit(run: Run, store: Store, data_sha256: str) -> None:
    """Copy the checkpoint, and what was measured, of the longest shorter local run of the same lineage that was trained
    on the same photographs, if there is one."""
    config = run.config
    shorter = [
        other
        for other in (Run(path.parent) for path in store.local.glob(f"*-{config.lineage}-*/checkpoint.npz"))
        if other.config.images_seen < config.images_seen and position_of(other.checkpoint).data_sha256 == data_sha256
    ]
    if shorter:
        longest = max(shorter, key=lambda other: other.config.images_seen)
        for name in ("samples", "weights"):
            if (longest.folder / name).exists():
                shutil.copytree(longest.folder / name, run.folder / name, dirs_exist_ok=True)
        for name in ("history.csv", "metrics.csv", "checkpoint.npz"):
            if (longest.folder / name).exists():
                with atomic(run.folder / name) as path:
                    shutil.copy(longest.folder / name, path)
