"""How Pix2Pix is configured."""

from dataclasses import dataclass
from typing import ClassVar

from colorize_lib.models.family import Family, OutputSpace, Widths
from colorize_lib.validation import Count, Natural, NonNegative, Positive, Share


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
        norm_momentum: of the running statistics with which batch normalization samples.
        ema_fraction: horizon of the average of the generator's weights as a share of the steps so far; 0 keeps none.
    """

    VERSION: ClassVar[int] = 1

    output: OutputSpace = "rgb"
    generator_widths: Widths = (64, 128, 256, 512, 512, 512, 512, 512)
    discriminator_widths: Widths = (64, 128, 256, 512)
    dropout: Share = 0.5
    dropout_blocks: Natural = 3
    l1_weight: NonNegative = 100.0
    learning_rate: Positive = 2e-4
    beta_1: Share = 0.5
    batch_size: Count = 4
    init_std: Positive = 0.02
    norm_momentum: Share = 0.99
    ema_fraction: Share = 0.0


FAMILY = Family(
    title="Pix2Pix",
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
)
