"""Uncertainty against formulas, and against simulations whose truth is known."""

import itertools

import numpy as np
import pytest
from scipy import stats

from colorize_lib.metrics import statistics

SIMULATIONS = 500


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
    assert statistics.bootstrap_mean(np.full(20, 3.5)) == (0, 3.5, 3.5)


def test_groups_are_equal_and_a_photograph_keeps_its_own_in_a_longer_list():
    groups = statistics.group_of(5000)
    assert set(np.bincount(groups)) == {250}
    np.testing.assert_array_equal(statistics.group_of(1000), groups[:1000])


def test_jackknife_intervals_cover_the_truth_as_often_as_they_say():
    """Of the variance of a normal variable, which is no mean."""
    random, covered = np.random.default_rng(2), 0
    for _ in range(SIMULATIONS):
        values = random.normal(scale=2.0, size=400)
        groups = statistics.group_of(400)
        replicates = np.array([values[groups != g].var(ddof=1) for g in range(20)])
        interval = statistics.jackknife_interval(values.var(ddof=1), replicates)
        covered += interval.low <= 4.0 <= interval.high
    assert 0.92 <= covered / SIMULATIONS <= 0.98


def test_bootstrap_intervals_cover_the_truth_as_often_as_they_say(monkeypatch):
    """Of the mean of a skewed variable."""
    monkeypatch.setattr(statistics, "RESAMPLES", 999)
    random, covered = np.random.default_rng(3), 0
    for seed in range(SIMULATIONS):
        interval = statistics.bootstrap_mean(random.gamma(4.0, size=200), seed)
        covered += interval.low <= 4.0 <= interval.high
    assert 0.92 <= covered / SIMULATIONS <= 0.98


def test_bootstrap_error_of_a_mean_is_the_textbook_one_and_always_the_same():
    values = np.random.default_rng(4).normal(size=300)
    found = statistics.bootstrap_mean(values)
    assert found.error == pytest.approx(values.std() / np.sqrt(300), rel=0.03)
    assert found == statistics.bootstrap_mean(values)


def test_permutation_p_values_are_uniform_where_nothing_differs(monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 999)
    random = np.random.default_rng(5)
    shared = random.normal(size=(SIMULATIONS, 1, 60))
    pairs = shared + random.normal(size=(SIMULATIONS, 2, 60))
    p = [statistics.paired_permutation(a, b) for a, b in pairs]
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.08


def test_permutation_test_of_few_pairs_is_the_count_of_all_sign_patterns():
    a, b = np.array([1.1, 2.0, 0.4, 3.0, 1.7]), np.array([0.9, 1.1, 0.5, 1.2, 1.0])
    means = [np.mean(signs * (a - b)) for signs in itertools.product([-1, 1], repeat=5)]
    expected = np.mean(np.abs(means) >= abs(np.mean(a - b)) - 1e-12)
    assert statistics.paired_permutation(a, b) == pytest.approx(expected)


def test_permutation_test_pairs_what_belongs_together():
    random = np.random.default_rng(6)
    hard = random.normal(scale=10, size=400)  # photographs differ far more than families do
    a, b = (hard + shift + random.normal(scale=0.3, size=400) for shift in (0.0, 0.1))
    assert statistics.paired_permutation(a, b) < 0.01
    assert statistics.paired_permutation(a, random.permutation(b)) > 0.2


def test_holm_is_worked_out_by_hand():
    # Of four, the smallest counts four times, the next three times; none falls below one before it.
    np.testing.assert_allclose(statistics.holm([0.03, 0.01, 0.04, 0.005]), [0.06, 0.03, 0.06, 0.02])
    np.testing.assert_allclose(statistics.holm([0.6, 0.9]), [1.0, 1.0])


def test_holm_rejects_a_true_hypothesis_as_seldom_as_it_says():
    random = np.random.default_rng(7)
    p = random.uniform(size=(4000, 5))
    wrong = [statistics.holm(row).min() < 0.05 for row in p]
    assert 0.03 < np.mean(wrong) < 0.06


def line_p_of(rng, logs):
    """The p-value where log figures of four sizes are these, on photographs and with seeds that vary."""
    photographs = rng.normal(0, 0.02, (4, 20))
    each = (np.asarray(logs) + rng.normal(0, 0.02, 4))[:, None] + photographs
    figures, replicates = np.exp(each.mean(1)), np.exp((each.sum(1, keepdims=True) - each) / 19)
    seeds = statistics.pooled_variance(rng.normal(0, 0.02, (4, 3)))
    return statistics.line_p(10.0 ** np.arange(4), figures, replicates, seeds)


def test_a_straight_line_is_rejected_as_seldom_as_it_says_and_a_curve_nearly_always():
    rng = np.random.default_rng(0)
    p = np.array([line_p_of(rng, 3 - 0.2 * np.arange(4)) for _ in range(SIMULATIONS)])
    assert 0.02 < np.mean(p < 0.05) < 0.08
    assert np.mean([line_p_of(rng, [3.0, 2.7, 2.6, 2.6]) < 0.05 for _ in range(100)]) > 0.95
