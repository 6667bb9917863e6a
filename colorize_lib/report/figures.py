"""Figures: the style of the book's plots, sheets of pictures, and the tables that chapters write."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from colorize_lib.files import atomic, repository

GRID = {"alpha": 0.3, "linewidth": 0.6}

FAMILIES = {
    "regression": {"color": "tab:gray", "marker": "s"},
    "pix2pix": {"color": "tab:orange", "marker": "o"},
    "palette": {"color": "tab:blue", "marker": "^"},
    "coltran": {"color": "tab:green", "marker": "D"},
}
"""The colour and the marker of each family in every plot."""


def use_style() -> None:
    """Give all figures from now on the style of the book."""
    plt.rcParams.update({"figure.dpi": 200, "font.size": 8.5, "axes.titlesize": 8.5})
    plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})


def strip(path: Path) -> np.ndarray:
    """The pictures of a file samples/IMAGES.png, where they lie side by side in one row: uint8 (N, S, S, 3)."""
    row = np.asarray(Image.open(path).convert("RGB"))
    return np.stack(np.split(row, row.shape[1] // row.shape[0], axis=1))


def cells(path: Path, size: int) -> np.ndarray:
    """The pictures of a file that holds several rows of them: uint8 (rows, N, size, size, 3)."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    grid = pixels.reshape(pixels.shape[0] // size, size, pixels.shape[1] // size, size, 3)
    return grid.swapaxes(1, 2)


def contact_sheet(rows: Sequence[np.ndarray], scale: int = 2, gap: int = 2) -> np.ndarray:
    """Rows of pictures, each uint8 (N, S, S, 3), as one picture on white, with every pixel enlarged `scale` times."""
    count, size = rows[0].shape[:2]
    cell = size * scale + gap
    sheet = np.full((len(rows) * cell - gap, count * cell - gap, 3), 255, np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            top, left = i * cell, j * cell
            sheet[top : top + size * scale, left : left + size * scale] = np.kron(
                picture, np.ones((scale, scale, 1), np.uint8)
            )
    return sheet


def folded_sheet(*rows: np.ndarray) -> np.ndarray:
    """A contact sheet of rows, each uint8 (N, S, S, 3), folded in the middle: the first halves of all rows on top."""
    half = len(rows[0]) // 2
    return contact_sheet([row[part] for part in (slice(half), slice(half, None)) for row in rows])


def picture(source: Path | np.ndarray, labels: Sequence[str] = (), width: float = 9.0) -> Figure:
    """A picture, given as a file or as uint8 (H, W, 3), as a figure; `labels` name equal bands from top to bottom."""
    pixels = source if isinstance(source, np.ndarray) else np.asarray(Image.open(source).convert("RGB"))
    figure, axes = plt.subplots(figsize=(width, width * pixels.shape[0] / pixels.shape[1]), layout="constrained")
    axes.imshow(pixels, interpolation="none")
    bands = max(len(labels), 1)
    axes.set_yticks([(i + 0.5) * pixels.shape[0] / bands for i in range(len(labels))], labels)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def learning_curves(history: pd.DataFrame, panels: dict[str, dict[str, str]], width: float = 9.0) -> Figure:
    """Columns of a run's history against images seen, on a logarithmic axis.

    Args:
        history: as `Run.history`.
        panels: title of a panel -> column -> label.
    """
    figure, axes = plt.subplots(1, len(panels), figsize=(width, 2.9), layout="constrained", squeeze=False)
    for axis, (title, columns) in zip(axes[0], panels.items(), strict=True):
        for column, label in columns.items():
            axis.plot(history.images_seen, history[column], label=label, linewidth=1.4)
        axis.set(title=title, xlabel="images seen", xscale="log")
        axis.grid(**GRID)
        if len(columns) > 1:
            axis.legend(frameon=False)
    return figure


def save_table(table: pd.DataFrame, name: str) -> None:
    """Write a chapter's table to book/executed/tables/NAME.csv, which the page shows with `csv-table`."""
    with atomic(repository() / "book" / "executed" / "tables" / f"{name}.csv") as path:
        table.to_csv(path, index=False)
