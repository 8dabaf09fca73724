"""Date formats: told from all values of a file; where they leave it open, the other files settle it, or it waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from assets.landing.date_formats import Finding, Phase, phases
from assets.landing.landing_error import LandingError

from .conftest import HEADER, ORDERS, Zone

# How one and the same day is written, and the time of day that is told with it.
WRITTEN = {
    "25/03/2011 08:26": "08:26:00",
    "3/25/2011 8:26 AM": "08:26:00",
    "25.3.2011": "00:00:00",
    "25-03-2011 20:26:05": "20:26:05",
    "2011/3/25 8:26": "08:26:00",
    "2011-3-25 8:26": "08:26:00",
    "2011.03.25": "00:00:00",
    "20110325": "00:00:00",
    "20110325202605": "20:26:05",
    "2011年3月25日": "00:00:00",
    "2011年03月25日 20:26": "20:26:00",
    "2011/3/25 下午 08:26:05": "20:26:05",
    "2011/3/25 上午8:26": "08:26:00",
    "２０１１／０３／２５": "00:00:00",
    "25 Mar 2011": "00:00:00",
    "25 March 2011 8:26 pm": "20:26:00",
    "Mar 25, 2011, 8:26 PM": "20:26:00",
    "3/25/2011, 8:26\u202fPM": "20:26:00",
    "March 25, 2011": "00:00:00",
    "25-MAR-11": "00:00:00",
    "3/25/11 8:26": "08:26:00",
    "25/03/2011 08:26:05.250": "08:26:05.250000",
}


def test_every_usual_way_to_write_a_day_and_a_time_is_told_from_the_file_itself(zone: Zone) -> None:
    for number, text in enumerate(WRITTEN):
        zone.write(f"{number}.csv", HEADER + f'o{number:02},"{text}",anna,p1,1,1.00\n')
    zone.night()
    found = zone.frame("select ordered_at from order_lines order by order_id")["ordered_at"].to_list()
    assert [str(moment) for moment in found] == [f"2011-03-25 {time}" for time in WRITTEN.values()]


@pytest.mark.parametrize("text", ["2011034", "40627", "25/03", "1.2.3", "Q1 2011", "2011-W12", "99/99/2011"])
def test_what_only_resembles_a_date_is_none(zone: Zone, text: str) -> None:
    zone.write("a.csv", HEADER + f"o1,{text},anna,p1,1,1.00\n")
    zone.night()
    assert zone.reasons() == {2: ["unparsable_ordered_at"]}


def test_excel_s_day_numbers_are_dates_only_where_the_configuration_says_so(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,40627,anna,p1,1,1.00\no2,40627.851446759,anna,p1,1,1.00\no3,no,anna,p1,1,1.00\n")
    zone.night(ORDERS | {"date_format": "excel", "timezone": "Asia/Shanghai"})
    found = zone.frame("select ordered_at from order_lines order by order_id")["ordered_at"].to_list()
    assert [str(moment) for moment in found] == ["2011-03-25 00:00:00", "2011-03-25 12:26:05"]
    assert zone.reasons() == {4: ["unparsable_ordered_at"]}


def _order(order: str, day: str) -> str:
    return f"{order},{day},anna,p1,1,1.00\n"


OPEN = HEADER + _order("open", "03/04/2011")
DAY_FIRST = HEADER + _order("day-first", "25/04/2011")
MONTH_FIRST = HEADER + _order("month-first", "04/25/2011")
ISO = HEADER + _order("iso", "2011-04-25")


def _days(zone: Zone) -> dict[str, str]:
    rows = zone.frame("select order_id, ordered_on from order_lines").rows()
    return {order: str(day) for order, day in rows}


def test_a_file_whose_dates_are_open_is_read_as_the_files_that_decide_agree(zone: Zone) -> None:
    zone.write("1.csv", OPEN)
    zone.write("2.csv", MONTH_FIRST)
    zone.night()
    assert _days(zone) == {"open": "2011-03-04", "month-first": "2011-04-25"}


@pytest.mark.parametrize(
    ("others", "why"),
    [([ISO], "no other file of the source decides it"), ([DAY_FIRST, MONTH_FIRST], "contradict each other")],
    ids=["nobody says anything", "they contradict each other"],
)
def test_it_is_set_aside_where_no_other_file_decides_or_they_disagree(zone: Zone, others: list[str], why: str) -> None:
    zone.write("open.csv", OPEN)
    for number, other in enumerate(others):
        zone.write(f"{number}.csv", other)
    zone.night()
    assert "open" not in _days(zone)
    error = zone.frame("select error from row_accounting where status = 'unreadable'").item()
    assert error.startswith("ordered_at: '03/04/2011' can be read as %d/%m/%Y and as %m/%d/%Y, and no value")
    assert why in error
    assert error.endswith("declare `date_format`")


def test_values_that_read_the_same_either_way_decide_nothing_and_need_no_decision(zone: Zone) -> None:
    zone.write("1.csv", HEADER + _order("same", "05/05/2011"))
    zone.night()
    assert _days(zone) == {"same": "2011-05-05"}
    zone.write("2.csv", OPEN)
    zone.night()
    assert _days(zone) == {"same": "2011-05-05"}


def test_a_file_as_often_in_one_order_as_in_the_other_decides_nothing(zone: Zone) -> None:
    zone.write("1.csv", HEADER + _order("a", "25/04/2011") + _order("b", "04/25/2011"))
    with pytest.raises(LandingError, match="as many values are in %d/%m/%Y as in %m/%d/%Y"):
        zone.night()


FILES = {"1.csv": OPEN, "2.csv": ISO, "3.csv": DAY_FIRST, "4.csv": OPEN.replace("open", "other"), "5.csv": MONTH_FIRST}


@pytest.mark.parametrize("last", [3, 4, 5])
def test_the_order_of_landing_changes_nothing(zones: Callable[[str], Zone], last: int) -> None:
    """Each night lands one more file; what the last one shows is what a bulk load of the same files shows."""
    files = dict(list(FILES.items())[:last])
    shown: list[Any] = []
    for number, order in enumerate(permutations(files) if last == 3 else [tuple(files), tuple(reversed(files))]):
        zone = zones(f"one-by-one-{number}")
        zone.write("0.csv", HEADER + _order("first", "2011-01-01"))
        for name in order:
            zone.write(name, files[name])
            zone.land(zone.configuration())
        zone.night()
        shown.append(_shown(zone))
    bulk = zones("bulk")
    bulk.write("0.csv", HEADER + _order("first", "2011-01-01"))
    for name, content in files.items():
        bulk.write(name, content)
    bulk.night()
    assert all(one == _shown(bulk) for one in shown)
    assert len(_days(bulk)) == {3: 4, 4: 5, 5: 4}[last]  # from file 5 on, nobody knows any more


def _shown(zone: Zone) -> tuple[Any, ...]:
    files = zone.frame("select file, status, error, rows_in, accepted from row_accounting order by file").rows()
    return files, zone.frame("select * exclude (loaded_at) from order_lines order by all").rows()


def test_a_replay_sees_what_that_night_saw(zone: Zone) -> None:
    """Unreadable at first, read once another file decides, unreadable again once a third contradicts it."""
    nights: list[tuple[dt.datetime, set[str]]] = []
    for name, content in {"0.csv": ISO, "1.csv": OPEN, "2.csv": DAY_FIRST, "3.csv": MONTH_FIRST}.items():
        zone.write(name, content)
        night = zone.night()
        nights.append((night.known_at, set(_days(zone))))
    assert [("open" in orders) for _, orders in nights] == [False, False, True, False]
    for known_at, orders in nights:
        zone.night(known_at=known_at)
        assert set(_days(zone)) == orders
    balance = zone.frame("select sum(rows_in) = sum(accepted + duplicates + quarantined) from row_accounting").item()
    assert balance


def test_a_replay_says_the_same_after_everything_was_read_again(zone: Zone) -> None:
    """Another mapping reads every file again; since when each could be read follows from when the files came."""
    nights: list[tuple[dt.datetime, set[str]]] = []
    for name, content in {"0.csv": ISO, "1.csv": OPEN, "2.csv": DAY_FIRST}.items():
        zone.write(name, content)
        night = zone.night()
        nights.append((night.known_at, set(_days(zone))))
    other = ORDERS | {"columns": ORDERS["columns"] | {"region": "'GB'"}}
    for known_at, orders in nights:
        zone.night(other, known_at=known_at)
        assert set(_days(zone)) == orders


def test_rows_that_were_refused_stay_refused_when_their_file_is_read_later(zone: Zone) -> None:
    zone.write("0.csv", ISO)
    zone.write("1.csv", OPEN + "too,few\n" + _order("never", "sometime"))
    zone.night()
    zone.write("2.csv", DAY_FIRST)
    zone.night()
    assert zone.reasons() == {3: ["too_few_columns"], 4: ["unparsable_ordered_at"]}
    assert zone.totals() | {"rows_in": 5, "accepted": 3, "quarantined": 2} == zone.totals()


def test_each_field_is_settled_by_itself(zone: Zone) -> None:
    header = HEADER.replace("\n", ",changed\n")
    source = ORDERS | {"columns": ORDERS["columns"] | {"updated_at": "changed"}}
    zone.write("1.csv", header + "o1,03/04/2011,anna,p1,1,1.00,04/03/2011\n")
    zone.write("2.csv", header + "o2,25/04/2011,anna,p1,1,1.00,2011-04-26\n")
    with_one = zone.night(source)
    assert "o1" not in _days(zone)
    zone.write("3.csv", header + "o3,2011-04-25,anna,p1,1,1.00,04/26/2011\n")
    zone.night(source)
    assert _days(zone)["o1"] == "2011-04-03"
    changed = "select updated_at from landed_transactions where order_id = 'o1'"
    assert str(zone.frame(changed).item()) == "2011-04-03 00:00:00"
    assert with_one.known_at < zone.clock


MORNING, NOON, EVENING = (dt.datetime(2024, 7, 1, hour) for hour in (6, 12, 18))
UNSETTLED = Finding(0, "ordered_at", ("%d/%m/%Y", "%m/%d/%Y"), False, "03/04/2011")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], [(None, False)]),
        ([("ordered_at", "%d/%m/%Y", MORNING)], [(None, True)]),
        ([("ordered_at", "%d/%m/%Y", EVENING)], [(None, False), (EVENING, True)]),
        ([("updated_at", "%d/%m/%Y", EVENING)], [(None, False)]),
        ([("ordered_at", "%Y%m%d", EVENING)], [(None, False)]),
        ([("ordered_at", "%d/%m/%Y", MORNING), ("ordered_at", "%m/%d/%Y", EVENING)], [(None, True), (EVENING, False)]),
        ([("ordered_at", "%d/%m/%Y", EVENING), ("ordered_at", "%m/%d/%Y", EVENING)], [(None, False), (EVENING, False)]),
    ],
)
def test_a_reading_holds_from_the_moment_others_settle_it(
    said: list[tuple[str, str, dt.datetime]], expected: list[tuple[dt.datetime | None, bool]]
) -> None:
    found = phases([UNSETTLED], said, NOON)
    assert [(one.since, not one.error) for one in found] == expected
    assert all(one == Phase(one.since, {"ordered_at": "%d/%m/%Y"}) for one in found if not one.error)
