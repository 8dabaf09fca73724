"""Exports made for people: an order's head written once above its lines, and rows below the header that are no data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from .conftest import HEADER, ORDERS, Zone

HEADS = (
    HEADER
    + "o1,2024-06-01,anna,p1,2,5.00\n"
    + ",,,p2,1,3.00\n"
    + "o2,2024-06-02,bob,p1,1,5.00\n"
    + ",,,p2,1,3.00\n"  # the same text as line 3, of another order
)
FILL = {"fill_down": ["ORDER_ID ", "ordered_at", "customer_id"]}


def _lines(zone: Zone) -> list[tuple[Any, ...]]:
    return zone.frame(
        "select order_id, customer_id, product_id, amount, line_number from order_lines order by line_number"
    ).rows()


EXPECTED = [
    ("o1", "anna", "p1", Decimal(10), 2),
    ("o1", "anna", "p2", Decimal(3), 3),
    ("o2", "bob", "p1", Decimal(5), 4),
    ("o2", "bob", "p2", Decimal(3), 5),
]


def test_an_empty_value_repeats_the_one_above_and_equal_lines_of_two_orders_stay_two(zone: Zone) -> None:
    zone.write("a.csv", HEADS)
    zone.night(ORDERS | FILL)
    assert _lines(zone) == EXPECTED
    assert zone.totals() | {"accepted": 4, "duplicates": 0} == zone.totals()


def test_a_sheet_is_filled_like_a_text_file(zone: Zone) -> None:
    with xlsxwriter.Workbook(str(zone.raw / "a.xlsx")) as book:
        sheet = book.add_worksheet("Orders")
        for row, line in enumerate(HEADS.splitlines()):
            for column, value in enumerate(line.split(",")):
                if value:
                    sheet.write(row, column, float(value) if row and column > 3 else value)
    zone.night(ORDERS | FILL | {"path": str(zone.raw / "*.xlsx")})
    assert _lines(zone) == EXPECTED


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_parquet_and_json_lines_are_filled_too(zone: Zone, ending: str) -> None:
    frame = pl.read_csv(HEADS.encode())
    if ending == "parquet":
        frame.write_parquet(zone.raw / "a.parquet")
    else:
        frame.write_ndjson(zone.raw / "a.jsonl")
    zone.night(ORDERS | FILL | {"path": str(zone.raw / f"*.{ending}")})
    assert [line[:4] for line in _lines(zone)] == [line[:4] for line in EXPECTED]


def test_values_are_not_carried_from_one_file_into_the_next(zone: Zone) -> None:
    zone.write("1.csv", HEADER + "o1,2024-06-01,anna,p1,2,5.00\n")
    zone.write("2.csv", HEADER + ",,,p2,1,3.00\n")
    zone.night(ORDERS | FILL)
    assert zone.reasons() == {2: ["missing_order_id", "missing_ordered_at"]}


def test_the_lines_behind_a_head_that_could_not_be_read_do_not_fall_to_the_order_before_it(zone: Zone) -> None:
    zone.write("a.csv", HEADS.replace("o2,2024-06-02,bob,p1,1,5.00", "o2,2024-06-02,bob,p1,1,5.00,and,more"))
    zone.night(ORDERS | FILL)
    assert _lines(zone) == EXPECTED[:2]
    assert zone.reasons() == {4: ["too_many_columns"], 5: ["missing_order_id", "missing_ordered_at"]}


def test_the_original_text_of_a_filled_row_is_the_files(zone: Zone) -> None:
    zone.write("a.csv", HEADS.replace("p2,1,3.00\no2", "p2,1,free\no2"))
    zone.night(ORDERS | FILL)
    assert '"order_id":null' in zone.frame("select raw from quarantine where line_number = 3").item()


def test_a_column_to_fill_that_the_file_does_not_have_sets_the_file_aside(zone: Zone) -> None:
    zone.write("a.csv", HEADS)
    zone.write("b.csv", HEADS.replace("customer_id", "client"))
    zone.night(ORDERS | {"fill_down": ["customer_id"]})
    errors = zone.frame("select file, error from row_accounting where status = 'unreadable'").rows()
    assert [file for file, _ in errors] == ["b.csv"]
    assert errors[0][1].startswith("fill_down: found no column `customer_id`")


SURVEY = {
    "name": "survey",
    "kind": "surveys",
    "columns": {"response_id": "ResponseId", "responded_at": "EndDate"},
    "questions": {"Q1": {"id": "overall", "kind": "csat"}},
    "skip_rows_after_header": 2,
}
QUALTRICS = (
    "ResponseId,EndDate,Q1\n"
    'Response ID,End Date,"How satisfied\n\nare you?"\n'
    '"{""ImportId"":""_recordId""}","{""ImportId"":""endDate""}","{""ImportId"":""QID1""}"\n'
    "R_1,2024-06-01 10:00:00,5\n"
    "\n"
    "R_2,2024-06-01 11:00:00,9\n"
)


def test_records_below_the_header_are_skipped_as_records_and_the_line_numbers_stay_the_files(zone: Zone) -> None:
    zone.write("a.csv", QUALTRICS)
    zone.night(SURVEY)
    assert zone.frame("select response_id, score from survey_responses").rows() == [("R_1", Decimal(5))]
    assert zone.reasons() == {8: ["score_off_scale"]}
    assert zone.totals()["rows_in"] == 2


def test_rows_below_the_header_of_a_sheet_are_skipped_too(zone: Zone) -> None:
    with xlsxwriter.Workbook(str(zone.raw / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate([("ResponseId", "EndDate", "Q1"), ("Response", "End", "How?"), ("{}", "{}", "{}")]):
            sheet.write_row(row, 0, line)
        sheet.write_row(3, 0, ("R_1", "2024-06-01", 5))
        sheet.write_row(4, 0, ("R_2", "2024-06-01", 9))
    zone.night(SURVEY | {"path": str(zone.raw / "*.xlsx")})
    assert zone.frame("select response_id, score from survey_responses").rows() == [("R_1", Decimal(5))]
    assert zone.reasons() == {5: ["score_off_scale"]}


@pytest.mark.parametrize("rows", [4, 5, 100])
def test_more_rows_to_skip_than_there_are_leave_none(zone: Zone, rows: int) -> None:
    zone.write("a.csv", QUALTRICS)
    zone.night(SURVEY | {"skip_rows_after_header": rows})
    assert zone.totals()["rows_in"] == 0
