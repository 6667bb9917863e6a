"""The folder of a run, and the store of recorded and local ones."""

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

LUMA_PUT_BACK = "luma put back"  # the option of a measurement before which pictures got their given luma again


METRIC_COLUMNS = [
    "images_seen", "metric", "value", "error", "low", "high", "originals", "split", "protocol", "images",
    "reference_images", "options", "network", "indices", "seconds", "date",
]  # fmt: skip
BASELINE_COLUMNS = ["method", "data_set", "image_size", *METRIC_COLUMNS]


@dataclass(frozen=True)
class Run:
    """The folder of a run: config.json, manifest.json (last, when it is finished), history.csv, metrics.csv, samples/,
    artefacts/, model.weights.h5, per_image/ once it is scored and, while it is local, checkpoint.npz and, in weights/,
    those of its milestones."""

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
        """Where a local run keeps the weights that it would have ended with after so many images."""
        return self.folder / "weights" / f"{images_seen}.weights.h5"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.npz"

    @property
    def history(self) -> pd.DataFrame:
        """One row for each interval of training: images_seen, seconds, images_per_second and the mean losses."""
        return pd.read_csv(self.folder / "history.csv")

    @property
    def metrics(self) -> pd.DataFrame:
        """One row for each measurement; its columns are METRIC_COLUMNS."""
        stamp = self._metrics_stamp()
        return _read_metrics(*stamp).copy() if stamp else pd.DataFrame(columns=METRIC_COLUMNS)

    def _metrics_stamp(self) -> tuple[Path, int, int] | None:
        """What changes with metrics.csv; None where there is none."""
        path = self.folder / "metrics.csv"
        if not path.exists():
            return None
        stamp = path.stat()
        return path, stamp.st_mtime_ns, stamp.st_size

    @property
    def samples(self) -> dict[int, Path]:
        """The pictures of the fixed photographs, by images seen."""
        return dict(sorted((int(path.stem), path) for path in (self.folder / "samples").glob("[0-9]*.png")))

    def add_metrics(self, rows: Iterable[dict]) -> None:
        """Append measurements; one that was taken before, in all but its value, is replaced."""
        add_rows(self.folder / "metrics.csv", rows, METRIC_COLUMNS)

    def scored(self, split: str, *, options: str = "", images_seen: int | None = None) -> pd.DataFrame:
        """What was measured on a split with these options, of the finished run or of a milestone, in the order of the
        number of images."""
        stamp = self._metrics_stamp()
        if stamp is None:
            return self.metrics
        return _select_metrics(split, options, images_seen or self.config.images_seen, *stamp).copy()

    def measured(
        self,
        metric: str,
        protocol: str,
        *,
        split: str = "validation",
        options: str = "",
        images_seen: int | None = None,
    ) -> pd.Series | None:
        """The row of a metric on the most images; None where it was not measured."""
        table = self.scored(split, options=options, images_seen=images_seen)
        table = table[(table.metric == metric) & (table.protocol == protocol)]
        return None if table.empty else table.iloc[-1]

    def load_model(self, images_seen: int | None = None):
        """The run's model with the weights as they are stored: the final ones, or a local run's of a milestone."""
        weights = self.weights if images_seen in (None, self.config.images_seen) else self.weights_at(images_seen)
        if not weights.exists():
            raise ColorizeError(
                f"The run {self.name} keeps no weights in {weights}: move its folder away and train it anew, or choose "
                "a run that has them (`python -m colorize_lib runs list`)."
            )
        model = models.from_config(self.config.family, self.config.hyperparameters, self.config.image_size)
        model.network.load_weights(weights)
        return model


@functools.lru_cache(maxsize=256)
def _read_metrics(path: Path, *stamp: int) -> pd.DataFrame:
    return pd.read_csv(path)


@functools.lru_cache(maxsize=4096)  # a chapter asks for each of a study's hundreds of scorings many times
def _select_metrics(split: str, options: str, images_seen: int, path: Path, *stamp: int) -> pd.DataFrame:
    table = _read_metrics(path, *stamp)
    chosen = (table.split == split) & (table.options.astype(object).fillna("") == options)
    return table[chosen & (table.images_seen == images_seen)].sort_values("images", kind="stable")


@dataclass(frozen=True)
class Store:
    """Recorded runs (tracked, looked at first) and local runs."""

    recorded: Path
    local: Path

    @classmethod
    def default(cls) -> "Store":
        """results/ and runs/ of the checkout."""
        return cls(repository() / "results", repository() / "runs")

    def table(self, name: str) -> pd.DataFrame:
        """A recorded table of what spans runs, results/tables/NAME.csv."""
        path = self.recorded / "tables" / f"{name}.csv"
        if not path.exists():
            raise ColorizeError(
                f"There is no recorded table at {path}: restore it from the repository, or measure it, baselines.csv "
                "with `python -m colorize_lib evaluate RUN --baselines` and any other with the program in bench/ that "
                "writes it."
            )
        return pd.read_csv(path)

    def runs(self) -> list[Run]:
        """All finished runs, recorded ones first; a recorded run's local twin is left out."""
        found: dict[str, Run] = {}
        for root in (self.recorded, self.local):
            for manifest in sorted(root.glob("*/manifest.json")):
                found.setdefault(manifest.parent.name, Run(manifest.parent))
        return list(found.values())

    def find(self, config: RunConfig) -> Run | None:
        """The finished run of this configuration, if there is one."""
        for root in (self.recorded, self.local):
            run = Run(root / config.name)
            if run.finished:
                return run
        return None

    def get(self, name: str) -> Run:
        """The finished run of this name; the beginning of a name will do where it fits one run only."""
        fitting = [run for run in self.runs() if run.name.startswith(name)]
        exact = [run for run in fitting if run.name == name]
        if len(exact or fitting) != 1:
            problem = "There is no run called" if not fitting else "Several runs begin with"
            raise ColorizeError(f"{problem} {name}: `python -m colorize_lib runs list` names them all.")
        return (exact or fitting)[0]

    def record(self, run: Run, *, weights: bool = True) -> Run:
        """Copy what is kept of a finished local run into the recorded ones: no checkpoint, no event files."""
        target = Run(self.recorded / run.name)
        if target.folder == run.folder:
            raise ColorizeError(f"The run {run.name} is recorded already, in {run.folder}.")
        left_out = [
            "checkpoint.npz",
            "weights",
            "tensorboard",
            "*.lock",
            ".*",
            *([] if weights else ["model.weights.h5"]),
        ]
        shutil.copytree(run.folder, target.folder, ignore=shutil.ignore_patterns(*left_out), dirs_exist_ok=True)
        return target

    def best(self, family: str) -> Run:
        """The family's run to colorize with: of those with weights the recorded ones, the largest, the longest."""
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
    """Add dated measurements to a table, in place of those that differ in nothing but what was measured."""
    table = pd.DataFrame([{**row, "date": today()} for row in rows], columns=columns)
    with lock(path):
        if path.exists():
            table = pd.concat([pd.read_csv(path, dtype={"options": str}), table], ignore_index=True)[columns]
        _write_measurements(path, table, columns)


def _write_measurements(path: Path, table: pd.DataFrame, columns: list[str]) -> None:
    measured = {"value", "error", "low", "high", "originals", "seconds", "date", "indices"}
    keys = [column for column in columns if column not in measured]
    texts = table[keys].astype(object).fillna("").astype(str)
    table = table[~texts.duplicated(keep="last")].sort_values("images_seen", kind="stable")
    table["reference_images"] = table["reference_images"].astype("Int64")  # some metrics have no reference
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False)


def load_model(family: str):
    """The model that colorizes photographs: the family's best recorded run."""
    return Store.default().best(family).load_model()
