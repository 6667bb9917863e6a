"""Parameter files: flat YAML whose every key some chapter or some family knows.

A key is a parameter of a chapter's `parameters` cell, or FAMILY_FIELD for a hyper-parameter of a family, such
as `pix2pix_learning_rate`. Values are numbers, texts, truth values and lists of them.
"""

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import jupytext
import yaml

from colorize_lib import models
from colorize_lib.files import ColorizeError, repository
from colorize_lib.study import plan

Declared = dict[str, object]  # the names that a chapter's `parameters` cell assigns, each with its default


class _FlatLoader(yaml.SafeLoader):
    """YAML as papermill reads it, but a key that stands twice is an error and not the later of the two."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} stands twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def load(path: Path | str) -> dict[str, object]:
    """The keys and values of a parameter file."""
    path = Path(path)
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_FlatLoader)
    except OSError as error:
        raise ColorizeError(
            f"The parameter file {path} cannot be read ({error.strerror}): name another, such as params/report.yaml."
        ) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ColorizeError(f"{path} is no parameter file, see line {line}: {error.problem}.") from error
    if not isinstance(values or {}, dict):
        raise ColorizeError(f"{path} is no parameter file: it has to hold lines of the form `key: value`.")
    for key, value in (values or {}).items():
        if not isinstance(key, str) or not key.isidentifier():
            raise ColorizeError(
                f"{key!r} in {path} cannot be the name of a parameter: write a name of letters, digits and underscores."
            )
        if not _is_flat(value):
            raise ColorizeError(
                f"{key} in {path} is nested: a value is a number, a text, true, false or a list of those."
            )
    return dict(values or {})


def parse_value(text: str) -> object:
    """The value of `-p KEY VALUE`, read as in a file, or a number such as 1e-4, as for papermill."""
    value = yaml.safe_load(text)
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+", value):
        return float(value)
    return value


def declared(chapter: Path) -> Declared:
    """The parameters of a chapter and their defaults, in order. The chapter is read, not executed."""
    try:
        cells = [c for c in jupytext.read(chapter).cells if "parameters" in c.metadata.get("tags", [])]
        statements = [statement for cell in cells for statement in ast.parse(cell.source).body]
    except (OSError, SyntaxError) as error:
        raise ColorizeError(f"The parameters of {chapter} cannot be read ({error}).") from error
    if len(cells) > 1:
        raise ColorizeError(f"{chapter} has {len(cells)} cells tagged `parameters`: one is allowed.")
    values = {}
    for statement in statements:
        try:
            target = statement.target if isinstance(statement, ast.AnnAssign) else _only(statement.targets)
            values[target.id] = ast.literal_eval(statement.value)
        except (AttributeError, ValueError) as error:
            raise ColorizeError(
                f"The parameters cell of {chapter} holds `{ast.unparse(statement)}`: "
                "only assignments of plain values to one name are allowed there."
            ) from error
    return values


def check(
    params: Mapping[str, object],
    chapters: Sequence[Path],
    others: Mapping[str, object],
    source: str = "in the parameter file",
) -> None:
    """Raise a ColorizeError about the first key that nobody knows, or whose value is of the wrong type.

    Args:
        params: what a parameter file or the command line gave.
        chapters: the chapters of the book.
        others: what no chapter need know, each with its default: every FAMILY_FIELD, and the keys of the study.
        source: where `params` stood, for the error: "in params/smoke.yaml".
    """
    known = dict(others)
    owner = dict.fromkeys(others)
    for chapter in chapters:
        for name, default in declared(chapter).items():
            if name in known and not _same_type(known[name], default):
                raise ColorizeError(
                    f"{name} is {_kind(default)} in {chapter} and {_kind(known[name])} in "
                    f"{owner[name] or 'the study or a family'}: one name has one meaning, so rename one of them."
                )
            known.setdefault(name, default)
            owner.setdefault(name, chapter)
    for name, value in params.items():
        if name not in known:
            raise ColorizeError(f"{name} {source} is no parameter of any chapter: {models.nearest(name, known)}")
        if not _fits(value, known[name]):
            raise ColorizeError(
                f"{name} {source} is {_kind(value)} ({value!r}), but it has to be {_kind(known[name])}{_hint(value)}."
            )


def for_chapter(
    params: Mapping[str, object], chapter: Path, hyperparameters: Mapping[str, object]
) -> dict[str, object]:
    """What is handed to one chapter: keys that its cell declares, FAMILY_FIELDs of families that it names.

    A chapter names a family where it says "pix2pix" in quotes. One that does not stays as it is when a
    hyper-parameter of that family changes, and need not be executed again.
    """
    own = declared(chapter)
    text = Path(chapter).read_text(encoding="utf-8")
    families = {name.partition("_")[0] for name in hyperparameters}
    named = {family for family in families if f'"{family}"' in text or f"'{family}'" in text}
    return {
        name: value
        for name, value in params.items()
        if name in own or (name in hyperparameters and name.partition("_")[0] in named)
    }


def settings(family: str, namespace: Mapping[str, object]) -> dict[str, object]:
    """The hyper-parameters of a family among the names of a chapter: {FIELD: value} of each FAMILY_FIELD."""
    prefix = f"{family}_"
    return {
        name.removeprefix(prefix): namespace[name]
        for name in models.hyperparameters()
        if name.startswith(prefix) and name in namespace
    }


def _only(targets: list) -> ast.expr:
    (target,) = targets
    return target


def _is_flat(value: object) -> bool:
    if isinstance(value, list):
        return all(not isinstance(element, list) and _is_flat(element) for element in value)
    return value is None or isinstance(value, bool | int | float | str)


def _fits(value: object, default: object) -> bool:
    """Whether a value can stand where the default does: an int is a float, a bool is no int."""
    if default is None:
        return True
    if isinstance(default, list | tuple):
        return isinstance(value, list) and all(_fits(element, default[0]) for element in value if default)
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))


def _same_type(a: object, b: object) -> bool:
    return a is None or b is None or _kind(a) == _kind(b)


def _kind(value: object) -> str:
    """What a value is, in a user's words."""
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
    return "nothing" if value is None else kinds.get(type(value), "a list")


def _hint(value: object) -> str:
    if isinstance(value, str) and isinstance(parse_value(value), float):
        return f": in YAML an exponent needs a point before it and a sign, as in {parse_value(value):.1e}"
    return ""


DEFAULT_PARAMS = "params/report.yaml"


def chapter_files() -> dict[str, Path]:
    """The book's chapters in order, name -> source, as _toc.yml lists them; pages of prose are left out."""

    def pages(entry: dict) -> Iterator[str]:
        yield from (entry[kind] for kind in ("root", "file") if kind in entry)
        for kind in ("parts", "chapters", "sections"):
            for child in entry.get(kind, ()):
                yield from pages(child)

    contents = yaml.safe_load((repository() / "_toc.yml").read_text(encoding="utf-8"))
    sources = (repository() / f"{page}.py" for page in pages(contents))
    return {source.stem: source for source in sources if source.exists()}


def parameters(params_file: Path | str | None, overrides: Mapping[str, object] | None = None) -> dict[str, object]:
    """A parameter file's values with the overrides in their place, all of them checked."""
    sources, known = list(chapter_files().values()), models.hyperparameters() | plan.PARAMETERS
    file = Path(params_file or os.environ.get("COLORIZE_PARAMS") or repository() / DEFAULT_PARAMS)
    shown = file.relative_to(repository()) if file.is_relative_to(repository()) else file
    values = load(file)
    check(values, sources, known, f"in {shown}")
    check(overrides or {}, sources, known, "given with -p")
    return {**values, **(overrides or {})}


def _for_chapter(chapter: str, values: Mapping[str, object]) -> dict[str, object]:
    return for_chapter(values, chapter_files()[chapter], models.hyperparameters())
