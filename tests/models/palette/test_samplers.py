"""Samplers on Gaussian data, for which the best estimate and the whole path are known, in float64.

The samplers are linear in the noise they draw, so that mean and covariance of their samples are computed, not
estimated: one element of the batch gets no noise at all, and each other one a unit of a single draw.
"""

import numpy as np
import pytest

from colorize_lib.models.palette import samplers, schedules

MEAN, DEVIATION = np.array([0.3, -0.5, 0.0]), np.array([0.5, 0.2, np.sqrt(0.5)])
GRID = (4.4e-5, 0.9999)


def estimate(y: np.ndarray, gamma: float) -> np.ndarray:
    """E[y0 | y] where y0 is normal with MEAN and DEVIATION in three independent components."""
    shrunk = np.sqrt(gamma) * DEVIATION**2 / (gamma * DEVIATION**2 + 1 - gamma)
    return MEAN + shrunk * (y - np.sqrt(gamma) * MEAN)


def moments(steps) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance (3,) of what a sampler samples."""

    def draw(number):
        noise = np.zeros((len(steps) + 2, 3))
        noise[number + 1] = 1
        return noise

    found = samplers.run(steps, estimate, draw)
    return found[0], np.sum((found[1:] - found[0]) ** 2, axis=0)


def published() -> np.ndarray:
    return schedules.linear(1e-4, 0.09, 1000).descent()


def to_the_end(evaluations: int) -> np.ndarray:
    """The few-step grid, of which the last step goes all the way."""
    return np.append(schedules.log_snr_grid(evaluations, *GRID)[:-1], 1.0)


@pytest.mark.parametrize(
    "steps",
    [
        samplers.ancestral(to_the_end(1000)),
        samplers.ddim(to_the_end(1000)),
        samplers.ddim(to_the_end(1000), eta=0.5),
        samplers.dpm_solver(to_the_end(1000)),
    ],
    ids=["ancestral", "ddim", "ddim, eta 0.5", "dpm-solver"],
)
def test_at_a_thousand_steps_mean_and_covariance_are_recovered(steps):
    mean, variance = moments(steps)
    np.testing.assert_allclose(mean, MEAN, atol=0.01 * np.abs(MEAN).max())
    np.testing.assert_allclose(variance, DEVIATION**2, rtol=0.01)


def test_half_of_the_published_steps_do_nothing():
    """532 of the 1,000 lie below the smallest gamma met in training; what is left is coarser than the grid above."""
    smallest = schedules.linear(1e-6, 0.01, 2000).gammas[-1]
    whole, truncated = (
        moments(samplers.ancestral(published())),
        moments(samplers.ancestral(published()[published() >= smallest])),
    )
    np.testing.assert_allclose(truncated[0], whole[0], atol=1e-4)
    np.testing.assert_allclose(truncated[1], whole[1], rtol=1e-4)
    np.testing.assert_allclose(whole[1], DEVIATION**2, rtol=0.03)
    assert (whole[1] > DEVIATION**2).all()


def end_of_the_path(start: np.ndarray) -> np.ndarray:
    """Where the probability flow leads from `start`: the deviation from the mean grows with that of all pictures."""
    first, last = GRID
    spread = [np.sqrt(gamma * DEVIATION**2 + 1 - gamma) for gamma in GRID]
    return np.sqrt(last) * MEAN + (start - np.sqrt(first) * MEAN) * spread[1] / spread[0]


@pytest.mark.parametrize(("sampler", "order"), [(samplers.ddim, 1), (samplers.dpm_solver, 2)])
def test_orders_of_convergence(sampler, order):
    start = np.array([[0.4, -1.2, 0.9]])
    errors = [
        np.abs(
            samplers.run(sampler(schedules.log_snr_grid(n, *GRID)), estimate, lambda i: start) - end_of_the_path(start)
        )
        for n in (80, 160, 320)
    ]
    orders = np.log2(np.array(errors)[:-1] / np.array(errors)[1:])
    np.testing.assert_allclose(orders, order, atol=0.1)


def test_with_few_steps_ancestral_samples_vary_too_much():
    """The variance 1 - alpha is right for infinitely small steps only; that of the third component is 0.5."""
    variance = {n: moments(samplers.ancestral(to_the_end(n)))[1][2] for n in (50, 100, 1000)}
    assert variance[50] > variance[100] > 0.51 > variance[1000] > 0.5


def test_few_steps_of_second_order_are_nearer_than_of_first():
    def error(steps):
        return np.abs(moments(steps)[1] / DEVIATION**2 - 1).max()

    assert error(samplers.dpm_solver(to_the_end(20))) < 0.5 * error(samplers.ddim(to_the_end(20)))


def test_algorithm_2_is_taken_literally():
    gammas, random = published(), np.random.default_rng(0)
    y, z = random.normal(size=(2, 4))
    for t in (1, 2, 500, 1000):
        step = samplers.ancestral(gammas)[1000 - t]
        gamma, alpha = gammas[1000 - t], gammas[1000 - t] / gammas[1001 - t]
        noise = random.normal(size=4)
        clean = (y - np.sqrt(1 - gamma) * noise) / np.sqrt(gamma)
        expected = (y - (1 - alpha) / np.sqrt(1 - gamma) * noise) / np.sqrt(alpha) + np.sqrt(1 - alpha) * z * (t > 1)
        np.testing.assert_allclose(step.keep * y + step.estimate * clean + step.noise * z, expected, rtol=1e-9)


def test_ddim_without_noise_keeps_a_picture_that_is_known():
    """Where the estimate is the truth, every step lies on the straight line between it and the noise."""
    truth, noise = np.random.default_rng(1).normal(size=(2, 1, 6))
    gammas = schedules.log_snr_grid(7, *GRID)
    start = np.sqrt(gammas[0]) * truth + np.sqrt(1 - gammas[0]) * noise
    for sampler in (samplers.ddim, samplers.dpm_solver):
        end = samplers.run(sampler(gammas), lambda y, gamma: truth, lambda i: start)
        np.testing.assert_allclose(end, np.sqrt(gammas[-1]) * truth + np.sqrt(1 - gammas[-1]) * noise, rtol=1e-9)
        final = samplers.run(sampler(to_the_end(7)), lambda y, gamma: truth, lambda i: start)
        np.testing.assert_allclose(final, truth, rtol=1e-9)


def test_every_evaluation_is_visited_with_its_level():
    seen = []
    steps = samplers.dpm_solver(to_the_end(5))
    samplers.run(steps, estimate, lambda i: np.zeros((1, 3)), visit=lambda i, y, found: seen.append((i, y, found)))
    assert [i for i, _, _ in seen] == list(range(5))
    for step, (_, y, found) in zip(steps, seen, strict=True):
        np.testing.assert_allclose(found, estimate(y, step.gamma))
