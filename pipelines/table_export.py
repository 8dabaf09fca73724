"""A published table on the terminal, or as csv, xlsx or json."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import polars.selectors as cs

from assets.printable_text import UNPRINTABLE, counted, printable

SHOWN_ROWS = 20
EXCEL_ROWS = 1_048_575  # one sheet's rows, the header apart
EXCEL_CHARACTERS = 32_767  # one cell's, in UTF-16
FORMATS = {"csv": "csv", "xlsx": "xlsx", "json": "json", "txt": "table", "": "table"}
"""What a file is written as, by the ending of its name."""
_AS_IT_IS = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
_WHOLE = 1_000_000_000  # characters of a text that are drawn
_FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠"  # the wide ones are formulas to a Japanese Excel


class TableExportError(Exception):
    """The table cannot be written that way."""


def format_of(out: Path | None) -> str:
    """The format of a file by its name's ending; what goes to the terminal or is plain text is a drawn table.

    Raises:
        TableExportError: the ending names no format.
    """
    if out is None:
        return "table"
    ending = out.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise TableExportError(
            f"{out}: its ending is not .csv, .xlsx, .json or .txt; name one of these, or add --format"
        )
    return FORMATS[ending]


def export(table: pl.LazyFrame, format_: str, out: Path | None) -> None:
    """Write the table to the file, or to standard output; ``table`` shows the first rows only, in a file all.

    Spreadsheets run what looks like a formula: text that begins like one gets an apostrophe in csv, and is written as
    text in xlsx. A terminal is shown no sign that would steer it.

    Raises:
        TableExportError: xlsx without a file, or with more rows than a sheet holds.
        OSError: the file cannot be written.
    """
    if format_ == "xlsx":
        _write_excel(table.collect(), out)
        return
    if format_ == "table":
        text = _drawn(table, SHOWN_ROWS if out is None else None)
    else:
        frame = table.collect()
        is_shown = out is None and sys.stdout.isatty()
        text = (_csv if format_ == "csv" else _json)(frame, is_shown=is_shown)
    if out is None:
        sys.stdout.write(text)
        return
    with _named(out):
        out.write_text(text, encoding="utf-8")


@contextmanager
def _named(out: Path) -> Iterator[None]:
    """Let the error of a full disk name the file: the system's own does not."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from error


def _drawn(table: pl.LazyFrame, most: int | None) -> str:
    """The table in a frame of lines, with its first rows; None for all, and every text whole: a file has room."""
    rows = int(table.select(pl.len()).collect().item())
    shown = rows if most is None else min(rows, most)
    frame = table.head(shown).collect().with_columns(_in_a_line(cs.string()))
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=-1,  # names of columns stay whole
        fmt_str_lengths=_WHOLE if most is None else None,
        fmt_table_cell_list_len=-1 if most is None else None,
        tbl_hide_dataframe_shape=True,
        ascii_tables=most is not None and not _knows("┌┆╞", sys.stdout.encoding),
    ):
        return f"{frame}\n{shown:,} of {counted(rows, 'row')}\n"


def _in_a_line(texts: pl.Expr) -> pl.Expr:
    """Texts without what steers a terminal or ends a line."""
    odd = pl.when(texts.str.contains(UNPRINTABLE)).then(texts)
    return pl.coalesce(odd.map_elements(printable, return_dtype=pl.String), texts).name.keep()


def _knows(signs: str, encoding: str) -> bool:
    return signs.encode(encoding, "ignore").decode(encoding) == signs


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as text joined by semicolons: neither csv nor a sheet has lists."""
    return frame.with_columns(cs.list().list.join("; "))


def _csv(frame: pl.DataFrame, *, is_shown: bool) -> str:
    guarded = pl.when(cs.string().str.slice(0, 1).is_in(list(_FORMULA_SIGNS))).then(pl.lit("'") + cs.string())
    flat = _flat(frame).with_columns(guarded.otherwise(cs.string()).name.keep())
    return (flat.with_columns(_in_a_line(cs.string())) if is_shown else flat).write_csv()


def _json(frame: pl.DataFrame, *, is_shown: bool) -> str:
    text = frame.write_json()
    return (re.sub(UNPRINTABLE, lambda sign: f"\\u{ord(sign[0]):04x}", text) if is_shown else text) + "\n"


def _write_excel(frame: pl.DataFrame, out: Path | None) -> None:
    if out is None:
        raise TableExportError("xlsx is not for a terminal: name a file with --out")
    if frame.height > EXCEL_ROWS:
        raise TableExportError(f"a sheet holds {EXCEL_ROWS:,} rows, the table has {frame.height:,}; export csv instead")
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    flat, content = _flat(frame), io.BytesIO()
    with _named(out):
        try:
            with xlsxwriter.Workbook(content, _AS_IT_IS) as book:
                flat.write_excel(book, autofit=True)
        except FileCreateError as error:
            raise error.args[0] from error  # the system's own, of its temporary files
        out.write_bytes(content.getbuffer())
    cut = [f"{texts:,} of {name}" for name, texts in _too_long(flat).items()]
    if cut:
        sys.stderr.write(
            f"{out}: texts cut to the {EXCEL_CHARACTERS:,} characters that a cell holds, {', '.join(cut)}; csv and json"
            " hold them whole\n"
        )


def _too_long(frame: pl.DataFrame) -> dict[str, int]:
    """How many texts a cell does not hold, by column."""
    longer = {
        column.name: column.filter(column.str.len_bytes() > EXCEL_CHARACTERS)  # bytes are never fewer
        for column in frame.select(cs.string())
    }
    counts = {
        name: sum(len(text.encode("utf-16-le")) // 2 > EXCEL_CHARACTERS for text in texts)
        for name, texts in longer.items()
    }
    return {name: count for name, count in counts.items() if count}
