"""Customers by period, and how many are lost by day: counted from the order steps, kept from night to night.

Both are sums over order steps: of a night that amends them, only the steps that changed are counted.

| table | one row per | from |
|---|---|---|
| ``period_customers`` | grain x period x scope value | ``scorecard_customers.sql`` |
| ``lost_changes`` | scope value x day | ``scorecard_absences.sql`` |
"""

from __future__ import annotations

from typing import Final

import polars as pl

from assets.amended import order_changes
from assets.amended.kept_sums import Sums, kept, write
from assets.night import Night
from assets.order_steps import ORDER_DAYS, STEPS_CHANGED
from assets.segments import lifecycle_cuts
from assets.statements import sql_text
from assets.tables import ORDER_STEPS
from models import periods

PERIOD_CUSTOMERS: Final = Sums(
    "period_customers",
    ("grain", "period_start", "scope", "scope_value"),
    ("active_customers", "new_customers", "customers_kept", "reactivated_customers", "customers_won_back"),
)
LOST_CHANGES: Final = Sums("lost_changes", ("scope", "scope_value", "day"), ("customers",))

_FILES: Final = {PERIOD_CUSTOMERS: "scorecard_customers.sql", LOST_CHANGES: "scorecard_absences.sql"}


def bring_up_to_date(night: Night) -> None:
    """Let the tables of this module hold the counts of tonight's order steps.

    Side effect: the view ``steps_to_count`` and the temporary table ``calendar_to_count``, which the SQL reads.
    """
    warehouse = night.warehouse
    lost_days = lifecycle_cuts(night).t2_days
    recipe = order_changes.recipe_of(*map(sql_text, (ORDER_DAYS, *_FILES.values())), repr(ORDER_STEPS), str(lost_days))
    name = PERIOD_CUSTOMERS.name
    is_known = order_changes.has_difference(warehouse, name, recipe, ORDER_STEPS.name, STEPS_CHANGED)
    if is_known is False:
        return
    counts = _counted(night, ORDER_STEPS.name if is_known is None else STEPS_CHANGED, lost_days)
    if is_known:
        counts = {sums: sums.added(kept(warehouse, sums), added) for sums, added in counts.items()}
    write(warehouse, counts, order_changes.caught_up_with(warehouse, name, recipe, ORDER_STEPS.name))


def _counted(night: Night, steps: str, lost_days: int) -> dict[Sums, pl.DataFrame]:
    warehouse = night.warehouse
    warehouse.rows(f"create or replace temp view steps_to_count as select * from {steps}")
    first, last = warehouse.rows("select min(ordered_on), max(ordered_on) from steps_to_count")[0]
    warehouse.keep("calendar_to_count", periods.calendar(first or night.as_of, last or night.as_of))
    return {sums: night.frame(file_name, lost_days=lost_days) for sums, file_name in _FILES.items()}
