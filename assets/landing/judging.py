"""Mapped records into landed rows: judged in one pass, with every reason that applies, beside their original text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from assets.configuration.sources import Source
from assets.landing.date_formats import Readings, Survey
from assets.landing.mapping import evaluates, is_wide, map_answers, map_records, question_names, survey_dates
from assets.landing.staged import CONTENT, LINE, Staged, record_text
from assets.landing.value_parsing import NUMBER, ZoneRule
from assets.statements import Query, identifier, query, sql_text
from assets.warehouse import Warehouse, set_to

LANDED_TABLE = {
    "transactions": "landed_transactions",
    "surveys": "landed_surveys",
    "customers": "landed_customers",
    "exchange_rates": "landed_exchange_rates",
}
PARENT = {"transactions": "order_id", "surveys": "response_id", "customers": "customer_id", "exchange_rates": "key"}
"""What a record without a key belongs to: two of its records that are equal are one."""
KEY = dict.fromkeys(LANDED_TABLE, "landed.key") | {
    "transactions": "case when landed.line_id is not null then landed.order_id || chr(31) || landed.line_id end"
}
"""What tells a record from all others. That of an order line is put together from the two ids when it is asked for."""


@dataclass(frozen=True)
class LandingRules:
    """What judging a row needs beside its source: business time and currency, and the dates that can be true."""

    business_zone: str
    currency: str
    earliest_date: str
    latest_date: str


def survey_staged(warehouse: Warehouse, types: Mapping[str, str], source: Source) -> Survey:
    """What the records mapped last, whose values have those types, say about the formats of their dates."""
    with _tried_as_written(warehouse, source):
        return survey_dates(warehouse, types, source)


def land_staged(
    warehouse: Warehouse,
    staged: Staged,
    source: Source,
    rules: LandingRules,
    types: Mapping[str, str],
    formats: Readings,
) -> None:
    """Append the staged records of one source to its landed table, and the text of those set aside.

    Args:
        warehouse: holds the staged records, mapped last of all, and the landed tables.
        staged: the records.
        source: how they are mapped.
        rules: what judging needs beside the source.
        types: of the mapped values.
        formats: of the dates that are not written as ISO says.

    Raises:
        UnreadableFileError: a question's column is not in the file.
    """
    with _tried_as_written(warehouse, source):
        _land(warehouse, staged, source, rules, types, formats)
    contents = ", ".join(map(str, staged.contents))
    set_aside = f"select * from {LANDED_TABLE[source.kind]} where content_no in ({contents}) and reasons is not null"
    keep_texts(warehouse, staged, set_aside)


@contextmanager
def _tried_as_written(warehouse: Warehouse, source: Source) -> Iterator[None]:
    """DuckDB 2.0 computes an expression that occurs twice inside TRY once, outside of it, where its error stops all.

    What occurs twice is computed twice then; not where the source maps columns alone, and nothing is tried.
    """
    if not evaluates(source):
        yield
        return
    with set_to(warehouse.connection, "disabled_optimizers", "'common_subexpressions'"):
        yield


def _land(
    warehouse: Warehouse,
    staged: Staged,
    source: Source,
    rules: LandingRules,
    types: Mapping[str, str],
    formats: Readings,
) -> None:
    zones = ZoneRule(source.timezone or rules.business_zone, rules.business_zone)
    map_records(warehouse, types, source, zones, formats)
    dates = {"earliest_date": rules.earliest_date, "latest_date": rules.latest_date}
    match source.kind:
        case "transactions":
            currency = source.currency or rules.currency
            judged = query("landing/transactions.sql", **dates, source_currency=currency, base_currency=rules.currency)
            _append(warehouse, source, judged)
        case "surveys":
            map_answers(warehouse, staged, source)
            _declare_questions(warehouse, source)
            judged = query("landing/judged_answers.sql", number=NUMBER)
            warehouse.keep("judged_answers", judged)
            _append(warehouse, source, query("landing/surveys.sql", **dates, is_wide=is_wide(source)))
            warehouse.rows(f"insert into landed_answers by name {sql_text('landing/answers.sql')}")
        case "customers":
            _append(warehouse, source, query("landing/customers.sql", **dates))
        case "exchange_rates":
            rates = query("landing/exchange_rates.sql", **dates, base_currency=rules.currency)
            _append(warehouse, source, rates)


def keep_texts(warehouse: Warehouse, staged: Staged, records: str) -> None:
    """Keep the original text of the staged records that the query names by content and line, each once."""
    warehouse.rows(
        f"""insert into landed_texts
        select staged.{CONTENT}, staged.{LINE}, {record_text(staged.header)}
        from {identifier(staged.as_written or staged.table)} as staged
        semi join ({records}) as records
            on records.content_no = staged.{CONTENT} and records.line_number = staged.{LINE}
        anti join landed_texts as texts
            on texts.content_no = staged.{CONTENT} and texts.line_number = staged.{LINE}"""
    )


def _append(warehouse: Warehouse, source: Source, rows: Query) -> None:
    """Append judged rows, each usable one with the number of what it is: see :mod:`assets.landing.row_summaries`."""
    keyed, key = ("line_id", "order_id, line_id") if source.kind == "transactions" else ("key", "key")
    by_content = f"hash($source, {PARENT[source.kind]}, row_hash)"
    parameters = {**rows.parameters, "source": source.name}
    numbers = [f"case when {keyed} is null then {by_content} else hash($source, {key}) end"]
    if source.kind == "transactions":
        parameters["order_source"] = source.order_source
        order = "case when kind = 'refund' then coalesce(refund_of, order_id) else order_id end"
        numbers.append(f"hash($order_source, {order})")
    usable = [f"case when reasons is null then {number} end" for number in numbers]
    named = ", ".join(f"{number} as {name}" for number, name in zip(usable, ("identity", "order_hash"), strict=False))
    with warehouse.in_any_order():
        warehouse.rows(
            f"insert into {LANDED_TABLE[source.kind]} by name\nselect *, {named} from (\n{rows.sql}\n)",
            parameters,
        )


_LISTS = {"blanks": pl.List(pl.String), "words": pl.List(pl.String), "word_scores": pl.List(pl.Int64)}


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
            "words": list(question.words),
            "word_scores": list(question.words.values()),
        }
        for name, question in zip(question_names(source), source.questions.values(), strict=True)
    ]
    frame = pl.DataFrame(declared, schema_overrides=_LISTS)
    warehouse.keep("declared_questions", frame)
