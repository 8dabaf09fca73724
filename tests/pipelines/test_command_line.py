"""The `analytics` command: exit codes, refusals, the published history and exports."""

from __future__ import annotations

import csv
import errno
import io
import json
import socket
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from unittest.mock import Mock

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner
from night_shop import HOLD, LAST_DAY, Analytics, Outcome, Shop, latest_of, state_of

from assets.releases.store import ReleaseStore
from pipelines.command_line import main
from pipelines.command_options import what_cannot_be_used
from pipelines.table_export import export

MISTAKES = """
business: {name: Example shop, timezone: Europe/Lundon, currency: GBP}
sources:
  - name: shop
    kind: transactions
    path: orders/*.csv
    colums: {order_id: order_id}
    date_format: "%d/%Q"
measures: {window_days: -3}
"""


# ------------------------------------------------------------------ at once


def test_help_and_the_history_load_nothing_heavy() -> None:
    probe = """
import sys
from click.testing import CliRunner
from pipelines.command_line import main
assert CliRunner().invoke(main, ["--help"]).exit_code == 0
for command in main.commands:
    assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0
heavy = {"dagster", "duckdb", "great_expectations", "polars", "pydantic", "pyarrow", "scipy", "sklearn", "numpy"}
print(sorted(heavy & set(sys.modules)))
assert CliRunner().invoke(main, ["releases", "list", "--home", sys.argv[1]]).exit_code == 0
print(sorted({"dagster", "great_expectations", "scipy", "sklearn"} & set(sys.modules)))
"""
    found = subprocess.run(
        [sys.executable, "-c", probe, "/nowhere"], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.splitlines() == ["[]", "[]"], found.stdout


def test_a_home_whose_path_would_end_early_is_refused_before_anything_is_made(
    analytics: Analytics, tmp_path: Path
) -> None:
    home = tmp_path / "shop?" / "home"
    for command in (
        ("run",),
        ("check-config", "--config", Path(__file__).parents[2] / "pipelines" / "sample_shop.yaml"),
    ):
        refused = analytics(*command, "--home", home)
        assert refused.code == 2
        assert "was expected to hold no ?" in refused.said
    assert not home.parent.exists()


def test_every_command_explains_itself_and_takes_a_home(analytics: Analytics) -> None:
    for command in ("run", "backfill", "simulate", "releases list", "releases show", "releases verify",
                    "releases rollback", "releases prune", "table", "check-config", "ui", "rebuild", "forget",
                    "quarantine", "quarantine show", "quarantine export", "quarantine readmit"):  # fmt: skip
        outcome = analytics(*command.split(), "--help")
        assert outcome.code == 0
        assert "--home" in outcome.said, command


# ------------------------------------------------------------------ refusals


def test_a_bad_configuration_exits_2_and_names_every_problem_at_once(analytics: Analytics, tmp_path: Path) -> None:
    file = tmp_path / "analytics.yaml"
    file.write_text(MISTAKES)
    for command in ("run", "check-config"):
        outcome = analytics(command, "--config", file, "--home", tmp_path / "home")
        assert outcome.code == 2
        for expected in ("Europe/Lundon", "colums", "columns", "window_days", "-3", "%d/%Q", f"{file.name}:7: error"):
            assert expected in outcome.said, f"{command}: {expected}"
    assert not (tmp_path / "home").exists()


def test_the_file_that_is_checked_is_the_one_the_help_names(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    missing = analytics("check-config")
    assert missing.code == 2
    assert "analytics.yaml: no such file" in missing.said
    said = analytics("check-config", "--help").said
    assert "Default: $ANALYTICS_CONFIG, else ./analytics.yaml." in " ".join(said.split())
    assert "sample shop" not in said
    (tmp_path / "shop.yaml").write_text(MISTAKES)
    monkeypatch.setenv("ANALYTICS_CONFIG", "shop.yaml")
    assert "shop.yaml:7: error" in analytics("check-config").said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--as-of", "2024-02-30"), "2024-02-30"),
        (("--as-of", "yesterday"), "YYYY-MM-DD"),
        (("--as-of", "2999-01-01"), "2999-01-01"),
        (("--as-of", "1969-12-31"), "first_as_of"),
        (("--known-at", "noon"), "noon"),
        (("--config", "nowhere.yaml"), "nowhere.yaml"),
        (("--colour", "red"), "--colour"),
    ],
)
def test_what_cannot_be_asked_for_exits_2_and_touches_nothing(
    analytics: Analytics, tmp_path: Path, arguments: tuple[str, str], said: str
) -> None:
    outcome = analytics("run", "--home", tmp_path / "home", *arguments)
    assert outcome.code == 2
    assert said in outcome.said
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--home"),
        ("simulate", "--customers", "5", "--seed", "1", "--out"),
        ("backfill", "--from", "2024-01-01", "--to", "2024-01-01", "--home"),
    ],
)
def test_a_place_that_cannot_be_written_is_named_in_a_line_and_exits_1(
    analytics: Analytics, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    outcome = analytics(*command, file / "below")
    assert outcome.code == 1
    assert f"{file}/below" in outcome.said.splitlines()[-1]
    assert "cannot be read or written: Not a directory" in outcome.said.splitlines()[-1]


def test_the_ui_is_not_announced_on_a_port_that_is_taken(analytics: Analytics, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = analytics("ui", "--home", tmp_path / "home", "--port", port)
    assert outcome.code == 1
    assert outcome.said.startswith(f"the UI cannot listen on 127.0.0.1:{port}: Address already in use. ")
    assert outcome.said.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_an_engine_that_meets_the_disk_is_told_from_one_that_meets_a_mistake(tmp_path: Path) -> None:
    nowhere = tmp_path / "missing" / "file"
    for connect in (sqlite3.connect, duckdb.connect):
        with pytest.raises((sqlite3.Error, duckdb.Error)) as refused:
            connect(nowhere)
        line = what_cannot_be_used(refused.value)
        assert line is not None
        assert line.startswith("a database of the home cannot be read or written: ")
    full = duckdb.FatalException('FATAL Error: Failed to create checkpoint because of error: Could not write file "w"')
    line = what_cannot_be_used(full)
    assert line is not None
    assert 'Could not write file "w". See to it that there is room' in line
    with pytest.raises(duckdb.Error) as mistaken:
        duckdb.sql("select nothing")
    assert what_cannot_be_used(mistaken.value) is None
    assert what_cannot_be_used(ValueError("of the program")) is None


def test_a_working_directory_that_was_deleted_is_named(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for command in (("run",), ("table", "rfm_segments"), ("sources", "propose", "orders.csv")):
        said = analytics(*command)
        assert said.code == 1
        assert said.said.startswith("the working directory was deleted: change into one that is there"), command


def test_a_damaged_database_of_the_orchestrator_is_said_to_be_that_and_how_it_is_mended(tmp_path: Path) -> None:
    damaged = tmp_path / "index.db"
    damaged.write_bytes(b"no database " * 1000)
    with sqlite3.connect(damaged) as connection, pytest.raises(sqlite3.DatabaseError) as refused:
        connection.execute("select * from runs")
    connection.close()
    line = what_cannot_be_used(refused.value)
    assert line is not None
    assert "is damaged: file is not a database. Move dagster/history away" in line


def test_a_second_run_is_refused_at_once_with_3_and_told_who_holds_the_home(
    landed: Shop, analytics: Analytics, held_home: tuple[Path, int]
) -> None:
    home, pid = held_home
    began = time.monotonic()
    outcome = analytics("run", "--config", landed.configuration, "--home", home)
    assert outcome.code == 3
    assert f"process {pid}" in outcome.said
    assert time.monotonic() - began < 10  # it neither waits nor lands a file first
    assert [path.name for path in home.iterdir()] == [".lock"]


def test_a_rollback_waits_for_no_run_either(analytics: Analytics, held_home: tuple[Path, int]) -> None:
    home, pid = held_home
    outcome = analytics("releases", "rollback", "0123", "--home", home)
    assert outcome.code == 3
    assert f"process {pid}" in outcome.said


def test_an_empty_home_has_nothing_to_show(analytics: Analytics, tmp_path: Path) -> None:
    """Each says where it has looked: a home that is empty is mostly another one than was meant."""
    for command, code in (("releases", 0), ("releases prune", 0), ("table nps", 1)):
        outcome = analytics(*command.split(), "--home", tmp_path)
        assert outcome.code == code
        assert f"nothing is published in {tmp_path / 'published'} yet" in outcome.said, command
    assert analytics("releases", "show", "0123", "--home", tmp_path).code == 2
    assert analytics("releases", "rollback", "0123", "--home", tmp_path).code == 2
    for home in (tmp_path, tmp_path / "missing"):
        verified = analytics("releases", "verify", "--home", home)
        assert verified.code == 2
        assert f"nothing is published in {home / 'published'}" in verified.said
    assert list(tmp_path.iterdir()) == []


def test_a_simulated_shop_reads_its_own_configuration(analytics: Analytics, tmp_path: Path) -> None:
    out = tmp_path / "shop"
    first = analytics("simulate", "--customers", 20, "--seed", 1, "--out", out, "--years", 1)
    assert first.code == 0
    assert str(out / "analytics.yaml") in first.said
    assert analytics("check-config", "--config", out / "analytics.yaml").code == 0
    again = analytics("simulate", "--customers", 20, "--seed", 1, "--out", out)
    assert again.code == 2
    assert "already holds" in again.said


# ------------------------------------------------------------------ the published history


@pytest.fixture(scope="module")
def shop(published: tuple[Shop, Outcome], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A finished shop of this module's own; whoever changes it puts it back."""
    return published[0].copy(tmp_path_factory.mktemp("history") / "shop")


@pytest.mark.slow
def test_the_list_marks_what_readers_get(shop: Shop, analytics: Analytics) -> None:
    outcome = analytics("releases", "list", "--home", shop.home)
    assert outcome.code == 0
    assert f"* {LAST_DAY}  {latest_of(shop)['release']}" in outcome.said


@pytest.mark.slow
def test_show_takes_a_date_an_id_or_its_beginning(shop: Shop, analytics: Analytics) -> None:
    release = latest_of(shop)["release"]
    said = {analytics("releases", "show", name, "--home", shop.home).said for name in (release, release[:6], LAST_DAY)}
    assert len(said) == 1
    shown = said.pop()
    for name, table in latest_of(shop)["tables"].items():
        assert name in shown
        assert table["path"] in shown


@pytest.mark.slow
def test_verify_finds_one_changed_byte_and_names_the_file(shop: Shop, analytics: Analytics) -> None:
    assert analytics("releases", "verify", "--home", shop.home).code == 0
    path = latest_of(shop)["tables"]["rfm_segments"]["path"]
    (file,) = (shop.published / path).glob("*.parquet")
    content = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    try:
        outcome = analytics("releases", "verify", "--home", shop.home)
        assert outcome.code == 1
        assert f"{path}/{file.name}" in outcome.said
        assert "1 problem" in outcome.said
    finally:
        file.write_bytes(content)
        file.chmod(0o444)
    assert analytics("releases", "verify", latest_of(shop)["release"], "--home", shop.home).code == 0


@pytest.mark.slow
def test_verify_completes_what_a_killed_run_left_half_announced(shop: Shop, analytics: Analytics) -> None:
    analytics("releases", "verify", "--home", shop.home)
    whole = state_of(shop.published)
    (shop.published / "latest.json").unlink()
    (shop.published / "catalog.duckdb").unlink()
    outcome = analytics("releases", "verify", "--home", shop.home)
    assert outcome.code == 0
    assert "made anew: latest.json" in outcome.said
    assert (shop.published / "latest.json").read_bytes() == whole["latest.json"][0]
    assert (shop.published / "catalog.duckdb").is_file()


@pytest.mark.slow
def test_verify_beside_a_run_only_reads(published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path) -> None:
    moved = published[0].copy(tmp_path / "shop")  # its catalog names files of the old place
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(moved.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        process.stdout.readline()
        before = state_of(moved.published)
        outcome = analytics("releases", "verify", "--home", moved.home)
        assert outcome.code == 1
        assert "catalog.duckdb" in outcome.said
        assert state_of(moved.published) == before
    finally:
        process.communicate(timeout=30)


@pytest.mark.slow
@pytest.mark.parametrize(
    "full", [OSError(errno.ENOSPC, "No space left on device", "catalog"), duckdb.IOException("IO Error: no space left")]
)
def test_verify_on_a_full_disk_computes_the_hashes_all_the_same(
    published: tuple[Shop, Outcome],
    analytics: Analytics,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    full: Exception,
) -> None:
    """It ended with the catalog that it could not write, and looked at nothing."""
    moved = published[0].copy(tmp_path / "shop")  # its catalog names files of the old place
    monkeypatch.setattr(ReleaseStore, "repair", Mock(side_effect=full))
    outcome = analytics("releases", "verify", "--home", moved.home)
    assert outcome.code == 1
    assert outcome.said.startswith("catalog.duckdb: does not show the latest release")
    assert "1 problem" in outcome.said


# ------------------------------------------------------------------ tables


@pytest.mark.slow
def test_a_table_on_the_terminal_shows_its_first_rows(shop: Shop, analytics: Analytics) -> None:
    outcome = analytics("table", "customer_summary", "--home", shop.home)
    rows = latest_of(shop)["tables"]["customer_summary"]["rows"]
    assert outcome.code == 0
    assert f"20 of {rows} rows" in outcome.said
    assert "customer_id" in outcome.said


@pytest.mark.slow
def test_csv_json_and_xlsx_hold_the_published_rows(shop: Shop, analytics: Analytics, tmp_path: Path) -> None:
    published = pl.read_parquet(shop.published / "latest/value_tiers/*.parquet")
    as_csv = analytics("table", "value_tiers", "--home", shop.home, "--format", "csv")
    lines = list(csv.DictReader(io.StringIO(as_csv.said)))
    assert [line["customer_id"] for line in lines] == published["customer_id"].to_list()
    assert analytics("table", "value_tiers", "--home", shop.home, "--format", "csv", "--out", "-").said == as_csv.said
    assert analytics("table", "value_tiers", "--home", shop.home, "--release", "").code == 2  # no release, not any
    as_json = analytics("table", "value_tiers", "--home", shop.home, "--format", "json", "--release", LAST_DAY)
    assert [row["tier"] for row in json.loads(as_json.said)] == published["tier"].to_list()
    file = tmp_path / "tiers.xlsx"
    assert analytics("table", "value_tiers", "--home", shop.home, "--format", "xlsx", "--out", file).code == 0
    sheet = pl.read_excel(file)
    assert sheet["customer_id"].to_list() == published["customer_id"].to_list()
    assert sum(sheet["value"]) == pytest.approx(float(published["value"].sum()))


@pytest.mark.slow
def test_a_files_ending_says_how_it_is_written_and_a_drawn_table_holds_all_rows(
    shop: Shop, analytics: Analytics, tmp_path: Path
) -> None:
    published = pl.read_parquet(shop.published / "latest/value_tiers/*.parquet")
    read = {"tiers.csv": pl.read_csv, "tiers.XLSX": pl.read_excel, "tiers.json": pl.read_json}
    for name, reader in read.items():
        assert analytics("table", "value_tiers", "--home", shop.home, "--out", tmp_path / name).code == 0
        assert reader(tmp_path / name)["customer_id"].to_list() == published["customer_id"].to_list()
    other = tmp_path / "tiers.tsv"
    refused = analytics("table", "value_tiers", "--home", shop.home, "--out", other)
    assert refused.code == 2
    assert "--format" in refused.said
    assert not other.exists()
    for drawn, format_ in ((tmp_path / "tiers.txt", ()), (other, ("--format", "table"))):
        assert analytics("table", "value_tiers", "--home", shop.home, *format_, "--out", drawn).code == 0
        assert all(customer in drawn.read_text() for customer in published["customer_id"])
        assert drawn.read_text().endswith(f"{published.height} of {published.height} rows\n")


def test_a_table_drawn_in_a_file_holds_every_text_and_list_whole(tmp_path: Path) -> None:
    long, reasons = "x" * 300, [f"reason {number}" for number in range(9)]
    export(pl.LazyFrame({"raw": [long], "reasons": [reasons]}), "table", tmp_path / "rows.txt")
    drawn = (tmp_path / "rows.txt").read_text()
    assert long in drawn
    assert all(reason in drawn for reason in reasons)


def test_a_drawn_table_hands_no_terminal_a_control_sign_of_a_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pl.LazyFrame({"product": ["\x1b[31mred\x07", "two\nlines", "Müller", None]})
    export(table, "table", None)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert all(text in said for text in (r"\x1b[31mred\x07", r"two\nlines", "Müller", "null"))
    export(table, "json", tmp_path / "rows.json")
    assert pl.read_json(tmp_path / "rows.json")["product"].to_list() == table.collect()["product"].to_list()


@pytest.mark.slow
def test_a_damaged_table_is_named_and_not_shown(shop: Shop, analytics: Analytics) -> None:
    path = latest_of(shop)["tables"]["rfm_segments"]["path"]
    (file,) = (shop.published / path).glob("*.parquet")
    content = file.read_bytes()
    file.chmod(0o644)
    try:
        for damaged in (content[:100], content[:-200] + bytes([content[-200] ^ 1]) + content[-199:], None):
            file.unlink() if damaged is None else file.write_bytes(damaged)
            outcome = analytics("table", "rfm_segments", "--home", shop.home)
            assert outcome.code == 1
            assert f"{path}/{file.name}" in outcome.said
            assert "analytics releases verify" in outcome.said
            assert outcome.said.count("\n") == 1
    finally:
        file.write_bytes(content)
        file.chmod(0o444)


@pytest.mark.slow
def test_unknown_tables_and_impossible_exports_exit_2(shop: Shop, analytics: Analytics) -> None:
    misspelt = analytics("table", "rfm_segment", "--home", shop.home)
    assert misspelt.code == 2
    assert "rfm_segments" in misspelt.said
    assert analytics("table", "nps", "--home", shop.home, "--format", "xlsx").code == 2
    assert analytics("table", "nps", "--home", shop.home, "--release", "ffff").code == 2


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.table_export import export

    harmful = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1", "plain"]
    table = pl.LazyFrame({"file": harmful, "reasons": [["a", "b"]] * 8, "value": [-1.5] * 8})
    export(table, "csv", None)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["file"] for row in rows] == [*(f"'{text}" for text in harmful[:-1]), "plain"]
    assert {row["reasons"] for row in rows} == {"a; b"}
    assert {row["value"] for row in rows} == {"-1.5"}  # a number is no text

    export(table, "xlsx", tmp_path / "table.xlsx")
    with zipfile.ZipFile(tmp_path / "table.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert pl.read_excel(tmp_path / "table.xlsx")["file"].to_list()[0] == "=1+1"


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_text_of_a_table_steers_no_terminal(
    form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    steering = ["\x1b[31mred", "\x1b]0;title\a", "two\rone", "\x9b2J", "orders\u202evsc.exe"]
    export(pl.LazyFrame({"file": steering}), form, None)
    said = capsys.readouterr().out
    assert not [sign for sign in said if not sign.isprintable() and sign != "\n"]
    assert "31mred" in said
    assert form != "json" or [row["file"] for row in json.loads(said)] == steering


def test_numbers_that_are_none_are_written_to_a_sheet_as_its_errors(tmp_path: Path) -> None:
    numbers = {"customer_id": ["a", "b", "c"], "value": [float("nan"), float("inf"), 1.5]}
    export(pl.LazyFrame(numbers), "xlsx", tmp_path / "table.xlsx")
    assert pl.read_excel(tmp_path / "table.xlsx")["value"].to_list() == [None, None, 1.5]


def test_texts_that_a_cell_cuts_are_counted_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.table_export import EXCEL_CHARACTERS, export

    longest = "z" * EXCEL_CHARACTERS
    texts = {"comment": [longest + "z", "\N{GRINNING FACE}" * 20_000, longest], "raw": [[longest, "y"], ["x"], None]}
    export(pl.LazyFrame(texts), "xlsx", tmp_path / "table.xlsx")
    said = capsys.readouterr().err
    assert "2 of comment, 1 of raw" in said
    assert "zz" not in said
    export(pl.LazyFrame({"comment": [longest]}), "xlsx", tmp_path / "table.xlsx")
    assert capsys.readouterr().err == ""


def test_the_list_of_commands_says_all_of_what_each_does_on_eighty_columns() -> None:
    listed = CliRunner().invoke(main, ["--help"], terminal_width=80).output.partition("Commands:")[2]
    assert len(listed.strip().splitlines()) == len(main.commands)
    assert "..." not in listed
