"""Comparing files of weights."""

import h5py
import numpy as np


def stored_weights(path):
    """The arrays in a file of weights, by name."""
    arrays = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return arrays


def assert_same_weights(path, other):
    arrays, others = stored_weights(path), stored_weights(other)
    assert arrays.keys() == others.keys() and arrays
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)
