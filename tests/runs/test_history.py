"""The history: where its rows end, and that an interruption changes none of them."""

import numpy as np
import pytest

from colorize_lib.runs import history
from colorize_lib.runs.history import Clock, History
from colorize_lib.runs.store import Run
from tests.pretended import config

BATCH, IMAGES = 100, 400_000


@pytest.fixture
def run(store):
    """A run that has just begun, of 2,000 images a second."""
    configuration = config(images=IMAGES, batch_size=BATCH)
    run = Run(store.local / configuration.name)
    run.folder.mkdir(parents=True)
    (run.folder / "config.json").write_text(configuration.to_json())
    return run


def record(run, start, stop):
    """Take up the history after `start` images and go on to `stop`; the loss is one over the images seen."""
    with History(run, start) as rows:
        for images in range(start + BATCH, stop + BATCH, BATCH):
            if rows.row_ends(images):
                rows.end_row(images, images / 2000, {"loss": 1 / images})
            assert rows.within_row(images) == (not rows.rows or images != rows.rows[-1]["images_seen"])
    return run.history


def test_rows_grow_with_the_images_seen_up_to_a_limit(run):
    table = record(run, 0, IMAGES)
    ends = table.images_seen.to_numpy()
    starts = np.array([0, *ends[:-1]])
    shortest = np.minimum(16_384, np.maximum(256, 0.09 * starts))
    lengths = ends - starts
    assert ends[-1] == IMAGES and {256, 16_384} <= set(shortest)
    assert (lengths[:-1] >= shortest[:-1]).all() and (lengths < shortest + BATCH).all()
    np.testing.assert_allclose(table.loss, 1 / ends, rtol=1e-5)
    np.testing.assert_allclose(table.seconds, ends / 2000)
    np.testing.assert_allclose(table.images_per_second, 2000)


@pytest.mark.parametrize("checkpoint", [100, 300, 50_000])
def test_an_interrupted_history_is_that_of_a_whole_one(run, checkpoint):
    """A training is cut off some rows after its last checkpoint, and goes on from there."""
    whole = record(run, 0, 60_000)
    assert whole.images_seen.iloc[-1] > checkpoint
    assert record(run, checkpoint, 60_000).equals(whole)


def test_a_clock_that_is_stopped_does_not_count(monkeypatch):
    now = iter([0.0, 10.0, 12.5, 100.0, 101.0])
    monkeypatch.setattr(history.time, "perf_counter", lambda: next(now))
    clock = Clock(5.0)
    for _ in range(2):
        clock.start()
        clock.stop()
    assert clock.seconds == 5.0 + 2.5 + 1.0
