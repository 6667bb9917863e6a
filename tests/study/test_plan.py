"""The plan: which runs a study consists of, and what is to be measured on each."""

from collections import Counter

import pytest

from colorize_lib.book import parameters
from colorize_lib.files import ColorizeError
from colorize_lib.study.completion import is_complete
from colorize_lib.study.plan import Scoring, Selection, Study, Task, chosen_trial
from tests.pretended import SMALL, measured, trained


def test_the_report_is_the_study_of_the_protocol(store):
    report = parameters.study("params/report.yaml")
    tasks = report.tasks(store)
    assert len({task.config.name for task in tasks}) == len(tasks)
    counts = Counter((task.part, task.config.family) for task in tasks)
    for family in ("regression", "pix2pix", "palette", "coltran"):
        assert counts["trial", family] >= 6
        assert counts["final", family] >= 3
        assert counts["size", family] >= 3  # the fourth is the final run itself
        assert counts["second", family] == 1
    finals = [task.config for task in tasks if task.part == "final"]
    assert {config.train_images for config in finals} == {0}
    for task in tasks:
        if task.part == "size":
            (same,) = [c for c in finals if c.family == task.config.family and c.seed == task.config.seed]
            assert task.config.hyperparameters == same.hyperparameters
            assert task.config.images_seen == same.images_seen


def test_what_to_do_about_a_missing_run_is_one_of_two_words(is_one_sentence):
    with pytest.raises(ColorizeError, match="missing = 'perhaps' is not possible") as error:
        Study.create({**SMALL, "missing": "perhaps"})
    assert is_one_sentence(error.value)


def test_all_of_a_final_is_scored_and_the_first_along_the_way():
    config = Study.create(SMALL).config("pix2pix", images_seen=40_000)
    along = [8000, 16000, 32000, 40000]
    first = Task("final", "seed 0", config, 40, first=True).scorings()
    assert [s.images_seen for s in first if s.split == "validation" and not s.whole] == along
    assert [(s.split, s.given_luma) for s in first if s.whole] == [
        ("test", False),
        ("test", True),
        ("validation", False),
    ]
    later = Task("final", "seed 1", config, 40).scorings()
    assert [(s.split, s.given_luma) for s in later] == [("test", False)]
    assert Task("final", "seed 1", config, 0).scorings() == []


def test_of_the_last_milestones_the_best_is_tested_as_well(store):
    config = Study.create(SMALL).config("pix2pix", images_seen=40_000, train_images=100)
    task = Task("size", "100 photographs", config, 40)
    run = trained(store.local, config)
    assert [s.images_seen for s in task.scorings(run)] == [16000, 32000, 40000, 40000]
    for count, value in ((16000, 0.03), (32000, 0.01), (40000, 0.02)):
        assert task.best(run) is None
        measured(run, Scoring(count, "validation", 40), value)
    assert task.best(run) == 32000
    assert task.missing(store) == (
        False,
        [Scoring(40000, "test", 40, whole=True), Scoring(32000, "test", 40, whole=True)],
    )
    measured(run, Scoring(32000, "test", 40, whole=True), 0.01)
    measured(run, Scoring(40000, "test", 40, whole=True), 0.01)
    assert is_complete(task, store)


def test_a_run_that_was_best_early_is_followed_back(store):
    config = Study.create(SMALL).config("pix2pix", images_seen=150_000, train_images=100)
    task = Task("size", "100 photographs", config, 40)
    run = trained(store.local, config)
    asked = []
    for value in (0.03, 0.04, 0.05, 0.02, 0.025):
        (scoring, *_) = (s for s in task.missing(store)[1] if not s.whole)
        asked.append(scoring.images_seen)
        measured(run, scoring, value)
    assert asked == [64_000, 128_000, 150_000, 32_000, 16_000]
    assert task.best(run) == 32_000
    assert all(scoring.whole for scoring in task.missing(store)[1])


def test_a_longer_search_waits_for_the_trials_before(store):
    values = {**SMALL, "families": ["pix2pix"], "trials": 8, "trial_images_pix2pix": 2000}
    longer, shorter = Study.create(values), Study.create({**values, "trials": 6})
    assert [t.part for t in longer.tasks(store)].count("trial") == 6
    for number, task in enumerate(longer.tasks(store)[:6]):
        assert chosen_trial(shorter, "pix2pix", store) is None
        measured(trained(store.local, task.config), task.scorings()[0], 0.02 - 0.001 * number)
    label, as_in_finals = chosen_trial(shorter, "pix2pix", store)
    assert label.startswith("trial 6") and not as_in_finals
    tasks = [t for t in longer.tasks(store) if t.part == "trial"]
    assert len(tasks) == 7 and tasks[6].label == "trial 7, by Optuna"
    assert longer.tasks(store)[6] == tasks[6], "the same results lead to the same proposal"
    measured(trained(store.local, tasks[6].config), tasks[6].scorings()[0], 0.001)
    assert [t.part for t in longer.tasks(store)].count("trial") == 8


def test_a_selection_is_all_of_a_study_a_part_or_single_runs(store, is_one_sentence):
    small = Study.create(SMALL)
    tasks = small.tasks(store)
    sizes = [task for task in tasks if task.part == "size"]
    assert Selection(small).tasks(store) == tasks and len(tasks) == 6
    assert Selection(small, "size").tasks(store) == sizes and len(sizes) == 2
    assert Selection(small, names=(tasks[2].config.name,)).tasks(store) == [tasks[2]]
    pix2pix = [task for task in tasks if task.config.family == "pix2pix"]
    assert Selection(small, names=("pix2pix",)).tasks(store) == pix2pix and len(pix2pix) == 3
    for selection in (Selection(small), Selection(small, "size", ("pix2pix",))):
        selection.check(store)
    for wrong, words in (
        (Selection(small, names=("coltran",)), "No run of the study is called coltran"),
        (Selection(small, "finals"), "did you mean final"),
    ):
        with pytest.raises(ColorizeError, match=words) as error:
            wrong.check(store)
        assert is_one_sentence(error.value)
