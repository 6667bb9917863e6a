"""What families that are built on the U-Net share beside the network."""

import keras

from colorize_lib.models.colorizer import Colorizer
from colorize_lib.models.optimizers import warmed_up


class UNetColorizer(Colorizer):
    """Trained by Adam with a warm-up and an average of the weights, as Palette is (Saharia et al. 2022, section 3)."""

    def make_optimizer(self):
        return warmed_up(keras.optimizers.Adam, self.config)
