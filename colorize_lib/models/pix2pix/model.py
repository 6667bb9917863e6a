"""Pix2Pix: image-to-image translation with a conditional GAN (Isola, Zhu, Zhou, Efros, CVPR 2017).

A U-Net generator paints the gray picture; a PatchGAN discriminator judges pairs (gray, colour) patch by patch; the
generator minimizes its adversarial loss and 100 times the L1 distance to the photograph (equation 4). There is no noise
input: dropout in the decoder, kept on in sampling, is the only source of variety (section 3).
"""

import keras
from keras import layers, ops

from colorize_lib.files import ColorizeError
from colorize_lib.models.colorizer import Colorizer, noise
from colorize_lib.models.optimizers import averaged
from colorize_lib.models.pix2pix.config import FAMILY, Pix2PixConfig


class Pix2Pix(Colorizer):
    """Generator and discriminator, trained together in one `fit`."""

    family = FAMILY

    def __init__(self, config: Pix2PixConfig, image_size: int, seed: int):
        super().__init__(config, image_size, seed)
        self.network = generator(config, image_size, self.output_channels)
        self.discriminator = discriminator(config, image_size, self.output_channels)
        self.part_means = {name: keras.metrics.Mean(name) for name in ("l1", "adversarial", "discriminator")}

    def make_optimizer(self):
        options = {"learning_rate": self.config.learning_rate, "beta_1": self.config.beta_1}
        if self.config.ema_fraction:
            return averaged(keras.optimizers.Adam, self.config.ema_fraction, **options)
        return keras.optimizers.Adam(**options)

    def call(self, gray, training=False):
        """The generator's output (N, S, S, C) in [-1, 1] for gray (N, S, S, 1), with fresh dropout noise."""
        masks = [
            keras.random.uniform((ops.shape(gray)[0], *shape), seed=self.noise_source)
            for shape in noise_shapes(self.network)
        ]
        return self.network([gray, *masks], training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The generator's and the discriminator's losses in one sum, each seeing the other as constant.

        Both networks descend their own gradient of it, as with two optimizers of the same setting. The factor 1/2 slows
        the discriminator down relative to the generator (the paper's section 3.3).
        """
        real, fake = self.target(y), y_pred
        constants = [ops.stop_gradient(v.value) for v in self.discriminator.trainable_variables]
        statistics = [v.value for v in self.discriminator.non_trainable_variables]
        judged, _ = self.discriminator.stateless_call(constants, statistics, [x, fake], training=training)
        parts = {
            "l1": ops.mean(ops.abs(real - fake)),
            "adversarial": cross_entropy(judged, is_real=True),
            "discriminator": 0.5
            * (
                cross_entropy(self.discriminator([x, real], training=training), is_real=True)
                + cross_entropy(self.discriminator([x, ops.stop_gradient(fake)], training=training), is_real=False)
            ),
        }
        for name, value in parts.items():
            self.part_means[name].update_state(value)
        return parts["discriminator"] + parts["adversarial"] + self.config.l1_weight * parts["l1"]

    def sample_output(self, gray, seeds):
        masks = [noise(seeds, shape, stream) for stream, shape in enumerate(noise_shapes(self.network))]
        return self.network.predict_on_batch([gray, *masks])


Model = Pix2Pix


def generator(config: Pix2PixConfig, image_size: int, channels: int) -> keras.Model:
    """The U-Net: [gray (N, S, S, 1), uniform noise of each dropout] -> (N, S, S, channels) in [-1, 1] (6.1.1)."""
    widths = config.generator_widths
    if image_size % 2 ** len(widths):
        raise ColorizeError(
            f"pix2pix_generator_widths has {len(widths)} levels, which halve the picture {len(widths)} times, "
            f"and {image_size} pixels cannot be: use a multiple of {2 ** len(widths)} or fewer levels."
        )
    # One instance draws the same values for kernels of one shape; the recorded runs began so, and one of each would be
    # another VERSION.
    init = keras.initializers.RandomNormal(stddev=config.init_std)
    gray = layers.Input((image_size, image_size, 1), name="gray")
    x, skips, masks = gray, [], []
    for level, width in enumerate(widths):
        innermost = level == len(widths) - 1
        # The first convolution sees pixels and the innermost may be one pixel wide: neither is normalized.
        normalized = level > 0 and not innermost
        x = layers.LeakyReLU(0.2)(x) if level else x
        x = layers.Conv2D(width, 4, 2, "same", use_bias=not normalized, kernel_initializer=init)(x)
        x = layers.BatchNormalization(momentum=config.norm_momentum)(x) if normalized else x
        skips.append(x)
    x = skips.pop()
    for block, width in enumerate(reversed(widths[:-1])):
        x = layers.ReLU()(x)
        x = layers.Conv2DTranspose(width, 4, 2, "same", use_bias=False, kernel_initializer=init)(x)
        x = layers.BatchNormalization(momentum=config.norm_momentum)(x)
        if block < config.dropout_blocks and config.dropout:
            masks.append(layers.Input(x.shape[1:], name=f"noise_{block}"))
            x = x * ops.cast(masks[-1] >= config.dropout, x.dtype) / (1 - config.dropout)
        x = layers.Concatenate()([x, skips.pop()])
    x = layers.Conv2DTranspose(channels, 4, 2, "same", activation="tanh", kernel_initializer=init)(layers.ReLU()(x))
    return keras.Model([gray, *masks], x, name="generator")


def noise_shapes(network: keras.Model) -> list[tuple[int, ...]]:
    """The shape, without the batch, of each noise input of a generator."""
    return [tuple(tensor.shape[1:]) for tensor in network.inputs[1:]]


def discriminator(config: Pix2PixConfig, image_size: int, channels: int) -> keras.Model:
    """The PatchGAN: [gray, colour] -> logits (N, h, w, 1), one for each patch (the paper's section 6.1.2)."""
    init = keras.initializers.RandomNormal(stddev=config.init_std)
    gray = layers.Input((image_size, image_size, 1), name="gray")
    colour = layers.Input((image_size, image_size, channels), name="colour")
    x = layers.Concatenate()([gray, colour])
    for level, width in enumerate(config.discriminator_widths):
        x = layers.Conv2D(
            width,
            4,
            strides=1 if level == len(config.discriminator_widths) - 1 else 2,
            use_bias=level == 0,
            kernel_initializer=init,
        )(layers.ZeroPadding2D(1)(x))
        x = layers.BatchNormalization(momentum=config.norm_momentum)(x) if level else x
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(1, 4, kernel_initializer=init)(layers.ZeroPadding2D(1)(x))
    return keras.Model([gray, colour], x, name="discriminator")


def cross_entropy(logits, *, is_real: bool):
    """Mean binary cross-entropy of patch logits against one label, in nats (equation 1, in its non-saturating form)."""
    return ops.mean(ops.softplus(-logits if is_real else logits))
