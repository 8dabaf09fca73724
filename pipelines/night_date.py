"""Which dates a night can be run for."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from assets.configuration.settings import Configuration


class NoSuchNightError(Exception):
    """A date no night can be run for."""


def business_today(configuration: Configuration) -> dt.date:
    """The date it is now where the business is."""
    return dt.datetime.now(zoneinfo.ZoneInfo(configuration.business.timezone)).date()


def expect_possible(as_of: dt.date | None, configuration: Configuration) -> None:
    """Refuse a date no night can be run for; None is decided later.

    Raises:
        NoSuchNightError: the date lies ahead, or before the first night of the configuration.
    """
    first, today = configuration.nightly.first_as_of, business_today(configuration)
    if as_of is not None and not first <= as_of <= today:
        raise NoSuchNightError(
            f"as_of {as_of} is outside {first} .. {today}; a night describes a day that has begun, "
            f"and nightly.first_as_of in the configuration says where history starts"
        )


def date_of_partition(key: str | None, configuration: Configuration) -> dt.date:
    """The date that a run's partition names. A run may be given its partition as a tag, which nobody has looked at.

    Raises:
        NoSuchNightError: the run has no partition, or it names no date that a night can be run for.
    """
    try:
        as_of = dt.date.fromisoformat(key or "")
    except ValueError:
        found = "no partition" if key is None else f"the partition {key!r}"
        raise NoSuchNightError(
            f"the run has {found}; expected: the night's date, as the partition or as the tag dagster/partition "
            f'(dagster job execute --tags \'{{"dagster/partition": "2024-06-30"}}\')'
        ) from None
    expect_possible(as_of, configuration)
    return as_of
