"""Order steps: which order day followed which, counted over customers; what retention and win-back are counted from."""

from __future__ import annotations

import polars as pl

from assets.customer_parts import customer_parts
from assets.night import Night, table
from assets.segments import cuts_from
from assets.tables import CUSTOMERS, ORDER_STEPS, ORDERS
from models import order_steps as model

_SCOPES = {"channel": "channel_no", "region": "region_no"}


@table(ORDER_STEPS, reads=(ORDERS, CUSTOMERS), kinds=("duckdb", "polars"))
def order_steps(night: Night) -> pl.DataFrame:
    """Pairs of consecutive order days under tonight's T2; one row per pair, kind and scope value."""
    with customer_parts(night, "order_days.sql") as days:
        steps = model.together(model.counted(model.steps(part, None)) for part in days())
        lost_days = cuts_from(night, model.gap_counts(steps)).t2_days
        returns = model.together(model.counted(model.returns(model.steps(part, None), lost_days)) for part in days())
        parts = [_named(steps, "order", "all"), _named(returns, "return", "all")]
        for scope, number in _SCOPES.items():
            names = _names(night, scope)
            if set(names["scope_value"]) <= {"unknown"}:
                continue
            counts = [_of_scope(part, number, lost_days) for part in days()]
            parts += (
                _named(model.together(of_kind), kind, scope, names)
                for kind, of_kind in zip(("order", "return"), zip(*counts, strict=True), strict=True)
            )
    return pl.concat(parts)


def _of_scope(days: pl.DataFrame, number: str, lost_days: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    steps = model.steps(days, number)
    return model.counted(steps), model.counted(model.returns(steps, lost_days))


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
