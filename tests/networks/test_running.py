"""Running a network in batches."""

import numpy as np

from colorize_lib.networks.running import in_batches


def test_batches_have_one_shape_and_every_image_is_met_once():
    shapes = []

    def function(a, b):
        shapes.append(a.shape)
        return a.sum(axis=(1, 2, 3)) - b.sum(axis=(1, 2, 3))

    images = np.random.default_rng(0).integers(0, 256, (2, 11, 4, 4, 3)).astype(np.uint8)
    out = in_batches(function, list(images), lambda x: x.astype(np.float64), 4, np.empty(11), "")
    np.testing.assert_allclose(out, images[0].sum((1, 2, 3), np.int64) - images[1].sum((1, 2, 3), np.int64))
    assert shapes == [(4, 4, 4, 3)] * 3
