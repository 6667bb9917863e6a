"""Faults of known strength to put into photographs, to see how the metrics respond."""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from colorize_lib import color


def blur(photographs: np.ndarray, deviation: float) -> np.ndarray:
    """Blur uint8 photographs (N, H, W, 3) with a Gaussian whose deviation is given in pixels."""
    sigma = (0, deviation, deviation, 0)
    return np.rint(ndimage.gaussian_filter(photographs.astype(np.float32), sigma)).astype(np.uint8)


def desaturate(photographs: np.ndarray, share: float) -> np.ndarray:
    """Remove a share, in [0, 1], of the chroma of uint8 photographs (N, H, W, 3); the luma stays."""
    rgb = color.to_float(photographs)
    return color.to_uint8(color.compose(color.luma(rgb), (1 - share) * color.chroma(rgb)))


def turn_hue(photographs: np.ndarray, degrees: float) -> np.ndarray:
    """Turn the chroma plane of uint8 photographs (N, H, W, 3); the luma stays and, inside the gamut, the saturation."""
    rgb, angle = color.to_float(photographs), np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return color.to_uint8(color.compose(color.luma(rgb), color.chroma(rgb) @ turn))


FAULTS: dict[str, tuple[Callable[[np.ndarray, float], np.ndarray], tuple[float, ...]]] = {
    "blur": (blur, (0.3, 0.5, 0.7, 1.0)),
    "desaturation": (desaturate, (0.25, 0.5, 0.75, 1.0)),
    "hue shift": (turn_hue, (15, 45, 90, 180)),
}
"""By name, the function that introduces the fault and the strengths that are measured."""
