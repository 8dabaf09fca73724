"""Customer lifetime value over a horizon: what each model says of each customer.

    clv = E[orders, discounted] x E[value per order]     bg_nbd, mbg_nbd, pareto_nbd, bg_nbd_covariates
          P(buys) x E[value | buys]                      two_part
          the mean of the two                            blend
          what became of customers who looked alike      cohort_average

Rows are frames of one customer each: ``customer_id, repeats, recency_days, age_days, recent_order_days, value,
recent_value``, where the horizon is over ``future_order_days, future_value``, and where covariates are configured the
customer's level of each. Money is NULL where no source has it, and so is every figure of money then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.maximum_likelihood import FloatArray, Maximum
from models.value import cohort_average, purchase_covariates, purchase_process
from models.value.cohort_average import CohortAverage
from models.value.gamma_gamma import GammaGamma
from models.value.history_scores import KEY, Horizon, score, with_money
from models.value.order_values import GammaGammaValues, OrderValues
from models.value.parameter_draws import log_steps, moved
from models.value.purchase_covariates import Traits
from models.value.purchase_histories import IntArray
from models.value.purchase_process import PROCESSES, PurchaseProcess
from models.value.sums import PurchaseWorld, RegressionWorld, World
from models.value.two_part import TwoPart

PURCHASE_MODELS: Final = (*PROCESSES, purchase_covariates.NAME)
VALUE_MODELS: Final = ("blend", *PURCHASE_MODELS, "two_part", "cohort_average")
DRAWS_SEED: Final = 20130613
MOST_DRAWS: Final = 24
MOST_DRAWN_HISTORIES: Final = 36_000
DOUBT_UP_TO: Final = 6_000
"""Distinct histories up to which intervals hold the parameters' doubt, and histories times draws that are computed."""
FIGURES: Final = (
    "expected_orders", "expected_order_value", "clv", "clv_low", "clv_high", "probability_alive", "probability_none",
    "next_order_days", "next_order_low_days", "next_order_high_days",
)  # fmt: skip


@dataclass(frozen=True)
class Taught:
    """Everything that was learned up to one date.

    Attributes:
        processes: fitted purchase models by name; empty where nobody has ordered.
        values: model of order values; None where no source has money.
        two_part: the regression; None where no past horizon teaches it.
        cohorts: the cohort averages.
        spend: the fit behind Gamma-Gamma; None where values are not by it.
        covariates: columns of the rows that hold levels of covariates.
    """

    processes: dict[str, Maximum]
    values: OrderValues | None
    two_part: TwoPart | None
    cohorts: CohortAverage
    spend: Maximum | None = None
    covariates: tuple[str, ...] = ()

    def process(self, name: str, traits: Traits = (), step: FloatArray | None = None) -> PurchaseProcess:
        """The purchase model of customers with these traits, at the fit or a step away from it."""
        fit = self.processes[name]
        parameters = fit.parameters if step is None else moved(fit, step)
        if name == purchase_covariates.NAME:
            own = purchase_covariates.own_parameters(fit.names, parameters, traits)
            return purchase_process.process("bg_nbd", own)
        return purchase_process.process(name, parameters)

    def told_apart(self, name: str, rows: pl.DataFrame) -> list[tuple[Traits, pl.DataFrame]]:
        """The rows by what the purchase model tells customers apart by; all together where it does not."""
        if name != purchase_covariates.NAME:
            return [((), rows)]
        parts = rows.sort(self.covariates, maintain_order=True).partition_by(self.covariates, maintain_order=True)
        return [(tuple((own, str(part[own][0])) for own in self.covariates), part) for part in parts]

    def drawn(self, name: str, rounds: int, traits: Traits = ()) -> list[tuple[PurchaseProcess, OrderValues]]:
        """Models of purchases and order values at the fit and at so many draws of their parameters, always the same."""
        assert self.values is not None
        rng = np.random.default_rng(DRAWS_SEED)
        fit = self.processes[name]
        of_orders = log_steps(fit, rounds, rng)
        of_values = None if self.spend is None else log_steps(self.spend, rounds, rng)
        found = [(self.process(name, traits), self.values)]
        for place in range(rounds):
            values = self.values
            if self.spend is not None and of_values is not None:
                values = GammaGammaValues(GammaGamma(*moved(self.spend, of_values[place])))
            found.append((self.process(name, traits, of_orders[place]), values))
        return found

    @property
    def best_process(self) -> str | None:
        """The certified purchase model of the highest likelihood for its parameters; None where no fit is certified.

        Each parameter has to be worth one (Akaike 1974): covariates that say nothing raise the likelihood too.
        """
        certified = [
            (fit.log_likelihood - len(fit.parameters), name)
            for name, fit in self.processes.items()
            if fit.certificate.holds
        ]
        return max(certified)[1] if certified else None

    def able(self) -> tuple[str, ...]:
        """The models that can say something, in the order of VALUE_MODELS."""
        has_two_parts = self.two_part is not None and self.values is not None
        can = {
            "blend": has_two_parts and self.best_process is not None,
            "two_part": has_two_parts,
            "cohort_average": True,
            **{name: True for name in self.processes},
        }
        return tuple(name for name in VALUE_MODELS if can.get(name, False))


def predict(
    model: str, taught: Taught, rows: pl.DataFrame, horizon: Horizon, *, intervals: bool = True, draws: int = 0
) -> pl.DataFrame:
    """``customer_id`` and FIGURES of every row, in the order of the rows; nothing is NaN or infinite.

    clv lies within its interval. A purchase model says orders, P(alive) and the next order also where the money comes
    from the regression; where no purchase model is certified, the cohort averages say the orders, and P(alive) is NULL.
    Without ``intervals``, which cost most, the interval is clv itself. With ``draws`` of the parameters, as of
    :func:`draws_for`, a purchase model's intervals hold the parameters' doubt.
    """
    if model == "cohort_average":
        return _by_cohort(taught, rows, horizon)
    process = model if model in PURCHASE_MODELS else taught.best_process
    base = (
        _by_process(process, taught, rows, horizon, intervals, draws) if process else _by_cohort(taught, rows, horizon)
    )
    if model in PURCHASE_MODELS or taught.two_part is None:
        return base
    said = _by_two_parts(taught.two_part, rows, horizon)
    money = ("clv", "clv_low", "clv_high")
    if model == "blend":
        said = {name: 0.5 * (said[name] + base[name].to_numpy()) for name in money}
    return _ordered(base.with_columns(pl.Series(name, said[name]) for name in money))


def draws_for(histories: int) -> int:
    """How many draws of the parameters intervals are made of, where a shop has so many distinct histories.

    None where they are many: the parameters are then certain to a per cent or two, and what a customer will do is not.
    """
    return min(MOST_DRAWS, MOST_DRAWN_HISTORIES // max(histories, 1)) // 2 * 2 if histories <= DOUBT_UP_TO else 0


def scored(model: str, taught: Taught, histories: pl.DataFrame, horizon: Horizon, draws: int) -> pl.DataFrame:
    """What a purchase model says of distinct histories, one row each, with what own values make of it."""
    return with_money(_scores(model, taught, histories, horizon, True, draws), taught.values)


def _scores(
    name: str, taught: Taught, histories: pl.DataFrame, horizon: Horizon, intervals: bool, draws: int
) -> pl.DataFrame:
    """Scores of distinct histories, each by the parameters of customers like these.

    A fit without a certificate has no covariance to draw from: each draw would be the fit itself once more.
    """
    has_doubt = bool(draws) and intervals and taught.values is not None and taught.processes[name].certificate.holds
    found: list[pl.DataFrame] = []
    for traits, some in taught.told_apart(name, histories):
        drawn = taught.drawn(name, draws, traits) if has_doubt else ()
        scores = score(taught.process(name, traits), taught.values, some, horizon, intervals=intervals, drawn=drawn)
        found.append(scores.with_columns(pl.lit(level).alias(covariate) for covariate, level in traits))
    return pl.concat(found)


def _by_process(
    name: str, taught: Taught, rows: pl.DataFrame, horizon: Horizon, intervals: bool, draws: int
) -> pl.DataFrame:
    """By a purchase model and the model of order values."""
    key = [*KEY, *(taught.covariates if name == purchase_covariates.NAME else ())]
    histories = rows.select(key).unique().sort(key)
    scores = _scores(name, taught, histories, horizon, intervals, draws)
    found = rows.select("customer_id", "value", *key).join(scores, on=key, how="left", maintain_order="left")
    if taught.values is None:
        nothing = pl.lit(None, dtype=pl.Float64)
        money = {"expected_order_value": nothing, "clv": nothing, "clv_low": nothing, "clv_high": nothing}
        return _ordered(found.with_columns(**money))
    per_order, scale = _own_values(taught.values, rows)
    return _ordered(
        found.with_columns(pl.Series("expected_order_value", per_order), pl.Series("scale", scale)).with_columns(
            clv=pl.col("discounted_orders") * pl.col("expected_order_value"),
            clv_low=pl.col("low") * pl.col("scale"),
            clv_high=pl.col("high") * pl.col("scale"),
        )
    )


def value_by_process(process: PurchaseProcess, values: OrderValues, rows: pl.DataFrame, horizon: Horizon) -> FloatArray:
    """The expected value within the horizon by a purchase model and a model of order values, row by row."""
    histories = rows.select(KEY).unique().sort(KEY)
    scores = score(process, values, histories, horizon, intervals=False)
    orders = rows.select(KEY).join(scores, on=list(KEY), how="left", maintain_order="left")["discounted_orders"]
    return np.maximum(orders.to_numpy() * _own_values(values, rows)[0], 0.0)


def _by_two_parts(two_part: TwoPart, rows: pl.DataFrame, horizon: Horizon) -> dict[str, FloatArray]:
    buys, _ = two_part.parts(rows)
    from_zero = buys <= 0.9
    level = np.where(from_zero, 0.8, 0.9)
    nearer = _average_discount(horizon)
    return {
        "clv": nearer * two_part.expected_value(rows),
        "clv_low": nearer * np.where(from_zero, 0.0, two_part.quantile(rows, np.full(len(buys), 0.1))),
        "clv_high": nearer * two_part.quantile(rows, level),
    }


def _by_cohort(taught: Taught, rows: pl.DataFrame, horizon: Horizon) -> pl.DataFrame:
    said = taught.cohorts.predict(rows)
    nearer = _average_discount(horizon)
    from_zero = pl.col("none") >= 0.1
    found = rows.select("customer_id").hstack(said)
    own = None if taught.values is None else _own_values(taught.values, rows)[0]
    days = pl.lit(None, dtype=pl.Int64)
    return _ordered(
        found.with_columns(
            pl.Series("own", own, dtype=pl.Float64) if own is not None else pl.lit(None, dtype=pl.Float64).alias("own")
        ).with_columns(
            expected_orders="orders",
            expected_order_value=pl.when(pl.col("value").is_not_null()).then(
                pl.when(pl.col("orders") > 0)
                .then(pl.max_horizontal(pl.col("value") / pl.col("orders"), pl.lit(0.0)))
                .otherwise(pl.coalesce("own", pl.lit(0.0)))
            ),
            clv=nearer * pl.col("value"),
            clv_low=pl.when(from_zero & pl.col("q10").is_not_null()).then(0.0).otherwise("q10") * nearer,
            clv_high=pl.when(from_zero).then("q80").otherwise("q90") * nearer,
            probability_alive=pl.lit(None, dtype=pl.Float64),
            probability_none="none",
            next_order_days=days,
            next_order_low_days=days,
            next_order_high_days=days,
        )
    )


def _own_values(values: OrderValues, rows: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
    """E[value of an order] and the scale of sums of orders, per customer."""
    order_days = rows["repeats"].cast(pl.Float64).to_numpy() + 1.0
    mean_value = rows["value"].cast(pl.Float64).to_numpy() / order_days
    return values.expected_value(order_days, mean_value), values.scale(order_days, mean_value)


def _average_discount(horizon: Horizon) -> float:
    """What money spread evenly over the horizon is worth of itself."""
    total = horizon.daily * horizon.days
    return float(-np.expm1(-total) / total) if total > 0 else 1.0


def _ordered(found: pl.DataFrame) -> pl.DataFrame:
    """The columns asked for, the interval around the expectation, nothing below zero."""
    clv, low, high = (pl.col(name).clip(lower_bound=0.0) for name in ("clv", "clv_low", "clv_high"))
    return found.with_columns(
        clv=clv, clv_low=pl.min_horizontal(low, clv), clv_high=pl.max_horizontal(high, clv)
    ).select("customer_id", *FIGURES)


def worlds(model: str, taught: Taught, rows: pl.DataFrame, horizon: Horizon) -> tuple[World, ...]:
    """What the customers may do as the model has it; nothing where it has no distribution or certificate, or no money.

    A blend is the mean of two models, so one of the two is right, each as likely.
    """
    values, nearer = taught.values, _average_discount(horizon)
    name = model if model in PURCHASE_MODELS else taught.best_process if model == "blend" else None
    found: list[World] = []
    if name is not None and values is not None and taught.processes[name].certificate.holds:
        fit, spend = taught.processes[name], taught.spend
        apart = taught.told_apart(name, rows.with_row_index("place"))
        places = [(traits, some["place"].to_numpy().astype(np.int64)) for traits, some in apart]

        def models(step: FloatArray) -> tuple[list[tuple[IntArray, PurchaseProcess]], OrderValues]:
            own, of_values = np.split(step, [len(fit.parameters)])
            worth = values if spend is None else GammaGammaValues(GammaGamma(*moved(spend, of_values)))
            return [(some, taught.process(name, traits, own)) for traits, some in places], worth

        found.append(PurchaseWorld((fit, *([spend] if spend else [])), models, rows, horizon, nearer))
    if model in ("two_part", "blend") and taught.two_part is not None:
        found.append(RegressionWorld(taught.two_part, rows, nearer))
    return tuple(found)


def learn_cohorts(past: pl.DataFrame | None, present: pl.DataFrame, horizon: Horizon) -> CohortAverage:
    """The cohort averages of a past origin, or the shop's rate so far."""
    return cohort_average.learn(past, present, horizon.days)
