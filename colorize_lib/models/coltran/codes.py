"""Colours as symbols: 256 levels a channel, and the few coarse ones whose combinations the core tells apart.

RGB as published: 3 bits a channel, and 512 colours, coded 64 r + 8 g + b (Kumar et al. 2021, section 4). Chroma lies
close to zero, where equal intervals would see nothing: its intervals grow with the distance from gray, as squares do,
and the innermost of them is gray alone.
"""

import numpy as np
from keras import ops

LEVELS = 256


class Codes:
    """The symbols of an output space.

    Attributes:
        channels: 3 of RGB, 2 of chroma.
        levels: coarse levels of a channel.
        symbols: coarse colours, levels ** channels.
    """

    def __init__(self, output: str):
        self.chroma = output == "chroma"
        self.channels, self.levels = (2, 21) if self.chroma else (3, 8)
        self.symbols = self.levels**self.channels
        self.places = tuple(self.levels**place for place in reversed(range(self.channels)))
        self.coarse_of = self._coarse_of()
        members = [np.flatnonzero(self.coarse_of == level) for level in range(self.levels)]
        self.middles = np.array([(level[0] + level[-1] + 1) // 2 for level in members], np.int32)

    def _coarse_of(self) -> np.ndarray:
        codes = np.arange(LEVELS)
        if not self.chroma:
            return (codes >> 5).astype(np.int32)
        distance = np.minimum(np.abs(codes - 128) / 127.5, 1.0)
        steps = np.minimum(np.rint(np.sqrt(distance) * self.levels / 2), self.levels // 2)
        return (self.levels // 2 + np.sign(codes - 128) * steps).astype(np.int32)

    def fine(self, values):
        """Levels 0 to 255, int32, of values in [-1, 1]: those of uint8 pictures, and of JPEG's chroma (ITU-T T.871)."""
        levels = 128.0 + 127.5 * values if self.chroma else 127.5 * (values + 1.0)
        return ops.cast(ops.clip(ops.round(levels), 0, LEVELS - 1), "int32")

    def values(self, fine):
        """Values in [-1, 1] of levels."""
        levels = ops.cast(fine, "float32")
        return (levels - 128.0) / 127.5 if self.chroma else levels / 127.5 - 1.0

    def coarse(self, fine):
        """Coarse levels of levels, of the same shape."""
        return ops.take(self.coarse_of, fine, axis=0)

    def middle(self, coarse):
        """The level in the middle of each coarse level."""
        return ops.take(self.middles, coarse, axis=0)

    def symbol(self, fine):
        """The coarse colour (...) of levels 0 to 255 of all channels (..., C)."""
        return self.joined(self.coarse(fine))

    def joined(self, coarse):
        """One symbol (...) of the coarse levels of all channels (..., C); the first channel counts most."""
        return ops.sum(coarse * ops.convert_to_tensor(self.places, "int32"), axis=-1)

    def parted(self, symbols):
        """Coarse levels (..., C) of symbols (...)."""
        return ops.stack([symbols // place % self.levels for place in self.places], axis=-1)


def gray_levels(gray):
    """Levels 0 to 255 (N, H, W), int32, of gray pictures (N, H, W, 1) in [-1, 1]."""
    return ops.cast(ops.round(127.5 * (gray[..., 0] + 1.0)), "int32")


def smaller(pictures, ratio: int):
    """Pictures (N, S, S, C) at a size of S / ratio, each pixel the mean of those that it covers."""
    return ops.average_pool(pictures, ratio, strides=ratio)
