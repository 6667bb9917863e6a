"""Measurements: every metric of a set of pictures with its uncertainty, as rows of a table.

Protocols, which are never mixed: *disjoint* compares with photographs of others, *paired* with the originals of the
same pictures, *alone* looks at the pictures only, *samples* compares samples for the same gray pictures, and
*likelihood* asks the model for the probability of the originals.
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

CHUNK = 100  # pictures that are decoded at a time

Images = Sequence[np.ndarray]
"""uint8 RGB pictures: an array (N, H, W, 3), or a lazy sequence of (H, W, 3)."""


@dataclass
class Scores:
    """What was measured on one set of pictures.

    Attributes:
        rows: of a metrics table: metric, value, its standard error, the ends of its 95% interval, the same figure of
            the originals (for a distance: its floor), protocol, images, reference_images, network, seconds.
        per_image: by metric, the values (N,) whose mean is in the table.
        replicates: by metric and protocol, the jackknife replicates (groups,) of its value.
    """

    rows: list[dict] = field(default_factory=list)
    per_image: dict[str, np.ndarray] = field(default_factory=dict)
    replicates: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, metric: str, value: float, uncertainty: Uncertainty | None = None, **fields) -> None:
        """A row; numbers keep six digits."""
        numbers = {"value": value, **({} if uncertainty is None else uncertainty._asdict())}
        if (originals := fields.pop("originals", None)) is not None:
            numbers["originals"] = originals
        self.rows.append({"metric": metric, **{name: float(f"{x:.6g}") for name, x in numbers.items()}, **fields})

    def add_set(self, metric: str, value: float, replicates: np.ndarray | None, *, protocol: str, **fields) -> None:
        """A figure of the whole set, with a jackknife where it has replicates."""
        if replicates is None:
            self.add(metric, value, protocol=protocol, **fields)
            return
        self.replicates[f"{metric} {protocol}"] = replicates
        self.add(metric, value, jackknife_interval(value, replicates), protocol=protocol, **fields)

    def add_mean(self, metric: str, values: np.ndarray, **fields) -> None:
        """A mean over pictures, with a bootstrap."""
        self.per_image[metric] = values
        uncertainty = bootstrap_mean(values)
        self.add(metric, values.mean(), uncertainty, images=len(values), **fields)

    def save(self, path: Path, **arrays: np.ndarray) -> None:
        """Keep the values of each picture and the replicates, with `arrays` that say which pictures they were."""
        values = {name: values.astype(np.float32) for name, values in self.per_image.items()}
        replicates = {f"replicates {name}": values for name, values in self.replicates.items()}
        with atomic(path) as temporary:
            np.savez_compressed(temporary, **arrays, **values, **replicates)


def digest(images: Images) -> str:
    """A SHA-256 of the pixels and sizes of pictures, in their order."""
    sha = hashlib.sha256()
    for image in images:
        sha.update(np.array(image.shape, "<i8"))
        sha.update(np.ascontiguousarray(image))
    return sha.hexdigest()


def features(images: Images) -> np.ndarray:
    """Inception features (N, 2048), computed once for the same pictures and network and then kept on disk."""
    return _kept(images, inception.NETWORK, inception.FEATURES, inception.pool3)


def classes(images: Images) -> np.ndarray:
    """Class probabilities (N, 1000) of the proxy Inception Score's network, kept likewise."""
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
"""By a metric's `network`: its name in tables, and what it makes of pictures before the metric sees them; None where
the metric is given their pixels, as many of one size as follow each other."""


def measure(
    painted: Images,
    *,
    originals: Images | None = None,
    reference: Images | None = None,
    again: np.ndarray | None = None,
    allow_small: bool = False,
    paired_fid: bool = True,
) -> Scores:
    """Measure pictures by all metrics for which there is something to compare them with.

    Args:
        painted: the pictures.
        originals: theirs, for the paired protocol.
        reference: photographs of others, for the disjoint protocol.
        again: second samples for the first len(again) of the gray pictures.
        allow_small: accept fewer images than FID needs; it is then called FID-N.
        paired_fid: whether FID is computed against the originals too.

    Raises:
        ColorizeError: there are too few pictures for FID or KID.
    """
    first = None if again is None else [painted[i] for i in range(len(again))]
    compared = {
        "disjoint": (painted, reference), "paired": (painted, originals), "alone": (painted,), "samples": (first, again)
    }  # fmt: skip
    # What the same figure is of for the originals: of a distance its floor.
    of_originals = {"disjoint": (originals, reference), "alone": (reference if originals is None else originals,)}
    scores = Scores()
    for metric, protocol in ((each, protocol) for each in METRICS.values() for protocol in each.protocols):
        pictures, originals_too = compared[protocol], of_originals.get(protocol, (None,))
        if any(images is None for images in pictures) or not _is_measurable(metric, (*pictures, *originals_too)):
            continue
        if metric == FID:
            if protocol == "paired" and not paired_fid:
                continue
            frechet.require_images(*map(len, pictures), allow_small=allow_small)
        _add(scores, metric, protocol, pictures, originals_too)
    return scores


def _is_measurable(metric: Metric, sets: Sequence[Images | None]) -> bool:
    """Whether a metric's network is at hand, and enough of all pictures that there are."""
    at_hand = metric.network != "inception classes" or inception.LOGITS.at_hand()
    return at_hand and all(len(images) >= metric.fewest for images in sets if images is not None)


def _add(
    scores: Scores, metric: Metric, protocol: str, pictures: Sequence[Images], of_originals: Sequence[Images | None]
) -> None:
    """Measure pictures by one metric and protocol, and the originals likewise where they are all there."""
    began = time.perf_counter()
    found = _computed(metric, metric.function, pictures)
    replicates = _computed(metric, metric.replicates, pictures) if metric.replicates else None
    fields = {"protocol": protocol, "network": VIEWS[metric.network][0], "seconds": _since(began)}
    if protocol in ("disjoint", "paired"):
        fields["reference_images"] = len(pictures[1])
    if all(images is not None for images in of_originals):
        fields["originals"] = np.mean(_computed(metric, metric.function, of_originals))
    if not metric.of_set:
        scores.add_mean(metric.name, found, **fields)
        return
    name = metric.called(min(map(len, pictures)))
    scores.add_set(name, found, replicates, images=len(pictures[0]), **fields)


def _computed(metric: Metric, name: str, pictures: Sequence[Images]) -> np.ndarray | float:
    """What a function of a metric makes of pictures as its network sees them."""
    function, (_, view) = metric.load(name), VIEWS[metric.network]
    if view is None:
        return np.concatenate([function(*arrays) for arrays in _chunks(*pictures)])
    return function(*map(view, pictures))


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 1)


def _chunks(*sequences: Images) -> Iterator[list[np.ndarray]]:
    """Arrays (n, H, W, 3) of pictures that follow each other and have one size, the same ones of each sequence."""
    for start in range(0, len(sequences[0]), CHUNK):
        chosen = range(start, min(start + CHUNK, len(sequences[0])))
        together = ([images[i] for images in sequences] for i in chosen)
        for _, pairs in itertools.groupby(together, key=lambda pictures: pictures[0].shape):
            yield [np.stack(pictures) for pictures in zip(*pairs, strict=True)]
