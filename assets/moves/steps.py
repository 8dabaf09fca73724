"""Step by step from the predecessor's night to tonight: what the places of the moving customers are made of.

The facts come from ``facts``, predictions from ``held_predictions``. A step is a frame of one row
per moving customer; the next step changes one thing in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.night import Night
from models.money import to_the_cent

# Step of the walk: the facts known at it, and whether it is judged on tonight's date. The last step changes the cuts.
_FACTS = {
    "configuration": ("before", False),
    "identity_merge": ("attached", False),
    "late_row": ("known", False),
    "time_passing": ("known", True),
    "new_order": ("ordered", True),
    "refund": ("refunded", True),
    "model": ("refunded", True),
}
_EVENTS = ("identity_merge", "late_row", "new_order", "refund")

# What a place of the kind depends on beside the cuts.
FIGURES = {
    "rfm": ("orders", "recency_days", "frequency", "monetary"),
    "stage": ("orders", "recency_days", "returned_on", "is_known", "churn_risk", "judged_on"),
    "tier": ("orders", "value"),
}


@dataclass(frozen=True)
class Standing:
    """What the moving customers' places are made of after one step.

    Attributes:
        on: the date they are judged on.
        customers: one row per moving customer, always in the same order, with ``customer_id``, what FIGURES names and
            ``returned_on_tonight``; ``is_known`` of who moved from stage to stage only.
    """

    on: dt.date
    customers: pl.DataFrame


def standings_by_step(
    night: Night,
    previous_as_of: dt.date,
    moving: pl.DataFrame,
    staged: pl.DataFrame | None,
    found: pl.DataFrame,
    *,
    is_other: bool,
    is_made_anew: bool,
) -> dict[str, Standing]:
    """The standing after each step but the last, in order; values are historic, and no risk is known yet.

    Args:
        night: tonight.
        previous_as_of: the date the walk begins at.
        moving: ``customer_id`` of who moved.
        staged: ``customer_id`` and ``was`` of who moved from stage to stage, NULL outside; None where there are none.
        found: as of :func:`assets.moves.facts.standings`.
        is_other: whether the predecessor's days were known otherwise then.
        is_made_anew: whether configuration or program are other ones than the predecessor's.
    """
    facts = _facts(found, moving, is_other=is_other)
    known = _known(night, previous_as_of, moving, staged, facts, is_made_anew=is_made_anew)
    steps: dict[str, Standing] = {}
    for cause, (name, is_tonight) in _FACTS.items():
        on = night.as_of if is_tonight else previous_as_of
        figures = {
            "is_known": known[cause],
            "value": to_the_cent(pl.col("monetary")),
            "churn_risk": pl.lit(None, pl.Float64),
        }
        steps[cause] = Standing(on, judged(facts[name], on, is_tonight=is_tonight).with_columns(**figures))
    return steps


def judged(standing: pl.DataFrame, on: dt.date, *, is_tonight: bool) -> pl.DataFrame:
    """The facts as judged on the predecessor's date, or tonight: windows that end there, and recency."""
    window = {} if is_tonight else {"frequency": pl.col("frequency_then"), "monetary": pl.col("monetary_then")}
    recency_days = (pl.lit(on) - pl.col("last_order_on")).dt.total_days().cast(pl.Int32)
    return standing.with_columns(**window, recency_days=recency_days, judged_on=pl.lit(on))


def with_predictions(steps: Mapping[str, Standing], said: pl.DataFrame, *, of_value: bool) -> dict[str, Standing]:
    """The steps with what was predicted: before, then by the model held, then tonight.

    A prediction is of all a customer's facts, so it is made again at one step: the last that changed the customer's own
    facts, else as time passes. Where the held model cannot be applied again, it is tonight's at such a step, and of a
    customer without one at the step ``model``.

    Args:
        steps: as of :func:`standings_by_step`.
        said: as of :func:`assets.moves.held_predictions.predictions`, in the order of the customers.
        of_value: whether values are predicted ones.
    """
    order = list(steps)
    event = _last_event(steps)
    told = said.with_columns(made_at=event.fill_null(order.index("time_passing")), has_event=event.is_not_null())

    def predicted(place: int, stem: str) -> pl.Expr:
        before, held, tonight = (pl.col(f"{stem}_{when}") for when in ("before", "held", "tonight"))
        if order[place] == "model":
            return tonight
        again = pl.coalesce(held, pl.when(pl.col("has_event")).then(tonight).otherwise(before))
        return pl.when(pl.col("made_at") <= place).then(again).otherwise(before)

    columns = {"churn_risk": "risk"} | ({"value": "value"} if of_value else {})
    return {
        cause: Standing(
            step.on,
            step.customers.with_columns(
                told.select(predicted(place, stem).alias(column)).to_series() for column, stem in columns.items()
            ),
        )
        for place, (cause, step) in enumerate(steps.items())
    }


def is_same(one: Standing, other: Standing, figures: Sequence[str]) -> pl.Series:
    """Whether each customer's figures are the same in both."""
    same = {name: one.customers[name].eq_missing(other.customers[name]) for name in figures}
    return pl.DataFrame(same).select(pl.all_horizontal(pl.all())).to_series()


def _last_event(steps: Mapping[str, Standing]) -> pl.Series:
    """Place of the last step that changed the customer's own facts; NULL where none did."""
    order = list(steps)
    changed = [
        pl.when(~is_same(steps[order[place - 1]], steps[order[place]], FIGURES["rfm"])).then(pl.lit(place))
        for place in sorted(map(order.index, _EVENTS), reverse=True)
    ]
    return pl.select(pl.coalesce(changed).alias("last")).to_series()


def _facts(found: pl.DataFrame, moving: pl.DataFrame, *, is_other: bool) -> dict[str, pl.DataFrame]:
    """The standings by name of the facts, one row per moving customer in the order of ``moving``.

    Where what was known then is known tonight, ``before`` and ``attached`` are ``known``.
    """

    def of(name: str) -> pl.DataFrame:
        theirs = found.filter(pl.col("facts") == name)
        return moving.join(theirs, on="customer_id", how="left", maintain_order="left").with_columns(
            pl.col("orders", "frequency_then", "frequency").fill_null(0),
            pl.col("has_flows_since", "has_sales_since").fill_null(False),
            has_flows=pl.col("facts").is_not_null(),
        )

    names = {
        facts: facts if is_other or facts not in ("before", "attached") else "known" for facts, _ in _FACTS.values()
    }
    return {facts: of(name) for facts, name in names.items()}


def _known(
    night: Night,
    previous_as_of: dt.date,
    moving: pl.DataFrame,
    staged: pl.DataFrame | None,
    facts: Mapping[str, pl.DataFrame],
    *,
    is_made_anew: bool,
) -> dict[str, pl.Series]:
    """Step of the walk to whether each moving customer is a known one after it.

    Somebody who registered or answered since, before any order or refund, becomes known as time passes; who has an
    account that was known under another customer's name does so by the merge.
    """
    staged = moving.with_columns(was=pl.lit(None, pl.String)) if staged is None else staged
    found = moving.join(night.frame("moves_known.sql"), on="customer_id", how="left", maintain_order="left")
    was_staged = moving.join(staged.select("customer_id", "was"), on="customer_id", how="left", maintain_order="left")
    was, now = was_staged["was"].is_not_null(), found["is_known"]
    had_flows, since = facts["before"]["has_flows"], facts["refunded"]
    configured = (was & (now | found["is_absorbed"])) | had_flows if is_made_anew else was
    accounts = night.warehouse.frame("select customer_id, previous_customer_id from reassigned_accounts")
    then = staged.filter(pl.col("was").is_not_null())
    taken_over = accounts.join(then, left_on="previous_customer_id", right_on="customer_id", how="semi")["customer_id"]
    is_named_anew = moving["customer_id"].is_in(taken_over.to_list())
    attached = (configured & ~found["is_absorbed"]) | found["was_part_of"].is_not_null() | is_named_anew
    late = now & (attached | (found["known_since"] <= previous_as_of).fill_null(False))
    is_known_before = (found["known_since"] < since["first_flow_on"]).fill_null(False)
    aged = now & (late | ~since["has_flows_since"] | is_known_before)
    ordered = now & (aged | since["has_sales_since"])
    return dict(zip(_FACTS, (configured, attached, late, aged, ordered, now, now), strict=True))
