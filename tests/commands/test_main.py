"""The command line: complete help, and mistakes answered in one sentence without a backend."""

import dataclasses
import json
import subprocess
import sys

import pandas as pd
import pytest
import typer.main
from typer.testing import CliRunner

from colorize_lib import models
from colorize_lib.book import build
from colorize_lib.commands import main
from colorize_lib.models.pix2pix.config import Pix2PixConfig
from colorize_lib.runs import obtain, scoring
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.scoring import Painter, Protocol
from colorize_lib.runs.store import BASELINE_COLUMNS, Run, Store

COMMANDS = {
    "photo": ["--output", "--family", "--samples", "--seed", "--steps", "--sampler", "--temperature", "--top-k"],
    "train": ["--preset", "--data", "--image-size", "--train-images", "--images", "--minutes", "--seed", "--score"],
    "evaluate": [
        "--split", "--count", "--allow-small", "--given-luma", "--baselines", "--steps", "--sampler",
        "--temperature", "--top-k", "--real", "--fake",
    ],
    "runs list": [],
    "runs show": ["NAME"],
    "runs record": ["NAME"],
    "data prepare": ["NAME", "--image-size"],
    "data describe": ["NAME", "--record"],
    "weights fetch": [],
    "study plan": ["--params", "--minutes", "--anew"],
    "study status": ["--params"],
    "study run": ["NAMES", "--params", "--part", "--workers", "--ray", "--cores"],
    "study work": ["NAMES", "--params", "--part", "--share"],
    "study record": ["--params"],
    "book": ["--params", "--chapter", "--parameter", "--pdf"],
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option(command):
    result = CliRunner().invoke(main.app, [*command.split(), "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    for option in COMMANDS[command]:
        assert option.lower() in result.output.lower()


def commands(command, name=()):
    """Every command of the program with its full name, found in the parser itself."""
    for key, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*name, key))
    if not hasattr(command, "commands"):
        yield " ".join(name), command


def test_no_command_and_no_option_is_without_help():
    found = dict(commands(typer.main.get_command(main.app)))
    assert set(found) == set(COMMANDS)
    for name, command in found.items():
        assert command.help, name
        page = CliRunner().invoke(main.app, [*name.split(), "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"
            assert all(option in page for option in parameter.opts if option.startswith("-")), name


def answer(monkeypatch, capsys, *arguments):
    """The exit code and the error output of a command line, run in this process."""
    monkeypatch.setattr(sys, "argv", ["colorize", *arguments])
    with pytest.raises(SystemExit) as ended:
        main.main()
    return ended.value.code, capsys.readouterr().err


def lines_of(monkeypatch, capsys, *arguments):
    """The lines that a command line prints, run in this process and to its end."""
    monkeypatch.setattr(sys, "argv", ["colorize", *arguments])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["photo", "nowhere.jpg", "-o", "out.png"], "nowhere.jpg"),
        (["photo", "nowhere.jpg", "-o", "out.png", "--family", "pixpix"], "did you mean pix2pix?"),
        (["photo", "book/photos/barn.jpg", "-o", "barn.png", "--steps", "9"], "Pix2Pix cannot sample with steps"),
        (["photo", "book/photos", "-o", "barn.png"], "book/photos is a folder"),
        (["photo", "book/photos/barn.jpg", "-o", "barn.png", "--top-k", "9"], "Pix2Pix cannot sample with top_k"),
        (
            ["photo", "book/photos/barn.jpg", "-o", "barn.png", "--family", "palette", "--steps", "1"],
            "steps = 1 is not",
        ),
        (["train", "palette-like", "--images", "8"], "no family called palette-like"),
        (["train", "pix2pix"], "--images or --minutes"),
        (["train", "pix2pix", "--images", "8", "--minutes", "1"], "--images or --minutes"),
        (["train", "pix2pix", "--images", "8", "-p", "pix2pix_l1_wait", "3"], "did you mean pix2pix_l1_weight?"),
        (["train", "pix2pix", "--images", "8", "-p", "pix2pix_l1_weight", "much"], "pix2pix_l1_weight = 'much'"),
        (["train", "pix2pix", "--images", "8", "-p", "pix2pix_l1_weight"], "-p pix2pix_l1_weight VALUE"),
        (["train", "pix2pix", "--images", "8", "--preset", "smal"], "did you mean small?"),
        (["evaluate", "no-such-run"], "There is no run called no-such-run"),
        (["evaluate", "pix2pix", "--split", "train"], "validation or test"),
        (["evaluate"], "--real DIR --fake DIR"),
        (["evaluate", "--real", "book/photos"], "--real DIR --fake DIR"),
        (["evaluate", "pix2pix", "--real", "book/photos", "--fake", "book/photos"], "--real DIR --fake DIR"),
        (["evaluate", "--real", "book/photos", "--fake", "book/photos", "--count", "3"], "leave the other options out"),
        (["evaluate", "--real", "book/photos", "--fake", "book/photos"], "at least 2049 images"),
        (["runs", "show", "no-such-run"], "runs list"),
        (["runs", "record", "no-such-run"], "There is no run called no-such-run"),
        (["data", "prepare", "tiny_imagenett"], "tiny_imagenett"),
        (["book", "-p", "train_imagse", "64"], "did you mean train_images?"),
        (["book", "-p", "train_images", "many"], "train_images"),
        (["book", "-p", "train_images"], "-p train_images VALUE"),
        (["book", "-p", "train_images", "["], "The value of -p train_images cannot be read"),
        (["book", "--chapter", "nowhere"], "There is no chapter called nowhere"),
        (["book", "--params", "params/none.yaml"], "params/none.yaml"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(monkeypatch, capsys, is_one_sentence, arguments, words):
    code, error = answer(monkeypatch, capsys, *arguments)
    assert code == 2
    assert words in error
    assert "Traceback" not in error
    assert error.startswith("colorize: ") and is_one_sentence(error.rstrip("\n"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["colour"], "colour"),
        (["photo", "--famly", "pix2pix"], "--famly"),
        (["photo"], "Missing argument"),
        (["train", "pix2pix", "--images", "none"], "--images"),
        (["train", "pix2pix", "--images", "0"], "--images"),
        (["train", "pix2pix", "--images", "8", "-p"], "-p"),
        (["evaluate", "pix2pix", "--count", "-1"], "--count"),
        (["data", "prepare", "sample_photos", "--image-size", "0"], "--image-size"),
    ],
)
def test_what_the_parser_refuses_has_no_traceback_either(monkeypatch, capsys, arguments, words):
    code, error = answer(monkeypatch, capsys, *arguments)
    assert code == 2
    assert words in error
    assert "Traceback" not in error


def test_a_file_that_is_no_picture_does_not_stop_the_others(monkeypatch, capsys, tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    sources = [str(tmp_path / "notes.jpg"), "book/photos/barn.jpg"]
    code, error = answer(monkeypatch, capsys, "photo", *sources, "-o", str(tmp_path / "out"), "--samples", "2")
    assert code == 2
    assert error.count("notes.jpg cannot be read as a photograph") == 1
    assert "1 of 2 photographs were not coloured" in error
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_samples_that_would_all_be_equal_are_refused(monkeypatch, capsys, tmp_path):
    arguments = ["book/photos/barn.jpg", "-o", str(tmp_path / "out"), "--samples", "2", "--family", "regression"]
    code, error = answer(monkeypatch, capsys, "photo", *arguments)
    assert code == 2 and "leave out --samples" in error
    assert not (tmp_path / "out").exists()


def test_papermills_way_of_giving_parameters_is_understood():
    assert main.joined_parameters(["book", "-p", "a", "1", "-p", "b=2", "x"]) == ["book", "-p", "a=1", "-p", "b=2", "x"]
    assert main.settings_of(["a=1", "b=1e-4", "c=[1, 2]", "d=chroma"]) == {
        "a": 1,
        "b": 1e-4,
        "c": [1, 2],
        "d": "chroma",
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], []),
        (["-p", "a=1", "b"], ["-p", "a=1", "b"]),
        (["-p", "a", "b=2"], ["-p", "a=b=2"]),
        (["--parameter", "a", "1", "--params", "f"], ["--parameter", "a=1", "--params", "f"]),
        (["-p", "a"], ["-p", "a"]),
        (["-p"], ["-p"]),
        (["train", "-p", "rate", "-1"], ["train", "-p", "rate=-1"]),
    ],
)
def test_nothing_but_a_key_and_its_value_is_joined(arguments, expected):
    assert main.joined_parameters(arguments) == expected
    assert main.joined_parameters(expected) == expected


def test_values_are_read_as_in_a_file():
    given = ["a=true", "b=text with spaces", "c=x=y", "d=", "e=-1.5E+3", "f=[chroma, rgb]"]
    expected = {"a": True, "b": "text with spaces", "c": "x=y", "d": None, "e": -1500.0, "f": ["chroma", "rgb"]}
    assert main.settings_of(given) == expected
    assert main.settings_of(None) == {}


def test_the_book_gets_what_was_given(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(build, "build", lambda *given, **named: asked.append((*given, named)))
    arguments = ["book", "--params", "f.yaml", "-p", "train_images", "64", "--chapter", "gan", "-p", "seed=1"]
    assert answer(monkeypatch, capsys, *arguments)[0] == 0
    ((path, named),) = asked
    assert str(path) == "f.yaml"
    assert named == {"chapters": ["gan"], "overrides": {"train_images": 64, "seed": 1}, "pdf": False}


def test_an_interrupt_ends_quietly(monkeypatch, capsys):
    def interrupted(*given, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "build", interrupted)
    code, error = answer(monkeypatch, capsys, "book")
    assert code == 130
    assert "Traceback" not in error


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with one recorded run, which has weights, and one local run."""
    store = Store(tmp_path / "results", tmp_path / "runs")
    monkeypatch.setattr(Store, "default", classmethod(lambda cls: store))
    monkeypatch.setattr(main, "load_backend", lambda: None)
    for root, images in ((store.recorded, 2000), (store.local, 1000)):
        config = RunConfig.create("pix2pix", "tiny", "sample_photos", images)
        folder = root / config.name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(config.to_json())
        (folder / "manifest.json").write_text(json.dumps({"date": "2026-01-01", "backend": "jax"}))
    (store.recorded / store.runs()[0].name / "model.weights.h5").write_text("weights")
    return store


def test_runs_are_listed_shown_and_recorded(store, monkeypatch, capsys):
    recorded, local = store.runs()

    def printed(*arguments):
        monkeypatch.setattr(sys, "argv", ["colorize", "runs", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.main()
        assert ended.value.code == 0
        return capsys.readouterr().out

    assert [line.split() for line in printed("list").splitlines()] == [
        ["recorded", "weights", "2026-01-01", recorded.name],
        ["local", "-", "2026-01-01", local.name],
    ]
    recorded.add_metrics([{"images_seen": 2000, "metric": "FID-30", "value": 12.25}])
    shown = printed("show", recorded.name)
    for part in (str(recorded.folder), "backend: jax", "images_seen: 2000", "FID-30", "12.25"):
        assert part in shown
    assert printed("record", local.name).strip() == str(store.recorded / local.name)
    assert Run(store.recorded / local.name).config == local.config


@pytest.fixture
def scored(monkeypatch):
    """What the evaluation is asked for; it answers with a row of a table."""
    asked = []
    row = {
        "images_seen": 0, "metric": "FID-30", "value": 12.25, "error": 0.5, "low": 11.5, "high": 13.0,
        "originals": 9.75, "split": "test", "protocol": "disjoint", "images": 30, "reference_images": 30,
        "options": "", "network": "net", "indices": "", "seconds": 1.0,
    }  # fmt: skip
    gray = {**row, "method": "gray", "data_set": "sample_photos", "image_size": 32}
    del gray["seconds"]  # not every row says how long it took
    monkeypatch.setattr(scoring, "painter", lambda run, **sampling: Painter(run.name, sampling=sampling))
    monkeypatch.setattr(scoring, "score_run", lambda run, *given, **named: asked.append((*given, named)) or [row])
    monkeypatch.setattr(scoring, "score_baselines", lambda protocol, **named: asked.append((protocol, named)) or [gray])
    return asked


def test_a_run_is_scored_by_the_protocol_and_the_sampler_that_are_asked_for(store, scored, monkeypatch, capsys):
    config = RunConfig.create("palette", "tiny", "sample_photos", 1000)
    name = config.name
    (store.local / name).mkdir()
    (store.local / name / "config.json").write_text(config.to_json())
    (store.local / name / "manifest.json").write_text("{}")
    arguments = ["evaluate", name, "--split", "test", "--count", "30", "--allow-small", "--steps", "9"]
    title, _, line = lines_of(monkeypatch, capsys, *arguments)
    assert title == f"{name} (test)"
    assert " ".join(line.split()) == "FID-30 12.25 0.5 11.5 to 13 9.75 disjoint 30 30 net 1.0"
    paint = Painter(name, given_luma=False, sampling={"steps": 9})
    assert scored == [(paint, {"split": "test", "count": 30, "allow_small": True})]


def test_an_option_that_a_runs_sampler_does_not_have_is_refused_at_once(store, scored, monkeypatch, capsys):
    code, error = answer(monkeypatch, capsys, "evaluate", store.runs()[0].name, "--temperature", "0.5")
    assert code == 2 and "Pix2Pix cannot sample with temperature" in error
    assert not scored


def test_every_option_of_every_familys_sampler_is_one_of_the_command_line():
    commands = typer.main.get_command(main.app).commands
    for family in models.FAMILIES.values():
        for field in dataclasses.fields(family.sampling):
            for command in (commands["photo"], commands["evaluate"]):
                (option,) = (option for option in command.params if option.name == field.name)
                assert option.default is None and field.metadata["help"] in option.help


def test_scores_of_baselines_go_into_the_recorded_table_once(store, scored, monkeypatch, capsys):
    name = store.runs()[0].name
    arguments = ["evaluate", name, "--split", "test", "--count", "30", "--allow-small", "--baselines"]
    for _ in range(2):
        assert lines_of(monkeypatch, capsys, *arguments)[0] == "gray (test)"
    assert scored == 2 * [(Protocol("sample_photos", 32, "test", 30), {"allow_small": True})]
    assert "leave --given-luma" in answer(monkeypatch, capsys, *arguments, "--given-luma")[1]
    table = pd.read_csv(store.recorded / "tables" / "baselines.csv")
    assert list(table.columns) == BASELINE_COLUMNS
    assert len(table) == 1


def test_a_hyperparameter_given_with_p_reaches_the_training(store, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(obtain, "make", lambda config, where, **named: asked.append((config, named)) or store.runs()[0])
    arguments = ["train", "pix2pix", "--preset", "tiny", "--data", "sample_photos", "--images", "64", "--score", "5"]
    given = ["-p", "pix2pix_l1_weight", "10", "-p", "pix2pix_generator_widths", "[8, 16]"]
    assert answer(monkeypatch, capsys, *arguments, *given)[0] == 0
    ((config, named),) = asked
    assert isinstance(config.hyperparameters, Pix2PixConfig)
    assert config.settings() == {"l1_weight": 10.0, "generator_widths": (8, 16)}
    assert (config.images_seen, config.image_size, named) == (64, 32, {"score_images": 5})


def test_an_argument_error_of_the_program_imports_no_backend(is_one_sentence):
    """As a user starts it, with a mistake that is found late: the preset's name."""
    arguments = ["train", "pix2pix", "--images", "8", "--preset", "smal"]
    command = [sys.executable, "-X", "importtime", "-m", "colorize_lib", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    imports = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    (said,) = [line for line in done.stderr.splitlines() if line not in imports]
    assert done.returncode == 2
    assert said.startswith("colorize: ") and said.endswith("did you mean small?") and is_one_sentence(said)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in imports}
    assert "typer" in imported
    assert not imported & {"keras", "tensorflow", "jax", "torch"}
