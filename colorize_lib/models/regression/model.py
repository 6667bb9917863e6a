"""Regression: the baseline of Palette's authors, its network trained to return the colours at once (section 4).

The L2 loss makes it return the mean of all colours that the gray picture allows, which is what diffusion has to beat.
"""

from keras import ops

from colorize_lib.models.regression.config import FAMILY, RegressionConfig
from colorize_lib.models.unet.model import UNetColorizer
from colorize_lib.models.unet.network import unet


class Regression(UNetColorizer):
    """The U-Net with the gray picture alone as its input, and its embedding fed a constant."""

    family = FAMILY

    def __init__(self, config: RegressionConfig, image_size: int, seed: int):
        super().__init__(config, image_size, seed)
        self.network = unet(config, image_size, {"gray": 1}, self.output_channels, noise_level=False)

    def call(self, gray, training=False):
        """The colours (N, S, S, C) for gray (N, S, S, 1)."""
        return self.network(gray, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean((y_pred - self.target(y)) ** 2)

    def sample_output(self, gray, seeds):
        """The same colours whatever the seeds."""
        return self.network.predict_on_batch(gray)


Model = Regression
