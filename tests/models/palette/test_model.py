"""Palette's training and sampling against the equations, and regression beside it."""

import dataclasses

import keras
import numpy as np
import pytest

from colorize_lib import color, models
from colorize_lib.files import ColorizeError
from colorize_lib.models.palette import schedules
from colorize_lib.models.palette.model import CLEANEST, INFERENCE

pytestmark = pytest.mark.backend


def photographs(count=4, size=32, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, size, size, 3)).astype(np.float32)


def built(**settings):
    return models.build("palette", "tiny", **settings)


class Oracle:
    """In place of the network: answers what training seeks, computed from the photograph, or a fixed value."""

    def __init__(self, answer):
        self.answer, self.seen = answer, []

    def __call__(self, inputs, training=False):
        self.seen.append([np.asarray(x) for x in inputs])
        return self.answer(*inputs)


@pytest.mark.parametrize("output", ["rgb", "chroma"])
@pytest.mark.parametrize("prediction", ["noise", "v"])
def test_a_network_that_knows_the_photograph_has_no_loss(output, prediction):
    model, y = built(output=output, prediction=prediction, gain=1.0), photographs()
    clean = np.asarray(model.scaled_target(y))

    def answer(noisy, gray, gamma):
        gamma = np.asarray(gamma, np.float64)[:, :, None, None]
        noise = (noisy - np.sqrt(gamma) * clean) / np.sqrt(1 - gamma)
        return noise if prediction == "noise" else np.sqrt(gamma) * noise - np.sqrt(1 - gamma) * clean

    model.network = Oracle(answer)
    assert float(model.compute_loss(color.luma(y), y, None)) < 1e-3
    np.testing.assert_array_equal(model.network.seen[0][1], color.luma(y))


@pytest.mark.parametrize(("loss", "expected"), [("l2", 1.0), ("l1", np.sqrt(2 / np.pi))])
def test_a_network_that_says_nothing_pays_the_moments_of_the_noise(loss, expected):
    model, y = built(loss=loss), photographs(32)
    model.network = Oracle(lambda noisy, gray, gamma: 0 * noisy)
    assert float(model.compute_loss(color.luma(y), y, None)) == pytest.approx(expected, rel=0.02)


def test_levels_are_drawn_between_neighbouring_steps_of_all_the_schedule():
    model = built()
    gamma, loss = (np.asarray(part).ravel() for part in model.draw_levels(20_000))
    np.testing.assert_allclose(gamma + loss, 1, atol=1e-6)
    gammas = model.schedule.gammas
    assert gammas[-1] <= gamma.min() and gamma.max() <= 1
    # Each of 2,000 intervals is as probable: in the index of its interval a draw is uniform.
    index = np.searchsorted(-gammas, -gamma)
    counts, _ = np.histogram(index, bins=20, range=(0, 2000))
    assert np.abs(counts / 1000 - 1).max() < 0.15


def test_noise_is_added_as_equation_1_says():
    model, y = built(), photographs(64)
    model.network = Oracle(lambda noisy, gray, gamma: 0 * noisy)
    model.compute_loss(color.luma(y), y, None)
    noisy, _, gamma = model.network.seen[0]
    gamma = gamma[:, :, None, None]
    noise = (noisy - np.sqrt(gamma) * y) / np.sqrt(1 - gamma)
    usual = gamma[:, 0, 0, 0] < 0.99  # elsewhere rounding is divided by almost nothing
    assert noise[usual].mean() == pytest.approx(0, abs=0.02) and noise[usual].std() == pytest.approx(1, abs=0.02)


def test_min_snr_weights_are_those_of_the_paper():
    gamma = np.array([0.01, 0.5, 0.9, 0.999])
    ratio = gamma / (1 - gamma)
    for prediction, expected in (("noise", np.minimum(ratio, 5) / ratio), ("v", np.minimum(ratio, 5) / (ratio + 1))):
        weights = built(prediction=prediction, min_snr=5.0).level_weights(gamma, 1 - gamma)
        np.testing.assert_allclose(weights, expected)
    assert built().level_weights(gamma, 1 - gamma) == 1.0


@pytest.mark.parametrize("prediction", ["noise", "v"])
@pytest.mark.parametrize("sampler", ["ancestral", "ddim", "dpm-solver"])
def test_a_network_that_knows_the_photograph_samples_it(prediction, sampler):
    model, y = built(prediction=prediction), photographs(2)

    class Estimator:
        def predict_on_batch(self, inputs):
            return y

    model.estimator = Estimator()
    sampled = model.sample(color.luma(y), seed=[3, 4], steps=10, sampler=sampler)
    np.testing.assert_allclose(sampled, y, atol=1e-5)


@pytest.mark.parametrize("prediction", ["noise", "v"])
def test_the_estimate_inverts_what_is_predicted(prediction):
    model = built(prediction=prediction)
    random = np.random.default_rng(1)
    model.network.set_weights([random.normal(scale=0.2, size=w.shape) for w in model.network.get_weights()])
    pictures = [random.normal(size=(3, 32, 32, channels)).astype(np.float32) for channels in (3, 1)]
    inputs = [*pictures, np.full((3, 1), 0.6, np.float32)]
    found = np.asarray(model.network(inputs), np.float64)
    clean = np.asarray(model.estimator(inputs), np.float64)
    noise = (inputs[0] - np.sqrt(0.6) * clean) / np.sqrt(0.4)
    implied = noise if prediction == "noise" else np.sqrt(0.6) * noise - np.sqrt(0.4) * clean
    np.testing.assert_allclose(implied, found, atol=1e-4)


def test_estimates_are_kept_within_the_range_of_colours():
    """A network that always sees 3 where 1 is the brightest: with clipping the samples are 1, without they are 3."""
    model, gray = built(prediction="v"), color.luma(photographs(2))

    class Estimator:
        def predict_on_batch(self, inputs):
            return np.full((2, 32, 32, 3), 3.0, np.float32)

    model.estimator = Estimator()
    for clip, expected in ((True, 1.0), (False, 3.0)):
        options = model.family.sampling_options(steps=5, clip=clip)
        np.testing.assert_allclose(model.sample_output(gray, [0, 1], **options), expected, atol=1e-5)


def test_eta_adds_noise_to_ddim():
    model, gray = built(prediction="v"), color.luma(photographs(1))
    random = np.random.default_rng(4)
    model.network.set_weights([random.normal(scale=0.1, size=w.shape) for w in model.network.get_weights()])
    plain, noisy = (model.sample(gray, seed=0, steps=5, sampler="ddim", eta=eta) for eta in (0.0, 1.0))
    assert np.abs(plain - noisy).max() > 0.01


@pytest.mark.parametrize(
    "options", [{"steps": 4}, {"steps": 5, "sampler": "ancestral"}, {"sampler": "ddim", "steps": 3}]
)
@pytest.mark.parametrize("output", ["rgb", "chroma"])
def test_a_picture_depends_on_its_own_seed_alone(output, options):
    model = built(output=output, prediction="v")
    random = np.random.default_rng(2)
    model.network.set_weights([random.normal(scale=0.1, size=w.shape) for w in model.network.get_weights()])
    gray = color.luma(photographs(5))
    together = model.sample(gray, seed=range(5), **options)
    alone = np.concatenate([model.sample(gray[i : i + 1], seed=i, **options) for i in range(5)])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    np.testing.assert_allclose(together, model.sample(gray, seed=range(5), batch_size=2, **options), atol=1e-4)
    assert np.abs(model.sample(gray, seed=7, **options) - model.sample(gray, seed=8, **options)).max() > 1e-3
    assert np.abs(together).max() <= 1
    if output == "chroma":
        np.testing.assert_allclose(color.luma(together), gray, atol=1e-5)


def test_levels_of_sampling():
    model = built()
    few = model.sampling_levels(20, "dpm-solver")
    assert len(few) == 21 and few[0] == pytest.approx(4.4e-5, rel=0.01)
    assert few[-2] == pytest.approx(CLEANEST) and few[-1] == 1
    np.testing.assert_allclose(np.diff(schedules.log_snr(few[:-1]), n=2), 0, atol=1e-9)
    np.testing.assert_array_equal(model.sampling_levels(1000, "ancestral"), INFERENCE.descent())
    assert set(model.sampling_levels(250, "ancestral")) <= set(INFERENCE.descent())
    assert model.sampling_levels(10, "ddim", noisiest=0.01)[0] == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampler": "ddpm"}, "sampler = 'ddpm' is not possible"),
        ({"steps": 1}, "steps = 1 is not possible: input should be greater than or equal to 2"),
        ({"eta": 0.5}, "sampler ddim"),
        ({"stepps": 4}, "did you mean steps"),
    ],
)
def test_wrong_options_are_refused(options, message, is_one_sentence):
    with pytest.raises(ColorizeError, match=message) as error:
        built().sample(color.luma(photographs(1)), seed=0, **options)
    assert is_one_sentence(error.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "settings"),
    [("palette", {"prediction": "v", "gain": 4.0}), ("regression", {})],
    ids=["palette", "regression"],
)
def test_a_family_learns_one_photograph(family, settings):
    """A picture of two colours, which gray tells apart, is found after a hundred steps and more."""
    settings = {**settings, "output": "chroma", "learning_rate": 3e-3, "warm_up": 10, "ema_fraction": 0.2}
    model = models.build(family, "tiny", **settings)
    y = np.empty((16, 32, 32, 3), np.float32)
    y[:, :16], y[:, 16:] = (0.4, -0.2, 0.1), (-0.3, 0.1, 0.4)
    keras.utils.set_random_seed(0)
    model.compile(optimizer=model.make_optimizer(), jit_compile=keras.backend.backend() == "jax")
    for _ in range(150):
        model.train_on_batch(color.luma(y), y)
    painted = model.sample(color.luma(y[:2]), seed=[0, 1])
    flat = np.abs(color.chroma(y[:2])).mean()
    assert np.abs(color.chroma(painted) - color.chroma(y[:2])).mean() < 0.6 * flat


def test_regression_needs_no_seed_and_answers_once():
    model = models.build("regression", "tiny")
    random = np.random.default_rng(3)
    model.network.set_weights([random.normal(scale=0.1, size=w.shape) for w in model.network.get_weights()])
    gray = color.luma(photographs(3))
    np.testing.assert_array_equal(model.sample(gray, seed=0), model.sample(gray, seed=[5, 6, 7]))
    with pytest.raises(ColorizeError, match="cannot sample with steps"):
        model.sample(gray, seed=0, steps=20)


def test_regressions_loss_is_the_mean_square_error():
    model = models.build("regression", "tiny")
    y = photographs()
    assert float(model.compute_loss(color.luma(y), y, y + 0.5)) == pytest.approx(0.25)


def test_the_published_numbers_are_the_defaults():
    config = models.configure("palette", "paper")
    assert dataclasses.asdict(config) == {
        "output": "rgb", "base": 256, "multipliers": (1, 1, 2, 2, 4, 4), "blocks": 2, "attention": (32, 16, 8),
        "head_width": 64, "norm_groups": 32, "dropout": 0.0, "learning_rate": 1e-4, "warm_up": 10_000,
        "ema_decay": 0.9999, "ema_fraction": 0.0, "batch_size": 1024, "precision": "float32",
        "prediction": "noise", "loss": "l2",
        "min_snr": 0.0, "gain": 1.0, "first_beta": 1e-6, "last_beta": 0.01, "levels": 2000,
    }  # fmt: skip
