"""Duplicates, corrections and conflicts: one row stays, and which one depends on names and times, never on luck."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import polars.testing
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import HEADER, KEYED, KEYED_HEADER, ORDERS, Zone

ROW = "o1,2024-06-01,anna,p1,1,5.00\n"
KEEP = ORDERS | {"duplicates": "keep"}


def _lines(zone: Zone) -> list[tuple[str, str, Decimal]]:
    return zone.frame("select order_id, file, amount from order_lines order by order_id, line_number, file").rows()


def _version(price: str, *, updated: str = "", order: str = "o1", line: str = "1") -> str:
    return f"{line},{updated},{order},2024-06-01,anna,p1,1,{price}\n"


@pytest.mark.parametrize(("source", "accepted"), [(ORDERS, 2), (KEEP, 4)], ids=["content", "keep"])
def test_equal_rows_of_a_file_are_one_row_unless_all_are_kept(
    zone: Zone, source: dict[str, Any], accepted: int
) -> None:
    zone.write("a.csv", HEADER + ROW + ROW + ROW.replace("p1", "p2") + ROW)
    zone.night(source)
    assert zone.totals() | {"rows_in": 4, "accepted": accepted, "duplicates": 4 - accepted} == zone.totals()


@pytest.mark.parametrize(("source", "accepted"), [(ORDERS, 1), (KEEP, 2)], ids=["content", "keep"])
def test_a_row_delivered_again_in_another_file_is_a_duplicate_even_where_equal_rows_of_a_file_are_kept(
    zone: Zone, source: dict[str, Any], accepted: int
) -> None:
    """Identity is the occurrence within the file: two in each of two files are two rows, not four."""
    zone.write("file-2.csv", HEADER + ROW + ROW)
    zone.write("file-10.csv", HEADER + ROW + ROW + "o2,2024-06-02,bob,p1,1,1.00\n")
    zone.night(source)
    assert zone.totals() | {"rows_in": 5, "accepted": accepted + 1} == zone.totals()
    assert {file for order, file, _ in _lines(zone) if order == "o1"} == {"file-2.csv"}


def test_rows_without_a_line_id_that_differ_in_any_column_of_the_source_are_two_rows(zone: Zone) -> None:
    header = HEADER.replace("\n", ",till\n")
    zone.write("a.csv", header + ROW.replace("\n", ",1\n") + ROW.replace("\n", ",2\n"))
    zone.night()
    assert zone.totals()["accepted"] == 2


@pytest.mark.parametrize("first", ["file-2.csv", "file-10.csv"])
def test_of_two_versions_the_later_file_in_natural_order_wins_whichever_was_loaded_first(
    zone: Zone, first: str
) -> None:
    texts = {"file-2.csv": KEYED_HEADER + _version("5.00"), "file-10.csv": KEYED_HEADER + _version("6.00")}
    zone.write(first, texts.pop(first))
    zone.night(KEYED)
    ((second, text),) = texts.items()
    zone.write(second, text)
    zone.night(KEYED)
    assert _lines(zone) == [("o1", "file-10.csv", Decimal(6))]
    assert zone.totals() | {"accepted": 2, "superseded": 1, "duplicates": 0} == zone.totals()


def test_the_highest_update_time_wins_over_any_file_name(zone: Zone) -> None:
    zone.write("file-2.csv", KEYED_HEADER + _version("5.00", updated="2024-06-03"))
    zone.write("file-10.csv", KEYED_HEADER + _version("6.00", updated="2024-06-02") + _version("7.00", line="2"))
    zone.night(KEYED)
    assert _lines(zone) == [("o1", "file-2.csv", Decimal(5)), ("o1", "file-10.csv", Decimal(7))]


def test_equal_content_under_one_key_is_a_duplicate_not_a_correction(zone: Zone) -> None:
    zone.write("a.csv", KEYED_HEADER + _version("5.00") * 2)
    zone.write("b.csv", KEYED_HEADER + _version("5.00") + _version("5.00", line="2"))
    zone.night(KEYED)
    assert zone.totals() | {"rows_in": 4, "accepted": 2, "duplicates": 2, "superseded": 0} == zone.totals()


def test_two_versions_inside_one_file_are_both_set_aside_with_their_original_text(zone: Zone) -> None:
    zone.write("a.csv", KEYED_HEADER + _version("5.00") + _version("6.00") + _version("9.00", line="2"))
    zone.night(KEYED)
    assert _lines(zone) == [("o1", "a.csv", Decimal(9))]
    aside = zone.frame("select line_number, reasons, raw from quarantine order by 1").rows()
    assert [row[:2] for row in aside] == [(2, ["conflicting_versions"]), (3, ["conflicting_versions"])]
    assert [json.loads(row[2])["price"] for row in aside] == ["5.00", "6.00"]
    assert zone.frame("select amount_quarantined from row_accounting").item() == 11
    zone.night(KEYED)
    assert zone.frame("select count(*) from quarantine").item() == 2


def test_an_update_time_orders_the_versions_of_one_file_and_only_ties_are_conflicts(zone: Zone) -> None:
    tied = _version("1.00", updated="2024-06-02") + _version("2.00", updated="2024-06-02")
    zone.write("a.csv", KEYED_HEADER + tied + _version("3.00", updated="2024-06-03"))
    zone.night(KEYED)
    assert _lines(zone) == [("o1", "a.csv", Decimal(3))]
    assert zone.reasons() == {2: ["conflicting_versions"], 3: ["conflicting_versions"]}


def test_two_newest_versions_of_one_time_leave_the_one_before_them_in_force(zone: Zone) -> None:
    """What cannot be believed is as if it had not been delivered, in the same file as in a later one."""
    tied = _version("6.00", updated="2024-06-02") + _version("7.00", updated="2024-06-02")
    earlier = _version("4.00", updated="2024-05-31") + _version("5.00", updated="2024-06-01")
    zone.write("a.csv", KEYED_HEADER + earlier + tied)
    zone.night(KEYED)
    assert _lines(zone) == [("o1", "a.csv", Decimal(5))]
    assert zone.reasons() == {4: ["conflicting_versions"], 5: ["conflicting_versions"]}


def test_a_conflict_in_a_later_file_leaves_the_earlier_version_in_force(zone: Zone) -> None:
    zone.write("1.csv", KEYED_HEADER + _version("5.00"))
    zone.write("2.csv", KEYED_HEADER + _version("6.00") + _version("7.00"))
    zone.night(KEYED)
    assert _lines(zone) == [("o1", "1.csv", Decimal(5))]


@pytest.mark.parametrize("versions", [("5.00", "6.00"), ("6.00", "5.00")])
def test_two_versions_appended_under_one_file_name_are_both_set_aside_unless_an_update_time_orders_them(
    zone: Zone, versions: tuple[str, str]
) -> None:
    """Neither name nor moment of loading may decide, and a hash that nobody foresees must not."""
    append = {**KEYED, "delivery": "append"}
    for day, price in enumerate(versions, start=2):
        timed = _version("1.00", line="2", updated=f"2024-06-0{day}").replace("1.00", f"{day}.00")
        zone.write("a.csv", KEYED_HEADER + _version(price) + timed + _version("9.00", line="3"))
        zone.night(append)
    assert _lines(zone) == [("o1", "a.csv", Decimal(3)), ("o1", "a.csv", Decimal(9))]
    aside = zone.frame("select line_number, reasons from quarantine").rows()
    assert aside == [(2, ["conflicting_versions"])] * 2
    zone.write("b.csv", KEYED_HEADER + _version("7.00"))
    zone.night(append)
    assert ("o1", "b.csv", Decimal(7)) in _lines(zone)


def test_order_ids_are_unique_within_their_source_only(zone: Zone) -> None:
    zone.write("uk/a.csv", HEADER + ROW)
    zone.write("de/a.csv", HEADER + ROW.replace("5.00", "8.00"))
    uk, de = (ORDERS | {"name": name, "path": str(zone.raw / name / "*.csv")} for name in ("uk", "de"))
    zone.night(uk, de)
    assert zone.frame("select source, order_id, net_value from orders order by 1").rows() == [
        ("de", "o1", Decimal(8)),
        ("uk", "o1", Decimal(5)),
    ]


def test_of_a_response_delivered_twice_the_later_file_corrects_the_earlier(zone: Zone) -> None:
    survey = {
        "name": "survey", "kind": "surveys",
        "columns": {"response_id": "id", "responded_at": "day", "channel": "channel", "branch": "branch"},
        "questions": {"Q": {"id": "overall", "kind": "csat"}},
    }  # fmt: skip
    zone.write("1.csv", "id,day,Q,channel,branch\nr1,2024-06-01,1,app,east\n")
    zone.write("2.csv", "id,day,Q,channel,branch\nr1,2024-06-01,5,web,west\n")
    zone.night(survey)
    assert zone.frame("select response_id, score from survey_responses").rows() == [("r1", Decimal(5))]
    placed = zone.frame("select scope, scope_value from survey_scopes order by 1").rows()
    assert placed == [("all", "all"), ("branch", "west"), ("channel", "web")]


NUMBERS = itertools.count()
GOOD = st.builds(
    lambda order, customer, product, quantity, cents: (
        f"o{order},2024-06-{order + 1:02},{customer},{product},{quantity},{cents // 100}.{cents % 100:02}\n"
    ),
    st.integers(0, 5), st.sampled_from(["anna", "bob", ""]), st.sampled_from(["p1", "p2"]), st.integers(-3, 5),
    st.integers(0, 9999),
)  # fmt: skip
CORRUPT = st.sampled_from(
    [
        "o1,never,anna,p1,1,5.00\n",
        ",2024-06-01,anna,p1,2,3.33\n",
        "o2,2024-06-02,bob,p1,1,-1.25\n",
        "o2,2024-06-02,bob,p1,1,free\n",
        "o3,2024-06-02\n",
        "o3,2024-06-02,bob,p1,1,5.00,too,many\n",
        'o4,2024-06-02,"bob"by,p1,1,5.00\n',
        'o4,2024-06-02,"bob,p1,1,5.00\n',
        "o5,1901-01-01,bob,p1,3,1.01\n",
    ]
)
ROWS_GIVEN = st.lists(st.one_of(GOOD, GOOD, CORRUPT), min_size=1, max_size=12).flatmap(
    lambda rows: st.lists(st.sampled_from(rows), min_size=len(rows), max_size=3 * len(rows)).map(
        lambda more: rows + more
    )
)


def _readable_amount(row: str) -> Decimal:
    """The money of a row that can be read, worked out apart from the code under test."""
    parts = row.strip().split(",")
    if len(parts) != 6 or '"' in row:
        return Decimal(0)
    try:
        return Decimal(parts[4]) * Decimal(parts[5])
    except ArithmeticError:
        return Decimal(0)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=ROWS_GIVEN, cuts=st.integers(1, 3), seed=st.integers(0, 2**16))
def test_any_mixture_in_any_order_and_split_balances_and_gives_the_same_clean_tables(
    zones: Callable[[str], Zone], rows: list[str], cuts: int, seed: int
) -> None:
    one, other = zones(f"zone {next(NUMBERS)}"), zones(f"zone {next(NUMBERS)}")
    one.write("all.csv", HEADER + "".join(rows))
    one.night()
    shuffled = random.Random(seed).sample(rows, len(rows))
    for part in range(cuts):
        other.write(f"part-{part}.csv", HEADER + "".join(shuffled[part::cuts]))
    other.night()

    for zone in (one, other):
        totals = zone.totals()
        assert totals["rows_in"] == len(rows)
        assert totals["rows_in"] == totals["accepted"] + totals["duplicates"] + totals["quarantined"]
        money = zone.frame(
            "select amount_in, amount_accepted, amount_duplicates, amount_quarantined from row_accounting"
        )
        amount_in, *parts = money.sum().row(0)
        assert amount_in == sum(map(_readable_amount, rows)) == sum(parts)
        assert zone.frame("select count(*) from quarantine").item() == totals["quarantined"]
    for table in ("orders", "customer_days", "customers"):
        ours, theirs = (zone.frame(f"select * from {table} order by all") for zone in (one, other))
        assert ours.equals(theirs), table
    line = ("order_id", "ordered_at", "customer_id", "product_id", "quantity", "unit_price", "kind", "amount")
    lines = [zone.frame(f"select {', '.join(line)} from order_lines order by all") for zone in (one, other)]
    pl.testing.assert_frame_equal(*lines)
