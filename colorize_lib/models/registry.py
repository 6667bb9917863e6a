"""The registry: every family by name, what its hyper-parameters are, and how a model of it is built.

Nothing here imports Keras before a model is built, so that configurations can be read, named and compared without a
backend.
"""

import importlib
import typing

from colorize_lib.files import ColorizeError
from colorize_lib.models.family import Family
from colorize_lib.validation import field_types, nearest, validated

if typing.TYPE_CHECKING:
    from colorize_lib.models.colorizer import Colorizer

# The families in the order in which tables and menus show them. Each is a package of that name beside this file: its
# config.py holds the record FAMILY and imports no Keras, its model.py holds the class Model.
NAMES = ("pix2pix", "regression", "palette", "coltran")
FAMILIES: dict[str, Family] = {name: importlib.import_module(f"{__package__}.{name}.config").FAMILY for name in NAMES}

# The presets, with the side in pixels of the pictures that each is made for. Every family has all of them.
IMAGE_SIZES = {"tiny": 32, "small": 32, "base": 64, "paper": 256}


def family_of(name: str) -> Family:
    """The record of a family."""
    if name not in FAMILIES:
        raise ColorizeError(f"There is no family called {name}: {nearest(name, FAMILIES)}")
    return FAMILIES[name]


def configure(family: str, preset: str, **settings):
    """The configuration of a family at a preset, with `settings` in place of the preset's own.

    Raises:
        ColorizeError: there is no such family, preset or setting, or a value is of the wrong type or out of its range.
    """
    record = family_of(family)
    if preset not in record.presets:
        raise ColorizeError(f"{record.title} has no preset called {preset}: {nearest(preset, record.presets)}")
    types = field_types(record.config)
    for name in settings:
        if name not in types:
            raise ColorizeError(f"{record.title} has no hyper-parameter called {name}: {nearest(name, types)}")
    values = {**record.presets[preset], **settings}
    return record.config(**{name: validated(f"{family}_{name}", types[name], value) for name, value in values.items()})


def hyperparameters() -> dict[str, object]:
    """The type of every hyper-parameter's value, by its key FAMILY_FIELD in parameter files."""
    return {
        f"{name}_{field}": kind
        for name, record in FAMILIES.items()
        for field, kind in field_types(record.config).items()
    }


def build(family: str, preset: str = "small", image_size: int | None = None, **settings) -> "Colorizer":
    """A model of a family at a preset, with fresh weights.

    Args:
        family, preset, settings: as for `configure`.
        image_size: pixels a side of its square pictures; by default those of the preset.
    """
    return from_config(family, configure(family, preset, **settings), image_size or IMAGE_SIZES[preset])


def from_config(family: str, config, image_size: int, seed: int = 0) -> "Colorizer":
    """A model of a family with exactly this configuration and fresh weights; `seed` is that of its training's noise."""
    family_of(family)
    return importlib.import_module(f"{__package__}.{family}.model").Model(config, image_size, seed)
