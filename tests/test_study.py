"""The study: runs that are asked for are found, or named with the command that makes exactly them."""

import json
import shlex
import sys

import pandas as pd
import pytest

from colorize_lib import cli, runs, study
from colorize_lib.files import ColorizeError
from colorize_lib.runs import Run, RunConfig, Store


def config(images=1000, data_set="sample_photos", **settings):
    return RunConfig.create("pix2pix", "tiny", data_set, images, **settings)


def finished(root, configuration):
    run = Run(root / configuration.name)
    run.folder.mkdir(parents=True)
    (run.folder / "config.json").write_text(configuration.to_json())
    (run.folder / "manifest.json").write_text("{}")
    return run


@pytest.fixture
def store(tmp_path, monkeypatch):
    store = Store(tmp_path / "results", tmp_path / "runs")
    monkeypatch.setattr(Store, "default", classmethod(lambda cls: store))
    return store


@pytest.fixture
def made(store, monkeypatch):
    """What was asked to be trained, none of which is."""
    asked = []

    def make(configuration, where, *, score_images=0):
        asked.append((configuration, where, score_images))
        return finished(where.local, configuration)

    monkeypatch.setattr(study, "make", make)
    return asked


def test_a_missing_run_is_named_with_the_command_that_makes_it(made, is_one_sentence):
    wanted = config(seed=3)
    with pytest.raises(ColorizeError) as error:
        study.obtain(wanted)
    assert wanted.name in str(error.value)
    assert f"`{study.command(wanted)}`" in str(error.value)
    assert is_one_sentence(error.value)
    assert made == []


def test_a_missing_run_is_trained_where_that_is_asked_for(made, store):
    run = study.obtain(config(), "train", score_images=64)
    assert made == [(config(), store, 64)]
    assert study.obtain(config(), "train").folder == run.folder
    assert len(made) == 1


def test_a_run_that_is_there_is_taken_the_recorded_one_first(made, store):
    local = finished(store.local, config())
    assert study.obtain(config()).folder == local.folder
    recorded = finished(store.recorded, config())
    assert study.obtain(config(), "train").folder == recorded.folder
    assert made == []


def test_what_to_do_about_a_missing_run_is_one_of_two_words(made, store, is_one_sentence):
    finished(store.local, config())
    with pytest.raises(ColorizeError, match="missing is 'perhaps': it has to be train or fail") as error:
        study.obtain(config(), "perhaps")
    assert is_one_sentence(error.value)


@pytest.mark.parametrize(
    "wanted",
    [
        config(),
        config(images=12345, seed=3, train_images=7, image_size=48),
        config(learning_rate=1e-5, l1_weight=10, output="chroma", ema_fraction=0.1),
        config(learning_rate=0.00012345678901234567, beta_1=0.0),
        config(generator_widths=(8, 8), discriminator_widths=(4,), batch_size=1),
        config(data_set="imagenette/160px-v2"),
        config(data_set="./my photographs & more"),
    ],
    ids=lambda wanted: wanted.lineage,
)
def test_the_command_of_a_run_makes_exactly_that_run(made, store, monkeypatch, capsys, wanted):
    """A shell splits it, the command line reads it, and what it would train is what was wanted."""
    program, *arguments = shlex.split(study.command(wanted))
    assert [program, *arguments[:2]] == ["python", "-m", "colorize_lib"]
    monkeypatch.setattr(cli, "load_backend", lambda: None)
    monkeypatch.setattr(sys, "argv", ["colorize", *arguments[2:]])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0, capsys.readouterr().err
    ((configuration, where, _),) = made
    assert configuration == wanted
    assert configuration.name == wanted.name
    assert where == store


def test_baselines_are_those_of_the_same_photographs(store):
    ours = {"data_set": "sample_photos", "image_size": 32, "split": "validation"}
    others = [{"data_set": "cifar10"}, {"image_size": 64}, {"split": "test"}]
    fid = {"metric": "FID", "protocol": "disjoint", "images": 30}
    rows = [{**ours, **fid, "method": "gray", "value": 1.0, "images_seen": 0}]
    rows += [{**rows[0], "images": 20, "value": 3.0}, {**rows[0], "protocol": "paired", "value": 4.0}]
    rows += [{**rows[0], **other, "value": 2.0} for other in others]
    runs.add_rows(store.recorded / "tables" / "baselines.csv", rows, runs.BASELINE_COLUMNS)
    assert list(study.baselines(config(), "FID", "disjoint").value) == [1.0]
    assert list(study.baselines(config(), "FID", "paired").value) == [4.0]
    assert list(study.baselines(config(), "FID", "disjoint", "test").value) == [2.0]
    assert isinstance(study.baselines(config(image_size=128), "FID", "disjoint"), pd.DataFrame)
    assert study.baselines(config(image_size=128), "FID", "disjoint").empty


def test_a_table_of_all_metrics_holds_what_was_measured(store):
    measured = {"images_seen": config().images_seen, "split": "validation", "images": 30}
    psnr = {**measured, "metric": "PSNR", "protocol": "paired", "value": 21.7617, "error": 0.0611}
    run = runs.Run(store.local / config().name)
    run.folder.mkdir(parents=True)
    (run.folder / "config.json").write_text(config().to_json())
    gray = {**psnr, "method": "gray", "data_set": "sample_photos", "image_size": 32, "images_seen": 0, "value": 23.0}
    runs.add_rows(store.recorded / "tables" / "baselines.csv", [gray], runs.BASELINE_COLUMNS)
    assert study.metrics_table({"this run": run}).empty
    run.add_metrics([psnr, {**psnr, "images_seen": 1, "value": 5.0}, {**psnr, "split": "test", "value": 6.0}])
    run.add_metrics([{**psnr, "options": "luma put back", "value": 22.0, "error": 0.5}])
    other = config(seed=1)
    second = runs.Run(store.local / other.name)
    second.folder.mkdir(parents=True)
    (second.folder / "config.json").write_text(other.to_json())
    (row,) = study.metrics_table({"this run": run, "another": second}).to_dict("records")
    assert row == {
        "metric": "PSNR", "originals": "–", "gray": "23.000(61)", "best tint": "–", "this run": "21.762(61)",
        "this run, luma put back": "22.00(50)", "another": "–",
    }  # fmt: skip


def scored(store, configuration, value):
    """A run with a disjoint FID of its own, beside baselines of 10, 50 and 40, all with an error of 3."""
    fid = {"metric": "FID", "protocol": "disjoint", "split": "validation", "images": 30, "reference_images": 30}
    common = {"data_set": "sample_photos", "image_size": 32, "images_seen": 0, "error": 3.0}
    methods = {"original": 10.0, "gray": 50.0, "tint": 40.0}
    rows = [{**fid, **common, "method": method, "value": number} for method, number in methods.items()]
    runs.add_rows(store.recorded / "tables" / "baselines.csv", rows, runs.BASELINE_COLUMNS)
    run = finished(store.local, configuration)
    run.add_metrics([{**fid, "images_seen": configuration.images_seen, "value": value, "error": 4.0}])
    return run


def test_fid_stands_beside_that_of_the_baselines(store):
    run, unscored = scored(store, config(), 20.0), finished(store.local, config(seed=1))
    table = study.fid_table({"this run": run, "another": unscored}).set_index("method")
    assert list(table.index) == ["originals (floor)", "gray pictures", "the best constant tint", "this run"]
    assert list(table.FID) == ["10.00 ± 3.00", "50.00 ± 3.00", "40.00 ± 3.00", "20.00 ± 4.00"]
    assert set(table.coloured) == set(table.reference) == {"30"}
    assert study.gap_closed(run) == pytest.approx(0.75)
    # Errors of 3 and 4 make one of 5.
    assert study.margins(run) == (
        "gray pictures by 30.0, 6 times the error of the difference, and below that of "
        "the best constant tint by 20.0, 4 times the error of the difference"
    )
    assert list(study.fid_table({"another": unscored}).method) == ["not scored"]


def test_facts_of_runs_stand_side_by_side(store):
    manifest = {
        "parameters": 1234567, "training_images": 500, "seconds": 100.0, "date": "2026-01-02", "commit": "abc",
        "hardware": {"processor": "a processor", "cores": 2}, "backend": "jax", "versions": {"jax": "1.2"},
    }  # fmt: skip
    run = finished(store.local, config())
    (run.folder / "manifest.json").write_text(json.dumps(manifest))
    table = study.facts({"one": run, "two": run}).set_index("")
    assert list(table.columns) == ["one", "two"] and (table.one == table.two).all()
    expected = {
        "parameters used in sampling": "1,234,567", "images seen": "1,000 (2.0 passes)", "speed": "10 images/s",
        "training time": "1.7 minutes", "backend": "jax 1.2", "hardware": "a processor, 2 cores",
    }  # fmt: skip
    assert expected.items() <= table.one.to_dict().items()


def test_times_that_were_measured_together_stay_together():
    table = pd.DataFrame({"step": list("abcab"), "commit": list("22211"), "date": ["b", "b", "b", "a", "a"]})
    first, second = study.measured_together(table)
    assert list(first.step) == ["a", "b", "c"]
    assert list(second.step) == ["a", "b"]
    assert list(second.index) == [0, 1]


def test_distances_are_shown_with_their_errors():
    table = pd.DataFrame({"images": [1000, 1000], "FID": [80.26, 9.5], "FID_error": [1.5, 0.25]})
    table = table.assign(KID=[0.0161, 0.002], KID_error=[0.0011, 0.0004])
    assert study.distance_columns(table) == {"FID-1000": ["80.3(15)", "9.50(25)"], "1000 KID": ["16.1(11)", "2.00(40)"]}
    assert "FID" in study.distance_columns(table.assign(images=[1000, 4892]))
