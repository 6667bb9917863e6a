"""The model card tells the truth about the weights that are loaded."""

import pytest

from colorize_lib import models
from colorize_lib.files import repository
from colorize_lib.metrics import FID
from colorize_lib.report.results import Results
from colorize_lib.runs.store import Store
from colorize_lib.study.plan import Study


@pytest.fixture
def results():
    return Results(Study(), Store.default())


def test_the_card_names_the_weights_and_their_score(results):
    card = " ".join((repository() / "MODEL_CARD.md").read_text().split())
    recorded = [run for run in Store.default().runs() if run.folder.parent == Store.default().recorded]
    assert recorded
    for run in (run for run in recorded if run.weights.exists()):
        fid = run.measured(*FID.key)
        assert f"`{run.name}`" in card
        assert f"{run.manifest['parameters']:,} parameters" in card
        assert f"FID {fid.value:.2f} +- {fid.error:.2f} on {fid.images:,} validation photographs" in card
        baselines = results.peers(run.config, FID)
        for method, words in (("gray", "gray pictures"), ("tint", "constant tint"), ("original", "originals")):
            assert f"{words} {baselines.value[method]:.2f}" in card


@pytest.mark.parametrize("family", models.FAMILIES)
def test_the_recorded_run_beats_gray_and_the_best_tint_by_twice_the_error(family, results):
    run = Store.default().best(family)
    fid = run.measured(*FID.key)
    baselines = results.peers(run.config, FID)
    for method in ("gray", "tint"):
        assert fid.value + 2 * (fid.error + baselines.error[method]) < baselines.value[method]
