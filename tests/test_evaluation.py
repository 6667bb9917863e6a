"""Evaluation: which photographs are scored, and baselines with known colours."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from colorize_lib import color, data, evaluation
from colorize_lib.evaluation import Protocol
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import inception
from colorize_lib.runs import Run, RunConfig

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


def test_a_tint_is_the_same_in_every_pixel_that_has_room_for_it():
    """Each channel is rounded by half a level at most, and so is the luma that is taken from it."""
    gray = np.arange(60, 190, dtype=np.uint8).reshape(1, 10, 13, 1)
    tinted = evaluation.tinted(np.repeat(gray, 3, axis=-1), np.array([-0.05, 0.05]))
    bound = [1 / color.CB_SCALE / 127.5, 1 / color.CR_SCALE / 127.5]
    assert (np.abs(color.chroma(color.to_float(tinted)) - [-0.05, 0.05]) <= bound).all()


def test_the_mean_chroma_of_two_colours_lies_between_them():
    first, second = np.array([200, 90, 40], np.uint8), np.array([60, 120, 180], np.uint8)
    photographs = np.broadcast_to(first, (4, 8, 8, 3)).copy()
    photographs[:, 2:] = second  # six rows of eight
    # ITU-T T.871, section 7, in units where 127.5 levels are 1
    by_hand = [
        [(b - (0.299 * r + 0.587 * g + 0.114 * b)) / 1.772, (r - (0.299 * r + 0.587 * g + 0.114 * b)) / 1.402]
        for r, g, b in (first.astype(float), second.astype(float))
    ]
    expected = (0.25 * np.array(by_hand[0]) + 0.75 * np.array(by_hand[1])) / 127.5
    np.testing.assert_allclose(evaluation.mean_chroma(photographs), expected, atol=1e-5)


def test_psnr_of_a_constant_difference_follows_from_it():
    originals = np.full((3, 4, 4, 3), 100, np.uint8)
    painted = originals.copy()
    painted[1] += 5
    painted[2] += 51
    expected = [100, 20 * np.log10(255 / 5), 20 * np.log10(255 / 51)]
    np.testing.assert_allclose(evaluation.peak_signal_to_noise(painted, originals), expected, rtol=1e-5)


def test_originals_scored_against_themselves_have_no_distance(projected):
    protocol = Protocol("sample_photos", 32, split="reference", count=60)
    fid, psnr = evaluation.score(lambda photographs, rows: photographs, protocol, allow_small=True)
    assert abs(fid["value"]) < 1e-3
    assert psnr["value"] == 100
    other, _ = evaluation.score(lambda photographs, rows: 255 - photographs, protocol, allow_small=True)
    assert other["value"] > 1


def test_a_row_says_what_was_scored(projected):
    protocol = Protocol("sample_photos", 32, count=30)
    rows = evaluation.score(
        lambda photographs, rows: photographs, protocol, images_seen=7, options="seed 1", allow_small=True
    )
    scored, reference = protocol.photographs()[1], protocol.reference()[1]
    for row in rows:
        assert (row["images_seen"], row["options"], row["split"], row["images"]) == (7, "seed 1", "validation", 30)
    fid, psnr = rows
    assert fid["metric"] == "FID-30" and fid["network"] == inception.NETWORK and fid["reference_images"] == 30
    assert fid["indices"] == f"{evaluation.fingerprint(scored)} {evaluation.fingerprint(reference)}"
    assert psnr["metric"] == "PSNR" and psnr["network"] == "" and psnr["protocol"] == "paired"


def test_floats_are_not_taken_for_pictures(projected, is_one_sentence):
    with pytest.raises(ColorizeError, match=r"must be uint8 .* not float32") as error:
        evaluation.score(lambda photographs, rows: color.to_float(photographs), PROTOCOL, allow_small=True)
    assert is_one_sentence(error.value)


def test_other_pictures_have_other_features(projected):
    photographs, _ = Protocol("sample_photos", 32, count=7).photographs()
    first = evaluation.features(photographs)
    changed = photographs.copy()
    changed[3, 5, 5, 1] ^= 1
    second = evaluation.features(changed)
    assert projected == [7, 7]
    np.testing.assert_array_equal(np.flatnonzero((first != second).any(axis=1)), [3])


class Model:
    """Remembers what it is given and paints one chroma under it."""

    def __init__(self):
        self.calls = []

    def sample(self, gray, *, seed):
        self.calls.append((gray, np.asarray(seed)))
        return color.compose(gray, np.full((*gray.shape[:-1], 2), 0.05, np.float32))


def test_a_model_is_shown_the_luma_alone_and_seeded_by_the_row():
    photographs, rows = Protocol("sample_photos", 32, count=5).photographs()
    model = Model()
    painted = evaluation.colorized(model, photographs, rows)
    evaluation.colorized(model, evaluation.grayscale(photographs), rows)
    assert painted.dtype == np.uint8 and painted.shape == photographs.shape
    (seen, seeds), (without_colour, _) = model.calls
    np.testing.assert_array_equal(seen, without_colour)
    np.testing.assert_array_equal(seeds, rows)
    assert seen.dtype == np.float32 and seen.shape == (5, 32, 32, 1) and np.abs(seen).max() <= 1


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    config = RunConfig.create("pix2pix", "tiny", "sample_photos", 64)
    (run.folder / "config.json").write_text(config.to_json())
    return run


def test_scores_go_into_the_metrics_of_the_run(projected, run, monkeypatch):
    model = Model()
    monkeypatch.setattr(Run, "load_model", lambda run: model)
    rows = evaluation.score_run(run, split="test", count=20, allow_small=True)
    assert list(run.metrics.value) == [row["value"] for row in rows]
    assert set(run.metrics.split) == {"test"} and set(run.metrics.images_seen) == {64}
    _, scored = Protocol("sample_photos", 32, "test", 20).photographs()
    np.testing.assert_array_equal(model.calls[0][1], scored)
    evaluation.scorer(run.config, 10)(run, model, 32)
    assert list(run.metrics.images_seen) == [32, 32, 64, 64]
    assert set(run.metrics.metric) == {"FID-10", "FID-20", "PSNR"}


def test_the_tint_is_chosen_on_training_photographs_alone(projected, monkeypatch):
    mean = evaluation.mean_chroma(data.load("sample_photos", "train", 32))
    asked = []
    indices = data.DataSet.indices
    monkeypatch.setattr(
        data.DataSet, "indices", lambda self, split, seed=0: asked.append(split) or indices(self, split, seed)
    )
    tint, choice = evaluation.best_tint("sample_photos", 32)
    assert asked == ["train"]
    factor, rest = choice.split(" x mean chroma (")
    scores = {key: float(value) for key, value in (pair.split(": ") for pair in rest.rstrip(")").split(", "))}
    assert factor == min(scores, key=scores.get)
    np.testing.assert_allclose(tint, float(factor) * mean, atol=1e-5)


def test_baselines_lie_between_the_floor_and_no_colour(projected):
    rows = evaluation.score_baselines(PROTOCOL, allow_small=True)
    assert {(row["method"], row["protocol"]) for row in rows} == {
        (method, protocol) for method in ("original", "gray", "tint") for protocol in ("disjoint", "paired")
    }
    fid = {row["method"]: row["value"] for row in rows if row["protocol"] == "disjoint"}
    assert fid["original"] < fid["tint"] < fid["gray"]
    photographs, _ = PROTOCOL.photographs()
    expected = [
        peak_signal_noise_ratio(photograph, gray, data_range=255)
        for photograph, gray in zip(photographs, evaluation.grayscale(photographs), strict=True)
    ]
    (psnr,) = (row["value"] for row in rows if (row["method"], row["metric"]) == ("gray", "PSNR"))
    np.testing.assert_allclose(psnr, np.mean(expected), atol=1e-3)
