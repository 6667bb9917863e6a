"""Axial self-attention and its conditional version (Kumar et al. 2021, sections 3 and 4.1, table 1).

Every layer works on pictures (N, H, W, C); what is not attention works on each pixel by itself and takes any leading
dimensions, so that sampling can use it a row or a pixel at a time.
"""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

ROW, COLUMN = "row", "column"
HIDDEN = -1e9  # added to the scores of what must not be seen
EPSILON = 1e-6


class Conditions(NamedTuple):
    """What a gray picture makes of a conditional block.

    Attributes:
        pixels: (N, H, W, 8 C): scales and shifts of queries, keys and values, then of the feed-forward layer.
        norms: (N, 2 C) for each of its two normalizations: scale and shift.
    """

    pixels: object
    norms: tuple


def linear(inputs: int, outputs: int, parts: int = 1, *, bias: bool = False, activation: str | None = None):
    """`parts` linear layers side by side in one product, each drawn in the range that Glorot and Bengio (2010) give."""
    limit = (6 / (inputs + outputs)) ** 0.5
    layer = keras.layers.Dense(
        parts * outputs,
        use_bias=bias,
        activation=activation,
        kernel_initializer=keras.initializers.RandomUniform(-limit, limit),
    )
    layer.build((None, inputs))
    return layer


class ConditionalLayerNormalization(keras.layers.Layer):
    """Layer normalisation over the channels; its scale and shift are weights, or linear in the pooled encoding of gray.

    Table 1: beta_c and gamma_c are linear in v c, the encoding's sum over all pixels with learned weights v, which
    begin as those of the mean. The scale's bias begins at 1, so that training begins with the plain normalisation.

    `keras.layers.LayerNormalization` has weights where here a scale and a shift come from the picture. Its arithmetic
    rounds otherwise, so that a run trained with it would be one of another VERSION, and saves no time: a training step
    at `small` took 0.97 to 1.1 times the processor time with it, on a busy machine.

    Args:
        width: channels.
        side: of the encoding; 0 for the unconditional layer.
    """

    def __init__(self, width: int, side: int = 0):
        super().__init__()
        self.width = width
        if side:
            self.pooling = self.add_weight(
                shape=(side, side, 1), initializer=keras.initializers.Constant(1 / side**2), name="pooling"
            )
            self.modulate = linear(width, width, 2, bias=True)
            self.modulate.bias.assign(np.repeat([1.0, 0.0], width))
        else:
            self.scale = self.add_weight(shape=(width,), initializer="ones", name="scale")
            self.shift = self.add_weight(shape=(width,), initializer="zeros", name="shift")
        self.built = True

    def condition(self, encoding):
        """Scale and shift (N, 2 C) from the gray picture's encoding (N, H, W, C)."""
        return self.modulate(ops.sum(encoding * self.pooling, axis=(1, 2)))

    def call(self, x, modulation=None):
        mean = ops.mean(x, axis=-1, keepdims=True)
        centred = x - mean
        variance = ops.mean(centred * centred, axis=-1, keepdims=True)
        x = centred * ops.rsqrt(variance + EPSILON)
        if modulation is None:
            return x * self.scale + self.shift
        between = (1,) * (len(x.shape) - 2)
        scale, shift = ops.split(ops.reshape(modulation, (-1, *between, 2 * self.width)), 2, axis=-1)
        return x * scale + shift


# Keras stores the weights of a layer under the name of its class, and those of recorded runs are stored under this one.
ConditionalLayerNormalization.__name__ = "Normalization"


class AxialBlock(keras.layers.Layer):
    """Self-attention along rows or columns and a feed-forward layer; to each its input is added, and then normalized.

    Args:
        width: channels.
        heads: of the attention; they share the channels.
        axis: ROW, where a pixel sees its row, or COLUMN.
        masked: whether a pixel sees only itself and what comes before it.
        context: channels of what the block is conditioned on; 0 for the unconditional block.
        side: of the encoding that normalizations are conditioned on.
    """

    def __init__(self, width: int, heads: int, axis: str, *, masked: bool = False, context: int = 0, side: int = 0):
        super().__init__()
        self.width, self.heads, self.axis, self.masked = width, heads, axis, masked
        self.attention_in, self.attention_out = linear(width, width, 3), linear(width, width)
        self.expand = linear(width, width, bias=True, activation="relu")
        self.contract = linear(width, width, bias=True)
        self.norms = [ConditionalLayerNormalization(width, side if context else 0) for _ in range(2)]
        self.conditional = linear(context, width, 8) if context else None
        self.built = True

    def condition(self, context, encoding) -> Conditions:
        """The conditions of all pixels: of attention and feed-forward by their context (..., context channels), of
        the normalizations by the whole gray picture's encoding (N, H, W, C), never by colours: a mean over pixels
        would tell earlier ones of later ones."""
        return Conditions(self.conditional(context), self.condition_norms(encoding))

    def condition_norms(self, encoding) -> tuple:
        """Scale and shift (N, 2 C) of both normalizations."""
        return tuple(norm.condition(encoding) for norm in self.norms)

    def call(self, x, conditions: Conditions | None = None):
        pixels, norms = conditions or (None, (None, None))
        return self.finish(x, attend(self.project(x, pixels), self.heads, self.axis, self.masked), pixels, norms)

    def project(self, x, pixels=None):
        """Queries, keys and values (..., 3 C); z_c = (c U_s) z + c U_b where there is a context (table 1)."""
        projected = self.attention_in(x)
        if pixels is None:
            return projected
        return projected * pixels[..., : 3 * self.width] + pixels[..., 3 * self.width : 6 * self.width]

    def finish(self, x, mixed, pixels=None, norms=(None, None)):
        """What comes after the attention, of each pixel by itself: x and mixed values (..., C) to (..., C)."""
        x = self.norms[0](x + self.attention_out(mixed), norms[0])
        h = self.contract(self.expand(x))
        if pixels is not None:
            h = h * pixels[..., 6 * self.width : 7 * self.width] + pixels[..., 7 * self.width :]
        return self.norms[1](x + h, norms[1])


def attend(projected, heads: int, axis: str, masked: bool):
    """Softmax attention along one axis of (N, H, W, 3 C) queries, keys and values: (N, H, W, C)."""
    weights, value = attention_weights(projected, heads, axis, masked)
    mixed = ops.matmul(weights, value)
    mixed = ops.transpose(mixed, (0, 1, 3, 2, 4) if axis == ROW else (0, 3, 1, 2, 4))
    return ops.reshape(mixed, (-1, *projected.shape[1:3], projected.shape[3] // 3))


def attention_weights(projected, heads: int, axis: str, masked: bool):
    """How much each pixel looks at each of its row or column, (N, H, heads, W, W) or (N, W, heads, H, H), and the
    values (N, H, heads, W, C / heads) likewise."""
    height, width, channels = projected.shape[1:]
    depth = channels // 3 // heads
    parts = ops.reshape(projected, (-1, height, width, 3, heads, depth))
    order = (3, 0, 1, 4, 2, 5) if axis == ROW else (3, 0, 2, 4, 1, 5)
    query, key, value = ops.unstack(ops.transpose(parts, order), 3)
    scores = ops.matmul(query * depth**-0.5, ops.swapaxes(key, -1, -2))
    if masked:
        length = width if axis == ROW else height
        scores = scores + np.triu(np.full((length, length), HIDDEN, np.float32), 1)
    return ops.softmax(scores), value


def attend_cached(query, keys, values, heads: int, last):
    """The same for queries (..., C) at place `last` of the axis whose keys and values are (L, ..., C)."""

    def split(x):
        return ops.reshape(x, (*ops.shape(x)[:-1], heads, x.shape[-1] // heads))

    depth = query.shape[-1] // heads
    scores = ops.sum(split(query) * depth**-0.5 * split(keys), axis=-1)
    seen = ops.cast(ops.arange(keys.shape[0]) <= last, "float32")
    scores = scores + HIDDEN * (1 - ops.reshape(seen, (-1, *(1,) * (len(scores.shape) - 1))))
    weights = ops.softmax(scores, axis=0)
    return ops.reshape(ops.sum(weights[..., None] * split(values), axis=0), ops.shape(query))


def embedding(symbols: int, width: int) -> keras.layers.Layer:
    """A table of vectors (symbols, width) as the layer of one-hot symbols.

    It begins with a variance of 1, which is that of the normalized values that its vectors are added to; drawn in the
    range of a linear layer, a symbol would be lost in them.
    """
    layer = keras.layers.Dense(width, use_bias=False, kernel_initializer=keras.initializers.RandomNormal(0, 1))
    layer.build((None, symbols))
    return layer


class Positions(keras.layers.Layer):
    """Adds learned positions to (N, H, W, C): one for each row and one for each column."""

    def __init__(self, side: int, width: int):
        super().__init__()
        spread = width**-0.5
        self.rows, self.columns = (
            self.add_weight(shape=(side, width), initializer=keras.initializers.RandomNormal(0, spread), name=name)
            for name in ("rows", "columns")
        )
        self.built = True

    def grid(self):
        """The positions of all pixels (H, W, C)."""
        return self.rows[:, None] + self.columns[None]

    def call(self, x):
        return x + self.grid()


class AxialStack(keras.layers.Layer):
    """Positions, and blocks of unconditional attention along rows and then columns (section 3)."""

    def __init__(self, side: int, width: int, heads: int, blocks: int):
        super().__init__()
        self.positions = Positions(side, width)
        self.blocks = [AxialBlock(width, heads, axis) for _ in range(blocks) for axis in (ROW, COLUMN)]
        self.built = True

    def call(self, x):
        x = self.positions(x)
        for block in self.blocks:
            x = block(x)
        return x


def shifted(x, axis: int):
    """Everything one place on along an axis of (N, H, W, C), with zeros at the beginning."""
    first, rest = ops.zeros_like(ops.take(x, [0], axis=axis)), x[:, :-1] if axis == 1 else x[:, :, :-1]
    return ops.concatenate([first, rest], axis=axis)
