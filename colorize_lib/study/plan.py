"""The study: the matrix of runs that a parameter file asks for, what is to be measured on each, and what is there.

A task is one run with all its measurements. Tasks depend on nothing but their own run, so that they can be done in any
order, by any number of processes and machines; only a trial that Optuna proposes waits for those before it.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from colorize_lib import models
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import LUMA_PUT_BACK, Run, Store
from colorize_lib.study import trials

FIRST_SCORED = 8_000  # images seen: colours of earlier milestones say little
CANDIDATES = 3  # last milestones, of which the best is chosen where data may be too few; and those before, if need be

# Keys of parameter files that are the study's, each with its default.
PARAMETERS: dict[str, object] = {
    "families": ["regression", "pix2pix", "palette", "coltran"],
    "preset": "small",
    "data_set": "tiny_imagenet",
    "image_size": 32,
    "seeds": [0, 1, 2],
    "train_sizes": [382, 1529, 6117],
    "second_data_set": "cifar10",
    "trials": 6,
    "score_along": 1000,
    **{f"images_seen_{family}": 1000 for family in models.FAMILIES},
    **{f"trial_images_{family}": 1000 for family in models.FAMILIES},
}


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

    def found(self, run: Run, metric: str = "KID") -> float | None:
        """The value of a disjoint metric as this scoring found it; None where it has not been made."""
        options = LUMA_PUT_BACK if self.given_luma else ""
        table = run.scored(self.split, options=options, images_seen=self.images_seen)
        table = table[(table.metric == metric) & (table.protocol == "disjoint")]
        table = table[table.images > self.count if self.whole else table.images == self.count]
        return None if table.empty else float(table.value.iloc[-1])


@dataclass(frozen=True)
class Task:
    """One run and what is to be measured on it.

    Attributes:
        part: of the study: "trial", "final", "size" or "second", which is of the second data set.
        label: which one, for a reader.
        config: of the run.
        along: validation photographs that are scored on the way; 0 scores nothing at all.
        first: whether it is the family's first final run, which keeps weights and pictures, and is scored all along, on
            all validation photographs, and with the given luma put back.
    """

    part: str
    label: str
    config: RunConfig
    along: int
    first: bool = False

    def scorings(self, run: Run | None = None) -> list[Scoring]:
        """What is to be measured, in order. That of a milestone better than the end is known with the run only."""
        end = self.config.images_seen
        if not self.along:
            return []
        if self.part == "trial":
            return [Scoring(end, "validation", self.along)]
        test = Scoring(end, "test", self.along, whole=True)
        if self.part == "second":
            return [test]
        wanted = []
        if self.first:
            scored = [count for count in self.config.milestones[:-1] if count >= FIRST_SCORED]
            wanted += [Scoring(count, "validation", self.along) for count in (*scored, end)]
        wanted += [candidate for candidate in self._candidates(run) if candidate not in wanted]
        wanted.append(test)
        if self.first:
            wanted += [dataclasses.replace(test, given_luma=True), dataclasses.replace(test, split="validation")]
        best = self.best(run) if run else None
        return wanted + ([dataclasses.replace(test, images_seen=best)] if best not in (None, end) else [])

    def _candidates(self, run: Run | None) -> list[Scoring]:
        """The milestones on validation photographs of which the best is to be chosen: the last ones, and as long as the
        earliest of them is the best, one more."""
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
        """The images seen of the candidate with the lowest KID; None while one of them is not scored."""
        return self._lowest(run, self._candidates(run))

    @staticmethod
    def _lowest(run: Run, scorings: list[Scoring]) -> int | None:
        found = {scoring.images_seen: scoring.found(run) for scoring in scorings}
        return min(found, key=found.__getitem__) if found and None not in found.values() else None

    def missing(self, store: Store) -> tuple[bool, list[Scoring]]:
        """Whether the run itself is missing, and which of its measurements are."""
        run = store.find(self.config)
        return run is None, [s for s in self.scorings(run) if run is None or s.found(run) is None]


@dataclass(frozen=True)
class Study:
    """A parameter file's matrix of runs; as `create` reads it.

    Attributes:
        values: of the keys of PARAMETERS.
        settings: by family, the hyper-parameters of its final runs that differ from the preset's.
    """

    values: Mapping[str, object]
    settings: Mapping[str, Mapping[str, object]]

    @staticmethod
    def run_command(name: str) -> str:
        """The command line that makes a run of the published study with all its scores."""
        return f"python -m colorize_lib study run {name}".rstrip()

    @property
    def scored(self) -> bool:
        """Whether its runs are scored at all."""
        return bool(self.values["score_along"])

    @classmethod
    def create(cls, params: Mapping[str, object]) -> "Study":
        """The study of a parameter file's checked values."""
        hyperparameters = models.hyperparameters()
        settings = {
            family: {
                name.removeprefix(f"{family}_"): value
                for name, value in params.items()
                if name in hyperparameters and name.startswith(f"{family}_")
            }
            for family in models.FAMILIES
        }
        study = cls(PARAMETERS | {name: params[name] for name in PARAMETERS if name in params}, settings)
        for family in study.values["families"]:
            models.family_of(family)
        return study

    def config(self, family: str, **changes: object) -> RunConfig:
        """The family's first final run, with other settings where `changes` names some."""
        values = self.values
        first = RunConfig.create(
            family,
            values["preset"],
            values["data_set"],
            values[f"images_seen_{family}"],
            image_size=values["image_size"],
            seed=values["seeds"][0],
            **self.settings[family],
        )
        return dataclasses.replace(first, **changes)

    def trial_configs(self, family: str, store: Store) -> Iterator[tuple[str, RunConfig]]:
        """Label and configuration of each trial that is known by now: those that Optuna proposes follow from others."""
        preset, budget = self.values["preset"], self.values[f"trial_images_{family}"]
        labels = list(trials.named(family, preset).items())
        results = []
        for number in range(self.values["trials"]):
            if number < len(labels):
                label, settings = labels[number]
            elif any(figure is None for _, figure in results):
                return
            else:
                label, settings = "by Optuna", trials.propose(family, preset, results)
            hyperparameters = models.configure(family, preset, **settings)
            config = self.config(family, images_seen=budget, hyperparameters=hyperparameters)
            yield f"trial {number + 1}, {label}", config
            run = store.find(config)
            scoring = Scoring(budget, "validation", self.values["score_along"])
            results.append((settings, scoring.found(run) if run else None))

    def tasks(self, store: Store, part: str = "") -> list[Task]:
        """All that the study consists of, or a part of it, in the order in which it is to be done."""
        values, along = self.values, self.values["score_along"]
        # Of each part the label of its rounds, each of a run for every family, and what sets their runs apart.
        rounds = {
            "final": [(f"seed {seed}", {"seed": seed}) for seed in values["seeds"]],
            "size": [(f"{size:,} photographs", {"train_images": size}) for size in values["train_sizes"]],
            "second": [(name, {"data_set": name}) for name in [values["second_data_set"]] if name],
        }
        tasks = []
        if part in ("", "trial"):
            tasks += [
                Task("trial", label, config, along)
                for family in values["families"]
                for label, config in self.trial_configs(family, store)
            ]
        for name in [part] if part in rounds else rounds if not part else ():
            for number, (label, changes) in enumerate(rounds[name]):
                first = name == "final" and number == 0
                tasks += [
                    Task(name, label, self.config(family, **changes), along, first) for family in values["families"]
                ]
        return tasks


def chosen(study: Study, family: str, store: Store) -> tuple[str, bool] | None:
    """The label of a family's best trial and whether its final runs are of that variant; None before all are scored."""
    scored = []
    for label, config in study.trial_configs(family, store):
        run = store.find(config)
        figure = Scoring(config.images_seen, "validation", study.values["score_along"]).found(run) if run else None
        if figure is None:
            return None
        scored.append((figure, label, config))
    if not scored:
        return None
    _, label, config = min(scored, key=lambda trial: trial[0])
    return label, config.hyperparameters == study.config(family).hyperparameters
