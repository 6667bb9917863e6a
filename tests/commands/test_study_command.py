"""The study from the command line: what is missing is named, done and recorded."""

import pytest

from colorize_lib.book import parameters
from colorize_lib.runs.store import Store
from colorize_lib.study import workers
from colorize_lib.study.plan import Study
from tests.pretended import SMALL, pretend


@pytest.fixture
def small(store, monkeypatch):
    """A small study in a store of its own, which processes complete without training."""
    study = Study.create(SMALL)
    monkeypatch.setattr(Store, "default", classmethod(lambda cls: store))
    monkeypatch.setattr(parameters, "study", lambda path: study)
    monkeypatch.setattr(
        workers.LocalProcesses, "run", lambda self, selection, where: workers.work(selection, where, pretend)
    )
    return study


def test_what_is_missing_is_named_done_and_recorded(small, store, colorize):
    names = [task.config.name for task in small.tasks(store)]
    before = colorize("study", "status")
    assert before.code == 1
    assert [line.split()[1] for line in before.out.splitlines() if line.startswith("missing:")] == names
    assert colorize("study", "run", "--part", "size").code == 0
    between = colorize("study", "status").out.splitlines()
    assert [line.split() for line in between[:2]] == [["final", "0", "of", "4"], ["size", "2", "of", "2"]]
    assert colorize("study", "run").code == 0
    after = colorize("study", "status")
    assert after.code == 0 and after.out.splitlines()[-1] == "Nothing is missing."
    recorded = [str(store.recorded / name) for name in names]
    assert colorize("study", "record").out.splitlines() == recorded


def test_a_failure_is_one_sentence(small, colorize, monkeypatch, is_one_sentence):
    monkeypatch.setattr(workers.LocalProcesses, "run", lambda self, selection, where: selection.tasks(where)[:1])
    answer = colorize("study", "run")
    assert answer.code == 2
    assert "1 of the runs failed" in answer.err and is_one_sentence(answer.err.strip())
