"""Explorers in a page without a kernel: arrow keys change the picture, in a browser that is off line."""

import asyncio

import numpy as np
import pytest
from ipywidgets.embed import embed_minimal_html

from colorize_lib.files import repository
from colorize_lib.report import explorers
from tests.book import browser

AXES = {"photograph": ["barn", "lake", "creek"], "family": ["Palette", "ColTran"], "seed": [0, 1]}
# The gray level of the only picture that can be seen; null while there is none.
LEVEL = """(() => {
    const seen = [...document.querySelectorAll("img")].filter(i => i.offsetParent !== null && i.naturalWidth);
    if (seen.length != 1) return null;
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(seen[0], 0, 0);
    return context.getImageData(0, 0, 1, 1).data[0];
})()"""


def picture(photograph: int, family: int, seed: int) -> np.ndarray:
    return np.full((8, 8, 3), 100 * photograph + 10 * family + seed, np.uint8)


@pytest.fixture
def page(tmp_path):
    path, script = tmp_path / "page.html", (repository() / "book" / "vendor" / "embed.js").as_uri()
    template = f"<!DOCTYPE html><html><head></head><body>{{snippet}}<script src='{script}'></script></body></html>"
    embed_minimal_html(
        path,
        views=[explorers.choices(AXES, picture, width=64)],
        template=template,
        requirejs=False,
        drop_defaults=False,
    )
    return path


@pytest.mark.skipif(browser.PROGRAM is None, reason="needs Chromium")
def test_arrow_keys_choose_the_picture(page):
    levels = [0, 100, 110, 111, 110]  # along each axis in turn, and back along the last

    async def look() -> list[int]:
        seen = []
        async with browser.opened(page) as opened:
            for axis, level in enumerate(levels, start=-1):
                if axis >= 0:
                    await opened.value(f"document.querySelectorAll('.noUi-handle')[{min(axis, 2)}].focus()")
                    await opened.press("ArrowRight" if axis < len(AXES) else "ArrowLeft")
                await opened.until(f"{LEVEL} === {level}")
                seen.append(await opened.value(LEVEL))
        return seen

    assert asyncio.run(look()) == levels
