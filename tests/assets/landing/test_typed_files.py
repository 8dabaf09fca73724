"""JSON lines, Parquet and workbooks: broken records alone, the same value whatever type a file gives it."""

from __future__ import annotations

import datetime as dt
import glob
import gzip
import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from assets.landing.content_reading import UnjudgedError
from assets.landing.landing_error import LandingError

from .conftest import ORDERS, Zone

GOOD = {
    "order_id": "o1",
    "ordered_at": "2024-06-01T10:00:00",
    "customer_id": 17850,
    "product": "p1",
    "quantity": 2,
    "price": 5,
}


def _lines(*records: dict[str, Any] | str) -> str:
    return "".join((one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) + "\n" for one in records)


def _json(zone: Zone, **options: Any) -> dict[str, Any]:
    return ORDERS | {"path": str(zone.raw / "*.jsonl*")} | options


def test_a_broken_line_is_quarantined_alone_with_its_number_and_text(zone: Zone) -> None:
    zone.write("a.jsonl", _lines("", GOOD, '{"order_id": "o2",', "", "[1, 2]", GOOD | {"order_id": "o3"}, "null"))
    zone.night(_json(zone))
    assert zone.frame("select order_id, line_number from order_lines order by 2").rows() == [("o1", 2), ("o3", 6)]
    aside = zone.frame("select line_number, reasons, raw from quarantine order by 1").rows()
    assert aside == [
        (3, ["malformed_json"], '{"order_id": "o2",'),
        (5, ["malformed_json"], "[1, 2]"),
        (7, ["malformed_json"], "null"),
    ]
    assert zone.totals() | {"rows_in": 5, "accepted": 2, "quarantined": 3} == zone.totals()


JSON_BYTES: dict[str, tuple[str, Callable[[str], bytes], dict[str, Any]]] = {
    "byte order mark": ("a.jsonl", lambda text: text.encode("utf-8-sig"), {}),
    "utf-16": ("a.jsonl", lambda text: text.encode("utf-16"), {}),
    "utf-16 without a mark": ("a.jsonl", lambda text: text.encode("utf-16-be"), {}),
    "cp1252": ("a.jsonl", lambda text: text.encode("cp1252"), {}),
    "latin-1 declared": ("a.jsonl", lambda text: text.encode("latin-1"), {"encoding": "latin-1"}),
    "gzip": ("a.jsonl.gz", lambda text: gzip.compress(text.encode()), {}),
    "zstandard": ("a.jsonl.zst", lambda text: pa.compress(text.encode(), "zstd", asbytes=True), {}),
    "windows line ends": ("a.jsonl", lambda text: text.replace("\n", "\r\n").encode(), {}),
}


@pytest.mark.parametrize(("name", "encode", "options"), JSON_BYTES.values(), ids=JSON_BYTES.keys())
def test_json_lines_are_read_in_every_encoding_and_compression(
    zone: Zone, name: str, encode: Callable[[str], bytes], options: dict[str, Any]
) -> None:
    zone.write(name, encode(_lines(GOOD, GOOD | {"order_id": "o2", "product": "Café £5"})))
    zone.night(_json(zone, **options))
    found = zone.frame("select order_id, customer_id, product_id, amount from order_lines order by 1").rows()
    assert found == [("o1", "17850", "p1", Decimal(10)), ("o2", "17850", "Café £5", Decimal(10))]


def test_values_of_several_kinds_stay_what_they_say(zone: Zone) -> None:
    """A number among texts, a text among numbers, a fraction among whole numbers: nothing becomes empty."""
    zone.write(
        "a.jsonl",
        _lines(
            GOOD | {"customer_id": 7},
            GOOD | {"order_id": "o2", "customer_id": "A7", "price": 19.9},
            GOOD | {"order_id": 3, "customer_id": 7.0, "price": "free"},
            GOOD | {"order_id": 4, "quantity": "2"},
            '{"order_id": 12345678901234567890123, "ordered_at": "2024-06-01", "quantity": 1, "price": 0.1}',
        ),
    )
    zone.night(_json(zone))
    found = zone.frame("select order_id, customer_id, unit_price from order_lines order by line_number").rows()
    assert found == [
        ("o1", "7", Decimal(5)),
        ("o2", "A7", Decimal("19.9")),
        ("4", "17850", Decimal(5)),
        ("12345678901234567890123", None, Decimal("0.1")),
    ]
    assert zone.reasons() == {3: ["unparsable_unit_price"]}


def test_numbers_are_the_same_in_a_file_that_has_only_whole_ones(zones: Callable[[str], Zone]) -> None:
    """Day by day each file has its own kinds of numbers; together they have one: the rows are the same."""
    days = [GOOD, GOOD | {"order_id": 2, "price": 5.5, "customer_id": 1.5}, GOOD | {"order_id": "3", "price": None}]
    shown: list[Any] = []
    for way, texts in {"daily": [_lines(day) for day in days], "bulk": [_lines(*days)]}.items():
        zone = zones(way)
        for number, text in enumerate(texts):
            zone.write(f"{number}.jsonl", text)
            zone.land(zone.configuration(_json(zone)))
        zone.night(_json(zone))
        shown.append(zone.frame("select order_id, customer_id, unit_price from order_lines order by 1").rows())
        hashes = zone.frame("select row_hash from landed_transactions order by coalesce(order_id, '')")
        shown[-1].append(hashes["row_hash"].to_list())
    assert shown[0] == shown[1]


def test_the_same_record_in_another_file_is_a_duplicate_whatever_its_neighbours_make_of_its_types(zone: Zone) -> None:
    zone.write("1.jsonl", _lines(GOOD))
    zone.write("2.jsonl", _lines(GOOD | {"gift": None}, GOOD | {"order_id": 2, "price": 0.5, "customer_id": "x"}))
    zone.night(_json(zone))
    assert zone.totals() | {"rows_in": 3, "accepted": 2, "duplicates": 1} == zone.totals()


NESTED = {
    "order_id": "id",
    "ordered_at": "at",
    "customer_id": "customer.id",
    "region": "customer.address.country",
    "channel": "coalesce(utm ->> 'source', 'direct')",
    "product_id": "items ->> '$[0].sku'",
    "quantity": "1",
    "amount": "total / 100",
}


def test_fields_of_nested_objects_are_read_and_may_be_left_out(zone: Zone) -> None:
    whole = {
        "id": 1,
        "at": "2024-06-01",
        "total": 1250,
        "customer": {"id": 7, "address": {"country": "GB"}},
        "utm": {"source": "mail"},
        "items": [{"sku": "p1"}, {"sku": "p2"}],
    }
    zone.write("1.jsonl", _lines(whole, {"id": 2, "at": "2024-06-01", "total": 5, "customer": {"id": "x"}}))
    zone.write("2.jsonl", _lines({"id": 3, "at": "2024-06-02", "total": 100, "customer": None}))
    zone.night(_json(zone, columns=NESTED))
    found = zone.frame("select order_id, customer_id, region, channel, product_id, amount from order_lines order by 1")
    assert found.rows() == [
        ("1", "7", "GB", "mail", "p1", Decimal("12.5")),
        ("2", "x", None, "direct", None, Decimal("0.05")),
        ("3", None, None, "direct", None, Decimal(1)),
    ]


def test_an_expression_over_numbers_reads_the_files_that_write_them_as_text_or_not_at_all(zone: Zone) -> None:
    columns = ORDERS["columns"] | {"unit_price": "price * 2", "discount": "coalesce(off, 0) + 0"}
    zone.write("1.jsonl", _lines(GOOD | {"off": 1}))
    zone.write("2.jsonl", _lines(GOOD | {"order_id": "o2", "price": "2.5"}, GOOD | {"order_id": "o3", "price": "x"}))
    zone.night(_json(zone, columns=columns))
    assert zone.frame("select order_id, unit_price, discount from order_lines order by 1").rows() == [
        ("o1", Decimal(10), Decimal(1)),
        ("o2", Decimal(5), Decimal(0)),
    ]
    assert zone.reasons() == {2: ["unparsable_unit_price"]}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "the file is empty (0 bytes)"),
        ("\n\n", "no line holds a JSON object"),
        ("[]\n", "no line holds a JSON object"),
        (_lines({key: GOOD[key] for key in GOOD if key != "price"}), "found no column `price`"),
        (_lines(GOOD | {"Price": 2}), "the keys 'price' and 'Price' differ in case alone"),
    ],
)
def test_json_lines_that_cannot_be_read_are_set_aside_whole(zone: Zone, text: str, error: str) -> None:
    zone.write("good.jsonl", _lines(GOOD))
    zone.write("bad.jsonl", text)
    zone.night(_json(zone))
    assert error in zone.frame("select error from row_accounting where status = 'unreadable'").item()


def test_an_object_with_a_key_without_a_sign_within_it_is_its_text(zone: Zone) -> None:
    zone.write("a.jsonl", _lines(GOOD | {"product": {"": 1, "code": "p1"}}))
    zone.night(_json(zone))
    assert json.loads(zone.frame("select product_id from order_lines").item()) == {"": 1, "code": "p1"}


def test_an_object_that_has_ids_for_keys_is_its_text_and_no_thousand_fields_of_every_row(zone: Zone) -> None:
    zone.write("a.jsonl", _lines(*(GOOD | {"order_id": f"o{n}", "product": {f"p{n}": n}} for n in range(1_001))))
    zone.night(_json(zone))
    rows = zone.frame("select order_id, product_id from order_lines").rows()
    assert {order: json.loads(text) for order, text in rows} == {f"o{n}": {f"p{n}": n} for n in range(1_001)}


def test_only_values_within_values_make_a_json_line_deep(zone: Zone) -> None:
    """Neither brackets in a text nor many objects side by side do; the line itself is the first of a hundred."""
    notes = ['"' + "[{" * 80 + '\\"]"', "[" + ",".join(["{}", '{"a": []}'] * 80) + "]", "[" * 99 + "]" * 99]
    good = json.dumps(GOOD).removesuffix("}")
    zone.write("a.jsonl", "".join(f'{good}, "notes": {note}}}\n' for note in [*notes, "[" * 100 + "]" * 100]))
    zone.night(_json(zone))
    assert zone.reasons() == {4: ["malformed_json"]}


@pytest.mark.parametrize("name", ["__content_no", "__LINE_NUMBER", "__path", "__row", "file_row_number"])
def test_a_parquet_column_called_as_one_of_the_program_s_costs_its_file_alone(zone: Zone, name: str) -> None:
    zone.write("good.csv", "order_id,ordered_at,customer_id,product,quantity,price\no1,2024-06-01,anna,p1,2,5.00\n")
    pl.DataFrame({**{key: [value] for key, value in GOOD.items()}, name: [7]}).write_parquet(zone.raw / "bad.parquet")
    zone.night(ORDERS | {"path": str(zone.raw / "*")})
    rows = zone.frame("select file, status, accepted, error from row_accounting order by file").rows()
    error = f"a column is called `{name}`, as one of the program's own; give it another name"
    assert rows == [("bad.parquet", "unreadable", 0, error), ("good.csv", "loaded", 1, None)]


TYPED = {
    "whole numbers": {"customer_id": [17850], "price": [5], "ordered_at": [dt.datetime(2024, 6, 1)]},
    "floating": {"customer_id": [17850.0], "price": [5.0], "ordered_at": [dt.date(2024, 6, 1)]},
    "texts": {"customer_id": ["17850"], "price": ["5"], "ordered_at": ["2024-06-01"]},
    "decimals": {
        "customer_id": [Decimal("17850.00")],
        "price": [Decimal("5.000")],
        "ordered_at": [dt.datetime(2024, 6, 1)],
    },
}


def test_parquet_files_that_type_their_columns_otherwise_hold_the_same_records(zone: Zone) -> None:
    for number, columns in enumerate(TYPED.values()):
        frame = pl.DataFrame({"order_id": ["o1"], "product": ["p1"], "quantity": [2]} | columns)
        frame.write_parquet(zone.raw / f"{number}.parquet")
    zone.night(ORDERS | {"path": str(zone.raw / "*.parquet")})
    assert zone.totals() | {"rows_in": 4, "accepted": 1, "duplicates": 3} == zone.totals()
    assert zone.frame("select customer_id, amount from order_lines").rows() == [("17850", Decimal(10))]


def _workbook(path: Path, sheets: dict[str, list[list[Any]]], top: int = 0) -> None:
    with xlsxwriter.Workbook(str(path), {"remove_timezone": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows, start=top):
                for column, cell in enumerate(cells):
                    sheet.write(row, column, cell, day if isinstance(cell, dt.date) else None)


HEAD = ["order_id", "ordered_at", "customer_id", "product", "quantity", "price"]
DAY = dt.date(2024, 6, 1)


def _excel(zone: Zone, **options: Any) -> dict[str, Any]:
    return ORDERS | {"path": str(zone.raw / "*.xlsx")} | options


def test_numbers_that_are_ids_come_out_as_they_are_seen(zone: Zone) -> None:
    _workbook(zone.raw / "a.xlsx", {"S": [HEAD, [536365, DAY, 17850.0, 84029, 6, 2.55], ["C1", DAY, None, "M", 1, 1]]})
    zone.night(_excel(zone))
    found = zone.frame("select order_id, ordered_at, customer_id, product_id, unit_price from order_lines order by 1")
    moment = dt.datetime(2024, 6, 1)
    assert found.rows() == [
        ("536365", moment, "17850", "84029", Decimal("2.55")),
        ("C1", moment, None, "M", Decimal(1)),
    ]


def test_rows_above_the_header_are_skipped_and_line_numbers_are_the_sheet_s(zone: Zone) -> None:
    """Two blank rows, a title, a blank row, the header in row 5, a blank row between the data."""
    rows = [["Orders of June"], [], HEAD, ["o1", DAY, "anna", "p", 1, 1], [], ["o2", "never", "bob", "p", 1, 1]]
    _workbook(zone.raw / "a.xlsx", {"S": rows}, top=2)
    zone.night(_excel(zone, skip_rows=3))
    assert zone.frame("select order_id, line_number from order_lines").rows() == [("o1", 6)]
    assert zone.reasons() == {8: ["unparsable_ordered_at"]}


def test_blank_rows_above_the_header_need_no_option(zone: Zone) -> None:
    _workbook(zone.raw / "a.xlsx", {"S": [HEAD, ["o1", DAY, "anna", "p", 1, 1]]}, top=3)
    zone.night(_excel(zone))
    assert zone.frame("select order_id, line_number from order_lines").rows() == [("o1", 5)]


def test_sheets_with_other_columns_and_types_are_one_table(zone: Zone) -> None:
    more = ["price", "ORDER_ID", "ordered_at", "quantity", "product", "note"]
    _workbook(
        zone.raw / "a.xlsx",
        {
            "January": [HEAD, [1, DAY, 17850, "p", 1, 1]],
            "Empty": [],
            "Headed": [HEAD],
            "February": [more, ["2.5", "o2", "2024-06-02", 1, 84029, "text"]],
        },
    )
    zone.night(_excel(zone, sheet="*"))
    found = zone.frame("select order_id, customer_id, product_id, unit_price, line_number from order_lines order by 5")
    assert found.rows() == [
        ("1", "17850", "p", Decimal(1), 2),
        ("o2", None, "84029", Decimal("2.5"), 4),
    ]


def test_a_sheet_with_nothing_but_a_header_is_a_file_without_rows(zone: Zone) -> None:
    _workbook(zone.raw / "a.xlsx", {"Notes": [], "S": [HEAD]})
    _workbook(zone.raw / "b.xlsx", {"S": [HEAD, ["o1", DAY, "anna", "p", 1, 1]]})
    zone.night(_excel(zone))
    rows = zone.frame("select file, status, rows_in from row_accounting order by 1").rows()
    assert rows == [("a.xlsx", "loaded", 0), ("b.xlsx", "loaded", 1)]


def test_a_note_far_to_the_right_of_a_table_costs_nothing(zone: Zone) -> None:
    with xlsxwriter.Workbook(zone.raw / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(GOOD))
        sheet.write_row(1, 0, list(GOOD.values()))
        sheet.write(1, 16_383, "checked")
    zone.night(ORDERS | {"path": str(zone.raw / "*.xlsx")})
    assert zone.frame("select order_id, amount from order_lines").rows() == [("o1", Decimal(10))]


@pytest.mark.parametrize(("rows", "columns"), [(1_048_576, 17), (600_001, 28), (20_001, 839), (1_025, 16_384)])
def test_what_lies_far_right_and_far_below_is_told_of_a_sheet_that_is_read_and_costs_no_other(
    zone: Zone, rows: int, columns: int
) -> None:
    """The two cells need not be one: what the reader makes in memory is the rectangle around both."""
    with xlsxwriter.Workbook(zone.raw / "a.xlsx") as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, list(GOOD))
        sheet.write_row(1, 0, list(GOOD.values()))
        notes = book.add_worksheet("Notes")
        notes.write(0, columns - 1, "right")
        notes.write(rows - 1, 0, "below")
    zone.night(_excel(zone, sheet="Orders"))
    assert zone.frame("select order_id, amount from order_lines").rows() == [("o1", Decimal(10))]
    with pytest.raises(LandingError, match=f"sheet 'Notes' lie in {rows:,} rows and {columns:,} columns"):
        zone.night(_excel(zone, sheet="*"))


def test_a_failed_formula_costs_its_row_only_where_the_mapping_reads_the_cell(zone: Zone) -> None:
    with xlsxwriter.Workbook(str(zone.raw / "a.xlsx")) as book:
        for name in ("One", "Two"):
            sheet = book.add_worksheet(name)
            sheet.write_row(1, 1, [*HEAD, "note"])
            for row, column in ((3, 4), (4, 7)):  # the product of the first row, the note of the second
                sheet.write_row(row, 1, [f"{name}{row}", "2024-06-01", "anna", "p", 1, 5, "x"])
                sheet.write_formula(row, column, "=NA()", value="#N/A")  # type: ignore[arg-type]
    zone.night(_excel(zone, sheet="*"))
    assert zone.frame("select order_id, line_number from order_lines order by 2").rows() == [("One4", 5), ("Two4", 10)]
    aside = zone.frame("select line_number, reasons, raw from quarantine order by 1").rows()
    assert [row[:2] for row in aside] == [(4, ["error_cell"]), (9, ["error_cell"])]
    assert json.loads(aside[0][2])["product"] == "Error(NA)"


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("bad.xlsx", b"PK\x03\x04 and then nothing", "could not be read as xlsx"),
        ("bad.parquet", b"PAR1 and then nothing", "could not be read as parquet"),
    ],
)
def test_a_damaged_file_is_set_aside_whole_and_its_error_names_no_path_of_this_machine(
    zone: Zone, name: str, content: bytes, error: str
) -> None:
    zone.write(name, content)
    _workbook(zone.raw / "good.xlsx", {"S": [HEAD, ["o1", DAY, "anna", "p", 1, 1]]})
    zone.night(ORDERS | {"path": str(zone.raw / "*")})
    told = zone.frame("select error from row_accounting where status = 'unreadable'").item()
    assert error in told
    assert str(zone.folder) not in told


def test_a_packed_parquet_file_and_a_packed_workbook_are_unpacked(zone: Zone) -> None:
    frame = pl.DataFrame([GOOD | {"ordered_at": DAY}])
    frame.write_parquet(zone.folder / "a.parquet")
    _workbook(zone.folder / "b.xlsx", {"S": [HEAD, ["o2", DAY, "anna", "p", 1, 1]]})
    for name in ("a.parquet", "b.xlsx"):
        zone.write(f"{name}.gz", gzip.compress((zone.folder / name).read_bytes()))
    zone.night(ORDERS | {"path": str(zone.raw / "*.gz")})
    assert zone.frame("select order_id from order_lines order by 1")["order_id"].to_list() == ["o1", "o2"]


def test_a_page_that_is_damaged_costs_its_file_alone(zone: Zone) -> None:
    """The files are read together, and a file whose end is whole shows only while it is read that it is not."""
    for number in range(3):
        orders = [GOOD | {"order_id": f"o{number}-{line}", "customer_id": line} for line in range(500)]
        pl.DataFrame(orders).write_parquet(zone.raw / f"{number}.parquet", compression="zstd")
    path = zone.raw / "1.parquet"
    damaged = bytearray(path.read_bytes())
    damaged[40:200] = bytes(160)
    path.write_bytes(damaged)
    (landing, *_) = zone.land(zone.configuration(ORDERS | {"path": str(zone.raw / "*.parquet")}))
    ((file, error),) = landing.unreadable
    assert file == "1.parquet"
    assert "could not be read as parquet" in error
    assert str(zone.folder) not in error
    landed = "select content_no, count(*), min(line_number), max(line_number) from landed_transactions group by 1"
    assert sorted(zone.frame(landed).rows()) == [(1, 500, 1, 500), (3, 500, 1, 500)]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_an_error_of_the_engine_while_rows_land_names_source_and_file_and_says_what_came_first(
    zone: Zone, ending: str
) -> None:
    source = ORDERS | {"path": str(zone.raw / f"*.{ending}")}
    frame = pl.DataFrame([GOOD])
    frame.write_parquet(zone.raw / "1.parquet")
    frame.write_csv(zone.raw / "1.csv")
    zone.land(zone.configuration(source))
    zone.warehouse.rows("alter table landed_transactions drop column category")
    frame.with_columns(order_id=pl.lit("o2")).write_parquet(zone.raw / "2.parquet")
    frame.with_columns(order_id=pl.lit("o2")).write_csv(zone.raw / "2.csv")
    with pytest.raises(UnjudgedError, match=rf"source shop: 2\.{ending}: Binder Error: .* column .*category"):
        zone.land(zone.configuration(source))
    assert zone.warehouse.scalar("select current_setting('preserve_insertion_order')")
    assert zone.warehouse.scalar("select count(*) from landed_transactions") == 1


def test_parquet_files_of_other_columns_are_read_apart_and_of_the_same_in_any_number(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.landing.batches.ROWS_AT_ONCE", 3)
    for number in range(5):
        orders = pl.DataFrame([GOOD | {"order_id": f"o{number}-{line}"} for line in range(2)])
        (orders.drop("customer_id") if number == 2 else orders).write_parquet(zone.raw / f"{number}.parquet")
    configuration = zone.configuration(
        ORDERS | {"path": str(zone.raw / "*.parquet"), "columns": ORDERS["columns"] | {"customer_id": "customer_id"}}
    )
    (landing, *_) = zone.land(configuration)
    assert [file for file, _ in landing.unreadable] == ["2.parquet"]
    assert zone.frame("select order_id from landed_transactions order by 1")["order_id"].to_list() == [
        f"o{number}-{line}" for number in (0, 1, 3, 4) for line in range(2)
    ]


# ------------------------------------------------------------------ where they are read from


def test_every_kind_of_file_is_read_in_a_home_whose_name_is_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "a*b [old]"
    folder.mkdir()
    zone = Zone(folder)
    pl.DataFrame([GOOD]).write_parquet(zone.raw / "a.parquet")
    pl.DataFrame([GOOD]).write_csv(zone.raw / "a.csv")
    zone.write("a.jsonl", _lines(GOOD))
    database = sqlite3.connect(zone.folder / "shop.db")
    database.execute("create table orders as select 'o1' order_id, '2024-06-01T10:00:00' ordered_at, 17850 customer_id,"
                     " 'p1' product, 2 quantity, 5 price")  # fmt: skip
    database.close()
    raw = glob.escape(str(zone.raw))
    sources = [ORDERS | {"name": ending, "path": f"{raw}/*.{ending}"} for ending in ("csv", "jsonl", "parquet")]
    asked = {"name": "asked", "database": f"sqlite:///{zone.folder}/shop.db", "query": "select * from orders"}
    zone.night(*sources, ORDERS | asked)
    read = zone.frame("select source, file from row_accounting where rows_in = 1 order by 1").rows()
    assert read == [("asked", "query.parquet"), ("csv", "a.csv"), ("jsonl", "a.jsonl"), ("parquet", "a.parquet")]


@pytest.mark.parametrize("timezone", [None, "America/New_York"])
@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        (pa.date32(), (-(2**31), 2**31 - 1, -106751993, 106751992)),
        (pa.timestamp("us"), (-(2**63) + 1, 2**63 - 1, -(2**62), 2**62)),
        (pa.timestamp("us", tz="UTC"), (-(2**63) + 2, 2**63 - 2, -(2**62), 2**62)),
    ],
)
def test_a_date_near_the_ends_of_its_type_costs_its_row_alone(
    zone: Zone, kind: pa.DataType, ends: tuple[int, ...], timezone: str | None
) -> None:
    day = 19_875 * (1 if kind == pa.date32() else 86_400_000_000)  # 2024-06-01
    table = pa.table({"order_id": [str(n) for n in range(5)], "at": pa.array([*ends, day], kind)})
    pq.write_table(table, zone.raw / "a.parquet")
    source = ORDERS | {"columns": {"order_id": "order_id", "ordered_at": "at"}, "path": str(zone.raw / "a.parquet")}
    zone.night(source | ({"timezone": timezone} if timezone else {}))
    assert zone.totals()["accepted"] == 1
    assert zone.reasons() == {line: ["date_out_of_range"] for line in range(1, 5)}
