"""Automatic image colorization: a conditional GAN, a diffusion model and an autoregressive transformer, compared."""

import os

__all__ = ["colorize"]

# TensorFlow leaves oneDNN's kernels unused on processors without AVX-512, where a training step of Pix2Pix then takes
# 1.7 times as long and the U-Nets' 1.4 times. Set here, since TensorFlow reads it once, when it is imported.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Of its notes some are called errors and are none. This, too, is read once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def colorize(image, *, family: str = "pix2pix", seed: int = 0, model=None, **options):
    """A photograph with colours from a model, at its own size and with its own luma.

    Args:
        image: uint8 (H, W), (H, W, 1) or (H, W, 3); of colours that it has only the luma is used.
        family: the recorded model to load where `model` is None.
        seed: the same seed gives the same colours.
        model: has `image_size` S and `sample(gray, seed=)`, float32 (N, S, S, 1) to (N, S, S, 3), both in [-1, 1].
        options: of the family's sampler, such as `steps` of Palette's.

    Returns:
        uint8 (H, W, 3); its Rec. 601 luma is that of `image` within one level.

    Raises:
        ColorizeError: the array is not such an image, there is no recorded model of that family, or its sampler does
            not know an option.
    """
    # Lazily, so that `import colorize_lib` is quick and needs no image library.
    from colorize_lib.photo import colorize as full_size

    if model is None:
        from colorize_lib.runs import store

        model = store.load_model(family)
    return full_size.colorize(image, model=model, seed=seed, **options)
