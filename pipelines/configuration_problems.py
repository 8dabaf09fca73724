"""What is wrong with a configuration, in words: one problem is a place, what was found, what was expected, a hint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from assets.configuration.settings import Configuration
from assets.configuration.urls import is_url, without_credentials
from assets.configuration.values import Section, did_you_mean, nearest
from assets.printable_text import counted, printable
from pipelines.yaml_document import Place

_LONGEST_SHOWN = 70  # characters of a value that a problem repeats
_NOT_SHOWN = {"database", "storage_options"}  # passwords and keys stand there

_EXPECTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "finite_number": "a finite number",
    "string_type": "a text",
    "string_too_short": "a text that is not empty",
    "path_type": "a path",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "tuple_type": "a list",
    "list_type": "a list",
}


@dataclass(frozen=True)
class Problem:
    """One thing to put right, and where.

    Attributes:
        file: the configuration file.
        line: line in it, from 1.
        key: path to the value, for example ``sources[0].columns.order_id``; empty for the file itself.
        found: what stands there.
        expected: what may stand there.
        hint: what to do about it; may be empty.
        level: an error stops the run, a warning does not.
    """

    file: Path
    line: int
    key: str
    found: str
    expected: str
    hint: str = ""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        lines = [
            f"{self.file.name}:{self.line}: {self.level} in {self.key or 'the file'}",
            f"    found     {self.found}",
            f"    expected  {self.expected}",
        ]
        told = [*lines, f"    hint      {self.hint}"] if self.hint else lines
        return "\n".join(map(printable, told))


class ConfigurationError(Exception):
    """A configuration that cannot be used.

    Attributes:
        problems: every problem, in the order of the file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        count = counted(len(self.problems), "problem")
        super().__init__("\n".join([f"{count} in {self.problems[0].file}", *map(str, self.problems)]))


def key_of(place: Place) -> str:
    """A place as a reader writes it.

    >>> key_of(("sources", 0, "questions", "Q 7", "kind"))
    'sources[0].questions["Q 7"].kind'
    """
    key = ""
    for step in place:
        if isinstance(step, int):
            key += f"[{step}]"
        elif step.isidentifier():
            key += f".{step}" if key else step
        else:
            key += f'["{step}"]'
    return key


def shown(value: Any) -> str:
    """A value as a problem repeats it: short, told apart from the words around it, an address without who asks.

    >>> shown(None), shown(True), shown({"a": 1}), shown("GBP "), shown([1, "x"])
    ('nothing', 'true', 'keys: a', '`GBP `', 'a list: 1, x')
    >>> shown("https://ann:secret@host/orders.csv")
    '`https://***@host/orders.csv`'
    """
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case Mapping():
            text = f"keys: {', '.join(map(str, value))}"
        case list() | tuple():
            items = [shown(item) if isinstance(item, Mapping | list) else _plain(str(item)) for item in value]
            text = f"a list: {', '.join(items)}" if items else "an empty list"
        case str():
            text = f"`{_plain(value)}`"
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _plain(text: str) -> str:
    return without_credentials(text) if is_url(text) else text


def refused_values(error: ValidationError) -> Iterator[tuple[Place, str, str, str]]:
    """(place, found, expected, hint) of everything the types refuse."""
    for one in error.errors(include_url=False):
        place = one["loc"]
        if one["type"] == "extra_forbidden":
            yield place, f"the unknown key `{place[-1]}`", "a key that is known here", _where_it_belongs(place)
        elif one["type"] == "missing" and isinstance(place[-1], int):
            yield place[:-1], shown(one["input"]), "a list of two", ""
        elif one["type"] == "missing":
            yield place, "nothing", "a value; this key has no default", ""
        else:
            yield place, _found(one), *_expected(one)


def _found(one: ErrorDetails) -> str:
    """What stands there; of what may hold a password only its kind, where the refusal has no words of its own."""
    value = one["input"]
    is_shown = one["type"] == "refusal" or isinstance(value, Mapping) or _NOT_SHOWN.isdisjoint(map(str, one["loc"]))
    return shown(value) if is_shown else f"{'a list' if isinstance(value, list) else 'a value'} that is not shown"


def _expected(one: ErrorDetails) -> tuple[str, str]:
    """What a refused value should have been, and a hint."""
    context = one.get("ctx", {})
    match one["type"]:
        case "refusal":
            return context["expected"], context["hint"]
        case "literal_error":
            choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
            guess = nearest(str(one["input"]), choices) if len(str(one["input"])) > 2 else None
            return f"one of {', '.join(choices)}", f"did you mean `{guess}`?" if guess else ""
        case "greater_than_equal":
            return f"at least {context['ge']}", ""
        case "less_than_equal":
            return f"at most {context['le']}", ""
        case "too_long":
            return f"a list of {context['max_length']}", ""
        case "too_short":
            return f"a list of at least {context['min_length']}", ""
        case kind:
            return _EXPECTED.get(kind, one["msg"]), ""


def _where_it_belongs(place: Place) -> str:
    """The nearest key that is known at the place, or the section that knows the key."""
    name = str(place[-1])
    known = _section_at(place[:-1]).model_fields
    if nearest(name, known):
        return did_you_mean(name, known)
    elsewhere = [section for section, fields in _sections(Configuration, "") if section and name in fields]
    return f"it belongs under `{elsewhere[0]}`" if elsewhere else did_you_mean(name, known)


def _section_at(place: Place) -> type[Section]:
    """The type of the mapping at a place."""
    section, is_key_of_the_file = Configuration, False
    for step in place:
        if isinstance(step, int) or is_key_of_the_file:
            is_key_of_the_file = False
            continue
        annotation = section.model_fields[step].annotation
        section = _section_of(annotation) or section
        is_key_of_the_file = get_origin(annotation) is dict
    return section


def _section_of(annotation: Any) -> type[Section] | None:
    """The section an annotation holds, one or several of them; None where it holds none."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_of(part))), None)


def _sections(section: type[Section], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every section below one, as (path, fields)."""
    yield path, section.model_fields
    for name, field in section.model_fields.items():
        below = _section_of(field.annotation)
        if below is not None:
            yield from _sections(below, f"{path}.{name}" if path else name)
