"""Columns whose empty values repeat the value above, as exports write them that say an order's head only once."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from assets.configuration.expressions import ExpressionError, column_named
from assets.landing.staged import CONTENT, LINE, Staged, Unreadable
from assets.statements import identifier
from assets.warehouse import Warehouse


def filled_down(warehouse: Warehouse, staged: Staged, columns: tuple[str, ...]) -> Staged | list[Unreadable]:
    """The staged records with the named columns filled from the record above, within each file.

    The first column tells one order from the next: where it says another value, the other columns begin anew, so that
    what is empty in an order's head, such as the day it was cancelled, is not taken from the order above.

    A record that was refused may have begun the next order: the empty values behind it stay empty, until a value
    stands again.

    Args:
        warehouse: holds the staged records.
        staged: the records as they stood.
        columns: names of the source's own columns.

    Returns:
        The filled records, or why each of the files cannot be read where a column is not among theirs.
    """
    try:
        names = list(dict.fromkeys(column_named(name, staged.header) for name in columns))
    except ExpressionError as error:
        return [Unreadable(number, f"fill_down: {error}") for number in staged.contents]
    packed = {name: f"given_{place}" for place, name in enumerate(names)}
    given = ", ".join(f"{_given(name)} as {alias}" for name, alias in packed.items())
    values = ", ".join(
        f"coalesce(struct_extract(last_value({packed[name]} ignore nulls) over above, 'value'), {identifier(name)}) "
        f"as {identifier(name)}"
        if name in packed
        else identifier(name)
        for name in staged.header
    )
    barrier = ", ".join(f"struct_pack(value := null) as {alias}" for alias in packed.values())
    refused = pl.DataFrame(
        [(bad.content_no, bad.line_number) for bad in staged.rejected],
        schema={CONTENT: pl.Int64, LINE: pl.Int64},
        orient="row",
    )
    table = f"{staged.table}_filled"
    with warehouse.lent("_refused", refused):
        warehouse.rows(
            f"""create temp table {identifier(table)} as
            with records as (
                select *, {given}, true as is_record from {identifier(staged.table)}
                union all by name
                select *, {barrier}, false as is_record from _refused
            ),
            keyed as (
                select *, last_value({packed[names[0]]} ignore nulls) over (partition by {CONTENT} order by {LINE}
                    rows between unbounded preceding and current row) as filling_key
                from records
            ),
            begun as (
                select *, filling_key is distinct from lag(filling_key) over (partition by {CONTENT} order by {LINE})
                    as filling_begins
                from keyed
            ),
            numbered as (
                select *, count(*) filter (where filling_begins) over (partition by {CONTENT} order by {LINE}
                    rows between unbounded preceding and current row) as filling_order
                from begun
            ),
            filled as (
                select {values}, {CONTENT}, {LINE}, is_record
                from numbered
                window above as (partition by {CONTENT}, filling_order order by {LINE}
                    rows between unbounded preceding and current row)
            )
            select * exclude (is_record) from filled where is_record order by {CONTENT}, {LINE}"""
        )
    return replace(staged, table=table, as_written=staged.table)


def _given(name: str) -> str:
    """SQL of the value in a struct, which is NULL where the value is empty."""
    value = identifier(name)
    return f"case when trim(cast({value} as varchar)) <> '' then struct_pack(value := {value}) end"
