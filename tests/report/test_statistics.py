"""Differences, slopes and power laws against closed forms, and against simulated studies whose truth is known."""

import itertools

import numpy as np
import pytest
from scipy import stats

from colorize_lib.metrics import uncertainty
from colorize_lib.report import statistics
from colorize_lib.report.statistics import PowerLaw, SeedVariance

SIZES = np.array([382, 1529, 6117, 97879])
GROUPS = uncertainty.GROUPS


def leave_one_out(groups):
    """The jackknife replicates (..., groups) of the mean of group means (..., groups)."""
    count = groups.shape[-1]
    return (groups.sum(-1, keepdims=True) - groups) / (count - 1)


def covered(estimates, truth):
    return np.mean([found.low <= truth <= found.high for found in estimates])


def test_the_pooled_variance_is_that_of_a_one_way_analysis():
    rng = np.random.default_rng(0)
    figures = [rng.normal(mean, 2.0, 3) for mean in (10, 20, 30, 40)]
    pooled = statistics.pooled_variance(figures)
    assert pooled.degrees == 8
    assert pooled.variance == pytest.approx(np.mean([values.var(ddof=1) for values in figures]))


def test_an_interval_is_students():
    found = statistics.estimate(5.0, 4.0, 8)
    assert found.error == 2.0
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 8, loc=5.0, scale=2.0))


def test_what_all_models_share_is_no_error_of_their_difference():
    shared = leave_one_out(np.random.default_rng(0).normal(size=(3, GROUPS)))
    found = statistics.difference([23.0, 24.0, 25.0], [20.0, 21.0, 22.0], 24 + shared, 21 + shared, SeedVariance(0, 8))
    assert found.value == pytest.approx(3.0) and found.error == pytest.approx(0.0, abs=1e-12)
    seeds = statistics.difference([23.0, 24.0, 25.0], [20.0, 21.0, 22.0], shared, shared, SeedVariance(1.5, 8))
    assert seeds.error == pytest.approx(1.0)  # the root of 1.5 * (1/3 + 1/3)


def test_a_difference_of_means_is_that_of_the_paired_t_test_and_seeds_add_to_it():
    a, b = np.random.default_rng(3).normal(size=(2, 3, 200))
    found = statistics.paired_difference(a, b, SeedVariance(0, 199))
    low, high = stats.ttest_rel(a.mean(axis=0), b.mean(axis=0)).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high))
    seeds = statistics.paired_difference(a, b, SeedVariance(1.5, 8))
    assert seeds.error**2 - found.error**2 == pytest.approx(1.0)  # 1.5 * (1/3 + 1/3)


def test_the_interval_of_a_difference_covers_the_truth():
    rng, found = np.random.default_rng(1), []
    for _ in range(1500):
        seeds = rng.normal(0, 0.5, (4, 3))
        photographs = rng.normal(0, 1.0, (1, GROUPS)) + rng.normal(0, 0.4, (4, GROUPS))  # mostly the same for all
        figures = 30 + seeds[..., None] + photographs[:, None]
        replicates = leave_one_out(figures)
        values = figures.mean(-1)
        pooled = statistics.pooled_variance(values)
        found.append(statistics.difference(values[0], values[1], replicates[0], replicates[1], pooled))
    assert 0.93 < covered(found, 0.0) < 0.98


def test_the_slope_is_the_textbook_one_and_exact_on_a_power_law():
    rng = np.random.default_rng(2)
    figures = rng.uniform(20, 80, 4)
    assert statistics.slope(SIZES, figures) == pytest.approx(stats.linregress(np.log(SIZES), np.log(figures)).slope)
    assert statistics.slope(SIZES, 7 * SIZES**-0.125) == pytest.approx(-0.125)
    errors = statistics.slope_estimate(SIZES, figures, np.tile(figures[:, None], GROUPS), SeedVariance(0.01, 8))
    spread = ((np.log(SIZES) - np.log(SIZES).mean()) ** 2).sum()
    assert errors.error == pytest.approx(0.1 / np.sqrt(spread))


@pytest.mark.parametrize("difference", [0.0, -0.05])
def test_the_interval_of_a_difference_of_slopes_covers_the_truth(difference):
    rng, found, single = np.random.default_rng(3), [], []
    slopes = np.array([-0.1 + difference, -0.1])
    for _ in range(1500):
        truth = np.log(60) + slopes[:, None] * np.log(SIZES / SIZES[0])
        training = rng.normal(0, 0.03, (2, 4, 1))
        photographs = rng.normal(0, 0.05, (1, 1, GROUPS)) + rng.normal(0, 0.05, (2, 4, GROUPS))
        logs = truth[..., None] + training + photographs
        figures, replicates = np.exp(logs.mean(-1)), np.exp(leave_one_out(logs))
        seeds = statistics.pooled_variance(rng.normal(0, 0.03, (4, 3)))
        found.append(statistics.slope_difference(SIZES, *figures, *replicates, seeds))
        single.append(statistics.slope_estimate(SIZES, figures[0], replicates[0], seeds))
    assert 0.93 < covered(found, difference) < 0.98
    assert 0.93 < covered(single, slopes[0]) < 0.98
    if difference:
        assert np.mean([estimate.high < 0 for estimate in found]) > 0.9


def test_a_power_law_without_noise_is_found():
    law = PowerLaw(20.0, 400.0, 0.4, None, None)
    sizes = np.array([300, 1200, 6000, 24000, 98000])
    found = statistics.power_law(sizes, law(sizes), np.full(5, 0.05), 8)
    assert found.c == pytest.approx(0.4, rel=0.02)
    assert found.a == pytest.approx(20, rel=0.02)
    np.testing.assert_allclose(found(sizes), law(sizes), rtol=2e-3)
    assert found.low < 0.4 < found.high


def test_the_interval_of_an_exponent_covers_it_and_is_open_where_nothing_bounds_it():
    rng, inside, bounded = np.random.default_rng(4), 0, 0
    law = PowerLaw(20.0, 400.0, 0.4, None, None)
    for _ in range(300):
        error = 0.3 * np.sqrt(rng.chisquare(8) / 8)  # as it is estimated with 8 degrees of freedom
        found = statistics.power_law(SIZES, law(SIZES) + rng.normal(0, 0.3, 4), np.full(4, error), 8)
        inside += (found.low is None or found.low <= 0.4) and (found.high is None or found.high >= 0.4)
        bounded += found.low is not None and found.high is not None
    assert 0.92 < inside / 300 < 0.99
    assert bounded / 300 > 0.9
    flat = statistics.power_law(SIZES, [30.0, 30.1, 29.9, 30.0], np.full(4, 1.0), 8)
    assert flat.low is None and flat.high is None


SIMULATIONS = 500


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


def test_images_until_a_figure_is_reached():
    images, figures = [8000, 16000, 32000], [0.03, 0.02, 0.01]
    assert statistics.images_until(images, figures, 0.02) == pytest.approx(16000)
    assert statistics.images_until(images, figures, 0.015) == pytest.approx(16000 * 2**0.5)
    assert statistics.images_until(images, figures, 0.05) == 8000
    assert np.isnan(statistics.images_until(images, figures, 0.005))
    assert statistics.images_until([1, 2, 4, 8], [4, 1, 3, 0], 2) == pytest.approx(2 ** (2 / 3))
