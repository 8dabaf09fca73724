"""A night with something to say of its sources: to the orchestrator, in the summary, on the page, to the notifier."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from night_shop import LAST_DAY, Analytics, Outcome, Shop

pytestmark = pytest.mark.slow

WAITED = 10
NAME = "Zoë Quimby-O'Hara"  # in a row that is shown as a place only
DAMAGED = "zoe.quimby@example.org"


@dataclass(frozen=True)
class Told:
    """A night over a damaged file, known ten days after anything landed."""

    shop: Shop
    night: Outcome
    messages: Path

    def notified(self) -> list[str]:
        return self.messages.read_text().splitlines() if self.messages.exists() else []


def listener(folder: Path) -> tuple[str, Path]:
    """A command that appends what it is told to a file, and that file."""
    heard = folder / "heard.txt"
    script = folder / "listen.py"
    script.write_text(f"import sys; open({str(heard)!r}, 'a').write(sys.stdin.read())\n")
    return shlex.join([sys.executable, str(script)]), heard


def known_later() -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(days=WAITED)).isoformat()


@pytest.fixture(scope="module")
def told(landed: Shop, analytics: Analytics, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("told")
    shop = landed.copy(folder / "shop")
    file = next(iter(sorted((shop.folder / "orders").glob("2024-12*.csv"))))
    lines = file.read_text().splitlines()
    # An id that a spreadsheet made a number, in a row that names somebody.
    header = lines[0].split(",")
    row = lines[5].split(",")
    row[header.index("customer_id")] = "17850.0"
    product = next(name for name in header if "product" in name and name != "product_id")
    row[header.index(product)] = f"{NAME} {DAMAGED} CafÃ©"
    lines[5] = ",".join(row)
    file.write_text("\n".join(lines) + "\n")
    (shop.folder / "orders" / "more.zip").write_bytes(b"PK")
    command, heard = listener(folder)
    shop.configuration.write_text(shop.configuration.read_text().replace("language: en", "language: zh"))
    os.environ["ANALYTICS_NOTIFY"] = command
    try:
        night = analytics("run", *shop.arguments, "--known-at", known_later())
    finally:
        del os.environ["ANALYTICS_NOTIFY"]
    assert night.code == 0, night.said
    return Told(shop, night, heard)


def evaluation(home: Path, asset: str, check: str) -> Any:
    """The latest verdict of a check as the orchestrator keeps it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        instance = dg.DagsterInstance.get()
    with instance:
        key = dg.AssetCheckKey(dg.AssetKey(asset), check)
        [record] = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        return record.event.dagster_event.event_specific_data  # pyright: ignore[reportOptionalMemberAccess]


def test_a_failing_sample_reaches_the_orchestrator_with_its_place_and_nothing_of_the_row(told: Told) -> None:
    found = evaluation(told.shop.home, "raw_transactions", "text_undamaged")
    assert (found.passed, found.severity, found.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    sample = found.metadata["failing_sample"].value
    assert [(row["source"], row["line_number"]) for row in sample] == [("shop", 6)]
    assert "source shop" in found.metadata["found"].value
    assert "line number 6" in found.metadata["found"].value
    shown = str(found.metadata)
    assert NAME not in shown
    assert DAMAGED not in shown


def test_a_check_that_holds_says_in_words_what_it_looked_at(told: Told) -> None:
    held = evaluation(told.shop.home, "customers", "key_unique")
    assert held.passed
    assert re.fullmatch(r"none of [\d,]+ rows broken", held.metadata["found"].value)
    law = evaluation(told.shop.home, "row_accounting", "rows_accounted")
    assert law.passed
    assert re.fullmatch(r"\d+ compared, over [\d,]+ rows: none different", law.metadata["found"].value)


def test_the_same_sample_is_on_the_page_in_its_language_without_personal_data(told: Told) -> None:
    page = (told.shop.home / "reports" / "latest.html").read_text()
    assert "没有按错误编码读出的文字" in page
    assert f"文件 {sorted((told.shop.folder / 'orders').glob('2024-12*.csv'))[0].name}, 行号 6" in page
    assert "Quimby" not in page
    assert DAMAGED not in page


def test_a_silent_source_is_named_in_the_summary_and_on_top_of_the_page(told: Told) -> None:
    assert "warning no delivery: shop: nothing new has landed since" in " ".join(told.night.said.split())
    assert f"{WAITED} days ago" in told.night.said
    page = (told.shop.home / "reports" / "latest.html").read_text()
    notice = page[page.index('class="notice"') : page.index("</aside>")]
    assert "没有新内容落地" in notice


def test_an_archive_beside_a_source_s_files_is_named_in_the_summary(told: Told) -> None:
    said = " ".join(told.night.said.split())
    assert f"warning not read: {told.shop.folder / 'orders' / 'more.zip'}: a zip archive is not read: unpack it" in said


def test_the_notifier_is_told_of_the_silence_once_per_run(told: Told, analytics: Analytics) -> None:
    heard = told.notified()
    assert len(heard) == 1
    assert heard[0].startswith(f"night of {LAST_DAY}: source_trends.delivered_within_cadence: source customer_file")
    assert "source shop" in heard[0]

    command, again = listener(told.messages.parent)
    os.environ["ANALYTICS_NOTIFY"] = command
    try:
        recognised = analytics("run", *told.shop.arguments, "--known-at", known_later())
        fresh = analytics("run", *told.shop.arguments)
    finally:
        del os.environ["ANALYTICS_NOTIFY"]
    assert recognised.code == fresh.code == 0
    assert "identical" in recognised.said
    assert "no delivery: shop" in " ".join(recognised.said.split())
    assert "no delivery" not in fresh.said
    assert len(again.read_text().splitlines()) == 2
