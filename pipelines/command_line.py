"""The ``analytics`` command. Heavy libraries load inside the commands that need them: help answers at once."""

from __future__ import annotations

import atexit
import datetime as dt
import errno
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.printable_text import counted
from pipelines.backfill_command import backfill
from pipelines.command_options import (
    FAILED,
    USAGE,
    Day,
    Folder,
    config_option,
    console_here,
    expect_no_sign,
    file_option,
    home_option,
    how_it_ends,
    on_releases,
    project_of,
    stop,
    what_cannot_be_used,
)
from pipelines.command_output import expect_written, speaking
from pipelines.forget_command import forget
from pipelines.garbage import collecting_rarely
from pipelines.identity_commands import identity
from pipelines.prune_command import prune_releases
from pipelines.quarantine_commands import quarantine
from pipelines.rebuild_command import rebuild
from pipelines.source_commands import sources
from pipelines.stop_signals import told_before_it_begins

if TYPE_CHECKING:
    from assets.releases.store import ReleaseStore

_NIGHTS = ("run", "backfill", "rebuild", "forget")
"""Commands whose exit code says what was done, whether or not it could be told."""


class _Commands(click.Group):
    """Commands that say in a line that a home is held, or what they cannot find, read or write, whoever finds out."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Be the program. Once its last word is said, Ctrl-C ends it there: Python would trace what it takes down.

        What a night has loaded is left to the system: object by object, taking it down would take another second.
        """
        try:
            try:
                return super().__call__(*args, **kwargs)
            finally:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
        except SystemExit as end:
            if end.code is None or isinstance(end.code, int):
                atexit._run_exitfuncs()
                os._exit(end.code or 0)
            raise

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line."""
        with speaking():
            return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            result = super().invoke(ctx)
            if ctx.invoked_subcommand not in _NIGHTS:
                expect_written()
        except click.exceptions.Exit:  # as --help ends
            raise
        except Exception as error:
            told = how_it_ends(error)
            if told is None:
                from assets.warehouse import heeding_interrupts

                with heeding_interrupts():
                    raise
            stop(*told)
        return result


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="customer-analytics")
def main() -> None:
    """Customer analytics, every night: from landed files to a published release and its report."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")


@main.command()
@config_option
@home_option
@click.option("--as-of", type=Day(), help="Business date. Default: yesterday, or the newest order's date if earlier.")
@click.option("--known-at", metavar="TIME", help="Replay: nothing loaded after this ISO moment (UTC) counts.")
@click.option("--full", is_flag=True, help="Compute every table anew from the landed rows, even of a published night.")
@click.option("--profile", is_flag=True, help="Tell where time and memory went; also reports/profile-<as_of>.json.")
@told_before_it_begins()
@collecting_rarely()
def run(
    config: Path | None, home: Path | None, as_of: dt.date | None, known_at: str | None, full: bool, profile: bool
) -> None:
    """Run one night: land, clean, build, check, publish, report.

    A night that is published already from the same inputs is recognised and not computed; --full computes it all the
    same, keeps nothing that an earlier night left in the warehouse but the landed rows, and says whether the tables
    came out as they were published.

    Exit 0: published, or identical to the last release. 1: blocked or failed, nothing published. 2: usage or
    configuration error. 3: another run holds this home.
    """
    from contextlib import nullcontext

    from assets.releases.manifest import DamagedStoreError
    from pipelines.run_profile import Profiler, profile_path, tell_profile

    profiler = Profiler() if profile else None
    with profiler.importing() if profiler else nullcontext():
        from pipelines.failed_run import where_rows_are_told
        from pipelines.night_date import NoSuchNightError, expect_possible
        from pipelines.nightly_run import NightFailedError, NightInterruptedError, has_landed_files, run_night
        from pipelines.summary import print_summary

    project = project_of(config, home)
    console = console_here()
    if known_at is not None:
        try:
            dt.datetime.fromisoformat(known_at)
        except ValueError:
            stop(f"--known-at {known_at!r} is not an ISO moment, for example 2025-12-31T06:00:00", USAGE)
        _tell_of_forgotten_files(project.home, known_at)
    before = _manifests(project.store)
    try:
        expect_possible(as_of, project.configuration)
        with profiler.measuring() if profiler else nullcontext():
            if project.file is None and not has_landed_files(project.configuration):
                _land_sample_shop(project.home, console)
            result = run_night(project, console, as_of=as_of, known_at=known_at, full=full)
    except NoSuchNightError as error:
        stop(str(error), USAGE)
    except DamagedStoreError as error:
        stop(f"nothing was published. {error}", FAILED)
    except NightInterruptedError as error:
        if _manifests(project.store) != before:
            stop(f"the night was {error} when its release was published already: run it again to complete it", FAILED)
        stop(f"nothing was published. The night was {error}: run it again", FAILED)
    except NightFailedError as error:
        rows = where_rows_are_told(error.blocked_by)
        stop(
            f"nothing was published. The night was {error}\n{rows}See it in `analytics ui`, or correct and run again.",
            FAILED,
        )
    print_summary(console, project, result)
    if profiler:
        tell_profile(console, profiler.profile(), profile_path(project.home, result.as_of))


def _manifests(store: ReleaseStore) -> list[str]:
    """What is published, by its manifests; none where the history is damaged, of which the run tells."""
    from assets.releases.manifest import DamagedStoreError

    try:
        return [line.manifest for line in store.list()]
    except DamagedStoreError:
        return []


def _tell_of_forgotten_files(home: Path, known_at: str) -> None:
    """Say so where files have been given up since the moment that is to be repeated."""
    from assets.forgotten_files import forgotten_at
    from pipelines.night_resource import utc_moment

    since = forgotten_at(home)
    if since is not None and utc_moment(known_at) < since:
        click.echo(
            f"landed files were given up on {since:%Y-%m-%d %H:%M} UTC (`analytics forget`): what was known before "
            "cannot be repeated, and this night counts what is left of it"
        )


def _land_sample_shop(home: Path, console: Any) -> None:
    """Simulate the sample shop into the home's empty landing zone, up to yesterday."""
    from assets.home_lock import HomeLock
    from pipelines.profile_parts import part_of_run
    from pipelines.sample_shop import write_sample_shop

    console.print("Nothing has landed and no configuration is given: simulating the sample shop first.")
    with HomeLock(home), part_of_run("the sample shop", "simulation"):
        end = dt.date.today() - dt.timedelta(days=1)
        shop = write_sample_shop(20_000, 1, home / "raw", end=end, years=2)
    console.print(
        f"{shop.order_rows:,} order lines of {shop.customers:,} customers landed in {shop.out}", soft_wrap=True
    )


@main.command(short_help="Write a believable shop to try things on.")
@click.option("--customers", type=click.IntRange(1), required=True, help="Customers to simulate.")
@click.option("--seed", type=click.IntRange(0), required=True, help="Seed: the same one gives the same files.")
@click.option("--out", type=Folder(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
@click.option("--end", type=Day(), default="2025-12-31", show_default=True, help="Last day of the shop's log.")
@click.option("--years", type=click.IntRange(1), default=2, show_default=True, help="Length of the log.")
@home_option
def simulate(customers: int, seed: int, out: Path, end: dt.date, years: int, home: Path | None) -> None:
    """Write a believable shop: orders, returns, surveys, duplicates and dirt, a configuration and the truth."""
    from pipelines.sample_shop import write_sample_shop

    del home  # accepted everywhere; a simulated shop lies where --out says
    try:
        shop = write_sample_shop(customers, seed, out, end=end, years=years)
    except (FileExistsError, ValueError) as error:
        stop(str(error), USAGE)
    click.echo(f"{shop.order_rows:,} order rows, {shop.survey_rows:,} survey rows, {shop.customers:,} customers: {out}")
    click.echo(f"run it with: analytics run --config {shop.configuration}")


@main.command("check-config", short_help="Name every problem of a configuration at once.")
@file_option
@home_option
def check_config(config: Path | None, home: Path | None) -> None:
    """Name every problem of a configuration at once: file, line, what was found and what was expected."""
    from pipelines.configuration_file import check
    from pipelines.project import CONFIGURATION_VARIABLE, DEFAULT_FILE

    file = config or Path(os.environ.get(CONFIGURATION_VARIABLE) or DEFAULT_FILE)
    if not file.is_file():
        stop(f"{file}: no such file; expected a configuration in YAML (docs/configuration.md)", USAGE)
    if home is not None:
        expect_no_sign(home.resolve())
    problems = check(file, home=home.resolve() if home else None)
    for problem in problems:
        click.echo(str(problem))
    errors = sum(problem.level == "error" for problem in problems)
    if errors:
        stop(f"{counted(errors, 'problem')} in {file}", USAGE)
    click.echo(f"{file}: no error found" + (f", warnings: {len(problems)}" if problems else ""))


@main.group(invoke_without_command=True)
@config_option
@home_option
@click.pass_context
def releases(ctx: click.Context, config: Path | None, home: Path | None) -> None:
    """The published history: list, show, verify, rollback, prune."""
    ctx.obj = (config, home)
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_releases)


@releases.command("list")
@on_releases
def list_releases(store: ReleaseStore) -> None:
    """Every release, newest date first; * marks the one readers get."""
    lines = store.list()
    if not lines:
        click.echo(f"nothing is published in {store.published} yet; `analytics run` publishes the first release")
    for line in lines:
        mark = "*" if line.is_latest else " "
        note = "  (set aside by a rollback)" if line.is_withdrawn else ""
        click.echo(f"{mark} {line.as_of}  {line.id}  published {line.published_at:%Y-%m-%d %H:%M:%S} UTC{note}")


@releases.command("show")
@click.argument("release")
@on_releases
def show_release(store: ReleaseStore, release: str) -> None:
    """One release: its tables, what they were computed from, its checks."""
    found = store.show(release)
    click.echo(f"release     {found.id}\nas of       {found.as_of}\nknown at    {found.known_at.isoformat()}")
    click.echo(f"published   {found.published_at:%Y-%m-%d %H:%M:%S} UTC\nmanifest    {found.manifest}")
    click.echo(f"inputs      {counted(len(found.inputs), 'file')}\nchecks      {found.checks.get('passed', 0)} hold")
    for name, version in found.tables.items():
        click.echo(f"  {name:<20} {version.rows:>10,} rows  {version.bytes / 1024:>10,.0f} KiB  {version.path}")


@releases.command("verify")
@click.argument("release", required=False)
@on_releases
def verify_release(store: ReleaseStore, release: str | None) -> None:
    """Recompute every hash of one release, or of all; exit 1 where anything differs, 2 where nothing is published.

    What a killed run left half announced is completed first, unless a run is going on.
    """
    for name in _complete(store):
        click.echo(f"made anew: {name}")
    problems = store.verify(release)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        stop(counted(len(problems), "problem"), FAILED)
    count = 1 if release else len(store.list())
    if not count:
        stop(f"nothing is published in {store.published}; is it the home you mean?", USAGE)
    click.echo(f"{counted(count, 'release')} verified: every hash agrees")


def _complete(store: ReleaseStore) -> list[str]:
    """What had to be made anew of the pointer and the views; nothing where a run holds the home or it takes no writes.

    The run completes it then; what is damaged, or not current, is named by the verification.
    """
    from assets.home_lock import HomeBusy, HomeLock
    from assets.releases.manifest import DamagedStoreError

    if not store.published.is_dir() or not os.access(store.published, os.W_OK):
        return []
    try:
        with HomeLock(store.published.parent):
            return store.repair()
    except Exception as error:
        if isinstance(error, HomeBusy | DamagedStoreError) or what_cannot_be_used(error):  # such as a full disk
            return []
        raise


@releases.command("rollback")
@click.argument("release")
@on_releases
def rollback_release(store: ReleaseStore, release: str) -> None:
    """Make an earlier release the latest until the next night is published.

    Tables of changes go on comparing with the release that is set aside.
    """
    from assets import report
    from assets.home_lock import HomeLock

    where = store.published.parent
    if not store.published.is_dir() and not HomeLock(where).path.exists():  # taking the lock would make a home of it
        stop(f"nothing is published in {store.published}; is it the home you mean?", USAGE)
    with HomeLock(where):
        target = store.rollback(release, at=dt.datetime.now(dt.UTC))
        has_page = report.is_page_of(where, target)
        if has_page:
            report.make_latest(where, target.as_of)
    click.echo(f"latest is now {target.id}, as of {target.as_of}, until the next night is published")
    if not has_page:
        click.echo("its page is not kept: reports/latest.html stays as it was", err=True)


@main.command()
@click.argument("name")
@on_releases
@click.option("--release", help="Release id, its beginning, or its date. Default: the latest.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "xlsx", "json"]),
    help="Default: by the ending of --out; on the terminal, a table of the first rows.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; xlsx needs one. `-`: to the standard output, as without it.",
)
def table(store: ReleaseStore, name: str, release: str | None, format_: str | None, out: Path | None) -> None:
    """Look at a published table, or export it.

    Exit 0: done. 1: nothing is published, the table's files are damaged, or the output cannot be written. 2: usage or
    configuration error.
    """
    from assets.releases.store import UnknownTableError
    from pipelines.table_export import TableExportError, export, format_of

    out = None if str(out) == "-" else out
    try:
        form = format_ or format_of(out)
        found = store.latest() if release is None else store.show(release)
        if found is None:
            missing = f"nothing is published in {store.published} yet"
            stop(f"{missing}; `analytics run` publishes the first release", FAILED)
        export(store.read_table(found, name), form, out)
    except (UnknownTableError, TableExportError) as error:
        stop(str(error), USAGE)


@main.command(short_help="Open Dagster's UI, with the schedule.")
@config_option
@home_option
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Port of the UI.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to bind. The UI has no login: keep it on this machine.",
)
def ui(config: Path | None, home: Path | None, port: int, host: str) -> None:
    """Open Dagster's UI on this project, with the schedule's daemon beside it."""
    from pipelines.nightly_run import prepare_instance

    project = project_of(config, home)
    _expect_free(host, port)  # Dagster finds out when its daemon runs already, and goes on with that
    prepare_instance(project.home)
    folder = project.home / "dagster"
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    project.remember()
    # Its notice that another command supersedes this one is for its own developers.
    command = [sys.executable, "-W", "ignore", "-m", "dagster", "dev", "-m", "pipelines.definitions"]
    command += ["-h", host, "-p", str(port)]
    click.echo(f"Dagster's UI: http://{host}:{port} (Ctrl-C stops it)")
    sys.stdout.flush()
    os.chdir(folder)  # a `.env` where the command was typed would name another home
    os.execv(sys.executable, command)


def _expect_free(host: str, port: int) -> None:
    """End the command where nobody can listen there."""
    import socket

    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (")[0]  # Python repeats the address behind it
        stop(f"the UI cannot listen on {host}:{port}: {why}. Is it open already? --port names another", FAILED)


releases.add_command(prune_releases)
main.add_command(backfill)
main.add_command(forget)
main.add_command(identity)
main.add_command(quarantine)
main.add_command(rebuild)
main.add_command(sources)
