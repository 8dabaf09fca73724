"""Gaps between order days that are about as long as T1 or T2: whose orders are looked at again when a cut moves.

T1 and T2 are percentiles of the shop's own gaps, so every few nights one of them is a day longer or shorter than it
was. That decides otherwise only of customers who have a gap of just that length. ``gaps_near_cuts`` has the gaps within
an eighth of a cut, by customer; a cut that moved farther is counted with anew.
"""

from __future__ import annotations

import polars as pl

from assets.amended.order_changes import COLUMNS_OF_CHANGED
from assets.statements import few_rows
from assets.tables import ORDERS
from assets.warehouse import Warehouse
from models.lifecycle import LifecycleCuts

Range = tuple[int, int]
"""Shortest and longest gap, in days."""
Move = tuple[int, int]
"""A cut in days, as it was and as it is."""
NO_MOVE = (0, 0)

_GAPS, _RANGES = "gaps_near_cuts", "gap_ranges"
_ADDED = "gaps_added"
_CUTS = "cuts_made_with"
_WEEK, _SHARE = 7, 8


class NearGaps:
    """Collects the gaps near the cuts out of order steps.

    Args:
        ranges: of the gaps that are kept, near T1 and near T2.
    """

    def __init__(self, ranges: tuple[Range, Range]) -> None:
        self.ranges = ranges
        self._found: list[pl.DataFrame] = []

    def note(self, steps: pl.DataFrame, *, of_all: bool) -> None:
        """Keep what is near a cut.

        Args:
            steps: ``customer_no``, ``ordered_on`` and ``previous_on``.
            of_all: not of one channel or region alone, where T1 decides nothing.
        """
        days = (pl.col("ordered_on") - pl.col("previous_on")).dt.total_days()
        is_near = pl.any_horizontal(days.is_between(*one) for one in (self.ranges if of_all else self.ranges[1:]))
        self._found.append(steps.filter(is_near).select("customer_no", days=days.cast(pl.Int32)).unique())

    def written(self, warehouse: Warehouse, amended_for: str | None) -> tuple[str, ...]:
        """The statements that write what was collected; side effect: a temporary table they take it from.

        Args:
            warehouse: has ``customers_numbered``.
            amended_for: table of the customers whose gaps these are; None: everybody's.
        """
        with warehouse.lent("_gaps", pl.concat(self._found)):
            named = "select distinct customer_id, days from _gaps join customers_numbered using (customer_no)"
            warehouse.keep(_ADDED, named)
        if amended_for is not None:
            return (
                f"delete from {_GAPS} where customer_id in (select customer_id from {amended_for})",
                f"insert into {_GAPS} from {_ADDED}",
                f"drop table {_ADDED}",
            )
        near = ", ".join(f"('t{number}', {first}, {last})" for number, (first, last) in enumerate(self.ranges, start=1))
        return (
            f"create or replace table {_GAPS} as from {_ADDED}",
            f"create or replace table {_RANGES} as select * from (values {near}) as ranges(cut, first_days, last_days)",
            f"drop table {_ADDED}",
        )


def around(cuts: LifecycleCuts) -> tuple[Range, Range]:
    """The gaps within an eighth of T1 and of T2, and at least a week."""
    t1, t2 = ((days, max(_WEEK, days // _SHARE)) for days in (cuts.t1_days, cuts.t2_days))
    return (t1[0] - t1[1], t1[0] + t1[1]), (t2[0] - t2[1], t2[0] + t2[1])


def kept_ranges(warehouse: Warehouse) -> tuple[Range, Range] | None:
    """Near which gaps it is known who has one; None where that is not known of any."""
    if not warehouse.has(_RANGES) or not warehouse.has(_GAPS):
        return None
    near_t1, near_t2 = warehouse.rows(f"select first_days, last_days from {_RANGES} order by cut")
    return near_t1, near_t2


def decided_otherwise(warehouse: Warehouse, *, t2: Move, t1: Move = NO_MOVE) -> str | None:
    """SQL of the customers of whom a cut decides otherwise now that it has moved, and a few more; None: not known.

    A gap ends in a return where it is longer than T2, and in a day of warning where it is longer than T1 + 1.

    Args:
        warehouse: the night's.
        t2: T2 in days, as it was and as it is.
        t1: T1 likewise; left out where it decides nothing.
    """
    ranges = kept_ranges(warehouse)
    if ranges is None:
        return None
    conditions = []
    for (first, last), (low, high) in zip(ranges, (sorted(day + 1 for day in t1), sorted(t2)), strict=True):
        if low == high:
            continue
        if low < first or high > last:
            return None
        conditions.append(f"(days > {low} and days <= {high})")
    return f"select distinct customer_id from {_GAPS} where {' or '.join(conditions) or 'false'}"


def lay_out_moved(warehouse: Warehouse, moved: str) -> None:
    """Make ``customers_to_recount``, the changed customers and these; ``customers_moved`` are these alone.

    Args:
        warehouse: where :func:`assets.amended.order_changes.is_amendable` laid out the changed ones.
        moved: SQL of customers whose orders need not have changed.
    """
    warehouse.keep("customers_moved", f"from ({moved}) anti join customers_changed using (customer_id)")
    warehouse.keep("customers_to_recount", "from customers_changed union all from customers_moved")


def lay_out_their_orders(warehouse: Warehouse) -> None:
    """Make ``orders_to_recount``: all orders of the customers whom :func:`lay_out_moved` laid out."""
    theirs = "customer_id in (select customer_id from customers_moved)"
    orders = few_rows(ORDERS.name, theirs, COLUMNS_OF_CHANGED)
    warehouse.keep("orders_to_recount", f"from orders_of_changed union all by name {orders}")


def cuts_made_with(warehouse: Warehouse, table: str) -> Range | None:
    """T1 and T2 with which the table was last brought up to date; None where nothing is noted."""
    _prepare_cuts(warehouse)
    found = warehouse.rows(f"select t1_days, t2_days from {_CUTS} where name = $name", {"name": table})
    return (found[0][0], found[0][1]) if found else None


def note_cuts(table: str, cuts: LifecycleCuts) -> tuple[str, ...]:
    """Statements that note with which cuts the table is brought up to date; :func:`cuts_made_with` was asked before."""
    return (
        f"delete from {_CUTS} where name = '{table}'",
        f"insert into {_CUTS} values ('{table}', {cuts.t1_days}, {cuts.t2_days})",
    )


def _prepare_cuts(warehouse: Warehouse) -> None:
    warehouse.rows(f"create table if not exists {_CUTS} (name VARCHAR, t1_days INTEGER, t2_days INTEGER)")
