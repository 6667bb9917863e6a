"""Scoring: measuring what a run, or another way of colouring, makes of which photographs."""

import dataclasses
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from colorize_lib import color, data
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import frechet
from colorize_lib.metrics.scores import digest, features, measure
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import LUMA_PUT_BACK, Run

TINT_CANDIDATES = (1.0, 2.0, 3.0)
TINT_PHOTOGRAPHS = 500
DIVERSITY_PHOTOGRAPHS = 1000

# How pictures get their colours: (photographs uint8 (N, S, S, 3), their rows in the data set (N,)) -> uint8 of the same
# shape. Except where the originals themselves are scored, it uses only the photographs' luma.
Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Protocol:
    """Which photographs are coloured and which are the reference of a disjoint FID.

    Attributes:
        data_set, image_size: of the prepared data set.
        split: whose photographs are coloured. The reference is always the split "reference".
        count: how many of each; 0 means all.
    """

    data_set: str
    image_size: int
    split: str = "validation"
    count: int = 0

    def photographs(self) -> tuple[np.ndarray, np.ndarray]:
        """The photographs to colour, uint8 (N, S, S, 3), and their rows in the data set."""
        return self._read(self.split)

    def reference(self) -> tuple[np.ndarray, np.ndarray]:
        """The reference photographs, and their rows in the data set."""
        return self._read("reference")

    def _read(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        prepared = data.prepare(self.data_set, self.image_size)
        rows = prepared.indices(split)
        if self.count > len(rows):
            raise ColorizeError(
                f"{self.count} photographs were asked of the {split} split of {self.data_set}, which has {len(rows)}: "
                "ask for fewer, or for all of them with 0."
            )
        rows = rows[: self.count] if self.count else rows
        return prepared.images[rows], rows


@dataclass(frozen=True)
class Painter:
    """A model that colours photographs by their luma; the seed of a photograph is its row in the data set.

    Attributes:
        model: has `sample(gray, seed=, **sampling)`.
        given_luma: whether the photograph's own luma is put back into the picture that the model painted.
        draw: 0 for the first sample of each photograph, 1 for the second.
        sampling: options of `sample`, such as {"steps": 50}; those left out have the family's defaults.
        painted: by draw, what the last call asked for and the pictures it got, which copies of this painter share:
            they are not sampled again to put the luma back.
    """

    model: object
    given_luma: bool = False
    draw: int = 0
    sampling: Mapping[str, object] = field(default_factory=dict)
    painted: dict[int, tuple[tuple, np.ndarray]] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, photographs: np.ndarray, rows: np.ndarray) -> np.ndarray:
        gray, seeds = color.to_float(color.gray(photographs)), np.asarray(rows, np.int64) + self.draw * 2**32
        request = (seeds.tobytes(), repr(sorted(self.sampling.items())))
        if self.painted.get(self.draw, (None,))[0] != request:
            rgb = self.model.sample(gray, seed=seeds, **self.sampling)
            self.painted[self.draw] = request, color.to_uint8(rgb)
        painted = self.painted[self.draw][1]
        return color.to_uint8(color.restore_luma(color.to_float(painted), gray)) if self.given_luma else painted

    def likelihood(self, photographs: np.ndarray) -> dict[str, np.ndarray]:
        """By metric, how likely the model finds each photograph (N,); nothing unless it samples by its defaults."""
        if self.given_luma or self.sampling:
            return {}
        return self.model.likelihood(color.to_float(color.gray(photographs)), color.to_float(photographs))

    @property
    def options(self) -> str:
        """What differs from the defaults, for a table: "steps 50, luma put back"."""
        chosen = [f"{name} {value}" for name, value in sorted(self.sampling.items())]
        return ", ".join([*chosen, *([LUMA_PUT_BACK] if self.given_luma else [])])


def tinted(photographs: np.ndarray, tint: np.ndarray) -> np.ndarray:
    """One chroma (2,) for every pixel of every photograph, under its own luma."""
    gray = color.to_float(color.gray(photographs))
    return color.to_uint8(color.compose(gray, np.broadcast_to(tint, (*gray.shape[:-1], 2))))


def mean_chroma(photographs: np.ndarray) -> np.ndarray:
    """The chroma (2,) whose mean squared distance from all pixels of the photographs is the smallest."""
    return np.mean([color.chroma(color.to_float(p)).mean((0, 1)) for p in photographs], axis=0)


def score(
    paint: Paint,
    protocol: Protocol,
    *,
    again: Paint | None = None,
    images_seen: int = 0,
    options: str = "",
    allow_small: bool = False,
    paired_fid: bool = True,
    keep: Path | None = None,
) -> list[dict]:
    """Colour a protocol's photographs and measure the result by every metric.

    Args:
        paint: how the photographs are coloured.
        protocol: which are coloured, and compared with which.
        again: how the first 1,000 get a second sample, for their diversity; None if that is not measured.
        images_seen: how far the model was trained, for the table.
        options: how it sampled, for the table.
        allow_small: accept fewer images than FID needs; the metric is then called FID-N.
        paired_fid: whether FID is computed against the originals too.
        keep: a folder in which the values of each photograph and the jackknife replicates are kept; None keeps none.

    Returns:
        Rows of a table of measurements, see `store.METRIC_COLUMNS`.

    Raises:
        ColorizeError: there are too few photographs, or `paint` returns no such pictures.
    """
    photographs, rows = protocol.photographs()
    reference, reference_rows = protocol.reference()
    frechet.require_images(len(rows), len(reference_rows), allow_small=allow_small)
    started = time.perf_counter()
    painted = _checked(paint(photographs, rows), photographs)
    seconds = time.perf_counter() - started
    twice = slice(DIVERSITY_PHOTOGRAPHS)
    scores = measure(
        painted,
        originals=photographs,
        reference=reference,
        again=None if again is None else _checked(again(photographs[twice], rows[twice]), photographs[twice]),
        allow_small=allow_small,
        paired_fid=paired_fid,
    )
    if isinstance(paint, Painter):
        for metric, values in paint.likelihood(photographs).items():
            scores.add_mean(metric, values, protocol="likelihood", network="")
    if keep:
        name = "-".join([protocol.split, str(len(rows)), str(images_seen), *options.replace(",", "").split()])
        pixels = {"originals": photographs, "painted": painted, "reference": reference}
        hashes = {f"sha256 {key}": np.array(digest(images)) for key, images in pixels.items()}
        scores.save(keep / f"{name}.npz", rows=rows, reference_rows=reference_rows, **hashes)
    if not (isinstance(paint, Painter) and paint.given_luma):  # otherwise nothing was sampled
        # Measured beside whatever else the machine was doing: speeds are compared elsewhere.
        each = {"protocol": "alone", "images": len(rows), "network": "", "seconds": round(seconds, 1)}
        scores.add("Seconds per photograph", seconds / len(rows), **each)
    common = {"images_seen": images_seen, "split": protocol.split, "options": options}
    return [{**common, "indices": _indices(row, rows, reference_rows), **row} for row in scores.rows]


def _checked(painted: np.ndarray, photographs: np.ndarray) -> np.ndarray:
    if painted.shape != photographs.shape or painted.dtype != np.uint8:
        raise ColorizeError(
            f"The painter returned {painted.dtype} of shape {painted.shape} where uint8 of shape {photographs.shape} "
            "was expected: it has to return a picture for each photograph, as made by `color.to_uint8`."
        )
    return painted


def _indices(row: dict, rows: np.ndarray, reference_rows: np.ndarray) -> str:
    """Which photographs a row of the table was measured on, as fingerprints."""
    scored = fingerprint(rows[: row["images"]])
    return f"{scored} {fingerprint(reference_rows)}" if row["protocol"] == "disjoint" else scored


def fingerprint(rows: np.ndarray) -> str:
    """Eight hexadecimal digits that stand for a choice of photographs in a certain order."""
    return hashlib.sha256(np.asarray(rows, "<i8").tobytes()).hexdigest()[:8]


def painter(run: Run, images_seen: int | None = None, **sampling: object) -> Painter:
    """The painter with a run's stored weights.

    Args:
        run: a finished run with weights.
        images_seen: the milestone of a local run whose weights are used; by default the final ones are.
        sampling: options of the model's `sample` that differ from its defaults.

    Raises:
        ColorizeError: the run keeps no such weights, or was trained on another data set than the one at hand.
    """
    config = run.config
    prepared = data.prepare(config.data_set, config.image_size)
    if prepared.sha256 != run.manifest["data_sha256"]:
        raise ColorizeError(
            f"{config.data_set} at {config.image_size} pixels in {prepared.folder} has other pixels than the one that "
            f"{run.name} was trained on: prepare it from the source that results/tables/data_sets.csv names."
        )
    return Painter(run.load_model(images_seen), sampling=sampling)


def score_run(
    run: Run,
    paint: Painter,
    *,
    split: str = "validation",
    count: int = 0,
    images_seen: int | None = None,
    brief: bool = False,
    allow_small: bool = False,
) -> list[dict]:
    """Score a run's pictures and add the rows to its metrics.

    Args:
        run: a finished run.
        paint: a painter of the run's.
        split, count: whose photographs are coloured, and how many; 0 means all.
        images_seen: the milestone whose weights paint; None for the final ones.
        brief: leave out FID against the originals and the diversity of samples, and do not keep the values of each
            photograph.
        allow_small: accept fewer images than FID needs.

    Returns:
        The rows.
    """
    rows = score(
        paint,
        Protocol(run.config.data_set, run.config.image_size, split, count),
        again=None if brief else dataclasses.replace(paint, draw=1),
        images_seen=images_seen or run.config.images_seen,
        options=paint.options,
        allow_small=allow_small,
        paired_fid=not brief,
        keep=None if brief else run.folder / "per_image",
    )
    run.add_metrics(rows)
    return rows


def scorer(config: RunConfig, count: int) -> Callable[[Run, object, int], None]:
    """What `training.train` is given to score `count` validation photographs along the way."""
    protocol = Protocol(config.data_set, config.image_size, "validation", count)

    def score_along(run: Run, model, images_seen: int) -> None:
        rows = score(Painter(model), protocol, images_seen=images_seen, allow_small=True, paired_fid=False)
        run.add_metrics(rows)

    return score_along


def best_tint(data_set: str, image_size: int) -> tuple[np.ndarray, str]:
    """The constant chroma (2,) that scores best on training photographs, and in words how it was chosen.

    Candidates are multiples of the training split's mean chroma, since the mean over all hues is paler than any of
    them. They are compared by FID-500 between the first 500 training photographs, tinted, and the next 500, or between
    two halves if there are fewer.
    """
    prepared = data.prepare(data_set, image_size)
    rows = prepared.indices("train")
    count = min(TINT_PHOTOGRAPHS, len(rows) // 2)
    mean = mean_chroma(prepared.images[np.sort(rows[: 10 * count])])
    photographs = prepared.images[rows[:count]]
    others = features(prepared.images[rows[count : 2 * count]])
    scores = {
        factor: frechet.fid_value(features(tinted(photographs, factor * mean)), others) for factor in TINT_CANDIDATES
    }
    best = min(scores, key=scores.__getitem__)
    return best * mean, f"{best:g} x mean chroma ({', '.join(f'{k:g}: {v:.1f}' for k, v in scores.items())})"


def score_baselines(protocol: Protocol, *, allow_small: bool = False) -> list[dict]:
    """Score by a protocol what needs no model: the originals, whose FID is the floor, gray, and the best tint.

    Returns:
        Rows of a table, see `store.BASELINE_COLUMNS`.
    """
    tint, choice = best_tint(protocol.data_set, protocol.image_size)
    methods: dict[str, tuple[Paint, str]] = {
        "original": (lambda photographs, rows: photographs, ""),
        "gray": (lambda photographs, rows: color.gray_rgb(photographs), ""),
        "tint": (lambda photographs, rows: tinted(photographs, tint), choice),
    }
    names = {"data_set": protocol.data_set, "image_size": protocol.image_size}
    return [
        {"method": method, **names, **row}
        for method, (paint, options) in methods.items()
        for row in score(paint, protocol, options=options, allow_small=allow_small)
    ]
