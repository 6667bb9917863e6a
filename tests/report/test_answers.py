"""Answers: the verdicts on a study are those of its truth."""

import numpy as np
import pytest

from colorize_lib.metrics import PROXY_SCORE
from colorize_lib.report import answers
from tests.report.recorded import FAMILIES


def test_the_answers_are_those_of_the_truth(results):
    verdicts = answers.verdicts(results)
    assert {name: verdict.outcome for name, verdict in verdicts.items()} == {
        "RQ1": "supported",
        "RQ2": "supported",
        # An image takes Palette longer than Pix2Pix and less long than ColTran.
        "RQ3": "refuted",
        "RQ4": "refuted",
        "H1": "supported",
        "H2": "refuted",
    }
    assert PROXY_SCORE.name in verdicts["RQ1"].question and PROXY_SCORE.name in verdicts["RQ1"].evidence[0]
    assert answers.verdicts(results, ["regression"])["RQ3"].outcome == "inconclusive"


def test_the_same_quality_is_reached_by_all(results):
    table = results.along
    assert list(table[table.family == "palette"].images_seen) == [8000, 16000, 32000]
    reached = answers.until_the_same(results, ["palette", "pix2pix"])
    assert reached.target == table[table.family == "pix2pix"].KID.min()
    assert reached.images["pix2pix"] == pytest.approx(32_000)
    assert 16_000 < reached.images["palette"] < 32_000
    assert np.isnan(reached.images["regression"]) and not reached.by_first
    assert answers.until_the_same(results, FAMILIES).by_first == {"palette", "pix2pix"}
    palette = table[table.family == "palette"]
    assert (palette.seconds / palette.images_seen).std() < 1e-9
