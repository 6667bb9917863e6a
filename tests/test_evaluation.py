"""Evaluation: which photographs are scored, and baselines with known colours."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from colorize_lib import color, evaluation
from colorize_lib.evaluation import Protocol
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import inception

PROTOCOL = Protocol("sample_photos", 32)


@pytest.fixture
def projected(monkeypatch, tmp_path):
    """Random projections in place of Inception's features, and how often they were computed."""
    calls = []
    weights = np.random.default_rng(0).normal(size=(32 * 32 * 3, 12))

    def pool3(images):
        calls.append(len(images))
        return (images.reshape(len(images), -1) / 255 @ weights).astype(np.float32)

    monkeypatch.setattr(inception, "pool3", pool3)
    monkeypatch.setattr(evaluation, "data_root", lambda: tmp_path)
    return calls


def test_coloured_and_reference_photographs_are_others():
    _, rows = PROTOCOL.photographs()
    _, reference = PROTOCOL.reference()
    assert not set(rows) & set(reference)
    few, first = Protocol("sample_photos", 32, count=10).photographs()
    assert few.shape == (10, 32, 32, 3)
    np.testing.assert_array_equal(first, rows[:10])
    with pytest.raises(ColorizeError, match="100000 photographs were asked"):
        Protocol("sample_photos", 32, count=100_000).photographs()


def test_baselines_have_the_luma_and_the_colour_they_say():
    photographs, _ = Protocol("sample_photos", 32, count=20).photographs()
    gray = evaluation.grayscale(photographs)
    assert (gray == color.gray(photographs)).all()
    tinted = evaluation.tinted(photographs, np.array([-0.05, 0.05]))
    assert np.abs(color.gray(tinted).astype(int) - color.gray(photographs)).max() <= 1
    inside = (color.gray(photographs)[..., 0] > 60) & (color.gray(photographs)[..., 0] < 190)
    np.testing.assert_allclose(color.chroma(color.to_float(tinted))[inside].mean(0), [-0.05, 0.05], atol=2e-3)


def test_mean_chroma_is_the_best_constant_in_the_l2_sense():
    photographs, _ = Protocol("sample_photos", 32, count=20).photographs()
    chroma = color.chroma(color.to_float(photographs))
    mean = evaluation.mean_chroma(photographs)
    error = ((chroma - mean) ** 2).mean()
    for step in ([0.01, 0], [-0.01, 0], [0, 0.01], [0, -0.01]):
        assert ((chroma - mean - step) ** 2).mean() > error


def test_psnr_is_scikit_images():
    a, b = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8, 3)).astype(np.uint8)
    expected = [peak_signal_noise_ratio(x, y, data_range=255) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(evaluation.peak_signal_to_noise(b, a), expected, rtol=1e-5)


def test_colour_that_is_lost_costs_and_is_named_by_the_number_of_images(projected):
    def fid(paint):
        (row, _) = evaluation.score(paint, PROTOCOL, allow_small=True)
        assert row["metric"] == f"FID-{row['images']}"
        assert row["protocol"] == "disjoint"
        return row["value"]

    floor = fid(lambda photographs, rows: photographs)
    assert fid(lambda photographs, rows: evaluation.grayscale(photographs)) > floor
    assert fid(lambda photographs, rows: 255 - photographs) > floor
    with pytest.raises(ColorizeError, match="2049"):
        evaluation.score(lambda photographs, rows: photographs, PROTOCOL)
    with pytest.raises(ColorizeError, match="must be uint8 of shape"):
        evaluation.score(lambda photographs, rows: photographs[:5], PROTOCOL, allow_small=True)


def test_features_are_computed_once(projected):
    photographs, _ = Protocol("sample_photos", 32, count=7).photographs()
    np.testing.assert_array_equal(evaluation.features(photographs), evaluation.features(photographs))
    assert projected == [7]


def test_the_order_of_photographs_is_part_of_what_was_scored():
    assert evaluation.fingerprint(np.arange(5)) == evaluation.fingerprint([0, 1, 2, 3, 4])
    assert evaluation.fingerprint(np.arange(5)) != evaluation.fingerprint([1, 0, 2, 3, 4])
