"""Palette: colorization as image-to-image diffusion (Saharia et al., SIGGRAPH 2022).

A network is shown a photograph's colours with noise added, the gray picture and the noise level gamma, and learns to
tell the noise from the colours (equation 1, algorithm 1). Sampling starts from noise alone and removes it step by step
(algorithm 2, or one of the solvers of `colorize_lib.samplers`).
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from colorize_lib.files import ColorizeError
from colorize_lib.models.colorizer import normal_noise
from colorize_lib.models.configs import PaletteConfig
from colorize_lib.models.palette import samplers, schedules
from colorize_lib.models.unet import UNetColorizer, unet

CLEANEST = 0.9999  # the cleanest level at which the few-step grid evaluates the network
INFERENCE = schedules.linear(1e-4, 0.09, 1000)  # the published schedule of sampling


class Palette(UNetColorizer):
    """The U-Net conditioned on gamma, trained by algorithm 1."""

    def __init__(self, config: PaletteConfig, image_size: int, seed: int):
        super().__init__(config, image_size, seed)
        channels = self.output_channels
        self.network = unet(config, image_size, {"noisy": channels, "gray": 1}, channels)
        self.schedule = schedules.linear(config.first_beta, config.last_beta, config.levels)
        # Both in float32 with full relative precision, where the difference of one and gamma would have none.
        self.tables = self.schedule.gammas.astype(np.float32), self.schedule.losses.astype(np.float32)
        self.bound = config.gain if config.output == "chroma" else 1.0
        self.estimator = self._estimator()

    def call(self, gray, training=False):
        """What `fit` asks for before the loss, which needs the photograph and does all the work."""
        return gray

    def scaled_target(self, rgb):
        """The colours (N, S, S, C) as noise is added to them: within the bound, -1 to 1 or -gain to gain."""
        return self.target(rgb) * self.bound

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Algorithm 1: draw a level and noise, and compare what the network says with what it should."""
        clean = self.scaled_target(y)
        gamma, loss = self.draw_levels(ops.shape(clean)[0])
        noise = keras.random.normal(ops.shape(clean), seed=self.noise_source)
        noisy = ops.sqrt(gamma) * clean + ops.sqrt(loss) * noise
        found = self.network([noisy, x, gamma[:, 0, 0, :]], training=training)
        sought = noise if self.config.prediction == "noise" else ops.sqrt(gamma) * noise - ops.sqrt(loss) * clean
        errors = ops.abs(found - sought) if self.config.loss == "l1" else (found - sought) ** 2
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
        found = self.network(inputs)
        if self.config.prediction == "v":
            estimate = ops.sqrt(gamma) * noisy - ops.sqrt(1 - gamma) * found
        else:
            estimate = (noisy - ops.sqrt(1 - gamma) * found) / ops.sqrt(gamma)
        return keras.Model(inputs, estimate)

    def sample_output(
        self,
        gray: np.ndarray,
        seeds: Sequence[int],
        *,
        steps: int = 20,
        sampler: str = "dpm-solver",
        noisiest: float = 0.0,
        eta: float = 0.0,
        clip: bool = True,
        visit=None,
    ) -> np.ndarray:
        """Colours for a batch of gray pictures.

        Args:
            gray, seeds: as for `sample`.
            steps: evaluations of the network, at least 2.
            sampler: "dpm-solver" or "ddim" on the few-step grid, or "ancestral", which is algorithm 2 on the published
                schedule of 1,000 steps, of which `steps` are taken at equal distances.
            noisiest: gamma of the first evaluation; 0 takes the smallest that training knows.
            eta: of "ddim": 0 is deterministic, 1 adds as much noise as the posterior has.
            clip: keep every estimate within the range of colours.
            visit: called as visit(i, noisy, estimate) at each evaluation, with both in the units of the result.
        """
        gammas = self.sampling_levels(steps, sampler, noisiest)
        shape = (self.image_size, self.image_size, self.output_channels)

        def estimate(noisy, gamma):
            found = self.estimator.predict_on_batch([noisy, gray, np.full((len(gray), 1), gamma, np.float32)])
            return np.clip(found, -self.bound, self.bound) if clip else found

        if eta and sampler != "ddim":
            raise ColorizeError(f"eta is a setting of the sampler ddim and {sampler} has none: leave it out.")
        output = samplers.run(
            samplers.SAMPLERS[sampler](gammas, **({"eta": eta} if eta else {})),
            estimate,
            lambda step: normal_noise(seeds, shape, step),
            visit and (lambda i, *batches: visit(i, *(batch / self.bound for batch in batches))),
            f"{sampler}, {len(gray)} pictures",
        )
        return output / self.bound

    def sampling_levels(self, steps: int, sampler: str, noisiest: float = 0.0) -> np.ndarray:
        """The rising gammas (steps + 1,) at which a sampler works; the last is 1."""
        if sampler not in samplers.SAMPLERS:
            raise ColorizeError(f"There is no sampler called {sampler}: use one of {', '.join(samplers.SAMPLERS)}.")
        if not 2 <= steps <= INFERENCE.steps:
            raise ColorizeError(f"A sampler takes from 2 to {INFERENCE.steps} steps, not {steps}.")
        if sampler == "ancestral":
            return INFERENCE.descent()[np.linspace(0, INFERENCE.steps, steps + 1).round().astype(int)]
        first = noisiest or self.schedule.gammas[-1]
        return np.append(schedules.log_snr_grid(steps - 1, first, CLEANEST), 1.0)


Model = Palette
