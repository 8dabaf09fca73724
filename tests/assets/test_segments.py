"""RFM segments, lifecycle stages and value tiers of a small shop, recounted from its raw sales and refunds."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.night import Night, NightTable
from assets.rfm_cuts import rfm_cuts
from assets.segments import lifecycle_cuts, lifecycle_stages, rfm_segments, value_tiers
from models.lifecycle import LifecycleCuts
from models.rfm import GRID

OpenShop = Callable[..., Night]

AS_OF = dt.date(2024, 6, 30)
FIRST_OF_WINDOW = AS_OF - dt.timedelta(days=364)
CENT = Decimal("0.01")


def ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


SALES = [
    *[("lena_loyal", ago(days), Decimal("25.50")) for days in (150, 120, 90, 60, 30, 5)],
    *[("rob_regular", ago(days), Decimal("40.00")) for days in (200, 140, 40)],
    *[("lars_lapsed", ago(days), Decimal("80.00")) for days in (800, 760, 700)],
    ("edge_in", ago(364), Decimal("10.00")),  # the first day of the window
    ("edge_out", ago(365), Decimal("10.00")),  # the day before it
    ("otto_once", ago(3), Decimal("15.00")),
    *[("rita_refunder", ago(days), Decimal("60.00")) for days in (100, 50)],
    ("vera_voided", ago(20), Decimal("99.00")),
    *[("uma_returned", ago(days), Decimal("33.00")) for days in (700, 650, 10)],
    (None, ago(2), Decimal("500.00")),
]
REFUNDS = [
    ("rita_refunder", ago(45), Decimal("60.00"), 16),  # the order of 50 days ago: void
    ("rita_refunder", ago(30), Decimal("75.00"), None),  # more than is left: her value is negative
    ("vera_voided", ago(1), Decimal("99.00"), 17),
    ("lars_lapsed", ago(7), Decimal("12.34"), None),  # a late refund falls into the window, the sale does not
]
VOID = {16, 17}
KNOWN = {"nora_never": ago(120)}
VALID = [(customer, day) for number, (customer, day, _) in enumerate(SALES) if customer and number not in VOID]
BUYERS = {customer for customer, _ in VALID}


def published(night: Night, one: NightTable) -> dict[str, dict[str, Any]]:
    night.compute(*((rfm_cuts, one) if one is rfm_segments else (one,)))
    table = night.warehouse.connection.sql(f"select * from {one.contract.name}").pl()
    assert table["customer_id"].is_unique().all()
    return {row["customer_id"]: row for row in table.iter_rows(named=True)}


@pytest.fixture(scope="module")
def night(open_shop: OpenShop) -> Night:
    return open_shop(SALES, REFUNDS, as_of=AS_OF, known=KNOWN)


def window_value(customer: str) -> Decimal:
    sold = sum((v for c, day, v in SALES if c == customer and day >= FIRST_OF_WINDOW), Decimal(0))
    back = sum((v for c, day, v, _ in REFUNDS if c == customer and day >= FIRST_OF_WINDOW), Decimal(0))
    return sold - back


# RFM


def test_rfm_measures_are_recounted_from_the_raw_events(night: Night) -> None:
    rows = published(night, rfm_segments)
    assert set(rows) == BUYERS
    for name, row in rows.items():
        days = [day for customer, day in VALID if customer == name]
        assert row["recency_days"] == (AS_OF - max(days)).days
        assert row["frequency"] == sum(day >= FIRST_OF_WINDOW for day in days)
        assert row["monetary"] == window_value(name).quantize(CENT, ROUND_HALF_UP)
        assert row["as_of"] == AS_OF


def test_rfm_scores_and_cells_are_those_of_the_definition(night: Night) -> None:
    rows = published(night, rfm_segments)

    def score(column: str, value: Any) -> int:
        everyone = [row[column] for row in rows.values()]
        n = len(everyone)
        cuts = [
            min(v for v in everyone if Fraction(sum(o <= v for o in everyone), n) >= Fraction(k, 5))
            for k in range(1, 5)
        ]
        return 1 + sum(cut < value for cut in cuts)

    for row in rows.values():
        r, f, m = (
            6 - score("recency_days", row["recency_days"]),
            score("frequency", row["frequency"]),
            score("monetary", row["monetary"]),
        )
        assert (row["r"], row["f"], row["m"]) == (r, f, m)
        assert row["segment"] == GRID[r][(f + m + 1) // 2 - 1]
    assert rows["lena_loyal"]["segment"] == "champions"
    assert rows["lars_lapsed"]["segment"] == "lost"


def test_a_customer_without_an_order_in_the_window_is_scored_with_no_orders_and_the_refunds_of_the_window(
    night: Night,
) -> None:
    lars = published(night, rfm_segments)["lars_lapsed"]
    assert (lars["recency_days"], lars["frequency"], lars["monetary"]) == (700, 0, Decimal("-12.34"))


def test_the_window_begins_364_days_before_its_last_day(night: Night) -> None:
    rows = published(night, rfm_segments)
    assert [rows[name]["frequency"] for name in ("edge_in", "edge_out")] == [1, 0]
    assert [rows[name]["monetary"] for name in ("edge_in", "edge_out")] == [10, 0]


def test_an_earlier_night_does_not_see_what_came_later(open_shop: OpenShop) -> None:
    earlier = published(open_shop(SALES, REFUNDS, as_of=ago(8), known=KNOWN), rfm_segments)
    assert "otto_once" not in earlier
    assert earlier["vera_voided"]["monetary"] == 99
    assert (earlier["lars_lapsed"]["monetary"], earlier["lars_lapsed"]["recency_days"]) == (0, 692)


def test_without_money_the_segments_come_from_r_and_f(open_shop: OpenShop) -> None:
    rows = published(open_shop(SALES, as_of=AS_OF, known=KNOWN, has_money=False), rfm_segments)
    for row in rows.values():
        assert (row["monetary"], row["m"]) == (None, None)
        assert row["segment"] == GRID[row["r"]][row["f"] - 1]


# Lifecycle


def test_t1_and_t2_are_percentiles_of_the_gaps_of_all_customers(night: Night) -> None:
    gaps = []
    for name in BUYERS:
        days = sorted({day for customer, day in VALID if customer == name})
        gaps += [(later - earlier).days for earlier, later in pairwise(days)]
    gaps.sort()
    cuts = lifecycle_cuts(night)
    assert len(gaps) == 11
    assert (cuts.t1_days, cuts.t2_days) == (gaps[math.ceil(0.8 * 11) - 1], gaps[math.ceil(0.95 * 11) - 1])
    rows = published(night, lifecycle_stages).values()
    assert {(row["t1_days"], row["t2_days"]) for row in rows} == {(cuts.t1_days, cuts.t2_days)}


def test_configured_cuts_hold(open_shop: OpenShop) -> None:
    lifecycle = {"t1_days": 45, "t2_days": 300, "loyal_orders": 3, "reactivated_days": 30}
    night = open_shop(SALES, REFUNDS, as_of=AS_OF, measures={"lifecycle": lifecycle})
    assert lifecycle_cuts(night) == LifecycleCuts(45, 300, 3, 30)
    stages = {name: row["stage"] for name, row in published(night, lifecycle_stages).items()}
    assert stages == {
        "lena_loyal": "loyal",
        "rob_regular": "loyal",  # three orders are enough here
        "lars_lapsed": "lost",
        "edge_in": "lost",
        "edge_out": "lost",
        "otto_once": "first_purchase",
        "rita_refunder": "churn_warning",  # her second order is void
        "vera_voided": "potential",  # known, but no order stands
        "uma_returned": "reactivated",
    }


def test_a_shop_without_gaps_falls_back_on_its_horizon_and_window(open_shop: OpenShop) -> None:
    once = [("ann", ago(10), Decimal(5)), ("ann", ago(10), Decimal(6)), ("bob", ago(100), Decimal(5))]
    night = open_shop(once, as_of=AS_OF, measures={"horizon_days": 60, "window_days": 200})
    assert lifecycle_cuts(night) == LifecycleCuts(60, 200)
    stages = published(night, lifecycle_stages)
    assert {name: row["stage"] for name, row in stages.items()} == {"ann": "repeat", "bob": "churn_warning"}


def test_every_known_customer_has_a_stage_and_the_gap_runs_from_the_last_order(night: Night) -> None:
    rows = published(night, lifecycle_stages)
    assert set(rows) == {sale[0] for sale in SALES if sale[0]} | set(KNOWN)
    assert (rows["nora_never"]["stage"], rows["nora_never"]["stage_since"]) == ("potential", ago(120))
    assert rows["nora_never"]["gap_days"] is None
    assert (rows["lena_loyal"]["gap_days"], rows["lena_loyal"]["orders"]) == (5, 6)
    assert (rows["rita_refunder"]["gap_days"], rows["rita_refunder"]["orders"]) == (100, 1)


def stage_on(day: dt.date, order_days: list[dt.date], cuts: LifecycleCuts) -> str:
    """The definition read aloud for one customer on one day; ``order_days`` holds a day once per order."""
    so_far = sorted(d for d in order_days if d <= day)
    if not so_far:
        return "potential"
    gap = (day - so_far[-1]).days
    if gap > cuts.t2_days:
        return "lost"
    if gap > cuts.t1_days:
        return "churn_warning"
    returns = [later for earlier, later in pairwise(so_far) if (later - earlier).days > cuts.t2_days]
    if any((day - back).days < cuts.reactivated_days for back in returns):
        return "reactivated"
    if len(so_far) == 1:
        return "first_purchase"
    return "loyal" if len(so_far) >= cuts.loyal_orders else "repeat"


def entered_on(stage: str, known_since: dt.date, order_days: list[dt.date], cuts: LifecycleCuts) -> dt.date:
    """The first day of the unbroken run of days up to ``AS_OF`` in the stage, walked back day by day."""
    day = AS_OF
    earliest = min([known_since, *order_days])
    while day > earliest and stage_on(day - dt.timedelta(days=1), order_days, cuts) == stage:
        day -= dt.timedelta(days=1)
    return day


# Short histories of short gaps, so that every border is met often: days since the last order, then gap by gap back.
histories = st.lists(
    st.tuples(st.integers(0, 12), st.lists(st.integers(0, 14), max_size=7)) | st.none(), min_size=1, max_size=25
)


def order_days_of(history: tuple[int, list[int]] | None) -> list[dt.date]:
    return [] if history is None else [ago(days) for days in accumulate(history[1], initial=history[0])]


def assert_replayed(night: Night, order_days: dict[str, list[dt.date]], known_since: dt.date) -> None:
    cuts = lifecycle_cuts(night)
    rows = published(night, lifecycle_stages)
    replayed = {}
    for name, days in order_days.items():
        stage = stage_on(AS_OF, days, cuts)
        replayed[name] = (stage, entered_on(stage, known_since, days, cuts))
    assert {name: (row["stage"], row["stage_since"]) for name, row in rows.items()} == replayed


@settings(max_examples=40)
@given(histories, st.integers(1, 8), st.integers(1, 6), st.integers(2, 5), st.integers(1, 40))
def test_stage_and_entry_day_are_those_of_a_replay_day_by_day(
    open_shop: OpenShop,
    shop: list[tuple[int, list[int]] | None],
    t1: int,
    wider: int,
    loyal_orders: int,
    reactivated_days: int,
) -> None:
    order_days = {f"c{i}": order_days_of(history) for i, history in enumerate(shop)}
    sales = [(name, day, Decimal(1)) for name, days in order_days.items() for day in days]
    lifecycle = {
        "t1_days": t1,
        "t2_days": t1 + wider,
        "loyal_orders": loyal_orders,
        "reactivated_days": reactivated_days,
    }
    known = dict.fromkeys(order_days, ago(150))
    night = open_shop(sales, as_of=AS_OF, known=known, measures={"lifecycle": lifecycle})
    assert_replayed(night, order_days, ago(150))


@settings(max_examples=40)
@given(histories, st.integers(1, 8), st.integers(1, 40))
def test_the_replay_holds_where_no_day_of_warning_lies_between_active_and_lost(
    open_shop: OpenShop, shop: list[tuple[int, list[int]] | None], t2: int, reactivated_days: int
) -> None:
    # Most gaps of this shop are longer than T2, so T1 is lowered to it: a return may follow a return without a silence.
    returning = {f"r{i}": [ago(days) for days in range(0, 9 * (t2 + 1), t2 + 1)][i % 3 :] for i in range(12)}
    order_days = {f"c{i}": order_days_of(history) for i, history in enumerate(shop)} | returning
    sales = [(name, day, Decimal(1)) for name, days in order_days.items() for day in days]
    known = dict.fromkeys(order_days, ago(150))
    lifecycle = {"t2_days": t2, "reactivated_days": reactivated_days}
    night = open_shop(sales, as_of=AS_OF, known=known, measures={"lifecycle": lifecycle})
    assert_replayed(night, order_days, ago(150))


def test_a_configured_risk_warns_of_customers_the_gap_does_not(open_shop: OpenShop) -> None:
    lifecycle = {"t1_days": 45, "t2_days": 300, "warning_risk": 0.7}
    night = open_shop(SALES, REFUNDS, as_of=AS_OF, known=KNOWN, measures={"lifecycle": lifecycle})
    risks = "('lena_loyal', 0.69), ('otto_once', 0.7), ('lars_lapsed', 0.99)"
    night.warehouse.rows(f"create table churn_scores as from (values {risks}) as risk (customer_id, churn_risk)")
    rows = published(night, lifecycle_stages)
    assert (rows["otto_once"]["stage"], rows["otto_once"]["stage_since"]) == ("churn_warning", AS_OF)
    assert [rows[name]["stage"] for name in ("lena_loyal", "lars_lapsed", "nora_never")] == [
        "loyal",
        "lost",
        "potential",
    ]


# Value tiers


def test_tiers_rank_the_net_value_of_the_window(night: Night) -> None:
    rows = published(night, value_tiers)
    assert set(rows) == BUYERS
    worth = {name: window_value(name) for name in BUYERS}
    positive = [value for value in worth.values() if value > 0]
    for name, row in rows.items():
        rank = 1 + sum(other > worth[name] for other in positive)
        tier = (
            "high" if rank <= math.ceil(len(positive) / 5) else "mid" if rank <= math.ceil(len(positive) / 2) else "low"
        )
        assert (row["value"], row["basis"]) == (worth[name].quantize(CENT), "historic")
        assert row["tier"] == (tier if worth[name] > 0 else "none")
    assert Counter(row["tier"] for row in rows.values()) == {"high": 1, "mid": 2, "low": 2, "none": 3}


def test_without_money_nobody_has_a_tier(open_shop: OpenShop) -> None:
    rows = published(open_shop(SALES, as_of=AS_OF, has_money=False), value_tiers)
    assert {(row["value"], row["tier"]) for row in rows.values()} == {(None, "none")}


# All three


def test_segments_tell_one_story_the_same_customers_and_the_same_money(night: Night) -> None:
    rfm = published(night, rfm_segments)
    tiers = published(night, value_tiers)
    stages = published(night, lifecycle_stages)
    assert set(rfm) == set(tiers) == {name for name, row in stages.items() if row["stage"] != "potential"}
    for name, row in rfm.items():
        assert row["monetary"] == tiers[name]["value"]
        assert row["recency_days"] == stages[name]["gap_days"]


def test_a_single_customer_has_exactly_one_of_each(open_shop: OpenShop) -> None:
    night = open_shop([("ann", ago(4), Decimal("9.99"))], as_of=AS_OF)
    assert published(night, rfm_segments)["ann"]["segment"] == "new_customers"
    assert published(night, lifecycle_stages)["ann"]["stage"] == "first_purchase"
    assert published(night, value_tiers)["ann"]["tier"] == "high"


def test_a_shop_before_its_first_order_has_empty_segments(open_shop: OpenShop) -> None:
    night = open_shop([], as_of=AS_OF, known=KNOWN)
    assert published(night, rfm_segments) == {}
    assert published(night, value_tiers) == {}
    assert published(night, lifecycle_stages)["nora_never"]["stage"] == "potential"
