"""The pictures and numbers for which tests know the answers of other programs, and where those answers are.

`bench.metrics_reference`, which asks the other programs, takes its inputs from here and writes REFERENCE: the file
belongs to the tests, so they say what is asked.
"""

import functools
from pathlib import Path

import numpy as np

from colorize_lib import color
from colorize_lib.data import decode
from colorize_lib.files import repository

REFERENCE = Path(__file__).parent / "fixtures" / "metrics_reference.npz"
SMALL = 8  # photographs of each size


@functools.cache
def photographs(size: int, count: int) -> np.ndarray:
    """The first photographs of book/photos at a size: uint8 (count, size, size, 3), not to be written to."""
    paths = sorted((repository() / "book" / "photos").glob("*.jpg"))[:count]
    pictures = np.stack([decode.photograph(path.read_bytes(), size) for path in paths])
    pictures.flags.writeable = False
    return pictures


def picture_pairs(size: int) -> np.ndarray:
    """32 pairs (2, 32, size, size, 3): 16 photographs beside themselves in gray, and beside another photograph."""
    pictures = photographs(size, 16)
    gray = color.gray_rgb(pictures)
    return np.stack([np.concatenate([pictures, pictures]), np.concatenate([gray, np.roll(pictures, 1, axis=0)])])


def random_features() -> np.ndarray:
    """Two sets of features: float32 (2, 60, 16)."""
    random = np.random.RandomState(0)  # whose numbers NumPy keeps for good
    return np.stack([random.rand(60, 16), random.rand(60, 16) ** 2]).astype(np.float32)


def random_logits() -> np.ndarray:
    """Logits of 30 classes for 200 images: float32 (200, 30)."""
    random = np.random.RandomState(0)
    random.rand(2, 60, 16)  # the features, which were drawn first
    return (3 * random.randn(200, 30)).astype(np.float32)


def small_inputs() -> dict[str, np.ndarray]:
    """All that the other programs were asked for, by the names under which REFERENCE has their answers."""
    return {
        **{f"images/{size}": photographs(size, SMALL) for size in (32, 64, 256)},
        **{f"pairs/{size}": picture_pairs(size) for size in (32, 64)},
        "features/random": random_features(),
        "logits/random": random_logits(),
    }
