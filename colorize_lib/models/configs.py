"""Hyper-parameters: one frozen dataclass a family that names every number, and the four size classes.

Nothing here imports Keras, so that configurations can be read, named and compared without a backend.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import pydantic

from colorize_lib.files import ColorizeError
from colorize_lib.validation import field_types, nearest, validated

OutputSpace = Literal["rgb", "chroma"]
Positive = Annotated[float, pydantic.Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, pydantic.Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, pydantic.Field(ge=0, lt=1)]
Count = Annotated[int, pydantic.Field(ge=1)]
Widths = Annotated[tuple[Count, ...], pydantic.Field(min_length=1)]


@dataclass(frozen=True)
class Pix2PixConfig:
    """Pix2Pix (Isola et al. 2017). The defaults are the published colorization model at 256x256.

    Attributes:
        output: "rgb" as published, or "chroma": the two chroma planes, joined with the given luma.
        generator_widths: channels of the encoder's 4x4 stride-2 convolutions; the decoder mirrors them (section 6.1.1).
        discriminator_widths: channels of the PatchGAN; all but the last convolve with stride 2. Two, three and four
            of them see patches of 16, 34 and 70 pixels (section 6.1.2).
        dropout: rate in the decoder's first `dropout_blocks` blocks, in training and in sampling: the only noise.
        l1_weight: lambda of equation 4.
        learning_rate, beta_1: of Adam (section 3.3), for both networks.
        batch_size: images a step.
        init_std: standard deviation of the initial convolution weights (section 6.2).
        norm_momentum: of the running statistics that batch normalization uses in sampling.
        ema_fraction: horizon of the average of the generator's weights as a share of the steps so far; 0 keeps none.
    """

    VERSION: ClassVar[int] = 1

    output: OutputSpace = "rgb"
    generator_widths: Widths = (64, 128, 256, 512, 512, 512, 512, 512)
    discriminator_widths: Widths = (64, 128, 256, 512)
    dropout: Share = 0.5
    dropout_blocks: Annotated[int, pydantic.Field(ge=0)] = 3
    l1_weight: Weight = 100.0
    learning_rate: Positive = 2e-4
    beta_1: Share = 0.5
    batch_size: Count = 4
    init_std: Positive = 0.02
    norm_momentum: Share = 0.99
    ema_fraction: Share = 0.0


@dataclass(frozen=True)
class UNetConfig:
    """The U-Net that Palette and regression share (Saharia et al. 2022). The defaults are the published one at 256x256.

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


@dataclass(frozen=True)
class PaletteConfig(UNetConfig):
    """Palette (Saharia et al. 2022): diffusion.

    Attributes:
        prediction: "noise" as published, or "v" (Salimans and Ho 2022, "Progressive distillation", appendix D).
        loss: "l2" or "l1", the norm of equation 1.
        min_snr: cap of the weight of low noise (Hang et al. 2023, "Efficient diffusion training via min-SNR
            weighting"); 0: all levels count alike, as published.
        gain: factor of the chroma before noise is added, since chroma is about a quarter as large as RGB.
        first_beta, last_beta, levels: of the linear schedule of training, and how many steps it has.
    """

    VERSION: ClassVar[int] = 1

    prediction: Literal["noise", "v"] = "noise"
    loss: Literal["l2", "l1"] = "l2"
    min_snr: Weight = 0.0
    gain: Positive = 1.0
    first_beta: Positive = 1e-6
    last_beta: Positive = 0.01
    levels: Count = 2000


@dataclass(frozen=True)
class RegressionConfig(UNetConfig):
    """Palette's baseline: its U-Net, trained to return the colours in one evaluation with an L2 loss (section 4)."""

    VERSION: ClassVar[int] = 1


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
class Family:
    """What the registry knows of a family: its title, its module, its configuration, its presets' settings, and whether
    its colours vary with the seed."""

    title: str
    module: str
    config: type
    presets: dict[str, dict]
    varied: bool = True


IMAGE_SIZES = {"tiny": 32, "small": 32, "base": 64, "paper": 256}

UNET_PRESETS: dict[str, dict] = {
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

FAMILIES = {
    "pix2pix": Family(
        title="Pix2Pix",
        module="colorize_lib.models.pix2pix",
        config=Pix2PixConfig,
        presets={
            "tiny": {"generator_widths": (8, 16, 16, 16), "discriminator_widths": (8, 16), "batch_size": 16},
            "small": {"generator_widths": (24, 48, 80, 80, 80), "discriminator_widths": (32, 64), "batch_size": 32},
            "base": {
                "generator_widths": (32, 64, 120, 160, 192, 192),
                "discriminator_widths": (64, 128, 256),
                "batch_size": 32,
            },
            "paper": {},
        },
    ),
    "regression": Family(
        title="Regression",
        module="colorize_lib.models.regression",
        config=RegressionConfig,
        presets=UNET_PRESETS,
        varied=False,
    ),
    "palette": Family(
        title="Palette",
        module="colorize_lib.models.palette.model",
        config=PaletteConfig,
        presets=UNET_PRESETS,
    ),
    "coltran": Family(
        title="ColTran",
        module="colorize_lib.models.coltran",
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
    ),
}


def family_of(name: str) -> Family:
    """The registry's entry of a family."""
    if name not in FAMILIES:
        raise ColorizeError(f"There is no family called {name}: {nearest(name, FAMILIES)}")
    return FAMILIES[name]


def configure(family: str, preset: str, **settings):
    """The configuration of a family at a preset, with `settings` in place of the preset's own.

    An unknown setting, or a value of the wrong type, is an error that names it.
    """
    entry = family_of(family)
    if preset not in entry.presets:
        raise ColorizeError(f"{entry.title} has no preset called {preset}: {nearest(preset, entry.presets)}")
    types = field_types(entry.config)
    for name in settings:
        if name not in types:
            raise ColorizeError(f"{entry.title} has no hyper-parameter called {name}: {nearest(name, types)}")
    values = {**entry.presets[preset], **settings}
    return entry.config(**{name: validated(f"{family}_{name}", types[name], value) for name, value in values.items()})


def hyperparameters() -> dict[str, object]:
    """Every FAMILY_FIELD key of parameter files with the type of its value."""
    return {
        f"{name}_{field}": kind
        for name, family in FAMILIES.items()
        for field, kind in field_types(family.config).items()
    }
