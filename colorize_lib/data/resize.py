"""Shrinking pictures: each pixel becomes the mean of the area that it covers."""

import functools

import numpy as np
from scipy import sparse

STRIP = 512  # rows that are in memory as float64 at a time: eight times what the picture takes


def area_resize(pixels: np.ndarray, size: int | tuple[int, int]) -> np.ndarray:
    """A picture shrunk by area means, also where the ratio is not a whole number: a pixel that lies across a border
    counts for the part inside. Pillow's BOX filter counts it whole or not at all, which moves edges.

    Args:
        pixels: (H, W, C), uint8 or floats.
        size: height and width of the result, neither larger than the picture's, or the side of a square one.

    Returns:
        (height, width, C): of uint8 the means rounded half up, of floats the means as float32. The sums are taken in
        float64 with whole numbers as weights; those of uint8 stay below 2^53, so that every machine gets the same bits.
    """
    shape, area = (size, size) if isinstance(size, int) else tuple(size), pixels.shape[0] * pixels.shape[1]
    if pixels.shape[:2] == shape:
        return pixels
    of_rows = _weighted_sums(pixels, shape[0])
    sums = np.ascontiguousarray(_weighted_sums(of_rows.swapaxes(0, 1), shape[1]).swapaxes(0, 1))
    if pixels.dtype != np.uint8:
        return (sums / area).astype(np.float32)
    return ((2 * sums.astype(np.int64) + area) // (2 * area)).astype(np.uint8)


def _weighted_sums(pixels: np.ndarray, size: int) -> np.ndarray:
    """float64 (size, W, C): for each target row, the rows of (H, W, C) that it covers times `size` times the part of
    each that lies inside; the weights add up to H."""
    count, *others = pixels.shape
    sums = np.zeros((size, int(np.prod(others))))
    for start in range(0, count, STRIP):
        strip = pixels[start : start + STRIP]
        sums += _overlaps(count, size, start) @ strip.reshape(len(strip), -1).astype(np.float64)
    return sums.reshape(size, *others)


@functools.lru_cache(maxsize=256)
def _overlaps(side: int, size: int, start: int) -> sparse.csr_array:
    """(size, n): by how many `size`-ths each of the n source pixels from `start` overlaps each target pixel.

    `side` source pixels make `size` target pixels; n is STRIP, or what is left of `side`.
    """
    source = np.arange(start, min(start + STRIP, side))
    first = source * size // side  # target pixels that its two ends lie in; no further ones, since it shrinks
    last = ((source + 1) * size - 1) // side
    in_first = np.minimum((source + 1) * size, (first + 1) * side) - source * size
    weights = np.concatenate([in_first, size - in_first]).astype(np.float64)
    places = np.concatenate([first, last]), np.tile(source - start, 2)
    return sparse.csr_array((weights, places), shape=(size, len(source)))
