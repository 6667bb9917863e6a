"""IS: whether a classifier finds each image clear, and all of them together varied.

Salimans et al. 2016, "Improved techniques for training GANs", section 4: exp of the mean over images of
KL(p(y|x) || p(y)), where p(y) is the mean of p(y|x) over the images of a split. With the probabilities of another
network it is another number, so the caller has to say which network's it is.
"""

import itertools

import numpy as np

from colorize_lib.metrics.uncertainty import GROUPS, group_of

SPLITS = 10


def split_scores(probabilities: np.ndarray) -> np.ndarray:
    """The score of each split, float64 (SPLITS,), of class probabilities (N, C); splits follow each other in order."""
    edges = np.arange(SPLITS + 1) * len(probabilities) // SPLITS
    return np.array([_score(np.asarray(probabilities[a:b], np.float64)) for a, b in itertools.pairwise(edges)])


def _score(p: np.ndarray) -> float:
    marginal = p.mean(axis=0)
    ratio = np.divide(p, marginal, out=np.ones_like(p), where=p > 0)  # 0 log 0 = 0
    return float(np.exp(np.sum(p * np.log(ratio), axis=1).mean()))


def mean_score(probabilities: np.ndarray) -> float:
    """The Inception Score of class probabilities (N, C): the mean over the splits."""
    return float(split_scores(probabilities).mean())


def split_deviation(probabilities: np.ndarray) -> float:
    """The standard deviation of the scores of the splits, which is published beside their mean."""
    return float(split_scores(probabilities).std())


def score_replicates(probabilities: np.ndarray, groups: int = GROUPS) -> np.ndarray:
    """Delete-a-group jackknife replicates, float64 (groups,), of the mean over splits."""
    members = group_of(len(probabilities), groups)
    return np.array([mean_score(probabilities[members != group]) for group in range(groups)])
