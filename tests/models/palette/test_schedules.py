"""Noise schedules against closed forms and published numbers."""

import numpy as np
import pytest

from colorize_lib.models.palette import schedules


def test_a_linear_schedule_is_the_product_written_out():
    schedule = schedules.linear(1e-4, 0.09, 50)
    gamma = 1.0
    for t in range(1, 51):
        gamma *= 1 - (1e-4 + (0.09 - 1e-4) * (t - 1) / 49)
        assert schedule.gammas[t] == pytest.approx(gamma, rel=1e-13)
    assert schedule.steps == 50 and schedule.gammas[0] == 1 and schedule.gammas.dtype == np.float64


def test_constant_betas_have_a_power_for_their_gamma():
    schedule = schedules.linear(0.02, 0.02, 30)
    np.testing.assert_allclose(schedule.gammas, 0.98 ** np.arange(31), rtol=1e-13)


def test_what_is_lost_is_precise_where_almost_nothing_is():
    schedule = schedules.linear(1e-6, 0.01, 2000)
    assert schedule.losses[1] == pytest.approx(1e-6, rel=1e-9)  # 1 - gamma would have ten digits
    np.testing.assert_allclose(schedule.losses + schedule.gammas, 1, rtol=1e-14)


def test_palettes_schedules_end_where_they_are_said_to():
    training, inference = schedules.linear(1e-6, 0.01, 2000), schedules.linear(1e-4, 0.09, 1000)
    assert training.gammas[-1] == pytest.approx(4.4e-5, rel=0.01)
    assert np.sum(inference.gammas[1:] < training.gammas[-1]) == 532
    assert inference.descent()[0] == inference.gammas.min() and inference.descent()[-1] == 1


def test_the_few_step_grid_is_uniform_in_log_snr():
    grid = schedules.log_snr_grid(20, 4.4e-5, 0.9999)
    assert len(grid) == 21 and grid[0] == pytest.approx(4.4e-5) and grid[-1] == pytest.approx(0.9999)
    np.testing.assert_allclose(np.diff(schedules.log_snr(grid)), np.diff(schedules.log_snr(grid))[0], rtol=1e-9)
    assert schedules.log_snr(0.5) == 0
