"""Training: one `fit` that can be killed at any moment and taken up again, and that leaves a run behind.

The order of the photographs is a function of the seed and the step, and a checkpoint holds every variable, the
optimizer's, the metrics' and the random seeds' included: a run that was interrupted ends with the weights of one that
was not.
"""

import json
import math
import shutil
import time
from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
from PIL import Image
from tensorboardX import SummaryWriter
from tqdm import tqdm

from colorize_lib import color, data, models
from colorize_lib.backend import keep_freed_memory
from colorize_lib.files import ColorizeError, atomic, lock
from colorize_lib.provenance import environment
from colorize_lib.runs.checkpoints import averaged_weights, position_of, restore, save_checkpoint, save_weights
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.pictures import fixed_photographs
from colorize_lib.runs.store import Run, Store

CHECKPOINT_SECONDS = 60.0
MAX_ROW_IMAGES = 16_384


class TrainingDiverged(ColorizeError):
    """A loss was not finite."""


class Feed(keras.utils.PyDataset):
    """Batches (gray, RGB) in [-1, 1] from a step on, for `fit` on either backend."""

    def __init__(self, batches: data.Batches, start: int, stop: int):
        super().__init__()
        self.batches, self.start, self.stop = batches, start, stop

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, index: int):
        rgb = self.batches[self.start + index]
        return color.to_float(color.gray(rgb)), color.to_float(rgb)


def train(
    config: RunConfig,
    store: Store,
    *,
    score: Callable[[Run, keras.Model, int], None] | None = None,
    progress: bool = True,
) -> Run:
    """Train a run to its end, or find that it has been, and return it.

    Args:
        config: what to train.
        store: a recorded or local run of this configuration is returned as it is; else a local one is made. One that
            was interrupted is taken up at its last checkpoint, a shorter one of the same lineage is continued.
        score: called as score(run, model, images_seen) at 1,000, 2,000, 4,000 ... images and at the end, with the
            weights that are stored then, before they are rounded to float16; the clock of training stands still
            meanwhile.
        progress: whether to show a bar with images per second and the time left.
    """
    found = store.find(config)
    if found:
        return found
    run = Run(store.local / config.name)
    run.folder.mkdir(parents=True, exist_ok=True)
    with lock(run.folder / "training"):
        if not run.finished:
            _train(config, run, store, score, progress)
    return run


def _train(config: RunConfig, run: Run, store: Store, score, progress: bool) -> None:
    with atomic(run.folder / "config.json") as path:
        path.write_text(config.to_json())
    machine = environment(keras.backend.backend())  # now: the checkout may change while the run goes on
    photographs = data.prepare(config.data_set, config.image_size)
    model = compiled(config)
    _inherit(config, run, store, photographs.sha256)
    state = {"steps": 0, "seconds": 0.0, "data_sha256": photographs.sha256}
    if run.checkpoint.exists():
        if _other_photographs(run, photographs.sha256):
            raise ColorizeError(
                f"{run.checkpoint} was trained on other photographs than {config.data_set} has now: delete its folder "
                "and the run begins anew, or bring the photographs back."
            )
        state |= restore(run.checkpoint, model)
    batch_size = config.hyperparameters.batch_size
    total = math.ceil(config.images_seen / batch_size)
    rows = training_rows(config, photographs)
    recorder = Recorder(run, batch_size, total, state, score, progress)
    if state["steps"] < total:
        batches = data.Batches(photographs.images, rows, batch_size, config.seed)
        feed = Feed(batches, state["steps"], total)
        model.fit(feed, verbose=0, shuffle=False, callbacks=[recorder])
    with averaged_weights(model):
        save_weights(model.network, run.weights)
    manifest = {
        **machine,
        "seconds": round(recorder.seconds, 1),
        "parameters": sum(int(np.prod(v.shape)) for v in model.network.trainable_variables),
        "training_images": len(rows),
        "data_sha256": photographs.sha256,
    }
    recorder.finish(manifest)


def _share_batches() -> None:
    """On JAX with several devices, have each take its share of every batch, with the same weights on all."""
    if keras.backend.backend() == "jax" and len(keras.distribution.list_devices()) > 1:
        keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))


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


def training_rows(config: RunConfig, photographs: data.DataSet) -> np.ndarray:
    """The rows of the data set that a run may see: the first `train_images` of the training split's order."""
    rows = photographs.indices("train")
    if config.train_images > len(rows):
        raise ColorizeError(
            f"train_images is {config.train_images} and the training split of {config.data_set} has {len(rows)} "
            "photographs in colour: ask for fewer, or for all with 0."
        )
    return rows[: config.train_images] if config.train_images else rows


def images_within(minutes: float, config: RunConfig, seconds: float = 10.0) -> int:
    """How many images fit into so many minutes on this machine now, measured on a throwaway model; two digits of it."""
    photographs = data.prepare(config.data_set, config.image_size)
    batch_size = config.hyperparameters.batch_size
    batches = data.Batches(photographs.images, training_rows(config, photographs), batch_size, config.seed)
    model = compiled(config)
    x, y = Feed(batches, 0, 1)[0]
    model.train_on_batch(x, y)
    steps, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        x, y = Feed(batches, steps, steps + 1)[0]
        model.train_on_batch(x, y)
        steps += 1
    speed = steps * batch_size / (time.perf_counter() - started)
    images = 60 * minutes * speed
    digits = 1 - math.floor(math.log10(images))
    return max(batch_size, int(round(images, digits)))


def _other_photographs(run: Run, sha256: str) -> bool:
    """Whether the checkpoint of a run is of other pixels than these."""
    return position_of(run.checkpoint).get("data_sha256", sha256) != sha256


def _inherit(config: RunConfig, run: Run, store: Store, sha256: str) -> None:
    """Take over the checkpoint of the longest shorter local run of the same lineage on the same photographs, with what
    was measured."""
    if run.checkpoint.exists():
        return
    shorter = [
        other
        for other in (Run(path.parent) for path in store.local.glob(f"*-{config.lineage}-*/checkpoint.npz"))
        if other.config.images_seen < config.images_seen and not _other_photographs(other, sha256)
    ]
    if shorter:
        parent = max(shorter, key=lambda other: other.config.images_seen)
        for name in ("samples", "weights"):
            if (parent.folder / name).exists():
                shutil.copytree(parent.folder / name, run.folder / name, dirs_exist_ok=True)
        for name in ("history.csv", "metrics.csv", "checkpoint.npz"):
            if (parent.folder / name).exists():
                with atomic(run.folder / name) as path:
                    shutil.copy(parent.folder / name, path)


class Recorder(keras.callbacks.Callback):
    """Keeps the clock, the history, the samples and the checkpoints of a run."""

    def __init__(self, run: Run, batch_size: int, total: int, state: dict, score, progress: bool):
        super().__init__()
        self.run, self.batch_size, self.total, self.score = run, batch_size, total, score
        self.steps, self.seconds, self.data_sha256 = state["steps"], state["seconds"], state["data_sha256"]
        self.first_step = self.saved_steps = state["steps"]
        self.row_means = (0, {})
        self.rows = self._known_rows()
        self.row_start = (self.steps, self.seconds)
        if self.rows:
            last = self.rows[-1]
            self.row_start = (last["images_seen"] // batch_size, last["seconds"])
        self.milestones = frozenset(run.config.milestones)
        self.bar = tqdm(
            total=total * batch_size,
            initial=self.steps * batch_size,
            desc=run.config.family,
            unit=" images",
            unit_scale=True,
            disable=None if progress else True,
        )

    def _known_rows(self) -> list[dict]:
        path = self.run.folder / "history.csv"
        if not self.steps or not path.exists():
            return []
        known = pd.read_csv(path)
        return known[known.images_seen <= self.steps * self.batch_size].to_dict("records")

    def on_train_begin(self, logs=None):
        self.events = SummaryWriter(str(self.run.folder / "tensorboard"), purge_step=self.steps * self.batch_size)
        self.clock = self.checkpoint_clock = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        logs = {name: float(value) for name, value in logs.items()}
        self.seconds += now - self.clock
        self.steps += 1
        self.bar.update(self.batch_size)
        self._check_finite(logs)
        images = self.steps * self.batch_size
        last = self.steps == self.total
        if last or images >= self._row_end():
            self._add_row(images, logs)
        reached = images in self.milestones
        if reached:
            self._measure(images)
        if reached or now - self.checkpoint_clock > CHECKPOINT_SECONDS:
            self._save()
        self.clock = time.perf_counter()

    def _check_finite(self, logs: dict) -> None:
        if all(math.isfinite(value) for value in logs.values()):
            return
        where = f"the last good checkpoint is {self.run.checkpoint} (step {self.saved_steps})"
        self.bar.close()
        raise TrainingDiverged(
            f"The loss of {self.run.name} is not finite at step {self.steps} "
            f"({', '.join(f'{k} {v:.3g}' for k, v in logs.items())}): "
            f"{where if self.run.checkpoint.exists() else 'there is no checkpoint yet'}; lower the learning rate."
        )

    def _row_end(self) -> float:
        """Rows are spaced geometrically at first, and every 16,384 images later."""
        start = self.row_start[0] * self.batch_size
        return start + min(MAX_ROW_IMAGES, max(256, 0.09 * start))

    def _add_row(self, images: int, logs: dict) -> None:
        steps, seconds = self.row_start
        speed = (self.steps - steps) * self.batch_size / max(self.seconds - seconds, 1e-9)
        # Keras gives means over all batches of this `fit`; a row is the mean over its own, the first one after an
        # interruption over those since.
        batches, (known_batches, known) = self.steps - self.first_step, self.row_means
        losses = {
            name: (value * batches - known.get(name, 0.0) * known_batches) / (batches - known_batches)
            for name, value in logs.items()
        }
        row = {
            "images_seen": images,
            "seconds": round(self.seconds, 3),
            "images_per_second": round(speed, 1),
            **losses,
        }
        self.rows.append(row)
        with atomic(self.run.folder / "history.csv") as path:
            pd.DataFrame(self.rows).to_csv(path, index=False, float_format="%.6g")
        for name, value in row.items():
            self.events.add_scalar(name, value, images)
        self.row_start, self.row_means = (self.steps, self.seconds), (batches, logs)

    def _measure(self, images: int) -> None:
        with averaged_weights(self.model) as model:
            save_weights(model.network, self.run.weights_at(images))
            save_samples(model, self.run, images)
            if self.score:
                self.score(self.run, model, min(images, self.run.config.images_seen))

    def _save(self) -> None:
        state = {"steps": self.steps, "seconds": self.seconds, "data_sha256": self.data_sha256}
        save_checkpoint(self.run.checkpoint, self.model, state)
        self.saved_steps, self.checkpoint_clock = self.steps, time.perf_counter()

    def on_train_end(self, logs=None):
        self.events.close()
        self.bar.close()

    def finish(self, manifest: dict) -> None:
        """Write the manifest, which marks the run as finished."""
        with atomic(self.run.folder / "manifest.json") as path:
            path.write_text(json.dumps(manifest, indent=1) + "\n")


def save_samples(model, run: Run, images: int) -> None:
    """Colour the fixed photographs and keep them, side by side in one row, as samples/IMAGES.png."""
    photographs = fixed_photographs(model.image_size)
    rgb = model.sample(color.to_float(color.gray(photographs)), seed=range(len(photographs)))
    with atomic(run.folder / "samples" / f"{images}.png") as path:
        Image.fromarray(np.concatenate(color.to_uint8(rgb), axis=1)).save(path)
