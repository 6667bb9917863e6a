"""Results: a study is verified and read once, what is missing is named, and what was measured is found."""

import collections
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.metrics import FID, PD
from colorize_lib.report import answers, estimates, rules, study_tables
from colorize_lib.report.results import OpenedRun, Results
from colorize_lib.runs.store import METRIC_COLUMNS, Run
from colorize_lib.study import workers
from colorize_lib.study.plan import Study
from tests.pretended import SMALL, pretend
from tests.report.recorded import FULL, change


@pytest.fixture
def looked_up(monkeypatch):
    """How often each file was read and each scoring of a run was looked up, whoever did it."""
    counts = collections.Counter()
    read, load, scored = pd.read_csv, np.load, Run.scored

    def counted_read(path, *arguments, **options):
        counts[Path(path)] += 1
        return read(path, *arguments, **options)

    def counted_load(path, *arguments, **options):
        counts[Path(path)] += 1
        return load(path, *arguments, **options)

    def counted_scored(run, split, *, options="", images_seen=None):
        counts[run.folder, split, options, images_seen or run.config.images_seen] += 1
        return scored(run, split, options=options, images_seen=images_seen)

    monkeypatch.setattr(pd, "read_csv", counted_read)
    monkeypatch.setattr(np, "load", counted_load)
    monkeypatch.setattr(Run, "scored", counted_scored)
    return counts


def test_all_tables_together_look_up_each_scoring_once(copied, study, looked_up):
    results = Results(study, copied, "final", "size")
    for _ in range(2):
        study_tables.facts(results)
        study_tables.metrics(results)
        study_tables.metrics(results, study_tables.AGAINST_ORIGINALS[1:])
        study_tables.shares(results)
        study_tables.differences(results, rules.OWN)
        study_tables.luma_put_back(results)
        study_tables.until(results, [20])
        study_tables.times(results)
        study_tables.questions(results, "regression")
        study_tables.passes(results)
        study_tables.slopes(results, rules.OWN)
        study_tables.by_size(results)
        study_tables.trials(results, "palette")
    scorings = {
        (results.store.find(task.config).folder, scoring.split, scoring.images_seen)
        for part in ("final", "size", "trial")
        for task in study.tasks(results.store, part)
        for scoring in task.scorings(results.store.find(task.config))
    }
    assert len(scorings) > 50 and len(looked_up) > len(scorings)
    assert set(looked_up.values()) == {1}, looked_up.most_common(3)


def test_what_is_missing_is_named_with_the_command_that_makes_it(study, copied, is_one_sentence):
    gone = Run(Results(study, copied).finals["coltran"][0].folder)
    (gone.folder / "manifest.json").unlink()
    with pytest.raises(ColorizeError) as error:
        Results(study, copied, "final")
    assert f"{gone.name} is neither recorded nor local" in str(error.value)
    assert f"`python -m colorize_lib study run {gone.name}`" in str(error.value)
    assert is_one_sentence(error.value)
    (gone.folder / "manifest.json").write_text(json.dumps({"training_images": FULL}))
    path = gone.folder / "metrics.csv"
    table = pd.read_csv(path)
    table[table.options.fillna("") == ""].to_csv(path, index=False)
    with pytest.raises(ColorizeError, match="lacks the scores of all of test after 32,000 images, luma put back"):
        answers.verdicts(Results(study, copied))
    assert len(Results(study, copied, "size", "trial").tasks("size")) == 12, "of other parts nothing is missing"


def test_what_is_missing_is_made_where_the_study_says_so(store, monkeypatch):
    study = Study.create({**SMALL, "missing": "train"})
    work = workers.work
    monkeypatch.setattr(workers, "work", lambda tasks, store: work(tasks, store, pretend))
    results = Results.obtained(study, store, "final", "second")
    assert [len(runs) for runs in results.finals.values()] == [2, 2] and results.second_runs == {}
    assert not list(store.recorded.glob("*/manifest.json"))
    with pytest.raises(ColorizeError, match="neither recorded nor local"):
        Results.obtained(Study.create(SMALL), store, "final", "size")


def test_results_are_those_of_when_they_were_opened(copied, study):
    opened = Results(study, copied)
    before = estimates.estimate(opened, "pix2pix", FID)
    verdict = answers.verdicts(opened)["RQ1"]
    for run in opened.finals["pix2pix"]:
        change(run, 12.34, metric="FID", split="test")
    assert estimates.estimate(opened, "pix2pix", FID) == before
    anew = Results(study, copied)
    assert estimates.estimate(anew, "pix2pix", FID).value == pytest.approx(12.34)
    assert (verdict.outcome, answers.verdicts(anew)["RQ1"].outcome) == ("supported", "inconclusive")


def test_a_table_may_be_changed_without_harm(results):
    table = results.table("study_times")
    table["family"] = "nobody"
    assert set(results.table("study_times").family) == set(results.study.families)


def test_what_others_measured_of_the_same_run_is_not_taken_for_it(copied, study):
    opened = Results(study, copied)
    before = opened.along, estimates.estimate(opened, "palette", PD), opened.trials("palette")
    for task in study.tasks(copied):
        if task.config.family != "palette" or not (task.first or task.part == "trial"):
            continue
        run, common = copied.find(task.config), dict.fromkeys(METRIC_COLUMNS)
        common |= {"images_seen": task.config.images_seen, "split": "validation", "images": 40, "error": 0.1}
        run.add_metrics(
            [
                common | {"metric": "FID-40", "protocol": "paired", "value": 1.0, "options": ""},
                common | {"metric": "KID", "protocol": "disjoint", "value": 1.0, "options": "steps 5"},
            ]
        )
        if task.first:
            np.savez(run.folder / "per_image" / f"test-7-{task.config.images_seen}.npz", PD=np.zeros(7))
    anew = Results(study, copied)
    pd.testing.assert_frame_equal(before[0], anew.along)
    assert before[1] == estimates.estimate(anew, "palette", PD)
    pd.testing.assert_frame_equal(before[2], anew.trials("palette"))


def test_sizes_show_passes_and_the_best_of_the_last_checkpoints(results):
    table = results.sizes
    assert list(table[table.family == "coltran"].photographs) == [100, 400, 1600, FULL]
    assert (table.passes * table.photographs == 32_000).all()
    assert (table.best == table.end).all(), "the figures fall to the end"
    assert all(isinstance(run, OpenedRun) for run in table.run)


def test_every_trial_is_in_the_table(results):
    table = results.trials("palette")
    assert len(table) == 6 and list(table.label.str[:7]) == [f"trial {n}" for n in range(1, 7)]
    assert (table.FID_error > 0).all()
    assert list(table.chosen) == [True, *[False] * 5], "the study's settings are the published ones here"


def test_the_share_of_a_gap_is_what_lies_between(results):
    config = results.study.config("palette")
    assert results.share_closed(config, FID, 110.0, "test") == 0
    assert results.share_closed(config, FID, 10.0, "test") == 1
    assert results.share_closed(config, FID, 35.0, "test") == pytest.approx(0.75)
    with pytest.raises(ColorizeError, match="No FID of gray pictures on the validation split") as error:
        results.share_closed(config, FID, 35.0)
    assert f"evaluate {config.name} --split validation --baselines" in str(error.value)
