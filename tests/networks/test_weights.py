"""Fetching and keeping weights, and folding normalisations into them."""

import zipfile

import numpy as np
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.networks.weights import Release, Weights, folded, member


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
