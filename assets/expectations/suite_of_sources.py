"""Expectations of the sources against their own history: volume, shares, channels and categories, deliveries.

What is usual is decided where the table is made (``assets/sql/landing/source_trends.sql``, ``source_values.sql``): a
source with less than four periods to compare with, or with few rows, has no range and passes. All of them warn.
"""

from __future__ import annotations

from assets.expectations.specs import figures, rows

_TRENDS = "source_trends"
_VALUES = "source_values"

_VOLUME = ("rows_on_day", "rows_in_week")
_SHARES = ("share_without_customer", "refund_share", "discount_rate", "duplicate_rate", "quarantine_rate")
_WITHIN = "coalesce(value >= low, true) and coalesce(value <= high, true)"


def _of(figure: str) -> str:
    return f"figure <> '{figure}' or ({_WITHIN})"


def _outside(*named: str) -> str:
    listed = ", ".join(f"'{figure}'" for figure in named)
    return (
        "select source, figure, judged_on, round(value, 4) as value, round(usual, 4) as usual, round(low, 4) as low, "
        f"round(high, 4) as high from {{batch}} where figure in ({listed}) and not ({_WITHIN}) order by source, figure"
    )


# A value that had events in each of the four windows before and, at its share, would have had ten in this one. By
# chance alone it stays away once in twenty thousand windows.
_VANISHED = "events = 0 and windows_before = 4 and expected >= 10"
# Never seen before this window, in a source that has been watched for four weeks before it. Rare values come and go:
# it takes ten events and a hundredth of all.
_NEW = (
    "is_shorter and first_on > source_last_on - cast(window_days as integer) and events >= 10 "
    "and events >= 0.01 * all_events and date_diff('day', source_first_on, source_last_on) >= 28 + window_days"
)
# Where values are many, each is rare and none is a channel or a category: a city, a batch.
_FEW = "values_known <= 200"
_SEEN = "source, dimension, value, window_days, events, events_before, round(expected, 1) as expected, first_on"
# Only where both spellings are in use: a single slip is no second name.
_SPELLINGS = """
    select
        source,
        dimension,
        list(value order by value) as spellings,
        cast(sum(events + events_before) as bigint) as events
    from {batch}
    where window_days = 28 and events + events_before >= 10 and values_known <= 200
    group by source, dimension, lower(trim(value))
    having count(*) > 1"""

EXPECTATIONS = (
    rows(
        _TRENDS,
        "volume_as_usual",
        {figure: _of(figure) for figure in _VOLUME},
        "As many rows came for the newest finished day as on the same weekday before, and for the week up to it as in "
        "the weeks before: otherwise half a file is missing, or one came twice.",
        severity="warn",
        shows=_outside(*_VOLUME),
    ),
    rows(
        _TRENDS,
        "shares_as_usual",
        {figure: _of(figure) for figure in _SHARES},
        "Rows without customer, refunds, discounts, duplicates and rows set aside have the shares they had in the "
        "weeks before.",
        severity="warn",
        shows=_outside(*_SHARES),
    ),
    rows(
        _TRENDS,
        "delivered_within_cadence",
        _of("days_without_delivery"),
        "Of every source something new has landed within its cadence: otherwise the export or its transport has "
        "stopped.",
        severity="warn",
        shows="select source, judged_on as last_landed_on, cast(value as integer) as days_ago, "
        "cast(high as integer) as cadence_days from {batch} "
        f"where figure = 'days_without_delivery' and not ({_WITHIN}) order by source",
        notify=True,
    ),
    rows(
        _VALUES,
        "no_value_vanished",
        f"not ({_VANISHED} and {_FEW})",
        "No channel, region, category, status, currency or question that came all the time has stopped coming.",
        severity="warn",
        shows=f"select {_SEEN} from {{batch}} where {_VANISHED} and {_FEW} "
        "order by expected desc, source, value limit 5",
    ),
    rows(
        _VALUES,
        "no_value_new",
        f"not ({_NEW} and {_FEW})",
        "No channel, region, category, status, currency or question has more than a hundredth of the events that was "
        "never there before: a new one, or a new name for an old one.",
        severity="warn",
        shows=f"select {_SEEN} from {{batch}} where {_NEW} and {_FEW} order by events desc, source, value limit 5",
    ),
    figures(
        _VALUES,
        "one_spelling_each",
        f"(select count(*) from ({_SPELLINGS}))",
        "No two values of a dimension differ in capitals or blanks alone: they would be two channels, or two regions.",
        high=0,
        shows=f"{_SPELLINGS} order by source, dimension, spellings limit 5",
    ),
    rows(
        "source_history",
        "parts_within_whole",
        "without_customer <= sold and sold + refunds <= accepted and is_over is not null",
        "Lines sold to nobody known are sold lines, and sold lines and refunds are among all lines.",
    ),
)
