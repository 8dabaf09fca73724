"""A night from landed files to the published release: what it leaves behind, and what it is a function of."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from night_shop import LAST_DAY, Analytics, Outcome, Shop, id_of, latest_of, state_of

from assets.tables import PUBLISHED, TABLES
from pipelines.night_resource import utc_now

pytestmark = pytest.mark.slow

# What readers were promised of these tables: keys first, at least these columns.
PROMISED = {
    "customer_summary": "customer_id first_order_on last_order_on orders gross_value refund_value net_value aov "
    "recency_days age_days",
    "rfm_segments": "customer_id recency_days frequency monetary r f m segment",
    "lifecycle_stages": "customer_id stage gap_days stage_since",
    "value_tiers": "customer_id basis value tier",
    "churn_scores": "customer_id horizon_days churn_risk risk_band reason_1 reason_2 reason_3 model due_on",
    "model_evaluation": "model origin metric value baseline_value n",
    "nps": "question grain period_start scope scope_value n promoters passives detractors nps low high is_complete",
    "csat": "question grain period_start scope scope_value n satisfied csat low high mean is_complete",
    "retention_cohorts": "cohort_month period cohort_size active retention unbounded_retention is_complete "
    "is_left_truncated",
    "kpi_scorecard": "kpi question scope scope_value grain period_start value low high n numerator denominator unit "
    "target status previous_value",
    "segment_moves": "kind from_segment to_segment customers value_moved previous_as_of",
    "customer_moves": "customer_id kind from_segment to_segment cause",
    "row_accounting": "source file content status error rows_in accepted excluded charges superseded duplicates "
    "quarantined currency amount_in amount_accepted first_event last_event loaded_at",
    "quarantine": "source file line_number reasons raw",
}
KEYS = {
    "customer_summary": ["customer_id"],
    "rfm_segments": ["customer_id"],
    "lifecycle_stages": ["customer_id"],
    "value_tiers": ["customer_id"],
    "churn_scores": ["customer_id"],
    "customer_moves": ["customer_id", "kind"],
    "row_accounting": ["source", "file", "content", "currency"],
}
# They describe the landing zone at known_at, not the business day.
OF_THE_LANDING_ZONE = {"row_accounting", "quarantine"}
MIDDLE = dt.date(2024, 7, 31)


@dataclass(frozen=True)
class Story:
    """Some nights of one shop.

    Attributes:
        shop: the home of the first, repeated and past nights.
        first, again, past: what the command said: first night, the same night again, a night of an older date.
        before, between, after: state of ``published`` around the repeated night, and after the past one.
        cut: a shop whose files end at the past night's date.
        cut_night: what its night said.
        elsewhere: the shop's rows shuffled and spread over other files, in another home, with another language.
        elsewhere_night: what its night said.
    """

    shop: Shop
    first: Outcome
    again: Outcome
    past: Outcome
    before: dict[str, Any]
    between: dict[str, Any]
    after: dict[str, Any]
    cut: Shop
    cut_night: Outcome
    elsewhere: Shop
    elsewhere_night: Outcome


@pytest.fixture(scope="module")
def story(
    published: tuple[Shop, Outcome], landed: Shop, analytics: Analytics, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    folder = tmp_path_factory.mktemp("story")
    finished, first = published
    shop = finished.copy(folder / "shop")
    assert analytics("releases", "verify", *shop.arguments).code == 0  # the catalog follows the home to its new place
    before = state_of(shop.published)
    again = analytics("run", *shop.arguments)
    between = state_of(shop.published)
    past = analytics("run", *shop.arguments, "--as-of", MIDDLE)
    after = state_of(shop.published)

    cut = landed.copy(folder / "cut")
    for file, moment in landing_files(cut):
        end_file_at(file, moment, MIDDLE)
    cut_night = analytics("run", *cut.arguments, "--as-of", MIDDLE)

    elsewhere = landed.copy(folder / "else*where [old]")
    for kind in ("orders", "surveys", "customers"):
        spread_anew(elsewhere.folder / kind)
    text = elsewhere.configuration.read_text().replace("/*.csv", "/*.csv*").replace("language: en", "language: zh")
    elsewhere.configuration.write_text(text)
    elsewhere_night = analytics("run", *elsewhere.arguments)
    return Story(shop, first, again, past, before, between, after, cut, cut_night, elsewhere, elsewhere_night)


def landing_files(shop: Shop) -> Iterator[tuple[Path, str]]:
    """Every landed file with the name of its time column."""
    for kind, moment in (("orders", "ordered_at"), ("surveys", "responded_at"), ("customers", "acquired_at")):
        for file in sorted((shop.folder / kind).glob("*")):
            yield file, moment


def records(file: Path) -> tuple[list[str], list[list[str]]]:
    with file.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    return header, rows


def write_records(file: Path, header: list[str], rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    content = text.getvalue().encode()
    file.write_bytes(gzip.compress(content, mtime=0) if file.suffix == ".gz" else content)


def end_file_at(file: Path, moment: str, day: dt.date) -> None:
    """Drop the rows dated later; a file left without rows had not landed yet."""
    header, rows = records(file)
    kept = [row for row in rows if row[header.index(moment)][:10] <= day.isoformat()]
    if kept:
        write_records(file, header, kept)
    else:
        file.unlink()


def spread_anew(folder: Path) -> None:
    """The folder's rows in another order, over three files of other names, one of them compressed."""
    header: list[str] = []
    rows: list[list[str]] = []
    for file in sorted(folder.glob("*")):
        header, more = records(file)
        rows += more
        file.unlink()
    random.Random(5).shuffle(rows)
    third = len(rows) // 3
    write_records(folder / "z.csv", header, rows[:third])
    write_records(folder / "a.csv.gz", header, rows[third : 2 * third])
    write_records(folder / "10-new.csv", header, rows[2 * third :])


def tables_of(shop: Shop) -> dict[str, pl.DataFrame]:
    return {name: pl.read_parquet(f"{shop.published}/latest/{name}/*.parquet") for name in PUBLISHED}


# ------------------------------------------------------------------ what a night leaves


def test_a_night_exits_0_and_says_what_it_did(published: tuple[Shop, Outcome]) -> None:
    shop, night = published
    accounting = pl.read_parquet(shop.published / "latest/row_accounting/*.parquet")
    totals = accounting.select(pl.col("rows_in", "accepted", "duplicates", "quarantined").sum()).row(0, named=True)
    assert totals["rows_in"] == totals["accepted"] + totals["duplicates"] + totals["quarantined"]
    said = {line.partition(" ")[0]: line for line in night.said.splitlines() if line}
    for count in totals.values():
        assert f"{count:,}" in said["rows"]
    assert re.search(r"\d{3} hold", said["checks"])
    for kpi in ("Net sales", "Active customers", "Repurchase rate", "Customer satisfaction", "Net promoter score"):
        assert kpi in night.said
    assert latest_of(shop)["release"] in said["release"]
    assert str(shop.home / "reports" / f"{LAST_DAY}.html") in said["report"]


def test_nights_without_a_date_end_with_the_data(published: tuple[Shop, Outcome]) -> None:
    shop, night = published
    assert latest_of(shop)["as_of"] == str(LAST_DAY)
    assert "the newest order's date" in night.said


def test_latest_json_names_every_table_with_what_its_files_hold(published: tuple[Shop, Outcome]) -> None:
    shop, _ = published
    latest = latest_of(shop)
    assert set(latest) == {"release", "as_of", "manifest", "tables"}
    assert set(latest["tables"]) == set(PUBLISHED) >= set(PROMISED)
    manifest = json.loads((shop.published / latest["manifest"]).read_text())
    assert manifest["release"] == latest["release"]
    assert {each["source"] for each in manifest["inputs"]} == {"shop", "survey", "customer_file"}
    for name, table in latest["tables"].items():
        assert set(table) == {"version", "path", "rows", "sha256"}
        files = sorted((shop.published / table["path"]).glob("*.parquet"))
        assert sum(pq.read_metadata(file).num_rows for file in files) == table["rows"], name


@pytest.mark.parametrize("name", PROMISED)
def test_a_table_has_its_promised_columns_with_their_meaning_inside(published: tuple[Shop, Outcome], name: str) -> None:
    shop, _ = published
    (file,) = (shop.published / "latest" / name).glob("*.parquet")
    schema = pq.read_schema(file)
    key = list(TABLES[name].key)
    assert set(PROMISED[name].split()) | {"as_of"} <= set(schema.names)
    assert schema.names[: len(key)] == key
    assert KEYS.get(name, key) == key
    assert all(field.metadata[b"description"] for field in schema)
    days = pl.read_parquet(file)["as_of"].unique().to_list()
    assert days in ([LAST_DAY], [])


def test_the_catalog_shows_the_same_tables(published: tuple[Shop, Outcome]) -> None:
    shop, _ = published
    with duckdb.connect(str(shop.published / "catalog.duckdb"), read_only=True) as catalog:
        views = catalog.execute("select view_name from duckdb_views() where not internal").fetchall()
        counts = {name: catalog.execute(f"select count(*) from {name}").fetchall()[0][0] for (name,) in views}
    assert counts == {name: table["rows"] for name, table in latest_of(shop)["tables"].items()}


def test_the_page_of_the_night_is_the_latest_page(published: tuple[Shop, Outcome]) -> None:
    shop, _ = published
    page = (shop.home / "reports" / f"{LAST_DAY}.html").read_bytes()
    assert page == (shop.home / "reports" / "latest.html").read_bytes()
    assert latest_of(shop)["release"].encode() in page
    assert [file.name for file in (shop.home / "reports").iterdir() if file.name.startswith("_")] == []


def test_no_row_of_the_landed_files_is_unaccounted_for(published: tuple[Shop, Outcome]) -> None:
    shop, _ = published
    accounting = pl.read_parquet(shop.published / "latest/row_accounting/*.parquet")
    counted = {(row["source"], row["file"]): row["rows_in"] for row in accounting.iter_rows(named=True)}
    sources = {"orders": "shop", "surveys": "survey", "customers": "customer_file"}
    landed = {(sources[file.parent.name], file.name): len(records(file)[1]) for file, _ in landing_files(shop)}
    assert counted == landed


# ------------------------------------------------------------------ what a night is a function of


def test_the_same_night_again_writes_nothing(story: Story) -> None:
    assert story.again.code == 0
    assert "identical" in story.again.said
    assert id_of(story.again.said) == id_of(story.first.said)
    assert story.between == story.before


def test_other_files_in_another_order_another_home_and_another_language_give_the_same_tables(story: Story) -> None:
    assert story.elsewhere_night.code == 0, story.elsewhere_night.said
    here, there = latest_versions(story.shop), latest_versions(story.elsewhere)
    changed = {name for name in here if here[name] != there[name]}
    assert changed <= OF_THE_LANDING_ZONE
    assert id_of(story.elsewhere_night.said) == id_of(story.first.said)
    assert '<html lang="zh-Hans">' in (story.elsewhere.home / "reports" / "latest.html").read_text()
    with duckdb.connect(story.elsewhere.published / "catalog.duckdb", read_only=True) as catalog:
        assert catalog.sql("select file from row_accounting where source = 'shop' order by 1").fetchall() == [
            ("10-new.csv",),
            ("a.csv.gz",),
            ("z.csv",),
        ]


def latest_versions(shop: Shop) -> dict[str, str]:
    return {name: table["version"] for name, table in latest_of(shop)["tables"].items()}


def test_a_past_date_over_all_files_is_the_night_of_files_that_end_there(story: Story) -> None:
    assert (story.past.code, story.cut_night.code) == (0, 0), story.past.said + story.cut_night.said
    (manifest,) = (story.shop.published / "releases" / str(MIDDLE)).glob("*.json")
    past = {name: table["version"] for name, table in json.loads(manifest.read_text())["tables"].items()}
    cut = latest_versions(story.cut)
    assert {name for name in past if past[name] != cut[name]} <= OF_THE_LANDING_ZONE
    assert id_of(story.past.said) == id_of(story.cut_night.said) != id_of(story.first.said)


def test_nothing_in_a_past_night_is_later_than_its_date(story: Story) -> None:
    ahead = {"due_on"}  # the date a prediction can be judged
    for name, frame in tables_of(story.cut).items():
        assert frame.height or TABLES[name].may_be_empty, name
        for column, kind in frame.schema.items():
            if kind == pl.Date and column not in ahead and frame[column].max() is not None:
                assert frame[column].max() <= MIDDLE, f"{name}.{column}"


def test_an_older_date_is_published_and_readers_of_the_latest_do_not_notice(story: Story) -> None:
    unchanged = {"latest.json", "latest", "catalog.duckdb"}
    assert {name: story.after[name] for name in unchanged} == {name: story.between[name] for name in unchanged}
    assert (story.shop.home / "reports" / f"{MIDDLE}.html").is_file()
    assert id_of(story.first.said) in (story.shop.home / "reports" / "latest.html").read_text()
    assert f"readers keep {id_of(story.first.said)}, as of {LAST_DAY}" in story.past.said


def test_one_changed_number_in_one_file_makes_another_release(story: Story, analytics: Analytics) -> None:
    file = next(file for file, _ in landing_files(story.cut) if file.parent.name == "orders")
    header, rows = records(file)
    rows[0][header.index("quantity")] = str(int(rows[0][header.index("quantity")]) + 1)
    write_records(file, header, rows)
    night = analytics("run", *story.cut.arguments, "--as-of", MIDDLE)
    assert night.code == 0, night.said
    assert id_of(night.said) != id_of(story.cut_night.said)
    accounting = pl.read_parquet(story.cut.published / "latest/row_accounting/*.parquet")
    assert accounting.filter(pl.col("status") == "superseded")["file"].to_list() == [file.name]

    # What was known before the change gives the release of before, although the file is another one now.
    manifest = story.cut.published / "releases" / str(MIDDLE) / f"{id_of(story.cut_night.said)}.json"
    before = json.loads(manifest.read_text())["known_at"]
    replay = analytics("run", *story.cut.arguments, "--as-of", MIDDLE, "--known-at", before)
    assert replay.code == 0, replay.said
    assert id_of(replay.said) == id_of(story.cut_night.said)


def test_another_language_alone_renders_the_page_anew_for_the_same_release(story: Story, analytics: Analytics) -> None:
    shop = story.elsewhere
    before = latest_of(shop)
    shop.configuration.write_text(shop.configuration.read_text().replace("language: zh", "language: en"))
    night = analytics("run", *shop.arguments)
    assert night.code == 0, night.said
    assert latest_of(shop) == before
    assert '<html lang="en">' in (shop.home / "reports" / "latest.html").read_text()


def test_a_rollback_holds_until_something_new_is_published(story: Story, analytics: Analytics, tmp_path: Path) -> None:
    shop = story.shop.copy(tmp_path / "shop")
    first, older = id_of(story.first.said), id_of(story.past.said)
    assert f"readers keep {first}" in story.past.said

    back = analytics("releases", "rollback", older[:8], "--home", shop.home)
    assert back.code == 0
    assert older in back.said
    assert latest_of(shop)["release"] == older
    assert os.readlink(shop.published / "latest") == f".views/{older}"
    assert older in (shop.home / "reports" / "latest.html").read_text()
    assert "set aside by a rollback" in analytics("releases", "--home", shop.home).said

    night = analytics("run", *shop.arguments)  # now it has a night to compare with: another release
    assert night.code == 0, night.said
    newer = id_of(night.said)
    assert newer not in (first, older)
    assert latest_of(shop)["release"] == newer
    assert newer in (shop.home / "reports" / "latest.html").read_text()

    back = analytics("releases", "rollback", first, "--home", shop.home)
    assert back.code == 0
    assert "its page is not kept" in back.said  # the date's one page is the newer release's
    again = analytics("run", *shop.arguments)
    assert again.code == 0, again.said
    assert id_of(again.said) == newer
    assert f"readers keep {first}, as of {LAST_DAY}: a rollback" in again.said
    assert latest_of(shop)["release"] == first
    assert analytics("releases", "verify", "--home", shop.home).code == 0


# ------------------------------------------------------------------ nights that end badly


def test_a_check_that_does_not_hold_publishes_nothing(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    shop = published[0].copy(tmp_path / "shop")
    before = latest_of(shop)
    text = shop.configuration.read_text()
    shop.configuration.write_text(text.replace("quarantine_rate_from_rows: 1000", "quarantine_rate_from_rows: 10"))
    file = shop.folder / "orders" / "2024-13.csv"
    header, rows = records(shop.folder / "orders" / "2024-12.csv")
    bad = [[f"bad{number}", row[1], "no date", *row[3:]] for number, row in enumerate(rows * 9)]
    write_records(file, header, bad)

    night = analytics("run", *shop.arguments)

    assert night.code == 1
    assert "nothing was published" in night.said
    assert "quarantine" in night.said
    assert latest_of(shop) == before
    assert not list((shop.published / "releases" / str(LAST_DAY)).glob("*.2.json"))
    assert before["release"] in (shop.home / "reports" / "latest.html").read_text()
    assert analytics("releases", "verify", *shop.arguments).code == 0


def test_a_source_without_a_readable_file_publishes_nothing(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    shop = published[0].copy(tmp_path / "shop")
    before = latest_of(shop)
    shutil.rmtree(shop.home / "archive")
    (shop.home / "warehouse.duckdb").unlink()
    for file in (shop.folder / "surveys").iterdir():
        file.write_bytes(b"")

    night = analytics("run", *shop.arguments)

    assert night.code == 1
    assert "source survey: none of its" in night.said
    assert "2024-01.csv" in night.said
    assert latest_of(shop) == before


def test_a_warehouse_somebody_else_has_open_is_named_and_nothing_is_published(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    shop = published[0].copy(tmp_path / "shop")
    before = latest_of(shop)
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print(flush=True); sys.stdin.read()"
    path = shop.home / "warehouse.duckdb"
    reader = subprocess.Popen([sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert reader.stdout is not None
    try:
        reader.stdout.readline()
        night = analytics("run", *shop.arguments)
    finally:
        reader.communicate(timeout=30)
    assert night.code == 1
    assert f"{path} cannot be opened" in night.said
    assert str(reader.pid) in night.said
    assert latest_of(shop) == before
    assert analytics("run", *shop.arguments).code == 0


def test_what_landed_before_the_clock_was_set_back_counts_and_what_lands_after_is_late(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    shop = published[0].copy(tmp_path / "shop")
    november = (shop.folder / "orders" / "2024-11.csv").read_text()
    (shop.folder / "orders" / "2024-11-ahead.csv").write_text(november.replace("\nO", "\nA"))
    with pytest.MonkeyPatch.context() as ahead:
        for module in ("night_assets", "night_resource"):
            ahead.setattr(f"pipelines.{module}.utc_now", lambda: utc_now() + dt.timedelta(hours=1))
        night = analytics("run", *shop.arguments, "--as-of", LAST_DAY - dt.timedelta(days=1))
        assert night.code == 0, night.said
    (shop.folder / "orders" / "2024-11-late.csv").write_text(november.replace("\nO", "\nL"))
    night = analytics("run", *shop.arguments)
    assert night.code == 0, night.said

    tables = shop.published / "latest"
    files = pl.read_parquet(tables / "row_accounting" / "*.parquet").filter(pl.col("file").str.contains("ahead|late"))
    assert files.filter(pl.col("accepted") > 0).height == 2
    restated = pl.read_parquet(tables / "restatements" / "*.parquet").filter(pl.col("subject") == "sales")
    assert set(restated["cause"]) == {"late_row", "refund"}
