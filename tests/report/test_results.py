"""Findings: a study whose truth is known is read as what it is, and what is missing is named."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.report import results
from colorize_lib.report.run_tables import PROXY_SCORE
from colorize_lib.runs.store import METRIC_COLUMNS, Run, Store
from colorize_lib.study.plan import Study

FAMILIES = ("regression", "pix2pix", "palette", "coltran")
FID = {"regression": 50.0, "pix2pix": 25.0, "palette": 20.0, "coltran": 33.0}
EXPONENT = {"regression": 0.02, "pix2pix": 0.05, "palette": 0.2, "coltran": 0.04}
DIVERSITY = {"regression": 0.0, "pix2pix": 0.01, "palette": 0.05, "coltran": 0.08}
SECONDS = {"regression": 3e-3, "pix2pix": 1e-3, "palette": 4e-3, "coltran": 7e-3}
FULL, PHOTOGRAPHS = 6000, 60
VALUES = {
    "preset": "tiny",
    "data_set": "sample_photos",
    "trials": 6,
    "train_sizes": [100, 400, 1600],
    "second_data_set": "",
    "score_along": 40,
    **{f"images_seen_{family}": 32_000 for family in FAMILIES},
    **{f"trial_images_{family}": 4000 for family in FAMILIES},
}


class Recorded:
    """Writes what a study would have recorded, of figures that follow from FID and EXPONENT."""

    def __init__(self, study, store):
        self.study, self.store, self.rng = study, store, np.random.default_rng(0)
        self.groups = self.rng.normal(0, 1, 20)  # the photographs are hard or easy for all families alike
        self.hardness = self.rng.normal(0, 2, PHOTOGRAPHS)

    def everything(self):
        for task in self.study.tasks(self.store):
            self.run(task)
        self.times()

    def run(self, task):
        run = Run(self.store.recorded / task.config.name)
        run.folder.mkdir(parents=True)
        (run.folder / "config.json").write_text(task.config.to_json())
        photographs = task.config.train_images or FULL
        (run.folder / "manifest.json").write_text(json.dumps({"training_images": photographs}))
        seed = self.rng.normal(0, 0.1)
        while scorings := task.missing(self.store)[1]:
            self.scoring(run, task, scorings[0], photographs, seed)

    def scoring(self, run, task, scoring, photographs, seed):
        family = task.config.family
        fid = FID[family] * (photographs / FULL) ** -EXPONENT[family] + seed
        late = 1 + 0.5 * np.log(task.config.images_seen / scoring.images_seen)
        common = dict.fromkeys(METRIC_COLUMNS) | {
            "images_seen": scoring.images_seen,
            "split": scoring.split,
            "images": PHOTOGRAPHS if scoring.whole else scoring.count,
            "reference_images": PHOTOGRAPHS,
            "options": "luma put back" if scoring.given_luma else "",
        }
        count = "" if scoring.whole else f"-{scoring.count}"
        figures = {
            (f"FID{count}", "disjoint"): fid * late,
            ("KID", "disjoint"): fid * late / 2000,
            (PROXY_SCORE, "alone"): 200 / fid,
            ("PD", "paired"): 10 + fid / 10,
            ("LPIPS", "paired"): fid / 300,
            ("Colorfulness", "alone"): 30.0,
            ("LPIPS diversity", "samples"): DIVERSITY[family],
            (f"FID{count}", "paired"): fid * late / 2,
            ("PSNR", "paired"): 22.0,
            ("SSIM", "paired"): 0.9,
        }
        run.add_metrics(
            {**common, "metric": metric, "protocol": protocol, "value": value, "error": 0.01 * value}
            for (metric, protocol), value in figures.items()
        )
        if scoring.whole:
            groups = (self.groups.sum() - self.groups) / 19 + self.rng.normal(0, 0.01, 20)
            options = ["luma", "put", "back"] if scoring.given_luma else []
            name = "-".join([scoring.split, str(PHOTOGRAPHS), str(scoring.images_seen), *options])
            (run.folder / "per_image").mkdir(exist_ok=True)
            np.savez(
                run.folder / "per_image" / f"{name}.npz",
                PD=10 + fid / 10 + self.hardness,
                LPIPS=fid / 300 + self.hardness / 100,
                Colorfulness=30 + self.hardness,
                PSNR=22 + self.hardness,
                SSIM=0.9 + self.hardness / 1000,
                **{
                    "LPIPS diversity": DIVERSITY[family] + self.hardness[:40] / 1000,
                    "replicates FID paired": (fid * late + groups) / 2,
                    "replicates FID disjoint": fid * late + groups,
                    "replicates KID disjoint": (fid * late + groups) / 2000,
                    f"replicates {PROXY_SCORE} alone": 200 / fid + groups / 100,
                },
            )

    def times(self):
        rows = []
        for family in FAMILIES:
            for repeat in range(5):
                each = SECONDS[family] * self.rng.lognormal(0, 0.02)
                for what, sampler, batch in (("training", "", 16), *(("inference", "default", b) for b in (1, 256))):
                    rows.append({"family": family, "what": what, "sampler": sampler, "batch": batch})
                    rows[-1] |= {"repeat": repeat, "seconds_per_image": each, "peak_GB": 1.5}
                    rows[-1]["forward_MFLOP_per_image"] = 100.0
        (self.store.recorded / "tables").mkdir()
        pd.DataFrame(rows).to_csv(self.store.recorded / "tables" / "study_times.csv", index=False)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    store = Store(folder / "results", folder / "runs")
    Recorded(Study.create(VALUES), store).everything()
    return store


@pytest.fixture
def study():
    return Study.create(VALUES)


@pytest.fixture
def store(original, tmp_path, monkeypatch):
    """A copy of the recorded study, which a test may change."""
    store = Store(tmp_path / "results", tmp_path / "runs")
    shutil.copytree(original.recorded, store.recorded)
    monkeypatch.setattr(Store, "default", classmethod(lambda cls: store))
    return store


def test_the_truth_is_found(store, study):
    for family in FAMILIES:
        found = results.estimate(study, family, "FID")
        assert found.low < FID[family] < found.high and found.error < 0.5
        slope = results.slopes(study)[family]
        assert slope.value == pytest.approx(-EXPONENT[family], abs=0.005)
        assert slope.low < -EXPONENT[family] < slope.high
        assert results.estimate(study, family, "PD").value == pytest.approx(10 + FID[family] / 10, abs=0.1)
    difference = results.difference(study, "FID", "palette", "pix2pix")
    assert difference.low < -5 < difference.high
    assert difference.error < results.estimate(study, "palette", "FID").error, "the photographs are the same"
    laws = results.power_laws(study)
    assert laws["palette"]([FULL])[0] == pytest.approx(FID["palette"], abs=0.5)


def test_the_answers_are_those_of_the_truth(store, study):
    answers = results.answers(study)
    assert {name: verdict.outcome for name, verdict in answers.items()} == {
        "RQ1": "supported",
        "RQ2": "supported",
        # An image takes Palette longer than Pix2Pix and less long than ColTran.
        "RQ3": "refuted",
        "RQ4": "refuted",
        "H1": "supported",
        "H2": "refuted",
    }
    assert PROXY_SCORE in answers["RQ1"].question and PROXY_SCORE in answers["RQ1"].evidence[0]
    assert results.answers(study, ["regression"])["RQ3"].outcome == "inconclusive"


def test_a_line_is_told_from_a_curve_and_a_gain_is_that_of_the_truth(store, study):
    assert all(p > 0.05 for p in results.line_p(study).values())
    for family in ("palette", "coltran"):
        gain = results.last_gain(study, family, 1)
        assert gain.low < (FULL / 400) ** -EXPONENT[family] - 1 < gain.high
        path = store.find(study.config(family, train_images=400)).folder / "metrics.csv"
        table = pd.read_csv(path)
        table.loc[(table.metric == "FID") & (table.split == "test"), "value"] *= 1.3
        table.to_csv(path, index=False)
    p = results.line_p(study)
    assert p["palette"] < 0.01 and p["coltran"] < 0.01 and p["pix2pix"] > 0.05
    (ends,) = results.slope_differences(study, ["pix2pix"], ends=True).values()
    assert ends.low < EXPONENT["pix2pix"] - EXPONENT["palette"] < ends.high, "the ends are as they were"


def test_one_seed_is_too_few_for_errors(store, study, is_one_sentence):
    one = Study.create(VALUES | {"seeds": [0]})
    with pytest.raises(ColorizeError, match="name two at least") as error:
        results.estimate(one, "palette", "FID")
    assert is_one_sentence(error.value)


def test_a_changed_figure_changes_what_is_found(store, study):
    before = results.answers(study)["RQ1"]
    for run in results.finals(study)["pix2pix"]:
        path = run.folder / "metrics.csv"
        table = pd.read_csv(path)
        table.loc[(table.metric == "FID") & (table.split == "test"), "value"] = 12.34
        table.to_csv(path, index=False)
    after = results.answers(study)["RQ1"]
    assert (before.outcome, after.outcome) == ("supported", "inconclusive")
    assert results.estimate(study, "pix2pix", "FID").value == pytest.approx(12.34)


def test_the_same_quality_is_reached_by_all(store, study):
    table = results.along(study)
    assert list(table[table.family == "palette"].images_seen) == [8000, 16000, 32000]
    found = results.until_the_same(study, ["palette", "pix2pix"])
    assert found.target == table[table.family == "pix2pix"].KID.min()
    assert found.images["pix2pix"] == pytest.approx(32_000)
    assert 16_000 < found.images["palette"] < 32_000
    assert np.isnan(found.images["regression"]) and not found.by_first
    assert results.until_the_same(study, FAMILIES).by_first == {"palette", "pix2pix"}
    palette = table[table.family == "palette"]
    assert (palette.seconds / palette.images_seen).std() < 1e-9


def test_what_others_measured_of_the_same_run_is_not_taken_for_it(store, study):
    before = results.along(study), results.estimate(study, "palette", "PD"), results.trials(study, "palette")
    for task in study.tasks(store):
        if task.config.family != "palette" or not (task.first or task.part == "trial"):
            continue
        run, common = store.find(task.config), dict.fromkeys(METRIC_COLUMNS)
        common |= {"images_seen": task.config.images_seen, "split": "validation", "images": 40, "error": 0.1}
        run.add_metrics(
            [
                common | {"metric": "FID-40", "protocol": "paired", "value": 1.0, "options": ""},
                common | {"metric": "KID", "protocol": "disjoint", "value": 1.0, "options": "steps 5"},
            ]
        )
        if task.first:
            np.savez(run.folder / "per_image" / f"test-7-{task.config.images_seen}.npz", PD=np.zeros(7))
    after = results.along(study), results.estimate(study, "palette", "PD"), results.trials(study, "palette")
    pd.testing.assert_frame_equal(before[0], after[0])
    assert before[1] == after[1]
    pd.testing.assert_frame_equal(before[2], after[2])


def test_sizes_show_passes_and_the_best_of_the_last_checkpoints(store, study):
    table = results.sizes(study)
    assert list(table[table.family == "coltran"].photographs) == [100, 400, 1600, FULL]
    assert (table.passes * table.photographs == 32_000).all()
    assert (table.best == table.end).all(), "the figures fall to the end"


def test_every_trial_is_in_the_table(store, study):
    table = results.trials(study, "palette")
    assert len(table) == 6 and list(table.label.str[:7]) == [f"trial {n}" for n in range(1, 7)]
    assert (table.FID_error > 0).all()
    assert list(table.chosen) == [True, *[False] * 5], "the study's settings are the published ones here"


def test_what_is_missing_is_named_with_the_command_that_makes_it(study, store, is_one_sentence):
    gone = results.finals(study)["coltran"][0]
    (gone.folder / "manifest.json").unlink()
    with pytest.raises(ColorizeError) as error:
        results.answers(study)
    assert f"{gone.name} is neither recorded nor local" in str(error.value)
    assert f"`python -m colorize_lib study run {gone.name}`" in str(error.value)
    assert is_one_sentence(error.value)
    (gone.folder / "manifest.json").write_text(json.dumps({"training_images": FULL}))
    path = gone.folder / "metrics.csv"
    table = pd.read_csv(path)
    table[table.options.fillna("") == ""].to_csv(path, index=False)
    with pytest.raises(ColorizeError, match="lacks the scores of all of test after 32,000 images, luma put back"):
        results.answers(study)
