"""What the measurements of a family share: scores of colorized photographs, and the tables that they are kept in."""

from pathlib import Path

import numpy as np
import pandas as pd

from colorize_lib import provenance
from colorize_lib.files import atomic
from colorize_lib.metrics import frechet, scores, uncertainty
from colorize_lib.metrics.colorfulness import colorfulness
from colorize_lib.networks import inception
from colorize_lib.runs.scoring import Protocol
from colorize_lib.runs.store import Store

TRIAL_PHOTOGRAPHS = 1000
VARIED = slice(500)  # those of them whose samples are compared with each other


def trial_photographs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Validation photographs, their rows, and as many others as the reference."""
    protocol = Protocol("tiny_imagenet", 32, count=TRIAL_PHOTOGRAPHS)
    return *protocol.photographs(), protocol.reference()[0]


def color_spread(images: np.ndarray) -> np.ndarray:
    """The largest channel minus the smallest, averaged over the pixels of each uint8 picture: (N,), 0 for gray."""
    return np.ptp(images.astype(np.int16), axis=-1).mean(axis=(1, 2))


def colors(painted: np.ndarray, originals: np.ndarray) -> dict:
    """How strong colours are, beside those of the originals."""
    pairs = (("colorfulness", colorfulness), ("color_spread", color_spread))
    return {
        name + suffix: measure(images).mean()
        for name, measure in pairs
        for suffix, images in (("", painted), ("_originals", originals))
    }


def distances(painted: np.ndarray, reference: np.ndarray) -> dict:
    """Disjoint FID and KID with their standard errors."""
    features = [scores.features(images) for images in (painted, reference)]
    row = {"images": len(painted), "reference_images": len(reference), "network": inception.NETWORK}
    measured = {"FID": frechet.fid(*features, allow_small=True), "KID": frechet.kid(*features)}
    for name, (value, replicates) in measured.items():
        row |= {name: value, f"{name}_error": uncertainty.jackknife(replicates)}
    return row


def loaded(name: str):
    """A run by its name, and its model."""
    run = Store.default().get(name)
    return run, run.load_model()


def table_path(table: str) -> Path:
    return Store.default().recorded / "tables" / f"{table}.csv"


def known(table: str, keys: dict) -> bool:
    """Whether a table has a row with these keys."""
    path = table_path(table)
    return path.exists() and (pd.read_csv(path)[list(keys)] == pd.Series(keys)).all(axis=1).any()


def add(table: str, row: dict, keys: list[str]) -> None:
    """Add a row to a table, in place of an earlier one with the same keys."""
    row |= provenance.columns()
    path = table_path(table)
    old = [pd.read_csv(path)] if path.exists() else []
    rows = pd.concat([*old, pd.DataFrame([row])], ignore_index=True)
    rows = rows[~rows[keys].astype(str).duplicated(keep="last")]
    with atomic(path) as temporary:
        rows.to_csv(temporary, index=False, float_format="%.6g")
    print({name: value for name, value in row.items() if name in keys or isinstance(value, float)})
