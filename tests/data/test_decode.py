"""Decoding, against the definitions of the formats."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from colorize_lib.data import decode
from colorize_lib.data.decode import Rejected, photograph
from colorize_lib.data.resize import area_resize


def encoded(image: Image.Image, format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)


def test_lossless_formats_give_the_pixels_back(pixels):
    image = Image.fromarray(pixels)
    for format in ("PNG", "BMP", "TIFF", "PPM"):
        np.testing.assert_array_equal(decode.decode(encoded(image, format)), pixels)
    palette = image.quantize(64)
    np.testing.assert_array_equal(decode.decode(encoded(palette)), np.asarray(palette.convert("RGB")))
    gray = image.convert("L")
    np.testing.assert_array_equal(decode.decode(encoded(gray))[..., 1], np.asarray(gray))
    bits = image.convert("1")
    np.testing.assert_array_equal(decode.decode(encoded(bits))[..., 2], np.asarray(bits) * 255)


def test_transparent_parts_lie_on_white(pixels):
    alpha = np.random.default_rng(1).integers(0, 256, (48, 64, 1), np.uint8)
    expected = (pixels * (alpha / 255.0)) + 255 * (1 - alpha / 255.0)
    found = decode.decode(encoded(Image.fromarray(np.concatenate([pixels, alpha], axis=-1), "RGBA")))
    assert np.abs(found - expected).max() <= 1
    la = decode.decode(encoded(Image.fromarray(np.concatenate([pixels[..., :1], alpha], axis=-1), "LA")))
    assert np.abs(la - expected[..., :1]).max() <= 1
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putpixel((1, 0), 1)
    found = decode.decode(encoded(palette, transparency=0))
    assert found[0, 0].tolist() == [255, 255, 255] and found[0, 1].tolist() == [0, 0, 255]


def sixteen_bit_png(values: np.ndarray) -> bytes:
    """A PNG of uint16 (H, W, 3), written by the specification: Pillow writes none of these."""
    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def test_sixteen_bits_are_scaled_to_eight():
    values = np.linspace(0, 65535, 8 * 8 * 3).astype(np.uint16).reshape(8, 8, 3)
    expected = values / 257.0
    assert np.abs(decode.decode(sixteen_bit_png(values)) - expected).max() <= 1
    for format in ("PNG", "TIFF"):
        gray = decode.decode(encoded(Image.fromarray(values[..., 0]), format))
        assert np.abs(gray[..., 0] - expected[..., 0]).max() <= 0.5


def test_cmyk_photographs_have_the_colours_of_their_inks():
    inks = Image.merge("CMYK", [Image.new("L", (32, 32), ink) for ink in (0, 200, 255, 20)])  # an orange red
    expected = [(255 - ink) * (255 - 20) / 255 for ink in (0, 200, 255)]
    adobe = encoded(inks, "JPEG", quality=95)
    assert b"Adobe" in adobe  # the inverted kind
    assert np.abs(decode.decode(adobe) - expected).max() < 8
    assert np.abs(decode.decode(encoded(inks, "TIFF")) - expected).max() <= 1


UPRIGHT = {  # EXIF 2.32, 4.6.4: from the stored picture to the one shown
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).transpose(1, 0, 2),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_is_undone(pixels, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for format in ("PNG", "TIFF"):
        found = decode.decode(encoded(Image.fromarray(pixels), format, exif=exif))
        np.testing.assert_array_equal(found, UPRIGHT[orientation](pixels))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_cost_the_picture(pixels):
    broken = encoded(Image.fromarray(pixels), "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\xff\x01\x12")
    np.testing.assert_array_equal(decode.decode(broken), pixels)


def test_what_is_no_whole_picture_is_rejected_with_the_reason(pixels):
    jpeg = encoded(Image.fromarray(pixels), "JPEG")
    bomb = encoded(Image.new("1", (20000, 10000)))
    floats = encoded(Image.fromarray(np.ones((8, 8), np.float32)), "TIFF")
    cases = {
        b"": "not an image",
        b"<html>not found</html>": "not an image",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n": "not an image",
        jpeg[: len(jpeg) // 2]: "damaged",
        bomb: "too many pixels",
        floats: "floating-point",
    }
    for data, reason in cases.items():
        with pytest.raises(Rejected, match=reason) as caught:
            decode.decode(data)
        assert caught.value.kind == "unreadable"


@pytest.mark.filterwarnings("ignore")
def test_random_damage_never_raises_anything_else(pixels):
    random = np.random.default_rng(5)
    image = Image.fromarray(pixels)
    for data in [encoded(image, format) for format in ("JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP")]:
        for _ in range(60):
            damaged = bytearray(data)
            for place in random.integers(0, min(len(data), 300), 6):
                damaged[place] = random.integers(256)
            try:
                found = decode.decode(bytes(damaged))
            except Rejected:
                continue
            assert found.dtype == np.uint8 and found.shape[2] == 3


def test_photographs_are_cropped_to_their_centre_and_never_enlarged(pixels):
    np.testing.assert_array_equal(photograph(encoded(Image.fromarray(pixels)), 48), pixels[:, 8:56])
    np.testing.assert_array_equal(photograph(pixels, 24), area_resize(pixels[:, 8:56], 24))
    with pytest.raises(Rejected) as caught:
        photograph(pixels, 49)
    assert caught.value.kind == "too_small"


def gray_photograph(side: int) -> np.ndarray:
    """A gray ramp with up to 3 levels of noise in each channel."""
    random = np.random.default_rng(side)
    ramp = np.linspace(20, 230, side)[:, None, None] * np.ones((1, side, 3))
    return (ramp + random.integers(-3, 4, ramp.shape)).astype(np.uint8)


@pytest.mark.parametrize("side", [32, 64, 100, 1000])
def test_noise_is_no_colour_and_a_small_coloured_thing_is(side):
    square = gray_photograph(side)
    assert decode.is_gray(square)
    thing = max(side // 50, 1)  # 1/2500 of the area
    square[5 : 5 + thing, 5 : 5 + thing] = [200, 30, 30]
    assert not decode.is_gray(square)


def test_black_and_white_is_gray_at_every_size_and_sepia_is_not():
    gray = gray_photograph(128)
    sepia = (gray * [1.0, 0.9, 0.75]).astype(np.uint8)
    for size in (8, 32, 128):
        with pytest.raises(Rejected) as caught:
            photograph(encoded(Image.fromarray(gray), "JPEG", quality=75), size)
        assert caught.value.kind == "gray"
        assert photograph(sepia, size).shape == (size, size, 3)
