"""Tables of the final runs side by side, as the comparison chapter shows them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from colorize_lib import models
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import uncertainty
from colorize_lib.report import results, rules, statistics, texts
from colorize_lib.report.run_tables import PEERS, PROXY_SCORE, baselines
from colorize_lib.report.statistics import Estimate
from colorize_lib.report.texts import rounded, seconds_text, title, value_text, with_error
from colorize_lib.runs.store import LUMA_PUT_BACK, Run, Store
from colorize_lib.study.plan import Study

# Metric, the protocol it is measured by, the factor it is shown with, and its heading.
SHOWN = [
    ("FID", "disjoint", 1, "FID"),
    ("KID", "disjoint", 1000, "10³ KID"),
    (PROXY_SCORE, "alone", 1, PROXY_SCORE),
    ("PD", "paired", 1, "PD"),
    ("Colorfulness", "alone", 1, "colorfulness"),
    (results.DIVERSITY, "samples", 1, "diversity"),
]
PAIRED = [
    ("FID", "paired", 1, "FID, paired"),
    ("LPIPS", "paired", 1, "LPIPS"),
    ("PSNR", "paired", 1, "PSNR"),
    ("SSIM", "paired", 1, "SSIM"),
]
CLOSED = [("FID", "FID"), ("KID", "KID"), (PROXY_SCORE, PROXY_SCORE), ("PD", "PD"), ("LPIPS", "LPIPS")]
UNTIL = (30, 25, 20, 16)  # KID in thousandths


def facts(study: Study) -> pd.DataFrame:
    """What was trained: a row for each family."""
    rows, seconds = [], results.training_seconds(study)
    for family, runs in results.finals(study).items():
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
    if not study.trials:
        return pd.DataFrame({"trial": ["this parameter file has none"]})
    table = results.trials(study, family)
    shown = {
        "trial": [label + (" *" if chosen else "") for label, chosen in zip(table.label, table.chosen, strict=True)]
    }
    shown["settings"] = [_settings(settings) for settings in table.settings]
    for metric, scale, label in (("KID", 1000, "10³ KID"), ("FID", 1, f"FID-{table.images[0]}")):
        pairs = zip(table[metric], table[f"{metric}_error"], strict=True)
        shown[label] = [with_error(scale * value, scale * error) for value, error in pairs]
    shown["colorfulness"] = [f"{value:.1f}" for value in table.Colorfulness]
    return pd.DataFrame(shown)


def best_trial(study: Study, family: str) -> str:
    """Which trial of a family has the lowest KID, and by how much, for a sentence; empty without two of them."""
    if study.trials < 2:
        return ""
    first, second = (row for _, row in results.trials(study, family).nsmallest(2, "KID").iterrows())
    names = [row.label.partition(", ")[2] for row in (first, second)]
    behind = (second.KID - first.KID) / np.hypot(first.KID_error, second.KID_error)
    return (
        f"Of {title(family)} the trial *{names[0]}* has the lowest KID, {1000 * first.KID:.1f} ± "
        f"{1000 * first.KID_error:.1f} thousandths; *{names[1]}* follows with {1000 * second.KID:.1f}, "
        f"{behind:.1f} times the error of the difference (errors added as if independent)."
    )


def metrics(study: Study, shown: Sequence[tuple[str, str, float, str]] = SHOWN) -> pd.DataFrame:
    """Metrics of the test photographs, means over seeds with their standard errors, beside those of originals, gray
    pictures and the best tint.

    Args:
        study: whose finals.
        shown: of each metric its name, its protocol, the factor that it is shown with, and its heading.
    """
    config, rows = next(iter(results.finals(study).values()))[0].config, []
    for method, name in PEERS.items():
        row = {"method": name}
        for metric, protocol, scale, label in shown:
            peers = baselines(config, metric, protocol, "test").set_index("method")
            row[label] = value_text(peers.loc[method] if method in peers.index else None, scale)
        rows.append(row)
    for family in study.families:
        row = {"method": title(family)}
        for metric, protocol, scale, label in shown:
            if metric == results.DIVERSITY and not models.FAMILIES[family].varied:
                row[label] = "–"
                continue
            found = results.estimate(study, family, metric, protocol)
            row[label] = with_error(scale * found.value, scale * found.error)
        rows.append(row)
    return pd.DataFrame(rows)


def shares(study: Study) -> pd.DataFrame:
    """Which share of the gap between gray pictures and originals each family's finals close, by several metrics."""
    return pd.DataFrame(
        {"family": title(family)}
        | {label: f"{results.share_closed(study, family, metric):.1%}" for metric, label in CLOSED}
        for family in study.families
    )


def luma_put_back(study: Study) -> pd.DataFrame:
    """FID and PD of each family's first final as it painted, and with the given luma put back."""
    return pd.DataFrame(
        {
            "family": title(family),
            **{
                f"{metric}{', ' + options if options else ''}": value_text(
                    results.figure(runs[0], metric, protocol, options=options)
                )
                for metric, protocol in (("FID", "disjoint"), ("PD", "paired"))
                for options in ("", LUMA_PUT_BACK)
            },
        }
        for family, runs in results.finals(study).items()
    )


def differences(study: Study, family: str) -> pd.DataFrame:
    """A family against each other one: differences with 95% intervals, and adjusted p-values of PD."""
    others = [other for other in study.families if other != family]
    p_values = rules.adjusted_p(results.accuracies(study), others, family)
    rows = []
    for other, p in zip(others, p_values, strict=True):
        row = {f"{title(family)} minus": title(other)}
        for metric, scale, label in (("FID", 1, "FID"), ("KID", 1000, "10³ KID"), ("PD", 1, "PD")):
            compare = results.paired_difference if metric == "PD" else results.difference
            found = compare(study, metric, family, other)
            row[label] = f"{scale * found.value:.2f} ({scale * found.low:.2f} to {scale * found.high:.2f})"
        row["adjusted p of PD"] = texts.p_text(p)
        rows.append(row)
    return pd.DataFrame(rows)


def times(study: Study) -> pd.DataFrame:
    """What a step, a photograph alone and one of a large batch take, medians with the least and most of the repeats,
    and the operations of one pass through the network."""
    table = Store.default().table(results.TIMES)
    rows = []
    for (family, sampler), own in table[table.what == "inference"].groupby(["family", "sampler"], sort=False):
        name = title(family) + (f", {sampler}" if sampler != "default" else "")
        row = {"model": name, "one image in training": "–"}
        if sampler == "default":
            row["one image in training"] = _spread(table[(table.what == "training") & (table.family == family)])
        large = own.batch.max() > 1
        row["one photograph alone"] = _spread(own[own.batch == 1])
        row["one of a large batch"] = _spread(own[own.batch == own.batch.max()]) if large else "–"
        row["MFLOP of a forward pass"] = f"{own.forward_MFLOP_per_image.iloc[0]:.0f}"
        row["peak memory, large batch"] = f"{own.peak_GB[own.batch == own.batch.max()].max():.1f} GB" if large else "–"
        rows.append(row)
    return pd.DataFrame(rows)


def _spread(table: pd.DataFrame) -> str:
    seconds = table.seconds_per_image.quantile([0, 0.5, 1])
    scale, unit = (1, "s") if seconds[0.5] >= 1 else (1000, "ms")
    low, middle, high = (rounded(scale * each) for each in seconds)
    return f"{middle} {unit} ({low} to {high})"


def until(study: Study, targets: Sequence[int] = UNTIL) -> pd.DataFrame:
    """Seconds of training until each family's first final reaches some KIDs, in thousandths; in parentheses until it
    does so by one standard error of KID more and less."""
    table, each = results.along(study), results.training_seconds(study)
    rows = []
    for family in study.families:
        own = table[table.family == family].sort_values("images_seen")
        seconds = np.median(each[family])
        rows.append({"family": title(family)} | {f"KID {t}": _until(own, t / 1000, seconds) for t in targets})
    return pd.DataFrame(rows)


def _until(own: pd.DataFrame, target: float, seconds: float) -> str:
    error = own.KID_error.iloc[(own.KID - target).abs().argmin()]
    images = [rules.images_until(own.images_seen, own.KID, target + k * error) for k in (0, 1, -1)]
    if np.isnan(images[0]):
        return "–"
    text, early, late = ("not reached" if np.isnan(n) else seconds_text(n * seconds) for n in images)
    if own.KID.iloc[0] <= target:
        return f"at most {text}"
    return f"{text} ({early} to {late})"


def worst_cases(study: Study, count: int = 3) -> dict[str, list[str]]:
    """Of the photographs that every run colours along the way, those that each family's first final has furthest from
    their originals by PD, the furthest first, as bench.photograph_distances measured it."""
    table, worst = Store.default().table("photograph_distances"), {}
    for family, (run, *_) in results.finals(study).items():
        own = table[table.run == run.name]
        if own.empty:
            raise ColorizeError(
                f"No distances of {run.name} are recorded: measure them with `python -m bench.photograph_distances`."
            )
        worst[family] = list(own.nlargest(count, "PD").photograph)
    return worst


def second_runs(study: Study) -> dict[str, Run]:
    """The runs on the second data set, by family."""
    return {task.config.family: Store.default().find(task.config) for task in results.require(study, "second")}


def second_data_set(study: Study) -> pd.DataFrame:
    """FID, KID, the score and PD of the runs on the second data set."""
    rows = []
    for family, run in second_runs(study).items():
        row = {"family": title(family)}
        for metric, protocol, scale, label in SHOWN[:4]:
            row[label] = value_text(results.figure(run, metric, protocol), scale)
        rows.append(row)
    return pd.DataFrame(rows)


def second_differences(study: Study, own: str) -> pd.DataFrame:
    """A family minus each other one on the second data set: a row for each metric and other family, with the 95%
    interval that the choice of photographs alone leaves, and whether the family is better."""
    runs, rows = second_runs(study), []
    for other in (family for family in runs if family != own):
        for metric, sign in (("FID", 1), (PROXY_SCORE, -1), ("PD", 1)):
            found = _photographs_difference(metric, runs[own], runs[other])
            better = "better" if sign * found.value < 0 else "worse"
            rows.append({"other": other, "metric": metric, "value": found.value, "low": found.low, "high": found.high})
            rows[-1]["outcome"] = "undecided" if found.low <= 0 <= found.high else better
    return pd.DataFrame(rows)


def _photographs_difference(metric: str, a: Run, b: Run) -> Estimate:
    """The difference a - b of two runs on the same photographs, without the chance of training."""
    if metric == "PD":
        each = results.kept(a, "test")[metric] - results.kept(b, "test")[metric]
        return statistics.estimate(each.mean(), each.var(ddof=1) / len(each), len(each) - 1)
    replicates = results.replicates(a, metric) - results.replicates(b, metric)
    protocol = results.protocol_of(metric)
    value = results.figure(a, metric, protocol).value - results.figure(b, metric, protocol).value
    return statistics.estimate(value, uncertainty.jackknife(replicates) ** 2, len(replicates) - 1)
