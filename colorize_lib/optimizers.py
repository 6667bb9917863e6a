"""Optimizers that can keep an average of the weights beside the weights."""

import keras
from keras import ops


def averaged(base: type[keras.optimizers.Optimizer], fraction: float, **options) -> keras.optimizers.Optimizer:
    """An optimizer of class `base` that also keeps an exponential moving average of every trainable variable.

    The average's horizon is `fraction` of the steps taken so far: at step t its rate is 1 / (fraction * t), never more
    than 1. It therefore needs no planned length of training and forgets its initial value, unlike the fixed decay of
    0.9999 (Saharia et al. 2022, section 3) or 0.999 (Kumar et al. 2021, section 5) made for runs of a million steps.

    Args:
        base: a Keras optimizer class.
        fraction: horizon as a share of the steps so far, in (0, 1].
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
            rate = ops.minimum(1.0, 1.0 / (fraction * steps))
            for average, variable in zip(self.averages, self._trainable_variables, strict=True):
                average.assign_add(rate * (variable - average))

    Averaged.__name__ = f"Averaged{base.__name__}"
    return Averaged(**options)
