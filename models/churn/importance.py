"""What a churn model leans on: how much worse it ranks later customers when one feature is shuffled among them.

Permutation importance (Breiman 2001, "Random Forests", section 10; Fisher, Rudin & Dominici 2019) at an origin the
model did not learn from, per feature and per theme: features that tell the same story cover for each other, so a theme
is shuffled whole, all its features by the same permutation.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from models.churn.blend import ChurnBlend
from models.churn.features import FEATURES, THEMES
from models.logistic_regression import BoolArray, FloatArray

MOST_ROWS: Final = 2_500
THEME_REPEATS: Final = 3

SCHEMA: Final = pl.Schema({"kind": pl.String, "name": pl.String, "auc_loss": pl.Float64, "n": pl.Int64})


def importance(model: ChurnBlend, judged: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Loss of ROC-AUC per theme (mean of three shuffles) and feature (one): ``kind``, ``name``, ``auc_loss``, ``n``.

    Args:
        model: fitted without these rows.
        judged: rows of one later origin with ``churned``; at most MOST_ROWS are used.
        seed: of the shuffles.
    """
    draw = np.random.default_rng(seed)
    rows = judged.sort("customer_id")
    if rows.height > MOST_ROWS:
        rows = rows[np.sort(draw.choice(rows.height, size=MOST_ROWS, replace=False))]
    churned = rows["churned"].to_numpy()
    if churned.all() or not churned.any():
        return pl.DataFrame(schema=SCHEMA)
    values = model.values(rows)
    whole = _auc(churned, model.logits(values))
    columns = {
        ("theme", theme.name): [place for place, feature in enumerate(FEATURES) if feature.theme == theme.name]
        for theme in THEMES
    } | {("feature", feature.name): [place] for place, feature in enumerate(FEATURES)}
    found: list[dict[str, object]] = []
    for (kind, name), places in columns.items():
        if not _varies(values[:, places]):
            continue
        losses: list[float] = []
        for _ in range(THEME_REPEATS if kind == "theme" else 1):
            shuffled = values.copy()
            shuffled[:, places] = values[draw.permutation(len(values))][:, places]
            losses.append(whole - _auc(churned, model.logits(shuffled)))
        found.append({"kind": kind, "name": name, "auc_loss": sum(losses) / len(losses), "n": rows.height})
    return pl.DataFrame(found, schema=SCHEMA)


def _varies(values: FloatArray) -> bool:
    told = np.nan_to_num(values, nan=-1.0)
    return bool((told != told[0]).any())


def _auc(churned: BoolArray, logits: FloatArray) -> float:
    """Mann & Whitney 1947: the mean rank of who left, less what they hold among themselves."""
    from scipy.stats import rankdata

    left = int(churned.sum())
    ranks = float(np.asarray(rankdata(np.round(logits, 9)))[churned].sum())
    return (ranks - left * (left + 1) / 2) / (left * (churned.size - left))
