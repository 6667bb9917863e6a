"""Standard errors of what is measured on a set of photographs."""

import numpy as np

GROUPS = 20


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
