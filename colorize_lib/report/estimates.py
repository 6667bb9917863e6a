"""Estimates: what the runs of a study add up to, with errors: means over seeds, differences, slopes."""

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
    """Whether a metric says anything of a family: one that compares samples needs samples that differ."""
    return metric.protocol != "samples" or models.family_of(family).varied


def figures(results: Results, family: str, metric: Metric) -> np.ndarray:
    """A metric of each of a family's finals, on the test photographs: (seeds,)."""
    return np.array([run.figure(metric).value for run in results.finals[family]])


def values(results: Results, family: str, metric: Metric) -> np.ndarray:
    """A metric of each test photograph for each of a family's finals: (seeds, photographs)."""
    return np.array([run.kept()[metric.name] for run in results.finals[family]])


def replicates(results: Results, family: str, metric: Metric) -> np.ndarray:
    """Jackknife replicates of a metric for each of a family's finals, on the test photographs: (seeds, groups)."""
    return np.array([run.replicates(metric) for run in results.finals[family]])


@once
def seed_variance(results: Results, metric: Metric, *, log: bool = False) -> SeedVariance:
    """The variance of a metric, or of its logarithm, over the seeds of the finals, pooled over families.

    Raises:
        ColorizeError: the study has one seed.
    """
    if len(results.study.seeds) < 2:
        raise ColorizeError(
            "seeds names a single seed, but every error in the report includes the variance over seeds: name two at "
            "least, or set score_along to 0 to score nothing."
        )
    by_family = [figures(results, family, metric) for family in results.study.families if applies(metric, family)]
    return statistics.pooled_variance([np.log(values) for values in by_family] if log else by_family)


@once
def estimate(results: Results, family: str, metric: Metric) -> Estimate:
    """A metric of a family's finals on the test photographs: the mean over seeds, with both sources of error."""
    seeds, by_seed = seed_variance(results, metric), figures(results, family, metric)
    if metric.of_set:
        photographs = uncertainty.jackknife(np.mean(replicates(results, family, metric), axis=0))
    else:
        by_photograph = np.mean(values(results, family, metric), axis=0)
        photographs = by_photograph.std(ddof=1) / np.sqrt(len(by_photograph))
    return statistics.estimate(by_seed.mean(), photographs**2 + seeds.variance / len(by_seed), seeds.degrees)


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
    """The p-value of a paired permutation test of two families on photographs, each averaged over seeds first."""
    return statistics.paired_permutation(*(np.mean(values(results, f, metric), axis=0) for f in (family, other)))


def share_closed(results: Results, family: str, metric: Metric) -> float:
    """The share of a metric's gap between gray pictures and originals that a family's finals close."""
    value = estimate(results, family, metric).value
    return results.share_closed(results.study.config(family), metric, value, "test")


def at_equal_images(results: Results, families: Iterable[str]) -> pd.DataFrame:
    """The rows of `Results.along`, by family, at the largest number of images for which all these families have one."""
    table = results.along[results.along.family.isin(list(families))]
    reached = table.groupby("images_seen").family.nunique()
    count = reached.index[reached == table.family.nunique()].max()
    return table[table.images_seen == count].set_index("family")


def second_ranking(results: Results, metric: Metric) -> dict[str, float]:
    """A metric of the runs on the second data set, the best first."""
    return metric.best_first({family: run.figure(metric).value for family, run in results.second_runs.items()})


def second_difference(results: Results, metric: Metric, family: str, other: str) -> Estimate:
    """A metric of one family minus that of another on the second data set. Its error is that of the choice of
    photographs alone: one run says nothing about the chance of training."""
    a, b = (results.second_runs[name] for name in (family, other))
    if not metric.of_set:
        differences = a.kept()[metric.name] - b.kept()[metric.name]
        count = len(differences)
        return statistics.estimate(differences.mean(), differences.var(ddof=1) / count, count - 1)
    replicates = a.replicates(metric) - b.replicates(metric)
    value = a.figure(metric).value - b.figure(metric).value
    return statistics.estimate(value, uncertainty.jackknife(replicates) ** 2, len(replicates) - 1)


@once
def _by_size(results: Results, family: str, which: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For a family, the numbers of training photographs (S,), FID (S,) and its replicates (S, groups), at the `best`
    checkpoints or at the `end`."""
    rows = results.sizes[results.sizes.family == family]
    images_seen = rows[f"{which}_images_seen"]
    replicates = [run.replicates(FID, count) for run, count in zip(rows.run, images_seen, strict=True)]
    return rows.photographs.to_numpy(), rows[which].to_numpy(), np.array(replicates)


def slope(results: Results, family: str) -> Estimate:
    """The slope of a family's log FID, at the best checkpoint, on the log of the number of training photographs."""
    return statistics.slope_estimate(*_by_size(results, family, "best"), seed_variance(results, FID, log=True))


def line_p(results: Results, family: str) -> float:
    """The p-value of the hypothesis that a family's sizes lie on a straight line, which its slope takes for granted."""
    return statistics.line_p(*_by_size(results, family, "best"), seed_variance(results, FID, log=True))


def power_law(results: Results, family: str) -> PowerLaw:
    """The power law of a family's FID at the best checkpoint."""
    seeds, (counts, fid, replicates) = seed_variance(results, FID, log=True), _by_size(results, family, "best")
    relative = np.sqrt([uncertainty.jackknife(np.log(of_size)) ** 2 + seeds.variance for of_size in replicates])
    return statistics.power_law(counts, fid, fid * relative, seeds.degrees)


def last_gain(results: Results, family: str, start: int) -> Estimate:
    """The share by which FID changes from size number `start` to all training photographs; negative if it falls."""
    counts, fid, replicates = (values[[start, -1]] for values in _by_size(results, family, "best"))
    line = statistics.slope_estimate(counts, fid, replicates, seed_variance(results, FID, log=True))
    value, error, low, high = np.array(line) * np.log(counts[1] / counts[0])
    return Estimate(np.expm1(value), error * np.exp(value), np.expm1(low), np.expm1(high))


def slope_differences(
    results: Results, family: str, others: Sequence[str], which: str = "best", *, ends: bool = False
) -> dict[str, Estimate]:
    """A family's slope minus that of each other one, at the `best` checkpoint or at the `end`; with `ends`, through the
    smallest and the largest size alone."""
    chosen, seeds = [0, -1] if ends else slice(None), seed_variance(results, FID, log=True)
    counts, fid, replicates = (values[chosen] for values in _by_size(results, family, which))
    differences = {}
    for other in others:
        _, other_fid, other_replicates = (values[chosen] for values in _by_size(results, other, which))
        differences[other] = statistics.slope_difference(counts, fid, other_fid, replicates, other_replicates, seeds)
    return differences
