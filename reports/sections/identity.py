"""Identity, a part of data quality: how many customers the accounts of all sources are, and what was not believed."""

from __future__ import annotations

from markupsafe import Markup

from reports.language import Language
from reports.parts import Cell, Figure, cell_of, table
from reports.report_data import Identity

FATES = ("shared", "own", "shared_too_widely", "blocked", "unusable")


def figure(identity: Identity, words: Language) -> Figure:
    """The title says what identity resolution came to; the table what the identifiers are worth."""
    title = words.say(
        "identity.title",
        accounts=words.counted(identity.accounts, "account"),
        customers=words.counted(identity.customers, "customer"),
        match_rate=words.percent(identity.attached / identity.accounts),
        compression=words.number(identity.accounts / identity.customers, 2),
    )
    lines: list[list[Cell | str]] = []
    usage = {(row["kind"], row["fate"]): row for row in identity.usage.to_dicts()}
    for kind in identity.usage["kind"].unique().sort().to_list():
        for fate in FATES:
            row = usage.get((kind, fate))
            if row is not None:
                counts = (cell_of(words.integer, row[name]) for name in ("identifiers", "accounts"))
                lines.append([words.name("identifier", kind), words.name("identifier_fate", fate), *counts])
    heads = words.heads("identifier", "identifier_fate", "identifiers", "accounts")
    suspects = None
    if identity.suspect_clusters:
        suspects = words.say(
            "identity.suspects",
            clusters=words.counted(identity.suspect_clusters, "cluster"),
            accounts=words.counted(identity.suspect_accounts, "account"),
        )
    numbers = table(words.say("identity.table"), heads, lines) if lines else None
    return Figure(
        "identity", title, Markup(""), words.say("identity.subtitle"), table=numbers, note=suspects, is_open=True
    )
