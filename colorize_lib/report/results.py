"""Results: the recorded study as one object, verified once when it is opened and then looked up."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from colorize_lib.files import ColorizeError
from colorize_lib.metrics import COLORFULNESS, DIVERSITY, FID, KID, PD, PROXY_SCORE, Metric
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Run, Store
from colorize_lib.study import workers
from colorize_lib.study.plan import Selection, Study, Task

PEERS = {"original": "originals (floor)", "gray": "gray pictures", "tint": "the best constant tint"}
"""What else is measured, beside models: its title in tables, by its name in results/tables/baselines.csv."""

OTHER_FILE = "adding --params FILE where the parameters are not those of params/report.yaml."


@dataclass(frozen=True)
class OpenedRun(Run):
    """A run as it was when it was first looked at: each of its files is read once, and nothing is added to it."""

    _read: dict[tuple, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @functools.cached_property
    def manifest(self) -> dict:
        return super().manifest

    def scored(self, split: str, *, options: str = "", images_seen: int | None = None) -> pd.DataFrame:
        asked = split, options, images_seen or self.config.images_seen
        if asked not in self._read:
            self._read[asked] = super().scored(split, options=options, images_seen=images_seen)
        return self._read[asked]

    def figure(self, metric: Metric, *, images_seen: int | None = None, options: str = "") -> pd.Series:
        """The row of a metric of all test photographs."""
        return self.measured(*metric.key, split="test", options=options, images_seen=images_seen)

    def kept(self, images_seen: int | None = None) -> dict[str, np.ndarray]:
        """What is kept of each test photograph, scored on the most of them, and the jackknife replicates, by name."""
        images_seen = images_seen or self.config.images_seen
        if images_seen not in self._read:
            paths = (self.folder / "per_image").glob(f"test-*-{images_seen}.npz")
            with np.load(max(paths, key=lambda path: int(path.name.split("-")[1]))) as arrays:
                self._read[images_seen] = dict(arrays)
        return self._read[images_seen]

    def replicates(self, metric: Metric, images_seen: int | None = None) -> np.ndarray:
        """The jackknife replicates (groups,) of a metric of the set of test photographs."""
        return self.kept(images_seen)[f"replicates {metric.name} {metric.protocol}"]


@dataclass(frozen=True)
class OpenedStore(Store):
    """A store as it was when its runs and tables were first looked at."""

    _found: dict[str, OpenedRun | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _tables: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find(self, config: RunConfig) -> OpenedRun | None:
        if config.name not in self._found:
            run = super().find(config)
            self._found[config.name] = run and OpenedRun(run.folder)
        return self._found[config.name]

    def table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            self._tables[name] = super().table(name)
        return self._tables[name].copy()


class Results:
    """What is recorded of a study: its runs, what was measured on them, and the tables beside them.

    Everything is read when it is first asked for and then remembered, and so is what follows from it at some cost:
    functions that are marked with `once` compute it for the same results a single time.

    Attributes:
        study: whose results these are.
        store: where its runs and tables are found.
    """

    def __init__(self, study: Study, store: Store, *parts: str):
        """Open the results of a study.

        Args:
            study, store: the study, and where its runs are.
            parts: of the study that are verified at once: "trial", "final", "size" or "second". Others are when they
                are first asked for.

        Raises:
            ColorizeError: something of these parts is missing; the sentence names it, and the command that makes it.
        """
        self.study, self.store = study, OpenedStore(store.recorded, store.local)
        self.remembered: dict[tuple, object] = {}
        for part in parts:
            self.tasks(part)

    @classmethod
    def obtained(cls, study: Study, store: Store, *parts: str) -> Self:
        """The results of a study, some of whose parts are done now, where it says so and they are not there yet."""
        for part in parts if study.missing == "train" else ():
            if study.tasks(store, part) and workers.work(Selection(study, part), store):
                raise ColorizeError(
                    "Some runs of the study failed, as printed above: "
                    f"`{study.run_command('')}` does what is missing again, {OTHER_FILE}"
                )
        return cls(study, store, *parts)

    def tasks(self, part: str, family: str = "") -> list[Task]:
        """The tasks of a part of the study, or of one family in it: all of them there and scored."""
        asked = part, family
        if asked not in self.remembered:
            tasks = [task for task in self.study.tasks(self.store, part) if family in ("", task.config.family)]
            self._verify(tasks)
            self.remembered[asked] = tasks
        return self.remembered[asked]

    def _verify(self, tasks: list[Task]) -> None:
        missing = [(task, *task.missing(self.store)) for task in tasks]
        missing = [(task, run, scorings) for task, run, scorings in missing if run or scorings]
        if missing:
            task, run, scorings = missing[0]
            what = "is neither recorded nor local" if run else f"lacks the scores of {scorings[0].text}"
            more = f", and so do {len(missing) - 1} others" if len(missing) > 1 else ""
            name = task.config.name
            raise ColorizeError(
                f"The run {name} {what}{more}: make what is missing with `{self.study.run_command(name)}`, {OTHER_FILE}"
            )

    def run(self, family: str, **changes: object) -> OpenedRun:
        """A family's first final run, or the one whose configuration differs from its by some changes."""
        return self.store.find(self.study.config(family, **changes))

    def table(self, name: str) -> pd.DataFrame:
        """A recorded table, results/tables/NAME.csv."""
        return self.store.table(name)

    @functools.cached_property
    def finals(self) -> dict[str, list[OpenedRun]]:
        """The final runs of each family, a run for each seed."""
        found: dict[str, list[OpenedRun]] = {family: [] for family in self.study.families}
        for task in self.tasks("final"):
            found[task.config.family].append(self.store.find(task.config))
        return found

    @functools.cached_property
    def second_runs(self) -> dict[str, OpenedRun]:
        """The runs on the second data set, by family; none where the study has no such set."""
        return {task.config.family: self.store.find(task.config) for task in self.tasks("second")}

    def baselines(self, config: RunConfig, metric: Metric, split: str = "validation") -> pd.DataFrame:
        """A metric of a configuration's photographs, left as they are, gray, and in the best constant tint: the row of
        each that was measured on the most of them, by method."""
        asked = "baselines", config.data_set, config.image_size, metric, split
        if asked not in self.remembered:
            self.remembered[asked] = baselines(self.table("baselines"), config, metric, split)
        return self.remembered[asked]

    def peers(self, config: RunConfig, metric: Metric, split: str = "validation") -> pd.DataFrame:
        """As `baselines`, all of which are there."""
        found = self.baselines(config, metric, split)
        if not set(PEERS) <= set(found.index):
            raise ColorizeError(
                f"No {metric.name} of gray pictures on the {split} split of {config.data_set} at {config.image_size} "
                f"pixels is recorded: measure it with `python -m colorize_lib evaluate {config.name} --split {split} "
                "--baselines`."
            )
        return found

    def share_closed(self, config: RunConfig, metric: Metric, value: float, split: str = "validation") -> float:
        """Share of the gap between gray pictures and originals that a figure closes."""
        peers = self.peers(config, metric, split).value
        return (peers.gray - value) / (peers.gray - peers.original)

    def trials(self, family: str) -> pd.DataFrame:
        """Every trial of a family: label, settings, images seen, FID, KID and colorfulness of so many images with their
        errors, and whether the finals have its settings."""
        rows = []
        for task in self.tasks("trial", family):
            config, scored = task.config, _scored_along(self.store.find(task.config), task.along)
            row = {"label": task.label, "settings": config.settings(), "images_seen": config.images_seen}
            for metric in (FID, KID, COLORFULNESS):
                found = scored.loc[metric.called(task.along)]
                row |= {metric.name: found.value, f"{metric.name}_error": found.error}
            row["chosen"] = config.hyperparameters == self.study.config(family).hyperparameters
            rows.append({**row, "images": task.along})
        return pd.DataFrame(rows)

    @functools.cached_property
    def along(self) -> pd.DataFrame:
        """What each family's first final scored along the way, on the same validation photographs.

        A row for each family and checkpoint: images seen, seconds of training by the study's timing, every metric by
        its name, FID with its number of photographs, and METRIC_error of some.
        """
        rows = []
        for task in (task for task in self.tasks("final") if task.first):
            run, each = self.store.find(task.config), np.median(self.training_seconds[task.config.family])
            for scoring in task.scorings(run):
                if scoring.split != "validation" or scoring.whole:
                    continue
                found = _scored_along(run, scoring.count, scoring.images_seen)
                names = [metric.called(scoring.count) for metric in (FID, KID, PD, PROXY_SCORE)]
                row = {"family": task.config.family, "images_seen": scoring.images_seen}
                row["seconds"] = scoring.images_seen * each
                rows.append({**row, **{f"{name}_error": found.error[name] for name in names}, **found.value})
        return pd.DataFrame(rows)

    @functools.cached_property
    def sizes(self) -> pd.DataFrame:
        """FID of the test photographs by number of training photographs.

        A row for each family and size: its run, FID at the `end` of training and at the `best` of the last checkpoints,
        each with its error and the images seen, and the passes over the data; PD, colorfulness and diversity at the
        best.
        """
        rows = []
        for task in [*self.tasks("size"), *(task for task in self.tasks("final") if task.first)]:
            run, family = self.store.find(task.config), task.config.family
            row = {"family": family, "photographs": run.manifest["training_images"], "run": run}
            row["passes"] = task.config.images_seen / row["photographs"]
            for name, images_seen in (("end", task.config.images_seen), ("best", task.best(run))):
                found = run.figure(FID, images_seen=images_seen)
                row |= {name: found.value, f"{name}_error": found.error, f"{name}_images_seen": images_seen}
            for metric in (PD, COLORFULNESS, DIVERSITY):
                found = run.figure(metric, images_seen=row["best_images_seen"])
                row |= {metric.name: found.value, f"{metric.name}_error": found.error}
            rows.append(row)
        order = self.study.families
        return pd.DataFrame(sorted(rows, key=lambda row: (order.index(row["family"]), row["photographs"])))

    @functools.cached_property
    def training_seconds(self) -> dict[str, np.ndarray]:
        """Seconds per image trained (repeats,) of each family, by the study's timing."""
        table = self.table("study_times").query("what == 'training'")
        return {family: _repeats(table[table.family == family]) for family in self.study.families}

    def inference_seconds(self, samplers: Mapping[str, str] | None = None) -> dict[str, dict[str, np.ndarray]]:
        """Seconds per photograph (repeats,) of each family: alone, and in the largest batch.

        Args:
            samplers: of some families, by their names in the timing; the others sample by their defaults.
        """
        table = self.table("study_times").query("what == 'inference'")
        table = table[table["sampler"] == [(samplers or {}).get(family, "default") for family in table.family]]
        batches = {"alone": table.batch.min(), "in a large batch": table.batch.max()}
        return {
            family: {
                name: _repeats(table[(table.family == family) & (table.batch == batch)])
                for name, batch in batches.items()
            }
            for family in self.study.families
        }


def once(compute: Callable) -> Callable:
    """Have a function of results and of hashable arguments compute what it returns a single time for each of them."""

    @functools.wraps(compute)
    def looked_up(results: Results, *arguments, **options):
        asked = compute, arguments, tuple(sorted(options.items()))
        if asked not in results.remembered:
            results.remembered[asked] = compute(results, *arguments, **options)
        return results.remembered[asked]

    return looked_up


def baselines(table: pd.DataFrame, config: RunConfig, metric: Metric, split: str = "validation") -> pd.DataFrame:
    """As `Results.baselines`, of results/tables/baselines.csv."""
    chosen = (table.data_set == config.data_set) & (table.image_size == config.image_size) & (table.split == split)
    chosen &= (table.metric == metric.name) & (table.protocol == metric.protocol)
    return table[chosen].sort_values("images").drop_duplicates("method", keep="last").set_index("method")


def _scored_along(run: Run, count: int, images_seen: int | None = None) -> pd.DataFrame:
    """What was measured of so many validation photographs, by metric; of FID the disjoint one."""
    table = run.scored("validation", images_seen=images_seen)
    paired_fid = table.metric.str.startswith(FID.name) & (table.protocol != FID.protocol)
    return table[(table.images == count) & ~paired_fid].set_index("metric")


def _repeats(table: pd.DataFrame) -> np.ndarray:
    return table.sort_values("repeat").seconds_per_image.to_numpy()
