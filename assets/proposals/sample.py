"""What a proposal looks at: files that belong together, how they are written, and rows read by the real landing code.

Small files are read whole. Of large ones a part is copied and read: whole lines from the start of every file.
"""

from __future__ import annotations

import codecs
import csv
import glob
import gzip
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from assets.configuration.sources import Source
from assets.landing.landed_files import NOT_READ, Archive, as_pattern, is_passed_over, local_paths, natural_key
from assets.landing.packed_files import unpacked
from assets.landing.staged import CONTENT, LINE, LandedContent, Staged, drop_staged
from assets.landing.staging import format_of, stage
from assets.landing.text_encodings import UnreadableFileError
from assets.landing.text_files import Layout, layout_of
from assets.landing.workbook_opening import opened_workbook
from assets.printable_text import counted
from assets.proposals.names import SYNONYMS, name_points
from assets.statements import identifier
from assets.warehouse import Warehouse

BUDGET = 48 << 20
"""Bytes of a source that are read for a proposal, unpacked."""
ENDINGS: Final = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".xlsx")
_MOST_NAMED = 5  # files of a folder
_PACKED: Final = (".gz", ".zst")
_UNPACKED = 8  # how much larger a packed text is taken to be
_OF_ONE_WRITING = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # in the names that Spark gives
_START = 1 << 16  # bytes of a text file's start that are looked at
_LINES = 200  # lines of them
_DELIMITERS = (",", ";", "\t", "|", "^", "~")
_NAMES = {"\t": "tab"}
_ANOTHER_NAME = 0.5  # points of names: one that is known in an encoding and in the other one not
_DATA = re.compile(r"[+-]?[\d.,]+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class FileGroup:
    """Files of one shape: one source.

    Attributes:
        pattern: the path or glob that matches exactly these files.
        files: in natural order of their names.
        options: reading options the landing code would not find out alone.
        said: option to what was seen that asks for it.
    """

    pattern: Path
    files: tuple[Path, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> dict[str, Any]:
        """Enough of a source to read the files."""
        return {"name": "files", "kind": "customers", "columns": {"customer_id": "id"}, **self.options}


@dataclass(frozen=True)
class Sample:
    """Rows of one group of files as the landing code read them.

    Attributes:
        group: the files.
        read_from: path or glob of what was read: the files themselves, or parts of them.
        table: table of the rows, in the order of files and lines.
        header: column names.
        rows: rows read.
        is_whole: whether that is every row.
        rejected: reason to rows the format does not allow.
        unreadable: file name to why it cannot be read.
    """

    group: FileGroup
    read_from: Path
    table: str
    header: tuple[str, ...]
    rows: int
    is_whole: bool
    rejected: Mapping[str, int]
    unreadable: Mapping[str, str]


def find_groups(given: Sequence[str]) -> tuple[list[FileGroup], dict[str, str]]:
    """Files, globs and folders into groups of one shape, in natural order, and why a file is in none.

    Raises:
        FileNotFoundError: something given is neither a file nor matches one.
    """
    files: dict[Path, bool] = {}  # and whether it was named itself, not found in a folder or by a glob
    for text in given:
        asked = Path(text).expanduser()
        found = _files_of(asked)
        if not found or (asked.is_dir() and not any(map(_ending, found))):
            raise FileNotFoundError(
                f"{text}: {_not_found(asked)}; expected a file, a glob or a folder with {_endings()}"
            )
        files |= {path.absolute(): asked.is_file() for path in found}
    ordered = sorted(files, key=lambda path: (path.parent, natural_key(path.name)))
    shapes: dict[Path, Any] = {}
    left_out: dict[str, str] = {}
    for path in ordered:
        try:
            shapes[path] = _shape(path)
        except UnreadableFileError as error:
            left_out[path.name] = str(error)
    by_shape = sorted(shapes, key=lambda path: (shapes[path][0], ordered.index(path)))
    groups: list[FileGroup] = []
    for _, alike in groupby(by_shape, key=lambda path: shapes[path][0]):
        together = tuple(alike)
        _, options, said = shapes[together[0]]
        pattern = _pattern_of(together, is_named=files[together[0]])
        parts = [(pattern, together)] if pattern else [(as_pattern(path), (path,)) for path in together]
        for at, paths in parts:
            try:
                groups += _sheets_apart(FileGroup(at, paths, dict(options), dict(said)))
            except UnreadableFileError as error:
                left_out[at.name] = str(error)
    return sorted(groups, key=lambda group: ordered.index(group.files[0])), left_out


def _not_found(asked: Path) -> str:
    """What stands in the place of files that could be read."""
    if not asked.is_dir():
        return "no such file"
    others = sorted(found.name for found in asked.iterdir() if found.is_file() and not found.name.startswith("."))
    listed = ", ".join(others[:_MOST_NAMED]) + (", …" if len(others) > _MOST_NAMED else "")
    ways = {NOT_READ[ending] for name in others if (ending := Path(name).suffix.lower()) in NOT_READ}
    return "; ".join([f"found {listed or 'no file'}, and nothing that can be read", *sorted(ways)])


def _endings() -> str:
    return ", ".join(ending[1:] for ending in ENDINGS) + " files, packed as gz or zst or not"


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        homes = [found.parent for found in path.rglob("warehouse.duckdb")]
        return [
            found
            for found in path.rglob("*")
            if (_ending(found) or found.suffix.lower() in NOT_READ)
            and found.is_file()
            and not any(is_passed_over(part) for part in found.relative_to(path).parts)
            and not any(home in found.parents for home in homes)  # what a run has written is no source
        ]
    if path.is_file():
        return [path]
    return local_paths(as_pattern(Path.cwd()) / path)


def _ending(path: Path) -> str:
    """The ending that tells the format, packing apart; empty where it is none that is known."""
    name = path.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return next((ending for ending in ENDINGS if name.endswith(ending)), "")


def _pattern_of(files: Sequence[Path], *, is_named: bool) -> Path | None:
    """A path or glob that matches the files and nothing else; None where there is none as simple as that.

    A single file that was named is that path; one found in a folder is the first of those to come.
    """
    first = files[0]
    if is_named and len(files) == 1:
        return as_pattern(first)
    folder, ending = _folder_of(files), "".join(first.suffixes[-2:] if first.suffix in _PACKED else first.suffixes[-1:])
    start = _common_start([path.name for path in files])
    for pattern in (f"*{ending}", f"{glob.escape(start)}*{ending}", f"{glob.escape(start)}[0-9]*{ending}"):
        at = folder / pattern
        if set(local_paths(at)) == set(files):
            return at
    return as_pattern(first) if len(files) == 1 else None


def _partitioned(folder: Path) -> str:
    """A folder with the parts of its path that sort files by day or by a key left open: year=2024/month=01, 2024/01."""
    return "/".join(part if part in (folder.root, "") else _open_part(part) for part in folder.parts)


def named_folder(path: Path) -> str:
    """The name of the innermost folder of a file that is more than a day or a key."""
    return next((part for part in reversed(path.parent.parts) if _open_part(part) == part), "")


def _open_part(part: str) -> str:
    key, sign, _ = part.partition("=")
    return (
        f"{key}=*" if key and sign else "*" if re.fullmatch("[0-9]{1,8}|[0-9]{4}-[0-9]{2}(-[0-9]{2})?", part) else part
    )


def _folder_of(files: Sequence[Path]) -> Path:
    """The folder of the files as a glob; where they lie in several, the parts in which these differ are left open."""
    parts = list(zip(*(path.parent.parts for path in files), strict=False))
    are_alike = [len(set(each)) == 1 and "=" not in each[0] for each in parts]
    return Path(*(glob.escape(p[0]) if alike else _open_part(p[0]) for p, alike in zip(parts, are_alike, strict=True)))


def _common_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    same = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:same].rstrip("0123456789")


def _shape(path: Path) -> tuple[tuple[str, ...], dict[str, Any], dict[str, str]]:
    """What tells files of one source from others, and the options their texts need."""
    ending = _ending(path) or path.suffix
    if ending.lower() in NOT_READ:
        raise UnreadableFileError(NOT_READ[ending.lower()])
    if ending in (".parquet", ".jsonl", ".ndjson", ".xlsx"):
        name = re.sub(_OF_ONE_WRITING, "#", path.name)
        return (_partitioned(path.parent), ending, re.sub(r"\d+", "#", name)), {}, {}
    options, said = text_options(path)
    source = Source.model_validate(FileGroup(path, (path,), options).shape | {"path": str(path)})
    layout = layout_of(lambda: unpacked(lambda: path.open("rb"), path.name), path.name, source)
    return (_partitioned(path.parent), ending, layout.delimiter, *layout.header), options, said


def text_options(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Delimiter, lines above the header and names for a missing one, where the landing code would read them wrong.

    Raises:
        UnreadableFileError: the file is empty, damaged or not text.
    """
    source = Source.model_validate(FileGroup(path, (path,)).shape | {"path": str(path)})
    layout = layout_of(lambda: unpacked(lambda: path.open("rb"), path.name), path.name, source)
    with unpacked(lambda: path.open("rb"), path.name) as raw:
        start = raw.read(_START)
    lines = start.decode(layout.encoding, errors="replace").splitlines()
    lines = lines[layout.lines_above : max(1, min(_LINES, len(lines) - (len(start) == _START)))]
    options: dict[str, Any] = {}
    said: dict[str, str] = {}
    if (encoding := _encoding_of_names(layout)) != layout.encoding:
        options["encoding"], said["encoding"] = encoding, "in which the names of its columns are words"
    cells = _cells(lines, layout.delimiter)
    if _usual_width(cells) < 2:
        rivals = [sign for sign in _DELIMITERS if _usual_width(_cells(lines, sign)) > 1]
        if rivals:
            best = max(rivals, key=lambda sign: _usual_width(_cells(lines, sign)))
            options["delimiter"], cells = _NAMES.get(best, best), _cells(lines, best)
        elif _usual_width([line.split() for line in lines if line.strip()]) > 1 and _are_aligned(lines):
            options["delimiter"], cells = "whitespace", [line.split() for line in lines]
            said["delimiter"] = "columns are set apart by blanks"
    above = _lines_above(cells)
    if above:
        options["skip_rows"] = above
        said["skip_rows"] = f"{counted(above, 'line')} above the header"
    names = _names_where_missing(cells[above:])
    if names:
        options["header"] = names
        said["header"] = "the first line looks like data: the file seems to have no header line"
    elif "skip_rows" in options and layout.delimiter != options.get("delimiter", layout.delimiter):
        options["delimiter"] = _NAMES.get(layout.delimiter, layout.delimiter)
    return options, said


def _encoding_of_names(layout: Layout) -> str:
    """The encoding, or another of Windows' in which more names of columns are known: each has a sign for any byte."""
    told = layout.encoding
    if told.startswith("utf"):
        return told
    known = {told: sum(map(_most_points, layout.header))}
    for encoding in ("cp1250", "cp1251"):
        with suppress(UnicodeError):
            known[encoding] = sum(_most_points(name.encode(told).decode(encoding)) for name in layout.header)
    best = max(known, key=lambda encoding: known[encoding])
    return best if known[best] >= known[told] + _ANOTHER_NAME else told


def _most_points(name: str) -> float:
    return max(name_points(kind, field, name) for kind, fields in SYNONYMS.items() for field in fields)


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _usual_width(cells: Sequence[Sequence[str]]) -> int:
    """The number of cells that most lines have; 0 where no number is usual."""
    filled = [len(row) for row in cells if any(cell.strip() for cell in row)]
    if not filled:
        return 0
    width, times = Counter(filled).most_common(1)[0]
    return width if times >= 0.6 * len(filled) else 0


def _are_aligned(lines: Sequence[str]) -> bool:
    """Whether blanks set columns apart rather than words: numbers stand in most of them."""
    parts = [part for line in lines for part in line.split()]
    return sum(bool(_DATA.fullmatch(part)) for part in parts) >= 0.4 * len(parts)


def _lines_above(cells: Sequence[Sequence[str]]) -> int:
    """Lines before the first one as wide as the rest, where these are titles: narrower, or mostly blank."""
    width = _usual_width(cells)
    for place, row in enumerate(cells):
        if len(row) == width and sum(bool(cell.strip()) for cell in row) > width / 2:
            return place if width > 1 else 0
    return 0


def _names_where_missing(cells: Sequence[Sequence[str]]) -> list[str]:
    """Names by place where the first line is data already."""
    first = [cell.strip() for cell in cells[0]] if cells else []
    if len(cells) < 2 or sum(bool(_DATA.fullmatch(cell)) for cell in first) < max(1, 0.4 * len(first)):
        return []
    return [f"column_{place}" for place in range(1, len(first) + 1)]


def _sheets_apart(group: FileGroup) -> Iterator[FileGroup]:
    """One group per shape of sheet in a workbook; any other group as it is."""
    if _ending(group.files[0]) != ".xlsx":
        yield group
        return
    with opened_workbook(group.files[0]) as book:
        starts = {name: _sheet_start(book, name) for name in book.sheet_names}
    filled = {name: start for name, start in starts.items() if start is not None}
    if not filled:
        raise UnreadableFileError("no sheet of the workbook holds a row below a header")
    headers = {name: header for name, (header, _) in filled.items()}
    for header in dict.fromkeys(headers.values()):
        sheets = [name for name in filled if headers[name] == header]
        above = filled[sheets[0]][1]
        options: dict[str, Any] = {"skip_rows": above} if above else {}
        said = {"skip_rows": "titles stand above the header"} if above else {}
        if len(starts) > 1:
            options["sheet"] = sheets[0] if len(sheets) == 1 else sheets
            said["sheet"] = f"of the sheets {', '.join(starts)}"
        yield FileGroup(group.pattern, group.files, options, said)


def _sheet_start(book: Any, name: str) -> tuple[tuple[str, ...], int] | None:
    """The header of a sheet and the rows above it; None where there is nothing below a header."""
    frame = book.load_sheet(name, header_row=None, n_rows=50, dtypes="string").to_polars()
    cells = [[str(cell or "") for cell in row] for row in frame.rows()]
    above = next((at for at, row in enumerate(cells) if sum(map(bool, row)) > frame.width / 2), 0)
    return (tuple(cells[above]), above) if len(cells) > above + 1 else None


def _kept(warehouse: Warehouse, staged: Staged) -> Staged:
    """The records in a table of their own, where they are read from a file that does not stay."""
    if not staged.is_read_where_it_lies:
        return staged
    table = f"{staged.table}_kept"
    warehouse.rows(f"create or replace temp table {identifier(table)} as from {identifier(staged.table)}")
    return replace(staged, table=table)


def read_sample(warehouse: Warehouse, group: FileGroup, folder: Path, table: str, budget: int = BUDGET) -> Sample:
    """Read rows of a group through the landing code into a table.

    Args:
        warehouse: where the table is made.
        group: the files.
        folder: for copies; whoever made it removes it.
        table: its name.
        budget: bytes to read at most, unpacked, shared evenly by the files.

    Raises:
        UnreadableFileError: none of the files can be read.
    """
    parts, is_whole = _parts(group, folder / "parts", budget)
    source = Source.model_validate(group.shape | {"path": str(parts[0])})
    archive, workspace = Archive(folder / "archive"), folder / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    contents: list[LandedContent] = []
    for number, part in enumerate(parts, start=1):
        with part.open("rb") as landed:
            fingerprint = archive.take(landed)
        contents.append(LandedContent(number, part.name, archive.path_of(fingerprint.content), fingerprint))
    names = {number: path.name for number, path in enumerate(group.files, start=1)}
    staged, unreadable = [], {}
    for result in stage(warehouse, source, contents, workspace):
        if isinstance(result, Staged):
            staged.append(_kept(warehouse, result))
        else:
            unreadable[names[result.content_no]] = result.error
    if not staged:
        raise UnreadableFileError("; ".join(dict.fromkeys(unreadable.values())))
    union = " union all by name ".join(f"(select * from {identifier(each.table)})" for each in staged)
    warehouse.rows(f"create or replace temp table {identifier(table)} as from ({union}) order by {CONTENT}, {LINE}")
    drop_staged(warehouse)
    rejected = Counter(bad.reason for each in staged for bad in each.rejected)
    rows = int(warehouse.scalar(f"select count(*) from {identifier(table)}"))
    if rows == 0:
        raise UnreadableFileError("it holds no row below its header")
    read_from = group.pattern if is_whole else folder / "parts" / "*" / "*"
    return Sample(group, read_from, table, staged[0].header, rows, is_whole, dict(rejected), unreadable)


def _parts(group: FileGroup, folder: Path, budget: int) -> tuple[list[Path], bool]:
    """The files, or copies of their first rows where together they are larger than the budget."""
    sizes = {path: path.stat().st_size * (_UNPACKED if path.suffix.lower() in _PACKED else 1) for path in group.files}
    is_whole = sum(sizes.values()) <= budget
    share = budget // len(sizes)
    parts: list[Path] = []
    for number, (path, size) in enumerate(sizes.items()):
        kind = format_of(Source.model_validate(group.shape | {"path": str(path)}), path.name)
        target = folder / f"{number:06}" / path.name
        if is_whole:
            parts.append(path)
            continue
        target.parent.mkdir(parents=True)
        if size <= share or kind == "xlsx":
            target.symlink_to(path)
            parts.append(target)
            continue
        target = target.with_name(path.stem if path.suffix.lower() in _PACKED else path.name)
        (_copy_parquet if kind == "parquet" else _copy_lines)(path, target, share)
        parts.append(target)
    return parts, is_whole


def _copy_parquet(path: Path, target: Path, size: int) -> None:
    try:
        rows = pl.scan_parquet(path)
        wanted = max(1_000, size // (80 * max(1, len(rows.collect_schema()))))
        rows.head(wanted).sink_parquet(target)
    except (pl.exceptions.PolarsError, OSError, duckdb.Error) as error:
        raise UnreadableFileError(f"the file could not be read as parquet: {str(error).splitlines()[0]}") from error


def _copy_lines(path: Path, target: Path, size: int) -> None:
    """Copy whole records from the file's start: a quote that is open at the end goes back to where it is closed."""
    try:
        with unpacked(lambda: path.open("rb"), path.name) as raw:
            start = raw.read(size)
            is_all = not raw.read(1)
    except (EOFError, OSError, gzip.BadGzipFile) as error:
        raise UnreadableFileError(f"the file is damaged or truncated: {error}") from error
    if not is_all:
        ends = list(_line_ends(start, _line_end(start), 100))
        even = [end for end in ends if start.count(b'"', 0, end) % 2 == 0]
        start = start[: (even or ends or [len(start)])[0]]
    target.write_bytes(start)


def _line_end(start: bytes) -> bytes:
    """The bytes of a line's end in the encoding that a byte order mark tells."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "\n".encode("utf-16-le")
    return "\n".encode("utf-16-be") if start.startswith(codecs.BOM_UTF16_BE) else b"\n"


def _line_ends(data: bytes, mark: bytes, most: int) -> Iterator[int]:
    """Ends of the last lines, from the last one back."""
    end = len(data)
    for _ in range(most):
        at = data.rfind(mark, 0, end)
        if at < 0:
            return
        yield at + len(mark)
        end = at
