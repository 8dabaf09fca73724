"""What the predecessor's models say tonight: predictions of moving customers before, with the model held, and now.

Read only where a place depends on a prediction: tiers by predicted value, stages by a risk of churn. A purchase model
is applied again from its published parameters, a churn model from its published artefact; a value that rests on more
than parameters (the regression, the cohorts, levels of covariates) is not said again, and is NULL.
"""

from __future__ import annotations

import polars as pl

from assets.churn_rows import rows_of_customers
from assets.kept_fits import fit_of, order_values_of
from assets.night import Night
from assets.releases.manifest import Release
from models.value import purchase_process
from models.value.customer_value import value_by_process
from models.value.history_scores import Horizon
from models.value.order_values import OrderValues

SCHEMA = {
    "customer_id": pl.String,
    "value_before": pl.Decimal(18, 2),
    "value_held": pl.Decimal(18, 2),
    "value_tonight": pl.Decimal(18, 2),
    "risk_before": pl.Float64,
    "risk_held": pl.Float64,
    "risk_tonight": pl.Float64,
}
"""One row per moving customer; NULL where a figure is not in use or not known."""


def predictions(night: Night, predecessor: Release, moving: pl.DataFrame) -> pl.DataFrame:
    """The predictions of the moving customers, as of SCHEMA.

    Args:
        night: tonight, its values and risks already computed.
        predecessor: the release to compare with.
        moving: ``customer_id`` of who moved.
    """
    found = moving.select("customer_id")
    if night.configuration.measures.tiers.basis == "predicted":
        tonight = night.warehouse.frame("select customer_id, clv as value_tonight from customer_value")
        for part in (values_before(night, predecessor), _values_held(night, predecessor, moving), tonight):
            found = found.join(part, on="customer_id", how="left", maintain_order="left")
    if night.configuration.measures.lifecycle.warning_risk is not None:
        tonight = night.frame("churn_risk.sql").rename({"churn_risk": "risk_tonight"})
        for part in (_risks_before(night, predecessor), _risks_held(night, predecessor, moving), tonight):
            found = found.join(part, on="customer_id", how="left", maintain_order="left")
    missing = [pl.lit(None, type_).alias(name) for name, type_ in SCHEMA.items() if name not in found.columns]
    return found.with_columns(missing).select(pl.col(name).cast(type_) for name, type_ in SCHEMA.items())


def values_before(night: Night, predecessor: Release) -> pl.DataFrame:
    """The values the predecessor predicted: ``customer_id`` and ``value_before``, everybody's."""
    published = {"customer_id": SCHEMA["customer_id"], "clv": SCHEMA["value_before"]}
    return night.store.rows(predecessor, "customer_value", published).rename({"clv": "value_before"})


def _risks_before(night: Night, predecessor: Release) -> pl.DataFrame:
    published = {"customer_id": SCHEMA["customer_id"], "churn_risk": SCHEMA["risk_before"]}
    return night.store.rows(predecessor, "churn_scores", published).rename({"churn_risk": "risk_before"})


def _values_held(night: Night, predecessor: Release, moving: pl.DataFrame) -> pl.DataFrame:
    """What the predecessor's purchase model expects of tonight's histories, on tonight's terms."""
    nothing = pl.DataFrame(schema={name: SCHEMA[name] for name in ("customer_id", "value_held")})
    if not {"customer_value", "purchase_model", "spend_model"} <= predecessor.tables.keys():
        return nothing
    published = night.store.read_table(predecessor, "customer_value").select(pl.col("model").first()).collect()
    model = published.item(0, 0) if published.height else None
    if model not in purchase_process.PROCESSES:
        return nothing
    fits = night.store.read_table(predecessor, "purchase_model").filter(
        pl.col("origin") == predecessor.as_of, pl.col("model") == model
    )
    fitted = fits.collect().rows(named=True)
    values = _order_values(night, predecessor)
    rows = _histories(night, moving)
    if not fitted or values is None or rows.is_empty():
        return nothing
    measures = night.configuration.measures
    said = value_by_process(
        purchase_process.process(model, fit_of(fitted[0]).parameters),
        values,
        rows,
        Horizon(measures.horizon_days, measures.clv.annual_discount_rate),
    )
    return rows.select("customer_id", pl.Series("value_held", said).round(2).cast(SCHEMA["value_held"]))


def _order_values(night: Night, predecessor: Release) -> OrderValues | None:
    fits = night.store.read_table(predecessor, "spend_model").filter(pl.col("origin") == predecessor.as_of)
    for model, parameters in fits.select("model", "parameters").collect().rows():
        return order_values_of(model, parameters)
    return None


def _histories(night: Night, moving: pl.DataFrame) -> pl.DataFrame:
    """Tonight's histories with a value: where money is not known tonight, what an order brings is not either."""
    with night.warehouse.lent("_moving", moving):
        return night.warehouse.frame(
            """select histories.* from purchase_histories as histories semi join _moving using (customer_id)
                where origin = $as_of and value is not null order by customer_id""",
            {"as_of": night.as_of},
        )


def _risks_held(night: Night, predecessor: Release, moving: pl.DataFrame) -> pl.DataFrame:
    """What the predecessor's churn model says of tonight's customers; nothing where it is of other features."""
    from models.churn import artefact, learning

    nothing = pl.DataFrame(schema={name: SCHEMA[name] for name in ("customer_id", "risk_held")})
    if "churn_models" not in predecessor.tables:
        return nothing
    card = night.store.read_table(predecessor, "churn_models").select("artefact", "sha256", "feature_hash").collect()
    if card.is_empty() or card["feature_hash"][0] != learning.feature_hash():
        return nothing
    rows = rows_of_customers(night, night.as_of, moving.select("customer_id"))
    if rows.is_empty():
        return nothing
    model = artefact.loaded(card["artefact"][0], card["sha256"][0])
    return rows.select("customer_id", pl.Series("risk_held", model.risk(rows), dtype=pl.Float64))
