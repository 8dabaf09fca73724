"""Readers see one whole release, always: beside a publication, and after one that was killed."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import subprocess
import sys
import time

import polars as pl
import pyarrow.parquet as pq

from assets.releases.store import ReleaseStore

from .small_releases import (
    DAY,
    NOON,
    night_versions,
    pointer,
    publish,
    recency_by_every_way,
)

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
from assets.releases.store import ReleaseStore
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
