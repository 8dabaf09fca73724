"""Tables made from orders night by night: amended by what changed, they are those that are written anew."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.amended import answer_cells, order_changes, people
from assets.amended.answer_cells import ANSWER_CELLS
from assets.amended.customer_orders import count_trait_histories
from assets.amended.facts import forget_amendments
from assets.clean import customers, survey_responses, survey_scopes
from assets.customer_summary import customer_summary
from assets.night import Night
from assets.order_steps import order_steps
from assets.rfm_cuts import rfm_cuts
from assets.segments import lifecycle_stages, rfm_segments, value_tiers
from assets.statements import Amendment, Query

from ..cleaned import CLEANED
from .conftest import ORDERS, Zone
from .order_days import HEADER, day_file

MARTS = (order_steps, rfm_cuts, rfm_segments, lifecycle_stages, value_tiers, customer_summary)
SHOP = ORDERS | {"columns": ORDERS["columns"] | {"channel": "channel", "region": "region"}}
PEOPLE = {
    "name": "people", "kind": "customers", "format": "csv",
    "columns": {
        "customer_id": "id", "acquired_at": "since", "birth_date": "born", "region": "region", "updated_at": "updated",
        "email": "email",
    },
}  # fmt: skip
SURVEY = {
    "name": "survey", "kind": "surveys", "format": "csv",
    "columns": {
        "response_id": "id", "responded_at": "day", "customer_id": "customer", "channel": "channel", "shop": "shop",
    },
    "questions": {"Q1": {"id": "recommend", "kind": "nps"}},
}  # fmt: skip
FIRST = dt.date(2024, 1, 1)
FROZEN = {"cuts": "frozen", "frozen_at": "2024-03-01"}
MEASURES = {"lifecycle": {"t1_days": 20, "t2_days": 45}}


def people_file(at_random: random.Random, day: dt.date, rows_at_most: int = 6) -> str:
    """Some people: some without a date, some of after the day, some filed before, some two accounts of one address."""
    rows = []
    for _ in range(at_random.randint(rows_at_most // 2, rows_at_most)):
        number = at_random.randint(1, 500)
        since = at_random.choice(["", str(day - dt.timedelta(days=9)), str(day + dt.timedelta(days=3))])
        region = at_random.choice(["", "east", "west"])
        born = f"{at_random.randint(1950, 2000)}-0{at_random.randint(1, 4)}-{at_random.randint(10, 28)}"
        rows.append(f"c{number},{since},{born},{region},{day},c{number // 2 if day.day == 9 else number}@post.org\n")
    return "id,since,born,region,updated,email\n" + "".join(rows)


def survey_file(at_random: random.Random, day: dt.date, rows_at_most: int = 6) -> str:
    """Some answers, some of nobody, some of after the day, some given before."""
    rows = []
    for _ in range(at_random.randint(rows_at_most // 2, rows_at_most)):
        customer = at_random.choice(["", *(f"c{at_random.randint(1, 550)}" for _ in range(4))])
        on = day + dt.timedelta(days=at_random.choice([0, 0, 2]))
        place = at_random.choice(["web,one", ",two", "app,"])
        rows.append(f"r{at_random.randint(1, 900)},{on},{customer},{place},{at_random.randint(0, 10)}\n")
    return "id,day,customer,channel,shop,Q1\n" + "".join(rows)


def rows_of(zone: Zone) -> dict[str, pl.DataFrame]:
    names = [
        ANSWER_CELLS,
        "trait_histories",
        *(one.contract.name for one in (customers, survey_responses, survey_scopes, *MARTS)),
    ]
    return {name: zone.frame(f"select * from {name} order by all") for name in names}


def compute(zone: Zone, night: Night, amended: Counter[str] | None = None) -> dict[str, pl.DataFrame]:
    for table in (*CLEANED, *MARTS):
        content = table.compute(night)
        if amended is not None and isinstance(content, Amendment) and content.obsolete is not None:
            amended[table.contract.name] += 1
        zone.warehouse.replace(table.contract, content)
        if table is customers and amended is not None and zone.warehouse.has("customers_remade"):
            amended["known_customers"] += 1
    count_trait_histories(night, steady_orders=2)
    return rows_of(zone)


def expect_as_anew(zone: Zone, night: Night, found: dict[str, pl.DataFrame]) -> None:
    forget_amendments(zone.warehouse)
    for name, anew in compute(zone, night).items():
        assert_frame_equal(found[name], anew)


IDENTITY = {"match": ["email"]}


@pytest.mark.parametrize(
    ("seed", "sections"),
    [
        (0, {}),
        (1, {"measures": MEASURES | {"rfm": FROZEN}}),
        (2, {"measures": MEASURES, "identity": IDENTITY}),
        (3, {"measures": {"rfm": FROZEN}, "identity": IDENTITY}),
    ],
)
def test_whatever_the_nights_bring_and_wherever_their_date_moves_amended_is_as_anew(
    zone: Zone, seed: int, sections: dict[str, Any]
) -> None:
    at_random = random.Random(seed)
    days = [FIRST + dt.timedelta(days=place) for place in range(0, 90, 3)]
    for day in days:
        zone.write(f"{day}.csv", day_file(at_random, day, customers=150))
    for day in days[::4]:
        zone.write(f"{day}.people", people_file(at_random, day))
        zone.write(f"{day}.survey", survey_file(at_random, day))
    zone.write("base.people", people_file(at_random, days[9], 900))
    zone.write("base.survey", survey_file(at_random, days[9], 900))
    people, survey = (one | {"path": str(zone.raw / f"*.{one['name']}")} for one in (PEOPLE, SURVEY))
    configuration = zone.configuration(SHOP, people, survey, **sections)
    amended: Counter[str] = Counter()
    as_of = FIRST + dt.timedelta(days=80)
    for step in (0, 1, 0, 3, -2, 1, -30, 30, 1):
        as_of += dt.timedelta(days=step)
        late = FIRST + dt.timedelta(days=at_random.randint(0, 85))
        zone.write(f"late {late}.csv", day_file(at_random, late, customers=150).replace(f"{late}-", f"late {late}-"))
        kind = at_random.choice([(people_file, "people"), (survey_file, "survey"), (survey_file, "survey")])
        zone.write(f"{at_random.choice(days[::4])}.{kind[1]}", kind[0](at_random, late))
        zone.land(configuration)
        night = Night(as_of, zone.clock, configuration, zone.warehouse, zone.home)
        found = compute(zone, night, amended)
        if at_random.random() < 0.5:
            continue  # the next night amends what was amended
        expect_as_anew(zone, night, found)
    some = ("order_steps", "customer_days", "known_customers", "survey_responses", "survey_scopes")
    assert all(amended[name] > 1 for name in some) or "identity" in sections, amended


@pytest.mark.parametrize("sections", [{}, {"identity": IDENTITY}])
def test_customers_put_together_in_parts_are_those_put_together_at_once(
    zone: Zone, monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any]
) -> None:
    at_random = random.Random(3)
    for day in (FIRST + dt.timedelta(days=place) for place in range(0, 40, 2)):
        zone.write(f"{day}.csv", day_file(at_random, day, customers=400))
    zone.write("all.people", people_file(at_random, FIRST + dt.timedelta(days=8), 900))
    zone.write("all.survey", survey_file(at_random, FIRST, 400))
    sources = (one | {"path": str(zone.raw / f"*.{one['name']}")} for one in (PEOPLE, SURVEY))
    configuration = zone.configuration(SHOP, *sources, measures=MEASURES, **sections)
    zone.land(configuration)
    night = Night(FIRST + dt.timedelta(days=60), zone.clock, configuration, zone.warehouse, zone.home)
    at_once = compute(zone, night)
    united = zone.frame("select count(*) from customer_identities where account_id <> customer_id").item()
    assert bool(united) == bool(sections)
    monkeypatch.setattr(people, "_AT_ONCE", 100)
    assert len(people._parts_of_accounts(zone.warehouse)) > 5
    expect_as_anew(zone, night, at_once)


def test_where_t1_or_t2_moves_only_those_with_a_gap_between_are_counted_again(zone: Zone) -> None:
    at_random = random.Random(5)
    days = [FIRST + dt.timedelta(days=place) for place in range(200)]
    for month in range(1, 8):
        of_month = [day_file(at_random, day, customers=150) for day in days if day.month == month]
        zone.write(f"{month}.csv", HEADER + "".join(text.removeprefix(HEADER) for text in of_month))
    configuration = zone.configuration(SHOP)
    cuts: list[tuple[int, int]] = []
    amended: Counter[str] = Counter()
    for day in (days[150], *days[160:190:3], days[176], days[199]):
        zone.land(configuration)
        night = Night(day, zone.clock, configuration, zone.warehouse, zone.home)
        histories = zone.warehouse.has("lifecycle_histories")
        before = zone.warehouse.rows("select count(*) from lifecycle_histories")[0][0] if histories else 0
        found = compute(zone, night, amended)
        cuts.append(found["lifecycle_stages"].select("t1_days", "t2_days").unique().row(0))
        made = zone.warehouse.rows("select count(*) from customers_to_recount")[0][0] if len(cuts) > 1 else 0
        assert made < before or len(cuts) == 1, "some histories are left as they were"
        if day.day % 2:
            expect_as_anew(zone, night, found)
    assert all(len({cut[place] for cut in cuts}) > 3 for place in (0, 1)), cuts
    assert amended["order_steps"] == len(cuts) - 1


def test_of_files_that_reach_past_the_night_only_what_is_dated_between_is_made_again(zone: Zone) -> None:
    at_random = random.Random(6)
    days = [FIRST + dt.timedelta(days=place) for place in range(120)]
    for first in range(0, 120, 8):
        orders = (day_file(at_random, day, customers=150) for day in days[first : first + 8])
        zone.write(f"{first}.csv", HEADER + "".join(text.removeprefix(HEADER) for text in orders))
    header = "id,day,customer,channel,shop,Q1\n"
    answers = (survey_file(at_random, day).removeprefix(header).replace("r", f"r{day}-") for day in days)
    zone.write("all.survey", header + "".join(answers))
    people = "".join(f"c{number},{days[number % 120]},,east,,\n" for number in range(400))
    zone.write("all.people", "id,since,born,region,updated,email\n" + people)
    sources = (one | {"path": str(zone.raw / f"*.{one['name']}")} for one in (PEOPLE, SURVEY))
    configuration = zone.configuration(SHOP, *sources, measures=MEASURES)
    zone.land(configuration)
    amended: Counter[str] = Counter()
    for place in (100, 103, 104, 101, 110, 119):
        night = Night(days[place], zone.clock, configuration, zone.warehouse, zone.home)
        found = compute(zone, night, amended)
        if place > 100:
            latest = "change_no = (select max(change_no) from order_changes)"
            changed = zone.frame(f"select count(*) from order_changes where {latest}").item()
            assert 0 < changed < found_orders(zone) / 4
        if place % 2:
            expect_as_anew(zone, night, found)
    some = ("order_steps", "customer_days", "known_customers", "survey_responses", "survey_scopes")
    assert all(amended[name] >= 3 for name in some), amended


def test_answers_counted_by_an_earlier_version_of_the_program_are_counted_anew(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.write("a.survey", survey_file(random.Random(1), FIRST, 400))
    zone.write("a.csv", day_file(random.Random(1), FIRST, customers=50))
    survey = SURVEY | {"path": str(zone.raw / "*.survey")}
    with monkeypatch.context() as earlier:
        of_days = "select question, kind, responded_on, count(*) as n from answers_to_count group by all"
        earlier.setattr(answer_cells, "cells_query", lambda: Query(of_days))
        zone.night(SHOP, survey)
    zone.write("b.survey", survey_file(random.Random(2), FIRST))
    night = zone.night(SHOP, survey)
    expect_as_anew(zone, night, compute(zone, night))


def test_an_order_whose_products_alone_are_others_is_made_again(zone: Zone) -> None:
    a_shop(zone)
    lines = "".join(f"s{place},2024-03-01,c1,p{place},1,5.00,web,north\n" for place in range(30))
    zone.write("month.csv", HEADER + lines + "two,2024-03-01,c2,p1,1,5.00,web,north\n")
    zone.write("other.csv", HEADER + "two,2024-03-02,c2,p1,1,5.00,web,north\n")
    assert products_of(zone, "two") == 1
    zone.write("month.csv", HEADER + lines + "two,2024-03-01,c2,p2,1,5.00,web,north\n")
    assert products_of(zone, "two") == 2
    assert zone.frame("select count(distinct order_no) from order_changes where change_no = 3").item() == 1


def found_orders(zone: Zone) -> int:
    return int(zone.frame("select count(*) from orders").item())


def products_of(zone: Zone, order_id: str) -> int:
    """Of an order, after a night of the shop's facts."""
    night = zone.night(SHOP, measures=MEASURES)
    night.compute(*CLEANED)
    return int(zone.frame(f"select products from orders where order_id = '{order_id}'").item())


def a_shop(zone: Zone) -> None:
    """Forty orders of four customers, landed and computed."""
    zone.write("first.csv", HEADER + "".join(
        f"o{place},{FIRST + dt.timedelta(days=place)},c{place % 4},p1,1,5.00,web,north\n" for place in range(40)
    ))  # fmt: skip
    night = zone.night(SHOP, measures=MEASURES)
    compute(zone, night)


def another_order(zone: Zone, number: int) -> Night:
    """A night with one more order, whose facts alone are computed."""
    zone.write(f"{number}.csv", HEADER + f"n{number},2024-03-{number:02},c{number % 4},p1,1,5.00,app,north\n")
    return zone.night(SHOP, measures=MEASURES)


def test_a_table_that_sat_out_some_nights_is_brought_up_by_all_they_changed(zone: Zone) -> None:
    a_shop(zone)
    for number in (1, 2, 3):
        night = another_order(zone, number)
    assert zone.frame("select count(distinct change_no) from order_changes").item() == 3
    amended: Counter[str] = Counter()
    found = compute(zone, night, amended)
    assert amended["order_steps"] == 1
    expect_as_anew(zone, night, found)


def test_changes_that_every_table_has_seen_are_not_kept(zone: Zone) -> None:
    a_shop(zone)
    for number in (1, 2, 3):
        compute(zone, another_order(zone, number))
    for table in ("order_changes", "order_versions"):
        assert zone.frame(f"select count(*) from (select distinct change_no from {table})").item() <= 1


def test_a_table_that_missed_more_changes_than_are_kept_is_written_anew(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_changes, "_KEPT_CHANGES", 1)
    a_shop(zone)
    for number in (1, 2, 3):
        night = another_order(zone, number)
    amended: Counter[str] = Counter()
    found = compute(zone, night, amended)
    assert amended["order_steps"] == 0
    expect_as_anew(zone, night, found)
