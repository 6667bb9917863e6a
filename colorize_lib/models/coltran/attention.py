"""Which pixels a pixel looks at: the attention of a trained core, to be drawn."""

import numpy as np
from keras import ops

from colorize_lib.models.coltran.core import Core
from colorize_lib.models.coltran.layers import AxialBlock, attention_weights, shifted


def attention(core: Core, gray, colors) -> dict[str, np.ndarray]:
    """How much each pixel of a coarse picture looks at each other one, averaged over the heads.

    Args:
        core: the trained core.
        gray: pictures (N, S, S, 1) in [-1, 1].
        colors: their coarse colours (N, s, s), int32, which the decoders look at.

    Returns:
        "encoder" and "outer", (blocks, N, s, s, s, s): the share of the pixel at the last two places in what the pixel
        at the two before it takes up, by attention along rows and then along columns; "inner", (blocks, N, s, s, s):
        along the row. The shares of a pixel add up to one. The outer decoder's state is used one row further down, and
        the inner decoder is shown each colour one pixel further to the right.
    """
    encoding, embedded = core.encode(gray), core.embed(colors)
    above = shifted(core.outer(embedded, encoding), 1)
    context = ops.concatenate([encoding, above], axis=-1)
    begun = core.encoder.positions(core.embed_gray(gray))
    outer = _weights(core.outer_blocks, core.outer_positions(embedded) + encoding, encoding, encoding)
    begun_inner = core.inner_positions(shifted(embedded, 2)) + encoding + above
    return {
        "encoder": _pairs(_weights(core.encoder.blocks, begun)),
        "outer": _pairs(outer),
        "inner": np.stack(_weights(core.inner_blocks, begun_inner, context, encoding)),
    }


def _weights(blocks: list[AxialBlock], x, context=None, encoding=None) -> list[np.ndarray]:
    """The attention of each of several blocks one after the other, (N, s, s, s) each."""
    found = []
    for block in blocks:
        conditions = block.condition(context, encoding) if block.conditional else None
        projected = block.project(x, conditions and conditions.pixels)
        weights, _ = attention_weights(projected, block.heads, block.axis, block.masked)
        found.append(np.array(ops.mean(weights, axis=2)))
        x = block(x, conditions)
    return found


def _pairs(weights: list[np.ndarray]) -> np.ndarray:
    """Attention along rows (N, i, j, j') and then along columns (N, j, i, i') as one, (N, i, j, i', j')."""
    pairs = zip(weights[::2], weights[1::2], strict=True)
    return np.stack([np.einsum("nkjl,njik->nijkl", rows, columns) for rows, columns in pairs])
