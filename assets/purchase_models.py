"""What is learned of purchases: histories at each origin, the models fitted to them, and all that an origin knows.

    orders, customer_days -> value_origins -> purchase_histories -> purchase_cells -> purchase_model, spend_model
                                           -> purchase_covariates, where some are configured

A model fitted at an origin knows nothing behind it. Scoring reads from the table what was fitted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import numpy as np
import polars as pl

from assets.facts import first_order_on
from assets.kept_fits import ROW_SCHEMA, Row, digest, fit_of, order_values_of, row_of, shop_average
from assets.night import Night, no_rows, table
from assets.statements import Query
from assets.tables import (
    CUSTOMER_DAYS,
    CUSTOMERS,
    ORDERS,
    PURCHASE_CELLS,
    PURCHASE_COVARIATES,
    PURCHASE_HISTORIES,
    PURCHASE_MODEL,
    SPEND_MODEL,
    VALUE_ORIGINS,
)
from models.maximum_likelihood import Maximum
from models.value import customer_value as lifetime_value
from models.value import gamma_gamma, origins, purchase_covariates, purchase_process
from models.value import two_part as two_part_value
from models.value.customer_value import Taught
from models.value.history_scores import Horizon
from models.value.order_values import OrderValues
from models.value.purchase_covariates import Traits
from models.value.purchase_histories import Histories, grouped

PAST_CUSTOMERS = 200_000
TAUGHT_CUSTOMERS = 100_000
ALWAYS_FITTED = ("bg_nbd", "mbg_nbd")


@table(VALUE_ORIGINS, reads=(ORDERS,), kinds=("polars",))
def value_origin_dates(night: Night) -> pl.DataFrame:
    """The night itself, past dates that judge the models and dates that teach them; one row per origin."""
    return origins.origins(night.as_of, first_order_on(night), night.configuration.measures.horizon_days)


@table(PURCHASE_HISTORIES, reads=(ORDERS, CUSTOMER_DAYS, CUSTOMERS, VALUE_ORIGINS))
def purchase_histories(night: Night) -> Query:
    """What was known of each customer's purchases at each origin, and what followed; one per origin and customer.

    At past origins, where models are judged and taught, a sample by the digest of the id stands for many customers.
    """
    night.warehouse.write_out()
    customers = int(night.warehouse.scalar("select count(*) from customers"))
    sampled_below = digests_below(PAST_CUSTOMERS, customers, digits=4)
    return night.query("purchase_histories.sql", sampled_below=sampled_below).joined_as_written()


@table(PURCHASE_CELLS, reads=(PURCHASE_HISTORIES,))
def purchase_cells(night: Night) -> Query:
    """Distinct purchase histories with their customers; one row per origin and history."""
    return night.query("purchase_cells.sql")


@table(PURCHASE_COVARIATES, reads=(PURCHASE_HISTORIES, ORDERS, CUSTOMERS))
def covariate_levels(night: Night) -> Query | pl.DataFrame:
    """What is known of each customer of an origin since the first order, in levels; empty without covariates."""
    covariates = night.configuration.measures.clv.covariates
    if not covariates:
        return no_rows(PURCHASE_COVARIATES)
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
            rows.append({**row_of(name, fit), "origin": origin, "data_hash": _hash(histories)})
        shops = _shops(night, origin)
        if purchase_covariates.tells_apart(shops):
            rows.append({**_covariates_row(shops), "origin": origin})
    schema = {**ROW_SCHEMA, "covariates": pl.String}
    return pl.DataFrame(rows, schema=schema).with_columns(as_of=pl.lit(night.as_of))


@table(SPEND_MODEL, reads=(PURCHASE_HISTORIES, VALUE_ORIGINS), kinds=("scipy",))
def spend_model(night: Night) -> pl.DataFrame:
    """The model of order values up to each origin that is scored or judged; one row per origin with money.

    Fitted to all order days, the first too. Where the fit is not certified, the shop's average takes its place.
    """
    rows = [
        {**artefact, "origin": origin}
        for origin in _fitted_origins(night)
        for artefact in [_spend_row(night, origin)]
        if artefact is not None
    ]
    return pl.DataFrame(rows, schema=ROW_SCHEMA).with_columns(as_of=pl.lit(night.as_of))


def taught_by(night: Night, origin: dt.date) -> Taught:
    """Everything learned up to the origin; the regression and the cohorts from the origin whose horizon is over."""
    fits = night.warehouse.frame(
        "select * from purchase_model where origin = $origin order by model", {"origin": origin}
    )
    [(taught_at, horizon_days)] = night.warehouse.rows(
        "select taught_at, horizon_days from value_origins where origin = $origin", {"origin": origin}
    )
    past = None if taught_at is None else rows_at(night, taught_at, TAUGHT_CUSTOMERS)
    present = rows_at(night, origin, TAUGHT_CUSTOMERS) if past is None or past.is_empty() else past
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


def version_of(night: Night, model: str, taught: Taught) -> str:
    """Twelve digits over everything the published value comes from."""
    fits = night.warehouse.rows(
        """select model_version from purchase_model where origin = $as_of
        union all select model_version from spend_model where origin = $as_of order by 1""",
        {"as_of": night.as_of},
    )
    return digest([model, [version for (version,) in fits], taught.two_part.version if taught.two_part else None])[:12]


def rows_at(night: Night, origin: dt.date, most: int) -> pl.DataFrame:
    """The customers of one origin in order; at most so many, drawn by a generator that knows only the origin."""
    ids = night.warehouse.frame(
        "select customer_id from purchase_histories where origin = $origin order by customer_id", {"origin": origin}
    )
    if ids.height > most:
        drawn = np.random.default_rng(origin.toordinal()).choice(ids.height, size=most, replace=False)
        ids = ids[np.sort(drawn)]
    rows = night.warehouse.frame(
        f"select * from {histories_with_levels(night)} where origin = $origin", {"origin": origin}
    )
    return ids.join(rows, on="customer_id", how="left", maintain_order="left")


def digests_below(most: int, customers: int, *, digits: int) -> str:
    """Below which so many digits of the customers' digests sort, that these are about ``most`` of them; or all."""
    return f"{round(most / customers * 16**digits):0{digits}x}" if customers > most else "g"


def histories_with_levels(night: Night) -> str:
    """What rows of customers are read from: with their levels where covariates are configured."""
    joined = "purchase_histories join purchase_covariates using (origin, customer_id)"
    return joined if night.configuration.measures.clv.covariates else "purchase_histories"


def distinct_histories(night: Night) -> int:
    """Tonight's histories, those of customers with other levels of a covariate apart."""
    if night.configuration.measures.clv.covariates:
        return night.frame("covariate_cells.sql", origin=night.as_of).height
    return int(night.warehouse.scalar("select count(*) from purchase_cells where origin = $o", {"o": night.as_of}))


def _covariates_row(shops: dict[Traits, Histories]) -> Row:
    """The fit with covariates as it is kept, with the customers of each level, the reference first."""
    levels = purchase_covariates.levels(shops)
    return {
        **row_of(purchase_covariates.NAME, purchase_covariates.fit(shops)),
        "data_hash": digest([[traits, _hash(histories)] for traits, histories in shops.items()]),
        "covariates": json.dumps(
            {
                covariate: {level: int(customers) for level, customers in own.items()}
                for covariate, own in levels.items()
            },
            ensure_ascii=False,
        ),
    }


def _spend_row(night: Night, origin: dt.date) -> Row | None:
    """The model of order values up to the origin; None where no source has money."""
    [(customers, known, total, shops_order_days)] = night.warehouse.rows(
        """select count(*), count(value), sum(value), sum(repeats + 1)
        from purchase_histories where origin = $origin""",
        {"origin": origin},
    )
    if not known:
        return None
    # Of everybody, those too who got back what they paid: Gamma-Gamma has to leave them out, an average has not.
    mean = max(round(float(total) / float(shops_order_days), 8), 0.0)
    cells = night.frame("spend_cells.sql", origin=origin).sort("order_days", "value_class")
    if cells.is_empty():
        return shop_average(0.0, customers, "nobody has positive value", digest([]))
    order_days, positive = (cells[name].cast(pl.Float64).to_numpy() for name in ("order_days", "customers"))
    mean_value = cells["value"].cast(pl.Float64).to_numpy() / positive / order_days
    fit = gamma_gamma.fit(order_days, mean_value, positive)
    data_hash = hashlib.sha256(np.stack([order_days, mean_value, positive]).tobytes()).hexdigest()
    kept = {**row_of("gamma_gamma", fit), "data_hash": data_hash}
    p, q, _ = fit.parameters
    if fit.certificate.holds and p + q > 1:
        return kept
    reason = fit.certificate.reason or "the expected value of an order is infinite"
    return shop_average(mean, customers, reason, digest([data_hash, mean]))


def _order_values(night: Night, origin: dt.date) -> OrderValues | None:
    rows = night.warehouse.rows("select model, parameters from spend_model where origin = $origin", {"origin": origin})
    return order_values_of(*rows[0]) if rows else None


def _spend_fit(night: Night, origin: dt.date) -> Maximum | None:
    """The fit behind Gamma-Gamma at the origin; None where values are not by it."""
    fits = night.warehouse.frame(
        "select * from spend_model where origin = $origin and model = 'gamma_gamma'", {"origin": origin}
    )
    return fit_of(fits.row(0, named=True)) if fits.height else None


def _fitted_origins(night: Night) -> list[dt.date]:
    rows = night.warehouse.rows(
        "select origin from value_origins where is_judged or origin = $as_of order by origin", {"as_of": night.as_of}
    )
    return [origin for (origin,) in rows]


def _histories(night: Night, origin: dt.date) -> Histories:
    cells = night.warehouse.frame("select * from purchase_cells where origin = $origin", {"origin": origin})
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


def _hash(histories: Histories) -> str:
    columns = (histories.x, histories.t_x, histories.T, histories.customers)
    return hashlib.sha256(np.stack(columns).tobytes()).hexdigest()
