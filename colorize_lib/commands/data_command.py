"""`colorize data`: prepare a data set, and describe one."""

from typing import Annotated

import typer
import yaml

app = typer.Typer(help="Prepare and describe data sets.", no_args_is_help=True)

Size = Annotated[int, typer.Option("--image-size", min=1, help="Pixels a side.")]


@app.command()
def prepare(
    name: Annotated[
        str,
        typer.Argument(
            help="tiny_imagenet, cifar10, imagenet_100k, sample_photos, a folder of images or archives, "
            "or a TensorFlow Datasets name."
        ),
    ],
    image_size: Size = 32,
) -> None:
    """Fetch, decode and resize a data set once, into the folder that COLORIZE_DATA names or the user's cache."""
    from colorize_lib import data

    prepared = data.prepare(name, image_size)
    typer.echo(yaml.safe_dump(prepared.counts, sort_keys=False).strip())


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="A data set that `data prepare` takes.")],
    image_size: Size = 32,
    record: Annotated[bool, typer.Option("--record", help="Write the tables into results/tables.")] = False,
) -> None:
    """Count and measure a prepared data set: what the book's data chapter shows."""
    from colorize_lib import data, provenance
    from colorize_lib.runs.store import Store

    if record:
        folder = Store.default().recorded / "tables"
        data.record_description(name, image_size, folder, commit=provenance.environment("")["commit"])
        typer.echo(folder)
    else:
        for title, table in data.describe(name, image_size).items():
            typer.echo(f"{title}\n{table.to_string(index=False, max_rows=20)}\n")
