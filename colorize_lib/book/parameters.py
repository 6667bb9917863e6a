"""Parameter files: flat YAML, each of which is a study, and the few keys of it that a chapter lets a reader change.

A key is a field of the study, FAMILY_FIELD for a hyper-parameter of a family, such as `pix2pix_learning_rate`, or a
parameter of a chapter's own. Values are numbers, texts, truth values and lists of them. A file names itself in its key
`study_file`: papermill hands a chapter the file's keys and not its name, and a chapter reads from the file whatever its
own `parameters` cell leaves out.
"""

import ast
import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import jupytext
import yaml

from colorize_lib.files import ColorizeError, repository
from colorize_lib.study.plan import Study
from colorize_lib.validation import nearest, validated

DEFAULT = "params/report.yaml"


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


def declared(chapter: Path) -> dict[str, object]:
    """The parameters of a chapter and their defaults, in order; None stands for what the study's file says.

    The chapter is read, not executed.
    """
    try:
        return dict(_declared_in(chapter, chapter.read_text(encoding="utf-8")))
    except (OSError, SyntaxError) as error:
        raise ColorizeError(f"The parameters of {chapter} cannot be read ({error}).") from error


@functools.lru_cache  # reading all chapters takes a second, and each reads the keys of all, twice
def _declared_in(chapter: Path, text: str) -> Mapping[str, object]:
    cells = [c for c in jupytext.reads(text, fmt="py").cells if "parameters" in c.metadata.get("tags", [])]
    statements = [statement for cell in cells for statement in ast.parse(cell.source).body]
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


def known_keys() -> dict[str, object]:
    """Every key of parameter files with the type of its value: of the study, and of chapters.

    Raises:
        ColorizeError: a chapter gives a key of the study a value of its own, or two chapters mean different things.
    """
    of_study = {"study_file": str, **Study.keys()}
    own: dict[str, object] = {}
    for chapter in chapter_files().values():
        for name, default in declared(chapter).items():
            if name == "study_file":
                continue
            if (name in of_study) != (default is None):
                reason = "the study's" if name in of_study else "no key of the study"
                raise ColorizeError(
                    f"{name} in {chapter.name} is {reason}: a chapter gives None to keys of the study, which its "
                    "file fills in, and a value to its own."
                )
            if default is not None and own.setdefault(name, type(default)) is not type(default):
                raise ColorizeError(f"{name} has another type in {chapter.name} than in a chapter before: rename it.")
    return of_study | own


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


def parameters(params_file: Path | str | None = None, overrides: Mapping[str, object] | None = None) -> dict:
    """A parameter file's values, with overrides in their place, all of them checked.

    Args:
        params_file: a path, also from the repository's root; by default what COLORIZE_PARAMS names, or DEFAULT.
        overrides: values that take the place of the file's.

    Raises:
        ColorizeError: a key that nobody knows, a value of the wrong type, or a file that calls itself by another name.
    """
    path = _found(params_file or os.environ.get("COLORIZE_PARAMS") or DEFAULT)
    values, keys = load(path), known_keys()
    for source, given in ((f"in {_shown(path)}", values), ("given with -p", overrides or {})):
        for name, value in given.items():
            if name not in keys:
                raise ColorizeError(f"{name} {source} is no parameter: {nearest(name, keys)}")
            validated(f"{name} {source}", keys[name], value)
    named = values.get("study_file")
    if named is None or not (repository() / named).exists() or not (repository() / named).samefile(path):
        raise ColorizeError(
            f"{_shown(path)} has to say `study_file: {_shown(path)}` and says {named}: chapters that papermill "
            "executes find the file by this key."
        )
    return values | dict(overrides or {})


def for_chapter(chapter: str, values: Mapping[str, object], overrides: Mapping[str, object]) -> dict[str, object]:
    """What papermill hands to a chapter: the study's file, the chapter's own keys, and what overrides of its keys."""
    names = declared(chapter_files()[chapter])
    own = {name for name, default in names.items() if default is not None} | set(overrides)
    return {name: values[name] for name in names if name in own and name in values}


def study(study_file: Path | str = DEFAULT, **changes: object) -> Study:
    """The study of a parameter file.

    Args:
        study_file: a path, also from the repository's root.
        changes: values that take the place of the file's, but for None, which changes nothing.
    """
    values = parameters(study_file, {name: value for name, value in changes.items() if value is not None})
    known = Study.keys()
    return Study.create({name: value for name, value in values.items() if name in known})


def _found(path: Path | str) -> Path:
    """A path as it is, or from the repository's root where there is none."""
    path = Path(path)
    return path if path.exists() or path.is_absolute() else repository() / path


def _shown(path: Path) -> str:
    """A path as a parameter file names it: from the repository's root where it lies in it."""
    path = path.resolve()
    return str(path.relative_to(repository().resolve()) if path.is_relative_to(repository().resolve()) else path)


def _only(targets: list) -> ast.expr:
    (target,) = targets
    return target


def _is_flat(value: object) -> bool:
    if isinstance(value, list):
        return all(not isinstance(element, list) and _is_flat(element) for element in value)
    return value is None or isinstance(value, bool | int | float | str)
