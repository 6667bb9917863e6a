"""ColTran as a whole: its upsamplers, its loss, its bits and what it learns."""

import keras
import numpy as np
import pytest

from colorize_lib import color, models
from colorize_lib.files import ColorizeError
from colorize_lib.models.coltran.codes import LEVELS, gray_levels

pytestmark = pytest.mark.backend

SIZE = 16
OUTPUTS = pytest.mark.parametrize("output", ["rgb", "chroma"])


def photographs(count=4, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, SIZE, SIZE, 3)).astype(np.float32)


def built(**settings):
    return models.build("coltran", "tiny", SIZE, **settings)


def silenced(model):
    """The model with logits of zero everywhere: every symbol is as probable."""
    stages = model.network
    for layer in (stages.core.logits, stages.color.logits, stages.spatial.logits, model.parallel):
        layer.kernel.assign(0 * layer.kernel)
    return model


def test_an_upsamplers_input_is_one_linear_layer_of_both_embeddings():
    upsampler = built().network.spatial
    random = np.random.default_rng(0)
    levels, gray = random.integers(0, LEVELS, (2, 4, 4)), random.integers(0, LEVELS, (2, SIZE, SIZE))
    of_channel = np.asarray(upsampler.channel_table)[levels.repeat(4, 1).repeat(4, 2) + 2 * LEVELS]
    both = np.concatenate([of_channel, np.asarray(upsampler.gray_table)[gray]], axis=-1)
    expected = both @ np.asarray(upsampler.join.kernel) + np.asarray(upsampler.join.bias)
    np.testing.assert_allclose(upsampler.embed(levels, gray, 2), expected, atol=1e-5)


@OUTPUTS
def test_channels_are_upsampled_each_by_itself(output):
    model = built(output=output)
    symbols = np.random.default_rng(1).integers(0, model.codes.symbols, (2, 4, 4))
    gray = color.luma(photographs(2))
    small, full = model.upsample(symbols, gray)
    levels = np.asarray(model.codes.parted(symbols))
    for channel in range(model.codes.channels):
        logits = model.network.color(
            levels[..., channel], gray_levels(gray.reshape(2, 4, 4, 4, 4, 1).mean((2, 4))), channel=channel
        )
        np.testing.assert_array_equal(np.argmax(logits, axis=-1), small[..., channel])
        logits = model.network.spatial(small[..., channel], gray_levels(gray), channel=channel)
        np.testing.assert_array_equal(np.argmax(logits, axis=-1), full[..., channel])


@OUTPUTS
def test_a_network_that_knows_nothing_pays_the_bits_of_its_symbols(output):
    model, rgb = silenced(built(output=output)), photographs()
    found = model.likelihood(color.luma(rgb), rgb)
    np.testing.assert_allclose(found["Bits per coarse pixel"], np.log2(model.codes.symbols), rtol=1e-5)
    # 16 coarse pixels and 16 of 8 bits a channel, over 256 pixels of 8 bits a channel.
    bits = (16 * np.log2(model.codes.symbols) / model.codes.channels + 16 * 8 + 256 * 8) / 256
    np.testing.assert_allclose(found["Bits per 8-bit channel (upper bound)"], bits, rtol=1e-5)
    loss = float(model.compute_loss(color.luma(rgb), rgb, None))
    assert loss == pytest.approx(np.log(model.codes.symbols) + 2 * np.log(LEVELS), rel=1e-5)


def test_the_loss_is_the_weighted_sum_of_four_terms():
    model, rgb = built(output="rgb", parallel_weight=0.25), photographs()
    gray = color.luma(rgb)
    full, small = model.pyramid(rgb)
    core, parallel = (float(np.mean(term)) for term in model.core_terms(gray, small))
    by_channel = [
        sum(float(np.mean(term)) for term in model.upsampling_terms(gray, full, small, channel)) for channel in range(3)
    ]
    losses = {round(float(model.compute_loss(gray, rgb, None)), 4) for _ in range(30)}
    expected = {round(0.75 * core + 0.25 * parallel + upsampled, 4) for upsampled in by_channel}
    assert len(losses) == 3  # each channel gets its turn
    np.testing.assert_allclose(sorted(losses), sorted(expected), atol=2e-4)


def test_the_pyramid_is_the_picture_the_small_picture_and_nothing_else():
    model, rgb = built(output="rgb"), photographs()
    full, small = model.pyramid(rgb)
    np.testing.assert_array_equal(full, color.to_uint8(rgb))
    np.testing.assert_allclose(small, (rgb.reshape(4, 4, 4, 4, 4, 3).mean((2, 4)) + 1) * 127.5, atol=0.51)


@OUTPUTS
def test_a_picture_depends_on_its_own_seed_alone(output):
    model, gray = built(output=output), color.luma(photographs(5))
    together = model.sample(gray, seed=range(5))
    alone = np.concatenate([model.sample(gray[i : i + 1], seed=i) for i in range(5)])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together, model.sample(gray, seed=range(5), batch_size=2))
    assert np.abs(model.sample(gray, seed=7) - model.sample(gray, seed=8)).max() > 0.01
    if output == "chroma":
        np.testing.assert_allclose(color.luma(together), gray, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"ratio": 3}, "ratio"), ({"width": 9}, "width is 9"), ({"spatial_width": 5}, "spatial_width is 5")],
)
def test_sizes_that_do_not_fit_are_refused(settings, message, is_one_sentence):
    with pytest.raises(ColorizeError, match=message) as error:
        built(**settings)
    assert is_one_sentence(error.value)


@pytest.mark.slow
def test_it_learns_one_photograph():
    """A picture of two colours, which gray tells apart, is found after some hundred steps."""
    keras.utils.set_random_seed(0)
    model = built(output="chroma", learning_rate=3e-3, warm_up=10, ema_fraction=0.2)
    y = np.empty((16, SIZE, SIZE, 3), np.float32)
    y[:, : SIZE // 2], y[:, SIZE // 2 :] = (0.4, -0.2, 0.1), (-0.3, 0.1, 0.4)
    gray = color.luma(y)
    before = model.likelihood(gray, y)
    model.compile(optimizer=model.make_optimizer(), jit_compile=keras.backend.backend() == "jax")
    for _ in range(300):
        model.train_on_batch(gray, y)
    painted = model.sample(gray[:4], seed=range(4))
    flat = np.abs(color.chroma(y[:4])).mean()
    assert np.abs(color.chroma(painted) - color.chroma(y[:4])).mean() < 0.3 * flat
    for metric, bits in model.likelihood(gray, y).items():
        assert bits.mean() < 0.2 * before[metric].mean(), metric
