"""Equal tables are equal bytes; what a version's folder is called is the hash of what it holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.contracts import MONEY, Column, Contract
from assets.releases import table_files
from assets.releases.table_files import DamagedVersionError, arrow_type, version_of, write_version
from assets.tables import PUBLISHED, TABLES
from assets.warehouse import Warehouse

AS_OF = dt.date(2011, 12, 9)
CUSTOMERS = Contract(
    name="shop_customers",
    description="Customers of a small shop.",
    grain="customer",
    key=("customer_id",),
    group="test",
    columns=(
        Column("customer_id", "VARCHAR", "Customer.", nullable=True),
        Column("as_of", "DATE", "Business date."),
        Column("net_value", MONEY, "Net value.", unit="base currency", nullable=True),
        Column("orders", "BIGINT", "Orders.", unit="count"),
        Column("recency_days", "INTEGER", "Days since the latest order.", unit="day", nullable=True),
        Column("r", "TINYINT", "Recency score.", nullable=True),
        Column("risk", "DOUBLE", "Risk.", unit="share", nullable=True),
        Column("reasons", "VARCHAR[]", "Reasons."),
        Column("seen_at", "TIMESTAMP", "Last seen.", nullable=True),
        Column("is_loyal", "BOOLEAN", "Loyal."),
    ),
)
# name, net value, orders, recency: a loyal, a lapsed, a one-time, a never-buyer, a refunder, one without a name
SHOP = [
    ("loyal", "1234.50", 12, 3),
    ("lapsed", "80.00", 4, 400),
    ("one-time", "19.99", 1, 90),
    ("never", None, 0, None),
    ("refunder", "-5.00", 1, 30),
    (None, "7.00", 1, 1),
]


def frame(rows: list[tuple[str | None, str | None, int, int | None]] | None = None) -> pl.DataFrame:
    chosen = SHOP if rows is None else rows
    return pl.DataFrame(
        {
            "customer_id": [row[0] for row in chosen],
            "as_of": [AS_OF for _ in chosen],
            "net_value": [row[1] for row in chosen],
            "orders": [row[2] for row in chosen],
            "recency_days": [row[3] for row in chosen],
            "r": [None if row[3] is None else 5 for row in chosen],
            "risk": [0.25 for _ in chosen],
            "reasons": [["late", "odd"] if row[1] is None else [] for row in chosen],
            "seen_at": [dt.datetime(2011, 12, 1, 10, 30) for _ in chosen],
            "is_loyal": [row[2] > 4 for row in chosen],
        },
        schema_overrides={
            "customer_id": pl.String, "net_value": pl.String, "recency_days": pl.Int32, "r": pl.Int8,
            "reasons": pl.List(pl.String), "orders": pl.Int64, "is_loyal": pl.Boolean,
        },
    )  # fmt: skip


def written(published: Path, content: pl.DataFrame, *, threads: int = 2, contract: Contract = CUSTOMERS):
    warehouse = Warehouse.open(None, threads=threads)
    warehouse.replace(contract, content)
    version = write_version(published, contract, warehouse, AS_OF)
    warehouse.connection.close()
    return version


def only_file(published: Path, version: table_files.TableVersion) -> Path:
    (path,) = (published / version.path).iterdir()
    return path


def test_the_version_is_the_hash_of_the_bytes_and_names_their_folder(tmp_path):
    version = written(tmp_path, frame())
    path = only_file(tmp_path, version)
    assert version.version == hashlib.sha256(path.read_bytes()).hexdigest()
    assert version.path == f"tables/shop_customers/as_of=2011-12-09/{version.version}"
    assert "=" not in version.version
    assert (version.rows, version.bytes) == (6, path.stat().st_size)


def test_row_order_threads_and_home_do_not_change_the_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(table_files, "ROW_GROUP_ROWS", 64)
    many = [(f"c{number % 190:03d}", f"{number}.25", number % 7, number % 50) for number in range(500)]
    versions = {
        written(
            tmp_path / f"home_{seed}_{threads}",
            frame(many).sample(fraction=1, shuffle=True, seed=seed),
            threads=threads,
        )
        for seed, threads in [(1, 1), (2, 2), (3, 4)]
    }
    assert len(versions) == 1  # keys repeat here, so the other columns decide the order


@pytest.mark.parametrize("repeats_at", [63, 64, 100, 498])
def test_a_key_that_repeats_once_is_noticed_wherever_it_stands(tmp_path, monkeypatch, repeats_at):
    """The two rows differ in the last column alone: the order by the key leaves open which comes first."""
    monkeypatch.setattr(table_files, "ROW_GROUP_ROWS", 64)
    rows = [(f"c{number - (number > repeats_at):03d}", "1.25", 5, 3) for number in range(500)]
    told = frame(rows).with_columns(is_loyal=pl.int_range(500) <= repeats_at)
    before, first, second, after = told[:repeats_at], told[repeats_at], told[repeats_at + 1], told[repeats_at + 2 :]
    exchanged = pl.concat([before, second, first, after])
    versions = {
        written(tmp_path / name, content, threads=1).version
        for name, content in {"as they came": told, "exchanged": exchanged}.items()
    }
    assert len(versions) == 1


def test_another_process_with_another_hash_seed_writes_the_same_bytes(tmp_path):
    here = written(tmp_path / "here", frame())
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from pathlib import Path\nimport test_table_files as t\n"
        f"print(t.written(Path({str(tmp_path / 'there')!r}), t.frame()).version)"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert there.stdout.strip() == here.version


def test_a_changed_value_is_another_version(tmp_path):
    days_late = [(*SHOP[0][:3], 4), *SHOP[1:]]
    assert written(tmp_path, frame()).version != written(tmp_path, frame(days_late)).version


def test_rows_are_sorted_by_key_with_nulls_first(tmp_path):
    version = written(tmp_path, frame())
    stored = pl.read_parquet(only_file(tmp_path, version))
    assert stored["customer_id"].to_list() == [None, "lapsed", "loyal", "never", "one-time", "refunder"]
    assert stored["recency_days"].to_list() == [1, 400, 3, None, 90, 30]


def test_money_lands_as_decimal_and_lists_as_lists_of_text_for_every_reader(tmp_path):
    path = only_file(tmp_path, written(tmp_path, frame()))
    arrow = pq.read_table(path)
    assert arrow.schema.field("net_value").type == pa.decimal128(18, 2)
    assert arrow.schema.field("reasons").type == pa.list_(pa.field("element", pa.string()))
    assert arrow.schema.field("r").type == pa.int8()
    expected = Decimal("1234.50")
    assert expected in arrow["net_value"].to_pylist()
    assert pl.read_parquet(path).filter(customer_id="loyal")["net_value"].item() == expected
    asked = (
        f"select net_value, reasons, typeof(net_value) from '{path}' where customer_id in ('loyal', 'never') order by 1"
    )
    assert duckdb.execute(asked).fetchall() == [
        (expected, [], "DECIMAL(18,2)"),
        (None, ["late", "odd"], "DECIMAL(18,2)"),
    ]


def test_readers_that_guess_columns_from_folder_names_see_the_files_columns(tmp_path):
    version = written(tmp_path, frame())
    path, names = only_file(tmp_path, version), [column.name for column in CUSTOMERS.columns]
    assert pq.read_table(path.parent).column_names == names
    assert pl.read_parquet(path.parent).columns == names
    assert duckdb.sql(f"from '{path.parent}/*.parquet'").columns == names


def test_the_metadata_say_what_the_table_and_its_columns_mean(tmp_path):
    file = pq.ParquetFile(only_file(tmp_path, written(tmp_path, frame())))
    assert file.schema_arrow.field("recency_days").metadata == {
        b"description": b"Days since the latest order.",
        b"unit": b"day",
    }
    about = file.schema_arrow.metadata
    assert about[b"description"].decode() == CUSTOMERS.description
    assert about[b"grain"] == b"customer"
    assert json.loads(about[b"key"]) == ["customer_id"]
    assert [column["name"] for column in json.loads(about[b"definition"])] == file.schema_arrow.names
    assert set(about) == {b"table", b"description", b"grain", b"key", b"definition"}  # no pandas, clock or host
    group = file.metadata.row_group(0)
    assert group.column(0).compression == "ZSTD"
    assert group.column(3).statistics.max == 12


def test_row_groups_have_a_fixed_size(tmp_path, monkeypatch):
    monkeypatch.setattr(table_files, "ROW_GROUP_ROWS", 100)
    many = [(f"c{number:04d}", "1.00", 1, 1) for number in range(250)]
    metadata = pq.ParquetFile(only_file(tmp_path, written(tmp_path, frame(many)))).metadata
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [100, 100, 50]


def test_an_empty_table_is_a_version_with_its_schema(tmp_path):
    version = written(tmp_path, frame([]))
    assert version.rows == 0
    assert pq.read_schema(only_file(tmp_path, version)).names == [column.name for column in CUSTOMERS.columns]


def test_a_null_against_the_contract_is_written_so_that_a_check_can_count_it(tmp_path):
    broken = frame().with_columns(orders=pl.lit(None, dtype=pl.Int64))
    assert written(tmp_path, broken).rows == 6


def test_writing_a_version_again_rewrites_nothing_and_leaves_nothing_behind(tmp_path):
    first = written(tmp_path, frame())
    path = only_file(tmp_path, first)
    before = path.stat()
    assert written(tmp_path, frame()) == first
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [each.name for each in path.parent.parent.iterdir()] == [first.version]


def test_a_published_file_is_read_only(tmp_path):
    assert only_file(tmp_path, written(tmp_path, frame())).stat().st_mode & 0o222 == 0


def test_who_may_read_a_file_is_the_umask_s_to_say(tmp_path):
    before = os.umask(0o027)
    try:
        file = only_file(tmp_path, written(tmp_path, frame()))
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o440
    assert file.parent.stat().st_mode & 0o777 == 0o750


def test_a_version_whose_bytes_have_changed_is_refused(tmp_path):
    path = only_file(tmp_path, written(tmp_path, frame()))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedVersionError, match="Move the folder away"):
        written(tmp_path, frame())


def test_a_failed_write_leaves_no_version_and_no_draft(tmp_path):
    wider = Contract(**{**CUSTOMERS.__dict__, "columns": (*CUSTOMERS.columns, Column("more", "BIGINT", "More."))})
    warehouse = Warehouse.open(None)
    warehouse.replace(CUSTOMERS, frame())
    with pytest.raises(duckdb.BinderException):
        write_version(tmp_path, wider, warehouse, AS_OF)
    warehouse.connection.execute("alter table shop_customers alter orders type hugeint").fetchall()
    with pytest.raises(ValueError, match=r"shop_customers\.orders: the contract says BIGINT"):
        write_version(tmp_path, CUSTOMERS, warehouse, AS_OF)
    assert list((tmp_path / "tables" / "shop_customers" / "as_of=2011-12-09").iterdir()) == []


def test_several_files_have_one_version_whatever_their_order():
    assert version_of(["a" * 64]) == "a" * 64
    assert version_of(["b" * 64, "a" * 64]) == hashlib.sha256(f"{'a' * 64}\n{'b' * 64}".encode()).hexdigest()


def test_every_published_column_has_a_type_that_parquet_keeps():
    for name in PUBLISHED:
        for column in TABLES[name].columns:
            arrow_type(column.type)
    with pytest.raises(ValueError, match="HUGEINT"):
        arrow_type("HUGEINT")
