"""Workers: who carries out a study. Here it is processes of this machine, in `cluster` it is a Ray cluster.

A process that does a task holds a lock on it, which the system releases when the process ends, in whatever way. So a
study that is started twice shares out its tasks, and a task whose process was killed is taken up by another.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

import filelock
from tqdm import tqdm

from colorize_lib.files import ColorizeError
from colorize_lib.runs.store import Store
from colorize_lib.study import timing
from colorize_lib.study.completion import Complete, complete, is_complete
from colorize_lib.study.plan import Selection, Task

WAIT_SECONDS = 5.0  # until a task that another process is doing is looked at again
BAR_SECONDS = 20.0  # until the bar is drawn again


class Workers(Protocol):
    """Who carries out what is selected of a study."""

    def run(self, selection: Selection, store: Store) -> list[Task]:
        """Complete tasks until none is left but those that failed, and return these.

        What has been done of them is kept; why they failed is printed, or in the workers' logs in the local store.
        """


@dataclass(frozen=True)
class LocalProcesses:
    """Processes of this machine, each on its share of the cores.

    Attributes:
        count: how many.
        complete: completes a task; a function of a module, so that a new process can import it.
    """

    count: int = 1
    complete: Complete = complete

    def run(self, selection: Selection, store: Store) -> list[Task]:
        store.local.mkdir(parents=True, exist_ok=True)
        expected = timing.Expectation(store)
        timing.progress(selection.tasks(store), store, expected)  # measures speeds while the machine is idle
        spawn = multiprocessing.get_context("spawn")
        processes = [
            spawn.Process(target=_worker, args=(number, self.count, selection, store, self.complete))
            for number in range(self.count)
        ]
        try:
            for process in processes:
                process.start()
            _show_progress(processes, selection, store, expected)
        finally:
            for process in processes:
                if process.is_alive():
                    process.terminate()
        return [task for task in selection.tasks(store) if not is_complete(task, store)]


def _show_progress(
    processes: Sequence[BaseProcess], selection: Selection, store: Store, expected: timing.Expectation
) -> None:
    """Show a bar of the expected time until all processes have ended."""
    with tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}<{remaining} {postfix}", disable=None) as bar:
        while running := [process.sentinel for process in processes if process.is_alive()]:
            tasks = selection.tasks(store)
            done, total = timing.progress(tasks, store, expected)
            complete_runs = sum(is_complete(task, store) for task in tasks)
            bar.set_postfix_str(f"{complete_runs} of {len(tasks)} runs", refresh=False)
            bar.n = min(1.0, done / total) if total else 1.0
            bar.refresh()
            multiprocessing.connection.wait(running, BAR_SECONDS)


def _worker(number: int, count: int, selection: Selection, store: Store, complete: Complete) -> None:
    """Be worker `number` of `count`, a process of its own whose output goes to a log in the local store."""
    with log_of(number, store).open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    _take_share(number, count)
    work(selection, store, complete)


def log_of(number: int, store: Store) -> Path:
    """Where a worker's output is kept."""
    return store.local / f"worker-{number}.log"


def _take_share(number: int, count: int) -> None:
    """Keep this process to every `count`-th core, if the system lets it choose.

    Two processes with a core each train more than one process with both, or two that compete for both.
    """
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[number::count] or {cores[number % len(cores)]})


def work(selection: Selection, store: Store, complete: Complete = complete) -> list[Task]:
    """Complete tasks in this process, one after the other, except those that other processes are doing.

    Args:
        selection: what is to be done of a study.
        store: where runs are looked for, and made.
        complete: completes a task.

    Returns:
        The tasks that failed. The reason is printed, and the others are done all the same.
    """
    failed: list[Task] = []
    while left := [t for t in selection.tasks(store) if t not in failed and not is_complete(t, store)]:
        for task in left:
            with claim(task, store) as claimed:
                if not claimed:
                    continue
                if not is_complete(task, store) and not _succeeds(task, store, complete):
                    failed.append(task)
            break  # a trial that is complete may bring forth the next one
        else:
            time.sleep(WAIT_SECONDS)
    return failed


@contextlib.contextmanager
def claim(task: Task, store: Store) -> Iterator[bool]:
    """Claim a task; yields whether that succeeded, that is, whether no other process of this machine holds it."""
    path = store.local / "claims" / f"{task.config.name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _succeeds(task: Task, store: Store, complete: Complete) -> bool:
    """Complete a task and say whether that went well: one failure must not cost the night of all other tasks."""
    print(f"{task.part}, {task.label}: {task.config.name}", flush=True)
    try:
        complete(task, store)
        return True
    except Exception as error:
        print(f"{task.config.name} failed: {error}", flush=True)
        if not isinstance(error, ColorizeError):
            traceback.print_exc()
        return False
