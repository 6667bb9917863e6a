"""Obtaining: runs that are asked for are found, or named with the command that makes exactly them."""

import shlex
import sys

import pytest

from colorize_lib.commands import main, train_command
from colorize_lib.files import ColorizeError
from colorize_lib.runs import obtain
from colorize_lib.runs.obtain import command
from colorize_lib.runs.store import Store
from tests.pretended import config, finished


@pytest.fixture
def made(store, monkeypatch):
    """What was asked to be trained, none of which is."""
    asked = []

    def make(configuration, where, *, score_images=0):
        asked.append((configuration, where, score_images))
        run = finished(where.local, configuration)
        (run.folder / "artefacts").mkdir()
        (run.folder / "artefacts" / "variety.png").touch()
        return run

    monkeypatch.setattr(obtain, "make", make)
    return asked


def test_a_missing_run_is_named_with_the_command_that_makes_it(made, store, is_one_sentence):
    wanted = config(seed=3)
    with pytest.raises(ColorizeError) as error:
        obtain.obtain(wanted, store)
    assert wanted.name in str(error.value)
    assert f"`{command(wanted)}`" in str(error.value)
    assert is_one_sentence(error.value)
    assert made == []


def test_a_missing_run_is_trained_where_that_is_asked_for(made, store):
    run = obtain.obtain(config(), store, "train", score_images=64)
    assert made == [(config(), store, 64)]
    assert obtain.obtain(config(), store, "train").folder == run.folder
    assert len(made) == 1


def test_a_run_that_is_there_is_taken_the_recorded_one_first(made, store):
    local = finished(store.local, config())
    assert obtain.obtain(config(), store).folder == local.folder
    recorded = finished(store.recorded, config())
    assert obtain.obtain(config(), store, "train").folder == recorded.folder
    assert made == []


def test_a_local_run_without_its_pictures_gets_them_where_training_is_allowed(made, store):
    """Whoever was killed between the two leaves such a run; making it anew trains nothing."""
    finished(store.local, config())
    obtain.obtain(config(), store)
    assert made == []
    obtain.obtain(config(), store, "train")
    assert made == [(config(), store, 0)]


@pytest.mark.parametrize(
    "wanted",
    [
        config(),
        config(images=12345, seed=3, train_images=7, image_size=48),
        config(learning_rate=1e-5, l1_weight=10, output="chroma", ema_fraction=0.1),
        config(learning_rate=0.00012345678901234567, beta_1=0.0),
        config(generator_widths=(8, 8), discriminator_widths=(4,), batch_size=1),
        config(data_set="imagenette/160px-v2"),
        config(data_set="./my photographs & more"),
    ],
    ids=lambda wanted: wanted.lineage,
)
def test_the_command_of_a_run_makes_exactly_that_run(made, store, monkeypatch, capsys, wanted):
    """A shell splits it, the command line reads it, and what it would train is what was wanted."""
    program, *arguments = shlex.split(command(wanted))
    assert [program, *arguments[:2]] == ["python", "-m", "colorize_lib"]
    monkeypatch.setattr(train_command, "load_backend", lambda: None)
    monkeypatch.setattr(Store, "default", classmethod(lambda cls: store))
    monkeypatch.setattr(sys, "argv", ["colorize", *arguments[2:]])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 0, capsys.readouterr().err
    ((configuration, where, _),) = made
    assert configuration == wanted
    assert configuration.name == wanted.name
    assert where == store
