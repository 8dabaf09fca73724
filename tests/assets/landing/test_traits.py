"""Traits and overlaps of a landed shop, held to a count in plain Python; amended night by night they are those anew."""

from __future__ import annotations

import datetime as dt
import math
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise, product
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.accounting_laws import check_laws
from assets.amended.facts import forget_amendments
from assets.churn import churn_features, churn_origins
from assets.churn_samples import churn_activity, churn_samples
from assets.expectations.validation import validate
from assets.night import Night
from assets.order_steps import order_steps
from assets.rfm_cuts import rfm_cuts
from assets.segments import lifecycle_stages, rfm_segments, value_tiers
from assets.tables import CHURN_SCORES, CUSTOMER_TRAITS, SEGMENT_OVERLAP
from assets.traits import customer_traits, segment_overlap

from ..cleaned import CLEANED
from .conftest import Zone

FIRST = dt.date(2022, 6, 1)
BEFORE = (
    *CLEANED, order_steps, rfm_cuts, rfm_segments, lifecycle_stages, value_tiers,
    churn_origins, churn_activity, churn_samples, churn_features,
)  # fmt: skip
TRAITS = ("high_frequency", "potential_high_value", "steady", "price_sensitive")
SHOP = {
    "name": "shop", "kind": "transactions", "format": "csv",
    "columns": {
        "order_id": "order", "ordered_at": "day", "customer_id": "customer", "product_id": "product",
        "category": "category", "quantity": "quantity", "unit_price": "price", "discount": "discount",
    },
    "discount_when": "product = 'VOUCHER'",
}  # fmt: skip
BORN, AGED = (
    {
        "name": name, "kind": "customers", "format": "csv",
        "columns": {"customer_id": "id", "acquired_at": "since", field: field},
    }
    for name, field in (("born", "birth_date"), ("aged", "age"))
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    order: str
    day: dt.date
    customer: str
    product: str
    category: str
    quantity: int
    price: Decimal
    discount: Decimal

    def amount(self) -> Decimal:
        """What the line adds to its order's net value."""
        return self.quantity * self.price - self.discount

    def row(self) -> str:
        discount = self.discount or ""
        parts = (self.order, self.day, self.customer, self.product, self.category, self.quantity, self.price, discount)
        return ",".join(map(str, parts))


def sales(at_random: random.Random, *, days: int, customers: int) -> list[Line]:
    """Regulars, occasional buyers and one-time buyers; vouchers, discounts, refunds in part and in full, later."""
    lines: list[Line] = []
    for number in range(customers):
        customer = f"c{number}" if number else ""
        is_regular, likes_discounts = number % 3 == 0, number % 4 == 0
        step = at_random.randint(15, 90)
        day = FIRST + dt.timedelta(days=at_random.randint(0, days))
        for order in range(at_random.choice([1, 1, 2, 4, 5, 9, 14])):
            lines += basket(at_random, f"o{number}-{order}", day, customer, likes_discounts, number % 7 > 0)
            jitter = at_random.randint(-5, 5) if is_regular else at_random.randint(-step, 3 * step)
            day += dt.timedelta(days=max(0, step + jitter))
    return lines


def basket(
    at_random: random.Random, order: str, day: dt.date, customer: str, likes_discounts: bool, names_categories: bool
) -> Iterable[Line]:
    worth = Decimal(0)
    for place in range(at_random.randint(1, 3)):
        price = Decimal(at_random.randint(100, 9000)) / 100 + Decimal("0.0033")
        discount = Decimal("0.50") if at_random.random() < (0.5 if likes_discounts else 0.1) else Decimal(0)
        category = at_random.choice(["tea", "tea", "tea", "cups", "", "books"] if names_categories else [""])
        line = Line(order, day, customer, f"p{place}", category, 1, price, discount)
        worth += line.amount()
        yield line
    if at_random.random() < 0.05:
        yield Line(order, day, customer, "VOUCHER", "", -1, Decimal("0.75"), Decimal(0))
        worth -= Decimal("0.75")
    if at_random.random() < 0.25:
        back = worth if at_random.random() < 0.5 else (worth / 3).quantize(Decimal("0.01"))
        later = day + dt.timedelta(days=at_random.randint(0, 60))
        yield Line(order, later, customer, "p0", "tea", -1, back, Decimal(0))


def people(at_random: random.Random, customers: int) -> dict[str, tuple[dt.date, dt.date | None, int | None]]:
    """Since when, born on, or of what age; some never buy, some are too old to be true."""
    found: dict[str, tuple[dt.date, dt.date | None, int | None]] = {}
    for number in range(1, customers + 20):
        since = FIRST + dt.timedelta(days=at_random.randint(0, 700))
        born = dt.date(at_random.randint(1900, 2012), at_random.randint(1, 12), at_random.randint(1, 28))
        kind = number % 5
        found[f"c{number}"] = (since, born if kind < 3 else None, at_random.choice([9, 17, 18, 45, 111, 130]))
        if kind == 4:
            found[f"c{number}"] = (since, None, None)
    return found


def smallest(values: Iterable[Any], percent: int) -> Any:
    """The smallest value that so many per cent of the values do not exceed."""
    ranked = sorted(values)
    return ranked[-(-percent * len(ranked) // 100) - 1] if ranked else None


def expected(
    lines: list[Line], filed: Mapping[str, tuple[dt.date, dt.date | None, int | None]], as_of: dt.date
) -> dict[str, dict[str, Any]]:
    seen = [line for line in lines if line.day <= as_of and line.customer]
    window_from = as_of - dt.timedelta(days=365)
    orders: dict[str, list[Line]] = defaultdict(list)
    for line in seen:
        orders[line.order].append(line)
    own: dict[str, list[tuple[dt.date, str, Decimal, bool]]] = defaultdict(list)
    for order, parts in orders.items():
        net = sum((part.amount() for part in parts), Decimal(0))
        if net >= Decimal("0.01"):
            sold_on = min(part.day for part in parts if part.quantity > 0)
            is_discounted = any(part.discount or part.product == "VOUCHER" for part in parts)
            own[parts[0].customer].append((sold_on, order, net.quantize(Decimal("0.01"), ROUND_HALF_UP), is_discounted))
    known = {line.customer for line in seen} | {name for name, (since, _, _) in filed.items() if since <= as_of}
    active = {name: [one for one in own[name] if one[0] > window_from] for name in known}
    frequent_from = smallest((len(some) for some in active.values() if some), 80)
    firsts = {name: min(own[name]) for name in known if own[name]}
    valuable_from = smallest((one[2] for one in firsts.values() if one[0] > window_from), 90)
    categories: dict[str, Counter[str]] = defaultdict(Counter)
    for line in seen:
        if line.quantity > 0 and line.category and line.day > window_from and active[line.customer]:
            categories[line.customer][line.category] += 1
    found: dict[str, dict[str, Any]] = {}
    for name in known:
        age = age_of(filed.get(name), as_of)
        days = sorted({one[0] for one in own[name]})
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        tops = categories[name]
        share = max(tops.values()) / tops.total() if tops else None
        is_frequent: bool | None = len(active[name]) >= frequent_from
        is_steady: bool | None = False
        variation = None
        if len(own[name]) >= 4:
            is_steady = None
            if len(gaps) >= 2:
                variation = statistics.pstdev(gaps) / statistics.fmean(gaps)
                is_steady = variation <= 0.5 and gaps[-1] <= 1.5 * statistics.median(gaps)
        discounted = sum(one[3] for one in own[name])
        found[name] = {
            "age": age,
            "age_band": band_of(age),
            "orders": len(own[name]),
            "orders_window": len(active[name]),
            "high_frequency_from": frequent_from,
            "category_lines": tops.total() or None,
            "top_category_share": share,
            "is_high_frequency": (None if share is None else share >= 0.5) if is_frequent else False,
            "first_order_value": firsts[name][2] if name in firsts else None,
            "high_value_from": valuable_from,
            "is_potential_high_value": len(own[name]) == 1 and firsts[name][2] >= valuable_from,
            "gap_cv": variation,
            "is_steady": is_steady,
            "discounted_orders": discounted,
            "is_price_sensitive": len(own[name]) >= 3 and 5 * discounted >= 3 * len(own[name]),
        }
    return found


def age_of(filed: tuple[dt.date, dt.date | None, int | None] | None, as_of: dt.date) -> int | None:
    if filed is None or filed[0] > as_of:
        return None
    _, born, age = filed
    if born is not None:
        age = as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))
    return age if age is not None and 0 <= age <= 110 else None


def band_of(age: int | None) -> str:
    bands = ((17, "under_18"), (30, "18_30"), (50, "31_50"), (110, "51_plus"))
    return "unknown" if age is None else next(band for most, band in bands if age <= most)


def land_shop(zone: Zone, lines: list[Line], filed: Mapping[str, Any], *, name: str = "of") -> None:
    """A file a quarter, so that later nights bring later files; a refund lies in the file of its own day."""
    by_quarter: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        by_quarter[f"{line.day.year}-{(line.day.month - 1) // 3}"].append(line.row())
    header = "order,day,customer,product,category,quantity,price,discount"
    for quarter, rows in by_quarter.items():
        zone.write(f"{name} {quarter}.sales", "\n".join([header, *rows]) + "\n")
    for place, (kind, field) in enumerate((("born", "birth_date"), ("aged", "age")) if filed else ()):
        told = {
            person: (one[0], one[1 + place]) for person, one in filed.items() if (one[1] is not None) == (not place)
        }
        rows = [f"{person},{since},{'' if value is None else value}" for person, (since, value) in told.items()]
        zone.write(f"all.{kind}", "\n".join([f"id,since,{field}", *rows]) + "\n")


def compute(zone: Zone, night: Night) -> tuple[pl.DataFrame, pl.DataFrame]:
    night.compute(*BEFORE)
    bands = "case when customer_id < 'c3' then 'low' when customer_id < 'c6' then 'medium' else 'high' end"
    scores = zone.frame(f"select customer_id, {bands} as risk_band from rfm_segments where frequency > 0")
    unknown = [column.name for column in CHURN_SCORES.columns if column.name not in scores.columns]
    zone.warehouse.replace(CHURN_SCORES, scores.with_columns(pl.lit(None).alias(name) for name in unknown))
    night.compute(customer_traits, segment_overlap)
    return zone.frame("from customer_traits order by all"), zone.frame("from segment_overlap order by all")


@pytest.mark.parametrize("seed", range(2))
def test_traits_and_overlaps_are_what_plain_python_counts_wherever_the_date_moves(zone: Zone, seed: int) -> None:
    at_random = random.Random(seed)
    lines, filed = sales(at_random, days=500, customers=150), people(at_random, 150)
    landed, late = lines[::2], lines[1::2]  # of an order the one line, the other or its refund in a later delivery
    land_shop(zone, landed, filed)
    files = ((SHOP, "sales"), (BORN, "born"), (AGED, "aged"))
    sources = [one | {"path": str(zone.raw / f"*.{end}")} for one, end in files]
    configuration = zone.configuration(*sources)
    ever: Counter[tuple[str, bool | None]] = Counter()
    for as_of in (dt.date(2024, 3, 31), dt.date(2024, 4, 1), dt.date(2023, 9, 10), dt.date(2024, 6, 30)):
        zone.land(configuration)
        night = Night(as_of, zone.clock, configuration, zone.warehouse, zone.home)
        found, overlap = compute(zone, night)
        by_name = {row["customer_id"]: row for row in found.to_dicts()}
        told = expected(landed, filed, as_of)
        assert by_name.keys() == told.keys()
        for name, row in told.items():
            for column, value in row.items():
                is_close = isinstance(value, float) and math.isclose(by_name[name][column], value, rel_tol=1e-12)
                assert is_close or by_name[name][column] == value, (as_of, name, column, by_name[name], row)
        ever.update((trait, row[f"is_{trait}"]) for trait, row in product(TRAITS, told.values()))
        expect_counted(zone, told, overlap, as_of)
        expect_checks_hold(zone, as_of)
        if late:
            land_shop(zone, late, {}, name="late")
            landed, late = lines, []
            continue  # the next night amends what was amended
        forget_amendments(zone.warehouse)
        for frame, anew in zip((found, overlap), compute(zone, night), strict=True):
            assert_frame_equal(frame, anew)
    assert all(ever[trait, True] >= 3 and ever[trait, False] >= 3 for trait in TRAITS), ever
    assert ever["high_frequency", None] >= 3
    assert zone.frame("from orders where voided_on is not null").height > 10


def expect_counted(zone: Zone, told: Mapping[str, Mapping[str, Any]], overlap: pl.DataFrame, as_of: dt.date) -> None:
    placed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, row in told.items():
        placed["age_band", row["age_band"]].add(name)
        for trait in TRAITS:
            if row[f"is_{trait}"]:
                placed["trait", trait].add(name)
    other = {"rfm": "rfm_segments", "stage": "lifecycle_stages", "tier": "value_tiers", "risk_band": "churn_scores"}
    for kind, table in other.items():
        column = "segment" if kind == "rfm" else kind
        for name, segment in zone.frame(f"select customer_id, {column} from {table}").iter_rows():
            placed[kind, segment].add(name)
    worth = dict(
        zone.frame(f"""select customer_id, sum(net_value) from customer_days
        where day > date '{as_of}' - 365 group by customer_id""").iter_rows()
    )
    listed = {((r["kind"], r["segment"]), (r["other_kind"], r["other_segment"])): r for r in overlap.to_dicts()}
    assert listed.keys() == {
        (one, two) for one, two in product(placed, repeat=2) if one[0] != two[0] or one[0] == "trait" or one == two
    }
    for (one, two), row in listed.items():
        both = placed[one] & placed[two]
        assert (row["customers"], row["other_customers"]) == (len(placed[one]), len(placed[two]))
        assert (row["customers_both"], row["known_customers"]) == (len(both), len(told))
        assert math.isclose(row["jaccard"], len(both) / len(placed[one] | placed[two]))
        assert math.isclose(row["lift"], len(both) / len(placed[one]) / (len(placed[two]) / len(told)))
        exact = sum((worth.get(name) or Decimal(0) for name in both), Decimal(0))
        assert row["net_value_both"] == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def expect_checks_hold(zone: Zone, as_of: dt.date) -> None:
    found = [
        one for table in (CUSTOMER_TRAITS, SEGMENT_OVERLAP) for one in validate(zone.warehouse, table, as_of=as_of)
    ]
    laws = ["traits_population", "traits_figures", "overlap_members", "overlap_parts"]
    found += check_laws(zone.warehouse, laws, as_of=as_of, window_days=365)
    assert [(one.table, one.name, one.observed) for one in found if not one.passed] == []


def test_a_shop_without_categories_discounts_or_money_tells_no_trait_that_rests_on_them(zone: Zone) -> None:
    at_random = random.Random(9)
    lines = sales(at_random, days=400, customers=60)
    land_shop(zone, lines, {})
    columns = {field: SHOP["columns"][field] for field in ("order_id", "ordered_at", "customer_id", "product_id")}
    bare = SHOP | {"path": str(zone.raw / "*.sales"), "columns": columns, "discount_when": None}
    for columns_more, known in (
        ({}, {"steady"}),
        ({"unit_price": "price", "quantity": "quantity"}, {"potential_high_value", "steady"}),
    ):
        configuration = zone.configuration({**bare, "columns": columns | columns_more})
        zone.land(configuration)
        night = Night(dt.date(2024, 3, 31), zone.clock, configuration, zone.warehouse, zone.home)
        found, overlap = compute(zone, night)
        assert {trait for trait in TRAITS if found[f"is_{trait}"].is_not_null().any()} == known
        assert set(overlap.filter(pl.col("kind") == "trait")["segment"]) <= known
        assert overlap["net_value_both"].is_null().all() == (not columns_more)
        expect_checks_hold(zone, night.as_of)


def test_customers_who_never_ordered_hold_nothing_where_others_bring_money(zone: Zone) -> None:
    at_random = random.Random(1)
    day = dt.date(2024, 3, 1)
    land_shop(zone, list(basket(at_random, "o1", day, "", False, True)), people(at_random, 1))
    files = ((SHOP, "sales"), (BORN, "born"), (AGED, "aged"))
    configuration = zone.configuration(*(one | {"path": str(zone.raw / f"*.{end}")} for one, end in files))
    zone.land(configuration)
    night = Night(day, zone.clock, configuration, zone.warehouse, zone.home)
    _, overlap = compute(zone, night)
    assert set(overlap["net_value_both"]) == {0}
    expect_checks_hold(zone, day)
