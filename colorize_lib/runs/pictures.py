"""The pictures that are kept with a run, for the chapters that show it."""

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

SHOWN = ("beach", "canal", "creek", "daisy", "lake", "barn")
VARIED, SEEDS = ("creek", "daisy", "barn", "beach"), 8
EVALUATIONS = [
    *(("dpm-solver", steps) for steps in (5, 10, 20, 50)),
    *(("ancestral", steps) for steps in (20, 250, 1000)),
]
PATHS = 8  # photographs whose way from noise to colours is kept
AVERAGED = 64  # samples whose mean is kept
ATTENDED = ("daisy", "barn", "beach")


def save(run: Run) -> None:
    """Write the artefacts of a run with weights, where it has none: all of them or, where it is interrupted, none.

    Of several processes that ask for them, such as two chapters of a book, one writes them and the others wait.

    - photographs.jpg: photographs of book/photos at their own size in three rows: gray, colorized, original.
    - variety.png: some of them at the model's size, a row each: the original and samples from eight seeds.

    Of Palette moreover, for the photographs that every run colours along the way:

    - evaluations.png: a row for each of EVALUATIONS.
    - average.png: one row, the mean of many samples.
    - path.png: eight of them at each evaluation of the default sampler, two rows for each: the noisy colours, and the
      estimate of the clean ones.

    Of ColTran:

    - stages.png: for the photographs that every run colours along the way, a row for what each stage makes.
    - attention.npz: `attention` of some photographs of book/photos, which are kept beside it at the model's size.
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
    """The pictures that are kept with a run, by name."""
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
    return color.to_uint8(np.stack([model.sample(same, seed=range(AVERAGED)).mean(axis=0) for same in repeated]))


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
    # Keras is imported only where a model is at hand.
    from colorize_lib.models.coltran.attention import attention

    pictures = np.stack([photograph(_content(name), model.image_size) for name in ATTENDED])
    rgb = color.to_float(pictures)
    found = attention(model.network.core, color.luma(rgb), model.coarse_colors(rgb))
    with atomic(path) as temporary:
        np.savez_compressed(
            temporary, photographs=pictures, **{name: values.astype(np.float16) for name, values in found.items()}
        )


def _write(path: Path, rows: Sequence[Sequence[np.ndarray]]) -> None:
    """Rows of pictures as one file; a JPEG where the name says so."""
    grid = np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)
    with atomic(path) as temporary:
        Image.fromarray(grid).save(temporary, **({"quality": 88} if path.suffix == ".jpg" else {}))


def fixed_photographs(size: int) -> np.ndarray:
    """The sixteen photographs of book/photos that every run colours along the way: uint8 (16, S, S, 3)."""
    return np.stack([photograph(path.read_bytes(), size) for path in _fixed_paths()])


def fixed_names() -> list[str]:
    """What the sixteen photographs show, in their order."""
    return [path.stem for path in _fixed_paths()]


def _fixed_paths() -> list[Path]:
    return sorted((repository() / "book" / "photos").glob("*.jpg"))[:16]
