"""The options of sampling on the command line: one for each that the sampler of some family has."""

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable
from typing import Annotated

import typer

from colorize_lib import models

Sampling = dict[str, object] | None  # options of a sampler by name; what is left out is the family's default


def with_sampling_options(command: Callable) -> Callable:
    """A command that has every family's options of sampling in place of its parameter `sampling`, which is given the
    chosen ones by name."""
    options = _options()

    @functools.wraps(command)
    def parsed(**arguments):
        values = {name: arguments.pop(name) for name in options}
        return command(**arguments, sampling={name: value for name, value in values.items() if value is not None})

    signature = inspect.signature(command)
    parameters = [
        parameter
        for name, own in signature.parameters.items()
        for parameter in (options.values() if name == "sampling" else [own])
    ]
    parsed.__signature__ = signature.replace(parameters=parameters)
    parsed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return parsed


def _options() -> dict[str, inspect.Parameter]:
    """By name, a parameter for each option; one that several families have explains itself for each of them."""
    kinds, explanations = {}, {}
    for family in models.FAMILIES.values():
        kinds |= typing.get_type_hints(family.sampling)
        for field in dataclasses.fields(family.sampling):
            explanation = f"{family.title}: {field.metadata['help']} (default {field.default})."
            explanations[field.name] = [*explanations.get(field.name, []), explanation]
    return {
        name: inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=Annotated[kinds[name] | None, typer.Option(help=" ".join(explanations[name]))],
        )
        for name in kinds
    }
