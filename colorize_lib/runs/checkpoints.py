"""Weights on disk: checkpoints that hold a training's whole state, and the small files that are kept."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import h5py
import keras
import numpy as np

from colorize_lib.files import ColorizeError, atomic


def state_variables(model: keras.Model) -> list[keras.Variable]:
    """Every variable that a step of training changes: weights, statistics, seeds, metrics and the optimizer's."""
    found = {id(v): v for v in [*model.variables, *model.metrics_variables, *model.optimizer.variables]}
    return list(found.values())


def save_checkpoint(path: Path, model: keras.Model, position: dict) -> None:
    """Write the state of a compiled model and `position`, such as the steps so far, as one file, whole or not."""
    arrays = {f"{i:04d} {v.path}": keras.ops.convert_to_numpy(v) for i, v in enumerate(state_variables(model))}
    with atomic(path) as temporary:
        np.savez(temporary, position=np.array(json.dumps(position)), **arrays)


def position_of(path: Path) -> dict:
    """The position that a checkpoint was written with."""
    with np.load(path) as arrays:
        return json.loads(str(arrays["position"]))


def restore(path: Path, model: keras.Model) -> dict:
    """Give a compiled model the state of a checkpoint and return its position."""
    with np.load(path) as arrays:
        variables = state_variables(model)
        names = [name for name in arrays.files if name != "position"]
        if [arrays[name].shape for name in names] != [tuple(v.shape) for v in variables]:
            raise ColorizeError(f"{path} belongs to another model: delete its folder and the run begins anew.")
        for name, variable in zip(names, variables, strict=True):
            variable.assign(arrays[name])
    return position_of(path)


@contextlib.contextmanager
def averaged_weights(model: keras.Model) -> Iterator[keras.Model]:
    """Put the optimizer's average of the weights, where it keeps one, into the network for a while.

    The network gets copies either way: on JAX, sampling gives away the arrays that it is called with, and those that
    training goes on with must not be among them.
    """
    averages = getattr(model.optimizer, "averages", [])
    started = int(model.optimizer.iterations) > 0
    average_of = dict(zip(map(id, model.trainable_variables), averages, strict=False)) if started else {}
    variables = model.network.variables
    kept = [np.array(variable) for variable in variables]
    for variable in variables:
        variable.assign(np.array(average_of.get(id(variable), variable)))
    try:
        yield model
    finally:
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)


def save_weights(network: keras.Model, path: Path) -> None:
    """Write a network's weights as float16 in the format of `keras.Model.load_weights`."""
    with atomic(path) as temporary:
        network.save_weights(temporary)
        with h5py.File(temporary, "r+") as file:
            names = []
            file.visititems(
                lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) and item.dtype == "f4" else None
            )
            halved = {name: file[name][()].astype(np.float16) for name in names}
        _rewrite(temporary, halved)


def _rewrite(path: Path, datasets: dict[str, np.ndarray]) -> None:
    """Replace datasets in a new file: HDF5 does not give back the room of what is deleted."""
    smaller = path.with_suffix(".smaller")
    with h5py.File(path) as source, h5py.File(smaller, "w") as target:

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                target.create_dataset(name, data=datasets.get(name, item[()]))
            else:
                target.require_group(name).attrs.update(item.attrs)

        source.visititems(copy)
        target.attrs.update(source.attrs)
    smaller.replace(path)
