"""Automatic image colorization: a conditional GAN, a diffusion model and an autoregressive transformer, compared."""

import os

__all__ = ["colorize"]

# TensorFlow leaves oneDNN's kernels unused on processors without AVX-512, where a training step of Pix2Pix then takes
# 1.7 times as long and the U-Nets' 1.4 times. Set here, since TensorFlow reads it once, when it is imported.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Of its notes some are called errors and are none. This, too, is read once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def __getattr__(name: str):
    # Lazily, so that `import colorize_lib` is quick and needs no image library.
    if name == "colorize":
        from colorize_lib.photo import colorize

        return colorize
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
