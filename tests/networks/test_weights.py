"""Fetching and keeping weights, reading pickles and state dictionaries, and running networks in batches."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.networks import torch_files
from colorize_lib.networks.torch_files import Storage, Tensor
from colorize_lib.networks.weights import ArrayUnpickler, Release, Weights, folded, in_batches, member

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture
def root(monkeypatch, tmp_path):
    monkeypatch.setenv("COLORIZE_DATA", str(tmp_path))
    return tmp_path


class Source:
    def __init__(self, path):
        self.path, self.fetched = path, 0

    def present(self):
        return self.path.exists()

    def fetch(self):
        self.fetched += 1
        return self.path


def test_weights_are_converted_once(root):
    source = Source(root / "file")
    weights = Weights("net-1", source, lambda path: {"a/kernel": np.arange(3.0)})
    assert not weights.at_hand()
    for _ in range(2):
        np.testing.assert_array_equal(weights.load()["a/kernel"], [0, 1, 2])
    assert source.fetched == 1 and weights.at_hand() and weights.path == root / "networks" / "net-1.weights.npz"


def test_a_release_that_is_another_file_is_refused(root, is_one_sentence):
    (root / "weights.pth").write_bytes(b"other")
    with pytest.raises(ColorizeError, match=r"weights\.pth is not the file it should be") as error:
        Release("https://example.org/weights.pth", "weights.pth", "0" * 64).fetch()
    assert is_one_sentence(error.value)


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


def test_a_known_member_is_checked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x", b"content")
    with (
        zipfile.ZipFile(tmp_path / "a.zip") as archive,
        pytest.raises(ColorizeError, match="does not hold the weights known"),
    ):
        member(archive, "x", "0" * 64)


def test_a_folded_convolution_is_convolution_then_normalisation():
    random = np.random.default_rng(0)
    weight, x = random.normal(size=(5, 3, 1, 1)), random.normal(size=(10, 3))
    gamma, beta, mean = random.normal(size=(3, 5))
    variance = random.uniform(0.5, 2, 5)
    kernel, bias = folded(weight, gamma, beta, mean, variance, 1e-3)
    expected = gamma * (x @ weight[:, :, 0, 0].T - mean) / np.sqrt(variance + 1e-3) + beta
    np.testing.assert_allclose(x @ kernel[0, 0] + bias, expected, atol=1e-5)


def test_batches_have_one_shape_and_every_image_is_met_once():
    shapes = []

    def function(a, b):
        shapes.append(a.shape)
        return a.sum(axis=(1, 2, 3)) - b.sum(axis=(1, 2, 3))

    images = np.random.default_rng(0).integers(0, 256, (2, 11, 4, 4, 3)).astype(np.uint8)
    out = in_batches(function, list(images), lambda x: x.astype(np.float64), 4, np.empty(11), "")
    np.testing.assert_allclose(out, images[0].sum((1, 2, 3), np.int64) - images[1].sum((1, 2, 3), np.int64))
    assert shapes == [(4, 4, 4, 3)] * 3
