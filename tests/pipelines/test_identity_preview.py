"""What rules of identity would do is said before a night applies them, and nothing is changed by asking."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from night_shop import Analytics, state_of

from assets.landing.landing_zone import land
from assets.warehouse import Warehouse
from pipelines.configuration_file import load

ANN, ANN_PHONE = "ann@shop.co.uk", "020 7946 0958"
SOURCES = """
home: ./house
business: {name: Example shop, timezone: Europe/London, currency: GBP}
sources:
  - name: shop
    kind: transactions
    path: orders/*.csv
    columns: {order_id: id, ordered_at: at, customer_id: who, quantity: qty, unit_price: price}
  - {name: crm, kind: customers, path: crm/*.csv, columns: {customer_id: id, acquired_at: since}}
"""
WITH_COLUMNS = SOURCES.replace("acquired_at: since", "acquired_at: since, email: mail, phone: tel")
RULES = """
identity:
  phone_region: GB
  block: {email: [till@shop.co.uk]}
  apart: [{accounts: [A, nobody]}]
"""
PEOPLE = [
    ("A", ANN, ""), ("B", ANN, ANN_PHONE), ("C", "", ANN_PHONE), ("D", "d@shop.co.uk", ""),
    *((f"T{n}", "till@shop.co.uk", "") for n in range(3)),
    *((f"S{n}", "", "020 7946 0111") for n in range(5)),
]  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop of twelve accounts of whom each has ordered once; its folder."""
    for folder in ("orders", "crm"):
        (tmp_path / folder).mkdir()
    lines = [f"o{n},2024-05-{n + 1:02d},{who},1,{n + 1}.50" for n, (who, *_) in enumerate(PEOPLE)]
    (tmp_path / "orders/o.csv").write_text("\n".join(["id,at,who,qty,price", *lines, ""]))
    people = [f"{who},{mail},{tel},2024-01-01" for who, mail, tel in PEOPLE]
    (tmp_path / "crm/p.csv").write_text("\n".join(["id,mail,tel,since", *people, ""]))
    (tmp_path / "plain.yaml").write_text(SOURCES)
    (tmp_path / "rules.yaml").write_text(WITH_COLUMNS + RULES)
    return tmp_path


def land_all(shop: Path) -> None:
    """Take in the files as a night without identity does."""
    configuration = load(shop / "plain.yaml")
    home = Path(configuration.home)
    home.mkdir()
    warehouse = Warehouse.open(home / "warehouse.duckdb")
    moment = dt.datetime(2024, 6, 1, 2)
    land(warehouse, configuration, ["transactions", "customers"], home=home, loaded_at=moment)
    warehouse.connection.close()


def said_figures(said: str) -> dict[str, str]:
    """The lines of a name and what follows it."""
    return {line[:12].strip(): line[12:].strip() for line in said.splitlines() if line[:1].strip()}


def test_a_preview_counts_customers_evidence_and_what_would_move(analytics: Analytics, shop: Path) -> None:
    land_all(shop)
    outcome = analytics("identity", "preview", "--config", shop / "rules.yaml")
    assert outcome.code == 0, outcome.said
    figures = said_figures(outcome.said)
    assert figures["accounts"] == "12"
    assert figures["customers"] == "10 (before: 12)"
    assert figures["match rate"].startswith("25.0% ")
    assert figures["compression"].startswith("1.200 ")
    # B and C become A: orders of 2.50 and 3.50.
    assert figures["moved"] == "2 accounts, 2 valid orders, net value 6.00 GBP"
    lines = [line.split() for line in outcome.said.splitlines()]
    assert ["email", "shared", "1", "2"] in lines
    assert ["phone", "shared_too_widely", "1", "5"] in lines
    assert ["email", "blocked", "3", "T0,", "T1,", "T2"] in lines
    assert ["phone", "shared_too_widely", "5", "S0,", "S1,", "S2,", "S3,", "S4"] in lines
    assert ["3", "1"] in lines  # one customer of three accounts
    assert "declared, but known to no source: nobody" in outcome.said
    assert "as of 2024-05-12" in outcome.said


def test_a_preview_says_no_address_and_no_number_and_leaves_no_trace_but_what_it_read(
    analytics: Analytics, shop: Path
) -> None:
    land_all(shop)
    first = analytics("identity", "preview", "--config", shop / "rules.yaml")
    before = state_of(shop / "house")
    again = analytics("identity", "preview", "--config", shop / "rules.yaml")
    assert again.said == first.said
    assert "@" not in again.said
    assert "7946" not in again.said
    after = state_of(shop / "house")
    assert after.keys() == before.keys()
    assert not (shop / "house/published").exists()
    assert [name for name in after if after[name][0] != before[name][0] and not name.startswith("warehouse")] == []


def test_a_night_of_long_ago_has_its_own_preview(analytics: Analytics, shop: Path) -> None:
    land_all(shop)
    outcome = analytics("identity", "preview", "--config", shop / "rules.yaml", "--as-of", "2024-05-02")
    assert said_figures(outcome.said)["moved"] == "2 accounts, 1 valid order, net value 2.50 GBP"
    long_ago = analytics("identity", "preview", "--config", shop / "rules.yaml", "--as-of", "2023-12-31")
    assert said_figures(long_ago.said)["accounts"] == "0"


def test_a_preview_refuses_what_a_run_refuses(analytics: Analytics, shop: Path, held_home: tuple[Path, int]) -> None:
    nothing = analytics("identity", "preview", "--config", shop / "rules.yaml")
    assert (nothing.code, "nothing has landed" in nothing.said) == (1, True)
    land_all(shop)
    without = analytics("identity", "preview", "--config", shop / "plain.yaml")
    assert (without.code, "has no `identity`" in without.said) == (2, True)
    ahead = analytics("identity", "preview", "--config", shop / "rules.yaml", "--as-of", "2999-01-01")
    assert (ahead.code, "is outside" in ahead.said) == (2, True)
    home, process = held_home
    (home / "warehouse.duckdb").touch()
    held = analytics("identity", "preview", "--config", shop / "rules.yaml", "--home", home)
    assert (held.code, str(process) in held.said) == (3, True)


@pytest.mark.slow
def test_the_night_does_what_the_preview_said_and_publishes_no_address(analytics: Analytics, shop: Path) -> None:
    rules = shop / "rules.yaml"
    assert analytics("run", "--config", shop / "plain.yaml").code == 0
    said = said_figures(analytics("identity", "preview", "--config", rules).said)
    night = analytics("run", "--config", rules)
    assert night.code == 0, night.said
    assert said["customers"] == "10 (before: 12)"
    published = shop / "house/published"
    tables = {
        name: pl.read_parquet(str(published / "latest" / name / "*.parquet"), hive_partitioning=False)
        for name in ("customer_summary", "customer_identities", "rfm_segments")
    }
    assert tables["customer_summary"].height == tables["rfm_segments"].height == 10
    assert dict(tables["customer_identities"].select("account_id", "customer_id").iter_rows()) == {
        who: "A" if who in "ABC" else who for who, *_ in PEOPLE
    }
    assert "orders" in tables["customer_summary"].columns
    report = (shop / "house/reports/latest.html").read_text()
    assert "10 customers in 12 accounts of all sources" in report
    # Sources, archive and warehouse hold the files as they came; nothing that anybody else reads does.
    for text in [night.said, report, *(file.read_bytes().decode("latin-1") for file in published.rglob("*.parquet"))]:
        assert "shop.co.uk" not in text
        assert "7946" not in text
    after = said_figures(analytics("identity", "preview", "--config", rules).said)
    assert (after["customers"], after["moved"]) == ("10 (before: 10)", "0 accounts, 0 valid orders")
