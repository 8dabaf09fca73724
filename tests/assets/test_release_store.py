"""Releases: what is published, which of them is the latest, and how a table of it is read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys

import duckdb
import polars as pl
import pytest

from assets.releases import views
from assets.releases.manifest import DamagedStoreError, release_id
from assets.releases.store import Publication, ReleaseStore, UnknownReleaseError, UnknownTableError

from .small_releases import (
    DAY,
    NOON,
    bytes_below,
    days_before,
    night_versions,
    pointer,
    publish,
    recency_by_every_way,
)

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
    store.rollback(bad.id, at=NOON + dt.timedelta(days=1))
    assert {line.published_at for line in store.list()} == {NOON}  # not when it was rolled back to
    store.rollback(good.id, at=NOON)

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
    monkeypatch.setattr("assets.releases.store.release_id", lambda *_: next(ids))
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
        raise OSError(views.errno.ENOTSUP, "no hard links here")

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
    assert len(list((store.published / ".views").iterdir())) == views.KEPT_VIEWS
