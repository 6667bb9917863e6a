"""Evaluation: what a run's colours, or other ways of colouring, score, and which photographs were scored."""

import functools
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from colorize_lib import color, data
from colorize_lib.files import ColorizeError, atomic, data_root
from colorize_lib.metrics import frechet, inception
from colorize_lib.runs import Run, RunConfig

TINT_CANDIDATES = (1.0, 2.0, 3.0)
TINT_PHOTOGRAPHS = 500

# How pictures get their colours: (photographs uint8 (N, S, S, 3), rows (N,)) -> uint8 of the same shape. But for the
# originals themselves it looks at nothing but the photographs' luma.
Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Protocol:
    """Which photographs are coloured and which are the reference of a disjoint FID.

    Attributes:
        data_set, image_size: the prepared data set.
        split: whose photographs are coloured; the reference is always the split "reference".
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
                f"{self.count} photographs were asked of the {split} split of {self.data_set} and it has {len(rows)}: "
                "ask for fewer, or for all with 0."
            )
        rows = rows[: self.count] if self.count else rows
        return prepared.images[rows], rows


def features(images: np.ndarray) -> np.ndarray:
    """Inception features (N, 2048) of uint8 images, computed once for the same pixels and network and then kept."""
    digest = hashlib.sha256(np.ascontiguousarray(images)).hexdigest()[:24]
    path = data_root() / "features" / f"{inception.NETWORK}-{len(images)}-{digest}.npy"
    if not path.exists():
        computed = inception.pool3(images)
        with atomic(path) as temporary:
            np.save(temporary, computed)
    return np.load(path)


def colorized(model, photographs: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The model's colours for the photographs' luma, uint8 (N, S, S, 3); a photograph's seed is its row."""
    return color.to_uint8(model.sample(color.to_float(color.gray(photographs)), seed=rows))


def grayscale(photographs: np.ndarray) -> np.ndarray:
    """No colour at all: the luma in three channels."""
    return np.repeat(color.gray(photographs), 3, axis=-1)


def tinted(photographs: np.ndarray, tint: np.ndarray) -> np.ndarray:
    """One chroma (2,) for every pixel of every photograph, under its own luma."""
    gray = color.to_float(color.gray(photographs))
    return color.to_uint8(color.compose(gray, np.broadcast_to(tint, (*gray.shape[:-1], 2))))


def mean_chroma(photographs: np.ndarray) -> np.ndarray:
    """The chroma (2,) that is nearest to all pixels of the photographs in the L2 sense."""
    return np.mean([color.chroma(color.to_float(p)).mean((0, 1)) for p in photographs], axis=0)


def score(
    paint: Paint, protocol: Protocol, *, images_seen: int = 0, options: str = "", allow_small: bool = False
) -> list[dict]:
    """Colour a protocol's photographs and measure the result: rows for a metrics table.

    Args:
        paint: how the photographs are coloured.
        protocol: what is coloured and compared.
        images_seen: how far the model was trained, for the table.
        options: how it sampled, for the table.
        allow_small: accept fewer images than the covariance's rank; the metric is then called FID-N.
    """
    photographs, rows = protocol.photographs()
    reference, reference_rows = protocol.reference()
    frechet.require_images(len(rows), len(reference_rows), allow_small=allow_small)
    started = time.perf_counter()
    painted = paint(photographs, rows)
    if painted.shape != photographs.shape or painted.dtype != np.uint8:
        raise ColorizeError(
            f"Colorizations must be uint8 of shape {photographs.shape}, not {painted.dtype} {painted.shape}."
        )
    painting = time.perf_counter() - started
    value, error = frechet.fid(features(painted), features(reference), allow_small=allow_small)
    small = min(len(rows), len(reference_rows)) < frechet.MINIMUM_IMAGES
    common = {"images_seen": images_seen, "split": protocol.split, "images": len(rows), "options": options}
    disjoint = {
        "metric": f"FID-{len(rows)}" if small else "FID",
        "value": round(value, 4),
        "error": round(error, 4),
        "protocol": "disjoint",
        "reference_images": len(reference_rows),
        "network": inception.NETWORK,
        "indices": f"{fingerprint(rows)} {fingerprint(reference_rows)}",
        "seconds": round(time.perf_counter() - started - painting, 1),
    }
    ratios = peak_signal_to_noise(painted, photographs)
    paired = {
        "metric": "PSNR",
        "value": round(float(ratios.mean()), 4),
        "error": round(float(ratios.std(ddof=1) / len(ratios) ** 0.5), 4),
        "protocol": "paired",
        "reference_images": len(rows),
        "network": "",
        "indices": fingerprint(rows),
        "seconds": round(painting, 1),
    }
    return [{**common, **disjoint}, {**common, **paired}]


def peak_signal_to_noise(painted: np.ndarray, originals: np.ndarray) -> np.ndarray:
    """PSNR in decibels of each uint8 picture (N, S, S, 3), at most 100: 10 log10(255^2 / mean squared difference)."""
    squared = (painted.astype(np.float32) - originals.astype(np.float32)) ** 2
    return 10 * np.log10(255**2 / np.maximum(squared.mean((1, 2, 3)), 255**2 * 1e-10))


def fingerprint(rows: np.ndarray) -> str:
    """Eight digits that name a choice of photographs, in order."""
    return hashlib.sha256(np.asarray(rows, "<i8").tobytes()).hexdigest()[:8]


def score_run(run: Run, *, split: str = "validation", count: int = 0, allow_small: bool = False) -> list[dict]:
    """Score a run's weights as they are stored and add the rows to its metrics."""
    config = run.config
    rows = score(
        functools.partial(colorized, run.load_model()),
        Protocol(config.data_set, config.image_size, split, count),
        images_seen=config.images_seen,
        allow_small=allow_small,
    )
    run.add_metrics(rows)
    return rows


def scorer(config: RunConfig, count: int) -> Callable[[Run, object, int], None]:
    """A function for `training.train` that scores `count` validation photographs along the way."""
    protocol = Protocol(config.data_set, config.image_size, "validation", count)

    def score_along(run: Run, model, images_seen: int) -> None:
        run.add_metrics(score(functools.partial(colorized, model), protocol, images_seen=images_seen, allow_small=True))

    return score_along


def best_tint(data_set: str, image_size: int) -> tuple[np.ndarray, str]:
    """The constant chroma (2,) that scores best on training photographs, and how it was chosen.

    Candidates are multiples of the training split's mean chroma, since the mean of colours of all hues is paler than
    any of them. They are compared by FID-500 between the first 500 training photographs, tinted, and the next 500.
    """
    prepared = data.prepare(data_set, image_size)
    rows = prepared.indices("train")
    mean = mean_chroma(prepared.images[np.sort(rows[: 10 * TINT_PHOTOGRAPHS])])
    photographs = prepared.images[rows[:TINT_PHOTOGRAPHS]]
    others = features(prepared.images[rows[TINT_PHOTOGRAPHS : 2 * TINT_PHOTOGRAPHS]])
    scores = {
        factor: frechet.fid(features(tinted(photographs, factor * mean)), others, allow_small=True)[0]
        for factor in TINT_CANDIDATES
    }
    best = min(scores, key=scores.__getitem__)
    return best * mean, f"{best:g} x mean chroma ({', '.join(f'{k:g}: {v:.1f}' for k, v in scores.items())})"


def score_baselines(protocol: Protocol, *, allow_small: bool = False) -> list[dict]:
    """Score the originals, whose FID is the floor, gray pictures and the best constant tint by a protocol."""
    tint, choice = best_tint(protocol.data_set, protocol.image_size)
    methods: dict[str, tuple[Paint, str]] = {
        "original": (lambda photographs, rows: photographs, ""),
        "gray": (lambda photographs, rows: grayscale(photographs), ""),
        "tint": (lambda photographs, rows: tinted(photographs, tint), choice),
    }
    names = {"data_set": protocol.data_set, "image_size": protocol.image_size}
    return [
        {"method": method, **names, **row}
        for method, (paint, options) in methods.items()
        for row in score(paint, protocol, options=options, allow_small=allow_small)
    ]
