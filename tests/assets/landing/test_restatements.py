"""What changed in published months, and why: against sums by hand, and against the published figures."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.amended.facts import forget_amendments
from assets.forgotten_files import forget, named_files
from assets.moves.restatements import restatements
from assets.night import Night
from assets.statements import Query
from assets.tables import CUSTOMER_IDENTITIES, KPI_SCORECARD

from ..publishing import publish_tables
from .conftest import HEADER, ORDERS, RATES, Zone
from .homes import Home

MAY, JUNE = dt.date(2024, 5, 1), dt.date(2024, 6, 1)
FIRST, SECOND = dt.date(2024, 6, 20), dt.date(2024, 7, 15)
HALF_AN_HOUR = dt.timedelta(minutes=30)
LINES = "order_id,line,ordered_at,customer_id,product,quantity,price,coin,changed\n"
KEYED = {
    **ORDERS,
    "delivery": "append",
    "columns": {**ORDERS["columns"], "line_id": "line", "currency": "coin", "updated_at": "changed"},
}
ANSWERS = {
    "name": "survey",
    "kind": "surveys",
    "columns": {"response_id": "id", "responded_at": "day", "customer_id": "who"},
    "questions": {"overall": {"kind": "csat"}},
}


def keyed(zone: Zone, **options: Any) -> tuple[dict[str, Any], ...]:
    return {**KEYED, "path": str(zone.raw / "orders/*.csv"), **options}, {
        **RATES,
        "path": str(zone.raw / "rates/*.csv"),
    }


def publish(night: Night, **figures: Any) -> None:
    """Publish what restatements compare with: net sales by month, and who is whose customer."""
    sales = night.warehouse.frame(MONTHS)
    empty = {column.name: None for column in KPI_SCORECARD.columns}
    rows = [
        {
            **empty, "kpi": "net_sales", "scope": "all", "scope_value": "all", "grain": "month", "period_start": month,
            "as_of": night.as_of, "value": float(value), "n": 1, "unit": "base currency", "definition_version": 1,
            "is_complete": False,
        }
        for month, value in sales.rows()
    ]  # fmt: skip
    night.warehouse.replace(KPI_SCORECARD, pl.DataFrame(rows, infer_schema_length=None))
    publish_tables(night, (KPI_SCORECARD, CUSTOMER_IDENTITIES), **figures)


MONTHS = Query(
    """select cast(date_trunc('month', day) as date) as month, cast(sum(net_value) as decimal(18, 2)) as net
from order_flows where lines > 0 group by all order by 1""",
)


def told(night: Night) -> dict[tuple[str, dt.date, str], dict[str, Any]]:
    """The table as it is published, row by row."""
    night.compute(restatements)
    rows = night.warehouse.connection.sql("select * from restatements").pl().to_dicts()
    return {(row["subject"], row["period_start"], row["cause"]): row for row in rows}


def changes(night: Night, *figures: str) -> dict[tuple[dt.date, str], tuple[Any, ...]]:
    return {key[1:]: tuple(row[name] for name in figures) for key, row in told(night).items()}


def test_the_first_night_restates_nothing(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\n")
    assert told(zone.night()) == {}


def test_each_change_of_a_published_month_has_its_cause_and_its_money(zone: Zone) -> None:
    rows = LINES + (
        "o1,1,2024-05-02,anna,p1,2,10.00,GBP,2024-05-02\n"
        "o2,1,2024-06-03,bob,p1,1,30.00,GBP,2024-06-03\n"
        "o2,2,2024-06-03,bob,p2,1,4.00,GBP,2024-06-03\n"
        "o3,1,2024-06-05,cleo,p1,1,100.00,EUR,2024-06-05\n"
        "o4,1,2024-06-06,dora,p1,1,10.00,USD,2024-06-06\n"
    )
    zone.write("orders/1.csv", rows)
    zone.write("rates/1.csv", "day,code,rate\n2024-06-05,EUR,0.80\n")
    publish(zone.night(*keyed(zone), as_of=FIRST))

    zone.write(
        "orders/2.csv",
        LINES + "o1,1,2024-05-02,anna,p1,2,12.00,GBP,2024-06-25\n"  # the price of May was wrong
        "o5,1,2024-05-30,emil,p1,3,7.00,GBP,2024-06-26\n"  # an order that came late
        "o2,3,2024-06-18,bob,p1,-1,30.00,GBP,2024-06-27\n"  # a refund that came late
        "o3,2,2024-06-05,cleo,p2,1,10.00,EUR,2024-06-28\n"  # a line that came late, of an order whose rate was wrong
        "o6,1,2024-06-21,anna,p1,1,1000.00,GBP,2024-06-21\n"  # June, but not a day that was published
        "o7,1,2024-07-02,anna,p1,1,1000.00,GBP,2024-07-02\n",
    )
    zone.write("rates/2.csv", "day,code,rate\n2024-06-05,EUR,0.90\n2024-06-05,USD,0.70\n")
    night = zone.night(*keyed(zone), as_of=SECOND)

    assert changes(night, "rows_added", "rows_removed", "orders", "customers", "net_change") == {
        (MAY, "correction"): (1, 1, 1, 1, Decimal(4)),
        (MAY, "late_row"): (1, 0, 1, 1, Decimal(21)),
        (JUNE, "refund"): (1, 0, 1, 1, Decimal(-30)),
        (JUNE, "exchange_rate"): (1, 1, 1, 1, Decimal(10)),
        (JUNE, "late_row"): (2, 0, 2, 2, Decimal(16)),  # a rate came late, too
    }
    refund = told(night)["sales", JUNE, "refund"]
    assert (refund["gross_change"], refund["refund_change"]) == (None, Decimal(30))
    assert {row["previous_as_of"] for row in told(night).values()} == {FIRST}


@pytest.mark.parametrize("seed", range(2))
def test_the_changes_of_a_month_come_to_what_its_sums_are_other_by_part_by_part(zone: Zone, seed: int) -> None:
    chance = random.Random(seed)
    shop = {**ORDERS, "columns": {**ORDERS["columns"], "discount": "off"}, "discount_when": "product = 'COUPON'"}
    shop["charge_when"] = "product = 'POST'"

    def drawn(number: int) -> str:
        day = MAY + dt.timedelta(days=chance.randrange((FIRST - MAY).days + 20))
        product, back = chance.choice(["p1", "p2", "COUPON", "POST"]), chance.random() < 0.3
        quantity, off = (-1, 0) if back or product == "COUPON" else (1, chance.randrange(200))
        price = chance.randrange(300, 9000) / 100
        return f"o{number // 4},{day},c{number // 8},{product},{quantity},{price},{off / 100}\n"

    def sums(until: dt.date) -> dict[dt.date, tuple[Decimal, ...]]:
        parts = ", ".join(f"coalesce(sum({part}_value), 0)" for part in ("gross", "discount", "refund", "net"))
        asked = f"select date_trunc('month', day)::date, {parts} from order_flows where day <= '{until}' group by 1"
        return {month: figures for month, *figures in zone.frame(asked).rows()}

    header, lines = HEADER.replace("\n", ",off\n"), [drawn(number) for number in range(80)]
    zone.write("a.csv", header + "".join(lines))
    publish(zone.night(shop, as_of=FIRST))
    before = sums(FIRST)
    kept = [line for line in lines if chance.random() < 0.7]
    dearer = [line.replace(",0.", ",1.", 1) if chance.random() < 0.3 else line for line in kept]
    zone.write("a.csv", header + "".join((*dearer, *map(drawn, range(80)))))
    found = told(zone.night(shop, as_of=SECOND))
    since, names = sums(FIRST), ("gross_change", "discount_change", "refund_change", "net_change")
    for month in (MAY, JUNE):
        rows = [tuple(row[name] or Decimal(0) for name in names) for (_, on, _), row in found.items() if on == month]
        assert [sum(part) for part in zip(*rows, strict=True)] == [
            now - then for now, then in zip(since[month], before[month], strict=True)
        ]
        assert all(gross - discount - refund == net for gross, discount, refund, net in rows)
        assert len(rows) > 2


def test_what_a_file_no_longer_holds_is_withdrawn_and_what_it_still_holds_is_not_told(zone: Zone) -> None:
    zone.write("june.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\no2,2024-06-02,bob,p1,1,7.00\n")
    publish(zone.night(as_of=FIRST))
    zone.write("june.csv", HEADER + "o2,2024-06-02,bob,p1,1,7.00\no3,2024-06-25,bob,p1,1,9.00\n")
    night = zone.night(as_of=SECOND)
    assert changes(night, "rows_added", "rows_removed", "net_change") == {(JUNE, "withdrawn"): (0, 1, Decimal(-5))}


def test_the_same_rows_in_other_files_restate_nothing(zone: Zone) -> None:
    zone.write("june.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\no2,2024-06-02,bob,p1,1,7.00\n")
    publish(zone.night(as_of=FIRST))
    zone.write("june.csv", HEADER + "o2,2024-06-02,bob,p1,1,7.00\n")
    zone.write("a-new-name.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\n")
    assert told(zone.night(as_of=SECOND)) == {}


def test_a_line_added_to_an_old_order_is_late_and_one_that_takes_anothers_place_corrects_it(zone: Zone) -> None:
    zone.write("june.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\no2,2024-06-02,bob,p1,1,7.00\n")
    publish(zone.night(as_of=FIRST))
    zone.write(
        "june.csv",
        HEADER + "o1,2024-06-01,anna,p1,1,5.00\no1,2024-06-01,anna,p2,1,2.00\no2,2024-05-31,bob,p1,1,7.50\n",
    )
    assert changes(zone.night(as_of=SECOND), "rows_added", "rows_removed", "net_change") == {
        (JUNE, "late_row"): (1, 0, Decimal(2)),
        (JUNE, "correction"): (0, 1, Decimal(-7)),
        (MAY, "correction"): (1, 0, Decimal("7.5")),
    }


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        ("2024-06-01 18:30,web,N,new", 0),  # the same day, channel and region
        ("2024-06-01 09:00,web,N,shipped", 0),
        ("2024-06-01 09:00,app,N,new", 1),
        ("2024-06-01 09:00,web,S,new", 1),
        ("2024-06-02 09:00,web,N,new", 1),
    ],
)
def test_a_line_is_corrected_where_a_published_figure_would_be_another(zone: Zone, now: str, lines: int) -> None:
    head, columns = "order_id,line,customer_id,price,ordered_at,channel,region,status\n", {
        "order_id": "order_id", "line_id": "line", "customer_id": "customer_id", "amount": "price",
        "ordered_at": "ordered_at", "channel": "channel", "region": "region", "status": "status",
    }  # fmt: skip
    shop = {**ORDERS, "columns": columns}
    zone.write("a.csv", f"{head}o1,1,anna,5,2024-06-01 09:00,web,N,new\n")
    publish(zone.night(shop, as_of=FIRST))
    zone.write("b.csv", f"{head}o1,1,anna,5,{now}\n")
    night = zone.night(shop, as_of=SECOND)
    night.compute(restatements)
    told = zone.frame("select cause, rows_added, rows_removed, net_change from restatements").rows()
    assert told == [("correction", lines, lines, Decimal(0))] * lines


def test_answers_that_came_late_or_changed_are_told_apart_from_sales(zone: Zone) -> None:
    sources = ({**ORDERS, "path": str(zone.raw / "*.csv")}, {**ANSWERS, "path": str(zone.raw / "survey/*.csv")})
    zone.write("june.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\n")
    zone.write("survey/1.csv", "id,day,who,overall\n1,2024-06-02,anna,5\n2,2024-06-03,bob,4\n3,2024-06-04,bob,4\n")
    publish(zone.night(*sources, as_of=FIRST))
    zone.write("survey/1.csv", "id,day,who,overall\n1,2024-06-02,anna,2\n3,2024-06-04,bob,4\n")
    zone.write("survey/2.csv", "id,day,who,overall\n8,2024-05-02,anna,5\n9,2024-06-21,anna,5\n")
    night = zone.night(*sources, as_of=SECOND)
    assert {key[0] for key in told(night)} == {"answers"}
    assert changes(night, "rows_added", "rows_removed", "responses", "customers", "net_change") == {
        (JUNE, "correction"): (1, 1, 1, 1, None),
        (JUNE, "withdrawn"): (0, 1, 1, 1, None),
        (MAY, "late_row"): (1, 0, 1, 1, None),
    }


def test_an_answer_that_is_dated_otherwise_is_fewer_in_its_old_month_and_more_in_its_new_one(zone: Zone) -> None:
    sources = ({**ORDERS, "path": str(zone.raw / "*.csv")}, {**ANSWERS, "path": str(zone.raw / "survey/*.csv")})
    zone.write("june.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\n")
    zone.write("survey/1.csv", "id,day,who,overall\n1,2024-06-02,anna,5\n2,2024-06-03,bob,4\n")
    publish(zone.night(*sources, as_of=FIRST))
    zone.write("survey/1.csv", "id,day,who,overall\n1,2024-05-31,anna,5\n2,2024-06-04,bob,4\n")
    assert changes(zone.night(*sources, as_of=SECOND), "rows_added", "rows_removed", "responses", "customers") == {
        (MAY, "correction"): (1, 0, 1, 1),
        (JUNE, "correction"): (1, 2, 2, 2),
    }


def test_an_answer_that_counts_in_another_channel_region_or_dimension_is_corrected(zone: Zone) -> None:
    columns = {**ANSWERS["columns"], "channel": "channel", "region": "region", "store": "store", "comment": "said"}
    survey = {**ANSWERS, "path": str(zone.raw / "survey/*.csv"), "columns": columns}
    sources = ({**ORDERS, "path": str(zone.raw / "*.csv")}, survey)
    head = "id,day,who,overall,channel,region,store,said\n"
    zone.write("june.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\n")
    zone.write("survey/1.csv", head + "".join(f"{n},2024-06-02,anna,5,web,N,x,fine\n" for n in range(5)))
    publish(zone.night(*sources, as_of=FIRST))
    now = ("web,N,x,fine", "app,N,x,fine", "web,,x,fine", "web,N,y,fine", "web,N,x,finest")
    zone.write("survey/1.csv", head + "".join(f"{n},2024-06-02,anna,5,{told}\n" for n, told in enumerate(now)))
    assert changes(zone.night(*sources, as_of=SECOND), "rows_added", "rows_removed", "responses") == {
        (JUNE, "correction"): (3, 3, 3),
    }


def test_orders_that_become_another_customers_are_told_and_change_no_total(zone: Zone) -> None:
    people = {
        "name": "crm", "kind": "customers", "path": str(zone.raw / "crm/*.csv"),
        "columns": {"customer_id": "id", "email": "mail", "acquired_at": "since"},
    }  # fmt: skip
    shop = {"columns": {**ORDERS["columns"], "discount": "off"}, "charge_when": "product = 'POST'"}
    sources = ({**ORDERS, **shop, "path": str(zone.raw / "*.csv")}, people)
    zone.write(
        "june.csv",
        HEADER.replace("\n", ",off\n")
        + "o1,2024-05-01,anna,p1,1,5.00,\n"
        + "o2,2024-06-02,annie,p1,1,7.00,2.00\n"
        + "o2,2024-06-02,annie,POST,1,3.00,\n"  # no merchandise
        + "o3,2024-06-21,annie,p1,1,9.00,\n",  # June, but not a day that was published
    )
    zone.write("crm/1.csv", "id,mail,since\nanna,anna@shop.co.uk,2024-01-01\n")
    publish(zone.night(*sources, as_of=FIRST, identity={"match": ["email"]}))
    zone.write("crm/2.csv", "id,mail,since\nannie,Anna@shop.co.uk,2024-06-01\n")
    night = zone.night(*sources, as_of=SECOND, identity={"match": ["email"]})
    assert changes(night, "orders", "customers", "net_change", "value_moved") == {
        (JUNE, "identity_merge"): (1, 1, None, Decimal(5))
    }


def test_an_order_that_came_late_has_passed_from_nobody_to_the_customer_its_account_belongs_to(zone: Zone) -> None:
    people = {
        "name": "crm", "kind": "customers", "path": str(zone.raw / "crm/*.csv"),
        "columns": {"customer_id": "id", "email": "mail", "acquired_at": "since"},
    }  # fmt: skip
    sources = ({**ORDERS, "path": str(zone.raw / "*.csv")}, people)
    known = HEADER + "o1,2024-05-01,anna,p1,1,5.00\no2,2024-06-02,annie,p1,1,7.00\n"
    zone.write("june.csv", known)
    zone.write("may.csv", HEADER + "o3,2024-05-03,annie,p1,1,9.00\n")
    zone.write("crm/1.csv", "id,mail,since\nanna,anna@shop.co.uk,2024-01-01\n")
    publish(zone.night(*sources, as_of=FIRST, identity={"match": ["email"]}))
    zone.write("june.csv", known + "o4,2024-06-03,annie,p1,1,100.00\no5,2024-06-04,ann,p1,1,200.00\n")
    zone.write("crm/2.csv", "id,mail,since\nannie,anna@shop.co.uk,2024-06-01\nann,anna@shop.co.uk,2024-06-01\n")
    night = zone.night(*sources, as_of=SECOND, identity={"match": ["email"]})
    assert changes(night, "orders", "customers", "net_change", "value_moved") == {
        (MAY, "identity_merge"): (1, 1, None, Decimal(9)),
        (JUNE, "identity_merge"): (1, 1, None, Decimal(7)),
        (JUNE, "late_row"): (2, 2, Decimal(300), None),
    }


@pytest.mark.parametrize(
    ("published_by", "cause"),
    [({"configuration_hash": "other"}, "configuration"), ({"code_version": "other"}, "program"), ({}, "unexplained")],
)
def test_what_no_row_explains_is_laid_to_what_else_has_changed(
    zone: Zone, published_by: dict[str, str], cause: str
) -> None:
    zone.write("june.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\n")
    night = zone.night(as_of=FIRST)
    night.warehouse.rows("update order_flows set net_value = net_value + 3")
    publish(night, **published_by)
    zone.write("late.csv", HEADER + "o9,2024-06-02,bob,p1,1,7.00\n")
    # The table was tampered with: it is written anew.
    forget_amendments(zone.warehouse)
    night = zone.night(as_of=SECOND)
    assert changes(night, "rows_added", "net_change") == {
        (JUNE, "late_row"): (1, Decimal(7)),
        (JUNE, cause): (0, Decimal(-3)),
    }


def test_what_a_file_held_that_was_given_up_and_lands_anew_is_laid_to_that(tmp_path: Path) -> None:
    """What the predecessor saw of it nobody knows any more: beside its late rows stands what was published of it."""
    home = Home(tmp_path)
    append = {**ORDERS, "delivery": "append"}
    home.write("june.csv", HEADER + "o1,2024-06-01,anna,p1,1,5.00\no2,2024-06-02,bob,p1,1,7.00\n")
    home.write("more.csv", HEADER + "o3,2024-06-03,cleo,p1,1,9.00\n")
    publish(home.night(append, as_of=FIRST))
    home.close()
    june = named_files(home.home, ["shop/june.csv"])
    forget(home.home, home.configuration(append), june, at=home.clock + HALF_AN_HOUR)
    home.open()
    home.write("june.csv", HEADER + "o2,2024-06-02,bob,p1,1,7.00\n")
    assert changes(home.night(append, as_of=SECOND), "rows_added", "rows_removed", "net_change") == {
        (JUNE, "late_row"): (1, 0, Decimal(7)),
        (JUNE, "given_up"): (0, 0, Decimal(-12)),
    }
