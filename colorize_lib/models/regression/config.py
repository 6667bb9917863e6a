"""How regression is configured."""

from dataclasses import dataclass
from typing import ClassVar

from colorize_lib.models.family import Family
from colorize_lib.models.unet.config import PRESETS, UNetConfig


@dataclass(frozen=True)
class RegressionConfig(UNetConfig):
    """Palette's baseline: its U-Net, trained to return the colours in one evaluation with an L2 loss (section 4)."""

    VERSION: ClassVar[int] = 1


FAMILY = Family(title="Regression", config=RegressionConfig, presets=PRESETS, varied=False)
