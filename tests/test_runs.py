"""Runs: an identity that a new field with a default does not change, and a store that finds and keeps."""

import dataclasses
import itertools

import pytest

from colorize_lib import runs, study
from colorize_lib.cli import joined_parameters, settings_of
from colorize_lib.files import ColorizeError
from colorize_lib.models.configs import Pix2PixConfig
from colorize_lib.runs import Run, RunConfig, Store


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


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results", tmp_path / "runs")


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


def test_the_command_of_a_run_makes_the_same_configuration():
    original = config(learning_rate=1e-3, output="chroma", ema_fraction=0.1, seed=3, train_images=7)
    words = study.command(original).split()
    arguments = joined_parameters(words)
    given = settings_of([word for flag, word in itertools.pairwise(arguments) if flag == "-p"])
    option = dict(itertools.pairwise(words))
    again = RunConfig.create(
        words[words.index("train") + 1],
        option["--preset"],
        option["--data"],
        int(option["--images"]),
        image_size=int(option["--image-size"]),
        train_images=int(option["--train-images"]),
        seed=int(option["--seed"]),
        **{key.removeprefix("pix2pix_"): value for key, value in given.items()},
    )
    assert again == original


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


def test_a_missing_run_comes_with_the_command_that_makes_it(monkeypatch, store):
    monkeypatch.setattr(Store, "default", classmethod(lambda cls: store))
    with pytest.raises(ColorizeError, match="python -m colorize_lib train pix2pix --preset tiny"):
        study.obtain(config())
    with pytest.raises(ColorizeError, match="train or fail"):
        study.obtain(config(), "perhaps")
    run = finished(store.local, config())
    assert study.obtain(config()).folder == run.folder
    assert runs.today() >= "2026"
