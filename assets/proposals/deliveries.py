"""How a source's files come: whether a later one repeats what an earlier one held, how often, and rows told twice."""

from __future__ import annotations

from typing import Final

from assets.configuration.sources import Source
from assets.landing.staged import CONTENT
from assets.printable_text import counted
from assets.proposals.columns import percent
from assets.proposals.dates import day_of
from assets.proposals.profile import Column
from assets.proposals.records import MOMENTS, Doubt, Guess, ProposedSource, Rows
from assets.proposals.sample import Sample

_CADENCE: Final = int(Source.model_fields["cadence_days"].default)
_FEWEST_DAYS = 10  # with rows, to say how long a silence is usual
_KEYS: Final = {"transactions": "order_id", "surveys": "response_id", "customers": "customer_id"}


def settle_delivery(rows: Rows, sample: Sample, source: ProposedSource) -> None:
    """Settle the options ``delivery``, ``cadence_days`` and ``duplicates`` of a proposed source, with their doubts."""
    _delivery(rows, sample, source)
    _cadence(rows, source)
    _duplicates(rows, source)


def _delivery(rows: Rows, sample: Sample, source: ProposedSource) -> None:
    """Whether a later file repeats what an earlier one held."""
    key = source.chosen.get(_KEYS[source.kind])
    if len(sample.group.files) == 1:
        if source.kind == "customers":
            text = (
                "one file was seen. If each export holds every customer under a name of its own, the newest is it all:"
            )
            source.options["delivery"] = Guess("replace_file", "", (Doubt(text, (("delivery", "full_snapshot"),)),))
        return
    if key is None or sample.unreadable:
        return
    first, repeated = rows.warehouse.rows(
        f"""with numbered as (select distinct {key.sql} as id, {CONTENT} as content from {rows.table}),
        borders as (select min(content) as first, max(content) as last from numbered)
        select count(*), count(*) filter (where id in (select id from numbered, borders where content = last))
        from numbered, borders where content = first"""
    )[0]
    share = repeated / first if first else 0.0
    said = f"{percent(share)} of the first file's {key.name} stand in the last one"
    if share > 0.8:
        text = "so the newest file is taken for the whole truth. If every file only adds:"
        source.options["delivery"] = Guess("full_snapshot", said, (Doubt(text, (("delivery", "replace_file"),)),))
    else:
        source.options["delivery"] = Guess("replace_file", said)
        _doubt_orders_of_two_files(rows, source, key)


def _doubt_orders_of_two_files(rows: Rows, source: ProposedSource, key: Column) -> None:
    """Doubt orders that two files tell differently, where no number of a line says which corrects which."""
    if source.kind != "transactions" or "line_id" in source.columns:
        return
    orders, twice, lines = rows.warehouse.rows(
        f"""with told as (
            select {key.sql} as id, {CONTENT} as content, count(*) as lines, list_sort(list({rows.row_hash})) as rows_
            from {rows.table} where {key.sql} is not null group by all),
        orders as (select id, count(distinct rows_) > 1 as is_told_twice, max(lines) as lines from told group by id)
        select count(*), count(*) filter (where is_told_twice), max(lines) from orders"""
    )[0]
    if not twice:
        return
    text = (
        f"{twice:,} of {orders:,} orders stand in more than one file, and not alike: they would count twice. Export a "
        f"period again under the same file name"
    )
    if lines == 1:
        text += (
            ", or every file complete (`delivery: full_snapshot`); or let the row of the later file correct the other:"
        )
        doubt = Doubt(text, (("line_id", "'order'"),))
        source.columns["order_id"] = source.columns["order_id"].with_doubt(doubt)
    else:
        text += ", or map the number of a line as `line_id`; if every file holds all orders, write:"
        doubt = Doubt(text, (("delivery", "full_snapshot"),))
        source.options["delivery"] = Guess("replace_file", source.options["delivery"].evidence, (doubt,))


def _cadence(rows: Rows, source: ProposedSource) -> None:
    """How long a silence is usual, where it is longer than the default."""
    column = source.chosen.get(MOMENTS[source.kind])
    if column is None or source.kind == "customers" or "cadence_days" in source.options:
        return
    usual, days = rows.warehouse.rows(
        f"""select quantile_disc(gap, 0.95), count(*) from (
            select day - lag(day) over (order by day) as gap
            from (select distinct {day_of(column)} as day from {rows.table}) where day is not null)"""
    )[0]
    if usual and days >= _FEWEST_DAYS and usual > _CADENCE:
        evidence = f"19 of 20 silences between days with rows are no longer than {usual} days"
        source.options["cadence_days"] = Guess(int(usual), evidence)


def _duplicates(rows: Rows, source: ProposedSource) -> None:
    """Rows that are equal in every column, where no number tells lines apart."""
    if source.kind != "transactions" or "line_id" in source.columns or "duplicates" in source.options:
        return
    order = source.chosen.get("order_id")
    ordered = f"where trim(cast({order.sql} as varchar)) <> ''" if order else ""  # no blank rows and headings
    sql = f"select count(*) - count(distinct {rows.row_hash}) from {rows.table} {ordered}"
    equal = int(rows.warehouse.scalar(sql))
    if equal:
        text = (
            f"{counted(equal, 'row')} equal to another one in every column. They count once, as if delivered twice. "
            f"If a shop assistant may really scan the same thing twice:"
        )
        source.options["duplicates"] = Guess("content", "", (Doubt(text, (("duplicates", "keep"),)),))
