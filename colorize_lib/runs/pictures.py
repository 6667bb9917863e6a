"""The pictures that are kept with a run for the chapters that show it, and the photographs that every run colours."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from colorize_lib import color
from colorize_lib.data.decode import decode, photograph
from colorize_lib.files import atomic, lock, repository
from colorize_lib.photo.colorize import colorize
from colorize_lib.runs.store import Run

# Names of photographs in book/photos: those coloured at their own size, and those coloured with eight seeds.
SHOWN = ("beach", "canal", "creek", "daisy", "lake", "barn")
VARIED, SEEDS = ("creek", "daisy", "barn", "beach"), 8
# Sampler and number of evaluations of each row of evaluations.png.
EVALUATIONS = [
    *(("dpm-solver", steps) for steps in (5, 10, 20, 50)),
    *(("ancestral", steps) for steps in (20, 250, 1000)),
]
PATHS = 8  # photographs whose path from noise to colours is kept
AVERAGED = 64  # samples of a photograph, whose mean is kept
ATTENDED = ("daisy", "barn", "beach")  # photographs in which attention is kept


def save(run: Run) -> None:
    """Write the artefacts of a run with weights, if it has none: all of them or, if this is interrupted, none.

    If several processes ask for them, such as two chapters of a book, one writes them and the others wait.

    - photographs.jpg: photographs of book/photos at their own size in three rows: gray, colorized, original.
    - variety.png: for some of them, at the model's size, a row with the original and samples from eight seeds.

    For Palette, also of the photographs that every run colours:

    - evaluations.png: a row for each of EVALUATIONS.
    - average.png: one row, the mean of many samples.
    - path.png: the first eight at each evaluation of the default sampler, in two rows: the noisy colours, and the
      estimate of the clean ones.

    For ColTran:

    - stages.png: for the photographs that every run colours, a row for what each stage makes.
    - attention.npz: `attention` in some photographs of book/photos, which are kept in it at the model's size.
    """
    with lock(run.folder / "artefacts"):
        if not kept(run):
            _save(run)


def _save(run: Run) -> None:
    model, folder = run.load_model(), run.folder / ".artefacts"
    shutil.rmtree(folder, ignore_errors=True)
    _write(folder / "photographs.jpg", _photographs(model))
    _write(folder / "variety.png", [[picture, *_samples(model, picture)] for picture in _varied(model.image_size)])
    if run.config.family in OF_A_FAMILY:
        OF_A_FAMILY[run.config.family](model, folder)
    shutil.rmtree(run.folder / "artefacts", ignore_errors=True)
    folder.rename(run.folder / "artefacts")


def kept(run: Run) -> dict[str, Path]:
    """The files that are kept with a run, by name without suffix; none if its pictures were not kept."""
    return {path.stem: path for path in sorted((run.folder / "artefacts").glob("[!.]*.*"))}


def _photographs(model) -> list[list[np.ndarray]]:
    originals = [decode(_content(name)) for name in SHOWN]
    painted = [colorize(picture, seed=seed, model=model) for seed, picture in enumerate(originals)]
    gray = [color.gray_rgb(picture) for picture in originals]
    return [gray, painted, originals]


def _varied(size: int) -> list[np.ndarray]:
    return [photograph(_content(name), size) for name in VARIED]


def _content(name: str) -> bytes:
    return (repository() / "book" / "photos" / f"{name}.jpg").read_bytes()


def _samples(model, picture: np.ndarray) -> np.ndarray:
    return _painted(model, np.repeat(picture[None], SEEDS, axis=0), range(SEEDS))


def _painted(model, pictures: np.ndarray, seed: int | Sequence[int], **options) -> np.ndarray:
    """Samples for uint8 pictures (N, S, S, 3), likewise uint8."""
    return color.to_uint8(model.sample(color.to_float(color.gray(pictures)), seed=seed, **options))


def _average(model, pictures: np.ndarray) -> np.ndarray:
    """The mean of many samples of each picture; its luma is the picture's, since luma is linear."""
    gray = color.to_float(color.gray(pictures))
    repeated = (np.repeat(picture[None], AVERAGED, axis=0) for picture in gray)
    return color.to_uint8(np.stack([model.sample(copies, seed=range(AVERAGED)).mean(axis=0) for copies in repeated]))


def _write_palettes(model, folder: Path) -> None:
    pictures = fixed_photographs(model.image_size)
    seeds = range(len(pictures))
    rows = [_painted(model, pictures, seeds, sampler=sampler, steps=steps) for sampler, steps in EVALUATIONS]
    _write(folder / "evaluations.png", rows)
    _write(folder / "average.png", [_average(model, pictures)])
    evaluations = model.path(color.to_float(color.gray(pictures[:PATHS])), range(PATHS))
    _write(folder / "path.png", [color.to_uint8(row) for rows in evaluations for row in rows])


def _write_coltrans(model, folder: Path) -> None:
    pictures = fixed_photographs(model.image_size)
    stages = model.stages(color.to_float(color.gray(pictures)), range(len(pictures)))
    _write(folder / "stages.png", [color.to_uint8(stage) for stage in stages])
    _write_attention(folder / "attention.npz", model)


# Writes what is kept of the runs of one family alone.
OF_A_FAMILY = {"palette": _write_palettes, "coltran": _write_coltrans}


def _write_attention(path: Path, model) -> None:
    # Imported here, since it imports Keras, which is already there if a model is.
    from colorize_lib.models.coltran.attention import attention

    pictures = np.stack([photograph(_content(name), model.image_size) for name in ATTENDED])
    rgb = color.to_float(pictures)
    weights = attention(model.network.core, color.luma(rgb), model.coarse_colors(rgb))
    halved = {name: values.astype(np.float16) for name, values in weights.items()}
    with atomic(path) as temporary:
        np.savez_compressed(temporary, photographs=pictures, **halved)


def _write(path: Path, rows: Sequence[Sequence[np.ndarray]]) -> None:
    """Write rows of pictures, uint8 (H, W, 3) each, as one picture: a JPEG if the name says so."""
    grid = np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)
    with atomic(path) as temporary:
        Image.fromarray(grid).save(temporary, **({"quality": 88} if path.suffix == ".jpg" else {}))


def fixed_photographs(size: int) -> np.ndarray:
    """The sixteen photographs of book/photos that every run colours at its milestones: uint8 (16, S, S, 3)."""
    return np.stack([photograph(path.read_bytes(), size) for path in _fixed_paths()])


def fixed_names() -> list[str]:
    """What the sixteen photographs show, in the same order."""
    return [path.stem for path in _fixed_paths()]


def _fixed_paths() -> list[Path]:
    return sorted((repository() / "book" / "photos").glob("*.jpg"))[:16]
