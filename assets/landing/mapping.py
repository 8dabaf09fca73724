"""Staged records as canonical fields: mapped by the configuration's expressions, cast, with what could not be.

The SQL written here only maps and casts. What a row is worth and whether it can be used is judged by the files in
``assets/sql/landing`` over the view made here.
"""

from __future__ import annotations

import duckdb

from assets.configuration_sources import Source
from assets.expressions import ExpressionError, column_named, compile_expression
from assets.landing.canonical_fields import DUCKDB_TYPES, FIELDS, Field
from assets.landing.staged import CONTENT, LINE, Staged
from assets.landing.text_files import UnreadableFileError
from assets.landing.value_parsing import ZoneRule, parsed
from assets.warehouse import Warehouse, identifier, literal

RULES = ("refund_when", "discount_when", "charge_when", "exclude_when")
_MAPPED = "staged_mapped"


def map_records(warehouse: Warehouse, staged: Staged, source: Source, zones: ZoneRule) -> None:
    """Make the view ``typed_rows``: one row per staged record.

    Columns: ``content_no``, ``line_number``, ``row_hash`` (of every column of the source), each canonical field of the
    source's kind in its type, the rules as booleans, ``dimensions`` (a survey's own, as a map) and ``cast_reasons``.

    Raises:
        UnreadableFileError: the mapping does not fit the file's columns.
    """
    types = _map(warehouse, staged, source)
    fields = FIELDS[source.kind]
    casts = {
        field.name: parsed(warehouse, _MAPPED, types[field.name], field, source, zones)
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
        f"{literal(name)}: nullif(trim(cast({identifier(name)} as varchar)), '')" for name in source.dimensions
    )
    reasons = [_reason(field) for field in fields if field.name in casts]
    reasons += [_failed(name) for name in (*source.dimensions, *(rule for rule in RULES if getattr(source, rule)))]
    selected = [
        "content_no",
        "line_number",
        "row_hash",
        *columns,
        *rules,
        f"cast(map {{{scopes}}} as map(varchar, varchar)) as dimensions",
        f"list_filter([{', '.join(reasons)}], lambda reason: reason is not null) as cast_reasons",
    ]
    warehouse.rows(
        f"create or replace temp view typed_rows as "
        f"select {', '.join(selected)} from (select *, {cast_columns} from {_MAPPED}) as cast_rows"
    )


def map_answers(warehouse: Warehouse, staged: Staged, source: Source) -> None:
    """Make the view ``given_answers``: record, question as the source names it, answer as text.

    Of a wide record one row per question column that is not NULL, of a long record its own answer.

    Raises:
        UnreadableFileError: a question's column is not in the file.
    """
    if is_wide(source):
        try:
            columns = [
                f"cast({identifier(column_named(name, staged.header))} as varchar) as {identifier(name)}"
                for name in source.questions
            ]
        except ExpressionError as error:
            raise UnreadableFileError(f"questions: {error}") from error
        answers = f"""
            select content_no, line_number, question, answer
            from (
                unpivot (select {CONTENT} as content_no, {LINE} as line_number, {", ".join(columns)}
                         from {identifier(staged.table)})
                on columns(* exclude (content_no, line_number)) into name question value answer
            )"""
    else:
        question = "lower(question)" if "question" in source.columns else literal(question_names(source)[0])
        answers = f"select content_no, line_number, {question} as question, score as answer from typed_rows"
    warehouse.rows(f"create or replace temp view given_answers as {answers}")


def is_wide(source: Source) -> bool:
    """Whether each record of the survey holds the answers to all questions, one per column."""
    return "score" not in source.columns


def question_names(source: Source) -> list[str]:
    """The questions as ``given_answers`` names them: wide by column, long by the value in ``question``."""
    return list(source.questions) if is_wide(source) else [name.strip().lower() for name in source.questions]


def _map(warehouse: Warehouse, staged: Staged, source: Source) -> dict[str, str]:
    """Make the view of mapped values; answers the type of each.

    An expression is evaluated inside a struct: where it fails the struct is NULL, where its value is NULL only that is.
    """
    expressions = dict(source.columns) | {rule: getattr(source, rule) for rule in RULES if getattr(source, rule)}
    compiled = {name: _compiled(text, staged, name) for name, text in expressions.items()}
    plain = {name for name, sql in compiled.items() if sql in map(identifier, staged.header) and name not in RULES}
    tried = [f"{sql if name in plain else _tried(name, sql)} as {identifier(name)}" for name, sql in compiled.items()]
    values = [f"{identifier(name) if name in plain else _value_of(name)} as {identifier(name)}" for name in compiled]
    failures = [
        f"{'false' if name in plain else identifier(name) + ' is null'} as {identifier('failed ' + name)}"
        for name in compiled
    ]
    absent = [f"false as {rule}" for rule in RULES if rule not in compiled]
    content = ", ".join(identifier(name) for name in sorted(staged.header, key=str.casefold))
    try:
        warehouse.rows(
            f"""create or replace temp view {_MAPPED} as
            select content_no, line_number, row_hash, {", ".join([*values, *failures, *absent])}
            from (
                select {CONTENT} as content_no, {LINE} as line_number, hash({content}) as row_hash, {", ".join(tried)}
                from {identifier(staged.table)}
            ) as evaluated"""
        )
        described = warehouse.rows(f"describe {_MAPPED}")
    except (duckdb.BinderException, duckdb.ConversionException) as error:
        raise UnreadableFileError(f"columns: an expression does not fit: {str(error).splitlines()[0]}") from error
    return {name.lower(): kind for name, kind, *_ in described}  # an alias that differs in case alone is not kept


def _compiled(text: str, staged: Staged, name: str) -> str:
    try:
        return compile_expression(text, staged.header)
    except ExpressionError as error:
        place = name if name in RULES else f"columns.{name}"
        raise UnreadableFileError(f"{place}: {error}") from error


def _tried(name: str, sql: str) -> str:
    value = f"cast({sql} as boolean)" if name in RULES else sql
    return f"try(struct_pack(value := {value}))"


def _value_of(name: str) -> str:
    return f"struct_extract({identifier(name)}, 'value')"


def _failed(name: str) -> str:
    """SQL of the reason where an expression failed."""
    return f"case when {identifier('failed ' + name)} then {literal('unparsable_' + name)} end"


def _reason(field: Field) -> str:
    """SQL of why a field's value cannot be used; NULL where it can, or is rightly absent."""
    value, cast = identifier(field.name), identifier("cast " + field.name)
    is_written = f"trim(coalesce(cast({value} as varchar), '')) <> ''"
    unparsable = f"{identifier('failed ' + field.name)} or ({cast} is null and {is_written})"
    missing = f"when {cast} is null then 'missing_{field.name}'" if field.required or field.filled else ""
    return f"case when {unparsable} then 'unparsable_{field.name}' {missing} end"
