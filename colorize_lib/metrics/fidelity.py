"""Fidelity: how close a picture's pixels are to those of its original.

These metrics favour pale colours where the gray picture allows several, so they come second here.
"""

from collections.abc import Iterable

import numpy as np
from skimage.metrics import structural_similarity


def peak_signal_to_noise(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """PSNR in decibels of each pair of uint8 pictures (N, H, W, 3), at most 100: 10 log10(255^2 / mean square)."""
    squared = (a.astype(np.float32) - b.astype(np.float32)) ** 2
    return 10 * np.log10(255**2 / np.maximum(squared.mean((1, 2, 3)), 255**2 * 1e-10))


def structural_similarities(a: Iterable[np.ndarray], b: Iterable[np.ndarray]) -> np.ndarray:
    """SSIM, float64 (N,), of each pair of uint8 pictures (N, H, W, 3), the mean over the three channels.

    Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity", with the paper's
    Gaussian window of deviation 1.5, which needs pictures of at least 11 pixels a side.
    """
    settings = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return np.array([structural_similarity(x, y, channel_axis=-1, **settings) for x, y in zip(a, b, strict=True)])
