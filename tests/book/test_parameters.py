"""Parameter files: what is read, what is refused, and that papermill sees the same parameters."""

import ast
from pathlib import Path

import jupytext
import papermill
import pytest

from colorize_lib.book import parameters
from colorize_lib.files import ColorizeError

REPOSITORY = Path(__file__).resolve().parents[2]
CHAPTER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["parameters"]
study_file = "params/report.yaml"
train_images = None  # of the training part
scale: float = -0.5
mirror = True

# %%
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
    assert parameters.declared(chapters[0]) == {
        "study_file": "params/report.yaml", "train_images": None, "scale": -0.5, "mirror": True,
    }  # fmt: skip


def test_a_chapter_without_parameters_declares_none(write):
    assert parameters.declared(write("a.py", "# %%\nx = 1\n")) == {}


@pytest.mark.parametrize("line", ["images = 2 * other", "import os", "a, b = (1, 2)", "a = b = 1", "x = f(1)"])
def test_a_cell_that_computes_is_refused(write, line):
    chapter = write("a.py", f'# %% tags=["parameters"]\n{line}\n')
    assert line in refusal(parameters.declared, chapter)


def test_two_parameter_cells_are_refused(write):
    cell = '# %% tags=["parameters"]\nx = 1\n\n'
    assert "2 cells" in refusal(parameters.declared, write("a.py", cell + cell))


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A function that makes a book of one chapter and one parameter file, and returns the file's path."""

    def make(values="train_images: 5\n", chapter=CHAPTER, named="params/a.yaml"):
        for name, text in {
            "_toc.yml": "root: index\nchapters:\n- file: chapters/gan\n",
            "chapters/gan.py": chapter,
            "params/a.yaml": f"study_file: {named}\n{values}",
        }.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path / "params" / "a.yaml"

    monkeypatch.chdir(tmp_path)
    return make


def test_an_unknown_key_is_named_with_the_nearest_known_one(book):
    message = refusal(parameters.parameters, book("train_imagse: 5\n"))
    assert message == "train_imagse in params/a.yaml is no parameter: did you mean train_images?"
    message = refusal(parameters.parameters, book(), {"pix2pix_lerning_rate": 1.0})
    assert message == "pix2pix_lerning_rate given with -p is no parameter: did you mean pix2pix_learning_rate?"
    assert "did you mean scale?" in refusal(parameters.parameters, book("scal: 0.5\n"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train_images", 5),
        ("scale", 5),
        ("mirror", False),
        ("train_sizes", [1]),
        ("train_sizes", []),
        ("missing", "train"),
        ("pix2pix_learning_rate", 1),
        ("pix2pix_generator_widths", [8, 8, 8]),
        ("images_seen_palette", 64),
    ],
)
def test_values_of_the_right_type_pass(book, key, value):
    assert parameters.parameters(book(), {key: value})[key] == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train_images", 5.5),
        ("train_images", True),
        ("train_images", "5"),
        ("train_images", -1),
        ("train_images", None),
        ("scale", False),
        ("data_set", 5),
        ("mirror", 1),
        ("train_sizes", 8),
        ("train_sizes", ["8"]),
        ("seeds", []),
        ("missing", "perhaps"),
        ("pix2pix_generator_widths", [8, 8.5]),
        ("images_seen_palette", 0),
    ],
)
def test_values_of_the_wrong_type_are_refused(book, is_one_sentence, key, value):
    message = refusal(parameters.parameters, book(), {key: value})
    assert f"{key} given with -p = {value!r} is not possible" in message and is_one_sentence(message)


def test_a_number_that_yaml_takes_for_a_text_gets_a_hint(book):
    assert "as in 2.0e-04" in refusal(parameters.parameters, book("pix2pix_learning_rate: 2e-4\n"))
    assert parameters.parameters(book("pix2pix_learning_rate: 2.0e-04\n"))["pix2pix_learning_rate"] == 2e-4


@pytest.mark.parametrize("named", ["params/b.yaml", "../params/a.yaml"])
def test_a_file_that_calls_itself_by_another_name_is_refused(book, is_one_sentence, named):
    message = refusal(parameters.parameters, book(named=named))
    assert f"params/a.yaml has to say `study_file: params/a.yaml` and says {named}" in message
    assert is_one_sentence(message)


def test_a_chapter_copies_nothing_of_the_study(book):
    copied = CHAPTER.replace("train_images = None", "train_images = 1000")
    assert "train_images in gan.py is the study's" in refusal(parameters.parameters, book(chapter=copied))
    unknown = CHAPTER.replace("scale: float = -0.5", "scale = None")
    assert "scale in gan.py is no key of the study" in refusal(parameters.parameters, book(chapter=unknown))


def test_a_chapter_is_handed_the_file_its_own_keys_and_what_was_changed(book):
    path = book("scale: 0.25\ntrain_images: 7\n")
    handed = parameters.for_chapter("gan", parameters.parameters(path), {})
    assert handed == {"study_file": "params/a.yaml", "scale": 0.25}
    changes = {"train_images": 5, "seed": 1}
    handed = parameters.for_chapter("gan", parameters.parameters(path, changes), changes)
    assert handed == {"study_file": "params/a.yaml", "train_images": 5, "scale": 0.25}


def test_a_study_is_that_of_its_file_with_what_was_changed(book):
    path = book("families: [palette]\ntrain_images: 7\nimages_seen_palette: 64\npalette_gain: 2\nscale: 0.25\n")
    study = parameters.study(path, seed=3, train_images=None)
    assert (study.families, study.train_images, study.seed) == (("palette",), 7, 3)
    assert study.images_seen["palette"] == 64 and study.settings["palette"] == {"gain": 2.0}
    assert study.shown("palette").hyperparameters.gain == 2.0 and study.shown("palette").train_images == 7
    assert study.config("palette").train_images == 0, "the final runs see all photographs"
    message = refusal(parameters.study, book("families: [palete]\n"))
    assert "no family called palete: did you mean palette?" in message


def test_the_projects_own_parameter_files_are_right(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    files = sorted((REPOSITORY / "params").glob("*.yaml"))
    assert {path.stem: parameters.study(path).missing for path in files} == {
        "imagenet256": "fail", "report": "fail", "smoke": "train",
    }  # fmt: skip
