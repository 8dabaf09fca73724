"""Reasons: the themes that move a customer's logit most, in words of both languages."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.churn.features import FEATURES, THEMES
from models.logistic_regression import FloatArray

REASONS = 3
DECIMALS = 6

Typical = tuple[float | None, ...]


def typical_figures(past: pl.DataFrame) -> Typical:
    """Per theme the median of its measure over the past rows, to four decimals; None where no past row had it."""
    return tuple(_median(past.select(theme.typical).to_series()) for theme in THEMES)


def strongest(contributions: FloatArray, rows: pl.DataFrame, typical: Typical, *, window_days: int) -> pl.DataFrame:
    """Per row ``reason_1..3``, ``reason_1_zh..3_zh`` and ``contribution_1..3``, the strongest theme first.

    A theme's contribution is the sum of its features'. One that moves nothing is no reason, so there may be fewer.

    Args:
        contributions: logits per row and feature, shape (n, k), features in their order.
        rows: the same customers' rows of ``models.churn.features``.
        typical: as of :func:`typical_figures`.
        window_days: W, which the words name.
    """
    of_theme = np.array([[feature.theme == theme.name for theme in THEMES] for feature in FEATURES], dtype=float)
    per_theme = np.round(contributions @ of_theme, DECIMALS)
    chosen = np.argsort(-np.abs(per_theme), axis=1, kind="stable")[:, :REASONS]
    moved = np.take_along_axis(per_theme, chosen, axis=1)
    words = np.full((2, *chosen.shape), None, dtype=object)
    for place, theme in enumerate(THEMES):
        row, rank = np.nonzero((chosen == place) & (moved != 0))
        raises = pl.Series("raises", moved[row, rank] > 0)
        told = _sentences(rows[row], place, raises, typical, window_days)
        words[0, row, rank] = told["en"].to_list()
        words[1, row, rank] = told["zh"].to_list()
        assert theme.name
    columns: dict[str, pl.Series] = {}
    for rank in range(REASONS):
        columns[f"reason_{rank + 1}"] = pl.Series(words[0, :, rank].tolist(), dtype=pl.String)
        columns[f"reason_{rank + 1}_zh"] = pl.Series(words[1, :, rank].tolist(), dtype=pl.String)
        contribution = pl.Series(moved[:, rank], dtype=pl.Float64)
        columns[f"contribution_{rank + 1}"] = contribution.set(contribution == 0, None)
    return pl.DataFrame(columns)


def _sentences(rows: pl.DataFrame, place: int, raises: pl.Series, typical: Typical, window_days: int) -> pl.DataFrame:
    """One theme's sentences ``en`` and ``zh``: the customer's figures, the typical one, and where it pushes."""
    theme, middle = THEMES[place], typical[place]
    beside = ("", "") if middle is None else (
        ", " + theme.typical_words.format(middle), "，" + theme.typical_words_zh.format(middle)
    )  # fmt: skip
    direction = pl.when(raises).then(pl.lit("raises")).otherwise(pl.lit("lowers"))
    direction_zh = pl.when(raises).then(pl.lit("提高")).otherwise(pl.lit("降低"))
    # That a figure is unknown moves a risk too: what has a contribution has words.
    told = pl.format(f"{{}}{beside[0]}", theme.words(window_days)).fill_null(theme.unknown)
    told_zh = pl.format(f"{{}}{beside[1]}", theme.words_zh(window_days)).fill_null(theme.unknown_zh)
    return rows.select(
        pl.format("{} ({} risk)", told, direction).alias("en"),
        pl.format("{}（{}风险）", told_zh, direction_zh).alias("zh"),
    )


def _median(measure: pl.Series) -> float | None:
    middle = measure.fill_nan(None).median()
    return None if middle is None else round(float(middle), 4)  # pyright: ignore[reportArgumentType]
