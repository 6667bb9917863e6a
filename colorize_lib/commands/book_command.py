"""`colorize book`: build the report."""

from pathlib import Path
from typing import Annotated

import typer

from colorize_lib.commands.options import Parameters, parameter_values


def book(
    parameters: Annotated[Path, typer.Option("--params", help="Parameter file.")] = Path("params/report.yaml"),
    chapter: Annotated[
        str | None, typer.Option(help="Execute only this chapter, into a notebook in book/executed.")
    ] = None,
    parameter: Parameters = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Make a PDF instead of pages; needs XeLaTeX.")] = False,
) -> None:
    """Execute the chapters with a parameter file and compile the book."""
    overrides = parameter_values(parameter)

    from colorize_lib.book import build

    build.build(parameters, chapters=[chapter] if chapter else None, overrides=overrides, pdf=pdf)
