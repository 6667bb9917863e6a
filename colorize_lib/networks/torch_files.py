"""State dictionaries in PyTorch's two file formats, read as NumPy arrays without PyTorch or its pickles' power.

Both formats pickle an ordered dictionary of tensors, each a call of `torch._utils._rebuild_tensor_v2` on a persistent
id that names a storage. The format since PyTorch 1.6 is a zip archive with a member for each storage; the older one is
a row of pickles (magic number, version, machine, dictionary, keys) and then the storages, each with its length.
"""

import collections
import dataclasses
import io
import zipfile
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np

from colorize_lib.files import ColorizeError
from colorize_lib.networks.pickles import ArrayUnpickler
from colorize_lib.networks.weights import Arrays

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C


@dataclasses.dataclass(frozen=True)
class Storage:
    """The numbers of one or several tensors."""

    key: str
    dtype: np.dtype


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A tensor's place in its storage, in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self, content: bytes) -> np.ndarray:
        numbers = np.frombuffer(content, self.storage.dtype)[self.offset :]
        last = sum((n - 1) * stride for n, stride in zip(self.shape, self.strides, strict=True))
        if min(self.shape, default=1) < 1 or min(self.strides, default=0) < 0 or not 0 <= last < len(numbers):
            raise ColorizeError(f"A tensor {self.shape} does not lie in its storage of {len(numbers)}: fetch it anew.")
        steps = [stride * numbers.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(numbers, self.shape, steps, writeable=False).copy()


def _rebuild_tensor(storage, offset, shape, strides, *_) -> Tensor:
    return Tensor(storage, offset, tuple(shape), tuple(strides))


class _StateUnpickler(ArrayUnpickler):
    ADMITTED: Mapping[tuple[str, str], object] = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch", "FloatStorage"): np.dtype("<f4"),
        ("torch", "DoubleStorage"): np.dtype("<f8"),
        ("torch", "LongStorage"): np.dtype("<i8"),
    }

    def persistent_load(self, pid) -> Storage:
        _, dtype, key, *_ = pid
        return Storage(str(key), dtype)


def read_state(content: bytes) -> Arrays:
    """The tensors of a file made by `torch.save` of a state dictionary, by name.

    Raises:
        ColorizeError: the file holds anything but tensors of numbers, or is none of the two formats.
    """
    file = io.BytesIO(content)
    tensors, contents = _read_zip(file) if zipfile.is_zipfile(file) else _read_legacy(file)
    return {name: tensor.array(contents[tensor.storage.key]) for name, tensor in tensors.items()}


def _read_zip(file: BinaryIO) -> tuple[dict[str, Tensor], dict[str, bytes]]:
    with zipfile.ZipFile(file) as archive:
        (pickled,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        tensors = _StateUnpickler(io.BytesIO(archive.read(pickled))).load()
        folder = pickled.removesuffix(".pkl")
        keys = {tensor.storage.key for tensor in tensors.values()}
        return tensors, {key: archive.read(f"{folder}/{key}") for key in keys}


def _read_legacy(file: BinaryIO) -> tuple[dict[str, Tensor], dict[str, bytes]]:
    file.seek(0)
    if _StateUnpickler(file).load() != LEGACY_MAGIC:
        raise ColorizeError("A file of weights is not one of torch.save: delete it, and it is fetched again.")
    _StateUnpickler(file).load(), _StateUnpickler(file).load()  # version of the format, and the machine's word sizes
    tensors = _StateUnpickler(file).load()
    widths = {tensor.storage.key: tensor.storage.dtype.itemsize for tensor in tensors.values()}
    contents = {}
    for key in map(str, _StateUnpickler(file).load()):
        count = int.from_bytes(file.read(8), "little")
        contents[key] = file.read(count * widths[key])
    return tensors, contents
