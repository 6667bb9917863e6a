"""Provenance: what a manifest says of how a run was made."""

import json
import types

import numpy as np

from colorize_lib import provenance


def test_a_manifest_says_what_made_the_run():
    made_by = json.loads(json.dumps(provenance.environment("jax")))
    assert made_by["versions"]["numpy"] == np.__version__
    assert {"keras", "jax", "jaxlib", "python"} <= set(made_by["versions"])
    assert "tensorflow" not in made_by["versions"]
    assert made_by["hardware"]["cores"] >= 1


def test_a_manifest_names_the_accelerator(monkeypatch):
    import jax

    card = types.SimpleNamespace(platform="gpu", device_kind="A card of 80 GB")
    monkeypatch.setattr(jax, "devices", lambda: [card])
    hardware = provenance.environment("jax")["hardware"]
    assert provenance.hardware_text(hardware) == "A card of 80 GB"
    assert "accelerator" not in provenance.environment("tensorflow")["hardware"]  # which computes on the processor here
    monkeypatch.setattr(card, "platform", "cpu")
    assert provenance.hardware_text(provenance.environment("jax")["hardware"]).startswith(hardware["processor"])
