"""Answers: the rules of the verdicts applied to the results of a study."""

from collections.abc import Sequence
from typing import NamedTuple

from colorize_lib.metrics import FID, KID, PD, PROXY_SCORE
from colorize_lib.report import estimates, rules, statistics
from colorize_lib.report.results import Results, once
from colorize_lib.report.rules import Accuracy, Verdict


@once
def accuracies(results: Results) -> dict[str, Accuracy]:
    """What RQ1 is decided by, of each family."""
    return {
        family: Accuracy(
            estimates.figures(results, family, FID),
            estimates.figures(results, family, PROXY_SCORE),
            estimates.values(results, family, PD),
        )
        for family in results.study.families
    }


class Reached(NamedTuple):
    """When families reach a KID: that KID, and by family the images seen by then; of those in `by_first` no more is
    known than that it was before their first checkpoint, whose images these are."""

    target: float
    images: dict[str, float]
    by_first: frozenset[str]


def until_the_same(results: Results, reaching: Sequence[str]) -> Reached:
    """When each family reaches the best KID that all of `reaching` do; NaN images where it never does."""
    curves = {family: rows.sort_values("images_seen") for family, rows in results.along.groupby("family")}
    target = max(curves[family].KID.min() for family in reaching)
    images = {f: statistics.images_until(curve.images_seen, curve.KID, target) for f, curve in curves.items()}
    return Reached(target, images, frozenset(f for f, curve in curves.items() if curve.KID.iloc[0] <= target))


def training_time(results: Results, rivals: Sequence[str], reaching: Sequence[str]) -> Verdict:
    """RQ3, where the KID to reach is the best that all of `reaching` do."""
    each, reached = results.training_seconds, until_the_same(results, reaching)
    until = f"until a KID of {KID.text(reached.target)} thousandths"
    seconds = {f: {"an image trained": each[f], until: each[f] * reached.images[f]} for f in (rules.OWN, *rivals)}
    at_most = {(family, until) for family in reached.by_first}
    return rules.slowness("Does Palette take longer to train?", seconds, rivals, at_most=at_most)


def verdicts(results: Results, rivals: Sequence[str] = rules.RIVALS) -> dict[str, Verdict]:
    """The verdicts on the research questions and hypotheses, by their short names."""
    p_values = {rival: estimates.permutation_p(results, PD, rules.OWN, rival) for rival in rivals}
    found = {
        "RQ1": rules.accuracy(accuracies(results), p_values, score=PROXY_SCORE.name),
        "RQ2": rules.scaling(estimates.slope_differences(results, rules.OWN, rivals)),
        "RQ3": training_time(results, rivals, results.study.families),
        "RQ4": rules.slowness("Does Palette take longer to colour?", results.inference_seconds(), rivals),
    }
    found["H1"] = rules.hypothesis(
        "Palette is the most accurate and gains most from data.", [found["RQ1"], found["RQ2"]]
    )
    found["H2"] = rules.hypothesis("Palette is the slowest.", [found["RQ3"], found["RQ4"]])
    return found
