"""Splits: a partition of the list, by names and seed alone."""

import numpy as np
import pytest

from colorize_lib.data import splits


@pytest.mark.parametrize("files", [0, 1, 7, 100, 10_000])
def test_shares_are_a_partition_of_all_positions(files):
    found = splits.split_positions("all", files, splits.FRACTIONS, seed=3)
    assert sorted(np.concatenate(list(found.values()))) == list(range(files))
    for split, share in splits.FRACTIONS.items():
        assert abs(len(found[split]) - files * share / 100) < 1


def test_the_order_depends_on_seed_and_part_and_is_fixed_for_all_time():
    orders = [splits.random_order(1000, seed, part) for seed in (0, 1) for part in ("split val", "split test")]
    assert len({order.tobytes() for order in orders}) == 4
    # Philox4x64-10 with key (0, SHA-256 prefix): recorded runs were split by it.
    assert splits.random_order(10, 0, "split val").tolist() == [2, 1, 8, 4, 5, 0, 6, 3, 9, 7]


def test_the_order_is_uniform():
    """The 6 orders of 3 things are equally frequent: chi-square, 5 degrees of freedom, 99.9% at 20.5."""
    found = [tuple(splits.random_order(3, seed, "x")) for seed in range(3000)]
    _, counts = np.unique(found, axis=0, return_counts=True)
    assert len(counts) == 6 and ((counts - 500) ** 2 / 500).sum() < 20.5


def test_a_data_sets_own_splits_become_ours():
    alone = splits.shares_of({"train": 100})
    assert alone == {"train": splits.FRACTIONS}
    assert splits.shares_of({"test": 9, "other": 5}) == {"test": splits.FRACTIONS}
    for other in ("test", "validation"):
        shares = splits.shares_of({"train": 50_000, other: 10_000})
        train = splits.split_positions("train", 50_000, shares["train"], 0)
        held_out = splits.split_positions(other, 10_000, shares[other], 0)
        sizes = {split: len(positions) for split, positions in (train | held_out).items()}
        assert sizes == {"train": 45_000, "validation": 5000, "test": 5000, "reference": 5000}
    three = splits.shares_of({"test": 8, "validation": 9, "train": 10, "unlabelled": 100})
    assert three["train"] == {"train": 1} and three["test"] == {"test": 1}
    assert three["validation"] == {"validation": 1, "reference": 1} and len(three) == 3
