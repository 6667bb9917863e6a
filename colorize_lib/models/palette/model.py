"""Palette: colorization as image-to-image diffusion (Saharia et al., SIGGRAPH 2022).

A network is shown a photograph's colours with noise added, the gray picture and the noise level gamma, and learns to
tell the noise from the colours (equation 1, algorithm 1). Sampling starts from noise alone and removes it step by step
(algorithm 2, or one of the solvers beside it in `samplers`).
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops

from colorize_lib.files import ColorizeError
from colorize_lib.models.colorizer import normal_noise
from colorize_lib.models.palette import samplers, schedules
from colorize_lib.models.palette.config import FAMILY, PaletteConfig
from colorize_lib.models.palette.schedules import INFERENCE
from colorize_lib.models.unet.model import UNetColorizer
from colorize_lib.models.unet.network import unet

CLEANEST = 0.9999  # the cleanest level at which the few-step grid evaluates the network


class Palette(UNetColorizer):
    """The U-Net conditioned on gamma, trained by algorithm 1."""

    family = FAMILY

    def __init__(self, config: PaletteConfig, image_size: int, seed: int):
        super().__init__(config, image_size, seed)
        channels = self.output_channels
        self.network = unet(config, image_size, {"noisy": channels, "gray": 1}, channels, noise_level=True)
        self.schedule = schedules.linear(config.first_beta, config.last_beta, config.levels)
        # Both in float32 with full relative precision, where the difference of one and gamma would have none.
        self.tables = self.schedule.gammas.astype(np.float32), self.schedule.losses.astype(np.float32)
        self.bound = config.gain if config.output == "chroma" else 1.0
        self.estimator = self._estimator()

    def scaled_target(self, rgb):
        """The colours (N, S, S, C) as noise is added to them: within the bound, -1 to 1 or -gain to gain."""
        return self.target(rgb) * self.bound

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Algorithm 1: draw a level and noise, and compare what the network says with what it should."""
        clean = self.scaled_target(y)
        gamma, loss = self.draw_levels(ops.shape(clean)[0])
        noise = keras.random.normal(ops.shape(clean), seed=self.noise_source)
        noisy = ops.sqrt(gamma) * clean + ops.sqrt(loss) * noise
        predicted = self.network([noisy, x, gamma[:, 0, 0, :]], training=training)
        wanted = noise if self.config.prediction == "noise" else ops.sqrt(gamma) * noise - ops.sqrt(loss) * clean
        errors = ops.abs(predicted - wanted) if self.config.loss == "l1" else (predicted - wanted) ** 2
        return ops.mean(self.level_weights(gamma, loss) * errors)

    def draw_levels(self, count):
        """gamma and 1 - gamma, each (count, 1, 1, 1), of p(gamma): a step at random, and uniformly between it and the
        one before (the paper's section 3.1)."""
        gammas, losses = self.tables
        draws = keras.random.uniform((2, count, 1, 1, 1), seed=self.noise_source)
        step = ops.minimum(ops.cast(draws[0] * self.schedule.steps, "int32"), self.schedule.steps - 1)
        between = [
            ops.take(table, step) + draws[1] * (ops.take(table, step + 1) - ops.take(table, step))
            for table in (gammas, losses)
        ]
        return between[0], between[1]

    def level_weights(self, gamma, loss):
        """The weight of each level: 1 as published, or that of min-SNR (Hang et al. 2023, equations 6 to 8)."""
        if not self.config.min_snr:
            return 1.0
        ratio = gamma / loss
        capped = ops.minimum(ratio, self.config.min_snr)
        return capped / (ratio + 1) if self.config.prediction == "v" else capped / ratio

    def _estimator(self) -> keras.Model:
        """[noisy, gray, gamma (N, 1)] to the estimate of the clean colours."""
        inputs = self.network.inputs
        noisy, _, level = inputs
        gamma = level[:, None, None, :]
        predicted = self.network(inputs)
        if self.config.prediction == "v":
            estimate = ops.sqrt(gamma) * noisy - ops.sqrt(1 - gamma) * predicted
        else:
            estimate = (noisy - ops.sqrt(1 - gamma) * predicted) / ops.sqrt(gamma)
        return keras.Model(inputs, estimate)

    def sample_output(
        self,
        gray: np.ndarray,
        seeds: Sequence[int],
        *,
        steps: int,
        sampler: str,
        noisiest: float,
        eta: float,
        clip: bool,
        visit: Callable[[int, np.ndarray, np.ndarray], None] | None = None,
    ) -> np.ndarray:
        """Colours (N, S, S, C) for a batch of gray pictures.

        Args:
            gray, seeds: as for `sample`.
            steps, sampler, noisiest, eta, clip: explained in `PaletteSampling`.
            visit: called as visit(i, noisy, estimate) at each evaluation, with both in the units of the result.
        """
        if eta and sampler != "ddim":
            raise ColorizeError(f"eta is a setting of the sampler ddim and {sampler} has none: leave it out.")
        shape = (self.image_size, self.image_size, self.output_channels)

        def estimate(noisy: np.ndarray, gamma: float) -> np.ndarray:
            clean = self.estimator.predict_on_batch([noisy, gray, np.full((len(gray), 1), gamma, np.float32)])
            return np.clip(clean, -self.bound, self.bound) if clip else clean

        output = samplers.run(
            samplers.SAMPLERS[sampler](self.sampling_levels(steps, sampler, noisiest), **({"eta": eta} if eta else {})),
            estimate,
            lambda step: normal_noise(seeds, shape, step),
            visit and (lambda i, *batches: visit(i, *(batch / self.bound for batch in batches))),
            f"{sampler}, {len(gray)} pictures",
        )
        return output / self.bound

    def path(self, gray: np.ndarray, seeds: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
        """What the default sampler sees at each evaluation on the way from noise to the colours of gray pictures
        (N, S, S, 1): the noisy colours and the estimate of the clean ones, both as RGB (N, S, S, 3) in [-1, 1]."""
        seen = []

        def visit(number: int, *colours: np.ndarray) -> None:
            seen.append(tuple(self.picture(gray, batch) for batch in colours))

        self.sample_output(gray, seeds, **self.family.sampling_options(), visit=visit)
        return seen

    def sampling_levels(self, steps: int, sampler: str, noisiest: float = 0.0) -> np.ndarray:
        """The rising gammas (steps + 1,) at which a sampler works; the last is 1."""
        if sampler == "ancestral":
            return INFERENCE.descent()[np.linspace(0, INFERENCE.steps, steps + 1).round().astype(int)]
        first = noisiest or self.schedule.gammas[-1]
        return np.append(schedules.log_snr_grid(steps - 1, first, CLEANEST), 1.0)


Model = Palette
