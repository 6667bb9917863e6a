"""Explorers: widgets that need no kernel, since the page holds their pictures and the browser links the controls."""

import base64
import io
import math
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorize_lib.files import ColorizeError

SHEET_PICTURES, SHEET_COLUMNS = 8, 4  # of the still picture that replaces a widget on paper
MARGIN, CAPTION = 8, 22  # pixels


class Explorer(ipywidgets.VBox):
    """A box of controls with a still picture of itself, which is shown wherever a widget cannot be."""

    def __init__(self, children: Sequence[ipywidgets.Widget], still: bytes):
        self.still = still
        super().__init__(children)

    def _repr_mimebundle_(self, **kwargs) -> dict[str, object]:
        # A front end takes the richest kind that it knows: HTML takes the widget, LaTeX the PNG.
        return {
            **super()._repr_mimebundle_(**kwargs),
            "image/png": base64.b64encode(self.still).decode(),
        }


def slider(
    images: Sequence[bytes | np.ndarray], labels: Sequence[object], description: str = "", start: int = 0
) -> Explorer:
    """A slider over pictures, one for each step, with the step's label beside it.

    Args:
        images: PNG files as bytes, or uint8 arrays (H, W, 3), (H, W) or (H, W, 1).
        labels: one for each picture, all different, shown as text.
        description: what the slider changes, such as "images seen".
        start: the index of the picture to show first; -1 for the last.

    Raises:
        ColorizeError: labels are missing, or two of them are equal.
    """
    labels = [str(label) for label in labels]
    if not images or len(images) != len(labels) or len(set(labels)) != len(labels):
        raise ColorizeError(
            f"A slider of {len(images)} pictures was given {len(set(labels))} different labels: give it one label for "
            "each picture, all different."
        )
    files = [image if isinstance(image, bytes) else _png(image) for image in images]
    handle = ipywidgets.SelectionSlider(
        options=labels,
        index=start % len(labels),
        description=description,
        style={"description_width": "initial"},
        layout={"width": "100%", "max_width": "40em"},
    )
    stack = ipywidgets.Stack(
        [ipywidgets.Image(value=file, format="png", layout={"max_width": "100%"}) for file in files],
        selected_index=start % len(labels),
    )
    # jslink lives in the page; an observer in Python would need a kernel.
    ipywidgets.jslink((handle, "index"), (stack, "selected_index"))
    return Explorer([handle, stack], still=_sheet(files, labels))


def choices(
    axes: Mapping[str, Sequence[object]], picture: Callable[..., bytes | np.ndarray], width: int | None = None
) -> Explorer:
    """A control for each of several axes, over a picture for every combination.

    Every picture is in the page, so no kernel is needed. Arrow keys move the control that has the focus.

    Args:
        axes: the labels to choose from, by the name of what they are, such as "family".
        picture: called with an index into each axis, in order; returns a PNG file, or a uint8 array as for `slider`.
        width: of the pictures on the page, in pixels, if it is not their own; they are enlarged with sharp pixels.

    Raises:
        ColorizeError: there is no axis, or one has no labels or two that are equal.
    """
    names, labels = list(axes), [[str(label) for label in options] for options in axes.values()]
    if not names or any(not options or len(set(options)) != len(options) for options in labels):
        raise ColorizeError(
            "The axes of choices are wrong: give at least one, each with labels that are all different."
        )
    controls = [
        ipywidgets.SelectionSlider(
            options=options, description=name, style={"description_width": "initial"}, layout={"width": "24em"}
        )
        for name, options in zip(names, labels, strict=True)
    ]
    shown: dict[tuple[int, ...], bytes] = {}

    def box(indices: tuple[int, ...]) -> ipywidgets.Widget:
        """The picture of a complete choice, or for part of one, a stack over what the next control chooses."""
        if len(indices) == len(labels):
            content = picture(*indices)
            shown[indices] = content if isinstance(content, bytes) else _png(content)
            layout = {"width": f"{width}px"} if width else {"max_width": "100%"}
            image = ipywidgets.Image(value=shown[indices], format="png", layout=layout)
            image.add_class("pixels")
            return image
        stack = ipywidgets.Stack([box((*indices, i)) for i in range(len(labels[len(indices)]))], selected_index=0)
        ipywidgets.jslink((controls[len(indices)], "index"), (stack, "selected_index"))
        return stack

    stack = box(())
    # On paper: all along the last axis, at the first choice of every other.
    last = [(*(0,) * (len(labels) - 1), i) for i in range(len(labels[-1]))]
    return Explorer([*controls, stack], still=_sheet([shown[indices] for indices in last], labels[-1]))


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(file, "PNG")
    return file.getvalue()


def _sheet(files: Sequence[bytes], labels: Sequence[str]) -> bytes:
    """A PNG file of some of the pictures, among them the first and the last, side by side with their labels."""
    chosen = np.unique(np.linspace(0, len(files) - 1, min(len(files), SHEET_PICTURES)).round().astype(int))
    pictures = [Image.open(io.BytesIO(files[index])).convert("RGB") for index in chosen]
    width = max(max(picture.width for picture in pictures), 64) + MARGIN
    height = max(picture.height for picture in pictures) + CAPTION
    columns = min(len(pictures), SHEET_COLUMNS)
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (columns * width + MARGIN, rows * height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for place, (index, picture) in enumerate(zip(chosen, pictures, strict=True)):
        left, top = MARGIN + place % columns * width, place // columns * height
        draw.text((left, top + 2), labels[index], fill="black", font=font)
        sheet.paste(picture, (left, top + CAPTION))
    return _png(np.asarray(sheet))
