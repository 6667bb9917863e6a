"""Pictures in a folder, decoded when they are asked for, so that a set may be larger than the memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from colorize_lib.data import decode
from colorize_lib.files import ColorizeError

SUFFIXES = frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in decode.FORMATS)


class Pictures(Sequence[np.ndarray]):
    """The picture files in a folder and in the folders within it: a sequence of uint8 RGB (H, W, 3) of any sizes.

    Attributes:
        names: of each picture, its path in the folder without the suffix; in alphabetical order.
    """

    def __init__(self, folder: Path):
        folder = Path(folder)
        if not folder.is_dir():
            raise ColorizeError(f"There is no folder {folder}: name one that holds pictures.")
        found = (path for path in folder.rglob("[!.]*") if path.suffix.lower() in SUFFIXES and path.is_file())
        paths: dict[str, Path] = {}
        for path in sorted(found):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if name in paths:
                raise ColorizeError(f"{path} and {paths[name]} have one name: take one of them out of the folder.")
            paths[name] = path
        if not paths:
            raise ColorizeError(f"The folder {folder} holds no picture files: name another.")
        self.names = sorted(paths)
        self._paths = [paths[name] for name in self.names]

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> np.ndarray:
        path = self._paths[index]
        try:
            return decode.decode(path.read_bytes())
        except decode.Rejected as reason:
            raise ColorizeError(
                f"{path} cannot be read as a picture ({reason}): take it out of the folder."
            ) from reason
