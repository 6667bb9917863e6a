"""Differences, slopes and power laws against closed forms, and against simulated studies whose truth is known."""

import numpy as np
import pytest
from scipy import stats

from colorize_lib.metrics import statistics
from colorize_lib.metrics.statistics import SeedVariance

SIZES = np.array([382, 1529, 6117, 97879])
GROUPS = statistics.GROUPS


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
    law = statistics.PowerLaw(20.0, 400.0, 0.4, None, None)
    sizes = np.array([300, 1200, 6000, 24000, 98000])
    found = statistics.power_law(sizes, law(sizes), np.full(5, 0.05), 8)
    assert found.c == pytest.approx(0.4, rel=0.02)
    assert found.a == pytest.approx(20, rel=0.02)
    np.testing.assert_allclose(found(sizes), law(sizes), rtol=2e-3)
    assert found.low < 0.4 < found.high


def test_the_interval_of_an_exponent_covers_it_and_is_open_where_nothing_bounds_it():
    rng, inside, bounded = np.random.default_rng(4), 0, 0
    law = statistics.PowerLaw(20.0, 400.0, 0.4, None, None)
    for _ in range(300):
        error = 0.3 * np.sqrt(rng.chisquare(8) / 8)  # as it is estimated with 8 degrees of freedom
        found = statistics.power_law(SIZES, law(SIZES) + rng.normal(0, 0.3, 4), np.full(4, error), 8)
        inside += (found.low is None or found.low <= 0.4) and (found.high is None or found.high >= 0.4)
        bounded += found.low is not None and found.high is not None
    assert 0.92 < inside / 300 < 0.99
    assert bounded / 300 > 0.9
    flat = statistics.power_law(SIZES, [30.0, 30.1, 29.9, 30.0], np.full(4, 1.0), 8)
    assert flat.low is None and flat.high is None
