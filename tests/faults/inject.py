"""Does the suite notice? Faults are put into a copy of the checkout one after the other, and the tests run on each.

    python tests/faults/inject.py [NAME ...]

No part of the suite, which would take as many times as long: run it by hand before and after the tests are changed. A
fault is a line of the library and what takes its place, looked for in all files, so that it survives moves. The tests
of the room are run first, as `pytest -k` finds them, then all the others, each time the slow ones that need no data set
last.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
STAGES = (
    ("-k", "{near}"),
    ("-k", "{near}", "-m", "slow", "--ignore", "tests/metrics"),
    ("-k", "not ({near})"),
    ("-k", "not ({near})", "-m", "slow", "--ignore", "tests/metrics"),
)


class Fault(NamedTuple):
    """What is changed, and a `-k` expression of the tests that should see it first."""

    near: str
    right: str
    wrong: str


FAULTS = {
    "ground: Cb and Cr swapped": Fault(
        "test_color or test_photo",
        "return (rgb[..., 2:3] - y) / CB_SCALE, (rgb[..., 0:1] - y) / CR_SCALE",
        "return (rgb[..., 0:1] - y) / CR_SCALE, (rgb[..., 2:3] - y) / CB_SCALE",
    ),
    "ground: the old file goes before the new one is there": Fault(
        "test_files",
        'temporary = path.with_name(f".{os.getpid()}-{path.name}")\n',
        'temporary = path.with_name(f".{os.getpid()}-{path.name}")\n    path.unlink(missing_ok=True)\n',
    ),
    "data: the reference is taken from the training photographs": Fault(
        "splits or prepared or sources",
        'halves = {"validation": 1, "reference": 1}\n    return {"train": {"train": 1}, held_out[0]: halves',
        'halves = {"validation": 1}\n    return {"train": {"train": 1, "reference": 1}, held_out[0]: halves',
    ),
    "networks: sign of a folded normalisation": Fault(
        "networks or inception or efficientnet", "(beta - mean * scale)", "(beta + mean * scale)"
    ),
    "metrics: KID keeps the pairs of an image with itself": Fault(
        "frechet", "if x is y and i == j:", "if x is y and i > j:"
    ),
    "models: a pixel sees the one after it": Fault("coltran", "HIDDEN, np.float32), 1)", "HIDDEN, np.float32), 2)"),
    "models: sign of the v-prediction": Fault(
        "palette",
        "ops.sqrt(gamma) * noise - ops.sqrt(loss) * clean",
        "ops.sqrt(gamma) * noise + ops.sqrt(loss) * clean",
    ),
    "runs: a run that is taken up sees the first batches again": Fault(
        "test_training",
        "Feed(batches, position.steps, config.steps)",
        "Feed(batches, 0, config.steps - position.steps)",
    ),
    "runs: the reference is of the photographs that are coloured": Fault(
        "test_evaluation or test_scoring", 'self._read("reference")', "self._read(self.split)"
    ),
    "photo: EXIF keeps the orientation that was applied": Fault(
        "test_photo or test_photo_files", "exif.pop(ExifTags.Base.Orientation, None)", "exif.get(0)"
    ),
    "study: a task is done that another process is at": Fault("test_workers", "if not claimed:", "if None:"),
    "report: Holm's factors in the wrong order": Fault(
        "statistics or differences", "np.arange(len(p), 0, -1)", "np.arange(1, len(p) + 1)"
    ),
    "book: a stale notebook is taken for a good one": Fault(
        "test_book or test_build", "if _stored_key(target) == key:", "if _stored_key(target):"
    ),
    "commands: an error ends with exit code 0": Fault("test_cli or test_main", "sys.exit(2)", "sys.exit(0)"),
}


def copied(folder: Path) -> Path:
    """A copy of the checkout's files, tracked or new."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def place_of(fault: Fault, folder: Path) -> Path:
    """The one file of the library that holds the line."""
    holders = [path for path in (folder / "colorize_lib").rglob("*.py") if fault.right in path.read_text()]
    if len(holders) != 1 or holders[0].read_text().count(fault.right) != 1:
        raise SystemExit(f"{fault.right!r} stands {len(holders)} times in the library: adapt the fault.")
    return holders[0]


def caught_by(fault: Fault, folder: Path) -> str:
    """The first test that fails on the fault, or that none does."""
    path = place_of(fault, folder)
    whole = path.read_text()
    path.write_text(whole.replace(fault.right, fault.wrong))
    try:
        for stage in STAGES:
            options = [word.format(near=fault.near) for word in stage]
            command = [sys.executable, "-m", "pytest", "-x", "--no-header", *options]
            environment = {**os.environ, "PYTHONPATH": str(folder)}
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
            if done.returncode not in (0, 5):  # 5: no test was chosen
                found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
                return found[1] if found else f"exit code {done.returncode}: {done.stdout[-200:]}"
        return "no test"
    finally:
        path.write_text(whole)


def main() -> None:
    chosen = sys.argv[1:] or list(FAULTS)
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
        for fault in FAULTS.values():
            place_of(fault, root)
        for name in chosen:
            print(f"{name}: {caught_by(FAULTS[name], root)}", flush=True)


if __name__ == "__main__":
    main()
