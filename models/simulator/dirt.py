"""What goes wrong in the simulated shop's files, every bit of it counted.

No sale is lost to the dirt: a broken row is the failed first try of a row that also arrives whole, and a row changed
in place loses nothing that trimming does not restore. So a pipeline that drops the duplicates and sets the broken rows
aside must find the clean shop's totals exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl

from models.simulator.calendar import Ints

Outcome = Literal["duplicate", "quarantined", "accepted"]

_FAILED_TRY = 900  # added to the line number of a failed try, whose key is its own


@dataclass(frozen=True)
class DirtKind:
    """One thing that goes wrong with a row.

    Attributes:
        name: snake_case name in the truth file.
        share: mean share of a file's rows it happens to.
        outcome: what careful reading does with the row: `duplicate` and `quarantined` rows are extra rows beside the
            good one, `accepted` rows are good rows changed in place.
        change: new values by column.
    """

    name: str
    share: float
    outcome: Outcome
    change: Mapping[str, pl.Expr] = field(default_factory=dict[str, pl.Expr])


@dataclass(frozen=True)
class SoiledFile:
    """A file's rows as they land, and how many rows of each kind of dirt are among them."""

    rows: pl.DataFrame
    dirt: pl.DataFrame  # one row per kind: kind, outcome, rows


# An export that was interrupted and resumed too early: a run of rows is written a second time at the end of the file.
REPEATED_BLOCK = DirtKind("repeated_block", 0.05, "duplicate")


def _failed_date(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, 4) + "-02-30 12:00:00"  # there is no 30 February


def _padded(*columns: str) -> dict[str, pl.Expr]:
    return {column: pl.col(column) + "  " for column in columns}


_OWN_LINE = {"line_id": pl.col("line_id") + _FAILED_TRY}
_OWN_RESPONSE = {"response_id": pl.col("response_id") + "-failed"}

ORDER_DIRT = (
    DirtKind("duplicate_row", 0.003, "duplicate"),
    DirtKind("unparsable_date", 0.001, "quarantined", _OWN_LINE | {"ordered_at": _failed_date("ordered_at")}),
    DirtKind(
        "date_out_of_range",
        0.0005,
        "quarantined",
        # The zero date of spreadsheets and the "never" of databases.
        _OWN_LINE
        | {
            "ordered_at": pl.when(pl.col("line_id") % 2 == 0)
            .then(pl.lit("1899-12-30 00:00:00"))
            .otherwise(pl.lit("2999-12-31 00:00:00"))
        },
    ),
    DirtKind("negative_unit_price", 0.0008, "quarantined", _OWN_LINE | {"unit_price": -pl.col("unit_price")}),
    DirtKind("missing_order_id", 0.0008, "quarantined", _OWN_LINE | {"order_id": pl.lit(None, pl.String)}),
    DirtKind("trailing_spaces", 0.005, "accepted", _padded("customer_id", "product_name", "region")),
)
SURVEY_DIRT = (
    DirtKind("duplicate_row", 0.003, "duplicate"),
    DirtKind("unparsable_date", 0.001, "quarantined", _OWN_RESPONSE | {"responded_at": _failed_date("responded_at")}),
    DirtKind("score_off_scale", 0.003, "quarantined", _OWN_RESPONSE | {"score": pl.lit(99)}),
    DirtKind("missing_response_id", 0.001, "quarantined", {"response_id": pl.lit(None, pl.String)}),
    DirtKind("trailing_spaces", 0.005, "accepted", _padded("channel")),
)
CUSTOMER_DIRT = (
    DirtKind("duplicate_row", 0.003, "duplicate"),
    DirtKind("missing_customer_id", 0.001, "quarantined", {"customer_id": pl.lit(None, pl.String)}),
    DirtKind("placeholder_birth_date", 0.002, "accepted", {"birth_date": pl.lit("1900-01-01").str.to_date()}),
    DirtKind("trailing_spaces", 0.005, "accepted", _padded("region")),
)


def soiled(
    clean: pl.DataFrame, kinds: Sequence[DirtKind], rng: np.random.Generator, *, repeats_block: bool = False
) -> SoiledFile:
    """Let things go wrong in one file: no row has two troubles, extra rows stand right after the good one.

    Args:
        clean: the file's good rows; dates that `kinds` spoil are text already.
        kinds: what may go wrong.
        rng: source of randomness.
        repeats_block: whether a run of the file's rows is repeated at its end.
    """
    n = len(clean)
    block = int(REPEATED_BLOCK.share * n) if repeats_block else 0
    block_start = int(rng.integers(0, n - block + 1))

    shares = [kind.share for kind in kinds]
    rows_of_kind = rng.multinomial(n - block, [*shares, 1.0 - sum(shares)])[:-1]
    position = rng.choice(n - block, int(rows_of_kind.sum()), replace=False)
    position = np.where(position >= block_start, position + block, position).astype(np.int64)  # never in the block
    trouble = np.repeat(np.arange(len(kinds)), rows_of_kind)

    rows = _with_troubles(clean, kinds, position, trouble)
    return SoiledFile(
        rows=pl.concat([rows, clean.slice(block_start, block)]),
        dirt=pl.DataFrame({
            "kind": [*(kind.name for kind in kinds), REPEATED_BLOCK.name],
            "outcome": [*(kind.outcome for kind in kinds), REPEATED_BLOCK.outcome],
            "rows": [*rows_of_kind.tolist(), block],
        }),
    )  # fmt: skip


def _with_troubles(clean: pl.DataFrame, kinds: Sequence[DirtKind], position: Ints, trouble: Ints) -> pl.DataFrame:
    """The rows with each troubled row changed in place or followed by its spoilt twin."""
    in_place = np.array([kind.outcome == "accepted" for kind in kinds])[trouble]
    of_good_row = np.full(len(clean), -1)
    of_good_row[position[in_place]] = trouble[in_place]

    row = np.concatenate([np.arange(len(clean)), position[~in_place]])
    of_row = np.concatenate([of_good_row, trouble[~in_place]])
    in_turn = np.argsort(row, kind="stable")  # good rows come first in `row`, so each stands before its twin

    changed: dict[str, pl.Expr] = {}
    for number, kind in enumerate(kinds):
        for column, value in kind.change.items():
            otherwise = changed.get(column, pl.col(column))
            changed[column] = pl.when(pl.col("trouble") == number).then(value).otherwise(otherwise)
    return (
        clean[row[in_turn]]
        .with_columns(trouble=pl.Series(of_row[in_turn]))
        .with_columns(**changed)
        .drop("trouble")
        .cast(clean.schema)
    )
