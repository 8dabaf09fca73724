"""What a purchase model and a model of order values say of every distinct history: one small table to join.

The figures of customers alive depend on (x, T) alone and are computed once per pair; a customer's own value enters
only as a factor, so a million customers cost what their distinct histories cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.maximum_likelihood import FloatArray
from models.value import intervals as value_intervals
from models.value.ages import at_every_age
from models.value.order_values import OrderValues
from models.value.purchase_process import PurchaseProcess

KEY: Final = ("repeats", "recency_days", "age_days")
DAYS_PER_YEAR: Final = 365.0
FURTHEST_DAYS: Final = 3650
"""A next order further away than ten years has no date."""
MOST_CODES: Final = 1e7
NEXT_ORDER: Final = {"next_order_days": 0.5, "next_order_low_days": 0.1, "next_order_high_days": 0.9}


@dataclass(frozen=True)
class Horizon:
    """How far ahead, and what later money is worth.

    Attributes:
        days: length in days.
        annual_discount_rate: d; an order after t days counts 1 / (1 + d)^(t / 365).
    """

    days: int
    annual_discount_rate: float

    @property
    def daily(self) -> float:
        """The continuous rate per day."""
        return float(np.log1p(self.annual_discount_rate)) / DAYS_PER_YEAR


def score(
    process: PurchaseProcess,
    values: OrderValues | None,
    histories: pl.DataFrame,
    horizon: Horizon,
    *,
    intervals: bool = True,
    drawn: Sequence[tuple[PurchaseProcess, OrderValues]] = (),
) -> pl.DataFrame:
    """The histories with what is expected of a customer with each.

    Adds ``probability_alive``, ``probability_none``, ``expected_orders`` and ``discounted_orders`` within the horizon,
    ``low`` and ``high`` (80 % interval of the value, in units of the customer's scale; NULL without ``values``), and
    days until the next order if alive: median, 10 % and 90 %, NULL beyond ten years.

    Args:
        process: purchase model fitted in days.
        values: model of order values; None where no source has money.
        histories: distinct ``repeats, recency_days, age_days``.
        horizon: how far ahead.
        intervals: whether ``low`` and ``high`` are wanted, which cost most; else they are NULL.
        drawn: the models at draws of their parameters, the fit itself first, where intervals are to hold their doubt.
    """
    x, t_x, T = (histories[name].cast(pl.Float64).to_numpy() for name in KEY)
    (own_x, own_T), pair = pairs(x, T)
    alive = process.probability_alive(x, t_x, T)
    orders = orders_of_pairs(process, own_x, own_T, horizon)
    discounted = orders if not horizon.daily else orders_of_pairs(process, own_x, own_T, horizon, horizon.daily)
    if values is None or not intervals:
        none = 1.0 - alive * (1.0 - process.probability_none_if_alive(own_x, own_T, float(horizon.days))[pair])
        ends = {name: pl.lit(None, dtype=pl.Float64).alias(name) for name in ("low", "high")}
        interval = [*ends.values()]
    else:
        if drawn:
            levels = value_intervals.levels_in_doubt(drawn, x, t_x, T, float(horizon.days))
            low, high, _ = value_intervals.interval(levels, np.arange(len(x)), np.ones(len(x)))
            none = 1.0 - alive * (1.0 - process.probability_none_if_alive(x, T, float(horizon.days)))
        else:
            levels = value_intervals.levels_if_alive(process, values, own_x, own_T, float(horizon.days))
            low, high, none = value_intervals.interval(levels, pair, alive)
        # the whole interval is as much nearer as the orders are on average
        nearer = (discounted / np.maximum(orders, 1e-300))[pair]
        interval = [pl.Series("low", low * nearer), pl.Series("high", high * nearer)]
    upcoming = [
        pl.Series(name, _days(process.next_order_if_alive(own_x, own_T, share)), dtype=pl.Int64)[pair]
        for name, share in NEXT_ORDER.items()
    ]
    return histories.select(KEY).with_columns(
        pl.Series("probability_alive", alive),
        pl.Series("probability_none", np.clip(none, 0.0, 1.0)),
        pl.Series("expected_orders", alive * orders[pair]),
        pl.Series("discounted_orders", alive * discounted[pair]),
        *interval,
        *upcoming,
    )


def with_money(scores: pl.DataFrame, values: OrderValues | None) -> pl.DataFrame:
    """The scores with what a customer's own value makes of them: linear in what the orders so far came to.

    Adds ``order_value_from, order_value_by`` and ``scale_from, scale_by``; NULL where no source has money.
    """
    names = ("order_value_from", "order_value_by", "scale_from", "scale_by")
    if values is None:
        return scores.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in names)
    orders = scores["repeats"].cast(pl.Float64).to_numpy() + 1.0
    nothing, one = np.zeros(len(orders)), 1.0 / orders  # mean values of orders that came to 0 and to 1
    columns: list[FloatArray] = []
    for figure in (values.expected_value, values.scale):
        columns += [figure(orders, nothing), figure(orders, one) - figure(orders, nothing)]
    return scores.with_columns(pl.Series(name, column) for name, column in zip(names, columns, strict=True))


def orders_of_pairs(
    process: PurchaseProcess, x: FloatArray, T: FloatArray, horizon: Horizon, discount: float = 0.0
) -> FloatArray:
    """E[orders within the horizon] of customers alive with these (x, T), x ascending, shape (n,) each."""
    return at_every_age(
        lambda some_x, some_T: process.orders_if_alive(some_x, some_T, float(horizon.days), discount),
        x,
        T,
        process.nearest_scale - 0.5 * process.grain * x,
    )


def _days(time: FloatArray) -> list[int | None]:
    return [int(np.ceil(value)) if value <= FURTHEST_DAYS else None for value in time.tolist()]


def pairs(x: FloatArray, T: FloatArray) -> tuple[tuple[FloatArray, FloatArray], np.ndarray]:
    """The distinct (x, T), and the place of each history among them."""
    if not len(x):
        return (x, T), np.empty(0, dtype=np.int64)
    span = float(T.max()) + 1.0
    code = x * span + T
    if float(code.max()) > MOST_CODES or bool((code != np.floor(code)).any()):
        _, first, place = np.unique(code, return_index=True, return_inverse=True)
        return (x[first], T[first]), place.reshape(-1)
    # Small whole numbers are told apart by a table of those there are, without sorting.
    whole = code.astype(np.int64)
    there = np.zeros(int(whole.max()) + 1, dtype=np.bool_)
    there[whole] = True
    found = np.flatnonzero(there).astype(np.float64)
    return (np.floor(found / span), np.mod(found, span)), (np.cumsum(there) - 1)[whole]
