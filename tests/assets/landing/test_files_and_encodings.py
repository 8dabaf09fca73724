"""Real files as they are written: formats, compressions, encodings, delimiters, and the line each record stands on."""

from __future__ import annotations

import datetime as dt
import glob
import gzip
import os
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter

from assets.landing import landed_files
from assets.landing.landed_files import NOT_READ
from assets.landing.landing_error import LandingError
from assets.landing.source_files import not_read_beside

from .conftest import HEADER, ORDERS, Zone

ROWS = "o1,2024-06-01 10:00:00,anna,p1,2,5.00\no2,2024-06-02 11:30:00,bob,p2,1,3.25\n"
TEXT = HEADER + ROWS
SEMICOLONS = TEXT.replace(",", ";")
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
    "semicolons": ("a.csv", _text(SEMICOLONS.encode()), {}),
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
    "utf-32": ("a.csv", _text(TEXT.encode("utf-32")), {}),
    "carets": ("a.csv", _text(TEXT.replace(",", "^").encode()), {}),
    "header with spaces and other case": ("a.csv", _text(TEXT.replace("order_id,", " Order_ID ,").encode()), {}),
    "quoted": ("a.csv", _text(TEXT.replace("o1", '"o1"').replace("p1", '"p1"').encode()), {}),
    "another quote": ("a.csv", _text(TEXT.replace("o1", "'o1'").encode()), {"quote": "'"}),
    "no header": ("a.csv", _text(ROWS.encode()), {"header": HEADER.strip().split(",")}),
    "lines before the header": ("a.csv", _text(f"Export of 2 June\n\n{TEXT}".encode()), {"skip_rows": 2}),
    "a first line that tells Excel the delimiter": ("a.csv", _text(f"sep=;\r\n{SEMICOLONS}".encode()), {}),
    "such a line in quotes, with tabs": ("a.csv", _text(('"SEP=\t"\n' + TEXT.replace(",", "\t")).encode("utf-16")), {}),
    "such a line, packed, and no header": (
        "a.csv.gz",
        _text(gzip.compress(f"sep=|\n{ROWS.replace(',', '|')}".encode())),
        {"header": HEADER.strip().split(",")},
    ),
    "such a line below others, and the delimiter declared": (
        "a.csv",
        _text(f"Export\nsep=;\n{SEMICOLONS}".encode()),
        {"skip_rows": 1, "delimiter": ";"},
    ),
    "a blank line first": ("a.csv", _text(f"\n{TEXT}".encode()), {}),
    "parquet": ("a.parquet", _parquet, {}),
    "json lines": ("a.jsonl", _json_lines, {}),
    "excel, the first sheet with data": ("a.xlsx", _excel, {}),
    "excel, a named sheet": ("a.xlsx", _excel, {"sheet": "Orders"}),
}


def _source(zone: Zone, name: str, **options: Any) -> dict[str, Any]:
    return ORDERS | {"path": str(zone.raw / name)} | options


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zone]:
    """Every file as a source of its own."""
    zone = Zone(tmp_path_factory.mktemp("written"))
    for number, (name, write, _) in enumerate(WRITTEN.values()):
        (zone.raw / str(number)).mkdir()
        write(zone.raw / str(number) / name)
    zone.night_of_each(options for _, _, options in WRITTEN.values())
    yield zone
    zone.warehouse.connection.close()


@pytest.mark.parametrize("number", range(len(WRITTEN)), ids=list(WRITTEN))
def test_the_same_two_lines_come_out_however_the_file_is_written(written: Zone, number: int) -> None:
    lines = written.frame(
        "select order_id, ordered_at, customer_id, product_id, quantity, unit_price, amount"
        f" from order_lines where source = 'case_{number}' order by 1"
    )
    assert lines.rows() == [
        ("o1", dt.datetime(2024, 6, 1, 10), "anna", "p1", Decimal(2), Decimal(5), Decimal(10)),
        ("o2", dt.datetime(2024, 6, 2, 11, 30), "bob", "p2", Decimal(1), Decimal("3.25"), Decimal("3.25")),
    ]
    assert written.totals()["quarantined"] == 0


def test_lines_below_one_that_tells_the_delimiter_keep_their_numbers(zone: Zone) -> None:
    zone.write("a.csv", f"sep=;\n{SEMICOLONS}o3;2024-06-03;eva;p1;many;1.00\n")
    zone.night(_source(zone, "a.csv"))
    assert zone.frame("select line_number from order_lines order by 1")["line_number"].to_list() == [3, 4]
    assert zone.frame("select line_number from quarantine")["line_number"].to_list() == [5]


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
    "accents that latin-1 writes alike": ("Crème brûlée à l'anglaise", "latin-1", None),
    "euro sign of office software": ("€5 voucher – “gift”", "cp1252", None),
    "chinese": ("红色午餐包", "gb18030", None),
    "chinese beyond the first plane": ("红色午餐包𠀀，一件", "gb18030", None),
    "utf-16 with a mark": ("红色 £5", "utf-16", None),
    "utf-16, little end first, without a mark": ("红色一 £5", "utf-16-le", None),
    "utf-16, big end first, without a mark": ("红色一 £5", "utf-16-be", None),
    "utf-16 with a mark, big end first": ("红色 £5", "utf-16-be with a mark", None),
    "utf-16 declared": ("红色 £5", "utf-16-le", "utf-16-le"),
    "declared": ("Zażółć", "cp1250", "cp1250"),
    "declared though it looks like another": ("Müller", "latin-1", "latin-1"),
    "utf-8": ("Müller – £5 – 红色", "utf-8", None),
}


@pytest.fixture(scope="module")
def encoded(shared_zone: Zone) -> dict[str, str]:
    """The last line's product of every file, each a source of its own."""
    plain = "".join(f"o{i},2024-06-01,anna,LUNCH BAG RED RETROSPOT,1,2.00\n" for i in range(20_000))
    for number, (product, encoding, _) in enumerate(ENCODED.values()):
        text = ("\ufeff" if "mark" in encoding else "") + HEADER + plain + f"x,2024-06-01,anna,{product},1,2.00\n"
        shared_zone.write(f"{number}/a.csv", text.encode(encoding.split()[0]))
    shared_zone.night_of_each({"encoding": declared} for _, _, declared in ENCODED.values())
    read = dict(shared_zone.frame("select source, product_id from order_lines where order_id = 'x'").iter_rows())
    return {name: read[f"case_{number}"] for number, name in enumerate(ENCODED)}


@pytest.mark.parametrize("name", ENCODED)
def test_the_encoding_is_told_from_the_bytes_or_declared(encoded: dict[str, str], name: str) -> None:
    assert encoded[name] == ENCODED[name][0]


@pytest.mark.parametrize(
    ("products", "encoding"),
    [
        ("北京", "gb18030"),
        ("北京 上海 手机壳", "gb18030"),
        ("已退款 男 连衣裙 满意 华东", "gb18030"),
        ("größe", "cp1252"),
        ("España Zoë São Müller Malmö", "cp1252"),
        ("서울 부산 주문 고객 대한민국 인천광역시", "cp949"),
        ("東京都 大阪府 カメラ ありがとう お客様", "euc_jp"),
        ("表札～大 表札～中 表札～小 髙橋花子", "cp932"),
        ("表札〜大 表札〜中 表札〜小 鷗外 俠客", "shift_jis_2004"),
        ("Москва заказ товар привет мир это тест", "cp1251"),
    ],
)
def test_a_few_words_tell_the_encoding(zone: Zone, products: str, encoding: str) -> None:
    rows = [f"o{place},2024-06-01,anna,{word},1,2.00\n" for place, word in enumerate(products.split())]
    zone.write("a.csv", (HEADER + "".join(rows)).encode(encoding))
    zone.night(ORDERS)
    assert " ".join(zone.frame("select product_id from order_lines order by order_id")["product_id"]) == products


def test_the_same_few_japanese_words_in_every_row_are_not_taken_for_korean(zone: Zone) -> None:
    words = ("とても満足", "やや満足", "どちらともいえない")
    rows = [f"o{place:02},2024-06-01,anna,{words[place % 3]},1,2.00\n" for place in range(60)]
    zone.write("a.csv", (HEADER + "".join(rows)).encode("cp932"))
    zone.night(ORDERS)
    products = zone.frame("select product_id from order_lines order by order_id")["product_id"]
    assert list(products) == [words[place % 3] for place in range(60)]


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


CHINESE = "订单号,下单时间,客户,数量,单价,商品　名称\n1001,2024年6月1日,张三,２,１２．５,红色午餐包\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_chinese_headers_full_width_signs_and_numbers_are_read(zone: Zone, encoding: str) -> None:
    zone.write("a.csv", CHINESE.encode(encoding))
    columns = {
        "order_id": "订单号",
        "ordered_at": " 下单时间",
        "customer_id": "客户",
        "quantity": "数量",
        "unit_price": "单价",
    }
    zone.night(ORDERS | {"columns": columns | {"product_name": "商品 名称"}})
    found = zone.frame("select order_id, ordered_on, customer_id, product_name, amount from order_lines").rows()
    assert found == [("1001", dt.date(2024, 6, 1), "张三", "红色午餐包", Decimal(25))]


def test_a_header_in_full_width_letters_is_the_same_header(zone: Zone) -> None:
    zone.write("a.csv", TEXT.replace("order_id", "ＯＲＤＥＲ＿ＩＤ\u200b").replace("price", "\u00a0Price"))
    zone.night()
    assert zone.totals()["accepted"] == 2


@pytest.mark.parametrize("delimiter", [*"~^:#%*+!§", "\x1f", "\x01"])
def test_any_one_character_may_stand_between_values(zone: Zone, delimiter: str) -> None:
    row = ROWS.replace(" 10:00:00", "").replace(" 11:30:00", "").replace("p1", '"one\n""two"""')
    zone.write("a.csv", (HEADER + row).replace(",", delimiter))
    zone.night(ORDERS | {"delimiter": delimiter})
    assert zone.frame("select product_id, amount, line_number from order_lines order by 3").rows() == [
        ('one\n"two"', Decimal(10), 2),
        ("p2", Decimal("3.25"), 4),
    ]


def test_decimal_commas_and_marks_between_thousands_are_read_where_declared(zone: Zone) -> None:
    rows = {"o1": "1.234,50", "o2": "0,5", "o3": "7", "o4": "1,234.50", "o5": "１．２３４，５"}
    zone.write("a.csv", HEADER.replace(",", ";") + "".join(f"{o};2024-06-01;anna;p;1;{p}\n" for o, p in rows.items()))
    zone.night(ORDERS | {"decimal": ",", "thousands": "."})
    found = dict(zone.frame("select order_id, unit_price from order_lines").rows())
    assert found == {"o1": Decimal("1234.5"), "o2": Decimal("0.5"), "o3": Decimal(7), "o5": Decimal("1234.5")}
    assert zone.reasons() == {5: ["unparsable_unit_price"]}


REAL = Path(os.environ.get("ANALYTICS_REAL_DATA", ""))
NEEDS_REAL_DATA = pytest.mark.skipif(
    "ANALYTICS_REAL_DATA" not in os.environ, reason="ANALYTICS_REAL_DATA names no folder of real data"
)
UCI = {
    "name": "shop",
    "kind": "transactions",
    "columns": {
        "order_id": "InvoiceNo",
        "ordered_at": "InvoiceDate",
        "product_name": "Description",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
    },
    "duplicates": "keep",
}


@NEEDS_REAL_DATA
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "latin-1", "utf-16"])
def test_the_pound_signs_of_the_uci_shop_survive_every_encoding_it_was_ever_passed_on_in(
    zone: Zone, encoding: str
) -> None:
    """32 rows of Online Retail hold one; the files it is handed around as are cp1252, latin-1 or UTF-8."""
    days = [path for path in sorted((REAL / "online_retail/by-day").glob("*.csv")) if "£" in path.read_text()]
    for day in days:
        zone.write(day.name, day.read_text().encode(encoding))
    zone.night(UCI, as_of=dt.date(2011, 12, 31))
    pounds = "select count(*) from order_lines where product_name like '%£%'"
    assert zone.frame(pounds).item() == 32


CDNOW = REAL / "cdnow" / "CDNOW_sample.txt"


@NEEDS_REAL_DATA
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


def test_an_archive_beside_the_files_of_a_glob_is_told_and_one_that_a_path_matches_is_set_aside(zone: Zone) -> None:
    """An archive that nothing matches held rows that nobody missed."""
    zone.write("a.csv", TEXT)
    for name in ("b.ZIP", "manifest.json", "_b.zip", "read me.txt"):
        zone.write(name, b"PK\x03\x04\x00\x00")
    configuration = zone.configuration()
    ((path, way),) = not_read_beside(configuration.sources).items()
    assert (path.name, way) == ("b.ZIP", NOT_READ[".zip"])
    assert not_read_beside(zone.configuration(ORDERS | {"path": str(zone.raw / "a.csv")}).sources) == {}

    every = zone.configuration(ORDERS | {"path": str(zone.raw / "[ab]*")})
    assert not_read_beside(every.sources) == {}
    (landing,) = zone.land(every)
    ((name, error),) = landing.unreadable
    assert (name, error.endswith(NOT_READ[".zip"])) == ("b.ZIP", True)


def test_where_there_is_nothing_but_an_archive_it_is_said_what_to_do_with_it(zone: Zone) -> None:
    zone.write("a.zip", b"PK\x03\x04")
    with pytest.raises(LandingError, match=r"no file matches .*a\.zip: a zip archive is not read: unpack it"):
        zone.land(zone.configuration())


def test_a_folder_is_named_as_it_is_called_on_the_disk(zone: Zone) -> None:
    for name, told in (("shop [[]old]/a[*]b*.csv", "shop [old]/a[*]b*.csv"), ("a[*]b/c[?].csv", "a*b/c?.csv")):
        with pytest.raises(LandingError, match=re.escape(f"no file matches {zone.raw / told}; at least one was")):
            zone.land(zone.configuration(ORDERS | {"path": str(zone.raw / name)}))


GOOD = "o1,2024-06-01 10:00:00,anna,p1,2,5.00\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"two\nlines.csv", r"two\nlines.csv"),
        (b"\x1b[31mred.csv", r"\x1b[31mred.csv"),
        (b"latin-\xe9.csv", r"latin-\udce9.csv"),
        ('Müller\'s "50 %" — 上海.csv'.encode(), 'Müller\'s "50 %" — 上海.csv'),
    ],
)
def test_a_name_that_no_line_can_show_is_written_out_and_its_file_lands_once(
    zone: Zone, name: bytes, shown: str
) -> None:
    try:
        Path(os.fsdecode(os.path.join(os.fsencode(zone.raw), name))).write_text(HEADER + GOOD)
    except OSError:
        pytest.skip("this disk takes no such name")
    zone.night()
    assert zone.land(zone.configuration())[0].new_files == 0
    assert zone.frame("select file, status, accepted, error from row_accounting").rows() == [(shown, "loaded", 1, None)]


def test_an_error_hands_no_terminal_a_control_sign_of_a_header(zone: Zone) -> None:
    zone.write("good.csv", HEADER + GOOD)
    zone.write("bad.csv", "invoice\x1b[31m,day\x07\n")
    zone.night()
    error = zone.frame("select error from row_accounting where error is not null").item()
    assert error.endswith(r"it has 2: invoice\x1b[31m, day\x07")


def test_a_file_that_may_not_be_opened_is_named_and_costs_itself_alone(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.write("good.csv", HEADER + GOOD)
    locked = zone.write("locked.csv", HEADER + GOOD.replace("o1", "o2"))
    open_ = landed_files._LeftAlone

    def opened(path: Path) -> Any:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return open_(path)

    with monkeypatch.context() as closed:
        closed.setattr(landed_files, "_LeftAlone", opened)
        landed = zone.land(zone.configuration())[0]
    assert landed.unreached == (("locked.csv", "locked.csv could not be opened: Permission denied"),)
    assert landed.new_files == 1
    assert zone.land(zone.configuration())[0].new_files == 1


def test_a_line_without_end_in_a_packed_file_costs_its_file_and_no_memory(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.landing.text_files._LONGEST_LINE", 1_000)
    zone.write("good.csv.gz", gzip.compress((HEADER + GOOD).encode()))
    zone.write("bad.csv.gz", gzip.compress((HEADER + GOOD + "x" * 10_000).encode()))
    zone.night(ORDERS | {"path": str(zone.raw / "*")})
    rows = zone.frame("select file, accepted, error from row_accounting order by 1").rows()
    error = "a line is longer than 1,000 characters; a row per line was expected: see whether the file is a table"
    assert rows == [("bad.csv.gz", 0, error), ("good.csv.gz", 1, None)]


def test_a_link_whose_target_has_gone_and_a_folder_that_may_not_be_looked_into_are_named(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.write("open/a.csv", HEADER + GOOD)
    closed = zone.write("shut/b.csv", HEADER + GOOD.replace("o1", "o2")).parent
    link = zone.raw / "open" / "c.csv"
    link.symlink_to(zone.folder / "unmounted.csv")
    (zone.raw / "open" / "_lock.csv").symlink_to("nobody@nowhere")  # as the names of files say, no data
    (zone.raw / "lost+found").mkdir()  # at the top of a disk, and the administrator's
    configuration = zone.configuration(ORDERS | {"path": str(zone.raw / "*" / "*.csv")})
    files, shut_to = glob.glob, (str(closed), str(zone.raw / "lost+found"))

    def without_closed(pattern: str, **options: Any) -> list[str]:
        return [path for path in files(pattern, **options) if not path.startswith(f"{closed}/")]

    with monkeypatch.context() as shut:  # an administrator may look into every folder
        shut.setattr(glob, "glob", without_closed)
        shut.setattr(os, "access", lambda path, _: path not in shut_to)
        landed = zone.land(configuration)[0]
    assert landed.unreached == (
        ("open/c.csv", "c.csv could not be opened: No such file or directory"),
        ("shut", "the folder shut could not be listed: Permission denied"),
    )
    assert landed.new_files == 1
    (zone.folder / "unmounted.csv").write_text(HEADER + GOOD.replace("o1", "o3"))
    after = zone.land(configuration)[0]
    assert (after.new_files, after.unreached) == (2, ())


def test_a_pipe_under_a_file_s_name_is_named_and_not_waited_for(zone: Zone) -> None:
    zone.write("a.csv", HEADER + GOOD)
    os.mkfifo(zone.raw / "b.csv")
    landed = zone.land(zone.configuration(ORDERS))[0]
    assert landed.unreached == (("b.csv", "b.csv is a pipe, a socket or a device; expected a file"),)
    assert landed.new_files == 1
