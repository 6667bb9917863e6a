"""Regression: the baseline of Palette's authors, the same U-Net trained to return the colours at once."""
