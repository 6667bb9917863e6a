"""A recorded study whose truth is known, and its results."""

import shutil

import pytest

from colorize_lib.report.results import Results
from colorize_lib.runs.store import Store
from colorize_lib.study.plan import Study
from tests.report.recorded import VALUES, Recorded


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    store = Store(folder / "results", folder / "runs")
    Recorded(Study.create(VALUES), store).everything()
    return store


@pytest.fixture
def study():
    return Study.create(VALUES)


@pytest.fixture(scope="session")
def results(original):
    """The study's results, which no test changes."""
    return Results(Study.create(VALUES), original)


@pytest.fixture
def copied(original, store):
    """A store with a copy of the recorded study, which a test may change before it opens it."""
    shutil.copytree(original.recorded, store.recorded)
    return store
