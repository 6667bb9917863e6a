"""Texts: numbers as sentences and tables give them, and claims that the results have to support."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from colorize_lib import models
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import Metric


def claim(holds: object, what: str) -> None:
    """Make sure that the results still support a sentence of a chapter.

    Args:
        holds: whether they do; anything that has a truth value, such as NumPy's.
        what: the sentence says, as a clause that continues "The results show that".

    Raises:
        ColorizeError: they do not.
    """
    if not holds:
        raise ColorizeError(
            f"The results no longer show that {what}: rewrite this sentence of the chapter, and its check."
        )


def title(family: str) -> str:
    """A family's name as a sentence gives it."""
    return models.family_of(family).title


def titles(families: Iterable[str]) -> str:
    """The names of families, such as "Pix2Pix and ColTran"."""
    return " and ".join(title(family) for family in families)


def in_order(metric: Metric, figures: Mapping[str, float]) -> str:
    """The figures of families by a metric, the best first, such as "Pix2Pix 25.85, Palette 30.33"."""
    return ", ".join(f"{title(family)} {metric.text(value)}" for family, value in metric.best_first(figures).items())


def p_text(p: float) -> str:
    """A p-value for a sentence or a table."""
    return f"{p:.2g}" if p >= 0.001 else "below 0.001"


def seconds_text(seconds: float) -> str:
    """A duration for a sentence, in a suitable unit."""
    if seconds < 1:
        return f"{rounded(1000 * seconds)} ms"
    return f"{rounded(seconds)} s" if seconds < 120 else f"{rounded(seconds / 60)} minutes"


def rounded(value: float) -> str:
    """A positive value to three significant digits, or without decimal places if it has more than that."""
    return f"{value:,.{max(0, 2 - int(np.floor(np.log10(value))))}f}"


def value_text(row: pd.Series | None, scale: float = 1) -> str:
    """A measurement with its standard error if it has one; a dash if there is no measurement."""
    return "–" if row is None else with_error(scale * row.value, scale * (row.error if pd.notna(row.error) else 0.0))


def with_error(value: float, error: float) -> str:
    """A value to two digits of its standard error, but at most four decimal places, followed by the error in units of
    the last digit: "23.02(35)"."""
    if error < 1e-6:
        return f"{value:.2f}"
    digits = min(4, max(0, 1 - int(np.floor(np.log10(error)))))
    return f"{value:.{digits}f}({error * 10**digits:.0f})"
