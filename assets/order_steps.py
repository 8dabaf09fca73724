"""Order steps: which order day followed which, counted over customers; what retention and win-back are counted from.

Counts can be added and taken away: of the customers whose orders have changed, the steps they made before are taken off
and those they make now are added. A return is what ends a gap > T2: where T2 has moved, so are the steps of those who
have a gap between what it was and what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import chain

import polars as pl

from assets.amended import near_gaps
from assets.amended.order_changes import (
    caught_up,
    forget_difference,
    is_amendable,
    note_difference,
    orders_before,
    recipe_of,
)
from assets.customer_parts import Parts, customer_parts, number_customers
from assets.night import Night, table
from assets.segments import cuts_from
from assets.statements import Amendment, Query, sql_text
from assets.tables import CUSTOMERS, ORDER_FLOWS, ORDER_STEPS, ORDERS
from models import order_steps as model

STEPS_CHANGED = "order_steps_changed"

_SCOPES = {"channel": "channel_no", "region": "region_no"}
ORDER_DAYS = "order_days.sql"
_VALID = "customer_id is not null and valid_from is not null and voided_on is null"
_KEY = ("kind", "scope", "scope_value", "ordered_on", "previous_on")


@dataclass(frozen=True)
class _Days:
    """Order days of customers, in parts, and of each scope the values and their numbers there."""

    parts: Parts
    names: Mapping[str, pl.DataFrame]


@table(ORDER_STEPS, reads=(ORDER_FLOWS, ORDERS, CUSTOMERS), kinds=("duckdb", "polars"))
def order_steps(night: Night) -> Amendment:
    """Pairs of consecutive order days under tonight's T2; one row per pair, kind and scope value."""
    scopes = _named_scopes(night)
    measures = night.configuration.measures
    cuts = (measures.lifecycle, measures.horizon_days, measures.window_days)
    recipe = recipe_of(sql_text(ORDER_DAYS), repr(ORDER_STEPS), repr(scopes), repr(cuts))
    is_amended = is_amendable(night.warehouse, ORDER_STEPS.name, recipe)
    remember = caught_up(night.warehouse, ORDER_STEPS.name, recipe)
    changed = _changed(night, scopes) if is_amended else None
    if changed is None:
        anew, gaps = _anew(night, scopes)
        gaps = (*gaps, *forget_difference(STEPS_CHANGED))
        return Amendment(None, anew.rows, remember=(*anew.remember, *gaps, *remember))
    counts, gaps = changed
    amended = _amended(night, counts)
    told = note_difference(night.warehouse, ORDER_STEPS.name, recipe, STEPS_CHANGED, "select * from steps_changed")
    obsolete = "rowid in (select row_no from steps_obsolete)"
    return Amendment(obsolete, amended, remember=(*gaps, *told, *remember))


def _named_scopes(night: Night) -> tuple[str, ...]:
    """The scopes of which any line names a value, be it a refund's: those that sales are summed by."""
    named = "select exists (select 1 from order_flows where lines > 0 and {0} <> 'unknown')"
    return tuple(scope for scope in _SCOPES if night.warehouse.scalar(named.format(scope)))


def _anew(night: Night, scopes: tuple[str, ...]) -> tuple[Amendment, tuple[str, ...]]:
    """The steps of all customers, and the statements that keep their gaps near the cuts."""
    _lay_out(night, "orders")
    number_customers(night.warehouse, CUSTOMERS.name)
    with customer_parts(night, ORDER_DAYS) as parts:
        days = _Days(parts, _names(night, scopes))
        steps = _all_steps(days)
        cuts = cuts_from(night, model.gap_counts(steps))
        gaps = near_gaps.NearGaps(near_gaps.around(cuts))
        frames = chain((_named(steps, "order", "all"),), _other_steps(days, cuts.t2_days, gaps))
        gathered = night.warehouse.gathered(ORDER_STEPS, frames)
    return gathered, gaps.written(night.warehouse, None)


def _changed(night: Night, scopes: tuple[str, ...]) -> tuple[pl.DataFrame, tuple[str, ...]] | None:
    """What to add to the counts as they were last written, row by row, and the statements that keep the gaps.

    None where all have to be counted anew.
    """
    warehouse = night.warehouse
    ranges = near_gaps.kept_ranges(warehouse)
    if ranges is None:
        return None
    customers, orders = "customers_changed", "orders_of_changed"
    before, now = _before_and_now(night, scopes, customers, orders)
    gap_counts = night.frame("lifecycle_gaps.sql")
    lost_days = cuts_from(night, gap_counts).t2_days, _cut_now(night, gap_counts, before, now)
    if lost_days[0] != lost_days[1]:
        moved = near_gaps.decided_otherwise(warehouse, t2=lost_days)
        if moved is None:
            return None
        near_gaps.lay_out_moved(warehouse, moved)
        near_gaps.lay_out_their_orders(warehouse)
        customers, orders = "customers_to_recount", "orders_to_recount"
        before, now = _before_and_now(night, scopes, customers, orders)
    gaps = near_gaps.NearGaps(ranges)
    changes: list[pl.DataFrame] = []
    for days, sign, cut, noting in (
        (now, 1, lost_days[1], gaps),
        (before, -1, lost_days[0], near_gaps.NearGaps(ranges)),
    ):
        counts = (_named(_all_steps(days), "order", "all"), *_other_steps(days, cut, noting))
        changes += (count.with_columns(pl.col("steps", "latest") * sign) for count in counts)
    changed = pl.concat(changes).group_by(_KEY).agg(pl.col("steps", "latest").sum())
    is_other = (pl.col("steps") != 0) | (pl.col("latest") != 0)
    return changed.filter(is_other), gaps.written(warehouse, customers)


def _before_and_now(night: Night, scopes: tuple[str, ...], customers: str, orders: str) -> tuple[_Days, _Days]:
    """The order days of these customers when the steps were last written, and of these orders, which are theirs now."""
    number_customers(night.warehouse, customers)
    return _days_of(night, scopes, f"({orders_before(orders)})"), _days_of(night, scopes, orders)


def _cut_now(night: Night, gap_counts: pl.DataFrame, before: _Days, now: _Days) -> int:
    """T2 where the gaps were these when the steps were last written: with those of the customers who changed."""
    then, added = (model.gap_counts(_all_steps(days)) for days in (before, now))
    counts = pl.concat((gap_counts, added, then.with_columns(-pl.col("count"))))
    counts = counts.group_by("value").agg(pl.col("count").sum()).filter(pl.col("count") > 0)
    return cuts_from(night, counts).t2_days


def _amended(night: Night, changed: pl.DataFrame) -> Query:
    """The rows that are other than they were; side effect: ``steps_obsolete``, as they were."""
    night.warehouse.keep("steps_changed", changed)
    same = " and ".join(f"steps.{name} is not distinct from changed.{name}" for name in _KEY)
    found = f"select steps.rowid as row_no, steps.* from order_steps as steps join steps_changed as changed on {same}"
    night.warehouse.keep("steps_obsolete", found)
    key = ", ".join(_KEY)
    return Query(
        f"""select {key}, sum(steps) as steps, sum(latest) as latest
        from (select * exclude (row_no) from steps_obsolete union all by name select * from steps_changed)
        group by {key}
        having sum(steps) <> 0""",
    )


def _lay_out(night: Night, orders: str) -> None:
    """Let the order days be those of these orders."""
    night.warehouse.rows(f"create or replace temp view orders_to_step as select * from {orders} where {_VALID}")


def _days_of(night: Night, scopes: tuple[str, ...], orders: str) -> _Days:
    """The order days of these orders, as one part."""
    read = "customer_id, ordered_on, channel, region, valid_from, voided_on"
    night.warehouse.keep("orders_laid_out", f"select {read} from {orders}")
    _lay_out(night, "orders_laid_out")
    days = night.frame(ORDER_DAYS)
    return _Days(lambda: iter((days,)), _names(night, scopes))


def _all_steps(days: _Days) -> pl.DataFrame:
    """How often which order day of a customer followed which, wherever the orders were placed."""
    return model.together(model.counted(model.steps(part, None)) for part in days.parts())


def _other_steps(days: _Days, lost_days: int, gaps: near_gaps.NearGaps) -> Iterator[pl.DataFrame]:
    """The returns, and the steps and returns of each scope, one kind after the other; the gaps near a cut are noted."""
    returns = (_returns(part, lost_days, gaps) for part in days.parts())
    yield _named(model.together(returns), "return", "all")
    for scope, names in days.names.items():
        parts = (_of_scope(part, _SCOPES[scope], lost_days, gaps) for part in days.parts())
        for kind, counts in zip(("order", "return"), reduce(_both_together, parts), strict=True):
            yield _named(counts, kind, scope, names)


def _returns(days: pl.DataFrame, lost_days: int, gaps: near_gaps.NearGaps) -> pl.DataFrame:
    steps = model.steps(days, None)
    gaps.note(steps, of_all=True)
    return model.counted(model.returns(steps, lost_days))


def _of_scope(
    days: pl.DataFrame, number: str, lost_days: int, gaps: near_gaps.NearGaps
) -> tuple[pl.DataFrame, pl.DataFrame]:
    steps = model.steps(days, number)
    gaps.note(steps, of_all=False)
    return model.counted(steps), model.counted(model.returns(steps, lost_days))


def _both_together(
    some: tuple[pl.DataFrame, pl.DataFrame], more: tuple[pl.DataFrame, pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    return model.together((some[0], more[0])), model.together((some[1], more[1]))


def _names(night: Night, scopes: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """The values of each scope and their numbers, as ``order_days.sql`` numbers those that were laid out last."""
    names: dict[str, pl.DataFrame] = {}
    for scope in scopes:
        rows = night.warehouse.rows(f"select distinct coalesce({scope}, 'unknown') from orders_to_step order by 1")
        names[scope] = pl.DataFrame(
            {"scope_no": range(1, len(rows) + 1), "scope_value": [value for (value,) in rows]},
            schema={"scope_no": pl.Int32, "scope_value": pl.String},
        )
    return names


def _named(counts: pl.DataFrame, kind: str, scope: str, names: pl.DataFrame | None = None) -> pl.DataFrame:
    named = (
        counts.with_columns(scope_value=pl.lit("all"))
        if names is None
        else counts.join(names, on="scope_no", how="left")
    )
    return named.select(pl.lit(kind).alias("kind"), pl.lit(scope).alias("scope"), *_KEY[2:], "steps", "latest")
