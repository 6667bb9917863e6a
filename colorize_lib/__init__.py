"""Automatic image colorization: a conditional GAN, a diffusion model and an autoregressive transformer, compared."""

__all__ = ["colorize"]


def __getattr__(name: str):
    # Lazily, so that `import colorize_lib` is quick and needs no image library.
    if name == "colorize":
        from colorize_lib.photo import colorize

        return colorize
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
