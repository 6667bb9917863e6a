"""LPIPS against its authors' program, and what a distance has to be."""

import numpy as np
import pytest

from colorize_lib.metrics import perceptual
from tests import reference_inputs


@pytest.mark.parametrize("size", [32, 64])
def test_lpips_is_that_of_the_authors(size):
    a, b = reference_inputs.picture_pairs(size)
    with np.load(reference_inputs.REFERENCE) as theirs:
        np.testing.assert_allclose(perceptual.lpips(a, b), theirs[f"lpips/{size}"], rtol=1e-3)


def test_it_is_symmetric_zero_on_itself_and_grows_with_noise():
    photographs = reference_inputs.photographs(64, 4)
    noise = np.random.default_rng(0).normal(size=photographs.shape)
    distances = [
        perceptual.lpips(photographs, np.clip(photographs + s * noise, 0, 255).astype(np.uint8)) for s in (5, 20, 60)
    ]
    assert (np.diff(distances, axis=0) > 0).all()
    np.testing.assert_array_equal(perceptual.lpips(photographs, photographs), np.zeros(4))
    there, back = perceptual.lpips(photographs, photographs[::-1]), perceptual.lpips(photographs[::-1], photographs)
    np.testing.assert_allclose(there, back, rtol=1e-5)


def test_it_does_not_depend_on_the_batch():
    a, b = reference_inputs.picture_pairs(32)
    np.testing.assert_allclose(perceptual.lpips(a[:7], b[:7], batch_size=3), perceptual.lpips(a, b)[:7], rtol=1e-5)


def test_pictures_too_small_or_of_two_shapes_are_refused():
    small, large = np.zeros((1, 30, 40, 3), np.uint8), np.zeros((1, 40, 40, 3), np.uint8)
    with pytest.raises(ValueError, match="31 pixels"):
        perceptual.lpips(small, small)
    with pytest.raises(ValueError, match="pairs"):
        perceptual.lpips(small, large)
    with pytest.raises(ValueError, match="uint8"):
        perceptual.lpips(large.astype(np.float32), large)


def test_diversity_is_the_mean_over_all_pairs_of_samples():
    samples = [reference_inputs.photographs(32, 3), *reference_inputs.picture_pairs(32)[:, :3][::-1]]
    pairs = [perceptual.lpips(samples[i], samples[j]) for i, j in [(0, 1), (0, 2), (1, 2)]]
    np.testing.assert_allclose(perceptual.diversity(*samples), np.mean(pairs, axis=0), rtol=1e-5)
    np.testing.assert_array_equal(perceptual.diversity(*[samples[0]] * 3), 0)


def test_perceptual_distance_is_euclidean():
    a, b = np.random.default_rng(0).normal(size=(2, 5, 9)).astype(np.float32)
    expected = [np.sqrt(sum((x - y) ** 2 for x, y in zip(p, q, strict=True))) for p, q in zip(a, b, strict=True)]
    np.testing.assert_allclose(perceptual.perceptual_distance(a, b), expected, rtol=1e-6)
