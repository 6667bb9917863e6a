"""How certain a measurement is: jackknife and bootstrap.

Figures of a whole set, such as FID, get a jackknife: resampling images with replacement repeats some, which a
distance between sets takes for a narrower distribution, so that a bootstrap of FID lies beside the value. Means over
images get a bootstrap.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

GROUPS = 20
LEVEL = 0.95
RESAMPLES = 9999
CELLS = 2**24  # numbers that a resampling holds at a time


class Uncertainty(NamedTuple):
    """Standard error, and the ends of the 95% interval, of a value."""

    error: float
    low: float
    high: float


def group_of(count: int, groups: int = GROUPS) -> np.ndarray:
    """The group, int64 (count,) in [0, groups), of each photograph of a list: its position modulo `groups`.

    It depends on the position alone, so that all families measured on the same list leave out the same
    photographs, and their differences are paired. Groups stand for random ones, so the list must not be
    sorted by what the photographs show.
    """
    return np.arange(count) % groups


def jackknife(replicates: np.ndarray) -> float:
    """Standard error of a statistic from its delete-a-group replicates, (groups,).

    The root of (g - 1) / g * sum of (x - mean)^2 (Quenouille 1956 for the method, Tukey 1958 for the
    variance; with groups: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 11). The
    replicates of a difference are the differences of the replicates.
    """
    replicates = np.asarray(replicates, np.float64)
    groups = len(replicates)
    return float(np.sqrt((groups - 1) / groups * np.sum((replicates - replicates.mean()) ** 2)))


def jackknife_interval(value: float, replicates: np.ndarray) -> Uncertainty:
    """Standard error and the interval of Student's t with as many degrees of freedom as groups less one."""
    error = jackknife(replicates)
    reach = error * stats.t.ppf((1 + LEVEL) / 2, len(replicates) - 1)
    return Uncertainty(error, float(value - reach), float(value + reach))


def bootstrap_mean(values: np.ndarray, seed: int = 0) -> Uncertainty:
    """Standard error and percentile interval of the mean of values (N,) of independent photographs.

    Efron and Tibshirani 1993, chapters 6 and 13; 9,999 resamples of a fixed seed, so that it is the same each time.
    """
    values = np.asarray(values, np.float64)
    if values.min() == values.max():
        return Uncertainty(0.0, float(values[0]), float(values[0]))
    result = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        batch=max(1, CELLS // len(values)),
        rng=np.random.default_rng(seed),
    )
    return Uncertainty(float(result.standard_error), *map(float, result.confidence_interval))
