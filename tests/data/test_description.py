"""Describing: moments and errors as computed the plain way, counts that add up, records that are used."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from colorize_lib import color, data, files
from colorize_lib.data import catalog, description, sources
from colorize_lib.data.decode import GRAY_LEVELS, is_gray

SIDE = 16
SHARES = {"train": {"train": 1}, "val": {"validation": 1, "reference": 1}, "test": {"test": 1}}


@pytest.fixture(autouse=True)
def data_root(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORIZE_DATA", str(tmp_path / "data"))


@pytest.fixture
def stub(monkeypatch):
    """A function that makes uint8 arrays, by part of the source, the data set "stub"."""

    def make(**parts):
        def pictures():
            for part, images in parts.items():
                for position, image in enumerate(images):
                    yield sources.Picture(part, position, f"{part}_{position}", image)

        shares = {part: SHARES[part] for part in parts}
        source = sources.Source(shares, sum(map(len, parts.values())), pictures, "test")
        monkeypatch.setattr(catalog, "find", lambda name: (name, lambda: source))

    return make


def pictures(seed: int, count: int, low: int = 0, high: int = 256) -> np.ndarray:
    """Random pictures with something in every octave."""
    rng = np.random.default_rng(seed)
    coarse = [np.kron(rng.uniform(size=(count, k, k, 3)), np.ones((1, SIDE // k, SIDE // k, 1))) for k in (1, 4, SIDE)]
    return (low + np.mean(coarse, axis=0) * (high - low)).astype(np.uint8)


def of_colours(y: np.ndarray, cb: np.ndarray, cr: np.ndarray) -> np.ndarray:
    """uint8 RGB of luma and chroma in [-1, 1] that broadcast to (N, SIDE, SIDE)."""
    planes = np.broadcast_arrays(y, cb, cr, np.empty((1, SIDE, SIDE)))
    return color.to_uint8(color.compose(planes[0][..., None], np.stack(planes[1:3], axis=-1)))


def test_moments_are_those_of_the_training_pixels(stub):
    train = pictures(0, 40)
    stub(train=train, val=pictures(1, 20), test=pictures(2, 10))
    (row,) = data.describe("stub", SIDE)["data_sets"].itertuples()
    rgb = train.astype(np.float64).reshape(-1, 3) / 127.5 - 1
    planes = np.concatenate([color.luma(rgb), color.chroma(rgb)], axis=-1)
    covariance = np.cov(planes.T, bias=True)
    np.testing.assert_allclose([row.luma_mean, row.cb_mean, row.cr_mean], planes.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose([row.luma_variance, row.cb_variance, row.cr_variance], covariance.diagonal(), rtol=1e-9)
    found = [row.luma_cb_covariance, row.luma_cr_covariance, row.cb_cr_covariance]
    np.testing.assert_allclose(found, covariance[[0, 0, 1], [1, 2, 2]], rtol=1e-9)
    assert row.rgb_variance == pytest.approx(rgb.var(axis=0).mean())
    assert row.gray_error == pytest.approx(((rgb - planes[:, :1]) ** 2).mean())
    pixels = train.reshape(-1, 3).astype(int)
    assert row.near_gray == ((pixels.max(axis=1) - pixels.min(axis=1)) <= GRAY_LEVELS).mean()
    assert row.images == 40 and row.subsampled == 0


def test_nothing_but_counts_depends_on_reference_and_test(stub, monkeypatch, tmp_path):
    train, held_out = pictures(0, 12), pictures(1, 16)
    stub(train=train, val=held_out, test=pictures(2, 5))
    first = data.describe("stub", SIDE)
    changed = held_out.copy()
    reference = data.prepare("stub", SIDE).indices("reference") - len(train)
    changed[reference] = 255 - changed[reference]
    monkeypatch.setenv("COLORIZE_DATA", str(tmp_path / "other"))
    stub(train=train, val=changed, test=pictures(3, 5, high=128))
    second = data.describe("stub", SIDE)
    for tables in (first, second):
        tables["data_sets"].pop("sha256")
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, second[name])


def test_the_chunks_do_not_matter(stub, monkeypatch):
    stub(train=pictures(0, 23), val=pictures(1, 9))
    whole = data.describe("stub", SIDE)
    monkeypatch.setattr(description, "CHUNK", 5 * SIDE**2)
    for name, table in data.describe("stub", SIDE).items():
        pd.testing.assert_frame_equal(table, whole[name], rtol=1e-12, atol=1e-15)


def test_errors_by_resolution_are_those_of_block_means(stub):
    train = pictures(0, 10, 100, 160)  # pale, so that no colour is outside the gamut
    stub(train=train, val=pictures(1, 4))
    table = data.describe("stub", SIDE)["data_resolutions"].set_index("resolution")
    assert list(table.index) == [16, 8, 4, 2, 1]
    rgb = train / 127.5 - 1
    luma, chroma = color.luma(rgb), color.chroma(rgb)
    for resolution in table.index:
        k = SIDE // resolution
        kept = {}
        for name, plane in {"luma": luma, "chroma": chroma}.items():
            means = plane.reshape(10, resolution, k, resolution, k, -1).mean(axis=(2, 4))
            kept[name] = np.repeat(np.repeat(means, k, axis=1), k, axis=2)
        row = table.loc[resolution]
        assert row.luma == pytest.approx(((luma - kept["luma"]) ** 2).mean(), abs=1e-12)
        errors = ((chroma - kept["chroma"]) ** 2).mean(axis=(0, 1, 2))
        np.testing.assert_allclose([row.cb, row.cr], errors, atol=1e-12)
        painted = color.compose(luma, kept["chroma"])
        assert row.rgb == pytest.approx(((rgb - painted) ** 2).mean(), abs=1e-8)  # compose returns float32
    assert (np.diff(table[["luma", "cb", "cr", "rgb"]], axis=0) > 0).all()


def test_grids_halve_while_they_can():
    assert description.grids(64) == [64, 32, 16, 8, 4, 2, 1]
    assert description.grids(96) == [96, 48, 24, 12, 6, 3] and description.grids(27) == [27]


def test_counts_add_up(stub):
    colourful, gray = pictures(0, 30), np.repeat(pictures(1, 6)[..., :1], 3, axis=-1)
    tinted = gray[:3].copy()
    tinted[..., 0] = np.minimum(tinted[..., 1].astype(int) + GRAY_LEVELS + 1, 255)
    train = np.concatenate([colourful, gray, tinted, colourful[:2]])
    val = np.concatenate([pictures(2, 8), colourful[7:11], gray[:2]])
    stub(train=train, val=val, test=pictures(3, 5))
    tables = data.describe("stub", SIDE)
    parts, splits = tables["data_parts"].set_index("part"), tables["data_splits"].set_index("split")
    assert parts.loc["train", ["files", "kept", "gray"]].tolist() == [41, 35, 6]
    for part in parts.index:
        mine = splits[splits.part == part]
        assert mine.files.sum() == parts.files[part] and mine.kept.sum() == parts.kept[part]
    levels = tables["data_gray_levels"]
    assert levels.photographs.sum() == 41 and levels.photographs[levels.level <= GRAY_LEVELS].sum() == 6
    assert levels.photographs[levels.level == GRAY_LEVELS + 1].sum() == 3
    assert splits.identical["train"] == 2 and pd.isna(splits.identical["test"])
    assert splits.identical["validation"] + splits.identical["reference"] == 4
    assert all(list(table.columns[:2]) == description.KEY for table in tables.values())


def test_the_distance_of_channels_is_what_decides_about_gray():
    square = np.full((200, 200, 3), 90, np.uint8)
    for excess in range(2 * GRAY_LEVELS):
        square[50:100, 50:100, 1] = 90 + excess
        assert description.channel_distance(square) == excess
        assert is_gray(square) == (excess <= GRAY_LEVELS)


def test_every_pixel_is_in_the_bin_of_its_chroma(stub):
    cb, cr = 0.243, -0.081  # within the bins around 0.24 and -0.08
    train = np.concatenate([of_colours(np.zeros((3, 1, 1)), cb, cr), of_colours(np.zeros((1, 1, 1)), 0.4, 0.0)])
    stub(train=train, val=train)
    table = data.describe("stub", SIDE)["data_chroma"]
    assert table[["cb", "cr", "pixels"]].to_numpy().tolist() == [[0.24, -0.08, 3 * SIDE**2], [0.4, 0.0, SIDE**2]]


def explained(tables) -> list[float]:
    return tables["data_sets"].filter(like="explained_").iloc[0].tolist()


def test_what_is_a_function_of_luma_or_place_is_explained_by_it(stub):
    rng = np.random.default_rng(0)
    y = rng.uniform(-0.3, 0.3, (80, SIDE, SIDE))
    stub(train=of_colours(y[:60], 0.2, -0.1), val=of_colours(y[60:], 0.2, -0.1))
    np.testing.assert_allclose(explained(data.describe("stub", SIDE)), 1, atol=1e-3)

    stub(train=of_colours(y[:60], y[:60] / 2, -y[:60]), val=of_colours(y[60:], y[60:] / 2, -y[60:]))
    constant, luma, _ = explained(data.describe("by_luma", SIDE))
    assert abs(constant) < 0.01 and luma > 0.99

    row = np.linspace(-0.2, 0.2, SIDE)[:, None]
    stub(train=of_colours(y[:60], row, 0), val=of_colours(y[60:], row, 0))
    constant, luma, place = explained(data.describe("by_place", SIDE))
    assert abs(constant) < 0.01 and luma < 0.05 and place > 0.95

    noise = rng.uniform(-0.3, 0.3, (2, 80, SIDE, SIDE))
    stub(train=of_colours(y[:60], *noise[:, :60]), val=of_colours(y[60:], *noise[:, 60:]))
    constant, luma, place = explained(data.describe("noise", SIDE))
    # Learned by heart from a few pixels a cell, which does not help with other photographs.
    assert max(constant, luma, place) < 0.01 and place < luma


def test_a_record_is_replaced_and_then_used(stub, monkeypatch, tmp_path):
    folder = tmp_path / "tables"
    stub(train=pictures(0, 20), val=pictures(1, 6))
    made = data.record_description("one", SIDE, folder, "abc")
    data.record_description("two", SIDE, folder)
    data.record_description("one", SIDE, folder, "abc")
    live = data.descriptions("one", SIDE // 2, folder)  # not recorded at this size
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.csv" for name in description.TABLES)

    def absent(*arguments):
        raise files.ColorizeError("there is no data set at hand")

    monkeypatch.setattr(description, "prepare", absent)
    found = data.descriptions("one", SIDE, folder)
    assert sorted(found["data_sets"].data_set) == ["one", "two"] and len(live["data_sets"]) == 3
    assert found["data_sets"].set_index("data_set").commit["one"] == "abc"
    for name, table in made.items():
        one = found[name][found[name].data_set == "one"].reset_index(drop=True)
        assert len(one) == len(table)
        pd.testing.assert_frame_equal(one, table, check_dtype=False, rtol=1e-7)
    with pytest.raises(files.ColorizeError, match="at hand"):
        data.descriptions("three", SIDE, folder)
    with pytest.raises(files.ColorizeError, match="at hand"):
        data.descriptions("one", SIDE, tmp_path / "empty")


def test_the_recorded_tables_agree_with_each_other_and_with_the_published_numbers():
    folder = files.repository() / "results" / "tables"
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in description.TABLES}
    files_of = tables["data_parts"].groupby("data_set").files.sum()
    assert files_of["tiny_imagenet"] == 115_000 and files_of["cifar10"] == 60_000
    for row in tables["data_sets"].itertuples():
        mine = {key: table[table.data_set == row.data_set] for key, table in tables.items()}
        assert mine["data_chroma"].pixels.sum() == row.images * row.image_size**2
        train = mine["data_splits"].query("split == 'train'")
        assert train.kept.sum() == row.images and mine["data_gray_levels"].photographs.sum() == train.files.sum()
        dark = mine["data_gray_levels"].query(f"level <= {GRAY_LEVELS}").photographs.sum()
        assert dark == train.files.sum() - row.images
        weighted = np.average(mine["data_chroma"].cb, weights=mine["data_chroma"].pixels)
        assert weighted == pytest.approx(row.cb_mean, abs=description.BIN / 20)


def test_describing_holds_a_small_part_of_the_data_in_memory(stub, monkeypatch):
    stub(train=pictures(0, 6000), val=pictures(1, 10))  # 4.6 MB
    data.prepare("stub", SIDE)
    monkeypatch.setattr(description, "CHUNK", 4096)
    monkeypatch.setattr(description, "_files", lambda found: (pd.DataFrame({"level": []}), 0))  # the source is ours
    tracemalloc.start()
    data.describe("stub", SIDE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000
