"""Training: what it leaves behind, that a kill changes nothing, and that JAX needs no TensorFlow."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from colorize_lib import color
from colorize_lib.files import ColorizeError
from colorize_lib.runs import pictures, training
from colorize_lib.runs.checkpoints import averaged_weights
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import Run, Store
from colorize_lib.runs.training import TrainingDiverged

IMAGES = 2048


def small(images=IMAGES, **settings):
    return RunConfig.create("pix2pix", "tiny", "sample_photos", images, **{"output": "chroma", **settings})


SCRIPT = """
import sys
from pathlib import Path
from colorize_lib import training
from colorize_lib.runs import RunConfig, Store
training.CHECKPOINT_SECONDS = 0.1
root = Path(sys.argv[1])
for images in map(int, sys.argv[2:]):
    config = RunConfig.create("pix2pix", "tiny", "sample_photos", images, output="chroma", ema_fraction=0.1)
    training.train(config, Store(root / "results", root / "runs"), progress=False)
"""


def command(root, *images):
    """What trains one run after the other in a process of its own, with a checkpoint every tenth of a second."""
    return [sys.executable, "-c", SCRIPT, str(root), *map(str, images)]


def trained(root, *images):
    """The last of these runs. In a process that has trained much else before, some sums are in another order."""
    subprocess.run(command(root, *images), check=True, capture_output=True)
    return Run(root / "runs" / small(images[-1], ema_fraction=0.1).name)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run without interruption, to compare others with."""
    return trained(tmp_path_factory.mktemp("whole"), IMAGES)


def assert_same_weights(some, others):
    assert some.keys() == others.keys()
    for name, array in some.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)


def stored(run, images=IMAGES):
    import h5py

    found = {}
    with h5py.File(run.weights if images == IMAGES else run.weights_at(images)) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_a_run_leaves_what_chapters_need(store):
    run = training.train(small(ema_fraction=0.1), store, progress=False)
    history = run.history
    assert history.images_seen.iloc[-1] == IMAGES
    assert history.images_seen.is_monotonic_increasing
    assert np.isfinite(history[["l1", "adversarial", "discriminator", "loss"]]).all().all()
    combined = history.discriminator + history.adversarial + 100 * history.l1
    np.testing.assert_allclose(combined, history.loss, rtol=1e-3)
    assert list(run.samples) == [1008, 2000, IMAGES]
    assert run.manifest["parameters"] == sum(
        int(np.prod(v.shape)) for v in run.load_model().network.trainable_variables
    )
    assert list((run.folder / "tensorboard").iterdir())
    assert training.train(small(ema_fraction=0.1), store, progress=False).folder == run.folder
    assert {array.dtype for array in stored(run).values()} == {np.dtype("float16")}


@pytest.mark.slow
def test_the_weights_of_a_milestone_are_those_of_a_run_that_ends_there(whole, tmp_path):
    milestone, end = stored(whole, 1008), stored(whole)
    assert_same_weights(milestone, stored(trained(tmp_path, 1008)))
    assert any(np.abs(values.astype(float) - end[name]).max() > 1e-3 for name, values in milestone.items())
    assert whole.load_model(1008).image_size == 32
    store = Store(tmp_path / "results", whole.folder.parent)
    assert not (store.record(whole).folder / "weights").exists()


def test_stored_weights_colour_as_the_average_did(store):
    config = small(images=512, ema_fraction=0.1)
    run = training.train(config, store, progress=False)
    photographs = pictures.fixed_photographs(32)
    rgb = run.load_model().sample(color.to_float(color.gray(photographs)), seed=range(16))
    from colorize_lib.report.figures import strip

    kept = strip(run.samples[512]).astype(int)
    assert np.abs(color.to_uint8(rgb).astype(int) - kept).max() <= 2  # float16


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="one backend's arithmetic is enough")
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_run_that_was_killed_ends_with_the_same_weights(tmp_path):
    uninterrupted = trained(tmp_path / "whole", 2 * IMAGES)
    killed = tmp_path / "killed"
    process = subprocess.Popen(command(killed, 2 * IMAGES), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(killed.glob("runs/*/checkpoint.npz")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (interrupted,) = killed.glob("runs/*")
    assert not Run(interrupted).finished, "the run ended before it could be killed"
    assert_same_weights(stored(uninterrupted), stored(trained(killed, 2 * IMAGES)))


def test_a_checkpoint_of_other_photographs_is_neither_continued_nor_inherited(store, is_one_sentence):
    shorter, longer = small(images=1008), small(images=2048)
    others = {"steps": 5, "seconds": 1.0, "data_sha256": "of other pixels"}
    for config in (shorter, longer):
        (store.local / config.name).mkdir(parents=True)
        np.savez(Run(store.local / config.name).checkpoint, position=np.array(json.dumps(others)))
        (store.local / config.name / "config.json").write_text(config.to_json())
    with pytest.raises(ColorizeError, match="trained on other photographs than sample_photos has now") as error:
        training.train(longer, store, progress=False)
    assert is_one_sentence(error.value)
    Run(store.local / longer.name).checkpoint.unlink()
    training._inherit(longer, Run(store.local / longer.name), store, "of these pixels")
    assert not Run(store.local / longer.name).checkpoint.exists()
    training._inherit(longer, Run(store.local / longer.name), store, "of other pixels")
    assert Run(store.local / longer.name).checkpoint.exists()


@pytest.mark.slow
def test_a_longer_run_continues_a_shorter_one(whole, tmp_path):
    longer = trained(tmp_path, 1024, IMAGES)
    assert set(longer.samples) == {*whole.samples, 1024}
    assert_same_weights(stored(longer), stored(whole))


def test_a_loss_that_is_not_finite_stops_the_run_by_name(store):
    with pytest.raises(TrainingDiverged, match=r"not finite at step \d+ .*lower the learning rate"):
        training.train(small(learning_rate=1e30), store, progress=False)
    (folder,) = store.local.glob("*")
    assert not Run(folder).finished


def test_more_photographs_than_there_are_is_an_error(store):
    config = RunConfig.create("pix2pix", "tiny", "sample_photos", 64, train_images=10**6)
    with pytest.raises(ColorizeError, match="train_images is 1000000"):
        training.train(config, store, progress=False)


def test_the_average_is_that_of_the_published_recursion():
    """With rate min(1, 1 / (f t)) the average of a known path of weights follows in closed form."""
    from colorize_lib.models.optimizers import averaged

    variable = keras.Variable(np.zeros(3, np.float32))
    optimizer = averaged(keras.optimizers.SGD, 0.1, learning_rate=1.0)
    optimizer.build([variable])
    expected = 0.0
    for step in range(1, 60):
        optimizer.apply([-np.ones(3, np.float32)], [variable])
        expected += min(1.0, 10 / step) * (step - expected)
    np.testing.assert_allclose(np.asarray(optimizer.averages[0]), expected, rtol=1e-5)
    assert 0.85 * 59 < expected < 0.95 * 59


def test_the_average_is_put_in_and_taken_out():
    model = training.compiled(small(ema_fraction=0.5))
    x = np.random.default_rng(0).uniform(-1, 1, (16, 32, 32, 3)).astype(np.float32)
    for _ in range(5):
        model.train_on_batch(color.luma(x), x)
    before = [np.asarray(v) for v in model.network.trainable_variables]
    with averaged_weights(model):
        during = [np.asarray(v) for v in model.network.trainable_variables]
    after = [np.asarray(v) for v in model.network.trainable_variables]
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, during, strict=True))
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


BLOCKED = """
import sys, json
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ImportError("tensorflow is blocked")
sys.meta_path.insert(0, Block())
from pathlib import Path
from colorize_lib import training
from colorize_lib.runs import RunConfig, Store
config = RunConfig.create("pix2pix", "tiny", "sample_photos", 32, output="chroma", ema_fraction=0.1)
run = training.train(config, Store(Path(sys.argv[1]) / "a", Path(sys.argv[1]) / "b"), progress=False)
print(json.dumps(run.manifest))
assert "tensorflow" not in sys.modules
"""


@pytest.mark.slow
def test_jax_trains_without_tensorflow(tmp_path):
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    from colorize_lib import data

    data.prepare("sample_photos", 32)
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(tmp_path)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1])["backend"] == "jax"


CURVE = """
import sys
from pathlib import Path
import jax
from colorize_lib import training
from colorize_lib.runs import RunConfig, Store
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
    from colorize_lib import data

    data.prepare("sample_photos", 32)
    curves = []
    for devices in (1, 2):
        flags = f"--xla_force_host_platform_device_count={devices}"
        environment = {**os.environ, "KERAS_BACKEND": "jax", "XLA_FLAGS": flags}
        command = [sys.executable, "-c", CURVE, str(tmp_path), family, str(devices)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        curves.append(Run(Path(done.stdout.split()[-1])).history)
    losses = [name for name in curves[0] if name not in ("images_seen", "seconds", "images_per_second")]
    assert len(curves[0]) > 1 and losses
    np.testing.assert_allclose(curves[1][losses], curves[0][losses], rtol=1e-4)
