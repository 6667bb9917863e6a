"""Describing a data set: what its training photographs look like in luma and chroma, as small tables.

describe() computes them from the prepared arrays, image by image and in float64; record_description() keeps
them beside the recorded runs, so that a chapter can show them where the data set itself is not at hand. All
values of luma and chroma are those of `color`, in [-1, 1].
"""

import datetime
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, JpegImagePlugin
from tqdm import tqdm

from colorize_lib import color, files
from colorize_lib.data import catalog, splits
from colorize_lib.data.decode import GRAY_LEVELS, Rejected, center_square, channel_distance, decode
from colorize_lib.data.prepared import DataSet, prepare

Tables = dict[str, pd.DataFrame]
Sums = dict[str, np.ndarray]

KEY = ["data_set", "image_size"]  # the first columns of each table
TABLES = ("data_sets", "data_parts", "data_splits", "data_gray_levels", "data_resolutions", "data_chroma")
SEED = 0  # of the split, as for all runs

BIN = 0.04  # width of a bin of chroma; gray is the centre of the middle one
BINS = 51
PLACE = 16  # the plane is divided into PLACE x PLACE regions where colours are predicted from luma and place,
SHADES = 32  # and luma into this many; a region of the smallest data sets still holds some dozen pixels of each
CHUNK = 2**18  # pixels that are held in memory at a time


def describe(name: str, size: int) -> Tables:
    """What there is to know of a data set at `size` x `size` pixels; prepares it if that has not been done.

    Returns six tables, all with columns data_set and image_size:
        data_sets: one row. images (of the training split), sha256 (of the whole array), origin; mean,
            variance and covariance of luma and chroma; rgb_variance and gray_error, the mean over R, G and B of
            the variance and of the squared distance to the gray picture; near_gray, the share of pixels whose
            channels lie at most GRAY_LEVELS apart; the shares `explained_...` of _explained; subsampled, how many
            of the files of the training split are JPEG with chroma at half the resolution; the version of Pillow, which
            decoded them; date and commit.
        data_parts: files, kept, gray, unreadable, too_small by part of the source.
        data_splits: files and kept by part and split; identical, how many of the latter equal a training photograph
            pixel by pixel, in the training split how many do beyond the first of each (not asked of the test split).
        data_gray_levels: training photographs, gray ones included, by the channels' largest distance.
        data_resolutions: mean squared error where a plane is kept only as means over a grid of resolution x
            resolution; `rgb` is that of the picture with its luma kept whole and its chroma so, the colours
            beyond the gamut not moved back into it.
        data_chroma: pixels by bin of chroma, named by its centre; empty bins are left out.

    All but data_parts and data_splits is of the training split; the shares explained are measured on
    validation photographs. Of the test split nothing is told but how many photographs it has.
    """
    found = prepare(name, size)
    levels, subsampled = _files(found)
    sums = _add_up(_training_sums, _chunks(found, "train"))
    manifest = json.loads((found.folder / "manifest.json").read_text())
    tables = {
        "data_sets": pd.DataFrame(
            [
                {
                    "images": len(found.indices("train", SEED)),
                    "sha256": found.sha256,
                    "origin": manifest["origin"],
                    **_moments(sums),
                    **_explained(sums, _chunks(found, "validation")),
                    "subsampled": subsampled,
                    "pillow": manifest["versions"]["pillow"],
                    "date": None,
                    "commit": None,
                }
            ]
        ),
        "data_parts": pd.DataFrame([{"part": part, **count} for part, count in found.counts.items()]),
        "data_splits": _splits(found),
        "data_gray_levels": levels,
        "data_resolutions": _resolutions(sums, size),
        "data_chroma": _histogram(sums),
    }
    for table in tables.values():
        table.insert(0, "data_set", name)
        table.insert(1, "image_size", size)
    return tables


def record_description(name: str, size: int, folder: Path, commit: str | None = None) -> Tables:
    """Describe a data set and write the tables to `folder`, in place of the rows that are of it at this size.

    Args:
        folder: such as results/tables; each table is NAME.csv there.
        commit: of the code that describes, for the record.
    """
    tables = describe(name, size)
    tables["data_sets"]["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    tables["data_sets"]["commit"] = commit
    for key, table in tables.items():
        path = Path(folder) / f"{key}.csv"
        if path.exists():
            old = pd.read_csv(path)
            others = old[(old.data_set != name) | (old.image_size != size)]
            table = pd.concat([others, table], ignore_index=True)
        with files.atomic(path) as temporary:
            table.sort_values(KEY, kind="stable").to_csv(temporary, index=False, float_format="%.8g")
    return tables


def descriptions(name: str, size: int, folder: Path) -> Tables:
    """The recorded descriptions of all data sets in `folder`, and that of `name` at `size`.

    The latter is made now where there is no record of it.
    """
    recorded = {key: Path(folder) / f"{key}.csv" for key in TABLES}
    tables = {key: pd.read_csv(path) for key, path in recorded.items() if path.exists()}
    known = tables.get("data_sets", pd.DataFrame(columns=KEY))
    if ((known.data_set == name) & (known.image_size == size)).any():
        return tables
    made = describe(name, size)
    return {key: pd.concat([tables[key], made[key]], ignore_index=True) if tables else made[key] for key in TABLES}


def _files(found: DataSet) -> tuple[pd.DataFrame, int]:
    """data_gray_levels, and how many JPEG files have subsampled chroma; from the training split's files."""
    source = catalog.find(found.name)[1]()
    wanted = {
        part: set(splits.split_positions(part, found.counts[part]["files"], shares, SEED)["train"].tolist())
        for part, shares in found.shares.items()
        if "train" in shares
    }
    photographs, subsampled = np.zeros(256, np.int64), 0
    for picture in tqdm(source.pictures(), f"reading {found.name}", source.total, unit=" photos", disable=None):
        if picture.position not in wanted.get(picture.part, ()) or isinstance(picture.data, Rejected):
            continue
        try:
            pixels = decode(picture.data) if isinstance(picture.data, bytes) else picture.data
        except Rejected:
            continue
        square = center_square(pixels)
        if len(square) >= found.size:
            photographs[channel_distance(square)] += 1
            subsampled += isinstance(picture.data, bytes) and _is_subsampled(picture.data)
    levels = np.flatnonzero(photographs)
    return pd.DataFrame({"level": levels, "photographs": photographs[levels]}), subsampled


def _is_subsampled(data: bytes) -> bool:
    """Whether a file is a JPEG that stores chroma at half the resolution in both directions (4:2:0)."""
    with Image.open(io.BytesIO(data)) as image:
        return image.format == "JPEG" and JpegImagePlugin.get_sampling(image) == 2


def _splits(found: DataSet) -> pd.DataFrame:
    training = _fingerprints(found, found.indices("train", SEED))
    distinct = np.unique(training)
    rows = []
    for part, shares in found.shares.items():
        positions = splits.split_positions(part, found.counts[part]["files"], shares, SEED)
        here = (found.index["part"] == part).to_numpy()
        for split, chosen in positions.items():
            kept = found.indices(split, SEED)
            kept = kept[here[kept]]
            identical = None
            if split == "train":
                identical = len(training) - len(distinct)
            elif split != "test":
                identical = int(np.isin(_fingerprints(found, kept), distinct).sum())
            rows.append({"part": part, "split": split, "files": len(chosen), "kept": len(kept), "identical": identical})
    return pd.DataFrame(rows).astype({"identical": "Int64"})


def _fingerprints(found: DataSet, rows: np.ndarray) -> np.ndarray:
    """uint64 (N,): a hash of the pixels of each of these rows."""
    digests = [hashlib.blake2b(found.images[row].tobytes(), digest_size=8).digest() for row in np.sort(rows)]
    return np.frombuffer(b"".join(digests), np.uint64)


def _chunks(found: DataSet, split: str) -> Iterator[np.ndarray]:
    """The images of a split, uint8 (B, H, W, 3), in the order in which they lie on the disk."""
    rows = np.sort(found.indices(split, SEED))
    count = max(1, CHUNK // found.size**2)
    starts = range(0, len(rows), count)
    for start in tqdm(starts, f"describing {found.name} ({split})", unit=" chunks", disable=None):
        yield found.images[rows[start : start + count]]


def _add_up(function: Callable[[np.ndarray], Sums], chunks: Iterable[np.ndarray]) -> Sums:
    """The sums over all chunks of what `function` returns for each."""
    totals = {}
    for chunk in chunks:
        for key, value in function(chunk).items():
            totals[key] = totals.get(key, 0) + value
    return totals


def _planes(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """RGB (B, H, W, 3) of uint8 images, and their luma, Cb and Cr (B, H, W, 3); float64 in [-1, 1]."""
    rgb = images / 127.5 - 1
    return rgb, np.concatenate([color.luma(rgb), *color.chroma_planes(rgb)], axis=-1)


def _training_sums(images: np.ndarray) -> Sums:
    rgb, planes = _planes(images)
    flat, difference = planes.reshape(-1, 3), rgb - planes[..., :1]
    shade, cell = _cells(images)
    spread = images.max(axis=-1) - images.min(axis=-1)
    bins = np.clip(np.rint(flat[:, 1:] / BIN) + BINS // 2, 0, BINS - 1).astype(np.int64)
    return {
        "pixels": np.int64(len(flat)),
        "first": flat.sum(axis=0),
        "second": flat.T @ flat,
        "rgb_first": rgb.sum(axis=(0, 1, 2)),
        "rgb_second": (rgb**2).sum(axis=(0, 1, 2)),
        "difference_second": (difference**2).sum(axis=(0, 1, 2)),
        "near_gray": np.count_nonzero(spread <= GRAY_LEVELS),
        "energies": _energies(np.concatenate([planes, difference], axis=-1)),
        "shades": _by_cell(shade, flat[:, 1:], 256),
        "cells": _by_cell(cell, flat[:, 1:], SHADES * PLACE * PLACE),
        "bins": np.bincount(bins[:, 0] * BINS + bins[:, 1], minlength=BINS * BINS),
    }


def grids(size: int) -> list[int]:
    """The resolutions that `size` becomes by halving while it is even, the largest first."""
    return [size] if size % 2 else [size, *grids(size // 2)]


def _energies(planes: np.ndarray) -> np.ndarray:
    """(len(grids), C): sum of squares of planes (B, S, S, C) kept only as means over each of the `grids`.

    Replacing blocks by their means is an orthogonal projection, the one onto the Haar wavelets of the coarser
    scales (Mallat, "A Theory for Multiresolution Signal Decomposition", 1989). So the squared error that it
    leaves is what is lacking in the sum of squares, and the losses of successive halvings add up.
    """
    count, size, _, channels = planes.shape
    energies = []
    for grid in grids(size):
        planes = planes.reshape(count, grid, planes.shape[1] // grid, grid, -1, channels).mean(axis=(2, 4))
        energies.append((planes**2).sum(axis=(0, 1, 2)) * (size // grid) ** 2)
    return np.stack(energies)


def _cells(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each pixel of uint8 (B, H, W, 3): its luma from 0 to 255, and the number of its cell of luma and place."""
    luma = color.gray(images)[..., 0].astype(np.int64)
    region = np.arange(images.shape[1]) * PLACE // images.shape[1]
    place = region[:, None] * PLACE + region
    return luma.ravel(), ((luma * SHADES // 256) * PLACE**2 + place).ravel()


def _by_cell(cell: np.ndarray, chroma: np.ndarray, cells: int) -> np.ndarray:
    """(cells, 3): number of pixels, sum of Cb and sum of Cr in each cell."""
    columns = [None, chroma[:, 0], chroma[:, 1]]
    return np.stack([np.bincount(cell, weights, cells) for weights in columns], axis=-1)


def _moments(sums: Sums) -> dict[str, float]:
    count = sums["pixels"]
    mean = sums["first"] / count
    covariance = sums["second"] / count - np.outer(mean, mean)
    rgb_variance = sums["rgb_second"] / count - (sums["rgb_first"] / count) ** 2
    return {
        "luma_mean": mean[0],
        "cb_mean": mean[1],
        "cr_mean": mean[2],
        "luma_variance": covariance[0, 0],
        "cb_variance": covariance[1, 1],
        "cr_variance": covariance[2, 2],
        "luma_cb_covariance": covariance[0, 1],
        "luma_cr_covariance": covariance[0, 2],
        "cb_cr_covariance": covariance[1, 2],
        "rgb_variance": rgb_variance.mean(),
        "gray_error": (sums["difference_second"] / count).mean(),
        "near_gray": sums["near_gray"] / count,
    }


def _explained(sums: Sums, validation: Iterable[np.ndarray]) -> dict[str, float]:
    """Which share of the chroma's mean square is explained by guesses learned on training photographs.

    By its mean (`constant`), by its mean given the pixel's luma (`luma`), and given luma and place in the
    picture (`place`); measured on validation photographs. Nothing is explained by gray.
    """
    mean = sums["first"][1:] / sums["pixels"]
    by_luma, by_cell = (_means(sums[name], mean) for name in ("shades", "cells"))

    def errors(images: np.ndarray) -> Sums:
        chroma = _planes(images)[1][..., 1:].reshape(-1, 2)
        shade, cell = _cells(images)
        guesses = {"gray": 0, "constant": mean, "luma": by_luma[shade], "place": by_cell[cell]}
        return {name: ((chroma - guess) ** 2).sum() for name, guess in guesses.items()}

    found = _add_up(errors, validation)
    return {f"explained_{name}": 1 - found[name] / found["gray"] for name in ("constant", "luma", "place") if found}


def _means(cells: np.ndarray, default: np.ndarray) -> np.ndarray:
    """Mean chroma of each cell (cells, 2); the default in cells that no training pixel lies in."""
    return np.where(cells[:, :1] > 0, cells[:, 1:] / np.maximum(cells[:, :1], 1), default)


def _resolutions(sums: Sums, size: int) -> pd.DataFrame:
    energies = sums["energies"] / sums["pixels"]
    errors = np.maximum(energies[0] - energies, 0)  # the first grid is the whole picture
    luma, cb, cr = errors[:, :3].T
    rgb = errors[:, 3:].mean(axis=1)
    return pd.DataFrame({"resolution": grids(size), "luma": luma, "cb": cb, "cr": cr, "rgb": rgb})


def _histogram(sums: Sums) -> pd.DataFrame:
    filled = np.flatnonzero(sums["bins"])
    centre = np.round((np.arange(BINS) - BINS // 2) * BIN, 10)
    return pd.DataFrame(
        {"cb": centre[filled // BINS], "cr": centre[filled % BINS], "pixels": sums["bins"][filled].astype(np.int64)}
    )
