"""Customer lifetime value tonight: expected orders and value of every customer by the model in force, and their sums.

    value_choice -> history_scores -> customer_value -> value_by_tier

The models are fitted in ``assets.purchase_models`` and chosen in ``assets.value_judging``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import starmap

import polars as pl

from assets.night import Night, no_rows, table
from assets.purchase_models import digests_below, distinct_histories, histories_with_levels, taught_by, version_of
from assets.statements import Amendment, Query
from assets.tables import (
    CUSTOMER_VALUE,
    HISTORY_SCORES,
    PURCHASE_CELLS,
    PURCHASE_COVARIATES,
    PURCHASE_HISTORIES,
    PURCHASE_MODEL,
    SPEND_MODEL,
    VALUE_BY_TIER,
    VALUE_CHOICE,
    VALUE_TIERS,
)
from assets.value_judging import chosen_model
from models.value import customer_value as lifetime_value
from models.value import purchase_process
from models.value import sums as value_sums
from models.value.history_scores import Horizon

CHUNK = 250_000
SPEAKING_CUSTOMERS = 20_000


@table(HISTORY_SCORES, reads=(PURCHASE_CELLS, PURCHASE_MODEL, SPEND_MODEL, VALUE_CHOICE), kinds=("scipy", "polars"))
def history_scores(night: Night) -> pl.DataFrame:
    """What the published purchase model says of every distinct history; no row where another model is published.

    One with covariates says more than one thing of a history, and is scored with the customers.
    """
    model, taught = chosen_model(night), taught_by(night, night.as_of)
    cells = night.warehouse.frame(
        """select repeats, recency_days, age_days from purchase_cells where origin = $as_of
            order by repeats, recency_days, age_days""",
        {"as_of": night.as_of},
    )
    if model not in purchase_process.PROCESSES:
        return no_rows(HISTORY_SCORES)
    draws = lifetime_value.draws_for(cells.height)
    return _rounded_and_dated(lifetime_value.scored(model, taught, cells, _horizon(night), draws), night.as_of)


@table(
    CUSTOMER_VALUE,
    reads=(PURCHASE_HISTORIES, PURCHASE_COVARIATES, PURCHASE_MODEL, SPEND_MODEL, VALUE_CHOICE, HISTORY_SCORES),
    kinds=("duckdb", "polars"),
)
def customer_value(night: Night) -> Query | Amendment:
    """Expected orders and value over the horizon; one row per customer who ever ordered.

    A purchase model has scored the histories, and what is left is to look up and multiply. What the other models say
    depends on more; customers are then valued some ages at a time, so that not all are in memory.
    """
    horizon = _horizon(night)
    [(model, reason)] = night.warehouse.rows("select model, reason from value_choice")
    taught = taught_by(night, night.as_of)
    version = version_of(night, model, taught)
    rate = horizon.annual_discount_rate
    if model in purchase_process.PROCESSES:
        return night.query(
            "customer_value.sql", model=model, model_version=version, model_reason=reason, annual_discount_rate=rate
        )
    told = {
        "as_of": pl.lit(night.as_of),
        "horizon_days": pl.lit(horizon.days),
        "annual_discount_rate": pl.lit(rate),
        "model": pl.lit(model),
        "model_version": pl.lit(version),
        "model_reason": pl.lit(reason),
    }
    draws = lifetime_value.draws_for(distinct_histories(night))
    money = pl.col("expected_order_value", "clv", "clv_low", "clv_high").round(2)

    def valued(youngest: int, oldest: int) -> pl.DataFrame:
        rows = _rows_of_ages(night, youngest, oldest)
        said = lifetime_value.predict(model, taught, rows, horizon, draws=draws)
        return _rounded_and_dated(said, night.as_of).with_columns(money, **told)

    return night.warehouse.gathered(CUSTOMER_VALUE, starmap(valued, _ages_together(night)))


@table(
    VALUE_BY_TIER,
    reads=(
        CUSTOMER_VALUE,
        VALUE_TIERS,
        PURCHASE_HISTORIES,
        PURCHASE_COVARIATES,
        PURCHASE_MODEL,
        SPEND_MODEL,
        VALUE_CHOICE,
    ),
    kinds=("scipy", "polars"),
)
def value_by_tier(night: Night) -> pl.DataFrame:
    """Sums of expected value with intervals; one row per tier that has customers, and one of all."""
    horizon = _horizon(night)
    sums = night.frame("tier_sums.sql").sort("tier")
    ends = _ends_of_sums(night, sums, horizon) if sums["expected_value"].is_not_null().any() else {}
    everybody = sums.select(
        pl.lit("all").alias("tier"), pl.col("customers", "expected_orders", "expected_value").sum()
    ).with_columns(expected_value=pl.when(bool(sums["expected_value"].is_not_null().any())).then("expected_value"))
    low, high = ({tier: end[place] for tier, end in ends.items()} for place in (0, 1))
    rows = pl.concat([sums, everybody], how="vertical_relaxed") if sums.height else sums
    return rows.with_columns(
        pl.col("expected_orders").round(6),
        as_of=pl.lit(night.as_of),
        horizon_days=pl.lit(horizon.days),
        value_low=_end(low, pl.min_horizontal),
        value_high=_end(high, pl.max_horizontal),
        model=pl.lit(chosen_model(night)),
    )


def _horizon(night: Night) -> Horizon:
    """How far ahead tonight's values look."""
    measures = night.configuration.measures
    return Horizon(measures.horizon_days, measures.clv.annual_discount_rate)


def _rounded_and_dated(said: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    nights = {"next_order_on": "", "next_order_from": "low_", "next_order_until": "high_"}
    return said.with_columns(
        pl.col("expected_orders", "probability_alive", "probability_none").round(9),
        *(
            (pl.lit(as_of) + pl.duration(days=pl.col(f"next_order_{part}days"))).alias(name)
            for name, part in nights.items()
        ),
    )


def _end(ends: dict[str, float], outer: Callable[..., pl.Expr]) -> pl.Expr:
    """The end by tier, with the expected value inside: the mean of a few may lie above nine tenths of the cases."""
    end = pl.col("tier").replace_strict(ends, default=None, return_dtype=pl.Float64).round(2)
    return pl.when(end.is_not_null()).then(outer(end, pl.col("expected_value").cast(pl.Float64)))


def _ends_of_sums(night: Night, sums: pl.DataFrame, horizon: Horizon) -> dict[str, tuple[float, float]]:
    """Lower and upper end by tier; nothing where the model has no distribution."""
    customers = int(sums["customers"].sum())
    listed_from = (
        -1.0
        if customers <= value_sums.ALL_LISTED
        else night.warehouse.scalar(
            "select min(clv) from (select clv from customer_value order by clv desc limit $most)",
            {"most": value_sums.LISTED + 1},
        )
    )
    below = digests_below(SPEAKING_CUSTOMERS, customers, digits=5)
    chosen = night.frame("tier_listed.sql", listed_from=listed_from, sampled_below=below).sort("customer_id")
    rows = value_sums.spokesmen(chosen)
    worlds = lifetime_value.worlds(chosen_model(night), taught_by(night, night.as_of), rows, horizon)
    return value_sums.intervals(worlds, value_sums.grouped(rows, sums)) if worlds else {}


def _ages_together(night: Night) -> list[tuple[int, int]]:
    """Ranges of ages, from and to, that hold about CHUNK customers each."""
    ages = night.warehouse.rows(
        """select age_days, sum(customers)::bigint from purchase_cells where origin = $as_of
        group by age_days order by age_days""",
        {"as_of": night.as_of},
    )
    ranges: list[tuple[int, int]] = []
    held = CHUNK
    for age, customers in ages:
        if held >= CHUNK:
            ranges.append((age, age))
            held = 0
        ranges[-1] = (ranges[-1][0], age)
        held += customers
    return ranges


def _rows_of_ages(night: Night, youngest: int, oldest: int) -> pl.DataFrame:
    """Tonight's customers of these ages."""
    return night.warehouse.frame(
        f"""select * from {histories_with_levels(night)}
            where origin = $as_of and age_days between $youngest and $oldest order by customer_id""",
        {"as_of": night.as_of, "youngest": youngest, "oldest": oldest},
    )
