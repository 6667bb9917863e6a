import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import ExifTags, Image, JpegImagePlugin

from colorize_lib import color
from colorize_lib.data.resize import area_resize
from colorize_lib.files import ColorizeError
from colorize_lib.photo import colorize as full_size
from colorize_lib.photo import picture_files, upsampling
from colorize_lib.photo.colorize import _sample_chroma, colorize


def unclipped(y, cb_cr):
    """RGB with exactly this luma and chroma, also outside the gamut (ITU-T T.871, section 7)."""
    red = y + 1.402 * cb_cr[..., 1:2]
    blue = y + 1.772 * cb_cr[..., 0:1]
    return np.concatenate([red, (y - 0.299 * red - 0.114 * blue) / 0.587, blue], axis=-1)


class Model:
    """A model whose chroma is `function(gray)`, and which remembers what it was asked."""

    def __init__(self, function, image_size=16):
        self.function, self.image_size = function, image_size

    def sample(self, gray, seed):
        assert gray.dtype == np.float32
        assert gray.shape[1:] == (self.image_size, self.image_size, 1)
        assert np.abs(gray).max() <= 1 + 1e-5
        self.seeds = list(seed)
        assert len(self.seeds) == len(gray)
        return unclipped(gray, self.function(gray)).astype(np.float32)


def constant(cb, cr, **keywords):
    return Model(lambda gray: np.broadcast_to(np.float32([cb, cr]), (*gray.shape[:-1], 2)), **keywords)


def noise(scale=1.0):
    return Model(lambda gray: np.random.default_rng(1).uniform(-scale, scale, (*gray.shape[:-1], 2)))


def levels_apart(a, b):
    return np.abs(a.astype(int) - b.astype(int)).max()


SHAPES = [
    (1, 1),
    (1, 40),
    (40, 1),
    (5, 7),
    (16, 16),
    (15, 17),
    (90, 61),
    (300, 17, 1),
    (64, 100, 3),
    (4, 3000),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_luma_stays_within_one_level_for_any_size_and_chroma(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    result = colorize(image, model=noise())
    assert result.shape == (*shape[:2], 3)
    assert result.dtype == np.uint8
    given = color.gray(image)[..., 0] if image.shape[2:] == (3,) else image.reshape(shape[:2])
    assert levels_apart(color.gray(result)[..., 0], given) <= 1


def test_black_and_white_stay_black_and_white():
    image = np.zeros((50, 70), np.uint8)
    image[:, 30:] = 255
    np.testing.assert_array_equal(colorize(image, model=noise()), np.stack([image] * 3, axis=-1))


def test_constant_chroma_is_constant_everywhere():
    image = np.random.default_rng(0).integers(100, 156, (70, 130), dtype=np.uint8)
    result = colorize(image, model=constant(-0.1, 0.2))
    expected = unclipped(color.to_float(image[..., None]), np.float32([-0.1, 0.2]))
    assert levels_apart(result, color.to_uint8(expected)) <= 1


def test_a_model_without_colours_gives_the_gray_picture():
    image = np.random.default_rng(0).integers(0, 256, (33, 50, 3), dtype=np.uint8)
    result = colorize(image, model=constant(0, 0))
    np.testing.assert_array_equal(result, color.gray_rgb(image))


def test_chroma_that_follows_the_luma_does_so_at_full_size():
    image = np.full((192, 192), 90, np.uint8)
    image[37:130, 50:141] = 160  # edges inside pixels of the model's grid
    result = colorize(image, model=Model(lambda gray: gray * np.float32([0.3, -0.4])))
    y = color.to_float(image[..., None])
    expected = unclipped(y, y * np.float32([0.3, -0.4]))
    small = area_resize(y, (16, 16)) * np.float32([0.3, -0.4])
    blurred = unclipped(y, upsampling.resize(small, (192, 192), upsampling.BICUBIC))
    error, plain = (np.square(color.to_float(result) - expected).mean(), np.square(blurred - expected).mean())
    assert error < plain / 5


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee"])
def test_a_photograph_from_its_own_small_chroma_is_nearer_than_by_interpolation(name):
    original = getattr(skimage.data, name)()[:288, 80:368]
    rgb = color.to_float(original)
    small = np.concatenate([area_resize(plane, (32, 32)) for plane in np.split(color.chroma(rgb), 2, axis=-1)], axis=-1)
    result = colorize(original, model=Model(lambda gray: small[None], image_size=32))
    plain = color.compose(color.luma(rgb), upsampling.resize(small, (288, 288), upsampling.BICUBIC))
    assert np.square(color.to_float(result) - rgb).mean() < 0.95 * np.square(plain - rgb).mean()


@pytest.mark.parametrize("shape", [(16, 16), (16, 17), (16, 40), (16, 203), (75, 16)])
def test_windows_cover_the_picture_and_agree(shape):
    gray = np.random.default_rng(0).uniform(-1, 1, (*shape, 1)).astype(np.float32)
    model = Model(lambda windows: windows * np.float32([0.5, -0.25]))
    np.testing.assert_allclose(_sample_chroma(model, gray, 7, {}), gray * np.float32([0.5, -0.25]), atol=1e-6)
    assert set(model.seeds) == {7}
    assert len(model.seeds) == 1 + np.ceil((max(shape) - 16) / 8)


def test_a_picture_on_its_side_gets_the_same_colours():
    image = np.random.default_rng(0).integers(60, 200, (50, 120), dtype=np.uint8)
    model = Model(lambda gray: gray * np.float32([0.3, -0.4]))
    lying, standing = colorize(image, model=model), colorize(image.T, model=model)
    assert levels_apart(lying, standing.swapaxes(0, 1)) <= 1


def test_strips_change_nothing(monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (97, 61, 3), dtype=np.uint8)
    whole = colorize(image, model=noise(0.3))
    monkeypatch.setattr(full_size, "STRIP_PIXELS", 5 * 61)
    assert levels_apart(colorize(image, model=noise(0.3)), whole) <= 1


def test_memory_beyond_luma_and_result_is_bounded(monkeypatch):
    monkeypatch.setattr(full_size, "STRIP_PIXELS", 2**14)
    monkeypatch.setattr(full_size, "PYRAMID_PIXELS", 2**14)
    image = np.random.default_rng(0).integers(0, 256, (1500, 2000), dtype=np.uint8)
    tracemalloc.start()
    colorize(image, model=constant(0.1, 0.1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (4 + 3) * image.size + 8e6  # luma, result; a single further float plane would be 12e6


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
)
def test_what_is_no_uint8_picture_is_refused(image):
    with pytest.raises(ColorizeError, match="uint8 array"):
        colorize(image, model=constant(0, 0))


def save(path, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return pixels


def test_read_photograph_turns_it_upright_and_keeps_the_rest_of_the_exif(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Artist] = 6, "Niepce"
    pixels = save(tmp_path / "a.png", exif=exif)
    image, block = picture_files.read_photograph(tmp_path / "a.png")
    np.testing.assert_array_equal(image, np.rot90(pixels, -1))
    kept = Image.Exif()
    kept.load(block)
    assert dict(kept) == {ExifTags.Base.Artist: "Niepce"}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_damaged_or_missing_exif_block_costs_nothing(tmp_path):
    save(tmp_path / "a.jpg", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x09garbage")
    assert picture_files.read_photograph(tmp_path / "a.jpg")[0].shape == (20, 30, 3)
    save(tmp_path / "b.png")
    assert picture_files.read_photograph(tmp_path / "b.png")[1] == b""


def test_read_photograph_says_what_is_wrong(tmp_path):
    save(tmp_path / "whole.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:900])
    (tmp_path / "text.jpg").write_text("no picture")
    for name, words in [
        ("none.png", "no photograph at"),
        ("half.png", "as a photograph"),
        ("text.jpg", "not an"),
    ]:
        with pytest.raises(ColorizeError, match=words) as caught:
            picture_files.read_photograph(tmp_path / name)
        assert name in str(caught.value)
    with pytest.raises(ColorizeError, match="cannot be read"):
        picture_files.read_photograph(tmp_path)


def test_colorize_file_writes_png_and_jpeg(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Niepce"
    pixels = save(tmp_path / "in.png", exif=exif)
    model = constant(0.1, -0.1)
    for target in (tmp_path / "new" / "out.PNG", tmp_path / "out.jpg"):
        picture_files.colorize_file(tmp_path / "in.png", target, model=model)
        with Image.open(target) as written:
            assert written.size == (30, 20)
            assert written.getexif()[ExifTags.Base.Artist] == "Niepce"
            if target.suffix == ".jpg":
                assert JpegImagePlugin.get_sampling(written) == 0  # 4:4:4
            else:
                np.testing.assert_array_equal(np.asarray(written), colorize(pixels, model=model))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "new", "out.jpg"]


def test_colorize_file_passes_the_seed_on(tmp_path):
    save(tmp_path / "in.png")
    model = constant(0, 0)
    picture_files.colorize_file(tmp_path / "in.png", tmp_path / "out.png", seed=11, model=model)
    assert set(model.seeds) == {11}


def test_colorize_file_never_overwrites_its_source(tmp_path):
    source = tmp_path / "in.png"
    save(source)
    before = source.read_bytes()
    (tmp_path / "soft.png").symlink_to(source)
    (tmp_path / "hard.png").hardlink_to(source)
    (tmp_path / "folder").mkdir()
    for target in ("in.png", "soft.png", "hard.png", "folder/../in.png"):
        with pytest.raises(ColorizeError, match="never overwritten"):
            picture_files.colorize_file(source, tmp_path / target, model=constant(0, 0))
    assert source.read_bytes() == before


def test_colorize_file_refuses_what_it_cannot_write(tmp_path):
    source = tmp_path / "in.png"
    save(source)
    (tmp_path / "folder.png").mkdir()
    for target, words in [
        ("out.gif", "neither PNG nor JPEG"),
        ("out", "neither PNG nor JPEG"),
        ("folder.png", "is a folder"),
        ("in.png/out.png", "cannot be written"),
    ]:
        with pytest.raises(ColorizeError, match=words):
            picture_files.colorize_file(source, tmp_path / target, model=constant(0, 0))
    long = tmp_path / "long.png"
    Image.new("L", (65501, 1), 128).save(long)
    with pytest.raises(ColorizeError, match="JPEG's 65500 pixels"):
        picture_files.colorize_file(long, tmp_path / "long.jpg", model=constant(0, 0))


def test_output_paths_of_one_photograph(tmp_path):
    one = tmp_path / "one.jpg"
    assert picture_files.output_paths([one], tmp_path / "x.png") == [((one, 0), tmp_path / "x.png")]
    assert picture_files.output_paths([one], tmp_path) == [((one, 0), tmp_path / "one-color.png")]
    assert picture_files.output_paths([one], tmp_path / "new", 2) == [
        ((one, 0), tmp_path / "new" / "one-color.png"),
        ((one, 1), tmp_path / "new" / "one-color-2.png"),
    ]


def test_output_paths_of_several_photographs(tmp_path):
    sources = [tmp_path / "one.jpg", tmp_path / "two.tif"]
    results = picture_files.output_paths(sources, tmp_path / "new", 3)
    assert [source for source, _ in results] == [(source, number) for source in sources for number in range(3)]
    assert len({path for _, path in results}) == 6
    assert {path.parent for _, path in results} == {tmp_path / "new"}


def test_output_paths_refuses_conflicts(tmp_path):
    save(tmp_path / "a.png")
    os.link(tmp_path / "a.png", tmp_path / "b-color.png")
    cases = [
        (["a.png", "c.png"], "x.png", 1, "is one file and 2"),
        (["a.png"], "x.png", 4, "is one file and 4"),
        (["a.png", "c.png"], "a.png", 1, "is one file and 2"),
        (["a.png"], "x.webp", 1, "neither PNG nor JPEG"),
        (["c.png", "d/c.jpg"], "new", 1, "would both become"),
        (["c.png", "C.png"], "new", 1, "would both become"),
        (["c.png", "c.png"], "new", 1, "would both become"),
        (["a.png"], "a.png", 1, "never overwritten"),
        (["a.png", "b.png"], ".", 1, "never overwritten"),
    ]
    for sources, target, samples, words in cases:
        with pytest.raises(ColorizeError, match=words):
            picture_files.output_paths([Path(tmp_path / name) for name in sources], tmp_path / target, samples)
