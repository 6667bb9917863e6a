"""A Sphinx extension: the page of a chapter is its executed notebook, made first where that is missing or stale."""

import contextlib
from collections.abc import Iterator

import nbformat
from nbformat import NotebookNode

from colorize_lib.book.build import execute, key_of
from colorize_lib.book.parameters import chapter_files, parameters
from colorize_lib.files import ColorizeError


def read_chapter(text: str) -> NotebookNode:
    """The executed notebook of the chapter whose source is `text`: MyST-NB's reader of chapters/*.py.

    MyST-NB tells its readers a page's text and not its name, so the chapter is found by what it says.
    """
    lines = text.splitlines()
    with _sphinx_errors():
        for name, source in chapter_files().items():
            if source.read_text(encoding="utf-8").splitlines() == lines:
                notebook = nbformat.read(execute(name), as_version=4)
                del notebook.metadata["colorize"]  # it would become a field of the page
                return notebook
        raise ColorizeError("A Python file that is no chapter in _toc.yml cannot be a page of the book.")


def setup(app) -> dict[str, object]:
    """Make this module a Sphinx extension, which knows when a page has to be read again."""
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _outdated(app, env, added, changed, removed) -> list[str]:
    """The pages whose notebook is another than Sphinx read last: itself it looks at dates of sources."""
    with _sphinx_errors():
        given = parameters(None, None)
        new = {f"chapters/{name}": key_of(name, given) for name in chapter_files()}
    old = getattr(env, "colorize_keys", {})
    env.colorize_keys = new
    return [page for page, key in new.items() if old.get(page) != key]


@contextlib.contextmanager
def _sphinx_errors() -> Iterator[None]:
    """Turn a ColorizeError into one that Sphinx shows as a sentence, and not as a crash with a traceback."""
    from sphinx.errors import ExtensionError  # of use only where Sphinx is loaded already

    try:
        yield
    except ColorizeError as error:
        raise ExtensionError(str(error)) from error
