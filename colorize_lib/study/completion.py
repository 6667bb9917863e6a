"""Completion: whether a task of the study is complete, completing it, and recording what is."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from colorize_lib.backend import load_backend
from colorize_lib.files import ColorizeError
from colorize_lib.runs import pictures
from colorize_lib.runs.store import Run, Store
from colorize_lib.study.plan import Study, Task

Complete = Callable[[Task, Store], object]  # does whatever of a task is missing in a store


def is_complete(task: Task, store: Store) -> bool:
    """Whether a task's run is there with all its measurements and, if a chapter shows it, its pictures."""
    run_missing, scorings = task.missing(store)
    return not (run_missing or scorings or lacks_pictures(task, store))


def lacks_pictures(task: Task, store: Store) -> bool:
    """Whether a task's run is there without the pictures that its chapter shows."""
    run = store.find(task.config)
    return task.first and run is not None and not pictures.kept(run)


def complete(task: Task, store: Store) -> Run:
    """Do whatever of a task is missing: train its run, score it, keep its pictures.

    Raises:
        ColorizeError: the training fails, or there are too few photographs to score.
    """
    load_backend()
    import keras

    from colorize_lib.runs import training

    keras.utils.clear_session()
    run = training.train(task.config, store, progress=False)
    _score(task, run, store)
    if lacks_pictures(task, store):
        pictures.save(run)
    return run


def _score(task: Task, run: Run, store: Store) -> None:
    from colorize_lib.runs import scoring

    painters, previous = {}, None
    while missing := task.missing(store)[1]:  # a milestone that turns out to be the best is added to them
        wanted = missing[0]
        if wanted == previous:
            raise ColorizeError(
                f"The {wanted.split} split of {task.config.data_set} has no more than {wanted.count} photographs: "
                "set score_along to a smaller number."
            )
        if wanted.images_seen not in painters:
            painters[wanted.images_seen] = scoring.painter(run, wanted.images_seen)
        scoring.score_run(
            run,
            dataclasses.replace(painters[wanted.images_seen], given_luma=wanted.given_luma),
            split=wanted.split,
            count=0 if wanted.whole else wanted.count,
            images_seen=wanted.images_seen,
            brief=not wanted.whole,
            allow_small=True,
        )
        previous = wanted


def record(study: Study, store: Store) -> list[Path]:
    """Copy every complete local run of a study into the recorded ones and return the new folders.

    Only a family's first final run is recorded with its weights, and of a trial's samples only the last are.
    """
    recorded = []
    for task in study.tasks(store):
        run = store.find(task.config)
        if run is None or run.folder.parent == store.recorded or not is_complete(task, store):
            continue
        copy = store.record(run, weights=task.first)
        if task.part == "trial":
            for path in list(copy.samples.values())[:-1]:
                path.unlink()
        recorded.append(copy.folder)
    return recorded
