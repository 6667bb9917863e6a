"""`colorize photo`: colour one's own photographs."""

from pathlib import Path
from typing import Annotated

import typer

from colorize_lib import models
from colorize_lib.backend import load_backend
from colorize_lib.commands.sampling_options import Sampling, with_sampling_options
from colorize_lib.files import ColorizeError


@with_sampling_options
def photo(
    sources: Annotated[list[Path], typer.Argument(help="Photographs, black and white or in colour.", metavar="IN...")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File, or folder if there are several results.")],
    family: Annotated[str, typer.Option(help=f"Model family: {', '.join(models.FAMILIES)}.")] = "pix2pix",
    samples: Annotated[int, typer.Option(min=1, help="Colorizations of each photograph, with consecutive seeds.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first colorization.")] = 0,
    sampling: Sampling = None,
) -> None:
    """Colorize photographs at their own size, keeping their luma: only the chroma comes from the model."""
    record = models.family_of(family)
    record.sampling_options(**sampling)
    if samples > 1 and not record.varied:
        raise ColorizeError(f"{family} gives a photograph the same colours whatever the seed: leave out --samples.")
    _require_files(sources)

    from colorize_lib.photo import picture_files
    from colorize_lib.runs.store import Store

    targets = picture_files.output_paths(sources, output, samples)
    run = Store.default().best(family)
    load_backend()
    model = run.load_model()
    unreadable = set()
    for (source, number), target in targets:
        if source in unreadable:
            continue
        try:
            picture_files.colorize_file(source, target, seed=seed + number, model=model, **sampling)
            typer.echo(target)
        except picture_files.Unreadable as error:  # the others can be coloured all the same
            if len(sources) == 1:
                raise
            unreadable.add(source)
            typer.echo(f"colorize: {error}", err=True)
    if unreadable:
        raise ColorizeError(
            f"{len(unreadable)} of {len(sources)} photographs were not coloured, for the reasons given above."
        )


def _require_files(sources: list[Path]) -> None:
    for source in sources:
        if source.is_dir():
            raise ColorizeError(f"{source} is a folder: name the photographs in it.")
        if not source.is_file():
            raise ColorizeError(f"There is no photograph at {source}: check the path.")
