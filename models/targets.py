"""The verdict on a figure against its target, with the evidence weighed: interval, sample size, completeness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

import polars as pl


class Target(Protocol):
    """What a KPI should reach, as the configuration says it; None means any."""

    @property
    def kpi(self) -> str:
        """KPI id."""
        ...

    @property
    def operator(self) -> str:
        """How the figure should stand to the value."""
        ...

    @property
    def value(self) -> float:
        """The target, in the KPI's unit."""
        ...

    @property
    def scope(self) -> str:
        """``all``, ``channel``, ``region`` or a survey dimension."""
        ...

    @property
    def scope_value(self) -> str | None:
        """Value of the scope."""
        ...

    @property
    def grain(self) -> str | None:
        """Length of the period."""
        ...

    @property
    def question(self) -> str | None:
        """Question id."""
        ...

    @property
    def valid_from(self) -> dt.date | None:
        """First day on which the target holds."""
        ...


def status_of(
    *,
    value: pl.Expr,
    low: pl.Expr,
    high: pl.Expr,
    n: pl.Expr,
    target: pl.Expr,
    operator: pl.Expr,
    is_complete: pl.Expr,
    is_absent: pl.Expr,
    is_total: pl.Expr,
    minimum_n: int,
) -> pl.Expr:
    """The status of each row; null where the row has no target, except an absent input, which always says so.

    The first that holds: ``input_absent``; ``incomplete_period``; ``too_few_data`` (a figure from fewer than
    ``minimum_n`` observations, or with no value at all; a count or a total is complete as it stands and is judged
    whatever its size); ``missed`` (the figure does not satisfy the target); ``met_not_distinguishable`` (it does, but
    its interval reaches to the other side); ``met``.

    Args:
        value: the figure.
        low: lower end of its interval, null where it has none.
        high: upper end of its interval, null where it has none.
        n: observations behind the figure.
        target: the target in the figure's unit, null where the row has none.
        operator: ``>=``, ``>``, ``<=`` or ``<``; how the figure should stand to the target.
        is_complete: whether the figure's period is over and its data are in.
        is_absent: whether the KPI has no input at all.
        is_total: whether the figure is a count or a sum, not an estimate.
        minimum_n: fewest observations that are judged.
    """
    is_met = (
        pl.when(operator == ">=").then(value >= target)
        .when(operator == ">").then(value > target)
        .when(operator == "<=").then(value <= target)
        .when(operator == "<").then(value < target)
    )  # fmt: skip
    wants_more = operator.is_in([">=", ">"])
    crosses = pl.when(wants_more).then(low < target).otherwise(high > target).fill_null(False)
    too_few = value.is_null() | (is_total.not_() & (n < minimum_n))
    return (
        pl.when(is_absent).then(pl.lit("input_absent"))
        .when(target.is_null()).then(pl.lit(None, dtype=pl.String))
        .when(is_complete.not_()).then(pl.lit("incomplete_period"))
        .when(too_few).then(pl.lit("too_few_data"))
        .when(is_met.not_()).then(pl.lit("missed"))
        .when(crosses).then(pl.lit("met_not_distinguishable"))
        .otherwise(pl.lit("met"))
    )  # fmt: skip


def target_frame(declared: Iterable[Target]) -> pl.DataFrame:
    """The targets as rows, in the order they are declared."""
    return pl.DataFrame(
        [
            (
                one.kpi,
                one.scope,
                one.scope_value,
                one.grain,
                one.question,
                one.valid_from,
                one.operator,
                float(one.value),
            )
            for one in declared
        ],
        schema={
            "kpi": pl.String,
            "target_scope": pl.String,
            "target_scope_value": pl.String,
            "target_grain": pl.String,
            "target_question": pl.String,
            "valid_from": pl.Date,
            "operator": pl.String,
            "target": pl.Float64,
        },
        orient="row",
    )


def with_targets(rows: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    """The rows with ``target`` and ``operator``, null where no target fits.

    A target for the scope ``all`` is for the whole only; without a grain or a question it is for every one, and a row
    whose input is absent takes any. It holds for periods that end on or after its ``valid_from``. Of several that fit,
    one for a question goes before one for a grain, that before a general one, then the latest ``valid_from``.

    Args:
        rows: kpi, question, scope, scope_value, grain, period_end, is_absent and any other columns.
        declared: as :func:`target_frame`.
    """
    numbered = rows.with_row_index("row")
    is_any = pl.col("is_absent")
    same_scope = (pl.col("target_scope") == pl.col("scope")) & (
        pl.col("target_scope_value").is_null() | (pl.col("target_scope_value") == pl.col("scope_value"))
    )
    same_grain = pl.col("target_grain").is_null() | (pl.col("target_grain") == pl.col("grain")) | is_any
    same_question = pl.col("target_question").is_null() | (pl.col("target_question") == pl.col("question")) | is_any
    has_begun = pl.col("valid_from").is_null() | (pl.col("period_end") >= pl.col("valid_from")) | is_any
    fitting = (
        numbered.select("row", "kpi", "question", "scope", "scope_value", "grain", "period_end", "is_absent")
        .join(declared, on="kpi", how="inner")
        .filter(same_scope & same_grain & same_question & has_begun)
        .sort(
            "row",
            pl.col("target_question").is_null(),
            pl.col("target_grain").is_null(),
            pl.col("valid_from").fill_null(dt.date.min),
            descending=[False, False, False, True],
            maintain_order=True,
        )
        .unique("row", keep="first", maintain_order=True)
        .select("row", "target", "operator")
    )
    return numbered.join(fitting, on="row", how="left", maintain_order="left").drop("row")
