"""The house: a room imports only from rooms below its own, and files stay small."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "colorize_lib"
SOURCES = sorted(PACKAGE.rglob("*.py"))


def imported_modules(source):
    """Dotted names of the modules that a source imports from."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_a_room_imports_only_from_rooms_below_its_own():
    """The rooms in their order are in pyproject.toml, where each has to be named."""
    lint = "from importlinter import cli; raise SystemExit(cli.lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


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


def test_the_command_line_starts_without_a_backend():
    check = (
        "import sys; from colorize_lib.commands import main; light = set(sys.modules)\n"
        "from colorize_lib.book import build; from colorize_lib.photo import picture_files\n"
        "from colorize_lib.study import plan; from colorize_lib.report import figures, explorers, study_tables\n"
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
    assert PACKAGE / "color.py" in texts
    found = {str(path.relative_to(ROOT)): names for path, text in texts.items() if (names := foreign_names(text))}
    assert not found


@pytest.mark.parametrize(
    "text",
    ["cd /wor{}k/main", "open('/tm{}p/x')", "../share{}d/x", "https://pyp{}i.org/simple", "registry.npmj{}s.org"],
)
def test_such_names_would_be_seen(text):
    assert foreign_names(text.format(""))
    assert not foreign_names(text)
