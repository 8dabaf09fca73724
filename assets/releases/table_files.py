"""One table of a night as immutable Parquet: equal tables are equal bytes, wherever and whenever they are written.

Nothing of the clock, the host, the home or the release is inside a file: its hash is the table's version.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.contracts import Contract
from assets.durable_files import fsync, let_nobody_write, make_directory, move_into_place, unfinished

if TYPE_CHECKING:
    import pyarrow as pa

    from assets.warehouse import Warehouse

ROW_GROUP_ROWS = 131_072  # fixed: readers get equal row groups whatever batches the engine hands over
_ROWS_AT_ONCE = 16_384  # as the engine hands them over: while its arrays grow they take twice what they hold


class DamagedVersionError(Exception):
    """A published version does not hold the bytes its name promises."""


@dataclass(frozen=True)
class FileRecord:
    """One file of a version: its name in the version's folder, the SHA-256 of its bytes and their number."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class ColumnRecord:
    """One column as it was published: DuckDB type, unit and meaning."""

    name: str
    type: str
    nullable: bool
    unit: str | None
    description: str


@dataclass(frozen=True)
class TableVersion:
    """One immutable version of one published table.

    Attributes:
        name: the table.
        version: SHA-256 of the file's bytes (of the sorted file hashes, where there are several files).
        path: the version's folder, relative to ``published/``.
        rows: rows of the table.
        bytes: size of all its files.
        in_release_id: whether the version enters the release's id.
        files: its files, by name.
        schema: its columns in published order.
    """

    name: str
    version: str
    path: str
    rows: int
    bytes: int
    in_release_id: bool
    files: tuple[FileRecord, ...]
    schema: tuple[ColumnRecord, ...]

    def as_json(self) -> dict[str, Any]:
        """The version as a manifest holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> TableVersion:
        """The version from a manifest; fields a newer writer added are left out."""
        return cls(
            name=value["name"],
            version=value["version"],
            path=value["path"],
            rows=value["rows"],
            bytes=value["bytes"],
            in_release_id=value["in_release_id"],
            files=tuple(FileRecord(each["name"], each["sha256"], each["bytes"]) for each in value["files"]),
            schema=tuple(
                ColumnRecord(each["name"], each["type"], each["nullable"], each["unit"], each["description"])
                for each in value["schema"]
            ),
        )


def version_of(file_hashes: Iterable[str]) -> str:
    """The version of a table: its one file's hash, or the hash of the sorted hashes of several.

    >>> version_of(["ab"])
    'ab'
    >>> version_of(["cd", "ab"]) == version_of(["ab", "cd"])
    True
    """
    hashes = sorted(file_hashes)
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_records(folder: Path) -> tuple[FileRecord, ...]:
    """Name, hash and size of every file in a version's folder, by name."""
    return tuple(
        FileRecord(path.name, sha256_of(path), path.stat().st_size)
        for path in sorted(folder.iterdir())
        if path.is_file()
    )


def write_version(published: Path, contract: Contract, warehouse: Warehouse, as_of: dt.date) -> TableVersion:
    """Write the warehouse's table of the contract's name as a version under ``published``, sorted by its key.

    The version appears whole, under the hash of its own bytes, or not at all. A version that is already there is
    checked and used again; nothing of it is rewritten.

    Raises:
        DamagedVersionError: where a version of that name exists and its bytes have changed since.
        ValueError: where the warehouse's table lacks a column or holds a type the contract does not declare.
    """
    versions = published / "tables" / contract.name / f"as_of={as_of.isoformat()}"
    make_directory(versions)
    draft = unfinished(versions)
    draft.mkdir()
    try:
        rows = _write_parquet(draft / f"{contract.name}.parquet", contract, warehouse)
        files = file_records(draft)
        target = versions / version_of(file.sha256 for file in files)
        if target.exists():
            _expect_same(target, files)
        else:
            for file in files:
                let_nobody_write(draft / file.name)  # readers' hard links share these bytes
                fsync(draft / file.name)
            fsync(draft)
            move_into_place(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return TableVersion(
        name=contract.name,
        version=target.name,
        path=target.relative_to(published).as_posix(),
        rows=rows,
        bytes=sum(file.bytes for file in files),
        in_release_id=contract.in_release_id,
        files=files,
        schema=tuple(
            ColumnRecord(column.name, column.type, column.nullable, column.unit, column.description)
            for column in contract.columns
        ),
    )


def _expect_same(existing: Path, files: tuple[FileRecord, ...]) -> None:
    found = file_records(existing)
    if found != files:
        raise DamagedVersionError(
            f"{existing}: the folder is named after its bytes, but they hash to {version_of(f.sha256 for f in found)}"
            f" in {len(found)} files. Move the folder away and run the night again: it is written anew."
        )


class _RepeatedKeyError(Exception):
    """Rows share a key, and the order by key does not say which comes first."""


def _write_parquet(path: Path, contract: Contract, warehouse: Warehouse) -> int:
    """Stream the table into one Parquet file in key order. Returns its rows.

    Where a key repeats (a check says so, later) every column follows the key in the order, so that the bytes do not
    depend on the engine's threads. Not from the start: a sort holds what it sorts by once more beside the rows.
    """
    others = [column.name for column in contract.columns if column.name not in contract.key]
    try:
        return _write_sorted(path, contract, warehouse, contract.key, is_total=not others)
    except _RepeatedKeyError:
        return _write_sorted(path, contract, warehouse, (*contract.key, *others), is_total=True)


def _write_sorted(
    path: Path, contract: Contract, warehouse: Warehouse, order_by: Sequence[str], *, is_total: bool
) -> int:
    """Stream the table into one Parquet file in this order. Returns its rows.

    Raises:
        _RepeatedKeyError: where rows are alike in all it is ordered by, unless the order is total.
    """
    import pyarrow.parquet as pq

    from assets.statements import identifier

    order = ", ".join(f"{identifier(name)} asc nulls first" for name in order_by)
    columns = ", ".join(identifier(column.name) for column in contract.columns)
    reader = warehouse.connection.sql(
        f"select {columns} from {identifier(contract.name)} order by {order}"
    ).to_arrow_reader(_ROWS_AT_ONCE)
    schema = arrow_schema(contract, reader.schema)
    sorting = [(name, "ascending") for name in contract.key]
    rows = 0
    last: pa.Table | None = None
    with (
        reader,
        pq.ParquetWriter(
            path,
            schema,
            version="2.6",
            compression="zstd",
            compression_level=3,
            use_dictionary=_with_dictionary(schema, contract),  # pyright: ignore[reportArgumentType]
            write_statistics=True,
            data_page_version="1.0",
            data_page_size=1 << 20,
            store_schema=True,  # carries the field metadata
            store_decimal_as_integer=True,  # money up to 18 digits is one integer, as DuckDB writes it
            write_page_index=True,
            write_page_checksum=True,
            sorting_columns=pq.SortingColumn.from_ordering(schema, sorting, null_placement="at_start"),
        ) as writer,
    ):
        for group in row_groups(reader):
            if not is_total:
                last = _expect_other_keys(last, group.select(list(order_by)))
            writer.write_table(group.cast(schema), row_group_size=ROW_GROUP_ROWS)
            rows += group.num_rows
            del group
    return rows


def _with_dictionary(schema: pa.Schema, contract: Contract) -> list[str]:
    """The columns, as Parquet names their values, that are written with a dictionary: where values occur again.

    A column that alone is the key has every value once; a dictionary would hold them all.
    """
    import pyarrow as pa

    return [
        f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
        for field in schema
        if contract.key != (field.name,)
    ]


def _expect_other_keys(last: pa.Table | None, keys: pa.Table) -> pa.Table:
    """The last of the keys, where each is another one than the one before it; ``last`` stands before the first.

    Raises:
        _RepeatedKeyError: where one is the same.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    known = keys if last is None else pa.concat_tables([last, keys])
    same: Any = None
    for column in known.columns:
        before, after = column.slice(0, len(column) - 1), column.slice(1)
        both_unknown = pc.and_(pc.is_null(before), pc.is_null(after))  # pyright: ignore[reportAttributeAccessIssue]
        # Where only one of them is known this is unknown, and no row is called the same for it.
        alike = pc.or_kleene(pc.equal(before, after), both_unknown)  # pyright: ignore[reportAttributeAccessIssue]
        same = alike if same is None else pc.and_(same, alike)  # pyright: ignore[reportAttributeAccessIssue]
    if pc.any(same).as_py():  # pyright: ignore[reportAttributeAccessIssue]
        raise _RepeatedKeyError
    return keys.slice(keys.num_rows - 1)


def row_groups(batches: Iterable[pa.RecordBatch], size: int | None = None) -> Iterator[pa.Table]:
    """The batches as contiguous tables of ``size`` rows (ROW_GROUP_ROWS), the last one shorter.

    Page ends depend on them.
    """
    import pyarrow as pa

    size = size or ROW_GROUP_ROWS
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        del batch  # while the engine makes the next, nothing is held that was written
        while rows >= size:
            held = pa.Table.from_batches(waiting)
            group, waiting = held.slice(0, size).combine_chunks(), held.slice(size).to_batches()
            del held
            rows -= size
            yield group
            del group
    if rows:
        yield pa.Table.from_batches(waiting).combine_chunks()


def arrow_schema(contract: Contract, physical: pa.Schema) -> pa.Schema:
    """The Arrow schema that is published: physical types with the contract's meaning in the metadata.

    Field metadata hold ``description`` and ``unit``; schema metadata hold ``table``, ``description``, ``grain``,
    ``key`` (JSON list) and ``definition`` (JSON list of the columns, for readers that see no field metadata).

    Raises:
        ValueError: where a column's physical type is not the contract's.
    """
    import pyarrow as pa

    fields = []
    for column in contract.columns:
        expected = arrow_type(column.type)
        found = physical.field(column.name).type
        if not expected.equals(found) and not (pa.types.is_list(found) and found.value_type == expected.value_type):
            raise ValueError(
                f"{contract.name}.{column.name}: the contract says {column.type}, the warehouse holds {found}"
            )
        metadata = {"description": column.description} | ({"unit": column.unit} if column.unit else {})
        # Nullable for the file even where the contract says otherwise: a NULL there is a failed check with its count
        # and first rows, which can only be told about a table that was written.
        fields.append(pa.field(column.name, expected, nullable=True, metadata=metadata))
    definition = [
        {
            "name": column.name,
            "type": column.type,
            "nullable": column.nullable,
            "unit": column.unit,
            "values": column.values,
            "low": column.low,
            "high": column.high,
            "description": column.description,
        }
        for column in contract.columns
    ]
    return pa.schema(
        fields,
        metadata={
            "table": contract.name,
            "description": contract.description,
            "grain": contract.grain,
            "key": json.dumps(contract.key),
            "definition": json.dumps(definition, ensure_ascii=False),
        },
    )


def arrow_type(duckdb_type: str) -> pa.DataType:
    """The Arrow type a published column of this DuckDB type has.

    >>> arrow_type("DECIMAL(18,2)"), arrow_type("VARCHAR[]")
    (Decimal128Type(decimal128(18, 2)), ListType(list<element: string>))

    Raises:
        ValueError: for a type that is not published (HUGEINT would land as DOUBLE).
    """
    import pyarrow as pa

    if duckdb_type.endswith("[]"):
        return pa.list_(pa.field("element", arrow_type(duckdb_type[:-2])))
    if duckdb_type.startswith("DECIMAL("):
        precision, scale = (int(part) for part in duckdb_type[len("DECIMAL(") : -1].split(","))
        return pa.decimal128(precision, scale)
    plain: dict[str, pa.DataType] = {
        "VARCHAR": pa.string(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
        "BOOLEAN": pa.bool_(),
        "TINYINT": pa.int8(),
        "SMALLINT": pa.int16(),
        "INTEGER": pa.int32(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
    }
    if duckdb_type not in plain:
        raise ValueError(
            f"{duckdb_type} is not a type of published columns; these are: {', '.join(plain)}, DECIMAL(p,s), lists"
        )
    return plain[duckdb_type]


def relative_files(version: TableVersion) -> Sequence[str]:
    """The version's files, relative to ``published/``."""
    return [f"{version.path}/{file.name}" for file in version.files]
