"""The families: what each is called, how it is configured, and building one.

The modules that define networks import Keras; they are imported only when a model is built.
"""

import importlib
import typing

from colorize_lib.models.configs import (
    FAMILIES,
    IMAGE_SIZES,
    configure,
    family_of,
    hyperparameters,
)

if typing.TYPE_CHECKING:
    from colorize_lib.models.colorizer import Colorizer

__all__ = ["FAMILIES", "IMAGE_SIZES", "build", "configure", "family_of", "hyperparameters"]


def build(family: str, preset: str = "small", image_size: int | None = None, **settings) -> "Colorizer":
    """A model of `family`, with fresh weights, for square pictures of `image_size` pixels (default: the preset's)."""
    config = configure(family, preset, **settings)
    return from_config(family, config, image_size or IMAGE_SIZES[preset])


def from_config(family: str, config, image_size: int, seed: int = 0) -> "Colorizer":
    """A model of `family` with exactly this configuration; `seed` is of the noise that it trains with."""
    return importlib.import_module(family_of(family).module).Model(config, image_size, seed)
