"""What several test files share."""

import os
import re
from pathlib import Path

# Before the libraries are imported, which read this then.
os.environ.update(
    # Tests run one on each core, where two threads of each get in the other's way: NumPy's wait for work by spinning,
    # and 300 kernel distances take 19 seconds in place of 1.5.
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
    # What a test compiles runs a few times: to optimise it takes twice as long as it saves.
    | {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    | {"JAX_COMPILATION_CACHE_DIR": str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "jax")}
    | {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
)

import numpy as np
import pytest


@pytest.fixture
def is_one_sentence():
    """Whether an error's text is one sentence on one line: it ends once, and nothing begins after that."""

    def check(text):
        text = str(text)
        return "\n" not in text and text[-1] in ".?" and not re.search(r"[.?!] +[A-Z]", text)

    return check


@pytest.fixture
def store(tmp_path):
    """A store of its own, with nothing in it."""
    from colorize_lib.runs.store import Store

    return Store(tmp_path / "results", tmp_path / "runs")


@pytest.fixture
def projected(monkeypatch, tmp_path):
    """Random projections in place of the two classifiers, and how often Inception's features were computed."""
    from colorize_lib.metrics import scores
    from colorize_lib.networks import efficientnet, inception

    calls = []
    weights = np.random.default_rng(0).normal(size=(32 * 32 * 3, 12))

    def projection(images, out):
        out[:, :12] = np.stack(list(images)).reshape(len(images), -1) / 255 @ weights
        return out

    def pool3(images, out):
        calls.append(len(images))
        return projection(images, out)

    def probabilities(images, out):
        powers = np.exp(projection(images, out) / 20)
        out[:] = powers / powers.sum(axis=1, keepdims=True)
        return out

    monkeypatch.setattr(inception, "pool3", pool3)
    monkeypatch.setattr(inception, "FEATURES", 12)
    monkeypatch.setattr(efficientnet, "probabilities", probabilities)
    monkeypatch.setattr(efficientnet, "CLASSES", 12)
    monkeypatch.setattr(scores, "data_root", lambda: tmp_path)
    return calls
