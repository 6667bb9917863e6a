"""The book: chapters get their parameters, fail loudly, run once, and become pages that ask nobody."""

import json
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
import yaml

from colorize_lib.book import build, sphinx
from colorize_lib.files import ColorizeError

REPOSITORY = Path(__file__).resolve().parents[2]
ONE = """\
# %% [markdown]
# # One
#
# $$ \\boldsymbol{a} = 1 $$ (eq-one)
#
# See {eq}`eq-one` and {cite:t}`someone`.

# %% tags=["parameters"]
count = 1
name = "default"

# %%
import sys
from pathlib import Path

with Path("executions").open("a") as file:
    file.write("x")
print(count, name, sys.executable, Path("results").exists())
"""
TWO = """\
# %% [markdown]
# # Two

# %% tags=["parameters"]
scale = 0.5

# %%
import numpy as np

from colorize_lib.report.explorers import slider

slider([np.zeros((8, 8, 3), np.uint8), np.ones((8, 8, 3), np.uint8)], ["first", "second"])
"""
INDEX = "# Front\n\nA page.\n\n```{bibliography}\n```\n"
BIBLIOGRAPHY = "@book{someone, author={One, Some}, title={Title}, publisher={House}, year={2020}}\n"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A repository with two small chapters, and the project's own configuration; it is the current folder."""
    for folder in ("book", "chapters", "params", "results"):
        (tmp_path / folder).mkdir()
    shutil.copy(REPOSITORY / "_config.yml", tmp_path)
    for folder in ("vendor", "style", "latex"):
        (tmp_path / "book" / folder).symlink_to(REPOSITORY / "book" / folder)
    texts = {
        "_toc.yml": yaml.safe_dump(
            {
                "format": "jb-book",
                "root": "book/index",
                "chapters": [{"file": "chapters/one"}, {"file": "chapters/two"}],
            }
        ),
        "book/index.md": INDEX,
        "book/references.bib": BIBLIOGRAPHY,
        "chapters/one.py": ONE,
        "chapters/two.py": TWO,
        "params/report.yaml": "study_file: params/report.yaml\ncount: 2\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLORIZE_PARAMS", raising=False)
    return tmp_path


def executions(project: Path) -> int:
    return len((project / "executions").read_text()) if (project / "executions").exists() else 0


def printed(notebook: Path) -> str:
    cells = nbformat.read(notebook, as_version=4).cells
    return "".join(output.text for cell in cells for output in cell.get("outputs", []) if "text" in output)


def test_parameters_reach_the_chapter(project, monkeypatch):
    # A kernel called python3 that belongs to somebody else must not be taken.
    spec = {"argv": ["false", "{connection_file}"], "display_name": "Other", "language": "python"}
    kernel = project / "elsewhere/kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(project / "elsewhere"))

    notebook = build.execute("one", "params/report.yaml", {"name": "given"})

    assert notebook == project / "book/executed/one.ipynb"
    assert printed(notebook).split() == ["2", "given", sys.executable, "True"]
    (injected,) = (
        cell for cell in nbformat.read(notebook, as_version=4).cells if "injected-parameters" in cell.metadata.tags
    )
    assert "hide-input" in injected.metadata.tags
    assert str(project) not in notebook.read_text()


def test_a_chapter_is_executed_again_only_when_something_changed(project):
    first = build.execute("one").read_bytes()
    assert build.execute("one").read_bytes() == first
    read = sphinx.read_chapter((project / "chapters/one.py").read_text())
    stored = nbformat.reads(first.decode(), as_version=4)
    assert executions(project) == 1
    assert read.cells == stored.cells
    assert "colorize" not in read.metadata

    (project / "results/new.csv").write_text("step,fid\n")
    build.execute("one")
    assert executions(project) == 2
    build.execute("one", overrides={"count": 3})
    assert executions(project) == 3
    (project / "params/same.yaml").write_text("study_file: params/same.yaml\ncount: 3\n")
    build.execute("one", "params/same.yaml")
    assert executions(project) == 3


def test_the_reader_takes_the_parameters_of_the_environment(project, monkeypatch):
    (project / "params/other.yaml").write_text("study_file: params/other.yaml\nname: other\n")
    monkeypatch.setenv("COLORIZE_PARAMS", "params/other.yaml")
    sphinx.read_chapter(ONE)
    assert printed(project / "book/executed/one.ipynb").startswith("1 other ")


def test_unknown_parameters_and_chapters_are_refused_by_name(project):
    with pytest.raises(ColorizeError, match=r"cuont given with -p .* did you mean count"):
        build.execute("one", overrides={"cuont": 1})
    with pytest.raises(ColorizeError, match=r"scale given with -p .* a valid number"):
        build.execute("one", overrides={"scale": "much"})
    (project / "params/report.yaml").write_text("study_file: params/report.yaml\nnmae: x\n")
    with pytest.raises(ColorizeError, match=r"nmae in params/report.yaml .* did you mean name"):
        build.build("params/report.yaml")
    with pytest.raises(ColorizeError, match="no chapter called onn: did you mean one"):
        build.execute("onn")
    assert executions(project) == 0


def test_a_chapter_that_fails_leaves_nothing_to_show(project):
    notebook = build.execute("two")
    page = project / "_build/html/chapters/two.html"
    page.parent.mkdir(parents=True)
    page.write_text("what it said before")
    (project / "chapters/two.py").write_text(TWO + "\n# %%\n\nfigures = {}\nfigures['fid']\n")

    with pytest.raises(ColorizeError) as error:
        build.build("params/report.yaml", chapters=["two"])

    message = str(error.value)
    for part in ("two", "KeyError", "'fid'", "`figures = {}`"):
        assert part in message
    assert "KeyError" in (project / "book/executed/two.log").read_text()
    assert not notebook.exists()
    assert not page.exists()


MEETING = """\
# %%
import time
from pathlib import Path

def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)

Path("{own}").touch()
until(Path("{other}").exists)
"""


def test_two_chapters_are_executed_at_a_time_and_a_failure_stops_the_rest(project, monkeypatch):
    monkeypatch.setattr(build.os, "cpu_count", lambda: 2)
    log = "Path('book/executed/failing.log')"
    (project / "chapters/meeting.py").write_text(
        MEETING.format(own="a", other="b") + f"until(lambda: 'KeyError' in {log}.read_text())\n"
    )
    (project / "chapters/failing.py").write_text(MEETING.format(own="b", other="a") + "raise KeyError\n")
    chapters = [{"file": f"chapters/{name}"} for name in ("meeting", "failing", "one", "two")]
    (project / "_toc.yml").write_text(yaml.safe_dump({"format": "jb-book", "root": "book/index", "chapters": chapters}))

    with pytest.raises(ColorizeError, match="The chapter failing fails with KeyError"):
        build.build("params/report.yaml")

    assert [path.stem for path in (project / "book/executed").glob("*.ipynb")] == ["meeting"]
    assert executions(project) == 0


ASKING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}


class Links(HTMLParser):
    """The addresses that a browser asks for by itself when it opens a page."""

    def __init__(self, page: Path):
        super().__init__()
        self.page, self.addresses = page, []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        address = dict(attributes).get(ASKING.get(tag, ""))
        if address:
            self.addresses.append(address.partition("?")[0])


def test_the_pages_of_the_book_are_whole_and_ask_nobody(project):
    index = build.build("params/report.yaml", overrides={"name": "given"})

    pages = index.parent / "chapters"
    one, two = Links(pages / "one.html"), Links(pages / "two.html")
    for links in (Links(index.parent / "book/index.html"), one, two):
        for address in links.addresses:
            assert (links.page.parent / address).resolve().is_file(), f"{address} of {links.page.name}"
    assert "../_static/tex-svg-full.js" in one.addresses
    assert "../_static/embed.js" in two.addresses
    assert "application/vnd.jupyter.widget-state+json" in two.page.read_text()
    assert "2 given" in one.page.read_text()  # what -p says holds for the pages too
    assert "2020</a>]" in one.page.read_text()
    assert executions(project) == 1


def test_a_warning_fails_every_time(project):
    (project / "_toc.yml").write_text("format: jb-book\nroot: book/index\n")
    (project / "params/report.yaml").write_text("study_file: params/report.yaml\n")
    (project / "book/index.md").write_text("# Front\n\nAs {cite:t}`nobody` says.\n")
    for _ in range(2):  # Sphinx remembers the page, and must not forget the warning
        with pytest.raises(ColorizeError, match="without a warning"):
            build.build("params/report.yaml")


def test_the_sources_are_enough_for_papermill_alone():
    # papermill takes the kernel and the language from the chapter's header when nobody else names them.
    for chapter in sorted((REPOSITORY / "chapters").glob("*.py")):
        header = chapter.read_text(encoding="utf-8").partition("# %%")[0]
        assert "name: python3" in header and "language: python" in header, chapter.name


@pytest.mark.slow
@pytest.mark.skipif(not all(map(shutil.which, build.TEX_PROGRAMS)), reason="needs XeLaTeX")
def test_the_book_is_set_on_paper(project):
    assert build.build(pdf=True).read_bytes().startswith(b"%PDF")


def test_without_tex_the_packages_are_named(project, monkeypatch, is_one_sentence):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(ColorizeError, match="needs xelatex and latexmk: on Debian and Ubuntu install tex") as error:
        build.build(pdf=True)
    assert is_one_sentence(error.value)
    assert executions(project) == 0
