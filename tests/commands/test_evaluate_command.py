"""Evaluating from the command line: what is asked for is what is scored."""

import pandas as pd
import pytest

from colorize_lib.runs import scoring
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.scoring import Painter, Protocol
from colorize_lib.runs.store import BASELINE_COLUMNS


@pytest.fixture
def scored(monkeypatch):
    """What the scoring was asked for; it answers with a row of a table."""
    asked = []
    row = {
        "images_seen": 0, "metric": "FID-30", "value": 12.25, "error": 0.5, "low": 11.5, "high": 13.0,
        "originals": 9.75, "split": "test", "protocol": "disjoint", "images": 30, "reference_images": 30,
        "options": "", "network": "net", "indices": "", "seconds": 1.0,
    }  # fmt: skip
    gray = {**row, "method": "gray", "data_set": "sample_photos", "image_size": 32}
    del gray["seconds"]  # not every row says how long it took
    monkeypatch.setattr(scoring, "painter", lambda run, **sampling: Painter(run.name, sampling=sampling))
    monkeypatch.setattr(scoring, "score_run", lambda run, *given, **named: asked.append((*given, named)) or [row])
    monkeypatch.setattr(scoring, "score_baselines", lambda protocol, **named: asked.append((protocol, named)) or [gray])
    return asked


@pytest.mark.parametrize("given_luma", [False, True])
def test_a_run_is_scored_by_the_protocol_and_the_sampler_that_are_asked_for(
    two_runs, scored, colorize, store, given_luma
):
    config = RunConfig.create("palette", "tiny", "sample_photos", 1000)
    name = config.name
    (store.local / name).mkdir()
    (store.local / name / "config.json").write_text(config.to_json())
    (store.local / name / "manifest.json").write_text("{}")
    arguments = ["evaluate", name, "--split", "test", "--count", "30", "--allow-small", "--steps", "9"]
    answer = colorize(*arguments, *(["--given-luma"] if given_luma else []))
    assert answer.code == 0
    title, _, line = answer.out.splitlines()
    assert title == f"{name} (test)"
    assert " ".join(line.split()) == "FID-30 12.25 0.5 11.5 to 13 9.75 disjoint 30 30 net 1.0"
    paint = Painter(name, given_luma=given_luma, sampling={"steps": 9})
    assert scored == [(paint, {"split": "test", "count": 30, "allow_small": True})]


def test_an_option_that_a_runs_sampler_does_not_have_is_refused_at_once(two_runs, scored, colorize):
    answer = colorize("evaluate", two_runs[0].name, "--temperature", "0.5")
    assert answer.code == 2 and "Pix2Pix cannot sample with temperature" in answer.err
    assert not scored


def test_scores_of_baselines_go_into_the_recorded_table_once(two_runs, scored, colorize, store):
    arguments = ["evaluate", two_runs[0].name, "--split", "test", "--count", "30", "--allow-small", "--baselines"]
    for _ in range(2):
        assert colorize(*arguments).out.splitlines()[0] == "gray (test)"
    assert scored == 2 * [(Protocol("sample_photos", 32, "test", 30), {"allow_small": True})]
    assert "leave out --given-luma" in colorize(*arguments, "--given-luma").err
    table = pd.read_csv(store.recorded / "tables" / "baselines.csv")
    assert list(table.columns) == BASELINE_COLUMNS
    assert len(table) == 1
