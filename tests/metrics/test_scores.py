"""Measuring: features are kept and streamed, real faults raise FID and PD, and other sizes than 32 pixels."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from colorize_lib import color
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import METRICS, PROXY_SCORE, colorfulness, frechet, scores, uncertainty
from colorize_lib.metrics.scores import Scores, _chunks, digest, features
from colorize_lib.networks import inception
from colorize_lib.report import faults
from tests import reference_inputs


@pytest.fixture
def counted(monkeypatch, tmp_path):
    """Sums of pixels in place of Inception's features, and how many images were asked for."""
    calls = []

    def pool3(images, out):
        calls.append(len(images))
        time.sleep(0.05)  # long enough for another process to ask for the same
        out[:] = [[image.sum(), image.max()] for image in images]
        return out

    monkeypatch.setattr(inception, "pool3", pool3)
    monkeypatch.setattr(inception, "FEATURES", 2)
    monkeypatch.setattr(scores, "data_root", lambda: tmp_path)
    return calls


def pictures(count: int, size: int = 8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3)).astype(np.uint8)


def test_features_are_computed_once_and_read_from_disk(counted):
    first, second = (features(pictures(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert counted == [7] and isinstance(first, np.memmap)


def test_of_several_that_need_the_same_features_one_computes_them(counted):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: features(pictures(7)), range(4)))
    assert counted == [7]
    assert all((each == found[0]).all() for each in found)


def test_other_pictures_have_other_features(counted):
    changed = pictures(7)
    changed[3, 5, 5, 1] ^= 1
    first, second = features(pictures(7)), features(changed)
    assert counted == [7, 7]
    np.testing.assert_array_equal(np.flatnonzero((first != second).any(axis=1)), [3])


def test_the_shape_of_a_picture_is_part_of_what_it_is():
    flat = np.zeros((1, 4, 9, 3), np.uint8)
    assert digest(flat) != digest(flat.reshape(1, 6, 6, 3))
    assert digest(flat) == digest([flat[0]])


def test_chunks_hold_pictures_of_one_size_and_keep_pairs_together():
    mixed = [np.full((size, 8, 3), number, np.uint8) for number, size in enumerate([8, 8, 4, 4, 4, 8])]
    chunks = list(_chunks(mixed, mixed))
    assert [first.shape for first, _ in chunks] == [(2, 8, 8, 3), (3, 4, 8, 3), (1, 8, 8, 3)]
    assert [first[:, 0, 0, 0].tolist() for first, _ in chunks] == [[0, 1], [2, 3, 4], [5]]
    for first, second in chunks:
        np.testing.assert_array_equal(first, second)


def test_kept_values_are_those_of_the_table(tmp_path):
    scores = Scores()
    values = np.random.default_rng(1).normal(5, 1, 400)
    scores.add_mean("PD", values, protocol="paired", network="", seconds=0.1)
    scores.save(tmp_path / "kept.npz", rows=np.arange(400))
    (row,) = scores.rows
    assert row["images"] == 400 and row["low"] < row["value"] < row["high"]
    with np.load(tmp_path / "kept.npz") as kept:
        np.testing.assert_allclose(kept["PD"], values, rtol=1e-6)
        np.testing.assert_array_equal(kept["rows"], np.arange(400))


def test_a_fault_of_no_strength_is_none_and_luma_is_kept():
    photographs = reference_inputs.photographs(64, 4)
    for change, strengths in faults.FAULTS.values():
        assert np.abs(change(photographs, 0.0).astype(int) - photographs).max() <= 1
        if change is not faults.blur:
            changed = change(photographs, strengths[-1])
            assert np.abs(color.gray(changed).astype(int) - color.gray(photographs)).max() <= 1
    assert colorfulness.colorfulness(faults.desaturate(photographs, 1.0)).max() < 1


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_stronger_faults_raise_fid_and_pd(fault):
    photographs = reference_inputs.photographs(64, 24)
    change, strengths = faults.FAULTS[fault]
    originals = inception.pool3(photographs, batch_size=24)
    distances = []
    for strength in (
        s for s in strengths[1:] if s <= 90
    ):  # opposite hues are less strange than those of a quarter turn
        features = inception.pool3(change(photographs, strength), batch_size=24)
        distance = np.linalg.norm(features - originals, axis=1).mean()
        distances.append((frechet.fid_value(features, originals), distance))
    assert (np.diff([(0.0, 0.0), *distances], axis=0) > 0).all(), distances


def test_the_floor_falls_with_the_number_of_images():
    """Features of one distribution, of more dimensions than a few images span: FID sinks, KID stays at zero."""
    random = np.random.default_rng(2)
    a, b = random.gamma(1.0, size=(2, 1600, 64))
    fid = [frechet.fid_value(a[:n], b[:n]) for n in (50, 200, 1600)]
    assert fid[0] > 2 * fid[1] > 4 * fid[2] > 0
    kid = [frechet.kid(a[:n], b[:n]) for n in (50, 200, 1600)]
    for value, replicates in kid:
        assert abs(value) < 4 * uncertainty.jackknife(replicates)


def test_resampling_with_replacement_lifts_fid():
    random = np.random.default_rng(3)
    a, b = random.gamma(1.0, size=(2, 400, 64))
    drawn = [frechet.fid_value(a[random.integers(0, 400, 400)], b[random.integers(0, 400, 400)]) for _ in range(10)]
    assert min(drawn) > 1.5 * frechet.fid_value(a, b)


def test_what_is_measured_is_what_the_records_say(projected):
    """Every metric by each of its protocols, from the pictures themselves, what the network sees, and the originals."""
    random = np.random.default_rng(4)
    painted, originals, reference = (random.integers(0, 256, (30, 32, 32, 3)).astype(np.uint8) for _ in range(3))
    measured = scores.measure(painted, originals=originals, reference=reference, again=originals[:10], allow_small=True)
    rows = {(row["metric"], row["protocol"]): row for row in measured.rows}
    records = [metric for metric in METRICS.values() if metric.network != "inception classes"]
    assert rows.keys() >= {(metric.called(30), protocol) for metric in records for protocol in metric.protocols}
    seen = [features(images) for images in (painted, originals, reference)]
    assert rows["FID-30", "disjoint"]["value"] == pytest.approx(frechet.fid_value(seen[0], seen[2]), rel=1e-5)
    assert rows["FID-30", "disjoint"]["originals"] == pytest.approx(frechet.fid_value(*seen[1:]), rel=1e-5)
    assert rows["FID-30", "paired"]["value"] == pytest.approx(frechet.fid_value(*seen[:2]), rel=1e-5)
    assert rows["KID", "disjoint"]["value"] == pytest.approx(frechet.kernel_distance(seen[0], seen[2]), rel=1e-5)
    assert rows["PD", "paired"]["value"] == pytest.approx(np.linalg.norm(seen[0] - seen[1], axis=1).mean(), rel=1e-5)
    colors = {"value": painted, "originals": originals}
    for column, pictures in colors.items():
        mean = colorfulness.colorfulness(pictures).mean()
        assert rows["Colorfulness", "alone"][column] == pytest.approx(mean, rel=1e-5)
    assert rows["LPIPS diversity", "samples"]["images"] == 10
    assert rows["PD", "paired"]["network"] == inception.NETWORK and rows["PSNR", "paired"]["network"] == ""
    assert {"FID-30 disjoint", "FID-30 paired", "KID disjoint", f"{PROXY_SCORE.name} alone"} == set(measured.replicates)
    assert {"PD", "LPIPS", "PSNR", "SSIM", "Colorfulness", "LPIPS diversity"} == set(measured.per_image)


def test_only_what_can_be_compared_is_measured(projected):
    random = np.random.default_rng(5)
    painted, few = (random.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8) for count in (30, 12))
    protocols = {row["protocol"] for row in scores.measure(painted, reference=few, allow_small=True).rows}
    assert protocols == {"disjoint", "alone"}
    names = {row["metric"] for row in scores.measure(painted, reference=few, allow_small=True).rows}
    assert names == {"FID-12", "KID", "Colorfulness"}, "twelve are too few for ten splits"
    rows = scores.measure(painted, originals=painted, paired_fid=False).rows
    assert not any(row["metric"].startswith("FID") for row in rows)
    with pytest.raises(ColorizeError, match="FID needs at least 2049 images"):
        scores.measure(painted, reference=few)
