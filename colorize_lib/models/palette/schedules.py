"""Noise schedules of diffusion models: how much of a picture is left after so many steps.

In the notation of Saharia et al. 2022, "Palette: image-to-image diffusion models": step t keeps the share
alpha_t = 1 - beta_t of the variance, gamma_t is the product of the first t of them, and a noisy picture is
y = sqrt(gamma) y0 + sqrt(1 - gamma) e. All numbers are float64.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Schedule:
    """A sequence of noise levels.

    Attributes:
        alphas: (T,), alpha_1 to alpha_T, each in (0, 1).
    """

    alphas: np.ndarray

    @property
    def steps(self) -> int:
        return len(self.alphas)

    @property
    def gammas(self) -> np.ndarray:
        """gamma_0 = 1 to gamma_T, (T + 1,), falling."""
        return np.concatenate([[1.0], np.cumprod(self.alphas)])

    @property
    def losses(self) -> np.ndarray:
        """1 - gamma_0 = 0 to 1 - gamma_T, (T + 1,), with full relative precision also where gamma is near 1."""
        return -np.expm1(np.concatenate([[0.0], np.cumsum(np.log(self.alphas))]))

    def descent(self) -> np.ndarray:
        """The levels as sampling meets them: gamma_T, the noisiest, to gamma_0 = 1."""
        return self.gammas[::-1]


def linear(first: float, last: float, steps: int) -> Schedule:
    """beta rises linearly from `first` to `last` (Ho et al. 2020, section 4).

    Palette trains with 1e-6 to 0.01 over 2,000 steps.
    """
    return Schedule(1 - np.linspace(first, last, steps))


INFERENCE = linear(1e-4, 0.09, 1000)  # Palette's published schedule of sampling


def log_snr(gamma):
    """The logarithm of the signal-to-noise ratio gamma / (1 - gamma)."""
    return np.log(gamma) - np.log1p(-np.asarray(gamma))


def log_snr_grid(evaluations: int, noisiest: float, cleanest: float) -> np.ndarray:
    """Rising gammas (evaluations + 1,), at equal distances in log-SNR: for few evaluations, at continuous levels."""
    grid = np.linspace(log_snr(noisiest), log_snr(cleanest), evaluations + 1)
    return 1 / (1 + np.exp(-grid))
