"""Accounts into customers: components, limits, declarations, and no dependence on the order of the evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from models.identity_clusters import ACCOUNTS, EDGES, Clusters, unite

DAY = dt.date(2024, 1, 1)
Edge = tuple[str, str, str, dt.date | None]


def united(
    *edges: Edge,
    apart: Iterable[tuple[str, str]] = (),
    known: Mapping[str, dt.date | None] | None = None,
    max_accounts: int = 10,
) -> Clusters:
    names = sorted({name for edge in edges for name in edge[:2]})
    days = [(name, (known or {}).get(name, DAY)) for name in names]
    return unite(
        pl.DataFrame(list(edges), schema=dict(EDGES), orient="row"),
        pl.DataFrame(days, schema=dict(ACCOUNTS), orient="row"),
        apart,
        max_accounts=max_accounts,
    )


def customers(clusters: Clusters) -> dict[str, str]:
    return dict(clusters.accounts.select("account_id", "customer_id").iter_rows())


def column(clusters: Clusters, name: str) -> dict[str, object]:
    return dict(clusters.accounts.select("account_id", name).iter_rows())


def day(number: int) -> dt.date:
    return DAY + dt.timedelta(days=number)


def test_a_chain_of_accounts_is_one_customer_named_after_the_one_known_first() -> None:
    known = {"C": day(0), "A": day(1), "B": None}
    chain = united(("A", "B", "email", day(3)), ("B", "C", "phone", day(5)), known=known)
    assert customers(chain) == dict.fromkeys("ABC", "C")
    assert column(chain, "basis") == {"A": "email", "B": "email_and_phone", "C": "phone"}
    assert column(chain, "since") == {"A": day(3), "B": day(3), "C": day(5)}
    assert set(column(chain, "status").values()) == {"united"}


def test_of_accounts_known_on_the_same_day_text_order_names_the_customer() -> None:
    assert customers(united(("b", "a10", "email", DAY), ("a10", "a9", "email", DAY))) == dict.fromkeys(
        ("a10", "a9", "b"), "a10"
    )


def test_a_growing_cluster_keeps_its_name() -> None:
    known = {"A": day(0), "B": day(1), "C": day(2)}
    small = united(("A", "B", "email", day(3)), known=known)
    large = united(("A", "B", "email", day(3)), ("B", "C", "email", day(4)), known=known)
    assert customers(small)["B"] == customers(large)["B"] == "A"


def test_evidence_that_has_always_held_has_no_date() -> None:
    assert column(united(("A", "B", "email", None), ("A", "B", "phone", DAY)), "since") == {"A": None, "B": None}


def test_a_cluster_over_the_limit_is_suspect_and_only_what_was_declared_stays() -> None:
    edges: list[Edge] = [(f"a{n}", f"a{n + 1}", "phone", day(n)) for n in range(4)]
    assert set(customers(united(*edges, max_accounts=5)).values()) == {"a0"}
    beyond = united(*edges, ("a3", "a4", "declared", None), max_accounts=4)
    assert customers(beyond) == {"a0": "a0", "a1": "a1", "a2": "a2", "a3": "a3", "a4": "a3"}
    assert set(column(beyond, "status").values()) == {"suspect"}
    assert set(column(beyond, "suspect_cluster").values()) == {"a0"}
    assert column(beyond, "basis") == {"a0": None, "a1": None, "a2": None, "a3": "declared", "a4": "declared"}


def test_two_accounts_declared_apart_keep_who_was_with_them_first() -> None:
    bridge: list[Edge] = [
        ("A", "A2", "email", day(1)), ("B", "B2", "email", day(2)), ("A2", "B2", "phone", day(9)),
    ]  # fmt: skip
    assert customers(united(*bridge)) == dict.fromkeys(("A", "A2", "B", "B2"), "A")
    parted = united(*bridge, apart=[("B", "A")])
    assert customers(parted) == {"A": "A", "A2": "A", "B": "B", "B2": "B"}
    assert parted.edges.filter(~pl.col("laid")).select("account_1", "account_2", "kind").rows() == [
        ("A2", "B2", "phone")
    ]
    assert set(column(parted, "status").values()) == {"united"}


def test_apart_is_stronger_than_together_and_than_a_third_account_between() -> None:
    assert customers(united(("A", "B", "declared", None), apart=[("A", "B")])) == {"A": "A", "B": "B"}
    between = united(("A", "M", "email", day(1)), ("B", "M", "email", day(2)), apart=[("A", "B")])
    assert customers(between) == {"A": "A", "M": "A", "B": "B"}


def test_what_was_declared_is_laid_before_what_is_shared_however_late_it_was_declared() -> None:
    clusters = united(("A", "M", "email", day(1)), ("B", "M", "declared", day(5)), apart=[("A", "B")])
    assert customers(clusters) == {"A": "A", "B": "B", "M": "B"}


def test_parting_a_cluster_over_the_limit_leaves_nobody_suspect_where_the_parts_are_small() -> None:
    edges: list[Edge] = [("A", "B", "email", day(1)), ("C", "D", "email", day(2)), ("B", "C", "phone", day(3))]
    assert set(column(united(*edges, max_accounts=3), "status").values()) == {"suspect"}
    parted = united(*edges, max_accounts=3, apart=[("A", "D")])
    assert customers(parted) == {"A": "A", "B": "A", "C": "C", "D": "C"}
    assert set(column(parted, "status").values()) == {"united"}


def test_accounts_apart_that_nothing_connects_change_nothing() -> None:
    edges: list[Edge] = [("A", "B", "email", DAY), ("C", "D", "email", DAY)]
    assert united(*edges, apart=[("A", "C"), ("A", "nobody")]).accounts.equals(united(*edges).accounts)


def test_no_evidence_is_no_customer() -> None:
    assert united().accounts.height == 0


NAMES = st.sampled_from("ABCDEFGHIJ")
EDGE = st.tuples(
    NAMES, NAMES, st.sampled_from(("email", "phone", "declared")), st.one_of(st.none(), st.integers(0, 5).map(day))
).filter(lambda edge: edge[0] != edge[1])
PAIRS = st.lists(st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] != pair[1]), max_size=3)


def _reached(edges: Iterable[Edge]) -> dict[str, set[str]]:
    """Who is connected with whom, by walking: the computation in the model's place."""
    near: dict[str, set[str]] = {}
    for one, other, *_ in edges:
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    reached: dict[str, set[str]] = {}
    for start in near:
        seen, edge_of = {start}, [start]
        while edge_of:
            for other in near[edge_of.pop()] - seen:
                seen.add(other)
                edge_of.append(other)
        reached[start] = seen
    return reached


@given(edges=st.lists(EDGE, max_size=12), limit=st.integers(2, 10))
def test_customers_are_the_connected_accounts_within_the_limit(edges: list[Edge], limit: int) -> None:
    declared = _reached(edge for edge in edges if edge[2] == "declared")
    expected = {
        account: min(together if len(together) <= limit else declared.get(account, {account}))
        for account, together in _reached(edges).items()
    }
    assert customers(united(*edges, max_accounts=limit)) == expected


@given(edges=st.lists(EDGE, min_size=1, max_size=12), apart=PAIRS, data=st.data())
def test_the_order_of_the_evidence_changes_nothing(edges: list[Edge], apart: list, data: st.DataObject) -> None:
    shuffled = [
        (other, one, kind, since) if data.draw(st.booleans()) else (one, other, kind, since)
        for one, other, kind, since in data.draw(st.permutations(edges))
    ]
    turned = [(other, one) for one, other in data.draw(st.permutations(apart))]
    once, again = united(*edges, apart=apart, max_accounts=4), united(*shuffled, apart=turned, max_accounts=4)
    assert once.accounts.equals(again.accounts)
    assert once.edges.equals(again.edges)


@given(edges=st.lists(EDGE, min_size=1, max_size=14), apart=PAIRS)
def test_accounts_apart_are_never_one_customer_and_nothing_else_is_torn(
    edges: list[Edge], apart: list[tuple[str, str]]
) -> None:
    clusters = united(*edges, apart=apart)
    customer = customers(clusters)
    assert all(customer.get(one, one) != customer.get(other, other) for one, other in apart)
    # Every edge that was left out would have brought two accounts apart together.
    left_out = clusters.edges.filter(~pl.col("laid")).select("account_1", "account_2").rows()
    heads = {frozenset((customer.get(one, one), customer.get(other, other))) for one, other in apart}
    assert all(frozenset((customer[one], customer[other])) in heads for one, other in left_out)
