"""Every example of docs/reading-the-tables.md runs against a small published release and says what it should."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from assets.contracts import Contract
from assets.releases.store import ReleaseStore
from assets.releases.table_files import write_version
from assets.tables import PUBLISHED, TABLES
from assets.warehouse import Warehouse
from pipelines.command_line import main

PAGE = Path(__file__).parents[2] / "docs" / "reading-the-tables.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
AS_OF = dt.date(2026, 1, 31)

# Two loyal, a lapsed and a refunder: value in the window, gap, segment, tier, churn risk.
SHOP: dict[str, list[dict[str, Any]]] = {
    "rfm_segments": [
        {"customer_id": "loyal_1", "recency_days": 3, "frequency": 9, "monetary": "900", "segment": "champions"},
        {"customer_id": "loyal_2", "recency_days": 80, "frequency": 8, "monetary": "800", "segment": "at_risk"},
        {"customer_id": "lapsed", "recency_days": 300, "frequency": 1, "monetary": "40", "segment": "lost"},
        {"customer_id": "refunder", "recency_days": 60, "frequency": 1, "monetary": "-5", "segment": "lost"},
    ],
    "value_tiers": [
        {"customer_id": "loyal_1", "basis": "historic", "value": "900", "tier": "high"},
        {"customer_id": "loyal_2", "basis": "historic", "value": "800", "tier": "high"},
        {"customer_id": "lapsed", "basis": "historic", "value": "40", "tier": "low"},
        {"customer_id": "refunder", "basis": "historic", "value": "-5", "tier": "none"},
    ],
    "customer_summary": [
        {"customer_id": "loyal_1", "orders": 20, "net_value": "2000.10"},
        {"customer_id": "never", "orders": 0, "net_value": None},
    ],
    "churn_scores": [
        {"customer_id": "loyal_1", "churn_risk": 0.1, "risk_band": "low"},
        {"customer_id": "loyal_2", "churn_risk": 0.8, "risk_band": "high", "reason_1": "80 days since the last order"},
        {"customer_id": "lapsed", "churn_risk": 0.9, "risk_band": "high"},
    ],
    "kpi_scorecard": [
        {"kpi": kpi, "scope": scope, "scope_value": scope, "grain": "month", "period_start": start, "value": value}
        | {"is_complete": str(start.month == 12)}
        for kpi, scope, start, value in (
            ("orders", "all", dt.date(2025, 12, 1), 40.0),
            ("orders", "all", dt.date(2026, 1, 1), 7.0),
            ("orders", "channel", dt.date(2025, 12, 1), 30.0),
            ("aov", "all", dt.date(2025, 12, 1), 21.5),
        )
    ],
    "csat": [
        {"question": "overall", "grain": grain, "scope": scope, "scope_value": value, "n": 10, "csat": 0.8}
        for grain, scope, value in (
            ("total", "all", "all"),
            ("total", "channel", "web"),
            ("total", "channel", "shop"),
            ("month", "channel", "web"),
        )
    ],
}


def frame(contract: Contract) -> pl.DataFrame:
    rows = [{column.name: None for column in contract.columns} | row for row in SHOP.get(contract.name, [])]
    filled = pl.DataFrame(rows) if rows else pl.DataFrame(schema={c.name: pl.String for c in contract.columns})
    return filled.with_columns(as_of=pl.lit(AS_OF))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("analyst")
    store = ReleaseStore(folder / "data" / "published")
    warehouse = Warehouse.open(None, threads=1)
    versions = []
    for name in PUBLISHED:
        warehouse.replace(TABLES[name], frame(TABLES[name]))
        versions.append(write_version(store.published, TABLES[name], warehouse, AS_OF))
    store.publish(
        AS_OF,
        versions,
        input_key="key",
        inputs=[],
        configuration_hash="c" * 64,
        code_version="0.1.0",
        known_at=dt.datetime(2026, 2, 1, 2, 0),
        checks={"passed": 1},
        published_at=dt.datetime(2026, 2, 1, 2, 5, tzinfo=dt.UTC),
    )
    return folder


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def first_import(text: str) -> str:
    return re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)[0]


EXPECTED = {
    "duckdb": ("champions", "900.00"),
    "polars": ("high", "1700.00"),
    "pandas": ("2000.10", "loyal_1"),
    "pyspark": ("champions",),
    "json": (" 2026-01-31 1\n",),
    "pathlib": ("detractors | int64 | count | Answers 0 to 6.",),
}


@pytest.mark.parametrize("text", blocks("python"), ids=first_import)
def test_each_python_example_runs_and_prints_the_shops_figures(
    folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec(first_import(text)) is None:
        pytest.skip(f"{first_import(text)} is not installed")
    monkeypatch.chdir(folder)
    exec(compile(text, str(PAGE), "exec"), {"__name__": "example"})
    said = capsys.readouterr().out
    assert [words for words in EXPECTED[first_import(text)] if words not in said] == [], said


def test_the_queries_answer_one_row_per_figure(folder: Path) -> None:
    answers = []
    with duckdb.connect(str(folder / "data" / "published" / "catalog.duckdb"), read_only=True) as catalog:
        for text in blocks("sql"):
            answers.append(catalog.execute(text).fetchall())
    columns, finished_month, channels = answers
    assert [column[0] for column in columns] == [column.name for column in TABLES["churn_scores"].columns]
    assert [(row[0], row[1].month, row[2]) for row in finished_month] == [("aov", 12, 21.5), ("orders", 12, 40.0)]
    assert [row[1] for row in channels] == ["shop", "web"]


@pytest.mark.parametrize("command", [line for text in blocks("sh") for line in text.splitlines()])
def test_each_command_of_the_page_ends_well_and_writes_what_it_names(
    folder: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    program, *arguments = shlex.split(command)
    assert program == "analytics"
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    for name in re.findall(r"--out (\S+)", command):
        assert (folder / name).stat().st_size > 0


def test_a_release_is_found_by_its_date(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    [date] = re.findall(r"`analytics table nps --release (\S+)`", PAGE.read_text(encoding="utf-8"))
    result = CliRunner().invoke(main, ["table", "nps", "--release", date])
    assert (result.exit_code, "0 of 0 rows" in result.output) == (0, True), result.output
