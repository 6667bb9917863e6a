"""The optimizers' average of the weights, against its closed form."""

import keras
import numpy as np
import pytest

from colorize_lib.models.optimizers import averaged

pytestmark = pytest.mark.backend


def test_the_average_is_that_of_the_published_recursion():
    """With rate min(1, 1 / (f t)) the average of a known path of weights follows in closed form."""
    variable = keras.Variable(np.zeros(3, np.float32))
    optimizer = averaged(keras.optimizers.SGD, 0.1, learning_rate=1.0)
    optimizer.build([variable])
    expected = 0.0
    for step in range(1, 60):
        optimizer.apply([-np.ones(3, np.float32)], [variable])
        expected += min(1.0, 10 / step) * (step - expected)
    np.testing.assert_allclose(np.asarray(optimizer.averages[0]), expected, rtol=1e-5)
    assert 0.85 * 59 < expected < 0.95 * 59
