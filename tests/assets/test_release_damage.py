"""Damaged, moved and half-copied homes: what is wrong with a release is found, and what can be is repaired."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from assets.releases.history import HistoryFile
from assets.releases.manifest import DamagedStoreError, Release
from assets.releases.store import ReleaseStore

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


@pytest.mark.parametrize("damage", ["missing", "cut", "garbled at its end"])
def test_a_view_that_cannot_be_made_for_a_damaged_table_names_the_table(store, damage):
    release = publish(store).release
    path = first_file(store, release)
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[:100] if damage == "cut" else content[:-8] + b"8 of ...")
    assert store.repair() == []  # what readers have is theirs to keep
    (store.published / "catalog.duckdb").unlink()
    with pytest.raises(DamagedStoreError, match=f"{release.tables['summary'].path}"):
        store.repair()
    assert "summary.parquet" in problems(store)
    assert list(store.published.glob("_*")) == []


@pytest.mark.parametrize("damage", ["missing", "cut", "one changed byte"])
def test_what_is_read_of_an_earlier_release_is_what_was_published(store, damage):
    release = publish(store).release
    path = first_file(store, release)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[:100] if damage == "cut" else content)
    with pytest.raises(DamagedStoreError, match="analytics releases verify"):
        store.read_table(release, "summary")


@pytest.mark.parametrize("lose", [Path.unlink, lambda history: history.write_text("")])
def test_a_lost_history_is_made_from_the_manifests_with_the_rollback_in_force(store, lose):
    publish(store, days_before(2), 1)
    good = publish(store, days_before(1), 2).release
    publish(store, DAY, 3)
    publish(store, days_before(1), 2, accounts=7)
    listed = [line.id for line in store.list()]
    store.rollback(good.id, at=NOON)
    history = store.published / "releases" / "history.jsonl"
    lose(history)
    assert "history.jsonl: missing or empty" in problems(store)
    assert [line.id for line in store.list()] == listed
    assert store.show("latest").id == good.id
    publish(store, DAY + dt.timedelta(days=1), 4)
    assert len(HistoryFile(store.published).events()) == 6
    assert problems(store) == ""
    history.write_text("{]\n")
    assert "history.jsonl" in problems(store)
    with pytest.raises(DamagedStoreError, match="move it away"):
        store.list()


def test_a_line_of_the_history_that_contradicts_its_manifest_is_named(store):
    release = publish(store, days_before(1), 1).release
    publish(store, DAY, 2)
    history = store.published / "releases" / "history.jsonl"
    history.write_text(history.read_text().replace(f'"as_of": "{release.as_of}"', '"as_of": "2011-11-30"'))
    said = f"releases/history.jsonl: line 1 has the as_of 2011-11-30, its manifest {release.as_of}"
    assert said in problems(store)
    assert said in problems(store, release.id)
    history.write_text(history.read_text().replace("2011-11-30", "the day before"))
    assert "releases/history.jsonl" in problems(store)
    with pytest.raises(DamagedStoreError, match="move it away"):
        store.list()


def test_a_rollback_to_what_the_history_has_lost_is_named_and_the_manifests_mend_it(store):
    good = publish(store, days_before(1), 1).release
    publish(store, DAY, 2)
    store.rollback(good.id, at=NOON)
    history = store.published / "releases" / "history.jsonl"
    history.write_text("".join(history.read_text().splitlines(keepends=True)[1:]))
    assert f"line 2 rolls back to {good.manifest}, which no line before it has published" in problems(store)
    with pytest.raises(DamagedStoreError, match="move it away"):
        store.latest()
    history.unlink()
    assert store.latest() == good


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


@pytest.mark.parametrize("closed", ["", "releases", ".views"])
def test_a_folder_of_another_account_stops_a_release_before_its_first_step(store, monkeypatch, closed):
    first = publish(store, days_before(1), 1).release
    folder, allowed = store.published / closed, os.access
    versions = {"key": "tonight's", "as_of": DAY}
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder and allowed(path, mode))
    before = {name for name in bytes_below(store.published) if name.startswith("releases/")}
    with pytest.raises(PermissionError) as told:
        publish(store, **versions)
    assert told.value.filename == str(folder)
    assert {name for name in bytes_below(store.published) if name.startswith("releases/")} == before
    monkeypatch.undo()
    publish(store, **versions)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder and allowed(path, mode))
    with pytest.raises(PermissionError):
        store.rollback(first.id, at=NOON)
    assert store.latest() != first


def test_views_made_by_another_account_stay_and_stop_nothing(store, monkeypatch):
    first = publish(store, days_before(5), 1).release
    allowed, touched = os.access, os.utime

    def not_mine(path, *arguments, **options):
        if Path(path).name == first.stem:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        return touched(path, *arguments, **options)

    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).parent.name != first.stem and allowed(path, mode))
    monkeypatch.setattr(os, "utime", not_mine)
    for day in range(4, 0, -1):
        publish(store, days_before(day), 6 - day)
    assert (store.published / ".views" / first.stem / "summary").is_dir()
    store.rollback(first.id, at=NOON)
    assert store.latest() == first
    assert not [name for name in bytes_below(store.published) if "/_" in name]
