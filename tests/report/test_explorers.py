"""Widgets: their saved state is all that a page needs, and a still picture stands in on paper."""

import base64
import io

import numpy as np
import pytest
from ipywidgets.embed import dependency_state
from PIL import Image

from colorize_lib.files import ColorizeError
from colorize_lib.report import explorers

COLORS = [(250, 10, 10), (10, 200, 10), (10, 10, 250), (200, 200, 10), (120, 0, 120)]
LABELS = ["1k images", "2k images", "4k images", "8k images", "16k images"]


def pictures() -> list[np.ndarray]:
    return [np.full((20, 30, 3), color, np.uint8) for color in COLORS]


def saved(widget) -> dict[str, dict]:
    """What a notebook keeps of a widget: every model's state by its identity."""
    return dependency_state([widget], drop_defaults=False)


def models_called(state: dict, name: str) -> dict[str, dict]:
    return {key: model for key, model in state.items() if model["model_name"] == name}


def test_the_browser_alone_links_the_slider_to_the_pictures():
    state = saved(explorers.slider(pictures(), LABELS, "images seen"))
    (slider,), (stack,) = models_called(state, "SelectionSliderModel"), models_called(state, "StackModel")
    (link,) = models_called(state, "LinkModel").values()
    assert link["state"]["source"] == [f"IPY_MODEL_{slider}", "index"]
    assert link["state"]["target"] == [f"IPY_MODEL_{stack}", "selected_index"]
    assert state[slider]["state"]["_options_labels"] == tuple(LABELS)
    assert state[slider]["state"]["index"] == state[stack]["state"]["selected_index"] == 0


def test_every_picture_is_in_the_page_in_order():
    state = saved(explorers.slider(pictures(), LABELS))
    (stack,) = models_called(state, "StackModel").values()
    for child, color in zip(stack["state"]["children"], COLORS, strict=True):
        (buffer,) = state[child.removeprefix("IPY_MODEL_")]["buffers"]
        image = np.asarray(Image.open(io.BytesIO(base64.b64decode(buffer["data"]))))
        assert image.shape == (20, 30, 3)
        assert (image == color).all()


def test_gray_arrays_and_png_files_are_pictures_too():
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "PNG")
    widget = explorers.slider([gray, gray[..., None], file.getvalue()], ["a", "b", "c"])
    for child in widget.children[1].children:
        assert (np.asarray(Image.open(io.BytesIO(child.value))) == gray).all()


def still(widget) -> np.ndarray:
    bundle = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGB"))


def test_the_still_picture_shows_them_all():
    sheet = still(explorers.slider(pictures(), LABELS))
    for color in COLORS:
        assert (sheet == color).all(axis=-1).sum() == 20 * 30


def test_the_still_picture_of_many_shows_the_first_and_the_last():
    images = [np.full((4, 4, 3), (level, 0, 255 - level), np.uint8) for level in range(0, 250, 5)]
    sheet = still(explorers.slider(images, range(50)))
    shown = [index for index, image in enumerate(images) if (sheet == image[0, 0]).all(axis=-1).sum() == 16]
    assert len(shown) == explorers.SHEET_PICTURES
    assert {0, 49} <= set(shown)


@pytest.mark.parametrize(("count", "labels"), [(0, []), (2, ["a"]), (2, ["a", "a"])])
def test_pictures_without_a_label_of_their_own_are_refused(count, labels):
    with pytest.raises(ColorizeError, match="one label for each picture"):
        explorers.slider(pictures()[:count], labels)


def test_a_slider_starts_where_it_is_told():
    pictures = [np.full((4, 4, 3), level, np.uint8) for level in (0, 128, 255)]
    for start, index in ((0, 0), (1, 1), (-1, 2)):
        handle, stack = explorers.slider(pictures, ["a", "b", "c"], start=start).children
        assert handle.index == stack.selected_index == index


def test_every_combination_of_choices_is_in_the_page_and_linked():
    axes = {"photograph": ["barn", "lake"], "family": ["Palette", "ColTran", "Pix2Pix"], "seed": [0, 1]}
    widget = explorers.choices(axes, lambda *i: np.full((4, 4, 3), 100 * i[0] + 10 * i[1] + i[2], np.uint8), width=64)
    state = saved(widget)
    sliders = models_called(state, "SelectionSliderModel")
    assert [model["state"]["description"] for model in sliders.values()] == list(axes)
    links = {}
    for link in models_called(state, "LinkModel").values():
        (source, name), (target, attribute) = link["state"]["source"], link["state"]["target"]
        assert (name, attribute) == ("index", "selected_index")
        links[target.removeprefix("IPY_MODEL_")] = sliders[source.removeprefix("IPY_MODEL_")]["state"]["description"]

    def follow(key, **chosen):
        """The gray level of the picture that is shown once each control is at a choice."""
        model = state[key.removeprefix("IPY_MODEL_")]
        if model["model_name"] == "StackModel":
            index = chosen[links[key.removeprefix("IPY_MODEL_")]]
            return follow(model["state"]["children"][index], **chosen)
        (buffer,) = model["buffers"]
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(buffer["data"]))))[0, 0, 0]

    outer = widget.children[-1].model_id
    for photograph, family, seed in np.ndindex(2, 3, 2):
        level = follow(outer, photograph=photograph, family=family, seed=seed)
        assert level == 100 * photograph + 10 * family + seed


@pytest.mark.parametrize("axes", [{}, {"family": []}, {"family": ["a", "a"]}])
def test_choices_without_different_labels_are_an_error(axes, is_one_sentence):
    with pytest.raises(ColorizeError, match="all different") as error:
        explorers.choices(axes, lambda *indices: np.zeros((4, 4, 3), np.uint8))
    assert is_one_sentence(error.value)
