"""The rules of identity tried out on what has landed, under the home's lock and beside its warehouse."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from assets.home_lock import HomeLock
from assets.identity_impact import Impact, beside, impact
from assets.landing.landing_zone import read_archived
from assets.landing.rebuild import WAREHOUSE
from assets.night import Night
from assets.releases.store import UnknownTableError
from pipelines.home_warehouse import opened_warehouse
from pipelines.night_date import business_today, expect_possible
from pipelines.night_resource import all_known_by
from pipelines.nightly_run import default_as_of
from pipelines.project import Project


class NothingToPreviewError(Exception):
    """Nothing has landed in this home yet."""


@dataclass(frozen=True)
class Preview:
    """What the rules would do.

    Attributes:
        as_of: the night's date.
        release: id of the release it is compared with; None where none has customers of several accounts.
        currency: the business's.
        impact: what they come to.
    """

    as_of: dt.date
    release: str | None
    currency: str
    impact: Impact


def preview_identity(project: Project, *, as_of: dt.date | None = None) -> Preview:
    """Compute what the configured rules would make of the landed accounts; files not landed yet are not looked at.

    Args:
        project: home and configuration, with ``identity``.
        as_of: business date; None for the one a run would choose.

    Raises:
        HomeBusy: another run holds the home.
        NoSuchNightError: no night can be run for the date.
        NothingToPreviewError: nothing has landed.
        WarehouseError: the warehouse cannot be opened.
    """
    configuration = project.configuration
    assert configuration.identity is not None, "a preview needs rules"
    expect_possible(as_of, configuration)
    if not (project.home / WAREHOUSE).exists():
        raise NothingToPreviewError(f"nothing has landed in {project.home} yet: `analytics run` lands and publishes")
    with HomeLock(project.home):
        with opened_warehouse(project) as warehouse:
            # Columns that were not mapped before, an e-mail address for one, are read from the archived bytes.
            read_archived(warehouse, configuration, project.home)
        with beside(project.home / WAREHOUSE, memory_limit=configuration.limits.memory) as scratch:
            known_at = all_known_by(scratch)
            if as_of is None:
                today = business_today(configuration)
                as_of, _ = default_as_of(Night(today, known_at, configuration, scratch, project.home))
                expect_possible(as_of, configuration)
            before, release = _published(project)
            found = impact(Night(as_of, known_at, configuration, scratch, project.home), configuration.identity, before)
    return Preview(as_of, release, configuration.business.currency, found)


def _published(project: Project) -> tuple[pl.DataFrame | None, str | None]:
    """The customers of the latest release, and its id."""
    store = project.store
    latest = store.latest()
    if latest is None:
        return None, None
    try:
        identities = store.read_table(latest, "customer_identities").select("account_id", "customer_id").collect()
    except UnknownTableError:  # of a time before there was the table
        return None, latest.id
    return identities, latest.id
