"""Plan: the matrix of runs that a parameter file asks for, what is to be measured on each, and what is missing.

A task is one run with all its measurements. Tasks depend on nothing but their own run, so they can be done in any order
by any number of processes and machines; only a trial that Optuna proposes has to wait for those before it.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import pydantic

from colorize_lib import models
from colorize_lib.files import ColorizeError
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import LUMA_PUT_BACK, Run, Store
from colorize_lib.study import trials
from colorize_lib.validation import Count, Natural, field_types, nearest, validated

BUDGETS = ("images_seen", "trial_images")
BY_FAMILY = (*BUDGETS, "settings")
DEFAULT_BUDGET = 1000
FIRST_SCORED = 8_000  # images seen: the colours of earlier milestones say little
CANDIDATES = 3  # last milestones among which the best is looked for, and those before them if need be


@dataclass(frozen=True)
class Scoring:
    """One measurement of a run.

    Attributes:
        images_seen: whose weights: those of this milestone, or the final ones.
        split: whose photographs are coloured: "validation" or "test".
        count: how many of them.
        whole: all photographs of the split instead, which have to be more than `count`.
        given_luma: whether the given luma is put back first.
    """

    images_seen: int
    split: str
    count: int
    whole: bool = False
    given_luma: bool = False

    @property
    def text(self) -> str:
        photographs = "all" if self.whole else f"{self.count:,}"
        luma = f", {LUMA_PUT_BACK}" if self.given_luma else ""
        return f"{photographs} of {self.split} after {self.images_seen:,} images{luma}"

    def kid(self, run: Run) -> float | None:
        """KID as this scoring of a run measured it, which stands for all metrics; None if it has not been made."""
        options = LUMA_PUT_BACK if self.given_luma else ""
        table = run.scored(self.split, options=options, images_seen=self.images_seen)
        table = table[(table.metric == "KID") & (table.protocol == "disjoint")]
        table = table[table.images > self.count if self.whole else table.images == self.count]
        return None if table.empty else float(table.value.iloc[-1])


@dataclass(frozen=True)
class Task:
    """One run and what is to be measured on it.

    Attributes:
        part: of the study: "trial", "final", "size" or "second", which is the one on the second data set.
        label: which run of the part, for a reader.
        config: of the run.
        along: validation photographs that are scored on the way; 0 scores nothing at all.
        first: whether it is the family's first final run, which keeps its weights and pictures and is scored all along,
            on all validation photographs, and with the given luma put back.
    """

    part: str
    label: str
    config: RunConfig
    along: int
    first: bool = False

    def scorings(self, run: Run | None = None) -> list[Scoring]:
        """What is to be measured, in order.

        Args:
            run: the task's, if it is there. Which milestone is the best, and is measured too, only it can tell.
        """
        end = self.config.images_seen
        if not self.along:
            return []
        if self.part == "trial":
            return [Scoring(end, "validation", self.along)]
        test = Scoring(end, "test", self.along, whole=True)
        if self.part == "second":
            return [test]
        scorings = []
        if self.first:
            milestones = [count for count in self.config.milestones[:-1] if count >= FIRST_SCORED]
            scorings += [Scoring(count, "validation", self.along) for count in (*milestones, end)]
        scorings += [candidate for candidate in self._candidates(run) if candidate not in scorings]
        scorings.append(test)
        if self.first:
            scorings += [dataclasses.replace(test, given_luma=True), dataclasses.replace(test, split="validation")]
        best = self.best(run) if run else None
        if best is not None and best != end:
            scorings.append(dataclasses.replace(test, images_seen=best))
        return scorings

    def _candidates(self, run: Run | None) -> list[Scoring]:
        """Scorings of the milestones among which the best is looked for: the last ones, and one more before them for
        as long as the earliest of them is the best."""
        if self.part != "size" and not self.first:
            return []
        counts = [*self.config.milestones[:-1], self.config.images_seen]
        scorings = [Scoring(count, "validation", self.along) for count in counts]
        first = max(0, len(counts) - CANDIDATES)
        earliest = next((n for n, count in enumerate(counts) if count >= FIRST_SCORED), first)
        while run and first > earliest and self._lowest(run, scorings[first:]) == counts[first]:
            first -= 1
        return scorings[first:]

    def best(self, run: Run) -> int | None:
        """The images seen of the candidate with the lowest KID; None as long as one of them has not been scored."""
        return self._lowest(run, self._candidates(run))

    @staticmethod
    def _lowest(run: Run, scorings: list[Scoring]) -> int | None:
        kids = {scoring.images_seen: scoring.kid(run) for scoring in scorings}
        return min(kids, key=kids.__getitem__) if kids and None not in kids.values() else None

    def missing(self, store: Store) -> tuple[bool, list[Scoring]]:
        """Whether the run itself is missing, and which of its measurements are."""
        run = store.find(self.config)
        return run is None, [s for s in self.scorings(run) if run is None or s.kid(run) is None]


@dataclass(frozen=True)
class Study:
    """A matrix of runs, as `create` reads it from the values of a parameter file.

    Attributes:
        families: those that are compared, in the order of tables.
        preset, data_set, image_size: of all runs, except that the second data set is another.
        seeds: of the final runs; those with the first seed are scored all along and shown.
        train_sizes: numbers of photographs that runs are trained on, besides all of them.
        second_data_set: each family has one more run, which is trained on it; "" for none.
        trials: how many each family has.
        score_along: validation photographs that are scored on the way; 0 scores nothing at all.
        images_seen, trial_images: by family, the budgets of its final runs and of its trials.
        settings: by family, the hyper-parameters of its final runs that differ from the preset's.
        missing: what a chapter does about a run that is not there: "train" or "fail".
        seed, train_images: of the run that a family's chapter shows; 0 images means all.
        score_images: validation photographs that are scored on the way if that run is trained; 0 scores none.
    """

    families: tuple[str, ...] = ("regression", "pix2pix", "palette", "coltran")
    preset: str = "small"
    data_set: str = "tiny_imagenet"
    image_size: Count = 32
    seeds: Annotated[tuple[Natural, ...], pydantic.Field(min_length=1)] = (0, 1, 2)
    train_sizes: tuple[Count, ...] = (382, 1529, 6117)
    second_data_set: str = "cifar10"
    trials: Natural = 6
    score_along: Natural = 1000
    images_seen: Mapping[str, Count] = field(default_factory=dict)
    trial_images: Mapping[str, Count] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    missing: Literal["fail", "train"] = "fail"
    seed: Natural = 0
    train_images: Natural = 0
    score_images: Natural = 0

    @classmethod
    def keys(cls) -> dict[str, object]:
        """The keys of parameter files, each with the type of its value: fields by their names, budgets as
        images_seen_FAMILY and trial_images_FAMILY, hyper-parameters as FAMILY_FIELD."""
        types = {name: kind for name, kind in field_types(cls).items() if name not in BY_FAMILY}
        budgets = {f"{name}_{family}": Count for name in BUDGETS for family in models.FAMILIES}
        return {**types, **budgets, **models.hyperparameters()}

    @classmethod
    def create(cls, values: Mapping[str, object]) -> "Study":
        """The study of a parameter file's values.

        Raises:
            ColorizeError: a key that is none of `keys`, or a value that is none of its type.
        """
        keys = cls.keys()
        for key in values:
            if key not in keys:
                raise ColorizeError(f"{key} is no parameter: {nearest(key, keys)}")
        checked = {key: validated(key, keys[key], value) for key, value in values.items()}
        fields = {name: checked[name] for name in field_types(cls) if name in checked}
        for name in BUDGETS:
            fields[name] = {family: checked.get(f"{name}_{family}", DEFAULT_BUDGET) for family in models.FAMILIES}
        fields["settings"] = {
            family: {
                name: checked[f"{family}_{name}"] for name in field_types(entry.config) if f"{family}_{name}" in checked
            }
            for family, entry in models.FAMILIES.items()
        }
        study = cls(**fields)
        for family in study.families:
            models.family_of(family)
        return study

    @staticmethod
    def run_command(name: str) -> str:
        """The command line that makes a run of the published study with all its scores."""
        return f"python -m colorize_lib study run {name}".rstrip()

    @property
    def scored(self) -> bool:
        """Whether its runs are scored at all."""
        return bool(self.score_along)

    def config(self, family: str, **changes: object) -> RunConfig:
        """The family's first final run, or one that differs from it by `changes`."""
        first = RunConfig.create(
            family,
            self.preset,
            self.data_set,
            self.images_seen[family],
            image_size=self.image_size,
            seed=self.seeds[0],
            **self.settings[family],
        )
        return dataclasses.replace(first, **changes)

    def shown(self, family: str) -> RunConfig:
        """The run that a family's own chapter shows."""
        return self.config(family, seed=self.seed, train_images=self.train_images)

    def trial_configs(self, family: str, store: Store) -> Iterator[tuple[str, RunConfig]]:
        """Label and configuration of each trial that is known by now: what Optuna proposes follows from results."""
        preset, budget = self.preset, self.trial_images[family]
        labels = list(trials.named(family, preset).items())
        results = []
        for number in range(self.trials):
            if number < len(labels):
                label, settings = labels[number]
            elif any(kid is None for _, kid in results):
                return
            else:
                label, settings = "by Optuna", trials.propose(family, preset, results)
            hyperparameters = models.configure(family, preset, **settings)
            config = self.config(family, images_seen=budget, hyperparameters=hyperparameters)
            yield f"trial {number + 1}, {label}", config
            run = store.find(config)
            scoring = Scoring(budget, "validation", self.score_along)
            results.append((settings, scoring.kid(run) if run else None))

    def tasks(self, store: Store, part: str = "") -> list[Task]:
        """All that the study consists of, or one part of it, in the order in which it is to be done.

        Trials that Optuna proposes are among them as soon as those before them have been scored.
        """
        # A round is a run of every family; for each part, the labels of its rounds and how their runs differ from the
        # first final ones.
        rounds = {
            "final": [(f"seed {seed}", {"seed": seed}) for seed in self.seeds],
            "size": [(f"{size:,} photographs", {"train_images": size}) for size in self.train_sizes],
            "second": [(name, {"data_set": name}) for name in [self.second_data_set] if name],
        }
        tasks = []
        if part in ("", "trial"):
            tasks += [
                Task("trial", label, config, self.score_along)
                for family in self.families
                for label, config in self.trial_configs(family, store)
            ]
        for name in [part] if part in rounds else rounds if not part else ():
            for number, (label, changes) in enumerate(rounds[name]):
                first = name == "final" and number == 0
                tasks += [
                    Task(name, label, self.config(family, **changes), self.score_along, first)
                    for family in self.families
                ]
        return tasks


@dataclass(frozen=True)
class Selection:
    """What is to be done of a study.

    Attributes:
        study: whose tasks they are.
        part: "trial", "final", "size" or "second"; "" for all of them.
        names: beginnings of the names of runs; none for all of them.
    """

    study: Study
    part: str = ""
    names: tuple[str, ...] = ()

    def tasks(self, store: Store) -> list[Task]:
        """The tasks that are known by now, in order."""
        tasks = self.study.tasks(store, self.part)
        return [task for task in tasks if not self.names or task.config.name.startswith(self.names)]

    def check(self, store: Store) -> None:
        """Raise a ColorizeError if the study has no such part, or no such run."""
        parts = list(dict.fromkeys(task.part for task in self.study.tasks(store)))
        if self.part and self.part not in parts:
            raise ColorizeError(f"The study has no part called {self.part}: {nearest(self.part, parts)}")
        names = [task.config.name for task in self.study.tasks(store, self.part)]
        for beginning in self.names:
            if not any(name.startswith(beginning) for name in names):
                raise ColorizeError(f"No run of the study is called {beginning}: `study plan` names them all.")


def chosen_trial(study: Study, family: str, store: Store) -> tuple[str, bool] | None:
    """The label of a family's best trial, and whether its final runs have the same settings; None until all trials have
    been scored."""
    scored = []
    for label, config in study.trial_configs(family, store):
        run = store.find(config)
        kid = Scoring(config.images_seen, "validation", study.score_along).kid(run) if run else None
        if kid is None:
            return None
        scored.append((kid, label, config))
    if not scored:
        return None
    _, label, config = min(scored, key=lambda trial: trial[0])
    return label, config.hyperparameters == study.config(family).hyperparameters
