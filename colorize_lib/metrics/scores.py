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
from colorize_lib.metrics import colorfulness, fidelity, frechet, inception_score, perceptual
from colorize_lib.metrics.uncertainty import Uncertainty, bootstrap_mean, jackknife_interval
from colorize_lib.networks import alexnet, efficientnet, inception

PROXY_SCORE = f"{efficientnet.TITLE} IS"
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

    def add_set(self, metric: str, value: float, replicates: np.ndarray, *, protocol: str, **fields) -> None:
        """A figure of the whole set, with a jackknife."""
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
        ColorizeError: there are too few pictures for FID.
    """
    scores = Scores()
    if reference is not None:
        _add_disjoint(scores, painted, originals, reference, allow_small)
    if originals is not None:
        if paired_fid:
            _add_fid(scores, painted, originals, "paired", allow_small)
        _add_pairs(scores, painted, originals)
    _add_alone(scores, painted, reference if originals is None else originals)
    if again is not None:
        began = time.perf_counter()
        varied = perceptual.diversity([np.stack([painted[i] for i in range(len(again))]), again])
        network = alexnet.WEIGHTS.name
        scores.add_mean("LPIPS diversity", varied, protocol="samples", network=network, seconds=_since(began))
    return scores


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 1)


def _add_fid(scores: Scores, painted: Images, others: Images, protocol: str, allow_small: bool, floor=None) -> None:
    began = time.perf_counter()
    fewest = min(len(painted), len(others))
    value, replicates = frechet.fid(features(painted), features(others), allow_small=allow_small)
    scores.add_set(
        "FID" if fewest >= frechet.MINIMUM_IMAGES else f"FID-{fewest}",
        value,
        replicates,
        originals=floor,
        protocol=protocol,
        images=len(painted),
        reference_images=len(others),
        network=inception.NETWORK,
        seconds=_since(began),
    )


def _add_disjoint(scores: Scores, painted: Images, originals: Images | None, reference: Images, allow_small: bool):
    floors = [None, None]
    if originals is not None:
        pair = features(originals), features(reference)
        floors = frechet.fid_value(*pair), frechet.kernel_distance(*pair)
    _add_fid(scores, painted, reference, "disjoint", allow_small, floors[0])
    began = time.perf_counter()
    value, replicates = frechet.kid(features(painted), features(reference))
    sizes = {"images": len(painted), "reference_images": len(reference)}
    fields = {"protocol": "disjoint", **sizes, "network": inception.NETWORK, "seconds": _since(began)}
    scores.add_set("KID", value, replicates, originals=floors[1], **fields)


def _chunks(*sequences: Images) -> Iterator[list[np.ndarray]]:
    """Arrays (n, H, W, 3) of pictures that follow each other and have one size, the same ones of each sequence."""
    for start in range(0, len(sequences[0]), CHUNK):
        chosen = range(start, min(start + CHUNK, len(sequences[0])))
        together = ([images[i] for images in sequences] for i in chosen)
        for _, pairs in itertools.groupby(together, key=lambda pictures: pictures[0].shape):
            yield [np.stack(pictures) for pictures in zip(*pairs, strict=True)]


def _over(function: Callable[..., np.ndarray], *sequences: Images) -> np.ndarray:
    return np.concatenate([function(*arrays) for arrays in _chunks(*sequences)])


PAIRED: dict[str, tuple[Callable[..., np.ndarray], str]] = {
    "LPIPS": (perceptual.lpips, alexnet.WEIGHTS.name),
    "PSNR": (fidelity.peak_signal_to_noise, ""),
    "SSIM": (fidelity.structural_similarities, ""),
}


def _add_pairs(scores: Scores, painted: Images, originals: Images) -> None:
    common = {"protocol": "paired", "reference_images": len(originals)}
    began = time.perf_counter()
    distances = perceptual.perceptual_distance(features(painted), features(originals))
    scores.add_mean("PD", distances, network=inception.NETWORK, seconds=_since(began), **common)
    for metric, (function, network) in PAIRED.items():
        began = time.perf_counter()
        values = _over(function, painted, originals)
        scores.add_mean(metric, values, network=network, seconds=_since(began), **common)


def _add_alone(scores: Scores, painted: Images, compared: Images) -> None:
    common = {"protocol": "alone", "images": len(painted)}
    networks: list[tuple[str, str, Callable[[Images], np.ndarray]]] = []
    enough = min(len(painted), len(compared)) >= 2 * inception_score.SPLITS
    if enough and inception.LOGITS.at_hand():
        networks.append(("IS", inception.LOGITS.name, lambda images: inception.probabilities(features(images))))
    if enough:
        networks.append((PROXY_SCORE, efficientnet.WEIGHTS.name, classes))
    for metric, network, probabilities in networks:
        began = time.perf_counter()
        found = probabilities(painted)
        value, deviation = inception_score.inception_score(found)
        replicates = inception_score.score_replicates(found)
        whole = inception_score.inception_score(probabilities(compared))
        fields = {**common, "network": network, "seconds": _since(began)}
        scores.add_set(metric, value, replicates, originals=whole[0], **fields)
        scores.add(f"{metric} split deviation", deviation, originals=whole[1], **fields)
    began = time.perf_counter()
    values = _over(colorfulness.colorfulness, painted)
    mean = _over(colorfulness.colorfulness, compared).mean()
    scores.add_mean("Colorfulness", values, protocol="alone", network="", originals=mean, seconds=_since(began))
