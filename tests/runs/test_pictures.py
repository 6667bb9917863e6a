"""The pictures that are kept with a run show what they say."""

import numpy as np
import pytest
from PIL import Image

from colorize_lib import color, models
from colorize_lib.models.colorizer import normal_noise
from colorize_lib.report import figures
from colorize_lib.runs import pictures
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.pictures import ATTENDED, _write, fixed_photographs, kept
from colorize_lib.runs.store import Run

# Fewer than are kept with a run, and mostly as many, since every size of a batch is compiled anew.
VARIED = ("creek", "daisy")
SAMPLES, PATHS = 5, 4


class Tinter:
    """A model that gives every pixel one chroma, and remembers the seeds."""

    image_size = 32

    def __init__(self, tint):
        self.tint, self.seeds = tint, []

    def sample(self, gray, *, seed):
        self.seeds.append(seed)
        return color.compose(gray, np.broadcast_to(np.float32(self.tint), (*gray.shape[:-1], 2)))


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A function that saves few pictures of a family's model and returns them by name."""
    monkeypatch.setattr(pictures, "SHOWN", ("barn",))
    monkeypatch.setattr(pictures, "VARIED", VARIED)
    monkeypatch.setattr(pictures, "PATHS", PATHS)
    for count in ("SEEDS", "AVERAGED"):
        monkeypatch.setattr(pictures, count, SAMPLES)
    paths = pictures._fixed_paths()[:SAMPLES]
    monkeypatch.setattr(pictures, "_fixed_paths", lambda: paths)

    def save(model, family="pix2pix"):
        monkeypatch.setattr(Run, "load_model", lambda run: model)
        config = RunConfig.create(family, "tiny", "sample_photos", 1000)
        run = Run(tmp_path / config.name)
        run.folder.mkdir(exist_ok=True)
        (run.folder / "config.json").write_text(config.to_json())
        pictures.save(run)
        return run, kept(run)

    return save


def test_pictures_that_were_interrupted_are_made_anew(saved, monkeypatch):
    write = _write

    def killed(path, rows):
        write(path, rows)
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted, pytest.raises(KeyboardInterrupt):
        interrupted.setattr(pictures, "_write", killed)
        saved(Tinter((0.0, 0.1)))
    assert set(saved(Tinter((0.0, 0.1)))[1]) == {"photographs", "variety"}


def test_the_pictures_of_a_run_are_gray_colorized_and_original(saved):
    model = Tinter((-0.1, 0.1))
    run, shown = saved(model)
    (run.folder / "artefacts" / ".123-variety.png").write_bytes(b"of a process that was killed")
    assert set(kept(run)) == set(shown) == {"photographs", "variety"}

    pixels = np.asarray(Image.open(shown["photographs"]).convert("RGB"))
    gray, painted, original = np.split(pixels.astype(np.float32), 3)
    # The file is a JPEG, hence the tolerances: a few levels on average.
    assert np.ptp(gray, axis=-1).mean() < 1
    assert np.ptp(original, axis=-1).mean() > 10
    for row in (gray, painted):
        assert np.abs(color.luma(row) - color.luma(original)).mean() < 3
    levels = gray[..., 0]
    inside = (levels > 60) & (levels < 190)
    np.testing.assert_allclose(color.chroma(painted / 127.5 - 1)[inside].mean(0), model.tint, atol=0.01)

    rows = figures.cells(shown["variety"], 32)
    assert rows.shape == (len(VARIED), 1 + SAMPLES, 32, 32, 3)
    assert model.seeds[-len(rows) :] == [range(SAMPLES)] * len(rows)
    for first, *samples in rows:
        for sample in samples:
            assert np.abs(color.gray(sample).astype(int) - color.gray(first)).max() <= 1


@pytest.fixture
def without_photographs(monkeypatch):
    """No photograph is coloured at its own size, for which a model is compiled once more."""
    monkeypatch.setattr(pictures, "colorize", lambda picture, **options: picture)


def test_the_path_of_a_diffusion_model_ends_in_its_sample(saved, without_photographs, monkeypatch):
    monkeypatch.setattr(pictures, "EVALUATIONS", [("dpm-solver", 3), ("ancestral", 4)])
    model = models.build("palette", "tiny", output="chroma", prediction="v", gain=4.0)
    random = np.random.default_rng(0)
    model.network.set_weights([random.normal(scale=0.1, size=w.shape) for w in model.network.get_weights()])
    _, shown = saved(model, "palette")
    assert set(shown) == {"photographs", "variety", "evaluations", "average", "path"}

    gray = color.to_float(color.gray(fixed_photographs(32)))
    samples = [color.to_uint8(model.sample(gray, seed=seed)) for seed in range(SAMPLES)]
    path = figures.cells(shown["path"], 32)
    assert path.shape == (2 * 20, PATHS, 32, 32, 3)
    own_seeds = color.to_uint8(model.sample(gray, seed=range(len(gray))))
    np.testing.assert_allclose(path[-1].astype(int), own_seeds[:PATHS], atol=2)
    noise = normal_noise(range(PATHS), (32, 32, 2))
    np.testing.assert_array_equal(path[0], color.to_uint8(model.picture(gray[:PATHS], noise / 4.0)))

    (average,) = figures.cells(shown["average"], 32)
    np.testing.assert_allclose(average, np.mean(samples, axis=0), atol=1)
    few, many = figures.cells(shown["evaluations"], 32)
    np.testing.assert_allclose(
        few.astype(int), color.to_uint8(model.sample(gray, seed=range(len(gray)), steps=3)), atol=2
    )
    assert np.abs(few.astype(int) - many).max() > 10


def test_the_stages_of_a_transformer_end_in_its_sample(saved, without_photographs):
    model = models.build("coltran", "tiny", output="chroma")
    _, shown = saved(model, "coltran")
    assert set(shown) == {"photographs", "variety", "stages", "attention"}

    gray = color.to_float(color.gray(fixed_photographs(32)))
    coarse, small, full = figures.cells(shown["stages"], 32)
    np.testing.assert_allclose(full.astype(int), color.to_uint8(model.sample(gray, seed=range(len(gray)))), atol=1)
    for stage in (coarse, small):
        tiles = stage.reshape(-1, 8, 4, 8, 4, 3)
        np.testing.assert_array_equal(tiles, np.broadcast_to(tiles[:, :, :1, :, :1], tiles.shape))
    symbols, _ = model.sample_core(gray, range(len(gray)))
    means = gray.reshape(-1, 8, 4, 8, 4, 1).mean((2, 4))
    drawn = model.codes.values(model.codes.middle(model.codes.parted(symbols)))
    np.testing.assert_allclose(
        coarse[:, ::4, ::4].astype(int), color.to_uint8(model.picture(means, np.array(drawn))), atol=1
    )

    kept = np.load(shown["attention"])
    assert kept["photographs"].shape == (len(ATTENDED), 32, 32, 3)
    assert kept["encoder"].shape == (1, len(ATTENDED), 8, 8, 8, 8)
    np.testing.assert_allclose(kept["encoder"].astype(float).sum(axis=(-2, -1)), 1, atol=0.01)


def test_the_fixed_photographs_are_sixteen_different_ones():
    photographs = pictures.fixed_photographs(32)
    assert photographs.shape == (16, 32, 32, 3) and photographs.dtype == np.uint8
    assert len(np.unique(photographs.reshape(16, -1), axis=0)) == 16
    np.testing.assert_array_equal(photographs, pictures.fixed_photographs(32))
