"""JSON lines: one object per line, read by itself; a line that is none is set aside alone.

The types of a file's columns follow from all of its values: whole numbers, numbers, texts, truth values, nested values
with their fields. Values of several kinds are texts. A key that no line of the file has is empty, unless a record could
not do without it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate, count
from pathlib import Path
from typing import Any

import duckdb

from assets.configuration.canonical_fields import FIELDS
from assets.configuration.expressions import ExpressionError, column_named, paths_of
from assets.configuration.sources import Source
from assets.error_texts import without_values
from assets.landing.staged import CONTENT, LINE, LandedContent, Rejected, Staged, expect_usable_columns
from assets.landing.text_encodings import UnreadableFileError
from assets.landing.text_files import is_plain, plain_lines
from assets.statements import file_literal, identifier, literal
from assets.warehouse import Warehouse

_NO_SIGN_OF_TEXT = "\x01\x02\x03"  # no JSON text holds one of these bytes
_LONGEST_LINE = 1 << 26  # of which the parser would hold sixteen, if it were not told how many
_LARGEST_WHOLE = 1 << 53
_DEEPEST = 100  # values within values; from 127 on the engine does not only refuse the line, but closes the warehouse
_MOST_FIELDS = 1_000  # of a value: one with more has ids for keys, and each would be a field of every row
_NAMELESS = "/"  # JSON's pointer to the value of the key that has no sign, which no path can spell


def stage_json_lines(warehouse: Warehouse, source: Source, content: LandedContent, workspace: Path) -> Staged:
    """Stage the objects of one file by their lines; blank lines are passed over.

    Raises:
        UnreadableFileError: no line holds an object, or the file is not text.
    """
    number = content.content_no
    lines = f"staged_lines_{number}"
    plain = is_plain(content, source) and content.fingerprint.lines > 0
    path = content.archived if plain else plain_lines(content, source, workspace)
    try:
        warehouse.rows(
            f"""create or replace temp table {lines} as
            select text, row_number() over () as line,
                case when json_valid(text) then json_type(text) = 'OBJECT' else false end as is_object
            from read_csv({file_literal(path)}, columns = {{'text': 'VARCHAR'}}, auto_detect = false, header = false,
                delim = {literal(_NO_SIGN_OF_TEXT)}, quote = '', escape = '', max_line_size = {_LONGEST_LINE},
                buffer_size = {2 * _LONGEST_LINE},
                compression = {literal("zstd" if plain else "none")})"""
        )
    except duckdb.Error as error:
        raise UnreadableFileError(f"the file could not be read as lines: {without_values(str(error))}") from error
    _set_the_deep_aside(warehouse, lines)
    structure = _structure(warehouse, lines, source)
    table = f"staged_{number}"
    _unpack(warehouse, lines, table, structure, number)
    rejected = tuple(
        Rejected(number, line, "malformed_json", text)
        for text, line in warehouse.rows(
            f"select text, line from {lines} where not is_object and trim(text) <> '' order by line"
        )
    )
    header = tuple(name or _unnamed(structure) for name in structure)
    return Staged(table, header, (number,), rejected, has_types=True)


def _set_the_deep_aside(warehouse: Warehouse, lines: str) -> None:
    """Let no line be an object whose values are nested deeper than any table's."""
    # One pass over the innermost pairs leaves next to nothing of long lists of flat objects, which are many.
    brackets = warehouse.rows(
        f"""select line, outer_brackets
        from (
            select line, regexp_replace(
                regexp_replace(text, '(?:"(?:[^"\\\\]|\\\\.)*"|[^][{{}}"]+)+', '', 'g'), '(?:\\[\\]|\\{{\\}})+', '', 'g'
            ) as outer_brackets
            from {lines}
            where is_object and strlen(text) > 2 * {_DEEPEST}
                and strlen(text) - strlen(replace(replace(text, '[', ''), '{{', '')) > {_DEEPEST}
        )
        where strlen(outer_brackets) >= 2 * {_DEEPEST}"""
    )
    deep = [line for line, signs in brackets if _depth(signs) + 1 > _DEEPEST]
    if deep:
        warehouse.rows(f"update {lines} set is_object = false where list_contains($deep, line)", {"deep": deep})


def _depth(brackets: str) -> int:
    """How many brackets are open at most.

    >>> _depth("{[]{[]}}")
    3
    """
    return max(accumulate(1 if sign in "[{" else -1 for sign in brackets), default=0)


def _structure(warehouse: Warehouse, lines: str, source: Source) -> dict[str, Any]:
    """The file's keys with their kinds, and those that the source asks for beside them."""
    found = warehouse.scalar(f"select json_group_structure(text::json) from {lines} where is_object")
    if found is None:
        raise UnreadableFileError("no line holds a JSON object; one per line was expected")
    structure: dict[str, Any] = json.loads(found)
    times = Counter(map(str.casefold, structure))
    alike = [one for one in structure if times[one.casefold()] > 1]
    if alike:
        raise UnreadableFileError(f"the keys {' and '.join(map(repr, alike))} differ in case alone; one was expected")
    expect_usable_columns(structure)
    for path in _asked_for(source, tuple(structure)):
        _add(structure, path)
    return {name: _kind(kind) for name, kind in structure.items()}


def _asked_for(source: Source, keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Key and fields of every value that may be left out of a file: all but what no record can do without."""
    needed = [field.name for field in FIELDS[source.kind] if field.required or field.filled]
    for name, text in source.expressions.items():
        if name not in needed:
            yield from paths_of(text, keys)
    if "score" not in source.columns:
        yield from ((name,) for name in source.questions)


def _add(structure: dict[str, Any], path: tuple[str, ...]) -> None:
    """Put the path into the structure where it is missing; what holds something else stays as it is."""
    try:
        key = column_named(path[0], tuple(structure))
    except ExpressionError:
        key = path[0].strip()
        structure[key] = "NULL"
    if len(path) == 1:
        return
    if structure[key] == "NULL":
        structure[key] = {}
    if isinstance(structure[key], dict):
        _add(structure[key], path[1:])


def _kind(found: Any) -> Any:
    """What a value is read as: several kinds as text, nothing as text, an object without fields or with ids as text."""
    if isinstance(found, dict):
        if "" in found or len(found) > _MOST_FIELDS:  # the engine knows no field without a name
            return "VARCHAR"
        return {name: _kind(kind) for name, kind in found.items()} or "VARCHAR"
    if isinstance(found, list):
        return [_kind(found[0])]
    return "VARCHAR" if found in ("NULL", "JSON") else found


def _unnamed(structure: Mapping[str, Any]) -> str:
    """What the column of a key without a sign is called."""
    taken = {name.casefold() for name in structure}
    return next(name for n in count() if (name := "column" + "_" * n) not in taken)


def _unpack(warehouse: Warehouse, lines: str, table: str, structure: Mapping[str, Any], number: int) -> None:
    """Make the table of the objects' values; a number too long for its type is kept as it is written."""
    kinds = {name: kind for name, kind in structure.items() if name}
    nameless = f"json_extract_string(text, {literal(_NAMELESS)}) as {identifier(_unnamed(structure))},"
    beside = nameless if "" in structure else ""
    while True:
        warehouse.rows(
            f"""create or replace temp table {table} as
            select unnest(from_json(text, {literal(json.dumps(kinds))})),
                {beside} {number}::bigint as {CONTENT}, line as {LINE}
            from {lines} where is_object"""
        )
        floating = [name for name, kind in kinds.items() if kind == "DOUBLE"]
        largest = ", ".join(f"max(abs({identifier(name)}))" for name in floating)
        values = warehouse.rows(f"select {largest} from {table}")[0] if floating else ()
        long = [name for name, value in zip(floating, values, strict=True) if value and value > _LARGEST_WHOLE]
        if not long:
            break
        kinds |= dict.fromkeys(long, "VARCHAR")
    unsigned = [name for name, kind in kinds.items() if kind == "UBIGINT"]
    for name in unsigned:  # the difference of two counts may be negative
        fits = warehouse.scalar(f"select coalesce(max({identifier(name)}) < 1::ubigint << 63, true) from {table}")
        kind = "BIGINT" if fits else "HUGEINT"
        warehouse.rows(f"alter table {table} alter {identifier(name)} type {kind}")
