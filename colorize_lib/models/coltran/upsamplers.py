"""The two upsamplers of ColTran, which work on all pixels at once (Kumar et al. 2021, section 4.3).

The colour upsampler finds 256 levels for coarse ones, the spatial upsampler those of the full size for a small
picture's. Both treat each channel by itself, next to the gray picture, by the same network.
"""

import keras
from keras import ops

from colorize_lib.models.coltran.codes import LEVELS
from colorize_lib.models.coltran.layers import AxialStack, linear


class Upsampler(keras.layers.Layer):
    """Levels of one channel and gray to the logits of 256 levels of that channel.

    Args:
        side: pixels a side of the result.
        ratio: how much larger that is than what comes in.
        width, heads, blocks: of its stack of row and column attention.
        channels: of the picture.
        levels: of each channel that comes in.
    """

    def __init__(self, side: int, ratio: int, width: int, heads: int, blocks: int, channels: int, levels: int):
        super().__init__()
        self.ratio, self.levels = ratio, levels
        self.gray_table, self.channel_table = (
            self.add_weight(shape=(count, width), initializer=keras.initializers.RandomNormal(0, 1), name=name)
            for name, count in (("gray", LEVELS), ("channel", channels * levels))
        )
        self.join = linear(2 * width, width, bias=True)
        self.stack = AxialStack(side, width, heads, blocks)
        self.logits = linear(width, LEVELS, bias=True)
        self.built = True

    def call(self, levels, gray, *, channel):
        """Logits (N, S, S, 256).

        Args:
            levels: int32 (N, S / ratio, S / ratio), of one channel.
            gray: int32 (N, S, S), 0 to 255.
            channel: which channel that is.
        """
        return self.logits(self.stack(self.embed(levels, gray, channel)))

    def embed(self, levels, gray, channel):
        """The linear layer of both embeddings, side by side: (N, S, S, C).

        The tables go through it before pixels are looked up in them, and what is repeated goes through it once, which
        is the same and less work.
        """
        of_channel, of_gray = ops.split(self.join.kernel, 2)
        grays = ops.take(ops.matmul(self.gray_table, of_gray) + self.join.bias, gray, axis=0)
        x = ops.take(ops.matmul(self.channel_table, of_channel), levels + self.levels * channel, axis=0)
        for axis in (1, 2):
            x = ops.repeat(x, self.ratio, axis=axis) if self.ratio > 1 else x
        return grays + x
