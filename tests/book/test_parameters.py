"""Parameter files: what is read, what is refused, and that papermill sees the same parameters."""

import ast
from pathlib import Path

import jupytext
import papermill
import pytest

from colorize_lib import models
from colorize_lib.book import parameters
from colorize_lib.files import ColorizeError
from colorize_lib.study import plan

REPOSITORY = Path(__file__).resolve().parents[2]
HYPERPARAMETERS = {"pix2pix_learning_rate": 2e-4, "pix2pix_widths": (64, 128), "palette_steps": 1000}
CHAPTER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["parameters"]
train_images = 1000  # of the training part
scale: float = -0.5
dataset = "tiny_imagenet"
mirror = True
sizes = [8, 16]
checkpoint = None

# %%
model = build("pix2pix")
raise SystemExit("reading parameters executes nothing")
"""


@pytest.fixture
def write(tmp_path):
    """Writes a file and returns its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refusal(function, *arguments) -> str:
    with pytest.raises(ColorizeError) as error:
        function(*arguments)
    return str(error.value)


def test_flat_files_are_read(write):
    path = write("a.yaml", "images: 5\nrate: 2.0e-4\nname: x\nmirror: true\nwidths: [8, 16]\nnone: null\n")
    assert parameters.load(path) == {
        "images": 5,
        "rate": 2e-4,
        "name": "x",
        "mirror": True,
        "widths": [8, 16],
        "none": None,
    }
    assert parameters.load(write("empty.yaml", "# nothing\n")) == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("images: 5\nimages: 6\n", ["images", "twice", "line 2"]),
        ("gan:\n  images: 5\n", ["gan", "nested"]),
        ("gan: [[1]]\n", ["gan", "nested"]),
        ("gan: 2020-01-01\n", ["gan", "nested"]),
        ("- images\n", ["key: value"]),
        ("5: images\n", ["5", "name"]),
        ("images: [5\n", ["line"]),
    ],
)
def test_other_files_are_refused(write, text, named):
    message = refusal(parameters.load, write("broken.yaml", text))
    assert "broken.yaml" in message
    for word in named:
        assert word in message


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert str(tmp_path / "none.yaml") in refusal(parameters.load, tmp_path / "none.yaml")


def test_declared_agrees_with_papermill(write, tmp_path):
    chapters = [write("gan.py", CHAPTER), *sorted((REPOSITORY / "chapters").glob("*.py"))]
    for chapter in chapters:
        notebook = tmp_path / f"{chapter.stem}.ipynb"
        jupytext.write(jupytext.read(chapter), notebook)
        seen = papermill.inspect_notebook(str(notebook))
        declared = parameters.declared(chapter)
        assert {name: ast.literal_eval(entry["default"]) for name, entry in seen.items()} == declared
    assert parameters.declared(chapters[0])["scale"] == -0.5


def test_a_chapter_without_parameters_declares_none(write):
    assert parameters.declared(write("a.py", "# %%\nx = 1\n")) == {}


@pytest.mark.parametrize("line", ["images = 2 * other", "import os", "a, b = (1, 2)", "a = b = 1", "x = f(1)"])
def test_a_cell_that_computes_is_refused(write, line):
    chapter = write("a.py", f'# %% tags=["parameters"]\n{line}\n')
    assert line in refusal(parameters.declared, chapter)


def test_two_parameter_cells_are_refused(write):
    cell = '# %% tags=["parameters"]\nx = 1\n\n'
    assert "2 cells" in refusal(parameters.declared, write("a.py", cell + cell))


def test_an_unknown_key_is_named_with_the_nearest_known_one(write):
    chapter = write("gan.py", CHAPTER)
    message = refusal(parameters.check, {"train_imagse": 5}, [chapter], HYPERPARAMETERS, "in params/smoke.yaml")
    expected = "train_imagse in params/smoke.yaml is no parameter of any chapter: did you mean train_images?"
    assert message == expected
    message = refusal(parameters.check, {"pix2pix_lerning_rate": 1.0}, [chapter], HYPERPARAMETERS)
    assert "did you mean pix2pix_learning_rate?" in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train_images", 5),
        ("scale", 5),
        ("mirror", False),
        ("sizes", [1]),
        ("sizes", []),
        ("checkpoint", "any"),
        ("pix2pix_learning_rate", 1),
        ("pix2pix_widths", [8, 8, 8]),
    ],
)
def test_values_of_the_right_type_pass(write, key, value):
    parameters.check({key: value}, [write("gan.py", CHAPTER)], HYPERPARAMETERS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train_images", 5.5),
        ("train_images", True),
        ("train_images", "5"),
        ("train_images", None),
        ("scale", False),
        ("dataset", 5),
        ("mirror", 1),
        ("sizes", 8),
        ("sizes", ["8"]),
        ("pix2pix_widths", [8, 8.5]),
    ],
)
def test_values_of_the_wrong_type_are_refused(write, key, value):
    message = refusal(parameters.check, {key: value}, [write("gan.py", CHAPTER)], HYPERPARAMETERS, "in a.yaml")
    assert f"{key} in a.yaml" in message


def test_a_number_that_yaml_takes_for_a_text_gets_a_hint(write):
    values = parameters.load(write("a.yaml", "scale: 2e-4\n"))
    assert "2.0e-04" in refusal(parameters.check, values, [write("gan.py", CHAPTER)], {})
    assert parameters.load(write("b.yaml", "scale: 2.0e-04\n")) == {"scale": 2e-4}


def test_one_name_has_one_type_in_all_chapters(write):
    other = write("other.py", '# %% tags=["parameters"]\ntrain_images = "all"\n')
    message = refusal(parameters.check, {}, [write("gan.py", CHAPTER), other], {})
    assert "train_images" in message
    assert "other.py" in message


def test_a_chapter_is_handed_what_it_declares_and_the_families_that_it_names(write):
    values = {"train_images": 5, "elsewhere": 1, "pix2pix_learning_rate": 1e-3, "palette_steps": 10}
    handed = parameters.for_chapter(values, write("gan.py", CHAPTER), HYPERPARAMETERS)
    assert handed == {"train_images": 5, "pix2pix_learning_rate": 1e-3}


def test_the_projects_own_parameter_files_are_right():
    chapters = sorted((REPOSITORY / "chapters").glob("*.py"))
    for path in sorted((REPOSITORY / "params").glob("*.yaml")):
        parameters.check(parameters.load(path), chapters, models.hyperparameters() | plan.PARAMETERS, f"in {path.name}")
