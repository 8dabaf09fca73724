"""Real files as they are written: formats, compressions, encodings, delimiters, and the line each record stands on."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter

from .conftest import HEADER, ORDERS, Zone

ROWS = "o1,2024-06-01 10:00:00,anna,p1,2,5.00\no2,2024-06-02 11:30:00,bob,p2,1,3.25\n"
TEXT = HEADER + ROWS
TYPED = pl.DataFrame(
    {
        "order_id": ["o1", "o2"],
        "ordered_at": [dt.datetime(2024, 6, 1, 10), dt.datetime(2024, 6, 2, 11, 30)],
        "customer_id": ["anna", "bob"],
        "product": ["p1", "p2"],
        "quantity": [2, 1],
        "price": [5.00, 3.25],
    }
)


def _parquet(path: Path) -> None:
    TYPED.write_parquet(path)


def _json_lines(path: Path) -> None:
    TYPED.write_ndjson(path)


def _excel(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Read me")
        TYPED.write_excel(book, worksheet="Orders")
        TYPED.head(1).with_columns(order_id=pl.lit("o3")).write_excel(book, worksheet="More")


def _text(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None  # type: ignore[return-value]


# name of the file, how it is written, options of the source
WRITTEN: dict[str, tuple[str, Callable[[Path], None], dict[str, Any]]] = {
    "commas": ("a.csv", _text(TEXT.encode()), {}),
    "semicolons": ("a.csv", _text(TEXT.replace(",", ";").encode()), {}),
    "pipes": ("a.txt", _text(TEXT.replace(",", "|").encode()), {}),
    "a delimiter of one's own": ("a.csv", _text(TEXT.replace(",", "~").encode()), {"delimiter": "~"}),
    "tabs by the name's ending": ("a.tsv", _text(TEXT.replace(",", "\t").encode()), {}),
    "tabs declared": ("a.dat", _text(TEXT.replace(",", "\t").encode()), {"delimiter": "tab"}),
    "gzip": ("a.csv.gz", _text(gzip.compress(TEXT.encode())), {}),
    "zstandard": ("a.tsv.zst", _text(pa.compress(TEXT.replace(",", "\t").encode(), "zstd", asbytes=True)), {}),
    "windows line ends": ("a.csv", _text(TEXT.replace("\n", "\r\n").encode()), {}),
    "old macintosh line ends": ("a.csv", _text(TEXT.replace("\n", "\r").encode()), {}),
    "no line end at the end": ("a.csv", _text(TEXT.strip().encode()), {}),
    "byte order mark": ("a.csv", _text(TEXT.encode("utf-8-sig")), {}),
    "utf-16": ("a.csv", _text(TEXT.encode("utf-16")), {}),
    "header with spaces and other case": ("a.csv", _text(TEXT.replace("order_id,", " Order_ID ,").encode()), {}),
    "quoted": ("a.csv", _text(TEXT.replace("o1", '"o1"').replace("p1", '"p1"').encode()), {}),
    "another quote": ("a.csv", _text(TEXT.replace("o1", "'o1'").encode()), {"quote": "'"}),
    "no header": ("a.csv", _text(ROWS.encode()), {"header": HEADER.strip().split(",")}),
    "lines before the header": ("a.csv", _text(f"Export of 2 June\n\n{TEXT}".encode()), {"skip_rows": 2}),
    "a blank line first": ("a.csv", _text(f"\n{TEXT}".encode()), {}),
    "parquet": ("a.parquet", _parquet, {}),
    "json lines": ("a.jsonl", _json_lines, {}),
    "excel, the first sheet with data": ("a.xlsx", _excel, {}),
    "excel, a named sheet": ("a.xlsx", _excel, {"sheet": "Orders"}),
}


def _source(zone: Zone, name: str, **options: Any) -> dict[str, Any]:
    return ORDERS | {"path": str(zone.raw / name)} | options


@pytest.mark.parametrize(("name", "write", "options"), WRITTEN.values(), ids=WRITTEN.keys())
def test_the_same_two_lines_come_out_however_the_file_is_written(
    zone: Zone, name: str, write: Callable[[Path], None], options: dict[str, Any]
) -> None:
    write(zone.raw / name)
    zone.night(_source(zone, name, **options))
    lines = zone.frame(
        "select order_id, ordered_at, customer_id, product_id, quantity, unit_price, amount from order_lines order by 1"
    )
    assert lines.rows() == [
        ("o1", dt.datetime(2024, 6, 1, 10), "anna", "p1", Decimal(2), Decimal(5), Decimal(10)),
        ("o2", dt.datetime(2024, 6, 2, 11, 30), "bob", "p2", Decimal(1), Decimal("3.25"), Decimal("3.25")),
    ]
    assert zone.totals()["quarantined"] == 0


def test_the_sheets_beside_the_first_with_data_are_reported_as_unread(zone: Zone) -> None:
    _excel(zone.raw / "a.xlsx")
    (landing,) = zone.land(zone.configuration(_source(zone, "a.xlsx")))
    assert landing.unread_sheets == (("a.xlsx", "More"),)


def test_every_sheet_or_a_list_of_sheets_is_read_where_the_configuration_says_so(zone: Zone) -> None:
    _excel(zone.raw / "a.xlsx")
    zone.night(_source(zone, "a.xlsx", sheet="*"))
    assert zone.frame("select order_id from order_lines order by 1")["order_id"].to_list() == ["o1", "o2", "o3"]
    zone.night(_source(zone, "a.xlsx", sheet=["More"]))
    assert zone.frame("select order_id from order_lines")["order_id"].to_list() == ["o3"]


def test_columns_aligned_with_spaces_are_read_as_columns(zone: Zone) -> None:
    zone.write("a.txt", '  o1   2024-06-01  anna p1  2   5.00\n\no2 2024-06-02 bob   p"2 1\t3.25  \n')
    zone.night(_source(zone, "a.txt", delimiter="whitespace", header=HEADER.strip().split(",")))
    lines = zone.frame("select order_id, product_id, amount, line_number from order_lines order by 1").rows()
    assert lines == [("o1", "p1", Decimal(10), 1), ("o2", 'p"2', Decimal("3.25"), 3)]


ENCODED = {
    "pound sign of office software": ("Set of £1 tins", "cp1252", None),
    "accents of office software": ("Café crème naïve", "cp1252", None),
    "chinese": ("红色午餐包", "gb18030", None),
    "declared": ("Zażółć", "cp1250", "cp1250"),
    "declared though it looks like another": ("Müller", "latin-1", "latin-1"),
    "utf-8": ("Müller – £5 – 红色", "utf-8", None),
}


@pytest.mark.parametrize(("product", "encoding", "declared"), ENCODED.values(), ids=ENCODED.keys())
def test_the_encoding_is_told_from_the_bytes_or_declared(
    zone: Zone, product: str, encoding: str, declared: str | None
) -> None:
    plain = "".join(f"o{i},2024-06-01,anna,LUNCH BAG RED RETROSPOT,1,2.00\n" for i in range(20_000))
    zone.write("a.csv", (HEADER + plain + f"x,2024-06-01,anna,{product},1,2.00\n").encode(encoding))
    zone.night(ORDERS | {"encoding": declared})
    assert zone.frame("select product_id from order_lines where order_id = 'x'").item() == product


def test_bytes_that_do_not_fit_the_declared_encoding_set_the_file_aside(zone: Zone) -> None:
    zone.write("good.csv", TEXT)
    zone.write("bad.csv", TEXT.replace("anna", "änna").encode("cp1252"))
    zone.night(ORDERS | {"encoding": "utf-8"})
    assert zone.frame("select file, error from row_accounting where status = 'unreadable'").rows() == [
        ("bad.csv", "it holds bytes that are not utf-8; declare the right `encoding`")
    ]


def test_the_columns_of_each_file_are_found_by_name_in_any_order_and_equal_rows_stay_equal(zone: Zone) -> None:
    zone.write("1.csv", TEXT)
    swapped = "price,product,order_id,ordered_at,customer_id,quantity\n5.00,p1,o1,2024-06-01 10:00:00,anna,2\n"
    zone.write("2.csv", swapped)
    zone.night()
    assert zone.totals() | {"rows_in": 3, "accepted": 2, "duplicates": 1} == zone.totals()


def _good(order: str, product: str = "p") -> str:
    return f"{order},2024-06-01,anna,{product},1,2.00\n"


def test_line_numbers_are_those_of_an_editor_past_blank_lines_quoted_line_ends_and_broken_records(zone: Zone) -> None:
    lines = [
        "Made by the till\n",  # 1, skipped
        "\n",  # 2
        HEADER,  # 3
        _good("a"),  # 4
        "\n",  # 5
        _good("b", '"two\nlines"'),  # 6, 7
        "c,2024-06-01\n",  # 8, too few columns
        _good("d", '"a blank one\n\nin between"'),  # 9, 10, 11
        "\n",  # 12
        "e,never,anna,p,1,2.00\n",  # 13
        _good("f", '"one\nmore",too,many'),  # 14, 15
        _good("g"),  # 16
    ]
    zone.write("a.csv", "".join(lines))
    zone.night(ORDERS | {"skip_rows": 1})
    good = zone.frame("select order_id, line_number from order_lines order by 2").rows()
    assert good == [("a", 4), ("b", 6), ("d", 9), ("g", 16)]
    assert zone.reasons() == {8: ["too_few_columns"], 13: ["unparsable_ordered_at"], 14: ["too_many_columns"]}


def test_line_numbers_hold_in_a_plain_file_read_from_the_archive_as_it_is(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "x\n" + _good("b", '"two\nlines"') + _good("c") + "y,1,2\n" + _good("d"))
    zone.write("b.csv", HEADER + _good("e") + "z\n" + _good("f"))
    zone.night()
    good = zone.frame("select order_id, line_number from order_lines order by 1").rows()
    assert good == [("b", 3), ("c", 5), ("d", 7), ("e", 2), ("f", 4)]
    aside = zone.frame("select file, line_number, raw from quarantine order by 1, 2").rows()
    assert aside == [("a.csv", 2, "x"), ("a.csv", 6, "y,1,2"), ("b.csv", 3, "z")]


def test_a_header_may_hold_quoted_line_ends(zone: Zone) -> None:
    zone.write("a.csv", HEADER.replace("product", '"product\nname"') + _good("a"))
    columns = ORDERS["columns"] | {"product_id": '"product\nname"'}
    zone.night(ORDERS | {"columns": columns})
    assert zone.frame("select product_id, line_number from order_lines").rows() == [("p", 3)]


def test_a_quote_that_is_never_closed_costs_its_own_line_and_no_other(zone: Zone) -> None:
    """The parser alone would swallow the rest of the file, or lose it without a word where the file is large."""
    behind = "".join(_good(f"n{i}", "LUNCH BAG RED RETROSPOT") for i in range(60_000))
    zone.write("a.csv", HEADER + _good("a") + _good("b", '"open') + behind + _good("z", '"closed"'))
    zone.write("b.csv", HEADER + _good("other"))
    zone.night()
    assert zone.totals() | {"rows_in": 60_004, "accepted": 60_003, "quarantined": 1} == zone.totals()
    assert zone.frame("select file, line_number, reasons, raw from quarantine").rows() == [
        ("a.csv", 3, ["malformed_quotes"], 'b,2024-06-01,anna,"open,1,2.00')
    ]
    assert zone.frame("select line_number from order_lines where order_id = 'z'").item() == 60_004


def test_a_stray_quote_among_the_lines_above_the_header_harms_nothing(zone: Zone) -> None:
    zone.write("a.csv", '"Report\n' + HEADER + _good("a") + _good("b", '"open') + _good("c", '"closed"'))
    zone.night(ORDERS | {"skip_rows": 1})
    assert zone.frame("select order_id, line_number from order_lines order by 2").rows() == [("a", 3), ("c", 5)]
    assert zone.reasons() == {4: ["malformed_quotes"]}


@pytest.mark.parametrize("price", ['"price', '"pri"ce', 'price,"no"te'])
def test_a_header_whose_quotes_do_not_pair_sets_the_file_aside_and_shows_no_row_in_its_place(
    zone: Zone, price: str
) -> None:
    zone.write("good.csv", HEADER + _good("a"))
    zone.write("bad.csv", HEADER.replace("price", price) + _good("b"))
    zone.night()
    assert zone.frame("select order_id from order_lines")["order_id"].to_list() == ["a"]
    error = zone.frame("select error from row_accounting where file = 'bad.csv' and status = 'unreadable'").item()
    assert error == "the quotes of the header line do not pair"


def test_an_inch_sign_inside_a_value_is_no_quote(zone: Zone) -> None:
    zone.write("a.csv", HEADER + _good("a", '5" pipe') + "\n" + _good("b", 'pipe 5"') + _good("c"))
    zone.night()
    assert zone.frame("select product_id, line_number from order_lines order by 2").rows() == [
        ('5" pipe', 2),
        ('pipe 5"', 4),
        ("p", 5),
    ]


def test_a_large_file_keeps_its_order_and_no_line_is_lost(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "".join(_good(f"{i}") for i in range(2, 80_002)))
    zone.night()
    off = "select count(*), count_if(line_number <> cast(order_id as bigint)) from order_lines"
    assert zone.frame(off).row(0) == (80_000, 0)


CDNOW = Path(os.environ.get("ANALYTICS_REAL_DATA", "")) / "cdnow" / "CDNOW_sample.txt"


@pytest.mark.skipif("ANALYTICS_REAL_DATA" not in os.environ, reason="ANALYTICS_REAL_DATA names no folder of real data")
def test_the_cdnow_sample_has_its_published_rows_customers_and_dollars(zone: Zone) -> None:
    """6,919 rows, 2,357 customers, $244,091.94 (Fader & Hardie's 1/10 sample)."""
    cdnow = {
        "name": "cdnow",
        "kind": "transactions",
        "path": str(CDNOW),
        "delimiter": "whitespace",
        "header": ["master", "id", "day", "cds", "dollars"],
        "columns": {
            "order_id": "id || '-' || day",
            "ordered_at": "day",
            "customer_id": "id",
            "quantity": "cds",
            "amount": "dollars",
        },
        "duplicates": "keep",
    }
    zone.night(cdnow, as_of=dt.date(1998, 6, 30), business={"name": "CDs", "timezone": "UTC", "currency": "USD"})
    found = zone.frame(
        "select count(*), count(distinct customer_id), sum(amount), min(ordered_on), max(ordered_on) from order_lines"
    ).row(0)
    assert found == (6919, 2357, Decimal("244091.94"), dt.date(1997, 1, 1), dt.date(1998, 6, 30))
    assert zone.frame("select count(*) from customers").item() == 2357
