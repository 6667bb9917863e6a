"""What the tests of the commands share."""

import json
import sys
from typing import NamedTuple

import pytest

from colorize_lib.commands import evaluate_command, main, train_command
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Store


class Answer(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def colorize(monkeypatch, capsys):
    """A function that runs a command line in this process."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["colorize", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.main()
        return Answer(ended.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def two_runs(store, monkeypatch):
    """The store of the commands, with one recorded run, which has weights, and one local run; no backend is loaded."""
    monkeypatch.setattr(Store, "default", classmethod(lambda cls: store))
    for module in (evaluate_command, train_command):
        monkeypatch.setattr(module, "load_backend", lambda: None)
    for root, images in ((store.recorded, 2000), (store.local, 1000)):
        config = RunConfig.create("pix2pix", "tiny", "sample_photos", images)
        folder = root / config.name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(config.to_json())
        (folder / "manifest.json").write_text(json.dumps({"date": "2026-01-01", "backend": "jax"}))
    recorded, local = store.runs()
    recorded.weights.write_text("weights")
    return recorded, local
