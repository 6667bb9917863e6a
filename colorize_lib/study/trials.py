"""Trials: the hyper-parameters that each family is tried with, six named here and more proposed by Optuna.

The named ones were fixed before any was run: as published, with the settings that earlier chapters found for small
models (colours as chroma, an average of the weights over a tenth of the steps, a higher learning rate), those at three
times and at a third of that learning rate, and two departures that the family alone has. One figure chooses among them,
KID on validation photographs. A longer search is a larger number of trials: from the seventh on, Optuna's
tree-structured Parzen estimator (Bergstra et al. 2011) proposes each from the figures of those before.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from colorize_lib import models

if TYPE_CHECKING:  # it takes a second to import and is needed for proposals alone
    import optuna

Settings = dict[str, object]  # hyper-parameters that differ from the preset's


class Range(NamedTuple):
    """The interval in which a number is searched, on a logarithmic scale."""

    low: float
    high: float


@dataclass(frozen=True)
class Space:
    """What is searched for a family.

    Attributes:
        start: the settings of the second trial, from which all later ones depart.
        departures: by label, the two trials that the family alone has: what each changes, given the preset's
            configuration.
        varied: what a longer search varies besides COMMON: a range, or choices in addition to those that the named
            trials make.
    """

    start: Settings
    departures: dict[str, Callable[[object], Settings]]
    varied: dict[str, Range | list]


COMMON = {
    "output": ["rgb", "chroma"],
    "learning_rate": Range(1e-5, 1e-2),
    "ema_fraction": [0.0, 0.1],
}


def _half_the_batch(preset) -> Settings:
    return {"batch_size": preset.batch_size // 2}


def _deeper_discriminator(preset) -> Settings:
    return {"discriminator_widths": (*preset.discriminator_widths, 2 * preset.discriminator_widths[-1])}


SMALL = {"output": "chroma", "ema_fraction": 0.1, "learning_rate": 0.001}
SPACES = {
    "regression": Space(
        start=SMALL,
        departures={"dropout": lambda preset: {"dropout": 0.1}, "smaller batches": _half_the_batch},
        varied={
            "dropout": [0.0, 0.1, 0.2],
            "batch_size": [],
        },
    ),
    "pix2pix": Space(
        start=SMALL,
        departures={
            "L1 weight 10": lambda preset: {"l1_weight": 10.0},
            "a deeper discriminator": _deeper_discriminator,
        },
        varied={
            "l1_weight": Range(1.0, 1000.0),
            "discriminator_widths": [],
        },
    ),
    "palette": Space(
        start={**SMALL, "prediction": "v", "gain": 4.0},
        departures={
            "noise prediction": lambda preset: {"prediction": "noise"},
            "min-SNR weighting": lambda preset: {"min_snr": 5.0},
        },
        varied={
            "prediction": ["noise", "v"],
            "gain": [1.0, 2.0, 4.0],
            "min_snr": [0.0, 5.0],
        },
    ),
    "coltran": Space(
        start={**SMALL, "learning_rate": 0.002},
        departures={"no auxiliary model": lambda preset: {"parallel_weight": 0.0}, "smaller batches": _half_the_batch},
        varied={
            "parallel_weight": [0.0, 0.01, 0.1],
            "batch_size": [],
        },
    ),
}


def named(family: str, preset: str) -> dict[str, Settings]:
    """The named trials of a family in order, label -> settings."""
    space, configuration = SPACES[family], models.configure(family, preset)
    rate = space.start["learning_rate"]
    return {
        "as published": {},
        "chroma, for small models": space.start,
        "three times the rate": {**space.start, "learning_rate": _rounded(3 * rate)},
        "a third of the rate": {**space.start, "learning_rate": _rounded(rate / 3)},
        **{label: {**space.start, **depart(configuration)} for label, depart in space.departures.items()},
    }


def propose(family: str, preset: str, results: Sequence[tuple[Settings, float]]) -> Settings:
    """Settings of the next trial, by Optuna; the same for the same results.

    Args:
        family, preset: which model.
        results: settings and KID of each trial so far, in order.
    """
    trial = optuna_study(family, preset, results).ask(distributions(family, preset))
    settings = {name: _decoded(value) for name, value in trial.params.items()}
    preset_values = vars(models.configure(family, preset))
    return {name: value for name, value in settings.items() if value != preset_values[name]}


def optuna_study(family: str, preset: str, results: Sequence[tuple[Settings, float]]) -> "optuna.Study":
    """The trials of a family as a study of Optuna's, which minimises KID; arguments as of `propose`."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=len(results))
    study = optuna.create_study(study_name=family, sampler=sampler, direction="minimize")
    space = distributions(family, preset)
    for settings, kid in results:
        values = vars(models.configure(family, preset, **settings))
        params = {name: _encoded(values[name]) for name in space}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=space, value=kid))
    return study


def distributions(family: str, preset: str) -> dict[str, "optuna.distributions.BaseDistribution"]:
    """What a longer search varies, by hyper-parameter; choices include those of the preset and the named trials."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    tried = [vars(models.configure(family, preset, **settings)) for settings in named(family, preset).values()]
    space = {}
    for name, varied in (COMMON | SPACES[family].varied).items():
        if isinstance(varied, Range):
            space[name] = FloatDistribution(varied.low, varied.high, log=True)
        else:
            choices = dict.fromkeys([*varied, *(_encoded(values[name]) for values in tried)])
            space[name] = CategoricalDistribution(list(choices))
    return space


def _rounded(rate: float) -> float:
    return float(f"{rate:.3g}")


def _encoded(value: object) -> object:
    """A value as Optuna can keep it, which knows no tuples."""
    return json.dumps(list(value)) if isinstance(value, tuple) else value


def _decoded(value: object) -> object:
    if isinstance(value, float):
        return _rounded(value)
    return tuple(json.loads(value)) if isinstance(value, str) and value.startswith("[") else value
