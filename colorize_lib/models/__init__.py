"""Models: the families, how each is configured, trained and sampled, and building one by its name."""

from colorize_lib.models.family import Family
from colorize_lib.models.registry import (
    FAMILIES,
    IMAGE_SIZES,
    build,
    configure,
    family_of,
    from_config,
    hyperparameters,
)

__all__ = ["FAMILIES", "IMAGE_SIZES", "Family", "build", "configure", "family_of", "from_config", "hyperparameters"]
