"""Distances of sets against closed forms and other programs, and their jackknife errors against repeated draws."""

import numpy as np
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.metrics import frechet
from colorize_lib.metrics.uncertainty import group_of, jackknife
from tests import reference_inputs


def random_covariance(seed: int, size: int = 12) -> np.ndarray:
    factor = np.random.default_rng(seed).normal(size=(size, size))
    return factor @ factor.T / size


def random_features(seed: int, count: int, size: int = 12, scale=1.0, shift=0.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, size)) @ random.normal(size=(size, size)) * scale + shift


def test_equal_covariances_leave_the_distance_of_the_means():
    covariance, random = random_covariance(0), np.random.default_rng(1)
    a, b = random.normal(size=(2, 12))
    distance = frechet.frechet_distance((a, covariance), (b, covariance))
    assert distance == pytest.approx(np.sum((a - b) ** 2))


def test_commuting_covariances_leave_the_distance_of_the_root_eigenvalues():
    random = np.random.default_rng(2)
    basis, _ = np.linalg.qr(random.normal(size=(12, 12)))
    p, q = random.uniform(0.01, 4, size=(2, 12))
    a, b = ((np.zeros(12), basis * values @ basis.T) for values in (p, q))
    assert frechet.frechet_distance(a, b) == pytest.approx(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2))


def test_two_dimensions_have_a_closed_form():
    a, b = random_covariance(3, 2), random_covariance(4, 2)
    # Of a 2 x 2 matrix: tr(M^(1/2))^2 = tr(M) + 2 det(M)^(1/2).
    expected = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a @ b)))
    assert frechet.trace_of_root(a, b) == pytest.approx(expected)


def test_it_is_symmetric_and_positive():
    a, b = (frechet.feature_statistics(random_features(seed, 50)) for seed in (5, 6))
    there, back = frechet.frechet_distance(a, b), frechet.frechet_distance(b, a)
    assert there == pytest.approx(back) and there > 0.1


@pytest.mark.parametrize("count", [50, 8])  # 8: the covariance is singular
def test_it_is_zero_on_itself(count):
    a = frechet.feature_statistics(random_features(7, count))
    assert 0 <= frechet.frechet_distance(a, a) < 1e-6 * np.trace(a[1])


def test_translation_and_rotation_of_both_leave_it():
    a, b = random_features(8, 60), random_features(9, 70)
    rotation, _ = np.linalg.qr(np.random.default_rng(10).normal(size=(12, 12)))
    moved = [frechet.feature_statistics((x + 100.0) @ rotation) for x in (a, b)]
    expected = frechet.frechet_distance(*map(frechet.feature_statistics, (a, b)))
    assert frechet.frechet_distance(*moved) == pytest.approx(expected)


@pytest.mark.parametrize("count", [9, 31, 200])
def test_singular_covariances_agree_with_the_singular_values_of_the_features(count):
    a, b = random_features(11, count, size=30), random_features(12, count, size=30)
    centred = [x - x.mean(axis=0) for x in (a, b)]
    # tr((X'X Y'Y)^(1/2)) is the sum of the singular values of X Y': no covariance, no root of an eigenvalue.
    expected = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum() / (count - 1)
    covariances = [frechet.feature_statistics(x)[1] for x in (a, b)]
    assert frechet.trace_of_root(*covariances) == pytest.approx(expected, rel=1e-6)


def test_statistics_are_numpys_also_where_features_come_in_chunks(monkeypatch):
    features = random_features(13, 100, shift=5.0)
    monkeypatch.setattr(frechet, "CHUNK", 7)
    mean, covariance = frechet.feature_statistics(features.astype(np.float32))
    assert mean.dtype == covariance.dtype == np.float64
    np.testing.assert_allclose(mean, features.mean(0), rtol=1e-5)
    np.testing.assert_allclose(covariance, np.cov(features, rowvar=False), atol=1e-4)


def test_replicates_are_distances_of_the_sets_without_a_group():
    a, b = random_features(14, 103), random_features(15, 90, shift=0.3)
    replicates = frechet.fid_replicates(a, b)
    for group in (0, 19):
        rest = [frechet.feature_statistics(x[group_of(len(x)) != group]) for x in (a, b)]
        assert replicates[group] == pytest.approx(frechet.frechet_distance(*rest))


@pytest.mark.parametrize("counts", [(9, 11), (31, 100)])
def test_few_images_give_the_same_by_their_inner_products(counts):
    a, b = (random_features(seed, count, size=64, shift=3.0) for seed, count in zip((16, 17), counts, strict=True))
    direct = frechet.frechet_distance(*map(frechet.feature_statistics, (a, b)))
    value, replicates = frechet.fid(a, b, allow_small=True)
    assert value == pytest.approx(direct, rel=1e-6)
    members = [group_of(len(x), len(replicates)) for x in (a, b)]
    for group in (0, len(replicates) - 1):
        rest = [frechet.feature_statistics(x[m != group]) for x, m in zip((a, b), members, strict=True)]
        assert replicates[group] == pytest.approx(frechet.frechet_distance(*rest), rel=1e-4)


def test_small_sets_have_to_be_allowed():
    few = np.zeros((2048, 4), np.float32)
    with pytest.raises(ColorizeError, match=r"at least 2049 images .* 2048 and 2048"):
        frechet.fid(few, few)
    with pytest.raises(ColorizeError, match="at least 3"):
        frechet.fid(few[:2], few, allow_small=True)


def one_sided_variance(a: np.ndarray, b: np.ndarray) -> float:
    """Jackknife variance from leaving groups out of `a` alone."""
    members, whole = group_of(len(a)), frechet.feature_statistics(b)
    rest = (frechet.feature_statistics(a[members != group]) for group in range(20))
    return jackknife([frechet.frechet_distance(x, whole) for x in rest]) ** 2


def test_jackknife_error_is_the_spread_over_repeated_draws():
    random = np.random.default_rng(18)
    mix, shift = np.eye(6) + 0.4 * random.normal(size=(6, 6)) / np.sqrt(6), 0.2
    values, errors, separate = [], [], []
    for _ in range(200):
        a, b = random.normal(size=(400, 6)) @ mix + shift, random.normal(size=(400, 6))
        value, replicates = frechet.fid(a, b, allow_small=True)
        values.append(value)
        errors.append(jackknife(replicates))
        separate.append(np.sqrt(one_sided_variance(a, b) + one_sided_variance(b, a)))
    values, errors, separate = map(np.array, (values, errors, separate))
    rms = np.sqrt(np.mean(errors**2))
    # The spread of 200 values is known to 5%; the jackknife errs on the safe side.
    assert 0.9 < rms / values.std(ddof=1) < 1.2
    # Leaving a group out of both sets at once estimates what leaving it out of each in turn does.
    assert rms == pytest.approx(np.sqrt(np.mean(separate**2)), rel=0.03)
    covered = np.abs(values - values.mean()) < 2.09 * errors  # t, 19 degrees of freedom, 95%
    assert 0.90 < covered.mean() < 0.99


def test_distances_are_those_of_other_programs():
    a, b = reference_inputs.random_features()
    with np.load(reference_inputs.REFERENCE) as theirs:
        for program in ("torch-fidelity", "pytorch-fid"):
            assert frechet.fid_value(a, b) == pytest.approx(theirs[f"{program} FID/random"].item(), rel=1e-5)
        assert frechet.kernel_distance(a, b) == pytest.approx(theirs["torch-fidelity KID/random"].item(), rel=1e-9)


def kernel(x, y):
    return (np.dot(x, y) / len(x) + 1) ** 3


def test_kernel_distance_is_the_sum_over_all_pairs():
    a, b = random_features(20, 7), random_features(21, 9)
    within = [np.mean([kernel(x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j]) for s in (a, b)]
    expected = sum(within) - 2 * np.mean([kernel(x, y) for x in a for y in b])
    assert frechet.kernel_distance(a, b) == pytest.approx(expected)


def test_kernel_distance_does_not_depend_on_the_pieces_it_is_summed_in(monkeypatch):
    a, b = random_features(22, 50), random_features(23, 61)
    whole = frechet.kid(a, b)
    monkeypatch.setattr(frechet, "CHUNK", 7)
    value, replicates = frechet.kid(a, b)
    assert value == pytest.approx(whole[0]) == pytest.approx(frechet.kernel_distance(a, b))
    np.testing.assert_allclose(replicates, whole[1])


def test_kernel_replicates_are_distances_of_the_sets_without_a_group():
    a, b = random_features(24, 53), random_features(25, 47)
    _, replicates = frechet.kid(a, b)
    for group in (0, 13, 19):
        rest = [x[group_of(len(x)) != group] for x in (a, b)]
        assert replicates[group] == pytest.approx(frechet.kernel_distance(*rest))


def test_kernel_distance_is_unbiased_and_its_error_is_the_spread_over_draws():
    """Against the expectation of the kernel over independent pairs, which has a closed form for normal variables.

    With x and y normal of mean m and n and unit covariance in D dimensions, s = x'y / D has the moments used here.
    """
    random, shift, size = np.random.default_rng(26), 0.5, 4
    m = np.full(size, shift)

    def expected_kernel(p, q):
        # E (s + 1)^3 with E s = p'q/D, E s^2 and E s^3 from the moments of a product of normal vectors.
        d, pq, pp, qq = size, p @ q, p @ p, q @ q
        first, second = pq, pq**2 + pp + qq + d
        third = pq**3 + 3 * pq * (pp + qq + d) + 6 * pq
        return third / d**3 + 3 * second / d**2 + 3 * first / d + 1

    zero = np.zeros(size)
    truth = expected_kernel(m, m) + expected_kernel(zero, zero) - 2 * expected_kernel(m, zero)
    values, errors = [], []
    for _ in range(300):
        a, b = random.normal(size=(200, size)) + shift, random.normal(size=(150, size))
        value, replicates = frechet.kid(a, b)
        values.append(value)
        errors.append(jackknife(replicates))
    standard_error = np.std(values) / np.sqrt(300)
    assert abs(np.mean(values) - truth) < 3 * standard_error
    assert 0.9 < np.sqrt(np.mean(np.square(errors))) / np.std(values) < 1.15


def test_kernel_distance_needs_some_images():
    with pytest.raises(ColorizeError, match=r"at least 4 images .* 3 and 9"):
        frechet.kid(random_features(27, 3), random_features(28, 9))
