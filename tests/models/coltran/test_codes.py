"""Colours as symbols and back."""

import numpy as np
import pytest

from colorize_lib import color
from colorize_lib.models.coltran.codes import Codes, gray_levels, smaller

pytestmark = pytest.mark.backend

OUTPUTS = pytest.mark.parametrize("output", ["rgb", "chroma"])


@OUTPUTS
def test_every_symbol_is_its_levels_and_back(output):
    codes = Codes(output)
    symbols = np.arange(codes.symbols)
    levels = np.asarray(codes.parted(symbols))
    assert len(np.unique(levels, axis=0)) == codes.symbols == {"rgb": 512, "chroma": 441}[output]
    assert levels.min() == 0 and levels.max() == codes.levels - 1
    np.testing.assert_array_equal(codes.joined(levels), symbols)


def test_published_symbols_are_64_r_8_g_b():
    assert int(Codes("rgb").joined(np.array([5, 3, 1]))) == 64 * 5 + 8 * 3 + 1
    np.testing.assert_array_equal(Codes("rgb").coarse(np.arange(256)), np.arange(256) // 32)


@OUTPUTS
def test_levels_are_values_and_back(output):
    codes, levels = Codes(output), np.arange(256)
    np.testing.assert_array_equal(codes.fine(np.asarray(codes.values(levels))), levels)
    values = np.random.default_rng(0).uniform(-1, 1, 1000).astype(np.float32)
    assert np.abs(np.asarray(codes.values(codes.fine(values))) - values).max() <= 0.51 / 127.5


def test_levels_of_rgb_are_those_of_pictures():
    picture = np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)
    np.testing.assert_array_equal(Codes("rgb").fine(color.to_float(picture)), picture)


@OUTPUTS
def test_coarse_levels_are_intervals_with_a_middle(output):
    codes = Codes(output)
    coarse = np.asarray(codes.coarse(np.arange(256)))
    assert (np.diff(coarse) >= 0).all() and len(np.unique(coarse)) == codes.levels
    np.testing.assert_array_equal(codes.coarse(codes.middle(np.arange(codes.levels))), np.arange(codes.levels))


def test_chroma_is_told_apart_most_finely_next_to_gray():
    sizes = np.bincount(np.asarray(Codes("chroma").coarse(np.arange(256))))
    assert sizes[10] == 1  # gray alone
    assert (np.diff(sizes[:11]) <= 0)[1:].all() and (np.diff(sizes[10:]) >= 0)[:-1].all()


def test_smaller_pictures_have_the_means():
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(smaller(pictures, 4), pictures.reshape(2, 2, 4, 2, 4, 3).mean((2, 4)), atol=1e-6)


def test_gray_levels_are_those_of_the_file():
    gray = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    np.testing.assert_array_equal(gray_levels(color.to_float(gray)), gray[..., 0])
