"""Answers: the rules of the verdicts, applied to the results of a study."""

from collections.abc import Sequence
from typing import NamedTuple

from colorize_lib.metrics import FID, KID, PD, PROXY_SCORE
from colorize_lib.report import estimates, rules, statistics
from colorize_lib.report.results import Results, once
from colorize_lib.report.rules import Accuracy, Verdict


@once
def accuracies(results: Results) -> dict[str, Accuracy]:
    """For each family, the measurements that decide RQ1."""
    return {
        family: Accuracy(
            estimates.figures(results, family, FID),
            estimates.figures(results, family, PROXY_SCORE),
            estimates.values(results, family, PD),
        )
        for family in results.study.families
    }


class Reached(NamedTuple):
    """When families reach a KID.

    Attributes:
        target: that KID.
        images: the images seen by then, by family.
        by_first: the families that had reached it by their first checkpoint, whose images are given: an upper bound.
    """

    target: float
    images: dict[str, float]
    by_first: frozenset[str]


def until_the_same(results: Results, reaching: Sequence[str]) -> Reached:
    """When each family reaches the best KID that all of `reaching` do; its images are NaN if it never does."""
    curves = {family: rows.sort_values("images_seen") for family, rows in results.along.groupby("family")}
    target = max(curves[family].KID.min() for family in reaching)
    images = {f: statistics.images_until(curve.images_seen, curve.KID, target) for f, curve in curves.items()}
    return Reached(target, images, frozenset(f for f, curve in curves.items() if curve.KID.iloc[0] <= target))


def training_time(results: Results, rivals: Sequence[str], reaching: Sequence[str]) -> Verdict:
    """The verdict on RQ3, with the best KID that all of `reaching` reach as the one to be reached."""
    per_image, reached = results.training_seconds, until_the_same(results, reaching)
    until = f"until a KID of {KID.text(reached.target)} thousandths"
    seconds = {
        f: {"an image trained": per_image[f], until: per_image[f] * reached.images[f]} for f in (rules.OWN, *rivals)
    }
    at_most = {(family, until) for family in reached.by_first}
    return rules.slowness("Does Palette take longer to train?", seconds, rivals, at_most=at_most)


def verdicts(results: Results, rivals: Sequence[str] = rules.RIVALS) -> dict[str, Verdict]:
    """The verdicts on the research questions and hypotheses, by their short names."""
    p_values = {rival: estimates.permutation_p(results, PD, rules.OWN, rival) for rival in rivals}
    questions = {
        "RQ1": rules.accuracy(accuracies(results), p_values, score=PROXY_SCORE.name),
        "RQ2": rules.scaling(estimates.slope_differences(results, rules.OWN, rivals)),
        "RQ3": training_time(results, rivals, results.study.families),
        "RQ4": rules.slowness("Does Palette take longer to colour?", results.inference_seconds(), rivals),
    }
    statements = {
        "H1": ("Palette is the most accurate and gains most from data.", ("RQ1", "RQ2")),
        "H2": ("Palette is the slowest.", ("RQ3", "RQ4")),
    }
    return questions | {
        name: rules.hypothesis(statement, [questions[part] for part in parts])
        for name, (statement, parts) in statements.items()
    }
