"""Results: the recorded study as one object, verified when it is opened and looked up from then on."""

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
"""What models are measured beside: titles in tables, by the name in results/tables/baselines.csv."""

OTHER_FILE = "adding --params FILE unless the parameters are those of params/report.yaml."


@dataclass(frozen=True)
class OpenedRun(Run):
    """A run whose files are read only once, so that it stays as it was when it was first looked at."""

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
        """The row of a metric that was measured on all test photographs."""
        return self.measured(*metric.key, split="test", options=options, images_seen=images_seen)

    def kept(self, images_seen: int | None = None) -> dict[str, np.ndarray]:
        """By name, the values kept for each test photograph and the jackknife replicates, from the scoring of the most
        photographs."""
        images_seen = images_seen or self.config.images_seen
        if images_seen not in self._read:
            paths = (self.folder / "per_image").glob(f"test-*-{images_seen}.npz")
            with np.load(max(paths, key=lambda path: int(path.name.split("-")[1]))) as arrays:
                self._read[images_seen] = dict(arrays)
        return self._read[images_seen]

    def replicates(self, metric: Metric, images_seen: int | None = None) -> np.ndarray:
        """The jackknife replicates (groups,) of a figure of the set of test photographs."""
        return self.kept(images_seen)[f"replicates {metric.name} {metric.protocol}"]


@dataclass(frozen=True)
class OpenedStore(Store):
    """A store that looks for each run and reads each table only once."""

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
    """What is recorded of a study: its runs, what was measured on them, and the recorded tables.

    Everything is read when it is first asked for, and then remembered. So is what takes long to compute from it: a
    function decorated with `once` computes each value a single time for the same results.

    Attributes:
        study: the study.
        store: where its runs and tables are looked up.
    """

    def __init__(self, study: Study, store: Store, *parts: str):
        """Open the results of a study.

        Args:
            study, store: the study, and where its runs are.
            parts: the parts of the study to verify now: "trial", "final", "size" or "second". Any other part is
                verified when it is first asked for.

        Raises:
            ColorizeError: a run or a score is missing; the sentence names it and the command that makes it.
        """
        self.study, self.store = study, OpenedStore(store.recorded, store.local)
        self.remembered: dict[tuple, object] = {}
        for part in parts:
            self.tasks(part)

    @classmethod
    def obtained(cls, study: Study, store: Store, *parts: str) -> Self:
        """The results of a study. Whatever these parts of it lack is made first if its `missing` is "train"."""
        for part in parts if study.missing == "train" else ():
            if study.tasks(store, part) and workers.work(Selection(study, part), store):
                raise ColorizeError(
                    "Some runs of the study failed, as printed above: repair what they name, and make what is missing "
                    f"with `{study.run_command('')}`, {OTHER_FILE}"
                )
        return cls(study, store, *parts)

    def tasks(self, part: str, family: str = "") -> list[Task]:
        """The tasks of a part of the study, or those of one family in it, all of which are complete."""
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
        """A family's first final run, or the run whose configuration differs from it by these changes."""
        return self.store.find(self.study.config(family, **changes))

    def table(self, name: str) -> pd.DataFrame:
        """A recorded table, results/tables/NAME.csv."""
        return self.store.table(name)

    @functools.cached_property
    def finals(self) -> dict[str, list[OpenedRun]]:
        """The final runs of each family, one for each seed."""
        runs: dict[str, list[OpenedRun]] = {family: [] for family in self.study.families}
        for task in self.tasks("final"):
            runs[task.config.family].append(self.store.find(task.config))
        return runs

    @functools.cached_property
    def second_runs(self) -> dict[str, OpenedRun]:
        """The runs on the second data set, by family; none if the study has no such data set."""
        return {task.config.family: self.store.find(task.config) for task in self.tasks("second")}

    def baselines(self, config: RunConfig, metric: Metric, split: str = "validation") -> pd.DataFrame:
        """The rows of a metric of a configuration's photographs themselves, of their gray versions and of the best
        constant tint, by method; of several measurements, the one on the most photographs."""
        asked = "baselines", config.data_set, config.image_size, metric, split
        if asked not in self.remembered:
            self.remembered[asked] = baselines(self.table("baselines"), config, metric, split)
        return self.remembered[asked]

    def peers(self, config: RunConfig, metric: Metric, split: str = "validation") -> pd.DataFrame:
        """The same as `baselines`, but with an error if one of PEERS is missing."""
        measured = self.baselines(config, metric, split)
        if not set(PEERS) <= set(measured.index):
            raise ColorizeError(
                f"No {metric.name} of gray pictures on the {split} split of {config.data_set} at {config.image_size} "
                f"pixels is recorded: measure it with `python -m colorize_lib evaluate {config.name} --split {split} "
                "--baselines`."
            )
        return measured

    def share_closed(self, config: RunConfig, metric: Metric, value: float, split: str = "validation") -> float:
        """The share of the gap between gray pictures and originals that a figure closes."""
        peers = self.peers(config, metric, split).value
        return (peers.gray - value) / (peers.gray - peers.original)

    def trials(self, family: str) -> pd.DataFrame:
        """A row for each trial of a family: label, settings, images seen, number of images scored; FID, KID and
        colorfulness with their errors; and whether the finals have its settings ("chosen")."""
        rows = []
        for task in self.tasks("trial", family):
            config, scored = task.config, _scored_along(self.store.find(task.config), task.along)
            row = {"label": task.label, "settings": config.settings(), "images_seen": config.images_seen}
            for metric in (FID, KID, COLORFULNESS):
                figure = scored.loc[metric.called(task.along)]
                row |= {metric.name: figure.value, f"{metric.name}_error": figure.error}
            row["chosen"] = config.hyperparameters == self.study.config(family).hyperparameters
            rows.append({**row, "images": task.along})
        return pd.DataFrame(rows)

    @functools.cached_property
    def along(self) -> pd.DataFrame:
        """The scores of each family's first final along its training, on the same validation photographs.

        A row for each family and checkpoint: images seen, seconds of training by the study's timing, every metric under
        its name (FID with its number of photographs), and METRIC_error for some.
        """
        rows = []
        for task in (task for task in self.tasks("final") if task.first):
            run, per_image = self.store.find(task.config), np.median(self.training_seconds[task.config.family])
            for scoring in task.scorings(run):
                if scoring.split != "validation" or scoring.whole:
                    continue
                scored = _scored_along(run, scoring.count, scoring.images_seen)
                names = [metric.called(scoring.count) for metric in (FID, KID, PD, PROXY_SCORE)]
                row = {"family": task.config.family, "images_seen": scoring.images_seen}
                row["seconds"] = scoring.images_seen * per_image
                rows.append({**row, **{f"{name}_error": scored.error[name] for name in names}, **scored.value})
        return pd.DataFrame(rows)

    @functools.cached_property
    def sizes(self) -> pd.DataFrame:
        """FID of the test photographs by number of training photographs.

        A row for each family and size: the run, the passes over the data, FID at the `end` of training and at the
        `best` of the last checkpoints, each with its error and the images seen, and PD, colorfulness and diversity at
        the best one with their errors.
        """
        rows = []
        for task in [*self.tasks("size"), *(task for task in self.tasks("final") if task.first)]:
            run, family = self.store.find(task.config), task.config.family
            row = {"family": family, "photographs": run.manifest["training_images"], "run": run}
            row["passes"] = task.config.images_seen / row["photographs"]
            for name, images_seen in (("end", task.config.images_seen), ("best", task.best(run))):
                fid = run.figure(FID, images_seen=images_seen)
                row |= {name: fid.value, f"{name}_error": fid.error, f"{name}_images_seen": images_seen}
            for metric in (PD, COLORFULNESS, DIVERSITY):
                figure = run.figure(metric, images_seen=row["best_images_seen"])
                row |= {metric.name: figure.value, f"{metric.name}_error": figure.error}
            rows.append(row)
        order = self.study.families
        return pd.DataFrame(sorted(rows, key=lambda row: (order.index(row["family"]), row["photographs"])))

    @functools.cached_property
    def training_seconds(self) -> dict[str, np.ndarray]:
        """The seconds that training on an image takes each family, (repeats,), by the study's timing."""
        table = self.table("study_times").query("what == 'training'")
        return {family: _repeats(table[table.family == family]) for family in self.study.families}

    def inference_seconds(self, samplers: Mapping[str, str] | None = None) -> dict[str, dict[str, np.ndarray]]:
        """The seconds that colouring a photograph takes each family, (repeats,): alone, and in the largest batch.

        Args:
            samplers: for some families, the name of the sampler in the timing; the others use their defaults.
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
    """Make a function of results and hashable arguments remember, in the results, what it has computed from them."""

    @functools.wraps(compute)
    def looked_up(results: Results, *arguments, **options):
        asked = compute, arguments, tuple(sorted(options.items()))
        if asked not in results.remembered:
            results.remembered[asked] = compute(results, *arguments, **options)
        return results.remembered[asked]

    return looked_up


def baselines(table: pd.DataFrame, config: RunConfig, metric: Metric, split: str = "validation") -> pd.DataFrame:
    """The same as `Results.baselines`, given the table results/tables/baselines.csv."""
    chosen = (table.data_set == config.data_set) & (table.image_size == config.image_size) & (table.split == split)
    chosen &= (table.metric == metric.name) & (table.protocol == metric.protocol)
    return table[chosen].sort_values("images").drop_duplicates("method", keep="last").set_index("method")


def _scored_along(run: Run, count: int, images_seen: int | None = None) -> pd.DataFrame:
    """The rows measured on this many validation photographs, by metric; for FID the disjoint one."""
    table = run.scored("validation", images_seen=images_seen)
    paired_fid = table.metric.str.startswith(FID.name) & (table.protocol != FID.protocol)
    return table[(table.images == count) & ~paired_fid].set_index("metric")


def _repeats(table: pd.DataFrame) -> np.ndarray:
    return table.sort_values("repeat").seconds_per_image.to_numpy()
