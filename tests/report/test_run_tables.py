"""Tables: measurements of runs side by side, each beside those of its own photographs."""

import json

import pandas as pd
import pytest

from colorize_lib.metrics import FID
from colorize_lib.report import run_tables
from colorize_lib.report.results import Results
from colorize_lib.runs.store import BASELINE_COLUMNS, Run, add_rows
from colorize_lib.study.plan import Study
from tests.pretended import config, finished


def opened(store):
    """Results of no study in particular."""
    return Results(Study(), store)


def test_baselines_are_those_of_the_same_photographs(store):
    ours = {"data_set": "sample_photos", "image_size": 32, "split": "validation"}
    others = [{"data_set": "cifar10"}, {"image_size": 64}, {"split": "test"}]
    fid = {"metric": "FID", "protocol": "disjoint", "images": 30}
    rows = [{**ours, **fid, "method": "gray", "value": 1.0, "images_seen": 0}]
    rows += [{**rows[0], "images": 20, "value": 3.0}, {**rows[0], "protocol": "paired", "value": 4.0}]
    rows += [{**rows[0], **other, "value": 2.0} for other in others]
    add_rows(store.recorded / "tables" / "baselines.csv", rows, BASELINE_COLUMNS)
    results = opened(store)
    assert results.baselines(config(), FID).value.to_dict() == {"gray": 1.0}
    assert results.baselines(config(), FID.by("paired")).value.to_dict() == {"gray": 4.0}
    assert results.baselines(config(), FID, "test").value.to_dict() == {"gray": 2.0}
    assert results.baselines(config(image_size=128), FID).empty


def test_a_table_of_all_metrics_holds_what_was_measured(store):
    measured = {"images_seen": config().images_seen, "split": "validation", "images": 30}
    psnr = {**measured, "metric": "PSNR", "protocol": "paired", "value": 21.7617, "error": 0.0611}
    run = Run(store.local / config().name)
    run.folder.mkdir(parents=True)
    (run.folder / "config.json").write_text(config().to_json())
    gray = {**psnr, "method": "gray", "data_set": "sample_photos", "image_size": 32, "images_seen": 0, "value": 23.0}
    add_rows(store.recorded / "tables" / "baselines.csv", [gray], BASELINE_COLUMNS)
    assert run_tables.metrics_table(opened(store), {"this run": run}).to_numpy().tolist() == [["not scored"]]
    run.add_metrics([psnr, {**psnr, "images_seen": 1, "value": 5.0}, {**psnr, "split": "test", "value": 6.0}])
    run.add_metrics([{**psnr, "options": "luma put back", "value": 22.0, "error": 0.5}])
    other = config(seed=1)
    second = Run(store.local / other.name)
    second.folder.mkdir(parents=True)
    (second.folder / "config.json").write_text(other.to_json())
    second.add_metrics([{**psnr, "split": "test", "options": "luma put back"}])
    (row,) = run_tables.metrics_table(opened(store), {"this run": run, "another": second}).to_dict("records")
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
    add_rows(store.recorded / "tables" / "baselines.csv", rows, BASELINE_COLUMNS)
    run = finished(store.local, configuration)
    run.add_metrics([{**fid, "images_seen": configuration.images_seen, "value": value, "error": 4.0}])
    return run


def test_fid_stands_beside_that_of_the_baselines(store):
    run, unscored = scored(store, config(), 20.0), finished(store.local, config(seed=1))
    results = opened(store)
    table = run_tables.fid_table(results, {"this run": run, "another": unscored}).set_index("method")
    assert list(table.index) == ["originals (floor)", "gray pictures", "the best constant tint", "this run"]
    assert list(table.FID) == ["10.00 ± 3.00", "50.00 ± 3.00", "40.00 ± 3.00", "20.00 ± 4.00"]
    assert set(table.coloured) == set(table.reference) == {"30"}
    assert run_tables.gap_closed(results, run) == pytest.approx(0.75)
    # Errors of 3 and 4 make one of 5.
    assert run_tables.margins(results, run) == (
        "gray pictures by 30.0, 6 times the error of the difference, and below that of "
        "the best constant tint by 20.0, 4 times the error of the difference"
    )
    assert list(run_tables.fid_table(results, {"another": unscored}).method) == ["not scored"]


def test_facts_of_runs_stand_side_by_side(store):
    manifest = {
        "parameters": 1234567, "training_images": 500, "seconds": 100.0, "date": "2026-01-02", "commit": "abc",
        "hardware": {"processor": "a processor", "cores": 2}, "backend": "jax", "versions": {"jax": "1.2"},
    }  # fmt: skip
    run = finished(store.local, config())
    (run.folder / "manifest.json").write_text(json.dumps(manifest))
    table = run_tables.facts({"one": run, "two": run}).set_index("")
    assert list(table.columns) == ["one", "two"] and (table.one == table.two).all()
    expected = {
        "parameters used in sampling": "1,234,567", "images seen": "1,000 (2.0 passes)", "speed": "10 images/s",
        "training time": "1.7 minutes", "backend": "jax 1.2", "hardware": "a processor, 2 cores",
    }  # fmt: skip
    assert expected.items() <= table.one.to_dict().items()


def test_times_that_were_measured_together_stay_together():
    table = pd.DataFrame({"step": list("abcab"), "commit": list("22211"), "date": ["b", "b", "b", "a", "a"]})
    first, second = run_tables.measured_together(table)
    assert list(first.step) == ["a", "b", "c"]
    assert list(second.step) == ["a", "b"]
    assert list(second.index) == [0, 1]


def test_distances_are_shown_with_their_errors():
    table = pd.DataFrame({"images": [1000, 1000], "FID": [80.26, 9.5], "FID_error": [1.5, 0.25]})
    table = table.assign(KID=[0.0161, 0.002], KID_error=[0.0011, 0.0004])
    assert run_tables.distance_columns(table) == {
        "FID-1000": ["80.3(15)", "9.50(25)"],
        "10³ KID": ["16.1(11)", "2.00(40)"],
    }
    assert "FID" in run_tables.distance_columns(table.assign(images=[1000, 4892]))
