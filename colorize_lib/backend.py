"""The backend: importing it late and quietly, and the memory that it frees."""

import ctypes
import os

# Parameters of glibc's mallopt, see <malloc.h>, and their values.
MALLOPT = {
    -8: 1,  # M_ARENA_MAX: all threads share one heap
    -4: 0,  # M_MMAP_MAX: large buffers come from the heap too
    -1: 2**31 - 1,  # M_TRIM_THRESHOLD: bytes free at its end before it shrinks
    -2: 2**28,  # M_TOP_PAD: bytes by which it grows
}


def load_backend() -> None:
    """Import Keras and its backend, without the notes that TensorFlow prints then whatever its settings say.

    It takes seconds, so it is called when the arguments of a command have been checked.
    """
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import keras  # noqa: F401
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def keep_freed_memory() -> None:
    """Have glibc, where that is the C library, keep the memory that a training step frees for the next one.

    TensorFlow allocates large buffers in every step. glibc returns them to the system at once or keeps them, depending
    on where they happen to lie; when they are returned, a step of Palette at `small` makes 213,000 page faults, which
    take more than half of its time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:
        for parameter, value in MALLOPT.items():
            mallopt(parameter, value)
