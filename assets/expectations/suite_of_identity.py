"""Expectations of identity: who belongs to whom, and whether the evidence can be believed."""

from __future__ import annotations

from assets.expectations.judgements import ENOUGH, from_rows, share_where
from assets.expectations.specs import figures, rows

_CUSTOMERS = "customer_identities"
_IDENTIFIERS = "account_identifiers"

_UNUSABLE = share_where("fate = 'unusable'")

EXPECTATIONS = (
    rows(
        _CUSTOMERS,
        "status_follows_evidence",
        {
            "single is alone": "status <> 'single' or (accounts = 1 and customer_id = account_id and basis is null "
            "and since is null)",
            "united is not": "status <> 'united' or (accounts > 1 and basis is not null)",
            "suspect is named": "(status = 'suspect') = (suspect_cluster is not null)",
            "known by the night": "coalesce(since <= as_of, true)",
        },
        "Who is alone has no evidence, who is united has, nobody is united by what is known only later, and a suspect "
        "cluster is named.",
    ),
    rows(
        _CUSTOMERS,
        "named_after_an_account",
        "customer_id in (select account_id from {batch} where account_id = customer_id)",
        "A customer is named after an account of its own.",
    ),
    figures(
        _CUSTOMERS,
        "accounts_counted",
        "(select count(*) from (select customer_id from {batch} group by customer_id "
        "having min(accounts) <> count(*) or max(accounts) <> count(*)) as miscounted)",
        "A customer has as many accounts as are attached to it.",
        high=0,
        severity="error",
    ),
    figures(
        _CUSTOMERS,
        "suspect_share",
        from_rows(ENOUGH, share_where("status = 'suspect'")),
        "At most 1 % of the accounts are in clusters too large to be one customer: a shared address or number that "
        "belongs on the block list connects them.",
        high=0.01,
    ),
    figures(
        _IDENTIFIERS,
        "holders_follow_fate",
        "(select count(*) from (select kind from {batch} group by kind, identifier_no having min(fate) <> max(fate) "
        "or (min(fate) = 'own' and count(*) > 1) "
        "or (min(fate) like 'shared%' and count(*) = 1)) as misjudged)",
        "An identifier has one fate: own with one account, shared with several.",
        high=0,
        severity="error",
    ),
    figures(
        _IDENTIFIERS,
        "unusable_share",
        f"(select max(share) from (select {_UNUSABLE} as share from {{batch}} group by kind "
        f"having count(*) >= {ENOUGH}) as kinds)",
        "At most 20 % of the addresses, and of the numbers, are none: a wrong column, or no identity.phone_region?",
        high=0.20,
    ),
    figures(
        _IDENTIFIERS,
        "shared_too_widely_share",
        from_rows(ENOUGH, share_where("fate = 'shared_too_widely'")),
        "At most 5 % of what accounts hold is held by more of them than identity.max_accounts_per_identifier allows.",
        high=0.05,
    ),
)
