"""Evaluation: which photographs are scored, by what, and baselines with known colours."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from colorize_lib import color, data
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import PROXY_DEVIATION, PROXY_SCORE, folders, uncertainty
from colorize_lib.metrics.scores import digest
from colorize_lib.networks import inception
from colorize_lib.runs import scoring
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.scoring import Painter, Protocol
from colorize_lib.runs.store import Run

PROTOCOL = Protocol("sample_photos", 32)
FEW = Protocol("sample_photos", 32, count=60)
SPEED = "Seconds per photograph"
ALONE = {SPEED, PROXY_SCORE.name, PROXY_DEVIATION.name, "Colorfulness"}
PAIRED = {"PD", "LPIPS", "PSNR", "SSIM"}


def by_metric(rows, protocol="disjoint"):
    return {row["metric"]: row for row in rows if row["protocol"] == protocol}


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
    gray = color.gray_rgb(photographs)
    assert (gray == color.gray(photographs)).all()
    tinted = scoring.tinted(photographs, np.array([-0.05, 0.05]))
    assert np.abs(color.gray(tinted).astype(int) - color.gray(photographs)).max() <= 1
    inside = (color.gray(photographs)[..., 0] > 60) & (color.gray(photographs)[..., 0] < 190)
    np.testing.assert_allclose(color.chroma(color.to_float(tinted))[inside].mean(0), [-0.05, 0.05], atol=2e-3)


def test_mean_chroma_is_the_best_constant_in_the_l2_sense():
    photographs, _ = Protocol("sample_photos", 32, count=20).photographs()
    chroma = color.chroma(color.to_float(photographs))
    mean = scoring.mean_chroma(photographs)
    error = ((chroma - mean) ** 2).mean()
    for step in ([0.01, 0], [-0.01, 0], [0, 0.01], [0, -0.01]):
        assert ((chroma - mean - step) ** 2).mean() > error


def test_colour_that_is_lost_costs_and_is_named_by_the_number_of_images(projected):
    def fid(paint):
        row = by_metric(scoring.score(paint, FEW, allow_small=True))["FID-60"]
        assert row["images"] == 60
        assert row["low"] < row["value"] < row["high"]
        return row

    floor = fid(lambda photographs, rows: photographs)
    assert floor["originals"] == floor["value"]
    for change in (color.gray_rgb, np.invert):
        row = fid(lambda photographs, rows, change=change: change(photographs))
        assert row["value"] > floor["value"] and row["originals"] == floor["value"]
    with pytest.raises(ColorizeError, match="2049"):
        scoring.score(lambda photographs, rows: photographs, FEW)
    with pytest.raises(ColorizeError, match="was expected: it has to return a picture for each"):
        scoring.score(lambda photographs, rows: photographs[:5], FEW, allow_small=True)


def test_the_order_of_photographs_is_part_of_what_was_scored():
    assert scoring.fingerprint(np.arange(5)) == scoring.fingerprint([0, 1, 2, 3, 4])
    assert scoring.fingerprint(np.arange(5)) != scoring.fingerprint([1, 0, 2, 3, 4])


def test_a_tint_is_the_same_in_every_pixel_that_has_room_for_it():
    """Each channel is rounded by half a level at most, and so is the luma that is taken from it."""
    gray = np.arange(60, 190, dtype=np.uint8).reshape(1, 10, 13, 1)
    tinted = scoring.tinted(np.repeat(gray, 3, axis=-1), np.array([-0.05, 0.05]))
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
    np.testing.assert_allclose(scoring.mean_chroma(photographs), expected, atol=1e-5)


def test_originals_scored_against_themselves_have_no_distance(projected):
    protocol = Protocol("sample_photos", 32, split="reference", count=60)
    rows = scoring.score(lambda photographs, rows: photographs, protocol, allow_small=True)
    assert abs(by_metric(rows)["FID-60"]["value"]) < 1e-3
    paired = by_metric(rows, "paired")
    assert {name: row["value"] for name, row in paired.items()} == {
        "FID-60": pytest.approx(0, abs=1e-3), "PD": 0, "LPIPS": 0, "PSNR": 100, "SSIM": 1,
    }  # fmt: skip
    other = scoring.score(lambda photographs, rows: 255 - photographs, protocol, allow_small=True)
    assert by_metric(other)["FID-60"]["value"] > 1


def test_a_row_says_what_was_scored(projected):
    protocol = Protocol("sample_photos", 32, count=30)

    def paint(photographs, rows):
        return photographs

    rows = scoring.score(paint, protocol, again=paint, images_seen=7, options="seed 1", allow_small=True)
    scored, reference = (scoring.fingerprint(rows) for _, rows in (protocol.photographs(), protocol.reference()))
    for row in rows:
        assert (row["images_seen"], row["options"], row["split"], row["images"]) == (7, "seed 1", "validation", 30)
        assert row["indices"] == (f"{scored} {reference}" if row["protocol"] == "disjoint" else scored)
    disjoint, paired, alone, samples = (by_metric(rows, p) for p in ("disjoint", "paired", "alone", "samples"))
    assert (disjoint.keys(), paired.keys(), alone.keys()) == ({"FID-30", "KID"}, PAIRED | {"FID-30"}, ALONE)
    assert {row["network"] for row in disjoint.values()} == {inception.NETWORK}
    assert {row["reference_images"] for row in disjoint.values()} == {30}
    assert paired["PSNR"]["network"] == "" and "reference_images" not in alone["Colorfulness"]
    assert samples["LPIPS diversity"]["value"] == 0  # the second sample is the first


def test_floats_are_not_taken_for_pictures(projected, is_one_sentence):
    with pytest.raises(ColorizeError, match=r"returned float32 .* where uint8 .* was expected") as error:
        scoring.score(lambda photographs, rows: color.to_float(photographs), PROTOCOL, allow_small=True)
    assert is_one_sentence(error.value)


class Model:
    """Remembers what it is given and paints one chroma under it."""

    def __init__(self):
        self.calls = []

    def likelihood(self, gray, rgb):
        return {"Bits": np.abs(rgb - gray).mean(axis=(1, 2, 3))}

    def sample(self, gray, *, seed):
        self.calls.append((gray, np.asarray(seed)))
        return color.compose(gray, np.full((*gray.shape[:-1], 2), 0.05, np.float32))


def test_a_model_is_shown_the_luma_alone_and_seeded_by_the_row():
    photographs, rows = Protocol("sample_photos", 32, count=5).photographs()
    model = Model()
    painted = Painter(model)(photographs, rows)
    Painter(model)(color.gray_rgb(photographs), rows)
    assert painted.dtype == np.uint8 and painted.shape == photographs.shape
    (seen, seeds), (without_colour, _) = model.calls
    np.testing.assert_array_equal(seen, without_colour)
    np.testing.assert_array_equal(seeds, rows)
    assert seen.dtype == np.float32 and seen.shape == (5, 32, 32, 1) and np.abs(seen).max() <= 1


def test_the_second_sample_has_another_seed_than_every_first_one():
    photographs, rows = Protocol("sample_photos", 32, count=5).photographs()
    model = Model()
    Painter(model, draw=1)(photographs, rows)
    ((_, seeds),) = model.calls
    assert not set(seeds) & set(range(100_000)) and len(set(seeds)) == 5


class Darkener(Model):
    """Repaints the picture at half its luma."""

    def sample(self, gray, *, seed):
        return super().sample((gray - 1) / 2, seed=seed)


def test_options_of_sampling_reach_the_model_and_the_table():
    class Sampler:
        def sample(self, gray, *, seed, **options):
            self.options = options
            return np.repeat(gray, 3, axis=-1)

    photographs, rows = Protocol("sample_photos", 32, count=3).photographs()
    painter = Painter(Sampler(), given_luma=True, sampling={"steps": 9, "sampler": "ddim"})
    painter(photographs, rows)
    assert painter.model.options == {"steps": 9, "sampler": "ddim"}
    assert painter.options == "sampler ddim, steps 9, luma put back"


def test_the_given_luma_is_put_back():
    photographs, rows = Protocol("sample_photos", 32, count=5).photographs()
    y = color.gray(photographs).astype(int)
    dark, restored = (Painter(Darkener(), given_luma=given)(photographs, rows) for given in (False, True))
    assert np.abs(color.gray(restored).astype(int) - y).max() <= 1
    assert (y - color.gray(dark).astype(int)).mean() > 20
    inside = (y[..., 0] > 80) & (y[..., 0] < 170)
    np.testing.assert_allclose(color.chroma(color.to_float(restored))[inside].mean(0), [0.05, 0.05], atol=2e-3)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    config = RunConfig.create("pix2pix", "tiny", "sample_photos", 64)
    (run.folder / "config.json").write_text(config.to_json())
    sha = data.prepare("sample_photos", 32).sha256
    (run.folder / "manifest.json").write_text(json.dumps({"data_sha256": sha}))
    return run


def test_scores_go_into_the_metrics_of_the_run(projected, run, monkeypatch):
    model = Model()
    monkeypatch.setattr(Run, "load_model", lambda run, images_seen=None: model)
    rows = scoring.score_run(run, scoring.painter(run), split="test", count=20, allow_small=True)
    assert list(run.metrics.value) == [row["value"] for row in rows]
    assert set(run.metrics.split) == {"test"} and set(run.metrics.images_seen) == {64}
    _, scored = Protocol("sample_photos", 32, "test", 20).photographs()
    np.testing.assert_array_equal(model.calls[0][1], scored)
    scoring.scorer(run.config, 30)(run, model, 32)
    metrics = run.metrics[run.metrics.images_seen == 32]
    assert set(metrics.metric) == PAIRED | ALONE | {"FID-30", "KID", "Bits"}
    photographs, _ = Protocol("sample_photos", 32, count=30).photographs()
    rgb, gray = color.to_float(photographs), color.to_float(color.gray(photographs))
    bits = metrics[metrics.protocol == "likelihood"]
    assert bits.value.item() == pytest.approx(np.abs(rgb - gray).mean(), rel=1e-5)
    sampled = len(model.calls)
    paint = scoring.painter(run)
    for given_luma in (False, True):
        chosen = dataclasses.replace(paint, given_luma=given_luma)
        scoring.score_run(run, chosen, split="test", count=20, allow_small=True)
    assert len(model.calls) == sampled + 2, "putting the luma back samples nothing anew"
    counted = run.metrics.options.value_counts().to_dict()
    assert counted == {"luma put back": len(rows) - 2}, "neither likelihood nor seconds of sampling"
    assert len(run.metrics) == 2 * len(rows) - 2 + len(metrics)


def test_values_of_each_photograph_are_kept_with_what_was_scored(projected, run, monkeypatch):
    monkeypatch.setattr(Run, "load_model", lambda run, images_seen=None: Model())
    rows = {row["metric"]: row for row in scoring.score_run(run, scoring.painter(run), count=20, allow_small=True)}
    photographs, scored = Protocol("sample_photos", 32, "validation", 20).photographs()
    with np.load(run.folder / "per_image" / "validation-20-64.npz") as kept:
        np.testing.assert_array_equal(kept["rows"], scored)
        assert kept["sha256 originals"] == digest(photographs)
        for metric in (*PAIRED, "Colorfulness", "LPIPS diversity"):
            assert len(kept[metric]) == 20 and kept[metric].mean() == pytest.approx(rows[metric]["value"], rel=1e-4)
        replicates = kept["replicates KID disjoint"]
        assert rows["KID"]["error"] == pytest.approx(uncertainty.jackknife(replicates), rel=1e-4)


def test_another_data_set_of_the_same_name_is_refused(projected, run, monkeypatch, is_one_sentence):
    monkeypatch.setattr(Run, "load_model", lambda run, images_seen=None: Model())
    (run.folder / "manifest.json").write_text(json.dumps({"data_sha256": "0" * 64}))
    with pytest.raises(ColorizeError, match="has other pixels than the one") as error:
        scoring.score_run(run, scoring.painter(run), count=20, allow_small=True)
    assert is_one_sentence(error.value)


def write(folder, pictures, names=None):
    folder.mkdir()
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{names[number] if names else number:03}.png")
    return folder


def test_a_folder_against_itself_is_identical(projected, tmp_path):
    photographs, _ = Protocol("sample_photos", 32, count=25).photographs()
    folder = write(tmp_path / "a", photographs)
    rows, notes = folders.score_folders(folder, folder, allow_small=True)
    assert by_metric(rows, "paired")["FID-25"]["value"] < 1e-3
    assert any("identical" in note for note in notes)


def test_folders_of_the_same_names_are_paired_and_others_disjoint(projected, tmp_path):
    photographs, _ = Protocol("sample_photos", 32, count=25).photographs()
    real = write(tmp_path / "real", photographs)
    fake = write(tmp_path / "fake", color.gray_rgb(photographs))
    rows, notes = folders.score_folders(real, fake, allow_small=True)
    assert by_metric(rows, "paired").keys() == PAIRED | {"FID-25"} and not by_metric(rows)
    assert not any("identical" in note for note in notes)
    expected = [
        peak_signal_noise_ratio(photograph, gray, data_range=255)
        for photograph, gray in zip(photographs, color.gray_rgb(photographs), strict=True)
    ]
    assert by_metric(rows, "paired")["PSNR"]["value"] == pytest.approx(np.mean(expected), abs=1e-3)
    other = write(tmp_path / "other", color.gray_rgb(photographs), range(100, 125))
    rows, notes = folders.score_folders(real, other, allow_small=True)
    assert by_metric(rows).keys() == {"FID-25", "KID"} and not by_metric(rows, "paired")
    assert "disjoint" in notes[0] and "The floor for 25 images is below" in notes[-1]


def test_folders_that_cannot_be_scored_say_why(projected, tmp_path, is_one_sentence):
    photographs, _ = Protocol("sample_photos", 32, count=6).photographs()
    real, small = write(tmp_path / "real", photographs), write(tmp_path / "small", photographs[:, ::2, ::2])
    (tmp_path / "none").mkdir()
    for fake, allow_small, message in [
        (real, False, "at least 2049 images in each set and was given 6 and 6"),
        (small, True, "The pair 000 is 32x32 and 16x16"),
        (tmp_path / "none", True, "holds no picture files"),
        (tmp_path / "absent", True, "There is no folder"),
    ]:
        with pytest.raises(ColorizeError, match=message) as error:
            folders.score_folders(real, fake, allow_small=allow_small)
        assert is_one_sentence(error.value)


def test_the_tint_is_chosen_on_training_photographs_alone(projected, monkeypatch):
    mean = scoring.mean_chroma(data.load("sample_photos", "train", 32))
    asked = []
    indices = data.DataSet.indices
    monkeypatch.setattr(
        data.DataSet, "indices", lambda self, split, seed=0: asked.append(split) or indices(self, split, seed)
    )
    tint, choice = scoring.best_tint("sample_photos", 32)
    assert asked == ["train"]
    factor, rest = choice.split(" x mean chroma (")
    scores = {key: float(value) for key, value in (pair.split(": ") for pair in rest.rstrip(")").split(", "))}
    assert factor == min(scores, key=scores.get)
    np.testing.assert_allclose(tint, float(factor) * mean, atol=1e-5)


def test_baselines_lie_between_the_floor_and_no_colour(projected):
    rows = scoring.score_baselines(FEW, allow_small=True)
    fid = {row["method"]: row["value"] for row in rows if row["metric"][:4] == "FID-" and row["protocol"] == "disjoint"}
    assert fid["original"] < fid["tint"] < fid["gray"]
    colour = {row["method"]: row["value"] for row in rows if row["metric"] == "Colorfulness"}
    assert colour["gray"] == 0 < colour["tint"] < colour["original"]
    assert {row["originals"] for row in rows if row["metric"] == "Colorfulness"} == {colour["original"]}
