"""Estimates: what the runs of a study add up to, each with its error: means over seeds, differences, slopes."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from colorize_lib import models
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import FID, Metric, uncertainty
from colorize_lib.report import statistics
from colorize_lib.report.results import Results, once
from colorize_lib.report.statistics import Estimate, PowerLaw, SeedVariance


def applies(metric: Metric, family: str) -> bool:
    """Whether a metric is measured on a family: one that compares samples takes a family whose samples differ."""
    return metric.protocol != "samples" or models.family_of(family).varied


def figures(results: Results, family: str, metric: Metric) -> np.ndarray:
    """A metric of each of a family's finals on the test photographs, (seeds,)."""
    return np.array([run.figure(metric).value for run in results.finals[family]])


def values(results: Results, family: str, metric: Metric) -> np.ndarray:
    """A metric of each test photograph (seeds, photographs) as each of a family's finals coloured it."""
    return np.array([run.kept()[metric.name] for run in results.finals[family]])


def replicates(results: Results, family: str, metric: Metric) -> np.ndarray:
    """Jackknife replicates (seeds, groups) of a metric of the set of test photographs, of each of a family's finals."""
    return np.array([run.replicates(metric) for run in results.finals[family]])


@once
def seed_variance(results: Results, metric: Metric, *, log: bool = False) -> SeedVariance:
    """The variance of a metric, or of its logarithm, over the seeds of the finals, pooled over families.

    Raises:
        ColorizeError: the study has one seed.
    """
    if len(results.study.seeds) < 2:
        raise ColorizeError(
            "seeds names one seed, and every error here holds the variance over seeds: name two at least, or set "
            "score_along to 0, which scores nothing."
        )
    found = [figures(results, family, metric) for family in results.study.families if applies(metric, family)]
    return statistics.pooled_variance([np.log(v) for v in found] if log else found)


@once
def estimate(results: Results, family: str, metric: Metric) -> Estimate:
    """A metric of a family's finals on the test photographs: mean over seeds, with both sources of error."""
    seeds = seed_variance(results, metric)
    if metric.of_set:
        photographs = uncertainty.jackknife(np.mean(replicates(results, family, metric), axis=0))
    else:
        each = np.mean(values(results, family, metric), axis=0)
        photographs = each.std(ddof=1) / np.sqrt(len(each))
    found = figures(results, family, metric)
    return statistics.estimate(found.mean(), photographs**2 + seeds.variance / len(found), seeds.degrees)


def spread(results: Results, family: str, metric: Metric) -> float:
    """The standard deviation of a metric over the seeds of a family's finals."""
    return float(figures(results, family, metric).std(ddof=1))


def ranking(results: Results, metric: Metric) -> dict[str, float]:
    """A metric of each family's finals on the test photographs, the best first."""
    families = [family for family in results.study.families if applies(metric, family)]
    return metric.best_first({family: estimate(results, family, metric).value for family in families})


@once
def difference(results: Results, metric: Metric, family: str, other: str) -> Estimate:
    """A metric of one family minus that of another, on the same photographs, over seeds."""
    pair, seeds = (family, other), seed_variance(results, metric)
    if not metric.of_set:
        return statistics.paired_difference(*(values(results, name, metric) for name in pair), seeds)
    return statistics.difference(
        *(figures(results, name, metric) for name in pair),
        *(replicates(results, name, metric) for name in pair),
        seeds,
    )


@once
def permutation_p(results: Results, metric: Metric, family: str, other: str) -> float:
    """p-value of a paired permutation test on a mean over photographs, each averaged over seeds first."""
    return statistics.paired_permutation(*(np.mean(values(results, f, metric), axis=0) for f in (family, other)))


def share_closed(results: Results, family: str, metric: Metric) -> float:
    """Share of a metric's gap between gray pictures and originals that a family's finals close on test photographs."""
    value = estimate(results, family, metric).value
    return results.share_closed(results.study.config(family), metric, value, "test")


def at_equal_images(results: Results, families: Iterable[str]) -> pd.DataFrame:
    """The rows of `Results.along` at the most images at which all these families have a checkpoint, by family."""
    table = results.along[results.along.family.isin(list(families))]
    reached = table.groupby("images_seen").family.nunique()
    count = reached.index[reached == table.family.nunique()].max()
    return table[table.images_seen == count].set_index("family")


def second_ranking(results: Results, metric: Metric) -> dict[str, float]:
    """A metric of the runs on the second data set, the best first."""
    return metric.best_first({family: run.figure(metric).value for family, run in results.second_runs.items()})


def second_difference(results: Results, metric: Metric, family: str, other: str) -> Estimate:
    """A metric of one family minus that of another on the second data set, with the error that the choice of
    photographs leaves: the chance of training cannot be told from one run."""
    a, b = (results.second_runs[name] for name in (family, other))
    if not metric.of_set:
        each = a.kept()[metric.name] - b.kept()[metric.name]
        return statistics.estimate(each.mean(), each.var(ddof=1) / len(each), len(each) - 1)
    replicates = a.replicates(metric) - b.replicates(metric)
    value = a.figure(metric).value - b.figure(metric).value
    return statistics.estimate(value, uncertainty.jackknife(replicates) ** 2, len(replicates) - 1)


@once
def _by_size(results: Results, family: str, which: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of training photographs (S,), FID (S,) and its replicates (S, groups) of a family, at the `best`
    checkpoints or at the `end`."""
    own = results.sizes[results.sizes.family == family]
    pairs = zip(own.run, own[f"{which}_images_seen"], strict=True)
    return own.photographs.to_numpy(), own[which].to_numpy(), np.array([r.replicates(FID, seen) for r, seen in pairs])


def slope(results: Results, family: str) -> Estimate:
    """The slope of a family's log FID at the best checkpoint on the log of training photographs."""
    return statistics.slope_estimate(*_by_size(results, family, "best"), seed_variance(results, FID, log=True))


def line_p(results: Results, family: str) -> float:
    """p-value of a family's sizes lying on a straight line, as its slope takes for granted."""
    return statistics.line_p(*_by_size(results, family, "best"), seed_variance(results, FID, log=True))


def power_law(results: Results, family: str) -> PowerLaw:
    """The power law of a family's FID at the best checkpoint."""
    seeds, (counts, found, each) = seed_variance(results, FID, log=True), _by_size(results, family, "best")
    relative = np.sqrt([uncertainty.jackknife(np.log(values)) ** 2 + seeds.variance for values in each])
    return statistics.power_law(counts, found, found * relative, seeds.degrees)


def last_gain(results: Results, family: str, start: int) -> Estimate:
    """By what share FID changes from the size number `start` to all training photographs, negative where it falls."""
    counts, found, each = (values[[start, -1]] for values in _by_size(results, family, "best"))
    line = statistics.slope_estimate(counts, found, each, seed_variance(results, FID, log=True))
    value, error, low, high = np.array(line) * np.log(counts[1] / counts[0])
    return Estimate(np.expm1(value), error * np.exp(value), np.expm1(low), np.expm1(high))


def slope_differences(
    results: Results, family: str, others: Sequence[str], which: str = "best", *, ends: bool = False
) -> dict[str, Estimate]:
    """A family's slope minus each other one's; where `ends` asks for it, of the smallest and the largest size alone."""
    chosen, seeds = [0, -1] if ends else slice(None), seed_variance(results, FID, log=True)
    counts, own, own_replicates = (values[chosen] for values in _by_size(results, family, which))
    found = {}
    for other in others:
        _, theirs, their_replicates = (values[chosen] for values in _by_size(results, other, which))
        found[other] = statistics.slope_difference(counts, own, theirs, own_replicates, their_replicates, seeds)
    return found
