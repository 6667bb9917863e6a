"""How Palette is configured, and how it can be sampled."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from colorize_lib.models.family import Family, Slider
from colorize_lib.models.palette import schedules
from colorize_lib.models.unet.config import PRESETS, UNetConfig
from colorize_lib.validation import Count, NonNegative, Positive, Share


@dataclass(frozen=True)
class PaletteConfig(UNetConfig):
    """Palette (Saharia et al. 2022): diffusion.

    Attributes:
        prediction: "noise" as published, or "v" (Salimans and Ho 2022, "Progressive distillation", appendix D).
        loss: "l2" or "l1", the norm of equation 1.
        min_snr: cap on the weight of levels of little noise (Hang et al. 2023, "Efficient diffusion training via
            min-SNR weighting"); 0: all levels count alike, as published.
        gain: factor of the chroma before noise is added, since chroma is about a quarter as large as RGB.
        first_beta, last_beta, levels: of the linear schedule of training, and how many steps it has.
    """

    VERSION: ClassVar[int] = 1

    prediction: Literal["noise", "v"] = "noise"
    loss: Literal["l2", "l1"] = "l2"
    min_snr: NonNegative = 0.0
    gain: Positive = 1.0
    first_beta: Positive = 1e-6
    last_beta: Positive = 0.01
    levels: Count = 2000


@dataclass(frozen=True)
class PaletteSampling:
    """The options of Palette's sampler."""

    steps: Annotated[int, Field(ge=2, le=schedules.INFERENCE.steps)] = field(
        default=20, metadata={"help": "evaluations of the network"}
    )
    sampler: Literal["dpm-solver", "ddim", "ancestral"] = field(
        default="dpm-solver",
        metadata={
            "help": "dpm-solver or ddim, on a grid made for few steps, or ancestral: the published sampler on the "
            "published schedule of 1,000 steps, of which so many are taken at equal distances"
        },
    )
    noisiest: Share = field(
        default=0.0, metadata={"help": "gamma of the first evaluation; 0 takes the smallest that training knows"}
    )
    eta: Annotated[float, Field(ge=0, le=1)] = field(
        default=0.0, metadata={"help": "noise that ddim adds: 0 for none, 1 for as much as the posterior has"}
    )
    clip: bool = field(default=True, metadata={"help": "keep every estimate within the range of colours"})


FAMILY = Family(
    title="Palette",
    config=PaletteConfig,
    presets=PRESETS,
    sampling=PaletteSampling,
    slider=Slider("steps", "evaluations", lowest=2, highest=100, step=1),
)
