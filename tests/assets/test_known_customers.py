"""Who is known, since when and as what: drawn files, answers and orders against the rules in plain Python."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from assets.statements import Query, query
from assets.warehouse import Warehouse

AS_OF = dt.date(2024, 6, 30)
ATTRIBUTES = ("birth_date", "age", "gender", "region", "occupation", "customer_type", "acquisition_channel", "consent")
BIRTHDAYS = [dt.date(year, *day) for year in (1913, 1914, 1980, 2023, 2024) for day in ((6, 30), (7, 1))]
Row = dict[str, Any]
Shop = dict[str, list[Row]]


def drawn(chance: random.Random) -> Shop:
    """Few days and few files, so that rows are often equally late; some dated tomorrow, set aside or superseded."""

    def day() -> dt.date:
        return AS_OF + dt.timedelta(days=chance.choice([-200, -20, 0, 1]))

    def moment() -> dt.datetime:
        return dt.datetime.combine(day(), dt.time(9))

    def told() -> Row:
        values: Row = {
            "birth_date": chance.choice(BIRTHDAYS), "age": chance.choice([-1, 0, 40, 110, 111]),
            **{name: chance.choice("abcdefgh") for name in ATTRIBUTES[2:7]}, "consent": chance.random() < 0.5,
        }  # fmt: skip
        return {name: value if chance.random() < 0.5 else None for name, value in values.items()}

    accounts = [f"a{number:02}" for number in range(40)]
    files = [
        {
            "content_no": number, "source": chance.choice(["crm", "web"]), "natural_key": f"{number % 3}.csv",
            "status": "superseded" if number % 5 == 4 else "loaded",
            "loaded_on": AS_OF + dt.timedelta(days=chance.choice([-30, -20, -9, 1])),
        }
        for number in range(10)
    ]  # fmt: skip
    customers, answers = [], []
    for number in range(90):
        acquired_at = moment() if chance.random() < 0.4 else None
        updated_at = max(moment(), acquired_at or dt.datetime.min) if chance.random() < 0.5 else None
        customers.append({"updated_at": updated_at, "acquired_at": acquired_at, **told()})
        answers.append({"responded_at": moment()})
        for row in (customers[-1], answers[-1]):
            row |= {"content_no": chance.randrange(10), "line_number": number, "customer_id": chance.choice(accounts)}
            row |= {"reasons": ["broken"] if chance.random() < 0.2 else None}
    orders = [
        {
            "content_no": chance.randrange(10), "line_number": number, "customer_id": chance.choice([*accounts, None]),
            "ordered_at": moment(), "reasons": ["broken"] if chance.random() < 0.2 else None,
        }
        for number in range(100, 140)
    ]  # fmt: skip
    united = {account: f"a{int(account[1:]) // 3 * 3:02}" for account in accounts[:24]}
    events = [(chance.choice(accounts), min(day(), AS_OF)) for _ in range(14)]
    ordering = {united.get(account, account) for account, _ in events}
    return {
        "customer_rows": customers,
        "survey_rows": answers[:40],
        "landed_transactions": orders,
        "file_register": files,
        "row_outcomes": [
            {"content_no": r["content_no"], "line_number": r["line_number"]}
            for r in (*customers[::9], *answers[::4], *orders[::4])
        ],
        "customer_identities": [{"account_id": a, "customer_id": c} for a, c in united.items()],
        "account_flows": [{"account_id": a, "customer_id": united.get(a, a), "day": on} for a, on in events],
        "customer_orders": [
            {"customer_id": c, "region": chance.choice(["north", None]), "channel": "web"} for c in sorted(ordering)
        ],
    }


def answers_of(shop: Shop) -> tuple[dict[str, Row], dict[str, Row]]:
    """What the statements of ``known_customers`` and ``customers`` say of each."""
    warehouse = Warehouse.open(None, threads=1)
    for name, rows in shop.items():
        warehouse.keep(name, pl.DataFrame(rows, infer_schema_length=None))
    warehouse.keep("known_customers", query("known_customers.sql", as_of=AS_OF))
    tables = [warehouse.frame(asked) for asked in (Query("from known_customers"), query("customers.sql", as_of=AS_OF))]
    assert all(table["customer_id"].is_unique().all() for table in tables)
    known, tonight = ({row["customer_id"]: row for row in table.rows(named=True)} for table in tables)
    return known, tonight


def counting(shop: Shop, rows: list[Row]) -> Iterator[Row]:
    """The rows of files in force that are good and count, with their file and customer."""
    files = {file["content_no"]: file for file in shop["file_register"]}
    united = {one["account_id"]: one["customer_id"] for one in shop["customer_identities"]}
    left_out = {(one["content_no"], one["line_number"]) for one in shop["row_outcomes"]}
    for row in rows:
        file, is_left_out = files[row["content_no"]], (row["content_no"], row["line_number"]) in left_out
        if row["reasons"] is None and file["status"] == "loaded" and not is_left_out:
            yield {**file, **row, "whose": united.get(row["customer_id"], row["customer_id"])}


def put_together(rows: list[Row]) -> Row:
    """One customer's attributes: each of the latest row that fills it, the channel of who was acquired first."""

    def first(name: str, *keys: Any) -> Any:
        """Of the rows that fill it; sorted by the last key first, so that each later sort goes before."""
        order = [row for row in rows if row[name] is not None]
        order.sort(key=lambda row: (row["line_number"], row["customer_id"]))
        order.sort(key=lambda row: row["natural_key"], reverse=True)
        order.sort(key=lambda row: row["source"])
        for key in keys:
            order.sort(key=key)
        return order[0][name] if order else None

    def lateness(row: Row) -> float:
        filed_at = row["updated_at"] or row["acquired_at"]
        return -filed_at.timestamp() if filed_at else 1

    def acquired(row: Row) -> tuple[bool, dt.date]:
        return row["acquired_at"] is None, (row["acquired_at"] or dt.datetime.max).date()

    told = {name: first(name, lateness) for name in ATTRIBUTES}
    told["acquisition_channel"] = first("acquisition_channel", acquired)
    return told | {"consent": first("consent", lambda row: row["consent"], lateness)}  # a refusal goes first


def since(shop: Shop) -> dict[str, tuple[dt.date | None, dt.date | None]]:
    """Customer -> the day she is known since by date, and by loading for want of one."""
    files = {file["content_no"]: file for file in shop["file_register"]}
    filed = [
        r for r in counting(shop, shop["customer_rows"]) if not r["acquired_at"] or r["acquired_at"].date() <= AS_OF
    ]
    answers = [r for r in counting(shop, shop["survey_rows"]) if r["responded_at"].date() <= AS_OF]
    events = [(r["customer_id"], r["whose"], r["responded_at"].date()) for r in answers]
    events += [(one["account_id"], one["customer_id"], one["day"]) for one in shop["account_flows"]]
    found: dict[str, list[tuple[dt.date | None, dt.date | None]]] = {}
    for account, customer in {(r["customer_id"], r["whose"]) for r in filed} | {(a, c) for a, c, _ in events}:
        acquired = [r["acquired_at"].date() for r in filed if r["customer_id"] == account and r["acquired_at"]]
        dated = min(acquired or [on for one, _, on in events if one == account], default=None)
        good = (r for r in shop["customer_rows"] if r["customer_id"] == account and r["reasons"] is None)
        loaded = None if dated else min(files[r["content_no"]]["loaded_on"] for r in good)
        found.setdefault(customer, []).append((dated, loaded))
    return {
        customer: tuple(min((day for day in days if day), default=None) for days in zip(*accounts, strict=True))  # type: ignore[misc]
        for customer, accounts in found.items()
    }


@pytest.mark.parametrize("seed", [6, 12])
def test_who_is_known_since_when_and_as_what_is_what_the_rules_say(seed: int) -> None:
    shop = drawn(random.Random(seed))
    filed = [
        r for r in counting(shop, shop["customer_rows"]) if not r["acquired_at"] or r["acquired_at"].date() <= AS_OF
    ]
    orders = {one["customer_id"]: one for one in shop["customer_orders"]}
    found, tonight = answers_of(shop)
    assert {customer: (row["dated_since"], row["loaded_since"]) for customer, row in found.items()} == since(shop)
    assert set(tonight) == set(found)
    for customer, row in found.items():
        told = put_together([one for one in filed if one["whose"] == customer])
        ordered = orders.get(customer, {"region": None, "channel": None})
        told |= {"region": ordered["region"] or told["region"], "channel": ordered["channel"]}
        age = told["filed_age"] = told.pop("age")
        assert {name: row[name] for name in told} == told, customer
        if born := told["birth_date"]:
            age = AS_OF.year - born.year - ((AS_OF.month, AS_OF.day) < (born.month, born.day))
        days = [day for day in (row["dated_since"], row["loaded_since"], AS_OF) if day]
        expected = (min(days), age if age is not None and 0 <= age <= 110 else None)
        assert (tonight[customer]["known_since"], tonight[customer]["age"]) == expected, customer


@pytest.mark.parametrize("seed", [6, 12])
def test_an_account_is_known_by_what_is_dated_up_to_the_night_and_since_it_was_acquired(seed: int) -> None:
    shop = drawn(random.Random(seed))
    warehouse = Warehouse.open(None, threads=1)
    for name, rows in shop.items():
        landed = {"customer_rows": "landed_customers", "survey_rows": "landed_surveys"}.get(name, name)
        warehouse.keep(landed, pl.DataFrame(rows, infer_schema_length=None))
    acquired: dict[str, list[dt.date]] = {}
    events: dict[str, list[dt.date]] = {}
    for kept, rows, column in (
        (acquired, "customer_rows", "acquired_at"),
        (events, "survey_rows", "responded_at"),
        (events, "landed_transactions", "ordered_at"),
    ):
        for row in counting(shop, shop[rows]):
            if row["customer_id"] and (row[column] is None or row[column].date() <= AS_OF):
                kept.setdefault(row["customer_id"], []).extend([row[column].date()] if row[column] else [])
    expected = {
        account: min(acquired.get(account) or events.get(account) or [dt.date.max]) for account in acquired | events
    }
    found = dict(warehouse.frame(query("landing/accounts.sql", as_of=AS_OF)).iter_rows())
    assert found == {account: None if day == dt.date.max else day for account, day in expected.items()}


@pytest.mark.parametrize(
    "as_of", [dt.date(2023, 2, 28), dt.date(2023, 3, 1), dt.date(2024, 2, 28), dt.date(2024, 2, 29)], ids=str
)
def test_who_was_born_on_a_leap_day_is_a_year_older_on_it_and_in_other_years_the_day_after(as_of: dt.date) -> None:
    born = [dt.date(2004, 2, 28), dt.date(2004, 2, 29), dt.date(2004, 3, 1), dt.date(1912, 2, 29), dt.date(2024, 2, 29)]
    names = [
        "filed_age",
        "gender",
        "region",
        "channel",
        "occupation",
        "customer_type",
        "acquisition_channel",
        "consent",
    ]
    people = pl.DataFrame({"customer_id": [str(day) for day in born], "birth_date": born}).with_columns(
        *(pl.lit(None, dtype=pl.Int64).alias(name) for name in names),
        dated_since=pl.lit(as_of), loaded_since=pl.lit(as_of),
    )  # fmt: skip
    warehouse = Warehouse.open(None, threads=1)
    warehouse.keep("known_customers", people)
    found = dict(warehouse.frame(query("customers.sql", as_of=as_of)).select("customer_id", "age").iter_rows())

    def birthdays(day: dt.date) -> int:
        """Days up to ``as_of`` that are the birthday, or the day after a 28 February where the year has no 29th."""
        days = (day + dt.timedelta(days=n) for n in range(1, (as_of - day).days + 1))
        eves = ((one, one - dt.timedelta(days=1)) for one in days)
        leaped = (day.month, day.day) == (2, 29)
        return sum(
            (one.month, one.day) == (day.month, day.day) or (leaped and (one.month, one.day, eve.day) == (3, 1, 28))
            for one, eve in eves
        )

    assert found == {
        str(day): count if day <= as_of and (count := birthdays(day)) <= 110 else None for day in born
    }  # fmt: skip


def test_attached_accounts_are_those_with_others_and_compression_is_accounts_per_customer() -> None:
    clusters = {"anna": 3, "ben": 2, "cleo": 1, "dora": 1}
    accounts = [
        {
            "account_id": f"{name}{n}",
            "customer_id": name,
            "accounts": size,
            "status": "united" if size > 1 else "single",
        }
        for name, size in clusters.items()
        for n in range(size)
    ]
    suspects = [
        {"account_id": f"x{n}", "customer_id": f"x{n}", "accounts": 1, "status": "suspect", "suspect_cluster": "x0"}
        for n in range(3)
    ]
    warehouse = Warehouse.open(None, threads=1)
    warehouse.keep("customer_identities", pl.DataFrame([*suspects, *accounts], infer_schema_length=None))
    [figures] = warehouse.frame(query("identity_figures.sql")).to_dicts()
    assert (figures["accounts"], figures["customers"], figures["attached"]) == (10, 7, 5)
    assert (figures["match_rate"], figures["compression"]) == (0.5, pytest.approx(10 / 7))
    assert (figures["largest_customer"], figures["suspect_clusters"], figures["suspect_accounts"]) == (3, 1, 3)
    warehouse.rows("delete from customer_identities")
    [nobody] = warehouse.frame(query("identity_figures.sql")).to_dicts()
    assert (nobody["accounts"], nobody["match_rate"], nobody["compression"]) == (0, None, None)
