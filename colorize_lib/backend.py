"""The backend: imported late, since that takes seconds, and without the notes that TensorFlow prints."""

import os


def load_backend() -> None:
    """Import Keras and its backend without the notes that TensorFlow prints then, whatever its settings say."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import keras  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
