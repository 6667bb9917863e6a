"""The house: a file imports only from floors below its own, and stays small."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "colorize_lib"
FLOORS = {
    0: "backend color files guided schedules samplers",
    1: "data optimizers provenance",
    2: "models metrics",
    3: "runs params checkpoints measurement search",
    4: "training evaluation photo tables verdicts",
    5: "showcase speed",
    6: "study",
    7: "figures widgets book scheduler",
    8: "findings cluster live",
    9: "comparison study_cli",
    10: "cli __main__ discussion",
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names.split()}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def room(path):
    """The module or package directly under colorize_lib that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(source):
    """Dotted names of what a source imports; of `from A import B` both A and A.B, since B may be a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import hides which floor it goes to"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_rooms(source):
    names = (name.split(".") for name in imported_modules(source))
    return {parts[1] for parts in names if parts[0] == "colorize_lib" and len(parts) > 1}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path):
    own = room(path)
    if own == "__init__":
        return
    for other in imported_rooms(path.read_text()):
        assert other == own or FLOOR[other] < FLOOR[own] or own == "__main__", f"{own} imports {other}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_small(path):
    assert len(path.read_text().splitlines()) <= 400
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, node.name


def test_models_know_keras_alone():
    paths = list((PACKAGE / "models").rglob("*.py"))
    used = {path: {name.split(".")[0] for name in imported_modules(path.read_text())} for path in paths}
    assert any("keras" in names for names in used.values())
    for path, names in used.items():
        assert not names & {"tensorflow", "jax", "torch"}, path


def test_every_way_to_import_is_seen():
    source = """
import colorize_lib.book
from colorize_lib import files, runs as kept
from colorize_lib.data.prepared import load
def later():
    from colorize_lib.metrics import inception
"""
    assert imported_rooms(source) == {"book", "files", "runs", "data", "metrics"}
    with pytest.raises(AssertionError, match="relative"):
        imported_rooms("from . import book")


def test_every_room_has_a_floor():
    assert {room(path) for path in SOURCES} - {"__init__"} == set(FLOOR)


def test_the_command_line_starts_without_a_backend():
    check = (
        "import sys; from colorize_lib import cli; light = set(sys.modules)\n"
        "from colorize_lib import book, photo, study, figures, widgets\n"
        "for loaded in (light, set(sys.modules)): print({'keras', 'tensorflow', 'jax', 'torch'} & loaded)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "set()"]


# The brackets keep these patterns from finding themselves.
OF_ONE_MACHINE = {
    "a folder of one machine": r"(?<![\w.-])/wor[k]\b|(?<![\w.-])/tm[p]/|\bshare[d]/",
    "a package registry": r"pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.(com|org)|yarnpk[g]\.com|anacond[a]\.(com|org)",
}
NOT_OURS = ("requirements.txt", "requirements-gpu.txt", "requirements-cluster.txt", "book/vendor/")


def foreign_names(text):
    return [f"{what}: {match[0]}" for what, pattern in OF_ONE_MACHINE.items() for match in re.finditer(pattern, text)]


@pytest.mark.skipif(not shutil.which("git") or not (ROOT / ".git").exists(), reason="not a checkout")
def test_no_tracked_text_names_a_registry_or_a_folder_of_one_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tracked = [ROOT / name for name in listed.split("\0") if name and not name.startswith(NOT_OURS)]
    contents = {path: path.read_bytes() for path in tracked if path.is_file()}
    texts = {path: content.decode("utf-8") for path, content in contents.items() if b"\0" not in content}
    assert PACKAGE / "cli.py" in texts
    found = {str(path.relative_to(ROOT)): names for path, text in texts.items() if (names := foreign_names(text))}
    assert not found


@pytest.mark.parametrize(
    "text",
    ["cd /wor{}k/main", "open('/tm{}p/x')", "../share{}d/x", "https://pyp{}i.org/simple", "registry.npmj{}s.org"],
)
def test_such_names_would_be_seen(text):
    assert foreign_names(text.format(""))
    assert not foreign_names(text)
