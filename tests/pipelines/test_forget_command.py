"""Files given up from the command line; and a person who asks to be erased is found nowhere in the home."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from .night_shop import Analytics, Outcome, Shop, run_command, state_of


def person_of(shop: Shop) -> str:
    """Of whom the first night has put on the action list, the account that most rows of the shop's files name."""
    listed = {row["customer_id"] for row in rows_of(shop, "action_list") if row["listed_on"]}
    named = [row["customer_id"] for file in shop.folder.glob("orders/*.csv") for row in read(file)]
    return max(listed, key=lambda account: (named.count(account), account))


def person_set_aside(shop: Shop) -> str:
    """An account of whom the first night has set a row aside."""
    return next(
        account for row in rows_of(shop, "quarantine") if (account := json.loads(row["raw"]).get("customer_id"))
    )


def rows_of(shop: Shop, table: str) -> list[dict[str, str]]:
    outcome = run_command("table", table, "--format", "csv", *shop.arguments)
    return list(csv.DictReader(outcome.said.splitlines()))


def read(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text().splitlines()))


def take_out(shop: Shop, account: str) -> list[str]:
    """Take the account's rows out of every file of the shop; answers the files' names as commands take them."""
    changed: list[str] = []
    for folder, source in (("orders", "shop"), ("surveys", "survey"), ("customers", "customer_file")):
        for file in sorted(shop.folder.glob(f"{folder}/*.csv")):
            lines = file.read_text().splitlines(keepends=True)
            kept = [line for line in lines if account not in line]
            if len(kept) < len(lines):
                file.write_text("".join(kept))
                changed.append(f"{source}/{file.name}")
    return changed


def places_of(text: str, folder: Path) -> list[str]:
    """Every file below the folder that holds the text, as it is or compressed."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and (text in path.name or holds(path, text))
    ]


def holds(path: Path, text: str) -> bool:
    if text.encode() in path.read_bytes():
        return True
    if path.suffix == ".zst":
        return text.encode() in pa.input_stream(str(path), compression="zstd").read()
    if path.suffix == ".parquet":
        return tells(f"from read_parquet('{path}')", text)
    if path.name == "warehouse.duckdb":
        with duckdb.connect(str(path), read_only=True) as warehouse:
            names = [name for (name,) in warehouse.execute("select table_name from duckdb_tables()").fetchall()]
            return any(tells(f'from "{name}"', text, warehouse) for name in names)
    return False


def tells(rows: str, text: str, connection: duckdb.DuckDBPyConnection | None = None) -> bool:
    sql = f"select count(*) from (select told {rows} as told) where contains(cast(told as varchar), $text)"
    return bool((connection or duckdb.connect()).execute(sql, {"text": text}).fetchall()[0][0])


def test_what_to_give_up_has_to_be_said_one_way(published: tuple[Shop, Outcome], analytics: Analytics) -> None:
    shop, _ = published
    for words in ((), ("shop/2024-01.csv", "--superseded")):
        outcome = analytics("forget", *words, *shop.arguments)
        assert outcome.code == 2
        assert "--superseded: one of the two" in outcome.said
    outcome = analytics("forget", "shop/2034-01.csv", *shop.arguments)
    assert outcome.code == 2
    assert "no landed file is called 'shop/2034-01.csv'; expected: source/file, for example shop/2024-01.csv" in (
        outcome.said
    )


def test_a_dry_run_says_what_would_go_and_a_no_leaves_everything_as_it_is(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    shop = published[0].copy(tmp_path / "shop")
    before = state_of(shop.home / "archive")
    for words, code in ((("--dry-run",), 0), ((), 1)):
        outcome = analytics("forget", "shop/2024-0*", *words, *shop.arguments)
        assert outcome.code == code
        assert "shop/2024-01.csv  loaded " in outcome.said
        assert "9 versions of landed files" in outcome.said
        assert state_of(shop.home / "archive") == before
    outcome = analytics("forget", "--superseded", *shop.arguments)
    assert outcome.code == 0
    assert "0 versions of landed files" in outcome.said


@pytest.mark.slow
def test_to_look_what_would_go_does_not_set_aside_what_the_archive_lost(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    """Read for that under a changed mapping, a lost file was known as unreadable, and the night left out its rows."""
    shop = published[0].copy(tmp_path / "shop")
    text = shop.configuration.read_text()
    shop.configuration.write_text(text.replace("      category: category\n", "      category: upper(category)\n", 1))
    with duckdb.connect(str(shop.home / "warehouse.duckdb"), read_only=True) as warehouse:
        [(content,)] = warehouse.execute(
            "select content from landed_files where source = 'shop' and file = '2024-05.csv'"
        ).fetchall()
    (shop.home / "archive" / content[:2] / f"{content}.zst").unlink()
    (shop.folder / "orders" / "2024-05.csv").unlink()

    asked = analytics("forget", "shop/2024-06.csv", "--dry-run", *shop.arguments)
    assert asked.code == 0, asked.said
    night = analytics("run", *shop.arguments)
    assert night.code == 1
    assert "2024-05.csv: " in night.said
    assert f"{content}.zst is missing" in night.said

    gone = analytics("forget", "shop/2024-05.csv", "--yes", *shop.arguments)
    assert gone.code == 0, gone.said
    assert analytics("run", *shop.arguments).code == 0


def test_whoever_is_erased_as_the_page_says_is_nowhere_in_the_home(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    shop = published[0].copy(tmp_path / "shop")
    persons = (person_of(shop), person_set_aside(shop))
    for person in persons:
        assert {place.split("/")[0] for place in places_of(person, shop.home)} >= {"archive", "published"}
    assert any("/quarantine/" in place for place in places_of(persons[1], shop.published))
    changed = {name for person in persons for name in take_out(shop, person)}

    first = dt.date(2025, 1, 1)
    for night in range(3):
        outcome = analytics("run", "--as-of", first + dt.timedelta(days=night), *shop.arguments)
        assert outcome.code == 0, outcome.said
        if night == 0:
            outcome = analytics("forget", "--superseded", "--yes", *shop.arguments)
            assert outcome.code == 0, outcome.said
            assert "versions of landed files" in outcome.said
            assert all(name in outcome.said for name in changed)
    assert analytics("releases", "prune", "--keep-last", 1, "--keep-days", 0, *shop.arguments).code == 0
    for folder in ("history", "storage"):
        shutil.rmtree(shop.home / "dagster" / folder, ignore_errors=True)
    assert [places_of(person, shop.home) for person in persons] == [[], []]

    replayed = analytics("run", "--as-of", first, "--known-at", "2024-06-01T12:00", *shop.arguments)
    assert "landed files were given up on" in replayed.said
    outcome = analytics("run", "--as-of", first + dt.timedelta(days=3), *shop.arguments)
    assert outcome.code == 0, outcome.said
    assert "given up" not in outcome.said
    assert [places_of(person, shop.home) for person in persons] == [[], []]
