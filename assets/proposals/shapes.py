"""Files that are no plain table of rows: lists in a field, outlines, the state of an order on its first row, months."""

from __future__ import annotations

import re
from typing import Final

from assets.configuration.expressions import columns_of
from assets.landing.staged import CONTENT, LINE
from assets.printable_text import counted
from assets.proposals.buyers import NO_BUYER, doubt_names
from assets.proposals.columns import percent
from assets.proposals.records import Doubt, Guess, ProposedSource, Rows

_ON_EVERY_ROW = 0.9  # of the rows, and what stands on fewer may stand for those below it
_FEWEST_MONTHS = 3  # columns that are called by one
_MONTH: Final = re.compile(
    r"(?i)((jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*[ ._/-]*((19|20)?\d\d)?"
    r"|(19|20)\d\d[ ._/-]?(0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[ ._/-](19|20)\d\d|((19|20)\d\d年)?(0?[1-9]|1[0-2])月)"
)
_FEWEST_HEADINGS = 3  # that stand alone above what customers bought
_STATED_FIRST = 0.95  # of the orders of several rows have their state on the first


def say_shape(rows: Rows, source: ProposedSource) -> None:
    """Settle ``fill_down`` where values stand on the first of several rows, and doubt what cannot be read."""
    _doubt_lists(rows, source)
    _name_buyers_by_headings(rows, source)
    _doubt_outline(rows, source)
    _repeat_states(rows, source)
    _doubt_months(rows, source)


def _name_buyers_by_headings(rows: Rows, source: ProposedSource) -> None:
    """Where a heading above the rows says who bought, as in sales by customer, let it repeat."""
    if source.kind != "transactions" or "customer_id" in source.columns or "fill_down" in source.options:
        return
    order, moment = source.chosen.get("order_id"), source.chosen.get("ordered_at")
    if order is None or moment is None:
        return
    for column in rows.columns:
        if column in source.chosen.values() or not 0 < column.filled_share < 0.5 or column.name not in rows.header:
            continue
        told = {each.name: f"coalesce(trim(cast({each.sql} as varchar)), '') <> ''" for each in rows.columns}
        alone = " and ".join(f"not {is_told}" for name, is_told in told.items() if name != column.name)
        is_line = f"{told[order.name]} and {told[moment.name]}"
        lines, own, headings, first = rows.warehouse.rows(
            f"""with kinds as (
                select {column.sql} as named, {CONTENT} as content, {LINE} as place, {told[column.name]} as is_named,
                    {is_line} as is_line, {told[column.name]} and {alone} as is_heading
                from {rows.table}),
            followed as (select *, lead(is_line) over (partition by content order by place) as is_above from kinds)
            select count(*) filter (where is_line), count(*) filter (where is_line and is_named),
                count(distinct named) filter (where is_heading and is_above), arg_min(is_heading, place)
            from followed"""
        )[0]
        if not lines or own or not first or headings < _FEWEST_HEADINGS:
            continue
        said = f"{column.name} stands alone above the rows of each of {headings:,} customers"
        source.options["fill_down"] = Guess([column.name], said)
        source.columns["customer_id"] = doubt_names(column, Guess(column.name, "what stands above the row"))
        source.chosen["customer_id"] = column
        source.doubts = tuple(doubt for doubt in source.doubts if doubt != NO_BUYER)
        source.unmapped = tuple(each for each in source.unmapped if each[0] != column.name)
        return


def _doubt_outline(rows: Rows, source: ProposedSource) -> None:
    """Offer to repeat what stands on the first of several rows only, where rows lack an order's number or its date."""
    if source.kind != "transactions" or "fill_down" in source.options:
        return
    order, *others = (source.chosen.get(field) for field in ("order_id", "ordered_at", "customer_id"))
    sparse = [column for column in (order, *others) if column and 0 < column.filled_share < _ON_EVERY_ROW]
    if order is None or not (order in sparse or others[0] in sparse):
        return
    repeated = [name for name in rows.header if name in {column.name for column in sparse}]
    names = repeated if order in sparse else [order.name, *repeated]
    product = source.chosen.get("product_id") or source.chosen.get("product_name")
    needed = [column for column in sparse if column in (order, others[0])]
    is_blank = " or ".join(f"{column.sql} is null or trim({column.sql}::varchar) = ''" for column in needed)
    is_line = f"trim({product.sql}::varchar) <> ''" if product else "true"  # and no subtotal
    blank = int(rows.warehouse.scalar(f"select count(*) from {rows.table} where ({is_blank}) and {is_line}"))
    if blank < (1 - _ON_EVERY_ROW) * rows.count:
        return
    text = (
        f"{' and '.join(column.name for column in sparse)} {'is' if len(sparse) == 1 else 'are'} blank in "
        f"{counted(blank, 'row')}. Where a value stands on the first of several rows only, as outlines and pivot "
        f"tables have it, let it repeat:"
    )
    source.doubts = (*source.doubts, Doubt(text, (("fill_down", names),)))


def _repeat_states(rows: Rows, source: ProposedSource) -> None:
    """Let the state of an order repeat on all of its rows, where it stands on the first only and a rule reads it."""
    order, status = source.chosen.get("order_id"), source.chosen.get("status")
    if order is None or status is None or "fill_down" in source.options or order.filled < rows.count:
        return
    ruled = {name for guess in source.rules.values() for name in columns_of(str(guess.value), rows.header)}
    if (
        status.name not in ruled
        or status.filled_share >= _ON_EVERY_ROW
        or not {order.name, status.name} <= {*rows.header}
    ):
        return
    first, several = rows.warehouse.rows(
        f"""with placed as (
            select {order.sql} as id, coalesce(trim(cast({status.sql} as varchar)), '') <> '' as is_told,
                row_number() over (partition by {CONTENT}, {order.sql} order by {LINE}) as place
            from {rows.table})
        select count(*) filter (where told = 1 and first), count(*) from (
            select count(*) filter (where is_told) as told, bool_or(is_told and place = 1) as first
            from placed group by id having count(*) > 1)"""
    )[0]
    if several and first >= _STATED_FIRST * several:
        said = f"{status.name} stands on the first row of an order only, in {percent(first / several)} of the orders"
        source.options["fill_down"] = Guess([order.name, status.name], said)


def _doubt_months(rows: Rows, source: ProposedSource) -> None:
    """Say that money of each month in a column of its own is not read."""
    months = [column.name for column in rows.columns if column.numbers >= 0.5 and _MONTH.fullmatch(column.name.strip())]
    if len(months) < _FEWEST_MONTHS or source.kind == "surveys":
        return
    text = (
        f"{len(months)} columns are called by a month, such as {months[0]}: what stands in them is not read, as a "
        f"source has a row for each order, with its date. Export the orders themselves."
    )
    source.doubts = (*source.doubts, Doubt(text))


def _doubt_lists(rows: Rows, source: ProposedSource) -> None:
    """Say which fields hold lists: no expression takes one apart, so the lines of an order in one are not read."""
    read = [f"{column.name}." for column in rows.columns]
    lists = [name for name in rows.header if not any(each.startswith(f"{name}.") for each in read)]
    if lists:
        text = (
            f"{', '.join(lists[:8])} {'holds a list' if len(lists) == 1 else 'hold lists'} in each row and cannot be "
            f"read: where one is the lines of an order, export a row per line."
        )
        source.doubts = (*source.doubts, Doubt(text))
