"""Ready mappings: the sources of exports whose shape is public knowledge, one YAML file per export.

A mapping names the columns its export is recognised by and holds a source as a configuration would write it. Where
the export is written differently by version or by settings, a value is a list: the first alternative whose columns the
header has is taken. An optional column that no alternative finds is left out; required columns and rules are always
found in a header that is recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from assets.configuration.expressions import ExpressionError, columns_of
from assets.configuration.sources import RULES
from assets.statements import literal

_CAST = re.compile(r"CAST\((.+?) AS DECIMAL\(18, 4\)\)")
"""How an expression here makes a number of a text to calculate with it."""


@dataclass(frozen=True)
class ReadyMapping:
    """What is known of one export, and the source that reads it.

    Attributes:
        id: snake_case name, the name of its file.
        system: the product that writes the export.
        title: name of the export by language (en, zh).
        export: how to get the file out of the system, in words.
        based_on: the public knowledge the mapping rests on.
        maps: what gross, discount, refund, charge and net are made of; of surveys and customers what is taken.
        limits: what the mapping does not do, one sentence each.
        recognised_by: per entry the alternative names of one column; a header must have one of each.
        source: the options of the source; a list among ``columns`` or rules holds alternatives.
        questions_by_header: per entry a pattern that a whole column name must match, and the question it makes.
    """

    id: str
    system: str
    title: Mapping[str, str]
    export: str
    based_on: str
    maps: str
    limits: tuple[str, ...]
    recognised_by: tuple[tuple[str, ...], ...]
    source: Mapping[str, Any]
    questions_by_header: tuple[Mapping[str, Any], ...] = ()

    @property
    def asks_a_database(self) -> bool:
        """Whether the export's files say too little alone, and the source is a query over them in a database."""
        return "query" in self.source

    def fits(self, header: Sequence[str]) -> bool:
        """Whether the header has every column the export is recognised by; case and outer spaces do not matter."""
        names = {name.strip().casefold() for name in header}
        return all(any(name.casefold() in names for name in alternatives) for alternatives in self.recognised_by)

    def options(self, header: Sequence[str] | None = None, decimal: str = ".", thousands: str = "") -> dict[str, Any]:
        """The source as a configuration writes it, with the alternatives that fit the header; without one, the first.

        A source that queries a database knows its columns: the header of a file changes nothing there.

        Args:
            header: the file's column names.
            decimal: the decimal mark of the file's numbers, which what calculates with them has to read.
            thousands: the mark between groups of digits, or empty.
        """
        known = None if self.asks_a_database else header
        chosen = dict(self.source)
        columns = _chosen(self.source["columns"], known)
        chosen["columns"] = {name: _read_with(text, decimal, thousands) for name, text in columns}
        for rule in RULES:
            if rule in chosen:
                chosen[rule] = _first_that_fits(chosen[rule], known)
        if known is not None:
            if "fill_down" in chosen:
                chosen["fill_down"] = [name for name in chosen["fill_down"] if _is_in(name, known)]
            questions = dict(self._questions(known))
            if questions:
                chosen["questions"] = questions
        return {option: value for option, value in chosen.items() if value is not None}

    def _questions(self, header: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Columns of the header that ask a known question; a second one of the same id gets its place behind it."""
        seen: set[str] = set()
        for rule in self.questions_by_header:
            for name in header:
                found = re.fullmatch(rule["pattern"], name.strip())
                column = found.expand(rule.get("column", r"\g<0>")) if found else None
                if column is None or not _is_in(column, header):
                    continue
                question = dict(rule["question"])
                if question["id"] in seen:
                    question["id"] = f"{question['id']}_{len(seen) + 1}"
                seen.add(question["id"])
                yield column, question


def ready_mappings() -> tuple[ReadyMapping, ...]:
    """Every ready mapping, by id."""
    return _loaded()


def ready_mapping(name: str) -> ReadyMapping:
    """The mapping of that id.

    Raises:
        KeyError: there is none.
    """
    return {mapping.id: mapping for mapping in ready_mappings()}[name]


def recognise(header: Sequence[str]) -> list[ReadyMapping]:
    """The mappings whose export has such a header, best first: the one that is recognised by most columns.

    >>> [mapping.id for mapping in recognise(["Respondent ID", "Collector ID", "Start Date", "End Date", "Q"])]
    ['surveymonkey_responses']
    >>> recognise(["order_id", "date", "amount"])
    []
    """
    fitting = [mapping for mapping in ready_mappings() if mapping.fits(header)]
    return sorted(fitting, key=lambda mapping: (-len(mapping.recognised_by), mapping.id))


def as_yaml(mapping: ReadyMapping) -> str:
    """The entry of ``sources`` to paste into a configuration, with what it rests on and its limits as comments."""
    import yaml

    facts = (mapping.title["en"], f"How to get it: {mapping.export}", mapping.maps, *mapping.limits)
    comments = [line for fact in facts for line in _wrapped(fact)]
    entry = yaml.safe_dump([mapping.options()], sort_keys=False, allow_unicode=True, width=1_000)
    return "".join(f"{line}\n" for line in comments) + entry


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 110, initial_indent="# ", subsequent_indent="#   ")


@cache
def _loaded() -> tuple[ReadyMapping, ...]:
    import yaml

    found = sorted(
        (file for file in files(__name__).iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name
    )
    return tuple(_mapping(file.name.removesuffix(".yaml"), yaml.safe_load(file.read_bytes())) for file in found)


def _mapping(name: str, written: Mapping[str, Any]) -> ReadyMapping:
    given = dict(written)
    given["limits"] = tuple(given.get("limits", ()))
    given["recognised_by"] = tuple(tuple(_alternatives(entry)) for entry in given["recognised_by"])
    given["questions_by_header"] = tuple(given.get("questions_by_header", ()))
    return ReadyMapping(id=name, **given)


def _alternatives(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _chosen(columns: Mapping[str, Any], header: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for name, value in columns.items():
        found = _first_that_fits(value, header)
        if found is not None:
            yield name, found


def _read_with(expression: str, decimal: str, thousands: str) -> str:
    """An expression whose casts read numbers of those marks; a text that is mapped is read so anyway.

    >>> _read_with("CAST(net AS DECIMAL(18, 4))", ",", "")
    "CAST(replace(net, ',', '.') AS DECIMAL(18, 4))"
    """
    replaced = r"\1"
    for mark, plain in ((thousands, ""), (decimal.replace(".", ""), ".")):
        if mark:
            replaced = f"replace({replaced}, {literal(mark)}, {literal(plain)})"
    return _CAST.sub(f"CAST({replaced} AS DECIMAL(18, 4))", expression)


def _first_that_fits(value: Any, header: Sequence[str] | None) -> Any:
    alternatives = _alternatives(value)
    if header is None:
        return alternatives[0]
    return next((text for text in alternatives if _reads(str(text), header)), None)


def _reads(text: str, header: Sequence[str]) -> bool:
    try:
        columns_of(text, header)
    except ExpressionError:
        return False
    return True


def _is_in(name: str, header: Sequence[str]) -> bool:
    return name.strip().casefold() in {column.strip().casefold() for column in header}
