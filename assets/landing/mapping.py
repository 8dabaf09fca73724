"""Staged records as canonical fields: mapped by the configuration's expressions, cast, with what could not be.

The SQL written here only maps and casts. What a row is worth and whether it can be used is judged by the files in
``assets/sql/landing`` over the view made here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import duckdb

from assets.configuration.canonical_fields import DUCKDB_TYPES, FIELDS, Field
from assets.configuration.expressions import ExpressionError, column_named, columns_of, compile_expression
from assets.configuration.sources import RULES, Source
from assets.landing.date_formats import Readings, Survey, survey
from assets.landing.row_hash import row_hash, written
from assets.landing.staged import CONTENT, LINE, Staged
from assets.landing.text_encodings import UnreadableFileError
from assets.landing.value_parsing import ZoneRule, parsed, undeclared_date
from assets.statements import identifier, literal
from assets.warehouse import Warehouse

_MAPPED = "staged_mapped"
_WORD = re.compile(r"\w+")
_MISFITS = (duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException)
"""What the engine raises of an expression before it has seen a row: types or constants, such as a format of dates."""


def survey_dates(warehouse: Warehouse, types: Mapping[str, str], source: Source) -> Survey:
    """What the values mapped by :func:`map_values`, of those types, say about the formats of their dates."""
    texts = {
        field.name: text
        for field in FIELDS[source.kind]
        if field.name in source.columns and (text := undeclared_date(types[field.name], field, source)) is not None
    }
    return survey(warehouse, _MAPPED, texts)


def map_records(
    warehouse: Warehouse, types: Mapping[str, str], source: Source, zones: ZoneRule, formats: Readings
) -> None:
    """Make the view ``typed_rows`` of the values mapped by :func:`map_values`: one row per staged record.

    Columns: ``content_no``, ``line_number``, ``row_hash`` (of all that the record says), each canonical field of the
    source's kind in its type, the rules as booleans, ``dimensions`` (a survey's own, as a map) and ``cast_reasons``
    (NULL where there is none).
    """
    fields = FIELDS[source.kind]
    casts = {
        field.name: parsed(types[field.name], field, source, zones, formats)
        for field in fields
        if field.name in source.columns
    }
    cast_columns = ", ".join(f"{sql} as {identifier('cast ' + name)}" for name, sql in casts.items())
    columns = [
        f"{identifier('cast ' + field.name)} as {identifier(field.name)}"
        if field.name in casts
        else f"cast({field.default} as {DUCKDB_TYPES[field.type]}) as {identifier(field.name)}"
        for field in fields
    ]
    rules = [f"coalesce({rule}, false) as {rule}" for rule in RULES] if source.kind == "transactions" else []
    scopes = ", ".join(
        f"{literal(name)}: nullif(trim({written(identifier(name), types[name])}), '')" for name in source.dimensions
    )
    tried = (*source.dimensions, *(rule for rule in RULES if getattr(source, rule)))
    reasons = [_reason(field) for field in fields if field.name in casts] + [_failed(name) for name in tried]
    suspicions = [_suspicion(field) for field in fields if field.name in casts]
    suspicions += [identifier("failed " + name) for name in tried]
    selected = [
        "content_no",
        "line_number",
        "row_hash",
        *columns,
        *rules,
        f"cast(map {{{scopes}}} as map(varchar, varchar)) as dimensions",
        f"case when {' or '.join(suspicions)} then case when coalesce({', '.join(reasons)}) is not null "
        f"then list_filter([{', '.join(reasons)}], lambda reason: reason is not null) end end as cast_reasons",
    ]
    warehouse.rows(
        f"create or replace temp view typed_rows as "
        f"select {', '.join(selected)} from (select *, {cast_columns} from {_MAPPED}) as cast_rows"
    )


def map_answers(warehouse: Warehouse, staged: Staged, source: Source) -> None:
    """Make the view ``given_answers``: record, question as the source names it, answer as text, its stated kind.

    Of a wide record one row per question column that is not NULL, of a long record its own answer.

    Raises:
        UnreadableFileError: a question's column is not in the file.
    """
    if is_wide(source):
        try:
            named = {name: column_named(name, staged.header) for name in source.questions}
        except ExpressionError as error:
            raise UnreadableFileError(f"questions: {error}") from error
        types = {name: kind for name, kind, *_ in warehouse.rows(f"describe {identifier(staged.table)}")}
        columns = [
            f"{written(identifier(column), types[column])} as {identifier(name)}" for name, column in named.items()
        ]
        answers = f"""
            select content_no, line_number, question, answer, cast(null as varchar) as stated_kind
            from (
                unpivot (select {CONTENT} as content_no, {LINE} as line_number, {", ".join(columns)}
                         from {identifier(staged.table)})
                on columns(* exclude (content_no, line_number)) into name question value answer
            )"""
    else:
        question = "lower(question)" if "question" in source.columns else literal(question_names(source)[0])
        answers = (
            f"select content_no, line_number, {question} as question, score as answer, lower(kind) as stated_kind "
            f"from typed_rows"
        )
    warehouse.rows(f"create or replace temp view given_answers as {answers}")


def evaluates(source: Source) -> bool:
    """Whether the source maps more than columns: an expression that may fail. A single word cannot."""
    return not all(_WORD.fullmatch(text) for text in source.expressions.values())


def is_wide(source: Source) -> bool:
    """Whether each record of the survey holds the answers to all questions, one per column."""
    return "score" not in source.columns


def question_names(source: Source) -> list[str]:
    """The questions as ``given_answers`` names them: wide by column, long by the value in ``question``."""
    return list(source.questions) if is_wide(source) else [name.strip().lower() for name in source.questions]


def map_values(warehouse: Warehouse, staged: Staged, source: Source) -> dict[str, str]:
    """Make the view ``staged_mapped`` of the values that the configuration's expressions give; answers their types.

    An expression is evaluated inside a struct: where it fails the struct is NULL, where its value is NULL only that is.
    Not inside a transaction, which an expression that is tried and does not fit would end.

    Raises:
        UnreadableFileError: the mapping does not fit the file's columns.
    """
    types = {name: kind for name, kind, *_ in warehouse.rows(f"describe {identifier(staged.table)}")}
    compiled = {name: _compiled(warehouse, text, staged, types, name) for name, text in source.expressions.items()}
    plain = {name for name, sql in compiled.items() if sql in map(identifier, staged.header) and name not in RULES}
    tried = [f"{sql if name in plain else _tried(name, sql)} as {identifier(name)}" for name, sql in compiled.items()]
    values = [f"{identifier(name) if name in plain else _value_of(name)} as {identifier(name)}" for name in compiled]
    failures = [
        f"{'false' if name in plain else identifier(name) + ' is null'} as {identifier('failed ' + name)}"
        for name in compiled
    ]
    absent = [f"false as {rule}" for rule in RULES if rule not in compiled]
    content = row_hash({name: types[name] for name in staged.header})
    try:
        warehouse.rows(
            f"""create or replace temp view {_MAPPED} as
            select content_no, line_number, row_hash, {", ".join([*values, *failures, *absent])}
            from (
                select {CONTENT} as content_no, {LINE} as line_number, {content} as row_hash, {", ".join(tried)}
                from {identifier(staged.table)}
            ) as evaluated"""
        )
        described = warehouse.rows(f"describe {_MAPPED}")
    except _MISFITS as error:
        name, misfit = _misfit(warehouse, compiled, staged) or ("columns", error)
        raise UnreadableFileError(f"{name}: an expression does not fit: {str(misfit).splitlines()[0]}") from error
    return {name.lower(): kind for name, kind, *_ in described}  # an alias that differs in case alone is not kept


def _misfit(warehouse: Warehouse, compiled: Mapping[str, str], staged: Staged) -> tuple[str, duckdb.Error] | None:
    """The first expression that does not fit the staged columns by itself, by its key, and what is wrong with it."""
    for name, sql in compiled.items():
        try:
            warehouse.rows(f"describe select {_tried(name, sql)} from {identifier(staged.table)}")
        except _MISFITS as error:
            return _place(name), error
    return None


def _place(name: str) -> str:
    """The configuration's key of an expression."""
    return name if name in RULES else f"columns.{name}"


def _compiled(warehouse: Warehouse, text: str, staged: Staged, types: Mapping[str, str], name: str) -> str:
    """SQL of an expression over the staged columns.

    A file with types may hold as text what others hold as numbers, or nothing at all; an expression that does not fit
    texts has them cast, each row by itself.
    """
    try:
        zoned = _in_microseconds(types)
        written = compile_expression(text, staged.header, casts=zoned)
        if not staged.has_types or _fits(warehouse, written, staged):
            return written
        texts = [column for column in columns_of(text, staged.header) if types[column] == "VARCHAR"]
        casts = (dict.fromkeys(texts, kind) for kind in ("DOUBLE", "TIMESTAMP"))
        tried = (compile_expression(text, staged.header, casts=zoned | cast) for cast in casts)
        return next((sql for sql in tried if _fits(warehouse, sql, staged)), written)
    except ExpressionError as error:
        raise UnreadableFileError(f"{_place(name)}: {error}") from error


def _in_microseconds(types: Mapping[str, str]) -> dict[str, str]:
    """What expressions read columns as whose moments are in a zone and to the nanosecond: few functions take those."""
    return {
        column: kind.replace("TIMESTAMPTZ_NS", "TIMESTAMPTZ")
        for column, kind in types.items()
        if "TIMESTAMPTZ_NS" in kind
    }


def _fits(warehouse: Warehouse, sql: str, staged: Staged) -> bool:
    try:
        warehouse.rows(f"describe select {sql} from {identifier(staged.table)}")
    except _MISFITS:
        return False
    return True


def _tried(name: str, sql: str) -> str:
    value = f"cast({sql} as boolean)" if name in RULES else sql
    return f"try(struct_pack(value := {value}))"


def _value_of(name: str) -> str:
    return f"struct_extract({identifier(name)}, 'value')"


def _failed(name: str) -> str:
    """SQL of the reason where an expression failed."""
    return f"case when {identifier('failed ' + name)} then {literal('unparsable_' + name)} end"


def _suspicion(field: Field) -> str:
    """SQL of whether a field's value may have a reason: true wherever it has one, and of few other rows."""
    failed, cast = identifier("failed " + field.name), identifier("cast " + field.name)
    if field.required or field.filled:
        return f"{failed} or {cast} is null"
    return f"{failed} or ({cast} is null and {identifier(field.name)} is not null)"


def _reason(field: Field) -> str:
    """SQL of why a field's value cannot be used; NULL where it can, or is rightly absent."""
    value, cast = identifier(field.name), identifier("cast " + field.name)
    is_written = f"trim(coalesce(cast({value} as varchar), '')) <> ''"
    missing = f"when {cast} is null then 'missing_{field.name}'" if field.required or field.filled else ""
    # A branch is computed of the rows that come to it; what stands beside `and`, of all.
    absent = f"when {cast} is null then case when {is_written} then 'unparsable_{field.name}' {missing} end"
    return f"case when {identifier('failed ' + field.name)} then 'unparsable_{field.name}' {absent} end"
