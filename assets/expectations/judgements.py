"""SQL that several suites say in the same words: enough rows, shares, flows, periods."""

from __future__ import annotations

from collections.abc import Sequence

from assets.statements import literal

ENOUGH = 100
MANY = 1000

# Sums of exact money: a difference of one unit in the last place is an error, so no tolerance.
NET_ADDS_UP = "net_value is not distinct from gross_value - discount_value - refund_value"
FLOWS_NOT_NEGATIVE = (
    "coalesce(gross_value, 0) >= 0 and coalesce(discount_value, 0) >= 0 and coalesce(refund_value, 0) >= 0"
)
EXACT_MONEY_ADDS_UP = {"net value adds up": NET_ADDS_UP, "flows not negative": FLOWS_NOT_NEGATIVE}
# A quotient of two counts in binary floating point, against the same quotient taken here.
CLOSE = "1e-9"


def from_rows(least: int, expression: str) -> str:
    """The figure where there are enough rows to judge it, else NULL."""
    return f"case when count(*) >= {least} then {expression} end"


def share_where(condition: str) -> str:
    """The share of rows for which the condition holds."""
    return f"cast(count(*) filter (where {condition}) as double) / count(*)"


def largest_share(column: str, values: Sequence[str], *, where: str = "true") -> str:
    """The share of rows with the most frequent of the column's values, of the rows for which the condition holds."""
    counts = ", ".join(f"count(*) filter (where {where} and {column} = {literal(value)})" for value in values)
    return from_rows(ENOUGH, f"cast(greatest({counts}) as double) / nullif(count(*) filter (where {where}), 0)")


PERIOD_END = (
    "case grain when 'day' then period_start when 'week' then period_start + 6 "
    "when 'month' then last_day(period_start) "
    "when 'quarter' then last_day(cast(period_start + interval 2 month as date)) "
    "when 'year' then last_day(cast(period_start + interval 11 month as date)) else as_of end"
)
PERIOD_STARTS = (
    "period_start is null or grain = 'total' "
    "or period_start = cast(date_trunc(case grain when 'total' then 'day' else grain end, period_start) as date)"
)


def crossings(lower: str, upper: str) -> str:
    """1 where the SQL figure ``lower`` lies above ``upper``, else 0; 0 where one of them is NULL."""
    return f"cast(coalesce({lower} > {upper}, false) as integer)"
