"""Options: `-p KEY VALUE` as papermill writes it, and values as in a parameter file."""

import pytest

from colorize_lib.commands.options import joined_parameters, parameter_values, parse_value


def test_papermills_way_of_giving_parameters_is_understood():
    assert joined_parameters(["book", "-p", "a", "1", "-p", "b=2", "x"]) == ["book", "-p", "a=1", "-p", "b=2", "x"]
    values = {"a": 1, "b": 1e-4, "c": [1, 2], "d": "chroma"}
    assert parameter_values(["a=1", "b=1e-4", "c=[1, 2]", "d=chroma"]) == values


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], []),
        (["-p", "a=1", "b"], ["-p", "a=1", "b"]),
        (["-p", "a", "b=2"], ["-p", "a=b=2"]),
        (["--parameter", "a", "1", "--params", "f"], ["--parameter", "a=1", "--params", "f"]),
        (["-p", "a"], ["-p", "a"]),
        (["-p"], ["-p"]),
        (["train", "-p", "rate", "-1"], ["train", "-p", "rate=-1"]),
    ],
)
def test_nothing_but_a_key_and_its_value_is_joined(arguments, expected):
    assert joined_parameters(arguments) == expected
    assert joined_parameters(expected) == expected


def test_values_are_read_as_in_a_file():
    parameters = ["a=true", "b=text with spaces", "c=x=y", "d=", "e=-1.5E+3", "f=[chroma, rgb]"]
    expected = {"a": True, "b": "text with spaces", "c": "x=y", "d": None, "e": -1500.0, "f": ["chroma", "rgb"]}
    assert parameter_values(parameters) == expected
    assert parameter_values(None) == {}


@pytest.mark.parametrize(
    ("text", "value"), [("64", 64), ("1e-4", 1e-4), ("true", True), ("all", "all"), ("[1, 2]", [1, 2])]
)
def test_a_value_has_the_type_that_it_looks_like(text, value):
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)
