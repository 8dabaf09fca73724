"""What the actions brought, held to a count by hand, as the date moves."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assets.action_effects import action_effects
from assets.configuration.settings import Configuration
from assets.night import Night
from assets.tables import ACTION_LOG, CUSTOMER_DAYS, CUSTOMER_IDENTITIES, ORDERS
from assets.warehouse import Warehouse
from models.action_effects import effect_on_mean

from .small_tables import BUSINESS, replace

FIRST = dt.date(2024, 1, 1)
HORIZON = 30
Row = dict[str, Any]


def effects(
    as_of: dt.date, log: Sequence[Row], orders: Sequence[Row], days: Sequence[Row], accounts: dict[str, str]
) -> list[Row]:
    warehouse = Warehouse.open(None, threads=1)
    replace(warehouse, ACTION_LOG, log)
    replace(warehouse, CUSTOMER_IDENTITIES, [{"account_id": a, "customer_id": c} for a, c in accounts.items()])
    replace(warehouse, ORDERS, orders)
    replace(warehouse, CUSTOMER_DAYS, days)
    measures = {"horizon_days": HORIZON}
    configuration = Configuration.model_validate({"business": BUSINESS, "measures": measures})
    night = Night(as_of, dt.datetime(2025, 1, 1), configuration, warehouse, Path("home"))
    night.compute(action_effects)
    return warehouse.connection.sql("select * from action_effects").pl().to_dicts()


def entry(customer: str, on: dt.date, *, is_control: bool = False, action: str = "call", **changes: Any) -> Row:
    return {
        "customer_id": customer, "action": action, "listed_on": on, "kind": "tier", "segment": "high",
        "is_control": is_control, "hold_out": 0.1, "cool_down_days": 0, **changes,
    }  # fmt: skip


def order(customer: str, on: dt.date, *, voided_on: dt.date | None = None) -> Row:
    return {
        "customer_id": customer, "ordered_on": on, "valid_from": on, "voided_on": voided_on, "net_value": Decimal(10)
    }  # fmt: skip


def day(customer: str, on: dt.date, value: str | None) -> Row:
    return {"customer_id": customer, "day": on, "net_value": value and Decimal(value)}


def on(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def test_orders_of_the_horizon_after_the_day_of_listing_count_and_no_others() -> None:
    log = [entry("ada", on(10)), entry("ben", on(10)), entry("cid", on(10)), entry("dora", on(10), is_control=True)]
    orders = [
        order("ada", on(10)),  # on the day itself, before the list was made
        order("ada", on(41)),  # a day too late
        order("ben", on(40)), order("ben", on(11)),
        order("cid", on(20), voided_on=on(50)),
        order("dora", on(11)),
    ]  # fmt: skip
    days = [day("ben", on(11), "5.25"), day("ben", on(40), "1"), day("ada", on(41), "99"), day("dora", on(12), "-3")]
    ordered, value = sorted(effects(on(60), log, orders, days, {}), key=lambda row: row["outcome"] != "ordered")
    assert (ordered["called"], ordered["held_out"]) == (3, 1)
    assert (ordered["called_value"], ordered["held_out_value"]) == (pytest.approx(1 / 3), 1.0)
    assert (value["called_value"], value["held_out_value"]) == (pytest.approx(6.25 / 3), -3.0)
    assert value["difference"] == pytest.approx(6.25 / 3 + 3)
    assert value["status"] == "too_few_data"


def test_the_money_of_customers_is_added_up_exactly() -> None:
    log = [entry("ada", on(10)), entry("ben", on(10)), entry("cid", on(10), is_control=True)]
    days = [day("ada", on(11), "5.004"), day("ben", on(12), "0.004")]
    told = effects(on(60), log, [order("ada", on(11)), order("ben", on(12))], days, {})
    [value] = [row for row in told if row["outcome"] == "net_value"]
    assert value["called_value"] == pytest.approx(2.504)


def test_an_entry_is_compared_from_the_night_on_which_its_horizon_is_over() -> None:
    log = [entry("ada", on(10)), entry("ben", on(12), is_control=True)]
    assert effects(on(39), log, [], [], {}) == []
    (early,) = effects(on(40), log, [], [], {})
    assert (early["called"], early["held_out"], early["difference"]) == (1, 0, None)
    (later,) = effects(on(42), log, [], [], {})
    assert (later["called"], later["held_out"], later["difference"]) == (1, 1, 0.0)
    assert (later["first_listed_on"], later["last_listed_on"]) == (on(10), on(12))


def test_a_customer_counts_once_with_the_first_entry_whatever_accounts_it_was_listed_under() -> None:
    log = [entry("old account", on(5)), entry("ada", on(20)), entry("ada", on(28), action="thanks")]
    orders = [order("ada", on(40))]  # in the horizon of the later entries alone
    told = effects(on(90), log, orders, [], {"old account": "ada", "ada": "ada"})
    found = {row["action"]: row for row in told if row["outcome"] == "ordered"}
    assert (found["call"]["called"], found["call"]["called_value"]) == (1, 0.0)
    assert (found["thanks"]["called"], found["thanks"]["called_value"]) == (1, 1.0)


def test_where_another_share_was_held_out_chance_was_another_and_they_are_told_apart() -> None:
    log = [entry("ada", on(5)), entry("ada", on(9), hold_out=0.5), entry("cid", on(5), hold_out=0.5, is_control=True)]
    found = effects(on(90), log, [], [], {})
    assert [(row["hold_out"], row["called"], row["held_out"]) for row in found] == [(0.1, 1, 0), (0.5, 1, 1)]


def test_a_customer_listed_again_for_having_entered_another_place_counts_in_both() -> None:
    log = [entry("ada", on(5)), entry("ada", on(9), segment="mid"), entry("ada", on(20), kind="stage", segment="high")]
    found = effects(on(90), log, [order("ada", on(37))], [], {})
    told = {(row["kind"], row["segment"]): row["called_value"] for row in found if row["outcome"] == "ordered"}
    assert told == {("tier", "high"): 0.0, ("tier", "mid"): 1.0, ("stage", "high"): 1.0}


def test_without_money_nothing_is_said_of_it() -> None:
    log = [entry("ada", on(5)), entry("ben", on(5), is_control=True)]
    orders = [{**order("ada", on(9)), "net_value": None}]
    (only,) = effects(on(90), log, orders, [day("ada", on(9), None)], {})
    assert (only["outcome"], only["called_value"]) == ("ordered", 1.0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("as_of", [on(70), on(100), on(150)])
def test_it_is_what_a_count_by_hand_gives(seed: int, as_of: dt.date) -> None:
    at_random = random.Random(seed)
    customers = [f"c{number}" for number in range(300)]
    held = {(name, action): at_random.random() < 0.4 for name in customers for action in ("call", "thanks")}
    log = [
        entry(name, on(at_random.randint(0, 60)), action=action, is_control=held[name, action])
        for name in customers
        for action in ("call", "thanks")
        for _ in range(at_random.randint(0, 2))
    ]
    orders = [
        order(name, on(at_random.randint(0, 120)), voided_on=at_random.choice([None, None, None, on(65)]))
        for name in customers
        for _ in range(at_random.randint(0, 3))
    ]
    cents = {(one["customer_id"], one["ordered_on"]): at_random.randint(-500, 9_000) for one in orders}
    days = [day(name, date, f"{value / 100:.2f}") for (name, date), value in cents.items()]
    firsts: dict[tuple[str, str], dt.date] = {}
    for one in log:
        key = (one["action"], one["customer_id"])
        if one["listed_on"] + dt.timedelta(days=HORIZON) <= as_of:
            firsts[key] = min(one["listed_on"], firsts.get(key, dt.date.max))
    shares, money = defaultdict[tuple[str, bool], list[int]](list), defaultdict[tuple[str, bool], list[float]](list)
    for (action, name), listed in firsts.items():
        window = {listed + dt.timedelta(days=number) for number in range(1, HORIZON + 1)}
        group = (action, held[name, action])
        own = [one for one in orders if one["customer_id"] == name and one["ordered_on"] in window]
        shares[group].append(int(any(one["voided_on"] is None for one in own)))
        money[group].append(sum(cents[name, date] for who, date in cents if who == name and date in window) / 100)
    found = {(row["action"], row["outcome"]): row for row in effects(as_of, log, orders, days, {})}
    assert set(found) == {(action, outcome) for action in ("call", "thanks") for outcome in ("ordered", "net_value")}
    for action in ("call", "thanks"):
        for outcome, known in (("ordered", shares), ("net_value", money)):
            row, called, control = found[action, outcome], known[action, False], known[action, True]
            assert (row["called"], row["held_out"]) == (len(called), len(control))
            assert row["called_value"] == pytest.approx(sum(called) / len(called))
            assert row["held_out_value"] == pytest.approx(sum(control) / len(control))
        known = effect_on_mean(*(np.sort(np.array(money[action, is_held])) for is_held in (False, True)))
        assert (found[action, "net_value"]["low"], found[action, "net_value"]["high"]) == (known.low, known.high)
