"""Verdicts: simulated studies with a known truth come out as they should."""

import numpy as np
import pytest

from colorize_lib.report import rules, statistics
from colorize_lib.report.rules import Accuracy, Verdict
from colorize_lib.report.statistics import Estimate

SIZES = np.array([382, 1529, 6117, 97879])


def simulated_accuracy(rng, distance, score, perceptual, count=300):
    """Three seeds of a family whose true figures are given, on photographs that are hard for all families alike."""
    hardness = np.random.default_rng(0).normal(0, 3, count)
    seeds = rng.normal(0, 1, (3, 3))
    return Accuracy(
        distance=distance + 0.4 * seeds[0],
        score=score + 0.05 * seeds[1],
        perceptual=perceptual + hardness + 0.03 * seeds[2][:, None] + rng.normal(0, 1, (3, count)),
    )


def p_values(measured):
    """Of the paired permutation test of PD, by rival."""
    own = measured["palette"].perceptual.mean(axis=0)
    return {
        rival: statistics.paired_permutation(own, other.perceptual.mean(axis=0))
        for rival, other in measured.items()
        if rival != "palette"
    }


@pytest.mark.parametrize(
    ("palette", "expected"),
    [
        ((20.0, 8.0, 13.0), "supported"),  # better than both by all
        ((40.0, 5.0, 16.0), "refuted"),  # worse than both by all
        ((27.0, 6.5, 14.9), "refuted"),  # between them: one rival beats it
        ((20.0, 8.0, 14.6), "inconclusive"),  # better by two, worse than one by PD
        ((25.0, 7.0, 14.5), "inconclusive"),  # no different from the better one
    ],
)
def test_accuracy_of_simulated_studies(palette, expected):
    outcomes = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        measured = {
            "palette": simulated_accuracy(rng, *palette),
            "pix2pix": simulated_accuracy(rng, 25.0, 7.0, 14.5),
            "coltran": simulated_accuracy(rng, 33.0, 6.0, 15.5),
        }
        found = rules.accuracy(measured, p_values(measured))
        outcomes.append(found.outcome)
        assert len(found.evidence) == 2 and "Pix2Pix" in found.evidence[0] and "ColTran" in found.evidence[1]
    assert outcomes.count(expected) >= 9


def test_a_difference_that_may_be_chance_supports_nothing():
    rng = np.random.default_rng(0)
    base = rng.normal(14, 3, 50)
    mine = Accuracy(np.array([20.0, 20.1, 20.2]), np.array([8, 8.1, 8.2]), base + rng.normal(-0.01, 1, (3, 50)))
    mine = Accuracy(mine.distance, mine.score, mine.perceptual - mine.perceptual.mean(1, keepdims=True) + 13.99)
    other = Accuracy(np.array([30.0, 30.1, 30.2]), np.array([6, 6.1, 6.2]), base + rng.normal(0, 1, (3, 50)))
    other = Accuracy(other.distance, other.score, other.perceptual - other.perceptual.mean(1, keepdims=True) + 14.0)
    measured = {"palette": mine, "pix2pix": other}
    found = rules.accuracy(measured, p_values(measured))
    assert mine.better_pairs(other) == {"FID": 9, "IS": 9, "PD": 9}
    assert found.outcome == "inconclusive"


def simulated_slopes(rng, slopes):
    """Palette's slope minus each rival's, of a study whose true slopes are given."""
    logs = np.log(60) + np.array(slopes)[:, None] * np.log(SIZES / SIZES[0])
    photographs = rng.normal(0, 0.02, (3, 4, 20)) + rng.normal(0, 0.03, (1, 1, 20))
    logs = logs[..., None] + rng.normal(0, 0.02, (3, 4, 1)) + photographs
    figures = np.exp(logs.mean(-1))
    replicates = np.exp((logs.sum(-1, keepdims=True) - logs) / 19)
    seeds = statistics.pooled_variance(rng.normal(0, 0.02, (4, 3)))
    return {
        rival: statistics.slope_difference(SIZES, figures[0], figures[i], replicates[0], replicates[i], seeds)
        for i, rival in enumerate(("pix2pix", "coltran"), 1)
    }


@pytest.mark.parametrize(
    ("slopes", "expected"),
    [
        ((-0.20, -0.10, -0.08), "supported"),
        ((-0.05, -0.15, -0.02), "refuted"),
        ((-0.15, -0.15, -0.05), "inconclusive"),
        ((-0.10, -0.10, -0.10), "inconclusive"),
    ],
)
def test_scaling_of_simulated_studies(slopes, expected):
    found = [rules.scaling(simulated_slopes(np.random.default_rng(seed), slopes)).outcome for seed in range(40)]
    assert found.count(expected) >= 34


def times(training, until, spread=0.02, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "training": training * rng.lognormal(0, spread, 5),
        "until the same quality": until * rng.lognormal(0, spread, 5),
    }


@pytest.mark.parametrize(
    ("palette", "expected"),
    [
        ((10, 900), "supported"),
        ((0.5, 50), "refuted"),  # below both
        ((4, 300), "refuted"),  # below one of them by both
        ((10, 300), "inconclusive"),  # a step takes longer, and the way to the same quality does not
    ],
)
def test_slowness_of_simulated_studies(palette, expected):
    measured = {"palette": times(*palette), "pix2pix": times(1, 100, seed=1), "coltran": times(7, 600, seed=2)}
    assert rules.slowness("Slower?", measured).outcome == expected


def test_one_repeat_that_differs_is_enough_for_doubt():
    measured = {
        "palette": {"step": [2.0, 2.1, 0.9]},
        "pix2pix": {"step": [1.0, 1.0, 1.0]},
        "coltran": {"step": [0.5, 0.5, 0.5]},
    }
    found = rules.slowness("Slower?", measured)
    assert found.outcome == "inconclusive"
    assert "longer in 2 of 3 repeats" in found.evidence[0] and "longer in 3 of 3" in found.evidence[1]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (("supported", "supported"), "supported"),
        (("supported", "inconclusive"), "inconclusive"),
        (("supported", "refuted"), "refuted"),
        (("inconclusive", "refuted"), "refuted"),
    ],
)
def test_a_hypothesis_follows_from_its_questions(outcomes, expected):
    parts = [Verdict("Is it?", outcome, ()) for outcome in outcomes]
    assert rules.hypothesis("It is.", parts).outcome == expected


def test_evidence_tells_the_numbers_it_was_given():
    found = rules.scaling({"pix2pix": Estimate(-0.1234, 0.01, -0.15, -0.0975)})
    assert found.outcome == "supported"
    for text in ("-0.1234", "-0.1500", "-0.0975", "Palette", "Pix2Pix"):
        assert text in found.evidence[0]


def test_a_time_that_is_an_upper_bound_shows_of_nothing_that_it_is_shorter():
    measured = {"palette": {"all": np.full(3, 5.0)}, "pix2pix": {"all": np.full(3, 7.0)}}
    refuted = rules.slowness("?", measured, rivals=["pix2pix"])
    bound = rules.slowness("?", measured, rivals=["pix2pix"], at_most={("pix2pix", "all")})
    assert (refuted.outcome, bound.outcome) == ("refuted", "inconclusive")
    assert "5.00 s against at most 7.00 s" in bound.evidence[0]
    slower = {"palette": measured["pix2pix"], "pix2pix": measured["palette"]}
    assert rules.slowness("?", slower, rivals=["pix2pix"]).outcome == "supported"
    assert rules.slowness("?", slower, rivals=["pix2pix"], at_most={("palette", "all")}).outcome == "inconclusive"
