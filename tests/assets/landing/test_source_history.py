"""Sources against their own history: what is unusual is seen, what is usual or too small to judge is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from assets import source_history
from assets.expectations import CheckOutcome, specs_for
from assets.expectations.validation import validate
from assets.night import Night
from assets.raw_rows import check_raw_rows
from assets.tables import SOURCE_TRENDS, SOURCE_VALUES

LAST = dt.date(2024, 6, 30)  # a Sunday
WEEKS = 12
COLUMNS = ("order_id", "ordered_at", "customer_id", "product_id", "quantity", "unit_price", "channel")
SHOP = {"name": "shop", "kind": "transactions", "columns": {name: name for name in COLUMNS}}
WATCHED = (source_history.source_history, source_history.source_trends, source_history.source_values)

Row = tuple[object, ...]


def line(day: dt.date, number: int, **changes: object) -> Row:
    row = {
        "order_id": f"{day}-{number}", "ordered_at": f"{day} 10:00", "customer_id": f"c{number}", "product_id": "p",
        "quantity": 1, "unit_price": "9.50", "channel": "web" if number % 4 else "app",
    }  # fmt: skip
    return tuple({**row, **changes}[name] for name in COLUMNS)


def days(count: int = 7 * WEEKS) -> list[dt.date]:
    return [LAST - dt.timedelta(days=back) for back in reversed(range(count))]


def csv(rows: list[Row]) -> str:
    return "\n".join(",".join(str(value) for value in row) for row in [COLUMNS, *rows]) + "\n"


def log(per_day: int = 100, change: Callable[[dt.date, int], dict[str, object] | None] | None = None) -> str:
    """Twelve weeks of a shop; ``change`` answers what is different on a line, or None to leave it out."""
    changed = change or (lambda _day, _number: {})
    lines = [
        line(day, number, **different)
        for day in days()
        for number in range(per_day)
        if (different := changed(day, number)) is not None
    ]
    return csv(lines)


def watched(zone: Any, **night: Any) -> Night:
    made = zone.night(SHOP, **night)
    made.compute(*WATCHED)
    return made


def warnings(night: Night) -> dict[str, CheckOutcome]:
    """What the suites of the sources say tonight, by the name of the check that failed."""
    found = [
        outcome
        for contract in (SOURCE_TRENDS, SOURCE_VALUES)
        for outcome in validate(night.warehouse, contract, as_of=night.as_of, configuration=night.configuration)
    ]
    assert [outcome.error for outcome in found if outcome.error] == []
    return {outcome.name: outcome for outcome in found if not outcome.passed}


def test_a_shop_that_goes_on_as_it_was_is_quiet(zone: Any) -> None:
    zone.write("all.csv", log())
    assert warnings(watched(zone)) == {}
    assert zone.frame("select figure, value from source_trends where figure = 'rows_in_week'").rows() == [
        ("rows_in_week", 700.0)
    ]


@pytest.mark.parametrize("gone", ["half of a day", "a channel", "everything known of the customers"])
def test_a_shop_too_small_to_judge_is_quiet_whatever_happens(zone: Any, gone: str) -> None:
    def change(day: dt.date, number: int) -> dict[str, object] | None:
        if day < LAST - dt.timedelta(days=2):
            return {}
        if gone == "half of a day":
            return {} if number else None
        return {"channel": "web"} if gone == "a channel" else {"customer_id": ""}

    zone.write("all.csv", log(2, change))
    assert warnings(watched(zone)) == {}


def test_a_history_of_three_weeks_is_none(zone: Any) -> None:
    zone.write("all.csv", csv([line(d, n) for d in days(21) for n in range(100 if d < LAST else 5)]))
    assert warnings(watched(zone)) == {}


def test_half_a_file_is_seen_and_only_on_its_own_night(zone: Any) -> None:
    zone.write("all.csv", log(200, lambda day, number: {} if day < LAST or number < 50 else None))
    outcome = warnings(watched(zone))["volume_as_usual"]
    assert outcome.severity == "warn"
    [seen] = outcome.sample
    assert seen == {
        "source": "shop", "figure": "rows_on_day", "judged_on": "2024-06-30", "value": 50.0, "usual": 200.0,
        "low": 80.0, "high": 500.0,
    }  # fmt: skip
    assert warnings(watched(zone, as_of=LAST - dt.timedelta(days=1))) == {}


def test_a_day_that_is_still_going_on_is_not_judged(zone: Any) -> None:
    zone.clock = dt.datetime(2024, 6, 30, 11, 0)  # landed before the day was over
    zone.write("all.csv", log(200, lambda day, number: {} if day < LAST or number < 50 else None))
    night = watched(zone)
    assert warnings(night) == {}
    judged = zone.frame("select judged_on from source_trends where figure = 'rows_on_day'").item()
    assert judged == LAST - dt.timedelta(days=1)


def test_a_week_that_came_twice_is_seen(zone: Any) -> None:
    recent = LAST - dt.timedelta(days=6)
    again = [line(day, number + 1000) for day in days(7) for number in range(150)]
    zone.write("all.csv", log())
    zone.write("more.csv", csv(again))
    outcome = warnings(watched(zone))["volume_as_usual"]
    assert [(row["figure"], row["value"]) for row in outcome.sample] == [("rows_in_week", 1750.0)]
    assert recent in days()


def test_a_quiet_weekday_is_held_against_its_like(zone: Any) -> None:
    zone.write("all.csv", log(200, lambda day, number: {} if day.weekday() < 6 or number < 20 else None))
    assert warnings(watched(zone)) == {}


@pytest.mark.parametrize(
    ("figure", "different"),
    [
        ("share_without_customer", {"customer_id": ""}),
        ("refund_share", {"quantity": -1}),
        ("quarantine_rate", {"unit_price": "free"}),
    ],
)
def test_a_share_that_jumps_is_seen(zone: Any, figure: str, different: dict[str, object]) -> None:
    week_ago = LAST - dt.timedelta(days=7)
    zone.write("all.csv", log(100, lambda day, number: different if number < (30 if day > week_ago else 2) else {}))
    outcome = warnings(watched(zone))["shares_as_usual"]
    assert [row["figure"] for row in outcome.sample] == [figure]
    assert outcome.sample[0]["value"] == pytest.approx(0.3)
    assert warnings(watched(zone, as_of=week_ago)) == {}


def test_duplicates_that_jump_are_seen(zone: Any) -> None:
    zone.write("a.csv", log())
    zone.write("b.csv", csv([line(day, number) for day in days(7) for number in range(30)]))
    outcome = warnings(watched(zone))["shares_as_usual"]
    assert [(row["figure"], row["value"]) for row in outcome.sample] == [
        ("duplicate_rate", pytest.approx(210 / 910, abs=1e-4))
    ]


def test_a_channel_that_stopped_coming_is_named_from_the_night_its_window_is_empty(zone: Any) -> None:
    stopped = LAST - dt.timedelta(days=2)
    zone.write("all.csv", log(100, lambda day, _: {"channel": "web"} if day >= stopped else {}))
    outcome = warnings(watched(zone))["no_value_vanished"]
    [seen] = outcome.sample
    assert (seen["source"], seen["dimension"], seen["value"], seen["window_days"]) == ("shop", "channel", "app", 3)
    assert (seen["events"], seen["expected"]) == (0, 75.0)
    assert "no_value_vanished" not in warnings(watched(zone, as_of=LAST - dt.timedelta(days=1)))


def test_a_column_that_came_empty_is_every_channel_gone(zone: Any) -> None:
    empty_since = LAST - dt.timedelta(days=2)
    zone.write("all.csv", log(100, lambda day, _: {"channel": ""} if day >= empty_since else {}))
    gone = warnings(watched(zone))["no_value_vanished"].sample
    assert {row["value"] for row in gone} == {"web", "app"}


def test_a_channel_that_never_was_is_named_and_a_rare_one_is_not(zone: Any) -> None:
    def change(day: dt.date, number: int) -> dict[str, object]:
        if day == LAST and number == 0:
            return {"channel": "kiosk"}
        return {"channel": "app2"} if day >= LAST - dt.timedelta(days=1) and number % 4 == 0 else {}

    zone.write("all.csv", log(100, change))
    new = warnings(watched(zone))["no_value_new"].sample
    assert [(row["value"], row["first_on"]) for row in new] == [("app2", "2024-06-29")]
    assert warnings(watched(zone, as_of=LAST - dt.timedelta(days=2))) == {}


def test_two_spellings_of_a_channel_are_one_warning(zone: Any) -> None:
    zone.write("all.csv", log(100, lambda _, number: {"channel": "WEB"} if number % 4 == 1 else {}))
    outcome = warnings(watched(zone))["one_spelling_each"]
    assert outcome.sample == ({"source": "shop", "dimension": "channel", "spellings": ["WEB", "web"], "events": 6300},)


def late(night: Night) -> list[tuple[str, int]]:
    shown = warnings(night).get("delivered_within_cadence")
    told = [(one.source, one.days_ago) for one in source_history.late_deliveries(night)]
    assert told == ([] if shown is None else [(row["source"], row["days_ago"]) for row in shown.sample])
    return told


def test_a_source_of_which_nothing_lands_for_longer_than_its_cadence_is_an_alert(zone: Any) -> None:
    zone.write("all.csv", log(1))
    landed_on = dt.date(2024, 7, 1)
    assert late(watched(zone)) == []
    for waited, expected in ((3, []), (4, [("shop", 4)])):
        known_at = dt.datetime.combine(landed_on, dt.time(12)) + dt.timedelta(days=waited)
        assert late(watched(zone, known_at=known_at, as_of=known_at.date() - dt.timedelta(days=1))) == expected
        # The command's own choice where nothing newer has come: the newest order's date.
        assert late(watched(zone, known_at=known_at, as_of=LAST)) == expected


def test_the_alert_is_of_known_at_and_no_past_night_gives_it_falsely(zone: Any) -> None:
    zone.write("all.csv", log(1))
    watched(zone)
    much_later = dt.datetime(2024, 9, 1, 12)
    assert late(watched(zone, known_at=much_later, as_of=dt.date(2024, 5, 1))) == []  # a backfill
    replayed_at = dt.datetime(2024, 7, 2, 12)
    assert late(watched(zone, known_at=replayed_at, as_of=dt.date(2024, 7, 1))) == []  # a replay, two months on


def test_the_same_file_again_is_nothing_new_and_another_one_ends_the_alert(zone: Any) -> None:
    zone.write("all.csv", log(1))
    watched(zone)
    zone.clock = dt.datetime(2024, 7, 10, 2)
    zone.write("all.csv", log(1))
    assert late(watched(zone, as_of=dt.date(2024, 7, 9))) == [("shop", 9)]
    zone.write("next.csv", csv([line(dt.date(2024, 7, 9), 0)]))
    assert late(watched(zone, as_of=dt.date(2024, 7, 9))) == []


def raw(zone: Any, **night: Any) -> dict[str, CheckOutcome]:
    outcomes = check_raw_rows(zone.night(SHOP, **night), "transactions")
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    return {outcome.name: outcome for outcome in outcomes if not outcome.passed}


def test_what_is_wrong_in_a_delivery_is_said_when_it_is_new_with_its_place_and_nothing_of_the_row(zone: Any) -> None:
    zone.write("1.csv", csv([line(LAST, 0), line(LAST, 1, customer_id="17850.0", channel="CafÃ©")]))
    found = raw(zone)
    assert set(found) == {"ids_as_written", "text_undamaged"}
    for outcome in found.values():
        assert outcome.severity == "warn"
        assert outcome.sample == ({"source": "shop", "file": "1.csv", "line_number": 3},)
    first_known = zone.clock

    zone.clock += dt.timedelta(days=1)
    zone.write("2.csv", csv([line(LAST, 2)]))
    assert raw(zone) == {}
    assert set(raw(zone, known_at=first_known)) == {"ids_as_written", "text_undamaged"}  # the replay


def test_rows_dated_after_the_night_are_not_its_business(zone: Any) -> None:
    zone.write("1.csv", csv([line(LAST, 0), line(LAST - dt.timedelta(days=1), 1, product_id="nan")]))
    assert set(raw(zone)) == {"ids_as_written"}
    assert raw(zone, as_of=LAST - dt.timedelta(days=2)) == {}


def test_a_slip_of_the_keyboard_is_out_of_the_sources_own_range(zone: Any) -> None:
    zone.write("1.csv", log(15, lambda _, number: {"quantity": 1 + number}))
    assert raw(zone) == {}
    zone.clock += dt.timedelta(days=1)
    zone.write("2.csv", csv([line(LAST, 900, quantity=300), line(LAST, 901, quantity=8995)]))
    outcome = raw(zone)["sizes_in_range"]
    assert outcome.sample == ({"source": "shop", "file": "2.csv", "line_number": 3},)
    assert outcome.observed == {"quantity": 0.5, "unit_price": 0.0, "at_most": 0}


def test_a_source_of_another_kind_alone_leaves_the_transactions_unjudged(zone: Any) -> None:
    zone.write("1.csv", "id,at,q\n1,2024-06-30,5\n")
    survey = {
        "name": "survey", "kind": "surveys", "columns": {"response_id": "id", "responded_at": "at"},
        "questions": {"q": {"id": "overall", "kind": "csat"}},
    }  # fmt: skip
    night = zone.night(survey)
    assert all(outcome.passed for outcome in check_raw_rows(night, "transactions"))
    assert all(outcome.passed for outcome in check_raw_rows(night, "surveys"))


def test_every_check_of_the_sources_warns_and_the_silence_alone_is_told_at_once() -> None:
    specs = [spec for contract in (SOURCE_TRENDS, SOURCE_VALUES) for spec in specs_for(contract)]
    assert [spec.name for spec in specs if spec.notify] == ["delivered_within_cadence"]
