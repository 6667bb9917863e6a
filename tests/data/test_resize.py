"""Area means against their definition."""

import numpy as np
import pytest

from colorize_lib.data.resize import area_resize


def means_by_definition(pixels, size):
    """The means over a grid that both resolutions divide."""
    height, width = pixels.shape[:2]
    finest = np.kron(pixels.astype(np.float64), np.ones((size[0], size[1], 1)))
    return finest.reshape(size[0], height, size[1], width, -1).mean(axis=(1, 3))


@pytest.mark.parametrize(("side", "size"), [(64, 32), (7, 3), (10, 7), (50, 32), (33, 32), (5, 1)])
def test_levels_are_the_means_of_the_area_rounded_half_up(side, size):
    square = np.random.default_rng(side).integers(0, 256, (side, side, 3), np.uint8)
    small = area_resize(square, size)
    assert small.dtype == np.uint8
    np.testing.assert_array_equal(small, np.floor(means_by_definition(square, (size, size)) + 0.5))


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (5, 7), (6, 8), (6, 3)])
@pytest.mark.parametrize("channels", [1, 2])
def test_floats_are_the_means_of_the_area(size, channels):
    planes = np.random.default_rng(0).normal(size=(6, 8, channels)).astype(np.float32)
    small = area_resize(planes, size)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, means_by_definition(planes, size), rtol=1e-6, atol=1e-7)


def test_large_pictures_keep_their_mean_and_their_constants():
    ramp = np.broadcast_to(np.linspace(0, 255, 1300).astype(np.uint8)[:, None, None], (1300, 1300, 3))
    small = area_resize(ramp, 64)  # more than one strip
    assert abs(small.mean() - ramp.mean()) < 0.5
    assert (np.diff(small[:, 0, 0].astype(int)) >= 0).all()
    np.testing.assert_array_equal(small, small[:, :1] * np.ones((1, 64, 1), np.uint8))
    assert (area_resize(np.full((1300, 1300, 3), 201, np.uint8), 77) == 201).all()
