"""Reading state dictionaries as torch.save writes them, without torch."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.networks import torch_files
from colorize_lib.networks.torch_files import Storage, Tensor

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture(scope="module")
def state():
    """What the two files of torch.save in tests/fixtures hold."""
    with np.load(FIXTURES / "torch_state.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_state_dictionaries_of_both_formats_are_read(form, state):
    found = torch_files.read_state((FIXTURES / f"torch_state_{form}.pth").read_bytes())
    assert found.keys() == state.keys()
    for name, expected in state.items():
        np.testing.assert_array_equal(found[name], expected)
        assert found[name].dtype == expected.dtype and found[name].shape == expected.shape


def test_a_tensor_beyond_its_storage_is_refused():
    storage = Storage("0", np.dtype("<f4"))
    for shape, strides, offset in [((3,), (2,), 0), ((2, 2), (2, 1), 1), ((2,), (-1,), 1), ((2**40,), (0,), 5)]:
        with pytest.raises(ColorizeError, match="does not lie in its storage"):
            Tensor(storage, offset, shape, strides).array(bytes(16))


def test_other_files_are_no_state_dictionaries():
    with pytest.raises(ColorizeError, match=r"torch\.save"):
        torch_files.read_state(pickle.dumps("something else"))
