"""One YAML document as plain values that remember their lines; everything odd about it is a problem, not an end.

Scalars follow YAML 1.2: ``no``, ``on`` and ``22:30`` are text. Where a text is meant anyway (column names,
expressions, blank codes) a scalar is kept as it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

Place = tuple[str | int, ...]

_MOST_NODES = 100_000  # aliases of aliases would otherwise grow without end
_KEPT_AS_WRITTEN = {
    "columns",
    "header",
    "sheet",
    "blank",
    "refund_when",
    "discount_when",
    "charge_when",
    "exclude_when",
}
_QUOTED = re.compile(r"'(?!<)[^']{3,}'")  # by the parser: names, which a password without quotes may be taken for
_LONGEST_NUMBER = 1_000  # digits; Python refuses to read some thousand
_PLAIN = "plain text, numbers, lists and mappings"
_NULLS_MATTER = {"columns", "questions"}  # elsewhere a key without a value is a key that was left out


class _CoreLoader(yaml.SafeLoader):
    """PyYAML's reader with the core schema of YAML 1.2 in place of 1.1."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
     list("-+.0123456789")),
):  # fmt: skip
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


@dataclass(frozen=True)
class Fault:
    """Something about the document itself: where, what was found and what was expected."""

    line: int
    place: Place
    found: str
    expected: str
    hint: str = ""


@dataclass
class Document:
    """The values of a document, the line of every place in it, and its faults.

    Attributes:
        data: mappings as dict, lists as list, scalars as None, bool, int, float or str; keys without a value left out.
        lines: place to the line, from 1, where its key or list item begins; every place of the document, valued or not.
        faults: what is wrong with the YAML itself.
    """

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line_of(self, place: Place) -> int:
        """The line of the place, else of the nearest place that holds it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(text: str) -> Document:
    """Read a text as one YAML document."""
    document = Document()
    try:
        root = yaml.compose(text, Loader=_CoreLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        found = _QUOTED.sub("'...'", ", ".join(part for part in (error.context, error.problem) if part))
        hint = "quote a value that begins with one of * & ! % @ ` [ { or holds `: ` or ` #`"
        document.faults.append(Fault(line, (), found, "valid YAML", hint))
        return document
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.faults.append(Fault(line, (), "a control character", "text without control characters"))
        return document
    except RecursionError:
        document.faults.append(Fault(1, (), "brackets nested too deep", "a configuration"))
        return document
    if root is None:
        document.faults.append(Fault(1, (), "an empty file", "a configuration", "begin with `business:`"))
        return document
    _Reading(document).read_root(root)
    return document


class _Reading:
    """The walk over one document's nodes, counting them and knowing those it is inside of."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._inside: list[int] = []
        self._nodes = 0

    def read_root(self, root: yaml.Node) -> None:
        self._document.lines[()] = root.start_mark.line + 1
        self._document.data = self._value(root, ())

    def _fault(self, node: yaml.Node, place: Place, found: str, expected: str) -> None:
        self._document.faults.append(Fault(node.start_mark.line + 1, place, found, expected))

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._nodes += 1
        if id(node) in self._inside or self._nodes > _MOST_NODES:
            if self._nodes <= _MOST_NODES + 1:
                self._fault(node, place, "an alias that holds itself or grows without end", "plain values")
            return None
        self._inside.append(id(node))
        try:
            if not isinstance(node, yaml.ScalarNode) and not node.tag.endswith((":map", ":seq")):
                self._fault(node, place, _tag_of(node), _PLAIN)
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, place)
            if isinstance(node, yaml.SequenceNode):
                return self._sequence(node, place)
            return self._scalar(node, place)
        finally:
            self._inside.pop()

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(key_node, place, "a key that is a list or mapping", "a text as key")
                continue
            key, line = str(key_node.value), key_node.start_mark.line + 1
            here = (*place, key)
            if key in first_lines:
                found = f"`{key}` a second time, first on line {first_lines[key]}"
                self._document.faults.append(Fault(line, here, found, "every key once"))
                continue
            first_lines[key] = line
            self._document.lines[here] = line
            value = self._value(value_node, here)
            if value is not None or _NULLS_MATTER.intersection(str(step) for step in place[-1:]):
                values[key] = value
        return values

    def _sequence(self, node: yaml.SequenceNode, place: Place) -> list[Any]:
        values: list[Any] = []
        for position, item in enumerate(node.value):
            here = (*place, position)
            self._document.lines[here] = item.start_mark.line + 1
            values.append(self._value(item, here))
        return values

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        text = str(node.value)
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind == "null":
            return None
        if kind == "str" or _KEPT_AS_WRITTEN.intersection(str(step) for step in place[-2:]):
            return text
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            if len(text) > _LONGEST_NUMBER:
                self._fault(node, place, f"a number of {len(text):,} digits", _PLAIN)
                return None
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if kind == "float":
            return float(re.sub(r"[.](?=[a-z])", "", text.lower()))  # .inf and .nan lose their dot
        self._fault(node, place, _tag_of(node), _PLAIN)
        return None


def _tag_of(node: yaml.Node) -> str:
    """The tag as messages show it: one of YAML's own, or that there is one; a password may begin like it."""
    return f"the tag {node.tag}" if node.tag.startswith("tag:yaml.org,2002:") else "a tag, which begins with !"
