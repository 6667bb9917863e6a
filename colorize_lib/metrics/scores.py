"""Scores: a set of pictures measured by every metric, with uncertainties, as rows of a table.

There are five protocols, which are never mixed: *disjoint* compares the pictures with other photographs, *paired*
compares each with its original, *alone* looks at nothing but the pictures, *samples* compares samples for the same gray
pictures, and *likelihood* asks the model how probable the originals are.
"""

import hashlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from colorize_lib.files import atomic, data_root, made_once
from colorize_lib.metrics import FID, METRICS, Metric, frechet
from colorize_lib.metrics.uncertainty import Uncertainty, bootstrap_mean, jackknife_interval
from colorize_lib.networks import alexnet, efficientnet, inception

CHUNK = 100  # pictures decoded at a time

Images = Sequence[np.ndarray]
"""uint8 RGB pictures: an array (N, H, W, 3), or a lazy sequence of (H, W, 3)."""


@dataclass
class Scores:
    """What was measured on one set of pictures.

    Attributes:
        rows: rows of a metrics table: metric, value, its standard error and the ends of its 95% interval, the same
            figure for the originals (the floor, if it is a distance), protocol, images, reference_images, network,
            seconds.
        per_image: by metric, the values (N,) whose mean is in the table.
        replicates: by "METRIC PROTOCOL", the jackknife replicates (groups,) of the value.
    """

    rows: list[dict] = field(default_factory=list)
    per_image: dict[str, np.ndarray] = field(default_factory=dict)
    replicates: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, metric: str, value: float, uncertainty: Uncertainty | None = None, **fields) -> None:
        """Add a row, its numbers rounded to six significant digits."""
        numbers = {"value": value, **({} if uncertainty is None else uncertainty._asdict())}
        if (originals := fields.pop("originals", None)) is not None:
            numbers["originals"] = originals
        self.rows.append({"metric": metric, **{name: float(f"{x:.6g}") for name, x in numbers.items()}, **fields})

    def add_set(self, metric: str, value: float, replicates: np.ndarray | None, *, protocol: str, **fields) -> None:
        """Add a figure of the whole set, with a jackknife interval if it has replicates."""
        if replicates is None:
            self.add(metric, value, protocol=protocol, **fields)
            return
        self.replicates[f"{metric} {protocol}"] = replicates
        self.add(metric, value, jackknife_interval(value, replicates), protocol=protocol, **fields)

    def add_mean(self, metric: str, values: np.ndarray, **fields) -> None:
        """Add a mean over pictures, with a bootstrap interval."""
        self.per_image[metric] = values
        uncertainty = bootstrap_mean(values)
        self.add(metric, values.mean(), uncertainty, images=len(values), **fields)

    def save(self, path: Path, **arrays: np.ndarray) -> None:
        """Write the values of each picture and the replicates, with `arrays` that say which pictures they are of."""
        values = {name: values.astype(np.float32) for name, values in self.per_image.items()}
        replicates = {f"replicates {name}": values for name, values in self.replicates.items()}
        with atomic(path) as temporary:
            np.savez_compressed(temporary, **arrays, **values, **replicates)


def digest(images: Images) -> str:
    """A SHA-256 of the sizes and pixels of pictures, in order."""
    sha = hashlib.sha256()
    for image in images:
        sha.update(np.array(image.shape, "<i8"))
        sha.update(np.ascontiguousarray(image))
    return sha.hexdigest()


def features(images: Images) -> np.ndarray:
    """Inception features, float32 (N, 2048), computed once for the same pictures and then read from disk."""
    return _kept(images, inception.NETWORK, inception.FEATURES, inception.pool3)


def classes(images: Images) -> np.ndarray:
    """Class probabilities, float32 (N, 1000), by the network of the proxy Inception Score, kept in the same way."""
    return _kept(images, efficientnet.WEIGHTS.name, efficientnet.CLASSES, efficientnet.probabilities)


def _kept(images: Images, network: str, width: int, compute: Callable[..., np.ndarray]) -> np.ndarray:
    path = data_root() / "features" / f"{network}-{len(images)}-{digest(images)[:24]}.npy"

    def write(temporary: Path) -> None:
        out = np.lib.format.open_memmap(temporary, "w+", np.float32, (len(images), width))
        compute(images, out=out)
        out.flush()

    return np.load(made_once(path, write), mmap_mode="r")


VIEWS: dict[str, tuple[str, Callable[[Images], np.ndarray] | None]] = {
    "": ("", None),
    "alexnet": (alexnet.WEIGHTS.name, None),
    "inception": (inception.NETWORK, features),
    "inception classes": (inception.LOGITS.name, lambda images: inception.probabilities(features(images))),
    "efficientnet": (efficientnet.WEIGHTS.name, classes),
}
"""For each `network` of a metric, its name in tables and the function that makes of pictures what the metric is given;
None stands for the pixels themselves, in chunks of pictures of one size."""


def measure(
    painted: Images,
    *,
    originals: Images | None = None,
    reference: Images | None = None,
    again: np.ndarray | None = None,
    allow_small: bool = False,
    paired_fid: bool = True,
) -> Scores:
    """Measure pictures by every metric for which there is something to compare them with.

    Args:
        painted: the pictures.
        originals: their originals, for the paired protocol.
        reference: other photographs, for the disjoint protocol.
        again: second samples for the first len(again) gray pictures.
        allow_small: accept fewer images than FID needs, which is then called FID-n.
        paired_fid: whether to compute FID against the originals as well.

    Raises:
        ColorizeError: there are too few pictures for FID or KID.
    """
    first = None if again is None else [painted[i] for i in range(len(again))]
    compared = {
        "disjoint": (painted, reference), "paired": (painted, originals), "alone": (painted,), "samples": (first, again)
    }  # fmt: skip
    # The same for the originals, whose figure is the floor of a distance.
    of_originals = {"disjoint": (originals, reference), "alone": (reference if originals is None else originals,)}
    scores = Scores()
    for metric, protocol in ((each, protocol) for each in METRICS.values() for protocol in each.protocols):
        pictures, floor_pictures = compared[protocol], of_originals.get(protocol, (None,))
        if any(images is None for images in pictures) or not _is_measurable(metric, (*pictures, *floor_pictures)):
            continue
        if metric == FID:
            if protocol == "paired" and not paired_fid:
                continue
            frechet.require_images(*map(len, pictures), allow_small=allow_small)
        _add(scores, metric, protocol, pictures, floor_pictures)
    return scores


def _is_measurable(metric: Metric, sets: Sequence[Images | None]) -> bool:
    """Whether a metric's network is at hand and each of the sets that are given has enough pictures."""
    at_hand = metric.network != "inception classes" or inception.LOGITS.at_hand()
    return at_hand and all(len(images) >= metric.fewest for images in sets if images is not None)


def _add(
    scores: Scores, metric: Metric, protocol: str, pictures: Sequence[Images], floor_pictures: Sequence[Images | None]
) -> None:
    """Measure pictures by one metric and protocol, and the originals too if there are any."""
    began = time.perf_counter()
    figure = _computed(metric, metric.function, pictures)
    replicates = _computed(metric, metric.replicates, pictures) if metric.replicates else None
    fields = {"protocol": protocol, "network": VIEWS[metric.network][0], "seconds": _since(began)}
    if protocol in ("disjoint", "paired"):
        fields["reference_images"] = len(pictures[1])
    if all(images is not None for images in floor_pictures):
        fields["originals"] = np.mean(_computed(metric, metric.function, floor_pictures))
    if not metric.of_set:
        scores.add_mean(metric.name, figure, **fields)
        return
    name = metric.called(min(map(len, pictures)))
    scores.add_set(name, figure, replicates, images=len(pictures[0]), **fields)


def _computed(metric: Metric, name: str, pictures: Sequence[Images]) -> np.ndarray | float:
    """The result of one of a metric's functions, given pictures as its network sees them."""
    function, (_, view) = metric.load(name), VIEWS[metric.network]
    if view is None:
        return np.concatenate([function(*arrays) for arrays in _chunks(*pictures)])
    return function(*map(view, pictures))


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 1)


def _chunks(*sequences: Images) -> Iterator[list[np.ndarray]]:
    """Consecutive pictures of one size as arrays (n, H, W, 3), the same ones from each sequence."""
    for start in range(0, len(sequences[0]), CHUNK):
        chosen = range(start, min(start + CHUNK, len(sequences[0])))
        together = ([images[i] for images in sequences] for i in chosen)
        for _, pairs in itertools.groupby(together, key=lambda pictures: pictures[0].shape):
            yield [np.stack(pictures) for pictures in zip(*pairs, strict=True)]
