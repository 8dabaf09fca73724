"""The cuts of RFM, by default, frozen at a date and given: shops drawn at random against plain Python."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets import rfm_cuts as rfm_cuts_module
from assets.accounting_laws import check_laws
from assets.expectations.validation import validate
from assets.input_key import configuration_hash
from assets.night import Night
from assets.releases.table_files import write_version
from assets.rfm_cuts import rfm_cuts
from assets.segments import rfm_segments
from assets.tables import RFM_CUTS
from models.rfm import GRID, MEASURES

from .conftest import HEADER, ORDERS, Zone

FROZEN_AT = dt.date(2024, 3, 31)
LATER = (dt.date(2024, 3, 31), dt.date(2024, 4, 1), dt.date(2024, 6, 30))
WINDOW = 60
SHOP = {**ORDERS, "delivery": "append"}
FREE = {**SHOP, "columns": {name: own for name, own in ORDERS["columns"].items() if name != "unit_price"}}
FROZEN = {"cuts": "frozen", "frozen_at": FROZEN_AT.isoformat()}
FIXED = {"cuts": "fixed", "recency_days": [7, 30, 60, 90], "frequency": [0, 1, 1, 3], "monetary": [0, 12.5, 40, 99.995]}
Line = tuple[str, dt.date, str, int, Decimal]  # order, day, customer, quantity, price; refunds have a negative quantity
Cuts = dict[str, list[Any]]


def drawn(seed: int) -> list[Line]:
    """Half a year of orders on both sides of the date, paid back in part and in full, and some sold to again."""
    chance = random.Random(seed)
    lines: list[Line] = []
    first = dt.date(2024, 1, 1)
    for number in range(240):
        day = first + dt.timedelta(days=chance.randrange(175))
        customer, price = f"c{chance.randrange(60):02}", Decimal(chance.randrange(1, 90_000)) / 1000
        lines.append((f"o{number}", day, customer, 1, price))
        if chance.random() < 0.4:
            back = day + dt.timedelta(days=chance.randrange(60))
            lines.append((f"o{number}", back, customer, -1, price if chance.random() < 0.7 else price / 2))
            if chance.random() < 0.5:
                lines.append((f"o{number}", back + dt.timedelta(days=chance.randrange(40)), customer, 1, price))
    return lines


def landed(zone: Zone, lines: list[Line], name: str = "all.csv") -> None:
    zone.write(name, HEADER + "".join(f"{o},{day},{c},p{day}{q},{q},{price:f}\n" for o, day, c, q, price in lines))


def night_of(zone: Zone, as_of: dt.date, rfm: dict[str, Any] | None = None, shop: dict[str, Any] = SHOP) -> Night:
    night = zone.night(shop, as_of=as_of, measures={"window_days": WINDOW, "rfm": rfm or {}})
    night.compute(rfm_cuts, rfm_segments)
    return night


def cuts_of(night: Night) -> pl.DataFrame:
    return night.warehouse.connection.sql("from rfm_cuts order by all").pl()


def values_of(night: Night) -> Cuts:
    rows = cuts_of(night).sort("cut")
    return {name: rows.filter(pl.col("measure") == name)["value"].to_list() for name in MEASURES}


def measured(lines: list[Line], day: dt.date) -> dict[str, tuple[int, int, Decimal]]:
    """R, F and M of everybody at the end of the day, from the lines dated up to it."""
    orders: dict[str, list[Line]] = defaultdict(list)
    flows: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line[1] <= day:
            orders[line[0]].append(line)
            if (day - line[1]).days < WINDOW:
                flows[line[2]] += line[3] * line[4]
    ordered: dict[str, list[int]] = defaultdict(list)
    for own in orders.values():
        if sum(q * price for *_, q, price in own) >= Decimal("0.01"):
            ordered[own[0][2]].append((day - min(on for _, on, _, q, _ in own if q > 0)).days)
    return {c: (min(ages), sum(age < WINDOW for age in ages), flows[c]) for c, ages in ordered.items()}


def quintiles(everyone: list[Any]) -> list[Any]:
    n = len(everyone)
    return [
        min(v for v in everyone if Fraction(sum(o <= v for o in everyone), n) >= Fraction(k, 5)) for k in range(1, 5)
    ]


def quintiles_at(lines: list[Line], day: dt.date) -> Cuts:
    return dict(zip(MEASURES, map(quintiles, zip(*measured(lines, day).values(), strict=True)), strict=True))


def expect_scored_by(night: Night, lines: list[Line], cuts: Cuts) -> None:
    """Every customer's scores and segment are those of the cuts, and the law says so too."""
    rows = night.warehouse.connection.sql("from rfm_segments").pl().rows(named=True)
    found = {row["customer_id"]: (row["r"], row["f"], row["m"], row["segment"]) for row in rows}
    expected = {}
    for customer, figures in measured(lines, night.as_of).items():
        above = [sum(cut < value for cut in cuts[name]) for name, value in zip(MEASURES, figures, strict=True)]
        r, f, m = 5 - above[0], 1 + above[1], 1 + above[2]
        expected[customer] = (r, f, m, GRID[r][(f + m + 1) // 2 - 1])
    assert found == expected
    [law] = check_laws(night.warehouse, ["rfm_scores"], as_of=night.as_of, window_days=WINDOW)
    assert law.passed, law.observed


def verdicts(night: Night) -> dict[str, bool]:
    found = validate(night.warehouse, RFM_CUTS, as_of=night.as_of, configuration=night.configuration)
    return {one.name: one.passed for one in found}


@pytest.mark.parametrize("seed", range(3))
def test_frozen_cuts_are_the_quintiles_of_the_date_whatever_came_later(zone: Zone, seed: int) -> None:
    lines = drawn(seed)
    landed(zone, lines)
    then = night_of(zone, FROZEN_AT)
    of_the_night = cuts_of(then)
    by_hand = quintiles_at(lines, FROZEN_AT)
    assert values_of(then) == by_hand
    assert by_hand != quintiles_at(lines, LATER[-1])
    for as_of in reversed(LATER):  # counted with all that came later in sight, and then kept
        night = night_of(zone, as_of, FROZEN)
        same = ("measure", "cut", "value", "taken_at", "taken_from")
        assert_frame_equal(cuts_of(night).select(same), of_the_night.select(same))
        assert set(cuts_of(night)["how"]) == {"frozen"}
        assert all(verdicts(night).values())
        expect_scored_by(night, lines, by_hand)


def test_what_lies_on_a_border_of_the_window_or_of_the_smallest_order_is_frozen_as_the_night_had_it(zone: Zone) -> None:
    """One customer, whose measures all cuts are, and one who only ever brought something back."""
    told = [("o1", WINDOW, "anna", 1, "5"), ("o2", 10, "anna", 1, "0.01"), ("back", 0, "bert", -1, "9")]
    landed(zone, [(o, FROZEN_AT - dt.timedelta(days=ago), c, q, Decimal(price)) for o, ago, c, q, price in told])
    for shop in (SHOP, FREE):
        then, frozen = (cuts_of(night_of(zone, as_of, FROZEN, shop)) for as_of in (FROZEN_AT, LATER[-1]))
        same = ("measure", "cut", "value", "taken_at", "taken_from")
        assert_frame_equal(frozen.select(same), then.select(same))
        assert set(frozen["taken_from"]) == {1}


@pytest.mark.parametrize("seed", range(2))
def test_before_the_date_they_are_frozen_at_the_cuts_are_the_nights_own_and_a_check_says_so(
    zone: Zone, seed: int
) -> None:
    lines, as_of = drawn(seed), FROZEN_AT - dt.timedelta(days=1)
    landed(zone, lines)
    night = night_of(zone, as_of, FROZEN)
    assert_frame_equal(cuts_of(night), cuts_of(night_of(zone, as_of)))
    assert set(cuts_of(night)["how"]) == {"quantile"}
    assert [name for name, passed in verdicts(night_of(zone, as_of, FROZEN)).items() if not passed] == ["as_configured"]
    expect_scored_by(night, lines, quintiles_at(lines, as_of))


def test_given_cuts_score_as_they_are_written_and_are_of_nobody(zone: Zone) -> None:
    lines = drawn(0)
    landed(zone, lines)
    night = night_of(zone, LATER[-1], FIXED)
    given = {name: [Decimal(str(value)) for value in FIXED[name]] for name in MEASURES}
    assert values_of(night) == given
    assert cuts_of(night).select("how", "taken_at", "taken_from").unique().rows() == [("fixed", None, None)]
    assert all(verdicts(night).values())
    expect_scored_by(night, lines, given)


def test_so_many_customers_lie_at_each_cut_or_below(zone: Zone) -> None:
    lines = drawn(1)
    landed(zone, lines)
    for rfm in ({}, FROZEN, FIXED):
        night = night_of(zone, LATER[-1], rfm)
        everybody = measured(lines, LATER[-1]).values()
        for row in cuts_of(night).rows(named=True):
            place = MEASURES.index(row["measure"])
            assert row["customers_up_to"] == sum(figures[place] <= row["value"] for figures in everybody)


def test_the_cuts_of_a_night_carried_over_into_the_configuration_give_its_scores(zone: Zone) -> None:
    landed(zone, drawn(2))
    night = night_of(zone, FROZEN_AT)
    scores = night.warehouse.connection.sql("from rfm_segments order by customer_id").pl()
    values = values_of(night)
    given = {name: [int(v) if name != "monetary" else str(v) for v in values[name]] for name in MEASURES}
    again = night_of(zone, FROZEN_AT, {"cuts": "fixed", **given})
    assert_frame_equal(again.warehouse.connection.sql("from rfm_segments order by customer_id").pl(), scores)


def test_a_row_of_those_days_that_comes_late_is_in_the_frozen_cuts_and_a_later_one_is_not(zone: Zone) -> None:
    lines = drawn(0)
    landed(zone, lines)
    before = values_of(night_of(zone, LATER[-1], FROZEN))
    landed(zone, [(f"n{i}", LATER[-1], f"new{i}", 1, Decimal(900)) for i in range(40)], "new.csv")
    assert values_of(night_of(zone, LATER[-1], FROZEN)) == before
    late = [(f"l{i}", FROZEN_AT, f"late{i}", 1, Decimal(900)) for i in range(40)]
    landed(zone, late, "late.csv")
    night = night_of(zone, LATER[-1], FROZEN)
    assert values_of(night) == quintiles_at(lines + late, FROZEN_AT) != before


def test_frozen_cuts_are_counted_once_as_long_as_nothing_of_those_days_is_another(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[dt.date] = []

    def count(night: Night, flows: str, day: dt.date) -> Any:
        counted.append(night.as_of)
        return quintiles_then(night, flows, day)

    quintiles_then = rfm_cuts_module.quintiles_then
    monkeypatch.setattr(rfm_cuts_module, "quintiles_then", count)
    lines = drawn(1)
    landed(zone, lines)
    before = cuts_of(night_of(zone, LATER[1], FROZEN))
    back = next(line for line in lines if line[1] < FROZEN_AT and line[3] > 0)
    landed(zone, [("n1", LATER[-1], "new", 1, Decimal(9)), (back[0], LATER[-1], back[2], -1, back[4])], "new.csv")
    after = cuts_of(night_of(zone, LATER[-1], FROZEN))
    assert_frame_equal(after.drop("as_of", "customers_up_to"), before.drop("as_of", "customers_up_to"))
    assert counted == [LATER[1]]
    landed(zone, [("n2", FROZEN_AT, "late", 1, Decimal(9))], "late.csv")
    night_of(zone, LATER[-1], FROZEN)
    night_of(zone, LATER[-1], {**FROZEN, "frozen_at": "2024-03-01"})
    assert counted == [LATER[1], LATER[-1], LATER[-1]]


def test_without_money_there_is_no_cut_of_money(zone: Zone) -> None:
    landed(zone, drawn(0))
    given = {name: FIXED[name] for name in ("cuts", "recency_days", "frequency")}
    for rfm in ({}, FROZEN, given):
        night = night_of(zone, LATER[-1], rfm, FREE)
        assert set(cuts_of(night)["measure"]) == {"recency_days", "frequency"}
        assert night.warehouse.scalar("select count(m) from rfm_segments") == 0
        assert all(verdicts(night).values())
        [law] = check_laws(night.warehouse, ["rfm_scores"], as_of=night.as_of, window_days=WINDOW)
        assert law.passed


def test_where_nobody_had_ordered_by_the_date_tonights_quintiles_stand_in(zone: Zone) -> None:
    landed(zone, drawn(0))
    night = night_of(zone, FROZEN_AT, {"cuts": "frozen", "frozen_at": "2020-02-29"})
    assert_frame_equal(cuts_of(night), cuts_of(night_of(zone, FROZEN_AT)))
    night = night_of(zone, FROZEN_AT, {"cuts": "frozen", "frozen_at": "2020-02-29"})
    assert not verdicts(night)["as_configured"]


def test_a_measure_that_nobody_had_on_the_date_is_cut_by_tonight_and_the_others_by_the_date(zone: Zone) -> None:
    """A till without prices, and from April on one with them."""
    sources = ({**FREE, "name": "old", "path": str(zone.raw / "old.csv")}, {**SHOP, "path": str(zone.raw / "new.csv")})
    landed(zone, [line for line in drawn(0) if line[1] <= FROZEN_AT and line[3] > 0], "old.csv")
    landed(zone, [("x1", LATER[-1], "c01", 1, Decimal(5)), ("x2", LATER[-1], "c02", 1, Decimal(7))], "new.csv")
    night = zone.night(*sources, as_of=LATER[-1], measures={"window_days": WINDOW, "rfm": FROZEN})
    night.compute(rfm_cuts)
    how = cuts_of(night).select("measure", "how", "taken_at").unique().sort("measure").rows()
    assert how == [
        ("frequency", "frozen", FROZEN_AT), ("monetary", "quantile", LATER[-1]), ("recency_days", "frozen", FROZEN_AT),
    ]  # fmt: skip
    assert verdicts(night) | {"as_configured": True} == dict.fromkeys(verdicts(night), True)


def test_where_nobody_ever_ordered_there_are_only_given_cuts(zone: Zone) -> None:
    landed(zone, [("o1", LATER[-1], "anna", 1, Decimal(5))])
    assert [cuts_of(night_of(zone, FROZEN_AT, rfm)).height for rfm in ({}, FROZEN, FIXED)] == [0, 0, 12]


def test_the_same_night_in_another_order_has_the_same_bytes_and_other_cuts_are_another_configuration(
    zone: Zone,
) -> None:
    lines = drawn(1)
    landed(zone, lines)
    night = night_of(zone, LATER[-1], FROZEN)
    first = write_version(zone.home / "published", RFM_CUTS, night.warehouse, LATER[-1]).version
    (zone.raw / "all.csv").unlink()
    landed(zone, lines[::-1], "all.csv")
    again = zone.night(
        {**SHOP, "delivery": "full_snapshot"}, as_of=LATER[-1], measures={"window_days": WINDOW, "rfm": FROZEN}
    )
    again.compute(rfm_cuts)
    assert write_version(zone.home / "published", RFM_CUTS, again.warehouse, LATER[-1]).version == first
    told = ({}, FROZEN, {**FROZEN, "frozen_at": "2024-04-01"}, FIXED, {**FIXED, "frequency": [1, 1, 1, 3]})
    hashes = {configuration_hash(zone.configuration(SHOP, measures={"rfm": rfm})) for rfm in told}
    assert len(hashes) == len(told)
