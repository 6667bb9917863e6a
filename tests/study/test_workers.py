"""Workers: every task is done once, whatever fails and whoever is killed."""

import os
import signal
from collections import Counter

import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.study import timing, workers
from colorize_lib.study.completion import is_complete
from colorize_lib.study.plan import Selection, Study
from colorize_lib.study.workers import LocalProcesses, work
from tests.pretended import SMALL, begun, pretend, pretend_with_faults


def test_everything_is_done_in_order_and_nothing_twice(store):
    small, done = Study.create(SMALL), []

    def complete(task, where):
        done.append(task)
        pretend(task, where)

    assert work(Selection(small), store, complete) == []
    assert done == small.tasks(store) and len(done) == 6
    assert work(Selection(small), store, complete) == []
    assert len(done) == 6


def test_only_what_is_selected_is_done(store):
    small = Study.create(SMALL)
    name = small.tasks(store)[2].config.name
    for selection in (Selection(small, names=(name,)), Selection(small, "size")):
        assert work(selection, store, pretend) == []
    done = {task.config.name for task in small.tasks(store) if is_complete(task, store)}
    assert done == {name, *(task.config.name for task in small.tasks(store) if task.part == "size")}


def test_a_failure_is_told_and_costs_nothing_else(store, capsys):
    small = Study.create(SMALL)
    bad, worse = small.tasks(store)[1:3]

    def complete(task, where):
        if task == bad:
            raise ColorizeError("The loss is not finite.")
        if task == worse:
            raise ZeroDivisionError("a mistake of ours")
        pretend(task, where)

    assert work(Selection(small), store, complete) == [bad, worse]
    out, err = capsys.readouterr()
    assert f"{bad.config.name} failed: The loss is not finite." in out
    assert f"{worse.config.name} failed: a mistake of ours" in out
    assert err.count("Traceback") == 1 and "ZeroDivisionError" in err
    assert [t for t in small.tasks(store) if not is_complete(t, store)] == [bad, worse]


def test_what_others_are_at_is_left_to_them(store, monkeypatch):
    """This process goes on with the rest, and waits at the end."""
    small, done = Study.create(SMALL), []
    first, *rest = small.tasks(store)
    other = workers.claim(first, store)
    assert other.__enter__()

    def wait(seconds):  # meanwhile the other process ends without having done it
        assert done == rest
        other.__exit__(None, None, None)

    def complete(task, where):
        done.append(task)
        pretend(task, where)

    monkeypatch.setattr(workers.time, "sleep", wait)
    assert work(Selection(small), store, complete) == []
    assert done == [*rest, first]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_processes_share_the_tasks_out_and_take_up_what_a_killed_one_was_at(store, monkeypatch):
    monkeypatch.setattr(timing, "Expectation", lambda where: lambda task: (1.0, 1.0))
    small = Study.create(SMALL)
    failed = LocalProcesses(2, pretend_with_faults).run(Selection(small), store)
    assert [(task.label, task.config.family) for task in failed] == [("seed 1", "regression")]
    assert all(is_complete(task, store) for task in small.tasks(store) if task not in failed)
    (killed_at, killed, its_cores), *others = begun(store)
    (survivor,) = {process for _, process, _ in others}
    assert killed != survivor
    counts = Counter(name for name, _, _ in others)
    assert counts == Counter(task.config.name for task in small.tasks(store)), "each once, by the one that survived"
    assert others[0][0] != killed_at, "while the first was at its task, the second took another"
    if its_cores != "unknown" and len(os.sched_getaffinity(0)) > 1:
        assert not set(its_cores.split(",")) & {core for _, _, cores in others for core in cores.split(",")}
    logs = "".join(workers.log_of(number, store).read_text() for number in range(2))
    assert f"{failed[0].config.name} failed: The loss is not finite." in logs
