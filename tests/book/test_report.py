"""The report says what is recorded: a figure that changes there changes in it, a sentence that the results no longer
carry stops it, and a run that is gone is named."""

import shutil

import nbformat
import pandas as pd
import pytest

from colorize_lib.book import build, parameters
from colorize_lib.files import ColorizeError, repository
from colorize_lib.metrics import FID
from colorize_lib.report import answers
from colorize_lib.report.results import Results
from colorize_lib.runs.store import Store

MADE = {"_build", "executed", "results", "runs"}


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """This repository with a copy of its recorded results; it is the current folder."""
    root = repository()
    for source in (*root.glob("[!.]*"), *(root / "book").iterdir()):
        if source.name not in MADE | {"book"}:
            target = tmp_path / source.relative_to(root)
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(source)
    shutil.copytree(root / "results", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLORIZE_PARAMS", raising=False)
    return tmp_path


def opened():
    """The results that are recorded now."""
    return Results(parameters.study("params/report.yaml"), Store.default())


def change_fid(family, value):
    """Give the test photographs another disjoint FID in all of a family's finals."""
    for run in opened().finals[family]:
        path = run.folder / "metrics.csv"
        table = pd.read_csv(path)
        protocol = (table.metric == FID.name) & (table.protocol == FID.protocol) & (table.split == "test")
        table.loc[protocol & (table.images_seen == run.config.images_seen), "value"] = value
        table.to_csv(path, index=False)


def said(notebook):
    """All that a chapter's cells display as text."""
    outputs = (o for cell in nbformat.read(notebook, as_version=4).cells for o in cell.get("outputs", []))
    return "\n".join(o.data.get("text/markdown", "") for o in outputs if "data" in o)


@pytest.mark.slow
def test_a_changed_figure_is_found_in_table_prose_and_verdict(copied):
    before = answers.verdicts(opened())["RQ1"]
    change_fid("palette", 29.87)  # still the second best

    text = said(build.execute("comparison", "params/report.yaml"))

    assert "29.87(" in (copied / "book/executed/tables/comparison-metrics.csv").read_text()
    assert "The next is Palette with 29.87;" in text
    after = answers.verdicts(opened())["RQ1"]
    assert f"{after.outcome.capitalize()}.** {' '.join(after.evidence)}" in text

    change_fid("palette", 7.89)  # the best
    assert answers.verdicts(opened())["RQ1"].evidence != before.evidence
    with pytest.raises(ColorizeError, match="no longer show that Pix2Pix has the lowest FID"):
        build.execute("conclusion", "params/report.yaml")
    assert not (copied / "book/executed/conclusion.ipynb").exists()


def test_a_run_that_is_gone_is_named_with_its_command(copied):
    gone = opened().finals["coltran"][1]
    shutil.rmtree(gone.folder)
    with pytest.raises(ColorizeError) as error:
        build.execute("comparison", "params/report.yaml")
    assert f"{gone.name} is neither recorded nor local" in str(error.value)
    assert f"`python -m colorize_lib study run {gone.name}`" in str(error.value)
