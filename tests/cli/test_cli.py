"""The command line: complete help, and mistakes answered in one sentence without a backend."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from colorize_lib import cli

COMMANDS = {
    "photo": ["--output", "--family", "--samples", "--seed"],
    "train": ["--preset", "--data", "--image-size", "--train-images", "--images", "--minutes", "--seed", "--score"],
    "evaluate": ["--split", "--count", "--allow-small", "--baselines"],
    "runs list": [],
    "runs show": ["NAME"],
    "runs record": ["NAME"],
    "data prepare": ["NAME", "--image-size"],
    "data describe": ["NAME", "--record"],
    "weights fetch": [],
    "book": ["--params", "--chapter", "--parameter"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option(command):
    result = CliRunner().invoke(cli.app, [*command.split(), "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    for option in COMMANDS[command]:
        assert option.lower() in result.output.lower()


def answer(monkeypatch, capsys, *arguments):
    """The exit code and the error output of a command line, run in this process."""
    monkeypatch.setattr(sys, "argv", ["colorize", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["photo", "nowhere.jpg", "-o", "out.png"], "nowhere.jpg"),
        (["photo", "nowhere.jpg", "-o", "out.png", "--family", "pixpix"], "did you mean pix2pix?"),
        (["train", "pix2pix"], "--images or --minutes"),
        (["train", "pix2pix", "--images", "8", "--minutes", "1"], "--images or --minutes"),
        (["train", "pix2pix", "--images", "8", "-p", "pix2pix_l1_wait", "3"], "did you mean pix2pix_l1_weight?"),
        (["train", "pix2pix", "--images", "8", "-p", "pix2pix_l1_weight", "much"], "pix2pix_l1_weight = 'much'"),
        (["train", "pix2pix", "--images", "8", "-p", "pix2pix_l1_weight"], "-p pix2pix_l1_weight VALUE"),
        (["train", "pix2pix", "--images", "8", "--preset", "smal"], "did you mean small?"),
        (["evaluate", "no-such-run"], "There is no run called no-such-run"),
        (["evaluate", "pix2pix", "--split", "train"], "validation or test"),
        (["runs", "show", "no-such-run"], "runs list"),
        (["data", "prepare", "tiny_imagenett"], "tiny_imagenett"),
        (["book", "-p", "train_imagse", "64"], "did you mean train_images?"),
        (["book", "--params", "params/none.yaml"], "params/none.yaml"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(monkeypatch, capsys, arguments, words):
    code, error = answer(monkeypatch, capsys, *arguments)
    assert code == 2
    assert words in error
    assert "Traceback" not in error
    assert error.startswith("colorize: ") and len(error.strip().splitlines()) == 1


def test_papermills_way_of_giving_parameters_is_understood():
    assert cli.joined_parameters(["book", "-p", "a", "1", "-p", "b=2", "x"]) == ["book", "-p", "a=1", "-p", "b=2", "x"]
    assert cli.settings_of(["a=1", "b=1e-4", "c=[1, 2]", "d=chroma"]) == {"a": 1, "b": 1e-4, "c": [1, 2], "d": "chroma"}


def test_an_argument_error_imports_no_backend():
    program = (
        "import sys; sys.argv = ['colorize', 'photo']\n"
        "from colorize_lib import cli\n"
        "try: cli.main()\n"
        "except SystemExit as end: print(end.code, sorted({'keras', 'tensorflow', 'jax'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2 []"
    assert "Traceback" not in done.stderr
