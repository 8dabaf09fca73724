"""Files behind a URL: a real S3 server that these tests start, a web server, and fsspec's own storages."""

from __future__ import annotations

import functools
import gzip
import http.server
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.configuration.sources import Source
from assets.configuration.urls import without_credentials
from assets.landing.landed_files import Archive, UnreachableError
from assets.landing.landing_zone import LandingError, SourceLanding
from assets.landing.source_files import find_files

from .conftest import HEADER, ORDERS

FIRST = HEADER + "1,2024-06-01 10:00,c1,cup,2,3.50\n2,2024-06-02 11:00,c2,绿茶,1,0.10\n"
SECOND = HEADER + "3,2024-06-03 12:00,c1,pot,1,10.00\n"


@dataclass
class Bucket:
    """One empty bucket of the server."""

    address: str
    name: str = field(default_factory=lambda: f"shop-{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        import s3fs

        self.storage = s3fs.S3FileSystem(key="OWNERKEY", secret="OWNERSECRET", endpoint_url=self.address)
        self.storage.mkdir(self.name)

    def put(self, name: str, content: str | bytes) -> None:
        self.storage.pipe_file(f"{self.name}/{name}", content.encode() if isinstance(content, str) else content)

    def source(self, pattern: str = "orders/*.csv", **options: Any) -> dict[str, Any]:
        storage = {"key": "${BUCKET_KEY}", "secret": "${BUCKET_SECRET}", "endpoint_url": self.address}
        return shop(f"s3://{self.name}/{pattern}", storage_options=storage, **options)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert server.poll() is None
            try:
                urllib.request.urlopen(f"{address}/moto-api/").close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def bucket(address: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv("BUCKET_KEY", "READERKEY")
    monkeypatch.setenv("BUCKET_SECRET", "READERSECRET")
    return Bucket(address)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of each file that is fetched."""
    sizes: list[int] = []
    take = Archive.take

    def counted(self: Archive, landed: Any) -> Any:
        content = landed.read()
        sizes.append(len(content))
        return take(self, io.BytesIO(content))

    monkeypatch.setattr(Archive, "take", counted)
    return sizes


def shop(path: str, **options: Any) -> dict[str, Any]:
    return {**ORDERS, "path": path, **options}


def landed(zone: Any, source: dict[str, Any]) -> SourceLanding:
    return zone.land(zone.configuration(source))[0]


# A real S3 server


def test_objects_and_files_of_this_machine_land_alike(bucket: Bucket, zones: Any) -> None:
    remote, local = zones("remote"), zones("local")
    for name, text in {"2024/day10.csv": SECOND, "2024/day9.csv": FIRST, "2024/_part.csv": "x"}.items():
        bucket.put(f"orders/{name}", text)
        local.write(name, text)
    remote.night(bucket.source("orders/*/day*.csv"))
    local.night(shop(str(local.raw / "*" / "day*.csv")))
    for table in ("file_register", "row_accounting", "order_lines", "quarantine", "customers"):
        assert remote.frame(f"from {table} order by all").equals(local.frame(f"from {table} order by all"))
    names = remote.frame("select file from file_register order by natural_key")["file"].to_list()
    assert names == ["2024/day9.csv", "2024/day10.csv"]
    assert remote.totals()["accepted"] == 3


def test_only_new_and_changed_objects_are_fetched(bucket: Bucket, zone: Any, taken: list[int]) -> None:
    bucket.put("orders/day1.csv", FIRST)
    bucket.put("orders/day2.csv", SECOND)
    assert landed(zone, bucket.source()).new_files == 2
    assert landed(zone, bucket.source()).new_files == 0
    assert taken == [len(FIRST.encode()), len(SECOND.encode())]
    bucket.put("orders/day2.csv", SECOND.replace("10.00", "99.00"))  # as long as before
    bucket.put("orders/day3.csv", SECOND.replace("3,2024", "4,2024"))
    zone.night(bucket.source())
    assert taken[2:] == [len(SECOND.encode())] * 2
    assert zone.frame("select order_id, cast(amount as double) from order_lines order by 1").rows() == [
        ("1", 7.0), ("2", 0.1), ("3", 99.0), ("4", 10.0),
    ]  # fmt: skip


def test_packed_and_typed_objects_are_read_as_files_are(bucket: Bucket, zone: Any) -> None:
    rows = pl.read_csv(SECOND.encode())
    book = io.BytesIO()
    rows.write_excel(book)
    parquet = io.BytesIO()
    rows.write_parquet(parquet)
    bucket.put("all/a.csv.gz", gzip.compress(FIRST.encode()))
    bucket.put("all/b.jsonl", json.dumps(rows.row(0, named=True) | {"order_id": 4}, default=str) + "\n")
    bucket.put("all/c.xlsx", book.getvalue())
    bucket.put("all/d.parquet", parquet.getvalue())
    for name, orders in (("a.csv.gz", 2), ("b.jsonl", 1), ("c.xlsx", 1), ("d.parquet", 1)):
        zone.night(bucket.source(f"all/{name}", name=f"shop_{name[0]}"))
        assert zone.totals()["accepted"] == orders, name


def test_a_server_that_is_gone_leaves_what_was_landed_and_is_named_without_a_key(
    bucket: Bucket, zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("orders/day1.csv", FIRST)
    zone.night(bucket.source())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = {**bucket.source(), "storage_options": {
            "key": "LITERALKEY", "secret": "${BUCKET_SECRET}", "endpoint_url": f"http://127.0.0.1:{free.getsockname()[1]}",
            "config_kwargs": {"retries": {"max_attempts": 0}, "connect_timeout": 1},
        }}  # fmt: skip
    ((file, error),) = landed(zone, gone).unreached
    assert file == "*"
    assert f"s3://{bucket.name}/orders/*.csv could not be listed" in error
    assert "KEY" not in error
    assert "SECRET" not in error
    zone.night(gone)
    assert zone.totals()["accepted"] == 2
    with pytest.raises(LandingError, match="Nothing was landed from it before"):
        landed(zone, {**gone, "name": "never_landed"})
    monkeypatch.delenv("BUCKET_KEY")
    ((_, error),) = landed(zone, bucket.source()).unreached
    assert "no environment variable BUCKET_KEY" in error


def test_a_bucket_without_a_match_is_told_like_an_empty_folder(bucket: Bucket, zone: Any) -> None:
    with pytest.raises(LandingError, match=f"no file matches s3://{bucket.name}/orders/"):
        landed(zone, bucket.source())


# Every other storage is fsspec's


def test_a_storage_in_memory_and_a_file_address_land(zone: Any, memory: Any, tmp_path: Path) -> None:
    memory.pipe_file("/orders/day1.csv", FIRST.encode())
    first = landed(zone, shop("memory://orders/*.csv"))
    memory.pipe_file("/orders/day1.csv", FIRST.replace("3.50", "4.50").encode())
    again = landed(zone, shop("memory://orders/*.csv"))
    assert (first.files, first.new_files, again.new_files) == (1, 1, 1)
    (tmp_path / "day2.csv").write_text(SECOND)
    assert landed(zone, shop(f"file://{tmp_path}/*.csv", name="files")).new_files == 1
    assert landed(zone, shop(f"file://{tmp_path}/*.csv", name="files")).new_files == 0
    assert zone.frame("select distinct file from landed_files order by 1")["file"].to_list() == ["day1.csv", "day2.csv"]


def test_the_beginning_of_a_path_may_come_from_the_environment(
    zone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "day2.csv").write_text(SECOND)
    for start in (str(tmp_path), f"file://{tmp_path}"):
        monkeypatch.setenv("SHOP_FOLDER", start)
        assert landed(zone, shop("${SHOP_FOLDER}/*.csv")).files == 1
    monkeypatch.setenv("SHOP_FOLDER", "somewhere")
    ((_, error),) = landed(zone, shop("${SHOP_FOLDER}/*.csv")).unreached
    assert "neither a URL nor an absolute path" in error


def _raise(error: Exception) -> Any:
    raise error


def test_an_object_that_breaks_off_is_named_and_keeps_no_other_waiting(
    zone: Any, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.pipe_file("/orders/day1.csv", FIRST.encode())
    memory.pipe_file("/orders/day2.csv", SECOND.encode())
    open_ = type(memory)._open

    def breaking(self: Any, path: str, *args: Any, **kwargs: Any) -> Any:
        opened = open_(self, path, *args, **kwargs)
        if path.endswith("day1.csv"):
            opened.read = lambda _: _raise(OSError("timed out for 'ann@example.org'"))
        return opened

    monkeypatch.setattr(type(memory), "_open", breaking)
    landing = landed(zone, shop("memory://orders/*.csv"))
    assert (landing.files, landing.new_files) == (2, 1)
    ((file, error),) = landing.unreached
    assert file == "day1.csv"
    assert "could not be read to its end: timed out for '...'" in error
    assert not list((zone.home / "archive").glob("_*"))


def test_a_storage_that_lets_every_object_wait_does_not_hold_the_home_for_all_of_them(
    zone: Any, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(1, 10):
        memory.pipe_file(f"/orders/day{day}.csv", FIRST.replace("1,2024", f"1{day},2024").encode())
    landed(zone, shop("memory://orders/day1.csv"))
    asked: list[str] = []

    def silent(self: Any, path: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(path)
        raise OSError("timed out")

    monkeypatch.setattr(type(memory), "_open", silent)
    landing = landed(zone, shop("memory://orders/*.csv"))
    assert len(landing.unreached) == len(asked) == 9  # what fails at once costs nothing: all are asked for
    monkeypatch.setattr("assets.landing.landing_zone._PATIENCE_SECONDS", 0)
    asked.clear()
    landing = landed(zone, shop("memory://orders/*.csv"))
    assert [path[-8:] for path in asked] == ["day1.csv", "day2.csv", "day3.csv"]
    assert landing.unreached[-1] == (
        "*",
        "its other 6 files were not asked for: those that gave no answer have taken 0 minutes",
    )


def test_a_folder_that_may_not_be_listed_is_not_taken_for_an_empty_one(
    zone: Any, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(memory), "ls", lambda *_, **__: _raise(PermissionError("Access Denied")))
    with pytest.raises(LandingError, match="could not be listed: Access Denied"):
        landed(zone, shop("memory://orders/*.csv"))


@pytest.mark.parametrize("is_bucket", [True, False])
def test_a_folder_that_gives_no_list_is_named_beside_those_that_do(
    is_bucket: bool, bucket: Bucket, zone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fsspec.implementations.local import LocalFileSystem

    for place, text in {"uk/day1.csv": FIRST, "de/day2.csv": SECOND}.items():
        bucket.put(f"orders/{place}", text)
        (tmp_path / "orders" / place).parent.mkdir(parents=True)
        (tmp_path / "orders" / place).write_text(text)
    storage, name = (type(bucket.storage), "_ls") if is_bucket else (LocalFileSystem, "ls")
    source = bucket.source("orders/*/*.csv") if is_bucket else shop(f"file://{tmp_path}/orders/*/*.csv")
    ask = getattr(storage, name)

    def refused(self: Any, path: str, *args: Any, **kwargs: Any) -> Any:
        is_closed = path.rstrip("/").endswith("orders/de")
        return _raise(PermissionError("Access Denied")) if is_closed else ask(self, path, *args, **kwargs)

    with monkeypatch.context() as closed:
        closed.setattr(storage, name, refused)
        landing = landed(zone, source)
        assert landing.new_files == 1
        folder = source["path"].removesuffix("/*/*.csv")
        assert landing.unreached == (("de", f"the folder {folder}/de could not be listed: Access Denied"),)
        elsewhere = source["path"].replace("orders/*/", "orders/?k/")  # a search looks into other folders, too
        assert landed(zone, {**source, "name": "uk", "path": elsewhere}).unreached == ()
    assert landed(zone, source).new_files == 1


def test_a_missing_library_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.registry import _registry

    monkeypatch.delitem(_registry, "s3", raising=False)
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UnreachableError, match=r"pip install 'customer-analytics\[s3\]'"):
        find_files(Source.model_validate(shop("s3://bucket/orders/*.csv")))


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("s4://bucket/*.csv", {}, "a protocol such as"),
        ("/orders/*.csv", {"storage_options": {"key": "secret"}}, "a path that is a URL"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(path: str, options: dict[str, Any], said: str) -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError) as caught:
        Source.model_validate(shop(path, **options))
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://KEY:SECRET@bucket/a.csv", "s3://***@bucket/a.csv"),
        ("sftp://ann:p@ss@host/day?.csv", "sftp://***@host/day?.csv"),
        ("https://host/a.csv?sig=SECRET&x=1", "https://host/a.csv?***"),
        ("s3://bucket/a@b.csv", "s3://bucket/a@b.csv"),
    ],
)
def test_an_address_is_shown_without_who_asks(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


# A web server


class _Pages(http.server.SimpleHTTPRequestHandler):
    """Pages of a folder, whole ones only.

    One that is called `growing` has got a row whenever it is asked for, one that is called `trickling` never ends.
    """

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:
        page = Path(self.translate_path(self.path))
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", f"file://{self.path.removeprefix('/moved/')}")
            self.end_headers()
            return
        if page.stem == "trickling":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not self.server.is_closing:  # pyright: ignore[reportAttributeAccessIssue]
                    self.wfile.write(b"x")
                    time.sleep(0.02)
            return
        if page.stem == "growing":
            page.write_text(page.read_text() + f"{page.stat().st_size},2024-06-05,c1,pot,1,12.99\n")
        super().do_GET()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "pages"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Pages, directory=str(folder)))
    server.is_closing = False  # pyright: ignore[reportAttributeAccessIssue]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", folder
    finally:
        server.is_closing = True  # pyright: ignore[reportAttributeAccessIssue]
        server.shutdown()
        server.server_close()
        thread.join()


def test_one_page_of_a_web_server_lands_under_its_own_name(zone: Any, pages: tuple[str, Path]) -> None:
    address, folder = pages
    (folder / "day 1.csv").write_text(FIRST)
    source = shop(f"{address}/day%201.csv?signature=SECRET")
    assert (landed(zone, source).new_files, landed(zone, source).new_files) == (1, 0)
    os.utime(folder / "day 1.csv", (1, 1))
    (folder / "day 1.csv").write_text(SECOND)
    zone.night(source)
    assert zone.frame("select file, status from file_register order by status").rows() == [
        ("day 1.csv", "loaded"), ("day 1.csv", "superseded"),
    ]  # fmt: skip
    (folder / "day 1.csv").unlink()
    assert landed(zone, source).files == 0
    with pytest.raises(LandingError, match=r"no file matches http://127.*/absent.csv\?\*\*\*") as caught:
        landed(zone, shop(f"{address}/absent.csv?signature=SECRET", name="other"))
    assert "SECRET" not in str(caught.value)


def test_a_page_is_one_state_of_it_and_asks_for_no_blocks(
    zone: Any, pages: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = pages
    (folder / "growing.csv").write_text(FIRST)
    monkeypatch.setattr("assets.landing.remote_files._BLOCK", 64)
    zone.night(shop(f"{address}/growing.csv"))
    assert zone.frame("select cast(amount as double) from order_lines order by 1").rows() == [(0.1,), (7.0,), (12.99,)]


def test_a_page_that_comes_a_byte_at_a_time_is_given_up(
    zone: Any, pages: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = pages
    (folder / "trickling.csv").write_text(FIRST)
    (folder / "whole.csv").write_text(FIRST)
    (folder / "index.html").write_text('<a href="trickling.csv">1</a><a href="whole.csv">2</a>')
    monkeypatch.setattr("assets.landing.remote_files._PATIENCE_SECONDS", 0.2)
    landing = landed(zone, shop(f"{address}/*.csv"))
    [(name, why)] = landing.unreached
    assert (name, landing.new_files) == ("trickling.csv", 1)
    assert re.search(r"was given up: \d+ bytes came in 0 minutes; at least 16,000 a second were expected", why)


def test_a_redirect_leads_to_no_file_of_this_machine(zone: Any, pages: tuple[str, Path]) -> None:
    address, folder = pages
    (folder / "secret.csv").write_text(FIRST)
    with pytest.raises(LandingError, match="could not be listed"):
        landed(zone, shop(f"{address}/moved/{folder / 'secret.csv'}"))


def test_a_link_s_signature_is_shown_in_no_error(zone: Any, pages: tuple[str, Path]) -> None:
    address, folder = pages
    (folder / "day1.csv").write_text(FIRST)
    (folder / "index.html").write_text('<a href="day1.csv?sig=SECRET1">1</a><a href="day2.csv?sig=SECRET2">2</a>')
    landing = landed(zone, shop(f"{address}/*.csv*"))
    assert landing.new_files == 1
    assert landing.unreached == (("day2.csv", f"{address}/day2.csv?*** could not be read: it is not there any more"),)


def test_a_web_server_that_does_not_answer_is_unreachable_not_empty(zone: Any) -> None:
    with pytest.raises(LandingError, match="could not be listed") as caught:
        landed(zone, shop("http://127.0.0.1:1/a.csv?signature=SECRET"))
    assert "SECRET" not in str(caught.value)


ASKING = """
import gc, sys, weakref
from contextlib import suppress
from contextvars import ContextVar, copy_context
from assets.landing.environment_references import Secrets
from assets.landing.landed_files import UnreachableError
from assets.landing.remote_files import remote_files

class Night: pass

night = ContextVar("night")

def ask():
    night.set(Night())
    with suppress(UnreachableError):
        remote_files("http://127.0.0.1:9/orders.csv", {}, Secrets())
    return weakref.ref(night.get())

held = copy_context().run(ask)
gc.collect()
print("held" if held() else "free")
"""


def test_the_storage_s_thread_does_not_hold_the_night_that_asked_it() -> None:
    done = subprocess.run([sys.executable, "-c", ASKING], capture_output=True, text=True, check=True)
    assert done.stdout == "free\n"
