"""Splits: which photographs are for training, which for tuning, which for reference, which for the end.

A data set's parts (the archive's own folders) are listed in a fixed order. Over all positions of that list,
gray photographs included, a seeded order is drawn and cut into shares; so a split depends on file names and
seed alone. The order is made from the raw words of the Philox generator, whose stream is fixed for all time,
which NumPy does not promise of `permutation`.
"""

import hashlib

import numpy as np

SPLITS = ("train", "validation", "reference", "test")

# What part of the list goes to which split, in parts of the sum.
Shares = dict[str, dict[str, int]]
FRACTIONS = {"train": 80, "validation": 8, "reference": 8, "test": 4}


def random_words(count: int, seed: int, purpose: str) -> np.ndarray:
    """uint64 (count,): raw output of Philox, its 128-bit key the seed and 8 bytes of SHA-256 of `purpose`."""
    word = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "little")
    return np.random.Philox(key=seed % 2**64 + (word << 64)).random_raw(count)


def random_order(count: int, seed: int, purpose: str) -> np.ndarray:
    """int64 (count,): a permutation, the ranks of `random_words`."""
    return np.argsort(random_words(count, seed, purpose), kind="stable")


def split_positions(part: str, files: int, shares: dict[str, int], seed: int) -> dict[str, np.ndarray]:
    """Positions 0..files-1 of one part by split, disjoint and together all, each in its seeded order."""
    order = random_order(files, seed, f"split {part}")
    ends = np.cumsum(list(shares.values()))
    cuts = ends[:-1] * files // ends[-1]
    return dict(zip(shares, np.split(order, cuts), strict=True))


def shares_of(parts: dict[str, int]) -> Shares:
    """How the parts of a data set that has splits of its own become ours.

    Args:
        parts: number of files by the data set's own names of its splits.
    """
    held_out = [part for part in ("validation", "val", "test") if part in parts]
    if "train" not in parts or not held_out:
        return {"train" if "train" in parts else max(parts, key=parts.__getitem__): FRACTIONS}
    if len(held_out) == 1:
        return {"train": {"train": 9, "validation": 1}, held_out[0]: {"test": 1, "reference": 1}}
    halves = {"validation": 1, "reference": 1}
    return {"train": {"train": 1}, held_out[0]: halves, held_out[-1]: {"test": 1}}
