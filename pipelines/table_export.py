"""A published table on the terminal, or as csv, xlsx or json."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import polars.selectors as cs

SHOWN_ROWS = 20
EXCEL_ROWS = 1_048_575  # one sheet's rows, the header apart
_FORMULA_SIGNS = "=+-@\t\r"


class TableExportError(Exception):
    """The table cannot be written that way."""


def export(table: pl.LazyFrame, format_: str, out: Path | None) -> None:
    """Write the table to the file, or to standard output; ``table`` shows the first rows only.

    Spreadsheets run what looks like a formula: text that begins like one gets an apostrophe in csv, and is written as
    text in xlsx.

    Raises:
        TableExportError: xlsx without a file, or with more rows than a sheet holds.
    """
    if format_ == "table":
        _show(table, out)
        return
    frame = table.collect()
    if format_ == "xlsx":
        _write_excel(frame, out)
        return
    text = _csv(frame) if format_ == "csv" else frame.write_json() + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def _show(table: pl.LazyFrame, out: Path | None) -> None:
    rows = int(table.select(pl.len()).collect().item())
    frame = table.head(SHOWN_ROWS).collect()
    with pl.Config(
        tbl_rows=SHOWN_ROWS,
        tbl_cols=-1,
        tbl_width_chars=200,
        tbl_hide_dataframe_shape=True,
        ascii_tables=out is None and not _knows("┌┆╞", sys.stdout.encoding),
    ):
        text = f"{frame}\n{min(rows, SHOWN_ROWS):,} of {rows:,} rows\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def _knows(signs: str, encoding: str) -> bool:
    return signs.encode(encoding, "ignore").decode(encoding) == signs


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as text joined by semicolons: neither csv nor a sheet has lists."""
    return frame.with_columns(cs.list().list.join("; "))


def _csv(frame: pl.DataFrame) -> str:
    guarded = pl.when(cs.string().str.slice(0, 1).is_in(list(_FORMULA_SIGNS))).then(pl.lit("'") + cs.string())
    return _flat(frame).with_columns(guarded.otherwise(cs.string()).name.keep()).write_csv()


def _write_excel(frame: pl.DataFrame, out: Path | None) -> None:
    if out is None:
        raise TableExportError("xlsx is not for a terminal: name a file with --out")
    if frame.height > EXCEL_ROWS:
        raise TableExportError(f"a sheet holds {EXCEL_ROWS:,} rows, the table has {frame.height:,}; export csv instead")
    import xlsxwriter

    with xlsxwriter.Workbook(str(out), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        _flat(frame).write_excel(book, autofit=True)
