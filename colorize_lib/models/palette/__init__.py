"""Palette: colorization as image-to-image diffusion (Saharia et al., SIGGRAPH 2022)."""
