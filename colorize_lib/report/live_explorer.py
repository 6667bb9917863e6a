"""A widget that colours photographs with the recorded weights while a kernel runs."""

import io
from pathlib import Path

import ipywidgets
import numpy as np
from PIL import Image

from colorize_lib import color, models
from colorize_lib.data.decode import Rejected, decode
from colorize_lib.files import ColorizeError, repository
from colorize_lib.photo.colorize import colorize
from colorize_lib.report.explorers import Explorer
from colorize_lib.runs.store import Store

OWN = "one's own"


class LiveExplorer(Explorer):
    """Controls for a photograph, a family, a seed and the options of its sampler, and the colours that they give.

    Args:
        store: whose best run of a family is the model that colours.

    Attributes:
        photograph, upload: one of book/photos by its name, or one's own.
        family, seed: what it is coloured by.
        sliders: by family, the option of its sampler that can be tried.
        button: colours it.
        picture: the gray photograph beside its colours, as a PNG file.
        message: what went wrong, in a sentence.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        names = sorted(path.stem for path in _folder().glob("*.jpg"))
        self.photograph = ipywidgets.Dropdown(options=[*names, OWN], description="photograph")
        self.upload = ipywidgets.FileUpload(accept="image/*", multiple=False, description="choose a file")
        titles = {family.title: name for name, family in models.FAMILIES.items()}
        self.family = ipywidgets.Dropdown(options=titles, value="pix2pix", description="family")
        self.seed = ipywidgets.BoundedIntText(value=0, min=0, max=2**31 - 1, description="seed")
        self.sliders = {name: _slider(family) for name, family in models.FAMILIES.items() if family.slider}
        self.button = ipywidgets.Button(description="Colour", button_style="primary")
        still = _content(color.gray_rgb(decode((_folder() / f"{names[0]}.jpg").read_bytes())))
        self.picture = ipywidgets.Image(value=still, format="png", layout={"max_width": "100%"})
        self.message = ipywidgets.HTML("Colours appear here while a kernel runs.")
        self.button.on_click(lambda _: self.colorize())
        self.family.observe(lambda _: self._show_options(), "value")
        self._models: dict[str, object] = {}
        controls = [self.photograph, self.upload, self.family, self.seed, *self.sliders.values()]
        super().__init__([*controls, self.button, self.message, self.picture], still=still)
        self._show_options()

    def _show_options(self) -> None:
        for family, slider in self.sliders.items():
            slider.layout.display = "" if family == self.family.value else "none"

    def colorize(self) -> None:
        """Colorize the chosen photograph; an error that a user can mend becomes the message."""
        family = self.family.value
        options = {}
        if family in self.sliders:
            options[models.FAMILIES[family].slider.option] = self.sliders[family].value
        try:
            original = self._chosen()
            if family not in self._models:
                self._models[family] = self._store.best(family).load_model()
            rgb = colorize(original, seed=self.seed.value, model=self._models[family], **options)
        except ColorizeError as error:
            self.message.value = str(error)
            return
        self.message.value = ""
        self.picture.value = _content(np.concatenate([color.gray_rgb(original), rgb], axis=1))

    def _chosen(self) -> np.ndarray:
        if self.photograph.value != OWN:
            return decode((_folder() / f"{self.photograph.value}.jpg").read_bytes())
        if not self.upload.value:
            raise ColorizeError("No file was chosen: choose a photograph of your own, or one of the book's.")
        uploaded = self.upload.value[0]
        try:
            return decode(bytes(uploaded["content"]))
        except Rejected as reason:
            raise ColorizeError(
                f"{uploaded['name']} cannot be read as a photograph ({reason}): save it as PNG or JPEG first."
            ) from reason


def _slider(family: models.Family) -> ipywidgets.IntSlider | ipywidgets.FloatSlider:
    """The control of the option that a family's record names."""
    slider, default = family.slider, family.sampling_options()[family.slider.option]
    kind = ipywidgets.IntSlider if isinstance(default, int) else ipywidgets.FloatSlider
    return kind(value=default, min=slider.lowest, max=slider.highest, step=slider.step, description=slider.label)


def _folder() -> Path:
    return repository() / "book" / "photos"


def _content(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()
