"""Options that several commands share, and how their values are read."""

import re
from typing import Annotated

import typer
import yaml

from colorize_lib.files import ColorizeError

Steps = Annotated[int | None, typer.Option(min=2, help="Evaluations of a diffusion model's network.")]
Sampler = Annotated[str | None, typer.Option(help="Of a diffusion model: dpm-solver, ddim or ancestral.")]
Temperature = Annotated[
    float | None, typer.Option(help="Divides a transformer's logits, 1 by default; lower values give paler colours.")
]
TopK = Annotated[int | None, typer.Option(help="How many colours a transformer draws from; 0, the default, means all.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", help="A parameter or hyper-parameter and its value.", metavar="KEY VALUE"),
]


def given(**options: object) -> dict[str, object]:
    """The sampling options that were given; for the others the family has defaults."""
    return {name: value for name, value in options.items() if value is not None}


def joined_parameters(arguments: list[str]) -> list[str]:
    """`-p KEY VALUE`, as papermill writes it, as the single argument KEY=VALUE that the parser can take."""
    joined, rest = [], list(arguments)
    while rest:
        word = rest.pop(0)
        joined.append(word)
        if word in ("-p", "--parameter") and len(rest) >= 2 and "=" not in rest[0]:
            joined.append(f"{rest.pop(0)}={rest.pop(0)}")
    return joined


def parameter_values(parameters: list[str] | None) -> dict[str, object]:
    """The values of KEY=VALUE arguments, by key."""
    values = {}
    for parameter in parameters or []:
        key, equals, value = parameter.partition("=")
        if not equals:
            raise ColorizeError(f"-p takes a key and a value but was given only {key}: write -p {key} VALUE.")
        try:
            values[key] = parse_value(value)
        except yaml.YAMLError as error:
            raise ColorizeError(
                f"The value of -p {key} cannot be read: {value} is not a number, text or list as YAML writes them."
            ) from error
    return values


def parse_value(text: str) -> object:
    """The value of `-p KEY VALUE`, read as in a parameter file, or a number such as 1e-4, which papermill knows too."""
    value = yaml.safe_load(text)
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+", value):
        return float(value)
    return value
