"""TensorFlow Datasets, with its own stand-in for data that are not there."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorize_lib import data, files
from colorize_lib.data import tensorflow_sets

tfds = pytest.importorskip("tensorflow_datasets")


@pytest.fixture(autouse=True)
def data_root(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORIZE_DATA", str(tmp_path))
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    return tmp_path


def pretend(name: str, data_root, **examples: int) -> None:
    """Write the metadata of a prepared data set with these splits, as `tfds.testing.mock_data` wants it."""
    builder = tfds.builder(name, data_dir=data_root / "tfds")
    infos = [
        tfds.core.SplitInfo(name=split, shard_lengths=[count], num_bytes=0, filename_template=None)
        for split, count in examples.items()
    ]
    builder.info.set_splits(tfds.core.splits.SplitDict(infos))
    builder.data_path.mkdir(parents=True)
    builder.info.write_to_directory(builder.data_path)


def test_any_data_set_with_images_is_prepared(data_root):
    pretend("imagenette/160px-v2", data_root, train=30, validation=30)
    with tfds.testing.mock_data(num_examples=30, data_dir=data_root / "tfds"):
        prepared = data.prepare("imagenette/160px-v2", 16)
    assert {part: counts["files"] for part, counts in prepared.counts.items()} == {
        "train": 30,
        "validation": 30,
    }
    assert prepared.images.shape[1:] == (16, 16, 3) and prepared.folder.name == "imagenette-160px-v2-16"
    assert sum(counts["kept"] + counts["too_small"] for counts in prepared.counts.values()) == 60
    assert prepared.index["file"][0].startswith("train_0")


class Ramps(tfds.core.GeneratorBasedBuilder):
    """Forty squares of one colour, whose red is their number."""

    VERSION = tfds.core.Version("1.0.0")
    pkg_dir_path = Path(__file__).parent  # a test is no package that one could be looked for in

    def _info(self):
        features = {"image": tfds.features.Image(shape=(None, None, 3)), "name": tfds.features.Text()}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(range(30)), "test": self._generate_examples(range(30, 40))}

    def _generate_examples(self, numbers):
        for number in numbers:
            yield number, {"image": np.full((20, 24, 3), (number, 90, 200), np.uint8), "name": f"{number}"}


def test_a_real_data_set_is_read_from_its_files():
    found = data.prepare("ramps", 16)
    assert {part: counts["kept"] for part, counts in found.counts.items()} == {"train": 30, "test": 10}
    reds = found.images[:, 3, 5, 0]
    assert sorted(reds[:30]) == list(range(30)) and sorted(reds[30:]) == list(range(30, 40))
    assert [len(found.indices(split)) for split in ("train", "validation", "reference", "test")] == [
        27,
        3,
        5,
        5,
    ]
    assert set(found.indices("train")) | set(found.indices("validation")) == set(range(30))


def test_errors_say_what_to_do(data_root):
    with pytest.raises(files.ColorizeError, match=r"no data set 'cifr10': use tiny_imagenet.*folder of photographs"):
        data.prepare("cifr10", 32)
    with pytest.raises(files.ColorizeError, match=r"cannot make imagenette/9px: .*'config': '9px'"):
        data.prepare("imagenette/9px", 32)
    with pytest.raises(files.ColorizeError, match=r"nsynth has no pictures .* features are .*audio"):
        data.prepare("nsynth", 32)
    with pytest.raises(files.ColorizeError, match=r"could not prepare imagenet2012 .*manual") as caught:
        data.prepare("imagenet2012", 32)
    assert "\n" not in str(caught.value)
    assert not list((data_root / "prepared").glob("*-32"))


def test_cifar10_is_brought_back_into_its_own_order(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8)

    def examples(numbers):
        for number in numbers:
            buffer = io.BytesIO()
            Image.fromarray(pictures[number]).save(buffer, "PNG")
            yield {"id": f"train_{number:05d}".encode(), "image": buffer.getvalue()}

    shuffled = np.random.default_rng(1).permutation(20)
    np.testing.assert_array_equal(tensorflow_sets.in_canonical_order(examples(shuffled), 20, tmp_path), pictures)
    with pytest.raises(files.ColorizeError, match="lacks 1 of"):
        tensorflow_sets.in_canonical_order(examples(shuffled[1:]), 20, tmp_path)


def test_an_unreachable_host_is_asked_once(monkeypatch):
    def refuse(request, timeout):
        assert timeout <= 10
        raise OSError("no route to host")

    monkeypatch.setattr(tensorflow_sets.urllib.request, "urlopen", refuse)
    monkeypatch.setattr(tensorflow_sets, "_download", None)
    with pytest.raises(OSError, match="no route"):
        tensorflow_sets.cifar10()


def test_downloading_comes_as_far_as_the_network(monkeypatch):
    def blocked(*arguments, **options):
        raise OSError("no route to host")

    monkeypatch.setattr("requests.sessions.Session.send", blocked)
    with pytest.raises(files.ColorizeError, match=r"could not prepare cifar10 \(no route to host\)"):
        tensorflow_sets._download("cifar10", tensorflow_sets._builder("cifar10"))


def test_a_part_of_imagenet_is_cut_as_the_proposal_says_and_trained_on(data_root, monkeypatch, tmp_path):
    from colorize_lib.runs import training
    from colorize_lib.runs.config import RunConfig
    from colorize_lib.runs.store import Store

    assert tensorflow_sets.IMAGENET_PARTS == {"train": 100_000, "validation": 20_000}
    assert tensorflow_sets.IMAGENET_SHARES["validation"] == {"validation": 2, "reference": 1, "test": 1}
    monkeypatch.setattr(tensorflow_sets, "IMAGENET_PARTS", {"train": 40, "validation": 20})
    pretend(tensorflow_sets.IMAGENET, data_root, train=60, validation=60)
    with tfds.testing.mock_data(num_examples=60, data_dir=data_root / "tfds"):
        prepared = data.prepare("imagenet_100k", 4)  # its pictures are small
    files = {part: counts["files"] for part, counts in prepared.counts.items()}
    assert files == {"train": 40, "validation": 20}
    kept = {split: len(prepared.indices(split)) for split in ("train", "validation", "reference", "test")}
    assert kept == {"train": 40, "validation": 10, "reference": 5, "test": 5}
    config = RunConfig.create("regression", "tiny", "imagenet_100k", 64, image_size=4)
    run = training.train(config, Store(tmp_path / "results", tmp_path / "runs"), progress=False)
    assert run.manifest["training_images"] == 40 and run.history.images_seen.iloc[-1] == 64
