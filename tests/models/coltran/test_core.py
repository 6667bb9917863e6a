"""The core's causality, its size and its sampler."""

import dataclasses

import keras
import numpy as np
import pytest

from colorize_lib import color, models
from colorize_lib.files import ColorizeError
from colorize_lib.models.coltran.attention import attention
from colorize_lib.models.coltran.codes import Codes
from colorize_lib.models.coltran.config import ColTranConfig
from colorize_lib.models.coltran.layers import attention_weights, shifted
from colorize_lib.models.coltran.model import Stages, cross_entropy
from colorize_lib.models.coltran.sampling import CachedSampler

pytestmark = pytest.mark.backend

SIZE, SIDE = 16, 4


def count(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


@pytest.fixture(scope="module")
def model():
    """A tiny model of two blocks each, whose core works at 4x4, with weights that matter."""
    model = models.build("coltran", "tiny", SIZE, outer_blocks=2, inner_blocks=2, encoder_blocks=1)
    random = np.random.default_rng(0)
    for weights in model.network.variables:
        weights.assign(np.asarray(weights) + random.normal(scale=0.05, size=weights.shape))
    return model


def pictures(count=3, seed=0):
    return color.luma(np.random.default_rng(seed).uniform(-1, 1, (count, SIZE, SIZE, 3)).astype(np.float32))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="sizes depend on no backend")
def test_paper_preset_has_the_published_sizes():
    """46.31, 13.48 and 10.91 million. Every count is a quadratic polynomial in the width: three narrow networks give
    it exactly, without allocating the wide one."""
    widths, counts, codes = (4, 8, 12), [], Codes("rgb")
    for width in widths:
        config = dataclasses.replace(ColTranConfig(), width=width, color_width=width, spatial_width=width)
        stages = Stages(config, 256, codes)
        counts.append([count(stages.core), count(stages.color), count(stages.spatial)])
    polynomials = np.polyfit(widths, counts, 2)
    found = [np.polyval(polynomial, 512) for polynomial in polynomials.T]
    np.testing.assert_allclose(found, [46.31e6, 13.48e6, 10.91e6], rtol=0.01)
    assert sum(found) == pytest.approx(70.7e6, rel=0.01)


def test_the_outer_decoder_sees_no_row_below(model):
    core, encoding = model.network.core, model.network.core.encode(pictures(1))
    colors = np.zeros((1, SIDE, SIDE), np.int32)
    for i, j in np.ndindex(SIDE, SIDE):
        moved = colors.copy()
        moved[0, i, j] = 77
        before, after = (core.outer(core.embed(symbols), encoding) for symbols in (colors, moved))
        rows = np.abs(np.asarray(before) - np.asarray(after)).max(axis=(0, 2, 3)) > 0
        np.testing.assert_array_equal(rows, np.arange(SIDE) >= i)
        down = np.abs(np.asarray(shifted(before, 1)) - np.asarray(shifted(after, 1))).max(axis=(0, 2, 3)) > 0
        np.testing.assert_array_equal(down, np.arange(SIDE) > i)


def test_a_pixels_colour_is_predicted_from_those_before_it_and_from_all_of_them(model):
    core, encoding = model.network.core, model.network.core.encode(pictures(1))
    colors = np.zeros((1, SIDE, SIDE), np.int32)
    plain = np.asarray(core.decode(colors, encoding))
    for place in range(SIDE**2):
        moved = colors.copy()
        moved.reshape(-1)[place] = 77
        found = np.abs(np.asarray(core.decode(moved, encoding)) - plain).max(axis=(0, 3)).ravel() > 0
        np.testing.assert_array_equal(found, np.arange(SIDE**2) > place)


def test_every_pixel_depends_on_all_of_the_gray_picture(model):
    core, gray = model.network.core, pictures(1)
    moved = gray.copy()
    moved[0, -1, -1] += 0.5
    colors = np.zeros((1, SIDE, SIDE), np.int32)
    assert (np.abs(np.asarray(core(colors, gray)) - np.asarray(core(colors, moved))).max(axis=-1) > 0).all()


@pytest.mark.parametrize("gray", ["coarse", "patches"])
def test_the_sampled_path_has_the_probabilities_of_training(gray):
    model = models.build("coltran", "tiny", SIZE, gray=gray, outer_blocks=2, inner_blocks=2)
    symbols, log_probabilities = model.sample_core(pictures(), range(3))
    core = model.network.core
    forced = cross_entropy(symbols, core.decode(symbols, core.encode(pictures())))
    np.testing.assert_allclose(np.exp(log_probabilities), np.exp(-np.asarray(forced)), rtol=1e-5, atol=1e-5)
    assert len(np.unique(symbols)) > SIDE


def test_a_sampler_that_recomputes_everything_draws_the_same_colours(model):
    core, gray, seeds = model.network.core, pictures(), [5, 6, 7]
    sampler, encoding = CachedSampler(core), core.encode(gray)
    draws = model.draws(seeds)
    colors = np.zeros((3, SIDE, SIDE), np.int32)
    for place, (i, j) in enumerate(np.ndindex(SIDE, SIDE)):
        logits = core.decode(colors, encoding)[:, i, j]
        colors[:, i, j] = sampler.draw(logits, draws[:, place], 1.0, 0)[0]
    np.testing.assert_array_equal(model.sample_core(gray, seeds)[0], colors)


def test_colours_are_drawn_as_often_as_they_are_probable(model):
    probabilities = np.zeros(512)
    probabilities[[0, 200, 511]] = 0.1, 0.5, 0.4
    logits = np.log(np.maximum(probabilities, 1e-30)).astype(np.float32)[None]
    draws = np.linspace(0, 1, 1000, endpoint=False, dtype=np.float32)
    symbols, scores = CachedSampler(model.network.core).draw(np.repeat(logits, 1000, 0), draws, 1.0, 0)
    np.testing.assert_allclose(np.bincount(symbols, minlength=512) / 1000, probabilities, atol=0.002)
    np.testing.assert_allclose(np.exp(scores), probabilities[np.asarray(symbols)], rtol=1e-5)


def test_temperature_sharpens_and_top_k_cuts_off(model):
    probabilities = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    logits = np.pad(np.repeat(np.log(probabilities)[None], 1000, 0), [(0, 0), (0, 508)], constant_values=-50)
    draws = np.linspace(0, 1, 1000, endpoint=False, dtype=np.float32)
    sharper = CachedSampler(model.network.core).draw(logits, draws, 0.5, 0)[0]
    np.testing.assert_allclose(np.bincount(sharper) / 1000, probabilities**2 / (probabilities**2).sum(), atol=0.002)
    best = CachedSampler(model.network.core).draw(logits, draws, 1.0, 2)[0]
    np.testing.assert_allclose(np.bincount(best, minlength=4) / 1000, [0, 0, 3 / 7, 4 / 7], atol=0.002)


def test_top_1_is_the_most_probable_path(model):
    core, gray = model.network.core, pictures()
    symbols = model.sample_core(gray, [1, 2, 3], top_k=1)[0]
    logits = core.decode(symbols, core.encode(gray))
    np.testing.assert_array_equal(np.argmax(logits, axis=-1), symbols)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"temperature": 0.0}, "greater than 0"), ({"top_k": 513}, "from 0 to 512"), ({"top_k": -1}, "0")],
)
def test_impossible_options_are_refused(model, options, message, is_one_sentence):
    with pytest.raises(ColorizeError, match=message) as error:
        model.sample(pictures(1), seed=0, **options)
    assert is_one_sentence(error.value)


def test_attention_is_shared_out_among_what_a_pixel_may_see(model):
    core, gray = model.network.core, pictures(2)
    colors = np.random.default_rng(0).integers(0, core.symbols, (2, SIDE, SIDE))
    found = attention(core, gray, colors)
    assert {name: values.shape for name, values in found.items()} == {
        "encoder": (1, 2, *[SIDE] * 4),
        "outer": (2, 2, *[SIDE] * 4),
        "inner": (2, 2, *[SIDE] * 3),
    }
    for name, axes in (("encoder", (-2, -1)), ("outer", (-2, -1)), ("inner", -1)):
        np.testing.assert_allclose(found[name].sum(axis=axes), 1, atol=1e-5)
    ones = np.ones((SIDE, SIDE))
    seen = {name: values.max(axis=(0, 1)) > 0 for name, values in found.items()}
    assert seen["encoder"].all()
    np.testing.assert_array_equal(seen["outer"].all(axis=(1, 3)), np.tril(ones))  # rows up to its own
    np.testing.assert_array_equal(seen["outer"].any(axis=(1, 3)), np.tril(ones))
    np.testing.assert_array_equal(seen["inner"].all(axis=0), np.tril(ones))
    np.testing.assert_array_equal(seen["inner"].any(axis=0), np.tril(ones))


def test_attention_is_what_the_encoder_adds_up(model):
    """With values that say which pixel they come from and the same weights, a row block and then a column block give
    each pixel the shares."""
    core, gray = model.network.core, pictures(1)
    shares = attention(core, gray, np.zeros((1, SIDE, SIDE), np.int32))["encoder"][0, 0]
    x = core.encoder.positions(core.embed_gray(gray))
    row, column = core.encoder.blocks[:2]
    weights = []
    for block in (row, column):
        weights.append(np.mean(attention_weights(block.project(x), block.heads, block.axis, False)[0], axis=2)[0])
        x = block(x)
    names = np.eye(SIDE**2).reshape(SIDE, SIDE, -1)
    mixed = np.stack([weights[0][i] @ names[i] for i in range(SIDE)])
    mixed = np.stack([weights[1][j] @ mixed[:, j] for j in range(SIDE)], axis=1)
    np.testing.assert_allclose(shares, mixed.reshape([SIDE] * 4), atol=1e-5)
