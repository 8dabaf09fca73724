"""Where RFM scores change: at tonight's quintiles, at those of a date that is over, or where the configuration says.

The quintiles of a date are those of what is known tonight of the days up to it: nothing that happened later is in them,
and no release is read. They move only where rows of those days come late, or accounts that ordered then are united; as
long as the flows of those days are what they were, what was counted last is what would be counted again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from assets.amended.customer_orders import count_customer_orders, count_window_sums
from assets.amended.order_changes import orders_as_they_are
from assets.kept_frames import kept_frame, made_of
from assets.night import Night, table
from assets.statements import Query
from assets.tables import CUSTOMER_DAYS, ORDER_FLOWS, ORDERS, RFM_CUTS
from models.rfm import MEASURES, RfmCuts, quintile_cuts

_FLOWS = f"{ORDER_FLOWS.name} where lines > 0"
_CUT_COLUMNS = {"measure": pl.String, "cut": pl.Int8, "value": pl.Decimal(38, 8)}


@dataclass(frozen=True)
class MeasureCuts:
    """The cuts of one measure.

    Attributes:
        values: the four of them; none where no customer has the measure.
        how: one of ``models.rfm.CUTS``.
        taken_at: the date whose quintiles they are; None for given ones.
        taken_from: the customers they are quintiles of; None for given ones.
    """

    values: tuple[Any, ...]
    how: str
    taken_at: dt.date | None = None
    taken_from: int | None = None


# The flows are read only where the cuts are frozen at an earlier date; they are listed so that they come first.
@table(RFM_CUTS, reads=(ORDER_FLOWS, ORDERS, CUSTOMER_DAYS), kinds=("duckdb", "polars"))
def rfm_cuts(night: Night) -> pl.DataFrame:
    """The cuts that tonight's customers are scored by; one row per measure and cut."""
    measure_customers(night)
    measured = night.warehouse.frame(f"select {', '.join(MEASURES)} from rfm_measures")
    schema = _CUT_COLUMNS | {"how": pl.String, "taken_at": pl.Date, "taken_from": pl.Int64, "customers_up_to": pl.Int64}
    rows = [
        (name, place, value, cuts.how, cuts.taken_at, cuts.taken_from, (measured[name] <= value).sum())
        for name, cuts in chosen_cuts(night, night.as_of, measured, partial(_kept_quintiles, night)).items()
        for place, value in enumerate(cuts.values, start=1)
    ]
    return pl.DataFrame(rows, schema, orient="row").with_columns(as_of=pl.lit(night.as_of))


def measure_customers(night: Night) -> None:
    """Make the table ``rfm_measures`` of tonight's customers, unless it is made of the same orders already."""
    count_customer_orders(night)
    count_window_sums(night)
    orders = orders_as_they_are(night.warehouse)
    of = None if orders is None else repr((night.as_of, night.configuration.measures.window_days, orders))
    night.warehouse.keep_once("rfm_measures", night.query("rfm_measures.sql"), of)


def chosen_cuts(
    night: Night, as_of: dt.date, measured: pl.DataFrame, then: Callable[[dt.date], Mapping[str, MeasureCuts]]
) -> Mapping[str, MeasureCuts]:
    """The cuts of a date under tonight's configuration, by measure.

    Before the date that the cuts are frozen at they are the quintiles of ``as_of``: those of a later date cannot be
    known. So are the cuts of a measure that nobody had on that date.

    Args:
        night: for what is configured.
        as_of: tonight's date, or an earlier night's.
        measured: the measures of everybody on that date.
        then: answers the quintiles of a day before ``as_of``.
    """
    told = night.configuration.measures.rfm
    if told.cuts == "fixed":
        return {name: MeasureCuts(getattr(told, name) or (), "fixed") for name in MEASURES}
    cuts = _quintiles(measured, "quantile", as_of)
    if told.frozen_at is None or told.frozen_at > as_of:
        return cuts
    at_once = told.frozen_at == as_of
    frozen = _quintiles(measured, "frozen", as_of) if at_once else then(told.frozen_at)
    return {name: frozen[name] if frozen[name].values else cuts[name] for name in MEASURES}


def quintiles_then(night: Night, flows: str, day: dt.date) -> Mapping[str, MeasureCuts]:
    """The quintiles of everybody who had a valid order at the end of the day, from the flows up to it alone.

    Args:
        night: for what is configured.
        flows: SQL of flows, as ``order_flows`` has them.
        day: the date.
    """
    night.warehouse.rows(f"create or replace temp view flows_then as select * from {flows}")
    return _quintiles(night.warehouse.frame(_measures_then(night, day)), "frozen", day)


def cuts_in(rows: pl.DataFrame) -> RfmCuts:
    """The cuts that stand in a table ``rfm_cuts``."""
    by_measure = {name: rows.filter(pl.col("measure") == name).sort("cut")["value"].to_list() for name in MEASURES}
    return RfmCuts(
        recency_days=tuple(map(int, by_measure["recency_days"])),
        frequency=tuple(map(int, by_measure["frequency"])),
        monetary=tuple(by_measure["monetary"]),
    )


def _quintiles(measured: pl.DataFrame, how: str, taken_at: dt.date) -> dict[str, MeasureCuts]:
    cuts = quintile_cuts(measured)
    return {name: MeasureCuts(getattr(cuts, name), how, taken_at, measured[name].count()) for name in MEASURES}


def _measures_then(night: Night, day: dt.date) -> Query:
    minimum = night.configuration.measures.minimum_order_value
    return night.query("rfm_measures_then.sql", taken_at=day, minimum_order_value=minimum)


def _kept_quintiles(night: Night, day: dt.date) -> Mapping[str, MeasureCuts]:
    """The quintiles of the day as known tonight: counted again only where a flow up to it is another one."""
    warehouse, asked = night.warehouse, _measures_then(night, day)
    flows = warehouse.scalar(
        f"""select concat_ws(' ', count(*), sum(cast(
            hash(customer_id, order_no, day, first_sold_at, sold_lines, net_value) as hugeint)))
        from {_FLOWS} and day <= $day""",
        {"day": day},
    )

    def counted() -> pl.DataFrame:
        rows = [
            (name, place, value, cuts.taken_from)
            for name, cuts in quintiles_then(night, _FLOWS, day).items()
            for place, value in enumerate(cuts.values, start=1)
        ]
        return pl.DataFrame(rows, _CUT_COLUMNS | {"taken_from": pl.Int64}, orient="row")

    of = made_of(asked=asked.sql, parameters=dict(asked.parameters), flows=flows)
    rows = kept_frame(warehouse, "frozen_quintiles", of, counted)
    cuts, taken_from = cuts_in(rows), dict(rows.select("measure", "taken_from").iter_rows())
    return {name: MeasureCuts(getattr(cuts, name), "frozen", day, taken_from.get(name)) for name in MEASURES}
