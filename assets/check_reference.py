"""The reference page of the checks: ``python -m assets.check_reference > docs/checks.md``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assets.accounting_laws import LAWS
from assets.expectations import Severity, specs_for
from assets.expectations.suites import RETAIL_EXPECTATIONS
from assets.raw_rows import RAW
from assets.tables import TABLES

_HEAD = """# Checks

Every table of a night is checked before anything is published. A check that *blocks* keeps yesterday's release in
place; a check that *warns* is counted in the summary, listed in the report and in the manifest, and shown in the
orchestrator's UI at its table. `analytics run` prints of every check that blocked what it expects, what was observed
and the rows to look at; the report lists the same of every check that failed. Rows are named by source, file and line
or by their keys. What a customer's data say is shown nowhere, and customer ids only in the orchestrator, not on the
page.

Written from `assets/expectations/` and `assets/accounting_laws.py` by
`python -m assets.check_reference > docs/checks.md`; change it there.

## Four kinds

- **What a table's contract promises** (`assets/expectations/derived.py`): one row per key (`key_unique`); required
  values there and finite, values in their sets and ranges, every row of the night (`values_as_declared`); a row at all
  where the table may not be empty (`row_count`). All of them block. Columns and types need no check: a table is written
  by casting to its contract. They are not listed below: every table of the night has them.
- **What a person who knows retail data looks for** (`assets/expectations/suite_of_*.py`). What blocks is a
  contradiction, what warns is a finding that may well be true: a line worth 5 % of all sales, one segment with 80 % of
  the customers, a source that has stopped coming. Shares are judged from a hundred rows on, those of lines from a
  thousand.
- **A source against its own history** (`assets/expectations/suite_of_sources.py`): volume, shares, channels and
  categories, deliveries. All of them warn.
- **The accounting laws** (`assets/accounting_laws.py`): rows and money are somewhere, and the parts are the whole, from
  the landed file to the scorecard, to the last digit. They always block. `n` says how much a law rested on; with
  nothing to compare (`n` = 0) it holds.

One check is one thought and may hold several rules; the outcome says which of them is broken and by how many rows, or
in which share of the rows of the worst source.

## What the configuration decides

A check is the same data every night and names what the night decides in braces: `{as_of}`, `{quarantine_rate}`. The
values are filled in when the table is checked (`assets/expectations/settings.py`).

`limits.quarantine_rate` blocks in two places, each from `limits.quarantine_rate_from_rows` on: rows of a source
(`row_accounting.quarantine_rate`), counted over its files in force, so that a file delivered again in better shape
lifts the block; and answers to a question of a survey (`survey_responses.quarantine_rate`), because a bad answer is set
aside alone and its row is good.

## What is usual

`source_trends` holds the figures of each source beside the range its history gives them, all of it relative to `as_of`:
a past night judges itself by what came before it.

- `rows_on_day`: rows of the newest day that was over when the newest file came, against the same weekday of the 8 weeks
  before. The range is the median and three spreads to both sides; at least 60 % and 50 rows less, 150 % and 100 more.
- `rows_in_week`: rows of the 7 days up to it, against the 8 weeks before; at least 50 % and 100 rows less, 100 % and
  200 more.
- `duplicate_rate`, `quarantine_rate`, `share_without_customer`, `refund_share`, `discount_rate`: of those 7 days,
  against the 12 weeks before, as far as they have a hundred rows. The range ends five spreads above the median; at
  least 5 points, and five standard errors of such a share.
- `days_without_delivery`: days from the newest file to `known_at`, up to the source's `cadence_days`.

The spread is the median distance from the median, scaled to a standard deviation: one odd week moves neither. With less
than four periods to compare there is no range, and with few rows the least distances are wider than anything that could
be seen: a small or young shop hears nothing. A source whose newest event is older than its cadence is judged by that
alone (`event_freshness.fresh`).

A *vanished* value had orders (or responses) in each of the four windows before this one and would, at its share, have
had ten in this; a *new* one was never there before this window, has ten and one in a hundred. A window is the source's
cadence, for vanished values 28 days as well. Columns with more than 200 values are not looked at.

Nothing landed for longer than a source's `cadence_days` is an **alert**: it stands in the summary and on top of the
report, and the program in `ANALYTICS_NOTIFY` is told, once per run. It is a matter of `known_at`, not of the clock: a
replay finds what was true then. A night that lies further behind the newest order than the cadence, as in a backfill,
says nothing of it. A file delivered again without a change is nothing new.

## Empty by right

Tables may be empty where there is nothing to say: without a survey there is no `csat`, without customer ids nobody in
`rfm_segments`. That such a table is empty *by right* is told by the laws, which hold it to what it is made from, order
by order and customer by customer. Only `order_lines` is held to hold something, with two exceptions:

- No source of `kind: transactions` is configured: a night of surveys, or of customers.
- The night is older than the log: orders have happened, all of them after `as_of`. A backfill may begin before the
  first order, and what it publishes is true. Orders dated after the day they were loaded do not count as a log yet to
  begin: where all are, the dates are misread, and the night is blocked.
"""

_PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "What has just landed",
        "Judged are the rows of each source's newest delivery: the files that came on the day its newest file came. "
        "Older ones were judged when they were new, and their warnings stand in the reports of those nights. Look at "
        "the file and line; correct the mapping (rows are read again from the archive), or have the export corrected "
        "and land it again under the same name.",
        tuple(contract.name for contract in RAW.values()),
    ),
    (
        "Where the rows went",
        "What blocks here is a file that is misread as a whole, or a defect of the program. The table `quarantine` has "
        "the rows set aside with their reasons; most are put right in the mapping. A warning names the source: ask "
        "whoever delivers it.",
        ("file_register", "exchange_rates", "row_outcomes", "row_accounting", "quarantine", "event_freshness"),
    ),
    (
        "The sources against their history",
        "Compare with what the shop knows: a campaign, a holiday, a new channel explain themselves and pass in a few "
        "days. Otherwise the export lost or doubled something: look at the newest file of the source.",
        ("source_history", "source_trends", "source_values"),
    ),
    (
        "Identity",
        "Look at the suspect clusters, and add what connects them to the block list.",
        ("accounts", "account_identifiers", "customer_identities"),
    ),
    (
        "Clean tables and facts",
        "What blocks is a contradiction between rows that were accepted: the rows named belong to a case the mapping "
        "or the program does not know. A warning is a question to the data: is it true?",
        (
            "order_lines", "order_flows", "orders", "customer_days", "customers", "survey_responses", "survey_scopes",
            "calendar", "order_steps",
        ),
    ),
    (
        "Published tables",
        "What blocks is a defect of the program, not of the data; nothing was published, and the rows named show the "
        "case. A warning is worth a look before the figures are used: one customer, segment or band holds too much, or "
        "the table has become smaller than it was.",
        (),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One check of the night.

    Attributes:
        table: the table it is shown at.
        name: its name there.
        severity: ``error`` blocks, ``warn`` is shown.
        description: what it expects, and often why or what to do.
    """

    table: str
    name: str
    severity: Severity
    description: str


def every_check() -> list[Check]:
    """Every check of the night, in the order of the tables."""
    raw = [spec for contract in RAW.values() for spec in RETAIL_EXPECTATIONS[contract.name]]
    specs = [*raw, *(spec for contract in TABLES.values() for spec in specs_for(contract))]
    laws = [Check(law.table, law.name, "error", law.description) for law in LAWS]
    return [*(Check(spec.table, spec.name, spec.severity, spec.description) for spec in specs), *laws]


def markdown() -> str:
    """The page as Markdown: what checks are, then every one that is not implied by a contract."""
    placed = {table for _, _, tables in _PARTS for table in tables}
    rest = tuple(table for table in TABLES if table not in placed)
    return "\n".join((_HEAD, *(_part(title, advice, tables or rest) for title, advice, tables in _PARTS)))


def _part(title: str, advice: str, tables: Sequence[str]) -> str:
    by_hand = {spec.name for table in tables for spec in RETAIL_EXPECTATIONS.get(table, ())}
    laws = {law.name for law in LAWS}
    checks = [
        check for table in tables for check in every_check() if check.table == table and check.name in by_hand | laws
    ]
    lines = [f"## {title}", "", advice, "", "| check | | what it holds |", "|---|---|---|", *_rows(checks)]
    return "\n".join(lines) + "\n"


def _rows(checks: Iterable[Check]) -> list[str]:
    words = {"error": "blocks", "warn": "warns"}
    return [f"| `{check.table}.{check.name}` | {words[check.severity]} | {check.description} |" for check in checks]


if __name__ == "__main__":
    print(markdown(), end="")
