"""Completion: when a task is complete, what completing it does, and what is recorded of it."""

import shutil

import keras
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.runs import scoring, training
from colorize_lib.runs.scoring import Painter
from colorize_lib.runs.store import Run, Store
from colorize_lib.study import completion
from colorize_lib.study.completion import is_complete
from colorize_lib.study.plan import Scoring, Selection, Study
from colorize_lib.study.workers import work
from tests.pretended import SMALL, measured, pretend, trained


def test_a_first_final_without_its_pictures_is_incomplete(store):
    (task, *_) = Study.create(SMALL).tasks(store)
    assert not is_complete(task, store)
    run = pretend(task, store)
    assert task.first and is_complete(task, store)
    shutil.rmtree(run.folder / "artefacts")
    assert not is_complete(task, store)


def test_what_is_complete_is_recorded_once_and_weights_of_the_first_final_only(store):
    small = Study.create({**SMALL, "families": ["pix2pix"], "trials": 6, "trial_images_pix2pix": 2000})
    *trials, first, second, size = small.tasks(store)
    for task in (trials[0], first, second):
        run = pretend(task, store)
        (run.folder / "samples").mkdir()
        for count in (1008, 2000):
            (run.folder / "samples" / f"{count}.png").touch()
    trained(store.local, size.config)  # and not scored
    folders = completion.record(small, store)
    assert folders == [store.recorded / task.config.name for task in (trials[0], first, second)]
    trial, first, second = map(Run, folders)
    assert [run.weights.exists() for run in (trial, first, second)] == [False, True, False]
    assert [list(run.samples) for run in (trial, first, second)] == [[2000], [1008, 2000], [1008, 2000]]
    assert completion.record(small, store) == []


def test_too_many_photographs_along_the_way_are_an_error(store, monkeypatch, is_one_sentence):
    task = Study.create({**SMALL, "score_along": 150}).tasks(store)[0]
    monkeypatch.setattr(training, "train", lambda config, where, progress: trained(where.local, config))
    monkeypatch.setattr(scoring, "painter", lambda run, images_seen: Painter(None))
    monkeypatch.setattr(
        scoring, "score_run", lambda run, paint, **named: measured(run, Scoring(2000, named["split"], 150), 0.1)
    )
    with pytest.raises(ColorizeError, match="no more than 150") as error:
        completion.complete(task, store)
    assert is_one_sentence(error.value)


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="one backend's arithmetic is enough")
def test_a_study_is_trained_scored_and_recorded(store, projected):
    small = Study.create({**SMALL, "families": ["pix2pix"], "seeds": [0], "images_seen_pix2pix": 3008})
    assert work(Selection(small), store) == []
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
    completion.record(small, store)
    recorded_alone = Store(store.recorded, store.local / "none")
    assert all(is_complete(task, recorded_alone) for task in (final, size))
