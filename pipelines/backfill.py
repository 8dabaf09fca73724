"""Many past dates in one process: landed once, then one run per date from old to new, each with its own verdict."""

from __future__ import annotations

import calendar
import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.console import Console

from assets.input_key import input_key
from assets.night import Night
from pipelines.failed_run import where_rows_are_told
from pipelines.home_warehouse import opened_warehouse
from pipelines.night_date import expect_possible
from pipelines.night_resource import all_known_by
from pipelines.nightly_run import NightFailedError, execute, land_files, not_fetched, opened_home, published_again
from pipelines.profile_parts import cpu_seconds
from pipelines.progress import reporting_nights
from pipelines.project import Project

if TYPE_CHECKING:
    import dagster as dg

Verdict = Literal["published", "identical", "blocked", "failed"]
WELL: tuple[Verdict, ...] = ("published", "identical")


@dataclass(frozen=True)
class BackfilledNight:
    """How one date of a backfill ended.

    Attributes:
        as_of: the date.
        verdict: ``published``; ``identical`` where the same release was there before, computed or recognised;
            ``blocked`` by a check; ``failed`` with an error.
        release: the release that holds the date; None where nothing was published.
        why: what blocked or failed, and where; empty where all went well.
        is_computed: the date was computed, not recognised.
        wall_seconds, cpu_seconds: what the date took of this process.
    """

    as_of: dt.date
    verdict: Verdict
    release: str | None
    why: str
    is_computed: bool
    wall_seconds: float
    cpu_seconds: float


def dates_between(first: dt.date, last: dt.date, step: dt.timedelta) -> list[dt.date]:
    """The first date and every one a step further, up to the last; old to new.

    >>> [str(each) for each in dates_between(dt.date(2024, 1, 1), dt.date(2024, 1, 16), dt.timedelta(days=7))]
    ['2024-01-01', '2024-01-08', '2024-01-15']
    """
    return [first + number * step for number in range((last - first) // step + 1)]


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """The last day of each month from the first date to the last; old to new.

    >>> [str(each) for each in month_ends(dt.date(2023, 12, 31), dt.date(2024, 3, 30))]
    ['2023-12-31', '2024-01-31', '2024-02-29']
    """
    days = dates_between(first, last, dt.timedelta(days=1))
    return [day for day in days if day.day == calendar.monthrange(day.year, day.month)[1]]


def backfill(
    project: Project,
    console: Console,
    dates: Sequence[dt.date],
    ended: Callable[[BackfilledNight], None],
) -> list[BackfilledNight]:
    """Land what is new, then run every date that is not published from the same inputs already.

    History tables compare with the release of the date before, so the dates go from old to new, whatever order they
    are given in. A date that is blocked or fails does not stop the others. What a night may know is settled once, after
    landing: all dates see the same files.

    Args:
        project: configuration and home.
        console: where progress goes.
        dates: business dates.
        ended: told of each date as it ends.

    Raises:
        HomeBusy: another run holds the home.
        NoSuchNightError: a date lies ahead, or before the first night of the configuration.
        NightInterruptedError: somebody stopped it; the dates that had ended are what they are.
        NightFailedError: landing failed; no date was run.
    """
    for as_of in dates:
        expect_possible(as_of, project.configuration)
    nights = []
    with opened_home(project, console) as defs, reporting_nights(console, len(dates)) as listener:
        for unreached in land_files(defs, project):
            console.print(not_fetched(unreached), markup=False, highlight=False, soft_wrap=True)
        with opened_warehouse(project) as warehouse:
            known_at = all_known_by(warehouse)
        for as_of in sorted(set(dates)):
            listener.night_began(str(as_of))
            nights.append(_night(project, defs, as_of, known_at))
            listener.night_ended()
            ended(nights[-1])
    return nights


def _night(project: Project, defs: dg.Definitions, as_of: dt.date, known_at: dt.datetime) -> BackfilledNight:
    wall, cpu = time.monotonic(), cpu_seconds()
    store = project.store
    before = {line.id for line in store.list()}
    release, why, is_computed = None, "", True
    verdict: Verdict
    with opened_warehouse(project) as warehouse:
        key = input_key(Night(as_of, known_at, project.configuration, warehouse, project.home))
    again = published_again(project, store.find_by_input_key(key, as_of))
    if again is not None:
        release, verdict, is_computed = again.release.id, "identical", False
    else:
        try:
            result = execute(defs, "backfill", project, partition=as_of, known_at=known_at)
            figures = result.asset_materializations_for_node("release")[0].metadata
            release = str(figures["release"].value)
            verdict = "identical" if release in before else "published"
        except NightFailedError as error:
            verdict = "blocked" if error.blocked_by else "failed"
            why = f"{error}\n{where_rows_are_told(error.blocked_by)}".strip()
    return BackfilledNight(as_of, verdict, release, why, is_computed, time.monotonic() - wall, cpu_seconds() - cpu)
