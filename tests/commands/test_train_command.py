"""Training from the command line: what is asked for is what is trained."""

import pytest

from colorize_lib.runs import obtain
from colorize_lib.runs.config import RunConfig
from colorize_lib.study import timing


@pytest.fixture
def asked(two_runs, monkeypatch):
    """The configurations that were to be trained, and how."""
    asked = []
    monkeypatch.setattr(obtain, "make", lambda config, store, **named: asked.append((config, named)) or two_runs[0])
    return asked


def test_a_hyperparameter_given_with_p_reaches_the_training(asked, colorize):
    arguments = ["train", "pix2pix", "--preset", "tiny", "--data", "sample_photos", "--images", "64", "--score", "5"]
    parameters = ["-p", "pix2pix_l1_weight", "10", "-p", "pix2pix_generator_widths", "[8, 16]"]
    assert colorize(*arguments, *parameters).code == 0
    ((config, named),) = asked
    settings = {"l1_weight": 10.0, "generator_widths": (8, 16)}
    assert config == RunConfig.create("pix2pix", "tiny", "sample_photos", 64, **settings)
    assert config.settings() == settings
    assert named == {"score_images": 5}


def test_a_budget_in_minutes_is_said_in_images(asked, colorize, monkeypatch):
    monkeypatch.setattr(timing, "images_within", lambda minutes, config: int(100 * minutes))
    answer = colorize("train", "pix2pix", "--preset", "tiny", "--data", "sample_photos", "--minutes", "2.5")
    assert "2.5 minutes are 250 images on this machine" in answer.out
    assert [config.images_seen for config, _ in asked] == [250]
