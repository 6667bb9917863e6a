"""Colorfulness: how vivid a picture's colours are.

Hasler and Suesstrunk 2003, "Measuring colourfulness in natural images", section 6, the metric M^(3): opponents
rg = R - G and yb = (R + G) / 2 - B, then the root of the sum of their variances plus 0.3 times the length of the
vector of their means. Their signs count: opposite colours in one picture cancel in the means. Many programs take the
absolute values of rg and yb, which is not the paper's metric.
"""

import numpy as np


def colorfulness(images: np.ndarray) -> np.ndarray:
    """Colorfulness, float64 (N,), of uint8 RGB images (N, H, W, 3); 0 for gray, above 80 extremely vivid."""
    red, green, blue = np.moveaxis(images.reshape(len(images), -1, 3).astype(np.float64), -1, 0)
    rg, yb = red - green, (red + green) / 2 - blue
    spread = np.hypot(rg.std(axis=1), yb.std(axis=1))
    return spread + 0.3 * np.hypot(rg.mean(axis=1), yb.mean(axis=1))
