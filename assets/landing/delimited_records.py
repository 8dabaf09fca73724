"""Delimited files through the parser: the records it takes, those it refuses, and the line each one starts on.

The parser numbers neither what it takes nor, where a quote is never closed, all it refuses. So every line of a file is
counted before and after: a file whose lines do not all come out is not whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from assets.landing.staged import CONTENT, LINE, LandedContent, Rejected, Staged
from assets.landing.text_files import DelimitedText
from assets.statements import file_literal, identifier, literal
from assets.warehouse import Warehouse

_REJECTIONS = {
    "MISSING COLUMNS": "too_few_columns",
    "TOO MANY COLUMNS": "too_many_columns",
    "UNQUOTED VALUE": "malformed_quotes",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
}
_MOVES = {"content_no": pl.Int64, "place": pl.Int64, "lines": pl.Int64}


@dataclass(frozen=True)
class Parsed:
    """Files that are written alike, as the parser read them.

    Attributes:
        warehouse: holds the temporary tables.
        texts: the files.
        number: tells this parse's temporary tables from others.
        rows: records taken, by content.
        refused: one row per record refused: content_no, place (its number among the records, the header apart),
            reason, raw, lines.
        breaks: one row per record taken that spreads over several lines: content_no, place (its number among the
            records taken), lines (beyond the first). Only of contents with more lines than records.
    """

    warehouse: Warehouse
    texts: Sequence[tuple[LandedContent, DelimitedText]]
    number: int
    rows: dict[int, int]
    refused: pl.DataFrame
    breaks: pl.DataFrame

    def lines_found(self, content_no: int) -> int:
        """Lines of the content that came out of the parser, the header's among them."""
        beside = sum(lines.get(content_no, 0) for lines in (self._refused_lines, self._broken_lines))
        return self._header_lines + self.rows[content_no] + beside

    def is_whole(self, content_no: int) -> bool:
        """Whether every line came out, and no open quote swallowed lines that may be records of their own."""
        return content_no not in self._swallowed and self.lines_found(content_no) == self._lines[content_no]

    @cached_property
    def _lines(self) -> dict[int, int]:
        return {content.content_no: text.lines for content, text in self.texts}

    @cached_property
    def _refused_lines(self) -> dict[int, int]:
        return _lines_of(self.refused)

    @cached_property
    def _broken_lines(self) -> dict[int, int]:
        return _lines_of(self.breaks)

    @cached_property
    def _swallowed(self) -> set[int]:
        swallowed = self.refused.filter(pl.col("lines") > 1, pl.col("reason") == "malformed_quotes")
        return set(swallowed["content_no"].to_list())

    def staged(self, *, without: Collection[int] = ()) -> Staged:
        """The records with the lines they start on, but those of the contents left out."""
        contents = tuple(content.content_no for content, _ in self.texts if content.content_no not in without)
        refused = self.refused.filter(pl.col("content_no").is_in(contents)).with_columns(
            before=pl.col("lines").cum_sum().over("content_no") - pl.col("lines"),
            taken_before=pl.col("place") - pl.int_range(1, pl.len() + 1).over("content_no"),
        )
        spread = self.breaks.with_columns(pl.col("place") + 1)
        pushed = refused.select("content_no", place=pl.col("taken_before") + 1, lines="lines")
        left_out = _frame([(c.content_no, line, missing) for c, text in self.texts for line, missing in text.left_out])
        name = f"staged_{self.number}"
        self._number(name, contents, _cumulated(pl.concat((spread, pushed))), left_out)

        starts = refused.with_columns(line=pl.col("before") + pl.col("taken_before") + 1 + self._header_lines)
        starts = starts.with_columns(place=pl.col("taken_before") + 1)
        starts = _moved(_moved(starts, "place", _cumulated(spread)), "line", left_out)
        rejected = [
            Rejected(content_no, line, reason, raw)
            for content_no, line, reason, raw in starts.select("content_no", "line", "reason", "raw").iter_rows()
        ]
        misquoted = [
            Rejected(content.content_no, line, "malformed_quotes", raw)
            for content, text in self.texts
            for line, raw in text.misquoted
        ]
        return Staged(name, self.texts[0][1].layout.header, contents, (*rejected, *misquoted))

    @property
    def _header_lines(self) -> int:
        return self.texts[0][1].layout.header_lines

    def _number(self, name: str, contents: tuple[int, ...], moves: pl.DataFrame, left_out: pl.DataFrame) -> None:
        """Make the view of the records with their lines; a table where numbering takes more than counting."""
        records = f"""
            select parsed.* exclude (__path, __place), starts.content_no as {CONTENT},
                parsed.__place - starts.first_place + 1 as __taken
            from staged_parsed_{self.number} as parsed
            join staged_starts_{self.number} as starts on starts.path = parsed.__path
            where starts.content_no in ({", ".join(map(str, contents))})"""
        if moves.is_empty() and left_out.is_empty():
            self.warehouse.rows(
                f"create temp view {name} as "
                f"select * exclude (__taken), __taken + {self._header_lines} as {LINE} from ({records})"
            )
            return
        with self.warehouse.lent("_moves", moves), self.warehouse.lent("_left_out", left_out):
            self.warehouse.rows(
                f"""create temp table {name} as
                with records as ({records}),
                in_the_copy as (
                    select records.*, __taken + {self._header_lines} + coalesce(moves.lines, 0) as __line
                    from records
                    asof left join _moves as moves
                        on moves.content_no = records.{CONTENT} and records.__taken >= moves.place
                )
                select in_the_copy.* exclude (__taken, __line), __line + coalesce(left_out.lines, 0) as {LINE}
                from in_the_copy
                asof left join _left_out as left_out
                    on left_out.content_no = in_the_copy.{CONTENT} and in_the_copy.__line >= left_out.place"""
            )


def parse(warehouse: Warehouse, texts: Sequence[tuple[LandedContent, DelimitedText]]) -> Parsed:
    """Parse files of one layout in one pass."""
    number = texts[0][0].content_no
    layout = texts[0][1].layout
    paths = pl.DataFrame(
        [(str(text.path), content.content_no) for content, text in texts],
        schema={"path": pl.String, "content_no": pl.Int64},
        orient="row",
    )
    refused_records, refused_scans = f"staged_refused_{number}", f"staged_scans_{number}"
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in layout.header)
    warehouse.connection.register("_paths", paths)
    try:
        warehouse.rows(
            f"""create or replace temp table staged_parsed_{number} as
            select *, row_number() over () as __place
            from read_csv([{", ".join(map(file_literal, paths["path"]))}], columns = {{{columns}}}, auto_detect = false,
                header = {str(layout.header_lines > 0).lower()}, delim = {literal(layout.delimiter)},
                quote = {literal(layout.quote)}, escape = {literal(layout.quote)}, strict_mode = true,
                compression = {literal("zstd" if texts[0][1].is_archived else "none")}, filename = '__path',
                store_rejects = true, rejects_limit = 0,
                rejects_table = {literal(refused_records)}, rejects_scan = {literal(refused_scans)})"""
        )
        warehouse.rows(
            f"""create or replace temp table staged_starts_{number} as
            select paths.content_no, paths.path, min(parsed.__place) as first_place, count(parsed.__place) as taken
            from _paths as paths left join staged_parsed_{number} as parsed on parsed.__path = paths.path
            group by all"""
        )
        refused = warehouse.rows(
            f"""select paths.content_no, line - {int(layout.header_lines > 0)}, min(error_type::varchar),
                any_value(csv_line)
            from {refused_records} as records
            join {refused_scans} as scans using (scan_id, file_id)
            join _paths as paths on paths.path = scans.file_path
            group by all order by all"""
        )
    finally:
        warehouse.connection.unregister("_paths")
        warehouse.rows(f"drop table if exists {refused_records}")
        warehouse.rows(f"drop table if exists {refused_scans}")
    told = [
        (content_no, place, _REJECTIONS.get(kind, "malformed_row"), raw, raw.count("\n") + 1)
        for content_no, place, kind, raw in refused
    ]
    schema = {"content_no": pl.Int64, "place": pl.Int64, "reason": pl.String, "raw": pl.String, "lines": pl.Int64}
    rows = dict(warehouse.rows(f"select content_no, taken from staged_starts_{number}"))
    parsed = Parsed(
        warehouse, texts, number, rows, pl.DataFrame(told, schema=schema, orient="row"), pl.DataFrame(schema=_MOVES)
    )
    short = [c.content_no for c, text in texts if parsed.lines_found(c.content_no) != text.lines]
    return Parsed(warehouse, texts, number, rows, parsed.refused, _breaks(parsed, short)) if short else parsed


def _breaks(parsed: Parsed, contents: list[int]) -> pl.DataFrame:
    """Records taken that spread over several lines, of the contents in which that can be."""
    header = parsed.texts[0][1].layout.header
    ends = " + ".join(
        f"coalesce(length({identifier(name)}) - length(replace({identifier(name)}, chr(10), '')), 0)" for name in header
    )
    rows = parsed.warehouse.rows(
        f"""select starts.content_no, parsed.__place - starts.first_place + 1 as place, {ends} as lines
        from staged_parsed_{parsed.number} as parsed
        join staged_starts_{parsed.number} as starts on starts.path = parsed.__path
        where list_contains($contents, starts.content_no) and {ends} > 0""",
        {"contents": contents},
    )
    return _frame(rows)


def _lines_of(records: pl.DataFrame) -> dict[int, int]:
    return dict(records.group_by("content_no").agg(pl.col("lines").sum()).iter_rows())


def _frame(rows: Sequence[tuple[int, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_MOVES, orient="row")


def _cumulated(moves: pl.DataFrame) -> pl.DataFrame:
    """Moves by place with the lines they add up to so far."""
    summed = moves.group_by("content_no", "place").agg(pl.col("lines").sum()).sort("content_no", "place")
    return summed.with_columns(pl.col("lines").cum_sum().over("content_no"))


def _moved(refused: pl.DataFrame, on: str, moves: pl.DataFrame) -> pl.DataFrame:
    """The refused records with ``line`` moved by what stands before them."""
    joined = refused.sort(on).join_asof(
        moves.sort("place").select("content_no", pl.col("place").alias(on), moved="lines"),
        on=on,
        by="content_no",
        check_sortedness=False,
    )
    return joined.with_columns(line=pl.col("line") + pl.col("moved").fill_null(0)).drop("moved")
