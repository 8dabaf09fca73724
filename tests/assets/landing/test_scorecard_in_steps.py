"""The scorecard's and the cohorts' kept sums: amended night by night, they are those of everything summed anew."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets import customer_counts
from assets.amended import order_sums, sales_cells
from assets.amended.facts import forget_amendments
from assets.calendar import calendar
from assets.facts import customer_days
from assets.night import Night
from assets.order_steps import order_steps
from assets.retention import retention_cohorts
from assets.satisfaction import csat, nps
from assets.scorecard import kpi_scorecard
from assets.segments import value_tiers
from assets.tables import CHURN_SCORES, CUSTOMER_VALUE

from ..cleaned import CLEANED
from .conftest import HEADER, ORDERS, Zone
from .order_days import day_file

BEFORE = (*CLEANED, calendar, order_steps)
MARTS = (value_tiers, nps, csat, retention_cohorts, kpi_scorecard)
FIRST = dt.date(2024, 1, 1)
MONEYLESS = {"order_id": "order_id", "ordered_at": "ordered_at", "customer_id": "customer_id"}
DISCOUNT = "case when product in ('p1', 'p2', 'p5') then '0.75' end"
SHOPS: dict[str, dict[str, Any]] = {
    "a shop": ORDERS
    | {"columns": ORDERS["columns"] | {"channel": "channel", "region": "region", "discount": DISCOUNT}},
    "nobody is identified": ORDERS
    | {"columns": {name: column for name, column in ORDERS["columns"].items() if name != "customer_id"}},
    "no money": ORDERS | {"columns": MONEYLESS | {"quantity": "quantity", "channel": "channel"}},
}


def computed(night: Night) -> dict[str, pl.DataFrame]:
    warehouse = night.warehouse
    night.compute(*BEFORE)
    for contract in (CHURN_SCORES, CUSTOMER_VALUE):
        warehouse.replace(contract, pl.DataFrame(schema={column.name: pl.String for column in contract.columns}))
    night.compute(*MARTS)
    return {
        table.contract.name: warehouse.connection.sql(f"select * from {table.contract.name} order by all").pl()
        for table in MARTS
    }


@pytest.fixture
def summed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often everything was summed, and how often what had changed."""
    times: Counter[str] = Counter()

    def counting(module: Any, name: str, label: str, only_of: str | None = None) -> None:
        function = getattr(module, name)

        def counted(night: Night, *arguments: Any) -> Any:
            if only_of is None or only_of in arguments:
                times[label] += 1
            return function(night, *arguments)

        monkeypatch.setattr(module, name, counted)

    counting(order_sums, "_of_everybody", "all orders")
    counting(order_sums, "_of_the_changed", "changed orders")
    counting(order_sums, "_let_everybody_be_read", "all flows")
    counting(customer_counts, "_counted", "changed steps", customer_counts.STEPS_CHANGED)
    return times


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "shop"), list(enumerate(SHOPS)))
def test_whatever_the_nights_bring_and_wherever_their_date_moves_the_kept_sums_are_those_summed_anew(
    zone: Zone, summed: Counter[str], seed: int, shop: str
) -> None:
    at_random = random.Random(seed)
    for place in range(0, 100, 4):
        zone.write(f"{place:03}.csv", day_file(at_random, FIRST + dt.timedelta(days=place), customers=25))
    measures = {"window_days": 40, "lifecycle": {"t1_days": 10, "t2_days": 25}}
    configuration = zone.configuration(SHOPS[shop], measures=measures)
    as_of = FIRST + dt.timedelta(days=85)
    for night_no, step in enumerate((0, 1, 4, -32, 33, 1)):
        as_of += dt.timedelta(days=step)
        late = FIRST + dt.timedelta(days=at_random.randint(20, 95))
        name = f"late {late}.csv" if night_no % 3 else "000.csv"  # now and then, the oldest file is another one
        zone.write(name, day_file(at_random, late, customers=25).replace(f"{late}-", f"late {late}-"))
        zone.land(configuration)
        night = Night(as_of, zone.clock, configuration, zone.warehouse, zone.home)
        found = computed(night)
        if night_no % 2:
            continue  # the next night amends what was amended
        forget_amendments(zone.warehouse)
        for table, anew in computed(night).items():
            assert_frame_equal(found[table], anew)
    if shop != "nobody is identified":
        assert summed["changed orders"] > 1
        assert summed["changed steps"] > 1
        assert summed["all flows"] <= summed["all orders"] + 1


def test_a_night_that_ended_before_the_scorecard_is_made_up_for(zone: Zone, summed: Counter[str]) -> None:
    at_random = random.Random(9)
    for place in range(60):
        zone.write(f"{place:03}.csv", day_file(at_random, FIRST + dt.timedelta(days=place), customers=25))
    configuration = zone.configuration(SHOPS["a shop"], measures={"lifecycle": {"t1_days": 10, "t2_days": 25}})
    as_of = FIRST + dt.timedelta(days=70)
    for place in (60, 61, 62, 63):
        zone.write(f"{place:03}.csv", day_file(at_random, FIRST + dt.timedelta(days=place), customers=25))
        zone.land(configuration)
        night = Night(as_of, zone.clock, configuration, zone.warehouse, zone.home)
        if place in (61, 62):  # facts and steps are written, what is counted from them is not
            night.compute(*BEFORE)
        else:
            found = computed(night)
    assert summed["changed orders"] == 1
    assert summed["all flows"] == 2  # the days as they were before the two nights are not known
    forget_amendments(zone.warehouse)
    for table, anew in computed(night).items():
        assert_frame_equal(found[table], anew)


def test_cohorts_materialised_alone_over_days_of_before_leave_no_order_counted_twice(zone: Zone) -> None:
    """Somebody made them by hand between a night that ended at the customer days and the next one."""
    at_random = random.Random(4)
    for place in range(60):
        zone.write(f"{place:03}.csv", day_file(at_random, FIRST + dt.timedelta(days=place), customers=25))
    configuration = zone.configuration(SHOPS["a shop"], measures={"lifecycle": {"t1_days": 10, "t2_days": 25}})
    for tables in (None, CLEANED[: CLEANED.index(customer_days)], None):
        zone.write("060.csv", day_file(at_random, FIRST + dt.timedelta(days=60), customers=25))
        zone.land(configuration)
        night = Night(FIRST + dt.timedelta(days=70), zone.clock, configuration, zone.warehouse, zone.home)
        if tables is None:
            found = computed(night)
            continue
        night.compute(*tables, retention_cohorts)
    forget_amendments(zone.warehouse)
    for table, anew in computed(night).items():
        assert_frame_equal(found[table], anew)


def test_sales_are_summed_again_of_the_files_alone_that_are_other_than_they_were(zone: Zone) -> None:
    at_random = random.Random(3)
    for place in range(12):
        zone.write(f"{place:03}.csv", day_file(at_random, FIRST + dt.timedelta(days=place), customers=25))
    night = zone.night(SHOPS["a shop"])
    sales_cells.bring_up_to_date(night)
    zone.write("005.csv", day_file(at_random, FIRST + dt.timedelta(days=5), customers=25))
    night = zone.night(SHOPS["a shop"])
    sales_cells.bring_up_to_date(night)
    changed = "select count(*) from contents_resummed"
    resummed = zone.warehouse.scalar("select count(*) from contents_changed") + 1  # and the one that is gone
    assert zone.warehouse.scalar(changed) == resummed < 5
    amended = zone.frame(f"select * from {sales_cells.NAME} order by all")
    sales_cells.bring_up_to_date(night)
    assert zone.warehouse.scalar(changed) == 0
    forget_amendments(zone.warehouse)
    sales_cells.bring_up_to_date(night)
    assert_frame_equal(amended, zone.frame(f"select * from {sales_cells.NAME} order by all"))


@pytest.mark.parametrize("shop", ["a shop", "nobody is identified"])
def test_an_order_whose_lines_lie_in_several_files_counts_as_it_does_in_one(zone: Zone, shop: str) -> None:
    at_random = random.Random(5)
    header, *lines = "".join(
        day_file(at_random, FIRST + dt.timedelta(days=place), customers=9) for place in range(40)
    ).splitlines()
    lines = [line for line in lines if line != header]
    again = [line.replace(",1,", ",2,", 1).replace(",p", ",q", 1) for line in lines[::2]]  # another product, and twice
    everything = [header, *lines, *again]
    found = []
    for parts in ((everything, [header]), ([header, *lines], [header, *again])):
        for place, part in enumerate(parts):
            zone.write(f"{place}.csv", "".join(f"{line}\n" for line in part))
        night = zone.night(SHOPS[shop])
        found.append(computed(night))
    for table, one in found[0].items():
        assert_frame_equal(one, found[1][table])


def test_where_refunds_alone_name_a_channel_the_customers_of_the_orders_are_those_of_a_channel_unknown(
    zone: Zone,
) -> None:
    (zone.raw / "back").mkdir()
    zone.write("orders.csv", HEADER + "o1,2024-05-02,loyal,p,1,9\no2,2024-06-03,loyal,p,1,9\no3,2024-06-04,new,p,1,5\n")
    zone.write("back/refunds.csv", HEADER.replace("\n", ",channel\n") + "o3,2024-06-29,new,p,1,2,desk\n")
    columns = ORDERS["columns"] | {"channel": "channel"}
    refunds = {"columns": columns, "orders_of": "shop", "refund_when": "true", "path": str(zone.raw / "back/*.csv")}
    night = zone.night(ORDERS, ORDERS | {"name": "refunds"} | refunds)
    scorecard = computed(night)["kpi_scorecard"].filter(scope="channel", scope_value="unknown", grain="month")
    june = {row["kpi"]: row["value"] for row in scorecard.filter(period_start=dt.date(2024, 6, 1)).to_dicts()}
    counted = {kpi: june[kpi] for kpi in ("orders", "active_customers", "new_customers", "retention_rate")}
    assert counted == {"orders": 2, "active_customers": 2, "new_customers": 1, "retention_rate": 1.0}
    assert june["purchase_frequency"] == 1.0
