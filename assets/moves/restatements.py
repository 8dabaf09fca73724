"""Restatements: what is known today about periods that were published already, and why it is other than it was.

The predecessor's view of the landing zone is built anew beside tonight's: the same SQL over the files known then. Only
contents that do not count alike to both are looked into. What the rows do not explain is laid to the configuration or
the program, where these have changed, and to landed files that were given up since, of which nobody knows any more what
the predecessor saw; it is called unexplained where none of these is so.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from assets.forgotten_files import forgotten_at
from assets.input_key import code_version, configuration_hash
from assets.moves.predecessors_view import build_predecessors_view, identities_of
from assets.night import Night, table
from assets.releases.manifest import Release
from assets.tables import (
    CUSTOMER_IDENTITIES,
    EXCHANGE_RATES,
    FILE_REGISTER,
    ORDER_FLOWS,
    ORDER_LINES,
    RESTATEMENTS,
    ROW_OUTCOMES,
    SURVEY_RESPONSES,
)

CENT = Decimal("0.01")
_MONEY = ("gross_change", "discount_change", "refund_change", "net_change", "value_moved")
_COUNTS = ("rows_added", "rows_removed", "orders", "responses", "customers")
_SCHEMA = {
    "subject": pl.String,
    "period_start": pl.Date,
    "cause": pl.String,
    **dict.fromkeys(_COUNTS, pl.Int64),
    **dict.fromkeys(_MONEY, pl.Decimal(38, 8)),
}


@table(
    RESTATEMENTS,
    reads=(
        FILE_REGISTER,
        EXCHANGE_RATES,
        ROW_OUTCOMES,
        CUSTOMER_IDENTITIES,
        ORDER_LINES,
        ORDER_FLOWS,
        SURVEY_RESPONSES,
    ),
    kinds=("duckdb", "polars"),
)
def restatements(night: Night) -> pl.DataFrame:
    """What changed, month by month and cause by cause, since the newest release with an earlier ``as_of``."""
    predecessor = night.predecessor()
    changes = pl.DataFrame(schema=_SCHEMA)
    if predecessor is not None:
        build_predecessors_view(night, predecessor)
        changes = pl.concat(
            (changes, _of_lines(night), _of_answers(night), _of_identities(night, predecessor)), how="diagonal"
        )
        changes = pl.concat((changes, _unexplained(night, predecessor, changes)), how="diagonal")
    return changes.with_columns(
        pl.col(_COUNTS).fill_null(0),
        as_of=pl.lit(night.as_of, pl.Date),
        previous_as_of=pl.lit(predecessor.as_of if predecessor else None, pl.Date),
    )


def _of_lines(night: Night) -> pl.DataFrame:
    return night.frame("landing/restated_lines.sql").select(
        pl.lit("sales").alias("subject"),
        *(pl.col(name).cast(_SCHEMA[name]) for name in _SCHEMA if name not in ("subject", "responses", "value_moved")),
    )


def _of_answers(night: Night) -> pl.DataFrame:
    return night.frame("landing/restated_answers.sql").select(
        pl.lit("answers").alias("subject"),
        *(pl.col(name) for name in ("period_start", "cause", "rows_added", "rows_removed", "responses", "customers")),
    )


def _of_identities(night: Night, predecessor: Release) -> pl.DataFrame:
    """Orders of published periods that have passed from one customer to another."""
    with night.warehouse.lent("previous_identities", identities_of(night, predecessor)):
        moved = night.frame("landing/restated_customers.sql", as_of=predecessor.as_of)
    return moved.select(
        pl.lit("sales").alias("subject"),
        pl.lit("identity_merge").alias("cause"),
        "period_start",
        "orders",
        "customers",
        pl.col("value_moved").cast(pl.Decimal(38, 8)),
    )


def _unexplained(night: Night, predecessor: Release, changes: pl.DataFrame) -> pl.DataFrame:
    """The months whose net sales differ from the published figure by more than the rows account for.

    Both figures are rounded to the cent, so up to a cent is no difference.
    """
    published = (
        night.store.read_table(predecessor, "kpi_scorecard")
        .filter(
            pl.col("kpi") == "net_sales",
            pl.col("grain") == "month",
            pl.col("scope") == "all",
            pl.col("value").is_not_null(),
        )
        .select("period_start", "value")
        .collect()
    )
    known = night.warehouse.frame(
        """select cast(date_trunc('month', day) as date) as period_start, sum(net_value) as value
            from order_flows
            where day <= cast($as_of as date)
            group by all having value is not null""",
        {"as_of": predecessor.as_of},
    )
    before = {month: Decimal(repr(value)).quantize(CENT) for month, value in published.rows()}
    since: dict[object, Decimal] = dict(known.rows())
    told: dict[object, Decimal] = dict(
        changes.filter(pl.col("net_change").is_not_null())
        .group_by("period_start")
        .agg(pl.col("net_change").sum())
        .rows()
    )
    rest = {
        month: since.get(month, Decimal(0)).quantize(CENT, ROUND_HALF_UP)
        - before.get(month, Decimal(0))
        - told.get(month, Decimal(0))
        for month in before.keys() | since.keys()
    }
    cause = _cause_of_the_rest(night, predecessor)
    left = [("sales", month, cause, change) for month, change in rest.items() if abs(change) > CENT]
    columns = {name: _SCHEMA[name] for name in ("subject", "period_start", "cause", "net_change")}
    return pl.DataFrame(left, schema=columns, orient="row")


def _cause_of_the_rest(night: Night, predecessor: Release) -> str:
    """What else than rows has changed since the predecessor."""
    given_up = forgotten_at(night.home)
    if configuration_hash(night.configuration) != predecessor.configuration_hash:
        return "configuration"
    if code_version() != predecessor.code_version:
        return "program"
    was_seen_whole = given_up is None or given_up <= predecessor.known_at.replace(tzinfo=None)
    return "unexplained" if was_seen_whole else "given_up"
