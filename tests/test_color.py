"""Colour against Pillow's JPEG conversion, and the way there and back."""

import numpy as np
import pytest
from PIL import Image

from colorize_lib import color


@pytest.fixture
def rgb():
    return np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3)).astype(np.uint8)


def test_luma_and_chroma_are_those_of_jpeg(rgb):
    """Pillow's YCbCr is ITU-T T.871 in whole levels, with chroma around 128."""
    reference = np.stack([np.asarray(Image.fromarray(picture).convert("YCbCr")) for picture in rgb]).astype(int)
    assert np.abs(color.gray(rgb)[..., 0].astype(int) - reference[..., 0]).max() <= 1
    levels = color.chroma(color.to_float(rgb)) * 127.5 + 128
    assert np.abs(levels - reference[..., 1:]).max() <= 1.5


def test_every_colour_comes_back(rgb):
    x = color.to_float(rgb)
    np.testing.assert_allclose(color.compose(color.luma(x), color.chroma(x)), x, atol=2e-6)
    np.testing.assert_array_equal(color.to_uint8(x), rgb)


def test_a_colour_outside_the_gamut_keeps_luma_and_hue():
    generator = np.random.default_rng(1)
    y = generator.uniform(-1, 1, (1000, 1)).astype(np.float32)
    wanted = generator.uniform(-1, 1, (1000, 2)).astype(np.float32)
    rgb = color.compose(y, wanted)
    assert np.abs(rgb).max() <= 1
    np.testing.assert_allclose(color.luma(rgb), y, atol=1e-5)
    got = color.chroma(rgb)
    cross = got[:, 0] * wanted[:, 1] - got[:, 1] * wanted[:, 0]
    np.testing.assert_allclose(cross, 0, atol=1e-5)
    assert (np.sum(got * wanted, axis=1) >= -1e-6).all()
    # Each lies inside or touches the surface: none is paler than it had to be.
    paler = np.linalg.norm(got, axis=1) < np.linalg.norm(wanted, axis=1) - 1e-4
    assert paler.any()
    np.testing.assert_allclose(np.abs(rgb[paler]).max(axis=1), 1, atol=1e-5)


def test_black_and_white_have_no_room_for_colour():
    rgb = color.compose(np.array([[-1.0], [1.0]]), np.array([[0.5, -0.5], [0.5, -0.5]]))
    np.testing.assert_allclose(rgb, [[-1, -1, -1], [1, 1, 1]], atol=1e-6)


def test_tensors_give_what_arrays_give(rgb):
    import keras

    x = color.to_float(rgb)
    np.testing.assert_allclose(np.asarray(color.luma(keras.ops.convert_to_tensor(x))), color.luma(x), atol=1e-6)
    planes = color.chroma_planes(keras.ops.convert_to_tensor(x))
    np.testing.assert_allclose(np.concatenate([np.asarray(p) for p in planes], -1), color.chroma(x), atol=1e-6)


def test_restoring_the_luma_keeps_the_chroma():
    x = np.full((1, 2, 2, 3), [0.2, 0.0, -0.2], np.float32)
    y = np.full((1, 2, 2, 1), 0.1, np.float32)
    restored = color.restore_luma(x, y)
    np.testing.assert_allclose(color.luma(restored), y, atol=1e-6)
    np.testing.assert_allclose(color.chroma(restored), color.chroma(x), atol=1e-6)


def test_gray_has_no_chroma():
    levels = color.to_float(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
    np.testing.assert_allclose(color.chroma(levels), 0, atol=1e-6)
    np.testing.assert_array_equal(color.gray(color.to_uint8(levels)[None])[0, :, 0], np.arange(256))


def test_a_gray_picture_in_three_channels_is_its_own_gray_version(rgb):
    gray = color.gray_rgb(rgb)
    assert gray.shape == rgb.shape and gray.dtype == np.uint8
    for channel in np.moveaxis(gray, -1, 0):
        np.testing.assert_array_equal(channel, color.gray(rgb)[..., 0])
    np.testing.assert_array_equal(color.gray_rgb(gray), gray)


def test_primaries_have_the_luma_and_chroma_of_the_standard():
    """Y = 0.299, 0.587, 0.114 of 255, and the red and the blue primary reach the end of their own axis."""
    primaries = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    np.testing.assert_array_equal(color.gray(primaries)[0, :, 0], [76, 150, 29])
    chroma = color.chroma(color.to_float(primaries))[0]
    np.testing.assert_allclose(chroma[0], [-0.299 / 0.886, 1], atol=1e-6)
    np.testing.assert_allclose(chroma[2], [1, -0.114 / 0.701], atol=1e-6)


def test_levels_are_rounded_and_clipped():
    values = np.array([-9.0, -1.0, 0.4 / 127.5 - 1, 0.6 / 127.5 - 1, 1.0, 9.0])
    np.testing.assert_array_equal(color.to_uint8(values), [0, 0, 0, 1, 255, 255])


def test_the_luma_survives_rounding_to_levels():
    """Whatever a model predicts, the saved picture's gray version differs from the given one by one level at most."""
    generator = np.random.default_rng(2)
    gray = generator.integers(0, 256, (64, 64, 1)).astype(np.uint8)
    painted = color.to_uint8(color.compose(color.to_float(gray), generator.uniform(-2, 2, (64, 64, 2))))
    assert np.abs(color.gray(painted).astype(int) - gray).max() <= 1
    assert np.ptp(painted, axis=-1).max() > 200  # and colour was there to be lost
