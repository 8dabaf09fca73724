"""How good predicted values are, out of time: of size, of ranking, of the total.

``actual`` and ``predicted`` are one value per customer. Customers with equal predictions share their mean outcome, so
no figure depends on the order of rows. A figure that does not exist (nobody bought, all predictions equal) is None.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from models.maximum_likelihood import FloatArray

METRICS: Final = ("mae", "rmse", "bias", "spearman", "normalised_gini", "top_decile_capture")
DECIMALS: Final = 9


def metrics(actual: FloatArray, predicted: FloatArray) -> dict[str, float | None]:
    """Every figure of METRICS.

    mae and rmse are in the unit of the value; bias is total predicted / total actual - 1; spearman is the rank
    correlation; normalised_gini is the Gini coefficient of the values lined up by prediction over that of the perfect
    line-up; top_decile_capture is the value held by the tenth predicted best over that of the tenth that was best.

    Examples:
        >>> metrics(np.array([0.0, 1.0, 3.0]), np.array([0.5, 1.5, 2.5]))["normalised_gini"]
        1.0
    """
    if not len(actual):
        return dict.fromkeys(METRICS)
    errors = np.sort(np.abs(predicted - actual))
    total = float(np.sort(actual).sum())
    ranked, perfect = _lined_up(actual, predicted), np.sort(actual)[::-1]
    tenth = -(-len(actual) // 10)
    best = float(perfect[:tenth].sum())
    varies = bool(np.ptp(predicted) > 0 and np.ptp(actual) > 0)
    found = {
        "mae": float(errors.mean()),
        "rmse": float(np.sqrt((errors**2).mean())),
        "bias": float(np.sort(predicted).sum()) / total - 1.0 if total > 0 else None,
        "spearman": _spearman(actual, predicted) if varies else None,
        "normalised_gini": _gini(ranked) / _gini(perfect) if np.ptp(actual) > 0 and total > 0 else None,
        "top_decile_capture": float(ranked[:tenth].sum()) / best if best > 0 else None,
    }
    return {name: None if value is None else round(value, DECIMALS) for name, value in found.items()}


def _lined_up(actual: FloatArray, predicted: FloatArray) -> FloatArray:
    """The outcomes, best prediction first; equal predictions have their mean outcome."""
    levels, place, counts = np.unique(-predicted, return_inverse=True, return_counts=True)
    order = np.lexsort((actual, place))
    means = np.add.reduceat(actual[order], np.concatenate([[0], np.cumsum(counts)[:-1]])) / counts
    return np.repeat(means, counts) if len(levels) else actual


def _gini(lined_up: FloatArray) -> float:
    """Twice the area between the Lorenz curve of this line-up, best first, and the diagonal."""
    n = len(lined_up)
    shares = np.cumsum(lined_up) / lined_up.sum()
    return float((2.0 * shares.sum() - shares[-1]) / n - 1.0)


def _spearman(actual: FloatArray, predicted: FloatArray) -> float:
    from scipy.stats import rankdata

    first, second = (np.asarray(rankdata(values), dtype=np.float64) for values in (actual, predicted))
    first, second = first - first.mean(), second - second.mean()
    return float((first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum()))


def deciles(actual: FloatArray, predicted: FloatArray) -> pl.DataFrame:
    """Predicted against actual by tenths of the customers, lowest predictions first: ``decile, n, predicted, actual``.

    Predictions and outcomes are means per customer. Customers with equal predictions share their mean outcome.
    """
    ranked = _lined_up(actual, predicted)[::-1]
    said = np.sort(predicted)
    parts = [part for part in np.array_split(np.arange(len(said)), 10) if len(part)]
    return pl.DataFrame(
        {
            "decile": [place for place, _ in enumerate(parts, start=1)],
            "n": [len(part) for part in parts],
            "predicted": [round(float(said[part].mean()), DECIMALS) for part in parts],
            "actual": [round(float(ranked[part].mean()), DECIMALS) for part in parts],
        },
        schema={"decile": pl.Int32, "n": pl.Int64, "predicted": pl.Float64, "actual": pl.Float64},
    )
