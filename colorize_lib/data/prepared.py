"""Prepared data sets: plain arrays on disk, written once, that all training and scoring read.

COLORIZE_DATA/prepared/NAME-SIZE/images.npy      uint8 (N, SIZE, SIZE, 3), memory-mapped
                                 index.csv       part, position, file of each row of it
                                 manifest.json   counts, shares, SHA-256 of the pixels, where they come from
                                 split-SEED.npz  rows by split, once asked for
"""

import collections
import contextlib
import csv
import hashlib
import json
import logging
import os
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import PIL
from tqdm import tqdm

from colorize_lib import files
from colorize_lib.data import catalog, sources, splits
from colorize_lib.data.batches import read_rows
from colorize_lib.data.decode import Rejected, photograph

log = logging.getLogger(__name__)
COUNTED = ("files", "kept", "gray", "unreadable", "too_small")


@dataclass(frozen=True, eq=False)
class DataSet:
    """A prepared data set.

    Attributes:
        name: as it was asked for.
        size: side of its images in pixels.
        images: uint8 (N, size, size, 3), a read-only memory map.
        index: one row an image: part, position in that part's list, file.
        counts: by part, how many files, kept, gray, unreadable and too_small there are.
        sha256: of the bytes of `images`.
        shares: by part, which share of its positions goes to which split.
        folder: where it lies.
    """

    name: str
    size: int
    images: np.memmap
    index: pd.DataFrame
    counts: dict[str, dict[str, int]]
    sha256: str
    shares: splits.Shares
    folder: Path

    def indices(self, split: str, seed: int = 0) -> np.ndarray:
        """int64 rows of `images` in a split, in a seeded order: a smaller set is the beginning of a larger.

        `seed` is of the split, not of a training run: with another seed, photographs of the reference half
        become validation photographs. Recorded in the folder once made.
        """
        if split not in splits.SPLITS:
            raise files.ColorizeError(f"there is no split {split!r}: use one of {', '.join(splits.SPLITS)}.")
        record = self.folder / f"split-{seed}.npz"
        if record.exists():
            with np.load(record) as recorded:
                return recorded[split]
        rows = self._split(seed)
        # A data folder that is shared and read-only is as good: the same indices are computed again.
        with contextlib.suppress(OSError), files.atomic(record) as temporary:
            np.savez(temporary, **rows)
        return rows[split]

    def _split(self, seed: int) -> dict[str, np.ndarray]:
        rows = {split: [np.empty(0, np.int64)] for split in splits.SPLITS}
        for part, shares in self.shares.items():
            here = np.flatnonzero(self.index["part"] == part)
            row_at = np.full(self.counts[part]["files"], -1, np.int64)
            row_at[self.index["position"].to_numpy()[here]] = here
            for split, positions in splits.split_positions(part, len(row_at), shares, seed).items():
                found = row_at[positions]
                rows[split].append(found[found >= 0])
        return {split: np.concatenate(found) for split, found in rows.items()}


def load(name: str, split: str, size: int, count: int | None = None, seed: int = 0) -> np.ndarray:
    """uint8 (count, size, size, 3): the first `count` images of a split in its seeded order, by default all.

    Prepares the data set first where that has not been done. Smaller counts are subsets of larger ones.
    """
    data = prepare(name, size)
    rows = data.indices(split, seed)
    if count is not None and count > len(rows):
        raise files.ColorizeError(
            f"{name} at {size}x{size} has {len(rows):,} {split} images, not {count:,}: ask for fewer."
        )
    return read_rows(data.images, rows[:count])


def prepare(name: str, size: int) -> DataSet:
    """The data set `name` at `size` x `size` pixels, prepared now if it has not been.

    Args:
        name: "tiny_imagenet", "cifar10", "sample_photos", the name of a TensorFlow data set such as
            "imagenette/160px-v2", or a folder of image files and zip archives of them.
        size: side in pixels.
    """
    if size < 1:
        raise files.ColorizeError(f"images of {size}x{size} pixels have no pixel: name a size of 1 or more.")
    key, open_source = catalog.find(name)
    folder = files.data_root() / "prepared" / f"{key}-{size}"
    if not folder.exists():
        with files.lock(folder):
            if not folder.exists():
                _write(open_source(), name, size, folder)
    return _open(folder)


def _open(folder: Path) -> DataSet:
    manifest = json.loads((folder / "manifest.json").read_text())
    # A file may be called NA or 1.0 and has to stay so.
    index = pd.read_csv(
        folder / "index.csv",
        dtype={"part": str, "file": str},
        keep_default_na=False,
        encoding_errors="surrogateescape",
    )
    images = np.load(folder / "images.npy", mmap_mode="r")
    wanted = {key: manifest[key] for key in ("name", "size", "counts", "sha256", "shares")}
    return DataSet(images=images, index=index, folder=folder, **wanted)


def _write(source: sources.Source, name: str, size: int, folder: Path) -> None:
    temporary = folder.with_name("." + folder.name)  # ours alone, under the lock
    # What a killed process left.
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        counts = {part: dict.fromkeys(COUNTED, 0) for part in source.shares}
        reasons = collections.Counter()
        progress = tqdm(source.pictures(), f"preparing {name}", source.total, unit=" photos", disable=None)
        with (
            ArrayWriter(temporary / "images.npy", (size, size, 3)) as images,
            _index(temporary) as write_line,
            warnings.catch_warnings(),
        ):
            # Pillow warns of odd EXIF, large pictures and so on, file by file; what matters is in the counts.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            for picture, result in _in_order(lambda picture: _decoded(picture, size), progress):
                counts[picture.part]["files"] += 1
                if isinstance(result, Rejected):
                    counts[picture.part][result.kind] += 1
                    reasons[str(result)] += result.kind == "unreadable"
                    continue
                counts[picture.part]["kept"] += 1
                images.append(result)
                write_line(picture)
        _report(name, size, counts, reasons)
        manifest = {
            "name": name,
            "size": size,
            "counts": counts,
            "sha256": images.sha256,
            "shares": source.shares,
            "origin": source.origin,
            "versions": {"numpy": np.__version__, "pillow": PIL.__version__},
        }
        (temporary / "manifest.json").write_text(json.dumps(manifest, indent=1))
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _decoded(picture: sources.Picture, size: int) -> np.ndarray | Rejected:
    if isinstance(picture.data, Rejected):
        return picture.data
    try:
        return photograph(picture.data, size)
    except Rejected as reason:
        return reason


def _in_order(function: Callable, items: Iterable) -> Iterator[tuple]:
    """(item, function(item)) in the order of the items, by a few threads with few items under way."""
    workers = min(os.cpu_count() or 1, 8)
    under_way = collections.deque()
    with ThreadPoolExecutor(workers) as pool:
        for item in items:
            under_way.append((item, pool.submit(function, item)))
            if len(under_way) > 4 * workers:
                item, future = under_way.popleft()
                yield item, future.result()
        for item, future in under_way:
            yield item, future.result()


@contextlib.contextmanager
def _index(folder: Path) -> Iterator[Callable[[sources.Picture], None]]:
    """Yield a function that writes a picture's line of index.csv."""
    with (folder / "index.csv").open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.writer(file)
        writer.writerow(["part", "position", "file"])
        yield lambda picture: writer.writerow([picture.part, picture.position, picture.file])


def _report(name: str, size: int, counts: dict[str, dict[str, int]], reasons: collections.Counter) -> None:
    """One line on what was kept and what was not; an error if nothing was."""
    total = {key: sum(part[key] for part in counts.values()) for key in COUNTED}
    why = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common(3) if count)
    line = (
        f"{name}: {total['kept']:,} of {total['files']:,} pictures kept; left out {total['gray']:,} gray, "
        f"{total['too_small']:,} smaller than {size}x{size}, {total['unreadable']:,} unreadable"
        f"{why and f' ({why})'}"
    )
    if not total["kept"]:
        raise files.ColorizeError(f"{line}: name another data set or a smaller size.")
    log.warning(line)


class ArrayWriter:
    """A .npy file of uint8 that grows image by image; its number of images is written at the end.

    NumPy pads the header so that the first axis can grow in place (numpy.lib.format, since 1.23).

    Attributes:
        sha256: of the bytes of the array, after the end.
    """

    def __init__(self, path: Path, shape: tuple[int, ...]):
        self.path, self.shape, self.count = path, shape, 0
        self._digest = hashlib.sha256()

    def __enter__(self) -> "ArrayWriter":
        self._file = self.path.open("wb")
        self._start = self._header()
        return self

    def append(self, image: np.ndarray) -> None:
        """Write one uint8 image of the shape given."""
        if image.shape != self.shape or image.dtype != np.uint8:
            raise ValueError(f"{image.shape} {image.dtype} in an array of {self.shape} uint8")
        data = np.ascontiguousarray(image).data
        self._file.write(data)
        self._digest.update(data)
        self.count += 1

    def __exit__(self, *error) -> None:
        self.sha256 = self._digest.hexdigest()
        self._file.seek(0)
        start = self._header()
        self._file.close()
        if start != self._start:
            raise RuntimeError("NumPy's header has grown over the first pixels")

    def _header(self) -> int:
        header = {"descr": "|u1", "fortran_order": False, "shape": (self.count, *self.shape)}
        np.lib.format.write_array_header_1_0(self._file, header)
        return self._file.tell()
