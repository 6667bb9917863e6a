"""What all families share: the output space, sampling in batches with a seed an image, and the network that is kept."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from colorize_lib import color
from colorize_lib.files import ColorizeError
from colorize_lib.models.family import Family


class Colorizer(keras.Model):
    """A conditional model p(colour | gray) of square pictures.

    A family sets `family`, its record, and `network`, the part that sampling needs (its parameters are the "parameters
    used at inference"), and defines `compute_loss` for `fit`, whose x is gray (N, S, S, 1) and whose y is RGB
    (N, S, S, 3), both float32 in [-1, 1], `make_optimizer`, and `sample_output` for `sample`.
    """

    family: Family
    network: keras.Model

    def __init__(self, config, image_size: int, seed: int):
        super().__init__()
        self.config = config
        self.image_size = image_size
        self.noise_source = keras.random.SeedGenerator(seed)

    def build(self, input_shape=None):
        """Nothing: a family makes its networks when it is initialised."""
        self.built = True

    def call(self, gray, training=False):
        """What `fit` asks for before the loss: by default nothing, for a loss that does all the work itself."""
        return gray

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
        raise NotImplementedError(f"{type(self).__name__} defines no optimizer")

    def sample_output(self, gray: np.ndarray, seeds: Sequence[int], **options: object) -> np.ndarray:
        """The network's output (N, S, S, C) for a batch of gray pictures and a seed each.

        `options` are all those of the family's record, checked.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no sampler")

    def likelihood(self, gray: np.ndarray, rgb: np.ndarray) -> dict[str, np.ndarray]:
        """By name, what each photograph (N, S, S, 3) costs under the model (N,); nothing where that is not known."""
        return {}

    def forward_pass(self) -> tuple[Callable, list[tuple[int, ...]]]:
        """The forward pass of training, whose operations are counted: a function, and the shapes of its inputs for one
        picture. By default it is that of `network`; what else a family trains, such as a discriminator, is left out."""
        return lambda *inputs: self.network(list(inputs)), [(1, *value.shape[1:]) for value in self.network.inputs]

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
            options: of the family's sampler, as its record declares them; the others have their defaults.

        Returns:
            RGB float32 (N, S, S, 3) in [-1, 1]; where the output space is "chroma", its luma is that of `gray`.

        Raises:
            ColorizeError: the pictures are of another shape, the seeds of another number, or an option is not one of
                the family's or has an impossible value.
        """
        gray = np.asarray(gray, np.float32)
        expected = (self.image_size, self.image_size, 1)
        if gray.ndim != 4 or gray.shape[1:] != expected:
            raise ColorizeError(
                f"sample takes gray pictures of shape (N, {', '.join(map(str, expected))}) and was given {gray.shape}."
            )
        if np.shape(seed) not in ((), (len(gray),)):
            raise ColorizeError(f"sample takes one seed or one for each of the {len(gray)} pictures, not {len(seed)}.")
        options = self.family.sampling_options(**options)
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
