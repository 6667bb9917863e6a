"""A family that stands in for the real ones where a training matters and what is trained does not."""

import contextlib
import dataclasses
from unittest import mock

import keras

from colorize_lib import models
from colorize_lib.models.colorizer import Colorizer
from colorize_lib.models.optimizers import averaged


class OneConvolution(Colorizer):
    """Trains in a second and has every kind of state: noise, statistics, a metric and averages."""

    family = dataclasses.replace(models.FAMILIES["regression"], title="One convolution")

    def __init__(self, config, image_size, seed):
        super().__init__(config, image_size, seed)
        gray = keras.Input((image_size, image_size, 1))
        chroma = keras.layers.BatchNormalization()(keras.layers.Conv2D(2, 3, padding="same")(gray))
        self.network = keras.Model(gray, chroma)
        self.absolute_error = keras.metrics.Mean("absolute_error")

    def call(self, gray, training=False):
        return self.network(gray, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        noise = keras.random.normal(keras.ops.shape(y_pred), stddev=0.1, seed=self.noise_source)
        error = y_pred + noise - self.target(y)
        self.absolute_error.update_state(keras.ops.mean(keras.ops.abs(error)))
        return keras.ops.mean(error**2)

    def make_optimizer(self):
        return averaged(keras.optimizers.Adam, self.config.ema_fraction, learning_rate=self.config.learning_rate)

    def sample_output(self, gray, seeds):
        return self.network.predict_on_batch(gray)


@contextlib.contextmanager
def every_model_is_one_convolution():
    """Whatever the family, its model is a `OneConvolution`."""

    def from_config(family, config, image_size, seed=0):
        return OneConvolution(config, image_size, seed)

    with mock.patch.object(models, "from_config", from_config):
        yield
