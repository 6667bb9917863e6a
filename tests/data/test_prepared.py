"""Preparing: counts that add up, files that are whole or absent, splits by names and seed alone."""

import hashlib
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image

from colorize_lib import data, files
from colorize_lib.data import catalog, prepared, sources, splits
from colorize_lib.data.decode import Rejected


@pytest.fixture(autouse=True)
def data_root(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORIZE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def picture(seed: int, side: int = 24, gray: bool = False) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 1 if gray else 3), np.uint8)
    return Image.fromarray(np.broadcast_to(pixels, (side, side, 3)).copy())


@pytest.fixture
def folder(tmp_path):
    """50 pictures, some in an archive: 38 good ones, 6 gray, 3 too small, 3 unreadable; and other files."""
    root = tmp_path / "photos"
    (root / "sub").mkdir(parents=True)
    for number in range(40):
        picture(number, gray=number % 10 == 3, side=9 if number in (5, 15, 25) else 24).save(root / f"{number}.png")
    (root / "NA.jpg").write_bytes(b"no image")
    whole = io.BytesIO()
    picture(0, 400).save(whole, "JPEG")
    (root / "sub/half.jpg").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    (root / "sub/broken.zip").write_bytes(b"PK")
    (root / "readme.txt").write_text("about")
    with zipfile.ZipFile(root / "more.zip", "w") as archive:
        for number in range(7):
            buffer = io.BytesIO()
            picture(100 + number, gray=number < 2).save(buffer, "PNG")
            archive.writestr(f"{number}.png", buffer.getvalue())
    return root


def test_every_file_is_counted_and_one_line_says_so(folder, caplog):
    found = data.prepare(str(folder), 16)
    assert found.counts == {"all": {"files": 50, "kept": 38, "gray": 6, "unreadable": 3, "too_small": 3}}
    lines = [record.getMessage() for record in caplog.records if record.name == "colorize_lib.data.prepared"]
    assert len(lines) == 1
    for text in ("38 of 50", "6 gray", "3 smaller than 16x16", "3 unreadable", "1 damaged"):
        assert text in lines[0]


def test_images_index_and_manifest_agree(folder, data_root):
    found = data.prepare(str(folder), 24)
    assert isinstance(found.images, np.memmap) and found.images.shape == (38, 24, 24, 3)
    assert list(found.index.columns) == ["part", "position", "file"] and len(found.index) == 38
    for row in (0, 20, 37):
        name = found.index["file"][row]
        seed = 100 + int(name[9:-4]) if name.startswith("more.zip") else int(name[:-4])
        np.testing.assert_array_equal(found.images[row], np.asarray(picture(seed)))
    assert (np.diff(found.index["position"]) > 0).all()
    assert found.sha256 == hashlib.sha256(np.asarray(found.images).tobytes()).hexdigest()
    manifest = json.loads((found.folder / "manifest.json").read_text())
    assert manifest["sha256"] == found.sha256 and found.folder.parent == data_root / "prepared"


def test_splits_are_disjoint_and_defined_by_the_list_alone(folder):
    found = data.prepare(str(folder), 16)
    rows = {split: found.indices(split, 0) for split in splits.SPLITS}
    assert sorted(np.concatenate(list(rows.values()))) == list(range(38))
    positions = splits.split_positions("all", 50, splits.FRACTIONS, 0)
    kept = set(found.index["position"])
    for split, chosen in rows.items():
        expected = [position for position in positions[split] if position in kept]
        assert found.index["position"].to_numpy()[chosen].tolist() == expected
    assert found.indices("train", 1).tolist() != rows["train"].tolist()
    with np.load(found.folder / "split-0.npz") as recorded:
        np.testing.assert_array_equal(recorded["train"], rows["train"])
    assert found.indices("train", 0).tolist() == rows["train"].tolist()  # now from the record
    with pytest.raises(files.ColorizeError, match="no split 'training': use one of train, validation"):
        found.indices("training", 0)


def test_load_gives_subsets_of_larger_counts(folder):
    everything = data.load(str(folder), "train", 16)
    few = data.load(str(folder), "train", 16, count=7)
    assert few.dtype == np.uint8 and type(few) is np.ndarray
    np.testing.assert_array_equal(few, everything[:7])
    found = data.prepare(str(folder), 16)
    np.testing.assert_array_equal(everything, np.asarray(found.images)[found.indices("train", 0)])
    with pytest.raises(files.ColorizeError, match=r"has .* train images, not 1,000: ask for fewer"):
        data.load(str(folder), "train", 16, count=1000)


def test_it_is_prepared_once_and_again_after_a_change(folder):
    first = data.prepare(str(folder), 16)
    written = (first.folder / "images.npy").stat().st_mtime_ns
    assert (data.prepare(str(folder), 16).folder / "images.npy").stat().st_mtime_ns == written
    picture(999).save(folder / "new.png")
    assert data.prepare(str(folder), 16).counts["all"]["kept"] == 39


def test_two_preparations_give_the_same_bytes(folder, data_root, monkeypatch):
    first = data.prepare(str(folder), 16)
    monkeypatch.setenv("COLORIZE_DATA", str(data_root) + "2")
    second = data.prepare(str(folder), 16)
    for name in ("images.npy", "index.csv"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_what_is_interrupted_leaves_nothing_and_starts_anew(data_root, monkeypatch):
    def pictures(stop):
        for number in range(20):
            if number == stop:
                raise KeyboardInterrupt
            yield sources.Picture("all", number, f"{number}", np.asarray(picture(number)))

    def source(stop):
        return "stub", lambda: sources.Source({"all": splits.FRACTIONS}, 20, lambda: pictures(stop), "test")

    leftover = data_root / "prepared/.stub-8"  # as a killed process leaves it
    leftover.mkdir(parents=True)
    (leftover / "images.npy").write_bytes(b"half")
    monkeypatch.setattr(catalog, "find", lambda name: source(15))
    with pytest.raises(KeyboardInterrupt):
        data.prepare("stub", 8)
    assert [path.name for path in (data_root / "prepared").iterdir()] == ["stub-8.lock"]
    monkeypatch.setattr(catalog, "find", lambda name: source(None))
    assert data.prepare("stub", 8).images.shape == (20, 8, 8, 3)


def test_a_size_that_no_picture_has_is_an_error_with_the_counts(folder, data_root):
    with pytest.raises(files.ColorizeError, match=r"0 of 50 pictures kept; .* smaller than 500x500.*smaller size"):
        data.prepare(str(folder), 500)
    assert not (data_root / "prepared" / f"{sources.folder_key(folder)}-500").exists()
    with pytest.raises(files.ColorizeError, match="size of 1 or more"):
        data.prepare(str(folder), 0)


@pytest.mark.parametrize("count", [0, 1, 123])
def test_the_growing_array_is_a_plain_npy_file(tmp_path, count):
    images = np.random.default_rng(count).integers(0, 256, (count, 5, 5, 3), np.uint8)
    with prepared.ArrayWriter(tmp_path / "images.npy", (5, 5, 3)) as writer:
        for image in images:
            writer.append(image)
    np.testing.assert_array_equal(np.load(tmp_path / "images.npy"), images)
    assert writer.sha256 == hashlib.sha256(images.tobytes()).hexdigest()
    with prepared.ArrayWriter(tmp_path / "other.npy", (5, 5, 3)) as writer, pytest.raises(ValueError):
        writer.append(np.zeros((5, 5, 3)))


def test_preparing_holds_a_small_part_of_the_data_in_memory(monkeypatch):
    def pictures():
        for number in range(1000):
            yield sources.Picture("all", number, f"{number}", np.asarray(picture(number, side=64)))

    source = sources.Source({"all": splits.FRACTIONS}, 1000, pictures, "test")
    monkeypatch.setattr(catalog, "find", lambda name: ("stub", lambda: source))
    data.prepare("sample_photos", 8)  # imports and caches
    tracemalloc.start()
    found = data.prepare("stub", 64)
    data.Batches(found.images, found.indices("train", 0), 16, 0)[3]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.images.nbytes == 12_288_000 and peak < 3_000_000


def test_results_keep_the_order_of_their_items():
    numbers = range(500)
    assert list(prepared._in_order(lambda number: number**2, numbers)) == [(n, n**2) for n in numbers]


def test_a_rejected_picture_is_passed_on():
    reason = Rejected("unreadable", "bad checksum")
    assert prepared._decoded(sources.Picture("all", 0, "x", reason), 8) is reason


def test_nothing_here_imports_tensorflow(data_root):
    program = (
        "import sys\n"
        "for name in ('tensorflow', 'tensorflow_datasets', 'keras'): sys.modules[name] = None\n"
        "from colorize_lib import data\n"
        "print(len(data.load('sample_photos', 'train', 32, 100)))\n"
        "found = data.prepare('sample_photos', 32)\n"
        "print(data.Batches(found.images, found.indices('train'), 4, 0)[9].shape)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.split("\n")[:2] == ["100", "(4, 32, 32, 3)"], result.stderr
