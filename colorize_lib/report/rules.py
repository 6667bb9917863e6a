"""Rules: how the research questions and hypotheses are answered, fixed before there were any results.

Palette is compared with its rivals, the other two generative models. A verdict is "supported", "refuted" or
"inconclusive". Its evidence is given in sentences made of the same numbers, so that they cannot contradict it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from colorize_lib.report import statistics
from colorize_lib.report.statistics import Estimate
from colorize_lib.report.texts import p_text, seconds_text, title, titles

OWN, RIVALS = "palette", ("pix2pix", "coltran")
SUPPORTED, REFUTED, INCONCLUSIVE = "supported", "refuted", "inconclusive"
ALPHA = 0.05


@dataclass(frozen=True)
class Verdict:
    """An answer: the question, the outcome, and a sentence of evidence for each rival."""

    question: str
    outcome: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Accuracy:
    """What was measured on a family's final runs, on the same photographs for all families.

    Attributes:
        distance: FID (seeds,); lower is better.
        score: the Inception Score or its proxy (seeds,); higher is better.
        perceptual: PD of each photograph (seeds, photographs); lower is better.
    """

    distance: np.ndarray
    score: np.ndarray
    perceptual: np.ndarray

    def better_pairs(self, other: "Accuracy") -> dict[str, int]:
        """The number of pairs of seeds in which this family is better, by metric."""

        def count(these: np.ndarray, others: np.ndarray) -> int:
            return int((np.asarray(these)[:, None] < np.asarray(others)[None]).sum())

        return {
            "FID": count(self.distance, other.distance),
            "IS": count(-np.asarray(self.score), -np.asarray(other.score)),
            "PD": count(np.mean(self.perceptual, axis=1), np.mean(other.perceptual, axis=1)),
        }


def accuracy(
    measured: Mapping[str, Accuracy], p_values: Mapping[str, float], own: str = OWN, score: str = "IS"
) -> Verdict:
    """RQ1: whether Palette has a better FID, IS and PD.

    Supported if it beats each rival on all three in all pairs of seeds, and on PD with a Holm-adjusted p below 0.05 in
    a paired permutation test on photographs, averaged over seeds first. Refuted if some rival beats it in this way.

    Args:
        measured: the measurements of each family.
        p_values: by rival, the p-value of that test before adjustment.
        own: the family in question.
        score: the name of IS or of its proxy.
    """
    mine, seeds = measured[own], len(measured[own].distance)
    wins, losses, evidence = [], [], []
    for rival, p in zip(p_values, statistics.holm(list(p_values.values())), strict=True):
        other = measured[rival]
        every = seeds * len(other.distance)
        for_own, for_rival = mine.better_pairs(other), other.better_pairs(mine)
        wins.append(set(for_own.values()) == {every} and p < ALPHA)
        losses.append(set(for_rival.values()) == {every} and p < ALPHA)
        names = {"IS": score}
        counted = ", ".join(f"{count} by {names.get(metric, metric)}" for metric, count in for_own.items())
        evidence.append(
            f"Of {every} pairs, each training of {title(own)} with each of {title(rival)}, {title(own)} is better in "
            f"{counted}; the adjusted p of the difference in PD is {p_text(p)}."
        )
    question = f"Does {title(own)} reach a better FID, {score} and PD than {titles(p_values)}?"
    return Verdict(question, _outcome(all(wins), any(losses)), tuple(evidence))


def scaling(differences: Mapping[str, Estimate], own: str = OWN) -> Verdict:
    """RQ2: whether Palette's slope of log FID on log N is steeper than each rival's.

    Args:
        differences: by rival, Palette's slope minus the rival's; negative if Palette gains more from data.
        own: the family in question.
    """
    evidence = [
        f"The slope of {title(own)} minus that of {title(rival)} is {difference.value:+.4f}, "
        f"with a 95% interval from {difference.low:+.4f} to {difference.high:+.4f}."
        for rival, difference in differences.items()
    ]
    supported = all(difference.high < 0 for difference in differences.values())
    refuted = any(difference.low > 0 for difference in differences.values())
    question = f"Does {title(own)} gain more from more training photographs than {titles(differences)}?"
    return Verdict(question, _outcome(supported, refuted), tuple(evidence))


def slowness(
    question: str,
    measured: Mapping[str, Mapping[str, np.ndarray]],
    rivals: Sequence[str] = RIVALS,
    own: str = OWN,
    at_most: Collection[tuple[str, str]] = (),
) -> Verdict:
    """RQ3 and RQ4: whether Palette takes longer than every rival.

    Supported if in every repeat all its times are above every rival's; refuted if all are below some rival's.

    Args:
        question: the question, for the verdict.
        measured: seconds (repeats,) by family and by what was timed.
        rivals, own: the rivals, and the family in question.
        at_most: pairs of a family and what was timed whose seconds are only an upper bound, from which it does not
            follow that the other family takes less.
    """
    evidence, slower, faster = [], [], []
    for rival in rivals:
        pairs = {what: (np.asarray(mine), np.asarray(measured[rival][what])) for what, mine in measured[own].items()}
        own_known, rival_known = (not any((f, what) in at_most for what in pairs) for f in (own, rival))
        slower.append(own_known and all((mine > theirs).all() for mine, theirs in pairs.values()))
        faster.append(rival_known and all((mine < theirs).all() for mine, theirs in pairs.values()))
        comparisons = "; ".join(
            f"{what} {_median_text(mine, (own, what) in at_most)} against "
            f"{_median_text(theirs, (rival, what) in at_most)} "
            f"(longer in {'at least ' * ((rival, what) in at_most)}{int((mine > theirs).sum())} of {len(mine)} repeats)"
            for what, (mine, theirs) in pairs.items()
        )
        evidence.append(f"{title(own)} and {title(rival)}: {comparisons}.")
    return Verdict(question, _outcome(all(slower), any(faster)), tuple(evidence))


def hypothesis(statement: str, verdicts: Sequence[Verdict]) -> Verdict:
    """A hypothesis is supported if all its verdicts are, refuted if one is, and inconclusive otherwise."""
    outcomes = [verdict.outcome for verdict in verdicts]
    evidence = tuple(f"{verdict.question} {verdict.outcome.capitalize()}." for verdict in verdicts)
    return Verdict(statement, _outcome(set(outcomes) == {SUPPORTED}, REFUTED in outcomes), evidence)


def _median_text(seconds: np.ndarray, at_most: bool) -> str:
    return f"{'at most ' if at_most else ''}{seconds_text(np.median(seconds))}"


def _outcome(supported: bool, refuted: bool) -> str:
    return SUPPORTED if supported else REFUTED if refuted else INCONCLUSIVE
