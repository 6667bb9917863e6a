"""Weights on disk: checkpoints that hold the whole state of a training, and the small files that are kept."""

import contextlib
import dataclasses
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import keras
import numpy as np

from colorize_lib.files import ColorizeError, atomic

CHECKPOINT_SECONDS = 60.0


@dataclass(frozen=True)
class Position:
    """How far a training has come.

    Attributes:
        steps: batches seen.
        seconds: that these steps took.
        data_sha256: of the photographs they were drawn from; see `data.DataSet`.
    """

    steps: int = 0
    seconds: float = 0.0
    data_sha256: str = ""


class Checkpoints:
    """The checkpoint of a training, which is due again a minute after it was last written."""

    def __init__(self, path: Path):
        self.path = path
        self.written = time.perf_counter()

    def due(self) -> bool:
        return time.perf_counter() - self.written > CHECKPOINT_SECONDS

    def save(self, model: keras.Model, position: Position) -> None:
        save_checkpoint(self.path, model, position)
        self.written = time.perf_counter()


def state_variables(model: keras.Model) -> list[keras.Variable]:
    """Every variable that a training step changes: weights, statistics, seeds, metrics and the optimizer's."""
    by_id = {id(v): v for v in [*model.variables, *model.metrics_variables, *model.optimizer.variables]}
    return list(by_id.values())


def save_checkpoint(path: Path, model: keras.Model, position: Position) -> None:
    """Write the state of a compiled model and its position to one file, completely or not at all."""
    arrays = {f"{i:04d} {v.path}": keras.ops.convert_to_numpy(v) for i, v in enumerate(state_variables(model))}
    with atomic(path) as temporary:
        np.savez(temporary, position=np.array(json.dumps(dataclasses.asdict(position))), **arrays)


def position_of(path: Path) -> Position:
    """The position at which a checkpoint was written."""
    with np.load(path) as arrays:
        return Position(**json.loads(str(arrays["position"])))


def restore(path: Path, model: keras.Model) -> Position:
    """Give a compiled model the state in a checkpoint and return its position.

    Raises:
        ColorizeError: the checkpoint is of a model with other variables.
    """
    with np.load(path) as arrays:
        variables = state_variables(model)
        names = [name for name in arrays.files if name != "position"]
        if [arrays[name].shape for name in names] != [tuple(v.shape) for v in variables]:
            raise ColorizeError(f"{path} belongs to another model: delete its folder, and the run will start again.")
        for name, variable in zip(names, variables, strict=True):
            variable.assign(arrays[name])
    return position_of(path)


@contextlib.contextmanager
def averaged_weights(model: keras.Model) -> Iterator[keras.Model]:
    """Put the optimizer's average of the weights, if it keeps one, into the network for the time being.

    The network gets copies either way: on JAX, sampling gives away the arrays that it is called with, and those that
    training continues with must not be among them.
    """
    averages = getattr(model.optimizer, "averages", [])
    started = int(model.optimizer.iterations) > 0
    average_of = dict(zip(map(id, model.trainable_variables), averages, strict=False)) if started else {}
    variables = model.network.variables
    latest = [np.array(variable) for variable in variables]
    for variable in variables:
        variable.assign(np.array(average_of.get(id(variable), variable)))
    try:
        yield model
    finally:
        for variable, value in zip(variables, latest, strict=True):
            variable.assign(value)


def save_weights(network: keras.Model, path: Path) -> None:
    """Write a network's weights as float16, in the format that `keras.Model.load_weights` reads."""
    with atomic(path) as temporary:
        network.save_weights(temporary)
        with h5py.File(temporary, "r+") as file:
            names = []
            file.visititems(
                lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) and item.dtype == "f4" else None
            )
            halved = {name: file[name][()].astype(np.float16) for name in names}
        _rewrite(temporary, halved)


def _rewrite(path: Path, replacements: dict[str, np.ndarray]) -> None:
    """Replace datasets of an HDF5 file by writing a new one: a file does not shrink when something in it is deleted."""
    smaller = path.with_suffix(".smaller")
    with h5py.File(path) as source, h5py.File(smaller, "w") as target:

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                target.create_dataset(name, data=replacements.get(name, item[()]))
            else:
                target.require_group(name).attrs.update(item.attrs)

        source.visititems(copy)
        target.attrs.update(source.attrs)
    smaller.replace(path)
