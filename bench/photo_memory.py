"""Peak memory and time of colorizing a photograph of 12 megapixels, Keras and its backend included.

    python bench/photo_memory.py [WIDTH HEIGHT]

A photograph that scikit-image carries, enlarged and given grain, is written as JPEG and colorized to PNG, by
the recorded model where there is one and by an untrained one of the same size elsewhere. The last column is
how far the luma of the result is from the given one, in levels of 255.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from colorize_lib import color, models
from colorize_lib.files import ColorizeError
from colorize_lib.photo import picture_files
from colorize_lib.photo.colorize import colorize
from colorize_lib.runs import store


def peak() -> float:
    """Largest resident set of this process so far, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def write_photograph(path: Path, width: int, height: int) -> None:
    large = np.array(Image.fromarray(skimage.data.coffee()).resize((width, height), Image.Resampling.BICUBIC))
    random = np.random.default_rng(0)
    for row in large:  # row by row, so that making the picture does not set the peak
        row[:] = np.clip(row + random.normal(0, 4, row.shape), 0, 255)
    Image.fromarray(large).save(path, quality=92)


def load_model():
    try:
        return store.load_model("pix2pix"), "recorded"
    except ColorizeError:
        return models.build("pix2pix", "small"), "untrained"


def luma_difference(a: np.ndarray, b: np.ndarray) -> int:
    rows = zip(a, b, strict=True)
    return max(int(np.abs(color.gray(x).astype(int) - color.gray(y).astype(int)).max()) for x, y in rows)


def main() -> None:
    width, height = map(int, sys.argv[1:3] or (4000, 3000))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.jpg", Path(folder) / "out.png"
        write_photograph(source, width, height)
        start = time.perf_counter()
        model, kind = load_model()
        colorize(np.full((8, 8), 128, np.uint8), model=model)  # builds or compiles what there is
        loaded, before = time.perf_counter(), peak()
        picture_files.colorize_file(source, target, model=model)
        end, after = time.perf_counter(), peak()
        given, result = (picture_files.read_photograph(path)[0] for path in (source, target))
        print("megapixels,model,seconds_load,seconds_photo,peak_MB_before,peak_MB,luma_levels")
        megapixels, apart = width * height / 1e6, luma_difference(given, result)
        seconds = f"{loaded - start:.1f},{end - loaded:.1f}"
        print(f"{megapixels:.1f},{kind},{seconds},{before:.0f},{after:.0f},{apart}")


if __name__ == "__main__":
    main()
