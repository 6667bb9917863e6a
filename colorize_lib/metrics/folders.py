"""Folders: a folder of pictures measured against a folder of photographs, by every metric."""

from pathlib import Path

from colorize_lib.data.picture_folder import Pictures
from colorize_lib.files import ColorizeError
from colorize_lib.metrics import frechet, perceptual
from colorize_lib.metrics.scores import digest, features, measure


def score_folders(real: Path, fake: Path, *, allow_small: bool = False) -> tuple[list[dict], list[str]]:
    """Measure a folder of pictures against a folder of photographs.

    If both hold the same file names, apart from the suffixes, each picture is paired with its original; otherwise the
    photographs are a disjoint reference.

    Returns:
        Rows as in a metrics table, and sentences that say what was compared.

    Raises:
        ColorizeError: a folder holds no pictures or too few, or those of a pair differ in size or are too small.
    """
    originals, painted = Pictures(real), Pictures(fake)
    frechet.require_images(len(painted), len(originals), allow_small=allow_small)
    notes = []
    if paired := originals.names == painted.names:
        notes.append("The folders hold the same file names, so each picture is compared with its original (paired).")
        _require_pairs(originals, painted)
    else:
        notes.append(
            "The file names differ, so the real pictures are taken for other photographs than the originals of the "
            "fake ones (disjoint). To compare pictures with their originals, give both the same name, apart from the "
            "suffix."
        )
    if len(painted) == len(originals) and digest(painted) == digest(originals):
        notes.append("The two sets are identical, pixel by pixel, so all distances are zero apart from rounding.")
    scores = measure(painted, **{"originals" if paired else "reference": originals}, allow_small=allow_small)
    if not paired:
        real_features = features(originals)
        value = frechet.fid_value(real_features[::2], real_features[1::2])
        notes.append(
            f"The floor for {len(originals)} images is below {value:.4g}, the distance between two halves of the real "
            "pictures."
        )
    return scores.rows, notes


def _require_pairs(originals: Pictures, painted: Pictures) -> None:
    for name, original, picture in zip(painted.names, originals, painted, strict=True):
        if original.shape != picture.shape or min(picture.shape[:2]) < perceptual.SMALLEST:
            sizes = " and ".join(f"{image.shape[1]}x{image.shape[0]}" for image in (original, picture))
            raise ColorizeError(
                f"The pair {name} is {sizes}: make both the same size, at least {perceptual.SMALLEST} pixels a side."
            )
