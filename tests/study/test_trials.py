"""Trials: those that were named, and those that Optuna proposes after them."""

import json

import pytest

from colorize_lib import models
from colorize_lib.study.trials import SPACES, named, optuna_study, propose

NAMED = {family: named(family, "small") for family in SPACES}


def test_every_family_is_searched_with_as_many_trials():
    assert set(SPACES) == set(models.FAMILIES)
    assert {len(trials) for trials in NAMED.values()} == {6}


@pytest.mark.parametrize("family", SPACES)
def test_trials_differ_and_are_possible(family):
    configs = [models.configure(family, "small", **settings) for settings in NAMED[family].values()]
    assert len(set(configs)) == 6
    published = vars(models.configure(family, "paper"))
    first = vars(configs[0])
    for name in ("output", "learning_rate", "ema_fraction"):
        assert first[name] == published[name]
    rates = [config.learning_rate for config in configs]
    assert rates[2] == pytest.approx(3 * rates[1], rel=1e-2) and rates[3] == pytest.approx(rates[1] / 3, rel=1e-2)
    for other in configs[2:]:
        differing = [name for name, value in vars(other).items() if value != vars(configs[1])[name]]
        assert len(differing) == 1, "a trial departs from the second in one setting"


@pytest.mark.parametrize("family", SPACES)
def test_optuna_holds_the_trials_and_their_order(family):
    results = [(settings, 0.02 + 0.001 * number) for number, settings in enumerate(NAMED[family].values())]
    study = optuna_study(family, "small", results)
    assert [trial.value for trial in study.trials] == [kid for _, kid in results]
    assert study.best_trial.number == 0
    for trial, (settings, _) in zip(study.trials, results, strict=True):
        values = vars(models.configure(family, "small", **settings))
        assert set(settings) <= set(trial.params)
        for name, value in trial.params.items():
            assert (tuple(json.loads(value)) if isinstance(value, str) and value[0] == "[" else value) == values[name]


@pytest.mark.parametrize("family", SPACES)
def test_a_proposal_is_possible_and_follows_from_the_results(family):
    results = [(settings, 0.02 + 0.001 * number) for number, settings in enumerate(NAMED[family].values())]
    proposed = propose(family, "small", results)
    models.configure(family, "small", **proposed)
    assert propose(family, "small", results) == proposed
    more = [*results, (proposed, 0.01)]
    assert propose(family, "small", more) != proposed
