"""Old releases go, by age and by count, and nothing that is still promised goes with them, whenever the power fails."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from assets.releases.history import HistoryFile, standing
from assets.releases.manifest import DamagedStoreError, Release
from assets.releases.retention import Retention, to_prune
from assets.releases.store import ReleaseStore, UnknownReleaseError
from assets.releases.table_files import write_version
from assets.warehouse import Warehouse

from .small_releases import DAY, contract

NOW = dt.datetime(2011, 12, 10, 2, 0, tzinfo=dt.UTC)
LAST_TWO = Retention(last=2, days=0)

# Runs `prune` again and again, each time in a child that is killed one change of the disk later than the one before.
KILLED_AT_EVERY_CHANGE = """
import datetime as dt, os, shutil, signal, sys
from pathlib import Path
from assets.releases.retention import Retention
from assets.releases.store import ReleaseStore

whole, copies = Path(sys.argv[1]), Path(sys.argv[2])
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.link", "os.mkdir"}

for number in range(1, 500):
    folder = copies / str(number)
    shutil.copytree(whole, folder, symlinks=True)
    child = os.fork()
    if not child:
        seen = [0]
        def count(event, arguments):
            if event in CHANGES:
                seen[0] += 1
                if seen[0] == number:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        ReleaseStore(folder).prune(Retention(2, 0), at=dt.datetime(2011, 12, 10, 2, 0, tzinfo=dt.UTC))
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        print(number)
        break
"""


def publish(
    store: ReleaseStore, days_ago: int, *, recency: int = 3, stages: int = 1, at: dt.datetime | None = None
) -> Release:
    """Publish a night of two tables; the moment is the morning after unless it is said."""
    as_of = DAY - dt.timedelta(days=days_ago)
    warehouse = Warehouse.open(None, threads=1)
    versions = []
    for table, days in ((contract("summary"), recency), (contract("stages"), stages)):
        warehouse.replace(
            table, pl.DataFrame({"customer_id": ["lapsed", "loyal"], "as_of": [as_of] * 2, "recency_days": [days, 0]})
        )
        versions.append(write_version(store.published, table, warehouse, as_of))
    warehouse.connection.close()
    return store.publish(
        as_of,
        versions,
        input_key=f"{as_of} {recency} {stages}",
        inputs=[],
        configuration_hash="c" * 64,
        code_version="0.1.0",
        known_at=NOW,
        checks={"passed": 1},
        published_at=at or NOW - dt.timedelta(days=days_ago),
    ).release


def ids(store: ReleaseStore) -> list[str]:
    return [line.id for line in store.list()]


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_either_rule_keeps_stays_with_the_one_it_is_compared_with(store: ReleaseStore) -> None:
    nights = [publish(store, days) for days in (40, 30, 20, 10, 5, 1)]
    by_count = store.prune(LAST_TWO, at=NOW, dry_run=True)
    assert [release for release, _ in by_count.releases] == [night.id for night in nights[2::-1]]
    by_age = store.prune(Retention(last=1, days=25), at=NOW, dry_run=True)
    assert [release for release, _ in by_age.releases] == [nights[0].id]  # the one 30 days ago is a predecessor
    assert ids(store) == [night.id for night in nights[::-1]]

    pruned = store.prune(LAST_TWO, at=NOW)
    assert pruned == by_count
    assert (pruned.kept, len(pruned.versions)) == (3, 6)
    assert pruned.bytes > 0
    assert ids(store) == [night.id for night in nights[:2:-1]]
    assert store.verify() == []
    assert store.prune(LAST_TWO, at=NOW).releases == ()
    for version in pruned.versions:
        assert not (store.published / version).exists()
    date = nights[0].as_of.isoformat()
    for name in (nights[0].id, nights[0].id[:9], date):
        with pytest.raises(
            UnknownReleaseError, match=rf"{nights[0].id} \(as of {date}\) was pruned on 2011-12-10: .*{date}"
        ):
            store.show(name)


def test_a_backfilled_date_is_as_young_as_its_publication(store: ReleaseStore) -> None:
    past = publish(store, 900, at=NOW)
    nights = [publish(store, days, at=NOW - dt.timedelta(days=50)) for days in (3, 2, 1)]
    pruned = store.prune(Retention(last=1, days=30), at=NOW)
    assert [release for release, _ in pruned.releases] == [nights[0].id]  # the second is the last one's predecessor
    assert ids(store) == [nights[2].id, nights[1].id, past.id]


def test_readers_and_a_rollback_in_force_lose_nothing(store: ReleaseStore) -> None:
    nights = [publish(store, days) for days in (9, 8, 7, 6, 5)]
    store.rollback(nights[1].id, at=NOW - dt.timedelta(days=4))
    assert store.prune(Retention(last=1, days=0), at=NOW).releases == ()
    assert store.latest() == nights[1]
    store.rollback(nights[4].id, at=NOW - dt.timedelta(days=3))  # forward again
    assert len(store.prune(Retention(last=1, days=0), at=NOW).releases) == 3
    assert store.latest() == nights[4]
    assert store.verify() == []


def test_an_earlier_publication_of_a_kept_date_goes_and_what_it_shares_stays(store: ReleaseStore) -> None:
    first = publish(store, 1, stages=1)
    second = publish(store, 1, stages=2)
    pruned = store.prune(Retention(last=5, days=0), at=NOW)
    assert [release for release, _ in pruned.releases] == [first.id]
    assert pruned.versions == (first.tables["stages"].path,)
    assert store.read_table(second, "summary").collect().height == 2
    assert store.verify() == []


def test_a_blocked_nights_tables_go_when_they_are_old(store: ReleaseStore) -> None:
    publish(store, 1)
    blocked = [store.published / "tables" / "stages" / "as_of=2011-12-01" / name for name in ("old", "young")]
    for folder, hours in zip(blocked, (100, 10), strict=True):
        folder.mkdir(parents=True)
        (folder / "stages.parquet").write_bytes(b"blocked")
        moment = (NOW - dt.timedelta(hours=hours)).timestamp()
        os.utime(folder, (moment, moment))
    assert store.prune(Retention(last=1, days=2), at=NOW).versions == ("tables/stages/as_of=2011-12-01/old",)
    assert blocked[1].is_dir()


def test_a_pruned_night_can_be_published_again_and_its_past_stays_told(store: ReleaseStore) -> None:
    old = publish(store, 30)
    for days in (3, 2, 1):
        publish(store, days)
    store.prune(LAST_TWO, at=NOW)
    assert old.id not in ids(store)
    again = publish(store, 30, at=NOW)
    assert (again.id, again.revision) == (old.id, 2)
    assert ids(store)[-1] == old.id
    assert store.verify() == []


@pytest.mark.parametrize("is_rolled_back", [False, True])
def test_a_lost_history_is_made_again_without_what_was_pruned(store: ReleaseStore, is_rolled_back: bool) -> None:
    nights = [publish(store, days) for days in (30, 20, 3, 2, 1)]
    store.prune(LAST_TWO, at=NOW)
    publish(store, 30, at=NOW)
    if is_rolled_back:
        store.rollback(nights[3].id, at=NOW)
    before = standing(HistoryFile(store.published).events())
    HistoryFile(store.published).path.unlink()
    after = standing(HistoryFile(store.published).events())
    assert (after.latest, set(after.ranked), after.withdrawn) == (before.latest, set(before.ranked), before.withdrawn)
    publish(store, 0)
    assert store.verify() == []


def test_nothing_goes_where_a_kept_manifest_cannot_be_read(store: ReleaseStore) -> None:
    nights = [publish(store, days) for days in (30, 20, 3, 2, 1)]
    (store.published / nights[3].manifest).write_text("{")
    before = files_below(store.published)
    with pytest.raises(DamagedStoreError, match=nights[3].id):
        store.prune(LAST_TWO, at=NOW)
    assert files_below(store.published) == before
    assert ids(store) == [night.id for night in nights[::-1]]


@pytest.mark.slow
def test_killed_at_any_change_of_the_disk_every_release_that_stays_verifies_and_the_next_pruning_ends_it(
    store: ReleaseStore, tmp_path: Path
) -> None:
    nights = [publish(store, days) for days in (30, 3, 2, 1)]
    copies = tmp_path / "copies"
    copies.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EVERY_CHANGE, str(store.published), str(copies)],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    moments = int(done.stdout)
    assert moments > 10
    store.prune(LAST_TWO, at=NOW)
    expected = files_below(store.published)
    for number in range(1, moments + 1):
        killed = ReleaseStore(copies / str(number))
        killed.repair()  # the catalog of a copy
        assert killed.verify() == [], number
        assert set(ids(killed)) >= {night.id for night in nights[1:]}
        killed.prune(LAST_TWO, at=NOW)
        assert killed.verify() == [], number
        assert files_below(killed.published) == expected, number
        shutil.rmtree(killed.published)


def test_the_rules_are_a_function_of_the_history_alone(store: ReleaseStore) -> None:
    for days in (30, 20, 3, 2, 1):
        publish(store, days)
    now = standing(HistoryFile(store.published).events())
    assert to_prune(now, LAST_TWO, NOW) == to_prune(now, LAST_TWO, NOW + dt.timedelta(days=1000)) == now.ranked[3:]
