"""The jackknife against the standard error it must equal where there is a formula."""

import numpy as np
import pytest

from colorize_lib.metrics import statistics


def test_of_a_mean_one_by_one_it_is_the_textbook_standard_error():
    values = np.random.default_rng(0).gamma(2.0, size=37)
    replicates = [np.delete(values, i).mean() for i in range(37)]
    assert statistics.jackknife(replicates) == pytest.approx(values.std(ddof=1) / np.sqrt(37))


def test_of_a_mean_by_equal_groups_it_is_that_of_the_groups_means():
    values = np.random.default_rng(1).normal(size=(12, 20))  # column g is group g
    replicates = [np.delete(values, g, axis=1).mean() for g in range(20)]
    assert statistics.jackknife(replicates) == pytest.approx(values.mean(0).std(ddof=1) / np.sqrt(20))


def test_a_statistic_that_does_not_vary_is_certain():
    assert statistics.jackknife(np.full(20, 3.5)) == 0


def test_groups_are_equal_and_a_photograph_keeps_its_own_in_a_longer_list():
    groups = statistics.group_of(5000)
    assert set(np.bincount(groups)) == {250}
    np.testing.assert_array_equal(statistics.group_of(1000), groups[:1000])
