"""`colorize train`: train one run."""

from typing import Annotated

import typer

from colorize_lib import models
from colorize_lib.backend import load_backend
from colorize_lib.commands.options import Parameters, parameter_values
from colorize_lib.files import ColorizeError
from colorize_lib.validation import nearest


def train(
    family: Annotated[str, typer.Argument(help=f"Model family: {', '.join(models.FAMILIES)}.")],
    preset: Annotated[str, typer.Option(help=f"Size class: {', '.join(models.IMAGE_SIZES)}.")] = "small",
    data: Annotated[str, typer.Option(help="Data set: a name that `data prepare` takes.")] = "tiny_imagenet",
    image_size: Annotated[int | None, typer.Option(min=1, help="Pixels a side; by default the preset's.")] = None,
    train_images: Annotated[int, typer.Option(min=0, help="Distinct training photographs; 0 means all.")] = 0,
    images: Annotated[int | None, typer.Option(min=1, help="Budget: images seen.")] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Budget in minutes of this machine, whose speed is measured if it is not known."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the weights, the noise and the order.")] = 0,
    score: Annotated[
        int, typer.Option(min=0, help="Validation photographs to score along the way; 0 scores none.")
    ] = 0,
    parameter: Parameters = None,
) -> None:
    """Train a run, or continue one that was interrupted. -p sets a hyper-parameter, as in -p pix2pix_l1_weight 10."""
    if (images is None) == (minutes is None):
        raise ColorizeError("A training needs one budget: give --images or --minutes.")
    settings = _settings(family, parameter_values(parameter))
    models.configure(family, preset, **settings)  # raises what is wrong before anything slow is imported

    from colorize_lib.runs import obtain
    from colorize_lib.runs.config import RunConfig
    from colorize_lib.runs.store import Store

    def config(budget: int) -> RunConfig:
        return RunConfig.create(
            family, preset, data, budget, image_size=image_size, train_images=train_images, seed=seed, **settings
        )

    load_backend()
    if minutes is not None:
        from colorize_lib.study import timing

        images = timing.images_within(minutes, config(1))
        typer.echo(f"{minutes:g} minutes are {images} images on this machine.")
    run = obtain.make(config(images), Store.default(), score_images=score)
    typer.echo(run.folder)


def _settings(family: str, values: dict[str, object]) -> dict[str, object]:
    """Hyper-parameters of a family, given as FAMILY_FIELD, by field."""
    models.family_of(family)
    prefix = f"{family}_"
    known = [name for name in models.hyperparameters() if name.startswith(prefix)]
    for key in values:
        if key not in known:
            raise ColorizeError(f"{key} is not a hyper-parameter of {family}: {nearest(key, known)}")
    return {key.removeprefix(prefix): value for key, value in values.items()}
