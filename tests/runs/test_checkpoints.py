"""Checkpoints: the average of the weights is lent to the network and taken back."""

import numpy as np

from colorize_lib import color
from colorize_lib.runs import training
from colorize_lib.runs.checkpoints import averaged_weights
from colorize_lib.runs.config import RunConfig


def test_the_average_is_put_in_and_taken_out():
    config = RunConfig.create("pix2pix", "tiny", "sample_photos", 2048, output="chroma", ema_fraction=0.5)
    model = training.compiled(config)
    rgb = np.random.default_rng(0).uniform(-1, 1, (16, 32, 32, 3)).astype(np.float32)
    for _ in range(5):
        model.train_on_batch(color.luma(rgb), rgb)
    before = [np.asarray(v) for v in model.network.trainable_variables]
    with averaged_weights(model):
        during = [np.asarray(v) for v in model.network.trainable_variables]
    after = [np.asarray(v) for v in model.network.trainable_variables]
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, during, strict=True))
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)
