"""The book: chapters executed with their parameters, and the pages compiled from them.

A chapter is a jupytext Python file in `chapters/`. papermill executes it with the repository root as working
directory, and the notebook with its outputs goes to `book/executed/`, with a key of all that its outputs may
depend on. Sphinx reads the chapters' own files, and `book.sphinx` gives it the executed notebooks. So
`jupyter-book build .` needs no step before it.
"""

import hashlib
import json
import logging
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path

import ipykernel.kernelspec
import jupyter_client
import jupyter_client.kernelspec
import jupytext
import nbclient.exceptions
import nbformat
import papermill
import traitlets
import yaml
import zmq
from nbformat import NotebookNode

from colorize_lib import files
from colorize_lib.book.parameters import chapter_files, for_chapter, parameters
from colorize_lib.files import ColorizeError, repository
from colorize_lib.validation import nearest

EXECUTED = Path("book/executed")
PAGES = Path("_build/html")  # where jupyter-book puts them
AT_ONCE = 2  # chapters that are executed at a time: a kernel with a backend takes a gigabyte
# What a chapter's outputs come from, beside its own text and parameters.
SOURCES = {"colorize_lib": "**/*.py", "results": "**/*", "book/photos": "**/*"}
TEX_PROGRAMS = ("xelatex", "latexmk")
TEX_PACKAGES = (
    "texlive-xetex", "texlive-latex-recommended", "texlive-latex-extra", "texlive-fonts-recommended", "tex-gyre",
    "latexmk", "fonts-freefont-otf",
)  # fmt: skip
# jupyter_book has no __main__, and the script beside the interpreter may be another environment's.
JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]


def execute(chapter: str, params_file: Path | str | None = None, overrides: Mapping[str, object] | None = None) -> Path:
    """Execute a chapter, unless its notebook is still good, and return the path of the notebook.

    Args:
        chapter: name of a file in chapters/, without .py.
        params_file: a parameter file; by default the one that COLORIZE_PARAMS names, or params/report.yaml.
        overrides: values that take the place of the file's.

    Raises:
        ColorizeError: a key that nobody knows, or a cell that fails. A chapter that fails leaves no notebook,
            not even an older one.
    """
    known = chapter_files()
    if chapter not in known:
        raise ColorizeError(f"There is no chapter called {chapter}: {nearest(chapter, known)}")
    values = parameters(params_file, overrides)
    target = repository() / EXECUTED / f"{chapter}.ipynb"
    with files.lock(target):
        key = key_of(chapter, values)
        if _stored_key(target) == key:
            print(f"{chapter}: up to date", flush=True)
            return target
        # Should the chapter fail, neither its notebook nor its page may go on showing what it said before.
        for stale in (target, repository() / PAGES / "chapters" / f"{chapter}.html"):
            stale.unlink(missing_ok=True)
        start = time.perf_counter()
        print(f"{chapter}: executing, with its log in {EXECUTED / chapter}.log", flush=True)
        given = _kept(values) if overrides else values
        notebook = _run(chapter, for_chapter(chapter, given, overrides or {}), log=target.with_suffix(".log"))
        notebook.metadata["colorize"] = {"key": key}
        with files.atomic(target) as temporary:
            nbformat.write(notebook, temporary)
        print(f"{chapter}: executed in {time.perf_counter() - start:.1f} s", flush=True)
    return target


def build(
    params_file: Path | str | None = None,
    chapters: Sequence[str] | None = None,
    overrides: Mapping[str, object] | None = None,
    pdf: bool = False,
) -> Path:
    """Execute all chapters and compile the book; return the path of its first page, or of the PDF.

    With `chapters`, those chapters are executed and nothing is compiled; the path is the last one's notebook.
    A page with a warning, such as a citation that leads nowhere, is an error. `pdf` makes a PDF in place of pages, by
    XeLaTeX, with a still picture for each widget.
    """
    start = time.perf_counter()
    if pdf:
        _require_tex()
    merged = parameters(params_file, overrides)
    notebooks = _execute_all(list(chapters or chapter_files()), params_file, overrides)
    if chapters:
        page = notebooks[-1]
    elif pdf:
        page = _typeset(merged)
    else:
        page = _compile(merged)
    print(f"{page} ({time.perf_counter() - start:.0f} s)", flush=True)
    return page


def _execute_all(chapters: Sequence[str], *given) -> list[Path]:
    """Execute chapters, two at a time where there are two cores, and return their notebooks.

    Once a chapter fails none is begun any more; the one beside it is executed to its end, which keeps its notebook.
    """
    at_once = min(AT_ONCE, len(chapters), os.cpu_count() or 1)
    if at_once < 2:
        return [execute(chapter, *given) for chapter in chapters]
    waiting, running, notebooks = list(reversed(chapters)), {}, {}
    # Processes, since papermill changes the working directory, and new ones, since TensorFlow survives no fork.
    with ProcessPoolExecutor(at_once, mp_context=multiprocessing.get_context("spawn")) as pool:
        while waiting or running:
            while waiting and len(running) < at_once:
                chapter = waiting.pop()
                running[pool.submit(execute, chapter, *given)] = chapter
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                notebooks[running.pop(done)] = done.result()
    return [notebooks[chapter] for chapter in chapters]


def key_of(chapter: str, values: Mapping[str, object]) -> str:
    """A hash of all that a chapter's outputs depend on: the parameters, by whatever file they came, its text and the
    files of SOURCES."""
    digest = hashlib.sha256(json.dumps({**values, "study_file": ""}, sort_keys=True).encode())
    sources = [chapter_files()[chapter]]
    for folder, pattern in SOURCES.items():
        found = (repository() / folder).glob(pattern)
        sources += sorted(path for path in found if path.is_file() and not path.name.startswith("."))
    for path in sources:
        digest.update(f"{path.relative_to(repository()).as_posix()} {files.sha256(path)}\n".encode())
    return digest.hexdigest()


def _kept(values: Mapping[str, object]) -> dict[str, object]:
    """The values as a parameter file of their own, which they name."""
    path = EXECUTED / "parameters.yaml"
    values = {**values, "study_file": path.as_posix()}
    with files.atomic(repository() / path) as temporary:
        temporary.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return values


def _stored_key(notebook: Path) -> str | None:
    """The key that an executed notebook was stored with; None where there is none."""
    try:
        return json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["colorize"]["key"]
    except (OSError, ValueError, KeyError):
        return None


class _Kernel(jupyter_client.AsyncKernelManager):
    """The kernel of this very interpreter: one called python3 in the user's home may belong to another."""

    @traitlets.default("transport_encryption")
    def _encryption(self) -> str:
        return "auto" if zmq.has("curve") else "disabled"

    @property
    def kernel_spec(self) -> jupyter_client.kernelspec.KernelSpec:
        return jupyter_client.kernelspec.KernelSpec(**ipykernel.kernelspec.get_kernel_dict())


def _run(chapter: str, values: Mapping[str, object], log: Path) -> NotebookNode:
    """A chapter's notebook with its outputs; what its cells print goes to `log` as it comes."""
    log.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("papermill").setLevel(logging.ERROR)  # it warns of hyper-parameters, which are checked here
    with tempfile.TemporaryDirectory() as folder, log.open("w", encoding="utf-8") as stream:
        # By path: papermill dumps a notebook that it is given as an object into that notebook's metadata.
        draft, done = Path(folder) / f"{chapter}.ipynb", Path(folder) / f"{chapter}-executed.ipynb"
        jupytext.write(jupytext.read(chapter_files()[chapter]), draft)
        try:
            notebook = papermill.execute_notebook(
                draft,
                done,
                parameters=dict(values),
                kernel_name="python3",
                language="python",
                kernel_manager_class=_Kernel,
                cwd=repository(),
                progress_bar=False,
                request_save_on_cell_execute=False,
                iopub_timeout=120,  # an explorer's pictures take a busy machine longer than the default of 4 seconds
                stdout_file=stream,
                stderr_file=stream,
            )
        except papermill.PapermillExecutionError as error:
            stream.write("\n" + "\n".join(error.traceback) + "\n")
            first = next((line for line in error.source.splitlines() if line.strip()), "")
            raise ColorizeError(
                f"The chapter {chapter} fails with {error.ename}: {' '.join(error.evalue.split())} "
                f"(in the cell that begins `{first}`; the whole traceback is in {EXECUTED / chapter}.log)."
            ) from error
        except nbclient.exceptions.DeadKernelError as error:
            raise ColorizeError(f"The chapter {chapter} was killed: free some memory and run it again.") from error
    return _tidied(notebook)


def _tidied(notebook: NotebookNode) -> NotebookNode:
    """An executed notebook without traces of machine and hour, and with the given parameters folded away."""
    for name in ("papermill", "jupytext"):
        notebook.metadata.pop(name, None)
    for cell in notebook.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata.tags.append("hide-input")
            prompt = "The parameters that this page was made with"
            cell.metadata["mystnb"] = {"code_prompt_show": prompt, "code_prompt_hide": prompt}
    return notebook


def _require_tex() -> None:
    missing = [program for program in TEX_PROGRAMS if not shutil.which(program)]
    if missing:
        raise ColorizeError(
            f"A PDF needs {' and '.join(missing)}: on Debian and Ubuntu install {' '.join(TEX_PACKAGES)}, "
            "or build the pages without --pdf."
        )


def _typeset(values: Mapping[str, object]) -> Path:
    """Make a PDF of chapters executed with `values`; return its path."""
    _compile(values, "--builder", "latex")
    folder = repository() / "_build" / "latex"
    (source,) = folder.glob("*.tex")
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", "-quiet", source.name]
    if subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        raise ColorizeError(f"XeLaTeX could not set the book: {source.with_suffix('.log')} says at which line.")
    return source.with_suffix(".pdf")


def _compile(values: Mapping[str, object], *options: str) -> Path:
    """Compile the book from chapters executed with `values`; return the path of its first page."""
    merged = _kept(values)["study_file"]  # tells the reader of pages what the command line said
    command = [*JUPYTER_BOOK, "build", ".", "--path-output", ".", "-q", "-W", "-n", "--keep-going", *options]
    environment = {**os.environ, "COLORIZE_PARAMS": merged}
    if subprocess.run(command, cwd=repository(), env=environment).returncode:
        # Sphinx warns about a page when it reads it: what it remembers now would hide the warning next time.
        (repository() / "_build/.doctrees/environment.pickle").unlink(missing_ok=True)
        raise ColorizeError("jupyter-book could not compile the book without a warning: the lines above name the page.")
    return repository() / PAGES / "index.html"
