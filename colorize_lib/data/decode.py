"""Decoding: the bytes of any picture file to a square uint8 RGB array, or the reason why it is left out.

Pixels are taken as they are stored: colour profiles are not applied, as in the data sets' usual loaders.
"""

import io

import numpy as np
from PIL import Image, ImageOps

from colorize_lib.data.resize import area_resize

# Raster formats only: EPS and the like would start other programs on a file that somebody else wrote.
RASTER = ("JPEG", "MPO", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "JPEG2000", "AVIF")
Image.init()
FORMATS = [name for name in RASTER if name in Image.OPEN]  # Pillow knows AVIF since 11.3
# Above this number of pixels a file counts as a decompression bomb; the largest cameras make 150 million.
MAX_PIXELS = 178_000_000

# A photograph has no colour if its three channels are nowhere further apart than this many of 255 levels.
# JPEG noise of 3 levels in each channel stays within it. Measured on the 115,000 photographs of Tiny
# ImageNet: 1.81% are stored with one channel, 0.12% with three equal ones, and 0.19% lie between 1 and 6
# levels (black and white prints with a hardly visible tint, seen with their colours amplified five times).
# The next 0.15%, from 7 to 10 levels, hold things of a true colour.
GRAY_LEVELS = 6
# Where it is measured: on means over 1/64 of the picture's side. A single pixel of a large photograph can be
# noisier than the picture is coloured; and if this side followed the size asked for, the photographs kept at
# 32x32 and at 64x64 would not be the same.
GRAY_SIDE = 64


class Rejected(Exception):
    """A picture is left out: `kind` is "unreadable", "too_small" or "gray", the message is the reason."""

    def __init__(self, kind: str, reason: str = ""):
        super().__init__(reason or kind)
        self.kind = kind


def decode(data: bytes) -> np.ndarray:
    """The picture in `data` as uint8 RGB (H, W, 3), upright.

    16 bits are scaled to 8, CMYK is converted (also Adobe's inverted one), transparent parts lie on white,
    and the first picture of an animation is taken. Raises Rejected("unreadable"), whatever is wrong with the
    data.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Rejected("unreadable", "too many pixels")
            image.load()
            return np.asarray(_to_rgb(_upright(image)))
    except Rejected:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Rejected("unreadable", "too many pixels") from error
    except Image.UnidentifiedImageError as error:
        raise Rejected("unreadable", "not an image") from error
    # Pillow's decoders raise OSError, ValueError, SyntaxError, struct.error and more on damaged files. None
    # of them may end a run over a million files.
    except Exception as error:
        raise Rejected("unreadable", "damaged") from error


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # A damaged EXIF block says nothing about orientation; the picture itself is sound.
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise Rejected("unreadable", "floating-point pixels, whose white is not defined")
    if image.mode.startswith("I"):  # 16 bits a pixel, in Pillow's modes I;16, I;16B and I: 65535 is white.
        levels = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
        return Image.fromarray(((levels + 128) // 257).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def photograph(data: bytes | np.ndarray, size: int) -> np.ndarray:
    """The centre square of a picture, as uint8 RGB (size, size, 3).

    Args:
        data: a file's bytes, or uint8 RGB (H, W, 3) already.
        size: side in pixels. A smaller picture is left out, never enlarged.

    Raises Rejected.
    """
    pixels = decode(data) if isinstance(data, bytes) else data
    square = center_square(pixels)
    if len(square) < size:
        raise Rejected("too_small")
    if is_gray(square):
        raise Rejected("gray")
    return area_resize(square, size)


def center_square(pixels: np.ndarray) -> np.ndarray:
    """The largest centred square of an array (H, W, 3)."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def is_gray(square: np.ndarray) -> bool:
    """Whether a uint8 RGB square (S, S, 3) shows no colour anywhere, by GRAY_LEVELS."""
    return channel_distance(square) <= GRAY_LEVELS


def channel_distance(square: np.ndarray) -> int:
    """How many of 255 levels the channels of a uint8 RGB square (S, S, 3) are apart where they are farthest."""
    red, green, blue = np.moveaxis(area_resize(square, min(GRAY_SIDE, len(square))), -1, 0)
    highest = np.maximum(np.maximum(red, green), blue)
    lowest = np.minimum(np.minimum(red, green), blue)
    return int((highest - lowest).max())
