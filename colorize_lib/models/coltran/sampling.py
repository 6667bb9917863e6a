"""Drawing coarse colours pixel by pixel, with everything computed once.

A row of the outer decoder is computed when its colours are known, from cached keys and values of the rows above; a
pixel of the inner decoder from those of the pixels to its left. Both are exact: what is cached depends on nothing that
comes later.
"""

import keras
from keras import ops

from colorize_lib.models.coltran.core import Core
from colorize_lib.models.coltran.layers import COLUMN, HIDDEN, attend, attend_cached


class CachedSampler(keras.layers.Layer):
    """Draws colours from a core."""

    def __init__(self, core: Core):
        super().__init__()
        self.core = core
        self.built = True

    def call(self, gray, draws, temperature, top_k):
        """Symbols (N, s, s), int32, and the log-probabilities (N, s, s) that the core gives them.

        Args:
            gray: (N, S, S, 1) in [-1, 1].
            draws: uniform numbers (N, s * s) in [0, 1), one for each pixel.
            temperature: (N, 1), the same for all; the logits are divided by it.
            top_k: int32 (N, 1), the same for all: draw among so many most probable colours; 0: among all. The
                log-probabilities are those among all, at temperature 1.
        """
        core, side = self.core, self.core.side
        encoding = core.encode(gray)
        rows = _swapped(encoding)
        settings = temperature, top_k[0, 0]
        draws = ops.transpose(ops.reshape(draws, (-1, side, side)), (1, 2, 0))
        outer = [block.condition(encoding, encoding) for block in core.outer_blocks]
        norms = [block.condition_norms(encoding) for block in core.inner_blocks]
        none = ops.zeros_like(rows[0])  # (N, s, C)
        caches = [(ops.zeros_like(rows),) * 2 for block in core.outer_blocks if block.axis == COLUMN]
        zeros = ops.zeros_like(draws)

        def one_row(i, state):
            symbols, log_probabilities, above, caches = state
            found, scores, embedded = self.draw_row(i, above, ops.take(rows, i, axis=0), norms, draws, settings)
            above, caches = self.outer_row(i, embedded, ops.take(rows, i, axis=0), outer, caches)
            return write(symbols, i, found), write(log_probabilities, i, scores), above, caches

        state = (ops.cast(zeros, "int32"), zeros, none, caches)
        symbols, log_probabilities, *_ = ops.fori_loop(0, side, one_row, state)
        return ops.transpose(symbols, (2, 0, 1)), ops.transpose(log_probabilities, (2, 0, 1))

    def outer_row(self, i, embedded, encoding, conditions, caches):
        """The outer decoder's states (N, s, C) of row i, and the caches with that row's keys and values."""
        core = self.core
        x = embedded + ops.take(core.outer_positions.grid(), i, axis=0) + encoding
        remaining, kept = list(caches), []
        for block, (pixels, norms) in zip(core.outer_blocks, conditions, strict=True):
            pixels = ops.take(pixels, i, axis=1)
            projected = block.project(x, pixels)
            if block.axis == COLUMN:
                query, key, value = ops.split(projected, 3, axis=-1)
                keys, values = (write(cache, i, row) for cache, row in zip(remaining.pop(0), (key, value), strict=True))
                kept.append((keys, values))
                mixed = attend_cached(query, keys, values, block.heads, i)
            else:
                mixed = attend(projected[:, None], block.heads, block.axis, block.masked)[:, 0]
            x = block.finish(x, mixed, pixels, norms)
        return x, kept

    def draw_row(self, i, above, encoding, norms, draws, settings):
        """Symbols and log-probabilities (s, N) of row i, and its embedded colours (N, s, C)."""
        core = self.core
        base = _swapped(ops.take(core.inner_positions.grid(), i, axis=0) + encoding + above)
        context = ops.concatenate([encoding, above], axis=-1)
        pixels = [_swapped(block.conditional(context)) for block in core.inner_blocks]
        draws, table = ops.take(draws, i, axis=0), core.color_embedding.kernel
        zeros = ops.zeros_like(draws)

        def one_pixel(j, state):
            symbols, scores, embedded, left, caches = state
            x, kept = left + ops.take(base, j, axis=0), []
            for block, conditions, norm, (keys, values) in zip(core.inner_blocks, pixels, norms, caches, strict=True):
                here = ops.take(conditions, j, axis=0)
                query, key, value = ops.split(block.project(x, here), 3, axis=-1)
                keys, values = write(keys, j, key), write(values, j, value)
                kept.append((keys, values))
                x = block.finish(x, attend_cached(query, keys, values, block.heads, j), here, norm)
            symbol, score = self.draw(core.logits(core.last_norm(x)), ops.take(draws, j, axis=0), *settings)
            left = ops.take(table, symbol, axis=0)
            return write(symbols, j, symbol), write(scores, j, score), write(embedded, j, left), left, kept

        caches = [(ops.zeros_like(base),) * 2 for _ in core.inner_blocks]
        state = (ops.cast(zeros, "int32"), zeros, ops.zeros_like(base), ops.zeros_like(base[0]), caches)
        symbols, scores, embedded, *_ = ops.fori_loop(0, core.side, one_pixel, state)
        return symbols, scores, _swapped(embedded)

    def draw(self, logits, draws, temperature, top_k):
        """One symbol (N,) for each of the logits (N, K), where the cumulated probabilities pass a uniform number."""
        flat = logits / temperature
        least = ops.cond(
            top_k > 0,
            lambda: ops.take(ops.sort(flat, axis=-1), self.core.symbols - top_k, axis=-1),
            lambda: ops.min(flat, axis=-1),
        )
        flat = ops.where(flat < least[:, None], HIDDEN, flat)
        cumulated = ops.cumsum(ops.softmax(flat), axis=-1)
        below = ops.cast(cumulated <= draws[:, None] * cumulated[:, -1:], "int32")
        symbol = ops.minimum(ops.sum(below, axis=-1), self.core.symbols - 1)
        chosen = ops.take_along_axis(ops.log_softmax(logits), symbol[:, None], axis=-1)
        return symbol, chosen[:, 0]


def write(cache, place, value):
    """The cache (L, ...) with a value (...) at one place of its first axis."""
    return ops.scatter_update(cache, ops.reshape(place, (1, 1)), value[None])


def _swapped(x):
    """(N, s, ...) as (s, N, ...), and back again."""
    return ops.swapaxes(x, 0, 1)
