"""ColTran: colorization as a sequence of colours, one pixel after the other (Kumar et al., ICLR 2021)."""
