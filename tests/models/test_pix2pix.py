"""Pix2Pix against the paper's sizes, against two separate optimizers, and against itself in other batches."""

import keras
import numpy as np
import pytest
from keras import ops

from colorize_lib import color, models
from colorize_lib.files import ColorizeError
from colorize_lib.models.pix2pix import model as pix2pix
from colorize_lib.models.pix2pix.config import Pix2PixConfig

pytestmark = pytest.mark.backend


def photographs(count=4, size=32, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, size, size, 3)).astype(np.float32)


def count(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="sizes depend on no backend")
def test_paper_preset_has_the_published_size():
    model = models.build("pix2pix", "paper")
    assert count(model.network) == pytest.approx(54.4e6, rel=1e-3)
    assert count(model.discriminator) == pytest.approx(2.77e6, rel=1e-2)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="sizes depend on no backend")
def test_small_preset_has_the_size_all_families_share():
    assert count(models.build("pix2pix", "small").network) == pytest.approx(0.75e6, rel=0.025)


@pytest.mark.parametrize(("widths", "pixels"), [((64, 128), 16), ((64, 128, 256), 34), ((64, 128, 256, 512), 70)])
def test_patches_are_as_large_as_the_paper_says(widths, pixels):
    """The receptive field is measured: which input pixels change one logit (section 6.1.2: 16 and 70 pixels)."""
    size = 128
    network = pix2pix.discriminator(Pix2PixConfig(discriminator_widths=widths), size, 3)
    gray = np.zeros((1, size, size, 1), np.float32)
    colour = np.zeros((size, size, size, 3), np.float32)
    colour[np.arange(size), size // 2, np.arange(size)] = 100.0
    base = network([gray, colour[:1] * 0], training=False)
    moved = network([np.repeat(gray, size, 0), colour], training=False)
    logit = base.shape[1] // 2
    changed = np.abs(np.asarray(moved - base))[:, :, logit, 0].max(axis=1) > 0
    assert changed.sum() == pixels


@pytest.mark.parametrize("output", ["rgb", "chroma"])
def test_a_picture_depends_on_its_own_seed_alone(output):
    model = models.build("pix2pix", "tiny", output=output)
    gray = color.luma(photographs(6))
    together = model.sample(gray, seed=range(6))
    alone = np.concatenate([model.sample(gray[i : i + 1], seed=i) for i in range(6)])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together, model.sample(gray, seed=range(6), batch_size=4), atol=1e-5)
    assert np.abs(model.sample(gray, seed=7) - model.sample(gray, seed=8)).max() > 1e-4
    assert together.dtype == np.float32
    assert np.abs(together).max() <= 1


def test_chroma_output_keeps_the_given_luma():
    model = models.build("pix2pix", "tiny", output="chroma", init_std=0.5)
    gray = color.luma(photographs(4))
    rgb = model.sample(gray, seed=0)
    np.testing.assert_allclose(color.luma(rgb), gray, atol=1e-5)
    assert np.abs(color.chroma(rgb)).max() > 0.05


def test_sampling_refuses_pictures_of_another_shape():
    model = models.build("pix2pix", "tiny")
    with pytest.raises(ColorizeError, match="32, 32, 1"):
        model.sample(np.zeros((2, 16, 16, 1), np.float32), seed=0)


def test_widths_that_do_not_fit_the_picture_are_refused():
    with pytest.raises(ColorizeError, match="generator_widths"):
        models.build("pix2pix", "tiny", 24)


def test_one_loss_gives_each_network_the_gradient_of_its_own():
    """The one step's gradients equal those of the two published losses taken apart."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the reference takes its gradients with tf.GradientTape")
    import tensorflow as tf

    model = models.build("pix2pix", "tiny", output="rgb", dropout=0.0)
    y = tf.constant(photographs(4))
    x = color.luma(y)
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, y, model(x, training=True), training=True)
    joint = dict(
        zip(
            [v.path for v in model.trainable_variables],
            tape.gradient(loss, [v.value for v in model.trainable_variables]),
            strict=True,
        )
    )
    bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)
    with tf.GradientTape(persistent=True) as tape:
        fake = model.network([x], training=True)
        on_fake, on_real = (
            model.discriminator([x, fake], training=True),
            model.discriminator([x, y], training=True),
        )
        of_generator = bce(tf.ones_like(on_fake), on_fake) + 100 * tf.reduce_mean(tf.abs(y - fake))
        of_discriminator = (bce(tf.ones_like(on_real), on_real) + bce(tf.zeros_like(on_fake), on_fake)) / 2
    for network, own in ((model.network, of_generator), (model.discriminator, of_discriminator)):
        gradients = tape.gradient(own, [v.value for v in network.trainable_variables])
        for variable, gradient in zip(network.trainable_variables, gradients, strict=True):
            scale = float(tf.reduce_max(tf.abs(gradient))) + 1e-8
            np.testing.assert_allclose(joint[variable.path], gradient, atol=2e-4 * scale, err_msg=variable.path)


def test_cross_entropy_of_an_undecided_discriminator_is_log_2():
    for is_real in (True, False):
        assert float(pix2pix.cross_entropy(ops.zeros((2, 3, 3, 1)), is_real=is_real)) == pytest.approx(np.log(2))


def test_training_learns_one_photograph():
    keras.utils.set_random_seed(0)
    model = models.build("pix2pix", "tiny", output="chroma", learning_rate=2e-3)
    model.compile(optimizer=model.make_optimizer(), jit_compile=keras.backend.backend() == "jax")
    y = np.repeat(photographs(1, seed=3) * 0.1 + np.array([0.5, 0.0, -0.5], np.float32), 4, axis=0)
    x = color.luma(y)
    before = np.abs(model.sample(x, seed=0) - y).mean()
    model.fit(x, y, batch_size=4, epochs=150, verbose=0)
    assert np.abs(model.sample(x, seed=0) - y).mean() < 0.35 * before
