"""Distances as people see them: LPIPS between two images, and PD between features of their contents.

LPIPS: Zhang et al. 2018, "The unreasonable effectiveness of deep features as a perceptual metric", version 0.1 with
AlexNet. PD: the Euclidean distance of Inception features between a colorization and its original, as in Saharia et
al. 2022, "Palette: image-to-image diffusion models", section 4.1, who use Inception-v1; here it is the network of FID.
"""

import functools
import itertools

import keras
import numpy as np
from keras import ops

from colorize_lib.color import to_float
from colorize_lib.networks import alexnet
from colorize_lib.networks.running import check_images, in_batches

SMALLEST = 31  # pixels a side; of fewer the second pooling leaves none
EPSILON = 1e-10


@functools.lru_cache(maxsize=4)
def _distance(height: int, width: int) -> keras.Model:
    """Two batches of images in [-1, 1] of one size to their distances (N,)."""
    pair = [keras.Input((height, width, 3), dtype="float32") for _ in range(2)]
    a, b = (alexnet.network()(image) for image in pair)
    # Equation 1: squared differences of unit vectors of channels, weighted and averaged over the positions.
    terms = [
        ops.mean(ops.sum((_unit(x) - _unit(y)) ** 2 * weights, axis=-1), axis=(1, 2))
        for x, y, weights in zip(a, b, alexnet.channel_weights(), strict=True)
    ]
    return keras.Model(pair, sum(terms))


def _unit(x):
    return x / (ops.sqrt(ops.sum(x**2, axis=-1, keepdims=True)) + EPSILON)


def lpips(a: np.ndarray, b: np.ndarray, batch_size: int = 100) -> np.ndarray:
    """LPIPS of each pair of images: how different they look.

    Args:
        a, b: uint8 RGB (N, H, W, 3), 31 pixels a side at least, compared at their own size.
        batch_size: pairs at a time.

    Returns:
        float32 (N,): 0 for equal images, seldom above 1. Of two samples of one gray picture it says how much they
        vary; of a sample and its original how far it is from it.
    """
    check_images(a, "lpips"), check_images(b, "lpips")
    if a.shape != b.shape or min(a.shape[1:3]) < SMALLEST:
        raise ValueError(f"lpips takes pairs of at least {SMALLEST} pixels a side, not {a.shape} and {b.shape}")
    model = _distance(*a.shape[1:3])
    return in_batches(
        lambda x, y: model.predict_on_batch([x, y]), [a, b], to_float, batch_size, np.empty(len(a), np.float32), "LPIPS"
    )


def perceptual_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """PD of each pair: the Euclidean distance, float64 (N,), of Inception features (N, 2048)."""
    return np.linalg.norm(np.subtract(a, b, dtype=np.float64), axis=1)


def diversity(*samples: np.ndarray) -> np.ndarray:
    """LPIPS between samples of one input, the mean over all pairs: float64 (N,).

    Args:
        samples: at least two uint8 arrays (N, H, W, 3); their images i are samples for the same gray picture i.
    """
    return np.mean([lpips(a, b) for a, b in itertools.combinations(samples, 2)], axis=0, dtype=np.float64)
