"""The live explorer: it colours what is chosen with the recorded weights, and says what cannot be coloured."""

import datetime
import io

import numpy as np
import pytest
from PIL import Image

from colorize_lib import color, models
from colorize_lib.data.decode import decode
from colorize_lib.files import repository
from colorize_lib.photo.colorize import colorize
from colorize_lib.report import live_explorer
from colorize_lib.report.live_explorer import LiveExplorer
from colorize_lib.runs.store import Store


def shown(explorer):
    """The two pictures side by side: gray, and in colours."""
    pixels = np.asarray(Image.open(io.BytesIO(explorer.picture.value)))
    return np.split(pixels, 2, axis=1)


def expected(family, seed, **options):
    original = decode((repository() / "book" / "photos" / "barn.jpg").read_bytes())
    model = Store.default().best(family).load_model()
    return original, colorize(original, seed=seed, model=model, **options)


@pytest.mark.parametrize(
    ("family", "options"), [("pix2pix", {}), ("palette", {"steps": 5}), ("coltran", {"temperature": 0.5})]
)
def test_the_button_colours_the_chosen_photograph_as_the_library_does(family, options):
    explorer = LiveExplorer(Store.default())
    explorer.photograph.value, explorer.family.value, explorer.seed.value = "barn", family, 3
    for value in options.values():
        explorer.sliders[family].value = value
    explorer.button.click()
    gray, rgb = shown(explorer)
    original, colours = expected(family, 3, **options)
    np.testing.assert_array_equal(gray, color.gray_rgb(original))
    np.testing.assert_array_equal(rgb, colours)
    assert explorer.message.value == ""


def test_only_the_options_of_the_family_are_shown():
    explorer = LiveExplorer(Store.default())
    assert set(explorer.sliders) == {"palette", "coltran"}
    for family in models.FAMILIES:
        explorer.family.value = family
        shown = {name for name, slider in explorer.sliders.items() if slider.layout.display != "none"}
        assert shown == {family} & set(explorer.sliders)


def upload(explorer, content, name="mine.png"):
    explorer.photograph.value = live_explorer.OWN
    file = {"name": name, "type": "image/png", "size": len(content), "content": content}
    explorer.upload.value = ({**file, "last_modified": datetime.datetime.now(datetime.UTC)},)


def test_a_photograph_of_ones_own_is_coloured():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    explorer = LiveExplorer(Store.default())
    upload(explorer, file.getvalue())
    explorer.button.click()
    gray, rgb = shown(explorer)
    assert gray.shape == rgb.shape == (40, 60, 3)
    assert np.abs(color.gray(rgb).astype(int) - color.gray(pixels)).max() <= 1


def test_what_cannot_be_coloured_is_said_and_the_picture_stays(is_one_sentence):
    explorer = LiveExplorer(Store.default())
    before = explorer.picture.value
    explorer.photograph.value = live_explorer.OWN
    explorer.button.click()
    assert "No file was chosen" in explorer.message.value and is_one_sentence(explorer.message.value)
    upload(explorer, b"no picture", "notes.txt")
    explorer.button.click()
    assert "notes.txt cannot be read" in explorer.message.value and is_one_sentence(explorer.message.value)
    assert explorer.picture.value == before
