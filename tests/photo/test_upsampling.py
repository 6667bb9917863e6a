import itertools

import numpy as np
import pytest

from colorize_lib.data.resize import area_resize
from colorize_lib.photo import upsampling
from colorize_lib.photo.upsampling import Upsampler


@pytest.fixture
def random():
    return np.random.default_rng(0)


def windows(height, width, radius):
    """Each pixel with the slices of the window around it, cut off at the border."""
    for y in range(height):
        for x in range(width):
            yield (
                (y, x),
                (slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1)),
            )


def direct_slope(guide, values, radius, epsilon):
    """He, Sun and Tang, eqs. (5) and (8), window by window."""
    fitted, averaged = np.empty_like(values), np.empty_like(values)
    for pixel, window in windows(*guide.shape[:2], radius):
        i = guide[window].ravel()
        for channel in range(values.shape[-1]):
            p = values[window][..., channel].ravel()
            fitted[pixel][channel] = np.cov(i, p, bias=True)[0, 1] / (i.var() + epsilon)
    for pixel, window in windows(*guide.shape[:2], radius):
        averaged[pixel] = fitted[window].mean(axis=(0, 1))
    return averaged


@pytest.mark.parametrize(("radius", "epsilon"), [(1, 0.005), (2, 0.1), (3, 1e-4)])
def test_slope_is_the_direct_computation(random, radius, epsilon):
    guide, values = random.uniform(-1, 1, (9, 7, 1)), random.uniform(-1, 1, (9, 7, 2))
    np.testing.assert_allclose(
        upsampling.slope(guide, values, radius, epsilon), direct_slope(guide, values, radius, epsilon), atol=1e-12
    )


def test_slope_of_a_line_is_its_own_without_regularization_and_fades_with_it(random):
    guide = random.uniform(-1, 1, (12, 15, 1))
    values = guide * [0.5, -2.0] + [0.1, 0.3]
    np.testing.assert_allclose(upsampling.slope(guide, values, epsilon=0), np.broadcast_to([0.5, -2.0], values.shape))
    np.testing.assert_allclose(upsampling.slope(guide, values, epsilon=1e9), 0, atol=1e-8)
    np.testing.assert_allclose(upsampling.slope(guide, np.ones_like(values)), 0, atol=1e-12)


def test_mean_filter_is_the_mean_over_the_window_inside_the_picture(random):
    planes = random.normal(size=(6, 5, 2))
    filtered = upsampling.mean_filter(planes, 2)
    for pixel, window in windows(6, 5, 2):
        np.testing.assert_allclose(filtered[pixel], planes[window].mean(axis=(0, 1)))


def test_upsampler_keeps_constants_whatever_the_guide(random):
    guide = random.uniform(-1, 1, (40, 56, 1)).astype(np.float32)
    values = np.broadcast_to(np.float32([0.25, -0.5]), (5, 7, 2))
    fine = Upsampler(area_resize(guide, (5, 7)), values)(guide)
    np.testing.assert_allclose(fine, np.broadcast_to([0.25, -0.5], fine.shape), atol=1e-5)


def test_upsampler_interpolates_where_the_guide_is_flat_and_copies_on_its_own_grid(random):
    values = random.normal(size=(5, 7, 2)).astype(np.float32)
    flat = Upsampler(np.full((5, 7, 1), 0.3, np.float32), values)
    smooth = upsampling.resize(values, (40, 56), upsampling.BICUBIC)
    np.testing.assert_allclose(flat(np.full((40, 56, 1), 0.3, np.float32)), smooth, atol=1e-5)
    guide = random.normal(size=(5, 7, 1)).astype(np.float32)
    np.testing.assert_allclose(Upsampler(guide, values)(guide), values, atol=1e-6)


def test_upsampler_finds_the_edge_of_the_guide():
    guide = np.full((32, 32, 1), -0.6, np.float32)
    guide[:, 13:] = 0.6  # inside the coarse pixel from 8 to 15
    truth = guide * np.float32([0.3, -0.5])
    coarse = area_resize(guide, (4, 4))
    values = coarse * np.float32([0.3, -0.5])
    along = np.abs(Upsampler(coarse, values)(guide) - truth).max()
    without = np.abs(upsampling.resize(values, (32, 32), upsampling.BICUBIC) - truth).max()
    assert along < 0.05 < 0.3 < without


def test_upsampler_joins_parts_without_a_seam(random):
    guide = random.uniform(-1, 1, (45, 30, 1)).astype(np.float32)
    upsampler = Upsampler(area_resize(guide, (7, 5)), random.normal(size=(7, 5, 2)).astype(np.float32))
    bounds = [0, 1, 13, 20, 44, 45]
    parts = [upsampler(guide[a:b], (a / 45, b / 45)) for a, b in itertools.pairwise(bounds)]
    np.testing.assert_allclose(np.concatenate(parts), upsampler(guide), atol=1e-5)
