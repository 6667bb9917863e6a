"""Timing: operations against a count by hand, and that a machine is measured once."""

import pytest

from colorize_lib.runs.config import RunConfig
from colorize_lib.study import timing
from colorize_lib.study.plan import Study
from colorize_lib.study.timing import Expectation, Expected, Speed
from tests.pretended import SMALL, pretend


@pytest.fixture(autouse=True)
def memory(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "data_root", lambda: tmp_path)


@pytest.fixture
def measured(monkeypatch):
    """The configurations that were measured, each of which took 0.25 and 0.5 seconds an image."""
    configs = []

    def measure(config):
        configs.append(config)
        return {"training": 0.25, "sampling": 0.5}

    monkeypatch.setattr(timing, "_measure_speed", measure)
    return configs


def config(family="pix2pix", preset="tiny", **settings):
    return RunConfig.create(family, preset, "sample_photos", 64, **settings)


def test_operations_are_those_of_the_convolutions():
    """Pix2Pix' two outermost convolutions by hand: two operations for each weight at each position."""
    narrow, wide = (timing.forward_operations(config(generator_widths=(8, width))) for width in (16, 32))
    # Encoder 8 -> W at 8x8 and decoder W -> 8 at 16x16, both 4x4; a transposed one meets each input position.
    more = 2 * 16 * (8 * 16 * 64 + 16 * 8 * 64)
    assert wide - narrow == pytest.approx(more, rel=0.05)


def test_twice_the_side_are_four_times_the_operations():
    at = {size: timing.forward_operations(config(image_size=size)) for size in (32, 64)}
    assert at[64] / at[32] == pytest.approx(4, rel=0.01)


def test_a_machine_is_measured_once_and_anew_when_asked(measured):
    assert timing.speed(config()) == Speed(0.25, 0.5, measured=True)
    assert timing.speed(config()) == Speed(0.25, 0.5, measured=True)
    assert measured == [config()]
    timing.speed(config(batch_size=8))
    assert len(measured) == 2
    timing.forget()
    timing.speed(config())
    assert len(measured) == 3


def test_what_is_too_large_is_estimated_from_operations(measured, monkeypatch):
    small, large = config(preset="small"), config(preset="small", image_size=64)
    step = 3 * timing.forward_operations(small) * small.hyperparameters.batch_size
    monkeypatch.setattr(timing, "LARGEST_STEP", 1.01 * step)
    estimate = timing.speed(large)
    ratio = timing.forward_operations(large) / timing.forward_operations(small)
    assert not estimate.measured and ratio > 3
    assert estimate.training == pytest.approx(0.25 * ratio) and estimate.sampling == pytest.approx(0.5 * ratio)
    assert [(c.preset, c.image_size) for c in measured] == [("small", 32)]


def test_what_is_measured_is_the_time_of_an_image(monkeypatch):
    monkeypatch.setattr(timing, "MEASURED_SECONDS", 0.2)
    speed = timing.speed(config())
    assert speed.measured and 0 < speed.training < 1 and 0 < speed.sampling < 1


def test_a_budget_in_minutes_is_one_in_images(monkeypatch):
    """At four images a second; three digits of it, and a batch at least."""
    monkeypatch.setattr(timing, "speed", lambda configuration: Speed(0.25, 0.5))
    for minutes, images in ((1, 240), (10, 2400), (20.583, 4940), (0.001, 16)):
        assert timing.images_within(minutes, config(batch_size=16)) == images


def test_a_task_is_expected_to_take_what_its_images_and_scorings_do(store, monkeypatch):
    monkeypatch.setattr(timing, "speed", lambda configuration: Speed(0.25, 0.5))
    monkeypatch.setattr(timing, "scoring_seconds", lambda where: 2.0)
    first, *_ = Study.create(SMALL).tasks(store)
    scorings = first.scorings()
    few, whole = sum(not s.whole for s in scorings), sum(s.whole for s in scorings)
    assert whole == 3 and few >= 1
    # Few are 40 photographs; of a whole split's 5,000 or so 1,000 are coloured twice.
    scoring = few * 40 * (0.5 + 2.0) + whole * (6000 * 0.5 + 5000 * 2.0)
    expected = Expectation(store)
    assert expected(first) == Expected(training=2000 * 0.25, scoring=scoring)
    assert not expected.estimated


def test_progress_counts_what_a_training_has_seen(store):
    small = Study.create({**SMALL, "families": ["pix2pix"], "seeds": [0]})
    final, size = small.tasks(store)
    expected = {final: (100.0, 50.0), size: (60.0, 40.0)}.__getitem__
    assert timing.progress([final, size], store, expected) == (0.0, 250.0)
    pretend(size, store)
    assert timing.progress([final, size], store, expected) == (100.0, 250.0)
    folder = store.local / final.config.name
    folder.mkdir()
    (folder / "history.csv").write_text("images_seen,seconds\n256,1\n500,2\n")
    done, _ = timing.progress([final, size], store, expected)
    assert done == pytest.approx(125.0)
