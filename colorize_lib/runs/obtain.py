"""Obtaining a run: finding it, or making it, or saying how it is made."""

import shlex
from typing import Literal

from colorize_lib.files import ColorizeError
from colorize_lib.runs import pictures
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Run, Store


def obtain(
    config: RunConfig, store: Store, missing: Literal["fail", "train"] = "fail", *, score_images: int = 0
) -> Run:
    """The run that a chapter needs: the recorded one, or else the local one, or else what `missing` says.

    Args:
        config: the run's configuration.
        store: where it is looked for, and made.
        missing: "train" trains it now; "fail" raises an error.
        score_images: validation photographs to score along the way if it is trained; 0 scores none.

    Raises:
        ColorizeError: there is no such run; the sentence gives the command that makes it.
    """
    run = store.find(config)
    if run and (missing == "fail" or run.folder.parent == store.recorded or pictures.kept(run)):
        return run
    if missing == "train":
        return make(config, store, score_images=score_images)
    raise ColorizeError(f"The run {config.name} is neither recorded nor local: make it with `{command(config)}`.")


def make(config: RunConfig, store: Store, *, score_images: int = 0) -> Run:
    """Train a run, if it is not there yet, and keep the pictures that its chapter shows."""
    # Keras and a backend are imported only if something is trained.
    from colorize_lib.runs import scoring, training

    score = scoring.scorer(config, score_images) if score_images else None
    run = training.train(config, store, score=score)
    if not pictures.kept(run):
        pictures.save(run)
    return run


def command(config: RunConfig) -> str:
    """The command line that trains a configuration."""
    words = [
        f"python -m colorize_lib train {config.family} --preset {config.preset} --data {shlex.quote(config.data_set)}",
        f"--image-size {config.image_size} --images {config.images_seen} --seed {config.seed}",
        *([f"--train-images {config.train_images}"] if config.train_images else []),
        *(f"-p {config.family}_{name} {_yaml(value)}" for name, value in config.settings().items()),
    ]
    return " ".join(words)


def _yaml(value: object) -> str:
    return f'"{list(value)}"' if isinstance(value, tuple) else str(value)
