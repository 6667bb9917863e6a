"""Training: what it leaves behind, that an interruption changes nothing, and that JAX needs no TensorFlow."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from colorize_lib import color, data
from colorize_lib.files import ColorizeError
from colorize_lib.runs import pictures, training
from colorize_lib.runs.checkpoints import Position, position_of
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Run, Store
from colorize_lib.runs.training import TrainingDiverged
from tests.one_convolution import every_model_is_one_convolution
from tests.weights import assert_same_weights

IMAGES = 2048


def small(images=IMAGES, **settings):
    return RunConfig.create("pix2pix", "tiny", "sample_photos", images, output="chroma", ema_fraction=0.1, **settings)


def train_in(folder, config, **options):
    """Train a model of one convolution, whatever the family of the configuration."""
    with every_model_is_one_convolution():
        return training.train(config, Store(folder / "results", folder / "runs"), progress=False, **options)


def losses(run):
    return run.history.drop(columns=["seconds", "images_per_second"])


def side_by_side(path, count):
    """The pictures of a file that holds so many in one row: (count, H, W, 3), as signed integers."""
    return np.stack(np.split(np.asarray(Image.open(path)).astype(int), count, axis=1))


@pytest.fixture(scope="module")
def run_of_pix2pix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pix2pix")
    return training.train(small(1100), Store(folder / "results", folder / "runs"), progress=False)


def test_a_run_leaves_what_chapters_need(run_of_pix2pix):
    run = run_of_pix2pix
    history = run.history
    assert history.images_seen.iloc[-1] == 1104
    assert np.isfinite(history[["l1", "adversarial", "discriminator", "loss"]]).all().all()
    combined = history.discriminator + history.adversarial + 100 * history.l1
    np.testing.assert_allclose(combined, history.loss, rtol=1e-5)
    assert list(run.samples) == [1008, 1104]
    assert run.manifest["parameters"] == sum(
        int(np.prod(v.shape)) for v in run.load_model().network.trainable_variables
    )
    assert list((run.folder / "tensorboard").iterdir())


def test_stored_weights_colour_as_the_average_did(run_of_pix2pix):
    photographs = pictures.fixed_photographs(32)
    rgb = run_of_pix2pix.load_model().sample(color.to_float(color.gray(photographs)), seed=range(16))
    assert (
        np.abs(color.to_uint8(rgb).astype(int) - side_by_side(run_of_pix2pix.samples[1104], 16)).max() <= 2
    )  # float16


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run without interruption, to compare others with."""
    return train_in(tmp_path_factory.mktemp("whole"), small())


def test_a_run_that_is_finished_is_not_trained_again(whole):
    written = whole.weights.stat().st_mtime_ns
    assert train_in(whole.folder.parents[1], small()).folder == whole.folder
    assert whole.weights.stat().st_mtime_ns == written


def test_an_interrupted_run_ends_as_one_that_was_not(whole, tmp_path):
    class Interrupted(BaseException):
        pass

    def interrupt(run, model, images_seen):
        if images_seen == 2000:
            raise Interrupted

    with pytest.raises(Interrupted):
        train_in(tmp_path, small(), score=interrupt)
    (folder,) = (tmp_path / "runs").iterdir()
    assert not Run(folder).finished
    # No row of the history ends there, and more have ended since: they are forgotten, and this one is completed.
    assert position_of(Run(folder).checkpoint).steps * 16 == 1008
    assert 1008 not in set(Run(folder).history.images_seen) and Run(folder).history.images_seen.max() > 1008
    run = train_in(tmp_path, small())
    assert_same_weights(run.weights, whole.weights)
    pd.testing.assert_frame_equal(losses(run), losses(whole))
    assert run.history.seconds.is_monotonic_increasing


def test_a_longer_run_continues_a_shorter_one(whole, tmp_path):
    shorter = train_in(tmp_path, small(1024))
    shorter.add_metrics([{"images_seen": 1024, "metric": "FID", "value": 1.0}])
    longer = train_in(tmp_path, small())
    assert set(longer.samples) == {*whole.samples, 1024}
    assert list(longer.metrics.images_seen) == [1024]
    assert_same_weights(longer.weights, whole.weights)
    pd.testing.assert_frame_equal(losses(longer), losses(whole))


def test_the_weights_of_a_milestone_are_those_of_a_run_that_ends_there(whole, tmp_path):
    assert_same_weights(whole.weights_at(1008), train_in(tmp_path, small(1008)).weights)
    with pytest.raises(AssertionError):
        assert_same_weights(whole.weights_at(1008), whole.weights)
    with every_model_is_one_convolution():
        model = whole.load_model(1008)
    photographs = pictures.fixed_photographs(32)
    rgb = model.sample(color.to_float(color.gray(photographs)), seed=0)
    assert np.abs(color.to_uint8(rgb).astype(int) - side_by_side(whole.samples[1008], 16)).max() <= 2  # float16


def test_scores_are_of_the_averaged_weights_at_each_milestone(tmp_path):
    seen = {}

    def score(run, model, images_seen):
        seen[images_seen] = [np.array(v) for v in model.network.variables]

    run = train_in(tmp_path, small(1010), score=score)
    assert list(seen) == [1008, 1010]
    with every_model_is_one_convolution():
        stored = [run.load_model(count).network.variables for count in seen]
    for scored, variables in zip(seen.values(), stored, strict=True):
        for value, variable in zip(scored, variables, strict=True):
            np.testing.assert_array_equal(value.astype(np.float16), np.array(variable, np.float16))


def test_a_loss_that_is_not_finite_stops_the_run_by_name(tmp_path, is_one_sentence):
    with pytest.raises(TrainingDiverged, match=r"not finite at step \d+ .*there is no checkpoint yet") as error:
        train_in(tmp_path, small(learning_rate=1e30))
    assert is_one_sentence(error.value)
    (folder,) = (tmp_path / "runs").iterdir()
    assert not Run(folder).finished


def test_a_checkpoint_of_other_photographs_is_neither_continued_nor_inherited(store, is_one_sentence):
    shorter, longer = (Run(store.local / small(images).name) for images in (1008, 2048))
    position = json.dumps(vars(Position(5, 1.0, "of other pixels")))
    for run, images in ((shorter, 1008), (longer, 2048)):
        run.folder.mkdir(parents=True)
        np.savez(run.checkpoint, position=np.array(position))
        (run.folder / "config.json").write_text(small(images).to_json())
    with pytest.raises(ColorizeError, match="trained on photographs other than those sample_photos has now") as error:
        training.take_up(longer, store, None, "of these pixels")
    assert is_one_sentence(error.value)
    longer.checkpoint.unlink()
    training.inherit(longer, store, "of these pixels")
    assert not longer.checkpoint.exists()
    training.inherit(longer, store, "of other pixels")
    assert longer.checkpoint.exists()


def test_more_photographs_than_there_are_is_an_error(store, is_one_sentence):
    with pytest.raises(ColorizeError, match="train_images is 1000000") as error:
        training.train(small(64, train_images=10**6), store, progress=False)
    assert is_one_sentence(error.value)


# Below, processes of their own: in one that has trained much else before, some sums are in another order.

FREQUENT_CHECKPOINTS = """
import sys
from pathlib import Path
from colorize_lib.runs import checkpoints, training
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Store
checkpoints.CHECKPOINT_SECONDS = 0.1
root = Path(sys.argv[1])
config = RunConfig.create("pix2pix", "tiny", "sample_photos", int(sys.argv[2]), output="chroma", ema_fraction=0.1)
print(training.train(config, Store(root / "results", root / "runs"), progress=False).folder)
"""


def output_of(command, **environment):
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="one backend's arithmetic is enough")
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_run_that_was_killed_ends_with_the_same_weights(tmp_path):
    def command(folder):
        return [sys.executable, "-c", FREQUENT_CHECKPOINTS, str(tmp_path / folder), str(2 * IMAGES)]

    uninterrupted = Run(Path(output_of(command("whole"))))
    process = subprocess.Popen(command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("killed/runs/*/checkpoint.npz")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (interrupted,) = tmp_path.glob("killed/runs/*")
    assert not Run(interrupted).finished, "the run ended before it could be killed"
    resumed = Run(Path(output_of(command("killed"))))
    assert_same_weights(resumed.weights, uninterrupted.weights)
    pd.testing.assert_frame_equal(losses(resumed), losses(uninterrupted))


WITHOUT_TENSORFLOW = """
import sys, json
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ImportError("tensorflow is blocked")
sys.meta_path.insert(0, Block())
from pathlib import Path
from colorize_lib.runs import training
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Store
config = RunConfig.create("pix2pix", "tiny", "sample_photos", 32, output="chroma", ema_fraction=0.1)
run = training.train(config, Store(Path(sys.argv[1]) / "a", Path(sys.argv[1]) / "b"), progress=False)
assert "tensorflow" not in sys.modules
print(json.dumps(run.manifest))
"""


@pytest.mark.slow
def test_jax_trains_without_tensorflow(tmp_path):
    data.prepare("sample_photos", 32)
    manifest = output_of([sys.executable, "-c", WITHOUT_TENSORFLOW, str(tmp_path)], KERAS_BACKEND="jax")
    assert json.loads(manifest)["backend"] == "jax"


ON_DEVICES = """
import sys
from pathlib import Path
import jax
from colorize_lib.runs import training
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Store
assert jax.device_count() == int(sys.argv[3])
# Adam turns what rounding does to a small gradient into a step of the learning rate: a low one keeps that small.
settings = {"output": "chroma", "ema_fraction": 0.1, "learning_rate": 2e-5}
config = RunConfig.create(sys.argv[2], "tiny", "sample_photos", 320, **settings)
root = Path(sys.argv[1])
print(training.train(config, Store(root / "results", root / sys.argv[3]), progress=False).folder)
"""


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the backend of the processes is JAX either way")
@pytest.mark.parametrize("family", ["pix2pix", "palette"])
def test_two_devices_train_as_one_does(tmp_path, family):
    data.prepare("sample_photos", 32)
    curves = []
    for devices in ("1", "2"):
        flags = f"--xla_force_host_platform_device_count={devices}"
        command = [sys.executable, "-c", ON_DEVICES, str(tmp_path), family, devices]
        curves.append(losses(Run(Path(output_of(command, KERAS_BACKEND="jax", XLA_FLAGS=flags)))))
    assert len(curves[0]) > 1 and "loss" in curves[0]
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-4)
