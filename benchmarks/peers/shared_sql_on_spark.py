"""Asks Spark the statements that DuckDB answered, over the same rows, and says where the answers are not the same."""

from __future__ import annotations

import json
import math
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from benchmarks.peers.spark_local import session


def verdict(spark: SparkSession, case: Path) -> str:
    """``same``, or what is other."""
    for file in case.glob("[!_]*.parquet"):
        spark.read.parquet(str(file)).createOrReplaceTempView(file.stem)
    expected = pq.read_table(case / "_answer.parquet")
    try:
        found = spark.sql((case / "_spark.sql").read_text()).toArrow()
    except Exception as error:
        return f"refused: {str(error).splitlines()[0]}"
    if found.column_names != expected.column_names:
        return f"columns {found.column_names} and not {expected.column_names}"
    if found.num_rows != expected.num_rows:
        return f"{found.num_rows} rows and not {expected.num_rows}"
    ours, theirs = (sorted(map(_plain, table.to_pylist()), key=_order) for table in (expected, found))
    unlike = [(one, other) for one, other in zip(ours, theirs, strict=True) if not _same(one, other)]
    if not unlike:
        return "same"
    one, other = unlike[0]
    names = [name for name, a, b in zip(expected.column_names, one, other, strict=True) if not _alike(a, b)]
    return f"{len(unlike)} of {len(ours)} rows; first in {names}: {one} and not {other}"


def _plain(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(_number(value) if isinstance(value, Decimal) else value for value in row.values())


def _number(value: Decimal) -> int | float:
    """An unsigned number of 64 bits is a decimal to Spark."""
    return int(value) if value.as_tuple().exponent == 0 else float(value)


def _order(row: tuple[Any, ...]) -> tuple[str, ...]:
    """Rows are put beside each other by what is no fraction, then by the rounded fractions."""
    exact = tuple(str(value) for value in row if not isinstance(value, float))
    return (*exact, *(f"{value:.6g}" for value in row if isinstance(value, float)))


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(_alike(a, b) for a, b in zip(one, other, strict=True))


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def main() -> None:
    """The command line: folders of cases."""
    spark = session()
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    for case in map(Path, sys.argv[1:]):
        (case / "_verdict.json").write_text(json.dumps(verdict(spark, case)))


if __name__ == "__main__":
    main()
