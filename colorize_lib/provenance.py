"""Provenance: when, by which code and on which machine something was made or measured."""

import datetime
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

from colorize_lib.files import repository


def today() -> str:
    """Today's date in universal time, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def environment(backend: str) -> dict:
    """Date, commit, versions and hardware: what a manifest says of how a run was made.

    Args:
        backend: "tensorflow" or "jax"; "" where none was used.
    """
    packages = ["keras", "numpy", *{"tensorflow": ["tensorflow"], "jax": ["jax", "jaxlib"]}.get(backend, [])]
    versions = {name: _version(name) for name in packages}
    return {
        "date": today(),
        "commit": _commit(),
        "backend": backend,
        "versions": {"python": platform.python_version(), **versions},
        "hardware": hardware(backend),
    }


def hardware(backend: str) -> dict[str, object]:
    """The processor, how many of its cores this process may use, and the accelerator that the backend computes on."""
    return {"processor": _processor(), "cores": _cores(), **_accelerator(backend)}


def columns() -> dict[str, object]:
    """Hardware, commit and date as columns of a table that spans runs."""
    made = environment("")
    return {"hardware": hardware_text(made["hardware"]), "commit": made["commit"], "date": made["date"]}


def hardware_text(parts: dict[str, object]) -> str:
    """`hardware` for a reader: "AMD EPYC, 2 cores", or the accelerator if there was one."""
    if "accelerator" in parts:
        return parts["accelerator"]
    cores = parts["cores"]
    return f"{parts['processor']}, {cores} core{'s' if cores > 1 else ''}"


def _version(name: str) -> str | None:
    for candidate in (name, f"{name}-cpu"):
        try:
            return importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _commit() -> str | None:
    """The checkout's commit, with "+" if files other than results differ from it; None if git cannot say."""
    git = ["git", "-C", str(repository())]
    try:
        head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", ".", ":(exclude)results"], check=False)
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changed.returncode else "")


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _accelerator(backend: str) -> dict[str, str]:
    """The device that JAX computes on, if that is not the processor."""
    if backend != "jax":
        return {}
    import jax

    device = jax.devices()[0]
    return {} if device.platform == "cpu" else {"accelerator": device.device_kind}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
