"""Batches: an endless stream that is a function of the step."""

import itertools

import numpy as np
import pytest

from colorize_lib import data, files


@pytest.fixture
def images() -> np.ndarray:
    """50 images that name their own row in every pixel of the left column and 255 elsewhere."""
    images = np.full((50, 4, 4, 3), 255, np.uint8)
    images[:, :, 0] = np.arange(50)[:, None, None]
    return images


def rows_of(batch: np.ndarray) -> np.ndarray:
    return batch.min(axis=(1, 2, 3))


def test_every_pass_shows_every_image_once_in_a_new_order(images):
    rows = np.arange(5, 35)
    stream = np.concatenate([rows_of(batch) for batch in itertools.islice(data.Batches(images, rows, 8, 0), 15)])
    passes = stream.reshape(4, 30)  # 15 batches of 8 are 4 passes over 30: batches lie across passes
    assert all(sorted(one) == list(rows) for one in passes)
    assert len({one.tobytes() for one in passes}) == 4


def test_a_batch_may_be_larger_than_the_data(images):
    batch = data.Batches(images, np.arange(3), 10, 0)[0]
    _, counts = np.unique(rows_of(batch), return_counts=True)
    assert counts.min() >= 3


def test_a_stream_that_starts_again_goes_on_where_it_was(images):
    batches = data.Batches(images, np.arange(50), 16, seed=4)
    seen = [batch.copy() for batch in itertools.islice(batches, 12)]
    again = data.Batches(images, np.arange(50), 16, seed=4)
    for step in (11, 0, 7, 3):
        np.testing.assert_array_equal(again[step], seen[step])
    assert any((data.Batches(images, np.arange(50), 16, seed=5)[step] != seen[step]).any() for step in range(2))
    with pytest.raises(IndexError):
        batches[-1]


def test_mirroring_turns_half_of_the_images_and_changes_no_order(images):
    mirrored = data.Batches(images, np.arange(50), 500, 0)[0]
    plain = images[rows_of(mirrored)]
    turned = mirrored[:, 0, 0, 0] == 255
    assert 200 < turned.sum() < 300  # 500 fair coins: 250 +- 4.5 standard deviations
    np.testing.assert_array_equal(mirrored[turned], plain[turned, :, ::-1])
    np.testing.assert_array_equal(mirrored[~turned], plain[~turned])


def test_the_images_stay_on_disk_and_unchanged(images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    on_disk = np.load(tmp_path / "images.npy", mmap_mode="r")
    batch = data.Batches(on_disk, np.arange(50), 50, 0)[0]
    batch[:] = 0
    np.testing.assert_array_equal(on_disk, images)


def test_no_images_are_an_error_of_one_sentence(images):
    with pytest.raises(files.ColorizeError, match="no image to train on"):
        data.Batches(images, np.empty(0, np.int64), 8, 0)
