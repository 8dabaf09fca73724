"""One shop's mornings: a blocked night and its quarantine, a late delivery, replays, a lost warehouse."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from night_shop import Analytics, Outcome, Shop, id_of, latest_of, run_command

CONFIGURATION = """
home: ./home
business: {name: Two currencies, timezone: Europe/London, currency: GBP}
sources:
  - name: shop
    kind: transactions
    path: orders/*.csv
    columns:
      order_id: order_id
      ordered_at: ordered_at
      customer_id: customer_id
      product_id: product
      quantity: quantity
      unit_price: price
      currency: currency
  - name: bank
    kind: exchange_rates
    path: rates/*.csv
    columns: {rated_on: day, currency: code, rate: rate}
limits: {quarantine_rate: 0.02}
"""
HEADER = "order_id,ordered_at,customer_id,product,quantity,price,currency\n"
FIRST, NIGHT = dt.date(2024, 1, 1), dt.date(2024, 5, 31)
NEXT_NIGHT = NIGHT + dt.timedelta(days=1)
DAYS = [FIRST + dt.timedelta(days=number) for number in range((NIGHT - FIRST).days + 1)]
COMMA = "=1+1"  # the product of the rows whose price has a decimal comma: a formula where a spreadsheet is careless


def orders_of(month: int) -> str:
    """Eight orders a day of sixty customers; one in euros, and in May one with a decimal comma in its price."""
    lines = []
    for number, day in enumerate(day for day in DAYS if day.month == month):
        for hour in range(8):
            price, product = f"{10 + hour}.50", f"p{hour}"
            if hour == 5 and month == 5:
                price, product = f'"{10 + hour},50"', COMMA
            currency = "EUR" if hour == 3 else "GBP"
            customer = f"c{(number * 8 + hour) % 60}"
            lines.append(f"{month}-{number}-{hour},{day} {8 + hour:02}:15,{customer},{product},1,{price},{currency}\n")
    return HEADER + "".join(lines)


def land_shop(folder: Path) -> Shop:
    (folder / "orders").mkdir(parents=True)
    (folder / "rates").mkdir()
    for month in range(1, 6):
        (folder / "orders" / f"2024-{month:02}.csv").write_text(orders_of(month))
    rates = "".join(f"{day},EUR,0.85{day.day:02}\n" for day in DAYS if day.weekday() < 5)
    (folder / "rates" / "bank.csv").write_text(f"day,code,rate\n2023-12-29,EUR,0.8500\n{rates}")
    (folder / "analytics.yaml").write_text(CONFIGURATION)
    return Shop(folder)


@dataclass(frozen=True)
class Told:
    """A shop after a chapter of its story, and what the commands said."""

    shop: Shop
    said: dict[str, Outcome]

    def night(self, day: dt.date, *more: str) -> Outcome:
        return run_command("run", "--as-of", day, *more, *self.shop.arguments)

    def quarantine(self, *more: object) -> Outcome:
        return run_command("quarantine", *more, *self.shop.arguments)


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """After a night that stumbled over the decimal commas of May."""
    told = Told(land_shop(tmp_path_factory.mktemp("blocked") / "shop"), {})
    told.said["run"] = told.night(NIGHT)
    return told


@pytest.fixture(scope="module")
def mended(blocked: Told, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """After the mapping was put right, the rows readmitted, and the night run again."""
    told = Told(blocked.shop.copy(tmp_path_factory.mktemp("mended") / "shop"), {})
    text = told.shop.configuration.read_text()
    told.shop.configuration.write_text(text.replace("unit_price: price", "unit_price: replace(price, ',', '.')"))
    told.said["dry"] = told.quarantine("readmit", "--dry-run")
    told.said["readmit"] = told.quarantine("readmit")
    told.said["run"] = told.night(NIGHT)
    return told


@pytest.fixture(scope="module")
def grown(mended: Told, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """After another night, with late rows, a file delivered again and corrected, and rates corrected and new."""
    told = Told(mended.shop.copy(tmp_path_factory.mktemp("grown") / "shop"), {})
    orders, rates = told.shop.folder / "orders", told.shop.folder / "rates"
    (orders / "2024-03-late.csv").write_text(HEADER + "late-1,2024-03-05 10:00,c1,p1,1,99.00,EUR\n")
    april = (orders / "2024-04.csv").read_text()
    (orders / "2024-04.csv").write_text(april.replace(",10.50,GBP", ",20.50,GBP"))
    (orders / "2024-06.csv").write_text(HEADER + "6-1,2024-06-01 10:00,new,p1,1,30.00,EUR\n")
    (rates / "bank-2.csv").write_text("day,code,rate\n2024-02-01,EUR,0.9999\n2024-06-01,EUR,0.8600\n")
    told.said["run"] = told.night(NEXT_NIGHT)
    return told


def tables_of(shop: Shop, release: str) -> dict[str, bytes]:
    """Every Parquet file of a release by its path below ``published``."""
    [manifest] = shop.published.glob(f"releases/*/{release}.json")
    tables = json.loads(manifest.read_text())["tables"]
    return {
        path.relative_to(shop.published).as_posix(): path.read_bytes()
        for table in tables.values()
        for path in sorted((shop.published / table["path"]).glob("*.parquet"))
    }


def known_at_of(shop: Shop, release: str) -> str:
    [manifest] = shop.published.glob(f"releases/*/{release}.json")
    return json.loads(manifest.read_text())["known_at"]


# ------------------------------------------------------------------ blocked


def test_a_source_with_too_many_bad_rows_blocks_the_night(blocked: Told) -> None:
    outcome = blocked.said["run"]
    assert outcome.code == 1
    assert "row_accounting.quarantine_rate" in outcome.said
    assert "`analytics quarantine` tells the files and rows. See it in" in outcome.said
    assert "commonest reasons unparsable_unit_price 31" in outcome.said
    assert not (blocked.shop.published / "latest.json").exists()


def test_the_quarantine_of_a_blocked_night_is_counted_with_the_place_of_the_first(blocked: Told) -> None:
    outcome = blocked.quarantine()
    assert outcome.code == 0
    assert re.search(r"^shop +unparsable_unit_price +2024-05\.csv +31 +line 7$", outcome.said, re.MULTILINE)
    assert "31 rows set aside as of 2024-05-31" in outcome.said
    assert outcome.said == blocked.quarantine("show").said


def test_a_blocked_night_whose_files_were_pruned_says_which_and_what_to_do(blocked: Told, tmp_path: Path) -> None:
    """It said that a database could not be read, and to see to it that there is room."""
    told = Told(blocked.shop.copy(tmp_path / "shop"), {})
    files = list((told.shop.published / "tables" / "quarantine").glob("*/*/*"))
    pruned = run_command("releases", "prune", "--keep-last", 1, "--keep-days", 0, *told.shop.arguments)
    assert pruned.code == 0
    for command in ((), ("readmit", "--dry-run"), ("export", "--out", tmp_path / "rows.csv")):
        outcome = told.quarantine(*command)
        assert outcome.code == 1
        assert outcome.said.startswith(f"{files[0]} is gone or damaged: it held what the night of 2024-05-31")
        assert "`analytics run --full` computes a night anew" in outcome.said


def test_values_are_shown_only_where_they_are_asked_for(blocked: Told) -> None:
    assert "15,50" not in blocked.quarantine().said
    outcome = blocked.quarantine("--rows", "--limit", 2)
    assert outcome.said.startswith("shop/2024-05.csv:7  unparsable_unit_price\n")
    assert outcome.said.count("15,50") == 2
    assert "and 29 more; --limit 31 prints them all" in outcome.said


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        (("--source", "shop"), 31),
        (("--source", "bank"), 0),
        (("--reason", "unparsable_unit_price"), 31),
        (("--reason", "missing_order_id"), 0),
        (("--file", "2024-0*.csv"), 31),
        (("--file", "2024-04.csv"), 0),
    ],
)
def test_rows_are_chosen_by_source_reason_and_file(blocked: Told, choice: tuple[str, str], count: int) -> None:
    for command in ((), ("show",)):
        assert f"{count} rows set aside" in blocked.quarantine(*command, *choice).said


def test_a_source_that_nobody_has_is_refused_with_its_neighbour(blocked: Told, tmp_path: Path) -> None:
    """It had no rows set aside."""
    for command in ((), ("export", "--out", tmp_path / "rows.csv")):
        outcome = blocked.quarantine(*command, "--source", "shpo")
        assert outcome.code == 2
        assert outcome.said == "no source is called 'shpo'; did you mean `shop`?\n"
    assert not (tmp_path / "rows.csv").exists()


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_rows_are_exported_with_their_text_and_no_spreadsheet_runs_them(
    blocked: Told, tmp_path: Path, form: str
) -> None:
    out = tmp_path / f"quarantine.{form}"
    outcome = blocked.quarantine("export", "--out", out, "--format", form)
    assert outcome.code == 0
    assert "31 rows" in outcome.said
    if form == "json":
        rows = json.loads(out.read_text())
        assert {(row["source"], row["line_number"]) for row in rows[:1]} == {("shop", 7)}
        assert json.loads(rows[0]["raw"])["product"] == COMMA
    elif form == "csv":
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 31
        assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    else:
        with zipfile.ZipFile(out) as book:
            assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


# ------------------------------------------------------------------ mended


@pytest.mark.slow
def test_after_a_fix_readmit_says_what_comes_back_and_what_it_is_worth(mended: Told) -> None:
    line = r"^shop +unparsable_unit_price +31 +31 +480\.50 GBP +0$"
    for name, verdict in (("dry", "would come back"), ("readmit", "come back; `analytics run` publishes them")):
        outcome = mended.said[name]
        assert outcome.code == 0
        assert re.search(line, outcome.said, re.MULTILINE), outcome.said
        assert f"31 of 31 rows {verdict}" in outcome.said


def test_without_a_fix_nothing_comes_back_and_the_reason_is_named(blocked: Told) -> None:
    outcome = blocked.quarantine("readmit", "--dry-run")
    assert outcome.code == 0
    assert "0 of 31 rows would come back" in outcome.said
    assert re.search(r"^shop +unparsable_unit_price +31$", outcome.said, re.MULTILINE)
    assert not list(blocked.shop.home.glob("_*"))


def test_a_change_that_loses_rows_says_how_many_and_does_not_promise_them(blocked: Told, tmp_path: Path) -> None:
    worse = Told(blocked.shop.copy(tmp_path / "shop"), {})
    text = worse.shop.configuration.read_text()
    worse.shop.configuration.write_text(text.replace("unit_price: price", "unit_price: replace(price, '.', ',')"))
    said = worse.quarantine("readmit").said
    may = worse.shop.folder / "orders" / "2024-05.csv"
    priced = sum("." in line for line in may.read_text().splitlines()[1:])
    assert f"{priced:,} rows of the same files that count now would be set aside under this configuration" in said
    assert "publishes them" not in said
    worse.shop.configuration.write_text(text.replace("unit_price: price", "unit_price: prize"))
    said = worse.quarantine("readmit", "--dry-run").said
    assert "0 of 31 rows would come back" in said
    assert "unreadable files" not in said
    assert "1 file that the last night has read cannot be read under this configuration" in said


@pytest.mark.slow
def test_the_next_night_publishes_what_came_back(mended: Told) -> None:
    assert mended.said["run"].code == 0, mended.said["run"].said
    assert "+ 0 quarantined" in mended.said["run"].said
    assert latest_of(mended.shop)["tables"]["quarantine"]["rows"] == 0


# ------------------------------------------------------------------ replayed


def replayed(told: Told, folder: Path, moment: str, *, prepare: Callable[[Shop], Any]) -> Told:
    """The night again as it was known, computed: nothing of it is published where it runs."""
    again = Told(told.shop.copy(folder), {})
    shutil.rmtree(again.shop.published)
    prepare(again.shop)
    again.said["run"] = again.night(NIGHT, "--known-at", moment)
    return again


@pytest.mark.slow
def test_late_rows_corrections_and_rates_change_the_night_but_not_its_replay(
    mended: Told, grown: Told, tmp_path: Path
) -> None:
    assert grown.said["run"].code == 0, grown.said["run"].said
    first = id_of(mended.said["run"].said)
    moment = known_at_of(mended.shop, first)

    again = replayed(grown, tmp_path / "shop", moment, prepare=lambda shop: None)
    assert again.said["run"].code == 0, again.said["run"].said
    assert id_of(again.said["run"].said) == first
    assert tables_of(again.shop, first) == tables_of(mended.shop, first)

    today = again.night(NIGHT)
    assert today.code == 0
    assert id_of(today.said) != first, "what came late changed nothing: the replay proves nothing"


@pytest.mark.slow
def test_after_the_warehouse_was_lost_the_night_still_replays_to_the_same_bytes(
    mended: Told, grown: Told, tmp_path: Path
) -> None:
    first = id_of(mended.said["run"].said)

    def lose(shop: Shop) -> None:
        (shop.home / "warehouse.duckdb").unlink()
        shutil.rmtree(shop.folder / "orders")  # files that left the landing zone still count
        (shop.folder / "orders").mkdir()

    moment = known_at_of(mended.shop, first)
    again = replayed(grown, tmp_path / "shop", moment, prepare=lose)
    assert again.said["run"].code == 0, again.said["run"].said
    assert "it is not there. It is made again from the archive" in again.said["run"].said
    assert id_of(again.said["run"].said) == first
    assert tables_of(again.shop, first) == tables_of(mended.shop, first)


@pytest.mark.slow
def test_rebuild_says_what_it_found_and_names_damaged_bytes(grown: Told, tmp_path: Path) -> None:
    shop = grown.shop.copy(tmp_path / "shop")
    outcome = run_command("rebuild", *shop.arguments)
    assert outcome.code == 0, outcome.said
    assert "10 contents hold the same rows as in the old warehouse" in outcome.said

    shutil.rmtree(shop.folder / "orders")
    archived = sorted((shop.home / "archive").glob("*/*.zst"))
    archived[0].write_bytes(archived[1].read_bytes())
    before = (shop.home / "warehouse.duckdb").read_bytes()
    outcome = run_command("rebuild", *shop.arguments)
    assert outcome.code == 1
    assert "nothing was replaced. 1 of 10 archived contents" in outcome.said
    assert archived[0].name in outcome.said
    assert (shop.home / "warehouse.duckdb").read_bytes() == before


# ------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    "command",
    [
        ("quarantine",), ("quarantine", "export", "--out", "x.csv"), ("quarantine", "readmit"), ("rebuild",),
        ("forget", "--superseded"),
    ],
)  # fmt: skip
def test_a_home_in_use_is_refused_with_3(
    blocked: Told, analytics: Analytics, held_home: tuple[Path, int], command: tuple[str, ...]
) -> None:
    home, pid = held_home
    (home / "archive").mkdir()
    shutil.copy(blocked.shop.home / "warehouse.duckdb", home)
    outcome = analytics(*command, "--config", blocked.shop.configuration, "--home", home)
    assert outcome.code == 3
    assert f"process {pid}" in outcome.said


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("quarantine", 1), ("quarantine export --out x.csv", 1), ("quarantine readmit", 1), ("rebuild", 2),
        ("forget *", 2),
    ],
)  # fmt: skip
def test_a_home_without_a_night_says_so_and_stays_as_it_is(
    blocked: Told, analytics: Analytics, tmp_path: Path, command: str, code: int
) -> None:
    home = tmp_path / "home"
    outcome = analytics(*command.split(), "--config", blocked.shop.configuration, "--home", home)
    assert outcome.code == code
    assert str(home) in outcome.said
    assert not home.exists()


@pytest.mark.parametrize("what", [".", "warehouse.duckdb"])
def test_a_home_that_cannot_be_written_is_said_to_be_that(
    blocked: Told, analytics: Analytics, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """It ended in a traceback, or with advice to close what has the warehouse open."""
    shop = blocked.shop
    refused = (shop.home / what).resolve()
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (refused, os.W_OK) and may(path, mode))
    outcome = analytics("quarantine", *shop.arguments)
    assert outcome.code == 1
    assert outcome.said.startswith(f"{refused} cannot be written by this account. Run it as")
