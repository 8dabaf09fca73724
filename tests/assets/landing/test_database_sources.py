"""A database as a source: a real PostgreSQL server that these tests start."""

from __future__ import annotations

import datetime as dt
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from assets.configuration.sources import Source
from assets.landing.landed_files import UnreachableError
from assets.landing.landing_zone import LandingError, SourceLanding, mapping_hash, rules_of
from assets.landing.source_files import find_files

if TYPE_CHECKING:
    import psycopg

PASSWORD = "p@ss/w:rd?#"  # every sign that means something in a URL
COLUMNS = {
    "order_id": "order_id",
    "line_id": "line_id",
    "ordered_at": "ordered_at",
    "customer_id": "customer_id",
    "product_name": "product",
    "quantity": "quantity",
    "unit_price": "price",
}


@dataclass
class Server:
    """A PostgreSQL server of the tests' own."""

    folder: Path
    programs: Path
    port: int

    def run(self, program: str, *arguments: object) -> None:
        """Run one of the server's programs; as its own user where we are root, which it refuses to be."""
        drop = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*drop, str(self.programs / program), "-D", str(self.folder / "data"), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self.run("pg_ctl", "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")

    def connected(self) -> psycopg.Connection:
        """A connection of the owner."""
        import psycopg

        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="owner", password=PASSWORD, dbname="postgres", autocommit=True
        )

    def do(self, *statements: str) -> None:
        """Run statements as the owner."""
        with self.connected() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def url(self, password: str = "${SHOP_PASSWORD}") -> str:
        return f"postgresql://owner:{password}@127.0.0.1:{self.port}/postgres"


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    program = found[-1] if found else shutil.which("pg_ctl")
    if program is None:
        message = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    return Path(program).parent


@pytest.fixture(scope="module")
def started() -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # pytest's own folders are closed to other users
    server = Server(folder, programs, port)
    try:
        (folder / "password").write_text(PASSWORD)
        (folder / "data").mkdir()
        if os.geteuid() == 0:
            for path in (folder, folder / "password", folder / "data"):
                shutil.chown(path, "postgres")
        server.run(
            "initdb", "-U", "owner", "-A", "scram-sha-256", "--pwfile", folder / "password", "-E", "UTF8",
            "--locale=C", "--no-sync",
        )  # fmt: skip
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(started: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server with one table of five order lines."""
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    started.do(
        "drop table if exists lines",
        """create table lines (order_id int, line_id bigint, ordered_at timestamptz, customer_id uuid, product text,
            quantity numeric, price numeric(14,4), paid boolean, since date, tags jsonb, note json)""",
        """insert into lines values
            (1, 1, '2024-03-31 00:30:00+00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '绿茶', 2, 0.1000, true,
                '2024-02-29', '{"kind": "tea"}', '{"b": 1.10,  "a": 2}'),
            (1, 2, '2024-03-31 01:30:00+00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'Pot', 1, 0.2000, false,
                null, null, null),
            (2, 1, '2024-06-10 09:00:00+02', null, 'Cup', 3, 1234567890.1234, null, null, null, null),
            (3, 1, '2024-06-10 23:30:00+00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', null, 1.5, 10, null, null, null,
                null),
            (3, 2, null, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 'Lid', 1, 10, null, null, null, null)""",
    )
    return started


def shop(database: str, query: str = "select * from lines", **options: Any) -> dict[str, Any]:
    given = {"name": "shop", "kind": "transactions", "columns": COLUMNS, **options}
    return {**given, "path": None, "database": database, "query": query}


def landed(zone: Any, source: dict[str, Any]) -> SourceLanding:
    return zone.land(zone.configuration(source))[0]


def content(source: dict[str, Any], workspace: Path) -> bytes:
    (file,) = find_files(Source.model_validate(source))
    with file.open(workspace) as opened:
        return opened.read()


def refusal_of(source: dict[str, Any], workspace: Path) -> str:
    with pytest.raises(UnreachableError) as caught:
        content(source, workspace)
    assert list(workspace.iterdir()) == []
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return str(caught.value)


# From the server to the clean tables


def test_rows_of_a_server_reach_the_clean_tables_exactly(zone: Any, server: Server) -> None:
    zone.night(shop(server.url()))
    assert zone.totals() == {
        "rows_in": 5, "accepted": 4, "excluded": 0, "charges": 0, "superseded": 0, "duplicates": 0, "quarantined": 1,
    }  # fmt: skip
    lines = zone.frame("select * from order_lines order by order_id, line_id").rows(named=True)
    # An instant is converted: in London the clocks went forward between the two lines of order 1.
    assert [line["ordered_at"] for line in lines] == [
        dt.datetime(2024, 3, 31, 0, 30), dt.datetime(2024, 3, 31, 2, 30), dt.datetime(2024, 6, 10, 8, 0),
        dt.datetime(2024, 6, 11, 0, 30),
    ]  # fmt: skip
    assert [line["amount"] for line in lines] == [
        Decimal("0.2"), Decimal("0.2"), Decimal("3703703670.3702"), Decimal("15"),
    ]  # fmt: skip
    assert [line["product_name"] for line in lines] == ["绿茶", "Pot", "Cup", None]
    assert [line["customer_id"] for line in lines][:3] == ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"] * 2 + [None]
    assert zone.frame("select file, reasons from quarantine").rows() == [("query.parquet", ["missing_ordered_at"])]


def test_types_of_the_server_are_kept(server: Server, tmp_path: Path, zone: Any) -> None:
    path = tmp_path / "kept.parquet"
    path.write_bytes(content(shop(server.url()), zone.raw))
    assert dict(zone.warehouse.rows(f"select column_name, column_type from (describe from '{path}')")) == {
        "order_id": "BIGINT", "line_id": "BIGINT", "ordered_at": "TIMESTAMP WITH TIME ZONE", "customer_id": "VARCHAR",
        "product": "VARCHAR", "quantity": "DECIMAL(38,10)", "price": "DECIMAL(14,4)", "paid": "BOOLEAN",
        "since": "DATE", "tags": "VARCHAR", "note": "VARCHAR",
    }  # fmt: skip
    first = zone.frame(f"select paid, since, tags, note from '{path}' where order_id = 1 and line_id = 1").rows()
    assert first == [(True, dt.date(2024, 2, 29), '{"kind": "tea"}', '{"b": 1.10,  "a": 2}')]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'infinity'::timestamptz", "infinity"),
        ("'NaN'::numeric", "NaN"),
        ("1::numeric / 3", "0.33333333333333333333"),
        ("'44-03-15 BC'::date", "0044-03-15 BC"),
        ("repeat('9', 60)::numeric", "9" * 60),
    ],
)
def test_a_value_no_column_type_can_hold_makes_its_column_text_and_is_never_changed(
    server: Server, tmp_path: Path, zone: Any, expression: str, expected: str
) -> None:
    path = tmp_path / "odd.parquet"
    path.write_bytes(content(shop(server.url(), f"select 1 as place, {expression} as odd"), zone.raw))
    assert zone.frame(f"select odd from '{path}'").rows() == [(expected,)]


def test_the_same_rows_have_the_same_hash_whatever_the_order_and_land_once(zone: Any, server: Server) -> None:
    up = landed(zone, shop(server.url(), "select * from lines order by order_id, line_id"))
    down = landed(zone, shop(server.url(), "select * from lines order by order_id desc, price, line_id desc"))
    assert (up.new_files, down.new_files) == (1, 0)
    assert zone.warehouse.scalar("select count(*) from landed_files") == 1
    assert zone.warehouse.scalar("select count(*) from landed_transactions") == 5


def test_an_answer_sorted_in_parts_does_not_depend_on_the_order_either(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: Any
) -> None:
    from assets.landing import database_source

    monkeypatch.setattr(database_source, "_SORTED_AT_ONCE", 100_000)
    numbers = (
        "select g as order_id, nullif(g % 10, 0) as line_id, md5(g::text) as product from generate_series(1, 50000) g"
    )
    up, down = (content(shop(server.url(), f"{numbers} order by g {way}"), zone.raw) for way in ("asc", "desc"))
    assert up == down
    path = tmp_path / "sorted.parquet"
    path.write_bytes(up)
    whole = "count(*), count(distinct order_id), count(line_id), min(md5(order_id::varchar) = product)"
    assert zone.warehouse.rows(f"select {whole} from '{path}'") == [(50_000, 50_000, 45_000, True)]


def test_a_new_answer_takes_the_place_of_the_old_one_and_a_past_night_still_has_it(zone: Any, server: Server) -> None:
    source = shop(server.url())
    zone.night(source)
    then = zone.clock
    server.do("update lines set price = 7 where order_id = 1", "delete from lines where order_id = 2")
    night = zone.night(source)
    sums = "select sum(amount) from order_lines"
    assert zone.warehouse.scalar(sums) == Decimal("36")
    assert zone.totals()["superseded"] > 0
    zone.night(source, known_at=then)
    assert zone.warehouse.scalar(sums) == Decimal("3703703685.7702")
    assert night.configuration.sources[0].name == "shop"


def test_overlapping_answers_add_up_where_rows_say_when_they_changed(zone: Any, server: Server) -> None:
    server.do(
        "alter table lines add column changed_at timestamp default '2024-06-11 00:00'",
        "update lines set ordered_at = '2024-06-01 00:00+00' where ordered_at is null",
    )
    columns = {**COLUMNS, "updated_at": "changed_at"}
    source = shop(server.url(), "select * from lines where order_id < 3", delivery="append", columns=columns)
    zone.night(source)
    server.do("update lines set price = 5, changed_at = '2024-06-12 00:00' where order_id = 1 and line_id = 2")
    zone.night({**source, "query": "select * from lines where order_id <> 2"})
    totals = zone.totals()
    assert (totals["rows_in"], totals["accepted"], totals["duplicates"], totals["quarantined"]) == (7, 6, 1, 0)
    lines = zone.frame("select order_id, line_id, unit_price from order_lines order by 1, 2").rows()
    assert [(order, line, float(price)) for order, line, price in lines] == [
        ("1", "1", 0.1), ("1", "2", 5.0), ("2", "1", 1234567890.1234), ("3", "1", 10.0), ("3", "2", 10.0),
    ]  # fmt: skip


# What goes wrong


def test_a_wrong_password_blocks_and_is_not_repeated(
    zone: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "wr0ng/p@ss")
    with pytest.raises(LandingError) as caught:
        landed(zone, shop(server.url()))
    message = str(caught.value)
    assert f"source shop: the database postgres at 127.0.0.1:{server.port} gave no answer" in message
    assert 'password authentication failed for user "owner"' in message
    assert "wr0ng" not in message


def test_a_server_that_stops_leaves_what_was_landed_and_is_named(zone: Any, server: Server) -> None:
    source = shop(server.url())
    zone.night(source)
    before = zone.frame("select * from order_lines order by all").rows()
    server.stop()
    try:
        landing = landed(zone, source)
        zone.night(source)
    finally:
        server.start()
    ((file, error),) = landing.unreached
    assert file == "query.parquet"
    assert f"the database postgres at 127.0.0.1:{server.port} gave no answer" in error
    assert "refused" in error
    assert PASSWORD not in error
    assert zone.frame("select * from order_lines order by all").rows() == before
    assert landed(zone, source).unreached == ()


def test_a_server_that_stops_in_the_middle_of_an_answer_changes_nothing(
    zone: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.landing import database_source

    source = shop(server.url())
    zone.land(zone.configuration(source))
    monkeypatch.setattr(database_source, "_ROWS_AT_ONCE", 100)
    stopped = []
    text_array = database_source._text_array

    def stop_after_the_first_rows(values: Any) -> Any:
        if not stopped:
            stopped.append(True)
            server.stop()
        return text_array(values)

    monkeypatch.setattr(database_source, "_text_array", stop_after_the_first_rows)
    try:
        landing = landed(
            zone, shop(server.url(), "select g as order_id, repeat('x', 1000) from generate_series(1, 99999) g")
        )
    finally:
        server.start()
    assert [file for file, _ in landing.unreached] == ["query.parquet"]
    assert zone.warehouse.scalar("select count(*) from landed_files") == 1
    assert list((zone.home / "archive").glob("_*")) == []


def test_a_table_that_stays_locked_is_not_waited_for_for_ever(
    zone: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.landing import database_source

    source = shop(server.url())
    zone.night(source)
    monkeypatch.setattr(database_source, "_LOCK_SECONDS", 1)
    with server.connected() as other, other.transaction():
        other.execute("lock table lines in access exclusive mode")
        ((file, error),) = landed(zone, source).unreached
    assert file == "query.parquet"
    assert "canceling statement due to lock timeout" in error


def test_a_server_or_address_that_says_how_long_to_wait_for_a_lock_is_asked_so(server: Server, tmp_path: Path) -> None:
    options = "?options=-c%20lock_timeout%3D7s"
    answer = content(shop(server.url() + options, "select current_setting('lock_timeout') as waits"), tmp_path)
    (tmp_path / "kept.parquet").write_bytes(answer)
    assert pl.read_parquet(tmp_path / "kept.parquet")["waits"].to_list() == ["7s"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nobody closes a stopped statement
def test_a_run_that_is_stopped_ends_its_query_at_the_server_too(server: Server, tmp_path: Path) -> None:
    class StoppedError(BaseException):
        """What a signal raises within a run: no KeyboardInterrupt, of which the driver would know."""

    def stopped(*_: Any) -> None:
        raise StoppedError

    before = signal.signal(signal.SIGALRM, stopped)
    try:
        signal.setitimer(signal.ITIMER_REAL, 2)
        with pytest.raises(StoppedError):
            content(shop(server.url(), "select pg_sleep(60) as order_id"), tmp_path)
        gc.collect()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    working = "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep(60)%'"
    with server.connected() as other:
        until = time.monotonic() + 10
        while other.execute(f"{working} and pid <> pg_backend_pid()").fetchone() != (0,):
            assert time.monotonic() < until, "the server works at it still"
            time.sleep(0.1)


def test_a_connection_that_a_firewall_dropped_is_noticed_in_minutes(server: Server) -> None:
    from assets.landing import database_source
    from assets.landing.environment_references import Secrets

    def idle_seconds(url: str) -> int:
        engine = database_source._engine(database_source._url(Source.model_validate(shop(url)), Secrets()))
        with database_source._connected(engine) as connection:
            raw: Any = connection.connection.driver_connection
            with socket.socket(fileno=os.dup(raw.pgconn.socket)) as same:
                assert same.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                return same.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)

    assert idle_seconds(server.url()) == 60
    assert idle_seconds(server.url() + "?keepalives_idle=5") == 5


def test_an_error_in_the_middle_of_an_answer_quotes_no_value(server: Server, tmp_path: Path) -> None:
    message = refusal_of(shop(server.url(), "select product::int from lines"), tmp_path)
    assert "invalid input syntax for type integer" in message
    assert "绿茶" not in message


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select * from nothing_here", 'relation "nothing_here" does not exist'),
        ("select order_id, line_id as order_id from lines", "several columns `order_id`"),
        ("select nextval('numbers')", "read-only transaction"),
        ("select spoil()", "read-only transaction"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(server: Server, tmp_path: Path, query: str, said: str) -> None:
    server.do(
        "create sequence if not exists numbers",
        "create or replace function spoil() returns int language sql as 'delete from lines returning 1'",
    )
    assert said in refusal_of(shop(server.url(), query), tmp_path)


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("postgresql://owner:${NOWHERE}@127.0.0.1/shop", "no environment variable NOWHERE"),
        ("mysql+nothing://owner:hidden@127.0.0.1/shop", "no dialect for mysql+nothing"),
        ("${GARBLED}", "not an SQLAlchemy URL"),
        ("postgresql://owner:hidden@127.0.0.1:1/shop?connect_timeout=2", "the database shop at 127.0.0.1:1"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_what_is_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str, said: str
) -> None:
    monkeypatch.setenv("GARBLED", "hidden text")
    message = refusal_of(shop(database), tmp_path)
    assert said in message
    assert "hidden" not in message


def test_a_whole_address_from_the_environment_may_be_used(
    zone: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from urllib.parse import quote

    monkeypatch.setenv("SHOP_DATABASE", server.url(quote(PASSWORD, safe="")).replace("postgresql:", "postgres:"))
    assert landed(zone, shop("${SHOP_DATABASE}")).new_files == 1
    monkeypatch.setenv("SHOP_DATABASE", server.url("another_secret"))
    ((_, error),) = landed(zone, shop("${SHOP_DATABASE}")).unreached
    assert f"postgres at 127.0.0.1:{server.port}" in error
    assert "another_secret" not in error


def test_where_things_are_and_who_asks_enter_no_hash_and_no_dump(zone: Any) -> None:
    one = zone.configuration(shop("postgresql://ann:one@here/shop", "select 1 as order_id"))
    other = zone.configuration(shop("postgresql://bob:two@there/shop", "select 2 as order_id"))
    assert mapping_hash(one.sources[0], rules_of(one)) == mapping_hash(other.sources[0], rules_of(other))
    for shown in (repr(one), str(one.model_dump()), one.model_dump_json()):
        assert "ann:one" not in shown
    from assets.input_key import configuration_hash

    assert configuration_hash(one) == configuration_hash(other)


@pytest.mark.slow
def test_many_rows_are_fetched_in_bounded_memory(server: Server, tmp_path: Path) -> None:
    """In a process of its own, whose peak is its own: 300 MB of rows take less than that."""
    script = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from assets.configuration.sources import Source
        from assets.landing import database_source
        from assets.landing.source_files import find_files

        database_source._SORTING_MEMORY = "128MB"
        database_source._SORTED_AT_ONCE = 16 << 20
        source = Source(
            name="shop", kind="transactions", columns={"order_id": "a", "ordered_at": "b"}, database=sys.argv[1],
            query=f"select g as a, now() as b, repeat(md5(g::text), 64) as c from generate_series(1, {sys.argv[2]}) g",
        )
        with find_files(source)[0].open(Path(sys.argv[3])) as answer:
            assert len(answer.read(4)) == 4
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        """
    )

    def peak(rows: int) -> float:
        command = [sys.executable, "-c", script, server.url(), str(rows), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return float(done.stdout)

    few, many = peak(20_000), peak(150_000)
    assert many < few + 200  # MB
