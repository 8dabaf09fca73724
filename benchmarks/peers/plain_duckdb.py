"""A plain DuckDB script: the statements of plain_duckdb.sql, one after the other."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.process_cost import work_begins

RESULTS = ("quarantine", "rfm", "lifecycle", "tiers", "cohorts", "kpis", "satisfaction")
CSV_TYPES = """columns = {
    'order_id': 'varchar', 'line_id': 'integer', 'ordered_at': 'varchar', 'customer_id': 'varchar',
    'product_id': 'varchar', 'product_name': 'varchar', 'category': 'varchar', 'quantity': 'integer',
    'unit_price': 'decimal(12,2)', 'discount': 'decimal(12,2)', 'channel': 'varchar', 'region': 'varchar'}"""


def main(history: Path, out: Path) -> None:
    """Make the tables in a database of their own and export the results."""
    out.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(out / "lines.duckdb"))
    if any((history / "orders").glob("*.csv")):
        orders = (
            f"select * replace (try_cast(ordered_at as timestamp) as ordered_at) "
            f"from read_csv('{history}/orders/*.csv', {CSV_TYPES})"
        )
        surveys = (
            f"select * replace (try_cast(responded_at as timestamp) as responded_at) "
            f"from read_csv('{history}/surveys/*.csv', types = {{'responded_at': 'varchar'}})"
        )
    else:
        orders = f"select * from read_parquet('{history}/orders/*.parquet')"
        surveys = f"select * from read_parquet('{history}/surveys/*.parquet')"
    connection.execute(f"create view landed_orders as {orders}").fetchall()
    connection.execute(f"create view landed_surveys as {surveys}").fetchall()
    script = Path(__file__).with_suffix(".sql").read_text()
    for statement in script.split(";\n"):
        connection.execute(statement).fetchall()
    for table in RESULTS:
        connection.execute(f"copy {table} to '{out}/{table}.parquet' (compression zstd)").fetchall()
    connection.close()


if __name__ == "__main__":
    work_begins()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
