"""The README's results are those of the recorded runs."""

import pytest

from colorize_lib.book import parameters
from colorize_lib.files import repository
from colorize_lib.report import answers, study_tables
from colorize_lib.report.results import Results
from colorize_lib.runs.store import Store

COLUMNS = ["FID", "10³ KID", "PD", "diversity"]


@pytest.fixture(scope="module")
def readme():
    return (repository() / "README.md").read_text()


@pytest.fixture(scope="module")
def published():
    return Results(parameters.study("params/report.yaml"), Store.default(), "final", "size")


def test_its_table_is_the_comparison_s(readme, published):
    table = study_tables.metrics(published).set_index("method")
    for method in ("originals (floor)", "gray pictures", "Regression", "Pix2Pix", "Palette", "ColTran"):
        assert f"| {method} | {' | '.join(table.loc[method, COLUMNS])} |" in readme


def test_its_verdicts_are_computed_ones(readme, published):
    verdicts = answers.verdicts(published)
    for hypothesis, said in (("H1", "most accurate and gains most from data"), ("H2", "slowest to train and to use")):
        assert f"{said}: **{verdicts[hypothesis].outcome}**" in " ".join(readme.split())
