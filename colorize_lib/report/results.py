"""Findings: what the study's runs add up to, computed anew from what was recorded of each, wherever the book is built.

Every function takes the study and reads recorded and local runs. A run that is missing, or not scored, is an error that
names it with the command that makes it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from colorize_lib import models
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import uncertainty
from colorize_lib.report import rules, run_tables, statistics
from colorize_lib.report.rules import Accuracy, Verdict
from colorize_lib.report.run_tables import PROXY_SCORE as SCORE
from colorize_lib.report.statistics import Estimate, PowerLaw, SeedVariance
from colorize_lib.runs.store import Run, Store
from colorize_lib.study import workers
from colorize_lib.study.plan import Selection, Study, Task

TIMES, DIVERSITY = "study_times", "LPIPS diversity"


def require(study: Study, part: str = "", family: str = "") -> list[Task]:
    """The tasks of a part of the study, of a family, or of all of it; all of them are there and scored.

    Raises:
        ColorizeError: something is missing; the sentence names it, and the command that makes it.
    """
    store = Store.default()
    tasks = [task for task in study.tasks(store, part) if family in ("", task.config.family)]
    missing = [(task, *task.missing(store)) for task in tasks]
    missing = [(task, run, scorings) for task, run, scorings in missing if run or scorings]
    if missing:
        task, run, scorings = missing[0]
        what = "is neither recorded nor local" if run else f"lacks the scores of {scorings[0].text}"
        more = f", and so do {len(missing) - 1} others" if len(missing) > 1 else ""
        name = task.config.name
        raise ColorizeError(
            f"The run {name} {what}{more}: make what is missing with `{study.run_command(name)}`, adding --params FILE "
            "where the parameters are not those of params/report.yaml."
        )
    return tasks


def ensure(study: Study, part: str, missing: str) -> None:
    """Have a part of the study done now where `missing` says "train", or else raise an error where it is not."""
    store = Store.default()
    if missing != "train":
        require(study, part)
    elif workers.work(Selection(study, part), store):
        raise ColorizeError(
            f"Some runs of the study failed, as printed above: `{study.run_command('')}` does what is missing again, "
            "adding --params FILE where the parameters are not those of params/report.yaml."
        )


def finals(study: Study) -> dict[str, list[Run]]:
    """The final runs of each family, a run for each seed."""
    found: dict[str, list[Run]] = {family: [] for family in study.families}
    for task in require(study, "final"):
        found[task.config.family].append(Store.default().find(task.config))
    return found


def kept(run: Run, split: str, images_seen: int | None = None) -> dict[str, np.ndarray]:
    """What is kept of each photograph of a split, scored on the most photographs, and the jackknife replicates, by
    name."""
    paths = (run.folder / "per_image").glob(f"{split}-*-{images_seen or run.config.images_seen}.npz")
    with np.load(max(paths, key=lambda path: int(path.name.split("-")[1]))) as arrays:
        return dict(arrays)


def figure(run: Run, metric: str, protocol: str, *, images_seen: int | None = None, options: str = "") -> pd.Series:
    """The row of a measurement of all test photographs."""
    return run.measured(metric, protocol, split="test", options=options, images_seen=images_seen)


def replicates(run: Run, metric: str, images_seen: int | None = None) -> np.ndarray:
    """The jackknife replicates (groups,) of a figure of the test photographs, disjoint where it is a distance."""
    return kept(run, "test", images_seen)[f"replicates {metric} {protocol_of(metric)}"]


def protocol_of(metric: str) -> str:
    """The protocol by which a metric of the test photographs is meant where nothing else is said."""
    protocols = {"FID": "disjoint", "KID": "disjoint", DIVERSITY: "samples"}
    return protocols.get(metric, "alone" if metric in (SCORE, "Colorfulness") else "paired")


def seed_variance(study: Study, metric: str, protocol: str = "", *, log: bool = False) -> SeedVariance:
    """The variance of a metric over the seeds of the finals, pooled over families.

    Raises:
        ColorizeError: the study has one seed.
    """
    if len(study.seeds) < 2:
        raise ColorizeError(
            "seeds names one seed, and every error here holds the variance over seeds: name two at least, or set "
            "score_along to 0, which scores nothing."
        )
    values = [
        _figures(runs, metric, protocol or protocol_of(metric))
        for family, runs in finals(study).items()
        if models.FAMILIES[family].varied or metric != DIVERSITY
    ]
    return statistics.pooled_variance([np.log(v) for v in values] if log else values)


def _figures(runs: Sequence[Run], metric: str, protocol: str) -> np.ndarray:
    return np.array([figure(run, metric, protocol).value for run in runs])


def estimate(study: Study, family: str, metric: str, protocol: str = "") -> Estimate:
    """A metric of a family's finals on the test photographs: mean over seeds, with both sources of error.

    Args:
        study, family: whose finals.
        metric: by its name.
        protocol: of the metric, where it has more than one.
    """
    protocol = protocol or protocol_of(metric)
    runs, seeds = finals(study)[family], seed_variance(study, metric, protocol)
    values = [kept(run, "test") for run in runs]
    if (of_sets := f"replicates {metric} {protocol}") in values[0]:
        photographs = uncertainty.jackknife(np.mean([own[of_sets] for own in values], axis=0))
    else:
        each = np.mean([own[metric] for own in values], axis=0)
        photographs = each.std(ddof=1) / np.sqrt(len(each))
    variance = photographs**2 + seeds.variance / len(runs)
    return statistics.estimate(_figures(runs, metric, protocol).mean(), variance, seeds.degrees)


def spread(study: Study, family: str, metric: str) -> float:
    """The standard deviation of a metric over the seeds of a family's finals."""
    return float(_figures(finals(study)[family], metric, protocol_of(metric)).std(ddof=1))


def difference(study: Study, metric: str, family: str, other: str) -> Estimate:
    """A set metric of one family minus that of another, on the same photographs, over seeds."""
    a, b = (finals(study)[name] for name in (family, other))
    return statistics.difference(
        _figures(a, metric, protocol_of(metric)),
        _figures(b, metric, protocol_of(metric)),
        np.array([replicates(run, metric) for run in a]),
        np.array([replicates(run, metric) for run in b]),
        seed_variance(study, metric),
    )


def paired_difference(study: Study, metric: str, family: str, other: str) -> Estimate:
    """A mean over photographs of one family minus that of another, on the same photographs, over seeds."""
    a, b = (np.array([kept(run, "test")[metric] for run in finals(study)[name]]) for name in (family, other))
    return statistics.paired_difference(a, b, seed_variance(study, metric))


def share_closed(study: Study, family: str, metric: str = "FID") -> float:
    """Share of a metric's gap between gray pictures and originals that a family's finals close on test photographs."""
    value = estimate(study, family, metric).value
    return run_tables.share_closed(study.config(family), value, "test", metric, protocol_of(metric))


def accuracies(study: Study) -> dict[str, Accuracy]:
    """What RQ1 is decided by, of each family."""
    return {
        family: Accuracy(
            _figures(runs, "FID", "disjoint"),
            _figures(runs, SCORE, "alone"),
            np.array([kept(run, "test")["PD"] for run in runs]),
        )
        for family, runs in finals(study).items()
    }


def trials(study: Study, family: str) -> pd.DataFrame:
    """Every trial of a family: label, settings, images seen, FID and KID with errors, and whether it was chosen."""
    rows = []
    for task in require(study, "trial", family):
        run = Store.default().find(task.config)
        scored = _brief(run, task.along)
        row = {"label": task.label, "settings": task.config.settings(), "images_seen": task.config.images_seen}
        for metric, name in (("FID", f"FID-{task.along}"), ("KID", "KID"), ("Colorfulness", "Colorfulness")):
            row |= {metric: scored.value[name], f"{metric}_error": scored.error[name]}
        row["chosen"] = task.config.hyperparameters == study.config(family).hyperparameters
        rows.append({**row, "images": task.along})
    return pd.DataFrame(rows)


def _brief(run: Run, count: int, images_seen: int | None = None) -> pd.DataFrame:
    """What was measured of so many validation photographs, by metric; of FID the disjoint one."""
    table = run.scored("validation", images_seen=images_seen)
    table = table[(table.images == count) & ~(table.metric.str.startswith("FID") & (table.protocol == "paired"))]
    return table.set_index("metric")


def along(study: Study) -> pd.DataFrame:
    """What each family's first final scored along the way, on the same validation photographs.

    A row for each family and checkpoint: images seen, seconds of training by the study's timing, every metric by its
    name, FID with its number of photographs, and METRIC_error of some.
    """
    rows, per_image = [], training_seconds(study)
    for task in require(study, "final"):
        if not task.first:
            continue
        run = Store.default().find(task.config)
        for scoring in task.scorings(run):
            if scoring.split != "validation" or scoring.whole:
                continue
            found = _brief(run, scoring.count, scoring.images_seen)
            errors = {f"{m}_error": found.error[m] for m in (f"FID-{scoring.count}", "KID", "PD", SCORE)}
            seconds = scoring.images_seen * np.median(per_image[task.config.family])
            rows.append({"family": task.config.family, "images_seen": scoring.images_seen, "seconds": seconds})
            rows[-1] |= {**found.value, **errors}
    return pd.DataFrame(rows)


def sizes(study: Study) -> pd.DataFrame:
    """FID of the test photographs by number of training photographs: a row for each family and size, at the end of
    training and at the best of the last checkpoints, with passes over the data and jackknife errors; PD, Colorfulness
    and LPIPS diversity at the best."""
    rows = []
    for task in [*require(study, "size"), *(task for task in require(study, "final") if task.first)]:
        run = Store.default().find(task.config)
        best = task.best(run)
        row = {"family": task.config.family, "photographs": run.manifest["training_images"], "best_images_seen": best}
        row["passes"] = task.config.images_seen / row["photographs"]
        for name, count in (("end", None), ("best", best)):
            found = figure(run, "FID", "disjoint", images_seen=count)
            row |= {name: found.value, f"{name}_error": found.error, f"{name}_run": run, f"{name}_seen": count}
        for metric, protocol in (("PD", "paired"), ("Colorfulness", "alone"), (DIVERSITY, "samples")):
            found = figure(run, metric, protocol, images_seen=best)
            row |= {metric: found.value, f"{metric}_error": found.error}
        rows.append(row)
    families = study.families
    return pd.DataFrame(sorted(rows, key=lambda row: (families.index(row["family"]), row["photographs"])))


def _of_family(table: pd.DataFrame, family: str, which: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of a table of `sizes`: numbers of photographs (S,), FID (S,) and replicates (S, groups) of a family."""
    own = table[table.family == family]
    each = [replicates(row[f"{which}_run"], "FID", row[f"{which}_seen"]) for _, row in own.iterrows()]
    return own.photographs.to_numpy(), own[which].to_numpy(), np.array(each)


def slopes(study: Study, which: str = "best") -> dict[str, Estimate]:
    """The slope of log FID on the log of training photographs, of each family."""
    table, seeds = sizes(study), seed_variance(study, "FID", log=True)
    return {f: statistics.slope_estimate(*_of_family(table, f, which), seeds) for f in study.families}


def line_p(study: Study) -> dict[str, float]:
    """p-value of each family's sizes lying on a straight line, as its slope takes for granted."""
    table, seeds = sizes(study), seed_variance(study, "FID", log=True)
    return {f: statistics.line_p(*_of_family(table, f, "best"), seeds) for f in study.families}


def last_gain(study: Study, family: str, start: int) -> Estimate:
    """By what share FID changes from the size number `start` to all training photographs, negative where it falls."""
    counts, figures, each = (values[[start, -1]] for values in _of_family(sizes(study), family, "best"))
    slope = statistics.slope_estimate(counts, figures, each, seed_variance(study, "FID", log=True))
    value, error, low, high = np.array(slope) * np.log(counts[1] / counts[0])
    return Estimate(np.expm1(value), error * np.exp(value), np.expm1(low), np.expm1(high))


def slope_differences(
    study: Study, rivals: Sequence[str], which: str = "best", *, ends: bool = False
) -> dict[str, Estimate]:
    """Palette's slope minus each rival's; of the smallest and the largest size alone where `ends` asks for that."""
    table, seeds, found = sizes(study), seed_variance(study, "FID", log=True), {}
    chosen = [0, -1] if ends else slice(None)
    counts, own, own_replicates = (values[chosen] for values in _of_family(table, rules.OWN, which))
    for rival in rivals:
        _, figures, others = (values[chosen] for values in _of_family(table, rival, which))
        found[rival] = statistics.slope_difference(counts, own, figures, own_replicates, others, seeds)
    return found


def power_laws(study: Study, which: str = "best") -> dict[str, PowerLaw]:
    """The power law of each family's FID."""
    table, seeds, laws = sizes(study), seed_variance(study, "FID", log=True), {}
    for family in study.families:
        counts, figures, each = _of_family(table, family, which)
        relative = np.sqrt([uncertainty.jackknife(np.log(values)) ** 2 + seeds.variance for values in each])
        laws[family] = statistics.power_law(counts, figures, figures * relative, seeds.degrees)
    return laws


def training_seconds(study: Study) -> dict[str, np.ndarray]:
    """Seconds per image trained (repeats,) of each family, by the study's timing."""
    table = Store.default().table(TIMES)
    return {f: _repeats(table[(table.what == "training") & (table.family == f)]) for f in study.families}


def inference_seconds(study: Study, own_sampler: str = "default") -> dict[str, dict[str, np.ndarray]]:
    """Seconds per photograph (repeats,) of each family: alone, and in the largest batch.

    Args:
        study: whose families.
        own_sampler: how Palette samples, by its name in the timing; the others sample by their defaults.
    """
    table = Store.default().table(TIMES)
    samplers = np.where(table.family == rules.OWN, own_sampler, "default")
    table = table[(table.what == "inference") & (table["sampler"] == samplers)]
    names = {"alone": table.batch.min(), "in a large batch": table.batch.max()}
    return {
        family: {
            name: _repeats(table[(table.family == family) & (table.batch == batch)]) for name, batch in names.items()
        }
        for family in study.families
    }


def _repeats(table: pd.DataFrame) -> np.ndarray:
    return table.sort_values("repeat").seconds_per_image.to_numpy()


class Reached(NamedTuple):
    """When families reach a KID: that KID, and by family the images seen by then; of those in `by_first` no more is
    known than that it was before their first checkpoint, whose images these are."""

    target: float
    images: dict[str, float]
    by_first: frozenset[str]


def until_the_same(study: Study, reaching: Sequence[str]) -> Reached:
    """When each family reaches the best KID that all of `reaching` do; NaN images where it never does."""
    table = along(study)
    curves = {f: own.sort_values("images_seen") for f, own in table.groupby("family")}
    target = max(curves[f].KID.min() for f in reaching)
    images = {f: rules.images_until(curve.images_seen, curve.KID, target) for f, curve in curves.items()}
    return Reached(target, images, frozenset(f for f, curve in curves.items() if curve.KID.iloc[0] <= target))


def training_time(study: Study, rivals: Sequence[str], reaching: Sequence[str]) -> Verdict:
    """RQ3, where the KID to reach is the best that all of `reaching` do."""
    own, each, reached = rules.OWN, training_seconds(study), until_the_same(study, reaching)
    until = f"until a KID of {1000 * reached.target:.1f} thousandths"
    seconds = {f: {"an image trained": each[f], until: each[f] * reached.images[f]} for f in (own, *rivals)}
    at_most = {(family, until) for family in reached.by_first}
    return rules.slowness("Does Palette take longer to train?", seconds, rivals, at_most=at_most)


def answers(study: Study, rivals: Sequence[str] = rules.RIVALS) -> dict[str, Verdict]:
    """The verdicts on the research questions and hypotheses, by their short names."""
    found = {
        "RQ1": rules.accuracy(accuracies(study), rivals, score=SCORE),
        "RQ2": rules.scaling(slope_differences(study, rivals)),
        "RQ3": training_time(study, rivals, study.families),
        "RQ4": rules.slowness("Does Palette take longer to colour?", inference_seconds(study), rivals),
    }
    found["H1"] = rules.hypothesis(
        "Palette is the most accurate and gains most from data.", [found["RQ1"], found["RQ2"]]
    )
    found["H2"] = rules.hypothesis("Palette is the slowest.", [found["RQ3"], found["RQ4"]])
    return found
