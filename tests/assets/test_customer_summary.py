"""customer_summary against sums over the raw sales and refunds of a small shop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.customer_summary import customer_summary
from assets.night import Night

OpenShop = Callable[..., Night]

AS_OF = dt.date(2024, 6, 30)
CENT = Decimal("0.01")


def money(text: str) -> Decimal:
    return Decimal(text)


SALES = [
    ("lena_loyal", dt.date(2024, 1, 5), money("20.00")),
    ("lena_loyal", dt.date(2024, 2, 6), money("30.50")),
    ("lena_loyal", dt.date(2024, 3, 7), money("10.005")),
    ("lena_loyal", dt.date(2024, 6, 20), money("45.00")),
    ("lars_lapsed", dt.date(2022, 3, 1), money("80.00")),
    ("lars_lapsed", dt.date(2022, 5, 1), money("70.00")),
    ("otto_once", dt.date(2024, 6, 10), money("15.00")),
    ("rita_refunder", dt.date(2024, 4, 1), money("60.00")),
    ("rita_refunder", dt.date(2024, 4, 20), money("40.00")),
    ("vera_voided", dt.date(2024, 5, 1), money("99.00")),
    (None, dt.date(2024, 5, 2), money("12.00")),
]
REFUNDS = [
    ("rita_refunder", dt.date(2024, 4, 25), money("40.00"), 8),  # the whole order: void
    ("rita_refunder", dt.date(2024, 5, 3), money("5.00"), None),  # of no order: lowers value only
    ("vera_voided", dt.date(2024, 6, 25), money("99.00"), 9),
]
KNOWN = {"nora_never": dt.date(2024, 3, 1)}


def summary(night: Night) -> dict[str, dict[str, Any]]:
    """The table as it is published: through its contract."""
    night.compute(customer_summary)
    table = night.warehouse.connection.sql("select * from customer_summary").pl()
    return {row["customer_id"]: row for row in table.iter_rows(named=True)}


@pytest.fixture(scope="module")
def rows(open_shop: OpenShop) -> dict[str, dict[str, Any]]:
    return summary(open_shop(SALES, REFUNDS, as_of=AS_OF, known=KNOWN))


def test_every_known_customer_has_one_row_and_orders_without_a_customer_have_none(rows: dict[str, Any]) -> None:
    assert set(rows) == {sale[0] for sale in SALES if sale[0]} | set(KNOWN)


def test_dates_and_counts_are_of_the_orders_valid_tonight(rows: dict[str, Any]) -> None:
    assert {name: row["orders"] for name, row in rows.items()} == {
        "lena_loyal": 4, "lars_lapsed": 2, "otto_once": 1, "rita_refunder": 1, "vera_voided": 0, "nora_never": 0,
    }  # fmt: skip
    for name, row in rows.items():
        void = {8, 9}
        days = [day for number, (customer, day, _) in enumerate(SALES) if customer == name and number not in void]
        assert (row["first_order_on"], row["last_order_on"]) == (min(days, default=None), max(days, default=None))
        assert row["recency_days"] == ((AS_OF - max(days)).days if days else None)
        assert row["age_days"] == ((AS_OF - min(days)).days if days else None)


def test_recency_is_of_the_last_order_and_age_of_the_first(rows: dict[str, Any]) -> None:
    assert (rows["lena_loyal"]["recency_days"], rows["lena_loyal"]["age_days"]) == (10, 177)


def test_money_is_every_flow_of_the_customer_rounded_once(rows: dict[str, Any]) -> None:
    for name, row in rows.items():
        gross = sum((value for customer, _, value in SALES if customer == name), Decimal(0))
        refund = sum((value for customer, _, value, _ in REFUNDS if customer == name), Decimal(0))
        assert row["gross_value"] == gross.quantize(CENT, ROUND_HALF_UP)
        assert row["refund_value"] == refund.quantize(CENT, ROUND_HALF_UP)
        assert row["net_value"] == (gross - refund).quantize(CENT, ROUND_HALF_UP)
        assert row["discount_value"] == 0
        expected = ((gross - refund) / row["orders"]).quantize(CENT, ROUND_HALF_UP) if row["orders"] else None
        assert row["aov"] == expected


def test_a_voided_order_is_no_order_but_its_flows_remain(rows: dict[str, Any]) -> None:
    vera = rows["vera_voided"]
    assert (vera["orders"], vera["gross_value"], vera["refund_value"], vera["net_value"]) == (0, 99, 99, 0)
    assert (vera["last_order_on"], vera["aov"]) == (None, None)
    rita = rows["rita_refunder"]
    assert (rita["orders"], rita["last_order_on"], rita["aov"]) == (1, dt.date(2024, 4, 1), 55)


def test_a_never_buyer_has_spent_nothing_and_has_no_average(rows: dict[str, Any]) -> None:
    nora = rows["nora_never"]
    assert (nora["orders"], nora["net_value"], nora["gross_value"]) == (0, 0, 0)
    assert (nora["aov"], nora["recency_days"], nora["age_days"]) == (None, None, None)
    assert nora["known_since"] == KNOWN["nora_never"]


def test_an_earlier_night_knows_neither_later_orders_nor_later_refunds(open_shop: OpenShop) -> None:
    earlier = summary(open_shop(SALES, REFUNDS, as_of=dt.date(2024, 5, 15), known=KNOWN))
    assert "otto_once" not in earlier
    assert (earlier["vera_voided"]["orders"], earlier["vera_voided"]["net_value"]) == (1, 99)
    assert (earlier["lena_loyal"]["orders"], earlier["lena_loyal"]["recency_days"]) == (3, 69)
    assert {row["as_of"] for row in earlier.values()} == {dt.date(2024, 5, 15)}


def test_without_money_orders_count_and_values_are_unknown(open_shop: OpenShop) -> None:
    rows = summary(open_shop(SALES, as_of=AS_OF, known=KNOWN, has_money=False))
    assert rows["lena_loyal"]["orders"] == 4
    for row in rows.values():
        assert {row[c] for c in ("gross_value", "discount_value", "refund_value", "net_value", "aov")} == {None}


def test_the_average_is_of_the_orders_whose_price_is_known(open_shop: OpenShop) -> None:
    sales = [(name, dt.date(2024, 6, day), Decimal(30)) for name in ("some", "all", "none") for day in (1, 2, 3)]
    night = open_shop(sales, as_of=AS_OF)
    unpriced = "customer_id = 'none' or customer_id = 'some' and {} > date '2024-06-01'"
    for facts, day in (("orders", "ordered_on"), ("customer_days", "day")):
        night.warehouse.rows(f"update {facts} set net_value = null where {unpriced.format(day)}")
    told = {name: (row["orders"], row["valued_orders"], row["aov"]) for name, row in summary(night).items()}
    assert told == {"some": (3, 1, 30), "all": (3, 3, 30), "none": (3, 0, None)}


def test_half_a_cent_goes_away_from_zero_on_both_sides(open_shop: OpenShop) -> None:
    day = dt.date(2024, 6, 1)
    rows = summary(
        open_shop(
            [("up", day, money("0.125")), ("down", day, money("1.00"))],
            [("down", day, money("1.125"), None)],
            as_of=AS_OF,
        )
    )
    assert (rows["up"]["net_value"], rows["down"]["net_value"]) == (money("0.13"), money("-0.13"))
    assert (rows["up"]["aov"], rows["down"]["aov"]) == (money("0.13"), money("-0.13"))


def test_every_half_cent_is_rounded_like_this_whatever_its_binary_neighbour(open_shop: OpenShop) -> None:
    # 1.005 is a little less than that in floating point; the average of one order must not show it.
    values = {f"c{i}": i * money("0.005") for i in range(201, 1001, 2)}
    sales = [(name, dt.date(2024, 6, 1), value) for name, value in values.items()]
    rows = summary(open_shop(sales, as_of=AS_OF))
    assert {name: row["aov"] for name, row in rows.items()} == {
        name: value.quantize(CENT, ROUND_HALF_UP) for name, value in values.items()
    }


amounts = st.decimals(min_value="0.01", max_value="9999999999", places=4)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(amounts, st.integers(1, 7), amounts), min_size=1, max_size=20),
)
def test_the_average_is_the_exact_quotient_rounded_half_up(
    open_shop: OpenShop, shop: list[tuple[Decimal, int, Decimal]]
) -> None:
    day = dt.date(2024, 6, 1)
    sales = [(f"c{i}", day, value) for i, (value, orders, _) in enumerate(shop) for _ in range(orders)]
    refunds = [(f"c{i}", day, refund, None) for i, (_, _, refund) in enumerate(shop)]
    rows = summary(open_shop(sales, refunds, as_of=AS_OF))
    for i, (value, orders, refund) in enumerate(shop):
        net = value * orders - refund
        assert rows[f"c{i}"]["net_value"] == net.quantize(CENT, ROUND_HALF_UP)
        assert rows[f"c{i}"]["aov"] == (net / orders).quantize(CENT, ROUND_HALF_UP)
