"""Verdicts: the rules, fixed before any result, by which the research questions and hypotheses are answered.

Palette is compared with its rivals, the other two generative models. A verdict is "supported", "refuted" or
"inconclusive"; its evidence is in sentences that are made of the same numbers, so that they cannot contradict it.
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
    """An answer: what was asked, the outcome, and a sentence of evidence for each rival."""

    question: str
    outcome: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Accuracy:
    """What was measured of a family's final runs on the same photographs.

    Attributes:
        distance: FID (seeds,), of which less is better.
        score: Inception Score or its proxy (seeds,), of which more is better.
        perceptual: PD of each photograph (seeds, photographs), of which less is better.
    """

    distance: np.ndarray
    score: np.ndarray
    perceptual: np.ndarray

    def better_pairs(self, other: "Accuracy") -> dict[str, int]:
        """In how many pairs of seeds this family is better, by each metric."""

        def count(own: np.ndarray, others: np.ndarray) -> int:
            return int((np.asarray(own)[:, None] < np.asarray(others)[None]).sum())

        return {
            "FID": count(self.distance, other.distance),
            "IS": count(-np.asarray(self.score), -np.asarray(other.score)),
            "PD": count(np.mean(self.perceptual, axis=1), np.mean(other.perceptual, axis=1)),
        }


def accuracy(
    measured: Mapping[str, Accuracy], p_values: Mapping[str, float], own: str = OWN, score: str = "IS"
) -> Verdict:
    """RQ1: whether Palette has better FID, IS and PD.

    Supported if it beats each rival on all three in all pairs of seeds and on PD with a Holm-adjusted p below 0.05 in
    a paired permutation test on photographs, averaged over seeds first; refuted if some rival beats it so.

    Args:
        measured: by family, what was measured.
        p_values: by rival, of that test, not adjusted yet.
        own: the family that is asked about.
        score: what IS is called.
    """
    mine, pairs = measured[own], len(measured[own].distance)
    wins, losses, evidence = [], [], []
    for rival, p in zip(p_values, statistics.holm(list(p_values.values())), strict=True):
        other = measured[rival]
        every = pairs * len(other.distance)
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
        differences: by rival, Palette's slope minus the rival's: negative where Palette gains more from data.
    """
    evidence = [
        f"The slope of {title(own)} minus that of {title(rival)} is {found.value:+.4f}, "
        f"with a 95% interval from {found.low:+.4f} to {found.high:+.4f}."
        for rival, found in differences.items()
    ]
    supported = all(found.high < 0 for found in differences.values())
    refuted = any(found.low > 0 for found in differences.values())
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

    Args:
        question: what is asked.
        measured: by family and by what was timed, seconds (repeats,).
        rivals, own: the families.
        at_most: family and what was timed where the seconds are an upper bound, which shows of no time that it is
            shorter.

    Supported if in every repeat all times are above every rival's; refuted if all are below some rival's.
    """
    evidence, slower, faster = [], [], []
    for rival in rivals:
        pairs = {what: (np.asarray(mine), np.asarray(measured[rival][what])) for what, mine in measured[own].items()}
        own_known, rival_known = (not any((f, what) in at_most for what in pairs) for f in (own, rival))
        slower.append(own_known and all((mine > theirs).all() for mine, theirs in pairs.values()))
        faster.append(rival_known and all((mine < theirs).all() for mine, theirs in pairs.values()))
        told = "; ".join(
            f"{what} {_median_text(mine, (own, what) in at_most)} against "
            f"{_median_text(theirs, (rival, what) in at_most)} "
            f"(longer in {'at least ' * ((rival, what) in at_most)}{int((mine > theirs).sum())} of {len(mine)} repeats)"
            for what, (mine, theirs) in pairs.items()
        )
        evidence.append(f"{title(own)} and {title(rival)}: {told}.")
    return Verdict(question, _outcome(all(slower), any(faster)), tuple(evidence))


def hypothesis(statement: str, verdicts: Sequence[Verdict]) -> Verdict:
    """Supported if all verdicts are, refuted if one is, else inconclusive."""
    outcomes = [verdict.outcome for verdict in verdicts]
    evidence = tuple(f"{verdict.question} {verdict.outcome.capitalize()}." for verdict in verdicts)
    return Verdict(statement, _outcome(set(outcomes) == {SUPPORTED}, REFUTED in outcomes), evidence)


def _median_text(seconds: np.ndarray, at_most: bool) -> str:
    return f"{'at most ' if at_most else ''}{seconds_text(np.median(seconds))}"


def _outcome(supported: bool, refuted: bool) -> str:
    return SUPPORTED if supported else REFUTED if refuted else INCONCLUSIVE
