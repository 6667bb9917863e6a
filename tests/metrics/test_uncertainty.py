"""Uncertainty against formulas, and against simulations whose truth is known."""

import numpy as np
import pytest

from colorize_lib.metrics import uncertainty

SIMULATIONS = 500


def test_of_a_mean_one_by_one_it_is_the_textbook_standard_error():
    values = np.random.default_rng(0).gamma(2.0, size=37)
    replicates = [np.delete(values, i).mean() for i in range(37)]
    assert uncertainty.jackknife(replicates) == pytest.approx(values.std(ddof=1) / np.sqrt(37))


def test_of_a_mean_by_equal_groups_it_is_that_of_the_groups_means():
    values = np.random.default_rng(1).normal(size=(12, 20))  # column g is group g
    replicates = [np.delete(values, g, axis=1).mean() for g in range(20)]
    assert uncertainty.jackknife(replicates) == pytest.approx(values.mean(0).std(ddof=1) / np.sqrt(20))


def test_a_statistic_that_does_not_vary_is_certain():
    assert uncertainty.jackknife(np.full(20, 3.5)) == 0
    assert uncertainty.bootstrap_mean(np.full(20, 3.5)) == (0, 3.5, 3.5)


def test_groups_are_equal_and_a_photograph_keeps_its_own_in_a_longer_list():
    groups = uncertainty.group_of(5000)
    assert set(np.bincount(groups)) == {250}
    np.testing.assert_array_equal(uncertainty.group_of(1000), groups[:1000])


def test_jackknife_intervals_cover_the_truth_as_often_as_they_say():
    """Of the variance of a normal variable, which is no mean."""
    random, covered = np.random.default_rng(2), 0
    for _ in range(SIMULATIONS):
        values = random.normal(scale=2.0, size=400)
        groups = uncertainty.group_of(400)
        replicates = np.array([values[groups != g].var(ddof=1) for g in range(20)])
        interval = uncertainty.jackknife_interval(values.var(ddof=1), replicates)
        covered += interval.low <= 4.0 <= interval.high
    assert 0.92 <= covered / SIMULATIONS <= 0.98


def test_bootstrap_intervals_cover_the_truth_as_often_as_they_say(monkeypatch):
    """Of the mean of a skewed variable."""
    monkeypatch.setattr(uncertainty, "RESAMPLES", 999)
    random, covered = np.random.default_rng(3), 0
    for seed in range(SIMULATIONS):
        interval = uncertainty.bootstrap_mean(random.gamma(4.0, size=200), seed)
        covered += interval.low <= 4.0 <= interval.high
    assert 0.92 <= covered / SIMULATIONS <= 0.98


def test_bootstrap_error_of_a_mean_is_the_textbook_one_and_always_the_same():
    values = np.random.default_rng(4).normal(size=300)
    found = uncertainty.bootstrap_mean(values)
    assert found.error == pytest.approx(values.std() / np.sqrt(300), rel=0.03)
    assert found == uncertainty.bootstrap_mean(values)
