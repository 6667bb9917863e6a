"""Configurations: an identity that a new field with a default does not change, and milestones."""

import dataclasses
import json
from pathlib import Path

import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.runs.config import RunConfig
from tests.pretended import config


def test_a_new_hyperparameter_with_a_default_orphans_no_run():
    known = config()
    newer = dataclasses.make_dataclass(
        "Newer", [("twist", float, 0.5)], bases=(type(known.hyperparameters),), frozen=True
    )
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
    monkeypatch.setattr(type(config().hyperparameters), "VERSION", 99)
    assert config().lineage != before


def test_a_configuration_survives_its_file():
    original = config(learning_rate=1e-3, output="chroma", generator_widths=(8, 8))
    assert RunConfig.from_json(original.to_json()) == original


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


@pytest.mark.parametrize(
    ("batch_size", "images"), [(16, 1), (16, 1000), (16, 1008), (16, 9000), (7, 4001), (1, 70_000)]
)
def test_milestones_are_the_first_batches_that_reach_1000_times_powers_of_two_and_the_end(batch_size, images):
    wanted = config(images=images, batch_size=batch_size)
    assert wanted.images_after(wanted.steps - 1) < images <= wanted.images_after(wanted.steps)
    *before, end = wanted.milestones
    assert end == wanted.images_after(wanted.steps)
    powers = [1000 * 2**k for k in range(10)]
    assert before == [
        count for count in range(batch_size, end, batch_size) if any(0 <= count - p < batch_size for p in powers)
    ]
