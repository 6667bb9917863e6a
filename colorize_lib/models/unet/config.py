"""How the U-Net is configured: what the families that are built on it share."""

from dataclasses import dataclass
from typing import Literal

from colorize_lib.models.family import OutputSpace, Widths
from colorize_lib.validation import Count, Positive, Share


@dataclass(frozen=True)
class UNetConfig:
    """The U-Net of Palette (Saharia et al. 2022). The defaults are the published one at 256x256.

    Attributes:
        output: "rgb" as published, or "chroma": the two chroma planes, joined with the given luma.
        base: channels of the first level; the embedding of the noise level is four times as wide.
        multipliers: channels of each level as multiples of `base`; between two levels the picture is halved.
        blocks: residual blocks a level on the way down, and one more on the way up.
        attention: sides of the feature maps that have self-attention.
        head_width: channels of an attention head.
        norm_groups: groups of every group normalization.
        dropout: rate in every residual block while training.
        learning_rate: of Adam, after `warm_up` steps in which it rises linearly.
        ema_decay: of the average of the weights, once it is older than that allows.
        ema_fraction: horizon of that average as a share of the steps so far, in place of a fixed decay; 0: fixed.
        batch_size: images a step.
        precision: of the network's arithmetic; "bfloat16" keeps weights and normalizations in float32.
    """

    output: OutputSpace = "rgb"
    base: Count = 256
    multipliers: Widths = (1, 1, 2, 2, 4, 4)
    blocks: Count = 2
    attention: tuple[Count, ...] = (32, 16, 8)
    head_width: Count = 64
    norm_groups: Count = 32
    dropout: Share = 0.0
    learning_rate: Positive = 1e-4
    warm_up: Count = 10_000
    ema_decay: Share = 0.9999
    ema_fraction: Share = 0.0
    batch_size: Count = 1024
    precision: Literal["float32", "bfloat16"] = "float32"


PRESETS: dict[str, dict[str, object]] = {
    "tiny": {
        "base": 9, "multipliers": (1, 1), "blocks": 1, "attention": (), "head_width": 9, "norm_groups": 3,
        "warm_up": 100, "batch_size": 16,
    },
    "small": {
        "base": 16, "multipliers": (1, 1, 3, 3), "blocks": 1, "attention": (8, 4), "head_width": 16, "norm_groups": 4,
        "warm_up": 500, "batch_size": 32,
    },
    "base": {
        "base": 52, "multipliers": (1, 1, 2, 2), "blocks": 1, "attention": (16, 8), "head_width": 52,
        "norm_groups": 4, "warm_up": 1000, "batch_size": 64,
    },
    "paper": {},
}  # fmt: skip
