"""Joint upsampling: a small picture of values brought to full size along the edges of a large guide.

The guided filter explains the values q of each small window by a line in the guide I, q = a I + b (He, Sun
and Tang, "Guided Image Filtering", TPAMI 2013, eq. 1), and its slopes are smooth enough to be fitted on a
coarse grid and applied on a fine one (He and Sun, "Fast Guided Filter", 2015). Here each coarse pixel keeps
its own value, and its line adds what the guide does inside it: values grow an edge where the guide has one,
and stay as they are where it has none.
"""

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter1d

BILINEAR, BICUBIC = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC

# Chosen on 32x32 chroma of 256x256 photographs: larger windows mix objects, a larger epsilon blurs weak
# edges, a smaller one paints grain. Epsilon is in squared units of a guide in [-1, 1]; its root is 9 of 255
# gray levels.
RADIUS, EPSILON = 1, 0.005


def resize(
    planes: np.ndarray,
    size: tuple[int, int],
    method: Image.Resampling,
    box: tuple[float, float, float, float] | None = None,
) -> np.ndarray:
    """Float planes (H, W, C) resampled to float32 (height, width, C), antialiased where they shrink.

    Args:
        size: height and width of the result.
        box: left, upper, right and lower edge of the part to resample, in pixels of `planes` and fractions
            of them. Pixels around it count where the filter reaches them, so that parts resampled on their
            own join without a seam.
    """
    resized = [
        np.asarray(Image.fromarray(planes[..., c].astype(np.float32)).resize(size[::-1], method, box=box))
        for c in range(planes.shape[-1])
    ]
    return np.stack(resized, axis=-1)


def mean_filter(planes: np.ndarray, radius: int) -> np.ndarray:
    """Mean of (H, W, C) over windows of 2 radius + 1 pixels a side, cut off at the picture's border."""
    side = 2 * radius + 1
    for axis in (0, 1):
        count = uniform_filter1d(np.ones(planes.shape[axis]), side, mode="constant")
        total = uniform_filter1d(planes, side, axis=axis, mode="constant")
        planes = (total / np.expand_dims(count, (1, 2) if axis == 0 else (0, 2))).astype(planes.dtype)
    return planes


def slope(guide: np.ndarray, values: np.ndarray, radius: int = RADIUS, epsilon: float = EPSILON) -> np.ndarray:
    """Slopes a (H, W, C) of the lines in `guide` (H, W, 1) that fit `values` (H, W, C): He et al. (5), (8).

    (5) fits each window, (8) averages the windows that a pixel lies in. A window where the guide varies by
    less than the root of `epsilon` counts as flat: its slope goes to 0.
    """
    mean = mean_filter(guide, radius)
    variance = mean_filter(guide * guide, radius) - mean * mean
    covariance = mean_filter(guide * values, radius) - mean * mean_filter(values, radius)
    return mean_filter(covariance / (np.maximum(variance, 0) + epsilon), radius)


class Upsampler:
    """Values (h, w, C) on a coarse grid, ready to be brought to a finer one in one piece or in parts.

    Args:
        guide: (h, w, 1), the guide on the coarse grid.
        values: (h, w, C), what is to be brought to the finer grid.
    """

    def __init__(self, guide: np.ndarray, values: np.ndarray):
        self._coarse = np.concatenate([values, guide], axis=-1)
        self._slope = slope(guide, values)

    def __call__(self, guide: np.ndarray, span: tuple[float, float] = (0.0, 1.0)) -> np.ndarray:
        """Values (H, W, C) along the fine `guide` (H, W, 1): the share `span` of the picture's height.

        That is value + slope (guide - coarse guide), each coarse plane interpolated.
        """
        height, width = self._coarse.shape[:2]
        box = (0, span[0] * height, width, span[1] * height)
        coarse = resize(self._coarse, guide.shape[:2], BICUBIC, box)
        values, mean = coarse[..., :-1], coarse[..., -1:]
        return values + resize(self._slope, guide.shape[:2], BILINEAR, box) * (guide - mean)
