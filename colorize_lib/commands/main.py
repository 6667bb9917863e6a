"""The command line: which commands there are, and the program's entry point.

No module of this package imports Keras, or what takes long to import, before it is needed: help and mistakes are
answered at once.
"""

import sys

import typer

from colorize_lib.commands import (
    book_command,
    data_command,
    evaluate_command,
    photo_command,
    runs_command,
    study_command,
    train_command,
    weights_command,
)
from colorize_lib.commands.options import joined_parameters
from colorize_lib.files import ColorizeError

app = typer.Typer(
    help="Automatic image colorization: colour photographs, train and measure models, build the report.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(photo_command.photo)
app.command()(train_command.train)
app.command()(evaluate_command.evaluate)
app.add_typer(runs_command.app, name="runs")
app.add_typer(data_command.app, name="data")
app.add_typer(weights_command.app, name="weights")
app.add_typer(study_command.app, name="study")
app.command()(book_command.book)


def main() -> None:
    """Run the command line; an error that the user can mend is one sentence and exit code 2."""
    try:
        app(joined_parameters(sys.argv[1:]))
    except ColorizeError as error:
        typer.echo(f"colorize: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
