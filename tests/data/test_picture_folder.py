"""Folders of pictures, decoded when they are asked for."""

import numpy as np
import pytest
from PIL import Image

from colorize_lib.data.picture_folder import Pictures
from colorize_lib.files import ColorizeError


def picture(seed: int, size=(6, 5)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype(np.uint8)


def test_pictures_of_any_size_come_in_the_order_of_their_names(tmp_path):
    (tmp_path / "sub").mkdir()
    for name, seed, size in [("b.png", 1, (6, 5)), ("a.bmp", 2, (3, 9)), ("sub/c.PNG", 3, (4, 4))]:
        Image.fromarray(picture(seed, size)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_bytes(b"no picture")
    found = Pictures(tmp_path)
    assert found.names == ["a", "b", "sub/c"] and len(found) == 3
    for image, expected in zip(found, (picture(2, (3, 9)), picture(1), picture(3, (4, 4))), strict=True):
        np.testing.assert_array_equal(image, expected)


def test_gray_pictures_have_three_channels(tmp_path):
    Image.fromarray(picture(0)[..., 0]).save(tmp_path / "gray.png")
    np.testing.assert_array_equal(Pictures(tmp_path)[0], np.repeat(picture(0)[..., :1], 3, axis=-1))


@pytest.mark.parametrize(
    "names, message",
    [([], "holds no picture files"), (["a.png", "a.bmp"], "have one name"), (["broken.jpg"], "cannot be read")],
)
def test_what_is_wrong_is_said(tmp_path, names, message, is_one_sentence):
    for name in names:
        if name.startswith("broken"):
            (tmp_path / name).write_bytes(b"no picture")
        else:
            Image.fromarray(picture(0)).save(tmp_path / name)
    with pytest.raises(ColorizeError, match=message) as error:
        list(Pictures(tmp_path))
    assert is_one_sentence(error.value)
    with pytest.raises(ColorizeError, match="There is no folder"):
        Pictures(tmp_path / "absent")
