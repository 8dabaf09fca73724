"""Order steps: which order day followed which, counted over customers; what retention and win-back are counted from.

Counts can be added and taken away: of the customers whose orders have changed, the steps they made before are taken off
and those they make now are added. Only where T2 is another one are all counted anew: a return is what ends a gap > T2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce

import polars as pl

from assets.customer_parts import Parts, customer_parts, number_customers
from assets.night import Night, table
from assets.order_changes import (
    caught_up,
    forget_difference,
    is_amendable,
    note_difference,
    orders_before,
    recipe_of,
)
from assets.segments import cuts_from
from assets.tables import CUSTOMERS, ORDER_STEPS, ORDERS
from assets.warehouse import Amendment, Query, sql_text
from models import order_steps as model

STEPS_CHANGED = "order_steps_changed"

_SCOPES = {"channel": "channel_no", "region": "region_no"}
ORDER_DAYS = "order_days.sql"
_VALID = "customer_id is not null and valid_from is not null and voided_on is null"
_KEY = ("kind", "scope", "scope_value", "ordered_on", "previous_on")


@table(ORDER_STEPS, reads=(ORDERS, CUSTOMERS), kinds=("duckdb", "polars"))
def order_steps(night: Night) -> Amendment:
    """Pairs of consecutive order days under tonight's T2; one row per pair, kind and scope value."""
    scopes = _named_scopes(night)
    measures = night.configuration.measures
    cuts = (measures.lifecycle, measures.horizon_days, measures.window_days)
    recipe = recipe_of(sql_text(ORDER_DAYS), repr(ORDER_STEPS), repr(scopes), repr(cuts))
    is_amended = is_amendable(night.warehouse, ORDER_STEPS.name, recipe)
    remember = caught_up(night.warehouse, ORDER_STEPS.name, recipe)
    if is_amended:
        changed = _changed_counts(night, scopes)
        if changed is not None:
            amended = _amended(night, changed)
            told = note_difference(
                night.warehouse, ORDER_STEPS.name, recipe, STEPS_CHANGED, "select * from steps_changed"
            )
            obsolete = "rowid in (select row_no from steps_obsolete)"
            return Amendment(obsolete, amended, remember=(*told, *remember))
    anew = _anew(night, scopes)
    return Amendment(None, anew.rows, remember=(*anew.remember, *forget_difference(STEPS_CHANGED), *remember))


def _named_scopes(night: Night) -> tuple[str, ...]:
    """The scopes of which any order names a value."""
    named = "select exists (select 1 from orders where {0} <> 'unknown')"
    return tuple(scope for scope in _SCOPES if night.warehouse.scalar(named.format(scope)))


def _anew(night: Night, scopes: tuple[str, ...]) -> Amendment:
    """The steps of all customers."""
    _lay_out(night, "orders")
    number_customers(night.warehouse, CUSTOMERS.name)
    with customer_parts(night, ORDER_DAYS) as days, night.warehouse.gathered(ORDER_STEPS) as gather:
        for frame in _counted(night, days, scopes, lambda gaps: cuts_from(night, gaps).t2_days):
            gather(frame)
    return gather.content


def _changed_counts(night: Night, scopes: tuple[str, ...]) -> pl.DataFrame | None:
    """What to add to the counts as they were last written, row by row; None where T2 is another one now."""
    gaps_before = night.frame("lifecycle_gaps.sql")
    lost_days = cuts_from(night, gaps_before).t2_days
    number_customers(night.warehouse, "customers_changed")
    changes: list[pl.DataFrame] = []
    now = "select * from orders semi join customers_changed using (customer_id)"
    for orders, sign in ((now, 1), (orders_before(), -1)):
        night.warehouse.keep("orders_of_changed", Query(orders, {}))
        _lay_out(night, "orders_of_changed")
        days = night.frame(ORDER_DAYS)
        counts = _counted(night, lambda days=days: iter((days,)), scopes, lambda _: lost_days)
        changes += (count.with_columns(pl.col("steps", "latest") * sign) for count in counts)
    changed = pl.concat(changes).group_by(_KEY).agg(pl.col("steps", "latest").sum())
    of_all = changed.filter(pl.col("kind") == "order", pl.col("scope") == "all")
    gaps = pl.concat((gaps_before, model.gap_counts(of_all))).group_by("value").agg(pl.col("count").sum())
    is_same = cuts_from(night, gaps.filter(pl.col("count") > 0)).t2_days == lost_days
    return changed.filter((pl.col("steps") != 0) | (pl.col("latest") != 0)) if is_same else None


def _amended(night: Night, changed: pl.DataFrame) -> Query:
    """The rows that are other than they were; side effect: ``steps_obsolete``, as they were."""
    night.warehouse.keep("steps_changed", changed)
    same = " and ".join(f"steps.{name} is not distinct from changed.{name}" for name in _KEY)
    found = f"select steps.rowid as row_no, steps.* from order_steps as steps join steps_changed as changed on {same}"
    night.warehouse.keep("steps_obsolete", Query(found, {}))
    key = ", ".join(_KEY)
    return Query(
        f"""select {key}, sum(steps) as steps, sum(latest) as latest
        from (select * exclude (row_no) from steps_obsolete union all by name select * from steps_changed)
        group by {key}
        having sum(steps) <> 0""",
        {},
    )


def _lay_out(night: Night, orders: str) -> None:
    """Let the order days be those of these orders."""
    night.warehouse.rows(f"create or replace temp view orders_to_step as select * from {orders} where {_VALID}")


def _counted(
    night: Night, days: Parts, scopes: tuple[str, ...], lost_days_of: Callable[[pl.DataFrame], int]
) -> Iterator[pl.DataFrame]:
    """The counts of each kind and scope of these order days; T2 comes from how often gaps are how long."""
    steps = model.together(model.counted(model.steps(part, None)) for part in days())
    yield _named(steps, "order", "all")
    lost_days = lost_days_of(model.gap_counts(steps))
    returns = (model.returns(model.steps(part, None), lost_days) for part in days())
    yield _named(model.together(map(model.counted, returns)), "return", "all")
    for scope in scopes:
        names = _names(night, scope)
        parts = (_of_scope(part, _SCOPES[scope], lost_days) for part in days())
        for kind, counts in zip(("order", "return"), reduce(_both_together, parts), strict=True):
            yield _named(counts, kind, scope, names)


def _of_scope(days: pl.DataFrame, number: str, lost_days: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    steps = model.steps(days, number)
    return model.counted(steps), model.counted(model.returns(steps, lost_days))


def _both_together(
    some: tuple[pl.DataFrame, pl.DataFrame], more: tuple[pl.DataFrame, pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    return model.together((some[0], more[0])), model.together((some[1], more[1]))


def _names(night: Night, scope: str) -> pl.DataFrame:
    """The scope's values and their numbers, as ``order_days.sql`` numbers them."""
    rows = night.warehouse.rows(f"select distinct coalesce({scope}, 'unknown') from orders_to_step order by 1")
    return pl.DataFrame(
        {"scope_no": range(1, len(rows) + 1), "scope_value": [value for (value,) in rows]},
        schema={"scope_no": pl.Int32, "scope_value": pl.String},
    )


def _named(counts: pl.DataFrame, kind: str, scope: str, names: pl.DataFrame | None = None) -> pl.DataFrame:
    named = (
        counts.with_columns(scope_value=pl.lit("all"))
        if names is None
        else counts.join(names, on="scope_no", how="left")
    )
    return named.select(pl.lit(kind).alias("kind"), pl.lit(scope).alias("scope"), *_KEY[2:], "steps", "latest")
