"""Pickles of weights, read without what makes pickles dangerous."""

import pickle
from collections.abc import Mapping

import numpy as np

from colorize_lib.files import ColorizeError


class ArrayUnpickler(pickle.Unpickler):
    """Reads pickles of plain NumPy arrays in plain containers, and refuses to call anything else."""

    # The constructors that NumPy itself names when it pickles an array, by the names they had and have.
    ADMITTED: Mapping[tuple[str, str], object] = {
        **{
            (module, "_reconstruct"): np.empty(0).__reduce__()[0]
            for module in ("numpy.core.multiarray", "numpy._core.multiarray")
        },
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str):
        if (module, name) not in self.ADMITTED:
            raise ColorizeError(
                f"The file asks for {module}.{name}, which arrays do not need: do not use it, and fetch it anew."
            )
        return self.ADMITTED[module, name]
