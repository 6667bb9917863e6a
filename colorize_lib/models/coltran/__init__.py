"""ColTran: colorization as a sequence of colours, one pixel after the other (Kumar et al., ICLR 2021)."""

from colorize_lib.models.coltran.model import ColTran as Model

__all__ = ["Model"]
