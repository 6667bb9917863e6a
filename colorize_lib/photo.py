"""One's own photographs: a small model's colours on a picture of any size, which keeps its own luma.

The model sees the picture reduced to its own size and gives the chroma; the luma stays the photograph's,
pixel for pixel. Memory beyond the picture, its luma (4 bytes a pixel) and the result is bounded: the full
size is met in strips of rows only.
"""

import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from colorize_lib import color, files, guided
from colorize_lib.data import decode
from colorize_lib.files import ColorizeError

# The chroma is doubled in size, each time along the luma's edges, while it has at most so many pixels.
PYRAMID_PIXELS = 2**21
STRIP_PIXELS = 2**18
# A picture longer than this many times its short side is squeezed for the model, which bounds the number of
# windows.
LONGEST = 64

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
JPEG_SIDE, EXIF_BYTES = 65500, 65500  # the longest that a JPEG file can hold
SAVE_OPTIONS = {"PNG": {"compress_level": 4}, "JPEG": {"quality": 95, "subsampling": "4:4:4"}}


def colorize(image: np.ndarray, *, family: str = "pix2pix", seed: int = 0, model=None, **options) -> np.ndarray:
    """A photograph with colours from a model, at its own size and with its own luma.

    Args:
        image: uint8 (H, W), (H, W, 1) or (H, W, 3); of colours that it has only the luma is used.
        family: the recorded model to load where `model` is None.
        seed: the same seed gives the same colours.
        model: has `image_size` S and `sample(gray, seed=)`, float32 (N, S, S, 1) to (N, S, S, 3), both in
            [-1, 1].
        options: of the family's sampler, such as `steps` of Palette's.

    Returns:
        uint8 (H, W, 3); its Rec. 601 luma is that of `image` within one level.

    Raises:
        ColorizeError: the array is not such an image, there is no recorded model of that family, or its sampler
            does not know an option.
    """
    rgb = _checked(image)
    if model is None:
        from colorize_lib import runs  # lazily: it brings Keras and a backend along

        model = runs.load_model(family)
    y = _luma(rgb)
    upsampler = _upsampler(y, model, seed, options)
    result = np.empty((*rgb.shape[:2], 3), np.uint8)
    for top, bottom in _strips(rgb.shape):
        cb_cr = upsampler(y[top:bottom], (top / len(y), bottom / len(y)))
        result[top:bottom] = color.to_uint8(color.compose(y[top:bottom], cb_cr))
    return result


def _checked(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    planes = image[..., None] if image.ndim == 2 else image
    if image.dtype != np.uint8 or planes.ndim != 3 or planes.shape[-1] not in (1, 3) or planes.size == 0:
        raise ColorizeError(
            f"A photograph has to be a uint8 array (H, W), (H, W, 1) or (H, W, 3), and this is {image.dtype} "
            f"{image.shape}: convert it first."
        )
    return planes


def _strips(shape: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First row and the row after the last one of each strip."""
    rows = max(1, STRIP_PIXELS // shape[1])
    for top in range(0, shape[0], rows):
        yield top, min(top + rows, shape[0])


def _luma(planes: np.ndarray) -> np.ndarray:
    """Luma float32 (H, W, 1) in [-1, 1] of uint8 (H, W, 1 or 3)."""
    y = np.empty((*planes.shape[:2], 1), np.float32)
    for top, bottom in _strips(planes.shape):
        strip = color.to_float(planes[top:bottom])
        y[top:bottom] = strip if planes.shape[-1] == 1 else color.luma(strip)
    return y


def _upsampler(y: np.ndarray, model, seed: int, options: dict) -> guided.Upsampler:
    """The model's chroma for the luma `y` (H, W, 1), refined step by step to some megapixels.

    Fitting anew on each doubled grid finds finer edges than one fit on the model's own: 32x32 chroma of
    256x256 photographs comes out at 37.3 dB (PSNR of the chroma planes), with one fit at 37.1, by bicubic
    interpolation at 36.2.
    """
    guide = _reduce(y, _model_grid(y.shape, model.image_size))
    upsampler = guided.Upsampler(guide, _sample_chroma(model, guide, seed, options))
    while guide.shape[:2] != y.shape[:2] and 4 * guide.size <= PYRAMID_PIXELS:
        height, width = (min(2 * side, full) for side, full in zip(guide.shape, y.shape[:2], strict=False))
        guide = _reduce(y, (height, width))
        upsampler = guided.Upsampler(guide, upsampler(guide))
    return upsampler


def _reduce(y: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Area means, as training pictures are made; interpolated where the picture's own side is shorter."""
    if size[0] <= y.shape[0] and size[1] <= y.shape[1]:
        return guided.area_resize(y, size)
    return guided.resize(y, size, guided.BILINEAR)


def _model_grid(shape: Sequence[int], size: int) -> tuple[int, int]:
    """Height and width of the picture when its short side is the model's."""
    short = min(shape[:2])
    return tuple(size * min(side, LONGEST * short) // short for side in shape[:2])


def _sample_chroma(model, gray: np.ndarray, seed: int, options: dict) -> np.ndarray:
    """The model's chroma (h, w, 2) for `gray` (h, w, 1), one side of which is the model's.

    Squares that overlap by half or more cover the picture, since models are trained on undistorted squares;
    all get the same seed, and each fades out towards its sides.
    """
    if gray.shape[0] > gray.shape[1]:
        return _sample_chroma(model, gray.swapaxes(0, 1), seed, options).swapaxes(0, 1)
    size, width = model.image_size, gray.shape[1]
    count = 1 + math.ceil((width - size) / max(1, size // 2))
    lefts = np.linspace(0, width - size, count).round().astype(int)
    fade = np.sin(np.pi * (np.arange(size) + 0.5) / size).astype(np.float32)[:, None] ** 2
    windows = np.stack([gray[:, left : left + size] for left in lefts])
    total, weight = np.zeros((size, width, 2), np.float32), np.zeros((width, 1), np.float32)
    for left, rgb in zip(lefts, model.sample(windows, seed=[seed] * count, **options), strict=True):
        total[:, left : left + size] += fade * color.chroma(rgb)
        weight[left : left + size] += fade
    return total / weight


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


def colorize_file(source: Path, target: Path, *, family: str = "pix2pix", seed: int = 0, model=None, **options) -> None:
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
    _save(colorize(image, family=family, seed=seed, model=model, **options), target, exif)


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
