"""The rows of a proposal as a night would understand them: landed and judged by the real code, in another home."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets import clean
from assets.configuration.settings import Configuration, Limits
from assets.landing.judging import LANDED_TABLE
from assets.landing.landing_zone import LandingError, land
from assets.night import Night
from assets.statements import literal
from assets.warehouse import Warehouse

_TABLES = (clean.file_register, clean.exchange_rates, clean.row_outcomes, clean.row_accounting, clean.quarantine)
_MEASURED = {"transactions": ("kind", "amount"), "surveys": (), "customers": ()}
_FIRST, _FURTHER = 8, 6  # rows shown: the first ones, then one of every kind and reason not among them
_ADDRESS = re.compile(r"^(.)[^@\s]*@[^@\s]+$")


_MOST_QUARANTINED = Limits.model_fields["quarantine_rate"].default
_FROM_ROWS = Limits.model_fields["quarantine_rate_from_rows"].default


@dataclass(frozen=True)
class Preview:
    """What a night would make of the rows read of one source.

    Attributes:
        rows: some of them as they would be understood, personal values masked; ``reasons`` where one is set aside.
        counts: what became of all of them: rows_in, accepted, charges, excluded, duplicates, quarantined.
        kinds: kind of line to (rows, amount); of orders only.
        reasons: reason to rows set aside for it.
        answers: question to (answers, mean); of surveys only.
        off: "discounts" and "paid back" to (rows, amount) of what comes off the rows that were sold; of orders only.
        first_event: date of the first.
        last_event: of the last.
    """

    rows: pl.DataFrame
    counts: Mapping[str, int]
    kinds: Mapping[str, tuple[int, Any]]
    reasons: Mapping[str, int]
    answers: Mapping[str, tuple[int, float]]
    off: Mapping[str, tuple[int, Any]]
    first_event: dt.date | None
    last_event: dt.date | None

    @property
    def quarantine_rate(self) -> float:
        """Share of the rows that are set aside."""
        return self.counts["quarantined"] / self.counts["rows_in"] if self.counts["rows_in"] else 0.0

    @property
    def stops_a_night(self) -> bool:
        """Whether so many rows would be set aside that a night publishes nothing."""
        return self.quarantine_rate > _MOST_QUARANTINED and self.counts["rows_in"] >= _FROM_ROWS


def preview(configuration: Configuration, home: Path) -> dict[str, Preview | str]:
    """What a night would make of every source of a configuration, or why it cannot read it.

    Args:
        configuration: the proposal, its paths those of the rows to land.
        home: an empty folder; the caller removes it.
    """
    loaded_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    results: dict[str, Preview | str] = {}
    with Warehouse.open(None) as warehouse:
        readable = []
        for source in configuration.sources:
            alone = configuration.model_copy(update={"sources": (source,)})
            try:
                land(warehouse, alone, [source.kind], home=home, loaded_at=loaded_at)
                readable.append(source)
            except LandingError as error:
                results[source.name] = str(error).removeprefix(f"source {source.name}: ")
        landed = configuration.model_copy(update={"sources": tuple(readable)})
        if readable:
            night = Night(dt.date(2099, 12, 31), loaded_at, landed, warehouse, home)
            night.compute(*_TABLES)
            results |= {s.name: _of_source(warehouse, s.name, s.kind, list(s.columns)) for s in readable}
    return results


def _of_source(warehouse: Warehouse, name: str, kind: str, mapped: list[str]) -> Preview:
    of_source = f"where source = {literal(name)}"
    counted = ("rows_in", "accepted", "charges", "excluded", "superseded", "duplicates", "quarantined")
    sums = ", ".join(f"coalesce(sum({column}), 0)::bigint as {column}" for column in counted)
    span = "min(first_event)::date as first_event, max(last_event)::date as last_event"
    accounted = warehouse.frame(f"select {sums}, {span} from row_accounting {of_source}").row(0, named=True)
    contents = f"content_no in (select content_no from file_register {of_source})"
    reasons = warehouse.frame(
        f"select reason, count(*) as n from (select unnest(reasons) as reason from quarantine {of_source}) "
        f"group by reason order by n desc, reason"
    )
    kinds = warehouse.frame(
        f"select kind, count(*) as n, sum(amount) as amount from landed_transactions "
        f"anti join row_outcomes using (content_no, line_number) "
        f"where {contents} and reasons is null group by kind order by n desc"
    )
    discounts, discounted, refunds, refunded = warehouse.frame(
        f"select count(*) filter (where discount <> 0), sum(discount), count(*) filter (where refunded <> 0), "
        f"sum(refunded) from landed_transactions anti join row_outcomes using (content_no, line_number) "
        f"where {contents} and reasons is null and kind = 'sold'"
    ).row(0)
    answers = warehouse.frame(
        f"select question, count(*) as n, avg(score)::double as mean from landed_answers "
        f"where {contents} and reasons is null group by question order by n desc, question"
    )
    return Preview(
        _masked(_shown(warehouse, kind, contents, mapped)),
        {column: int(accounted[column]) for column in counted},
        {line: (n, amount) for line, n, amount in kinds.rows()},
        dict(reasons.rows()),
        {question: (n, mean) for question, n, mean in answers.rows()},
        {
            said: (n, -amount)
            for said, n, amount in (("discounts", discounts, discounted), ("paid back", refunds, refunded))
            if n
        },
        accounted["first_event"],
        accounted["last_event"],
    )


def _shown(warehouse: Warehouse, kind: str, contents: str, mapped: list[str]) -> pl.DataFrame:
    """The first rows, and one of every kind of line and every reason that is not among them."""
    table = LANDED_TABLE[kind]
    landed = warehouse.frame(f"from {table} limit 0").columns
    names = dict.fromkeys((*(column for column in landed if column in mapped), *_MEASURED[kind]))
    sort = "kind" if kind == "transactions" else "''"
    answers = (
        """, (select string_agg(
                question || ' ' || regexp_replace(cast(score as varchar), '[.]0+$', ''), ', ' order by question)
            from landed_answers as given where given.content_no = placed.content_no
                and given.line_number = placed.line_number and given.reasons is null) as answers"""
        if kind == "surveys"
        else ""
    )
    frame = warehouse.frame(
        f"""with placed as (
            select *, row_number() over (order by content_no, line_number) as place,
                row_number() over (
                    partition by {sort}, reasons is null, list_first(reasons) order by content_no, line_number) as copy
            from {table} where {contents})
        select place, line_number as line, {", ".join(f'"{each}"' for each in names)}{answers}, reasons
        from placed where place <= {_FIRST} or copy = 1 order by place limit {_FIRST + _FURTHER}"""
    )
    return frame.drop("place")


def _masked(rows: pl.DataFrame) -> pl.DataFrame:
    """Addresses to their first letter, telephones to their last digits, birthdays to the year; in whatever column."""
    texts = rows.with_columns(
        pl.col(pl.Date).dt.to_string("%Y-%m-%d"), pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M")
    )
    return texts.with_columns(
        pl.col(name).cast(pl.String).map_elements(lambda value, name=name: mask(name, value), return_dtype=pl.String)
        for name, kind in texts.schema.items()
        if kind == pl.String
    )


def mask(field: str, value: str) -> str:
    """A value as a terminal may show it.

    >>> mask("email", "jo@example.org"), mask("phone", "+44 20 7946 0018"), mask("birth_date", "1986-08-25")
    ('j•••@•••', '•••18', '1986-••-••')
    """
    found = _ADDRESS.match(value.strip())
    if found:
        return f"{found[1]}•••@•••"
    if field == "phone":
        return f"•••{value[-2:]}"
    if field == "birth_date":
        return f"{value[:4]}-••-••"
    return value.removesuffix(" 00:00") if re.fullmatch(r"\d{4}-\d\d-\d\d 00:00", value) else value
