"""Texts: numbers as sentences say them, and sentences that the results have to carry."""

import numpy as np
import pytest

from colorize_lib.files import ColorizeError
from colorize_lib.metrics import DIVERSITY, FID, KID
from colorize_lib.report import texts


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00123, "1.23 ms"),
        (0.5, "500 ms"),
        (1.5126, "1.51 s"),
        (119, "119 s"),
        (1247, "20.8 minutes"),
        (9e5, "15,000 minutes"),
    ],
)
def test_durations_are_told_in_their_unit(seconds, text):
    assert texts.seconds_text(seconds) == text


def test_figures_are_told_in_the_order_of_merit():
    found = {"palette": 0.02, "coltran": 0.01}
    assert texts.in_order(FID, found) == "ColTran 0.01, Palette 0.02"
    assert texts.in_order(KID, found) == "ColTran 10.0, Palette 20.0"
    assert texts.in_order(DIVERSITY, found) == "Palette 0.020, ColTran 0.010"


def test_a_claim_that_does_not_hold_is_named(is_one_sentence):
    texts.claim(np.bool_(True), "it is so")
    with pytest.raises(ColorizeError, match="no longer show that Pix2Pix has the lowest FID") as error:
        texts.claim(np.bool_(False), "Pix2Pix has the lowest FID")
    assert is_one_sentence(error.value)
