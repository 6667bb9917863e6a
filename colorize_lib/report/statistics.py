"""Statistics: permutation test, Holm's correction, differences, slopes and power laws.

Differences between models have two sources of error. The photographs are the same for all models, so the jackknife of a
difference is that of the differences of replicates. The seeds of training are few, so their variance is pooled over
models: three seeds of one say little.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from colorize_lib.metrics.uncertainty import LEVEL, RESAMPLES, jackknife

CELLS = 2**21  # signs that a test holds at a time


def paired_permutation(a: np.ndarray, b: np.ndarray, seed: int = 0) -> float:
    """Two-sided p-value of the hypothesis that paired values (N,) may be exchanged within each pair.

    The statistic is the mean difference; under the hypothesis the sign of each difference is a coin's (Fisher 1935,
    "The design of experiments", section 21). All sign patterns are tried if there are fewer than 10,000; otherwise as
    many random ones, and the observed one is counted among them, so that p is never 0 (Phipson and Smyth 2010).

    With 5,000 pairs this takes a tenth of the time of SciPy's permutation test, which shuffles each pair by itself.
    """
    differences = np.subtract(a, b, dtype=np.float64)
    exact = 2 ** len(differences) <= RESAMPLES
    flips = _all_flips(len(differences)) if exact else _random_flips(len(differences), seed)
    observed, tolerance = differences.sum(), 1e-12 * np.abs(differences).sum()
    sums = observed - 2 * np.concatenate([flipped @ differences for flipped in flips])
    at_least, at_most = (sums >= observed - tolerance).sum(), (sums <= observed + tolerance).sum()
    p = (min(at_least, at_most) + (not exact)) / (len(sums) + (not exact))
    return float(min(1.0, 2 * p))


def _all_flips(count: int) -> Iterator[np.ndarray]:
    """All choices of the signs to flip among `count`: zeros and ones (2^count, count)."""
    yield np.arange(2**count)[:, None] >> np.arange(count) & 1


def _random_flips(count: int, seed: int) -> Iterator[np.ndarray]:
    """RESAMPLES random choices of the signs to flip, some at a time."""
    random, batch = np.random.default_rng(seed), max(1, CELLS // count)
    for start in range(0, RESAMPLES, batch):
        yield random.integers(0, 2, (min(batch, RESAMPLES - start), count), np.uint8)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """p-values adjusted for their number, float64 (K,) in the given order: each is below alpha if the procedure rejects
    its hypothesis at alpha (Holm 1979, "A simple sequentially rejective multiple test procedure")."""
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


class SeedVariance(NamedTuple):
    """Variance of a figure over seeds of training, and its degrees of freedom."""

    variance: float
    degrees: int


def pooled_variance(figures: Sequence[np.ndarray]) -> SeedVariance:
    """The variance over seeds, pooled over models, of whose figures (seeds,) a sequence is given."""
    figures = [np.asarray(values, np.float64) for values in figures]
    degrees = sum(len(values) - 1 for values in figures)
    squares = sum(((values - values.mean()) ** 2).sum() for values in figures)
    return SeedVariance(float(squares / degrees), degrees)


class Estimate(NamedTuple):
    """A value with its standard error and the ends of its 95% interval."""

    value: float
    error: float
    low: float
    high: float


def estimate(value: float, variance: float, degrees: int) -> Estimate:
    """A value with the interval of Student's t."""
    error = float(np.sqrt(variance))
    reach = error * float(stats.t.ppf((1 + LEVEL) / 2, degrees))
    return Estimate(float(value), error, float(value - reach), float(value + reach))


def difference(
    a: np.ndarray, b: np.ndarray, replicates_a: np.ndarray, replicates_b: np.ndarray, seeds: SeedVariance
) -> Estimate:
    """The difference a - b of two models' figures of the same photographs, such as FID.

    Args:
        a, b: figures (seeds,) of each model.
        replicates_a, replicates_b: their jackknife replicates (seeds, groups), which leave out the same photographs.
        seeds: the variance over seeds.
    """
    photographs = jackknife(np.mean(replicates_a, axis=0) - np.mean(replicates_b, axis=0)) ** 2
    training = seeds.variance * (1 / len(a) + 1 / len(b))
    return estimate(np.mean(a) - np.mean(b), photographs + training, seeds.degrees)


def paired_difference(a: np.ndarray, b: np.ndarray, seeds: SeedVariance) -> Estimate:
    """The difference a - b of two models' means over photographs.

    Args:
        a, b: values of the same photographs (seeds, photographs) of each model.
        seeds: the variance over seeds of a mean over photographs.
    """
    differences = np.mean(a, axis=0) - np.mean(b, axis=0)
    photographs = differences.var(ddof=1) / len(differences)
    training = seeds.variance * (1 / len(a) + 1 / len(b))
    return estimate(differences.mean(), photographs + training, seeds.degrees)


def slope(sizes: np.ndarray, figures: np.ndarray) -> np.ndarray:
    """Least-squares slope of log figures (sizes, ...) on log sizes (sizes,): of the shape of a figure."""
    weights = _slope_weights(sizes)
    return np.tensordot(weights, np.log(figures), axes=1)


def _slope_weights(sizes: np.ndarray) -> np.ndarray:
    """What each logarithm counts for in the slope (sizes,)."""
    x = np.log(np.asarray(sizes, np.float64))
    x -= x.mean()
    return x / (x**2).sum()


def slope_estimate(sizes: np.ndarray, figures: np.ndarray, replicates: np.ndarray, seeds: SeedVariance) -> Estimate:
    """The slope of log figures on log sizes, with its interval.

    Args:
        sizes: (sizes,), such as numbers of training photographs.
        figures: (sizes,), each of a training of its own.
        replicates: (sizes, groups); all sizes leave out the same photographs.
        seeds: variance over seeds of the logarithm of a figure.
    """
    training = seeds.variance * (_slope_weights(sizes) ** 2).sum()
    return estimate(slope(sizes, figures), jackknife(slope(sizes, replicates)) ** 2 + training, seeds.degrees)


def slope_difference(
    sizes: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    replicates_a: np.ndarray,
    replicates_b: np.ndarray,
    seeds: SeedVariance,
) -> Estimate:
    """The slope of a minus that of b, negative if a falls faster; for the arguments see `slope_estimate`."""
    photographs = jackknife(slope(sizes, replicates_a) - slope(sizes, replicates_b)) ** 2
    training = 2 * seeds.variance * (_slope_weights(sizes) ** 2).sum()
    return estimate(slope(sizes, a) - slope(sizes, b), photographs + training, seeds.degrees)


def line_p(sizes: np.ndarray, figures: np.ndarray, replicates: np.ndarray, seeds: SeedVariance) -> float:
    """The p-value of the hypothesis that log figures lie on a straight line over log sizes; for the arguments see
    `slope_estimate`.

    The sum of squared residuals, over its expectation by the variance over seeds and the jackknife of the residuals, is
    taken to follow F with the degrees of freedom of the residuals and of the seeds (Seber and Lee 2003, "Linear
    regression analysis", section 4.4, for lack of fit against an independent estimate of the variance).
    """
    design = np.stack([np.ones(len(sizes)), np.log(np.asarray(sizes, np.float64))], axis=1)
    project = np.eye(len(sizes)) - design @ np.linalg.pinv(design)
    freedom = len(sizes) - 2
    photographs = sum(jackknife(row) ** 2 for row in project @ np.log(replicates))
    ratio = ((project @ np.log(figures)) ** 2).sum() / (freedom * seeds.variance + photographs)
    return float(stats.f.sf(ratio, freedom, seeds.degrees))


def images_until(images: np.ndarray, figures: np.ndarray, target: float) -> float:
    """The images seen when a falling figure first reaches `target`, interpolated in the logarithm of images.

    Args:
        images, figures: (checkpoints,), in order of images.
        target: the figure to reach. If the first checkpoint has reached it already, its images are returned; if none
            does, NaN.
    """
    images, figures = np.asarray(images, np.float64), np.asarray(figures, np.float64)
    first = int(np.argmax(figures <= target))
    if figures[first] > target:
        return float("nan")
    if first == 0:
        return float(images[0])
    share = (figures[first - 1] - target) / (figures[first - 1] - figures[first])
    start, end = np.log(images[[first - 1, first]])
    return float(np.exp(start + share * (end - start)))


class PowerLaw(NamedTuple):
    """a + b N^-c, with the 95% interval of c, an end of which is None if the data do not bound it."""

    a: float
    b: float
    c: float
    low: float | None
    high: float | None

    def __call__(self, sizes: np.ndarray) -> np.ndarray:
        return self.a + self.b * np.asarray(sizes, np.float64) ** -self.c


EXPONENTS = np.geomspace(0.01, 5, 400)


def power_law(sizes: np.ndarray, figures: np.ndarray, errors: np.ndarray, degrees: int) -> PowerLaw:
    """The best-fitting power law with nonnegative a and b, and a profile-likelihood interval of its exponent.

    For each exponent, a and b solve a nonnegative least-squares problem. The interval holds the exponents whose
    weighted sum of squares exceeds the least one by less than F's quantile (Seber and Wild 2003, "Nonlinear
    regression", section 5.4, for errors with an estimated variance).

    Args:
        sizes, figures, errors: (sizes,) each; the errors are the standard errors of the figures.
        degrees: degrees of freedom of the errors.
    """
    sizes, figures, errors = (np.asarray(values, np.float64) for values in (sizes, figures, errors))
    scale = sizes.min()  # b in units of the figure at the smallest size
    fits = []
    for exponent in EXPONENTS:
        design = np.stack([np.ones_like(sizes), (sizes / scale) ** -exponent], axis=1) / errors[:, None]
        solution, residual = optimize.nnls(design, figures / errors)
        fits.append((residual**2, *solution))
    squares, constants, factors = np.array(fits).T
    best = int(np.argmin(squares))
    within = squares - squares[best] <= stats.f.ppf(LEVEL, 1, degrees)
    exponents = EXPONENTS[within]
    low = None if within[0] else float(exponents[0])
    high = None if within[-1] else float(exponents[-1])
    c = float(EXPONENTS[best])
    return PowerLaw(float(constants[best]), float(factors[best] * scale**c), c, low, high)
