"""Findings: what the study's runs add up to, computed anew from what was recorded of each, wherever the book is built.

Every function takes the study and reads recorded and local runs. A run that is missing, or not scored, is an error that
names it with the command that makes it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from colorize_lib import scheduler, tables, verdicts
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import statistics
from colorize_lib.metrics.statistics import Estimate, SeedVariance
from colorize_lib.runs import Run, Store
from colorize_lib.study import Study, Task
from colorize_lib.tables import PROXY_SCORE as SCORE

TIMES = "study_times"


def require(study: Study, part: str = "", family: str = "") -> list[Task]:
    """The tasks of a part of the study, of a family, or of all of it; all of them are there and scored.

    Raises:
        ColorizeError: something is missing; the sentence names it, and the command that makes it.
    """
    store = Store.default()
    tasks = [t for t in study.tasks(store) if part in ("", t.part) and family in ("", t.config.family)]
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
    elif scheduler.work(scheduler.choose(study, store, part), store):
        raise ColorizeError(
            f"Some runs of the study failed, as printed above: `{study.run_command('')}` does what is missing again, "
            "adding --params FILE where the parameters are not those of params/report.yaml."
        )


def finals(study: Study) -> dict[str, list[Run]]:
    """The final runs of each family, a run for each seed."""
    found: dict[str, list[Run]] = {family: [] for family in study.values["families"]}
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
    protocol = "alone" if metric == SCORE else "disjoint"
    return kept(run, "test", images_seen)[f"replicates {metric} {protocol}"]


def seed_variance(study: Study, metric: str, *, log: bool = False) -> SeedVariance:
    """The variance of a metric over the seeds of the finals, pooled over families.

    Raises:
        ColorizeError: the study has one seed.
    """
    if len(study.values["seeds"]) < 2:
        raise ColorizeError(
            "seeds names one seed, and every error here holds the variance over seeds: name two at least, or set "
            "score_along to 0, which scores nothing."
        )
    values = [_figures(runs, metric) for runs in finals(study).values()]
    return statistics.pooled_variance([np.log(v) for v in values] if log else values)


def _figures(runs: Sequence[Run], metric: str) -> np.ndarray:
    protocol = {"FID": "disjoint", "KID": "disjoint", SCORE: "alone", "Colorfulness": "alone"}
    return np.array([figure(run, metric, protocol.get(metric, "paired")).value for run in runs])


def estimate(study: Study, family: str, metric: str) -> Estimate:
    """A metric of a family's finals on the test photographs: mean over seeds, with both sources of error."""
    runs, seeds = finals(study)[family], seed_variance(study, metric)
    if metric in ("FID", "KID", SCORE):
        photographs = statistics.jackknife(np.mean([replicates(run, metric) for run in runs], axis=0))
    else:
        each = np.mean([kept(run, "test")[metric] for run in runs], axis=0)
        photographs = each.std(ddof=1) / np.sqrt(len(each))
    variance = photographs**2 + seeds.variance / len(runs)
    return statistics.estimate(_figures(runs, metric).mean(), variance, seeds.degrees)


def difference(study: Study, metric: str, family: str, other: str) -> Estimate:
    """A set metric of one family minus that of another, on the same photographs, over seeds."""
    a, b = (finals(study)[name] for name in (family, other))
    return statistics.difference(
        _figures(a, metric),
        _figures(b, metric),
        np.array([replicates(run, metric) for run in a]),
        np.array([replicates(run, metric) for run in b]),
        seed_variance(study, metric),
    )


def paired_difference(study: Study, metric: str, family: str, other: str) -> Estimate:
    """A mean over photographs of one family minus that of another, on the same photographs, over seeds."""
    a, b = (np.array([kept(run, "test")[metric] for run in finals(study)[name]]) for name in (family, other))
    return statistics.paired_difference(a, b, seed_variance(study, metric))


def share_closed(study: Study, family: str) -> float:
    """Share of the gap in FID between gray pictures and originals that a family's finals close on test photographs."""
    return tables.share_closed(study.config(family), estimate(study, family, "FID").value, "test")


def accuracies(study: Study) -> dict[str, verdicts.Accuracy]:
    """What RQ1 is decided by, of each family."""
    return {
        family: verdicts.Accuracy(
            _figures(runs, "FID"), _figures(runs, SCORE), np.array([kept(run, "test")["PD"] for run in runs])
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
        for metric, protocol in (("PD", "paired"), ("Colorfulness", "alone"), ("LPIPS diversity", "samples")):
            found = figure(run, metric, protocol, images_seen=best)
            row |= {metric: found.value, f"{metric}_error": found.error}
        rows.append(row)
    families = study.values["families"]
    return pd.DataFrame(sorted(rows, key=lambda row: (families.index(row["family"]), row["photographs"])))


def _of_family(table: pd.DataFrame, family: str, which: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of a table of `sizes`: numbers of photographs (S,), FID (S,) and replicates (S, groups) of a family."""
    own = table[table.family == family]
    each = [replicates(row[f"{which}_run"], "FID", row[f"{which}_seen"]) for _, row in own.iterrows()]
    return own.photographs.to_numpy(), own[which].to_numpy(), np.array(each)


def slopes(study: Study, which: str = "best") -> dict[str, Estimate]:
    """The slope of log FID on the log of training photographs, of each family."""
    table, seeds = sizes(study), seed_variance(study, "FID", log=True)
    return {f: statistics.slope_estimate(*_of_family(table, f, which), seeds) for f in study.values["families"]}


def slope_differences(study: Study, rivals: Sequence[str], which: str = "best") -> dict[str, Estimate]:
    """Palette's slope minus each rival's."""
    table, seeds, found = sizes(study), seed_variance(study, "FID", log=True), {}
    counts, own, own_replicates = _of_family(table, verdicts.OWN, which)
    for rival in rivals:
        _, figures, others = _of_family(table, rival, which)
        found[rival] = statistics.slope_difference(counts, own, figures, own_replicates, others, seeds)
    return found


def power_laws(study: Study, which: str = "best") -> dict[str, statistics.PowerLaw]:
    """The power law of each family's FID."""
    table, seeds, laws = sizes(study), seed_variance(study, "FID", log=True), {}
    for family in study.values["families"]:
        counts, figures, each = _of_family(table, family, which)
        relative = np.sqrt([statistics.jackknife(np.log(values)) ** 2 + seeds.variance for values in each])
        laws[family] = statistics.power_law(counts, figures, figures * relative, seeds.degrees)
    return laws


def training_seconds(study: Study) -> dict[str, np.ndarray]:
    """Seconds per image trained (repeats,) of each family, by the study's timing."""
    table = Store.default().table(TIMES)
    return {f: _repeats(table[(table.what == "training") & (table.family == f)]) for f in study.values["families"]}


def inference_seconds(study: Study) -> dict[str, dict[str, np.ndarray]]:
    """Seconds per photograph (repeats,) of each family with its default sampler: alone, and in the largest batch."""
    table = Store.default().table(TIMES)
    table = table[(table.what == "inference") & (table["sampler"] == "default")]
    names = {"alone": table.batch.min(), "in a large batch": table.batch.max()}
    return {
        family: {
            name: _repeats(table[(table.family == family) & (table.batch == batch)]) for name, batch in names.items()
        }
        for family in study.values["families"]
    }


def _repeats(table: pd.DataFrame) -> np.ndarray:
    return table.sort_values("repeat").seconds_per_image.to_numpy()


def until_the_same(study: Study, families: Sequence[str]) -> tuple[float, dict[str, float]]:
    """The best KID that all of some families reach, and the images that each has seen when it first does, or by its
    first checkpoint, where it has done so by then."""
    table = along(study)
    curves = {f: table[table.family == f].sort_values("images_seen") for f in families}
    target = max(curve.KID.min() for curve in curves.values())
    return target, {f: verdicts.images_until(c.images_seen, c.KID, target) for f, c in curves.items()}


def answers(study: Study, rivals: Sequence[str] = verdicts.RIVALS) -> dict[str, verdicts.Verdict]:
    """The verdicts on the research questions and hypotheses, by their short names."""
    own, each = verdicts.OWN, training_seconds(study)
    target, images = until_the_same(study, [own, *rivals])
    reached = f"until a KID of {1000 * target:.1f} thousandths, the best that all of them reach,"
    training = {f: {"an image trained": each[f], reached: each[f] * images[f]} for f in (own, *rivals)}
    found = {
        "RQ1": verdicts.accuracy(accuracies(study), rivals, score=SCORE),
        "RQ2": verdicts.scaling(slope_differences(study, rivals)),
        "RQ3": verdicts.slowness("Does Palette take longer to train?", training, rivals),
        "RQ4": verdicts.slowness("Does Palette take longer to colour?", inference_seconds(study), rivals),
    }
    found["H1"] = verdicts.hypothesis(
        "Palette is the most accurate and gains most from data.", [found["RQ1"], found["RQ2"]]
    )
    found["H2"] = verdicts.hypothesis("Palette is the slowest.", [found["RQ3"], found["RQ4"]])
    return found
