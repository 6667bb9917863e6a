"""The U-Net: its published size, its parts against formulas, and what depends on what."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from colorize_lib import models
from colorize_lib.files import ColorizeError
from colorize_lib.models.palette.config import PaletteConfig
from colorize_lib.models.unet.config import UNetConfig
from colorize_lib.models.unet.network import AdaptiveGroupNormalization, Attention, unet

pytestmark = pytest.mark.backend

TINY = UNetConfig(base=8, multipliers=(1, 2), blocks=1, attention=(8,), head_width=8, norm_groups=4)


def count(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="sizes depend on no backend")
def test_paper_preset_has_the_published_size():
    """552.8M. Every width is a multiple of the base, so that the count is a quadratic polynomial in it: three small
    networks give it exactly, without allocating the large one."""
    bases, counts = (4, 8, 12), []
    for base in bases:
        config = dataclasses.replace(PaletteConfig(), base=base, norm_groups=4, head_width=4)
        counts.append(count(unet(config, 256, {"noisy": 3, "gray": 1}, 3, noise_level=True)))
    polynomial = np.polyfit(bases, counts, 2)
    np.testing.assert_allclose(np.polyval(polynomial, bases), counts, rtol=1e-9)
    assert np.polyval(polynomial, 256) == pytest.approx(552.8e6, rel=1e-3)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="sizes depend on no backend")
@pytest.mark.parametrize("preset", ["tiny", "small", "base"])
@pytest.mark.parametrize("output", ["rgb", "chroma"])
def test_all_families_have_the_same_size(preset, output):
    sizes = {family: count(models.build(family, preset, output=output).network) for family in models.FAMILIES}
    assert max(sizes.values()) <= 1.05 * min(sizes.values()), sizes
    if preset == "small":
        assert all(size == pytest.approx(0.75e6, rel=0.025) for size in sizes.values()), sizes


def test_regression_has_palettes_parameters_but_for_the_first_convolution():
    palette, regression = (models.build(family, "tiny").network for family in ("palette", "regression"))
    shapes = [[tuple(v.shape) for v in network.trainable_variables] for network in (palette, regression)]
    assert len(shapes[0]) == len(shapes[1])
    different = [(a, b) for a, b in zip(*shapes, strict=True) if a != b]
    assert different == [((3, 3, 4, 9), (3, 3, 1, 9))]


def randomized(network, seed=0):
    """The network with weights that are zero nowhere, also where they start at zero."""
    random = np.random.default_rng(seed)
    network.set_weights([random.normal(scale=0.3, size=w.shape).astype(np.float32) for w in network.get_weights()])
    return network


def test_normalization_is_that_of_keras():
    x = np.random.default_rng(1).normal(2.0, 3.0, (3, 5, 7, 12)).astype(np.float32)
    ours, theirs = AdaptiveGroupNormalization(4), keras.layers.GroupNormalization(4, epsilon=1e-5)
    for layer in (ours, theirs):
        layer.build(x.shape)
    weights = list(np.random.default_rng(2).normal(size=(2, 12)).astype(np.float32))
    ours.set_weights(weights), theirs.set_weights(weights)
    np.testing.assert_allclose(ours(x), theirs(x), atol=2e-5)


def test_modulation_scales_and_shifts_what_is_normalized():
    random = np.random.default_rng(3)
    x, modulation = random.normal(size=(2, 4, 4, 6)).astype(np.float32), random.normal(size=(2, 12)).astype(np.float32)
    layer = AdaptiveGroupNormalization(2)
    plain = np.asarray(layer(x))
    scale, shift = (part[:, None, None, :] for part in np.split(modulation, 2, axis=1))
    np.testing.assert_allclose(layer(x, modulation), plain * (1 + scale) + shift, atol=1e-5)


def test_attention_is_that_of_keras():
    x = np.random.default_rng(4).normal(size=(2, 3, 5, 8)).astype(np.float32)
    ours, theirs = Attention(4), keras.layers.MultiHeadAttention(2, 4)
    flat = x.reshape(2, 15, 8)
    ours(x), theirs(flat, flat)
    random = np.random.default_rng(5)
    qkv, out = random.normal(size=(8, 24)), random.normal(size=(8, 8))
    ours.set_weights([qkv, np.zeros(24), out, np.zeros(8)])
    kernels = [part.reshape(8, 2, 4) for part in np.split(qkv, 3, axis=1)]
    query, key, value = kernels
    zeros = np.zeros((2, 4))
    theirs.set_weights([query, zeros, key, zeros, value, zeros, out.reshape(2, 4, 8), np.zeros(8)])
    np.testing.assert_allclose(np.asarray(ours(x)).reshape(2, 15, 8), theirs(flat, flat), atol=1e-4)


def test_every_input_reaches_every_output():
    network = randomized(unet(TINY, 16, {"noisy": 2, "gray": 1}, 2, noise_level=True))
    random = np.random.default_rng(6)
    noisy, gray, gamma = random.normal(size=(1, 16, 16, 2)), random.normal(size=(1, 16, 16, 1)), np.array([[0.3]])
    base = np.asarray(network([noisy, gray, gamma]))
    assert base.shape == (1, 16, 16, 2)
    for number, name in enumerate(("noisy", "gray", "gamma")):
        changed = [noisy, gray, gamma]
        changed[number] = changed[number] + 0.1
        assert (np.abs(np.asarray(network(changed)) - base) > 1e-7).mean() > 0.99, name


def test_pictures_of_a_batch_do_not_meet():
    network = randomized(unet(TINY, 16, {"noisy": 2, "gray": 1}, 2, noise_level=True))
    random = np.random.default_rng(7)
    inputs = [random.normal(size=(3, 16, 16, 2)), random.normal(size=(3, 16, 16, 1)), random.uniform(0, 1, (3, 1))]
    together = np.asarray(network(inputs))
    alone = np.concatenate([np.asarray(network([x[i : i + 1] for x in inputs])) for i in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_neighbouring_levels_have_embeddings_that_differ():
    """Also where gamma is near 1 or near 0, so that the network can tell one step from the next."""
    network = randomized(unet(TINY, 16, {"noisy": 2, "gray": 1}, 2, noise_level=True))
    inputs = [np.ones((4, 16, 16, 2)), np.ones((4, 16, 16, 1))]
    found = np.asarray(network([*inputs, np.array([[4.4e-5], [6e-5], [0.9999], [0.99985]])]))
    assert np.abs(found[0] - found[1]).max() > 1e-3 and np.abs(found[2] - found[3]).max() > 1e-4


def test_sizes_that_do_not_fit_are_refused(is_one_sentence):
    for config, size, message in [
        (TINY, 15, "cannot be: use a multiple of 2"),
        (dataclasses.replace(TINY, norm_groups=3), 16, "3 groups"),
        (dataclasses.replace(TINY, head_width=6), 16, "heads of 6"),
    ]:
        with pytest.raises(ColorizeError, match=message) as error:
            unet(config, size, {"gray": 1}, 3, noise_level=False)
        assert is_one_sentence(error.value)


def test_at_the_start_a_network_returns_nothing():
    """Its last convolution begins at zero, so that the first steps are gentle (Dhariwal and Nichol 2021)."""
    network = unet(TINY, 16, {"gray": 1}, 3, noise_level=False)
    np.testing.assert_array_equal(network(ops.ones((1, 16, 16, 1))), 0)


def test_bfloat16_computes_the_same_with_less_precision():
    """Weights, levels and the result stay in float32; everything between is computed in bfloat16's 8 bits."""
    pictures = {"noisy": 2, "gray": 1}
    exact, coarse = (
        unet(dataclasses.replace(TINY, precision=precision), 16, pictures, 2, noise_level=True)
        for precision in ("float32", "bfloat16")
    )
    random = np.random.default_rng(5)
    weights = [random.normal(scale=0.2, size=w.shape) for w in exact.get_weights()]
    exact.set_weights(weights)
    coarse.set_weights(weights)
    assert {v.dtype for v in coarse.variables} == {"float32"}
    convolutions = [layer for layer in coarse.layers if isinstance(layer, keras.layers.Conv2D)]
    assert {layer.compute_dtype for layer in convolutions[:-1]} == {"bfloat16"}
    inputs = [random.normal(size=(4, 16, 16, c)).astype(np.float32) for c in (2, 1)] + [
        np.full((4, 1), 0.3, np.float32)
    ]
    a, b = (ops.convert_to_numpy(network(inputs)) for network in (exact, coarse))
    assert b.dtype == np.float32
    assert 1e-4 < np.abs(a - b).mean() / np.abs(a).mean() < 0.05
