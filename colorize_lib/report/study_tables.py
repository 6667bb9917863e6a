"""Tables of a study's runs side by side, as the chapters on the comparison and on scaling show them."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from colorize_lib.files import ColorizeError
from colorize_lib.metrics import (
    COLORFULNESS,
    DIVERSITY,
    FID,
    KID,
    LPIPS,
    PD,
    PROXY_SCORE,
    PSNR,
    SSIM,
    Metric,
)  # fmt: skip
from colorize_lib.report import answers, estimates, figures, statistics
from colorize_lib.report.results import PEERS, Results
from colorize_lib.report.statistics import Estimate
from colorize_lib.report.texts import p_text, rounded, seconds_text, title, value_text, with_error
from colorize_lib.runs.store import LUMA_PUT_BACK

MAIN = (FID, KID, PROXY_SCORE, PD, COLORFULNESS, DIVERSITY)
AGAINST_ORIGINALS = (FID.by("paired"), LPIPS, PSNR, SSIM)
GAPS = (FID, KID, PROXY_SCORE, PD, LPIPS)
DIFFERENCES = (FID, KID, PD)
UNTIL = (30, 25, 20, 16)  # KID in thousandths


def save(results: Results, name: str, make: Callable[..., pd.DataFrame], *arguments: object) -> None:
    """Write the table that a function makes of the results to book/executed/tables/NAME.csv, or a table that says so if
    the study is not scored."""
    unscored = pd.DataFrame({"": ["the runs of this parameter file are not scored"]})
    figures.save_table(make(results, *arguments) if results.study.scored else unscored, name)


def facts(results: Results) -> pd.DataFrame:
    """What was trained, one row for each family."""
    rows = []
    for family, runs in results.finals.items():
        manifest, images = runs[0].manifest, runs[0].config.images_seen
        rows.append(
            {
                "family": title(family),
                "seeds": len(runs),
                "parameters used in sampling": f"{manifest['parameters']:,}",
                "images seen": f"{images:,}",
                "passes": f"{images / manifest['training_images']:.1f}",
                "minutes of training": f"{images * np.median(results.training_seconds[family]) / 60:.1f}",
                "settings": _settings(runs[0].config.settings()),
            }
        )
    return pd.DataFrame(rows)


def _settings(settings: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items()) or "none"


def trials(results: Results, family: str) -> pd.DataFrame:
    """All trials of a family in order; an asterisk marks the one whose settings the finals have."""
    if not results.study.trials:
        return pd.DataFrame({"trial": ["this parameter file has none"]})
    table = results.trials(family)
    shown = {
        "trial": [label + (" *" if chosen else "") for label, chosen in zip(table.label, table.chosen, strict=True)]
    }
    shown["settings"] = [_settings(settings) for settings in table.settings]
    for metric, heading in ((KID, KID.heading), (FID, FID.called(table.images[0]))):
        pairs = zip(table[metric.name], table[f"{metric.name}_error"], strict=True)
        shown[heading] = [with_error(metric.scale * value, metric.scale * error) for value, error in pairs]
    shown[COLORFULNESS.heading] = [COLORFULNESS.text(value) for value in table[COLORFULNESS.name]]
    return pd.DataFrame(shown)


def best_trial(results: Results, family: str) -> str:
    """A sentence on which trial of a family has the lowest KID, and by how much; empty if there are not two of them."""
    if results.study.trials < 2:
        return ""
    first, second = (row for _, row in results.trials(family).nsmallest(2, "KID").iterrows())
    names = [row.label.partition(", ")[2] for row in (first, second)]
    behind = (second.KID - first.KID) / np.hypot(first.KID_error, second.KID_error)
    return (
        f"Of {title(family)} the trial *{names[0]}* has the lowest KID, {KID.text(first.KID)} ± "
        f"{KID.text(first.KID_error)} thousandths; *{names[1]}* follows with {KID.text(second.KID)}, "
        f"{behind:.1f} times the error of the difference (errors added as if independent)."
    )


def metrics(results: Results, shown: Sequence[Metric] = MAIN) -> pd.DataFrame:
    """Metrics of the test photographs, as means over seeds with their standard errors, below those of originals, gray
    pictures and the best tint."""
    config, rows = next(iter(results.finals.values()))[0].config, []
    for method, name in PEERS.items():
        row = {"method": name}
        for metric in shown:
            peers = results.baselines(config, metric, "test")
            row[metric.heading] = value_text(peers.loc[method] if method in peers.index else None, metric.scale)
        rows.append(row)
    for family in results.study.families:
        row = {"method": title(family)}
        for metric in shown:
            if not estimates.applies(metric, family):
                row[metric.heading] = "–"
                continue
            mean = estimates.estimate(results, family, metric)
            row[metric.heading] = with_error(metric.scale * mean.value, metric.scale * mean.error)
        rows.append(row)
    return pd.DataFrame(rows)


def shares(results: Results) -> pd.DataFrame:
    """The share of the gap between gray pictures and originals that each family's finals close, by several metrics."""
    return pd.DataFrame(
        {"family": title(family)}
        | {metric.name: f"{estimates.share_closed(results, family, metric):.1%}" for metric in GAPS}
        for family in results.study.families
    )


def luma_put_back(results: Results) -> pd.DataFrame:
    """FID and PD of each family's first final, as it painted and with the given luma put back."""
    return pd.DataFrame(
        {
            "family": title(family),
            **{
                f"{metric.name}{', ' + options if options else ''}": value_text(runs[0].figure(metric, options=options))
                for metric in (FID, PD)
                for options in ("", LUMA_PUT_BACK)
            },
        }
        for family, runs in results.finals.items()
    )


def differences(results: Results, family: str) -> pd.DataFrame:
    """A family minus each other one: differences with 95% intervals, and adjusted p-values of PD."""
    others = [other for other in results.study.families if other != family]
    p_values = statistics.holm([estimates.permutation_p(results, PD, family, other) for other in others])
    rows = []
    for other, p in zip(others, p_values, strict=True):
        row = {f"{title(family)} minus": title(other)}
        for metric in DIFFERENCES:
            value, _, low, high = (
                f"{metric.scale * x:.2f}" for x in estimates.difference(results, metric, family, other)
            )
            row[metric.heading] = f"{value} ({low} to {high})"
        row["adjusted p of PD"] = p_text(p)
        rows.append(row)
    return pd.DataFrame(rows)


def times(results: Results) -> pd.DataFrame:
    """The time that training on an image, a photograph alone and one in a large batch take, as medians with the least
    and the most of the repeats; the operations of a forward pass, and peak memory."""
    table = results.table("study_times")
    rows = []
    for (family, sampler), timed in table[table.what == "inference"].groupby(["family", "sampler"], sort=False):
        name = title(family) + (f", {sampler}" if sampler != "default" else "")
        row = {"model": name, "one image in training": "–"}
        if sampler == "default":
            row["one image in training"] = _spread(table[(table.what == "training") & (table.family == family)])
        largest = timed[timed.batch == timed.batch.max()]
        large = timed.batch.max() > 1
        row["one photograph alone"] = _spread(timed[timed.batch == 1])
        row["one of a large batch"] = _spread(largest) if large else "–"
        row["MFLOP of a forward pass"] = f"{timed.forward_MFLOP_per_image.iloc[0]:.0f}"
        row["peak memory, large batch"] = f"{largest.peak_GB.max():.1f} GB" if large else "–"
        rows.append(row)
    return pd.DataFrame(rows)


def _spread(table: pd.DataFrame) -> str:
    seconds = table.seconds_per_image.quantile([0, 0.5, 1])
    scale, unit = (1, "s") if seconds[0.5] >= 1 else (1000, "ms")
    low, middle, high = (rounded(scale * quantile) for quantile in seconds)
    return f"{middle} {unit} ({low} to {high})"


def until(results: Results, targets: Sequence[float] = UNTIL) -> pd.DataFrame:
    """The time of training until each family's first final reaches some KIDs, given in thousandths. In parentheses is
    the time until it reaches one standard error of KID more, and one less."""
    rows = []
    for family in results.study.families:
        curve = results.along[results.along.family == family].sort_values("images_seen")
        seconds = np.median(results.training_seconds[family])
        rows.append({"family": title(family)} | {f"KID {t}": _until(curve, t / KID.scale, seconds) for t in targets})
    return pd.DataFrame(rows)


def _until(curve: pd.DataFrame, target: float, seconds: float) -> str:
    error = curve.KID_error.iloc[(curve.KID - target).abs().argmin()]
    images = [statistics.images_until(curve.images_seen, curve.KID, target + k * error) for k in (0, 1, -1)]
    if np.isnan(images[0]):
        return "–"
    text, early, late = ("not reached" if np.isnan(n) else seconds_text(n * seconds) for n in images)
    if curve.KID.iloc[0] <= target:
        return f"at most {text}"
    return f"{text} ({early} to {late})"


def worst_cases(results: Results, count: int = 3) -> dict[str, list[str]]:
    """Of the photographs that every run colours along the way, the ones that each family's first final leaves furthest
    from their originals by PD, the furthest first, as bench.photograph_distances measured it."""
    table, worst = results.table("photograph_distances"), {}
    for family, (run, *_) in results.finals.items():
        distances = table[table.run == run.name]
        if distances.empty:
            raise ColorizeError(
                f"No distances of {run.name} are recorded: measure them with `python -m bench.photograph_distances`."
            )
        worst[family] = list(distances.nlargest(count, PD.name).photograph)
    return worst


def second_data_set(results: Results) -> pd.DataFrame:
    """FID, KID, the proxy score and PD of the runs on the second data set."""
    if not results.second_runs:
        return pd.DataFrame({"": ["this parameter file has none"]})
    return pd.DataFrame(
        {"family": title(family)}
        | {metric.heading: value_text(run.figure(metric), metric.scale) for metric in MAIN[:4]}
        for family, run in results.second_runs.items()
    )


def second_differences(results: Results, family: str) -> pd.DataFrame:
    """A family minus each other one on the second data set: a row for each other family and metric, with the 95%
    interval that the choice of photographs alone gives, and whether the family is "better", "worse" or "undecided"."""
    rows = []
    for other in (name for name in results.second_runs if name != family):
        for metric in (FID, PROXY_SCORE, PD):
            value, _, low, high = estimates.second_difference(results, metric, family, other)
            better = "better" if metric.improved_by(value) else "worse"
            outcome = "undecided" if low <= 0 <= high else better
            rows.append({"other": other, "metric": metric.name, "value": value, "low": low, "high": high})
            rows[-1]["outcome"] = outcome
    return pd.DataFrame(rows)


def passes(results: Results) -> pd.DataFrame:
    """The runs on parts of the training photographs: how often each was seen, and FID at the best checkpoint and at the
    end."""
    table = results.sizes
    best, end = (_with_errors(table[name], table[f"{name}_error"]) for name in ("best", "end"))
    return pd.DataFrame(
        {
            "family": table.family.map(title),
            "training photographs": table.photographs.map("{:,}".format),
            "passes": table.passes.map("{:.1f}".format),
            "images seen at the best checkpoint": table.best_images_seen.map("{:,}".format),
            "passes there": (table.best_images_seen / table.photographs).map("{:.1f}".format),
            "FID there": best,
            "FID at the end": end,
        }
    )


def _with_errors(values: pd.Series, errors: pd.Series) -> list[str]:
    return [with_error(*pair) for pair in zip(values, errors, strict=True)]


def slopes(results: Results, family: str) -> pd.DataFrame:
    """The slope of each family's log FID on the log of the number of training photographs, a family's slope minus it,
    and the exponent of a power law, with 95% intervals."""
    others = [other for other in results.study.families if other != family]
    differences = estimates.slope_differences(results, family, others)
    rows = []
    for other in results.study.families:
        law = estimates.power_law(results, other)
        bounded = None not in (law.low, law.high)
        rows.append(
            {
                "family": title(other),
                "slope of log FID": _with_interval(estimates.slope(results, other)),
                "p of a straight line": p_text(estimates.line_p(results, other)),
                f"{title(family)}'s slope minus it": (
                    _with_interval(differences[other]) if other in differences else "–"
                ),
                "exponent c of a + b/N^c": f"{law.c:.2f} ({law.low:.2f} to {law.high:.2f})"
                if bounded
                else "not bounded",
            }
        )
    return pd.DataFrame(rows)


def _with_interval(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def by_size(results: Results) -> pd.DataFrame:
    """PD, colorfulness and diversity at the best checkpoint, by the number of training photographs."""
    rows = []
    for family in results.study.families:
        sizes = results.sizes[results.sizes.family == family]
        headings = [f"{count:,} photographs" for count in sizes.photographs]
        for metric in (PD, COLORFULNESS, DIVERSITY):
            if estimates.applies(metric, family):
                values = _with_errors(sizes[metric.name], sizes[f"{metric.name}_error"])
                row = {"": f"{title(family)}, {metric.heading}"}
                rows.append(row | dict(zip(headings, values, strict=True)))
    return pd.DataFrame(rows)


def questions(results: Results, bystander: str) -> pd.DataFrame:
    """The answers to the research questions and hypotheses, and what they would be against a bystander alone."""
    beside = answers.verdicts(results, [bystander])
    return pd.DataFrame(
        {
            "": name,
            "question": verdict.question,
            "answer": verdict.outcome,
            f"against the {bystander}": beside[name].outcome,
        }
        for name, verdict in answers.verdicts(results).items()
    )
