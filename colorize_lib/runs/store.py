"""The folder of a run, and the store of recorded and local runs."""

import functools
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from colorize_lib import models
from colorize_lib.files import ColorizeError, atomic, lock, repository
from colorize_lib.provenance import today
from colorize_lib.runs.config import RunConfig

LUMA_PUT_BACK = "luma put back"  # the option of a measurement whose pictures were given their own luma again

METRIC_COLUMNS = [
    "images_seen", "metric", "value", "error", "low", "high", "originals", "split", "protocol", "images",
    "reference_images", "options", "network", "indices", "seconds", "date",
]  # fmt: skip
RESULT_COLUMNS = {"value", "error", "low", "high", "originals", "indices", "seconds", "date"}  # not what was measured
BASELINE_COLUMNS = ["method", "data_set", "image_size", *METRIC_COLUMNS]


@dataclass(frozen=True)
class Run:
    """The folder of a run.

    It holds config.json, history.csv, samples/, model.weights.h5 and, written last, manifest.json; artefacts/ if its
    pictures are kept, metrics.csv and per_image/ once it has been scored; and as long as it is local, checkpoint.npz
    and, in weights/, the weights of its milestones.
    """

    folder: Path

    @functools.cached_property
    def config(self) -> RunConfig:
        return RunConfig.from_json((self.folder / "config.json").read_text())

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def finished(self) -> bool:
        return (self.folder / "manifest.json").exists()

    @property
    def manifest(self) -> dict:
        return json.loads((self.folder / "manifest.json").read_text())

    @property
    def weights(self) -> Path:
        return self.folder / "model.weights.h5"

    def weights_at(self, images_seen: int) -> Path:
        """Where a local run keeps the weights with which it would have ended after so many images."""
        return self.folder / "weights" / f"{images_seen}.weights.h5"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.npz"

    @property
    def history(self) -> pd.DataFrame:
        """One row for each interval of the training: images_seen, seconds, images_per_second and the mean losses."""
        return pd.read_csv(self.folder / "history.csv")

    @property
    def metrics(self) -> pd.DataFrame:
        """One row for each measurement; its columns are METRIC_COLUMNS."""
        path = self.folder / "metrics.csv"
        if not path.exists():
            return pd.DataFrame(columns=METRIC_COLUMNS)
        stat = path.stat()
        return _read_metrics(path, stat.st_mtime_ns, stat.st_size).copy()

    @property
    def samples(self) -> dict[int, Path]:
        """The files with the colours of the fixed photographs, by images seen."""
        return dict(sorted((int(path.stem), path) for path in (self.folder / "samples").glob("[0-9]*.png")))

    def add_metrics(self, rows: Iterable[dict]) -> None:
        """Add measurements, in place of earlier ones of the same thing."""
        add_rows(self.folder / "metrics.csv", rows, METRIC_COLUMNS)

    def scored(self, split: str, *, options: str = "", images_seen: int | None = None) -> pd.DataFrame:
        """What was measured with the final weights, or those of a milestone, by number of images.

        Args:
            split: whose photographs were coloured: "validation" or "test".
            options: how they were coloured, such as LUMA_PUT_BACK; "" for the defaults.
            images_seen: the milestone; None for the end.
        """
        table = self.metrics
        table = table[(table.split == split) & (table.options.astype(object).fillna("") == options)]
        return table[table.images_seen == (images_seen or self.config.images_seen)].sort_values("images", kind="stable")

    def measured(
        self,
        metric: str,
        protocol: str,
        *,
        split: str = "validation",
        options: str = "",
        images_seen: int | None = None,
    ) -> pd.Series | None:
        """The row of a metric on the largest number of images, chosen as by `scored`; None if it was not measured."""
        table = self.scored(split, options=options, images_seen=images_seen)
        table = table[(table.metric == metric) & (table.protocol == protocol)]
        return None if table.empty else table.iloc[-1]

    def load_model(self, images_seen: int | None = None):
        """The run's model with its stored weights.

        Args:
            images_seen: a milestone of a local run; None for the final weights.

        Raises:
            ColorizeError: the run does not keep these weights.
        """
        weights = self.weights if images_seen in (None, self.config.images_seen) else self.weights_at(images_seen)
        if not weights.exists():
            raise ColorizeError(
                f"The run {self.name} keeps no weights in {weights}: move its folder away and train it again, or "
                "choose a run that has weights (`python -m colorize_lib runs list`)."
            )
        model = models.from_config(self.config.family, self.config.hyperparameters, self.config.image_size)
        model.network.load_weights(weights)
        return model


@functools.lru_cache(maxsize=256)
def _read_metrics(path: Path, *state: int) -> pd.DataFrame:
    """A table in a certain state of its file: whoever carries a study out looks each scoring up again and again."""
    return pd.read_csv(path)


@dataclass(frozen=True)
class Store:
    """Recorded runs, which are tracked and looked for first, and local runs."""

    recorded: Path
    local: Path

    @classmethod
    def default(cls) -> "Store":
        """results/ and runs/ of the checkout."""
        return cls(repository() / "results", repository() / "runs")

    def table(self, name: str) -> pd.DataFrame:
        """A recorded table that spans runs, results/tables/NAME.csv."""
        path = self.recorded / "tables" / f"{name}.csv"
        if not path.exists():
            raise ColorizeError(
                f"There is no recorded table at {path}: restore it from the repository, or measure it with the program "
                "in bench/ that writes it (baselines.csv with `python -m colorize_lib evaluate RUN --baselines`)."
            )
        return pd.read_csv(path)

    def runs(self) -> list[Run]:
        """All finished runs, recorded ones first; the local copy of a recorded run is left out."""
        by_name: dict[str, Run] = {}
        for root in (self.recorded, self.local):
            for manifest in sorted(root.glob("*/manifest.json")):
                by_name.setdefault(manifest.parent.name, Run(manifest.parent))
        return list(by_name.values())

    def find(self, config: RunConfig) -> Run | None:
        """The finished run with this configuration, if there is one."""
        for root in (self.recorded, self.local):
            run = Run(root / config.name)
            if run.finished:
                return run
        return None

    def get(self, name: str) -> Run:
        """The finished run with this name, or the only one whose name begins like this.

        Raises:
            ColorizeError: there is none, or there are several.
        """
        candidates = [run for run in self.runs() if run.name.startswith(name)]
        matches = [run for run in candidates if run.name == name] or candidates
        if len(matches) != 1:
            problem = "Several runs begin with" if matches else "There is no run called"
            raise ColorizeError(f"{problem} {name}: `python -m colorize_lib runs list` names them all.")
        return matches[0]

    def record(self, run: Run, *, weights: bool = True) -> Run:
        """Copy a finished local run into the recorded ones, without its checkpoint and event files.

        Args:
            run: a local run.
            weights: whether to keep its final weights.

        Returns:
            The recorded run.
        """
        target = Run(self.recorded / run.name)
        if target.folder == run.folder:
            raise ColorizeError(f"The run {run.name} is already recorded, in {run.folder}.")
        omitted = ["checkpoint.npz", "weights", "tensorboard", "*.lock", ".*"]
        omitted += [] if weights else ["model.weights.h5"]
        shutil.copytree(run.folder, target.folder, ignore=shutil.ignore_patterns(*omitted), dirs_exist_ok=True)
        return target

    def best(self, family: str) -> Run:
        """The run to colorize with: of a family's runs with weights a recorded one, if there is one; of these one with
        the largest preset; and of these the longest."""
        models.family_of(family)
        candidates = [run for run in self.runs() if run.config.family == family and run.weights.exists()]
        if not candidates:
            raise ColorizeError(
                f"No run of {family} with weights is in {self.recorded} or {self.local}: "
                f"make one with `python -m colorize_lib train {family}`."
            )
        presets = list(models.IMAGE_SIZES)
        return max(
            candidates,
            key=lambda run: (
                run.folder.parent == self.recorded,
                presets.index(run.config.preset),
                run.config.images_seen,
            ),
        )


def add_rows(path: Path, rows: Iterable[dict], columns: list[str]) -> None:
    """Add measurements to a table, with today's date, in place of earlier ones of the same thing."""
    table = pd.DataFrame([{**row, "date": today()} for row in rows], columns=columns)
    with lock(path):
        if path.exists():
            table = pd.concat([pd.read_csv(path, dtype={"options": str}), table], ignore_index=True)[columns]
        keys = [column for column in columns if column not in RESULT_COLUMNS]
        measured = table[keys].astype(object).fillna("").astype(str)
        table = table[~measured.duplicated(keep="last")].sort_values("images_seen", kind="stable")
        table["reference_images"] = table["reference_images"].astype("Int64")  # missing where there is no reference
        with atomic(path) as temporary:
            table.to_csv(temporary, index=False)


def load_model(family: str):
    """The model to colorize photographs with: that of the family's best run in the checkout, see `Store.best`."""
    return Store.default().best(family).load_model()
