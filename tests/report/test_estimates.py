"""Estimates: a study whose truth is known is read as what it is."""

import numpy as np
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.metrics import DIVERSITY, FID, KID, PD
from colorize_lib.report import estimates
from colorize_lib.report.results import Results
from colorize_lib.study.plan import Study
from tests.report.recorded import EXPONENT, FAMILIES, FULL, TRUE_FID, VALUES, Recorded, change


def test_the_truth_is_found(results):
    for family in FAMILIES:
        found = estimates.estimate(results, family, FID)
        assert found.low < TRUE_FID[family] < found.high and found.error < 0.5
        slope = estimates.slope(results, family)
        assert slope.value == pytest.approx(-EXPONENT[family], abs=0.005)
        assert slope.low < -EXPONENT[family] < slope.high
        assert estimates.estimate(results, family, PD).value == pytest.approx(10 + TRUE_FID[family] / 10, abs=0.1)
    difference = estimates.difference(results, FID, "palette", "pix2pix")
    assert difference.low < -5 < difference.high
    assert difference.error < estimates.estimate(results, "palette", FID).error, "the photographs are the same"
    law = estimates.power_law(results, "palette")
    assert law([FULL])[0] == pytest.approx(TRUE_FID["palette"], abs=0.5)


def test_a_difference_of_means_over_photographs_is_that_of_pairs(results):
    found = estimates.difference(results, PD, "palette", "pix2pix")
    assert found.low < -0.5 < found.high
    alone = [estimates.estimate(results, family, PD).error for family in ("palette", "pix2pix")]
    assert found.error < 0.5 * min(alone), "what makes a photograph hard is common to both"
    back = estimates.difference(results, PD, "pix2pix", "palette")
    assert (back.value, back.low, back.high) == pytest.approx((-found.value, -found.high, -found.low))


def test_families_are_ranked_by_merit(results):
    assert list(estimates.ranking(results, FID)) == ["palette", "pix2pix", "coltran", "regression"]
    assert list(estimates.ranking(results, DIVERSITY)) == ["coltran", "palette", "pix2pix"]


def test_the_share_of_the_gap_is_that_of_the_estimate(results):
    found = estimates.estimate(results, "palette", FID).value
    assert estimates.share_closed(results, "palette", FID) == pytest.approx((110 - found) / 100)
    assert estimates.share_closed(results, "palette", PD) == pytest.approx((16 - 12) / 16, abs=0.01)


def test_a_line_is_told_from_a_curve_and_a_gain_is_that_of_the_truth(copied, study):
    opened = Results(study, copied)
    assert all(estimates.line_p(opened, family) > 0.05 for family in FAMILIES)
    for family in ("palette", "coltran"):
        gain = estimates.last_gain(opened, family, 1)
        assert gain.low < (FULL / 400) ** -EXPONENT[family] - 1 < gain.high
        run = opened.run(family, train_images=400)
        change(run, 1.3 * run.figure(FID).value, metric="FID", split="test")
    anew = Results(study, copied)
    p = {family: estimates.line_p(anew, family) for family in FAMILIES}
    assert p["palette"] < 0.01 and p["coltran"] < 0.01 and p["pix2pix"] > 0.05
    (ends,) = estimates.slope_differences(anew, "palette", ["pix2pix"], ends=True).values()
    assert ends.low < EXPONENT["pix2pix"] - EXPONENT["palette"] < ends.high, "the ends are as they were"


def test_one_seed_is_too_few_for_errors(copied, is_one_sentence):
    one = Results(Study.create(VALUES | {"seeds": [0]}), copied)
    with pytest.raises(ColorizeError, match="name two at least") as error:
        estimates.estimate(one, "palette", FID)
    assert is_one_sentence(error.value)


def test_equal_images_are_the_most_that_all_have(results):
    pair = estimates.at_equal_images(results, ["palette", "coltran"])
    assert set(pair.images_seen) == {32_000} and set(pair.index) == {"palette", "coltran"}
    shorter = results.along[(results.along.family != "coltran") | (results.along.images_seen < 32_000)]
    cut = Results(results.study, results.store)
    cut.along = shorter
    assert set(estimates.at_equal_images(cut, FAMILIES).images_seen) == {16_000}
    assert set(estimates.at_equal_images(cut, ["palette", "pix2pix"]).images_seen) == {32_000}


def test_the_second_data_set_has_the_error_of_its_photographs(copied):
    both = Study.create(VALUES | {"second_data_set": "cifar10"})
    recorded = Recorded(both, copied)
    for task in both.tasks(copied, "second"):
        recorded.run(task)
    opened = Results(both, copied)
    assert estimates.second_ranking(opened, FID).keys() == set(FAMILIES)
    assert KID.best(estimates.second_ranking(opened, KID)) == "palette"
    found = estimates.second_difference(opened, FID, "palette", "pix2pix")
    assert found.low < found.value < found.high < 0 and found.value == pytest.approx(-5, abs=0.6)
    found = estimates.second_difference(opened, PD, "palette", "pix2pix")
    assert found.value == pytest.approx(-0.5, abs=0.06) and found.error < 1e-6, "each photograph is as hard for both"
    assert np.isfinite([found.low, found.high]).all()
