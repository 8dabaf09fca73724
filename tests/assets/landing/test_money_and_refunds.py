"""Money to the last digit, and what makes a line a sale, a refund, a discount, a charge or nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import HEADER, ORDERS, Zone

JUNE = dt.date(2024, 6, 1)


def _with(columns: dict[str, str | None], **options: Any) -> dict[str, Any]:
    mapped = {name: text for name, text in (ORDERS["columns"] | columns).items() if text is not None}
    return ORDERS | {"columns": mapped} | options


def _lines(zone: Zone) -> list[tuple[str, Decimal, Decimal | None]]:
    return zone.frame("select kind, amount, discount from order_lines order by line_number").rows()


def _validity(zone: Zone) -> list[tuple[str, Decimal, dt.date | None, dt.date | None]]:
    return zone.frame("select order_id, net_value, valid_from, voided_on from orders order by 1").rows()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(
        st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 10**9)), min_size=1, max_size=40
    )
)  # fmt: skip
def test_line_amounts_and_their_sum_are_exact_to_the_last_digit(zone: Zone, prices: list[tuple[int, int]]) -> None:
    """Quantities of two decimals times prices of six, against fractions."""
    rows = [
        f"o{number},2024-06-01,anna,p1,{Decimal(quantity) / 100},{Decimal(price).scaleb(-6):f}\n"
        for number, (quantity, price) in enumerate(prices)
    ]
    zone.write("a.csv", HEADER + "".join(rows))
    zone.night(ORDERS | {"duplicates": "keep"})
    expected = sum(Fraction(quantity, 100) * Fraction(price, 10**6) for quantity, price in prices)
    total = zone.frame("select amount_in from row_accounting where status = 'loaded'").item()
    assert Fraction(total) == expected
    flows = zone.frame("select sum(gross_value) - sum(refund_value) from customer_days").item()
    assert Fraction(flows) == expected


NUMBERS = {
    "plain": ("1234.5", {}, "1234.5"),
    "no digit before the point": (".5", {}, "0.5"),
    "spaces around": ("  12.50 ", {}, "12.5"),
    "decimal comma": ('"12,50"', {"decimal": ","}, "12.5"),
    "decimal comma, points between thousands": ('"1.234,50"', {"decimal": ",", "thousands": "."}, "1234.5"),
    "commas between thousands": ('"1,234,567.25"', {"thousands": ","}, "1234567.25"),
    "no mark where marks are allowed": ("1234.5", {"thousands": ","}, "1234.5"),
    "apostrophes between thousands": ("1'234.5", {"thousands": "'"}, "1234.5"),
    "apostrophes of print between thousands": ("1’234’567.5", {"thousands": "'"}, "1234567.5"),
    "apostrophes of print declared, typed ones written": ("1'234.5", {"thousands": "’"}, "1234.5"),
    "blanks between thousands": ("1 234.5", {"thousands": " "}, "1234.5"),
    "blanks that do not break": ("1\u00a0234\u00a0567.5", {"thousands": " "}, "1234567.5"),
    "narrow ones": ("1\u202f234.5", {"thousands": " "}, "1234.5"),
    "thin ones": ("1\u2009234.5", {"thousands": " "}, "1234.5"),
    "one kind of blank declared, another written": ("1\u202f234.5", {"thousands": "\u00a0"}, "1234.5"),
    "a blank behind a number whose currency was taken off": ("1\u00a0234.5\u00a0", {"thousands": " "}, "1234.5"),
    "blanks where none are declared": ("1\u00a0234.5", {}, None),
    "blanks that cannot stand between thousands": ("12\u00a050", {"thousands": " "}, None),
    "finer than six decimals is rounded half up": ("0.0000005", {}, "0.000001"),
    "what a binary float makes of it": ("9.950000000000001", {}, "9.95"),
    "a comma that is no decimal mark here": ('"12,50"', {}, None),
    "a comma that cannot stand between thousands": ('"12,50"', {"thousands": ","}, None),
    "a point where the comma is decimal": ("1.234", {"decimal": ","}, None),
    "a currency sign": ("£5", {}, None),
}


@pytest.fixture(scope="module")
def prices(shared_zone: Zone) -> dict[str, Decimal | list[str]]:
    """What each of the numbers was read as, or why it was not, each in a source of its own."""
    for number, (written, _, _) in enumerate(NUMBERS.values()):
        shared_zone.write(f"{number}/a.csv", HEADER + f"o1,2024-06-01,anna,p1,1,{written}\n")
    shared_zone.night_of_each(options for _, options, _ in NUMBERS.values())
    read = dict(shared_zone.frame("select source, unit_price from order_lines").iter_rows())
    read |= dict(shared_zone.frame("select source, reasons from quarantine").iter_rows())
    return {name: read[f"case_{number}"] for number, name in enumerate(NUMBERS)}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_read_as_it_is_declared_or_refused(prices: dict[str, Decimal | list[str]], name: str) -> None:
    value = NUMBERS[name][-1]
    assert prices[name] == (["unparsable_unit_price"] if value is None else Decimal(value))


def test_an_expression_that_fails_is_a_reason_and_one_that_answers_nothing_is_not(zone: Zone) -> None:
    zone.write(
        "a.csv", HEADER + "o1,2024-06-01,17,p1,1,1.00\no2,2024-06-01,guest,p1,1,1.00\no3,2024-06-01,0,p1,1,1.00\n"
    )
    zone.night(_with({"customer_id": "nullif(CAST(customer_id AS INTEGER), 0)"}))
    assert zone.reasons() == {3: ["unparsable_customer_id"]}
    assert zone.frame("select customer_id from order_lines order by 1")["customer_id"].to_list() == ["17", None]


def test_a_rule_that_cannot_be_decided_is_a_reason_not_a_no(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,7,1,1.00\no2,2024-06-01,anna,seven,1,1.00\n")
    zone.night(ORDERS | {"exclude_when": "CAST(product AS INTEGER) > 9"})
    assert zone.reasons() == {3: ["unparsable_exclude_when"]}


def test_a_refund_rule_makes_a_negative_amount_whatever_the_sign_of_the_row(zone: Zone) -> None:
    zone.write(
        "a.csv", HEADER + "C1,2024-06-01,anna,p1,2,5.00\nC2,2024-06-01,anna,p1,-2,5.00\no3,2024-06-01,anna,p1,-1,5.00\n"
    )
    zone.night(ORDERS | {"refund_when": "order_id LIKE 'C%'"})
    assert _lines(zone) == [("refund", -10, None), ("refund", -10, None), ("refund", -5, None)]
    accounted = zone.frame("select amount_in, amount_accepted from row_accounting").row(0)
    assert accounted == (-5, -5)  # as the rows say it: 10 - 10 - 5


@pytest.mark.parametrize("minus", ["-", "−", "－"])
def test_a_negative_line_total_is_a_refund(zone: Zone, minus: str) -> None:
    zone.write("a.csv", HEADER + f"o1,2024-06-01,anna,p1,1,{minus}5.00\n")
    zone.night(_with({"unit_price": None, "amount": "price"}))
    assert _lines(zone) == [("refund", Decimal(-5), None)]


def test_every_kind_of_line_is_told_apart_and_charges_and_exclusions_have_totals_of_their_own(zone: Zone) -> None:
    rows = {"SHIP": "3.00", "TEST": "100.00", "DISC": "-1.00", "p1": "10.00", "p2": "0.00"}
    quantities = {"DISC": -1}
    zone.write(
        "a.csv",
        HEADER
        + "".join(
            f"o1,2024-06-01,anna,{code},{quantities.get(code, 1)},{price.strip('-')}\n" for code, price in rows.items()
        )
        + "o1,2024-06-02,anna,DISC,-1,2.00\n",  # and nothing else on that day
    )
    zone.night(
        ORDERS
        | {"charge_when": "product = 'SHIP'", "exclude_when": "product = 'TEST'", "discount_when": "product = 'DISC'"}
    )
    kinds = zone.frame("select product_id, kind, amount from order_lines order by line_number").rows()
    assert kinds == [
        ("SHIP", "charge", 3),
        ("TEST", "excluded", 100),
        ("DISC", "discount", -1),
        ("p1", "sold", 10),
        ("p2", "sold", 0),  # worth nothing, sold all the same
        ("DISC", "discount", -2),
    ]
    order = zone.frame(
        "select gross_value, discount_value, refund_value, net_value, lines, sold_lines from orders"
    ).row(0)
    assert order == (10, 3, 0, 7, 4, 2)
    accounting = zone.frame("select accepted, charges, excluded, amount_charges, amount_excluded from row_accounting")
    assert accounting.row(0) == (6, 1, 1, 3, 100)
    assert zone.frame("select net_value from customer_days order by day")["net_value"].to_list() == [9, -2]


def test_a_row_to_which_several_rules_apply_is_left_out_or_else_a_charge_or_else_a_discount(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,odd,-1,5.00\n")
    rules = {"refund": "refund_when", "discount": "discount_when", "charge": "charge_when", "excluded": "exclude_when"}
    shop: dict[str, Any] = dict(ORDERS)
    for kind, rule in rules.items():
        shop[rule] = "product = 'odd'"
        zone.night(shop)
        assert zone.frame("select kind from order_lines").item() == kind


def test_a_row_that_is_left_out_of_measures_needs_no_money_and_all_else(zone: Zone) -> None:
    """As marketplaces list cancelled orders: no price, no pieces."""
    zone.write(
        "a.csv",
        HEADER
        + "o1,2024-06-01,anna,p1,2,5.00\no2,2024-06-01,anna,GONE,,\n,2024-06-01,anna,GONE,,\no3,2024-06-01,bert,p1,,\n",
    )
    zone.night(ORDERS | {"exclude_when": "product = 'GONE'"})
    assert zone.reasons() == {4: ["missing_order_id"], 5: ["missing_quantity", "missing_unit_price"]}
    accounting = zone.frame("select accepted, excluded, quarantined, amount_in, amount_accepted from row_accounting")
    assert accounting.row(0) == (2, 1, 2, 10, 10)
    lines = zone.frame("select product_id, quantity, amount from order_lines order by line_number").rows()
    assert lines == [("p1", 2, 10), ("GONE", 0, None)]  # every line has a quantity, says the table's contract
    assert zone.frame("select sum(net_value) from customer_days").item() == 10


def test_a_discount_column_lowers_the_line_and_the_refund_of_a_discounted_line_is_what_was_paid(zone: Zone) -> None:
    zone.write(
        "a.csv",
        HEADER.replace("\n", ",off\n")
        + "o1,2024-06-01,anna,p1,2,5.00,1.00\no1,2024-06-03,anna,p1,-2,5.00,1.00\no2,2024-06-01,anna,p1,1,5.00,-1\n",
    )
    zone.night(_with({"discount": "off"}))
    assert _lines(zone) == [("sold", 10, 1), ("refund", -9, None)]
    assert zone.reasons() == {4: ["negative_discount"]}
    assert zone.frame("select net_value, voided_on from orders").row(0) == (0, dt.date(2024, 6, 3))


def test_a_mirrored_discount_of_a_refund_is_read_and_one_above_the_refund_is_set_aside(zone: Zone) -> None:
    zone.write(
        "a.csv",
        HEADER.replace("\n", ",off\n")
        + "o1,2024-06-01,anna,p1,2,5.00,1.00\no1,2024-06-03,anna,p1,-2,5.00,-1.00\n"
        + "o1,2024-06-04,anna,p1,-1,3.00,5.00\n"
        + "o1,2024-06-05,anna,p1,-1,3.00,3.00\n",  # what had been given away
    )
    zone.night(_with({"discount": "off"}))
    assert _lines(zone) == [("sold", 10, 1), ("refund", -9, None), ("refund", 0, None)]
    assert zone.reasons() == {4: ["discount_above_amount"]}


LINKED = (
    HEADER
    + "o1,2024-06-01,anna,p1,2,5.00\n"
    + "o2,2024-06-02,anna,p1,1,5.00\n"
    + "o1,2024-06-20,anna,p1,-2,5.00\n"  # all of o1, weeks later
    + "o2,2024-06-21,anna,p1,-1,4.99\n"  # all but a cent of o2
)


def test_a_full_refund_weeks_later_voids_its_order_and_a_partial_one_does_not(zone: Zone) -> None:
    zone.write("a.csv", LINKED)
    zone.night()
    assert _validity(zone) == [
        ("o1", Decimal(0), JUNE, dt.date(2024, 6, 20)),
        ("o2", Decimal("0.01"), dt.date(2024, 6, 2), None),
    ]
    flows = zone.frame("select day, orders, gross_value, refund_value from customer_days order by 1").rows()
    assert flows == [
        (JUNE, 1, 10, 0),
        (dt.date(2024, 6, 2), 1, 5, 0),
        (dt.date(2024, 6, 20), 0, 0, 10),  # each flow on its own date
        (dt.date(2024, 6, 21), 0, 0, Decimal("4.99")),
    ]


def test_an_order_is_void_from_the_day_it_is_so_for_good_whatever_is_paid_back_after(zone: Zone) -> None:
    told = {"o1": {1: 5, 10: -5, 20: -1}, "o2": {1: 5, 10: -5, 15: 5, 20: -5, 25: -1}}
    lines = (
        f"{order},2024-06-{day:02},anna,p{day},{value // abs(value)},{abs(value)}\n"
        for order, days in told.items()
        for day, value in days.items()
    )
    zone.write("a.csv", HEADER + "".join(lines))
    zone.night()
    assert [row[2:] for row in _validity(zone)] == [(JUNE, dt.date(2024, 6, 10)), (JUNE, dt.date(2024, 6, 20))]


@pytest.mark.parametrize(("as_of", "voided_on"), [(19, None), (20, dt.date(2024, 6, 20))])
def test_a_past_date_never_learns_of_a_later_refund(zone: Zone, as_of: int, voided_on: dt.date | None) -> None:
    zone.write("a.csv", LINKED)
    zone.night(as_of=dt.date(2024, 6, as_of))
    assert _validity(zone)[0][2:] == (JUNE, voided_on)


def test_a_refund_names_its_order_by_refund_of(zone: Zone) -> None:
    zone.write(
        "a.csv",
        HEADER.replace("\n", ",of\n") + "o1,2024-06-01,anna,p1,2,5.00,\nr7,2024-06-20,,p1,-2,5.00,o1\n",
    )
    zone.night(_with({"refund_of": "of"}))
    assert _validity(zone) == [("o1", Decimal(0), JUNE, dt.date(2024, 6, 20))]
    assert zone.frame("select distinct customer_id from order_lines").rows() == [("anna",)]


def test_a_refund_of_no_order_lowers_net_value_on_its_own_date_and_leaves_every_order_valid(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,2,5.00\nC9,2024-06-20,anna,p1,-2,5.00\n")
    zone.night()
    assert _validity(zone) == [("C9", Decimal(-10), None, None), ("o1", Decimal(10), JUNE, None)]
    assert zone.frame("select sum(net_value), sum(orders) from customer_days").row(0) == (0, 1)


@pytest.mark.parametrize(("minimum", "valid_from"), [(0, JUNE), (0.01, None)])
def test_an_order_worth_nothing_is_valid_only_where_the_minimum_is_zero(
    zone: Zone, minimum: float, valid_from: dt.date | None
) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,1,0\n")
    zone.night(measures={"minimum_order_value": minimum})
    assert _validity(zone) == [("o1", Decimal(0), valid_from, None)]
    assert zone.frame("select orders from customer_days").item() == (0 if valid_from is None else 1)


def test_an_order_is_valid_from_the_day_its_lines_are_worth_the_minimum_but_dated_by_its_first(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,1,0\no1,2024-06-05,anna,p2,1,5.00\n")
    zone.night()
    assert zone.frame("select ordered_on, valid_from from orders").row(0) == (JUNE, dt.date(2024, 6, 5))


def test_without_money_one_sold_line_makes_an_order_and_every_value_is_absent(zone: Zone) -> None:
    brought_back = "o2,2024-06-03,bob,p1,-1,\no2,2024-06-04,bob,p2,-1,\n"  # and never sold
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,2,\no1,2024-06-02,anna,p1,-2,\n" + brought_back)
    zone.night(_with({"unit_price": None}))
    assert _validity(zone) == [("o1", None, JUNE, None), ("o2", None, None, None)]
    values = "gross_value, discount_value, refund_value, net_value"
    assert zone.frame(f"select {values} from customer_days").rows() == [(None,) * 4] * 4
    assert zone.frame(f"select {values} from orders").rows() == [(None,) * 4] * 2
    assert zone.frame("select distinct amount, discount from order_lines").rows() == [(None, None)]
    assert zone.frame("select amount_in from row_accounting").item() == 0


def test_without_a_quantity_every_line_is_one(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,7,5.00\n")
    zone.night(_with({"quantity": None}))
    assert zone.frame("select quantity, amount from order_lines").row(0) == (1, 5)


def test_a_currency_without_a_rate_is_quarantined_never_taken_as_one(zone: Zone) -> None:
    zone.write(
        "a.csv",
        HEADER.replace("\n", ",cur\n")
        + "o1,2024-06-01,anna,p1,1,5.00,gbp\no2,2024-06-01,anna,p1,1,5.00,EUR\no3,2024-06-01,anna,p1,1,5.00,\n",
    )
    zone.night(_with({"currency": "cur"}))
    assert zone.reasons() == {3: ["missing_exchange_rate"]}
    assert zone.frame("select distinct currency from order_lines").rows() == [("GBP",)]


def test_every_line_of_an_order_has_the_order_s_customer_and_rows_without_one_count_in_no_customer_measure(
    zone: Zone,
) -> None:
    zone.write(
        "a.csv",
        HEADER + "o1,2024-06-01,anna,p1,1,5.00\no1,2024-06-01,,p2,1,1.00\no2,2024-06-01,,p1,1,7.00\n",
    )
    zone.night()
    assert zone.frame("select order_id, customer_id, net_value from orders order by 1").rows() == [
        ("o1", "anna", 6),
        ("o2", None, 7),
    ]
    assert zone.frame("select customer_id, net_value from customer_days").rows() == [("anna", 6)]


@pytest.mark.parametrize(("as_of", "customer"), [(1, "bob"), (2, "anna")])
def test_of_several_accounts_named_by_an_order_the_first_known_by_the_night_has_it(
    zone: Zone, as_of: int, customer: str
) -> None:
    zone.write(
        "a.csv", HEADER + "o1,2024-06-01,bob,p1,1,5.00\no1,2024-06-01,carl,p2,1,5.00\no1,2024-06-02,anna,p3,1,5.00\n"
    )
    zone.night(as_of=dt.date(2024, 6, as_of))
    assert zone.frame("select distinct customer_id from order_lines").item() == customer


def test_an_order_has_the_channel_and_region_of_its_first_sold_line(zone: Zone) -> None:
    header = HEADER.replace("\n", ",channel,region\n")
    lines = (
        "o1,2024-06-01 12:00:00,anna,p1,1,5.00,store,France\n",
        "o1,2024-06-01 11:00:00,anna,p2,1,5.00,web,Spain\n",
        "o1,2024-06-01 11:00:00,anna,p3,1,5.00,kiosk,Turkey\n",  # of the same moment: the first in text order
        "o1,2024-06-01 10:00:00,anna,p2,-1,5.00,app,Andorra\n",
        "r1,2024-06-02 10:00:00,anna,p2,-1,1.00,desk,Malta\n",  # nothing was sold
    )
    zone.write("a.csv", header + "".join(lines))
    zone.night(_with({"channel": "channel", "region": "region"}))
    assert zone.frame("select channel, region from orders order by order_id").rows() == [
        ("kiosk", "Spain"),
        (None, None),
    ]
    assert zone.frame("select channel, region from customers").row(0) == ("kiosk", "Spain")


def test_products_of_an_order_are_those_sold_each_once_and_not_what_came_back(zone: Zone) -> None:
    zone.write(
        "a.csv",
        HEADER
        + "o1,2024-06-01,anna,p1,1,5.00\no1,2024-06-01,anna,p1,2,5.00\no1,2024-06-02,anna,p2,-1,1.00\n"
        + "o2,2024-06-01,anna,p1,1,5.00\no2,2024-06-02,anna,p2,-1,1.00\no3,2024-06-02,anna,p2,-1,1.00\n",
    )
    zone.night()
    told = zone.frame("select order_id, products, units from orders order by 1").rows()
    assert told == [("o1", 1, 3), ("o2", 1, 1), ("o3", 0, 0)]


def test_a_customer_has_the_channel_and_region_of_the_latest_order_a_void_one_too(zone: Zone) -> None:
    lines = (
        "o1,2024-06-01,anna,p1,1,5.00,web,Spain\n",
        "o2,2024-06-02,anna,p1,1,5.00,store,France\n",
        "o2,2024-06-03,anna,p1,-1,5.00,store,France\n",
        "o4,2024-06-05 10:00:00,bob,p1,1,5.00,store,France\n",
        "o3,2024-06-05 10:00:00,bob,p1,1,5.00,web,Spain\n",  # of two at once the first by id
    )
    zone.write("a.csv", HEADER.replace("\n", ",channel,region\n") + "".join(lines))
    zone.night(_with({"channel": "channel", "region": "region"}))
    assert zone.frame("select customer_id, channel, region from customers order by 1").rows() == [
        ("anna", "store", "France"), ("bob", "web", "Spain"),
    ]  # fmt: skip
