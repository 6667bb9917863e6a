"""The study: which runs it consists of, that each is done once whatever is killed, and what is kept of it."""

import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import keras
import pytest

from colorize_lib.book import parameters
from colorize_lib.files import ColorizeError
from colorize_lib.runs import training
from colorize_lib.runs.store import Run, Store
from colorize_lib.study import plan, timing, workers
from colorize_lib.study.plan import Scoring, Study, Task
from tests.pretended import SMALL, measured, pretend, trained


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
    run = trained(config, store.local)
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
    assert not workers.incomplete(task, store)


def test_a_first_final_without_its_pictures_is_incomplete(store):
    (task, *_) = Study.create(SMALL).tasks(store)
    run = pretend(task, store)
    assert task.first and not workers.incomplete(task, store)
    shutil.rmtree(run.folder / "artefacts")
    assert workers.incomplete(task, store)


def test_a_run_that_was_best_early_is_followed_back(store):
    config = Study.create(SMALL).config("pix2pix", images_seen=150_000, train_images=100)
    task = Task("size", "100 photographs", config, 40)
    run = trained(config, store.local)
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
    longer = Study.create(values)
    assert [t.part for t in longer.tasks(store)].count("trial") == 6
    for number, task in enumerate(longer.tasks(store)[:6]):
        measured(trained(task.config, store.local), task.scorings()[0], 0.02 - 0.001 * number)
    assert plan.chosen(Study.create({**values, "trials": 6}), "pix2pix", store)[0].startswith("trial 6")
    tasks = [t for t in longer.tasks(store) if t.part == "trial"]
    assert len(tasks) == 7 and tasks[6].label == "trial 7, by Optuna"
    assert longer.tasks(store)[6] == tasks[6], "the same results lead to the same proposal"
    measured(trained(tasks[6].config, store.local), tasks[6].scorings()[0], 0.001)
    assert [t.part for t in longer.tasks(store)].count("trial") == 8


def test_everything_is_done_and_nothing_twice(store):
    small, done = Study.create(SMALL), []

    def do(task, where):
        done.append(task)
        return pretend(task, where)

    assert workers.work(workers.choose(small, store), store, do=do) == 0
    assert done == small.tasks(store)
    assert workers.work(workers.choose(small, store), store, do=do) == 0
    assert len(done) == len(small.tasks(store)) == 6


def test_a_failure_is_told_and_costs_nothing_else(store, capsys):
    small = Study.create(SMALL)
    bad = small.tasks(store)[1]

    def do(task, where):
        if task == bad:
            raise ColorizeError("The loss is not finite.")
        return pretend(task, where)

    assert workers.work(workers.choose(small, store), store, do=do) == 1
    assert f"{bad.config.name} failed: The loss is not finite." in capsys.readouterr().out
    assert [t for t in small.tasks(store) if workers.incomplete(t, store)] == [bad]


def test_only_what_is_asked_for_is_done(store):
    small, done = Study.create(SMALL), []
    name = small.tasks(store)[2].config.name

    def do(task, where):
        done.append(task.config.name)
        return pretend(task, where)

    workers.work(workers.choose(small, store, names=[name]), store, do=do)
    assert done == [name]
    workers.work(workers.choose(small, store, "size"), store, do=do)
    assert done[1:] == [task.config.name for task in small.tasks(store) if task.part == "size"]
    with pytest.raises(ColorizeError, match="No run of the study is called coltran"):
        workers.choose(small, store, names=["coltran"])
    with pytest.raises(ColorizeError, match="did you mean final"):
        workers.choose(small, store, "finals")


WORKER = """
import sys, time
from pathlib import Path
from colorize_lib.runs.store import Store
from colorize_lib.study import workers
from colorize_lib.study.plan import Study
from tests.pretended import SMALL, pretend
root = Path(sys.argv[1])
workers.LEASE_SECONDS, workers.WAIT_SECONDS = 2.0, 0.1
def do(task, store):
    with (root / "done.txt").open("a") as file:
        print(task.config.name, file=file)
    time.sleep(float(sys.argv[2]))
    return pretend(task, store)
study, store = Study.create(SMALL), Store(root / "results", root / "runs")
sys.exit(workers.work(workers.choose(study, store), store, do=do))
"""


def worker(root, seconds):
    checkout = Path(__file__).resolve().parents[2]
    return subprocess.Popen([sys.executable, "-c", WORKER, str(root), str(seconds)], cwd=checkout)


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_two_at_once_share_the_tasks_out(store, tmp_path):
    both = [worker(tmp_path, 0.3) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    done = (tmp_path / "done.txt").read_text().split()
    assert sorted(done) == sorted(task.config.name for task in Study.create(SMALL).tasks(store))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_what_a_killed_process_held_is_done_by_another(store, tmp_path):
    killed = worker(tmp_path, 1000)
    wait_for(lambda: (tmp_path / "done.txt").exists() and (tmp_path / "done.txt").read_text())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert worker(tmp_path, 0).wait(120) == 0
    done = Counter((tmp_path / "done.txt").read_text().split())
    assert sorted(done.values()) == [1, 1, 1, 1, 1, 2], "only the one that was cut off was begun again"
    small = Study.create(SMALL)
    assert not any(workers.incomplete(task, store) for task in small.tasks(store))


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="one backend's arithmetic is enough")
def test_a_study_is_trained_scored_and_recorded(store, projected):
    small = Study.create({**SMALL, "families": ["pix2pix"], "seeds": [0], "images_seen_pix2pix": 3008})
    assert workers.work(workers.choose(small, store), store) == 0
    final, size = small.tasks(store)
    run, fewer = store.find(final.config), store.find(size.config)
    assert (run.folder / "artefacts" / "photographs.jpg").exists()
    assert run.measured("KID", "disjoint", split="test").images == 150
    assert run.measured("KID", "disjoint", split="test", options="luma put back").images == 150
    along = fewer.metrics[(fewer.metrics.metric == "KID") & (fewer.metrics.split == "validation")]
    assert list(along.images_seen) == [1008, 2000, 3008]
    best = along.images_seen[along.value.idxmin()]
    tested = fewer.metrics[(fewer.metrics.metric == "KID") & (fewer.metrics.split == "test")]
    assert set(tested.images_seen) == {best, 3008}
    workers.record(small, store)
    assert Run(store.recorded / run.name).weights.exists()
    assert not Run(store.recorded / fewer.name).weights.exists()
    assert not any(workers.incomplete(task, Store(store.recorded, store.local / "none")) for task in (final, size))
    assert workers.record(small, store) == []


def test_progress_counts_what_a_training_has_seen(store):
    small = Study.create({**SMALL, "families": ["pix2pix"], "seeds": [0]})
    final, size = small.tasks(store)
    expected = {final: (100.0, 50.0), size: (60.0, 40.0)}.__getitem__
    assert timing.progress([final, size], store, expected) == (0.0, 250.0)
    pretend(size, store)
    assert timing.progress([final, size], store, expected) == (100.0, 250.0)
    folder = store.local / final.config.name
    folder.mkdir()
    (folder / "history.csv").write_text("images_seen,seconds\n256,1\n500,2\n")
    done, _ = timing.progress([final, size], store, expected)
    assert done == pytest.approx(125.0)


def test_too_many_photographs_along_the_way_are_an_error(store, projected, monkeypatch, is_one_sentence):
    task = Study.create({**SMALL, "score_along": 150}).tasks(store)[0]
    monkeypatch.setattr(training, "train", lambda config, where, progress: trained(config, where.local))
    from colorize_lib.runs import scoring
    from colorize_lib.runs.scoring import Painter

    monkeypatch.setattr(scoring, "painter", lambda run, images_seen: Painter(None))
    monkeypatch.setattr(
        scoring, "score_run", lambda run, paint, **named: measured(run, Scoring(2000, named["split"], 150), 0.1)
    )
    with pytest.raises(ColorizeError, match="no more than 150") as error:
        workers.complete(task, store)
    assert is_one_sentence(error.value)
