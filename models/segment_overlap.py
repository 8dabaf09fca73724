"""Overlap of segments: how many customers two of them share, and how much more often than chance would have it.

With a and b customers in the two of N known ones, and c in both: Jaccard (1901) c / (a + b - c), lift c N / (a b).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from models.customer_traits import TRAITS

KINDS: Final[Mapping[str, str]] = {
    "age_band": "age_band", "rfm": "segment", "stage": "stage", "tier": "tier", "risk_band": "risk_band",
}  # fmt: skip
"""Besides the traits: kind of segment -> column of the cells that names it."""
TRAIT: Final = "trait"

_OTHER = ("other_kind", "other_segment")
_OWN = ("kind", "segment")


def overlaps(cells: pl.DataFrame) -> pl.DataFrame:
    """One row per ordered pair of segments that somebody is in: of two kinds, of two traits, or one with itself.

    Two segments of another kind than traits share nobody and are left out.

    Args:
        cells: one row per combination of segments: ``is_<trait>`` (NULL: not in it), the columns of ``KINDS`` (NULL:
            in none), ``customers`` and ``net_value`` of these; NULL where nobody's is known, and then added as 0 unless
            it is known of no cell.
    """
    numbered = cells.with_row_index("cell")
    members = pl.concat(
        [
            *(
                numbered.filter(pl.col(f"is_{trait}")).select("cell", kind=pl.lit(TRAIT), segment=pl.lit(trait))
                for trait in TRAITS
            ),
            *(
                numbered.filter(pl.col(column).is_not_null()).select(
                    "cell", kind=pl.lit(kind), segment=pl.col(column).cast(pl.String)
                )
                for kind, column in KINDS.items()
            ),
        ]
    )
    sums = numbered.select("cell", "customers", "net_value")
    pairs = members.join(_as_other(members), on="cell").filter(_is_listed()).join(sums, on="cell")
    shared = pairs.group_by(*_OWN, *_OTHER).agg(
        pl.col("customers").sum().alias("customers_both"), pl.col("net_value").sum().alias("net_value_both")
    )
    sizes = members.join(sums, on="cell").group_by(_OWN).agg(pl.col("customers").sum())
    others = _as_other(sizes).rename({"customers": "other_customers"})
    has_money = bool(cells["net_value"].is_not_null().any())
    both, own, other = pl.col("customers_both"), pl.col("customers"), pl.col("other_customers")
    everybody = pl.lit(int(cells["customers"].sum() or 0), pl.Int64)
    return (
        sizes.join(others, how="cross")
        .filter(_is_listed())
        .join(shared, on=(*_OWN, *_OTHER), how="left")
        .with_columns(
            both.fill_null(0),
            known_customers=everybody,
            net_value_both=pl.when(has_money).then(pl.col("net_value_both").fill_null(0)),
        )
        .with_columns(
            jaccard=both / (own + other - both),
            lift=(both * pl.col("known_customers")) / (own * other),
        )
        .sort(*_OWN, *_OTHER)
    )


def _as_other(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.rename(dict(zip(_OWN, _OTHER, strict=True)))


def _is_listed() -> pl.Expr:
    same_kind = pl.col("kind") == pl.col("other_kind")
    return ~same_kind | (pl.col("kind") == TRAIT) | (pl.col("segment") == pl.col("other_segment"))
