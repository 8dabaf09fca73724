"""Order steps: which order day followed which, counted over customers; what retention and win-back are counted from."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from assets.night import Night, table
from assets.segments import cuts_from
from assets.tables import CUSTOMERS, ORDER_STEPS, ORDERS
from models import order_steps as model

_SCOPES = {"channel": "channel_no", "region": "region_no"}


@table(ORDER_STEPS, reads=(ORDERS, CUSTOMERS), kinds=("duckdb", "polars"))
def order_steps(night: Night) -> pl.DataFrame:
    """Pairs of consecutive order days under tonight's T2; one row per pair, kind and scope value."""
    days = night.frame("order_days.sql")
    steps = model.steps(days, None)
    counted = model.counted(steps)
    lost_days = cuts_from(night, model.gap_counts(counted)).t2_days
    parts = [_named(counted, "order", "all"), _named(model.counted(model.returns(steps, lost_days)), "return", "all")]
    del steps, counted
    for scope, number in _SCOPES.items():
        names = _names(night, scope).filter(pl.col("scope_no").is_in(days[number].unique().to_list()))
        if set(names["scope_value"]) <= {"unknown"}:
            continue
        parts += (_named(part, kind, scope, names) for kind, part in _of_scope(days, number, lost_days))
    return pl.concat(parts)


def _of_scope(days: pl.DataFrame, number: str, lost_days: int) -> Iterator[tuple[str, pl.DataFrame]]:
    steps = model.steps(days, number)
    yield "order", model.counted(steps)
    yield "return", model.counted(model.returns(steps, lost_days))


def _names(night: Night, scope: str) -> pl.DataFrame:
    """The scope's values and their numbers, as ``order_days.sql`` numbers them."""
    rows = night.warehouse.rows(f"select distinct coalesce({scope}, 'unknown') from orders order by 1")
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
    return named.select(
        pl.lit(kind).alias("kind"), pl.lit(scope).alias("scope"),
        "scope_value", "ordered_on", "previous_on", "steps", "latest",
    )  # fmt: skip
