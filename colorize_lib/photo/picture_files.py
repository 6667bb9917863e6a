"""Files of photographs: read, coloured and written, with what they say of themselves."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from colorize_lib import files
from colorize_lib.data import decode
from colorize_lib.files import ColorizeError
from colorize_lib.photo.colorize import colorize

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
JPEG_SIDE, EXIF_BYTES = 65500, 65500  # the longest that a JPEG file can hold
SAVE_OPTIONS = {"PNG": {"compress_level": 4}, "JPEG": {"quality": 95, "subsampling": "4:4:4"}}


class Unreadable(ColorizeError):
    """A file is not there, or not a picture; others may be."""


def read_photograph(path: Path) -> tuple[np.ndarray, bytes]:
    """A picture file's uint8 RGB (H, W, 3), upright, and its EXIF block, which may be empty.

    The block says no orientation any more, since it is applied. Raises Unreadable where there is no file, or none
    that can be read as a picture.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise Unreadable(f"There is no photograph at {path}: check the path.") from error
    except OSError as error:
        raise Unreadable(f"{path} cannot be read ({error.strerror}): name a file to read.") from error
    try:
        return decode.decode(data), _exif(data)
    except decode.Rejected as reason:
        raise Unreadable(
            f"{path} cannot be read as a photograph ({reason}): open it in an image viewer and save it as PNG or JPEG."
        ) from reason


def _exif(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=decode.FORMATS) as image:
            exif = image.getexif()
            exif.pop(ExifTags.Base.Orientation, None)
            block = exif.tobytes() if exif else b""
    except Exception:  # The picture was read; a damaged block of remarks is not worth losing it.
        return b""
    return block if len(block) <= EXIF_BYTES else b""


def colorize_file(source: Path, target: Path, *, model, seed: int = 0, **options) -> None:
    """Colorize the photograph in `source` into `target`, PNG or JPEG by its suffix.

    EXIF goes along; colour profiles and transparency do not. Raises ColorizeError where `target` is the
    source itself, also by another name, or cannot be written.
    """
    source, target = Path(source), Path(target)
    _check_suffix(target)
    if target.is_dir():
        raise ColorizeError(f"{target} is a folder: name the file to write.")
    image, exif = read_photograph(source)
    if target.exists() and target.samefile(source):
        raise ColorizeError(f"{target} is the photograph itself and is never overwritten: name another file.")
    _save(colorize(image, model=model, seed=seed, **options), target, exif)


def _check_suffix(target: Path) -> None:
    if target.suffix.lower() not in FORMATS:
        raise ColorizeError(f"{target} says neither PNG nor JPEG: let it end in {', '.join(FORMATS)}.")


def _save(rgb: np.ndarray, target: Path, exif: bytes) -> None:
    kind = FORMATS[target.suffix.lower()]
    if kind == "JPEG" and max(rgb.shape) > JPEG_SIDE:
        raise ColorizeError(f"{target} would exceed a JPEG's {JPEG_SIDE} pixels a side: let it end in .png.")
    try:
        with files.atomic(target) as temporary:
            Image.fromarray(rgb).save(temporary, kind, exif=exif, **SAVE_OPTIONS[kind])
    except OSError as error:
        raise ColorizeError(f"{target} cannot be written ({error}): name a place to write to.") from error


def output_paths(sources: Sequence[Path], target: Path, samples: int = 1) -> list[tuple[tuple[Path, int], Path]]:
    """Where each colorization goes: ((source, number of the sample from 0 on), path), source by source.

    One sample of one source may be given a file's name. Otherwise `target` is a folder, there already or
    without a suffix, and the names are NAME-color.png, NAME-color-2.png and so on. Raises ColorizeError where
    a file would be written twice, or over one of the sources.
    """
    sources, target = [Path(source) for source in sources], Path(target)
    if target.is_file() or (target.suffix and not target.is_dir()):
        if (count := len(sources) * samples) > 1:
            raise ColorizeError(f"{target} is one file and {count} are to be written: name a folder.")
        _check_suffix(target)
        results = [((source, 0), target) for source in sources]
    else:
        results = [
            ((source, number), target / f"{source.stem}-color{f'-{number + 1}' if number else ''}.png")
            for source in sources
            for number in range(samples)
        ]
    _check_conflicts(results)
    return results


def _check_conflicts(results: list[tuple[tuple[Path, int], Path]]) -> None:
    inputs = {_identity(source) for (source, _), _ in results} - {None}
    owners: dict[str, Path] = {}
    for (source, _), path in results:
        # In lower case, since some file systems take A.png and a.png for one file.
        if (other := owners.setdefault(str(path).lower(), source)) is not source:
            raise ColorizeError(f"{other} and {source} would both become {path}: use two folders.")
        if _identity(path) in inputs:
            raise ColorizeError(f"{path} is one of the photographs and is never overwritten: name another.")


def _identity(path: Path) -> tuple[int, int] | None:
    """What is the same for all names of a file, links too; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
