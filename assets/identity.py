"""Accounts into customers: which ids of which sources are one person, by shared identifiers and by declaration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import chain

import polars as pl

from assets.configuration.identity import Declaration, Identity, blocked_form
from assets.night import Night, no_rows, table
from assets.statements import Query, query
from assets.tables import ACCOUNT_IDENTIFIERS, ACCOUNTS, CUSTOMER_IDENTITIES, FILE_REGISTER, ROW_OUTCOMES
from assets.warehouse import Warehouse
from models import identity_clusters
from models.identifiers import FORMS_VERSION, IDENTIFIER_KINDS, IdentifierKind, identifier_form

_FORMS = "create table if not exists identifier_forms (kind VARCHAR, rules VARCHAR, raw VARCHAR, form VARCHAR)"


@table(ACCOUNTS, reads=(FILE_REGISTER, ROW_OUTCOMES))
def accounts(night: Night) -> Query | pl.DataFrame:
    """Every account known by as_of; none where no identity is configured."""
    return night.query("landing/accounts.sql") if night.configuration.identity else no_rows(ACCOUNTS)


@table(ACCOUNT_IDENTIFIERS, reads=(FILE_REGISTER, ROW_OUTCOMES, ACCOUNTS))
def account_identifiers(night: Night) -> Query | pl.DataFrame:
    """What identifiers each account holds, and which of them may unite it with others."""
    identity = night.configuration.identity
    if identity is None:
        return no_rows(ACCOUNT_IDENTIFIERS)
    bring_into_form(night.warehouse, identity)
    _block(night.warehouse, identity)
    return night.query(
        "landing/account_identifiers.sql",
        kinds=list(identity.match),
        most_accounts=identity.max_accounts_per_identifier,
    )


@table(
    CUSTOMER_IDENTITIES,
    reads=(ACCOUNTS, ACCOUNT_IDENTIFIERS),
    kinds=("duckdb", "polars"),
    figures="identity_figures.sql",
)
def customer_identities(night: Night) -> Query | pl.DataFrame:
    """The customer of every account."""
    identity = night.configuration.identity
    if identity is None:
        return no_rows(CUSTOMER_IDENTITIES)
    united = clusters(night.warehouse, identity, night.as_of).accounts
    night.warehouse.keep("united_accounts", united)
    return night.query("landing/customer_identities.sql")


def clusters(warehouse: Warehouse, identity: Identity, as_of: dt.date) -> identity_clusters.Clusters:
    """The accounts that have evidence for being one customer with another, brought together."""
    together = _pairs(identity.together, as_of)
    warehouse.keep("declared_pairs", pl.DataFrame(together, schema=dict(identity_clusters.EDGES), orient="row"))
    edges = pl.concat(
        [
            warehouse.frame(query("landing/identity_edges.sql")),
            # A declaration about an account that nobody has heard of yet waits for it.
            warehouse.frame(
                """select declared.* from declared_pairs as declared
                    semi join accounts as ones on ones.account_id = declared.account_1
                    semi join accounts as others on others.account_id = declared.account_2"""
            ),
        ]
    )
    warehouse.keep("account_pairs", edges)
    known = warehouse.frame(
        """select account_id, known_on from accounts
            where account_id in (select account_1 from account_pairs union select account_2 from account_pairs)"""
    )
    apart = [(one, other) for one, other, *_ in _pairs(identity.apart, as_of)]
    return identity_clusters.unite(edges, known, apart, max_accounts=identity.max_accounts_per_customer)


def bring_into_form(warehouse: Warehouse, identity: Identity) -> None:
    """Keep the form of every address and number landed, each worked out once: ``identifier_forms``.

    A value that is landed no longer is forgotten here too.
    """
    warehouse.rows(_FORMS)
    for kind in identity.match:
        rules = _rules(kind, identity)
        landed = f"(select distinct {kind} as raw from landed_customers where {kind} is not null)"
        warehouse.rows(
            f"""delete from identifier_forms
            where kind = $kind and (rules <> $rules or raw not in (select raw from {landed}))""",
            {"kind": kind, "rules": rules},
        )
        new = warehouse.frame(
            f"select raw from {landed} anti join (from identifier_forms where kind = $kind) as forms using (raw)",
            {"kind": kind},
        )
        forms = [identifier_form(kind, raw, identity.phone_region) for raw in new["raw"]]
        warehouse.keep("new_forms", new.with_columns(pl.Series("form", forms, dtype=pl.String)))
        warehouse.rows(
            "insert into identifier_forms select $kind, $rules, raw, form from new_forms",
            {"kind": kind, "rules": rules},
        )


def _rules(kind: IdentifierKind, identity: Identity) -> str:
    """What the form of a value depends on beside itself."""
    if kind == "email":
        return str(FORMS_VERSION)
    import phonenumbers

    return f"{FORMS_VERSION} {phonenumbers.__version__} {identity.phone_region or ''}"


def _block(warehouse: Warehouse, identity: Identity) -> None:
    forms = [
        blocked_form(kind, value, identity.phone_region)
        for kind in IDENTIFIER_KINDS
        for value in identity.block.values(kind)
    ]
    warehouse.keep("blocked_forms", pl.DataFrame({"form": forms}, schema={"form": pl.String}))


def _pairs(declared: Iterable[Declaration], as_of: dt.date) -> list[tuple[str, str, str, dt.date | None]]:
    """Every two accounts of the declarations that hold by then, as an edge."""
    holding = (one for one in declared if one.since is None or one.since <= as_of)
    return list(chain.from_iterable([(*pair, "declared", one.since) for pair in one.pairs()] for one in holding))
