"""Validation: one way to check what a user gave, by name, type and range."""

import dataclasses
import difflib
import functools
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated

import pydantic

from colorize_lib.files import ColorizeError

# Ranges of numbers, as the types of parameters name them.
Natural = Annotated[int, pydantic.Field(ge=0)]
Count = Annotated[int, pydantic.Field(ge=1)]
Positive = Annotated[float, pydantic.Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, pydantic.Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, pydantic.Field(ge=0, lt=1)]


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error sentence about an unknown name: the nearest known one, or all of them."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}."


def validated(key: str, kind: object, value: object) -> object:
    """A value as its type has it: a list, which YAML and JSON have, as a tuple, and a whole number as a float.

    Args:
        key: what the user called it.
        kind: a type, which `typing.Annotated` may narrow to a range.
        value: as it was given.

    Raises:
        ColorizeError: the value is of another type, or out of its range.
    """
    try:
        return _adapter(kind).validate_python(tuple(value) if isinstance(value, list) else value, strict=True)
    except pydantic.ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise ColorizeError(
            f"{key} = {value!r} is not possible: {reason[0].lower()}{reason[1:]}{_hint(value)}."
        ) from error


@functools.cache
def _adapter(kind: object) -> pydantic.TypeAdapter:
    return pydantic.TypeAdapter(kind)


def _hint(value: object) -> str:
    """YAML takes 1e-4 for a text, where every other notation has a number."""
    try:
        number = float(value) if isinstance(value, str) else None
    except ValueError:
        number = None
    return "" if number is None else f" (in YAML an exponent needs a point before it and a sign, as in {number:.1e})"


@functools.cache
def field_types(record: type) -> Mapping[str, object]:
    """The type of each field of a dataclass, with its range."""
    hints = typing.get_type_hints(record, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(record)}
