"""How ColTran is configured, and how it can be sampled."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from colorize_lib.models.family import Family, OutputSpace, Slider
from colorize_lib.validation import Count, Natural, Positive, Share


@dataclass(frozen=True)
class ColTranConfig:
    """ColTran (Kumar et al. 2021). The defaults are the published model at 256x256, whose core works at 64x64.

    Attributes:
        output: "rgb" as published, or "chroma": the two chroma planes, joined with the given luma.
        gray: what the core's encoder is given: the gray picture at the core's size as published ("coarse"), or all the
            pixels of the full size that each of the core's covers ("patches").
        width: channels of the core; its feed-forward layers are as wide.
        color_width, spatial_width: channels of the two upsamplers.
        heads: of every attention; they share the channels.
        encoder_blocks, outer_blocks, inner_blocks: of the core (section 5); color_blocks, spatial_blocks: of the
            upsamplers. A block is attention along rows and along columns, and of the inner decoder along rows.
        ratio: how much larger a side of the picture is than one of the core's.
        parallel_weight: lambda of the auxiliary model that predicts all coarse colours at once (section 4.2).
        learning_rate: of RMSprop, after `warm_up` steps in which it rises linearly.
        ema_decay, ema_fraction: of the average of the weights, as for Palette.
        batch_size: images a step.
    """

    VERSION: ClassVar[int] = 1

    output: OutputSpace = "rgb"
    gray: Literal["coarse", "patches"] = "coarse"
    width: Count = 512
    color_width: Count = 512
    spatial_width: Count = 512
    heads: Count = 4
    encoder_blocks: Count = 4
    outer_blocks: Count = 2
    inner_blocks: Count = 2
    color_blocks: Count = 4
    spatial_blocks: Count = 3
    ratio: Count = 4
    parallel_weight: Share = 0.01
    learning_rate: Positive = 3e-4
    warm_up: Count = 1
    ema_decay: Share = 0.999
    ema_fraction: Share = 0.0
    batch_size: Count = 224


@dataclass(frozen=True)
class ColTranSampling:
    """The options of ColTran's sampler."""

    temperature: Positive = field(
        default=1.0, metadata={"help": "divides the core's logits; below 1 colours are paler"}
    )
    top_k: Natural = field(
        default=0, metadata={"help": "draw each coarse colour among so many most probable ones; 0 draws among all"}
    )


FAMILY = Family(
    title="ColTran",
    config=ColTranConfig,
    presets={
        "tiny": {
            "gray": "patches",
            "width": 8,
            "color_width": 8,
            "spatial_width": 4,
            "heads": 2,
            "encoder_blocks": 1,
            "inner_blocks": 1,
            "color_blocks": 1,
            "spatial_blocks": 1,
            "warm_up": 100,
            "batch_size": 16,
        },
        "small": {
            "gray": "patches",
            "width": 52,
            "color_width": 52,
            "spatial_width": 24,
            "heads": 2,
            "warm_up": 500,
            "batch_size": 32,
        },
        "base": {
            "gray": "patches",
            "width": 128,
            "color_width": 128,
            "spatial_width": 48,
            "heads": 4,
            "warm_up": 1000,
            "batch_size": 64,
        },
        "paper": {},
    },
    sampling=ColTranSampling,
    slider=Slider("temperature", "temperature", lowest=0.1, highest=1.5, step=0.1),
)
