"""Inception Score, its proxy's classifier, colorfulness, PSNR and SSIM: closed forms and other programs."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from colorize_lib.files import repository
from colorize_lib.metrics import colorfulness, fidelity, inception_score
from colorize_lib.metrics.uncertainty import group_of
from colorize_lib.networks import efficientnet
from tests import reference_inputs


@pytest.fixture(scope="module")
def classified():
    return efficientnet.probabilities(reference_inputs.photographs(256, 24))


@pytest.mark.parametrize("size", [32, 64, 256])
def test_probabilities_are_those_of_the_package_in_torch(size):
    images = reference_inputs.photographs(size, reference_inputs.SMALL)
    with np.load(reference_inputs.REFERENCE) as theirs:
        np.testing.assert_allclose(efficientnet.probabilities(images), theirs[f"classes/{size}"], atol=1e-5)


def test_photographs_are_taken_for_what_they_show(classified):
    """Numbers of ImageNet's classes, which are in the order of their WordNet identifiers."""
    names = sorted(path.stem for path in (repository() / "book" / "photos").glob("*.jpg"))
    known = {"barn": 425, "daisy": 985, "flamingo": 130, "lorikeet": 90, "bison": 347}
    assert {name: classified[names.index(name)].argmax() for name in known} == known
    np.testing.assert_allclose(classified.sum(axis=1), 1, atol=1e-5)


def test_score_is_that_of_torch_fidelity():
    logits = reference_inputs.random_logits().astype(np.float64)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    with np.load(reference_inputs.REFERENCE) as theirs:
        ours = inception_score.mean_score(p), inception_score.split_deviation(p)
        np.testing.assert_allclose(ours, theirs["IS/random"], rtol=1e-9)


def test_score_lies_between_one_and_the_number_of_classes():
    certain = np.eye(10)[np.arange(1000) % 10]  # clear and varied, in every split alike
    assert inception_score.mean_score(certain) == pytest.approx(10)
    assert inception_score.split_deviation(certain) == pytest.approx(0)
    same = np.tile(np.random.default_rng(0).dirichlet(np.ones(10)), (1000, 1))  # no image differs from another
    assert inception_score.mean_score(same) == pytest.approx(1)
    assert inception_score.split_deviation(same) == pytest.approx(0)


def test_replicates_are_scores_without_a_group():
    p = np.random.default_rng(1).dirichlet(np.ones(6), size=210)
    replicates = inception_score.score_replicates(p)
    expected = inception_score.split_scores(p[group_of(210) != 4]).mean()
    assert replicates.shape == (20,) and replicates[4] == pytest.approx(expected)


def two_colours(first, second) -> np.ndarray:
    image = np.empty((1, 2, 4, 3), np.uint8)
    image[:, 0], image[:, 1] = first, second
    return image


def test_colorfulness_of_two_colours_is_worked_out_by_hand():
    # rg: 100 and -40, yb: (150 + 50) / 2 - 20 = 80 and (60 + 100) / 2 - 180 = -100
    image = two_colours((150, 50, 20), (60, 100, 180))
    spread, mean = np.hypot(70, 90), np.hypot(30, -10)
    assert colorfulness.colorfulness(image) == pytest.approx(spread + 0.3 * mean)


def test_gray_has_no_colour_and_the_sign_of_an_opponent_counts():
    gray = np.repeat(np.random.default_rng(2).integers(0, 256, (3, 5, 5, 1)), 3, axis=-1).astype(np.uint8)
    np.testing.assert_allclose(colorfulness.colorfulness(gray), 0, atol=1e-9)
    opposite = two_colours((200, 100, 150), (100, 200, 150))
    assert colorfulness.colorfulness(opposite) == pytest.approx(100)  # with absolute values it would be 30


def test_psnr_of_a_constant_difference_follows_from_it():
    originals = np.full((3, 4, 4, 3), 100, np.uint8)
    painted = originals.copy()
    painted[1] += 5
    painted[2] += 51
    expected = [100, 20 * np.log10(255 / 5), 20 * np.log10(255 / 51)]
    np.testing.assert_allclose(fidelity.peak_signal_to_noise(painted, originals), expected, rtol=1e-5)


def test_psnr_is_scikit_images():
    a, b = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8, 3)).astype(np.uint8)
    expected = [peak_signal_noise_ratio(x, y, data_range=255) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(fidelity.peak_signal_to_noise(b, a), expected, rtol=1e-5)


def test_ssim_of_constant_pictures_has_a_closed_form():
    # No variance and no covariance leave the first factor, (2 x y + c) / (x^2 + y^2 + c) with c = (0.01 * 255)^2.
    x, y, c = 80.0, 130.0, (0.01 * 255) ** 2
    a, b = (np.full((1, 16, 16, 3), value, np.uint8) for value in (x, y))
    expected = (2 * x * y + c) / (x**2 + y**2 + c)
    assert fidelity.structural_similarities(a, b) == pytest.approx(expected)
    assert fidelity.structural_similarities(a, a) == pytest.approx(1)
