"""Records: every metric is described once, can be loaded, and is measured as its record says."""

import subprocess
import sys

import numpy as np
import pytest

from colorize_lib import metrics
from colorize_lib.metrics import COLORFULNESS, DIVERSITY, FID, KID, METRICS, PD, PROXY_SCORE, PSNR


def test_records_are_read_without_a_backend_or_statistics():
    check = (
        "import sys; from colorize_lib import metrics; metrics.FID.label\n"
        "print({'keras', 'tensorflow', 'jax', 'torch', 'numpy', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_headings_say_factor_and_protocol():
    assert [metric.heading for metric in (FID, KID, COLORFULNESS, DIVERSITY)] == [
        "FID", "10³ KID", "colorfulness", "diversity",
    ]  # fmt: skip
    assert [metric.label for metric in (KID, COLORFULNESS, FID.by("disjoint"), FID.by("paired"))] == [
        "10³ KID", "Colorfulness", "FID, disjoint", "FID, paired",
    ]  # fmt: skip
    assert FID.by("paired").key == ("FID", "paired") and FID.key == ("FID", "disjoint")
    assert KID.text(0.00684) == "6.8" and PD.text(14.268) == "14.27"


def test_few_images_stand_in_the_name_of_a_biased_metric_alone():
    assert FID.called(1000) == "FID-1000" and FID.called(metrics.MINIMUM_IMAGES) == "FID"
    assert KID.called(1000) == "KID"


def test_merit_follows_the_direction():
    figures = {"a": 2.0, "b": 1.0, "c": 3.0}
    assert list(FID.best_first(figures)) == ["b", "a", "c"] and FID.best(figures) == "b"
    assert list(PSNR.best_first(figures)) == ["c", "a", "b"]
    assert FID.improved_by(-0.1) and not FID.improved_by(0.1)
    assert PROXY_SCORE.improved_by(0.1) and not PROXY_SCORE.improved_by(-0.1)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_a_figure_of_a_set_has_replicates_around_it_and_a_mean_has_values(metric):
    """On what the network of each is given, in the simplest form: random features, classes or pictures."""
    random = np.random.default_rng(0)
    given = {
        "inception": lambda: random.normal(size=(64, 12)),
        "inception classes": lambda: random.dirichlet(np.ones(6), size=64),
        "efficientnet": lambda: random.dirichlet(np.ones(6), size=64),
    }.get(metric.network, lambda: random.integers(0, 256, (4, 32, 32, 3)).astype(np.uint8))
    arguments = [given() for _ in range(1 if metric.protocol == "alone" else 2)]
    found = metric.load(metric.function)(*arguments)
    if not metric.of_set:
        assert found.shape == (len(arguments[0]),) and not metric.replicates
        return
    assert np.ndim(found) == 0
    if metric.replicates:
        replicates = metric.load(metric.replicates)(*arguments)
        assert replicates.shape == (20,)
        assert abs(replicates.mean() - found) < 4 * replicates.std()
