"""Exchange rates: what a rate file may say, which rate holds on which day, and what an earlier night knew."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from .conftest import ORDERS, RATES, Zone

HEADER = "day,code,rate\n"


@pytest.fixture
def shop(zone: Zone) -> Zone:
    """A landing zone with one order, so that there is a shop for the rates to serve."""
    zone.write("orders/a.csv", "order_id,ordered_at,customer_id,product,quantity,price\no1,2024-06-01,anna,p1,1,5.00\n")
    return zone


def sources(zone: Zone, **options: Any) -> tuple[dict[str, Any], ...]:
    orders = ORDERS | {"path": str(zone.raw / "orders/*.csv")}
    return orders, RATES | {"path": str(zone.raw / "rates/*.csv"), **options}


def days(zone: Zone, currency: str = "EUR") -> dict[str, str]:
    """Day of June to the rate that holds on it."""
    rows = zone.frame(f"select valid_on, rate from exchange_rates where currency = '{currency}' order by 1").rows()
    return {day.strftime("%d"): str(rate.normalize()) for day, rate in rows}


def test_a_rate_holds_over_the_weekend_until_a_newer_one_and_no_longer_than_it_may(shop: Zone) -> None:
    shop.write("rates/june.csv", HEADER + "2024-06-07,EUR,0.85\n2024-06-10,EUR,0.84\n2024-06-11,USD,0.79\n")
    shop.night(*sources(shop), limits={"rate_age_days": 3})
    assert days(shop) == {"07": "0.85", "08": "0.85", "09": "0.85"} | dict.fromkeys(("10", "11", "12", "13"), "0.84")
    assert days(shop, "USD") == dict.fromkeys(("11", "12", "13", "14"), "0.79")
    shop.night(*sources(shop), limits={"rate_age_days": 0})
    assert days(shop) == {"07": "0.85", "10": "0.84"}
    rated = shop.frame("select valid_on, rated_on from exchange_rates where rated_on > valid_on")
    assert rated.is_empty()


def test_what_is_no_rate_is_set_aside_with_its_reason_and_text(shop: Zone) -> None:
    shop.write(
        "rates/june.csv",
        HEADER + "2024-06-01,EUR,0\n2024-06-01,CHF,-0.9\n2024-06-01,euro,0.85\n2024-06-01,,0.85\n"
        "soon,EUR,0.85\n2024-06-02,EUR,much\n2024-06-03,EUR,\n1900-01-01,EUR,0.85\n2024-06-04,GBP,1.17\n"
        "2024-06-04,GBP,1\n2024-06-05, usd ,0.79\n",
    )
    shop.night(*sources(shop))
    assert shop.reasons() == {
        2: ["rate_not_positive"],
        3: ["rate_not_positive"],
        4: ["unknown_currency"],
        5: ["missing_currency"],
        6: ["unparsable_rated_on"],
        7: ["unparsable_rate"],
        8: ["missing_rate"],
        9: ["date_out_of_range"],
        10: ["rate_of_business_currency"],
    }
    assert set(shop.frame("select distinct currency from exchange_rates").to_series()) == {"GBP", "USD"}
    assert '"rate":"-0.9"' in shop.frame("select raw from quarantine where line_number = 3").item()
    [counted] = shop.frame("select rows_in, accepted, quarantined from row_accounting where source = 'rates'").rows()
    assert counted == (11, 2, 9)


def test_a_rate_keeps_twelve_decimals(shop: Zone) -> None:
    """A dong is worth some four hundred-thousandths: of nine decimals five would be left."""
    shop.write("rates/june.csv", HEADER + "2024-06-01,VND,0.000039412345\n2024-06-01,KWD,2.5712345678945\n")
    shop.night(*sources(shop))
    rates = dict(shop.frame("select distinct currency, rate from exchange_rates").rows())
    assert rates == {"VND": Decimal("0.000039412345"), "KWD": Decimal("2.571234567895")}


def test_a_small_rate_may_be_written_with_an_exponent_as_programs_do(shop: Zone) -> None:
    lines = ["2024-06-01,VND,3.9412345e-05", "2024-06-01,IDR,6.2E-05", "2024-06-01,JPY,e-05", "2024-06-01,KRW,7e-"]
    shop.write("rates/june.csv", HEADER + "\n".join(lines) + "\n")
    shop.night(*sources(shop))
    rates = dict(shop.frame("select distinct currency, rate from exchange_rates").rows())
    assert rates == {"VND": Decimal("0.000039412345"), "IDR": Decimal("0.000062")}
    assert shop.reasons() == {4: ["unparsable_rate"], 5: ["unparsable_rate"]}


def test_a_later_file_corrects_a_rate_and_an_update_time_beats_the_name(shop: Zone) -> None:
    shop.write("rates/2.csv", HEADER + "2024-06-01,EUR,0.85\n")
    shop.write("rates/10.csv", HEADER + "2024-06-01,EUR,0.86\n")
    shop.night(*sources(shop), limits={"rate_age_days": 0})
    assert days(shop) == {"01": "0.86"}
    [counted] = shop.frame("select sum(superseded), sum(accepted) from row_accounting where source = 'rates'").rows()
    assert counted == (1, 2)

    updated = {**RATES["columns"], "updated_at": "told"}
    shop.write("rates/2.csv", "day,code,rate,told\n2024-06-01,EUR,0.87,2024-06-03\n")
    shop.write("rates/10.csv", "day,code,rate,told\n2024-06-01,EUR,0.86,2024-06-02\n")
    shop.night(*sources(shop, columns=updated), limits={"rate_age_days": 0})
    assert days(shop) == {"01": "0.87"}


def test_two_rates_of_one_day_in_one_file_are_both_set_aside_and_the_day_before_goes_on(shop: Zone) -> None:
    shop.write("rates/a.csv", HEADER + "2024-06-01,EUR,0.85\n2024-06-02,EUR,0.86\n2024-06-02,EUR,0.87\n")
    shop.night(*sources(shop), limits={"rate_age_days": 1})
    assert days(shop) == {"01": "0.85", "02": "0.85"}
    assert shop.reasons() == {3: ["conflicting_versions"], 4: ["conflicting_versions"]}


@pytest.mark.parametrize("rates", [("0.86", "0.87"), ("0.87", "0.86")])
def test_two_rates_of_one_day_appended_under_one_file_name_are_both_set_aside_and_neither_holds(
    shop: Zone, rates: tuple[str, str]
) -> None:
    orders, bank = sources(shop)
    for rate in rates:
        shop.write("rates/a.csv", HEADER + f"2024-06-01,EUR,0.85\n2024-06-02,EUR,{rate}\n")
        shop.night(orders, bank | {"delivery": "append"}, limits={"rate_age_days": 1})
    assert days(shop) == {"01": "0.85", "02": "0.85"}
    assert shop.reasons() == {3: ["conflicting_versions"]}


def test_of_two_sources_the_first_in_the_configuration_is_believed_day_by_day(shop: Zone) -> None:
    shop.write("bank/a.csv", HEADER + "2024-06-01,EUR,0.85\n2024-06-02,EUR,0.851\n")
    shop.write("rates/a.csv", HEADER + "2024-06-02,EUR,0.9\n2024-06-03,EUR,0.91\n")
    orders, rates = sources(shop)
    bank = RATES | {"name": "bank", "path": str(shop.raw / "bank/*.csv")}
    shop.night(orders, bank, rates, limits={"rate_age_days": 0})
    assert days(shop) == {"01": "0.85", "02": "0.851", "03": "0.91"}
    shop.night(orders, rates, bank, limits={"rate_age_days": 0})
    assert days(shop) == {"01": "0.85", "02": "0.9", "03": "0.91"}


def test_a_replay_knows_the_rates_of_its_time(shop: Zone) -> None:
    shop.write("rates/a.csv", HEADER + "2024-06-01,EUR,0.85\n")
    then = shop.night(*sources(shop), limits={"rate_age_days": 0}).known_at
    shop.write("rates/a.csv", HEADER + "2024-06-01,EUR,0.95\n2024-06-02,EUR,0.96\n")
    shop.night(*sources(shop), limits={"rate_age_days": 0})
    assert days(shop) == {"01": "0.95", "02": "0.96"}
    shop.night(*sources(shop), known_at=then, limits={"rate_age_days": 0})
    assert days(shop) == {"01": "0.85"}


def test_a_rate_dated_after_the_night_touches_no_day_up_to_it(shop: Zone) -> None:
    early = "2024-06-01,EUR,0.85\n"
    shop.write("rates/a.csv", HEADER + early)
    night = shop.night(*sources(shop), as_of=dt.date(2024, 6, 5))
    until = f"where valid_on <= date '{night.as_of}' order by all"
    before = shop.frame(f"select * from exchange_rates {until}")
    shop.write("rates/a.csv", HEADER + early + "2024-06-06,EUR,0.5\n")
    shop.night(*sources(shop), as_of=dt.date(2024, 6, 5))
    assert shop.frame(f"select * from exchange_rates {until}").equals(before)


def test_orders_are_worth_their_day_s_rate_and_wait_in_quarantine_for_one_that_is_missing(shop: Zone) -> None:
    shop.write(
        "orders/a.csv",
        "order_id,ordered_at,customer_id,product,quantity,price,money\n"
        "friday,2024-06-07 10:00,anna,p1,2,10.00,EUR\n"
        "sunday,2024-06-09 10:00,anna,p1,1,10.00,eur\n"
        "dollar,2024-06-10 10:00,bob,p1,1,10.00,USD\n"
        "pound,2024-06-10 10:00,bob,p1,1,5.00,GBP\n"
        "late,2024-06-20 10:00,anna,p1,1,10.00,EUR\n",
    )
    shop.write("rates/a.csv", HEADER + "2024-06-07,EUR,0.85\n")
    orders, rates = sources(shop)
    orders["columns"] = {**ORDERS["columns"], "currency": "money"}

    def values(known_at: dt.datetime | None = None) -> dict[str, str]:
        shop.night(orders, rates, known_at=known_at)
        rows = shop.frame("select order_id, cast(net_value as decimal(18, 2)) from orders order by ordered_at").rows()
        return {order: str(value) for order, value in rows}

    without_dollars = {"friday": "17.00", "sunday": "8.50", "pound": "5.00"}
    assert values() == without_dollars
    before = shop.clock
    assert shop.reasons() == {4: ["missing_exchange_rate"], 6: ["missing_exchange_rate"]}
    assert "dollar" in shop.frame("select raw from quarantine where line_number = 4").item()
    counted = "select sum(rows_in), sum(accepted), sum(quarantined) from row_accounting where source = 'shop'"
    assert shop.frame(counted).rows() == [(5, 3, 2)]

    shop.write("rates/b.csv", HEADER + "2024-06-10,USD,0.79\n2024-06-20,EUR,0.9\n")
    assert values() == without_dollars | {"dollar": "7.90", "late": "9.00"}
    assert shop.reasons() == {}
    assert shop.frame(counted).rows() == [(5, 5, 0)]
    assert values(known_at=before) == without_dollars
    assert shop.frame(counted).rows() == [(5, 3, 2)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"columns": {"rated_on": "day", "currency": "code"}}, "`rate`, which exchange_rates cannot do without"),
        ({"columns": {**RATES["columns"], "price": "rate"}}, "a canonical name of exchange_rates"),
        ({"refund_when": "rate < 0"}, "no refund_when"),
        ({"currency": "EUR"}, "no currency"),
    ],
)
def test_a_rate_source_is_refused_what_it_cannot_have(zone: Zone, change: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        zone.configuration(RATES | {"path": "rates.csv"} | change)
