"""The report says what is recorded: a figure that changes there changes in it, and a run that is gone is named."""

import shutil

import nbformat
import pandas as pd
import pytest

from colorize_lib.book import build, parameters
from colorize_lib.files import ColorizeError, repository
from colorize_lib.report import results
from colorize_lib.study.plan import Study

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


@pytest.fixture
def published(copied):
    return Study.create(parameters.parameters("params/report.yaml"))


def said(notebook):
    """All that a chapter's cells display as text."""
    outputs = (o for cell in nbformat.read(notebook, as_version=4).cells for o in cell.get("outputs", []))
    return "\n".join(o.data.get("text/markdown", "") for o in outputs if "data" in o)


@pytest.mark.slow
def test_a_changed_figure_is_found_in_table_prose_and_verdict(copied, published):
    before = results.answers(published)["RQ1"]
    for run in results.finals(published)["palette"]:
        path = run.folder / "metrics.csv"
        table = pd.read_csv(path)
        table.loc[(table.metric == "FID") & (table.protocol == "disjoint") & (table.split == "test"), "value"] = 7.89
        table.to_csv(path, index=False)

    text = said(build.execute("comparison", "params/report.yaml"))

    assert "7.89" not in " ".join(before.evidence)
    assert "7.89(" in (copied / "book/executed/tables/comparison-metrics.csv").read_text()
    assert "it has the lowest FID, 7.89," in text
    after = results.answers(published)["RQ1"]
    assert after.evidence != before.evidence
    assert f"{after.outcome.capitalize()}.** {' '.join(after.evidence)}" in text


def test_a_run_that_is_gone_is_named_with_its_command(copied, published):
    gone = results.finals(published)["coltran"][1]
    shutil.rmtree(gone.folder)
    with pytest.raises(ColorizeError) as error:
        build.execute("comparison", "params/report.yaml")
    assert f"{gone.name} is neither recorded nor local" in str(error.value)
    assert f"`python -m colorize_lib study run {gone.name}`" in str(error.value)
