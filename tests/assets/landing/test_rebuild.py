"""A lost warehouse comes back from archive and journal: the same rows, loaded when they were, or nothing at all."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest

from assets.landing import landing_zone
from assets.landing.landed_files import Archive
from assets.landing.landing_error import LandingError
from assets.landing.landing_journal import JournalError
from assets.landing.rebuild import RebuildError, rebuild, why_rebuild
from assets.warehouse import Warehouse

from .conftest import HEADER, ORDERS
from .homes import Home, same

A = HEADER + "o1,2024-06-01,anna,p1,1,5.00\no2,2024-06-02,bob,p1,1,7.00\nbad,soon,bob,p1,1,7.00\n"
B = HEADER + "o1,2024-06-01,anna,p1,1,6.00\n"
C = HEADER + "o3,2024-06-03,cleo,p1,1,9.00\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three nights: two files, one of them corrected, the other one gone from the landing zone by now."""
    made = Home(tmp_path)
    for name, content in (("a.csv", A), ("c.csv", C), ("a.csv", B)):
        made.write(name, content)
        made.land(made.configuration())
    (made.raw / "c.csv").unlink()
    return made


def test_the_journal_says_of_every_landed_version_what_its_bytes_do_not(home: Home) -> None:
    entries = home.journal.entries()
    assert [(entry["file_no"], entry["source"], entry["file"]) for entry in entries] == [
        (1, "shop", "a.csv"), (2, "shop", "c.csv"), (3, "shop", "a.csv"),
    ]  # fmt: skip
    assert [entry["loaded_at"][:16] for entry in entries] == [f"2024-07-01T{hour:02}:00" for hour in (3, 4, 5)]
    assert all(
        home.frame("select content from landed_files order by file_no")["content"] == [e["content"] for e in entries]
    )


def test_landing_nothing_new_writes_nothing(home: Home) -> None:
    before = home.journal.path.read_bytes()
    home.land(home.configuration())
    assert home.journal.path.read_bytes() == before


@pytest.mark.parametrize("nights", [1, 2, 3])
def test_after_a_loss_every_past_night_is_as_it_was_known(home: Home, nights: int) -> None:
    moment = home.clock - dt.timedelta(hours=3 - nights)
    before = home.computed(moment)
    home.lose()
    assert why_rebuild(home.home) == "it is not there"
    home.rebuild()
    assert why_rebuild(home.home) is None
    assert same(before, home.computed(moment))
    home.close()


def test_after_a_loss_a_past_night_still_does_not_know_what_later_files_said_of_its_dates(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name, day in (("a.csv", "03/04/2024"), ("b.csv", "25/04/2024")):
        home.write(name, HEADER + f"{name},{day},anna,p1,1,5.00\n")
        home.land_quietly()
    home.lose()
    home.rebuild()
    home.computed(home.clock - dt.timedelta(hours=1))
    assert home.frame("select file, status from file_register").rows() == [("a.csv", "unreadable")]
    home.computed(home.clock)
    assert home.frame("select cast(ordered_on as varchar) from order_lines order by 1").rows() == [
        ("2024-04-03",), ("2024-04-25",),
    ]  # fmt: skip


def test_a_file_that_left_the_landing_zone_still_counts(home: Home) -> None:
    home.lose()
    home.rebuild()
    home.computed(home.clock)
    assert home.frame("select order_id from orders order by 1").to_series().to_list() == ["o1", "o3"]


def test_landing_alone_mends_a_warehouse_that_was_deleted(home: Home) -> None:
    before = home.computed(home.clock)
    home.lose()
    home.open()
    home.land(home.configuration())
    assert same(before, home.computed(home.clock))


def test_a_rebuild_over_a_good_warehouse_finds_the_same_rows_in_it(home: Home) -> None:
    before = home.computed(home.clock)
    home.close()
    done = rebuild(home.home, home.configuration())
    assert (done.files, done.contents, done.unreadable, done.rows, done.compared) == (3, 3, 0, 5, 3)
    assert done.restored == ()
    assert done.set_aside is None
    assert sorted(path.name for path in home.home.iterdir()) == ["archive", "warehouse.duckdb"]
    home.open()
    assert same(before, home.computed(home.clock))


def test_a_rebuild_reads_under_the_present_mapping(home: Home) -> None:
    home.lose()
    priced = ORDERS | {"columns": {**ORDERS["columns"], "unit_price": "CAST(price AS DECIMAL(9,2)) * 2"}}  # type: ignore[dict-item]
    rebuild(home.home, home.configuration(priced))
    home.open()
    assert home.frame("select max(amount) from landed_transactions").item() == 18


def test_a_source_that_is_configured_no_more_is_not_compared_under_the_mapping_of_another(home: Home) -> None:
    home.land(home.configuration(ORDERS, ORDERS | {"name": "till"}))
    home.close()
    rebuilt = rebuild(home.home, home.configuration())
    home.open()
    assert rebuilt.compared == home.frame("select count(*) from landed_contents where source = 'shop'").item()
    assert home.frame("select count(*) from landed_files where source = 'till'").item() > 0


def test_what_a_killed_rebuild_left_goes_whether_it_had_spilled_rows_or_not(home: Home) -> None:
    home.close()
    for folder in ("_1-ab.duckdb.tmp", "warehouse.duckdb.tmp"):
        (home.home / folder).mkdir()
        (home.home / folder / "duckdb_temp_1_0_storage_DEFAULT-0.tmp").write_bytes(b"anna")
    for name in ("_1-ab.duckdb", "_1-ab.duckdb.wal"):
        (home.home / name).write_bytes(b"anna")
    rebuild(home.home, home.configuration())
    assert sorted(path.name for path in home.home.iterdir()) == ["archive", "warehouse.duckdb"]


@pytest.mark.parametrize("spoil", ["missing", "another", "no archive"])
def test_bytes_that_are_lost_or_damaged_are_named_and_nothing_is_swapped(home: Home, spoil: str) -> None:
    home.close()
    [entry] = [entry for entry in home.journal.entries() if entry["file"] == "c.csv"]
    kept = home.home / "archive" / entry["content"][:2] / f"{entry['content']}.zst"
    if spoil == "missing":
        kept.unlink()
    elif spoil == "another":
        others = [path for path in (home.home / "archive").glob("*/*.zst") if path != kept]
        kept.write_bytes(others[0].read_bytes())
    else:
        kept.write_bytes(b"no archive")
    before = home.file.read_bytes()
    with pytest.raises(RebuildError, match=r"1 of 3 archived contents .*\n  shop/c.csv: .*is (missing|damaged)"):
        rebuild(home.home, home.configuration())
    assert home.file.read_bytes() == before
    assert not list(home.home.glob("_*"))


def test_lost_bytes_that_still_lie_in_the_landing_zone_are_taken_from_there(home: Home) -> None:
    before = home.computed(home.clock)
    home.write("c.csv", C)
    home.lose()
    [entry] = [entry for entry in home.journal.entries() if entry["file"] == "c.csv"]
    kept = home.home / "archive" / entry["content"][:2] / f"{entry['content']}.zst"
    kept.write_bytes(b"no archive")
    assert rebuild(home.home, home.configuration()).restored == ("shop/c.csv",)
    home.open()
    assert same(before, home.computed(home.clock))


@pytest.mark.parametrize(
    "change",
    [
        "delete from landed_transactions where order_id = 'o3'",
        "update landed_transactions set amount = amount + 1 where order_id = 'o3'",
    ],
)
def test_other_rows_under_the_same_mapping_are_refused(home: Home, change: str) -> None:
    home.warehouse.rows(change)
    home.close()
    before = home.file.read_bytes()
    with pytest.raises(RebuildError, match="1 of 3 contents hold other rows than in the old warehouse"):
        rebuild(home.home, home.configuration())
    assert home.file.read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"no warehouse" * 1000, b"half"])
def test_a_damaged_warehouse_is_set_aside(home: Home, damage: bytes) -> None:
    before = home.computed(home.clock)
    home.close()
    broken = home.file.read_bytes()[:9000] if damage == b"half" else damage
    home.file.write_bytes(broken)
    assert why_rebuild(home.home) == "it is damaged, or of another version of DuckDB"
    done = rebuild(home.home, home.configuration())
    assert done.set_aside is not None
    assert done.set_aside.read_bytes() == broken
    home.open()
    assert same(before, home.computed(home.clock))


def test_a_warehouse_another_program_has_open_is_left_alone(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.close()

    def held(*_: object, **__: object) -> Warehouse:
        raise duckdb.IOException('IO Error: Could not set lock on file "warehouse.duckdb"')

    monkeypatch.setattr(Warehouse, "open", held)
    with pytest.raises(duckdb.IOException):
        why_rebuild(home.home)
    with pytest.raises(duckdb.IOException):
        rebuild(home.home, home.configuration())
    assert home.file.exists()


def test_tables_of_another_version_are_refused_until_they_are_made_anew(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = home.computed(home.clock)
    home.close()
    monkeypatch.setattr(landing_zone, "SCHEMA_VERSION", "of tomorrow")
    assert why_rebuild(home.home) == "its landing tables are of another version of this program"
    home.open()
    with pytest.raises(landing_zone.LandingError, match="analytics rebuild"):
        home.land(home.configuration())
    home.close()
    assert rebuild(home.home, home.configuration()).compared is None
    home.open()
    assert same(before, home.computed(home.clock))


def test_a_home_from_before_the_journal_gets_one_from_its_warehouse(home: Home) -> None:
    before = home.journal.entries()
    home.journal.path.unlink()
    home.land(home.configuration())
    assert home.journal.entries() == before


def test_a_damaged_warehouse_without_a_journal_is_left_as_it_is(home: Home) -> None:
    home.close()
    home.journal.path.unlink()
    home.file.write_bytes(b"no warehouse")
    with pytest.raises(RebuildError, match=r"there is no .*journal\.jsonl"):
        rebuild(home.home, home.configuration())
    assert home.file.read_bytes() == b"no warehouse"


def test_a_run_killed_between_journal_and_warehouse_loses_no_file_and_records_none_twice(home: Home) -> None:
    before = home.computed(home.clock)
    home.warehouse.rows("delete from landed_files where file_no = 3")  # the journal had it, the warehouse not yet
    home.land(home.configuration())
    assert same(before, home.computed(home.clock))
    assert [entry["file_no"] for entry in home.journal.entries()] == [1, 2, 3]


def test_a_line_torn_by_a_kill_is_written_again(home: Home) -> None:
    *whole, last = home.journal.path.read_bytes().splitlines(keepends=True)
    home.journal.path.write_bytes(b"".join(whole) + last[: len(last) // 2])
    assert [entry["file_no"] for entry in home.journal.entries()] == [1, 2]
    home.warehouse.rows("delete from landed_files where file_no = 3")
    home.land(home.configuration())
    assert [entry["file_no"] for entry in home.journal.entries()] == [1, 2, 3]
    assert home.frame("select count(*) from landed_files").item() == 3


@pytest.mark.parametrize("line", [b"no json\n", b"[1]\n", b'{"file_no": 9}\n', b""])
def test_a_damaged_journal_is_named_with_its_line(home: Home, line: bytes) -> None:
    first, *rest = home.journal.path.read_bytes().splitlines(keepends=True)
    home.journal.path.write_bytes(first + (line or first) + b"".join(rest))  # damaged, or one line twice
    with pytest.raises(JournalError, match="line 2"):
        home.journal.entries()
    home.close()
    with pytest.raises(RebuildError, match="line 2"):
        rebuild(home.home, home.configuration())


def test_a_journal_of_another_home_is_refused(home: Home) -> None:
    lines = [json.loads(line) for line in home.journal.path.read_text().splitlines()]
    lines[1]["file"] = "other.csv"
    home.journal.path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {**lines[0], "file_no": 4}]))
    with pytest.raises(JournalError, match=r"file_no 2 is shop/other.csv in the one, shop/c.csv in the other"):
        home.land(home.configuration())


OTHERWISE = ORDERS | {"columns": {**ORDERS["columns"], "region": "'north'"}}  # type: ignore[dict-item]


@pytest.mark.parametrize("damage", ["missing", "damaged", "another's"])
def test_bytes_that_a_changed_mapping_wants_read_again_are_taken_from_the_landing_zone_or_missed(
    home: Home, damage: str
) -> None:
    """A file that was read once was set aside for good, and the night was published without its rows."""
    home.write("d.csv", C.replace("o3", "o4"))
    home.land(home.configuration())
    contents = dict(home.frame("select file, arg_max(content, file_no) from landed_files group by 1").rows())
    kept = {file: Archive(home.home / "archive").path_of(content) for file, content in contents.items()}
    before = {file: path.read_bytes() for file, path in kept.items()}

    def damaged(file: str) -> None:
        kept[file].unlink()
        if damage != "missing":
            kept[file].write_bytes(b"none of it" if damage == "damaged" else before["a.csv"])

    damaged("d.csv")
    assert home.land(home.configuration(OTHERWISE))[0].unreadable == ()
    assert kept["d.csv"].read_bytes() == before["d.csv"]

    damaged("c.csv")  # lies in the landing zone no more
    with pytest.raises(LandingError, match=r"1 of its 4 landed contents .* c\.csv: .* is (missing|damaged)"):
        home.land(home.configuration())
    assert home.frame("select count(*) from landed_transactions").item() == 6  # as they were read before

    kept["c.csv"].write_bytes(before["c.csv"])
    assert home.land(home.configuration())[0].unreadable == ()
