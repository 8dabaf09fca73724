"""The track record: published churn scores held to what happened, once their horizon is over."""

from __future__ import annotations

import datetime as dt

import polars as pl

from assets.input_key import due_releases
from assets.night import Night, table
from assets.releases.manifest import Release
from assets.tables import CHURN_SCORES, CUSTOMER_IDENTITIES, CUSTOMERS, ORDERS, PREDICTION_SCORECARD
from models.churn import due as churn_due
from models.churn.lesson import RULE

_LABELS = {
    "predicted_on": pl.Date, "due_on": pl.Date, "release": pl.String, "model": pl.String, "model_version": pl.String,
}  # fmt: skip
_STANDING = {"losses_in_a_row": pl.Int64, "losing_since": pl.Date, "is_fallback": pl.Boolean}
_SCHEMA = {**_LABELS, **dict(churn_due.SCHEMA), **_STANDING}


@table(PREDICTION_SCORECARD, reads=(ORDERS, CUSTOMERS, CUSTOMER_IDENTITIES), kinds=("duckdb", "polars"))
def prediction_scorecard(night: Night) -> pl.DataFrame:
    """Every release's scores that are due, by decile of risk: the predecessor's judgements, and what fell due since."""
    # A judgement stands, whatever is learned of old days later.
    record = night.store.rows(night.predecessor(), PREDICTION_SCORECARD.name, _SCHEMA)
    known = set(record["predicted_on"].to_list())
    due = [
        judged
        for release in due_releases(night)
        if release.as_of not in known and (judged := _judged(night, release)) is not None
    ]
    if due:
        since = min(judged["predicted_on"][0] for judged in due)
        record = _with_standings(pl.concat([record, *due], how="diagonal"), since)
    return record.with_columns(as_of=pl.lit(night.as_of, pl.Date))


def _judged(night: Night, release: Release) -> pl.DataFrame | None:
    """One release's scores beside what happened by their due date; None where they are not due or not there."""
    if CHURN_SCORES.name not in release.tables:
        return None
    published = night.store.read_table(release, CHURN_SCORES.name).collect()
    if published.is_empty() or "baseline_risk" not in published.columns or published["due_on"][0] > night.as_of:
        return None
    first = published.row(0, named=True)
    judged = churn_due.judged(_with_outcomes(night, published), is_rule=first["model"] == RULE)
    if judged.is_empty():
        return None
    labels = {
        "predicted_on": release.as_of,
        "due_on": first["due_on"],
        "release": release.id,
        "model": first["model"],
        "model_version": first["model_version"],
    }
    return judged.select(*(pl.lit(value, _LABELS[name]).alias(name) for name, value in labels.items()), pl.all())


def _with_outcomes(night: Night, published: pl.DataFrame) -> pl.DataFrame:
    """The scores with ``churned``; whose customer nothing landed names any more are left out."""
    scores = published.select("customer_id", "churn_risk", "baseline_risk")
    with night.warehouse.lent("published_scores", scores):
        predicted_on: dt.date = published["as_of"][0]
        return night.frame("churn_outcomes.sql", predicted_on=predicted_on, due_on=published["due_on"][0])


def _with_standings(record: pl.DataFrame, since: dt.date) -> pl.DataFrame:
    """The record with the standing after each release from a date on; a backfill's dates may lie before later ones."""
    whole = record.filter(pl.col("decile") == churn_due.WHOLE).sort("predicted_on")
    outcomes = list(whole.select("predicted_on", "outcome").rows())
    standings = {
        day: churn_due.standing(outcomes[: place + 1]) for place, (day, _) in enumerate(outcomes) if day >= since
    }
    said = pl.DataFrame(
        [(day, now.losses, now.since, now.is_fallback) for day, now in standings.items()],
        {"predicted_on": pl.Date, **_STANDING},
        orient="row",
    )
    earlier, later = record.filter(pl.col("predicted_on") < since), record.filter(pl.col("predicted_on") >= since)
    return pl.concat([earlier, later.drop(_STANDING).join(said, on="predicted_on")], how="diagonal")
