"""The store: runs are found, kept and recorded, and so is what they measured."""

from pathlib import Path

import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import METRIC_COLUMNS, Store
from tests import pretended
from tests.pretended import config


def finished(root, configuration, weights=True):
    """A run that has ended, with everything that a local one has."""
    run = pretended.trained(root, configuration) if weights else pretended.finished(root, configuration)
    (run.folder / "samples").mkdir()
    run.checkpoint.write_text("state")
    (run.folder / "tensorboard").mkdir()
    return run


def test_recorded_runs_are_found_first_and_recording_leaves_the_state_behind(store):
    local = finished(store.local, config())
    assert store.find(config()).folder == local.folder
    recorded = store.record(local)
    assert store.find(config()).folder == recorded.folder
    assert recorded.weights.exists()
    assert not recorded.checkpoint.exists()
    assert not (recorded.folder / "tensorboard").exists()
    assert [run.folder for run in store.runs()] == [recorded.folder]
    with pytest.raises(ColorizeError, match="already recorded"):
        store.record(recorded)


def test_a_run_is_named_by_its_beginning_if_that_is_enough(store):
    first, second = finished(store.local, config()), finished(store.local, config(images=2000))
    assert store.get(first.name).folder == first.folder
    assert store.get(second.name[:-1]).folder == second.folder
    longer = finished(store.local, config(images=10000))  # whose name the first one's is a beginning of
    assert store.get(first.name).folder == first.folder
    assert store.get(longer.name).folder == longer.folder
    with pytest.raises(ColorizeError, match="Several runs begin with pix2pix"):
        store.get("pix2pix")
    with pytest.raises(ColorizeError, match="no run called palette"):
        store.get("palette")


def test_the_best_run_is_recorded_and_longest_and_has_weights(store):
    finished(store.local, config(images=9000))
    finished(store.recorded, config(images=4000), weights=False)
    longest = finished(store.recorded, config(images=3000))
    finished(store.recorded, config(images=2000))
    assert store.best("pix2pix").folder == longest.folder
    with pytest.raises(ColorizeError, match="No run of pix2pix with weights"):
        Store(store.recorded / "none", store.local / "none").best("pix2pix")


def test_a_measurement_taken_again_replaces_the_old_one(store):
    run = finished(store.local, config())
    row = {"images_seen": 10, "metric": "FID", "value": 1.0, "split": "validation", "images": 5, "network": ""}
    run.add_metrics([row, {**row, "split": "test", "value": 2.0}])
    run.add_metrics([{**row, "value": 3.0}])
    assert sorted(run.metrics.value) == [2.0, 3.0]


def test_a_run_that_is_not_finished_is_not_found(store):
    run = finished(store.recorded, config())
    (run.folder / "manifest.json").unlink()
    assert store.find(config()) is None
    assert store.runs() == []
    local = finished(store.local, config())
    assert store.find(config()).folder == local.folder


def test_a_longer_budget_is_another_run(store):
    finished(store.local, config(images=1000))
    assert store.find(config(images=2000)) is None


def test_recording_keeps_everything_else_byte_for_byte(store):
    local = finished(store.local, config())
    local.add_metrics([{"images_seen": 10, "metric": "FID", "value": 1.0}])
    (local.folder / "samples" / "8.png").write_bytes(b"picture")
    (local.folder / "samples" / ".123-16.png").write_bytes(b"of a process that was killed")
    kept = store.record(local, weights=False)
    copied = {path.relative_to(kept.folder) for path in kept.folder.rglob("*") if path.is_file()}
    assert copied == {Path(name) for name in ("config.json", "manifest.json", "metrics.csv", "samples/8.png")}
    for name in copied:
        assert (kept.folder / name).read_bytes() == (local.folder / name).read_bytes()


def test_the_best_run_is_of_the_largest_preset(store):
    finished(store.recorded, config(images=9000))
    small = RunConfig.create("pix2pix", "small", "sample_photos", 100)
    base = RunConfig.create("pix2pix", "base", "sample_photos", 10)
    finished(store.recorded, small)
    assert store.best("pix2pix").config == small
    finished(store.recorded, base)
    assert store.best("pix2pix").config == base
    with pytest.raises(ColorizeError, match="no family called pix2pixel: did you mean pix2pix"):
        store.best("pix2pixel")


def test_measurements_that_differ_in_their_protocol_stand_side_by_side(store):
    run = finished(store.local, config())
    row = {
        "images_seen": 10, "metric": "FID", "value": 1.0, "error": 0.1, "split": "validation", "protocol": "disjoint",
        "images": 5, "reference_images": 5, "options": "50", "network": "net", "indices": "0123abcd", "seconds": 1.0,
    }  # fmt: skip
    others = {
        "images_seen": 20, "metric": "KID", "split": "test", "protocol": "paired", "images": 6, "reference_images": 6,
        "options": "", "network": "other",
    }  # fmt: skip
    run.add_metrics([row, *({**row, name: value} for name, value in others.items())])
    assert len(run.metrics) == 1 + len(others)
    again = {**row, "value": 9.0, "error": 0.2, "indices": "4567abcd", "seconds": 2.0}
    run.add_metrics([again])  # options that are a number too, read back from a column with gaps
    assert len(run.metrics) == 1 + len(others)
    assert (run.metrics.value == 9.0).sum() == 1
    assert list(run.metrics.columns) == METRIC_COLUMNS
    assert run.metrics.images_seen.is_monotonic_increasing


def test_samples_are_in_order_and_without_what_a_killed_process_left(store):
    run = finished(store.local, config())
    for name in ("16.png", "8.png", "128.png", ".123-256.png"):
        (run.folder / "samples" / name).write_bytes(b"")
    assert list(run.samples) == [8, 16, 128]


def test_a_run_without_weights_says_how_to_get_some(store, is_one_sentence):
    run = finished(store.local, config(), weights=False)
    with pytest.raises(ColorizeError, match="keeps no weights") as error:
        run.load_model()
    assert run.name in str(error.value)
    assert is_one_sentence(error.value)


def test_a_table_that_is_not_recorded_is_named(store, is_one_sentence):
    with pytest.raises(ColorizeError, match=r"none\.csv") as error:
        store.table("none")
    assert is_one_sentence(error.value)
