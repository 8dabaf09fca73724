"""The action list against a plain account of its rules, night after night, and each rule by itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.accounting_laws import check_laws
from assets.action_list import action_list, action_log
from assets.configuration.settings import Configuration
from assets.contracts import Contract
from assets.expectations.validation import validate
from assets.night import Night
from assets.releases.table_files import write_version
from assets.tables import (
    ACTION_LIST,
    ACTION_LOG,
    CHURN_SCORES,
    CUSTOMER_IDENTITIES,
    CUSTOMER_MOVES,
    CUSTOMER_VALUE,
    CUSTOMERS,
    LIFECYCLE_STAGES,
    RFM_SEGMENTS,
    VALUE_TIERS,
)
from assets.warehouse import Warehouse
from models.move_causes import WALK

from .publishing import publish_tables
from .small_tables import BUSINESS, replace

FIRST = dt.date(2024, 1, 1)
KINDS = {
    "rfm": (RFM_SEGMENTS, "segment", ("cant_lose_them", "loyal", "champions")),
    "stage": (LIFECYCLE_STAGES, "stage", ("lost", "churn_warning", "repeat")),
    "tier": (VALUE_TIERS, "tier", ("high", "mid", "low")),
    "risk_band": (CHURN_SCORES, "risk_band", ("high", "medium", "low")),
}
PUBLISHED = (RFM_SEGMENTS, LIFECYCLE_STAGES, VALUE_TIERS, CHURN_SCORES, ACTION_LIST, ACTION_LOG)
LAWS = ("actions_are_in_place", "actions_have_consent", "actions_are_logged")
WIN_BACK = {"action": "win_back_offer", "when": {"kind": "rfm", "enters": "cant_lose_them"}, "suggestion": "Send it"}


@dataclass
class Customer:
    """What a night knows of a customer; a place may be None where the customer is not in the table."""

    places: dict[str, str | None]
    value: int | None = 100
    risk: float = 0.5
    consent: bool | None = None


def moving(**customers: str) -> dict[str, Customer]:
    """Customers of these RFM segments, worth more the later they are named, at medium risk."""
    rest = {"stage": "repeat", "tier": "low", "risk_band": "medium"}
    return {
        name: Customer({"rfm": place, **rest}, value=100 + worth)
        for worth, (name, place) in enumerate(customers.items())
    }


@dataclass
class Shop:
    """Nights of a shop whose places are given, each held to the one published before."""

    home: Path
    playbook: Sequence[Mapping[str, Any]] = (WIN_BACK,)
    retention: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Customer] = field(default_factory=dict)
    causes: dict[tuple[str, str], str] = field(default_factory=dict)
    united: Sequence[Mapping[str, str]] = ()

    def night(self, day: int, customers: Mapping[str, Customer], *, published: bool = True) -> pl.DataFrame:
        """The list of the night so many days after the first, the laws and checks on it having held."""
        night = self.computed(day, customers)
        if published:
            publish_tables(night, PUBLISHED)
            self.before = customers
        return night.warehouse.frame("select * from action_list order by action, rank")

    def computed(self, day: int, customers: Mapping[str, Customer]) -> Night:
        as_of = FIRST + dt.timedelta(days=day)
        warehouse = Warehouse.open(None, threads=1)
        told = {
            "business": BUSINESS,
            "measures": {"retention": dict(self.retention)},
            "playbook": [dict(action) for action in self.playbook],
        }
        night = Night(
            as_of,
            dt.datetime.combine(as_of, dt.time(23)),
            Configuration.model_validate(told),
            warehouse,
            self.home,
        )
        consents = [{"customer_id": name, "consent": one.consent} for name, one in customers.items()]
        replace(warehouse, CUSTOMERS, consents)
        replace(warehouse, CUSTOMER_IDENTITIES, self.united)
        values = [{"customer_id": name, "clv": one.value} for name, one in customers.items()]
        replace(warehouse, CUSTOMER_VALUE, values)
        for kind, (contract, column, _) in KINDS.items():
            rows = [
                {"customer_id": name, column: one.places[kind], "as_of": as_of, "churn_risk": one.risk}
                for name, one in customers.items()
                if one.places[kind] is not None
            ]
            replace(warehouse, contract, rows)
        moves = [
            {"customer_id": name, "kind": kind, "from_segment": was or "(new)", "to_segment": now}
            | {"cause": self.causes.get((name, kind), "time_passing")}
            for kind in ("rfm", "stage", "tier")
            for name, one in customers.items()
            if (now := one.places[kind]) is not None and (was := _place(self.before, name, kind)) != now
        ]
        replace(warehouse, CUSTOMER_MOVES, moves if self.before else [])
        night.compute(action_list, action_log)
        laws = check_laws(warehouse, LAWS, as_of=as_of, window_days=365)
        checks = [*laws, *(one for name in (ACTION_LIST, ACTION_LOG) for one in validate(warehouse, name, as_of=as_of))]
        assert [(one.name, one.observed, one.error) for one in checks if not one.passed] == []
        return night


def _place(customers: Mapping[str, Customer], name: str, kind: str) -> str | None:
    return customers[name].places[kind] if name in customers else None


def held_out(customer: str, action: str, share: float) -> bool:
    number = int(hashlib.sha256(f"{action}\x1f{customer}".encode()).hexdigest()[:16], 16)
    return number % 1_000_000 < share * 1_000_000


class Account:
    """The rules in plain words, one customer at a time; what it says of a night is what the night must say."""

    def __init__(self, actions: Sequence[Mapping[str, Any]]) -> None:
        self.actions = actions
        self.stood: dict[str, dict[str, str | None]] | None = None
        self.listed: dict[tuple[str, str], tuple[int | None, int | None]] = {}
        self.contacts: dict[str, list[int]] = {}

    def night(self, day: int, customers: Mapping[str, Customer]) -> dict[tuple[str, str], tuple[Any, ...]]:
        was_asked = any(one.consent is not None for one in customers.values())
        found: dict[tuple[str, str], tuple[Any, ...]] = {}
        listed: dict[tuple[str, str], tuple[int | None, int | None]] = {}
        for action in self.actions:
            kind, place = action["kind"], action["enters"]
            due: list[tuple[str, int | None, int | None]] = []
            for name, one in customers.items():
                if one.places[kind] != place or (was_asked and one.consent is not True):
                    continue
                entry = self.listed.get((name, action["id"]))
                is_new = self.stood is None or self.stood.get(name, {}).get(kind) != place
                if is_new or (entry is not None and entry[0] is None):
                    due.append((name, None, None))
                elif entry is not None and entry[1] is not None and entry[1] >= day:
                    due.append((name, *entry))
            due.sort(key=lambda each: self._worth(customers[each[0]], kind, each[0]))
            called = 0
            for rank, (name, since, until) in enumerate(due, 1):
                cools = since is None and any(day - at < action["cool_down"] for at in self.contacts.get(name, []))
                is_control = held_out(name, action["id"], action["hold_out"])
                is_within = not cools and called < action["capacity"]
                called += not cools and not is_control
                if is_within and since is None:
                    since, until = day, day + action["days"]
                    self.contacts.setdefault(name, []).append(day)
                listed[name, action["id"]] = since, until
                waits_for = None if since is not None else "cool_down" if cools else "capacity"
                found[name, action["id"]] = rank, since, until, is_within, is_control, waits_for
        self.listed = listed
        self.stood = {name: dict(one.places) for name, one in customers.items()}
        return found

    @staticmethod
    def _worth(one: Customer, kind: str, name: str) -> tuple[Any, ...]:
        risk = None if one.places["risk_band"] is None else one.risk
        worth = one.value
        if kind == "risk_band":
            worth = None if one.value is None or risk is None else one.value * risk
        return worth is None, -(worth or 0), risk is None, -(risk or 0), name


ACTIONS: list[dict[str, Any]] = [
    dict(zip(("id", "kind", "enters", "capacity", "hold_out", "days", "cool_down"), action, strict=True))
    for action in (
        ("retention_call", "risk_band", "high", 4, 0.3, 9, 12),
        ("win_back", "rfm", "cant_lose_them", 3, 0.2, 5, 20),
        ("come_back", "stage", "lost", 50, 0.0, 30, 0),
        ("thanks", "tier", "high", 2, 0.5, 14, 3),
        ("watch", "risk_band", "medium", 6, 0.1, 3, 7),
    )
]


def configured(actions: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The playbook and measures.retention that say the same."""

    def limits(action: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "list_days": action["days"], "capacity": action["capacity"], "hold_out": action["hold_out"],
            "cool_down_days": action["cool_down"],
        }  # fmt: skip

    call, *others = actions
    playbook = [
        {"action": one["id"], "when": {"kind": one["kind"], "enters": one["enters"]}, "suggestion": "Do", **limits(one)}
        for one in others
    ]
    return playbook, limits(call)


def anybody(draw: random.Random, value: int) -> Customer:
    return Customer({kind: draw.choice(names) for kind, (_, _, names) in KINDS.items()}, value, consent=True)


def later(draw: random.Random, customers: Mapping[str, Customer]) -> dict[str, Customer]:
    """The customers some days later: some moved, some are new, some said yes or no, some are worth something else."""
    moved: dict[str, Customer] = {}
    for name, one in customers.items():
        places = dict(one.places)
        for kind, (_, _, names) in KINDS.items():
            if draw.random() < 0.3:
                places[kind] = draw.choice([*names, None] if kind in ("rfm", "risk_band") else names)
        consent = draw.choice([True, True, False, None]) if draw.random() < 0.1 else one.consent
        value = draw.choice([None, *range(1000)]) if draw.random() < 0.1 else one.value
        moved[name] = Customer(places, value, draw.choice([0.25, 0.5, 0.75]), consent)
    for number in range(len(moved), len(moved) + draw.randrange(3)):
        moved[f"c{number}"] = anybody(draw, number)
    return moved


def _days(on: dt.date | None) -> int | None:
    return None if on is None else (on - FIRST).days


@pytest.mark.parametrize("seed", range(3))
def test_every_night_is_what_a_plain_account_of_the_rules_says(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    playbook, retention = configured(ACTIONS)
    shop, account = Shop(tmp_path, playbook, retention), Account(ACTIONS)
    customers = {f"c{n}": anybody(draw, n * 7) for n in range(40)}
    day, begun, waited = 0, 0, set()
    for _ in range(12):
        found = {
            (row["customer_id"], row["action"]): (
                row["rank"], _days(row["listed_on"]), _days(row["expires_on"]), row["is_within_capacity"],
                row["is_control"], row["waits_for"],
            )
            for row in shop.night(day, customers).rows(named=True)
        }  # fmt: skip
        assert found == account.night(day, customers)
        begun += sum(row[1] == day for row in found.values())
        waited |= {row[-1] for row in found.values()}
        day += draw.choice([1, 1, 2, 7])
        customers = later(draw, customers)
    assert begun > 60
    assert waited == {None, "capacity", "cool_down"}


def entries(listed: pl.DataFrame, action: str = "win_back_offer") -> dict[str, dt.date | None]:
    return dict(listed.filter(pl.col("action") == action).select("customer_id", "listed_on").rows())


def on(day: int) -> dt.date:
    return FIRST + dt.timedelta(days=day)


def test_who_enters_a_segment_is_listed_with_what_to_do_and_why(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [{**WIN_BACK, "suggestion_zh": "发送", "hold_out": 0}])
    shop.night(0, moving(anna="loyal", bert="cant_lose_them"))
    shop.causes = {("anna", "rfm"): "refund", ("cleo", "rfm"): "new_order"}
    listed = shop.night(1, moving(anna="cant_lose_them", bert="cant_lose_them", cleo="cant_lose_them"))
    told = {row["customer_id"]: row for row in listed.rows(named=True)}
    assert told["anna"]["reason"] == "RFM segment from Loyal to Can’t lose them: refund"
    assert told["anna"]["reason_zh"] == "RFM 分群由“忠诚客户”转为“不可流失”：退款"
    assert told["bert"]["reason"] == "RFM segment Can’t lose them, with no earlier night to compare with"
    assert told["cleo"]["reason"] == "RFM segment Can’t lose them, in none before: new order"
    assert told["cleo"]["reason_zh"] == "RFM 分群新进入“不可流失”：新订单"
    assert (told["anna"]["suggestion"], told["anna"]["suggestion_zh"]) == ("Send it", "发送")
    kept = shop.night(2, moving(anna="cant_lose_them", bert="cant_lose_them", cleo="cant_lose_them"))
    assert (
        kept.filter(pl.col("customer_id") == "anna")["reason"].item()
        == "RFM segment from Loyal to Can’t lose them: refund"
    )


def test_every_cause_of_a_move_has_its_words(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [{**WIN_BACK, "hold_out": 0}])
    names = {f"c{place}": cause for place, cause in enumerate(WALK)}
    shop.night(0, moving(**dict.fromkeys(names, "loyal")))
    shop.causes = {(name, "rfm"): cause for name, cause in names.items()}
    listed = shop.night(1, moving(**dict.fromkeys(names, "cant_lose_them")))
    assert listed["reason"].n_unique() == listed["reason_zh"].n_unique() == len(WALK)


def test_an_entry_stands_until_it_expires_and_nobody_comes_back_without_leaving_first(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [{**WIN_BACK, "list_days": 5, "cool_down_days": 0}])
    shop.night(0, moving(anna="loyal"))
    for day in range(1, 7):
        assert entries(shop.night(day, moving(anna="cant_lose_them"))) == {"anna": on(1)}
    for day in (7, 8, 30):
        assert entries(shop.night(day, moving(anna="cant_lose_them"))) == {}
    assert entries(shop.night(31, moving(anna="loyal"))) == {}
    assert entries(shop.night(32, moving(anna="cant_lose_them"))) == {"anna": on(32)}


def test_who_left_and_came_back_within_the_cool_down_waits_for_its_end(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [{**WIN_BACK, "cool_down_days": 10}])
    shop.night(0, moving(anna="cant_lose_them"))
    shop.night(1, moving(anna="loyal"))
    for day in (2, 9):
        listed = shop.night(day, moving(anna="cant_lose_them"))
        assert entries(listed) == {"anna": None}
        assert listed["waits_for"].item() == "cool_down"
    assert entries(shop.night(10, moving(anna="cant_lose_them"))) == {"anna": on(10)}


def test_an_entry_of_another_action_begins_a_cool_down_that_outlives_it(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [{**WIN_BACK, "cool_down_days": 20}], {"list_days": 3})
    called = moving(anna="loyal")
    called["anna"].places["risk_band"] = "high"
    shop.night(0, moving(anna="loyal"))
    assert entries(shop.night(1, called), "retention_call") == {"anna": on(1)}
    for day in (10, 20):
        listed = shop.night(day, moving(anna="cant_lose_them"))
        assert entries(listed, "retention_call") == {}
        assert entries(listed) == {"anna": None}
    assert entries(shop.night(21, moving(anna="cant_lose_them"))) == {"anna": on(21)}


def test_the_longest_cool_down_and_entry_that_can_be_configured_end_in_the_calendar(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [{**WIN_BACK, "list_days": 365_000, "cool_down_days": 365_000}])
    for day, place in enumerate(("loyal", "cant_lose_them", "loyal", "cant_lose_them")):
        listed = shop.night(day, moving(anna=place))
    assert listed["waits_for"].to_list() == ["cool_down"]


def test_of_two_actions_on_one_night_the_call_comes_first(tmp_path: Path) -> None:
    both = moving(anna="cant_lose_them")
    both["anna"].places["risk_band"] = "high"
    listed = Shop(tmp_path).night(0, both)
    assert entries(listed, "retention_call") == {"anna": on(0)}
    assert entries(listed) == {"anna": None}


def test_consent_withdrawn_takes_the_entry_away_and_consent_given_again_does_not_bring_it_back(tmp_path: Path) -> None:
    def night(day: int, consent: bool | None) -> dict[str, dt.date | None]:
        customers = moving(anna="cant_lose_them", bert="loyal")
        customers["anna"].consent, customers["bert"].consent = consent, True
        return entries(shop.night(day, customers))

    shop = Shop(tmp_path)
    assert night(0, True) == {"anna": on(0)}
    assert night(1, False) == {}
    assert night(2, None) == {}
    assert night(3, True) == {}


def test_who_waits_for_capacity_begins_when_there_is_room_and_the_most_valuable_goes_first(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [{**WIN_BACK, "capacity": 1, "hold_out": 0}])
    all_three = {"anna": "cant_lose_them", "bert": "cant_lose_them", "cleo": "cant_lose_them"}
    assert entries(shop.night(0, moving(**all_three))) == {"cleo": on(0), "bert": None, "anna": None}
    assert entries(shop.night(1, moving(**all_three))) == {"cleo": on(0), "bert": None, "anna": None}
    gone = moving(**{**all_three, "cleo": "loyal"})
    assert entries(shop.night(2, gone)) == {"bert": on(2), "anna": None}


def test_an_action_added_later_lists_who_enters_from_then_on(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [])
    shop.night(0, moving(anna="cant_lose_them", bert="loyal"))
    shop.playbook = [WIN_BACK]
    assert entries(shop.night(1, moving(anna="cant_lose_them", bert="cant_lose_them"))) == {"bert": on(1)}


def test_an_action_that_is_about_another_segment_now_forgets_the_entries_of_the_old_one(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.night(0, moving(anna="cant_lose_them"))
    shop.playbook = [{**WIN_BACK, "when": {"kind": "stage", "enters": "repeat"}}]
    assert entries(shop.night(1, moving(anna="cant_lose_them"))) == {}


def test_each_action_holds_out_customers_of_its_own_and_the_same_ones_every_night(tmp_path: Path) -> None:
    again = {**WIN_BACK, "action": "second_offer", "cool_down_days": 0}
    shop = Shop(tmp_path, [{**WIN_BACK, "capacity": 5000}, {**again, "capacity": 5000}])
    many = moving(**{f"c{n}": "cant_lose_them" for n in range(2000)})
    control = pl.col("is_control")
    nights = [shop.night(day, many).filter(control).select("customer_id", "action") for day in (0, 5)]
    assert nights[0].sort(pl.all()).equals(nights[1].sort(pl.all()))
    first, second = (
        set(nights[0].filter(pl.col("action") == name)["customer_id"]) for name in ("win_back_offer", "second_offer")
    )
    assert 150 < len(first) < 250
    assert 150 < len(second) < 250
    assert len(first & second) < 40  # a tenth of a tenth of 2,000 is 20


def test_another_share_held_out_is_that_of_the_entries_that_begin_and_leaves_those_that_run(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [{**WIN_BACK, "hold_out": 0}])
    first = moving(**{f"c{n}": "cant_lose_them" for n in range(40)})
    assert not shop.night(0, first)["is_control"].any()
    shop.playbook = [{**WIN_BACK, "hold_out": 1}]
    listed = shop.night(1, first | moving(**{f"d{n}": "cant_lose_them" for n in range(40)}))
    assert set(listed.select("listed_on", "is_control").rows()) == {(on(0), False), (on(1), True)}


def test_a_night_computed_again_has_the_same_bytes_whatever_came_after_it(tmp_path: Path) -> None:
    playbook, retention = configured(ACTIONS)
    shop, draw = Shop(tmp_path, playbook, retention), random.Random(5)
    customers = {f"c{n}": anybody(draw, n) for n in range(30)}
    shop.night(0, customers)
    between = later(draw, customers)
    before = shop.before

    def versions() -> list[str]:
        shop.before = before
        night = shop.computed(7, between)
        return [
            write_version(tmp_path / "published", contract, night.warehouse, night.as_of).version
            for contract in (ACTION_LIST, ACTION_LOG)
        ]

    once = versions()
    shop.night(7, between)
    shop.night(14, later(draw, between))
    assert versions() == once


def test_the_log_forgets_whom_no_file_names_and_keeps_what_an_account_united_with_another_was_told(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path)
    shop.night(0, moving(anna="loyal", bert="loyal", cleo="loyal"))
    shop.night(1, moving(anna="cant_lose_them", bert="cant_lose_them", cleo="cant_lose_them"))
    shop.united = [{"account_id": "bert", "customer_id": "cleo"}]
    night = shop.computed(2, moving(cleo="cant_lose_them"))
    assert night.warehouse.rows("select customer_id from action_log order by 1") == [("bert",), ("cleo",)]


def test_who_is_united_with_another_account_was_told_and_stood_where_any_of_the_accounts_did(tmp_path: Path) -> None:
    thanks = {**WIN_BACK, "action": "thanks", "when": {"kind": "stage", "enters": "loyal"}, "cool_down_days": 7}
    shop = Shop(tmp_path, [{**WIN_BACK, "cool_down_days": 0, "capacity": 1, "hold_out": 0}, thanks])
    shop.night(0, moving(anna="loyal", bert="cant_lose_them", cleo="loyal", dora="cant_lose_them"))
    shop.united = [{"account_id": "bert", "customer_id": "anna"}, {"account_id": "dora", "customer_id": "cleo"}]
    united = moving(anna="cant_lose_them", cleo="cant_lose_them")
    for one in united.values():
        one.places["stage"] = "loyal"
    listed = shop.night(1, united)
    # Of the two, dora was listed, and bert waited for capacity.
    assert entries(listed) == {"anna": on(1)}
    assert entries(listed, "thanks") == {"anna": None, "cleo": None}
    assert entries(shop.night(7, united), "thanks") == {"anna": None, "cleo": on(7)}


def test_who_is_parted_from_another_account_again_is_a_customer_of_its_own_who_newly_enters(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.night(0, moving(anna="loyal", bert="cant_lose_them", cleo="loyal"))
    shop.united = [{"account_id": "bert", "customer_id": "anna"}, {"account_id": "dora", "customer_id": "anna"}]
    assert entries(shop.night(1, moving(anna="cant_lose_them", cleo="loyal"))) == {}
    shop.united = []
    parted = moving(anna="cant_lose_them", bert="cant_lose_them", dora="cant_lose_them")
    assert entries(shop.night(2, parted)) == {"bert": None, "dora": on(2)}  # bert was told two days ago
    assert entries(shop.night(30, parted)) == {"bert": on(30), "dora": on(2)}


def test_without_a_playbook_a_call_cools_down_from_nothing(tmp_path: Path) -> None:
    def at(band: str) -> dict[str, Customer]:
        customers = moving(anna="loyal")
        customers["anna"].places["risk_band"] = band
        return customers

    shop = Shop(tmp_path, [])
    for day, band in enumerate(("high", "medium", "high")):
        found = entries(shop.night(day, at(band)), "retention_call")
    assert found == {"anna": on(2)}


def test_the_list_of_a_release_that_knew_the_call_alone_is_taken_up(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [], {"hold_out": 0})
    customers = moving(anna="cant_lose_them", bert="cant_lose_them")
    customers["anna"].places["risk_band"] = "high"
    night = shop.computed(0, customers)
    old = Contract(
        **{
            **{name: getattr(ACTION_LIST, name) for name in ("name", "description", "grain", "key", "group")},
            "columns": ACTION_LIST.columns[:16],
        }
    )
    assert old.columns[-1].name == "previous_as_of"
    publish_tables(night, (RFM_SEGMENTS, LIFECYCLE_STAGES, VALUE_TIERS, CHURN_SCORES, old))
    shop.before, shop.playbook = customers, [WIN_BACK]
    listed = shop.night(3, customers)
    assert entries(listed, "retention_call") == {"anna": on(0)}
    assert entries(listed) == {}
    customers = moving(anna="loyal", bert="loyal")
    assert entries(shop.night(4, customers), "retention_call") == {}
    back = shop.night(5, moving(anna="cant_lose_them", bert="cant_lose_them"))
    assert entries(back) == {"anna": None, "bert": on(5)}
