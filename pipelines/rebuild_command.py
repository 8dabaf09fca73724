"""``analytics rebuild``: the warehouse anew, from the archive and its journal."""

from __future__ import annotations

from pathlib import Path

import click

from assets.printable_text import counted
from pipelines.command_options import FAILED, USAGE, config_option, console_here, home_option, project_of, stop


@click.command()
@config_option
@home_option
def rebuild(config: Path | None, home: Path | None) -> None:
    """Make the warehouse anew from the archive and its journal.

    Checks the archived bytes, reads them under the present configuration and compares the rows with the old warehouse
    before it is replaced. Every file keeps the moment it was loaded, so that past nights replay as before. `run` does
    this by itself where the warehouse is lost, damaged or of another version.

    Exit 0: rebuilt. 1: archived bytes are lost or damaged, or the rows differ; nothing was replaced. 2: usage or
    configuration error. 3: another run holds this home.
    """
    import duckdb

    from assets.home_lock import HomeLock
    from assets.landing.rebuild import WAREHOUSE, RebuildError
    from assets.landing.rebuild import rebuild as rebuild_warehouse
    from pipelines.progress import reporter, reporting, step

    project = project_of(config, home)
    if not (project.home / "archive").is_dir() and not (project.home / WAREHOUSE).exists():
        stop(f"nothing has landed in {project.home} yet: there is nothing to rebuild from", USAGE)
    console = console_here()
    try:
        with HomeLock(project.home), reporting(console, steps=1), step("rebuild", "landing") as detail:
            done = rebuild_warehouse(
                project.home,
                project.configuration,
                progress=lambda what, count, total: reporter().doing(f"rebuild: {what}", count, total),
            )
            detail.append(f"{counted(done.rows, 'row')} of {counted(done.files, 'landed file')}")
    except RebuildError as error:
        stop(f"nothing was replaced. {error}", FAILED)
    except duckdb.Error as error:
        stop(f"nothing was replaced. {project.home / WAREHOUSE} cannot be opened: {error}", FAILED)
    for name in done.restored:
        click.echo(f"its archived bytes were missing or damaged, and were taken from the landing zone again: {name}")
    if done.unreadable:
        click.echo(
            f"{done.unreadable:,} of {counted(done.contents, 'content')} cannot be read; the next night says why"
        )
    if done.compared is not None:
        hold = "holds" if done.compared == 1 else "hold"
        click.echo(f"{counted(done.compared, 'content')} {hold} the same rows as in the old warehouse")
    if done.set_aside is not None:
        click.echo(f"the old warehouse could not be opened; it is kept as {done.set_aside}")
    click.echo(f"{project.home / WAREHOUSE} is new; `analytics run` computes the night from it")
