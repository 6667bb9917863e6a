"""A small study, and runs of it that were never trained. Nothing here loads a backend."""

import json

from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import METRIC_COLUMNS, Run

SMALL = {
    "families": ["pix2pix", "regression"],
    "preset": "tiny",
    "data_set": "sample_photos",
    "seeds": [0, 1],
    "train_sizes": [100],
    "second_data_set": "",
    "trials": 0,
    "score_along": 40,
    "images_seen_pix2pix": 2000,
    "images_seen_regression": 2000,
    "pix2pix_output": "chroma",
    "pix2pix_ema_fraction": 0.1,
}


def measured(run, scoring, value):
    """Add what a scoring would have found."""
    row = dict.fromkeys(METRIC_COLUMNS) | {
        "images_seen": scoring.images_seen,
        "metric": "KID",
        "value": value,
        "split": scoring.split,
        "protocol": "disjoint",
        "images": scoring.count + scoring.whole,
        "options": "luma put back" if scoring.given_luma else "",
    }
    run.add_metrics([row])


def config(images=1000, data_set="sample_photos", **settings):
    return RunConfig.create("pix2pix", "tiny", data_set, images, **settings)


def finished(root, configuration):
    """A run that has ended, as far as its files say."""
    run = Run(root / configuration.name)
    run.folder.mkdir(parents=True)
    (run.folder / "config.json").write_text(configuration.to_json())
    (run.folder / "manifest.json").write_text("{}")
    return run


def trained(config, root):
    """A run that has ended and has weights."""
    run = finished(root, config)
    (run.folder / "manifest.json").write_text(json.dumps({"date": "2026-01-01"}))
    run.weights.write_bytes(b"weights")
    return run


def pretend(task, store):
    """Complete a task without training: every measurement finds the same."""
    run = trained(task.config, store.local)
    if task.first:
        (run.folder / "artefacts").mkdir()
        (run.folder / "artefacts" / "variety.png").touch()
    while scorings := task.missing(store)[1]:
        measured(run, scorings[0], 0.01)
    return run
