"""Axial attention against its formulas: what is computed, and which pixels see which."""

import numpy as np
import pytest

from colorize_lib.models.coltran import layers
from colorize_lib.models.coltran.layers import COLUMN, ROW

pytestmark = pytest.mark.backend

SIDE, WIDTH, HEADS = 5, 8, 2
PLACE = (2, 3)  # the pixel that is changed


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def changed(function, x):
    """Which pixels (H, W) of a layer's output change with one pixel of its input."""
    moved = x.copy()
    moved[:, PLACE[0], PLACE[1]] += numbers(x.shape[-1], seed=9)
    return (np.abs(np.asarray(function(moved)) - np.asarray(function(x))).max(axis=(0, -1)) > 0).reshape(SIDE, SIDE)


def pixels(rows, columns):
    seen = np.zeros((SIDE, SIDE), bool)
    seen[rows, columns] = True
    return seen


@pytest.mark.parametrize(
    ("axis", "masked", "expected"),
    [
        (ROW, False, pixels(2, slice(None))),
        (ROW, True, pixels(2, slice(3, None))),
        (COLUMN, False, pixels(slice(None), 3)),
        (COLUMN, True, pixels(slice(2, None), 3)),
    ],
)
@pytest.mark.parametrize("context", [0, 6])
def test_a_pixel_is_seen_along_its_axis_and_not_before_itself(axis, masked, expected, context):
    block = layers.AxialBlock(WIDTH, HEADS, axis, masked=masked, context=context, side=SIDE)
    encoding = numbers(1, SIDE, SIDE, WIDTH, seed=1)
    conditions = block.condition(numbers(1, SIDE, SIDE, context, seed=2), encoding) if context else None
    np.testing.assert_array_equal(changed(lambda x: block(x, conditions), numbers(1, SIDE, SIDE, WIDTH)), expected)


@pytest.mark.parametrize("axis", [ROW, COLUMN])
@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_the_softmax_of_scaled_products(axis, masked):
    projected = numbers(2, SIDE, SIDE, 3 * WIDTH)
    query, key, value = (
        np.swapaxes(part, 1, 2) if axis == COLUMN else part
        for part in np.split(projected.astype(np.float64), 3, axis=-1)
    )
    expected, depth = np.empty_like(query), WIDTH // HEADS
    for head in range(HEADS):
        own = slice(head * depth, (head + 1) * depth)
        for n, row, i in np.ndindex(2, SIDE, SIDE):
            seen = slice(0, i + 1 if masked else SIDE)
            scores = np.exp(key[n, row, seen, own] @ query[n, row, i, own] / np.sqrt(depth))
            expected[n, row, i, own] = scores @ value[n, row, seen, own] / scores.sum()
    expected = np.swapaxes(expected, 1, 2) if axis == COLUMN else expected
    np.testing.assert_allclose(layers.attend(projected, HEADS, axis, masked), expected, atol=1e-5)


def test_cached_attention_is_a_row_of_masked_attention():
    projected = numbers(2, SIDE, SIDE, 3 * WIDTH)
    whole = np.asarray(layers.attend(projected, HEADS, COLUMN, True))
    query, keys, values = (np.swapaxes(part, 0, 1) for part in np.split(projected, 3, axis=-1))
    for i in range(SIDE):
        unknown = np.where(np.arange(SIDE)[:, None, None, None] <= i, 0.0, 7.0).astype(np.float32)
        found = layers.attend_cached(query[i], keys + unknown, values + unknown, HEADS, i)
        np.testing.assert_allclose(found, whole[:, i], atol=1e-6)


def test_conditions_are_those_of_table_1():
    """Queries, keys and values, and the feed-forward's result, are scaled and shifted by linear maps of the context."""
    block = layers.AxialBlock(WIDTH, HEADS, ROW, context=6, side=SIDE)
    x, context, encoding = (numbers(1, SIDE, SIDE, width, seed=width) for width in (WIDTH, 6, WIDTH))
    conditions = block.condition(context, encoding)
    maps = np.split(np.asarray(block.conditional.kernel), 8, axis=1)
    plain = np.split(np.asarray(block.project(x)), 3, axis=-1)
    found = np.split(np.asarray(block.project(x, conditions.pixels)), 3, axis=-1)
    for z, z_c, scale, shift in zip(plain, found, maps[:3], maps[3:6], strict=True):
        np.testing.assert_allclose(z_c, (context @ scale) * z + context @ shift, atol=1e-5)
    mixed = numbers(1, SIDE, SIDE, WIDTH, seed=5)
    middle = block.norms[0](x + np.asarray(block.attention_out(mixed)), conditions.norms[0])
    h = np.asarray(block.contract(block.expand(middle)))
    expected = block.norms[1](middle + (context @ maps[6]) * h + context @ maps[7], conditions.norms[1])
    np.testing.assert_allclose(block.finish(x, mixed, *conditions), expected, atol=1e-5)


def test_a_normalization_is_conditioned_on_the_mean_encoding_at_first():
    norm = layers.ConditionalLayerNormalization(WIDTH, SIDE)
    x, encoding = 3 + 2 * numbers(2, SIDE, SIDE, WIDTH), numbers(2, SIDE, SIDE, WIDTH, seed=1)
    normal = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + layers.EPSILON)
    kernel, bias = np.asarray(norm.modulate.kernel), np.asarray(norm.modulate.bias)
    beta, gamma = np.split((encoding.mean((1, 2)) @ kernel + bias)[:, None, None], 2, axis=-1)
    np.testing.assert_allclose(norm(x, norm.condition(encoding)), beta * normal + gamma, atol=1e-4)
    np.testing.assert_allclose(layers.ConditionalLayerNormalization(WIDTH)(x), normal, atol=1e-5)


def test_several_linear_layers_in_one_have_each_its_own_range():
    limit = np.sqrt(6 / (40 + 50))
    kernel = np.asarray(layers.linear(40, 50, 3).kernel)
    assert kernel.shape == (40, 150) and 0.98 * limit < np.abs(kernel).max() <= limit


@pytest.mark.parametrize("axis", [1, 2])
def test_shifting_moves_everything_one_place_on(axis):
    x = numbers(2, 3, 4, 5)
    found = np.moveaxis(np.asarray(layers.shifted(x, axis)), axis, 0)
    np.testing.assert_array_equal(found[1:], np.moveaxis(x, axis, 0)[:-1])
    assert not found[0].any()


def test_positions_are_factorised():
    positions = layers.Positions(SIDE, WIDTH)
    added = np.asarray(positions(np.zeros((1, SIDE, SIDE, WIDTH), np.float32)))[0]
    np.testing.assert_allclose(added[2, 3] - added[2, 0], added[4, 3] - added[4, 0], atol=1e-6)
    assert np.unique(added.reshape(-1, WIDTH), axis=0).shape[0] == SIDE**2
