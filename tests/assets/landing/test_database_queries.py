"""What a database may be asked, and an SQLite file as a source."""

from __future__ import annotations

import contextlib
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assets.configuration.sources import Source
from assets.landing.landed_files import UnreachableError

from .test_database_sources import content, shop

# SQLite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop's.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "create table lines (order_id integer, line_id, ordered_at text, customer_id text, product text, "
            "quantity integer, price real)"
        )
        connection.executemany(
            "insert into lines values (?, ?, ?, ?, ?, ?, ?)",
            [
                (2, "a", "2024-06-10 09:00:00", "c1", "绿茶", 2, 0.1),
                (1, "a", "2024-06-01 10:00:00", None, "Pot", 1, 2.55),
                (1, 7, "2024-06-01 10:00:00", "c2", None, 1, 3),
                (3, "a", "no date", "c2", "Lid", 1, 3),
            ],
        )
        connection.commit()
    return path


def test_rows_of_an_sqlite_file_reach_the_clean_tables(zone: Any, file: Path) -> None:
    zone.night(shop(f"sqlite:///{file}"))
    assert zone.totals()["accepted"] == 3
    lines = zone.frame("select order_id, line_id, amount, product_name from order_lines order by 1, 2").rows()
    assert lines == [
        ("1", "7", Decimal("3"), None), ("1", "a", Decimal("2.55"), "Pot"), ("2", "a", Decimal("0.2"), "绿茶"),
    ]  # fmt: skip
    assert zone.frame("select reasons from quarantine").rows() == [(["unparsable_ordered_at"],)]


def test_an_sqlite_file_is_opened_for_reading_only_and_never_made(file: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    file.chmod(0o444)
    before = file.read_bytes()
    content(shop(f"sqlite:///{file}"), workspace)
    assert file.read_bytes() == before
    absent = tmp_path / "absent.db"
    with pytest.raises(UnreachableError, match="unable to open database file"):
        content(shop(f"sqlite:///{absent}"), workspace)
    assert list(workspace.iterdir()) == []
    assert not absent.exists()


def test_a_text_that_is_no_utf8_is_in_no_message_however_many_lines_it_has(file: Path, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "update lines set product = cast(x'416e6e204f27427269656e0a2b34342032302037393436ff' as text)"
        )
        connection.commit()
    with pytest.raises(UnreachableError, match="Could not decode to UTF-8 column") as caught:
        content(shop(f"sqlite:///{file}"), tmp_path)
    assert not [part for part in ("Ann", "Brien", "7946") if part in str(caught.value)]


def test_an_answer_without_rows_is_an_answer(zone: Any, file: Path) -> None:
    zone.night(shop(f"sqlite:///{file}"))
    zone.night(shop(f"sqlite:///{file}", "select * from lines where order_id > 99"))
    assert zone.frame("select * from order_lines").is_empty()


# What a configuration may ask


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"query": "select 1; select 2"}, "query", "2 statements"),
        ({"query": "delete from lines"}, "query", "DELETE"),
        ({"query": "with gone as (delete from lines returning *) select * from gone"}, "query", "DELETE"),
        ({"query": "select * into copy from lines"}, "query", "SELECT ... INTO"),
        ({"query": "select * from lines for update"}, "query", "FOR UPDATE"),
        ({"query": "create table copy as select 1"}, "query", "CREATE"),
        ({"query": "select a from (select"}, "query", "cannot be parsed"),
        ({"query": "-- nothing"}, "query", "nothing"),
        ({"query": None}, "query", "one SELECT"),
        ({"database": None}, "query", "no query"),
        ({"database": "my secret host"}, "database", "an SQLAlchemy URL"),
        ({"path": "/orders/*.csv"}, "path", "not both"),
        ({"database": None, "query": None}, "path", "or a `database` and a `query`"),
        ({"storage_options": {"key": "secret"}}, "storage_options", "a path that is a URL"),
        ({"format": "csv"}, "format", "no format"),
        ({"delimiter": ";"}, "delimiter", "these are parquet"),
        ({"delivery": "append"}, "delivery", "`updated_at` among the columns"),
    ],
)
def test_a_configuration_that_could_not_be_asked_safely_is_refused_at_its_key(
    change: dict[str, Any], place: str, said: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Source.model_validate({**shop("postgresql://reader@host/shop"), **change})
    (problem,) = [one for one in caught.value.errors() if one["loc"] == (place,)]
    assert said in f"{problem['input']} {problem['msg']}"
    assert "secret" not in str(problem["input"])


@pytest.mark.parametrize(
    "query",
    [
        "select * from lines;",
        "with recent as (select * from lines) select * from recent",
        "(select 1 as a) union all select 2",
        "-- what changed\nselect order_id::text, 'a;b %s :x' from lines where product like 'a%'",
    ],
)
def test_one_query_that_reads_is_asked(query: str) -> None:
    assert Source.model_validate(shop("postgresql://reader@host/shop", query)).query == query
