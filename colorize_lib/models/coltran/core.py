"""The core of ColTran: an autoregressive model of coarse colours given gray (Kumar et al. 2021, section 4.1)."""

import keras
from keras import ops

from colorize_lib.models.coltran.codes import LEVELS, gray_levels, smaller
from colorize_lib.models.coltran.config import ColTranConfig
from colorize_lib.models.coltran.layers import (
    COLUMN,
    ROW,
    AxialBlock,
    AxialStack,
    ConditionalLayerNormalization,
    Positions,
    embedding,
    linear,
    shifted,
)


class Core(keras.layers.Layer):
    """p(coarse colours | gray), pixel by pixel in raster order.

    Args:
        config: widths, heads and numbers of blocks.
        side: pixels a side.
        symbols: coarse colours.
    """

    def __init__(self, config: ColTranConfig, side: int, symbols: int):
        super().__init__()
        width, heads = config.width, config.heads
        self.side, self.symbols, self.patches = side, symbols, config.gray == "patches"
        self.gray_embedding = linear(config.ratio**2, width, bias=True) if self.patches else embedding(LEVELS, width)
        self.encoder = AxialStack(side, width, heads, config.encoder_blocks)
        self.color_embedding = embedding(symbols, width)
        self.outer_positions, self.inner_positions = (Positions(side, width) for _ in range(2))
        self.outer_blocks = [
            AxialBlock(width, heads, axis, masked=axis == COLUMN, context=width, side=side)
            for _ in range(config.outer_blocks)
            for axis in (ROW, COLUMN)
        ]
        self.inner_blocks = [
            AxialBlock(width, heads, ROW, masked=True, context=2 * width, side=side) for _ in range(config.inner_blocks)
        ]
        self.last_norm = ConditionalLayerNormalization(width)
        self.logits = linear(width, symbols, bias=True)
        self.built = True

    def encode(self, gray):
        """The encoding (N, s, s, C) of a gray picture (N, S, S, 1) in [-1, 1]."""
        return self.encoder(self.embed_gray(gray))

    def embed_gray(self, gray):
        """The embedded gray picture (N, s, s, C).

        As published it is made as coarse as the colours, and its 256 levels are embedded. In place of that, each pixel
        can be given all those of the full size that it covers.
        """
        ratio = gray.shape[1] // self.side
        if self.patches:
            tiles = ops.reshape(gray, (-1, self.side, ratio, self.side, ratio))
            return self.gray_embedding(ops.reshape(ops.swapaxes(tiles, 2, 3), (-1, self.side, self.side, ratio**2)))
        return self.gray_embedding(ops.one_hot(gray_levels(smaller(gray, ratio)), LEVELS))

    def embed(self, colors):
        """Embedded colours (N, s, s, C) of symbols (N, s, s)."""
        return self.color_embedding(ops.one_hot(colors, self.symbols))

    def outer(self, embedded, encoding):
        """What the rows up to its own say to each pixel: embedded colours (N, s, s, C) to (N, s, s, C), not shifted."""
        x = self.outer_positions(embedded) + encoding
        for block in self.outer_blocks:
            x = block(x, block.condition(encoding, encoding))
        return x

    def inner(self, embedded, above, encoding):
        """What is known at each pixel of the row before it, too; `above` is `outer` shifted down."""
        x = self.inner_positions(shifted(embedded, 2)) + encoding + above
        context = ops.concatenate([encoding, above], axis=-1)
        for block in self.inner_blocks:
            x = block(x, block.condition(context, encoding))
        return x

    def decode(self, colors, encoding):
        """Logits (N, s, s, symbols) of each pixel given those before it, of colours (N, s, s), int32."""
        embedded = self.embed(colors)
        above = shifted(self.outer(embedded, encoding), 1)
        return self.logits(self.last_norm(self.inner(embedded, above, encoding)))

    def call(self, colors, gray):
        return self.decode(colors, self.encode(gray))
