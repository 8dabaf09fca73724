"""``analytics releases prune``: give up old releases, by age and by count."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from assets.printable_text import counted
from pipelines.command_options import on_releases

if TYPE_CHECKING:
    from assets.releases.store import ReleaseStore

KEEP_LAST, KEEP_DAYS = 30, 400


@click.command("prune")
@click.option(
    "--keep-last",
    type=click.IntRange(1),
    default=KEEP_LAST,
    show_default=True,
    help="Keep the newest publication of this many newest dates.",
)
@click.option(
    "--keep-days",
    type=click.IntRange(0),
    default=KEEP_DAYS,
    show_default=True,
    help="Keep what was published, or rolled back to, in this many days.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@on_releases
def prune_releases(store: ReleaseStore, keep_last: int, keep_days: int, dry_run: bool) -> None:
    """Give up releases that neither rule keeps, and free what only they hold.

    Kept whatever the rules say: the latest release, what a rollback in force has set aside, and of each release that
    stays the one that its history tables compare with. Pages, landed files and the archive stay as they are. A date
    that is pruned can be run again.

    Exit 0: done. 1: the published folder is damaged; nothing was removed. 3: a run holds this home.
    """
    from assets.home_lock import HomeLock
    from assets.releases.retention import Retention

    if not store.published.is_dir():
        click.echo(f"nothing is published in {store.published} yet")
        return
    with nullcontext() if dry_run else HomeLock(store.published.parent):
        pruned = store.prune(Retention(keep_last, keep_days), at=dt.datetime.now(dt.UTC), dry_run=dry_run)
    would = "would go" if dry_run else "pruned"
    for release, as_of in pruned.releases:
        click.echo(f"{would}: {as_of}  {release}")
    click.echo(
        f"{counted(len(pruned.releases), 'release')} {would}, {pruned.kept:,} kept;"
        f" {counted(len(pruned.versions), 'table version')} of {pruned.bytes / 1e6:,.1f} MB"
    )
