"""What all families share: the output space, sampling in batches with a seed an image, and the network that is kept."""

import inspect
from collections.abc import Sequence

import keras
import numpy as np

from colorize_lib import color
from colorize_lib.files import ColorizeError
from colorize_lib.validation import nearest


class Colorizer(keras.Model):
    """A conditional model p(colour | gray) of square pictures.

    A family sets `network`, the part that sampling needs (its parameters are the "parameters used at inference"), and
    defines `call` and `compute_loss` for `fit`, whose x is gray (N, S, S, 1) and whose y is RGB (N, S, S, 3), both
    float32 in [-1, 1], and `sample_output` for `sample`.
    """

    network: keras.Model

    def __init__(self, config, image_size: int, seed: int):
        super().__init__()
        self.config = config
        self.image_size = image_size
        self.noise_source = keras.random.SeedGenerator(seed)

    @property
    def output_channels(self) -> int:
        return 3 if self.config.output == "rgb" else 2

    def target(self, rgb):
        """What the network is to predict of RGB (N, S, S, 3): the picture, or its chroma (N, S, S, 2)."""
        if self.config.output == "rgb":
            return rgb
        return keras.ops.concatenate(color.chroma_planes(rgb), axis=-1)

    def make_optimizer(self) -> keras.optimizers.Optimizer:
        """The family's optimizer with the configuration's numbers."""
        raise TypeError(f"{type(self).__name__} defines no optimizer")

    def sample_output(self, gray: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
        """The network's output (N, S, S, C) for a batch of gray pictures and a seed each."""
        raise TypeError(f"{type(self).__name__} defines no sampler")

    def likelihood(self, gray: np.ndarray, rgb: np.ndarray) -> dict[str, np.ndarray]:
        """By name, what each photograph (N, S, S, 3) costs under the model (N,); nothing where that is not known."""
        return {}

    @property
    def sampling_options(self) -> list[str]:
        """The names of the options that `sample` takes beside those of all families."""
        return list(inspect.signature(self.sample_output).parameters)[2:]

    def picture(self, gray: np.ndarray, output: np.ndarray) -> np.ndarray:
        """RGB (N, S, S, 3) of gray pictures and the network's output: the given luma where that is chroma."""
        if self.config.output == "rgb":
            return np.clip(output, -1.0, 1.0)
        return color.compose(gray, output)

    def sample(self, gray: np.ndarray, *, seed: int | Sequence[int], batch_size: int = 64, **options) -> np.ndarray:
        """Draw one colorization for each gray picture.

        Args:
            gray: float32 (N, S, S, 1) in [-1, 1].
            seed: one seed for every picture, or a sequence of N. A picture's colours depend on itself and on its seed
                alone, not on its neighbours or on the size of a batch.
            batch_size: how many go through the network at a time.
            options: of the family's sampler; see its `sample_output`.

        Returns:
            RGB float32 (N, S, S, 3) in [-1, 1]; where the output space is "chroma", its luma is that of `gray`.
        """
        gray = np.asarray(gray, np.float32)
        expected = (self.image_size, self.image_size, 1)
        if gray.ndim != 4 or gray.shape[1:] != expected:
            raise ColorizeError(
                f"sample takes gray pictures of shape (N, {', '.join(map(str, expected))}) and was given {gray.shape}."
            )
        known = self.sampling_options
        for name in options:
            if name not in known:
                rest = nearest(name, known) if known else "its sampler has no options."
                raise ColorizeError(f"{type(self).__name__} cannot sample with {name}: {rest}")
        if np.shape(seed) not in ((), (len(gray),)):
            raise ColorizeError(f"sample takes one seed or one for each of the {len(gray)} pictures, not {len(seed)}.")
        seeds = np.broadcast_to(np.asarray(seed), len(gray)).tolist()
        rgb = np.empty((*gray.shape[:3], 3), np.float32)
        size = max(1, min(batch_size, len(gray)))
        for start in range(0, len(gray), size):
            rows = slice(start, start + size)
            rgb[rows] = self._sample_batch(gray[rows], seeds[rows], size, options)
        return rgb

    def _sample_batch(self, gray: np.ndarray, seeds: list[int], size: int, options: dict) -> np.ndarray:
        # A last, smaller batch is filled up: another shape would be compiled anew.
        missing = size - len(gray)
        padded = np.pad(gray, [(0, missing), (0, 0), (0, 0), (0, 0)])
        output = np.asarray(self.sample_output(padded, seeds + [0] * missing, **options), np.float32)[: len(gray)]
        return self.picture(gray, output)


def noise(seeds: Sequence[int], shape: tuple[int, ...], stream: int = 0) -> np.ndarray:
    """Uniform numbers (N, *shape) in [0, 1), float32, drawn for each seed by itself.

    Philox outside the graph gives every backend the same numbers (Salmon et al. 2011); `stream` keeps several draws of
    one seed apart.
    """
    return np.stack([_generator(seed, stream).random(shape, np.float32) for seed in seeds])


def normal_noise(seeds: Sequence[int], shape: tuple[int, ...], stream: int = 0) -> np.ndarray:
    """Standard normal numbers (N, *shape), float32, drawn likewise."""
    return np.stack([_generator(seed, stream).standard_normal(shape, np.float32) for seed in seeds])


def _generator(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, stream]))
