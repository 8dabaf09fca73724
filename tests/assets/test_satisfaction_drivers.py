"""Drivers of satisfaction from the answers of a night."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest

from assets.configuration.settings import Configuration
from assets.night import Night
from assets.satisfaction_drivers import satisfaction_drivers
from assets.tables import SURVEY_RESPONSES
from assets.warehouse import Warehouse

from .small_tables import BUSINESS, replace

AS_OF = dt.date(2024, 6, 30)
PARTS = {"staff": 0.8, "price": 0.3, "queues": 0.0}
Response = dict[str, float | None]


def responses(count: int, seed: int = 4) -> list[Response]:
    """Overall is mostly staff, somewhat price and not at all queues; all of 1 to 5."""
    at_random = random.Random(seed)
    made: list[Response] = []
    for _ in range(count):
        parts = {name: at_random.randint(1, 5) for name in PARTS}
        wish = sum(PARTS[name] * parts[name] for name in parts) + at_random.gauss(0, 0.6)
        made.append({**parts, "overall": min(max(round(wish), 1), 5)})
    return made


def drivers(given: list[Response], *, days_ago: int = 5, **questions: Any) -> list[dict[str, Any]]:
    declared = {
        "Q1": {"id": "overall", "kind": "csat"},
        **{name: {"kind": "csat", "driver_of": "overall"} for name in PARTS},
        **questions,
    }
    survey = {
        "name": "visit", "kind": "surveys", "path": "*.csv", "columns": {"response_id": "i", "responded_at": "d"},
        "questions": declared,
    }  # fmt: skip
    configuration = Configuration.model_validate({"business": BUSINESS, "sources": [survey]})
    day = AS_OF - dt.timedelta(days=days_ago)
    kinds = {question.get("id", key): question["kind"] for key, question in declared.items()}
    rows = [
        {
            "source": "visit", "response_id": f"r{place}", "question": question, "kind": kinds[question],
            "score": score, "responded_on": day, "responded_at": dt.datetime.combine(day, dt.time(9)),
            "is_satisfied": score >= 4 if kinds[question] == "csat" else None,
        }
        for place, response in enumerate(given)
        for question, score in response.items()
        if score is not None
    ]  # fmt: skip
    warehouse = Warehouse.open(None, threads=1)
    replace(warehouse, SURVEY_RESPONSES, rows)
    night = Night(AS_OF, dt.datetime(2024, 7, 1), configuration, warehouse, Path("home"))
    night.compute(satisfaction_drivers)
    return warehouse.connection.sql("select * from satisfaction_drivers").pl().to_dicts()


def by_driver(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["driver"]: row for row in rows}


def test_what_was_drawn_to_matter_most_ranks_first_and_what_explains_nothing_last() -> None:
    given = responses(600)
    found = by_driver(drivers(given))
    assert [found[name]["rank"] for name in ("staff", "price", "queues")] == [1, 2, 3]
    assert found["staff"]["low"] > found["price"]["high"]
    assert found["queues"]["importance"] < 0.01
    assert sum(row["importance"] for row in found.values()) == pytest.approx(found["staff"]["r_squared"])
    assert {(row["answers"], row["n"], row["withheld"], row["as_of"]) for row in found.values()} == {
        (600, 600, None, AS_OF)
    }
    staff = [response["staff"] or 0 for response in given]
    assert found["staff"]["mean"] == pytest.approx(sum(staff) / 600)
    assert found["staff"]["performance"] == pytest.approx(sum(score >= 4 for score in staff) / 600)


def test_only_responses_that_answer_everything_asked_count() -> None:
    given = responses(600)
    for place in range(150):
        given[place]["price"] = None
    for place in range(150, 200):
        given[place]["overall"] = None
    found = by_driver(drivers(given))
    assert {(row["answers"], row["n"]) for row in found.values()} == {(550, 400)}
    assert found["staff"]["importance"] == pytest.approx(by_driver(drivers(given[200:]))["staff"]["importance"])


def test_a_driver_that_was_not_asked_is_left_out_and_said_so() -> None:
    given: list[Response] = [{**response, "price": None} for response in responses(300)]
    found = by_driver(drivers(given))
    assert (found["price"]["withheld"], found["price"]["importance"], found["price"]["n"]) == ("not_asked", None, 300)
    assert sorted(found[name]["rank"] for name in ("staff", "queues")) == [1, 2]


@pytest.mark.parametrize("seed", [2, 4])
def test_two_drivers_that_are_always_answered_alike_rank_as_declared(seed: int) -> None:
    """Rounding alone tells what they explain apart, one way or the other from night to night."""
    given = [response | {"queues": response["staff"]} for response in responses(300, seed)]
    found = by_driver(drivers(given))
    assert found["staff"]["importance"] == pytest.approx(found["queues"]["importance"], abs=1e-12)
    assert (found["staff"]["rank"], found["queues"]["rank"], found["price"]["rank"]) == (1, 2, 3)


def test_few_answers_and_a_weak_fit_are_withheld_with_the_reason() -> None:
    few = by_driver(drivers(responses(99)))["staff"]
    assert [few[key] for key in ("withheld", "n", "r_squared", "importance", "performance")] == [
        "too_few_answers", 99, None, None, None
    ]  # fmt: skip
    scattered: list[Response] = [{**one, "overall": 1 + place * 7 % 5} for place, one in enumerate(responses(500))]
    weak = by_driver(drivers(scattered))["staff"]
    assert (weak["withheld"], weak["importance"], weak["rank"]) == ("weak_fit", None, None)
    assert weak["r_squared"] < 0.1
    assert weak["performance"] is not None


def test_answers_outside_the_window_and_a_survey_without_answers_leave_the_drivers_withheld() -> None:
    for rows in (drivers(responses(300), days_ago=400), drivers([])):
        assert {(row["answers"], row["n"], row["withheld"]) for row in rows} == {(0, 0, "not_asked")}
        assert len(rows) == 3


def test_where_only_the_overall_question_was_asked_nothing_is_explained_and_nothing_claimed() -> None:
    rows = drivers([{"overall": response["overall"]} for response in responses(300)])
    assert {(row["answers"], row["n"], row["r_squared"], row["withheld"]) for row in rows} == {
        (300, 300, None, "not_asked")
    }


def test_a_driver_of_another_kind_is_placed_on_its_scale() -> None:
    given: list[Response] = [{**response, "effort": 1 + (response["staff"] or 0)} for response in responses(300)]
    found = by_driver(drivers(given, effort={"kind": "ces", "driver_of": "overall"}))
    assert found["effort"]["mean"] == pytest.approx(1 + found["staff"]["mean"])
    assert found["effort"]["performance"] == pytest.approx(found["staff"]["mean"] / 6)  # of 1 to 7
    assert found["effort"]["importance"] == pytest.approx(found["staff"]["importance"])


def test_the_same_answers_give_the_same_intervals() -> None:
    assert drivers(responses(300)) == drivers(responses(300))


def test_without_a_declared_driver_there_are_no_rows() -> None:
    plain = {name: {"kind": "csat", "driver_of": None} for name in PARTS}
    assert drivers(responses(300), **plain) == []
