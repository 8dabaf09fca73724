"""Every churn feature of a drawn shop, at every origin, against plain Python over its rows."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from assets import churn, churn_samples
from assets.configuration.settings import Configuration
from assets.contracts import Contract
from assets.night import Night
from assets.tables import CHURN_FEATURES, CUSTOMER_DAYS, ORDER_LINES, ORDERS, SURVEY_RESPONSES
from assets.warehouse import Warehouse

AS_OF, HORIZON, WINDOW = dt.date(2024, 3, 15), 60, 365
ORIGINS = [AS_OF, *(AS_OF - dt.timedelta(days=HORIZON + 30 * back) for back in range(6))]
WINDOWS = {"window": WINDOW, "180": 180, "90": 90, "30": 30, "7": 7}
BORDERS = [0, *(days - less for days in (*WINDOWS.values(), WINDOW - HORIZON) for less in (0, 1)), -1, -HORIZON]
CENT = Decimal("0.01")
Row = dict[str, Any]


def drawn(chance: random.Random) -> dict[str, list[Row]]:
    """Two years of orders, many on the borders of windows, some valid late or void later; their flows; answers."""

    def day() -> dt.date:
        if chance.random() < 0.5:
            return min(chance.choice(ORIGINS) - dt.timedelta(days=chance.choice(BORDERS)), AS_OF)
        return AS_OF - dt.timedelta(days=chance.randrange(700))

    def money(most: int) -> Decimal:
        return Decimal(2 * chance.randrange(most)) / 1000  # no half cents

    orders: list[Row] = []
    for number in range(260):
        on = day()
        later = on + dt.timedelta(days=chance.choice([0, 1, 20, HORIZON, 90]))
        life = chance.choice(["", "", "", "late", "void"])
        orders.append(
            {
                "customer_id": f"c{chance.randrange(24):02}" if number % 9 else None, "ordered_on": on,
                "order_id": f"o{number}", "valid_from": later if life == "late" else on,
                "voided_on": later if life == "void" else None, "units": money(4_500), "products": chance.randrange(5),
                "channel": chance.choice(["web", "store", "stall", None]) if number % 9 else "fair",
            }
        )  # fmt: skip
    orders += lives_on_borders(ORIGINS[2])
    flowing = {(o["customer_id"], o["ordered_on"]) for o in orders if o["customer_id"]}
    flowing |= {(f"c{chance.randrange(24):02}", day()) for _ in range(80)}
    days: list[Row] = []
    for customer, on in sorted(flowing):
        flow = {"lines": chance.randrange(1, 9), "net_value": money(45_000) - 10, "refund_value": money(4_500)}
        flow["discount_value"] = chance.choice([Decimal(0), money(4_500)])
        is_free = customer == "c03"  # of whose days no value is known
        days.append({"customer_id": customer, "day": on, **(dict.fromkeys(flow) | {"lines": 4} if is_free else flow)})
    lines = [
        {
            "customer_id": f"c{chance.randrange(24):02}", "ordered_on": day(),
            "category": chance.choice(["tea", "tea", "cups", None]), "kind": chance.choice(["sold", "sold", "refund"]),
        }
        for _ in range(300)
    ]  # fmt: skip
    answers = []
    for number in range(160):
        moment = dt.datetime.combine(day(), dt.time(chance.choice([9, 12])))
        answers.append(
            {
                "source": chance.choice("ab"), "response_id": f"r{number}", "question": chance.choice("pq"),
                "kind": chance.choice(["nps", "csat", "ces"]), "customer_id": f"c{chance.randrange(24):02}",
                "responded_at": moment, "responded_on": moment.date(), "score": Decimal(chance.randrange(11)),
                "is_satisfied": chance.random() < 0.5,
            }
        )  # fmt: skip
    return {"orders": orders, "customer_days": days, "order_lines": lines, "survey_responses": answers}


def lives_on_borders(origin: dt.date) -> list[Row]:
    """Customers of whom one order decides whether they are active, and others of whom one says whether they came back.

    Ordered, valid from and void from so many days after the origin.
    """
    active = [(-365, -365, None), (-364, -364, None), (-9, -9, 0), (-9, -9, 1), (-9, 0, None), (-9, 1, None)]
    returned = [(0, 0, None), (1, 1, None), (60, 60, None), (61, 61, None), (9, 9, 60), (9, 9, 61), (9, 60, None)]
    lives = [(f"a{n}", life) for n, life in enumerate(active)]
    lives += [(f"r{n}", life) for n, life in enumerate([*returned, (9, 61, None)])]
    lives += [(f"r{n}", (-300, -300, None)) for n in range(8)]
    return [
        {
            "customer_id": customer, "order_id": f"l{n}", "units": Decimal(1), "products": 1, "channel": "web",
            **{
                name: None if days is None else origin + dt.timedelta(days=days)
                for name, days in zip(("ordered_on", "valid_from", "voided_on"), life, strict=True)
            },
        }
        for n, (customer, life) in enumerate(lives)
    ]  # fmt: skip


def night_of(shop: dict[str, list[Row]]) -> Night:
    warehouse = Warehouse.open(None, threads=1)
    contracts: Sequence[Contract] = (ORDERS, CUSTOMER_DAYS, ORDER_LINES, SURVEY_RESPONSES)
    for contract in contracts:
        names = [column.name for column in contract.columns]
        filled = [{name: row.get(name) for name in names} for row in shop[contract.name]]
        warehouse.replace(contract, pl.DataFrame(filled, schema=names, infer_schema_length=None))
    business = {"name": "Corner shop", "timezone": "Europe/London", "currency": "GBP"}
    measures = {"horizon_days": HORIZON, "window_days": WINDOW}
    configuration = Configuration.model_validate({"business": business, "measures": measures})
    night = Night(AS_OF, dt.datetime(2024, 4, 1), configuration, warehouse, Path("home"))
    night.compute(churn.churn_origins, churn_samples.churn_activity, churn_samples.churn_samples, churn.churn_features)
    return night


def seen(orders: list[Row], at: dt.date) -> list[Row]:
    """The orders that are valid on the day."""
    return [o for o in orders if o["valid_from"] <= at and (o["voided_on"] is None or o["voided_on"] > at)]


def first(counted: Counter[str]) -> str | None:
    return min(counted, key=lambda name: (-counted[name], name), default=None)


def features(shop: dict[str, list[Row]], origin: dt.date, customer: str) -> Row:
    """What was known of the customer, who has a valid order in the window."""

    def ago(row: Row, column: str) -> int:
        return (origin - row[column]).days

    own = [o for o in seen(shop["orders"], origin) if o["customer_id"] == customer]
    ages = [ago(o, "ordered_on") for o in own]
    window = [o for o in own if ago(o, "ordered_on") < WINDOW]
    gaps = [later - earlier for earlier, later in pairwise(sorted(set(ages)))]
    days = [d for d in shop["customer_days"] if d["customer_id"] == customer and ago(d, "day") >= 0]
    has_money = any(d["net_value"] is not None for d in days)

    def flow(name: str, within: int) -> Decimal | None:
        cents = (d[name].quantize(CENT) for d in days if has_money and ago(d, "day") < within)
        return sum(cents, Decimal(0)) if has_money else None

    told: Row = {f"orders_{name}": sum(age < within for age in ages) for name, within in WINDOWS.items()}
    told |= {f"lines_{name}": sum(d["lines"] for d in days if ago(d, "day") < w) for name, w in WINDOWS.items()}
    told |= {f"net_value_{name}": flow("net_value", within) for name, within in WINDOWS.items()}
    for name in ("window", "90"):
        parts = [flow(f"{part}_value", WINDOWS[name]) for part in ("net", "discount", "refund")]
        told |= dict(zip((f"{part}_value_{name}" for part in ("net", "discount", "refund")), parts, strict=True))
        told[f"gross_value_{name}"] = sum(parts, Decimal(0)) if has_money else None
    everybody = (o for o in seen(shop["orders"], origin) if o["customer_id"] and 0 <= ago(o, "ordered_on") < WINDOW)
    largest = first(Counter(o["channel"] for o in everybody if o["channel"]))
    channels = Counter(o["channel"] for o in window if o["channel"])
    sold = [line for line in shop["order_lines"] if (line["customer_id"], line["kind"]) == (customer, "sold")]
    categories = Counter(
        line["category"] for line in sold if line["category"] and 0 <= ago(line, "ordered_on") < WINDOW
    )
    latest: dict[str, Row] = {}
    for answer in sorted(shop["survey_responses"], key=lambda a: (a["source"], a["response_id"]), reverse=True):
        if answer["customer_id"] == customer and ago(answer, "responded_on") >= 0:
            held = latest.get(answer["kind"])
            if held is None or held["responded_at"] <= answer["responded_at"]:
                latest[answer["kind"]] = answer
    until = origin + dt.timedelta(days=HORIZON)
    bought = [o for o in seen(shop["orders"], until) if o["customer_id"] == customer and o["ordered_on"] > origin]
    return told | {
        "recency_days": min(ages), "tenure_days": max(ages), "orders_all": len(own),
        "orders_year_ago": sum(WINDOW - HORIZON <= age < 365 for age in ages) if max(ages) >= 365 else None,
        "products_window": sum(o["products"] for o in window),
        "units_window": sum((o["units"].quantize(CENT) for o in window), Decimal(0)),
        "order_days": len(set(ages)), "gaps": len(gaps), "gap_sum": sum(gaps) if gaps else None,
        "gap_sum_of_squares": sum(gap**2 for gap in gaps) if gaps else None,
        "last_gap_days": gaps[0] if gaps else None,
        "channels_window": len(channels) or None, "channel_orders_window": channels.total() or None,
        "main_channel_orders_window": channels[largest or ""] if channels else None, "main_channel": first(channels),
        "categories_window": len(categories) or None, "category_lines_window": categories.total() or None,
        "top_category_lines_window": max(categories.values(), default=None),
        "latest_nps_score": latest["nps"]["score"] if "nps" in latest else None,
        "latest_csat_satisfied": int(latest["csat"]["is_satisfied"]) if "csat" in latest else None,
        "churned": None if until > AS_OF else not bought,
    }  # fmt: skip


def test_every_feature_and_outcome_at_every_origin_is_what_counting_gives() -> None:
    shop = drawn(random.Random(7))
    night = night_of(shop)
    found = night.warehouse.frame("select * from churn_features")
    rows = {(row["origin"], row["customer_id"]): row for row in found.rows(named=True)}
    lost: Counter[dt.date] = Counter()
    for origin in sorted({origin for origin, _ in rows}):
        window = (o for o in seen(shop["orders"], origin) if 0 <= (origin - o["ordered_on"]).days < WINDOW)
        active = {o["customer_id"] for o in window if o["customer_id"]}
        assert {customer for day, customer in rows if day == origin} == active
        for customer in sorted(active):
            counted = features(shop, origin, customer)
            assert set(counted) | {"origin", "customer_id"} == {column.name for column in CHURN_FEATURES.columns}
            assert {name: rows[origin, customer][name] for name in counted} == counted, (origin, customer)
        lost[origin] = sum(bool(rows[origin, customer]["churned"]) for customer in active)
    counts = churn_samples.losses(night)
    assert counts == {origin: (sum(day == origin for day, _ in rows), lost[origin]) for origin in counts}
    assert set(ORIGINS) == {AS_OF, *list(counts)[:6]}
