"""The U-Net of Palette (Saharia et al. 2022, section 3), which is that of Dhariwal and Nichol 2021, section 3.

It has residual blocks whose second normalisation is scaled and shifted by an embedding of the noise level,
self-attention at the small feature maps, and down- and up-sampling within residual blocks, as in BigGAN (Brock et al.
2019, appendix B).
"""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

from colorize_lib.files import ColorizeError
from colorize_lib.models.unet.config import UNetConfig

EMBEDDING_FACTOR = 4  # the embedding is so many times as wide as the base
LEVEL_SCALE = 5000.0  # of the noise level before its sines (Chen et al. 2021, "WaveGrad", section 3.2)
EPSILON = 1e-5
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def unet(
    config: UNetConfig, image_size: int, pictures: dict[str, int], outputs: int, *, noise_level: bool
) -> keras.Model:
    """A network from pictures, and where asked for a noise level, to a picture.

    Args:
        config: its architecture.
        image_size: pixels a side.
        pictures: channels of each input picture, by name; they are concatenated.
        outputs: channels of the result.
        noise_level: whether the level gamma (N, 1) is a further input, named "gamma", and is embedded; else a
            constant is.
    """
    _check_size(config, image_size)
    inputs = [layers.Input((image_size, image_size, channels), name=name) for name, channels in pictures.items()]
    x = layers.Concatenate()(inputs) if len(inputs) > 1 else inputs[0]
    if noise_level:
        level = layers.Input((1,), name="gamma")
        inputs.append(level)
    else:
        level = ops.ones_like(x[:, 0, 0, :1])
    embedding = _embed(level, config.base)
    network, policy = _Blocks(config, embedding), POLICIES[config.precision]
    widths = [multiplier * config.base for multiplier in config.multipliers]
    x = layers.Conv2D(config.base, 3, padding="same", dtype=policy, name="in")(x)
    skips = [x]
    for number, width in enumerate(widths):
        for _ in range(config.blocks):
            x = network.attend(network.residual(x, width))
            skips.append(x)
        if number < len(widths) - 1:
            x = network.residual(x, width, layers.AveragePooling2D(2, dtype=policy))
            skips.append(x)
    x = network.residual(network.attention(network.residual(x, widths[-1])), widths[-1])
    for number, width in reversed(list(enumerate(widths))):
        for _ in range(config.blocks + 1):
            x = layers.Concatenate(dtype=policy)([x, skips.pop()])
            x = network.attend(network.residual(x, width))
        if number:
            x = network.residual(x, width, doubled)
    x = ops.silu(AdaptiveGroupNormalization(config.norm_groups, dtype=policy)(x))
    x = layers.Conv2D(outputs, 3, padding="same", kernel_initializer="zeros", dtype="float32", name="out")(x)
    return keras.Model(inputs, x, name="unet")


def _check_size(config: UNetConfig, image_size: int) -> None:
    halvings = len(config.multipliers) - 1
    if image_size % 2**halvings:
        raise ColorizeError(
            f"multipliers has {halvings + 1} levels, which halve the picture {halvings} times, and {image_size} pixels "
            f"cannot be: use a multiple of {2**halvings} or fewer levels."
        )
    sides = [image_size // 2**level for level in range(halvings + 1)]
    widths = [multiplier * config.base for multiplier in config.multipliers]
    attending = {width for width, side in zip(widths, sides, strict=True) if side in config.attention} | {widths[-1]}
    for width in widths:
        if width % config.norm_groups or (width in attending and width % config.head_width):
            raise ColorizeError(
                f"{width} channels cannot be divided into {config.norm_groups} groups and heads of "
                f"{config.head_width}: choose a base that can, or other norm_groups and head_width."
            )


def _embed(level, base: int):
    """Sines and cosines of the root of gamma (N, 1), and two layers: (N, 4 base)."""
    frequencies = LEVEL_SCALE * 10.0 ** (-4 * np.arange(base // 2) / max(1, base // 2 - 1))
    angles = ops.sqrt(level) * frequencies.astype(np.float32)
    x = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)
    for number in range(2):
        x = ops.silu(layers.Dense(EMBEDDING_FACTOR * base, name=f"embedding_{number}")(x))
    return x


def doubled(x):
    """Every pixel of (N, H, W, C) twice in both directions; on processors twice as fast as `UpSampling2D`."""
    return ops.repeat(ops.repeat(x, 2, axis=1), 2, axis=2)


class _Blocks:
    """Adds residual blocks and attention to a network; the blocks share one embedding of the noise level."""

    def __init__(self, config: UNetConfig, embedding):
        self.config, self.embedding, self.policy = config, embedding, POLICIES[config.precision]

    def normalized(self, x, *modulation):
        return AdaptiveGroupNormalization(self.config.norm_groups, dtype=self.policy)(x, *modulation)

    def convolved(self, x, width: int, size: int = 3, **options):
        return layers.Conv2D(width, size, padding="same", dtype=self.policy, **options)(x)

    def residual(self, x, width: int, resample: Callable | None = None):
        """Twice a normalisation and a convolution, the second normalisation modulated, beside the identity; both ways
        are resampled, where asked, before their convolutions."""
        h = ops.silu(self.normalized(x))
        if resample is not None:
            h, x = resample(h), resample(x)
        h = self.convolved(h, width)
        modulation = layers.Dense(2 * width)(self.embedding)
        h = ops.silu(self.normalized(h, modulation))
        h = layers.Dropout(self.config.dropout, dtype=self.policy)(h) if self.config.dropout else h
        h = self.convolved(h, width, kernel_initializer="zeros")
        return h + (x if x.shape[-1] == width else self.convolved(x, width, 1))

    def attend(self, x):
        """Self-attention where the feature map has one of the configured sizes."""
        return self.attention(x) if x.shape[1] in self.config.attention else x

    def attention(self, x):
        return x + Attention(self.config.head_width, dtype=self.policy)(self.normalized(x))


class AdaptiveGroupNormalization(layers.Layer):
    """Group normalisation of (N, H, W, C), scaled and shifted by a modulation (N, 2 C) where one is given ("AdaGN",
    Dhariwal and Nichol 2021, section 3).

    The statistics come from means over the pixels of each channel, which are then averaged over the channels of a
    group; statistics, weights and modulation become one scale and one shift, so that each value is multiplied once and
    added to once. With `keras.layers.GroupNormalization`, and the modulation after it, a training step of Palette at
    `small` takes 1.1 times as long, with one thread and with two.
    """

    def __init__(self, groups: int, **options):
        super().__init__(**options)
        self.groups = groups

    def build(self, x_shape, modulation_shape=None):
        size = x_shape[-1] // self.groups
        # One small product in place of two reshapes and a repetition.
        self.averaging = np.kron(np.eye(self.groups), np.full((size, size), 1 / size)).astype(np.float32)
        self.scale = self.add_weight(shape=(x_shape[-1],), initializer="ones", name="scale")
        self.shift = self.add_weight(shape=(x_shape[-1],), initializer="zeros", name="shift")

    def compute_output_shape(self, x_shape, modulation_shape=None):
        # Else Keras would run the layer to find it, which was half of the time that building a U-Net took.
        return x_shape

    def call(self, x, modulation=None):
        values = ops.cast(x, "float32")
        mean, square = (ops.matmul(ops.mean(v, axis=(1, 2)), self.averaging) for v in (values, values * values))
        factor = ops.rsqrt(ops.maximum(square - mean * mean, 0.0) + EPSILON) * ops.cast(self.scale, "float32")
        offset = ops.cast(self.shift, "float32") - mean * factor
        if modulation is not None:
            more, shift = ops.split(ops.cast(modulation, "float32"), 2, axis=-1)
            factor, offset = factor * (1 + more), offset * (1 + more) + shift
        result = values * factor[:, None, None, :] + offset[:, None, None, :]
        return ops.cast(result, self.compute_dtype)


# Keras stores the weights of a layer under the name of its class, and those of recorded runs are stored under this one.
AdaptiveGroupNormalization.__name__ = "Normalization"


class Attention(layers.Layer):
    """Multi-head self-attention over the pixels of (N, H, W, C), before the residual is added (Vaswani et al. 2017)."""

    def __init__(self, head_width: int, **options):
        super().__init__(**options)
        self.head_width = head_width

    def build(self, shape):
        self.project = layers.Dense(3 * shape[-1], dtype=self.dtype_policy, name="qkv")
        self.join = layers.Dense(shape[-1], kernel_initializer="zeros", dtype=self.dtype_policy, name="out")
        self.project.build((*shape[:-2], shape[-2], shape[-1]))
        self.join.build(shape)

    def compute_output_shape(self, shape):
        return shape  # likewise

    def call(self, x):
        height, width, channels = x.shape[1:]
        heads = channels // self.head_width
        parts = ops.reshape(self.project(x), (-1, height * width, 3, heads, self.head_width))
        query, key, value = ops.unstack(ops.transpose(parts, (2, 0, 3, 1, 4)), 3)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) * self.head_width**-0.5
        weights = ops.softmax(ops.cast(scores, "float32"))
        mixed = ops.matmul(ops.cast(weights, value.dtype), value)
        return self.join(ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (-1, height, width, channels)))
