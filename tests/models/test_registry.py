"""Configurations: every number named, nothing unknown let in."""

import dataclasses

import pytest

from colorize_lib import models
from colorize_lib.files import ColorizeError
from colorize_lib.validation import validated


@pytest.mark.parametrize("family", models.FAMILIES)
@pytest.mark.parametrize("preset", models.IMAGE_SIZES)
def test_every_preset_is_a_valid_configuration(family, preset):
    config = models.configure(family, preset)
    assert dataclasses.is_dataclass(config)
    assert hash(config) == hash(models.configure(family, preset))


def test_unknown_and_wrong_settings_are_refused_by_name():
    with pytest.raises(ColorizeError, match="did you mean learning_rate"):
        models.configure("pix2pix", "tiny", learning_rat=1e-3)
    with pytest.raises(ColorizeError, match="pix2pix_learning_rate = 'fast'"):
        models.configure("pix2pix", "tiny", learning_rate="fast")
    with pytest.raises(ColorizeError, match="pix2pix_output = 'lab'"):
        models.configure("pix2pix", "tiny", output="lab")
    with pytest.raises(ColorizeError, match="no family called pixpix: did you mean pix2pix"):
        models.configure("pixpix", "tiny")
    with pytest.raises(ColorizeError, match="no preset called smal: did you mean small"):
        models.configure("pix2pix", "smal")


def test_hyperparameters_carry_their_family_and_their_range():
    known = models.hyperparameters()
    assert all(key.split("_")[0] in models.FAMILIES for key in known)
    assert validated("pix2pix_l1_weight", known["pix2pix_l1_weight"], 100) == 100.0
    with pytest.raises(ColorizeError, match="pix2pix_l1_weight = -1"):
        validated("pix2pix_l1_weight", known["pix2pix_l1_weight"], -1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 0),
        ("dropout", 1.5),
        ("learning_rate", float("nan")),
        ("learning_rate", -1e-3),
        ("generator_widths", []),
        ("generator_widths", [8, 0]),
        ("batch_size", True),
    ],
)
def test_impossible_values_are_refused_by_name(name, value):
    with pytest.raises(ColorizeError, match=f"pix2pix_{name} = .* is not possible"):
        models.configure("pix2pix", "tiny", **{name: value})
