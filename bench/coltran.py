"""What ColTran's bits and samples are to be compared with.

    python -m bench.coltran counted
    python -m bench.coltran pooling RUN
    python -m bench.coltran temperatures RUN

Writes results/tables/coltran_WHAT.csv from Tiny ImageNet's validation photographs at 32x32:

- counted: bits a coarse pixel of tables p(coarse colour | coarse gray), counted on all training photographs, with gray
  in more and fewer levels, and smoothed by the frequencies of the colours whatever their gray.
- pooling: bits, FID and KID of a run whose inner decoder is normalized by the whole gray picture, as in training, and
  by the row that is being drawn, as in sampling by the official code; on 1,000 photographs.
- temperatures: quality by temperature, and by how many most probable colours are drawn from, on 1,000 photographs.

Of temperatures, what was measured before is not measured again.
"""

import sys

import numpy as np
from keras import ops

from bench.scores import VARIED, add, colors, distances, known, loaded, trial_photographs
from colorize_lib import color, models
from colorize_lib.data import prepared
from colorize_lib.metrics import perceptual
from colorize_lib.models.coltran.codes import Codes, smaller
from colorize_lib.models.coltran.core import Core
from colorize_lib.models.coltran.layers import Conditions, shifted
from colorize_lib.models.coltran.model import cross_entropy
from colorize_lib.models.coltran.sampling import CachedSampler
from colorize_lib.runs.scoring import Painter

CHUNK = 5000
GRAY_LEVELS = (1, 8, 32, 256)
OPTIONS = [*({"temperature": value} for value in (0.6, 0.8, 0.9, 1.0, 1.1)), *({"top_k": count} for count in (10, 50))]


def coarse_pairs(images: np.ndarray, output: str) -> tuple[np.ndarray, np.ndarray]:
    """Coarse colours and the mean gray, 0 to 255, of the cells of uint8 pictures, each (N, s, s)."""
    codes, ratio = Codes(output), models.configure("coltran", "small").ratio
    colours, grays = [], []
    for start in range(0, len(images), CHUNK):
        rgb = color.to_float(images[start : start + CHUNK])
        planes = color.chroma(rgb) if codes.chroma else rgb
        colours.append(np.array(codes.symbol(codes.fine(smaller(planes, ratio)))))
        grays.append(127.5 * (np.array(smaller(color.luma(rgb), ratio))[..., 0] + 1))
    return np.concatenate(colours), np.concatenate(grays)


def counted() -> None:
    splits = {split: prepared.load("tiny_imagenet", split, 32) for split in ("train", "validation")}
    for output in ("chroma", "rgb"):
        (colours, grays), (sought, given) = (coarse_pairs(images, output) for images in splits.values())
        for levels in GRAY_LEVELS:
            bits = table_bits(colours, grays * levels // 256, sought, given * levels // 256, Codes(output).symbols)
            keys = {"output": output, "gray_levels": levels}
            row = {"symbols": Codes(output).symbols, "bits_per_coarse_pixel": bits}
            row |= {"training_images": len(colours), "images": len(sought)}
            add("coltran_counted", {**keys, **row}, list(keys))


def table_bits(colours, grays, sought, given, symbols: int) -> float:
    """Mean -log2 p(sought | given) of a table counted on colours and grays, smoothed by p(colour)."""
    counts = np.zeros((int(grays.max()) + 1, symbols))
    np.add.at(counts, (grays.astype(int), colours), 1)
    marginal = (counts.sum(axis=0) + 1) / (counts.sum() + symbols)
    table = (counts + symbols * marginal) / (counts.sum(axis=1, keepdims=True) + symbols)
    return -np.log2(table[given.astype(int), sought]).mean()


class RowPooled(CachedSampler):
    """Normalizations of the inner decoder are conditioned on the row's encoding alone."""

    def draw_row(self, i, above, encoding, norms, draws, settings):
        norms = [row_norms(block, encoding) for block in self.core.inner_blocks]
        return super().draw_row(i, above, encoding, norms, draws, settings)


def row_norms(block, row) -> tuple:
    """Scale and shift of a block's normalizations from a row of the encoding (N, s, C), which the official code repeats
    for each row of the pooling weights."""
    return tuple(norm.modulate(ops.sum(row * ops.sum(norm.pooling, axis=0), axis=1)) for norm in block.norms)


def row_pooled_bits(core: Core, colours, gray) -> np.ndarray:
    """Bits a coarse pixel (N,) of symbols (N, s, s) when every row is normalized by itself."""
    encoding, embedded = core.encode(gray), core.embed(colours)
    above = shifted(core.outer(embedded, encoding), 1)
    x = core.inner_positions(shifted(embedded, 2)) + encoding + above
    # Rows see each other through `above` alone, so that each can be a picture of its own.
    x, context, rows = (
        ops.reshape(value, (-1, 1, core.side, value.shape[-1]))
        for value in (x, ops.concatenate([encoding, above], axis=-1), encoding)
    )
    for block in core.inner_blocks:
        x = block(x, Conditions(block.conditional(context), row_norms(block, rows[:, 0])))
    logits = ops.reshape(core.logits(core.last_norm(x)), (*colours.shape, core.symbols))
    return np.array(cross_entropy(colours, logits)).mean(axis=(1, 2)) / np.log(2)


def pooling(name: str) -> None:
    photographs, rows, reference = trial_photographs()
    run, model = loaded(name)
    core, gray = model.network.core, color.to_float(color.gray(photographs))
    symbols = model.coarse_colors(color.to_float(photographs))
    bits = {
        "picture": model.likelihood(gray, color.to_float(photographs))["Bits per coarse pixel"],
        "row": row_pooled_bits(core, symbols, gray),
    }
    for pooled, found in bits.items():
        if pooled == "row":
            model.sampler = model.sampler_of(RowPooled(core))
        painted = Painter(model)(photographs, rows)
        row = {"bits_per_coarse_pixel": found.mean(), "bits_error": found.std(ddof=1) / len(found) ** 0.5}
        row |= {**distances(painted, reference), **colors(painted, photographs)}
        add("coltran_pooling", {"run": run.name, "pooled": pooled, **row}, ["run", "pooled"])


def temperatures(name: str) -> None:
    photographs, rows, reference = trial_photographs()
    run, model = loaded(name)
    for options in OPTIONS:
        keys = {"run": run.name, "temperature": 1.0, "top_k": 0, **options}
        if known("coltran_temperatures", keys):
            continue
        painted, again = (Painter(model, draw=draw, sampling=options)(photographs, rows) for draw in (0, 1))
        row = {"LPIPS_diversity": perceptual.diversity(painted[VARIED], again[VARIED]).mean()}
        row |= {**distances(painted, reference), **colors(painted, photographs)}
        add("coltran_temperatures", {**keys, **row}, list(keys))


if __name__ == "__main__":
    {"counted": counted, "pooling": pooling, "temperatures": temperatures}[sys.argv[1]](*sys.argv[2:])
