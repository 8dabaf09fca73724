"""Mapped records into landed rows: judged in one pass, with every reason that applies, beside their original text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from assets.configuration_sources import Source
from assets.landing.mapping import is_wide, map_answers, map_records, question_names
from assets.landing.staged import CONTENT, LINE, Staged, record_text
from assets.landing.value_parsing import NUMBER, ZoneRule
from assets.warehouse import Query, Warehouse, identifier, query

LANDED_TABLE = {"transactions": "landed_transactions", "surveys": "landed_surveys", "customers": "landed_customers"}


@dataclass(frozen=True)
class LandingRules:
    """What judging a row needs beside its source: business time and currency, and the dates that can be true."""

    business_zone: str
    currency: str
    earliest_date: str
    latest_date: str


def land_staged(warehouse: Warehouse, staged: Staged, source: Source, rules: LandingRules) -> None:
    """Append the staged records of one source to its landed table, and the text of those set aside.

    Raises:
        UnreadableFileError: the mapping does not fit the file's columns.
    """
    with _tried_as_written(warehouse):
        _land(warehouse, staged, source, rules)
    keep_texts(warehouse, staged, f"select * from {LANDED_TABLE[source.kind]} where reasons is not null")


@contextmanager
def _tried_as_written(warehouse: Warehouse) -> Iterator[None]:
    """DuckDB 2.0 computes an expression that occurs twice inside TRY once, outside of it, where its error stops all."""
    warehouse.rows("set disabled_optimizers = 'common_subexpressions'")
    try:
        yield
    finally:
        warehouse.rows("reset disabled_optimizers")


def _land(warehouse: Warehouse, staged: Staged, source: Source, rules: LandingRules) -> None:
    map_records(warehouse, staged, source, ZoneRule(source.timezone or rules.business_zone, rules.business_zone))
    dates = {"earliest_date": rules.earliest_date, "latest_date": rules.latest_date}
    match source.kind:
        case "transactions":
            currencies = {"base_currency": rules.currency, "source_currency": source.currency or rules.currency}
            _append(warehouse, "landed_transactions", query("landing/transactions.sql", **dates, **currencies))
        case "surveys":
            map_answers(warehouse, staged, source)
            _declare_questions(warehouse, source)
            judged = query("landing/judged_answers.sql", number=NUMBER)
            warehouse.rows(f"create or replace temp table judged_answers as {judged.sql}", judged.parameters)
            _append(warehouse, "landed_surveys", query("landing/surveys.sql", **dates, is_wide=is_wide(source)))
            _append(warehouse, "landed_answers", query("landing/answers.sql"))
        case "customers":
            _append(warehouse, "landed_customers", query("landing/customers.sql", **dates))


def keep_texts(warehouse: Warehouse, staged: Staged, records: str) -> None:
    """Keep the original text of the staged records that the query names by content and line, each once."""
    warehouse.rows(
        f"""insert into landed_texts
        select staged.{CONTENT}, staged.{LINE}, {record_text(staged.header)}
        from {identifier(staged.table)} as staged
        semi join ({records}) as records
            on records.content_no = staged.{CONTENT} and records.line_number = staged.{LINE}
        anti join landed_texts as texts
            on texts.content_no = staged.{CONTENT} and texts.line_number = staged.{LINE}"""
    )


def _append(warehouse: Warehouse, table: str, rows: Query) -> None:
    warehouse.rows(f"insert into {table} by name\n{rows.sql}", dict(rows.parameters) or None)


def _declare_questions(warehouse: Warehouse, source: Source) -> None:
    """Make the table ``declared_questions``: one row per question of the source."""
    declared = [
        {
            "source_name": name,
            "question": question.id,
            "kind": question.kind,
            "scale_low": question.scale[0],
            "scale_high": question.scale[1],
            "top_low": (question.top_box or question.scale)[0],
            "top_high": (question.top_box or question.scale)[1],
            "blanks": list(question.blank),
        }
        for name, question in zip(question_names(source), source.questions.values(), strict=True)
    ]
    frame = pl.DataFrame(declared, schema_overrides={"blanks": pl.List(pl.String)})
    warehouse.connection.register("_questions", frame)
    try:
        warehouse.rows("create or replace temp table declared_questions as select * from _questions")
    finally:
        warehouse.connection.unregister("_questions")
