"""Cleaning night by night: whatever came in whatever order, the clean tables are those of one night over all of it."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from assets import clean, facts
from assets.amended import facts as amended_facts
from assets.amended.facts import forget_amendments
from assets.landing.row_summaries import summarise_new_rows
from assets.night import Night

from ..cleaned import CLEANED
from .conftest import HEADER, KEYED, KEYED_HEADER, ORDERS, RATES, Zone

JUNE_30 = dt.date(2024, 6, 30)
FACTS = {table.contract.name: table for table in (facts.order_flows, facts.orders, facts.customer_days)}
SUMMARIES = ("landed_counts", "landed_set_aside", "repeated_rows", "split_orders")
FOREIGN = ORDERS | {"columns": ORDERS["columns"] | {"currency": "cur"}}


def facts_of(zone: Zone) -> dict[str, pl.DataFrame]:
    return {name: zone.frame(f"select * from {name} order by all") for name in ("order_lines", *FACTS)}


def expect_as_from_scratch(zone: Zone, night: Night) -> None:
    """What was amended is what would be written anew, and what was kept of landed rows what would be found anew."""
    amended = facts_of(zone)
    kept = summaries_of(zone)
    for summary in (*SUMMARIES, "summarised_contents"):
        zone.warehouse.rows(f"delete from {summary}")
    summarise_new_rows(zone.warehouse)
    for name, anew in summaries_of(zone).items():
        assert_frame_equal(kept[name], anew)
    forget_amendments(zone.warehouse)
    assert zone.warehouse.replace(clean.order_lines.contract, clean.order_lines.compute(night)) == len(
        amended["order_lines"]
    )
    night.compute(*FACTS.values())
    for name, anew in facts_of(zone).items():
        assert_frame_equal(amended[name], anew)


def summaries_of(zone: Zone) -> dict[str, pl.DataFrame]:
    return {name: zone.frame(f"select * from {name} order by all") for name in SUMMARIES}


def cleaned_files(zone: Zone) -> list[str]:
    """The files whose lines the last night summed."""
    return zone.frame("select file from contents_changed order by 1")["file"].to_list()


def day_file(day: int, *lines: str) -> str:
    return HEADER + "".join(f"{line}\n" for line in (f"o{day},2024-06-{day:02},anna,p1,1,5.00", *lines))


def history(zone: Zone, days: Iterable[int]) -> None:
    for day in days:
        zone.write(f"{day:02}.csv", day_file(day))


def test_only_files_whose_lines_are_other_than_last_night_are_cleaned_again(zone: Zone) -> None:
    history(zone, range(1, 8))
    zone.night()
    assert len(cleaned_files(zone)) == 7
    zone.night()
    assert cleaned_files(zone) == []
    zone.write("08.csv", day_file(8))
    expect_as_from_scratch(zone, zone.night())
    zone.night()
    zone.write("09.csv", day_file(9))
    zone.night()
    assert cleaned_files(zone) == ["09.csv"]
    zone.write("03.csv", day_file(3, "o3,2024-06-03,anna,p2,1,1.00"))
    night = zone.night()
    assert cleaned_files(zone) == ["03.csv"]
    assert zone.frame("select count(*) from order_lines").item() == 10
    expect_as_from_scratch(zone, night)


def test_the_night_s_date_moves_forward_and_back_over_lines_and_files(zone: Zone) -> None:
    history(zone, range(1, 7))
    zone.write("long.csv", HEADER + "".join(f"x{day},2024-06-{day:02},bob,p1,1,2.00\n" for day in range(1, 30)))
    for day, lines in ((30, 35), (3, 6), (20, 26), (1, 2), (30, 35)):
        night = zone.night(as_of=dt.date(2024, 6, day))
        assert zone.frame("select count(*) from order_lines").item() == lines
        expect_as_from_scratch(zone, night)


def test_money_paid_back_after_the_night_comes_with_its_own_day(zone: Zone) -> None:
    source = ORDERS | {"columns": ORDERS["columns"] | {"refunded": "back", "refunded_at": "back_on"}}
    header = HEADER.replace("\n", ",back,back_on\n")
    for day in range(1, 6):
        back = "2.00,2024-06-20" if day == 1 else ","
        zone.write(f"{day:02}.csv", f"{header}o{day},2024-06-{day:02},anna,p1,1,5.00,{back}\n")
    for day, lines in ((10, 5), (20, 6), (19, 5)):
        night = zone.night(source, as_of=dt.date(2024, 6, day))
        assert zone.frame("select count(*) from order_lines").item() == lines
        expect_as_from_scratch(zone, night)


def test_an_order_that_gets_a_customer_from_a_later_file_has_it_on_its_earlier_lines(zone: Zone) -> None:
    history(zone, range(1, 7))
    zone.write("07.csv", HEADER + "o9,2024-06-07,,p1,1,3.00\n")
    zone.night()
    zone.write("08.csv", HEADER + "o9,2024-06-08,dora,p2,1,3.00\n")
    night = zone.night()
    customers = "select file, customer_id from order_lines where order_id = 'o9' order by 1"
    assert zone.frame(customers).rows() == [("07.csv", "dora"), ("08.csv", "dora")]
    assert cleaned_files(zone) == ["07.csv", "08.csv"]
    expect_as_from_scratch(zone, night)
    expect_as_from_scratch(zone, zone.night(as_of=dt.date(2024, 6, 7)))
    assert zone.frame(customers).rows() == [("07.csv", None)]


def test_a_correction_and_a_conflict_in_later_files_reach_the_lines_of_earlier_ones(zone: Zone) -> None:
    for day in range(1, 8):
        zone.write(f"{day:02}.csv", KEYED_HEADER + f"1,,o{day},2024-06-{day:02},anna,p1,1,5.00\n")
    zone.night(KEYED)
    zone.write("08.csv", KEYED_HEADER + "1,,o2,2024-06-02,anna,p1,1,6.00\n")
    night = zone.night(KEYED)
    assert cleaned_files(zone) == ["02.csv", "08.csv"]
    expect_as_from_scratch(zone, night)
    zone.write("08.csv", KEYED_HEADER + "1,,o2,2024-06-02,anna,p1,1,6.00\n1,,o2,2024-06-02,anna,p1,1,7.00\n")
    night = zone.night(KEYED)
    assert zone.frame("select amount from order_lines where order_id = 'o2'").item() == 5
    expect_as_from_scratch(zone, night)


def test_a_rate_that_comes_later_admits_the_rows_that_waited_and_a_replay_knows_nothing_of_it(zone: Zone) -> None:
    for day in range(1, 8):
        zone.write(f"{day:02}.csv", HEADER.replace("\n", ",cur\n") + f"o{day},2024-06-{day:02},anna,p1,1,5.00,GBP\n")
    zone.write("08.csv", HEADER.replace("\n", ",cur\n") + "o8,2024-06-08,anna,p1,2,5.00,EUR\n")
    zone.write("r/1.rates", "day,code,rate\n2024-06-20,EUR,0.90\n")
    rates = RATES | {"path": str(zone.raw / "r/*.rates"), "format": "csv"}
    before = zone.night(FOREIGN, rates)
    tables = ("order_lines", "row_accounting", "quarantine", "row_outcomes")
    kept = {table: zone.frame(f"select * from {table} order by all") for table in tables}
    assert zone.reasons() == {2: ["missing_exchange_rate"]}
    assert "EUR" in zone.frame("select raw from quarantine").item()
    zone.write("r/2.rates", "day,code,rate\n2024-06-07,EUR,0.80\n")
    night = zone.night(FOREIGN, rates)
    assert cleaned_files(zone) == ["08.csv"]
    line = "select amount, rate, amount_original, currency from order_lines where order_id = 'o8'"
    assert zone.frame(line).row(0) == (8, Decimal("0.8"), 10, "EUR")
    assert zone.reasons() == {}
    expect_as_from_scratch(zone, night)
    zone.night(FOREIGN, rates, known_at=before.known_at)
    for table, frame in kept.items():
        assert frame.equals(zone.frame(f"select * from {table} order by all")), table


def test_another_mapping_is_not_mistaken_for_the_one_the_lines_were_made_of(zone: Zone) -> None:
    """Contents read again may get the numbers of those they replace."""
    history(zone, range(1, 4))
    zone.night()
    night = zone.night(ORDERS | {"columns": ORDERS["columns"] | {"quantity": "3"}})
    assert zone.frame("select sum(amount) from order_lines").item() == 45
    expect_as_from_scratch(zone, night)


NUMBERS = itertools.count()
VALID = st.builds(
    lambda key, cents: f"{key},2024-06-01,k{key},2024-06-{key + 1:02},anna,p1,1,{cents // 100}.{cents % 100:02}",
    st.integers(0, 5), st.integers(0, 9999),
)  # fmt: skip
# A key's version says when it was written: which one counts does not depend on the file it stands in.
VERSION = st.builds(
    lambda key, version: f"{key},2024-06-{version + 2:02},k{key},2024-06-{key + 1:02},bob,p2,2,{version}.50",
    st.integers(0, 5), st.integers(0, 4),
)  # fmt: skip
CORRUPT = st.sampled_from(
    [
        "1,2024-06-09,k1,never,anna,p1,1,5.00",
        "2,2024-06-09,,2024-06-03,anna,p1,1,2.25",
        "3,soon,k3,2024-06-04,anna,p1,1,1.75",
        "4,2024-06-09,k4",
        "5,2024-06-09,k5,2024-06-06,anna,p1,1,-4.00",
        '0,2024-06-09,k0,2024-06-01,"an"na,p1,1,1.00',
    ]
)


def one_content_per_key(rows: list[str]) -> list[str]:
    """Of the valid rows of a key that would be in conflict, the first: corrections are dated, these are not."""
    first: dict[str, str] = {}
    return [first.setdefault(row.split(",")[0], row) if ",2024-06-01,k" in row else row for row in rows]


def money_in(row: str) -> Decimal:
    parts = row.split(",")
    if len(parts) != 8 or '"' in row:
        return Decimal(0)
    return Decimal(parts[6]) * Decimal(parts[7])


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    rows=st.lists(st.one_of(VALID, VERSION, VERSION, CORRUPT), min_size=2, max_size=25).map(one_content_per_key),
    copies=st.lists(st.integers(0, 24), max_size=8),
    cuts=st.integers(2, 4),
    seed=st.integers(0, 2**16),
)
def test_any_mixture_of_corrections_copies_and_dirt_in_any_files_in_any_order_gives_one_truth(
    zones: Callable[[str], Zone], rows: list[str], copies: list[int], cuts: int, seed: int
) -> None:
    rows = rows + [rows[place % len(rows)] for place in copies]
    shuffled = random.Random(seed).sample(rows, len(rows))
    files = {
        f"part-{part}.csv": KEYED_HEADER + "".join(f"{row}\n" for row in shuffled[part::cuts]) for part in range(cuts)
    }
    whole, at_once, step_by_step = (zones(f"{name} {next(NUMBERS)}") for name in ("whole", "at once", "step by step"))
    whole.write("all.csv", KEYED_HEADER + "".join(f"{row}\n" for row in rows))
    whole.night(KEYED)
    for name, text in files.items():
        at_once.write(name, text)
    at_once.night(KEYED)
    for name in random.Random(seed + 1).sample(sorted(files), cuts):
        step_by_step.write(name, files[name])
        expect_as_from_scratch(step_by_step, step_by_step.night(KEYED))

    for zone in (whole, at_once, step_by_step):
        totals = zone.totals()
        assert totals["rows_in"] == len(rows) == totals["accepted"] + totals["duplicates"] + totals["quarantined"]
        assert zone.frame("select count(*) from order_lines").item() == totals["accepted"] - totals["superseded"]
        money = "amount_in, amount_accepted, amount_duplicates, amount_quarantined"
        amount_in, *parts = zone.frame(f"select {money} from row_accounting").sum().row(0)
        assert amount_in == sum(map(money_in, rows)) == sum(parts)
        assert zone.frame("select count(*) from quarantine").item() == totals["quarantined"]
    told = "order_id, line_id, ordered_at, customer_id, product_id, quantity, unit_price, amount"
    lines = [zone.frame(f"select {told} from order_lines order by all") for zone in (whole, at_once, step_by_step)]
    assert_frame_equal(lines[0], lines[1])
    assert_frame_equal(lines[1], lines[2])
    for table in ("order_lines", "row_accounting", "quarantine"):
        ours, theirs = (
            zone.frame(f"select * exclude (loaded_at) from {table} order by all" if table != "quarantine"
                       else f"select * from {table} order by all")
            for zone in (at_once, step_by_step)
        )  # fmt: skip
        assert_frame_equal(ours, theirs)


@pytest.mark.parametrize("source_name", ["shop", "another"])
def test_the_hash_of_a_row_comes_from_what_it_says_not_from_the_types_of_its_file(zone: Zone, source_name: str) -> None:
    """One file's numbers are whole and its days bare, another's are not: the same row is in both."""
    source = ORDERS | {"name": source_name, "path": str(zone.raw / "*.parquet")}
    typed = {"order_id": ["o1", "o2"], "customer_id": ["anna", "bob"], "product": ["p1", "p1"]}
    days = [dt.date(2024, 6, 1), dt.date(2024, 6, 2)]
    first = pl.DataFrame(typed | {"ordered_at": days, "quantity": [1, 2], "price": [5, 7]})
    second = first.with_columns(
        pl.col("ordered_at").cast(pl.Datetime("us")), pl.col("quantity").cast(pl.Float64),
        pl.col("price").cast(pl.Decimal(10, 2)), note=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    path = Path(zone.raw)
    first.write_parquet(path / "a.parquet")
    second.select(sorted(second.columns, reverse=True)).write_parquet(path / "b.parquet")
    zone.night(source)
    assert zone.totals() | {"rows_in": 4, "accepted": 2, "duplicates": 2} == zone.totals()


def test_values_that_change_places_between_columns_are_another_row(zone: Zone) -> None:
    zone.write("a.csv", HEADER.replace("\n", ",one,two\n") + "".join(
        f"o1,2024-06-01,anna,p1,1,5.00,{pair}\n" for pair in ("x,y", "y,x", "x,", ",x")
    ))  # fmt: skip
    zone.night()
    assert zone.totals()["accepted"] == 4


def test_facts_computed_twice_over_the_same_lines_are_the_same(zone: Zone) -> None:
    history(zone, range(1, 8))
    night = zone.night()
    once = facts_of(zone)
    night.compute(*FACTS.values(), *FACTS.values())
    for name, again in facts_of(zone).items():
        assert_frame_equal(once[name], again)


def test_sums_made_part_by_part_are_those_made_at_once(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    history(zone, range(1, 10))
    night = zone.night()
    at_once = facts_of(zone)
    monkeypatch.setattr(amended_facts, "ROWS_AT_ONCE", 2)
    assert len(amended_facts.changed_flows(night).parts) == 0  # nothing has changed
    expect_as_from_scratch(zone, night)
    for name, in_parts in facts_of(zone).items():
        assert_frame_equal(at_once[name], in_parts)


def test_a_night_that_ended_between_two_facts_is_made_up_for(zone: Zone) -> None:
    history(zone, range(1, 8))
    zone.night()
    zone.write("08.csv", day_file(8, "o3,2024-06-08,anna,p1,-1,5.00"))
    zone.night(as_of=dt.date(2024, 6, 7))
    night = zone.night(as_of=dt.date(2024, 6, 7))
    later = Night(JUNE_30, zone.clock, night.configuration, zone.warehouse, zone.home)
    # The sums are written, and the orders and days of their customers are not.
    later.compute(*CLEANED[: CLEANED.index(facts.orders)])
    zone.write("09.csv", day_file(9, "o5,2024-06-09,bob,p1,1,2.00"))
    expect_as_from_scratch(zone, zone.night())
    assert zone.frame("select lines from orders where order_id = 'o3'").item() == 2


@pytest.mark.parametrize("minimum", ["0.01", "6.00"])
def test_orders_are_made_anew_when_another_value_makes_them_valid(zone: Zone, minimum: str) -> None:
    history(zone, range(1, 4))
    zone.night()
    zone.night(measures={"minimum_order_value": minimum})
    valid = zone.frame("select count(valid_from) from orders").item()
    assert valid == (3 if minimum == "0.01" else 0)
    assert zone.frame("select sum(orders) from customer_days").item() == valid
