"""FID: the Fréchet distance between two sets of photographs, and how certain it is.

Heusel et al. 2017, "GANs trained by a two time-scale update rule", equation 6: the features of each set are summed
up by their mean m and covariance C, and the squared Fréchet distance between the two Gaussians (Dowson and Landau
1982) is |m1 - m2|^2 + tr(C1) + tr(C2) - 2 tr((C1 C2)^(1/2)).
"""

import dataclasses
from typing import Self

import numpy as np

from colorize_lib import files
from colorize_lib.metrics import statistics

MINIMUM = 2049
"""Images of a set below which the covariance of 2048 features is singular, and the figure is FID-n, not FID."""

Statistics = tuple[np.ndarray, np.ndarray]
"""Mean (D,) and unbiased covariance (D, D) of a set of features, float64."""


@dataclasses.dataclass(frozen=True)
class Moments:
    """Count, mean (D,) and scatter (D, D) about the mean of a set of features, float64.

    Sets that have no photograph in common are added, and a part is subtracted from its whole, without a second
    look at the features (Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", section 3).
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> Self:
        """The moments of features (N, D), N at least 1."""
        features = np.asarray(features, np.float64)
        mean = features.mean(axis=0)
        centred = features - mean
        return cls(len(features), mean, centred.T @ centred)

    def __add__(self, other: Self) -> Self:
        count = self.count + other.count
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        between = np.outer(apart, apart) * (self.count * other.count / count)
        return Moments(count, mean, self.scatter + other.scatter + between)

    def __sub__(self, part: Self) -> Self:
        count = self.count - part.count
        mean = self.mean - (part.mean - self.mean) * (part.count / count)
        apart = part.mean - mean
        between = np.outer(apart, apart) * (count * part.count / self.count)
        return Moments(count, mean, self.scatter - part.scatter - between)

    def statistics(self) -> Statistics:
        return self.mean, self.scatter / (self.count - 1)


def feature_statistics(features: np.ndarray) -> Statistics:
    """Mean (D,) and unbiased covariance (D, D), float64, of features (N, D), N at least 2."""
    return Moments.of(features).statistics()


def _factor(covariance: np.ndarray) -> np.ndarray:
    """F (D, D) with F F' = covariance: Cholesky's, or by eigenvectors where the covariance is singular."""
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return vectors * np.sqrt(np.maximum(values, 0))


def trace_of_root(a: np.ndarray, b: np.ndarray) -> float:
    """tr((A B)^(1/2)) of two covariances (D, D), which may be singular.

    With A = F F', A B has the eigenvalues of F' B F, which is symmetric, so that none is negative or complex but by
    rounding. Those at the level of rounding are zeros: their roots, a thousand times 1e-8, would not be.
    """
    factor = _factor(a)
    values = np.linalg.eigvalsh(factor.T @ b @ factor)
    noise = ROUNDING * np.finfo(np.float64).eps * values[-1]
    return float(np.sqrt(values[values > noise]).sum())


def frechet_distance(a: Statistics, b: Statistics) -> float:
    """The squared Fréchet distance between two Gaussians given by `feature_statistics`; never negative."""
    (mean_a, covariance_a), (mean_b, covariance_b) = a, b
    apart = mean_a - mean_b
    traces = np.trace(covariance_a) + np.trace(covariance_b)
    return max(0.0, float(apart @ apart + traces - 2 * trace_of_root(covariance_a, covariance_b)))
