"""Landed files that are given up never landed, and what stays is read as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from assets.forgotten_files import (
    Forgotten,
    NoSuchFileError,
    forget,
    forgotten_at,
    name_of,
    named_files,
    superseded_files,
    sweep_bytes,
)
from assets.landing.landing_journal import Entry
from assets.landing.rebuild import RebuildError

from .conftest import HEADER, ORDERS
from .homes import Home, same

ANNA_AND_BOB = HEADER + "o1,2024-06-02,anna,p1,1,5.00\no2,2024-06-01,bob,p1,1,7.00\nbad,soon,anna,p1,1,7.00\n"
BOB = HEADER + "o2,2024-06-01,bob,p1,1,7.00\n"
CLEO = HEADER + "o3,2024-06-03,cleo,p1,1,9.00\n"
NOON = dt.datetime(2024, 7, 2, 12)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three nights: anna stands in the first version of a file, and in no file that counts now."""
    made = Home(tmp_path)
    for name, content in (("a.csv", ANNA_AND_BOB), ("c.csv", CLEO), ("a.csv", BOB)):
        made.write(name, content)
        made.land(made.configuration())
    return made


def given_up(home: Home, entries: Sequence[Entry]) -> Forgotten:
    home.close()
    done = forget(home.home, home.configuration(), entries, at=NOON)
    home.open()
    return done


def superseded(home: Home, **source: object) -> list[str]:
    """Name and content's place among the versions of each file that a newer one has replaced."""
    home.close()
    found = superseded_files(home.home, home.configuration(ORDERS | source))
    home.open()
    return [f"{name_of(entry)} {entry['file_no']}" for entry in found]


def kept(home: Home) -> str:
    """Everything the archive holds, and the journal."""
    bytes_of = [
        pa.input_stream(str(path), compression="zstd").read() for path in (home.home / "archive").rglob("*.zst")
    ]
    return b"\n".join([*bytes_of, home.journal.path.read_bytes()]).decode()


def test_superseded_are_the_versions_that_a_newer_one_of_the_file_has_replaced(home: Home) -> None:
    assert superseded(home) == ["shop/a.csv 1"]


def test_a_full_snapshot_replaces_every_file_before_it_and_an_appended_file_none(home: Home) -> None:
    assert superseded(home, delivery="full_snapshot") == ["shop/a.csv 1", "shop/a.csv 3"]
    assert superseded(home, delivery="append") == []


def test_a_version_that_came_back_is_not_superseded_and_the_one_between_is(home: Home) -> None:
    home.write("a.csv", ANNA_AND_BOB)
    home.land(home.configuration())
    assert superseded(home) == ["shop/a.csv 3"]


def test_a_version_that_cannot_be_read_replaces_none(home: Home) -> None:
    home.write("c.csv", b"\x00\x01")
    home.land(home.configuration())
    assert superseded(home) == ["shop/a.csv 1"]


def test_the_night_is_the_same_without_what_was_superseded_and_nothing_of_it_is_left(home: Home) -> None:
    before = home.computed(home.clock)
    assert "anna" in kept(home)
    home.close()
    done = given_up(home, superseded_files(home.home, home.configuration()))
    assert (done.rebuilt.files, done.rebuilt.compared) == (2, 2)
    assert done.bytes > 0
    after = home.computed(home.clock)
    told = ("file_register", "row_accounting", "quarantine")  # they list every version
    assert [name for name in before if name not in told and not before[name].equals(after[name])] == []
    assert set(after["file_register"]["status"]) == {"loaded"}
    assert "anna" not in kept(home)
    home.close()
    assert b"anna" not in home.file.read_bytes()


def test_landing_the_same_files_again_brings_nothing_back(home: Home) -> None:
    home.close()
    given_up(home, superseded_files(home.home, home.configuration()))
    home.land(home.configuration())
    assert [entry["file_no"] for entry in home.journal.entries()] == [2, 3]
    assert home.frame("select count(*) from landed_files").item() == 2


def test_a_file_given_up_by_name_lands_again_as_it_lies_there_now(home: Home) -> None:
    appended = ORDERS | {"delivery": "append"}
    given_up(home, named_files(home.home, ["shop/a.csv"]))
    home.land(home.configuration(appended))
    home.computed(home.clock)
    assert home.frame("select order_id, cast(loaded_at as varchar) from order_lines order by 1").rows() == [
        ("o2", "2024-07-01 06:00:00"), ("o3", "2024-07-01 04:00:00"),
    ]  # fmt: skip


def test_a_star_names_several_files_and_a_name_that_is_none_is_refused_with_one_that_is(home: Home) -> None:
    assert [entry["file_no"] for entry in named_files(home.home, ["shop/*.csv", "shop/c.csv"])] == [1, 2, 3]
    with pytest.raises(NoSuchFileError, match=r"'shop/b\.csv'; expected: source/file, for example shop/[ac]\.csv"):
        named_files(home.home, ["shop/b.csv"])


def test_every_sign_of_a_name_but_the_star_is_itself_and_a_name_that_holds_one_is_that_name(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name in ("a[1].csv", "a1.csv", "a?.csv", "a*.csv", "sub folder/ä (2).csv"):
        home.write(name, HEADER + f"{name},2024-06-02,anna,p1,1,5.00\n")
    home.land(home.configuration(ORDERS | {"path": str(home.raw / "**/*.csv")}))

    def named(pattern: str) -> list[str]:
        return [entry["file"] for entry in named_files(home.home, [pattern])]

    for name in ("a[1].csv", "a1.csv", "a?.csv", "a*.csv", "sub folder/ä (2).csv"):
        assert named(f"shop/{name}") == [name]
    assert named("*/ä (2)*") == ["sub folder/ä (2).csv"]
    assert len(named("shop/*")) == 5


def test_bytes_that_another_file_has_too_stay(home: Home) -> None:
    home.write("copy.csv", CLEO)
    home.land(home.configuration())
    given_up(home, named_files(home.home, ["shop/c.csv"]))
    home.computed(home.clock)
    assert home.frame("select file, status from file_register order by 1, loaded_at").rows() == [
        ("a.csv", "superseded"), ("a.csv", "loaded"), ("copy.csv", "loaded"),
    ]  # fmt: skip


def test_a_file_that_settles_how_the_dates_of_others_are_written_is_not_given_up(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name, day in (("a.csv", "03/04/2024"), ("b.csv", "25/04/2024")):
        home.write(name, HEADER + f"{name},{day},anna,p1,1,5.00\n")
        home.land_quietly()
    before = kept(home)
    with pytest.raises(RebuildError, match=r"1 of the 1 contents that stay .* shop/a\.csv.*date_format"):
        given_up(home, named_files(home.home, ["shop/b.csv"]))
    assert kept(home) == before
    home.open()
    assert home.frame("select count(*) from landed_files").item() == 2


def test_a_process_killed_before_the_journal_knows_gives_nothing_up(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = home.computed(home.clock)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("assets.landing.landing_journal.Journal.leave_out", killed)
    with pytest.raises(KeyboardInterrupt):
        given_up(home, named_files(home.home, ["shop/a.csv"]))
    home.open()
    home.land(home.configuration())
    assert same(before, home.computed(home.clock))


def test_bytes_left_by_a_process_that_was_killed_after_the_journal_knew_are_swept(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("assets.landing.landed_files.Archive.keep_only", killed)
        with pytest.raises(KeyboardInterrupt):
            given_up(home, named_files(home.home, ["shop/a.csv"]))
    assert "anna" in kept(home)
    assert sweep_bytes(home.home) > 0
    assert "anna" not in kept(home)
    assert "cleo" in kept(home)
    assert sweep_bytes(home.home) == 0


def test_when_files_were_given_up_last_is_remembered(home: Home) -> None:
    assert forgotten_at(home.home) is None
    given_up(home, named_files(home.home, ["shop/a.csv"]))
    assert forgotten_at(home.home) == NOON
