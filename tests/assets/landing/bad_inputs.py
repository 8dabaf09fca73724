"""What goes wrong with input, and what becomes of it: the table behind ``docs/bad-input.md`` and its test."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from .bad_rows import FINE, HEADER, KEYED, LINE, ORDERS, OTHERS, ROWS, SURVEY, UNPARSABLE_HEADER, BadInput, good


def _aside(given: str, file: str, content: str | bytes, error: str, *, shown: str = "", **options: Any) -> BadInput:
    """A file that is set aside beside one that is read."""
    return BadInput(
        given,
        f"the file is set aside: “{shown or error}”",
        ({file: content, **FINE},),
        ORDERS | options,
        errors={file: error},
        counts={"rows_in": 1, "accepted": 1},
    )


def _excel(*rows: Sequence[Any], corner: str = "") -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Orders")
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if str(cell).startswith("="):
                    sheet.write_formula(place, column, cell, None, {"=NA()": "#N/A", "=1/0": "#DIV/0!"}[cell])
                else:
                    sheet.write(place, column, cell)
        sheet.write(1_048_575, 16_383, corner or None, book.add_format({"bold": True}))  # without a value it is none
    return file.getvalue()


def _misplaced(workbook: bytes) -> bytes:
    """The workbook with an address that is none, over which its reader panics."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts, zipfile.ZipFile(file, "w") as broken:
        for name in parts.namelist():
            broken.writestr(name, parts.read(name).replace(b'r="A2"', b'r="ZZZZZZZZZ99999999999999"'))
    return file.getvalue()


def _parquet(**columns: list[Any] | pl.Series) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    return file.getvalue()


def _with_a_negative_size(parquet: bytes) -> bytes:
    """The file with a column of less than no bytes: numbers of its footer have their sign in their last bit."""
    end = len(parquet) - 8
    for place in range(end - int.from_bytes(parquet[end : end + 4], "little"), end):
        changed = bytearray(parquet)
        changed[place] ^= 1
        with contextlib.suppress(pa.ArrowException, OSError, ValueError):
            if pq.read_metadata(io.BytesIO(changed)).row_group(0).column(0).total_compressed_size < 0:
                return bytes(changed)
    raise AssertionError("no byte of the footer is the size's")


def _swollen(workbook: bytes) -> bytes:
    """The workbook with a part of blanks, which packs to a thousandth."""
    file = io.BytesIO(workbook)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        parts.writestr("xl/more.xml", bytes(70 << 20))
    return file.getvalue()


def _hiding(workbook: bytes) -> bytes:
    """The swollen workbook, whose directory says that the part is small."""
    return _swollen(workbook).replace((70 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))


PACKED = gzip.compress((HEADER + "".join(good(str(number)) for number in range(500))).encode(), mtime=0)
BOMB: bytes = pa.compress(HEADER.encode() + good("o1").encode() * 2_000_000, "zstd", asbytes=True)
ZSTANDARD: bytes = pa.compress((HEADER + good() * 500).encode(), "zstd", asbytes=True)
FILES = (
    _aside("an empty file", "a.csv", b"", "the file is empty (0 bytes)"),
    _aside("a file of blank lines", "a.csv", b"\n\n\n", "the file holds blank lines only"),
    _aside("a file that is no text, or text with NUL bytes", "a.csv", b"o1\x00\x00\x01binary", "the file is not text"),
    _aside("another table", "a.csv", b"invoice;day\n1;2\n", "columns.order_id: found no column `order_id`"),
    _aside(
        "a mapped column that is missing, or spelt otherwise",
        "a.csv",
        HEADER.replace("price", "prices") + good(),
        "did you mean `prices`?",
        shown="columns.unit_price: found no column `price`; … did you mean `prices`?",
    ),
    _aside(
        "a file without a header",
        "a.csv",
        good("o1") + good("o2"),
        "it has 6, of which 3 would be called as a number, date or address is written: if its first line is a row, "
        "name the columns under `header`",
        shown="columns.order_id: found no column `order_id`; … if its first line is a row, name the columns under "
        "`header`",
    ),
    _aside(
        "a web page saved as csv",
        "a.csv",
        "<!DOCTYPE html>\n<html><body>Session expired</body></html>\n",
        "columns.order_id: found no column `order_id`",
    ),
    _aside(
        "a header whose quotes do not pair",
        "a.csv",
        HEADER.replace("price", '"price') + good(),
        "the quotes of the header line do not pair",
    ),
    _aside("a truncated gzip file", "a.csv.gz", PACKED[: len(PACKED) // 2], "the file is damaged or truncated"),
    _aside("a gzip file that is none", "a.csv.gz", HEADER + good("o1"), "the file is damaged or truncated"),
    _aside(
        "a truncated zstandard file", "a.csv.zst", ZSTANDARD[: len(ZSTANDARD) // 2], "the file is damaged or truncated"
    ),
    _aside(
        "a packed file that holds some million lines in a few thousand bytes",
        "a.csv.zst",
        BOMB,
        "more than 64 MB were expected to be packed to a 200th at best",
    ),
    _aside(
        "a million blank lines above the header",
        "a.csv",
        b"\n" * 1_000_000 + HEADER.encode(),
        "1,000,000 lines are blank",
    ),
    _aside(
        "bytes that are not in the declared encoding",
        "a.csv",
        (HEADER + good("örder")).encode("cp1252"),
        "it holds bytes that are not utf-8",
        encoding="utf-8",
    ),
    _aside(
        "two encodings in one file",
        "a.csv",
        (HEADER + good("ö1") + good("ö2")).encode() + good("ö3").encode("cp1252"),
        "2 of 3 lines with other than ASCII signs are UTF-8, the others are not",
    ),
    _aside(
        "half a character at the end of a UTF-16 file",
        "a.csv",
        (HEADER + good()).encode("utf-16")[:-1],
        "it holds bytes that are not utf-16",
    ),
    _aside("a workbook that is none", "a.xlsx", HEADER + good("o1"), "the file could not be read as xlsx"),
    _aside(
        "a workbook that holds a thousand times its size",
        "a.xlsx",
        _swollen(_excel(HEADER.strip().split(","), good().strip().split(","))),
        "more than 64 MB were expected to be packed to a 200th at best",
        path="*",
    ),
    _aside(
        "a workbook that holds a thousand times its size and hides it in its directory",
        "a.xlsx",
        _hiding(_excel(HEADER.strip().split(","), good().strip().split(","))),
        "more than 64 MB were expected to be packed to a 200th at best",
        path="*",
    ),
    _aside("an empty workbook", "a.xlsx", _excel(), "no sheet holds a header"),
    _aside(
        "a workbook with a value in the last cell of a sheet, far from the table",
        "a.xlsx",
        _excel(HEADER.strip().split(","), good().strip().split(","), corner="x"),
        "lie in 1,048,576 rows and 16,384 columns",
        shown="the 13 cells of its sheet … lie in 1,048,576 rows and 16,384 columns: delete what stands far away …",
    ),
    _aside(
        "a workbook with a cell that no sheet has",
        "a.xlsx",
        _misplaced(_excel(HEADER.strip().split(","), good().strip().split(","))),
        "the file could not be read as xlsx",
    ),
    _aside(
        "a workbook without the sheet that is asked for",
        "a.xlsx",
        _excel(HEADER.strip().split(","), good().strip().split(",")),
        "there is no sheet 'Sales'; the file has 'Orders'",
        sheet="Sales",
        path="*",
    ),
    _aside(
        "a Parquet file of one value seventy million times",
        "a.parquet",
        _parquet(order_id=pl.repeat(True, 70_000_000, eager=True)),
        "more than 64 MB were expected to be packed to a 200th at best",
    ),
    _aside("a Parquet file that is none", "a.parquet", b"PAR1 and no more", "the file could not be read as parquet"),
    _aside(
        "a Parquet file that says of a column that it takes less than no bytes",
        "a.parquet",
        _with_a_negative_size(_parquet(**{name: ["1"] for name in HEADER.strip().split(",")})),
        "the file could not be read as parquet",
    ),
    _aside(
        "a Parquet file of another table",
        "a.parquet",
        _parquet(invoice=[1], day=["2024-06-01"]),
        "columns.order_id: found no column `order_id`",
    ),
    _aside("JSON lines of which none is an object", "a.jsonl", "[1]\n[2]\n", "no line holds a JSON object"),
    _aside(
        "JSON lines that lack a key no row can do without",
        "a.jsonl",
        LINE.replace("price", "cost"),
        "columns.unit_price: found no column `price`",
    ),
    _aside(
        "JSON keys that differ in case alone",
        "a.jsonl",
        LINE.replace("product", "Price"),
        "the keys 'Price' and 'price' differ in case alone",
        shown="the keys … and … differ in case alone",
    ),
    _aside(
        "a JSON key or a Parquet column that is called as a column which reading adds",
        "a.jsonl",
        LINE.replace("}", ', "__line_number": 7}'),
        "a column is called `__line_number`, as one of the program's own",
    ),
    _aside(
        "more than 4,000 columns",
        "a.csv",
        ",".join(f"answer_{number}" for number in range(4_001)) + "\n",
        "it has 4,001 columns; at most 4,000 were expected: leave out what no source reads, or give a row per answer",
    ),
    _aside(
        "dates that can be read in two ways, and no file that decides",
        "a.csv",
        HEADER + good().replace("2024-06-01", "03/04/2024"),
        "can be read as %d/%m/%Y and as %m/%d/%Y, and no value in the column decides",
        shown="… can be read as %d/%m/%Y and as %m/%d/%Y, and no value in the column decides …",
    ),
    BadInput(
        "dates that can be read in two ways, and files that contradict each other",
        "the file is set aside: “… the source's other files contradict each other; declare `date_format`”",
        (
            {
                "a.csv": HEADER + good("a").replace("2024-06-01", "03/04/2024"),
                "b.csv": HEADER + good("b").replace("2024-06-01", "25/04/2024"),
                "c.csv": HEADER + good("c").replace("2024-06-01", "04/25/2024"),
            },
        ),
        ORDERS,
        errors={"a.csv": "the source's other files contradict each other"},
        counts={"rows_in": 2, "accepted": 2},
    ),
    BadInput(
        "a file of nothing but a header",
        "a file with no rows",
        ({"a.csv": HEADER, **FINE},),
        ORDERS,
        counts={"rows_in": 1, "accepted": 1},
    ),
    BadInput(
        "Windows, Unix and old Macintosh line ends in one file, and blank lines",
        "every row is read; line numbers are those of an editor",
        ({"a.csv": HEADER + good("a").replace("\n", "\r\n") + "\n" + good("b").replace("\n", "\r") + "x\n"},),
        ORDERS,
        reasons={("a.csv", 5): ("too_few_columns",)},
        counts={"rows_in": 3, "accepted": 2, "quarantined": 1},
    ),
    BadInput(
        "a column name twice in the header",
        "the first is the column of that name, the second is called by its place, `price_7`",
        ({"a.csv": HEADER.replace("\n", ",price\n") + good().replace("\n", ",9.99\n")},),
        ORDERS,
        counts={"rows_in": 1, "accepted": 1},
    ),
    BadInput(
        "a column of a text file or workbook that is called as a column which reading adds",
        "it is called by its place, `__content_no_7`; every row is read",
        ({"a.csv": HEADER.replace("\n", ",__content_no\n") + good().replace("\n", ",9\n")},),
        ORDERS,
        counts={"rows_in": 1, "accepted": 1},
    ),
    BadInput(
        "a JSON value that has ids for keys, more than a thousand of them",
        "it is read as its text; every row is read",
        ({"a.jsonl": "".join(LINE.replace("}", f', "by_id": {{"k{n}": {n}}}}}') for n in range(1_001))},),
        ORDERS,
        counts={"rows_in": 1_001, "accepted": 1_001},
    ),
    BadInput(
        "a JSON key without a sign",
        "its value parts equals like that of any other column",
        ({"a.jsonl": "".join(LINE.replace("}", f', "": {number}}}') for number in (1, 2, 2))},),
        ORDERS,
        counts={"rows_in": 3, "accepted": 2, "duplicates": 1},
    ),
    BadInput(
        "no line end at the end of the file, or the last row cut off",
        "the row counts if it is whole, else it goes to quarantine: `too_few_columns`",
        ({"a.csv": HEADER + good("a").strip(), "b.csv": HEADER + good("b") + "o2,2024-0"},),
        ORDERS,
        reasons={("b.csv", 3): ("too_few_columns",)},
        counts={"rows_in": 3, "accepted": 2, "quarantined": 1},
    ),
)

FIRST = HEADER + good("o1") + good("o2") + good("o3")
SHEET_ROWS = (
    BadInput(
        "a cell whose formula failed, in a column that is read",
        "the row goes to quarantine: `error_cell`",
        (
            {
                "a.xlsx": _excel(
                    HEADER.strip().split(","),
                    ("o1", "2024-06-01", "anna", "p1", 1, 5),
                    ("o2", "2024-06-01", "=NA()", "p1", 1, "=1/0"),
                )
            },
        ),
        ORDERS,
        reasons={("a.xlsx", 3): ("error_cell",)},
        counts={"rows_in": 2, "accepted": 1, "quarantined": 1},
    ),
)

DELIVERIES = (
    BadInput(
        "the same file on two nights",
        "nothing changes",
        ({"a.csv": FIRST}, {"a.csv": FIRST}),
        ORDERS,
        counts={"rows_in": 3, "accepted": 3},
    ),
    BadInput(
        "a copy under another name",
        "its rows are duplicates",
        ({"a.csv": FIRST}, {"copy of a.csv": FIRST}),
        ORDERS,
        counts={"rows_in": 6, "accepted": 3, "duplicates": 3},
    ),
    BadInput(
        "two exports that overlap",
        "the rows that both hold count once",
        ({"a.csv": FIRST, "b.csv": HEADER + good("o3") + good("o4")},),
        ORDERS,
        counts={"rows_in": 5, "accepted": 4, "duplicates": 1},
    ),
    BadInput(
        "an order that changed between two exports which both hold it",
        "both rows count, and `order_flows.orders_told_once` warns from five such orders on; with `line_id`, "
        "`delivery: full_snapshot` or the first file's name the later row alone",
        ({"a.csv": HEADER + good("o1"), "b.csv": HEADER + good("o1", "8.99")},),
        ORDERS,
        counts={"rows_in": 2, "accepted": 2, "duplicates": 0},
    ),
    BadInput(
        "a row twice in one file",
        "the second is a duplicate, unless `duplicates: keep`",
        ({"a.csv": HEADER + good() + good()},),
        ORDERS,
        counts={"rows_in": 2, "accepted": 1, "duplicates": 1},
    ),
    BadInput(
        "a cancelled row without price and quantity, which `exclude_when` takes",
        "it is kept and counted, and enters no measure",
        ({"a.csv": HEADER + good() + "o2,2024-06-01,bob,gone,,\n"},),
        ORDERS | {"exclude_when": "product = 'gone'"},
        counts={"rows_in": 2, "accepted": 2, "quarantined": 0},
    ),
    BadInput(
        "a file delivered again with fewer rows",
        "the old rows are superseded, and those that nothing holds any more are counted as vanished",
        ({"a.csv": FIRST}, {"a.csv": HEADER + good("o1")}),
        ORDERS,
        counts={"rows_in": 4, "accepted": 4, "superseded": 3, "vanished": 2},
    ),
    BadInput(
        "a file delivered again, but empty or damaged",
        "the new version is set aside, and the old one still counts",
        ({"a.csv": FIRST}, {"a.csv": b""}),
        ORDERS,
        errors={"a.csv": "the file is empty (0 bytes)"},
        counts={"rows_in": 3, "accepted": 3},
    ),
    BadInput(
        "a correction of one order line in a later file",
        "the later file's version counts; the earlier row is superseded",
        ({"1.csv": HEADER + good("o1", "5.00")}, {"2.csv": HEADER + good("o1", "6.00")}),
        ORDERS | KEYED,
        counts={"rows_in": 2, "accepted": 2, "superseded": 1},
    ),
    BadInput(
        "an older snapshot that comes after a newer one",
        "the newest by its name stays the whole truth",
        ({"2024-06-02.csv": FIRST}, {"2024-06-01.csv": HEADER + good("old")}),
        ORDERS | {"delivery": "full_snapshot"},
        counts={"rows_in": 4, "accepted": 4, "superseded": 1},
    ),
    BadInput(
        "no file at all",
        "the night ends: nothing was ever delivered for a source",
        ({},),
        ORDERS,
        blocks="no file matches",
    ),
    BadInput(
        "no file that can be read",
        "the night ends and names the files",
        ({"a.csv": b"", "b.csv": b"\n"},),
        ORDERS,
        blocks="none of its 2 files can be read",
    ),
)

CONFIGURATION = (
    _aside(
        "a delimiter the file does not have",
        "a.csv",
        (HEADER + good()).replace(",", "|"),
        "columns.order_id: found no column `order_id`",
        delimiter=",",
    ),
    BadInput(
        "more rows to skip than a file has",
        "the file is set aside: “the file holds blank lines only”",
        ({"a.csv": "one\n", "b.csv": "title\n\n" + HEADER + good()},),
        ORDERS | {"skip_rows": 2},
        errors={"a.csv": "the file holds blank lines only"},
        counts={"rows_in": 1, "accepted": 1},
    ),
    BadInput(
        "a column to fill down that the file does not have",
        "the file is set aside: “fill_down: found no column `order`”",
        ({"a.csv": HEADER + good(), "b.csv": HEADER.replace("\n", ",order\n") + good().replace("\n", ",1\n")},),
        ORDERS | {"fill_down": ["order"]},
        errors={"a.csv": "fill_down: found no column `order`"},
        counts={"rows_in": 1, "accepted": 1},
    ),
    BadInput(
        "a question whose column is missing",
        "the file is set aside: “questions: found no column `Q2`”",
        ({"a.csv": "id,day,Q1\nr1,2024-06-01,5\n", "b.csv": "id,day,Q1,Q2\nr2,2024-06-01,5,9\n"},),
        SURVEY,
        errors={"a.csv": "questions: found no column `Q2`"},
        counts={"rows_in": 1, "accepted": 1},
    ),
    BadInput(
        "an expression that does not fit the file's types",
        "the file is set aside: “columns.unit_price: an expression does not fit: …”",
        (
            {
                "a.parquet": _parquet(id=["o1"], at=[dt.date(2024, 6, 1)], price=[[1.0]]),
                "b.parquet": _parquet(id=["o2"], at=[dt.date(2024, 6, 1)], price=[1.0]),
            },
        ),
        ORDERS | {"columns": {"order_id": "id", "ordered_at": "at", "unit_price": "price / 100"}},
        errors={"a.parquet": "columns.unit_price: an expression does not fit"},
        counts={"rows_in": 1, "accepted": 1},
    ),
    BadInput(
        "an expression with a date format that is none",
        "the night ends and names the file: “columns.ordered_at: an expression does not fit: …”",
        ({"a.csv": HEADER + good()},),
        ORDERS | {"columns": ORDERS["columns"] | {"ordered_at": "strptime(ordered_at, '%s')"}},
        blocks="a.csv: columns.ordered_at: an expression does not fit: Invalid Input Error: Failed to parse format",
    ),
    BadInput(
        "a declared date format that is not the file's",
        "every row goes to quarantine: `unparsable_ordered_at`; so many block the release, or warn where the source is "
        "small",
        ({"a.csv": HEADER + good("o1") + good("o2")},),
        ORDERS | {"date_format": "%d.%m.%Y"},
        reasons={("a.csv", 2): ("unparsable_ordered_at",), ("a.csv", 3): ("unparsable_ordered_at",)},
        counts={"rows_in": 2, "accepted": 0, "quarantined": 2},
    ),
    BadInput(
        "names declared for a file that has a header of its own",
        "the header is a row, and goes to quarantine",
        ({"a.csv": HEADER + good()},),
        ORDERS | {"header": HEADER.strip().split(",")},
        reasons={("a.csv", 1): UNPARSABLE_HEADER},
        counts={"rows_in": 2, "accepted": 1, "quarantined": 1},
    ),
    BadInput(
        "fewer names declared than the file has columns",
        "every row goes to quarantine: `too_many_columns`",
        ({"a.csv": good("o1") + good("o2")},),
        ORDERS
        | {
            "header": ["order_id", "ordered_at"],
            "delimiter": ",",
            "columns": {"order_id": "order_id", "ordered_at": "ordered_at"},
        },
        reasons={("a.csv", 1): ("too_many_columns",), ("a.csv", 2): ("too_many_columns",)},
        counts={"rows_in": 2, "accepted": 0, "quarantined": 2},
    ),
)

BAD_INPUTS: Mapping[str, tuple[BadInput, ...]] = {
    "Rows": ROWS + SHEET_ROWS,
    "Answers, customers, exchange rates": OTHERS,
    "Files": FILES,
    "Deliveries": DELIVERIES,
    "Configuration and file at odds": CONFIGURATION,
}
"""Every kind of bad input, by the heading it stands under."""
