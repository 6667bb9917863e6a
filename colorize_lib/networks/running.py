"""Running a frozen network over many images, a batch at a time."""

import contextlib
from collections.abc import Callable, Sequence

import keras
import numpy as np
from tqdm import tqdm

PROGRESS_FROM = 500  # images; fewer take less than half a minute


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
