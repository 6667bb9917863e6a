"""A small study, and runs of it that were never trained. Nothing here loads a backend."""

import json
import os
import signal
import time

from colorize_lib.files import ColorizeError
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


def config(images=1000, data_set="sample_photos", **settings):
    return RunConfig.create("pix2pix", "tiny", data_set, images, **settings)


def finished(root, configuration):
    """A run that has ended, as far as its files say."""
    run = Run(root / configuration.name)
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "config.json").write_text(configuration.to_json())
    (run.folder / "manifest.json").write_text(json.dumps({"date": "2026-01-01"}))
    return run


def trained(root, configuration):
    """A run that has ended and has weights."""
    run = finished(root, configuration)
    run.weights.write_bytes(b"weights")
    return run


def measured(run, scoring, value):
    """Add what a scoring would have found."""
    run.add_metrics([measurement(scoring, value)])


def measurement(scoring, value):
    return dict.fromkeys(METRIC_COLUMNS) | {
        "images_seen": scoring.images_seen,
        "metric": "KID",
        "value": value,
        "split": scoring.split,
        "protocol": "disjoint",
        "images": scoring.count + scoring.whole,
        "options": "luma put back" if scoring.given_luma else "",
    }


def pretend(task, store):
    """Complete a task without training: every measurement finds the same."""
    run = trained(store.local, task.config)
    if task.first:
        (run.folder / "artefacts").mkdir(exist_ok=True)
        (run.folder / "artefacts" / "variety.png").touch()
    while scorings := task.missing(store)[1]:
        run.add_metrics([measurement(scoring, 0.01) for scoring in scorings])
    return run


def begun(store):
    """What `pretend_with_faults` noted: the run, the process and its cores, in order."""
    path = store.local / "begun.txt"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def pretend_with_faults(task, store):
    """Complete a task likewise, in one of two processes: each has begun one when the first is killed at its own.

    The last final run fails.
    """
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0)))) if hasattr(os, "sched_getaffinity") else "unknown"
    with (store.local / "begun.txt").open("a") as file:
        print(task.config.name, os.getpid(), cores, file=file, flush=True)
    deadline = time.monotonic() + 60
    while len({process for _, process, _ in begun(store)}) < 2:
        if time.monotonic() > deadline:
            raise TimeoutError("no other process began a task")
        time.sleep(0.02)
    if begun(store)[0][1] == str(os.getpid()):
        os.kill(os.getpid(), signal.SIGKILL)
    if (task.label, task.config.family) == ("seed 1", "regression"):
        raise ColorizeError("The loss is not finite.")
    return pretend(task, store)
