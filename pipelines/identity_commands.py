"""``analytics identity preview``: what the configured rules would do to customers, before a night applies them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.printable_text import counted
from pipelines.command_options import FAILED, USAGE, Day, config_option, console_here, home_option, project_of, stop

if TYPE_CHECKING:
    from pipelines.identity_preview import Preview


@click.group()
def identity() -> None:
    """Which accounts are one customer: try the rules out."""


@identity.command()
@config_option
@home_option
@click.option("--as-of", type=Day(), help="Business date. Default: as `run` chooses it.")
def preview(config: Path | None, home: Path | None, as_of: dt.date | None) -> None:
    """Say what the rules under `identity` would do against what has landed. Nothing is published or changed.

    Compared is with the customers of the latest release; without one, with every account a customer of its own. Exit 0:
    done. 1: nothing has landed or the warehouse cannot be opened. 2: usage or configuration error. 3: another run holds
    this home.
    """
    from pipelines.home_warehouse import WarehouseError
    from pipelines.identity_preview import NothingToPreviewError, preview_identity
    from pipelines.night_date import NoSuchNightError

    project = project_of(config, home)
    if project.configuration.identity is None:
        stop("the configuration has no `identity`; docs/identity.md says what it may hold", USAGE)
    try:
        found = preview_identity(project, as_of=as_of)
    except NoSuchNightError as error:
        stop(str(error), USAGE)
    except (NothingToPreviewError, WarehouseError) as error:
        stop(str(error), FAILED)
    _print(found)


def _print(found: Preview) -> None:
    impact, figures = found.impact, found.impact.figures
    console = console_here()
    against = f"release {found.release[:12]}" if found.release else "every account as a customer of its own"
    click.echo(f"as of {found.as_of}, compared with {against}; nothing is published\n")
    click.echo(f"accounts    {figures['accounts']:,}")
    click.echo(f"customers   {figures['customers']:,} (before: {impact.customers_before:,})")
    if figures["accounts"]:
        click.echo(f"match rate  {figures['match_rate']:.1%} of the accounts share their customer with another")
        click.echo(f"compression {figures['compression']:.3f} accounts per customer")
    value = "" if impact.value_moved is None else f", net value {impact.value_moved:,.2f} {found.currency}"
    moved = (counted(impact.accounts_moved, "account"), counted(impact.orders_moved, "valid order"))
    click.echo(f"moved       {', '.join(moved)}{value}\n")
    _table(console, ("identifier", "fate", "identifiers", "accounts"), impact.usage.rows())
    _table(console, ("evidence", "edges", "laid"), impact.edges.rows())
    _table(console, ("accounts per customer", "customers"), impact.sizes.rows())
    changed = [row for row in impact.segments.rows() if row[1] != row[2]]
    _table(console, ("segment", "customers before", "after"), changed)
    suspects = [(one.accounts, _named(one.first_accounts, one.accounts)) for one in impact.suspects]
    _table(console, ("suspect cluster of", "accounts"), suspects)
    if figures["suspect_clusters"] > len(suspects):
        click.echo(f"... and {figures['suspect_clusters'] - len(suspects):,} further suspect clusters\n")
    shared = [
        (one.kind, one.fate, one.accounts, _named(one.first_accounts, one.accounts)) for one in impact.shared_too_widely
    ]
    _table(console, ("unites nobody", "because", "held by", "accounts"), shared)
    if impact.declared_unknown:
        click.echo(f"declared, but known to no source: {', '.join(impact.declared_unknown)}")


def _named(accounts: tuple[str, ...], n: int) -> str:
    return ", ".join(accounts) + (f" and {n - len(accounts):,} more" if n > len(accounts) else "")


def _table(console: Any, heading: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for place, name in enumerate(heading):
        table.add_column(name, justify="right" if isinstance(rows[0][place], int) else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else escape(str(value)) for value in row))
    console.print(table)
    console.print()
