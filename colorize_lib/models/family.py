"""What can be known of a family without a backend: its record, and the types that the families' settings share."""

import dataclasses
from dataclasses import dataclass, field
from typing import Annotated, Literal

import pydantic

from colorize_lib.files import ColorizeError
from colorize_lib.validation import Count, field_types, nearest, validated

OutputSpace = Literal["rgb", "chroma"]
Widths = Annotated[tuple[Count, ...], pydantic.Field(min_length=1)]


@dataclass(frozen=True)
class NoOptions:
    """The options of a sampler that has none."""


@dataclass(frozen=True)
class Slider:
    """How a widget offers one option of a sampler.

    Attributes:
        option: its name.
        label: what stands beside the slider.
        lowest, highest, step: the values that the slider runs through.
    """

    option: str
    label: str
    lowest: float
    highest: float
    step: float


@dataclass(frozen=True)
class Family:
    """The record of a family.

    Attributes:
        title: what tables and menus call it.
        config: the frozen dataclass of its hyper-parameters; the defaults are the published model's.
        presets: for each preset, the hyper-parameters that differ from those defaults.
        sampling: the frozen dataclass of its sampler's options; the metadata of each field have its "help", which says
            in a few words what the option does.
        slider: the option that a reader can try in a widget, if there is one.
        varied: whether its colours vary with the seed.
    """

    title: str
    config: type
    presets: dict[str, dict[str, object]] = field(repr=False)
    sampling: type = NoOptions
    slider: Slider | None = None
    varied: bool = True

    def sampling_options(self, **chosen: object) -> dict[str, object]:
        """All options of the sampler by name: the chosen values, and the defaults of the rest.

        Raises:
            ColorizeError: the sampler has no such option, or a value is of the wrong type or out of its range.
        """
        types = field_types(self.sampling)
        for name in chosen:
            if name not in types:
                hint = nearest(name, types) if types else "its sampler has no options."
                raise ColorizeError(f"{self.title} cannot sample with {name}: {hint}")
        values = {name: validated(name, types[name], value) for name, value in chosen.items()}
        return dataclasses.asdict(self.sampling(**values))
