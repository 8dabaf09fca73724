"""Fits as a table keeps them: one row each, parameters, covariance and certificate as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

import polars as pl

from models.maximum_likelihood import Certificate, Maximum
from models.value.gamma_gamma import GammaGamma
from models.value.order_values import GammaGammaValues, OrderValues, ShopAverage

Row = dict[str, Any]

ROW_SCHEMA = {
    "model": pl.String, "origin": pl.Date, "customers": pl.Int64, "log_likelihood": pl.Float64,
    "parameters": pl.String, "covariance": pl.String, "certificate": pl.String, "is_certified": pl.Boolean,
    "reason": pl.String, "data_hash": pl.String, "model_version": pl.String,
}  # fmt: skip
_COVARIANCE_DIGITS = 6
_GRADIENT_PLACES = 9  # what is behind them the machine's sums leave of zero


def row_of(name: str, fit: Maximum) -> Row:
    """A fit as it is kept: what a row of the model's table says, apart from the origin and the data's hash."""
    parameters = dict(zip(fit.names, fit.parameters, strict=True))
    covariance = [[float(f"{value:.{_COVARIANCE_DIGITS}g}") for value in row] for row in fit.log_covariance]
    certificate = asdict(fit.certificate) | {
        "gradient_norm": float(f"{round(fit.certificate.gradient_norm, _GRADIENT_PLACES):.0e}"),
        "smallest_eigenvalue": float(f"{fit.certificate.smallest_eigenvalue:.6g}"),
    }
    return {
        "model": name,
        "customers": int(fit.customers),
        "log_likelihood": round(fit.log_likelihood, 3),
        "parameters": json.dumps(parameters, ensure_ascii=False),
        "covariance": json.dumps(covariance),
        "certificate": json.dumps(certificate, ensure_ascii=False),
        "is_certified": fit.certificate.holds,
        "reason": fit.certificate.reason or None,
        "model_version": digest([name, parameters])[:12],
    }


def shop_average(mean: float, customers: int, reason: str, data_hash: str) -> Row:
    """What is kept where the shop's average order day stands for everybody's."""
    average = {"mean": mean}
    return {
        "model": "shop_average",
        "customers": customers,
        "log_likelihood": None,
        "parameters": json.dumps(average),
        "covariance": None,
        "certificate": None,
        "is_certified": False,
        "reason": reason,
        "data_hash": data_hash,
        "model_version": digest(["shop_average", average])[:12],
    }


def fit_of(row: dict[str, Any]) -> Maximum:
    """The fit that a row keeps."""
    parameters: dict[str, float] = json.loads(row["parameters"])
    certificate = json.loads(row["certificate"])
    return Maximum(
        names=tuple(parameters),
        parameters=tuple(parameters.values()),
        log_likelihood=row["log_likelihood"],
        log_covariance=tuple(map(tuple, json.loads(row["covariance"]))),
        customers=float(row["customers"]),
        certificate=Certificate(**certificate | {name: tuple(certificate[name]) for name in ("on_boundary", "held")}),
    )


def order_values_of(model: str, parameters: str) -> OrderValues:
    """The values of orders by a model that ``spend_model`` keeps."""
    told = json.loads(parameters)
    return GammaGammaValues(GammaGamma(**told)) if model == "gamma_gamma" else ShopAverage(**told)


def digest(content: object) -> str:
    """Hash of what JSON can say."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
