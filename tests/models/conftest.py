"""The CDNOW sample, where the machine has it."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import polars as pl
import pytest


@pytest.fixture(scope="session")
def cdnow() -> pl.DataFrame:
    """One row per customer and day: ``customer_id, day, value``."""
    folder = os.environ.get("ANALYTICS_REAL_DATA")
    file = Path(folder or ".") / "cdnow" / "CDNOW_sample.txt"
    if folder is None or not file.is_file():
        pytest.skip("needs the CDNOW sample: set ANALYTICS_REAL_DATA to the folder that holds cdnow/CDNOW_sample.txt")
    rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    lines = pl.DataFrame(
        {
            "customer_id": [row[1] for row in rows],
            "day": [dt.datetime.strptime(row[2], "%Y%m%d").date() for row in rows],
            "value": [float(row[4]) for row in rows],
        }
    )
    return lines.group_by("customer_id", "day").agg(pl.col("value").sum()).sort("customer_id", "day")
