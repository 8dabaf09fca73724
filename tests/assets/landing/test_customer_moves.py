"""Why customers changed place: each cause planted in a small shop, and random shops against nights of the product."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest

from assets.action_list import action_list
from assets.moves import predecessors_view
from assets.moves.customer_moves import customer_moves
from assets.moves.segment_moves import segment_moves
from assets.night import Night
from assets.order_steps import order_steps
from assets.releases.table_files import write_version
from assets.rfm_cuts import rfm_cuts
from assets.segments import lifecycle_stages, rfm_segments, value_tiers
from assets.tables import (
    CHURN_SCORES,
    CUSTOMER_IDENTITIES,
    CUSTOMER_MOVES,
    CUSTOMER_VALUE,
    LIFECYCLE_STAGES,
    RFM_CUTS,
    RFM_SEGMENTS,
    VALUE_TIERS,
)
from models.move_causes import WALK

from ..publishing import publish_tables
from .conftest import HEADER, ORDERS, Zone

BEFORE, TONIGHT = dt.date(2024, 5, 31), dt.date(2024, 6, 30)
MEASURES = {"lifecycle": {"t1_days": 45, "t2_days": 120}}
SHOP = {**ORDERS, "delivery": "append"}
MARTS = (order_steps, rfm_cuts, rfm_segments, lifecycle_stages, value_tiers, segment_moves, customer_moves)
PUBLISHED = (RFM_CUTS, RFM_SEGMENTS, LIFECYCLE_STAGES, VALUE_TIERS, CUSTOMER_IDENTITIES)
Moves = dict[tuple[str, str], tuple[str, str, str]]


def ago(days: int) -> str:
    return (TONIGHT - dt.timedelta(days=days)).isoformat()


class Orders:
    """A file of orders, numbered over all files of a test."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, *sold: tuple[str, int, float]) -> str:
        """One order per customer, days before tonight and value."""
        lines = []
        for customer, days, value in sold:
            self.number += 1
            lines.append(f"o{self.number},{ago(days)},{customer},p1,1,{value}\n")
        return HEADER + "".join(lines)


def publish(night: Night, *more: Any, **told: Any) -> None:
    publish_tables(night, (*PUBLISHED, *more), **told)


def night_of(zone: Zone, *sources: dict[str, Any], as_of: dt.date = TONIGHT, **sections: Any) -> Night:
    night = zone.night(*sources or (SHOP,), as_of=as_of, **{"measures": MEASURES, **sections})
    night.compute(*MARTS)
    return night


def first_night(zone: Zone, *sources: dict[str, Any], as_of: dt.date = BEFORE, **sections: Any) -> None:
    publish(night_of(zone, *sources, as_of=as_of, **sections))


def moved(zone: Zone, *sources: dict[str, Any], **sections: Any) -> Moves:
    return read(night_of(zone, *sources, **sections))


def read(night: Night) -> Moves:
    """Customer and kind to from, to and cause; every move is counted in segment_moves, and walked again in full."""
    rows = night.warehouse.rows(
        "select customer_id, kind, from_segment, to_segment, cause, is_retraced from customer_moves"
    )
    assert [row for row in rows if not row[-1]] == []
    assert {row[4] for row in rows} <= set(WALK)
    counted = night.warehouse.rows(
        "select kind, from_segment, to_segment, customers from segment_moves where from_segment <> to_segment"
    )
    assert Counter(row[1:4] for row in rows) == {tuple(row[:3]): row[3] for row in counted}
    return {(row[0], row[1]): row[2:5] for row in rows}


def of(kind: str, moves: Moves) -> dict[str, tuple[str, str, str]]:
    return {customer: move for (customer, own), move in moves.items() if own == kind}


def test_the_first_night_moves_nobody(zone: Zone) -> None:
    zone.write("a.csv", Orders()(("anna", 40, 5)))
    assert moved(zone) == {}


def test_time_orders_refunds_and_late_rows_are_told_apart(zone: Zone) -> None:
    orders = Orders()
    zone.write(
        "may.csv",
        orders(
            ("tim_aged", 60, 20), ("olga_ordered", 80, 20), ("rita_refunded", 40, 20), ("lars_late", 40, 20),
            ("stan_stayed", 35, 20), ("ulla_undone", 40, 20),
        ),
    )  # fmt: skip
    first_night(zone)
    zone.write(
        "june.csv",
        orders(("olga_ordered", 10, 20), ("nina_new", 5, 20), ("lars_late", 33, 20), ("dora_late", 200, 20))
        + f"o3,{ago(4)},rita_refunded,p1,-1,20\n"
        + f"o6,{ago(32)},ulla_undone,p1,-1,20\n",  # paid back in May, and known in June
    )
    assert of("stage", moved(zone)) == {
        "tim_aged": ("first_purchase", "churn_warning", "time_passing"),
        "olga_ordered": ("churn_warning", "repeat", "new_order"),
        "rita_refunded": ("first_purchase", "potential", "refund"),
        "lars_late": ("first_purchase", "repeat", "late_row"),
        "nina_new": ("(new)", "first_purchase", "new_order"),
        "dora_late": ("(new)", "lost", "late_row"),
        "ulla_undone": ("first_purchase", "potential", "late_row"),
    }


def test_the_action_list_says_from_where_to_where_and_why(zone: Zone) -> None:
    orders = Orders()
    again = {"action": "thanks", "when": {"kind": "stage", "enters": "repeat"}, "suggestion": "Thank", "hold_out": 0}
    zone.write("may.csv", orders(("anna", 80, 20), ("bea", 40, 20), ("cleo", 70, 20), ("cleo", 35, 20)))
    first_night(zone, playbook=[again])
    zone.write("june.csv", orders(("anna", 10, 20), ("bea", 33, 20), ("dora", 12, 20), ("dora", 11, 20)))
    night = night_of(zone, playbook=[again])
    declare(night, CHURN_SCORES, "churn_risk", {"anna": 0.5})
    declare(night, CUSTOMER_VALUE, "clv", {"anna": 30})
    night.compute(action_list)
    assert dict(night.warehouse.rows("select customer_id, (reason, reason_zh) from action_list")) == {
        "anna": (
            "Lifecycle stage from Churn warning to Repeat: new order",
            "生命周期阶段由“流失预警”转为“复购客户”：新订单",
        ),
        "bea": (
            "Lifecycle stage from First purchase to Repeat: late row",
            "生命周期阶段由“首购客户”转为“复购客户”：迟到的行",
        ),
        "dora": ("Lifecycle stage Repeat, in none before: new order", "生命周期阶段新进入“复购客户”：新订单"),
    }


def test_what_leads_away_and_back_again_is_not_the_cause(zone: Zone) -> None:
    orders = Orders()
    zone.write("may.csv", orders(("anna", 70, 20), ("bea", 70, 20)))
    first_night(zone)
    zone.write("june.csv", orders(("anna", 72, 20), ("anna", 5, 20), ("bea", 5, 20)))
    assert of("stage", moved(zone)) == {
        # That she would be warned of by now, had she not ordered again, cancels out.
        "anna": ("first_purchase", "repeat", "late_row"),
        "bea": ("first_purchase", "repeat", "new_order"),
    }


def test_rows_taken_back_are_late_news(zone: Zone) -> None:
    orders = Orders()
    shop = {**SHOP, "delivery": "replace_file"}
    kept = orders(("anna", 40, 20))
    zone.write("may.csv", kept + f"o7,{ago(38)},anna,p1,1,9\no8,{ago(38)},bob,p1,1,9\n")
    first_night(zone, shop)
    zone.write("may.csv", kept)
    moves = moved(zone, shop)
    assert of("stage", moves) == {
        "anna": ("repeat", "first_purchase", "late_row"),
        "bob": ("first_purchase", "(gone)", "late_row"),
    }
    assert of("tier", moves)["bob"] == ("low", "(gone)", "late_row")


def test_accounts_that_are_united_and_parted_again_move_by_the_merge(zone: Zone) -> None:
    people = {
        "name": "crm", "kind": "customers", "path": str(zone.raw / "crm/*.csv"),
        "columns": {"customer_id": "id", "email": "mail", "acquired_at": "since"},
    }  # fmt: skip
    sources = ({**SHOP, "path": str(zone.raw / "*.csv")}, people)
    united = {"identity": {"match": ["email"]}}
    zone.write("may.csv", Orders()(("anna", 40, 5), ("annie", 39, 7), ("bob", 41, 9)))
    zone.write("crm/1.csv", f"id,mail,since\nanna,anna@shop.co.uk,{ago(90)}\nnora,nora@shop.co.uk,{ago(80)}\n")
    first_night(zone, *sources, **united)
    zone.write("crm/2.csv", f"id,mail,since\nannie,Anna@shop.co.uk,{ago(85)}\nrob,rob@shop.co.uk,{ago(12)}\n")
    night = night_of(zone, *sources, **united)
    assert of("stage", read(night)) == {
        "anna": ("first_purchase", "repeat", "identity_merge"),
        "annie": ("first_purchase", "(gone)", "identity_merge"),
        "rob": ("(new)", "potential", "time_passing"),  # registered since, and has not ordered
    }
    publish(night)
    apart = {"identity": {"match": ["email"], "apart": [{"accounts": ["anna", "annie"]}]}}
    zone.write("crm/3.csv", f"id,mail,since\nrobbie,rob@shop.co.uk,{ago(20)}\n")
    assert of("stage", moved(zone, *sources, as_of=TONIGHT + dt.timedelta(days=1), **apart)) == {
        "anna": ("repeat", "first_purchase", "identity_merge"),
        "annie": ("(new)", "first_purchase", "identity_merge"),
        "rob": ("potential", "(gone)", "identity_merge"),
        "robbie": ("(new)", "potential", "identity_merge"),  # who was known as rob
    }


@pytest.mark.parametrize(("since", "stage"), [("2023-01-01", "first_purchase"), ("2024-06-10", "potential")])
def test_who_goes_by_an_older_account_s_name_moved_by_the_merge(zone: Zone, since: str, stage: str) -> None:
    """An account that was there before has the name of one that is new: older, or the only one with a date."""
    crm = {
        "name": "crm", "kind": "customers", "path": str(zone.raw / "crm/*.csv"),
        "columns": {"customer_id": "id", "acquired_at": "since", "email": "email"},
    }  # fmt: skip
    united, sources = {"identity": {"match": ["email"]}}, (SHOP, crm)
    has_ordered = stage != "potential"
    zone.write("may.csv", Orders()(("bea", 40, 20), *([("anna", 40, 20)] if has_ordered else [])))
    zone.write("crm/a.csv", "id,since,email\nanna,,a@shop.co.uk\n")
    first_night(zone, *sources, **united)
    zone.write("crm/b.csv", f"id,since,email\nwilma,{since},a@shop.co.uk\n")
    moves = moved(zone, *sources, **united)
    assert of("stage", moves) == {
        "anna": (stage, "(gone)", "identity_merge"),
        "wilma": ("(new)", stage, "identity_merge"),
    }
    assert {move[-1] for move in moves.values()} == {"identity_merge"}


def test_who_registered_before_a_refund_of_no_order_is_known_by_time_and_else_by_the_refund(zone: Zone) -> None:
    crm = {
        "name": "crm", "kind": "customers", "path": str(zone.raw / "crm/*.csv"),
        "columns": {"customer_id": "id", "acquired_at": "since"},
    }  # fmt: skip
    zone.write("may.csv", Orders()(("anna", 40, 20)))
    zone.write("crm/a.csv", f"id,since\nanna,{ago(90)}\n")
    first_night(zone, SHOP, crm)
    zone.write("crm/b.csv", f"id,since\nbea,{ago(12)}\ncleo,{ago(10)}\ndora,{ago(12)}\n")
    backs = "".join(f"r{name},{ago(11)},{name},p1,-1,5\n" for name in ("bea", "cleo"))
    zone.write("june.csv", Orders()(("dora", 11, 20)).replace("o1,", "o9,") + backs)
    assert of("stage", moved(zone, SHOP, crm)) == {
        "bea": ("(new)", "potential", "time_passing"),
        "cleo": ("(new)", "potential", "refund"),
        "dora": ("(new)", "first_purchase", "new_order"),
    }


def test_who_is_passed_by_others_moved_by_the_shifted_border(zone: Zone) -> None:
    orders = Orders()
    zone.write(
        "may.csv", orders(*((name, 40, value) for name, value in zip("abcde", (90, 50, 40, 30, 20), strict=True)))
    )
    first_night(zone)
    zone.write("june.csv", orders(("e", 10, 500)))
    assert of("tier", moved(zone)) == {
        "a": ("high", "mid", "population_cut"),
        "c": ("mid", "low", "population_cut"),
        "e": ("low", "high", "new_order"),
    }


def test_a_border_between_two_values_of_one_cent_moves_nobody_by_itself(zone: Zone) -> None:
    orders = Orders()
    zone.write("may.csv", orders(*((name, 40, v) for name, v in zip("abcde", (10.004, 10.003, 9, 8, 7), strict=True))))
    first_night(zone)
    zone.write("june.csv", orders(("b", 10, 5)))
    assert of("tier", moved(zone)) == {"a": ("high", "mid", "population_cut"), "b": ("mid", "high", "new_order")}


def test_without_money_orders_and_time_still_move_and_a_return_alone_is_no_order(zone: Zone) -> None:
    orders = Orders()
    free = {**SHOP, "columns": {name: column for name, column in SHOP["columns"].items() if name != "unit_price"}}
    zone.write("may.csv", orders(("anna", 60, 20), ("bob", 85, 20), ("bob", 90, 20)))
    first_night(zone, free)
    zone.write("june.csv", orders(("bob", 20, 20)) + f"r1,{ago(18)},bob,p1,-1,20\n")  # three orders, not four
    assert of("stage", moved(zone, free)) == {
        "anna": ("first_purchase", "churn_warning", "time_passing"),
        "bob": ("churn_warning", "repeat", "new_order"),
    }


def test_money_paid_back_of_an_order_without_a_price_moves_nobody_out_of_the_customers(zone: Zone) -> None:
    free = {**SHOP, "columns": {name: column for name, column in SHOP["columns"].items() if name != "unit_price"}}
    backs = {
        "name": "backs", "kind": "transactions", "path": str(zone.raw / "back/*.csv"), "orders_of": "shop",
        "columns": {"order_id": "order", "ordered_at": "day", "amount": "total"}, "refund_when": "true",
    }  # fmt: skip
    orders = Orders()
    zone.write("may.csv", orders(("anna", 60, 20), ("bob", 40, 20), ("cleo", 40, 20)))
    zone.write("back/may.csv", f"order,day,total\no1,{ago(50)},5\n")
    first_night(zone, free, backs)
    zone.write("june.csv", orders(("bob", 10, 20)))
    zone.write("back/june.csv", f"order,day,total\no2,{ago(9)},5\no3,{ago(8)},20\no1,{ago(45)},1\n")
    assert of("stage", moved(zone, free, backs)) == {
        "anna": ("first_purchase", "churn_warning", "time_passing"),
        "bob": ("first_purchase", "repeat", "new_order"),
    }


def test_what_falls_out_of_the_window_falls_by_time(zone: Zone) -> None:
    orders = Orders()
    zone.write("may.csv", orders(("a", 370, 90), ("a", 40, 5), *((name, 40, 20 + i) for i, name in enumerate("bcde"))))
    first_night(zone)
    assert of("tier", moved(zone))["a"] == ("high", "low", "time_passing")


NEXT = BEFORE + dt.timedelta(days=1)


def settled_shop(zone: Zone) -> None:
    """Fourteen customers whom one more day moves nowhere."""
    orders = Orders()
    zone.write(
        "may.csv",
        orders(
            *((f"c{i:02}", 50 + 9 * i, 10 + 7 * i % 50) for i in range(14)),
            *((f"c{i:02}", 48 + 5 * i, 30 + i) for i in range(0, 14, 3)),
        ),
    )


CHANGED = {
    "stage": {"lifecycle": {"t1_days": 25, "t2_days": 60}},
    "tier": {**MEASURES, "tiers": {"high": 0.5, "mid": 0.2}},
    "rfm": {**MEASURES, "window_days": 60},
}


@pytest.mark.parametrize("kind", CHANGED)
def test_what_only_the_configuration_changed_is_laid_to_it_whole(zone: Zone, kind: str) -> None:
    settled_shop(zone)
    first_night(zone)
    assert moved(zone, as_of=NEXT) == {}
    moves = moved(zone, as_of=NEXT, measures=CHANGED[kind])
    assert of(kind, moves)
    assert {cause for *_, cause in moves.values()} == {"configuration"}


FROZEN = {"cuts": "frozen", "frozen_at": "2024-05-31"}
FIXED = {"cuts": "fixed", "recency_days": [20, 40, 60, 90], "frequency": [1, 1, 2, 3], "monetary": [10, 25, 50, 99.5]}


@pytest.mark.parametrize("rfm", [FROZEN, FIXED])
def test_nobody_is_moved_by_cuts_that_are_held(zone: Zone, rfm: dict[str, Any]) -> None:
    settled_shop(zone)
    first_night(zone, measures={**MEASURES, "rfm": rfm})
    new = ",".join(f"n{i:02}" for i in range(20)).split(",")
    zone.write("june.csv", Orders()(*((name, 5, 500) for name in new)).replace("\no", "\nj"))
    causes = Counter(cause for *_, cause in of("rfm", moved(zone, measures={**MEASURES, "rfm": rfm})).values())
    assert causes["new_order"] == len(new)
    assert set(causes) == {"time_passing", "new_order"}


def test_tonights_quintiles_shift_where_held_cuts_would_not(zone: Zone) -> None:
    settled_shop(zone)
    first_night(zone)
    zone.write("june.csv", Orders()(*((f"n{i:02}", 5, 500) for i in range(20))).replace("\no", "\nj"))
    assert "population_cut" in {cause for *_, cause in of("rfm", moved(zone)).values()}


def test_late_rows_of_the_days_that_cuts_are_frozen_at_shift_them(zone: Zone) -> None:
    settled_shop(zone)
    frozen = {**MEASURES, "rfm": FROZEN}
    first_night(zone, measures=frozen)
    assert {cause for *_, cause in moved(zone, as_of=NEXT, measures=frozen).values()} == {"time_passing"}
    zone.write("late.csv", Orders()(*((f"late{i}", 31, 500) for i in range(20))).replace("\no", "\nl"))
    causes = {who: cause for who, (*_, cause) in of("rfm", moved(zone, as_of=NEXT, measures=frozen)).items()}
    assert {cause for who, cause in causes.items() if who.startswith("c")} == {"time_passing", "population_cut"}


@pytest.mark.parametrize("rfm", [{**FROZEN, "frozen_at": "2024-03-31"}, FIXED])
def test_that_cuts_are_held_from_now_on_is_a_change_of_the_configuration(zone: Zone, rfm: dict[str, Any]) -> None:
    settled_shop(zone)
    first_night(zone)
    assert moved(zone, as_of=NEXT) == {}
    zone.write("late.csv", Orders()(*((f"late{i}", 60, 500) for i in range(9))).replace("\no", "\nl"))
    moves = of("rfm", moved(zone, as_of=NEXT, measures={**MEASURES, "rfm": rfm}))
    causes = {who: cause for who, (*_, cause) in moves.items()}
    assert {who for who, cause in causes.items() if cause == "late_row"} == {f"late{i}" for i in range(9)}
    assert Counter(causes.values())["configuration"] > 3
    assert set(causes.values()) == {"late_row", "configuration"}


def test_derived_cuts_are_taken_from_what_was_known_then_where_the_configuration_no_longer_sets_them(
    zone: Zone,
) -> None:
    settled_shop(zone)
    first_night(zone)
    zone.write("late.csv", f"{HEADER}late1,{ago(330)},zed,p1,1,5\n")
    derived = of("stage", moved(zone, as_of=NEXT, measures={}))
    assert derived.pop("zed") == ("(new)", "lost", "late_row")
    # Of the gaps 2, 14, 26, 38 and 50 days the fourth is T1 and the fifth T2; 38 days had gone by, and one more has.
    assert derived.pop("c02") == ("first_purchase", "churn_warning", "time_passing")
    assert derived["c04"] == ("churn_warning", "lost", "configuration")
    assert {cause for *_, cause in derived.values()} == {"configuration"}


def test_another_version_of_the_program_is_no_cause_of_what_it_did_not_change(zone: Zone) -> None:
    orders = Orders()
    zone.write("may.csv", orders(("anna", 60, 20), ("bob", 40, 20), ("cleo", 39, 30)))
    night = night_of(zone, as_of=BEFORE)
    publish(night, code_version="another")
    zone.write("june.csv", orders(("bob", 10, 20)))
    assert of("stage", moved(zone)) == {
        "anna": ("first_purchase", "churn_warning", "time_passing"),
        "bob": ("first_purchase", "repeat", "new_order"),
    }


def test_the_same_night_again_has_the_same_bytes(zone: Zone) -> None:
    orders = Orders()
    zone.write("may.csv", orders(*((f"c{i}", 32 + 11 * i, 10 + i) for i in range(9))))
    first_night(zone)
    zone.write("june.csv", orders(*((f"c{i}", 5 + i, 10 + i) for i in range(5, 12))))

    def version() -> str:
        night = night_of(zone)
        return write_version(night.home / "published", CUSTOMER_MOVES, night.warehouse, night.as_of).version

    assert version() == version()


def test_the_predecessors_view_is_built_once_a_night(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    zone.write("may.csv", Orders()(("anna", 60, 20)))
    first_night(zone)
    night = night_of(zone)
    later = zone.night(SHOP, as_of=TONIGHT, measures=MEASURES)  # known an hour later

    def build(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(predecessors_view, "build_predecessors_view", build)
    assert customer_moves.compute(night).height == 1
    with pytest.raises(AssertionError, match="built again"):
        later.compute(*MARTS)


def declare(night: Night, contract: Any, column: str, figures: dict[str, float]) -> None:
    """The table with one figure per customer, whatever else it holds."""
    dates = {"as_of": night.as_of, "due_on": night.as_of}
    words = {"model": "blend", "model_version": "v", "model_reason": "r", "risk_band": "low"}
    told = {name.name: dates.get(name.name, words.get(name.name, 1)) for name in contract.columns if not name.nullable}
    rows = [{**told, "customer_id": customer, column: figure} for customer, figure in figures.items()]
    empty = {name.name: None for name in contract.columns}
    night.warehouse.replace(contract, pl.DataFrame([empty | row for row in rows], infer_schema_length=None))


def test_a_tier_by_prediction_moves_by_the_order_behind_it_or_by_the_model(zone: Zone) -> None:
    orders = Orders()
    predicted = {**MEASURES, "tiers": {"basis": "predicted"}}

    def night(as_of: dt.date, values: dict[str, float]) -> Night:
        found = zone.night(SHOP, as_of=as_of, measures=predicted)
        declare(found, CUSTOMER_VALUE, "clv", values)
        found.compute(*MARTS)
        return found

    zone.write("may.csv", orders(*((name, 40, 20) for name in "abcde")))
    publish(night(BEFORE, dict(zip("abcde", (90, 80, 70, 60, 50), strict=True))), CUSTOMER_VALUE)
    zone.write("june.csv", orders(("e", 10, 20)))
    tonight = night(TONIGHT, dict(zip("abcde", (90, 20, 70, 100, 95), strict=True)))
    assert of("tier", read(tonight)) == {
        "a": ("high", "mid", "population_cut"),
        "b": ("mid", "low", "model"),
        "c": ("mid", "low", "population_cut"),
        "d": ("low", "high", "model"),
        "e": ("low", "mid", "population_cut"),  # her order alone would have led to the tier high
    }


def test_tiers_that_go_by_prediction_from_now_on_move_by_the_configuration(zone: Zone) -> None:
    values = dict(zip("abcde", (5.0, 9.0, 7.0, 8.0, 6.0), strict=True))
    zone.write("may.csv", Orders()(*((name, 40, 20 + place) for place, name in enumerate("abcde"))))
    night = zone.night(SHOP, as_of=BEFORE, measures=MEASURES)
    declare(night, CUSTOMER_VALUE, "clv", values)
    night.compute(*MARTS)
    publish(night, CUSTOMER_VALUE)
    tonight = zone.night(SHOP, as_of=TONIGHT, measures={**MEASURES, "tiers": {"basis": "predicted"}})
    declare(tonight, CUSTOMER_VALUE, "clv", values | {"a": 6.5})
    tonight.compute(*MARTS)
    assert of("tier", read(tonight)) == {
        "b": ("low", "high", "configuration"),
        "e": ("high", "low", "configuration"),
    }
    declare(tonight, CUSTOMER_VALUE, "clv", values | {"a": 9.5})
    tonight.compute(*MARTS)
    assert of("tier", read(tonight)) == {
        "a": ("low", "high", "model"),
        "b": ("low", "mid", "population_cut"),
        "c": ("mid", "low", "population_cut"),
        "e": ("high", "low", "configuration"),
    }


def test_a_warning_by_risk_comes_with_the_order_or_with_the_model(zone: Zone) -> None:
    orders = Orders()
    by_risk = {"lifecycle": {"t1_days": 100, "t2_days": 150, "warning_risk": 0.5}}

    def night(as_of: dt.date, risks: dict[str, float]) -> Night:
        found = zone.night(SHOP, as_of=as_of, measures=by_risk)
        declare(found, CHURN_SCORES, "churn_risk", risks)
        found.compute(*MARTS)
        return found

    zone.write("may.csv", orders(("anna", 40, 20), ("bob", 40, 20), ("cleo", 40, 20)))
    publish(night(BEFORE, {"anna": 0.1, "bob": 0.8, "cleo": 0.3}), CHURN_SCORES)
    zone.write("june.csv", orders(("bob", 10, 20)))
    assert of("stage", read(night(TONIGHT, {"anna": 0.9, "bob": 0.2, "cleo": 0.2}))) == {
        "anna": ("first_purchase", "churn_warning", "model"),
        "bob": ("churn_warning", "repeat", "new_order"),
    }


# ------------------------------------------------------------------ shops drawn at random


class DrawnShop:
    """Orders, refunds and registrations of some customers, as they land night by night."""

    def __init__(self, seed: int, customers: int) -> None:
        self.chance = random.Random(seed)
        self.names = [f"c{i:03}" for i in range(customers)]
        self.sold: list[tuple[int, dt.date, str, float]] = []

    def landed(self, since: dt.date, until: dt.date, orders: int, late: int, refunds: int) -> list[tuple[dt.date, str]]:
        """Lines with their days: orders of these days, late ones of the year before, refunds of new orders."""
        lines = [self._order(since, until) for _ in range(orders)]
        lines += [self._order(since - dt.timedelta(days=365), since) for _ in range(late)]
        recent = [one for one in self.sold if one[1] > until - dt.timedelta(days=90)]
        for number, day, customer, price in self.chance.sample(recent, min(refunds, len(recent))):
            back = day + dt.timedelta(days=self.chance.randint(0, 60))
            part = price if self.chance.random() < 0.7 else round(price / 2, 2)
            if back <= until:
                lines.append((back, f"o{number},{back},{customer},p1,-1,{part}\n"))
        return lines

    def _order(self, since: dt.date, until: dt.date) -> tuple[dt.date, str]:
        day = since + dt.timedelta(days=self.chance.randint(1, (until - since).days))
        customer, price = self.chance.choice(self.names), round(self.chance.uniform(0, 50), 2)
        number = len(self.sold)
        self.sold.append((number, day, customer, price))
        return day, f"o{number},{day},{customer},p1,1,{price}\n"


def text_of(lines: Sequence[tuple[dt.date, str]]) -> str:
    return HEADER + "".join(line for _, line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 5])
def test_the_causes_are_those_of_nights_that_lack_one_thing(seed: int, zones: Callable[[str], Zone]) -> None:
    """The stages of the walk are those the product itself gives to a shop that knows so much and no more."""
    drawn = DrawnShop(seed, 60)
    first = drawn.landed(dt.date(2023, 9, 1), BEFORE, 150, 0, 15)
    second = drawn.landed(BEFORE, TONIGHT, 30, 8, 20)
    zone = zones("told")
    zone.write("1.csv", text_of(first))
    first_night(zone)
    zone.write("2.csv", text_of(second))
    told = of("stage", moved(zone))

    def stages(name: str, lines: Sequence[tuple[dt.date, str]], as_of: dt.date) -> dict[str, str]:
        other = zones(name)
        other.write("all.csv", text_of(lines))
        night = other.night(SHOP, as_of=as_of, measures=MEASURES)
        night.compute(order_steps, lifecycle_stages)
        return dict(night.warehouse.rows("select customer_id, stage from lifecycle_stages"))

    known = [line for line in (*first, *second) if line[0] <= BEFORE]
    unrefunded = [line for line in (*first, *second) if line[0] <= BEFORE or ",-1," not in line[1]]
    walk = {
        "late_row": stages("late", known, BEFORE),
        "time_passing": stages("aged", known, TONIGHT),
        "new_order": stages("ordered", unrefunded, TONIGHT),
        "refund": stages("tonight", [*first, *second], TONIGHT),
    }
    causes = {
        customer: next(cause for cause, stages in walk.items() if stages.get(customer, "(gone)") == end)
        for customer, (_, end, _) in told.items()
    }
    assert {customer: cause for customer, (*_, cause) in told.items()} == causes
    assert set(causes.values()) == set(walk)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "delivery"), [(1, "append"), (2, "replace_file"), (3, "append")])
def test_whatever_happens_every_move_has_one_cause_and_nobody_else_is_listed(
    seed: int, delivery: str, zone: Zone
) -> None:
    """Night after night with late rows, refunds, merges, files delivered again, and a configuration that changes."""
    drawn = DrawnShop(seed, 80)
    chance = drawn.chance
    people = {
        "name": "crm", "kind": "customers", "path": str(zone.raw / "crm/*.csv"),
        "columns": {"customer_id": "id", "email": "mail", "acquired_at": "since"},
    }  # fmt: skip
    sources = ({**ORDERS, "path": str(zone.raw / "o/*.csv"), "delivery": delivery}, people)
    nights = [BEFORE, *(BEFORE + dt.timedelta(days=days) for days in (1, 8, 60))]
    files: list[list[tuple[dt.date, str]]] = []
    seen: Counter[str] = Counter()
    measures: dict[str, Any] = {}
    for place, as_of in enumerate(nights):
        since = nights[place - 1] if place else BEFORE - dt.timedelta(days=300)
        files.append(drawn.landed(since, as_of, *((200, 0, 20) if not place else (25, 6, 15))))
        zone.write(f"o/{place}.csv", text_of(files[place]))
        if delivery == "replace_file" and place:
            zone.write("o/0.csv", text_of(files[0][: -7 * place]))
        registered = "".join(
            f"{name},m{chance.randint(0, 20)}@shop.co.uk,{since + dt.timedelta(days=chance.randint(-99, 1))}\n"
            for name in chance.sample(drawn.names, 9)
        )
        zone.write(f"crm/{place}.csv", f"id,mail,since\n{registered}")
        if place == 3:
            measures = {"minimum_order_value": 10, "window_days": 180}
        night = night_of(zone, *sources, as_of=as_of, measures=measures, identity={"match": ["email"]})
        seen.update(cause for *_, cause in read(night).values())
        publish(night)
    assert {"late_row", "time_passing", "new_order", "identity_merge", "configuration", "population_cut"} <= seen.keys()
