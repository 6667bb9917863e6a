"""The study: the runs that chapters ask for, and the pictures that are kept with each."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from colorize_lib import color, photo
from colorize_lib.data.decode import decode, photograph
from colorize_lib.files import ColorizeError, atomic, repository
from colorize_lib.runs import Run, RunConfig, Store

SHOWN = ("beach", "canal", "creek", "daisy", "lake", "barn")
VARIED, SEEDS = "creek", 8


def obtain(config: RunConfig, missing: str = "fail", *, score_images: int = 0) -> Run:
    """The run that a chapter needs: a recorded one, else a local one, else what `missing` says.

    Args:
        config: the run's configuration.
        missing: "train" trains it now; "fail" raises an error that gives the command which makes it.
        score_images: validation photographs to score along the way where it is trained; 0 scores none.
    """
    if missing not in ("train", "fail"):
        raise ColorizeError(f"missing is {missing!r}: it has to be train or fail.")
    run = Store.default().find(config)
    if run:
        return run
    if missing == "fail":
        raise ColorizeError(f"The run {config.name} is neither recorded nor local: make it with `{command(config)}`.")
    return make(config, Store.default(), score_images=score_images)


def make(config: RunConfig, store: Store, *, score_images: int = 0) -> Run:
    """Train a run, where it is not there yet, and keep the pictures that its chapter shows."""
    # Keras and a backend are imported only where something is trained.
    from colorize_lib import evaluation, training

    scorer = evaluation.scorer(config, score_images) if score_images else None
    run = training.train(config, store, score=scorer)
    if not (run.folder / "artefacts").exists():
        save_artefacts(run)
    return run


def command(config: RunConfig) -> str:
    """The command line that trains a configuration."""
    settings = config.settings()
    words = [
        f"python -m colorize_lib train {config.family} --preset {config.preset} --data {shlex.quote(config.data_set)}",
        f"--image-size {config.image_size} --images {config.images_seen} --seed {config.seed}",
        *([f"--train-images {config.train_images}"] if config.train_images else []),
        *(f"-p {config.family}_{name} {_yaml(value)}" for name, value in settings.items()),
    ]
    return " ".join(words)


def _yaml(value: object) -> str:
    return f'"{list(value)}"' if isinstance(value, tuple) else str(value)


def save_artefacts(run: Run) -> None:
    """Write artefacts/photographs.jpg and artefacts/variety.png of a run with weights.

    The first holds photographs of book/photos at their own size in three rows: gray, colorized, original. The second
    holds one of them at the model's size: the original and samples from eight seeds, in one row.
    """
    model = run.load_model()
    originals = [_photograph(name) for name in SHOWN]
    painted = [photo.colorize(picture, seed=0, model=model) for picture in originals]
    gray = [np.repeat(color.gray(picture), 3, axis=-1) for picture in originals]
    with atomic(run.folder / "artefacts" / "photographs.jpg") as path:
        Image.fromarray(_grid([gray, painted, originals])).save(path, quality=88)
    small = _photograph(VARIED, model.image_size)
    luma = color.to_float(color.gray(np.repeat(small[None], SEEDS, axis=0)))
    samples = color.to_uint8(model.sample(luma, seed=range(SEEDS)))
    with atomic(run.folder / "artefacts" / "variety.png") as path:
        Image.fromarray(_grid([[small, *samples]])).save(path)


def _photograph(name: str, size: int | None = None) -> np.ndarray:
    content = (repository() / "book" / "photos" / f"{name}.jpg").read_bytes()
    return photograph(content, size) if size else decode(content)


def _grid(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    return np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)


def showcase(run: Run) -> dict[str, Path]:
    """The pictures that are kept with a run, by name."""
    return {path.stem: path for path in sorted((run.folder / "artefacts").glob("[!.]*.*"))}


TABLE_METRICS = [
    ("FID", "disjoint"), ("KID", "disjoint"), ("FID", "paired"), ("PD", "paired"), ("LPIPS", "paired"),
    ("PSNR", "paired"), ("SSIM", "paired"), ("IS", "alone"), ("EfficientNet-Lite0 IS", "alone"),
    ("Colorfulness", "alone"), ("LPIPS diversity", "samples"),
]  # fmt: skip


def metrics_table(run: Run, title: str) -> pd.DataFrame:
    """All metrics of a run on validation photographs beside those of originals, gray pictures and the best tint.

    Values as text, with the standard error of their last digits in parentheses, KID in thousandths; the last column has
    the run's pictures after the given luma was put back. A metric that the run lacks has no row.
    """
    rows = []
    for metric, protocol in TABLE_METRICS:
        own = run.measured(metric, protocol)
        if own is None:
            continue
        peers = baselines(run.config, metric, protocol).set_index("method")
        columns = {"originals": "original", "gray": "gray", "best tint": "tint"}
        found = {name: peers.loc[method] if method in peers.index else None for name, method in columns.items()}
        found |= {title: own, "luma put back": run.measured(metric, protocol, options="luma put back")}
        label = {"KID": "1000 KID", "FID": f"FID, {protocol}"}.get(metric, metric)
        scale = 1000 if metric == "KID" else 1
        row = {name: _value(value, scale) for name, value in found.items()}
        rows.append({"metric": label, **row})
    return pd.DataFrame(rows)


def _value(row: pd.Series | None, scale: float) -> str:
    """A value to two digits of its standard error, at most four after the point, with the error of the last digits in
    parentheses."""
    if row is None:
        return "–"
    value, error = scale * row.value, scale * (row.error if pd.notna(row.error) else 0.0)
    if error < 1e-6:
        return f"{value:.2f}"
    digits = min(4, max(0, 1 - int(np.floor(np.log10(error)))))
    return f"{value:.{digits}f}({error * 10**digits:.0f})"


def baselines(config: RunConfig, metric: str, protocol: str, split: str = "validation") -> pd.DataFrame:
    """Recorded values of a metric on a configuration's photographs, left as they are, gray, and in the best constant
    tint: one row for each method."""
    table = Store.default().table("baselines")
    chosen = (table.data_set == config.data_set) & (table.image_size == config.image_size) & (table.split == split)
    table = table[chosen & (table.metric == metric) & (table.protocol == protocol)]
    return table.sort_values("images").drop_duplicates("method", keep="last")
