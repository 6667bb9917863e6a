"""Runs: an identity that a new field with a default does not change, and a store that finds and keeps."""

import dataclasses
import json
import types
from pathlib import Path

import numpy as np
import pytest

from colorize_lib import provenance
from colorize_lib.files import ColorizeError
from colorize_lib.models.pix2pix.config import Pix2PixConfig
from colorize_lib.runs import pictures
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import METRIC_COLUMNS, Run, Store


def config(images=1000, **settings):
    return RunConfig.create("pix2pix", "tiny", "sample_photos", images, **settings)


def finished(root, configuration, weights=True):
    run = Run(root / configuration.name)
    (run.folder / "samples").mkdir(parents=True)
    (run.folder / "config.json").write_text(configuration.to_json())
    (run.folder / "manifest.json").write_text('{"date": "2026-01-01"}')
    (run.folder / "checkpoint.npz").write_text("state")
    (run.folder / "tensorboard").mkdir()
    if weights:
        run.weights.write_text("weights")
    return run


def test_a_new_hyperparameter_with_a_default_orphans_no_run():
    newer = dataclasses.make_dataclass("Newer", [("twist", float, 0.5)], bases=(Pix2PixConfig,), frozen=True)
    known = config()
    values = dataclasses.asdict(known.hyperparameters)
    assert dataclasses.replace(known, hyperparameters=newer(**values)).name == known.name
    assert dataclasses.replace(known, hyperparameters=newer(**values, twist=0.6)).lineage != known.lineage


def test_whatever_changes_results_changes_the_name():
    names = {
        config().name,
        config(learning_rate=1e-3).name,
        config(seed=1).name,
        config(image_size=64).name,
        config(train_images=10).name,
        config(images=2000).name,
        dataclasses.replace(config(), data_set="cifar10").name,
    }
    assert len(names) == 7
    assert config(images=2000).lineage == config().lineage


def test_a_new_version_of_a_family_makes_new_runs(monkeypatch):
    before = config().lineage
    monkeypatch.setattr(Pix2PixConfig, "VERSION", 99)
    assert config().lineage != before


def test_a_configuration_survives_its_file():
    original = config(learning_rate=1e-3, output="chroma", generator_widths=(8, 8))
    assert RunConfig.from_json(original.to_json()) == original


def test_recorded_runs_are_found_first_and_recording_leaves_the_state_behind(store):
    local = finished(store.local, config())
    assert store.find(config()).folder == local.folder
    recorded = store.record(local)
    assert store.find(config()).folder == recorded.folder
    assert recorded.weights.exists()
    assert not recorded.checkpoint.exists()
    assert not (recorded.folder / "tensorboard").exists()
    assert [run.folder for run in store.runs()] == [recorded.folder]
    with pytest.raises(ColorizeError, match="recorded already"):
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


def test_a_preset_is_nothing_but_its_numbers():
    """The same numbers under another preset's name are the same lineage: the one continues the other."""
    tiny = config()
    assert dataclasses.replace(tiny, preset="small").lineage == tiny.lineage
    assert RunConfig.create("pix2pix", "small", "sample_photos", 1000).lineage != tiny.lineage
    numbers = dataclasses.asdict(tiny.hyperparameters)
    spelled_out = RunConfig.create("pix2pix", "paper", "sample_photos", 1000, image_size=32, **numbers)
    assert spelled_out.lineage == tiny.lineage


def test_a_value_is_the_same_however_it_is_written():
    assert config(l1_weight=10) == config(l1_weight=10.0)
    assert config(l1_weight=10).name == config(l1_weight=10.0).name
    assert config(generator_widths=[8, 16, 16, 16]) == config()
    assert config(l1_weight=100.0).settings() == {}
    assert config(l1_weight=10, dropout=0.25).settings() == {"l1_weight": 10.0, "dropout": 0.25}


@pytest.mark.parametrize(
    "setting",
    [
        {"l1_weight": "much"},
        {"l1_weight": True},
        {"l1_weight": None},
        {"batch_size": 2.5},
        {"batch_size": "16"},
        {"output": "lab"},
        {"generator_widths": 8},
        {"generator_widths": (8.5, 16)},
    ],
    ids=str,
)
def test_a_value_of_the_wrong_type_is_refused_by_name(setting, is_one_sentence):
    ((name, value),) = setting.items()
    with pytest.raises(ColorizeError) as error:
        config(**setting)
    assert f"pix2pix_{name} = {value!r}" in str(error.value)
    assert is_one_sentence(error.value)


def test_an_unknown_setting_is_refused_with_the_nearest_known_one():
    with pytest.raises(ColorizeError, match="no hyper-parameter called learning_rat: did you mean learning_rate"):
        config(learning_rat=1e-3)


RECORDED = sorted((Path(__file__).resolve().parents[2] / "results").glob("*/config.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.parent.name)
def test_a_recorded_run_keeps_its_name(path):
    """The folder was named by the code of its day: a name that comes out otherwise now is an orphan."""
    configuration = RunConfig.from_json(path.read_text())
    if json.loads(path.read_text())["version"] != configuration.hyperparameters.VERSION:
        pytest.skip("a run of an earlier version of its family")
    assert configuration.name == path.parent.name
    assert RunConfig.from_json(configuration.to_json()) == configuration


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


def test_the_fixed_photographs_are_sixteen_different_ones():
    photographs = pictures.fixed_photographs(32)
    assert photographs.shape == (16, 32, 32, 3) and photographs.dtype == np.uint8
    assert len(np.unique(photographs.reshape(16, -1), axis=0)) == 16
    np.testing.assert_array_equal(photographs, pictures.fixed_photographs(32))


def test_a_manifest_says_what_made_the_run():
    made_by = json.loads(json.dumps(provenance.environment("jax")))
    assert made_by["versions"]["numpy"] == np.__version__
    assert {"keras", "jax", "jaxlib", "python"} <= set(made_by["versions"])
    assert "tensorflow" not in made_by["versions"]
    assert made_by["hardware"]["cores"] >= 1


def test_a_manifest_names_the_accelerator(monkeypatch):
    import jax

    card = types.SimpleNamespace(platform="gpu", device_kind="A card of 80 GB")
    monkeypatch.setattr(jax, "devices", lambda: [card])
    hardware = provenance.environment("jax")["hardware"]
    assert provenance.hardware_text(hardware) == "A card of 80 GB"
    assert "accelerator" not in provenance.environment("tensorflow")["hardware"]  # which computes on the processor here
    monkeypatch.setattr(card, "platform", "cpu")
    assert provenance.hardware_text(provenance.environment("jax")["hardware"]).startswith(hardware["processor"])
