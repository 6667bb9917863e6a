"""What the comparison comes to, in sentences that are made of the same figures as its tables."""

import numpy as np

from colorize_lib import models
from colorize_lib.report import results, study_tables
from colorize_lib.report.run_tables import PROXY_SCORE
from colorize_lib.report.texts import rounded, seconds_text, title
from colorize_lib.study.plan import Study

NARROW = 0.25  # of the greatest diversity; a family with less proposes nearly the same each time


def at_equal_images(study: Study) -> str:
    """The families' order by FID at the largest checkpoint that all of them reached, beside that at equal time."""
    table, name = results.along(study), f"FID-{study.score_along}"
    last = table.loc[table.groupby("family").images_seen.idxmax()]
    reached = table.groupby("images_seen").family.nunique()
    count = reached.index[reached == table.family.nunique()].max()
    equal = table[table.images_seen == count]
    ordered = [rows.sort_values(name) for rows in (equal, last)]
    orders = [list(rows.family) for rows in ordered]
    told = [", ".join(f"{title(row.family)} {row[name]:.1f}" for _, row in rows.iterrows()) for rows in ordered]
    same = "the same" if orders[0] == orders[1] else "another"
    return (
        f"After {count:,} images, the largest count that all families reached, the {name} is, from the lowest: "
        f"{told[0]}. After the same compute, at the end of training, the order is {same}: {told[1]}."
    )


def _best_first(found: dict[str, float], metric: str) -> dict[str, float]:
    """A metric of each family in the order of merit; the most diverse family counts as the best by diversity."""
    return dict(sorted(found.items(), key=lambda item: item[1], reverse=metric in (PROXY_SCORE, results.DIVERSITY)))


def _ranking(study: Study, metric: str) -> dict[str, float]:
    """A metric of each family's finals on the test photographs, the best first."""
    found = {family: results.estimate(study, family, metric).value for family in study.families}
    return _best_first(found, metric)


def recommendation(study: Study) -> str:
    """Which architecture to use, and why, from the same figures as the tables."""
    fid = _ranking(study, "FID")
    seconds = {
        family: np.median(times["in a large batch"]) for family, times in results.inference_seconds(study).items()
    }
    best, second, *_ = fid
    gap = results.difference(study, "FID", second, best)
    sure = gap.low > 0
    quickest = min(seconds, key=seconds.__getitem__)
    share = {metric: results.share_closed(study, best, metric) for metric in ("FID", "KID", PROXY_SCORE, "LPIPS", "PD")}
    sentences = [
        f"At this size and budget use **{title(best)}**: it has the lowest FID, {fid[best]:.2f}, and closes "
        f"{share['FID']:.0%} of the gap between gray pictures and originals. How large that share is depends on the "
        f"metric: of the gap in KID it closes {share['KID']:.0%}, in {PROXY_SCORE} {share[PROXY_SCORE]:.0%}, in LPIPS "
        f"{share['LPIPS']:.0%} and in PD {share['PD']:.0%}.",
        f"The next is {title(second)} with {fid[second]:.2f}; the difference of {gap.value:.1f} has a 95% "
        f"interval from {gap.low:.1f} to {gap.high:.1f}, which {'leaves out' if sure else 'holds'} zero"
        f"{'' if sure else ', so that either may be the better one'}.",
    ]
    if quickest == best:
        sentences.append(
            f"{title(best)} is the quickest to colour as well, at {seconds_text(seconds[best])} a photograph in a "
            "large batch."
        )
    else:
        ratio = seconds[best] / seconds[quickest]
        sentences.append(
            f"{title(best)} takes {seconds_text(seconds[best])} a photograph in a large batch, {rounded(ratio)} times "
            f"as long as {title(quickest)}, the quickest, whose FID is {fid[quickest]:.2f}."
        )
    sentences += [_in_each_training(study, best), *_by_other_metrics(study, best), _variety(study, best)]
    return " ".join([*sentences, *_elsewhere(study, best)])


def _in_each_training(study: Study, best: str) -> str:
    """Whether chance in training could have made the best family the best."""
    measured = results.accuracies(study)
    every = len(measured[best].distance) ** 2
    won = {f: measured[best].better_pairs(other)["FID"] for f, other in measured.items() if f != best}
    if set(won.values()) == {every}:
        return "Whichever of its trainings is compared with whichever of another family, its FID is the lower one."
    told = ", ".join(f"than {title(family)}'s in {count} of {every} pairs" for family, count in won.items())
    return f"Compared training by training its FID is the lower one {told}."


def _by_other_metrics(study: Study, best: str) -> list[str]:
    """Which family leads by PD and by the score: the best by FID, or another one."""
    sentences = []
    for metric, text in (
        ("PD", "By PD, the distance to the photograph itself in the features of Inception,"),
        (PROXY_SCORE, f"By {PROXY_SCORE}, which rewards sure predictions that are spread over many classes,"),
    ):
        found = _ranking(study, metric)
        leader, *_ = found
        behind = f"{title(leader)} leads with {found[leader]:.2f}, where {title(best)} has {found[best]:.2f}"
        sentences.append(
            f"{text} {behind if leader != best else f'{title(best)} leads as well, with {found[best]:.2f}'}."
        )
    return sentences


def _variety(study: Study, best: str) -> str:
    """Which family is the one to use where several different proposals are wanted."""
    found = _ranking(study, results.DIVERSITY)
    most, *_ = found
    varied = [family for family in found if models.FAMILIES[family].varied]
    told = ", ".join(f"{title(family)} {found[family]:.3f}" for family in varied)
    alike = found[best] < NARROW * found[most]
    same = f": {title(best)} proposes nearly the same colours each time" if alike else ""
    return (
        f"Where several different proposals are wanted, {title(most)}'s differ most; by the LPIPS between two "
        f"samples the order is {told}{same}."
    )


def why(study: Study) -> str:
    """How far the lead of the best family by FID is that of its cheaper steps."""
    table, name = results.along(study), f"FID-{study.score_along}"
    best, *others = _ranking(study, "FID")
    seen = {family: study.config(family).images_seen for family in (best, *others)}
    sentences = []
    for other in others:
        own, theirs = (table[table.family == f].set_index("images_seen") for f in (best, other))
        count = max(own.index.intersection(theirs.index))
        (a, ea), (b, eb) = ((t[name][count], t[f"{name}_error"][count]) for t in (own, theirs))
        twice = 2 * np.hypot(ea, eb)
        told = "less than" if abs(b - a) < twice else "a lead of more than" if a < b else "behind by more than"
        sentences.append(
            f"In the same compute {title(best)} saw {rounded(seen[best] / seen[other])} times as many images as "
            f"{title(other)}. At {count:,} images, the most at which both have a checkpoint, its {name} is {a:.1f} ± "
            f"{ea:.1f} against {b:.1f} ± {eb:.1f}, {told} twice the error of the difference, errors added as if "
            "independent and the chance of training not counted."
        )
    return " ".join(sentences)


def summary(study: Study) -> str:
    """The order of the families by FID and by PD, and which one to use."""
    by_fid, by_pd = _ranking(study, "FID"), _ranking(study, "PD")
    best, *_ = by_fid
    orders = [", ".join(f"{title(f)} ({value:.2f})" for f, value in found.items()) for found in (by_fid, by_pd)]
    return (
        f"At this size and budget **{title(best)}** colours best by FID, in which the order on the test photographs is "
        f"{orders[0]}. By PD, which asks for the colours of the photograph itself, it is {orders[1]}."
    )


def on_second_data_set(study: Study, own: str) -> str:
    """A family against each other one on the second data set, a line for each."""
    told = []
    for other, rows in study_tables.second_differences(study, own).groupby("other", sort=False):
        each = (f"{r.metric} {r.value:+.2f} ({r.low:+.2f} to {r.high:+.2f}), {r.outcome}" for _, r in rows.iterrows())
        told.append(f"\n- {title(other)}: {', '.join(each)}")
    return (
        f"{title(own)} minus each other family there, with the 95% intervals that the choice of photographs leaves, "
        f"the chance of training not counted:\n{''.join(told)}"
    )


def _elsewhere(study: Study, best: str) -> list[str]:
    """What the second data set says of the best family, if there is one."""
    if not study.second_data_set:
        return []
    found = {metric: _ranking_elsewhere(study, metric) for metric in ("FID", "PD", PROXY_SCORE)}
    first, *_ = found["FID"]
    leads = f"{title(best)} has the lowest FID as well" if first == best else f"{title(first)} has the lowest FID"
    orders = {m: ", ".join(f"{title(f)} {value:.2f}" for f, value in ranking.items()) for m, ranking in found.items()}
    told = "; ".join(f"by {metric} {order}" for metric, order in orders.items())
    return [f"On the second data set {leads}. The order there, the best first, is {told}."]


def _ranking_elsewhere(study: Study, metric: str) -> dict[str, float]:
    """A metric of the runs on the second data set, the best first."""
    protocol = results.protocol_of(metric)
    found = {f: results.figure(run, metric, protocol).value for f, run in study_tables.second_runs(study).items()}
    return _best_first(found, metric)
