"""``analytics quarantine``: the rows set aside, counted, exported, and read again after a fix.

Read from the warehouse: a night that was blocked has not published its quarantine. Values of rows are shown only where
they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.printable_text import counted
from pipelines.command_options import FAILED, USAGE, config_option, home_option, project_of, stop

if TYPE_CHECKING:
    import polars as pl

    from assets.readmission import SetAside
    from assets.warehouse import Warehouse
    from pipelines.project import Project

_HEADING = ("source", "reason", "file", "rows", "first at")


def _which(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that choose rows."""
    for option in (
        click.option("--file", "file", metavar="PATTERN", help="Only files of this name; * stands for anything."),
        click.option("--reason", help="Only rows set aside for this reason."),
        click.option("--source", help="Only this source."),
    ):
        command = option(command)
    return command


def _how_much(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--rows", is_flag=True, help="Print the rows themselves, with their original text."),
        click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Most lines to print."),
    ):
        command = option(command)
    return command


@click.group(invoke_without_command=True, short_help="The rows set aside by the last night.")
@config_option
@home_option
@_which
@_how_much
@click.pass_context
def quarantine(
    ctx: click.Context,
    config: Path | None,
    home: Path | None,
    **choice: Any,
) -> None:
    """The rows set aside by the last night, published or blocked: show, export, readmit.

    Exit 0: done. 1: no night has been computed yet, or its quarantine is gone. 2: usage or configuration error. 3:
    another run holds this home.
    """
    ctx.obj = (config, home)
    if ctx.invoked_subcommand is None:
        ctx.invoke(show, **choice)


@quarantine.command()
@config_option
@home_option
@_which
@_how_much
@click.pass_context
def show(
    ctx: click.Context,
    source: str | None,
    reason: str | None,
    file: str | None,
    limit: int,
    rows: bool,
    config: Path | None = None,
    home: Path | None = None,
) -> None:
    """Count what is set aside by source, reason and file, with the place of the first; --rows prints the rows."""
    with _last_night(ctx, config, home) as (project, _, found):
        chosen = _chosen(project, found.rows, source, reason, file)
    if rows:
        _print_rows(chosen, limit)
    else:
        _print_counts(chosen, limit)
    rows_are = counted(chosen.height, "row")
    click.echo(f"{rows_are} set aside as of {found.as_of}, known at {found.known_at.isoformat()} UTC")
    if found.superseded:
        click.echo(f"{found.superseded:,} more are in versions of files that a newer one has replaced")
    for name, error in found.unreadable.select(_place(), "error").rows()[:limit]:
        click.echo(f"set aside whole: {name}: {error}")


@quarantine.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
@click.option(
    "--format", "format_", type=click.Choice(["csv", "xlsx", "json"]), help="Default: by the ending of --out."
)
@config_option
@home_option
@_which
@click.pass_context
def export(
    ctx: click.Context,
    out: Path,
    format_: str | None,
    source: str | None,
    reason: str | None,
    file: str | None,
    config: Path | None = None,
    home: Path | None = None,
) -> None:
    """Write the rows with all their reasons and their original text, for whoever can put them right."""
    from pipelines.table_export import TableExportError, format_of
    from pipelines.table_export import export as write

    try:
        form = format_ or format_of(out)
        with _last_night(ctx, config, home) as (project, _, found):
            chosen = _chosen(project, found.rows, source, reason, file)
        write(chosen.lazy(), form, out)
    except TableExportError as error:
        stop(str(error), USAGE)
    click.echo(f"{counted(chosen.height, 'row')} in {out}")


@quarantine.command()
@config_option
@home_option
@click.option("--dry-run", is_flag=True, help="Only say what would come back.")
@click.pass_context
def readmit(ctx: click.Context, dry_run: bool, config: Path | None = None, home: Path | None = None) -> None:
    """Read the files that hold rows set aside again, after a fix of mapping, rule or limits.

    The bytes come from the archive. Says per source and reason how many rows and how much money come back, and what
    stays and why. The next `run` counts and publishes what came back.
    """
    from assets.landing.landing_zone import read_archived
    from assets.readmission import readmission

    with _last_night(ctx, config, home) as (project, warehouse, found):
        done = readmission(warehouse, project.configuration, project.home, found)
        if not dry_run:
            read_archived(warehouse, project.configuration, project.home)
    _print_readmitted(done.rows)
    _print_staying(done.rows)
    for name, before, now in done.unreadable.select(_place(), "error", "error_now").rows():
        click.echo(
            f"{name}: " + (f"cannot be read: {now}" if now is not None else f"can be read now; it was: {before}")
        )
    back = done.rows["reasons_now"].is_null().sum()
    unreadable = done.unreadable["error"].is_not_null()
    freed = (unreadable & done.unreadable["error_now"].is_null()).sum()
    click.echo(
        f"{back:,} of {counted(done.rows.height, 'row')}"
        + (f" and {freed:,} of {counted(int(unreadable.sum()), 'unreadable file')}" if unreadable.any() else "")
        + (" would come back" if dry_run else " come back" + "; `analytics run` publishes them" * bool(back or freed))
    )
    if done.newly:
        click.echo(
            f"{counted(done.newly, 'row')} of the same files that count now would be set aside under this configuration"
        )
    if lost := int((~unreadable).sum()):
        click.echo(
            f"{counted(lost, 'file')} that the last night has read cannot be read under this configuration, and their"
            " rows would no longer count: correct it before the next run"
        )


@contextmanager
def _last_night(
    ctx: click.Context, config: Path | None, home: Path | None
) -> Iterator[tuple[Project, Warehouse, SetAside]]:
    """The project, its warehouse under the home's lock, and what the last night set aside."""
    from assets.home_lock import HomeLock
    from assets.landing.rebuild import WAREHOUSE
    from assets.readmission import NoNightError, set_aside
    from pipelines.home_warehouse import WarehouseError, opened_warehouse

    given_config, given_home = ctx.obj
    project = project_of(config or given_config, home or given_home)
    if not (project.home / WAREHOUSE).exists():
        stop(f"no night has been computed in {project.home} yet: `analytics run` says what it sets aside", FAILED)
    try:
        with HomeLock(project.home), opened_warehouse(project) as warehouse:
            yield project, warehouse, set_aside(warehouse, project.store.published)
    except (WarehouseError, NoNightError) as error:
        stop(str(error), FAILED)


def _chosen(
    project: Project, rows: pl.DataFrame, source: str | None, reason: str | None, file: str | None
) -> pl.DataFrame:
    """The rows of that source, reason and files; ends the command where no source is called so."""
    import fnmatch

    import polars as pl

    from assets.configuration.values import did_you_mean

    known = sorted({*(each.name for each in project.configuration.sources), *rows["source"]})
    if source is not None and source not in known:
        stop(f"no source is called {source!r}; {did_you_mean(source, known)}", USAGE)
    if source is not None:
        rows = rows.filter(pl.col("source") == source)
    if reason is not None:
        rows = rows.filter(pl.col("reasons").list.contains(reason))
    if file is not None:
        names = [name for name in rows["file"].unique() if fnmatch.fnmatchcase(name, file)]
        rows = rows.filter(pl.col("file").is_in(names))
    return rows


def _place() -> pl.Expr:
    import polars as pl

    return pl.format("{}/{}", "source", "file")


def _print_counts(rows: pl.DataFrame, limit: int) -> None:
    import polars as pl

    counts = (
        rows.explode("reasons")
        .sort("line_number")
        .group_by("source", "reasons", "file", maintain_order=True)
        .agg(pl.len().alias("rows"), pl.col("line_number").first(), pl.col("column_name").first())
        .sort("source", "rows", "reasons", "file", descending=[False, True, False, False])
    )
    lines = [
        (source, why, file, f"{n:,}", f"line {line}" + (f", {column}" if column else ""))
        for source, why, file, n, line, column in counts.head(limit).rows()
    ]
    if lines:
        _print_table(_HEADING, lines, right=(3,))
    if counts.height > limit:
        click.echo(f"... and {counts.height - limit:,} more; --limit {counts.height} prints them all")


def _print_rows(rows: pl.DataFrame, limit: int) -> None:
    for row in rows.head(limit).iter_rows(named=True):
        where = f"{row['source']}/{row['file']}:{row['line_number']}"
        column = f" {row['column_name']}" if row["column_name"] else ""
        text = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in row["raw"])
        click.echo(f"{where}{column}  {', '.join(row['reasons'])}\n    {text}")
    if rows.height > limit:
        click.echo(f"... and {rows.height - limit:,} more; --limit {rows.height} prints them all")


def _print_readmitted(rows: pl.DataFrame) -> None:
    import polars as pl

    comes_back = pl.col("reasons_now").is_null()
    counts = (
        rows.explode("reasons")
        .group_by("source", "reasons")
        .agg(pl.len(), comes_back.sum().alias("back"))
        .sort("source", "reasons")
    )
    money = (
        rows.filter(comes_back & pl.col("amount").is_not_null())
        .explode("reasons")
        .group_by("source", "reasons", "currency")
        .agg(pl.col("amount").sum())
        .sort("source", "reasons", "currency")
    )
    sums: dict[tuple[str, str], list[str]] = {}
    for source, reason, currency, amount in money.rows():
        sums.setdefault((source, reason), []).append(f"{amount:,.2f} {currency}")
    lines = [
        (source, reason, f"{n:,}", f"{back:,}", ", ".join(sums.get((source, reason), ["-"])), f"{n - back:,}")
        for source, reason, n, back in counts.rows()
    ]
    if lines:
        _print_table(("source", "was set aside for", "rows", "come back", "worth", "stay"), lines, right=(2, 3, 4, 5))


def _print_staying(rows: pl.DataFrame) -> None:
    import polars as pl

    staying = (
        rows.filter(pl.col("reasons_now").is_not_null())
        .explode("reasons_now")
        .group_by("source", "reasons_now")
        .len()
        .sort("source", "reasons_now")
    )
    if staying.height:
        lines = [(source, reason, f"{n:,}") for source, reason, n in staying.rows()]
        click.echo()
        _print_table(("source", "stays set aside for", "rows"), lines, right=(2,))


def _print_table(heading: Sequence[str], lines: Sequence[Sequence[str]], *, right: Sequence[int]) -> None:
    """Aligned columns, numbers to the right."""
    from rich.cells import cell_len  # a file's name may be Chinese: two cells a character

    widths = [max(cell_len(text) for text in column) for column in zip(heading, *lines, strict=True)]
    for line in (heading, *lines):
        padded = []
        for place, (text, width) in enumerate(zip(line, widths, strict=True)):
            blanks = " " * (width - cell_len(text))
            padded.append(blanks + text if place in right else text + blanks)
        click.echo("  ".join(padded).rstrip())
