"""Automatic image colorization: a conditional GAN, a diffusion model and an autoregressive transformer, compared."""
