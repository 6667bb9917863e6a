"""Reading pickles of arrays, and refusing all others."""

import io
import pickle

import numpy as np
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.networks import torch_files
from colorize_lib.networks.pickles import ArrayUnpickler


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_in_dictionaries_are_unpickled(protocol):
    tree = {"a": {"b": np.arange(6, dtype=np.float32).reshape(2, 3)}, "c": [np.array(2.5), 3, "text"]}
    found = ArrayUnpickler(io.BytesIO(pickle.dumps(tree, protocol))).load()
    np.testing.assert_array_equal(found["a"]["b"], tree["a"]["b"])
    assert found["c"][0] == 2.5 and found["c"][1:] == [3, "text"]


class Opener:
    def __reduce__(self):
        return print, ("called",)


@pytest.mark.parametrize("reader", [ArrayUnpickler, torch_files._StateUnpickler])
@pytest.mark.parametrize("content", [Opener(), {"x": np.array([Opener()], dtype=object)}, np.float64(1.0)])
def test_a_pickle_that_calls_anything_else_is_refused(reader, content, capsys):
    with pytest.raises(ColorizeError, match="asks for"):
        reader(io.BytesIO(pickle.dumps(content))).load()
    assert "called" not in capsys.readouterr().out
