"""What promoters, passives and detractors bring in, held to a count by hand."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.configuration.settings import Configuration
from assets.night import Night
from assets.satisfaction import value_by_attitude
from assets.tables import CHURN_SCORES, CUSTOMER_DAYS, ORDERS, SURVEY_RESPONSES
from assets.warehouse import Warehouse

from .small_tables import BUSINESS, replace

AS_OF = dt.date(2024, 6, 30)
LONG_AGO = dt.date(2020, 6, 30)
Answer = tuple[str, str | None, dt.datetime, int]  # question, customer, moment, score
Scored = tuple[str, str, str | None]  # customer, risk band, net value


def _at(day: int, month: int = 6, year: int = 2024, hour: int = 12) -> dt.datetime:
    return dt.datetime(year, month, day, hour)


def attitudes(answers: Sequence[Answer], scored: Sequence[Scored]) -> dict[tuple[str, str], dict[str, Any]]:
    warehouse = Warehouse.open(None, threads=1)
    responses = [
        {
            "source": "s", "response_id": f"r{place}", "question": question, "customer_id": customer, "score": score,
            "kind": "csat" if question == "service" else "nps", "responded_at": moment, "responded_on": moment.date(),
        }
        for place, (question, customer, moment, score) in enumerate(answers)
    ]  # fmt: skip
    replace(warehouse, SURVEY_RESPONSES, responses)
    replace(warehouse, CHURN_SCORES, [{"customer_id": name, "risk_band": band} for name, band, _ in scored])
    bought = [*((name, AS_OF, value and Decimal(value)) for name, _, value in scored), ("long gone", LONG_AGO, None)]
    of_whom = [{"customer_id": name, "net_value": value} for name, _, value in bought]
    days = [on for _, on, _ in bought]
    orders = [
        row | {"order_no": place, "ordered_on": on, "ordered_at": on, "valid_from": on}
        for place, (row, on) in enumerate(zip(of_whom, days, strict=True))
    ]
    replace(warehouse, ORDERS, orders)
    replace(warehouse, CUSTOMER_DAYS, [row | {"day": on, "orders": 1} for row, on in zip(of_whom, days, strict=True)])
    configuration = Configuration.model_validate({"business": BUSINESS, "measures": {"window_days": 100}})
    night = Night(AS_OF, dt.datetime(2024, 7, 1, 2), configuration, warehouse, Path("home"))
    night.compute(value_by_attitude)
    rows = warehouse.connection.sql("select * from value_by_attitude").pl().to_dicts()
    return {(row["question"], row["attitude"]): row for row in rows}


def test_the_latest_answer_in_the_window_decides_and_who_gave_none_is_listed_apart() -> None:
    answers = [
        ("q", "ada", _at(1), 3), ("q", "ada", _at(2), 10),  # changed her mind
        ("q", "ben", _at(23, month=3), 7),  # the first day of the hundred
        ("q", "eve", _at(22, month=3), 9),  # the day before it
        ("q", "cid", _at(9, hour=23), 0), ("q", "cid", _at(9, hour=1), 10),
        ("q", "gus", _at(9), 0),  # bought nothing in the window
        ("q", None, _at(9), 0),
        ("service", "ada", _at(9), 5),  # not asked whether she would recommend the shop
    ]  # fmt: skip
    scored = [("ada", "low", "100.10"), ("ben", "high", "20.05"), ("cid", "high", "-5.00"), ("eve", "medium", "84.85")]
    found = attitudes(answers, scored)
    told = ("customers", "net_value", "high_risk_customers", "high_risk_value")
    assert {name: tuple(row[key] for key in told) for (_, name), row in found.items()} == {
        "promoter": (1, Decimal("100.10"), 0, Decimal(0)),
        "passive": (1, Decimal("20.05"), 1, Decimal("20.05")),
        "detractor": (1, Decimal("-5.00"), 1, Decimal("-5.00")),
        "no_answer": (1, Decimal("84.85"), 0, Decimal(0)),
    }
    assert {question for question, _ in found} == {"q"}
    assert found["q", "no_answer"]["customer_share"] == 0.25
    assert found["q", "promoter"]["value_share"] == pytest.approx(100.10 / 200)


def test_parts_of_a_cent_are_added_up_before_the_sum_is_rounded() -> None:
    scored = [(f"c{number}", "high", "10.0049") for number in range(10)]
    found = attitudes([("q", "c0", _at(9), 10)], scored)["q", "no_answer"]
    assert (found["net_value"], found["high_risk_value"]) == (Decimal("90.04"), Decimal("90.04"))  # 9 x 10.0049


def test_of_two_answers_at_one_moment_the_later_response_id_decides() -> None:
    found = attitudes([("q", "ada", _at(9), 0), ("q", "ada", _at(9), 10)], [("ada", "low", "1")])
    assert found["q", "promoter"]["customers"] == 1


def test_a_question_that_no_known_customer_answered_in_the_window_has_no_rows() -> None:
    scored = [("ada", "low", "1")]
    assert attitudes([("q", None, _at(9), 0), ("old", "ada", _at(9, year=2023), 0)], scored) == {}
    assert attitudes([], scored) == {}


def test_without_money_customers_are_counted_and_value_is_not_known() -> None:
    found = attitudes([("q", "ada", _at(9), 10)], [("ada", "high", None), ("ben", "low", None)])
    assert [found["q", name]["net_value"] for name in ("promoter", "no_answer")] == [None, None]
    assert found["q", "promoter"]["high_risk_value"] is None
    assert {row["value_share"] for row in found.values()} == {None}
    assert found["q", "promoter"]["customer_share"] == 0.5


def test_where_nobody_bought_in_the_window_everybody_is_nobody() -> None:
    found = attitudes([("q", "ada", _at(9), 10)], [])
    assert {(row["customers"], row["customer_share"], row["value_share"]) for row in found.values()} == {
        (0, None, None)
    }
    assert len(found) == 4


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_a_count_by_hand_gives(seed: int) -> None:
    at_random = random.Random(seed)
    customers = [f"c{number}" for number in range(60)]
    scored = [
        (name, at_random.choice(["low", "high"]), f"{at_random.randint(-500, 9000) / 100}") for name in customers[:40]
    ]
    moments = [_at(at_random.randint(1, 30), hour=place % 24) for place in range(150)]
    answers = [(at_random.choice("pq"), at_random.choice(customers), m, at_random.randint(0, 10)) for m in moments]
    found = attitudes(answers, scored)
    for question in "pq":
        latest: dict[str | None, tuple[dt.datetime, str, int]] = {}
        for place, (asked, name, moment, score) in enumerate(answers):
            if asked == question:
                latest[name] = max(latest.get(name, (dt.datetime.min, "", 0)), (moment, f"r{place}", score))
        for attitude, scores in {"promoter": (9, 10), "passive": (7, 8), "detractor": range(7)}.items():
            of_it = [
                (band, Decimal(v or 0)) for name, band, v in scored if name in latest and latest[name][2] in scores
            ]
            row = found[question, attitude]
            assert (row["customers"], row["net_value"]) == (len(of_it), sum(value for _, value in of_it))
            assert row["high_risk_value"] == sum(value for band, value in of_it if band == "high")
        assert (
            sum(found[question, name]["customers"] for name in ("promoter", "passive", "detractor", "no_answer")) == 40
        )
