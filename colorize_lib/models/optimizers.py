"""Optimizers that can keep an average of the weights beside the weights, and the rise of the learning rate."""

import keras
from keras import ops


def averaged(
    base: type[keras.optimizers.Optimizer], fraction: float, *, decay: float = 0.0, **options
) -> keras.optimizers.Optimizer:
    """An optimizer of class `base` that also keeps an exponential moving average of every trainable variable.

    The average's horizon is `fraction` of the steps taken so far: at step t its rate is 1 / (fraction * t), never more
    than 1. It therefore needs no planned length of training and forgets its initial value, unlike the fixed decay of
    0.9999 (Saharia et al. 2022, section 3) or 0.999 (Kumar et al. 2021, section 5) made for runs of a million steps.
    Such a decay is taken where `fraction` is 0, from the step on at which it is longer than the mean of all steps.

    Args:
        base: a Keras optimizer class.
        fraction: horizon as a share of the steps so far, in (0, 1]; or 0.
        decay: of the average where `fraction` is 0, in (0, 1).
        options: arguments of `base`.
    """

    class Averaged(base):
        def build(self, variables):
            super().build(variables)
            self.averages = [
                self.add_variable_from_reference(variable, name="average", initializer="zeros")
                for variable in variables
            ]

        def apply(self, grads, trainable_variables=None):
            super().apply(grads, trainable_variables)
            steps = ops.cast(self.iterations, "float32")
            rate = 1.0 / (fraction * steps) if fraction else ops.maximum(1.0 - decay, 1.0 / steps)
            rate = ops.minimum(1.0, rate)
            for average, variable in zip(self.averages, self._trainable_variables, strict=True):
                average.assign_add(rate * (variable - average))

    Averaged.__name__ = f"Averaged{base.__name__}"
    return Averaged(**options)


@keras.saving.register_keras_serializable("colorize_lib")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly over the first `steps` steps and then stays: step 1 has rate / steps."""

    def __init__(self, rate: float, steps: int):
        self.rate, self.steps = rate, steps

    def __call__(self, step):
        return self.rate * ops.minimum(1.0, (ops.cast(step, "float32") + 1.0) / self.steps)

    def get_config(self):
        return {"rate": self.rate, "steps": self.steps}


def warmed_up(base: type[keras.optimizers.Optimizer], config) -> keras.optimizers.Optimizer:
    """`averaged` with a configuration's learning_rate, warm_up, ema_fraction and ema_decay."""
    rate = WarmUp(config.learning_rate, config.warm_up)
    return averaged(base, config.ema_fraction, decay=config.ema_decay, learning_rate=rate)
