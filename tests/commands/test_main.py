"""The command line: complete help, and mistakes answered in one sentence without a backend."""

import dataclasses
import subprocess
import sys

import pytest
import typer.main
from typer.testing import CliRunner

from colorize_lib import models
from colorize_lib.commands import main

COMMANDS = {
    "photo": ["--output", "--family", "--samples", "--seed", "--steps", "--sampler", "--temperature", "--top-k"],
    "train": [
        "--preset", "--data", "--image-size", "--train-images", "--images", "--minutes", "--seed", "--score",
        "--parameter",
    ],
    "evaluate": [
        "--split", "--count", "--allow-small", "--given-luma", "--baselines", "--steps", "--sampler",
        "--temperature", "--top-k", "--real", "--fake",
    ],
    "runs list": [],
    "runs show": ["NAME"],
    "runs record": ["NAME"],
    "data prepare": ["NAME", "--image-size"],
    "data describe": ["NAME", "--image-size", "--record"],
    "weights fetch": [],
    "study plan": ["--params", "--minutes", "--anew"],
    "study status": ["--params"],
    "study run": ["NAMES", "--params", "--part", "--workers", "--ray", "--cores"],
    "study record": ["--params"],
    "book": ["--params", "--chapter", "--parameter", "--pdf"],
}  # fmt: skip


def help_page(name):
    result = CliRunner().invoke(main.app, [*name.split(), "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    return result.output


def commands(command, name=()):
    """Every command of the program with its full name, found in the parser itself."""
    for key, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*name, key))
    if not hasattr(command, "commands"):
        yield " ".join(name), command


def test_the_commands_and_their_options_are_these_and_all_have_help():
    found = dict(commands(typer.main.get_command(main.app)))
    assert set(found) == set(COMMANDS)
    for name, command in found.items():
        assert command.help, name
        page = help_page(name)
        for option in COMMANDS[name]:
            assert option.lower() in page.lower(), name
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"
            assert all(option in page for option in parameter.opts if option.startswith("-")), name


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
        (["study", "run", "--part", "finals"], "did you mean final?"),
        (["study", "run", "no-such-run"], "No run of the study is called no-such-run"),
        (["book", "-p", "train_imagse", "64"], "did you mean train_images?"),
        (["book", "-p", "train_images", "many"], "train_images"),
        (["book", "-p", "train_images"], "-p train_images VALUE"),
        (["book", "-p", "train_images", "["], "The value of -p train_images cannot be read"),
        (["book", "--chapter", "nowhere"], "There is no chapter called nowhere"),
        (["book", "--params", "params/none.yaml"], "params/none.yaml"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(colorize, is_one_sentence, arguments, words):
    answer = colorize(*arguments)
    assert answer.code == 2
    assert words in answer.err
    assert "Traceback" not in answer.err
    assert answer.err.startswith("colorize: ") and is_one_sentence(answer.err.rstrip("\n"))


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
def test_what_the_parser_refuses_has_no_traceback_either(colorize, arguments, words):
    answer = colorize(*arguments)
    assert answer.code == 2
    assert words in answer.err
    assert "Traceback" not in answer.err


def test_a_mistake_is_answered_before_anything_slow_is_imported(is_one_sentence):
    """As a user starts it, with a mistake that is found late."""
    arguments = ["train", "pix2pix", "--images", "8", "-p", "pix2pix_l1_wait", "3"]
    command = [sys.executable, "-X", "importtime", "-m", "colorize_lib", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    imports = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    (said,) = [line for line in done.stderr.splitlines() if line not in imports]
    assert done.returncode == 2
    assert said.startswith("colorize: ") and said.endswith("did you mean pix2pix_l1_weight?") and is_one_sentence(said)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in imports}
    assert "typer" in imported
    assert not imported & {"keras", "tensorflow", "jax", "pandas", "optuna", "jupytext", "matplotlib", "PIL", "pooch"}


def test_every_option_of_every_familys_sampler_is_one_of_the_command_line():
    commands = typer.main.get_command(main.app).commands
    for family in models.FAMILIES.values():
        for field in dataclasses.fields(family.sampling):
            for command in (commands["photo"], commands["evaluate"]):
                (option,) = (option for option in command.params if option.name == field.name)
                assert option.default is None and field.metadata["help"] in option.help
