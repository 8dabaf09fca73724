"""``analytics backfill``: one run per date, from old to new, over what has landed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from pipelines.command_options import FAILED, USAGE, Day, config_option, console_here, home_option, project_of, stop
from pipelines.garbage import collecting_rarely
from pipelines.stop_signals import told_before_it_begins

MONTH: Literal["month"] = "month"
Step = dt.timedelta | Literal["month"]
_DISTANCE = re.compile(r"([1-9][0-9]{0,4})([dw])")
_DAYS = {"d": 1, "w": 7}

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from pipelines.backfill import BackfilledNight


class Distance(click.ParamType):
    """A distance between dates: ``7d``, ``2w``; ``month`` for the last day of each month."""

    name = "distance"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Step:
        """The text as days or as MONTH; anything but that or a number of days or weeks is a usage error."""
        if isinstance(value, dt.timedelta) or value == MONTH:
            return value
        found = _DISTANCE.fullmatch(value)
        if found is None:
            self.fail(
                f"{value!r} is no distance between dates; expected days or weeks, for example 7d or 2w, or {MONTH} for"
                " the last day of each month",
                param,
                ctx,
            )
        return dt.timedelta(days=int(found[1]) * _DAYS[found[2]])


@click.command(short_help="Run one night per date, from old to new.")
@config_option
@home_option
@click.option("--from", "first", type=Day(), required=True, help="First business date.")
@click.option("--to", "last", type=Day(), required=True, help="Last business date; run where a step ends on it.")
@click.option(
    "--every",
    type=Distance(),
    default="1d",
    show_default=True,
    help=f"Days (7d) or weeks (2w) between dates; {MONTH} for the last day of each month.",
)
@told_before_it_begins()
@collecting_rarely()
def backfill(config: Path | None, home: Path | None, first: dt.date, last: dt.date, every: Step) -> None:
    """Run one night per date, from old to new, in one process: landed once, known alike.

    Each date has its own verdict: a date that is blocked or fails does not stop the others; Ctrl-C does. A date already
    published from the same inputs is recognised and not computed. Readers keep the release of the newest date.

    Exit 0: every date is published, or was already. 1: a date was blocked or failed, or landing failed. 2: usage or
    configuration error. 3: another run holds this home.
    """
    from assets.releases.manifest import DamagedStoreError
    from pipelines import backfill as many_nights
    from pipelines.night_date import NoSuchNightError
    from pipelines.nightly_run import NightFailedError, NightInterruptedError

    if last < first:
        stop(f"--to {last} lies before --from {first}", USAGE)
    dates = many_nights.month_ends(first, last) if every == MONTH else many_nights.dates_between(first, last, every)
    if not dates:
        stop(f"no month ends between --from {first} and --to {last}", USAGE)
    project = project_of(config, home)
    console = console_here()
    try:
        nights = many_nights.backfill(project, console, dates, lambda night: _tell(console, night))
    except NoSuchNightError as error:
        stop(str(error), USAGE)
    except DamagedStoreError as error:
        stop(f"the backfill was stopped. {error}", FAILED)
    except NightInterruptedError as error:
        stop(f"the backfill was {error}. What is told above of the dates before stays", FAILED)
    except NightFailedError as error:
        stop(f"no date was run. Landing was {error}", FAILED)
    _print_table(console, nights)
    bad = [night for night in nights if night.verdict not in many_nights.WELL]
    if bad:
        stop(
            f"{len(bad)} of {len(nights)} dates were not published; see them in `analytics ui`",
            FAILED,
        )


def _tell(console: Console, night: BackfilledNight) -> None:
    from rich.markup import escape

    what = f"{night.verdict:<10} {night.release or '':<16}" + ("" if night.is_computed else "  not computed anew")
    console.print(f"{night.as_of}  {what}  {night.wall_seconds:.1f} s", soft_wrap=True)
    if night.why:
        console.print(escape(night.why), soft_wrap=True)


def _print_table(console: Console, nights: Sequence[BackfilledNight]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("as of", "verdict", "release", "CPU s", "wall s"):
        table.add_column(heading, justify="right" if heading.endswith(" s") else "left", no_wrap=True)
    for night in nights:
        verdict = night.verdict if night.is_computed else f"{night.verdict}, recognised"
        table.add_row(
            str(night.as_of), verdict, night.release or "-", f"{night.cpu_seconds:.1f}", f"{night.wall_seconds:.1f}"
        )
    cpu, wall = (sum(getattr(night, f"{name}_seconds") for night in nights) for name in ("cpu", "wall"))
    table.add_row(f"{len(nights)} dates", "", "", f"{cpu:.1f}", f"{wall:.1f}")
    console.print()
    console.print(table)
