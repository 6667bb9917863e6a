"""Samplers of diffusion models: from noise to a picture in a few or in many evaluations of a network.

Given the estimate y0' of the clean picture at noise level gamma, each sampler here moves to the next, cleaner level by
a sum of the noisy picture, this estimate, the previous one and fresh noise. A sampler is therefore a table of four
numbers a step, computed in float64, and one loop runs them all.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm


@dataclass(frozen=True)
class Step:
    """One evaluation at level `gamma`: y <- keep y + estimate y0' + previous y0'_before + noise z."""

    gamma: float
    keep: float
    estimate: float
    previous: float = 0.0
    noise: float = 0.0


def ancestral(gammas: np.ndarray) -> list[Step]:
    """Algorithm 2 of Saharia et al. 2022, over rising gammas (n + 1,) of which the last is 1.

    y <- (y - (1 - alpha) / sqrt(1 - gamma) f) / sqrt(alpha) + sqrt(1 - alpha) z, with z = 0 in the last step, where
    alpha is the ratio of a level to the next and f = (y - sqrt(gamma) y0') / sqrt(1 - gamma) the noise.
    """
    steps = []
    for gamma, after in itertools.pairwise(gammas):
        alpha = gamma / after
        share = (1 - alpha) / (1 - gamma) / np.sqrt(alpha)
        noise = np.sqrt(1 - alpha) if after < 1 else 0.0
        steps.append(Step(gamma, 1 / np.sqrt(alpha) - share, share * np.sqrt(gamma), noise=noise))
    return steps


def ddim(gammas: np.ndarray, eta: float = 0.0) -> list[Step]:
    """Song, Meng and Ermon 2021, "Denoising diffusion implicit models", equation 12 with the sigma of equation 16.

    eta = 0 is deterministic but for the first noise, eta = 1 has the variance of the posterior.
    """
    steps = []
    for gamma, after in itertools.pairwise(gammas):
        sigma = eta * np.sqrt((1 - after) / (1 - gamma) * (1 - gamma / after))
        keep = np.sqrt((1 - after - sigma**2) / (1 - gamma))
        steps.append(Step(gamma, keep, np.sqrt(after) - keep * np.sqrt(gamma), noise=sigma))
    return steps


def dpm_solver(gammas: np.ndarray) -> list[Step]:
    """DPM-Solver++(2M): Lu et al. 2022, "DPM-Solver++", algorithm 2, in log-SNR / 2.

    The first step has no estimate before it, and a last step to gamma = 1 lies infinitely far: both are of first order.
    """
    half_log_snr = [0.5 * (np.log(g) - np.log1p(-g)) if g < 1 else np.inf for g in gammas]
    steps = ddim(gammas)
    for i in range(1, len(steps)):
        if gammas[i + 1] < 1:
            before, ahead = half_log_snr[i] - half_log_snr[i - 1], half_log_snr[i + 1] - half_log_snr[i]
            extrapolated = ahead / (2 * before)
            first = steps[i]
            estimate, previous = first.estimate * (1 + extrapolated), -first.estimate * extrapolated
            steps[i] = Step(first.gamma, first.keep, estimate, previous)
    return steps


SAMPLERS: dict[str, Callable[..., list[Step]]] = {"ancestral": ancestral, "ddim": ddim, "dpm-solver": dpm_solver}


def run(
    steps: Sequence[Step],
    estimate: Callable[[np.ndarray, float], np.ndarray],
    draw: Callable[[int], np.ndarray],
    visit: Callable[[int, np.ndarray, np.ndarray], None] | None = None,
    description: str = "",
) -> np.ndarray:
    """Run a sampler.

    Args:
        steps: the sampler's table.
        estimate: from a noisy batch and its gamma to the estimate of the clean one.
        draw: the standard normal noise of a step; step 0 is what sampling starts from.
        visit: called as visit(i, noisy, estimate) at each evaluation, before the step is taken.
        description: of the progress bar; empty: none.

    Returns:
        The batch at the last level.
    """
    y, before = draw(0), None
    shown: Iterable[Step] = tqdm(steps, desc=description, leave=False, disable=None if description else True)
    for i, step in enumerate(shown):
        found = estimate(y, step.gamma)
        if visit:
            visit(i, y, found)
        moved = step.keep * y + step.estimate * found
        if step.previous:
            moved = moved + step.previous * before
        if step.noise:
            moved = moved + step.noise * draw(i + 1)
        y, before = moved.astype(y.dtype), found
    return y
