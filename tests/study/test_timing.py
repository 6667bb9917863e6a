"""Speed: operations against a count by hand, and that a machine is measured once."""

import pytest

from colorize_lib.runs.config import RunConfig
from colorize_lib.study import timing


@pytest.fixture(autouse=True)
def memory(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "data_root", lambda: tmp_path)


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


def test_a_machine_is_measured_once_and_anew_when_asked(monkeypatch):
    asked = []
    found = {"training": 0.25, "sampling": 0.5}
    monkeypatch.setattr(timing, "_measure", lambda config: asked.append(config) or found)
    first = timing.speed(config())
    assert (first.training, first.sampling, first.measured) == (0.25, 0.5, True)
    assert timing.speed(config()) == first and len(asked) == 1
    timing.speed(config(batch_size=8))
    assert len(asked) == 2
    timing.forget()
    timing.speed(config())
    assert len(asked) == 3


def test_what_is_too_large_is_told_from_operations(monkeypatch):
    monkeypatch.setattr(timing, "_measure", lambda config: {"training": 0.25, "sampling": 0.5})
    small, large = config("palette", "small"), config("palette", "base", image_size=256)
    found = timing.speed(large)
    ratio = timing.forward_operations(large) / timing.forward_operations(small)
    assert not found.measured and ratio > 10
    assert found.training == pytest.approx(0.25 * ratio) and found.sampling == pytest.approx(0.5 * ratio)


def test_what_is_measured_is_the_time_of_an_image(monkeypatch):
    monkeypatch.setattr(timing, "MEASURED_SECONDS", 0.2)
    found = timing.speed(config())
    assert found.measured and 0 < found.training < 1 and 0 < found.sampling < 1
