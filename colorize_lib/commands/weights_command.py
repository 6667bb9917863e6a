"""`colorize weights`: fetch the frozen networks."""

import typer

from colorize_lib.backend import load_backend
from colorize_lib.files import ColorizeError

app = typer.Typer(help="Fetch the networks that metrics need.", no_args_is_help=True)


@app.command()
def fetch() -> None:
    """Fetch and convert the networks that metrics need."""
    load_backend()
    from colorize_lib.networks import alexnet, efficientnet, inception

    for weights in (inception.WEIGHTS, alexnet.WEIGHTS, efficientnet.WEIGHTS):
        typer.echo(weights.fetch())
    try:
        typer.echo(inception.LOGITS.fetch())
    except ColorizeError as error:
        typer.echo(f"Without its last layer there is no Inception Score, only its proxy. {error}", err=True)
