"""Dates: one business time zone, whatever the sources write, and what lies ahead stays out of sight."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import HEADER, ORDERS, Zone


def _land(zone: Zone, *moments: str, zone_of_source: str | None = None, **options: Any) -> list[str]:
    """The business moments that those texts become, in order."""
    rows = "".join(f"o{number},{moment},anna,p1,1,1.00\n" for number, moment in enumerate(moments))
    zone.write("a.csv", HEADER + rows)
    zone.night(ORDERS | {"timezone": zone_of_source} | options)
    return [str(moment) for moment in zone.frame("select ordered_at from order_lines order by order_id")["ordered_at"]]


MOMENTS = {
    "naive is business time": ("2024-06-01 23:30:00", None, "2024-06-01 23:30:00"),
    "naive in the source's zone": ("2024-06-01 23:30:00", "America/New_York", "2024-06-02 04:30:00"),
    "a day is that day wherever the source is": ("2024-06-01", "Asia/Shanghai", "2024-06-01 00:00:00"),
    "aware, in UTC": ("2024-06-01T23:30:00Z", "Asia/Shanghai", "2024-06-02 00:30:00"),
    "aware, with an offset": ("2024-06-01 23:30:00+08:00", None, "2024-06-01 16:30:00"),
    "aware, in the letters UTC": ("2024-06-01 15:30:00 UTC", None, "2024-06-01 16:30:00"),
    "aware, with an offset from GMT": ("2024-06-01 23:30 GMT+8", None, "2024-06-01 16:30:00"),
    "aware, with an offset of half hours from UTC": ("2024-06-01 21:00:00 UTC+05:30", None, "2024-06-01 16:30:00"),
    "aware, with a short offset": ("2024-06-01 23:30+08", None, "2024-06-01 16:30:00"),
    "fractions of a second": ("2024-06-01 10:00:00.250", None, "2024-06-01 10:00:00.250000"),
    "without seconds": ("2024-06-01 10:05", None, "2024-06-01 10:05:00"),
    "before the clocks go forward": ("2024-03-31T00:59:00Z", None, "2024-03-31 00:59:00"),
    "after the clocks went forward": ("2024-03-31T01:00:00Z", None, "2024-03-31 02:00:00"),
    "the hour that comes twice, first": ("2023-10-29T00:30:00Z", None, "2023-10-29 01:30:00"),
    "the hour that comes twice, again": ("2023-10-29T01:30:00Z", None, "2023-10-29 01:30:00"),
    "a time that the clocks leave out": ("2024-03-10 02:30:00", "America/New_York", "2024-03-10 07:30:00"),
    "the last minute before it": ("2024-03-10 01:59:00", "America/New_York", "2024-03-10 06:59:00"),
    "a time that comes twice": ("2023-11-05 01:30:00", "America/New_York", "2023-11-05 06:30:00"),
    "the minute before it comes": ("2023-11-05 00:59:00", "America/New_York", "2023-11-05 04:59:00"),
    "a time the business's own clocks leave out": ("2024-03-31 01:30:00", None, "2024-03-31 01:30:00"),
    "winter in another zone": ("2024-01-15 22:00:00", "America/New_York", "2024-01-16 03:00:00"),
}


FORMATS = {
    "day first": ("25/04/2024 16:05", "%d/%m/%Y %H:%M", "2024-04-25 16:05:00"),
    "month first, with am and pm": ("4/25/2024 4:05 PM", "%m/%d/%Y %I:%M %p", "2024-04-25 16:05:00"),
    "compact": ("20240425", "%Y%m%d", "2024-04-25 00:00:00"),
    "dots": ("25.04.2024", "%d.%m.%Y", "2024-04-25 00:00:00"),
}


@pytest.fixture(scope="module")
def business_time(shared_zone: Zone) -> dict[str, str]:
    """What every text became, each in a source of its own; of the formats also where they are declared."""
    cases = {name: (written, {"timezone": zone}) for name, (written, zone, _) in MOMENTS.items()}
    for name, (written, form, _) in FORMATS.items():
        cases |= {name: (written, {}), f"{name}, declared": (written, {"date_format": form})}
    for number, (written, _) in enumerate(cases.values()):
        shared_zone.write(f"{number}/a.csv", HEADER + f"o,{written},anna,p1,1,1.00\n")
    shared_zone.night_of_each(options for _, options in cases.values())
    became = dict(shared_zone.frame("select source, ordered_at from order_lines").iter_rows())
    return {name: str(became[f"case_{number}"]) for number, name in enumerate(cases)}


@pytest.mark.parametrize("name", MOMENTS)
def test_every_moment_becomes_business_time(business_time: dict[str, str], name: str) -> None:
    assert business_time[name] == MOMENTS[name][-1]


@pytest.mark.parametrize("name", FORMATS)
def test_dates_are_told_from_the_column_or_declared(business_time: dict[str, str], name: str) -> None:
    assert business_time[name] == business_time[f"{name}, declared"] == FORMATS[name][-1]


def test_an_order_of_the_late_evening_abroad_belongs_to_the_business_day(zone: Zone) -> None:
    _land(zone, "2024-06-01 23:30:00", zone_of_source="America/New_York")
    assert zone.frame("select ordered_on from orders").item() == dt.date(2024, 6, 2)


def test_a_declared_day_is_that_day_and_a_declared_offset_is_honoured(zone: Zone) -> None:
    assert _land(zone, "20240425", date_format="%Y%m%d", zone_of_source="Asia/Shanghai") == ["2024-04-25 00:00:00"]
    offset = _land(zone, "25/04/2024 16:05 +0800", date_format="%d/%m/%Y %H:%M %z", zone_of_source="Asia/Shanghai")
    assert offset == ["2024-04-25 09:05:00"]


def test_typed_moments_follow_the_same_rules(zone: Zone) -> None:
    moment = dt.datetime(2024, 6, 1, 23, 30)
    frame = pl.DataFrame(
        {"order_id": ["o1"], "customer_id": ["anna"], "product": ["p"], "quantity": [1], "price": [1.0], "at": [moment]}
    )
    columns = {"order_id": "order_id", "ordered_at": "at", "customer_id": "customer_id", "unit_price": "price"}
    found: list[str] = []
    for at in (pl.col("at"), pl.col("at").dt.replace_time_zone("Asia/Shanghai"), pl.col("at").dt.date()):
        frame.with_columns(at).write_parquet(zone.raw / "a.parquet")
        source = {"path": str(zone.raw / "*.parquet"), "columns": columns, "timezone": "America/New_York"}
        zone.night(ORDERS | source)
        found.append(str(zone.frame("select ordered_at from order_lines").item()))
    assert found == ["2024-06-02 04:30:00", "2024-06-01 16:30:00", "2024-06-01 00:00:00"]


ZONED_COLUMNS = {
    "a column": "at",
    "an expression": "at - INTERVAL 1 HOUR + INTERVAL 1 HOUR",
    "a field": "nested.at",
    "an expression over a field": "date_trunc('second', nested.at)",
}


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("ordered_at", ZONED_COLUMNS.values(), ids=ZONED_COLUMNS.keys())
def test_moments_in_a_zone_are_the_same_however_finely_a_parquet_file_counts(
    zone: Zone, unit: str, ordered_at: str
) -> None:
    moments = pa.array([dt.datetime(2024, 6, 1, 23, 30)], pa.timestamp(unit, tz="Asia/Shanghai"))
    nested = pa.StructArray.from_arrays([moments], ["at"])
    pq.write_table(pa.table({"id": ["o1"], "price": [1.0], "at": moments, "nested": nested}), zone.raw / "a.parquet")
    columns = {"order_id": "id", "ordered_at": ordered_at, "unit_price": "price"}
    zone.night(ORDERS | {"path": str(zone.raw / "*.parquet"), "columns": columns})
    assert zone.frame("select ordered_at from order_lines").item() == dt.datetime(2024, 6, 2, 0, 30)


def test_rows_a_nanosecond_apart_are_two(zone: Zone) -> None:
    moments = pa.array([1_717_240_000_123_456_001, 1_717_240_000_123_456_002], pa.timestamp("ns", tz="UTC"))
    pq.write_table(pa.table({"id": ["o1", "o1"], "price": [1.0, 1.0], "at": moments}), zone.raw / "a.parquet")
    columns = {"order_id": "id", "ordered_at": "at", "unit_price": "price"}
    zone.night(ORDERS | {"path": str(zone.raw / "*.parquet"), "columns": columns})
    assert zone.totals() | {"accepted": 2, "duplicates": 0} == zone.totals()


def test_whole_numbers_can_be_dates(zone: Zone) -> None:
    frame = pl.DataFrame({"id": ["o1"], "day": [20240425], "price": [1.0]})
    frame.write_parquet(zone.raw / "a.parquet")
    columns = {"order_id": "id", "ordered_at": "day", "unit_price": "price"}
    zone.night(ORDERS | {"path": str(zone.raw / "*.parquet"), "columns": columns})
    assert zone.frame("select ordered_on from order_lines").item() == dt.date(2024, 4, 25)


AHEAD = HEADER + "o1,2024-06-30,anna,p1,1,1.00\no2,2024-07-15,bob,p1,1,1.00\no3,2025-01-01,cleo,p1,1,1.00\n"


def test_a_row_dated_after_its_load_day_is_kept_counted_and_hidden_until_its_day(zone: Zone) -> None:
    zone.write("a.csv", AHEAD)
    zone.night(as_of=dt.date(2024, 6, 30))
    accounting = zone.frame("select accepted, dated_ahead, last_event from row_accounting").row(0)
    assert accounting == (3, 2, dt.datetime(2024, 6, 30))
    for table in ("order_lines", "orders", "customer_days", "customers"):
        assert zone.frame(f"select count(*) from {table}").item() == 1
    zone.night(as_of=dt.date(2024, 12, 31))
    assert zone.frame("select order_id from orders order by 1")["order_id"].to_list() == ["o1", "o2"]


def test_what_a_response_says_after_the_night_places_none_of_its_earlier_answers(zone: Zone) -> None:
    survey = {
        "name": "survey", "kind": "surveys",
        "columns": {
            "response_id": "id", "responded_at": "day", "question": "asked", "score": "score", "branch": "branch",
        },
        "questions": {"recommend": {"kind": "nps"}, "again": {"kind": "nps"}},
    }  # fmt: skip
    zone.write(
        "a.csv",
        "id,day,asked,score,branch\nr1,2024-06-20,recommend,9,west\nr1,2024-06-27,again,3,east\nr2,2024-06-20,again,3,\n",
    )
    branches = "select scope_value from survey_scopes where scope = 'branch'"
    for day, branch in ((26, "west"), (27, "east"), (26, "west")):
        zone.night(survey, as_of=dt.date(2024, 6, day))
        assert zone.frame(branches)["scope_value"].to_list() == [branch]


def test_a_date_of_a_hundred_years_ahead_does_not_make_the_days_before_it_delivered(zone: Zone) -> None:
    zone.write("a.csv", AHEAD.replace("2025-01-01", "2098-01-01"))
    zone.night()
    assert zone.frame("select last_event_on from event_freshness").item() == dt.date(2024, 6, 30)


def test_the_load_day_is_the_business_s_day(zone: Zone) -> None:
    """Landed at 23:30 UTC, which is half past midnight of 2 July in London."""
    zone.clock = dt.datetime(2024, 7, 1, 22, 30)
    zone.write("a.csv", HEADER + "o1,2024-07-02 00:10:00,anna,p1,1,1.00\n")
    zone.night(as_of=dt.date(2024, 7, 2))
    assert zone.frame("select dated_ahead from row_accounting").item() == 0


def test_nothing_dated_after_as_of_exists_refunds_and_answers_and_new_customers_included(zone: Zone) -> None:
    zone.write(
        "a.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\no1,2024-06-20,anna,p1,-1,5.00\no2,2024-06-20,bob,p,1,1\n"
    )
    zone.write("people.txt", "id,since\nzoe,2024-06-01\nyves,2024-06-20\n")
    zone.write("survey.txt", "id,day,who,Q\nr1,2024-06-01,xenia,5\nr2,2024-06-20,walt,1\n")
    people = {
        "name": "people", "kind": "customers", "path": str(zone.raw / "people.txt"),
        "columns": {"customer_id": "id", "acquired_at": "since"},
    }  # fmt: skip
    survey = {
        "name": "survey", "kind": "surveys", "path": str(zone.raw / "survey.txt"),
        "columns": {"response_id": "id", "responded_at": "day", "customer_id": "who"},
        "questions": {"Q": {"id": "overall", "kind": "csat"}},
    }  # fmt: skip
    zone.night(ORDERS, people, survey, as_of=dt.date(2024, 6, 10))
    assert zone.frame("select customer_id, known_since from customers order by 1").rows() == [
        (who, dt.date(2024, 6, 1)) for who in ("anna", "xenia", "zoe")
    ]
    assert zone.frame("select net_value from orders").rows() == [(5,)]
    assert zone.frame("select response_id from survey_responses").rows() == [("r1",)]


def test_ages_are_full_years_at_as_of_and_impossible_ones_unknown(zone: Zone) -> None:
    zone.write("p.csv", "id,born\na,1990-06-30\nb,1990-07-01\nc,1890-01-01\nd,2030-01-01\ne,\nf,1960-13-01\n")
    people = {"name": "people", "kind": "customers", "columns": {"customer_id": "id", "birth_date": "born"}}
    zone.night(people, as_of=dt.date(2024, 6, 30))
    ages = zone.frame("select customer_id, age from customers order by 1").rows()
    assert ages == [("a", 34), ("b", 33), ("c", None), ("d", None), ("e", None)]
    assert zone.reasons() == {7: ["unparsable_birth_date"]}
