"""``analytics forget``: give up landed files, as if they had never landed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assets.printable_text import counted
from pipelines.command_options import FAILED, USAGE, config_option, console_here, home_option, project_of, stop

if TYPE_CHECKING:
    from assets.landing.landing_journal import Entry

_LISTED = 20


@click.command(short_help="Give up landed files for good.")
@click.argument("files", nargs=-1, metavar="[SOURCE/FILE]...")
@click.option("--superseded", is_flag=True, help="Every version that a newer one of its file or source has replaced.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
@home_option
def forget(
    files: tuple[str, ...], superseded: bool, dry_run: bool, yes: bool, config: Path | None, home: Path | None
) -> None:
    """Give up landed files for good: archive, journal and warehouse become as if they had never landed.

    SOURCE/FILE names every version of a landed file, as row_accounting lists it; in quotes, * stands for anything. A
    file that still lies in the landing zone lands again with the next run, as it is now. Releases stay: the next run
    computes the night anew, and `analytics releases prune` gives up the old ones. Nights as they were known before can
    no longer be repeated.

    Exit 0: done, or nothing to give up. 1: what stays could not be read as before; nothing was given up. 2: usage or
    configuration error. 3: a run holds this home.
    """
    from assets.forgotten_files import NoSuchFileError, named_files, superseded_files, sweep_bytes
    from assets.forgotten_files import forget as give_up
    from assets.home_lock import HomeLock
    from assets.landing.landing_zone import LandingError, read_archived
    from assets.landing.rebuild import RebuildError
    from pipelines.home_warehouse import WarehouseError, mend_warehouse, opened_warehouse
    from pipelines.night_resource import utc_now
    from pipelines.progress import reporter, reporting, step

    if bool(files) == superseded:
        stop("name files as source/file, or --superseded: one of the two", USAGE)
    project = project_of(config, home)
    if not (project.home / "archive").is_dir():
        stop(f"nothing has landed in {project.home} yet: there is nothing to give up", USAGE)
    console = console_here()
    try:
        with HomeLock(project.home):
            mend_warehouse(project, click.echo)
            with opened_warehouse(project) as warehouse:
                if superseded:
                    read_archived(warehouse, project.configuration, project.home)
            if not dry_run and (left := sweep_bytes(project.home)):
                click.echo(f"{left / 1e6:,.1f} MB of the archive are free that a call which was killed had left")
            if superseded:
                entries = superseded_files(project.home, project.configuration)
            else:
                entries = named_files(project.home, files)
            _tell(entries)
            if dry_run or not entries:
                return
            if not yes:
                click.confirm("Give them up for good?", abort=True)
            if not superseded:
                with opened_warehouse(project) as warehouse:  # what is lost of the files named may go
                    read_archived(warehouse, project.configuration, project.home, is_examined=True)
            with reporting(console, steps=1), step("forget", "landing") as detail:
                done = give_up(
                    project.home,
                    project.configuration,
                    entries,
                    at=utc_now(),
                    progress=lambda what, count, total: reporter().doing(f"forget: {what}", count, total),
                )
                detail.append(
                    f"{counted(done.rebuilt.rows, 'row')} of {counted(done.rebuilt.files, 'landed file')} stay"
                )
    except NoSuchFileError as error:
        stop(str(error), USAGE)
    except (LandingError, RebuildError, WarehouseError) as error:
        stop(f"nothing was given up. {error}", FAILED)
    click.echo(
        f"{done.bytes / 1e6:,.1f} MB of the archive are free; `analytics run` computes the night from the others"
    )


def _tell(entries: Sequence[Entry]) -> None:
    """The files, one line each, as far as they can be looked through, and how many there are."""
    from assets.forgotten_files import name_of

    for entry in entries[:_LISTED]:
        click.echo(f"{name_of(entry)}  loaded {entry['loaded_at'][:16]} UTC  {counted(entry['lines'] or 0, 'line')}")
    if len(entries) > _LISTED:
        click.echo(f"and {len(entries) - _LISTED:,} more")
    click.echo(f"{counted(len(entries), 'version')} of landed files")
