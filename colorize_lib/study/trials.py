"""Search: the hyper-parameter trials of each family, six that are named here and more by Optuna.

The named ones were fixed before any was run: as published, with the settings that earlier chapters found for small
models (colours as chroma, an average of the weights over a tenth of the steps, a higher learning rate), those at three
times and at a third of that learning rate, and two departures of the family's own. One figure chooses among them, KID
on validation photographs. A longer search is a larger number: from the seventh trial on, Optuna's tree-structured
Parzen estimator (Bergstra et al. 2011) proposes the next from the figures of those before.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution

from colorize_lib import models

Settings = dict[str, object]  # hyper-parameters that differ from the preset's


@dataclass(frozen=True)
class Space:
    """What is searched for a family.

    Attributes:
        start: the settings of the second trial, which the later ones depart from.
        own: by their labels, two departures of the family's own, each from the preset's configuration.
        varied: what a longer search varies besides COMMON: a range, or choices beside those of the named trials.
    """

    start: Settings
    own: dict[str, Callable[[object], Settings]]
    varied: dict[str, FloatDistribution | list]


COMMON = {
    "output": ["rgb", "chroma"],
    "learning_rate": FloatDistribution(1e-5, 1e-2, log=True),
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
        own={"dropout": lambda preset: {"dropout": 0.1}, "smaller batches": _half_the_batch},
        varied={
            "dropout": [0.0, 0.1, 0.2],
            "batch_size": [],
        },
    ),
    "pix2pix": Space(
        start=SMALL,
        own={
            "L1 weight 10": lambda preset: {"l1_weight": 10.0},
            "a deeper discriminator": _deeper_discriminator,
        },
        varied={
            "l1_weight": FloatDistribution(1.0, 1000.0, log=True),
            "discriminator_widths": [],
        },
    ),
    "palette": Space(
        start={**SMALL, "prediction": "v", "gain": 4.0},
        own={
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
        own={"no auxiliary model": lambda preset: {"parallel_weight": 0.0}, "smaller batches": _half_the_batch},
        varied={
            "parallel_weight": [0.0, 0.01, 0.1],
            "batch_size": [],
        },
    ),
}


def named(family: str, preset: str) -> dict[str, Settings]:
    """The named trials of a family, label -> settings, in order."""
    space, own = SPACES[family], models.configure(family, preset)
    rate = space.start["learning_rate"]
    return {
        "as published": {},
        "chroma, for small models": space.start,
        "three times the rate": {**space.start, "learning_rate": _rounded(3 * rate)},
        "a third of the rate": {**space.start, "learning_rate": _rounded(rate / 3)},
        **{label: {**space.start, **depart(own)} for label, depart in space.own.items()},
    }


def distributions(family: str, preset: str) -> dict[str, BaseDistribution]:
    """What a longer search varies; of choices, those that the preset and the named trials have made are some."""
    made = [vars(models.configure(family, preset, **settings)) for settings in named(family, preset).values()]
    found = {}
    for name, varied in (COMMON | SPACES[family].varied).items():
        choices = varied if isinstance(varied, list) else []
        choices = dict.fromkeys([*choices, *(_encoded(values[name]) for values in made)])
        found[name] = CategoricalDistribution(list(choices)) if isinstance(varied, list) else varied
    return found


def _rounded(rate: float) -> float:
    return float(f"{rate:.3g}")


def optuna_study(
    family: str, preset: str, results: Sequence[tuple[Settings, float | None]], storage=None
) -> optuna.Study:
    """The trials of a family as a study of Optuna's, which minimises KID.

    Args:
        family, preset: which model.
        results: settings and figure of each trial in order; those without a figure are enqueued.
        storage: where Optuna keeps it, as for `optuna.create_study`; in memory by default.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=family, storage=storage, sampler=optuna.samplers.TPESampler(seed=len(results)), direction="minimize"
    )
    space = distributions(family, preset)
    for settings, value in results:
        chosen = vars(models.configure(family, preset, **settings))
        encoded = {name: _encoded(chosen[name]) for name in space}
        if value is None:
            study.enqueue_trial(encoded)
        else:
            study.add_trial(optuna.trial.create_trial(params=encoded, distributions=space, value=value))
    return study


def propose(family: str, preset: str, results: Sequence[tuple[Settings, float]]) -> Settings:
    """Settings of the trial after those with results, by Optuna; the same for the same results."""
    study = optuna_study(family, preset, results)
    found = {name: _decoded(value) for name, value in study.ask(distributions(family, preset)).params.items()}
    base = models.configure(family, preset)
    return {name: value for name, value in found.items() if value != getattr(base, name)}


def _encoded(value: object) -> object:
    """What Optuna can keep: it knows no tuples."""
    return json.dumps(list(value)) if isinstance(value, tuple) else value


def _decoded(value: object) -> object:
    if isinstance(value, float):
        return _rounded(value)
    return tuple(json.loads(value)) if isinstance(value, str) and value.startswith("[") else value
