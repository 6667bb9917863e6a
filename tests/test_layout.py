"""The house: a file imports only from floors below its own, and stays small."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "colorize_lib"
FLOORS = {
    0: "color files guided",
    1: "data optimizers",
    2: "models metrics",
    3: "runs params checkpoints",
    4: "training evaluation photo",
    5: "study",
    6: "figures widgets book",
    7: "cli __main__",
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names.split()}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def room(path):
    """The module or package directly under colorize_lib that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "colorize_lib":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("colorize_lib."):
            yield node.module.split(".")[1]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path):
    own = room(path)
    if own == "__init__":
        return
    for other in imported_rooms(path):
        assert other == own or FLOOR[other] < FLOOR[own] or own == "__main__", f"{own} imports {other}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_small(path):
    assert len(path.read_text().splitlines()) <= 400
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, node.name


def test_models_know_keras_alone():
    for path in (PACKAGE / "models").glob("*.py"):
        names = {
            name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert not names & {"tensorflow", "jax", "torch"}, path


def test_the_command_line_starts_without_a_backend():
    check = (
        "import sys; from colorize_lib import cli, book, photo, study, figures, widgets; print('keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
