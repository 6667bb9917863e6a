"""Figures show what they are given."""

import numpy as np
import pandas as pd
from PIL import Image

from colorize_lib import figures


def test_a_strip_comes_apart_as_it_was_put_together(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3)).astype(np.uint8)
    Image.fromarray(np.concatenate(pictures, axis=1)).save(tmp_path / "1.png")
    np.testing.assert_array_equal(figures.strip(tmp_path / "1.png"), pictures)


def test_a_contact_sheet_enlarges_every_pixel_in_its_place():
    rows = np.random.default_rng(0).integers(0, 255, (2, 3, 4, 4, 3)).astype(np.uint8)
    sheet = figures.contact_sheet(list(rows), scale=2, gap=1)
    assert sheet.shape == (2 * 9 - 1, 3 * 9 - 1, 3)
    np.testing.assert_array_equal(sheet[9:17:2, 18:26:2], rows[1, 2])
    np.testing.assert_array_equal(sheet[10:17:2, 19:26:2], rows[1, 2])
    assert (sheet[8] == 255).all()


def test_curves_are_the_columns_of_the_history():
    history = pd.DataFrame({"images_seen": [10, 20, 40], "l1": [3.0, 2.0, 1.0], "loss": [1.0, 1.0, 2.0]})
    figure = figures.learning_curves(history, {"one": {"l1": "L1"}, "two": {"loss": "sum", "l1": "L1"}})
    first, second = figure.axes
    assert first.get_title() == "one" and first.get_xscale() == "log"
    np.testing.assert_array_equal(first.lines[0].get_ydata(), history.l1)
    np.testing.assert_array_equal(second.lines[0].get_xdata(), history.images_seen)
    assert [text.get_text() for text in second.get_legend().get_texts()] == ["sum", "L1"]
