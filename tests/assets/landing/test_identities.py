"""Accounts of several sources become one customer: by what they share, within limits, and only while it holds."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import HEADER, ORDERS, Zone

ANN, ANN_PHONE, BOB = "Ann@Shop.co.uk", "020 7946 0958", "bob@shop.co.uk"
PERSON = "id,mail,tel,since,updated,gender,channel,consent\n"
COLUMNS = {
    "customer_id": "id", "email": "mail", "phone": "tel", "acquired_at": "since", "updated_at": "updated",
    "gender": "gender", "acquisition_channel": "channel", "consent": "consent",
}  # fmt: skip
MATCH: dict[str, Any] = {"phone_region": "GB"}
AS_OF = dt.date(2024, 6, 30)
NUMBERS = itertools.count()
TABLES = ("customer_identities", "order_lines", "orders", "customer_days", "customers")


def person(
    account: str, mail: str = "", tel: str = "", since: str = "2024-01-01", updated: str = "", rest: str = ",,"
) -> str:
    return f"{account},{mail},{tel},{since},{updated},{rest}\n"


def night(zone: Zone, identity: dict[str, Any] | None = MATCH, **options: Any) -> dict[str, str]:
    """A night over orders and two customer sources; every account's customer."""
    sources = [
        {**ORDERS, "path": str(zone.raw / "*.csv")},
        *(
            {
                "name": name,
                "kind": "customers",
                "path": str(zone.raw / f"*.{name}"),
                "format": "csv",
                "columns": COLUMNS,
            }
            for name in ("crm", "web")
        ),
    ]
    for name in ("orders.csv", "none.crm", "none.web"):
        if not (zone.raw / name).exists():
            zone.write(name, HEADER if name.endswith("csv") else PERSON)
    zone.night(*sources, **({"identity": identity} if identity else {}), **{"as_of": AS_OF, **options})
    return dict(zone.frame("select account_id, customer_id from customer_identities").iter_rows())


def everything(zone: Zone) -> dict[str, pl.DataFrame]:
    """The clean tables, the moment of loading apart."""
    frames = {name: zone.frame(f"select * from {name} order by all") for name in TABLES}
    return {name: frame.drop("loaded_at", strict=False) for name, frame in frames.items()}


def fates(zone: Zone) -> dict[tuple[str, str], str]:
    return {
        (account, kind): fate
        for account, kind, fate in zone.frame("select account_id, kind, fate from account_identifiers").iter_rows()
    }


def order(number: int, account: str, price: str = "5.00", day: str = "2024-06-01") -> str:
    return f"o{number},{day},{account},p1,1,{price}\n"


def test_without_identity_ids_stay_as_they_are_and_nothing_is_kept(zone: Zone) -> None:
    zone.write("orders.csv", HEADER + order(1, "A") + order(2, "B"))
    zone.write("a.crm", PERSON + person("A", ANN))
    zone.write("b.web", PERSON + person("B", ANN))
    assert night(zone, None) == {}
    assert not zone.warehouse.has("identifier_forms")
    assert zone.frame("select customer_id from customers order by 1")["customer_id"].to_list() == ["A", "B"]


def test_accounts_of_two_sources_with_one_address_or_number_are_one_customer_everywhere(zone: Zone) -> None:
    zone.write("orders.csv", HEADER + order(1, "A") + order(2, "B", "7.00") + order(3, "C") + order(4, "D"))
    zone.write("a.crm", PERSON + person("A", ANN, since="2023-05-01") + person("C", BOB, ANN_PHONE))
    zone.write("b.web", PERSON + person("B", ANN.upper() + " ") + person("D", tel="+44 (0)20-7946-0958"))
    assert night(zone) == {"A": "A", "B": "A", "C": "C", "D": "C"}
    identities = zone.frame("select account_id, accounts, status, basis, since from customer_identities order by 1")
    assert identities.rows() == [
        ("A", 2, "united", "email", dt.date(2024, 1, 1)), ("B", 2, "united", "email", dt.date(2024, 1, 1)),
        ("C", 2, "united", "phone", dt.date(2024, 1, 1)), ("D", 2, "united", "phone", dt.date(2024, 1, 1)),
    ]  # fmt: skip
    assert zone.frame("select customer_id, account_id from order_lines order by order_id").rows() == [
        ("A", "A"), ("A", "B"), ("C", "C"), ("C", "D")
    ]  # fmt: skip
    days = zone.frame("select customer_id, orders, cast(net_value as integer) from customer_days order by 1")
    assert days.rows() == [("A", 2, 12), ("C", 2, 10)]
    assert zone.frame("select customer_id, known_since from customers order by 1").rows() == [
        ("A", dt.date(2023, 5, 1)), ("C", dt.date(2024, 1, 1))
    ]  # fmt: skip


def test_a_chain_of_shared_identifiers_is_one_customer_named_after_the_account_known_first(zone: Zone) -> None:
    zone.write("orders.csv", HEADER + order(1, "Z", day="2022-01-01"))
    zone.write("a.crm", PERSON + person("A", ANN) + person("B", ANN, ANN_PHONE, since="2023-01-01"))
    zone.write("b.web", PERSON + person("Z", "", ANN_PHONE, since=""))
    assert night(zone) == {"A": "Z", "B": "Z", "Z": "Z"}  # Z has no acquisition date: its first order is earlier


def test_answers_go_to_the_customer_and_keep_their_account_and_what_region_they_name(zone: Zone) -> None:
    zone.write("a.people", "id,mail,place\nA,ann@shop.co.uk,Leeds\nB,ann@shop.co.uk,\n")
    zone.write("s.csv", "id,at,who,score,place\nr1,2024-06-01,B,5,\nr2,2024-06-01,B,5,York\n")
    people = {"name": "people", "kind": "customers", "path": str(zone.raw / "*.people"), "format": "csv",
              "columns": {"customer_id": "id", "email": "mail", "region": "place"}}  # fmt: skip
    survey = {"name": "survey", "kind": "surveys", "questions": {"score": {"kind": "csat"}},
              "columns": {"response_id": "id", "responded_at": "at", "customer_id": "who",
                          "region": "place"}}  # fmt: skip
    zone.night(survey, people, identity={"match": ["email"]})
    # B answered in June, and of A nothing is dated.
    told = zone.frame("select customer_id, account_id, region from survey_responses order by response_id").rows()
    assert told == [("B", "B", "Leeds"), ("B", "B", "York")]
    assert zone.frame("select customer_id from customers").rows() == [("B",)]
    assert zone.frame("select account_id, customer_id from customer_identities order by 1").rows() == [
        ("A", "B"), ("B", "B")
    ]  # fmt: skip


def test_an_identifier_of_too_many_accounts_unites_nobody(zone: Zone) -> None:
    zone.write("a.crm", PERSON + "".join(person(name, ANN) for name in "ABC"))
    assert set(night(zone).values()) == {"A"}
    assert set(fates(zone).values()) == {"shared"}
    zone.write("b.web", PERSON + person("D", ANN))
    assert night(zone) == {name: name for name in "ABCD"}
    assert set(fates(zone).values()) == {"shared_too_widely"}
    assert set(night(zone, MATCH | {"max_accounts_per_identifier": 4}).values()) == {"A"}


def test_a_cluster_over_the_limit_is_not_united_and_said_to_be_suspect(zone: Zone) -> None:
    chain = [person(f"a{n}", f"p{n}@shop.co.uk") + person(f"b{n}", f"p{n}@shop.co.uk", f"020 7946 01{n}0")
             + person(f"a{n + 1}", tel=f"020 7946 01{n}0") for n in range(3)]  # fmt: skip
    for number, rows in enumerate(chain):
        zone.write(f"{number}.{'crm' if number % 2 else 'web'}", PERSON + rows)
    zone.write("ann.crm", PERSON + person("A", ANN) + person("B", ANN))
    identity = MATCH | {"max_accounts_per_customer": 6}
    customers = night(zone, identity)
    # a1 and a2 stand in both sources, with different identifiers: the chain has seven accounts.
    chained = {f"a{n}" for n in range(4)} | {f"b{n}" for n in range(3)}
    assert {account for account, customer in customers.items() if account == customer} == {*chained, "A"}
    assert customers["B"] == "A"
    suspects = zone.frame(
        "select account_id, suspect_cluster, accounts, basis from customer_identities where status = 'suspect'"
    )
    assert set(suspects["account_id"]) == chained
    assert suspects.select("suspect_cluster", "accounts", "basis").unique().rows() == [("a0", 1, None)]
    assert set(night(zone, MATCH | {"max_accounts_per_customer": 7}).values()) == {"a0", "A"}


def test_blocked_and_nobodys_identifiers_unite_nobody(zone: Zone) -> None:
    zone.write("a.crm", PERSON + person("A", "till@shop.co.uk", "020 7946 0000") + person("N", "n/a", "0000000"))
    zone.write("b.web", PERSON + person("B", "TILL@shop.co.uk", "+442079460000") + person("M", "n/a", "0000000"))
    assert set(night(zone).values()) == {"A", "M", "N"}
    blocked = MATCH | {"block": {"email": ["Till@Shop.co.uk"], "phone": ["020 79460000"]}}
    assert set(night(zone, blocked).values()) == {"A", "B", "M", "N"}
    assert {fates(zone)[account, "email"] for account in "AB"} == {"blocked"}
    assert {fates(zone)[account, "phone"] for account in "NM"} == {"unusable"}
    domain = {"match": ["email"], "block": {"email": ["@shop.co.uk"]}}
    assert set(night(zone, domain).values()) == {"A", "B", "M", "N"}


def test_only_the_kinds_that_are_matched_unite(zone: Zone) -> None:
    zone.write("a.crm", PERSON + person("A", ANN, ANN_PHONE) + person("B", ANN) + person("C", tel=ANN_PHONE))
    assert night(zone, {"match": ["email"]}) == {"A": "A", "B": "A", "C": "C"}
    assert night(zone, MATCH | {"match": ["phone"]}) == {"A": "A", "B": "B", "C": "A"}
    assert night(zone, {"match": ["phone"]}) == {"A": "A", "B": "B", "C": "C"}  # whose country?


def test_what_a_person_declares_holds_from_its_date_on(zone: Zone) -> None:
    zone.write("orders.csv", HEADER + order(1, "A", day="2024-01-05") + order(2, "B", day="2024-01-06"))
    zone.write("a.crm", PERSON + person("C", ANN) + person("D", ANN))
    together = MATCH | {"together": [{"accounts": ["B", "A"], "since": "2024-03-01"}, {"accounts": ["A", "nobody"]}]}
    assert night(zone, together) == {"A": "A", "B": "A", "C": "C", "D": "C"}
    assert night(zone, together, as_of=dt.date(2024, 2, 29)) == {"A": "A", "B": "B", "C": "C", "D": "C"}
    apart = MATCH | {"apart": [{"accounts": ["C", "D"], "since": "2024-03-01"}]}
    assert night(zone, apart) == {"A": "A", "B": "B", "C": "C", "D": "D"}
    assert night(zone, apart, as_of=dt.date(2024, 2, 29)) == {"A": "A", "B": "B", "C": "C", "D": "C"}


def test_undoing_a_union_gives_the_tables_there_were_before_it(zone: Zone) -> None:
    zone.write("orders.csv", HEADER + "".join(order(n, name) for n, name in enumerate("ABCD")))
    zone.write("a.crm", PERSON + person("A", ANN) + person("B", ANN))
    night(zone)
    before = everything(zone)
    night(zone, MATCH | {"together": [{"accounts": ["B", "C"]}]})
    assert not everything(zone)["customers"].equals(before["customers"])
    night(zone)
    assert _equal(everything(zone), before)

    # What a shared number did is undone by parting two accounts, though the number is still shared.
    zone.write("b.web", PERSON + person("C", tel=ANN_PHONE) + person("B", tel=ANN_PHONE))
    assert set(night(zone).values()) == {"A", "D"}
    night(zone, MATCH | {"apart": [{"accounts": ["A", "C"]}]})
    undone = everything(zone)
    assert _equal({name: undone[name] for name in ("customer_identities", "customer_days", "orders")}, before)


def _equal(ours: dict[str, pl.DataFrame], theirs: dict[str, pl.DataFrame]) -> bool:
    return all(frame.equals(theirs[name]) for name, frame in ours.items())


def test_an_earlier_night_does_not_know_of_a_later_union(zone: Zone) -> None:
    zone.write("orders.csv", HEADER + order(1, "A", day="2024-01-05") + order(2, "B", day="2024-01-06"))
    zone.write("a.crm", PERSON + person("A", ANN, since="2024-01-01"))
    zone.write("b.web", PERSON + person("B", ANN, since="2024-01-01", updated="2024-05-10"))
    assert night(zone) == {"A": "A", "B": "A"}
    assert night(zone, as_of=dt.date(2024, 5, 10)) == {"A": "A", "B": "A"}
    assert night(zone, as_of=dt.date(2024, 5, 9)) == {"A": "A", "B": "B"}
    assert zone.frame("select count(*) from customers").item() == 2


def test_an_address_is_an_accounts_since_the_first_row_that_gave_it_and_not_since_its_latest_change(
    zone: Zone,
) -> None:
    zone.write("1.web", PERSON + person("A", ANN) + person("B", ANN, updated="2024-02-01"))
    zone.write("2.web", PERSON + person("B", ANN, updated="2024-05-01", rest="f,,"))
    assert night(zone, as_of=dt.date(2024, 2, 1)) == {"A": "A", "B": "A"}
    assert night(zone, as_of=dt.date(2024, 1, 31)) == {"A": "A", "B": "B"}


def test_an_address_that_was_corrected_unites_no_longer(zone: Zone) -> None:
    zone.write("1.web", PERSON + person("A", ANN) + person("B", ANN, updated="2024-02-01"))
    assert night(zone) == {"A": "A", "B": "A"}
    zone.write("2.web", PERSON + person("B", BOB, updated="2024-05-01"))
    assert night(zone) == {"A": "A", "B": "B"}


def test_a_replay_knows_what_was_known_then(zone: Zone) -> None:
    zone.write("orders.csv", HEADER + order(1, "A") + order(2, "B"))
    zone.write("a.crm", PERSON + person("A", ANN))
    assert night(zone) == {"A": "A", "B": "B"}
    then, before = zone.clock, everything(zone)
    zone.write("b.web", PERSON + person("B", ANN))
    assert night(zone) == {"A": "A", "B": "A"}
    night(zone, known_at=then)
    assert _equal(everything(zone), before)


def test_the_day_of_loading_decides_nothing(zones: Callable[[str], Zone]) -> None:
    """Files without dates of their own, landed in two orders, weeks apart and after the night's date."""
    first, second = zones("first"), zones("second")
    second.clock += dt.timedelta(days=40)
    for zone, names in ((first, "ab"), (second, "ba")):
        for name in names:
            zone.write(f"{name}.{'crm' if name == 'a' else 'web'}", PERSON + person(name.upper(), ANN, since=""))
            night(zone)
        assert night(zone) == {"A": "A", "B": "A"}
    assert _equal(
        {"customer_identities": everything(first)["customer_identities"]},
        {"customer_identities": everything(second)["customer_identities"]},
    )


def test_of_a_united_customer_each_attribute_is_the_latest_that_was_filed(zone: Zone) -> None:
    zone.write("a.crm", PERSON + person("A", ANN, since="2023-01-01", rest="f,leaflet,true"))
    zone.write("b.web", PERSON + person("B", ANN, since="2024-01-01", rest=",search,false"))
    night(zone)
    asked = "select customer_id, known_since, gender, acquisition_channel, consent from customers"
    assert zone.frame(asked).rows() == [("A", dt.date(2023, 1, 1), "f", "leaflet", False)]
    zone.write("a2.crm", PERSON + person("A", ANN, since="2023-01-01", updated="2024-02-01", rest="m,leaflet,true"))
    night(zone)
    assert zone.frame(asked).rows() == [("A", dt.date(2023, 1, 1), "m", "leaflet", True)]


def test_of_two_equally_late_words_on_consent_the_refusal_counts(zone: Zone) -> None:
    zone.write("a.crm", PERSON + person("A", ANN, rest=",,true"))
    zone.write("b.web", PERSON + person("B", ANN, rest=",,false"))
    night(zone)
    assert zone.frame("select customer_id, consent from customers").rows() == [("A", False)]


def test_no_address_and_no_number_is_in_any_table_of_the_night(zone: Zone) -> None:
    zone.write("orders.csv", HEADER + order(1, "A"))
    zone.write("a.crm", PERSON + person("A", ANN, ANN_PHONE) + person("B", ANN) + person("C", "nonsense", "12"))
    night(zone, MATCH | {"block": {"phone": [ANN_PHONE]}})
    for name in (*TABLES, "accounts", "account_identifiers"):
        text = json.dumps(zone.frame(f"select * from {name}").rows(), default=str).casefold()
        assert not any(value in text for value in ("shop.co", "7946", "nonsense", '"12"')), name


def test_a_value_that_is_landed_no_longer_and_a_region_that_changed_are_worked_out_anew(zone: Zone) -> None:
    zone.write("a.crm", PERSON + person("A", ANN, ANN_PHONE) + person("B", BOB, "(020) 79460958"))
    assert night(zone) == {"A": "A", "B": "A"}
    assert night(zone, {"phone_region": "US"}) == {"A": "A", "B": "B"}
    assert night(zone) == {"A": "A", "B": "A"}
    zone.warehouse.rows("delete from landed_customers where customer_id = 'B'")
    night(zone)
    kept = zone.frame("select raw from identifier_forms order by 1")["raw"].to_list()
    assert kept == sorted([ANN, ANN_PHONE])


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from([f"c{n}" for n in range(8)]),
        st.sampled_from(["", *(f"{letter}@shop.co.uk" for letter in "abcd")]),
        st.sampled_from(["", *(f"020 7946 01{n}0" for n in range(4))]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[0],
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, data=st.data())
def test_customers_are_those_of_plain_union_find_whatever_the_order_of_rows_and_files(
    zones: Callable[[str], Zone], people: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    expected = _union_find(people, per_identifier=3, per_customer=5)
    made = []
    for _ in range(2):
        zone = zones(f"zone-{next(NUMBERS)}")
        rows = data.draw(st.permutations(people))
        cut = data.draw(st.integers(0, len(rows)))
        zone.write("orders.csv", HEADER + "".join(order(n, row[0]) for n, row in enumerate(sorted(people))))
        for name, part in (("crm", rows[:cut]), ("web", rows[cut:])):
            zone.write(f"{data.draw(st.sampled_from('xyz'))}.{name}", PERSON + "".join(person(*row) for row in part))
        assert night(zone, MATCH | {"max_accounts_per_customer": 5}) == expected
        made.append(zone.frame("select * from customer_identities order by all"))
    assert made[0].equals(made[1])


def _union_find(people: list[tuple[str, str, str]], *, per_identifier: int, per_customer: int) -> dict[str, str]:
    parent = {account: account for account, *_ in people}

    def head(account: str) -> str:
        return account if parent[account] == account else head(parent[account])

    for place in (1, 2):
        holders: dict[str, list[str]] = {}
        for row in people:
            if row[place]:
                holders.setdefault(row[place], []).append(row[0])
        for accounts in holders.values():
            if len(accounts) <= per_identifier:
                for account in accounts[1:]:
                    parent[head(account)] = head(accounts[0])
    clusters: dict[str, list[str]] = {}
    for account in parent:
        clusters.setdefault(head(account), []).append(account)
    return {
        account: min(cluster) if len(cluster) <= per_customer else account
        for cluster in clusters.values()
        for account in cluster
    }
