"""Figures show what they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from colorize_lib.report import figures


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


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


def test_a_sheet_without_gaps_is_the_pictures_put_together():
    rows = np.random.default_rng(1).integers(0, 256, (3, 4, 8, 8, 3)).astype(np.uint8)
    expected = np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)
    np.testing.assert_array_equal(figures.contact_sheet(list(rows), scale=1, gap=0), expected)


def test_between_the_pictures_of_a_sheet_is_white_and_nothing_else():
    black = np.zeros((2, 3, 5, 5, 3), np.uint8)
    sheet = figures.contact_sheet(list(black), scale=3, gap=4)
    assert sheet.shape == (2 * 15 + 4, 3 * 15 + 2 * 4, 3)
    assert (sheet == 0).sum() == black.size * 9
    assert (sheet[15:19] == 255).all() and (sheet[:, 15:19] == 255).all()


def test_a_picture_is_shown_pixel_for_pixel_with_a_label_at_every_band(tmp_path):
    pixels = np.random.default_rng(2).integers(0, 256, (30, 20, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "grid.png")
    figure = figures.picture(tmp_path / "grid.png", ("gray", "colorized", "original"), width=4)
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.images[0].get_array(), pixels)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["gray", "colorized", "original"]
    np.testing.assert_allclose(axes.get_yticks(), [5, 15, 25])
    np.testing.assert_allclose(figure.get_size_inches(), [4, 6])


def test_a_folded_sheet_has_the_first_halves_of_its_rows_on_top():
    rows = np.random.default_rng(3).integers(0, 256, (3, 4, 8, 8, 3)).astype(np.uint8)
    sheet = figures.folded_sheet(*rows)
    expected = [rows[0, :2], rows[1, :2], rows[2, :2], rows[0, 2:], rows[1, 2:], rows[2, 2:]]
    np.testing.assert_array_equal(sheet, figures.contact_sheet(expected))


def test_a_table_is_where_the_page_looks_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "repository", lambda: tmp_path)
    table = pd.DataFrame({"method": ["gray", "tint"], "FID": [1.5, 2.5]})
    figures.save_table(table, "baselines")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "book" / "executed" / "tables" / "baselines.csv"), table)
