"""Tables of the final runs side by side, as the comparison chapter shows them."""

import numpy as np
import pandas as pd

from colorize_lib import findings, verdicts
from colorize_lib.files import ColorizeError
from colorize_lib.runs import LUMA_PUT_BACK, Run, Store
from colorize_lib.study import Study
from colorize_lib.tables import PEERS, PROXY_SCORE, baselines, value_text, with_error
from colorize_lib.verdicts import rounded, seconds_text, title

# Metric, the protocol it is measured by, the factor it is shown with, and its heading.
SHOWN = [
    ("FID", "disjoint", 1, "FID"),
    ("KID", "disjoint", 1000, "1000 KID"),
    (PROXY_SCORE, "alone", 1, "score"),
    ("PD", "paired", 1, "PD"),
    ("LPIPS", "paired", 1, "LPIPS"),
    ("Colorfulness", "alone", 1, "colorfulness"),
]


def facts(study: Study) -> pd.DataFrame:
    """What was trained: a row for each family."""
    rows, seconds = [], findings.training_seconds(study)
    for family, runs in findings.finals(study).items():
        manifest, images = runs[0].manifest, runs[0].config.images_seen
        rows.append(
            {
                "family": title(family),
                "seeds": len(runs),
                "parameters used in sampling": f"{manifest['parameters']:,}",
                "images seen": f"{images:,}",
                "passes": f"{images / manifest['training_images']:.1f}",
                "minutes of training": f"{images * np.median(seconds[family]) / 60:.1f}",
                "settings": _settings(runs[0].config.settings()),
            }
        )
    return pd.DataFrame(rows)


def _settings(settings: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items()) or "none"


def trials(study: Study, family: str) -> pd.DataFrame:
    """The trials of a family in order, the bad ones too; an asterisk marks the one whose settings the finals have."""
    if not study.values["trials"]:
        return pd.DataFrame({"trial": ["this parameter file has none"]})
    table = findings.trials(study, family)
    shown = {
        "trial": [label + (" *" if chosen else "") for label, chosen in zip(table.label, table.chosen, strict=True)]
    }
    shown["settings"] = [_settings(settings) for settings in table.settings]
    for metric, scale, label in (("KID", 1000, "1000 KID"), ("FID", 1, f"FID-{table.images[0]}")):
        pairs = zip(table[metric], table[f"{metric}_error"], strict=True)
        shown[label] = [with_error(scale * value, scale * error) for value, error in pairs]
    shown["colorfulness"] = [f"{value:.1f}" for value in table.Colorfulness]
    return pd.DataFrame(shown)


def best_trial(study: Study, family: str) -> str:
    """Which trial of a family has the lowest KID, and by how much, for a sentence; empty without two of them."""
    if study.values["trials"] < 2:
        return ""
    first, second = (row for _, row in findings.trials(study, family).nsmallest(2, "KID").iterrows())
    names = [row.label.partition(", ")[2] for row in (first, second)]
    behind = (second.KID - first.KID) / np.hypot(first.KID_error, second.KID_error)
    return (
        f"Of {title(family)} the trial *{names[0]}* has the lowest KID, {1000 * first.KID:.1f} ± "
        f"{1000 * first.KID_error:.1f} thousandths; *{names[1]}* follows with {1000 * second.KID:.1f}, "
        f"{behind:.1f} times the error of the difference (errors added as if independent)."
    )


def metrics(study: Study) -> pd.DataFrame:
    """All metrics of the test photographs, means over seeds with their standard errors, beside those of originals, gray
    pictures and the best tint; KID in thousandths."""
    config, rows = next(iter(findings.finals(study).values()))[0].config, []
    for method, name in PEERS.items():
        row = {"method": name}
        for metric, protocol, scale, label in SHOWN:
            peers = baselines(config, metric, protocol, "test").set_index("method")
            row[label] = value_text(peers.loc[method] if method in peers.index else None, scale)
        rows.append(row)
    for family in study.values["families"]:
        row = {"method": title(family)}
        for metric, _, scale, label in SHOWN:
            found = findings.estimate(study, family, metric)
            row[label] = with_error(scale * found.value, scale * found.error)
        rows.append(row)
    return pd.DataFrame(rows)


def luma_put_back(study: Study) -> pd.DataFrame:
    """FID and PD of each family's first final as it painted, and with the given luma put back."""
    return pd.DataFrame(
        {
            "family": title(family),
            **{
                f"{metric}{', ' + options if options else ''}": value_text(
                    findings.figure(runs[0], metric, protocol, options=options)
                )
                for metric, protocol in (("FID", "disjoint"), ("PD", "paired"))
                for options in ("", LUMA_PUT_BACK)
            },
        }
        for family, runs in findings.finals(study).items()
    )


def differences(study: Study, family: str) -> pd.DataFrame:
    """A family against each other one: differences with 95% intervals, and adjusted p-values of PD."""
    others = [other for other in study.values["families"] if other != family]
    p_values = verdicts.adjusted_p(findings.accuracies(study), others, family)
    rows = []
    for other, p in zip(others, p_values, strict=True):
        row = {f"{title(family)} minus": title(other)}
        for metric, scale, label in (("FID", 1, "FID"), ("KID", 1000, "1000 KID"), ("PD", 1, "PD")):
            compare = findings.paired_difference if metric == "PD" else findings.difference
            found = compare(study, metric, family, other)
            row[label] = f"{scale * found.value:.2f} ({scale * found.low:.2f} to {scale * found.high:.2f})"
        row["adjusted p of PD"] = verdicts.p_text(p)
        rows.append(row)
    return pd.DataFrame(rows)


def times(study: Study) -> pd.DataFrame:
    """What a step, a photograph alone and one of a large batch take: medians with the least and most of the repeats."""
    table = Store.default().table(findings.TIMES)
    rows = []
    for (family, sampler), own in table[table.what == "inference"].groupby(["family", "sampler"], sort=False):
        name = title(family) + (", as published" if sampler != "default" else "")
        row = {"model": name, "one image in training": "–"}
        if sampler == "default":
            row["one image in training"] = _spread(table[(table.what == "training") & (table.family == family)])
        large = own.batch.max() > 1
        row["one photograph alone"] = _spread(own[own.batch == 1])
        row["one of a large batch"] = _spread(own[own.batch == own.batch.max()]) if large else "–"
        row["peak memory, large batch"] = f"{own.peak_GB[own.batch == own.batch.max()].max():.1f} GB" if large else "–"
        rows.append(row)
    return pd.DataFrame(rows)


def _spread(table: pd.DataFrame) -> str:
    low, middle, high = 1000 * table.seconds_per_image.quantile([0, 0.5, 1])
    return f"{rounded(middle)} ms ({rounded(low)} to {rounded(high)})"


def at_equal_images(study: Study) -> str:
    """The families' order by FID at the largest checkpoint that all of them reached, beside that at equal time."""
    table, name = findings.along(study), f"FID-{study.values['score_along']}"
    last = table.loc[table.groupby("family").images_seen.idxmax()]
    reached = table.groupby("images_seen").family.nunique()
    count = reached.index[reached == table.family.nunique()].max()
    equal = table[table.images_seen == count]
    orders = [
        ", ".join(f"{title(row.family)} {row[name]:.1f}" for _, row in rows.sort_values(name).iterrows())
        for rows in (equal, last)
    ]
    return (
        f"After {count:,} images, the largest count that all families reached, the {name} is, from the lowest: "
        f"{orders[0]}. After the same compute, at the end of training, it is: {orders[1]}."
    )


def worst_cases(study: Study, count: int = 3) -> dict[str, list[str]]:
    """Of the photographs that every run colours along the way, those that each family's first final has furthest from
    their originals by PD, the furthest first, as bench.photograph_distances measured it."""
    table, worst = Store.default().table("photograph_distances"), {}
    for family, (run, *_) in findings.finals(study).items():
        own = table[table.run == run.name]
        if own.empty:
            raise ColorizeError(
                f"No distances of {run.name} are recorded: measure them with `python -m bench.photograph_distances`."
            )
        worst[family] = list(own.nlargest(count, "PD").photograph)
    return worst


def _second_runs(study: Study) -> dict[str, Run]:
    """The runs on the second data set, by family."""
    return {task.config.family: Store.default().find(task.config) for task in findings.require(study, "second")}


def second_data_set(study: Study) -> pd.DataFrame:
    """FID, KID, score and PD of the runs on the second data set."""
    rows = []
    for family, run in _second_runs(study).items():
        row = {"family": title(family)}
        for metric, protocol, scale, label in SHOWN[:4]:
            row[label] = value_text(findings.figure(run, metric, protocol), scale)
        rows.append(row)
    return pd.DataFrame(rows)


def second_outcome(study: Study, rivals: tuple[str, ...], own: str) -> dict[str, dict[str, bool]]:
    """Whether a family is better than each rival on the second data set, by each of FID, score and PD."""
    runs = _second_runs(study)

    def value(family: str, metric: str, protocol: str) -> float:
        return findings.figure(runs[family], metric, protocol).value * (-1 if metric == PROXY_SCORE else 1)

    return {
        rival: {
            label: value(own, metric, protocol) < value(rival, metric, protocol)
            for metric, protocol, _, label in SHOWN
            if metric in ("FID", PROXY_SCORE, "PD")
        }
        for rival in rivals
    }


def recommendation(study: Study) -> str:
    """Which architecture to use, and why, from the same figures as the tables."""
    fid = {family: findings.estimate(study, family, "FID") for family in study.values["families"]}
    seconds = {
        family: np.median(times["in a large batch"]) for family, times in findings.inference_seconds(study).items()
    }
    order = sorted(fid, key=lambda family: fid[family].value)
    best, second = order[:2]
    gap = findings.difference(study, "FID", second, best)
    sure = gap.low > 0
    quickest = min(seconds, key=seconds.__getitem__)
    share = findings.share_closed(study, best)
    sentences = [
        f"At this size and budget use **{title(best)}**: its FID of {fid[best].value:.1f} is the lowest and closes "
        f"{share:.0%} of the gap between gray pictures and originals.",
        f"The next is {title(second)} with {fid[second].value:.1f}; the difference of {gap.value:.1f} has a 95% "
        f"interval from {gap.low:.1f} to {gap.high:.1f}, which {'leaves out' if sure else 'holds'} zero"
        f"{'' if sure else ', so that either may be the better one'}.",
    ]
    if quickest == best:
        sentences.append(f"It is the quickest to colour as well, at {seconds_text(seconds[best])} a photograph.")
    else:
        ratio = seconds[best] / seconds[quickest]
        sentences.append(
            f"It takes {seconds_text(seconds[best])} a photograph, {rounded(ratio)} times as long as "
            f"{title(quickest)}, the quickest, whose FID is {fid[quickest].value:.1f}."
        )
    sentences += [_in_each_training(study, best), *_by_other_metrics(study, best), *_elsewhere(study, best)]
    return " ".join(sentences)


def _in_each_training(study: Study, best: str) -> str:
    """Whether chance in training could have made the best family the best."""
    measured = findings.accuracies(study)
    every = len(measured[best].distance) ** 2
    won = {f: measured[best].better_pairs(other)["FID"] for f, other in measured.items() if f != best}
    if set(won.values()) == {every}:
        return "Whichever of its trainings is compared with whichever of another family, its FID is the lower one."
    told = ", ".join(f"in {count} with one of {title(family)}" for family, count in won.items())
    return f"Of the {every} pairs of one of its trainings with one of another family its FID is the lower one {told}."


def _by_other_metrics(study: Study, best: str) -> list[str]:
    """Which family leads by PD and by the score: the best by FID, or another one."""
    sentences = []
    for metric, sign, text in (
        ("PD", 1, "By PD, the distance to the photograph itself in the features of Inception,"),
        (PROXY_SCORE, -1, "By the score, which asks whether objects are recognised,"),
    ):
        found = {family: findings.estimate(study, family, metric).value for family in study.values["families"]}
        leader = min(found, key=lambda family: sign * found[family])
        behind = f"{title(leader)} leads with {found[leader]:.2f}, where {title(best)} has {found[best]:.2f}"
        sentences.append(f"{text} {behind if leader != best else f'it leads as well, with {found[best]:.2f}'}.")
    return sentences


def _elsewhere(study: Study, best: str) -> list[str]:
    """What the second data set says of the best family, if there is one."""
    if not study.values["second_data_set"]:
        return []
    fid = {family: findings.figure(run, "FID", "disjoint").value for family, run in _second_runs(study).items()}
    first, *_ = order = sorted(fid, key=fid.__getitem__)
    verb = "it has the lowest FID as well" if first == best else f"{title(first)} has the lowest FID"
    told = ", ".join(f"{title(family)} {fid[family]:.1f}" for family in order)
    return [f"On the second data set {verb}: {told}."]
