"""Colour as the study uses it: Rec. 601 luma, its chroma, and the way back that keeps the luma.

The gray picture of a photograph is the luma of its gamma-coded sRGB values, Y = 0.299 R + 0.587 G + 0.114 B
(ITU-R BT.601-7, section 2.5.1), and its chroma are the full-range colour differences of JPEG (ITU-T T.871, section 7).
Functions that name no type work on NumPy arrays and on the tensors of any Keras backend alike.
"""

import numpy as np

KR, KG, KB = 0.299, 0.587, 0.114
CR_SCALE, CB_SCALE = 2 * (1 - KR), 2 * (1 - KB)


def to_float(images: np.ndarray) -> np.ndarray:
    """uint8 images as float32 in [-1, 1], the range inside models."""
    return images.astype(np.float32) / 127.5 - 1.0


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float images in [-1, 1] as uint8, rounded to the nearest level and clipped."""
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def luma(rgb):
    """Rec. 601 luma (..., 1) of RGB (..., 3), in the units of its input."""
    return KR * rgb[..., 0:1] + KG * rgb[..., 1:2] + KB * rgb[..., 2:3]


def gray(rgb: np.ndarray) -> np.ndarray:
    """Luma of uint8 RGB images (..., H, W, 3) as uint8 (..., H, W, 1): what a black and white photograph stores."""
    return np.rint(luma(rgb.astype(np.float32))).astype(np.uint8)


def gray_rgb(rgb: np.ndarray) -> np.ndarray:
    """The gray version of uint8 RGB images (..., H, W, 3) as RGB images: their luma in all three channels."""
    return np.repeat(gray(rgb), 3, axis=-1)


def chroma_planes(rgb):
    """Cb and Cr, each (..., 1), of RGB (..., 3); in [-1, 1] where RGB is."""
    y = luma(rgb)
    return (rgb[..., 2:3] - y) / CB_SCALE, (rgb[..., 0:1] - y) / CR_SCALE


def chroma(rgb: np.ndarray) -> np.ndarray:
    """Cb and Cr (..., 2) of float RGB (..., 3) in [-1, 1]; in [-1, 1] themselves."""
    return np.concatenate(chroma_planes(rgb), axis=-1)


def compose(y: np.ndarray, cb_cr: np.ndarray) -> np.ndarray:
    """RGB (..., 3) in [-1, 1] of a luma (..., 1) in [-1, 1] and a chroma (..., 2).

    A colour outside the gamut is moved towards gray, at constant luma and hue, until it lies on its surface. Clipping
    each channel instead would change the luma, which is given and has to stay.
    """
    red, blue = CR_SCALE * cb_cr[..., 1:2], CB_SCALE * cb_cr[..., 0:1]
    differences = red, -(KR * red + KB * blue) / KG, blue
    saturation = np.ones_like(y)
    for difference in differences:  # channel by channel: NumPy is slow along an axis of three
        to_surface = np.where(difference > 0, 1 - y, -1 - y)
        room = np.ones(to_surface.shape, np.result_type(to_surface, difference))
        np.divide(to_surface, difference, out=room, where=difference != 0)
        saturation = np.clip(room, 0.0, saturation)
    channels = [np.clip(y + saturation * difference, -1.0, 1.0) for difference in differences]
    return np.concatenate(channels, axis=-1).astype(np.float32)


def restore_luma(rgb: np.ndarray, y: np.ndarray) -> np.ndarray:
    """RGB (..., 3) with the chroma of `rgb` and the luma `y` (..., 1), all floats in [-1, 1]."""
    return compose(y, chroma(rgb))
