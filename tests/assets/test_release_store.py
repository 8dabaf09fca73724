"""Readers see one whole release, always: across publications, rollbacks, crashes, damage and moves of the home."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from assets import release_views
from assets.contracts import Column, Contract
from assets.release_history import HistoryFile
from assets.release_manifest import DamagedStoreError, Release, release_id
from assets.release_store import Publication, ReleaseStore, UnknownReleaseError, UnknownTableError
from assets.table_files import TableVersion, write_version
from assets.warehouse import Warehouse

DAY = dt.date(2011, 12, 9)
NOON = dt.datetime(2011, 12, 10, 12, 0, tzinfo=dt.UTC)


def contract(name: str, *, in_release_id: bool = True) -> Contract:
    return Contract(
        name=name,
        description=f"{name} of a small shop.",
        grain="customer",
        key=("customer_id",),
        group="test",
        columns=(
            Column("customer_id", "VARCHAR", "Customer, the shop's own name for it."),
            Column("as_of", "DATE", "Business date."),
            Column("recency_days", "INTEGER", "Days since the latest order.", unit="day"),
        ),
        in_release_id=in_release_id,
    )


SUMMARY, TIERS, ACCOUNTS = contract("summary"), contract("tiers"), contract("accounts", in_release_id=False)


@functools.cache
def shop_warehouse() -> Warehouse:
    return Warehouse.open(None, threads=1)


def night_versions(
    published: Path, as_of: dt.date = DAY, recency_days: int = 3, accounts: int = 1
) -> list[TableVersion]:
    """Three tables of one night: the two facts hold the same recency, the accounts their own number."""
    warehouse = shop_warehouse()
    versions = []
    for table, days in [(SUMMARY, recency_days), (TIERS, recency_days), (ACCOUNTS, accounts)]:
        content = {"customer_id": ["lapsed", "loyal"], "as_of": [as_of] * 2, "recency_days": [days] * 2}
        warehouse.replace(table, pl.DataFrame(content))
        versions.append(write_version(published, table, warehouse, as_of))
    return versions


def publish(
    store: ReleaseStore, as_of: dt.date = DAY, recency_days: int = 3, *, key: str | None = None, accounts: int = 1
) -> Publication:
    return store.publish(
        as_of,
        night_versions(store.published, as_of, recency_days, accounts),
        input_key=key or f"key of {as_of} {recency_days} {accounts}",
        inputs=[{"source": "shop", "file": "2011-12-09.csv", "sha256": "0" * 64}],
        configuration_hash="c" * 64,
        code_version="0.1.0",
        known_at=dt.datetime(2011, 12, 10, 1, 0),
        checks={"passed": 12, "warned": 0},
        published_at=NOON,
    )


def days_before(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def pointer(store: ReleaseStore) -> dict:
    return json.loads((store.published / "latest.json").read_bytes())


def bytes_below(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_ino, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if not path.is_dir()
    }


def recency_by_every_way(published: Path) -> set[int]:
    """The one recency that all tables hold, read through the pointer, the latest folder and the catalog."""
    named = json.loads((published / "latest.json").read_bytes())["tables"]
    seen: set[int] = set()
    for table in ("summary", "tiers"):
        for folder in (published / named[table]["path"], published / "latest" / table):
            (path,) = folder.glob("*.parquet")
            seen |= set(pq.read_table(path)["recency_days"].to_pylist())
    with duckdb.connect(str(published / "catalog.duckdb"), read_only=True) as catalog:
        both = "select recency_days from summary union all select recency_days from tiers"
        seen |= {row[0] for row in catalog.execute(both).fetchall()}
    return seen


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "published")


# ---------------------------------------------------------------- publishing


def test_a_published_release_is_what_the_pointer_names(store):
    publication = publish(store)
    release = publication.release
    said = pointer(store)
    assert set(said) == {"release", "as_of", "manifest", "tables"}
    assert (said["release"], said["as_of"]) == (release.id, "2011-12-09")
    assert said["manifest"] == f"releases/2011-12-09/{release.id}.json"
    assert set(said["tables"]) == {"summary", "tiers", "accounts"}
    for table in said["tables"].values():
        assert set(table) == {"version", "path", "rows", "sha256"}
        (path,) = (store.published / table["path"]).glob("*.parquet")
        assert hashlib.sha256(path.read_bytes()).hexdigest() == table["sha256"] == table["version"]
        assert table["rows"] == 2
    assert publication == Publication(release, identical=False, is_latest=True, is_withdrawn=False)
    assert store.latest() == store.show(release.id) == release
    assert store.verify() == []


def test_the_manifest_holds_what_the_release_was_made_from(store):
    release = publish(store).release
    manifest = json.loads((store.published / release.manifest).read_bytes())
    assert manifest["known_at"] == "2011-12-10T01:00:00+00:00"
    assert manifest["published_at"] == "2011-12-10T12:00:00+00:00"
    assert manifest["inputs"] == [{"source": "shop", "file": "2011-12-09.csv", "sha256": "0" * 64}]
    assert manifest["checks"] == {"passed": 12, "warned": 0}
    assert manifest["previous"] is None
    summary = manifest["tables"]["summary"]
    assert summary["schema"][2]["unit"] == "day"
    assert summary["files"][0].keys() == {"name", "sha256", "bytes"}
    following = publish(store, DAY + dt.timedelta(days=1)).release
    assert following.previous is not None
    assert following.previous.release == release.id
    assert following.previous.sha256 == hashlib.sha256((store.published / release.manifest).read_bytes()).hexdigest()


def test_the_same_tables_have_the_same_id_in_another_home_at_another_time(tmp_path):
    ids = {publish(ReleaseStore(tmp_path / name)).release.id for name in ("one", "two")}
    assert len(ids) == 1


def test_the_id_is_the_documented_hash_and_leaves_the_accounts_out(store):
    release = publish(store).release
    lines = ["2011-12-09", *(f"{name} {release.tables[name].version}" for name in ("summary", "tiers"))]
    assert release.id == hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    assert release_id(DAY, reversed(list(release.tables.values()))) == release.id
    assert release_id(days_before(1), release.tables.values()) != release.id


def test_publishing_the_same_night_again_rewrites_nothing(store):
    first = publish(store)
    before = bytes_below(store.published)
    again = publish(store)
    assert again == Publication(first.release, identical=True, is_latest=True, is_withdrawn=False)
    assert bytes_below(store.published) == before


def test_other_accounts_of_the_landing_zone_are_a_revision_of_the_same_release(store):
    first = publish(store).release
    second = publish(store, accounts=2)
    assert second.identical
    assert (second.release.id, second.release.revision) == (first.id, 2)
    assert store.read_table(store.show("latest"), "accounts").collect()["recency_days"].to_list() == [2, 2]
    assert (store.published / first.manifest).is_file()
    assert len(store.list()) == 1
    assert store.verify() == []
    recognised = store.find_by_input_key(f"key of {DAY} 3 2", DAY)
    assert recognised == second.release


def test_a_release_of_no_table_or_two_versions_of_one_is_refused(store):
    versions = night_versions(store.published)
    other = night_versions(store.published, recency_days=4)
    facts = {
        "input_key": "k", "inputs": [], "configuration_hash": "c", "code_version": "1", "known_at": NOON, "checks": {},
        "published_at": NOON,
    }  # fmt: skip
    with pytest.raises(ValueError, match="at least one table"):
        store.publish(DAY, [], **facts)
    with pytest.raises(ValueError, match="accounts: two versions"):
        store.publish(DAY, [*versions, *other], **facts)
    shutil.rmtree(store.published / versions[0].path)
    with pytest.raises(DamagedStoreError, match=r"1 published files are missing.*Run the night again"):
        store.publish(DAY, versions, **facts)
    assert not (store.published / "latest.json").exists()


# ---------------------------------------------------------------- which one is the latest


def test_an_older_date_is_published_and_does_not_become_the_latest(store):
    newest = publish(store).release
    older = publish(store, days_before(7), 1)
    assert not older.is_latest
    assert not older.identical
    assert pointer(store)["release"] == newest.id
    assert [line.id for line in store.list()] == [newest.id, older.release.id]
    assert recency_by_every_way(store.published) == {3}
    assert store.verify() == []


def test_of_two_publications_of_one_date_the_newer_is_the_latest(store):
    first, second = publish(store, recency_days=1).release, publish(store, recency_days=2).release
    assert pointer(store)["release"] == second.id
    again = publish(store, recency_days=1)  # a setting was changed back: the same bytes, published a second time
    assert (again.release, again.identical, again.is_latest) == (first, False, True)
    assert pointer(store)["release"] == first.id
    assert [line.id for line in store.list()] == [first.id, second.id]
    assert store.verify() == []


def test_a_rollback_holds_until_something_new_is_published(store):
    good, bad = publish(store, days_before(1), 1).release, publish(store, DAY, 2).release
    assert store.rollback(good.id[:6], at=NOON) == good
    assert pointer(store)["release"] == good.id
    assert recency_by_every_way(store.published) == {1}
    assert [line.is_withdrawn for line in store.list()] == [True, False]

    same_night = publish(store, DAY, 2)
    assert (same_night.is_latest, same_night.is_withdrawn) == (False, True)
    assert not publish(store, days_before(3), 9).is_latest
    assert pointer(store)["release"] == good.id

    next_night = publish(store, DAY + dt.timedelta(days=1), 4).release
    assert pointer(store)["release"] == next_night.id
    assert not any(line.is_withdrawn for line in store.list())
    assert store.show(bad.id) == bad
    assert store.verify() == []


def test_a_mended_night_of_the_same_date_ends_a_rollback_and_a_rollback_can_be_undone(store):
    good, bad = publish(store, days_before(1), 1).release, publish(store, DAY, 2).release
    store.rollback(good.id, at=NOON)
    store.rollback(bad.id, at=NOON)
    assert pointer(store)["release"] == bad.id
    store.rollback(good.id, at=NOON)
    mended = publish(store, DAY, 3).release
    assert pointer(store)["release"] == mended.id


def test_the_predecessor_is_the_newest_release_of_a_smaller_date(store):
    assert store.predecessor(DAY) is None
    week_ago = publish(store, days_before(7), 1).release
    first, second = publish(store, days_before(2), 2).release, publish(store, days_before(2), 3).release
    publish(store, DAY, 4)
    late = publish(store, days_before(5), 5).release
    assert store.predecessor(DAY) == second
    assert store.predecessor(days_before(2)) == late
    assert store.predecessor(days_before(5)) == week_ago
    publish(store, days_before(2), 2)  # published once more: now the newest publication of its date
    assert store.predecessor(DAY) == first


def test_an_identical_night_is_recognised_by_its_input_key_and_date(store):
    first = publish(store, recency_days=1, key="inputs of the first").release
    publish(store, recency_days=2, key="inputs of the second")
    assert store.find_by_input_key("inputs of the first", DAY) == first
    assert store.find_by_input_key("inputs of the first", days_before(1)) is None
    assert store.find_by_input_key("other inputs", DAY) is None
    assert store.publish_again(first, published_at=NOON).is_latest
    assert pointer(store)["release"] == first.id
    before = bytes_below(store.published)
    assert store.publish_again(first, published_at=NOON).identical
    assert bytes_below(store.published) == before
    shutil.rmtree(store.published / first.tables["summary"].path)
    assert store.find_by_input_key("inputs of the first", DAY) is None  # it has to be computed to be written again


# ---------------------------------------------------------------- reading


def test_a_table_is_read_with_its_own_columns(store):
    release = publish(store).release
    frame = store.read_table(release, "summary").collect()
    assert frame.columns == ["customer_id", "as_of", "recency_days"]
    assert frame.schema["as_of"] == pl.Date
    with pytest.raises(UnknownTableError, match="Did you mean summary"):
        store.read_table(release, "sumary")


def test_a_release_is_found_by_the_beginning_of_its_id_its_date_or_as_the_latest(store):
    with pytest.raises(UnknownReleaseError, match="nothing is published"):
        store.show("latest")
    first, second = publish(store, days_before(1), 1).release, publish(store, DAY, 2).release
    assert store.show(first.id[:5]) == store.show("2011-12-08") == first
    assert store.show("latest") == second
    swapped = first.id[1] + first.id[0] + first.id[2:]
    with pytest.raises(UnknownReleaseError, match=first.id):
        store.show(swapped + "x")
    with pytest.raises(UnknownReleaseError):
        store.show("")


def test_a_beginning_that_two_ids_share_is_refused(store, monkeypatch):
    ids = iter(["abcd1", "abcd2"])
    monkeypatch.setattr("assets.release_store.release_id", lambda *_: next(ids))
    publish(store, days_before(1), 1)
    publish(store, DAY, 2)
    with pytest.raises(UnknownReleaseError, match="begins 2 releases: abcd2, abcd1"):
        store.show("abcd")


def test_opening_a_store_and_reading_from_it_touches_nothing(tmp_path):
    store = ReleaseStore(tmp_path / "nowhere")
    assert (store.latest(), store.list(), store.verify(), store.repair()) == (None, [], [], [])
    assert not (tmp_path / "nowhere").exists()


def test_an_open_catalog_keeps_its_release_and_the_next_one_shows_the_new(store):
    publish(store, days_before(1), 1)
    catalog = store.published / "catalog.duckdb"
    script = (
        "import duckdb, sys\n"
        "con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for _ in range(2):\n"
        "    print(con.execute('select max(recency_days) from summary').fetchall()[0][0], flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(catalog)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout
        assert reader.stdin
        assert reader.stdout.readline() == "1\n"
        publish(store, DAY, 2)
        assert recency_by_every_way(store.published) == {2}
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "1\n"
        reader.stdin.write("\n")
        reader.stdin.flush()


def test_the_catalog_tells_what_its_columns_mean(store):
    publish(store)
    with duckdb.connect(str(store.published / "catalog.duckdb"), read_only=True) as catalog:
        asked = "select comment from duckdb_columns() where table_name = 'summary' and column_name = 'recency_days'"
        assert catalog.execute(asked).fetchall() == [("Days since the latest order. Unit: day.",)]


def test_the_latest_folder_shares_bytes_and_is_copied_where_there_are_no_hard_links(store, monkeypatch):
    def no_links(source: str, target: str) -> None:
        raise OSError(release_views.errno.ENOTSUP, "no hard links here")

    release = publish(store, days_before(1), 1).release
    (path,) = store.table_files(release, "summary")
    assert (store.published / "latest" / "summary" / path.name).samefile(path)
    monkeypatch.setattr(os, "link", no_links)
    publish(store, DAY, 2)
    assert recency_by_every_way(store.published) == {2}
    assert store.verify() == []


def test_few_old_views_are_kept(store):
    for day in range(6):
        publish(store, DAY + dt.timedelta(days=day), day)
    assert len(list((store.published / ".views").iterdir())) == release_views.KEPT_VIEWS


# ---------------------------------------------------------------- damage


def first_file(store: ReleaseStore, release: Release, table: str = "summary") -> Path:
    path = store.table_files(release, table)[0]
    path.chmod(0o644)
    return path


def problems(store: ReleaseStore, release: str | None = None) -> str:
    return "\n".join(str(problem) for problem in store.verify(release))


def test_one_changed_byte_is_found(store):
    older, newer = publish(store, days_before(1), 1).release, publish(store, DAY, 2).release
    path = first_file(store, older)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert f"{older.tables['summary'].path}/summary.parquet: hashes to" in problems(store)
    assert problems(store, older.id)
    assert problems(store, newer.id) == ""


def test_cut_missing_and_extra_files_are_found(store):
    release = publish(store).release
    os.truncate(first_file(store, release, "summary"), 100)
    first_file(store, release, "tiers").unlink()
    folder = store.published / release.tables["accounts"].path
    (folder / "more.parquet").write_bytes(b"more")
    found = problems(store, release.id)
    assert "summary.parquet: 100 bytes, published with" in found
    assert "tiers.parquet: missing" in found
    assert "more.parquet: no part of the version" in found
    assert len(found.splitlines()) == 3


def test_strays_among_the_tables_are_found_but_not_a_blocked_nights_version(store):
    publish(store)
    night_versions(store.published, DAY, 8)  # written, and blocked by a check before it was published
    assert problems(store) == ""
    stray = store.published / "tables" / "summary" / "as_of=2011-12-09" / "copy_of_summary"
    stray.mkdir()
    (stray / "summary.parquet").write_bytes(b"old")
    (store.published / "tables" / "notes.txt").write_text("notes")
    (store.published / "tables" / ".DS_Store").write_text("no reader's wildcard finds it")
    assert "copy_of_summary: no release names it" in problems(store)
    assert "tables/notes.txt: no part of any version" in problems(store)
    assert len(store.verify()) == 2


def test_a_changed_or_missing_manifest_is_found_by_the_history_and_by_the_chain(store):
    older, newer = publish(store, days_before(1), 1).release, publish(store, DAY, 2).release
    manifest = store.published / older.manifest
    manifest.write_text(manifest.read_text().replace('"passed": 12', '"passed": 13'))
    assert f"{older.manifest}: hashes to" in problems(store)
    (store.published / "releases" / "history.jsonl").unlink()  # without the record, the chain still tells
    assert f"{newer.manifest}: follows another {older.manifest}" in problems(store)
    manifest.unlink()
    assert f"{newer.manifest}: follows {older.manifest}, which the history does not hold" in problems(store)


def test_a_pointer_that_says_something_else_is_found_and_repaired(store):
    publish(store)
    said = pointer(store)
    said["tables"]["summary"]["rows"] = 3
    (store.published / "latest.json").write_text(json.dumps(said))
    (store.published / "catalog.duckdb").write_bytes(b"not a database")
    (store.published / "latest").unlink()
    found = problems(store)
    assert [line.split(":")[0] for line in found.splitlines()] == ["latest.json", "latest", "catalog.duckdb"]
    assert store.repair() == ["latest.json", "latest", "catalog.duckdb"]
    assert problems(store) == ""
    assert recency_by_every_way(store.published) == {3}


def test_a_lost_history_is_made_from_the_manifests_with_the_rollback_in_force(store):
    publish(store, days_before(2), 1)
    good = publish(store, days_before(1), 2).release
    publish(store, DAY, 3)
    publish(store, days_before(1), 2, accounts=7)
    listed = [line.id for line in store.list()]
    store.rollback(good.id, at=NOON)
    history = store.published / "releases" / "history.jsonl"
    history.unlink()
    assert "history.jsonl: missing" in problems(store)
    assert [line.id for line in store.list()] == listed
    assert store.show("latest").id == good.id
    publish(store, DAY + dt.timedelta(days=1), 4)
    assert len(HistoryFile(store.published).events()) == 6
    assert problems(store) == ""
    history.write_text("{]\n")
    assert "history.jsonl" in problems(store)
    with pytest.raises(DamagedStoreError, match="move it away"):
        store.list()


def test_a_night_can_be_published_after_the_latest_manifest_was_lost(store):
    lost = publish(store, days_before(1), 1).release
    (store.published / lost.manifest).unlink()
    with pytest.raises(DamagedStoreError, match="Restore the file"):
        store.latest()
    assert publish(store, DAY, 2).is_latest
    assert recency_by_every_way(store.published) == {2}
    assert f"{lost.manifest}: missing" in problems(store)


@pytest.mark.parametrize("keep_links", [True, False])
def test_a_home_may_be_moved_or_copied_without_its_links(store, tmp_path, keep_links):
    publish(store)
    there = ReleaseStore(tmp_path / "it's another place" / "published")
    shutil.copytree(store.published, there.published, symlinks=keep_links)
    shutil.rmtree(store.published)
    assert there.repair() == (["catalog.duckdb"] if keep_links else ["latest", "catalog.duckdb"])
    assert recency_by_every_way(there.published) == {3}
    there.sweep_leftovers()
    assert there.verify() == []


def test_leftovers_of_dead_processes_are_swept_and_published_versions_never(store):
    publish(store)
    kept = bytes_below(store.published)
    versions = store.published / "tables" / "summary" / "as_of=2011-12-09"
    for folder in (versions, store.published / ".views", store.published / "releases" / "2011-12-09"):
        (folder / "_1-dead").mkdir()
        (folder / "_1-dead" / "half.parquet").write_bytes(b"PAR1")
    (store.published / "_1-dead.duckdb").write_bytes(b"half")
    own = versions / f"_{os.getpid()}-alive"
    own.mkdir()
    assert problems(store) == ""
    assert len(store.sweep_leftovers()) == 4
    assert own.is_dir()
    own.rmdir()
    assert bytes_below(store.published) == kept


# ---------------------------------------------------------------- readers and crashes beside a publication

READER = """
import json, sys, time
from pathlib import Path
import duckdb, pyarrow.parquet as pq
published, stop, beat = (Path(argument) for argument in sys.argv[1:4])
reads, seen, torn = 0, set(), []
def days(folder):
    (path,) = folder.glob("*.parquet")
    with path.open("rb") as file:  # once: by its name pyarrow opens a file twice, and latest/ may move on in between
        return set(pq.read_table(file)["recency_days"].to_pylist())
while True:
    last = stop.exists()
    named = json.loads((published / "latest.json").read_bytes())
    by_pointer = set().union(*(days(published / named["tables"][name]["path"]) for name in ("summary", "tiers")))
    if len(by_pointer) != 1:
        torn.append(("pointer", sorted(by_pointer)))
    if len(days(published / "latest" / "summary")) != 1 or len(days((published / "latest").resolve() / "tiers")) != 1:
        torn.append(("latest",))
    if reads % 3 == 0:
        with duckdb.connect(str(published / "catalog.duckdb"), read_only=True) as catalog:
            rows = catalog.execute("select recency_days from summary union select recency_days from tiers").fetchall()
        if len(rows) != 1:
            torn.append(("catalog", rows))
    reads, seen = reads + 1, seen | by_pointer
    with beat.open("ab") as file:
        file.write(b".")
    if last:
        break
print(json.dumps({"reads": reads, "seen": len(seen), "torn": torn}))
"""


def wait_for_a_read(reader, beat, *, since):
    """Wait until the reader has ended another read than those counted."""
    deadline = time.monotonic() + 60
    while beat.stat().st_size <= since:
        assert reader.poll() is None, "the reader died; what it raised stands in the captured output"
        assert time.monotonic() < deadline, "the reader reads no more"
        time.sleep(0.001)


def test_a_reader_beside_thirty_publications_never_sees_a_mix_or_a_missing_file(store, tmp_path):
    publish(store, DAY, 0)
    nights = [
        (day, night_versions(store.published, DAY + dt.timedelta(days=day), day)) for day in range(1, 31)
    ]  # written before: the test is about the swaps
    stop, beat = tmp_path / "stop", tmp_path / "beat"
    beat.touch()
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(store.published), str(stop), str(beat)], stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout
        # A reader kept from the processor would see three nights go by, as none does that come once a day: each
        # publication falls into a read, and waits until one has ended since the publication before.
        wait_for_a_read(reader, beat, since=0)
        for day, versions in nights:
            store.publish(
                DAY + dt.timedelta(days=day), versions, input_key=str(day), inputs=[], configuration_hash="c",
                code_version="1", known_at=NOON, checks={}, published_at=NOON,
            )  # fmt: skip
            wait_for_a_read(reader, beat, since=beat.stat().st_size)
        stop.touch()
        told = json.loads(reader.stdout.readline())
    assert told["torn"] == []
    assert told["seen"] >= 3
    assert recency_by_every_way(store.published) == {30}


# Publishes in a copy of the home and is killed before its n-th step that changes a name, for every n there is.
KILLED_AT_EVERY_STEP = """
import datetime as dt, os, pickle, shutil, signal, sys
from pathlib import Path
from assets.release_store import ReleaseStore
import duckdb
source, copies, versions = Path(sys.argv[1]), Path(sys.argv[2]), pickle.loads(Path(sys.argv[3]).read_bytes())
now = dt.datetime(2011, 12, 11, tzinfo=dt.UTC)
for step in range(1, 100):
    home = copies / str(step)
    shutil.copytree(source, home, symlinks=True)
    child = os.fork()
    if child == 0:
        steps = 0
        def deadly(function):
            def wrapped(*arguments, **options):
                global steps
                steps += 1
                if steps == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*arguments, **options)
            return wrapped
        for name in ("replace", "rename", "link", "symlink", "mkdir"):
            setattr(os, name, deadly(getattr(os, name)))
        ReleaseStore(home).publish(
            dt.date(2011, 12, 10), versions, input_key="k", inputs=[], configuration_hash="c", code_version="1",
            known_at=now, checks={}, published_at=now)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
print(step)
"""


def test_a_publication_killed_at_any_step_leaves_a_whole_release_and_the_next_one_succeeds(store, tmp_path):
    publish(store, DAY, 1)
    tonight = night_versions(store.published, DAY + dt.timedelta(days=1), 2)
    (tmp_path / "versions").write_bytes(pickle.dumps(tonight))
    run = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EVERY_STEP, str(store.published), str(tmp_path), str(tmp_path / "versions")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    steps = int(run.stdout)
    assert steps > 10
    outcomes = []
    for step in range(1, steps + 1):
        copy = ReleaseStore(tmp_path / str(step))
        named = pointer(copy)["tables"]
        read = {
            day
            for name in ("summary", "tiers")
            for day in pq.read_table(copy.published / named[name]["path"])["recency_days"].to_pylist()
        }
        assert len(read) == 1
        outcomes.append(read.pop())
        for line in copy.list():
            assert copy.verify(line.id) == []
        assert pl.read_parquet(copy.published / "latest" / "summary" / "*.parquet").height == 2
    assert sorted(outcomes) == outcomes  # yesterday's release up to one step, tonight's from there on
    assert set(outcomes) == {1, 2}
    for step in (1, outcomes.index(2), outcomes.index(2) + 1, steps - 1):
        copy = ReleaseStore(tmp_path / str(step))
        copy.sweep_leftovers()
        assert copy.publish(
            DAY + dt.timedelta(days=1), tonight, input_key="k", inputs=[], configuration_hash="c", code_version="1",
            known_at=NOON, checks={}, published_at=NOON,
        ).is_latest  # fmt: skip
        assert copy.verify() == []
        assert not [path for path in copy.published.rglob("_*")]
