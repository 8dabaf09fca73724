"""Customer lifetime value: purchase histories, fitted models, what they would have said before, tonight's values.

    orders, customer_days -> value_origins -> purchase_histories -> purchase_cells -> purchase_model, spend_model
                                           -> purchase_covariates, where some are configured
                          -> value_predictions -> value_evaluation -> value_choice -> customer_value
                          -> value_calibration, value_tracking

A model fitted at an origin knows nothing behind it. What is fitted stands in a table as JSON, with its certificate and
the hash of what it was fitted to; scoring reads it from there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from assets.night import Night, table
from assets.tables import (
    CUSTOMER_DAYS,
    CUSTOMER_VALUE,
    CUSTOMERS,
    HISTORY_SCORES,
    ORDERS,
    PURCHASE_CELLS,
    PURCHASE_COVARIATES,
    PURCHASE_HISTORIES,
    PURCHASE_MODEL,
    SPEND_MODEL,
    VALUE_BY_TIER,
    VALUE_CALIBRATION,
    VALUE_CHOICE,
    VALUE_EVALUATION,
    VALUE_ORIGINS,
    VALUE_PREDICTIONS,
    VALUE_TIERS,
    VALUE_TRACKING,
)
from assets.warehouse import Amendment, Query
from models import customer_value as lifetime_value
from models import (
    gamma_gamma,
    purchase_covariates,
    purchase_process,
    two_part_value,
    value_ladder,
    value_metrics,
    value_origins,
    value_sums,
    value_tracking,
)
from models.customer_value import Taught
from models.gamma_gamma import GammaGamma
from models.history_scores import Horizon
from models.maximum_likelihood import Certificate, Maximum
from models.order_values import GammaGammaValues, OrderValues, ShopAverage
from models.purchase_covariates import Traits
from models.purchase_histories import Histories, grouped

CHUNK = 250_000
SPEAKING_CUSTOMERS = 20_000
PAST_CUSTOMERS = 200_000
JUDGED_CUSTOMERS = 50_000
TAUGHT_CUSTOMERS = 100_000
ALWAYS_FITTED = ("bg_nbd", "mbg_nbd")


@table(VALUE_ORIGINS, reads=(ORDERS,), kinds=("polars",))
def value_origin_dates(night: Night) -> pl.DataFrame:
    """The night itself, past dates that judge the models and dates that teach them; one row per origin."""
    first_order_on = night.warehouse.scalar(
        "select min(ordered_on) from orders where valid_from is not null and customer_id is not null"
    )
    return value_origins.origins(night.as_of, first_order_on, night.configuration.measures.horizon_days)


@table(PURCHASE_HISTORIES, reads=(ORDERS, CUSTOMER_DAYS, CUSTOMERS, VALUE_ORIGINS))
def purchase_histories(night: Night) -> Query:
    """What was known of each customer's purchases at each origin, and what followed; one per origin and customer.

    At past origins, where models are judged and taught, a sample by the digest of the id stands for many customers.
    """
    customers = int(night.warehouse.scalar("select count(*) from customers"))
    share = min(1.0, PAST_CUSTOMERS / max(customers, 1))
    below = f"{round(share * 16**4):04x}" if share < 1 else "g"
    return night.query("purchase_histories.sql", sampled_below=below)


@table(PURCHASE_CELLS, reads=(PURCHASE_HISTORIES,))
def purchase_cells(night: Night) -> Query:
    """Distinct purchase histories with their customers; one row per origin and history."""
    return night.query("purchase_cells.sql")


@table(PURCHASE_COVARIATES, reads=(PURCHASE_HISTORIES, ORDERS, CUSTOMERS))
def covariate_levels(night: Night) -> Query | pl.DataFrame:
    """What is known of each customer of an origin since the first order, in levels; empty without covariates."""
    covariates = night.configuration.measures.clv.covariates
    if not covariates:
        return pl.DataFrame(schema={column.name: pl.Null for column in PURCHASE_COVARIATES.columns})
    return night.query(
        "purchase_covariates.sql",
        by_channel=int("first_order_channel" in covariates),
        by_region=int("first_order_region" in covariates),
        by_acquisition=int("acquisition_channel" in covariates),
        least_repeat_buyers=purchase_covariates.LEAST_REPEAT_BUYERS,
        most_levels=purchase_covariates.MOST_LEVELS,
    )


@table(PURCHASE_MODEL, reads=(PURCHASE_CELLS, PURCHASE_COVARIATES, VALUE_ORIGINS), kinds=("scipy",))
def purchase_model(night: Night) -> pl.DataFrame:
    """The purchase models fitted up to each origin that is scored or judged; one row per model and origin.

    That with covariates is among them where they tell customers apart.
    """
    asked = night.configuration.measures.clv.model
    names = [*ALWAYS_FITTED, *([asked] if asked in purchase_process.PROCESSES and asked not in ALWAYS_FITTED else [])]
    rows: list[dict[str, Any]] = []
    for origin in _fitted_origins(night):
        histories = _histories(night, origin)
        if not len(histories.x):
            continue
        for name in names:
            fit = purchase_process.fit(name, histories)
            rows.append({**_artefact(name, fit), "origin": origin, "data_hash": _hash(histories)})
        shops = _shops(night, origin)
        if purchase_covariates.tells_apart(shops):
            rows.append({**_covariates_artefact(shops), "origin": origin})
    schema = {**_ARTEFACT_SCHEMA, "covariates": pl.String}
    return pl.DataFrame(rows, schema=schema).with_columns(as_of=pl.lit(night.as_of))


@table(SPEND_MODEL, reads=(PURCHASE_HISTORIES, VALUE_ORIGINS), kinds=("scipy",))
def spend_model(night: Night) -> pl.DataFrame:
    """The model of order values up to each origin that is scored or judged; one row per origin with money.

    Fitted to all order days, the first too. Where the fit is not certified, the shop's average takes its place.
    """
    rows = [
        {**artefact, "origin": origin}
        for origin in _fitted_origins(night)
        for artefact in [_spend_artefact(night, origin)]
        if artefact is not None
    ]
    return pl.DataFrame(rows, schema=_ARTEFACT_SCHEMA).with_columns(as_of=pl.lit(night.as_of))


@table(
    VALUE_PREDICTIONS,
    reads=(PURCHASE_HISTORIES, PURCHASE_COVARIATES, PURCHASE_MODEL, SPEND_MODEL, VALUE_ORIGINS),
    kinds=("scikitlearn",),
)
def value_predictions(night: Night) -> pl.DataFrame:
    """What each model would have said at the judged origins; one row per model, origin and customer.

    Not discounted: it is held against what came, when it came.
    """
    said = [pl.DataFrame(schema=value_ladder.PREDICTION_SCHEMA)]
    for origin, days in night.warehouse.rows(
        "select origin, horizon_days from value_origins where is_judged order by origin"
    ):
        horizon = Horizon(days, 0.0)
        rows = _rows(night, origin, JUDGED_CUSTOMERS)
        taught = _taught(night, origin)
        for model in taught.able() if rows.height else ():
            predicted = lifetime_value.predict(model, taught, rows, horizon, intervals=False)
            said.append(
                rows.select(
                    pl.lit(model).alias("model"),
                    "origin",
                    "customer_id",
                    predicted["expected_orders"].alias("predicted_orders"),
                    pl.col("future_order_days").cast(pl.Float64).alias("actual_orders"),
                    pl.col("recent_order_days").cast(pl.Float64).alias("last_orders"),
                    predicted["clv"].alias("predicted_value"),
                    pl.col("future_value").cast(pl.Float64).alias("actual_value"),
                    pl.col("recent_value").cast(pl.Float64).alias("last_value"),
                )
            )
    return pl.concat(said)


@table(
    VALUE_CHOICE,
    reads=(VALUE_PREDICTIONS, PURCHASE_HISTORIES, PURCHASE_COVARIATES, PURCHASE_MODEL, SPEND_MODEL),
    kinds=("polars",),
)
def value_choice(night: Night) -> pl.DataFrame:
    """The model whose value is published and why; one row."""
    asked = night.configuration.measures.clv.model
    taught = _taught(night, night.as_of)
    evaluated = value_ladder.evaluation(_predictions(night))
    over = _judged_over(night)
    shorter = over if over != night.configuration.measures.horizon_days else None
    choice = value_ladder.choose(asked, taught, evaluated, judged_over=shorter)
    return pl.DataFrame({"model": [choice.model], "reason": [choice.reason]})


@table(HISTORY_SCORES, reads=(PURCHASE_CELLS, PURCHASE_MODEL, SPEND_MODEL, VALUE_CHOICE), kinds=("scipy", "polars"))
def history_scores(night: Night) -> pl.DataFrame:
    """What the published purchase model says of every distinct history; no row where another model is published.

    One with covariates says more than one thing of a history, and is scored with the customers.
    """
    model, taught = _chosen(night), _taught(night, night.as_of)
    cells = night.warehouse.frame(
        Query(
            """select repeats, recency_days, age_days from purchase_cells where origin = $as_of
            order by repeats, recency_days, age_days""",
            {"as_of": night.as_of},
        )
    )
    if model not in purchase_process.PROCESSES:
        return pl.DataFrame(schema={column.name: pl.Null for column in HISTORY_SCORES.columns})
    draws = lifetime_value.draws_for(cells.height)
    return _rounded_and_dated(lifetime_value.scored(model, taught, cells, _horizon(night), draws), night.as_of)


@table(
    CUSTOMER_VALUE,
    reads=(PURCHASE_HISTORIES, PURCHASE_COVARIATES, PURCHASE_MODEL, SPEND_MODEL, VALUE_CHOICE, HISTORY_SCORES),
    kinds=("duckdb", "polars"),
)
def customer_value(night: Night) -> Query | Amendment:
    """Expected orders and value over the horizon; one row per customer who ever ordered.

    A purchase model has scored the histories, and what is left is to look up and multiply. What the other models say
    depends on more; customers are then valued some ages at a time, so that not all are in memory.
    """
    horizon = _horizon(night)
    [(model, reason)] = night.warehouse.rows("select model, reason from value_choice")
    taught = _taught(night, night.as_of)
    version = _version_of(night, model, taught)
    rate = horizon.annual_discount_rate
    if model in purchase_process.PROCESSES:
        return night.query(
            "customer_value.sql", model=model, model_version=version, model_reason=reason, annual_discount_rate=rate
        )
    told = {
        "as_of": pl.lit(night.as_of),
        "horizon_days": pl.lit(horizon.days),
        "annual_discount_rate": pl.lit(rate),
        "model": pl.lit(model),
        "model_version": pl.lit(version),
        "model_reason": pl.lit(reason),
    }
    draws = lifetime_value.draws_for(_distinct_histories(night))
    with night.warehouse.gathered(CUSTOMER_VALUE) as gather:
        for youngest, oldest in _ages_together(night):
            rows = _rows_of_ages(night, youngest, oldest)
            said = lifetime_value.predict(model, taught, rows, horizon, draws=draws)
            money = pl.col("expected_order_value", "clv", "clv_low", "clv_high").round(2)
            gather(_rounded_and_dated(said, night.as_of).with_columns(money, **told))
    return gather.content


def _horizon(night: Night) -> Horizon:
    """How far ahead tonight's values look."""
    measures = night.configuration.measures
    return Horizon(measures.horizon_days, measures.clv.annual_discount_rate)


def _rounded_and_dated(said: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    nights = {"next_order_on": "", "next_order_from": "low_", "next_order_until": "high_"}
    return said.with_columns(
        pl.col("expected_orders", "probability_alive", "probability_none").round(9),
        *(
            (pl.lit(as_of) + pl.duration(days=pl.col(f"next_order_{part}days"))).alias(name)
            for name, part in nights.items()
        ),
    )


@table(
    VALUE_BY_TIER,
    reads=(
        CUSTOMER_VALUE,
        VALUE_TIERS,
        PURCHASE_HISTORIES,
        PURCHASE_COVARIATES,
        PURCHASE_MODEL,
        SPEND_MODEL,
        VALUE_CHOICE,
    ),
    kinds=("scipy", "polars"),
)
def value_by_tier(night: Night) -> pl.DataFrame:
    """Sums of expected value with intervals; one row per tier that has customers, and one of all."""
    horizon = _horizon(night)
    sums = night.frame("tier_sums.sql").sort("tier")
    ends = _ends_of_sums(night, sums, horizon) if sums["expected_value"].is_not_null().any() else {}
    everybody = sums.select(
        pl.lit("all").alias("tier"), pl.col("customers", "expected_orders", "expected_value").sum()
    ).with_columns(expected_value=pl.when(bool(sums["expected_value"].is_not_null().any())).then("expected_value"))
    low, high = ({tier: end[place] for tier, end in ends.items()} for place in (0, 1))
    rows = pl.concat([sums, everybody], how="vertical_relaxed") if sums.height else sums
    return rows.with_columns(
        pl.col("expected_orders").round(6),
        as_of=pl.lit(night.as_of),
        horizon_days=pl.lit(horizon.days),
        value_low=_end(low, pl.min_horizontal),
        value_high=_end(high, pl.max_horizontal),
        model=pl.lit(_chosen(night)),
    )


def _end(ends: dict[str, float], outer: Callable[..., pl.Expr]) -> pl.Expr:
    """The end by tier, with the expected value inside: the mean of a few may lie above nine tenths of the cases."""
    end = pl.col("tier").replace_strict(ends, default=None, return_dtype=pl.Float64).round(2)
    return pl.when(end.is_not_null()).then(outer(end, pl.col("expected_value").cast(pl.Float64)))


def _ends_of_sums(night: Night, sums: pl.DataFrame, horizon: Horizon) -> dict[str, tuple[float, float]]:
    """Lower and upper end by tier; nothing where the model has no distribution."""
    customers = int(sums["customers"].sum())
    listed_from = (
        -1.0
        if customers <= value_sums.ALL_LISTED
        else night.warehouse.scalar(
            "select min(clv) from (select clv from customer_value order by clv desc limit $most)",
            {"most": value_sums.LISTED + 1},
        )
    )
    share = min(1.0, SPEAKING_CUSTOMERS / customers)
    below = f"{round(share * 16**5):05x}" if share < 1 else "g"
    chosen = night.frame("tier_listed.sql", listed_from=listed_from, sampled_below=below).sort("customer_id")
    rows = value_sums.spokesmen(chosen)
    worlds = lifetime_value.worlds(_chosen(night), _taught(night, night.as_of), rows, horizon)
    return value_sums.intervals(worlds, value_sums.grouped(rows, sums)) if worlds else {}


@table(VALUE_EVALUATION, reads=(VALUE_PREDICTIONS, VALUE_CHOICE), kinds=("polars",))
def value_evaluation(night: Night) -> pl.DataFrame:
    """How each model did out of time beside the naive rule; one row per model, origin and metric."""
    return value_ladder.evaluation(_predictions(night)).with_columns(
        as_of=pl.lit(night.as_of),
        threshold=pl.lit(None, dtype=pl.Float64),
        horizon_days=pl.lit(_judged_over(night)),
        is_published=pl.col("model") == _chosen(night),
    )


@table(VALUE_CALIBRATION, reads=(VALUE_PREDICTIONS, VALUE_CHOICE), kinds=("polars",))
def value_calibration(night: Night) -> pl.DataFrame:
    """Predicted against actual value by tenths of the customers; one row per model and decile."""
    predictions = _predictions(night)
    said, happened, _ = value_ladder.judged_figures(predictions)
    parts = [
        value_metrics.deciles(rows[happened].to_numpy(), rows[said].to_numpy()).select(
            pl.lit(str(model)).alias("model"), pl.all(), pl.lit(model == _chosen(night)).alias("is_published")
        )
        for (model,), rows in predictions.group_by(["model"], maintain_order=True)
    ]
    nothing = {"model": pl.String, "decile": pl.Int32, "n": pl.Int64, "predicted": pl.Float64, "actual": pl.Float64}
    return pl.concat(parts) if parts else pl.DataFrame(schema={**nothing, "is_published": pl.Boolean})


@table(
    VALUE_TRACKING,
    reads=(ORDERS, CUSTOMER_DAYS, PURCHASE_HISTORIES, PURCHASE_MODEL, VALUE_ORIGINS),
    kinds=("duckdb", "polars"),
)
def value_tracking_table(night: Night) -> pl.DataFrame:
    """Repeat order days so far against those expected by the latest judged fit without covariates; one row per week."""
    found = night.warehouse.rows(
        """select purchase_model.origin, purchase_model.model, purchase_model.parameters
        from purchase_model join value_origins on value_origins.origin = purchase_model.origin
        where value_origins.is_judged and purchase_model.is_certified and purchase_model.covariates is null
        order by purchase_model.origin desc, purchase_model.log_likelihood desc, purchase_model.model limit 1"""
    )
    if not found:
        return value_tracking.NOTHING
    [(origin, model, parameters)] = found
    process = purchase_process.process(model, tuple(json.loads(parameters).values()))
    days = night.frame("order_days_since.sql", origin=origin)
    return value_tracking.tracked(process, days, until=night.as_of).with_columns(
        origin=pl.lit(origin), model=pl.lit(model)
    )


_ARTEFACT_SCHEMA = {
    "model": pl.String, "origin": pl.Date, "customers": pl.Int64, "log_likelihood": pl.Float64,
    "parameters": pl.String, "covariance": pl.String, "certificate": pl.String, "is_certified": pl.Boolean,
    "reason": pl.String, "data_hash": pl.String, "model_version": pl.String,
}  # fmt: skip
_COVARIANCE_DIGITS = 6


def _artefact(name: str, fit: Maximum) -> dict[str, Any]:
    """A fit as it is kept: what a row of the model's table says, apart from the origin and the data's hash."""
    parameters = dict(zip(fit.names, fit.parameters, strict=True))
    covariance = [[float(f"{value:.{_COVARIANCE_DIGITS}g}") for value in row] for row in fit.log_covariance]
    certificate = asdict(fit.certificate) | {
        "gradient_norm": float(f"{fit.certificate.gradient_norm:.0e}"),
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
        "model_version": _digest([name, parameters])[:12],
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


def _covariates_artefact(shops: dict[Traits, Histories]) -> dict[str, Any]:
    """The fit with covariates as it is kept, with the customers of each level, the reference first."""
    levels = purchase_covariates.levels(shops)
    return {
        **_artefact(purchase_covariates.NAME, purchase_covariates.fit(shops)),
        "data_hash": _digest([[traits, _hash(histories)] for traits, histories in shops.items()]),
        "covariates": json.dumps(
            {
                covariate: {level: int(customers) for level, customers in own.items()}
                for covariate, own in levels.items()
            },
            ensure_ascii=False,
        ),
    }


def _spend_artefact(night: Night, origin: dt.date) -> dict[str, Any] | None:
    """The model of order values up to the origin; None where no source has money."""
    cells = night.frame("spend_cells.sql", origin=origin).sort("order_days", "value_class")
    if cells.is_empty():
        [(customers, known)] = night.warehouse.rows(
            "select count(*), count(value) from purchase_histories where origin = $origin", {"origin": origin}
        )
        return _shop_average(0.0, customers, "nobody has positive value", _digest([])) if known else None
    order_days, customers = (cells[name].cast(pl.Float64).to_numpy() for name in ("order_days", "customers"))
    mean_value = cells["value"].cast(pl.Float64).to_numpy() / customers / order_days
    fit = gamma_gamma.fit(order_days, mean_value, customers)
    data_hash = hashlib.sha256(np.stack([order_days, mean_value, customers]).tobytes()).hexdigest()
    kept = {**_artefact("gamma_gamma", fit), "data_hash": data_hash}
    p, q, _ = fit.parameters
    if fit.certificate.holds and p + q > 1:
        return kept
    mean = round(float(cells["value"].sum()) / float((order_days * customers).sum()), 8)
    reason = fit.certificate.reason or "the expected value of an order is infinite"
    return _shop_average(mean, int(customers.sum()), reason, data_hash)


def _shop_average(mean: float, customers: int, reason: str, data_hash: str) -> dict[str, Any]:
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
        "model_version": _digest(["shop_average", average])[:12],
    }


def _order_values(night: Night, origin: dt.date) -> OrderValues | None:
    rows = night.warehouse.rows("select model, parameters from spend_model where origin = $origin", {"origin": origin})
    if not rows:
        return None
    [(model, parameters)] = rows
    told = json.loads(parameters)
    return GammaGammaValues(GammaGamma(**told)) if model == "gamma_gamma" else ShopAverage(**told)


def _spend_fit(night: Night, origin: dt.date) -> Maximum | None:
    """The fit behind Gamma-Gamma at the origin; None where values are not by it."""
    fits = night.warehouse.frame(
        Query("select * from spend_model where origin = $origin and model = 'gamma_gamma'", {"origin": origin})
    )
    return fit_of(fits.row(0, named=True)) if fits.height else None


def _taught(night: Night, origin: dt.date) -> Taught:
    """Everything learned up to the origin; the regression and the cohorts from the origin whose horizon is over."""
    fits = night.warehouse.frame(
        Query("select * from purchase_model where origin = $origin order by model", {"origin": origin})
    )
    [(taught_at, horizon_days)] = night.warehouse.rows(
        "select taught_at, horizon_days from value_origins where origin = $origin", {"origin": origin}
    )
    past = None if taught_at is None else _rows(night, taught_at, TAUGHT_CUSTOMERS)
    present = _rows(night, origin, TAUGHT_CUSTOMERS) if past is None or past.is_empty() else past
    values = _order_values(night, origin)
    horizon = Horizon(horizon_days, 0.0)
    return Taught(
        processes={row["model"]: fit_of(row) for row in fits.to_dicts()},
        values=values,
        two_part=None if past is None or values is None else two_part_value.learn(past),
        cohorts=lifetime_value.learn_cohorts(past, present, horizon),
        spend=_spend_fit(night, origin),
        covariates=night.configuration.measures.clv.covariates,
    )


def _version_of(night: Night, model: str, taught: Taught) -> str:
    """Twelve digits over everything the published value comes from."""
    fits = night.warehouse.rows(
        """select model_version from purchase_model where origin = $as_of
        union all select model_version from spend_model where origin = $as_of order by 1""",
        {"as_of": night.as_of},
    )
    return _digest([model, [version for (version,) in fits], taught.two_part.version if taught.two_part else None])[:12]


def _judged_over(night: Night) -> int | None:
    """Days that the models are judged over; None where no past date judges them."""
    return night.warehouse.scalar("select max(horizon_days) from value_origins where is_judged")


def _fitted_origins(night: Night) -> list[dt.date]:
    rows = night.warehouse.rows(
        "select origin from value_origins where is_judged or origin = $as_of order by origin", {"as_of": night.as_of}
    )
    return [origin for (origin,) in rows]


def _histories(night: Night, origin: dt.date) -> Histories:
    cells = night.warehouse.frame(Query("select * from purchase_cells where origin = $origin", {"origin": origin}))
    return _grouped(cells)


def _grouped(cells: pl.DataFrame) -> Histories:
    columns = (cells[name].cast(pl.Float64).to_numpy() for name in ("repeats", "recency_days", "age_days", "customers"))
    return grouped(*columns, grain=purchase_process.WHOLE_DAYS)


def _shops(night: Night, origin: dt.date) -> dict[Traits, Histories]:
    """The histories up to the origin by the customers' levels of the configured covariates; none without any."""
    covariates = night.configuration.measures.clv.covariates
    if not covariates:
        return {}
    cells = night.frame("covariate_cells.sql", origin=origin).sort(covariates)
    return {
        tuple(zip(covariates, (str(level) for level in own), strict=True)): _grouped(some)
        for own, some in cells.group_by(covariates, maintain_order=True)
    }


def _distinct_histories(night: Night) -> int:
    """Tonight's histories, those of customers with other levels of a covariate apart."""
    if night.configuration.measures.clv.covariates:
        return night.frame("covariate_cells.sql", origin=night.as_of).height
    return int(night.warehouse.scalar("select count(*) from purchase_cells where origin = $o", {"o": night.as_of}))


def _known_customers(night: Night) -> str:
    """What rows of customers are read from: with their levels where covariates are configured."""
    joined = "purchase_histories join purchase_covariates using (origin, customer_id)"
    return joined if night.configuration.measures.clv.covariates else "purchase_histories"


def _rows(night: Night, origin: dt.date, most: int) -> pl.DataFrame:
    """The customers of one origin in order; at most so many, drawn by a generator that knows only the origin."""
    ids = night.warehouse.frame(
        Query(
            "select customer_id from purchase_histories where origin = $origin order by customer_id", {"origin": origin}
        )
    )
    if ids.height > most:
        drawn = np.random.default_rng(origin.toordinal()).choice(ids.height, size=most, replace=False)
        ids = ids[np.sort(drawn)]
    rows = night.warehouse.frame(
        Query(f"select * from {_known_customers(night)} where origin = $origin", {"origin": origin})
    )
    return ids.join(rows, on="customer_id", how="left", maintain_order="left")


def _ages_together(night: Night) -> list[tuple[int, int]]:
    """Ranges of ages, from and to, that hold about CHUNK customers each."""
    ages = night.warehouse.rows(
        """select age_days, sum(customers)::bigint from purchase_cells where origin = $as_of
        group by age_days order by age_days""",
        {"as_of": night.as_of},
    )
    ranges: list[tuple[int, int]] = []
    held = CHUNK
    for age, customers in ages:
        if held >= CHUNK:
            ranges.append((age, age))
            held = 0
        ranges[-1] = (ranges[-1][0], age)
        held += customers
    return ranges


def _rows_of_ages(night: Night, youngest: int, oldest: int) -> pl.DataFrame:
    """Tonight's customers of these ages."""
    return night.warehouse.frame(
        Query(
            f"""select * from {_known_customers(night)}
            where origin = $as_of and age_days between $youngest and $oldest order by customer_id""",
            {"as_of": night.as_of, "youngest": youngest, "oldest": oldest},
        )
    )


def _predictions(night: Night) -> pl.DataFrame:
    return night.warehouse.frame(Query("select * from value_predictions order by model, origin, customer_id", {}))


def _chosen(night: Night) -> str:
    return str(night.warehouse.scalar("select model from value_choice"))


def _hash(histories: Histories) -> str:
    columns = (histories.x, histories.t_x, histories.T, histories.customers)
    return hashlib.sha256(np.stack(columns).tobytes()).hexdigest()


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
