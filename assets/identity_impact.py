"""What the configured rules of identity would change, worked out beside the warehouse and published nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from assets import clean, facts, identity, rfm_cuts, segments
from assets.configuration.identity import Identity
from assets.landing.landing_zone import prepare_schema
from assets.night import Night
from assets.statements import Query, identifier, literal
from assets.tables import CUSTOMER_IDENTITIES
from assets.warehouse import Warehouse

_BEFORE_CUSTOMERS = (
    clean.file_register,
    clean.exchange_rates,
    clean.row_outcomes,
    identity.accounts,
    identity.account_identifiers,
)
_AFTER_CUSTOMERS = (
    clean.order_lines,
    facts.order_flows,
    facts.orders,
    facts.customer_days,
    rfm_cuts.rfm_cuts,
    segments.rfm_segments,
)
_SUSPECTS_SHOWN = 10
_ACCOUNTS_SHOWN = 5


@dataclass(frozen=True)
class SharedIdentifier:
    """Accounts that hold one identifier which unites nobody, and what is wrong with it."""

    kind: str
    fate: str
    accounts: int
    first_accounts: tuple[str, ...]


@dataclass(frozen=True)
class SuspectCluster:
    """Accounts that the evidence connects, too many of them to be believed."""

    accounts: int
    first_accounts: tuple[str, ...]


@dataclass(frozen=True)
class Impact:
    """What the rules come to, and what is other than it was.

    Nothing in it is an e-mail address or a telephone number; accounts are named by their ids.

    Attributes:
        figures: one row as ``identity_figures.sql`` answers.
        usage: ``kind, fate, identifiers, accounts``.
        edges: ``kind, edges, laid``; an edge is not laid between accounts declared apart or in a suspect cluster.
        sizes: ``accounts, customers``: how many customers have so many accounts.
        suspects: the largest suspect clusters.
        shared_too_widely: the identifiers of the most accounts that unite nobody for it, and the blocked ones.
        declared_unknown: accounts that are declared together or apart and that nobody has heard of.
        customers_before: customers of the same accounts before.
        accounts_moved: accounts whose customer is another one.
        orders_moved: valid orders whose customer is another one.
        value_moved: their net value, base currency; None where no order has money.
        segments: ``segment, before, after``: customers per RFM segment.
    """

    figures: dict[str, Any]
    usage: pl.DataFrame
    edges: pl.DataFrame
    sizes: pl.DataFrame
    suspects: tuple[SuspectCluster, ...]
    shared_too_widely: tuple[SharedIdentifier, ...]
    declared_unknown: tuple[str, ...]
    customers_before: int
    accounts_moved: int
    orders_moved: int
    value_moved: Decimal | None
    segments: pl.DataFrame


@contextmanager
def beside(path: Path, *, memory_limit: str | None = None) -> Iterator[Warehouse]:
    """A warehouse of its own that sees what has landed in the one at the path, and cannot change it.

    Its tables lie in a file beside it while it lasts.
    """
    scratch = path.with_name(f"_preview-{path.name}")
    scratch.unlink(missing_ok=True)
    try:
        with Warehouse.open(scratch, memory_limit=memory_limit) as warehouse:
            warehouse.rows(f"attach {literal(str(path))} as landed (read_only)")
            for name in _landing_tables():
                warehouse.rows(f"create view {identifier(name)} as from landed.{identifier(name)}")
            if warehouse.rows("select 1 from duckdb_tables() where table_name = 'identifier_forms'"):
                # What earlier nights have worked out need not be worked out again.
                warehouse.rows("create table identifier_forms as from landed.identifier_forms")
            yield warehouse
    finally:
        for leftover in (scratch, scratch.with_name(f"{scratch.name}.wal")):
            leftover.unlink(missing_ok=True)


def _landing_tables() -> list[str]:
    """The tables and views that hold what has landed; all others are computed from them."""
    with Warehouse.open(None) as empty:
        prepare_schema(empty)
        return [name for (name,) in empty.rows("select table_name from information_schema.tables order by 1")]


def impact(night: Night, identity_rules: Identity, before: pl.DataFrame | None) -> Impact:
    """Compute the night's customers and segments twice: as they were, and by the rules.

    Args:
        night: in a warehouse of :func:`beside`; its tables are written.
        identity_rules: the rules of the night's configuration.
        before: ``account_id, customer_id`` as published last; None where every account is a customer of its own.
    """
    warehouse = night.warehouse
    night.compute(*_BEFORE_CUSTOMERS)
    warehouse.replace(CUSTOMER_IDENTITIES, _as_it_was(warehouse, before, night.as_of))
    _remember(night, "before")
    clusters = identity.clusters(warehouse, identity_rules, night.as_of)
    night.compute(identity.customer_identities)
    _remember(night, "after")

    moved = warehouse.rows(
        """select count(*), sum(after.net_value) from orders_before as before
        join orders_after as after using (source, order_id)
        where before.customer_id <> after.customer_id"""
    )[0]
    return Impact(
        figures=night.frame("identity_figures.sql").row(0, named=True),
        usage=night.frame("identifier_usage.sql").sort("kind", "fate"),
        edges=clusters.edges.group_by("kind").agg(pl.len().alias("edges"), pl.col("laid").sum()).sort("kind"),
        sizes=warehouse.frame(
            """select accounts, count(distinct customer_id) as customers from customer_identities
            group by accounts order by accounts""",
        ),
        suspects=tuple(
            SuspectCluster(n, tuple(first))
            for n, first in warehouse.rows(
                f"""select count(*) as accounts, list(account_id order by account_id)[:{_ACCOUNTS_SHOWN}]
                from customer_identities where suspect_cluster is not null
                group by suspect_cluster order by accounts desc, suspect_cluster limit {_SUSPECTS_SHOWN}"""
            )
        ),
        shared_too_widely=tuple(
            SharedIdentifier(kind, fate, n, tuple(first))
            for kind, fate, n, first in warehouse.rows(
                f"""select kind, fate, count(*) as accounts, list(account_id order by account_id)[:{_ACCOUNTS_SHOWN}]
                from account_identifiers where fate in ('shared_too_widely', 'blocked')
                group by kind, fate, identifier_no order by accounts desc, kind, identifier_no
                limit {_SUSPECTS_SHOWN}"""
            )
        ),
        declared_unknown=_unknown(warehouse, identity_rules),
        customers_before=int(warehouse.scalar("select count(distinct customer_id) from identities_before")),
        accounts_moved=int(
            warehouse.scalar(
                """select count(*) from identities_before as before join customer_identities as after using (account_id)
                where before.customer_id <> after.customer_id"""
            )
        ),
        orders_moved=int(moved[0]),
        value_moved=moved[1],
        segments=warehouse.frame(
            """select segment, coalesce(before.customers, 0) as before, coalesce(after.customers, 0) as after
            from (select segment, count(*) as customers from segments_before group by segment) as before
            full join (select segment, count(*) as customers from segments_after group by segment) as after
                using (segment)
            order by segment""",
        ),
    )


def _as_it_was(warehouse: Warehouse, before: pl.DataFrame | None, as_of: dt.date) -> Query:
    known = before if before is not None else pl.DataFrame(schema={"account_id": pl.String, "customer_id": pl.String})
    warehouse.keep("known_identities", known.select("account_id", "customer_id"))
    return Query(
        """select account_id, cast($as_of as date) as as_of, coalesce(customer_id, account_id) as customer_id,
            1 as accounts, 'single' as status, null as basis, null as since, null as suspect_cluster
        from accounts left join known_identities using (account_id)""",
        {"as_of": as_of},
    )


def _remember(night: Night, when: str) -> None:
    warehouse = night.warehouse
    night.compute(*_AFTER_CUSTOMERS)
    kept = {
        "identities": "select account_id, customer_id from customer_identities",
        "orders": "select source, order_id, customer_id, net_value from orders "
        "where customer_id is not null and valid_from is not null and voided_on is null",
        "segments": "select customer_id, segment from rfm_segments",
    }
    for name, sql in kept.items():
        warehouse.keep(f"{name}_{when}", sql)


def _unknown(warehouse: Warehouse, rules: Identity) -> tuple[str, ...]:
    declared = sorted({account for one in (*rules.together, *rules.apart) for account in one.accounts})
    return tuple(
        account
        for (account,) in warehouse.rows(
            """select account from unnest($declared) as declared(account)
            where account not in (select account_id from accounts)""",
            {"declared": declared},
        )
    )
