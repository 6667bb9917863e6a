"""The whole of ColTran: core, colour upsampler and spatial upsampler, trained together (Kumar et al. 2021, section 4).

A picture's coarse colours at a quarter of its size are drawn one by one by the core; the colour upsampler finds their
256 levels a channel, and the spatial upsampler those of the full size.
"""

import functools
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from colorize_lib.files import ColorizeError
from colorize_lib.models.colorizer import Colorizer, noise
from colorize_lib.models.coltran.codes import LEVELS, Codes, gray_levels, smaller
from colorize_lib.models.coltran.config import FAMILY, ColTranConfig
from colorize_lib.models.coltran.core import Core
from colorize_lib.models.coltran.layers import linear
from colorize_lib.models.coltran.sampling import CachedSampler
from colorize_lib.models.coltran.upsamplers import Upsampler
from colorize_lib.models.optimizers import warmed_up

BITS = 1 / np.log(2)  # in a nat


class Stages(keras.Model):
    """The three networks that sampling needs."""

    def __init__(self, config: ColTranConfig, image_size: int, codes: Codes):
        super().__init__(name="stages")
        side, heads, ratio = image_size // config.ratio, config.heads, config.ratio
        self.core = Core(config, side, codes.symbols)
        self.color = Upsampler(side, 1, config.color_width, heads, config.color_blocks, codes.channels, codes.levels)
        self.spatial = Upsampler(
            image_size, ratio, config.spatial_width, heads, config.spatial_blocks, codes.channels, LEVELS
        )
        self.built = True


class ColTran(Colorizer):
    """The three stages and the auxiliary parallel model, which is needed in training alone."""

    family = FAMILY

    def __init__(self, config: ColTranConfig, image_size: int, seed: int):
        super().__init__(config, image_size, seed)
        _check(config, image_size)
        self.codes = Codes(config.output)
        self.network = Stages(config, image_size, self.codes)
        self.parallel = linear(config.width, self.codes.symbols)

    # The networks that follow are made of the parts above when they are first asked for: that takes some ten seconds.

    @functools.cached_property
    def sampler(self) -> keras.Model:
        """[gray, uniform numbers (N, s * s), temperature (N, 1), top_k (N, 1)] to coarse colours and their
        log-probabilities, both (N, s, s)."""
        return self.sampler_of(CachedSampler(self.network.core))

    @functools.cached_property
    def upsampler(self) -> keras.Model:
        """[coarse colours (N, s, s), gray] to levels at both sizes."""
        side, size = self.image_size // self.config.ratio, self.image_size
        symbols, gray = keras.layers.Input((side, side), dtype="int32"), keras.layers.Input((size, size, 1))
        return keras.Model([symbols, gray], Upsampling(self.network, self.codes)(symbols, gray))

    @functools.cached_property
    def bits(self) -> keras.Model:
        """[gray, RGB] to bits a coarse pixel and a channel of a pixel, each (N,)."""
        photograph = [keras.layers.Input((self.image_size, self.image_size, channels)) for channels in (1, 3)]
        return keras.Model(photograph, Bits(self)(*photograph))

    def make_optimizer(self):
        return warmed_up(keras.optimizers.RMSprop, self.config)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of all four terms, each in nats a pixel (sections 4.1 to 4.3).

        The upsamplers learn one channel a step, drawn at random. They are shown the original's coarse colours and
        small picture, where sampling shows them what the stage before has made.
        """
        channel = keras.random.randint((), 0, self.codes.channels, seed=self.noise_source)
        weight, full, small = self.config.parallel_weight, *self.pyramid(y)
        core, parallel = self.core_terms(x, small)
        color, spatial = self.upsampling_terms(x, full, small, channel)
        return (1 - weight) * ops.mean(core) + weight * ops.mean(parallel) + ops.mean(color) + ops.mean(spatial)

    def core_terms(self, gray, small):
        """-log p of the coarse colours of levels (N, s, s, C) by core and by parallel model, each (N, s, s)."""
        symbols = self.codes.symbol(small)
        encoding = self.network.core.encode(gray)
        predictions = self.network.core.decode(symbols, encoding), self.parallel(encoding)
        return tuple(cross_entropy(symbols, logits) for logits in predictions)

    def upsampling_terms(self, gray, full, small, channel):
        """-log p of one channel's levels at the core's size (N, s, s) and at the full size (N, S, S)."""
        small_grays = gray_levels(smaller(gray, self.config.ratio))
        full, small = (ops.take(levels, channel, axis=-1) for levels in (full, small))
        color = self.network.color(self.codes.coarse(small), small_grays, channel=channel)
        spatial = self.network.spatial(small, gray_levels(gray), channel=channel)
        return cross_entropy(small, color), cross_entropy(full, spatial)

    def pyramid(self, rgb):
        """Levels 0 to 255 of RGB (N, S, S, 3) in the output space, int32, at the full size (N, S, S, C) and at the
        core's (N, s, s, C)."""
        planes = self.target(rgb)
        return self.codes.fine(planes), self.codes.fine(smaller(planes, self.config.ratio))

    def coarse_colors(self, rgb):
        """The coarse colours (N, s, s) of RGB (N, S, S, 3): what the core learns to draw."""
        return self.codes.symbol(self.pyramid(rgb)[1])

    def forward_pass(self):
        """The loss, which predicts all coarse colours at once and upsamples one channel."""
        size = self.image_size
        return self.compute_loss, [(1, size, size, 1), (1, size, size, 3)]

    def sample_output(self, gray: np.ndarray, seeds: Sequence[int], *, temperature: float, top_k: int) -> np.ndarray:
        """Colours (N, S, S, C) for a batch of gray pictures: drawn by the core, and upsampled to the most probable.

        Args:
            gray, seeds: as for `sample`.
            temperature, top_k: explained in `ColTranSampling`.
        """
        symbols, _ = self.sample_core(gray, seeds, temperature, top_k)
        return self.codes.values(self.upsample(symbols, gray)[1])

    def stages(self, gray: np.ndarray, seeds: Sequence[int]) -> list[np.ndarray]:
        """What each stage makes of gray pictures (N, S, S, 1), as RGB (N, S, S, 3) in [-1, 1]: coarse colours, each in
        the middle of its levels, colours of 8 bits a channel, both with large pixels, and the colorization."""
        symbols, _ = self.sample_core(gray, seeds)
        levels = self.codes.middle(self.codes.parted(symbols)), *self.upsample(symbols, gray)
        pictures, ratio = [], self.config.ratio
        for level, size in zip(levels, (ratio, ratio, 1), strict=True):
            picture = self.picture(np.array(smaller(gray, size)), np.array(self.codes.values(level)))
            pictures.append(np.repeat(np.repeat(np.array(picture), size, axis=1), size, axis=2))
        return pictures

    def sample_core(self, gray, seeds, temperature: float = 1.0, top_k: int = 0):
        """Coarse colours (N, s, s) drawn for gray pictures, and the log-probabilities that the core gives them."""
        if top_k > self.codes.symbols:
            raise ColorizeError(
                f"top_k has to be from 0 to {self.codes.symbols}, where 0 draws among all colours, not {top_k}."
            )
        settings = np.full((len(gray), 1), temperature, np.float32), np.full((len(gray), 1), top_k, np.int32)
        return self.sampler.predict_on_batch([gray, self.draws(seeds), *settings])

    def draws(self, seeds: Sequence[int]) -> np.ndarray:
        """The uniform numbers (N, s * s) of seeds, one for each coarse pixel in raster order."""
        return noise(seeds, (self.network.core.side**2,))

    def sampler_of(self, sampler: CachedSampler) -> keras.Model:
        """A sampler of the core as one compiled network."""
        gray = keras.layers.Input((self.image_size, self.image_size, 1))
        draws = keras.layers.Input((self.network.core.side**2,))
        temperature, top_k = keras.layers.Input((1,)), keras.layers.Input((1,), dtype="int32")
        inputs = [gray, draws, temperature, top_k]
        return keras.Model(inputs, sampler(*inputs))

    def likelihood(self, gray: np.ndarray, rgb: np.ndarray) -> dict[str, np.ndarray]:
        """Bits of each photograph: exact a coarse pixel, and of the whole picture a bound.

        The bound is the sum of all three stages', with the original's own coarse colours and small picture: one of the
        ways on which sampling may arrive at the picture, so that its bits are at least those of all ways together.
        """
        core, bound = self.bits.predict([gray, rgb], batch_size=64, verbose=0)
        return {"Bits per coarse pixel": core, "Bits per 8-bit channel (upper bound)": bound}

    def upsample(self, symbols, gray):
        """Levels at the core's size (N, s, s, C) and at the full size (N, S, S, C), int32, of coarse colours."""
        small, full = self.upsampler.predict_on_batch([symbols, gray])
        return small, full


Model = ColTran


class Upsampling(keras.layers.Layer):
    """Both upsamplers one after the other, each with the most probable level of every channel."""

    def __init__(self, stages: Stages, codes: Codes):
        super().__init__()
        self.stages, self.codes = stages, codes
        self.built = True

    def call(self, symbols, gray):
        small_grays = gray_levels(smaller(gray, gray.shape[1] // symbols.shape[1]))
        small = self.most_probable(self.stages.color, self.codes.parted(symbols), small_grays)
        return small, self.most_probable(self.stages.spatial, small, gray_levels(gray))

    def most_probable(self, upsampler: Upsampler, levels, grays):
        channels = range(self.codes.channels)
        found = [ops.argmax(upsampler(levels[..., c], grays, channel=c), axis=-1) for c in channels]
        return ops.cast(ops.stack(found, axis=-1), "int32")


class Bits(keras.layers.Layer):
    """Gray pictures and photographs (N, S, S, 3) to bits a coarse pixel and a channel of a pixel, each (N,)."""

    def __init__(self, model: ColTran):
        super().__init__()
        # Named here so that Keras knows that their weights are used, and not the values that they have now.
        self.networks = [model.network, model.parallel]
        self.terms = model.pyramid, model.core_terms, model.upsampling_terms
        self.channels = model.codes.channels
        self.built = True

    def call(self, gray, rgb):
        pyramid, core_terms, upsampling_terms = self.terms
        full, small = pyramid(rgb)
        core = ops.sum(core_terms(gray, small)[0], axis=(1, 2))
        upsampled = [
            ops.sum(term, axis=(1, 2))
            for channel in range(self.channels)
            for term in upsampling_terms(gray, full, small, channel)
        ]
        pixels, coarse_pixels = full.shape[1] * full.shape[2], small.shape[1] * small.shape[2]
        return core / coarse_pixels * BITS, (core + sum(upsampled)) / (pixels * self.channels) * BITS


def _check(config: ColTranConfig, image_size: int) -> None:
    if image_size % config.ratio:
        raise ColorizeError(
            f"{image_size} pixels a side cannot be made smaller {config.ratio} times: choose a ratio that divides it."
        )
    for name in ("width", "color_width", "spatial_width"):
        if getattr(config, name) % config.heads:
            raise ColorizeError(
                f"{name} is {getattr(config, name)}, which {config.heads} heads cannot share: use a multiple of heads."
            )


def cross_entropy(symbols, logits):
    """-log p of symbols (...) under logits (..., K), in nats."""
    return ops.sparse_categorical_crossentropy(symbols, logits, from_logits=True)
