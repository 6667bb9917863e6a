"""Scheduler: carries a study out in several processes, which may be killed at any moment, and says what is left.

Who does a task holds a lease on it, a file beside the local runs that expires when it is no longer refreshed: a study
that is started twice shares its tasks out, and one whose process was killed is taken up by the next.
"""

import dataclasses
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import filelock
from tqdm import tqdm

from colorize_lib.files import ColorizeError, repository
from colorize_lib.runs import pictures
from colorize_lib.runs.store import Run, Store
from colorize_lib.study.plan import Study, Task
from colorize_lib.validation import nearest

LEASE_SECONDS = 120.0
WAIT_SECONDS = 5.0
BAR_SECONDS = 20.0  # what is there is read anew for the bar


def incomplete(task: Task, store: Store) -> bool:
    """Whether a task's run, one of its measurements or its pictures are missing."""
    missing, scorings = task.missing(store)
    return missing or bool(scorings) or lacks_pictures(task, store)


def lacks_pictures(task: Task, store: Store) -> bool:
    """Whether a task's run is there without the pictures that its chapter shows."""
    run = store.find(task.config)
    return task.first and run is not None and not pictures.kept(run)


def complete(task: Task, store: Store) -> Run:
    """Do what is missing of a task: train its run, score it, keep its pictures."""
    import keras

    from colorize_lib.runs import training
    from colorize_lib.runs.scoring import painter, score_run

    keras.utils.clear_session()
    run = training.train(task.config, store, progress=False)
    paints, made = {}, None
    while scorings := task.missing(store)[1]:
        scoring = scorings[0]
        if scoring == made:
            raise ColorizeError(
                f"The {scoring.split} split of {task.config.data_set} has no more than {scoring.count} photographs: "
                "set score_along to fewer than that."
            )
        if scoring.images_seen not in paints:
            paints[scoring.images_seen] = painter(run, scoring.images_seen)
        score_run(
            run,
            dataclasses.replace(paints[scoring.images_seen], given_luma=scoring.given_luma),
            split=scoring.split,
            count=0 if scoring.whole else scoring.count,
            images_seen=scoring.images_seen,
            brief=not scoring.whole,
            allow_small=True,
        )
        made = scoring
    if lacks_pictures(task, store):
        pictures.save(run)
    return run


def lease(task: Task, store: Store, timeout: float = 0.0, seconds: float | None = None) -> filelock.SoftFileLease:
    """The right to do a task, for whoever holds it; it expires so many seconds after its holder died."""
    path = store.local / "leases" / f"{task.config.name}.lease"
    path.parent.mkdir(parents=True, exist_ok=True)
    return filelock.SoftFileLease(path, lease_duration=seconds or LEASE_SECONDS, timeout=timeout)


def work(tasks: Callable[[], list[Task]], store: Store, do: Callable[[Task, Store], Run] = complete) -> int:
    """Do tasks one after the other, but for those that others hold, until none is left.

    Args:
        tasks: what is to be done, as far as it is known by now.
        store: where runs are looked for, and made.
        do: completes a task.

    Returns:
        How many tasks failed. What a task failed with is printed; the others go on.
    """
    failed = set()
    while True:
        left = [task for task in tasks() if task not in failed and incomplete(task, store)]
        if not left:
            return len(failed)
        for task in left:
            try:
                with lease(task, store):
                    if incomplete(task, store):
                        print(f"{task.part}, {task.label}: {task.config.name}", flush=True)
                        do(task, store)
                break  # a trial that is done may bring forth the next one
            except filelock.Timeout:
                continue
            except Exception as error:  # one task's failure must not cost the night of all others
                failed.add(task)
                print(f"{task.config.name} failed: {error}", flush=True)
                if not isinstance(error, ColorizeError):
                    traceback.print_exc()
                break
        else:
            time.sleep(WAIT_SECONDS)


def choose(study: Study, store: Store, part: str = "", names: Sequence[str] = ()) -> Callable[[], list[Task]]:
    """What is to be done of a study, as far as it is known when it is called: all of it, or less.

    Args:
        study, store: of the tasks.
        part: of the study; "" means all of them.
        names: beginnings of the names of the runs; all where none is given.

    Raises:
        ColorizeError: there is no such part, or no such run.
    """

    def tasks() -> list[Task]:
        known = study.tasks(store, part)
        return [task for task in known if not names or task.config.name.startswith(tuple(names))]

    parts = list(dict.fromkeys(task.part for task in study.tasks(store)))
    if part and part not in parts:
        raise ColorizeError(f"The study has no part called {part}: {nearest(part, parts)}")
    for name in names:
        if not any(task.config.name.startswith(name) for task in tasks()):
            raise ColorizeError(f"No run of the study is called {name}: `study plan` names them all.")
    return tasks


def run(command: Sequence[str], tasks: Callable[[], list[Task]], store: Store, workers: int) -> int:
    """Start workers, each a process of its own on its share of the cores, and show how far they are.

    Args:
        command: arguments of this program that make it a worker; it is given --share NUMBER/WORKERS as well.
        tasks: what is to be done, as far as it is known by now.
        store: where they keep their runs.
        workers: how many.

    Returns:
        How many workers ended with a failure; their logs are in the local store.
    """
    from colorize_lib.study import timing

    store.local.mkdir(parents=True, exist_ok=True)
    expected = timing.Expectation()
    timing.progress(tasks(), store, expected)  # measures this machine, where that is still to be done, while it is idle
    processes = []
    try:
        for number in range(workers):
            with (store.local / f"worker-{number}.log").open("a") as log:
                words = [sys.executable, "-m", "colorize_lib", *command, "--share", f"{number}/{workers}"]
                processes.append(subprocess.Popen(words, stdout=log, stderr=log, cwd=repository()))
        with tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}<{remaining} {postfix}", disable=None) as bar:
            while any(process.poll() is None for process in processes):
                known = tasks()
                done, total = timing.progress(known, store, expected)
                finished = sum(not incomplete(task, store) for task in known)
                bar.set_postfix_str(f"{finished} of {len(known)} runs", refresh=False)
                bar.n = min(1.0, done / total) if total else 1.0
                bar.refresh()
                _wait(processes, BAR_SECONDS)
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
    return sum(process.returncode != 0 for process in processes)


def _wait(processes: Sequence[subprocess.Popen], seconds: float) -> None:
    """Wait so long, or until all processes have ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and any(process.poll() is None for process in processes):
        time.sleep(0.2)


def take_share(share: str) -> None:
    """Keep this process to the cores of its share, "0/2" for every second one, where the system lets it choose.

    Two processes on a core each train more than one on both, and than two that get in each other's way.
    """
    number, workers = map(int, share.split("/"))
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[number::workers] or {cores[number % len(cores)]})


def record(study: Study, store: Store) -> list[Path]:
    """Copy every complete local run of a study into the recorded ones: only with the weights of a family's first final
    run, and of a trial with its last samples alone."""
    recorded = []
    for task in study.tasks(store):
        run = store.find(task.config)
        if run is None or incomplete(task, store) or run.folder.parent == store.recorded:
            continue
        target = store.record(run, weights=task.first)
        if task.part == "trial":
            for path in list(target.samples.values())[:-1]:
                path.unlink()
        recorded.append(target.folder)
    return recorded
