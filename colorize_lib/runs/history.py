"""The history of a training: its clock, and a row of figures for each interval."""

import time

import pandas as pd
from tensorboardX import SummaryWriter

from colorize_lib.files import atomic
from colorize_lib.runs.store import Run

FIRST_ROW_IMAGES, LAST_ROW_IMAGES, ROW_GROWTH = 256, 16_384, 0.09


class Clock:
    """Seconds of training; it is stopped while something is written or scored."""

    def __init__(self, seconds: float = 0.0):
        self.seconds = seconds
        self._started = time.perf_counter()

    def start(self) -> None:
        self._started = time.perf_counter()

    def stop(self) -> None:
        self.seconds += time.perf_counter() - self._started


class History:
    """The rows of history.csv, which TensorBoard's event files repeat.

    A row spans 256 images or, if that is more, 9% of the images before it, but never more than 16,384. Its end depends
    only on the images seen, so that a run which was interrupted has the same rows as one that was not.
    """

    def __init__(self, run: Run, images: int):
        """Take up the history of a run that has seen so many images; rows beyond them are forgotten."""
        self.path = run.folder / "history.csv"
        self.end = run.config.milestones[-1]
        self.rows = self._read(images)
        last = self.rows[-1] if self.rows else {"images_seen": 0, "seconds": 0.0}
        self.start_images, self.start_seconds = last["images_seen"], last["seconds"]
        self.events = SummaryWriter(str(run.folder / "tensorboard"), purge_step=images)

    def __enter__(self) -> "History":
        return self

    def __exit__(self, *error: object) -> None:
        self.events.close()

    def _read(self, images: int) -> list[dict]:
        if not images or not self.path.exists():
            return []
        rows = pd.read_csv(self.path)
        return rows[rows.images_seen <= images].to_dict("records")

    def within_row(self, images: int) -> bool:
        """Whether a row has begun and not ended after so many images."""
        return images > self.start_images

    def row_ends(self, images: int) -> bool:
        """Whether a row ends after so many images."""
        length = min(LAST_ROW_IMAGES, max(FIRST_ROW_IMAGES, ROW_GROWTH * self.start_images))
        return images >= min(self.start_images + length, self.end)

    def end_row(self, images: int, seconds: float, losses: dict[str, float]) -> None:
        """Add a row.

        Args:
            images, seconds: of the whole training up to here.
            losses: by name, their means over the steps of this row.
        """
        speed = (images - self.start_images) / max(seconds - self.start_seconds, 1e-9)
        row = {"images_seen": images, "seconds": round(seconds, 3), "images_per_second": round(speed, 1), **losses}
        self.rows.append(row)
        with atomic(self.path) as path:
            pd.DataFrame(self.rows).to_csv(path, index=False, float_format="%.6g")
        for name, value in row.items():
            self.events.add_scalar(name, value, images)
        self.start_images, self.start_seconds = images, seconds
