"""Batches: an endless stream of training images, of which every batch can be asked for by its number."""

import functools

import numpy as np

from colorize_lib import files
from colorize_lib.data import splits


def read_rows(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """images[rows], read from a memory map in the order in which they lie on the disk."""
    order = np.argsort(rows, kind="stable")
    result = np.empty((len(rows), *images.shape[1:]), images.dtype)
    result[order] = images[rows[order]]
    return result


@functools.lru_cache(maxsize=4)
def _epoch(count: int, seed: int, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """One pass over the data: its order, and which images are mirrored in it."""
    order = splits.random_order(count, seed, f"epoch {epoch}")
    mirrored = splits.random_words(count, seed, f"mirror {epoch}") >> np.uint64(63) == 1
    return order, mirrored


class Batches:
    """`batches[step]` is uint8 (batch_size, H, W, 3), a function of the arguments and of `step` alone.

    The stream is one seeded permutation of `indices` after another, cut into batches; a batch may lie across
    two passes. So a run that starts again at a step sees what it would have seen, and both backends are fed
    in the same order. Nothing but one batch is in memory where `images` is a memory map.

    Args:
        images: uint8 (N, H, W, 3).
        indices: rows of `images` to train on, such as `DataSet.indices("train", 0)`.
        batch_size: images a batch.
        seed: of the order, and of which images a pass shows mirrored left to right, half of them.
    """

    def __init__(self, images: np.ndarray, indices: np.ndarray, batch_size: int, seed: int):
        if len(indices) == 0:
            raise files.ColorizeError("there is no image to train on: the list of indices is empty.")
        self.images = images
        self.indices = np.asarray(indices)
        self.batch_size = batch_size
        self.seed = seed

    def __getitem__(self, step: int) -> np.ndarray:
        if step < 0:
            raise IndexError(f"the stream of batches has no end to count {step} from")
        count = len(self.indices)
        epochs, places = np.divmod(np.arange(step * self.batch_size, (step + 1) * self.batch_size), count)
        rows = np.empty(self.batch_size, np.int64)
        mirrored = np.zeros(self.batch_size, bool)
        for epoch in np.unique(epochs):
            here = epochs == epoch
            order, flips = _epoch(count, self.seed, int(epoch))
            rows[here] = self.indices[order[places[here]]]
            mirrored[here] = flips[places[here]]
        batch = read_rows(self.images, rows)
        batch[mirrored] = batch[mirrored, :, ::-1]
        return batch
