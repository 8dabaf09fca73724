"""Every periodic figure of the scorecard of random shops, against brute force."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from assets import customer_parts
from models import periods

from .ordered_shop import LAST, T2, Order, open_shop, scorecard_of


def _counted_by_hand(
    orders: Sequence[Order], start: dt.date, end: dt.date, before: dt.date, log_from: dt.date, at: dt.date
) -> dict:
    """What the periodic KPIs of [start, end] are, customer by customer.

    ``before`` is the period before's first day; where the log begins more than a day later, nobody is its base.
    """
    is_covered = before >= log_from - dt.timedelta(days=1)
    days: dict[str, list[dt.date]] = defaultdict(list)
    for order in orders:
        if order.customer is not None and order.is_valid(at):
            days[order.customer].append(order.day)
    eve = start - dt.timedelta(days=1)
    active = {c for c, own in days.items() if any(start <= day <= end for day in own)}
    base = {c for c, own in days.items() if is_covered and any(before <= day < start for day in own)}
    lost = {c for c, own in days.items() if min(own) < start and (eve - max(d for d in own if d < start)).days > T2}
    returned = {
        c
        for c, own in days.items()
        for earlier, later in zip(sorted(own), sorted(own)[1:], strict=False)
        if (later - earlier).days > T2 and start <= later <= end
    }

    def flows(customers: set[str] | None, first: dt.date, last: dt.date) -> Decimal:
        seen = [o for o in orders if customers is None or o.customer in customers]
        sold = sum((o.value - o.discount for o in seen if first <= o.day <= last), Decimal(0))
        back = sum((o.value - o.discount for o in seen if o.refunded_on and first <= o.refunded_on <= last), Decimal(0))
        return sold - back

    def gross(first: dt.date, last: dt.date) -> Decimal:
        return sum((o.value for o in orders if first <= o.day <= last), Decimal(0))

    def granted(first: dt.date, last: dt.date) -> Decimal:
        return sum((o.discount for o in orders if first <= o.day <= last), Decimal(0))

    valid = [o for o in orders if start <= o.day <= end and o.is_valid(at)]
    net, sold = flows(None, start, end), gross(start, end) - granted(start, end)
    earlier = flows(None, before, eve) if before >= log_from else None
    return {
        "aov": (sum(o.value - o.discount for o in valid), len(valid)),
        "purchase_frequency": (sum(o.customer is not None for o in valid), len(active)),
        "discount_rate": (granted(start, end), gross(start, end)),
        "refund_rate": (sold - net, sold),
        "sales_growth": (None if earlier is None or end > at else net - earlier, earlier),
        "churn_rate": (len(base - active) if end <= at else None, len(base)),
        "orders": len(valid),
        "active_customers": len(active),
        "new_customers": sum(start <= min(own) <= end for own in days.values()),
        "reactivated_customers": len(returned),
        "retention_rate": (len(base & active), len(base)),
        "winback_rate": (len(lost & active), len(lost)),
        "net_sales": flows(None, start, end),
        "net_revenue_retention": (flows(base, start, end), flows(base, before, eve)) if base else (None, None),
    }


def _about(ratio: float, half: float, units: int, floor: float) -> tuple[float, float]:
    """Ends of the interval of what is never below the floor: by a factor from ten units on."""
    if units < 10:
        return max(ratio - half, floor), ratio + half
    factor = np.exp(half / (ratio - floor))
    return floor + (ratio - floor) / factor, floor + (ratio - floor) * factor


def _intervals_by_hand(orders: Sequence[Order], start: dt.date, end: dt.date, at: dt.date) -> dict[str, Any]:
    """Ends of the intervals of average order value and purchase frequency, customer by customer."""
    whose: dict[Any, list[float]] = defaultdict(list)
    for place, order in enumerate(orders):
        if start <= order.day <= end and order.is_valid(at):
            whose[order.customer or place].append(float(order.value - order.discount))
    named = np.array([len(values) for customer, values in whose.items() if isinstance(customer, str)], dtype=float)
    paid = np.array([sum(values) for values in whose.values()])
    often = np.array([len(values) for values in whose.values()], dtype=float)
    found: dict[str, Any] = {}
    for kpi, y, x in (("aov", paid, often), ("purchase_frequency", named, np.ones(len(named)))):
        found[kpi] = (None, None)
        residuals = y - x * y.sum() / max(x.sum(), 1)
        if len(x) > 1 and np.abs(residuals).max() > 1e-9:
            half = stats.t.ppf(0.975, len(x) - 1) * residuals.std(ddof=1) * np.sqrt(len(x)) / x.sum()
            found[kpi] = _about(y.sum() / x.sum(), half, len(x), 0.0 if kpi == "aov" else 1.0)
    return found


def _money_by_hand(
    orders: Sequence[Order], before: dt.date, start: dt.date, end: dt.date
) -> dict[str, tuple[int, float | None, float | None]]:
    """Customers, and the ends of the intervals over them, of discount rate, refund rate and growth.

    Of nobody known what an order brought on a day stands for itself.
    """

    def flows(first: dt.date, last: dt.date) -> dict[Any, np.ndarray]:
        """Gross value, discount and refund."""
        whose: dict[Any, np.ndarray] = defaultdict(lambda: np.zeros(3))
        for place, o in enumerate(orders):
            if first <= o.day <= last:
                whose[o.customer or (place, o.day)] += [float(o.value), float(o.discount), 0]
            if o.refunded_on and first <= o.refunded_on <= last:
                whose[o.customer or (place, o.refunded_on)] += [0, 0, float(o.value - o.discount)]
        return whose

    now, then = flows(start, end), flows(before, start - dt.timedelta(days=1))
    nothing = np.zeros(3)
    both = [(now.get(unit, nothing), then.get(unit, nothing)) for unit in {*now, *then}]

    def interval(
        parts: list[tuple[float, float]], *, is_growth: bool = False
    ) -> tuple[int, float | None, float | None]:
        y, x = np.array(parts).T
        residuals = y - x * y.sum() / x.sum() if x.sum() > 0 else x
        if len(x) < 2 or np.abs(residuals).max() < 1e-9:
            return len(x), None, None
        half = stats.t.ppf(0.975, len(x) - 1) * residuals.std(ddof=1) * np.sqrt(len(x)) / x.sum()
        ratio = y.sum() / x.sum()
        ends = (ratio - 1 - half, ratio - 1 + half) if is_growth else _about(ratio, half, len(x), 0.0)
        return len(x), *ends

    return {
        "discount_rate": interval([(d, g) for g, d, _ in now.values()]),
        "refund_rate": interval([(r, g - d) for g, d, r in now.values()]),
        "sales_growth": interval([(a[0] - a[1] - a[2], b[0] - b[1] - b[2]) for a, b in both], is_growth=True),
    }


def _retention_by_hand(orders: Sequence[Order], before: dt.date, start: dt.date, end: dt.date) -> tuple[float, float]:
    """Ends of the interval of net revenue retention: what each customer of the period before brought then, and now."""
    eve = start - dt.timedelta(days=1)
    base = {o.customer for o in orders if o.customer and before <= o.day <= eve and o.is_valid(LAST)}

    def flows(customer: str, first: dt.date, last: dt.date) -> float:
        own = [o for o in orders if o.customer == customer]
        sold = sum(float(o.value - o.discount) for o in own if first <= o.day <= last)
        return sold - sum(float(o.value - o.discount) for o in own if o.refunded_on and first <= o.refunded_on <= last)

    x, y = (np.array([flows(c, first, last) for c in sorted(base)]) for first, last in ((before, eve), (start, end)))
    ratio = y.sum() / x.sum()
    half = stats.t.ppf(0.975, len(x) - 1) * (y - ratio * x).std(ddof=1) * np.sqrt(len(x)) / x.sum()
    return ratio - half, ratio + half


def _drawn_orders(start: dt.date, customers: int) -> list[Order]:
    """Of so many customers and of nobody known, over five months; some are discounted, some paid back."""
    chance = np.random.default_rng(11)

    def order() -> Order:
        day = start + dt.timedelta(days=int(chance.integers(0, 152)))
        refunded_on = day + dt.timedelta(days=int(chance.integers(0, 40))) if chance.random() < 0.15 else None
        customer = f"c{chance.integers(0, customers)}" if chance.random() < 0.9 else None
        value = Decimal(int(chance.integers(100, 9000))) / 100
        discount = Decimal(int(chance.integers(1, 90))) / 100 if chance.random() < 0.3 else Decimal(0)
        return Order(customer, day, value, str(chance.choice(["web", "store"])), discount, refunded_on)

    at_once = start + dt.timedelta(days=9)
    fixed = [Order("c0", start, Decimal(5), "web"), Order(None, at_once, Decimal(80), "web", Decimal(8), at_once)]
    return [*fixed, *(order() for _ in range(260))]


@pytest.mark.parametrize("as_of", [LAST, dt.date(2024, 2, 29), dt.date(2024, 1, 1)], ids=str)
def test_every_figure_of_the_window_is_what_counting_gives_wherever_the_date_moves(as_of: dt.date) -> None:
    orders = _drawn_orders(dt.date(2023, 11, 1), 150)
    days: dict[str, list[dt.date]] = defaultdict(list)
    brought: dict[str, Decimal] = defaultdict(Decimal)
    since = as_of - dt.timedelta(days=60)
    for order in orders:
        if order.customer is None or order.day > as_of:
            continue
        if order.is_valid(as_of):
            days[order.customer].append(order.day)
        paid = order.value - order.discount
        brought[order.customer] += paid if order.day > since else 0
        brought[order.customer] -= paid if order.refunded_on and since < order.refunded_on <= as_of else 0
    in_window = [sum(day > since for day in own) for own in days.values()]
    mature = [own for own in days.values() if (as_of - min(own)).days >= 90]
    again = [own for own in mature if sum((day - min(own)).days <= 90 for day in own) > 1]
    values = sorted((brought[customer] for customer in days if brought[customer] > 0), reverse=True)
    border = values[-(-len(values) // 5) - 1]
    expected = {
        "repurchase_rate": (sum(count > 1 for count in in_window), sum(count > 0 for count in in_window)),
        "second_order_rate": (len(again), len(mature)),
        "high_tier_value_share": (sum(value for value in values if value >= border), sum(values)),
    }
    table = scorecard_of(open_shop(orders, as_of=as_of)).filter(pl.col("grain") == "total")
    found = {row["kpi"]: (row["numerator"], row["denominator"]) for row in table.to_dicts()}
    assert {kpi: found[kpi] for kpi in expected} == {
        kpi: pytest.approx(tuple(map(float, parts))) for kpi, parts in expected.items()
    }
    is_old_enough = as_of > dt.date(2024, 1, 30)  # then the first of them ordered 90 days ago
    assert all(0 < part < of for kpi, (part, of) in expected.items() if is_old_enough or kpi != "second_order_rate")


@pytest.mark.parametrize("scope_value", ["all", "web"])
@pytest.mark.parametrize("customers_at_once", [7, 1_000_000])
def test_every_periodic_figure_of_a_random_shop_is_what_counting_gives(
    monkeypatch: pytest.MonkeyPatch, customers_at_once: int, scope_value: str
) -> None:
    monkeypatch.setattr(customer_parts, "CUSTOMERS_AT_ONCE", customers_at_once)
    start = dt.date(2023, 11, 1)
    orders = _drawn_orders(start, 40)
    known = [o if not o.refunded_on or o.refunded_on <= LAST else replace(o, refunded_on=None) for o in orders]
    of_scope = [o for o in known if scope_value in ("all", o.channel)]
    table = scorecard_of(open_shop(orders)).filter(pl.col("scope_value") == scope_value, pl.col("grain") != "total")
    grains = periods.PERIODIC if scope_value == "all" else ("month", "quarter", "year")
    assert set(table["grain"]) == set(grains)
    compared = told = 0
    for (grain, first), rows in table.group_by("grain", "period_start"):
        neighbours = [step(pl.lit(first), grain) for step in (periods.end_of, periods.previous_start)]
        end, before = pl.select(end=neighbours[0], before=neighbours[1]).row(0)
        assert pl.select(periods.start_of(pl.lit(first), grain)).item() == first
        expected = _counted_by_hand(of_scope, first, end, before, start, LAST)
        found = {row["kpi"]: row for row in rows.to_dicts()}
        intervals = _intervals_by_hand(of_scope, first, end, LAST)
        retained = found.get("net_revenue_retention")
        if retained and retained["value"] is not None:
            intervals["net_revenue_retention"] = _retention_by_hand(of_scope, before, first, end)
        is_told = scope_value == "all" and grain in ("month", "quarter", "year")
        for kpi, (n, *ends) in _money_by_hand(of_scope, before, first, end).items() if is_told else ():
            told += 1
            assert found[kpi]["n"] == n, (kpi, grain, first)
            if found[kpi]["value"] is not None:
                assert [found[kpi]["low"], found[kpi]["high"]] == pytest.approx(ends), (kpi, grain, first)
        if not is_told:
            assert all(found[kpi]["low"] is None for kpi in ("discount_rate", "refund_rate", "sales_growth"))
        for kpi, ends in intervals.items():
            assert (found[kpi]["low"], found[kpi]["high"]) == pytest.approx(ends), (kpi, grain, first)
        for kpi, figure in expected.items():
            if kpi not in found:
                assert kpi == "net_revenue_retention"
                continue
            compared += 1
            parts = (found[kpi]["numerator"], found[kpi]["denominator"])
            if isinstance(figure, tuple):
                counted = tuple(None if part is None else float(part) for part in figure)
                assert parts == pytest.approx(counted), (kpi, grain, first)
            else:
                assert parts[0] == pytest.approx(float(figure)), (kpi, grain, first)
    assert compared > (1000 if scope_value == "all" else 60)
    assert told == (3 * (5 + 2 + 2) if scope_value == "all" else 0)
