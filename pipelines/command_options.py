"""What every command of ``analytics`` shares: its options, its console, its exit codes, and how it stops."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from rich.console import Console

    from assets.releases.store import ReleaseStore
    from pipelines.project import Project

FAILED, USAGE, BUSY = 1, 2, 3
_DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
_DAMAGED = ("SQLITE_NOTADB", "SQLITE_CORRUPT")


class Folder(click.Path):
    """A folder's path that is not empty: a shell's variable without a value would be the folder the shell is in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The text as a path; nothing at all is a usage error."""
        if value == "":
            self.fail("found an empty text, expected the path of a folder; leave it out for the default", param, ctx)
        return super().convert(value, param, ctx)


home_option = click.option(
    "--home",
    type=Folder(file_okay=False, path_type=Path),
    help="Home directory. Default: $ANALYTICS_HOME, else the configuration's; without a configuration, ./data.",
)


def _config_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--config",
        "config",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"Configuration (YAML). Default: $ANALYTICS_CONFIG, else ./analytics.yaml{default}.",
    )


config_option = _config_option(" where it is, else the sample shop's")
file_option = _config_option("")


class Day(click.ParamType):
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """The text as a date; anything else is a usage error."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; expected YYYY-MM-DD, for example 2025-12-31", param, ctx)


def stop(message: str, code: int) -> NoReturn:
    """End the command with a message on standard error."""
    click.echo(message, err=True)
    sys.exit(code)


def console_here() -> Console:
    """Rich's console on standard output; a pipe has no width of its own."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def how_it_ends(error: Exception) -> tuple[str, int] | None:
    """What to say of an error that any command may meet, and its exit code; None for any other."""
    from assets.home_lock import HomeBusy
    from assets.landing.landing_error import LandingError
    from assets.releases.manifest import DamagedStoreError
    from assets.releases.store import UnknownReleaseError

    for kind, code in (
        (HomeBusy, BUSY),
        (UnknownReleaseError, USAGE),
        (DamagedStoreError, FAILED),
        (LandingError, FAILED),
    ):
        if isinstance(error, kind):
            return str(error), code
    line = what_cannot_be_used(error)
    return None if line is None else (line, FAILED)


def what_cannot_be_used(error: Exception) -> str | None:
    """One line: what could not be read or written, why, and what to do; None for an error of another kind."""
    if isinstance(error, FileNotFoundError) and not error.filename and not _is_somewhere():
        return "the working directory was deleted: change into one that is there and run the command again"
    if isinstance(error, OSError):
        what, why = error.filename or "a file", error.strerror or str(error)
    elif _sqlite_error(error).startswith(_DAMAGED):
        return (
            f"a database of the orchestrator in the home's dagster/ is damaged: {getattr(error, 'orig', error)}. Move"
            " dagster/history away, and dagster/schedules where that is not enough, while nothing runs and the UI is"
            " closed: its lists begin anew, and no release changes."
        )
    elif _is_of_a_databases_file(error):
        what, why = "a database of the home", str(getattr(error, "orig", error)).splitlines()[0]
    else:
        return None
    return (
        f"{what} cannot be read or written: {why}. See to it that there is room and this account may write there, or"
        " name another place; what is published stays as it is."
    )


def _is_somewhere() -> bool:
    """Whether the working directory is still there."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def _sqlite_error(error: Exception) -> str:
    """SQLite's name of the error, where it is one of SQLite's."""
    return getattr(getattr(error, "orig", error), "sqlite_errorname", "")


def _is_of_a_databases_file(error: Exception) -> bool:
    """Whether a database's engine met the disk and not a statement; SQLAlchemy's error holds the driver's."""
    import sqlite3

    cause = getattr(error, "orig", error)
    if isinstance(cause, sqlite3.OperationalError):
        return _sqlite_error(error).startswith(_DISK)
    if not type(cause).__module__.endswith("duckdb"):
        return False
    is_amid_checkpoint = "Could not write file" in str(cause)  # then the error is a fatal one
    return is_amid_checkpoint or type(cause).__name__ == "IOException"


def project_of(config: Path | None, home: Path | None) -> Project:
    """The project the options name; ends the command where there is none, or its configuration has problems."""
    from pipelines.configuration_problems import ConfigurationError
    from pipelines.project import open_project

    if config is not None and not config.is_file():
        stop(f"{config}: no such file; expected a configuration in YAML (docs/configuration.md)", USAGE)
    try:
        project = open_project(config, home)
    except ConfigurationError as error:
        stop(str(error), USAGE)
    expect_no_sign(project.home)
    return project


def expect_no_sign(home: Path) -> None:
    """End the command where the path of a home holds what the engine ends a file's name at."""
    from pipelines.configuration_file import ENDS_A_NAME

    if ENDS_A_NAME in str(home):
        stop(
            f"{home}: the path of a home was expected to hold no {ENDS_A_NAME}, where a file's name ends for the "
            "engine; name another with --home or in the configuration",
            USAGE,
        )


def on_releases(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command the releases of the home that its options, or those of the group above it, name."""

    @config_option
    @home_option
    @click.pass_context
    @wraps(command)
    def opened(ctx: click.Context, config: Path | None, home: Path | None, **options: Any) -> None:
        given_config, given_home = ctx.obj or (None, None)
        command(_store_of(config or given_config, home or given_home), **options)

    return opened


def _store_of(config: Path | None, home: Path | None) -> ReleaseStore:
    from assets.releases.store import ReleaseStore

    if home is not None and config is None:
        return ReleaseStore(home.resolve() / "published")
    return project_of(config, home).store
