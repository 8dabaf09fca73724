"""Why each customer changed segment, stage or tier: walked again from the predecessor's night to tonight.

    predecessor's tables, order_flows, order_lines_before
        -> moves_flows -> moves_order_days (assets.moves_facts) -> a standing per step -> places -> cause

Nobody who stayed is looked at, and the cuts of the predecessor are held until the last step (assets.held_cuts). The
walk begins and ends at published places; ``is_retraced`` says whether what it found in between leads from one to the
other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.held_cuts import Cuts, cuts_anew, cuts_of_predecessor, cuts_of_tonight, stage_cuts_anew
from assets.held_predictions import predictions, values_before
from assets.input_key import code_version, configuration_hash
from assets.moves import SEGMENTATIONS
from assets.moves_facts import lay_out, standings
from assets.night import Night, table
from assets.release_manifest import Release
from assets.release_store import ReleaseStore
from assets.tables import (
    CHURN_FEATURES,
    CHURN_SCORES,
    CUSTOMER_IDENTITIES,
    CUSTOMER_MOVES,
    CUSTOMER_VALUE,
    CUSTOMERS,
    LIFECYCLE_STAGES,
    ORDER_FLOWS,
    ORDERS,
    PURCHASE_HISTORIES,
    RESTATEMENTS,
    RFM_SEGMENTS,
    VALUE_TIERS,
)
from assets.warehouse import Query
from models import lifecycle, rfm
from models import value_tiers as pyramid
from models.move_causes import START, WALK, causes
from models.moves import GONE, NEW

_NO_MOVES = {
    "customer_id": pl.String,
    "kind": pl.String,
    "from_segment": pl.String,
    "to_segment": pl.String,
    "cause": pl.String,
    "is_retraced": pl.Boolean,
}

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
_FIGURES = {
    "rfm": ("orders", "recency_days", "frequency", "monetary"),
    "stage": ("orders", "recency_days", "returned_on", "is_known", "churn_risk", "judged_on"),
    "tier": ("orders", "value"),
}


@dataclass(frozen=True)
class Standing:
    """What the moving customers' places are made of after one step.

    Attributes:
        on: the date they are judged on.
        customers: one row per moving customer, always in the same order, with ``customer_id``, what _FIGURES names and
            ``returned_on_tonight``; ``is_known`` of who moved from stage to stage only.
    """

    on: dt.date
    customers: pl.DataFrame


# The restatements come first: the view of the predecessor that they build is used again. Predictions are read only
# where places depend on them.
@table(
    CUSTOMER_MOVES,
    reads=(
        RFM_SEGMENTS,
        LIFECYCLE_STAGES,
        VALUE_TIERS,
        ORDER_FLOWS,
        ORDERS,
        CUSTOMERS,
        CUSTOMER_IDENTITIES,
        PURCHASE_HISTORIES,
        CUSTOMER_VALUE,
        CHURN_FEATURES,
        CHURN_SCORES,
        RESTATEMENTS,
    ),
    kinds=("duckdb", "polars"),
)
def customer_moves(night: Night) -> pl.DataFrame:
    """Who is elsewhere than in the newest release with an earlier ``as_of``, and why; one row per customer and kind."""
    store = ReleaseStore(night.home / "published")
    predecessor = store.predecessor(night.as_of)
    moved = pl.DataFrame(schema=_NO_MOVES)
    if predecessor is not None:
        movers = {
            kind: _movers(night, store, predecessor, kind)
            for kind, (name, _) in SEGMENTATIONS.items()
            if name in predecessor.tables
        }
        if any(each.height for each in movers.values()):
            moved = _caused(night, store, predecessor, movers)
    return moved.with_columns(
        as_of=pl.lit(night.as_of, pl.Date),
        previous_as_of=pl.lit(predecessor.as_of if predecessor else None, pl.Date),
    )


def _movers(night: Night, store: ReleaseStore, predecessor: Release, kind: str) -> pl.DataFrame:
    """Who is elsewhere: ``customer_id``, ``was`` and ``is_now``, NULL outside the table."""
    name, column = SEGMENTATIONS[kind]
    previous = store.read_table(predecessor, name).select("customer_id", was=column).collect()
    current = night.warehouse.frame(Query(f"select customer_id, {column} as is_now from {name}", {}))
    everybody = previous.join(current, on="customer_id", how="full", coalesce=True)
    return everybody.filter(pl.col("was").ne_missing(pl.col("is_now"))).sort("customer_id")


def _caused(
    night: Night, store: ReleaseStore, predecessor: Release, movers: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The moves of every kind with their causes."""
    is_made_anew = (configuration_hash(night.configuration), code_version()) != (
        predecessor.configuration_hash,
        predecessor.code_version,
    )
    moving = pl.concat([each.select("customer_id") for each in movers.values()]).unique().sort("customer_id")
    is_other = lay_out(night, store, predecessor, moving, everybody=is_made_anew)
    tonight = cuts_of_tonight(night)
    held = cuts_of_predecessor(night, store, predecessor)
    stage = stage_cuts_anew(night) if is_made_anew else held.stage
    found = standings(night, predecessor, stage, tonight.stage)
    if is_made_anew:
        values = values_before(store, predecessor) if _is_by_prediction(night) else None
        held = cuts_anew(_on(found.filter(pl.col("facts") == "before"), predecessor.as_of, False), stage, values, night)
    facts = _facts(found, moving, is_other=is_other)
    known = _known(night, predecessor, moving, movers, facts, is_made_anew=is_made_anew)
    steps = _steps(night, predecessor, facts, known)
    if not _is_by_prediction(night) and night.configuration.measures.lifecycle.warning_risk is None:
        said = None
    else:
        said = predictions(night, store, predecessor, moving)
    walk = Walk(night, held, tonight, _with_predictions(night, steps, said), is_made_anew)
    return pl.concat([_moves_of_kind(walk, kind, each) for kind, each in movers.items()])


def _is_by_prediction(night: Night) -> bool:
    return night.configuration.measures.tiers.basis == "predicted"


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


def _on(standing: pl.DataFrame, day: dt.date, is_tonight: bool) -> pl.DataFrame:
    """The standing as judged on the predecessor's date, or tonight: windows that end there, and recency."""
    window = {} if is_tonight else {"frequency": pl.col("frequency_then"), "monetary": pl.col("monetary_then")}
    recency_days = (pl.lit(day) - pl.col("last_order_on")).dt.total_days().cast(pl.Int32)
    return standing.with_columns(**window, recency_days=recency_days)


def _known(
    night: Night,
    predecessor: Release,
    moving: pl.DataFrame,
    movers: Mapping[str, pl.DataFrame],
    facts: Mapping[str, pl.DataFrame],
    *,
    is_made_anew: bool,
) -> dict[str, pl.Series]:
    """Step of the walk to whether each moving customer is a known one after it.

    Somebody who registered or answered since, and did not order, becomes known as time passes.
    """
    staged = movers["stage"] if "stage" in movers else moving.with_columns(was=pl.lit(None, pl.String))
    found = moving.join(night.frame("moves_known.sql"), on="customer_id", how="left", maintain_order="left")
    was_staged = moving.join(staged.select("customer_id", "was"), on="customer_id", how="left", maintain_order="left")
    was, now = was_staged["was"].is_not_null(), found["is_known"]
    had_flows, since = facts["before"]["has_flows"], facts["refunded"]
    configured = ((was & now) | had_flows) if is_made_anew else was
    attached = (configured & ~found["is_absorbed"]) | found["was_part_of"].is_not_null()
    late = now & (attached | (found["known_since"] <= predecessor.as_of).fill_null(False))
    aged = now & (late | ~since["has_flows_since"])
    ordered = now & (aged | since["has_sales_since"])
    return dict(zip(_FACTS, (configured, attached, late, aged, ordered, now, now), strict=True))


def _steps(
    night: Night, predecessor: Release, facts: Mapping[str, pl.DataFrame], known: Mapping[str, pl.Series]
) -> dict[str, Standing]:
    """The standing after each step but the last; values are historic and no risk is known yet."""
    return {
        cause: Standing(
            night.as_of if is_tonight else predecessor.as_of,
            _on(facts[name], night.as_of if is_tonight else predecessor.as_of, is_tonight).with_columns(
                judged_on=pl.lit(night.as_of if is_tonight else predecessor.as_of),
                is_known=known[cause],
                value=pl.col("monetary"),
                churn_risk=pl.lit(None, pl.Float64),
            ),
        )
        for cause, (name, is_tonight) in _FACTS.items()
    }


def _with_predictions(night: Night, steps: dict[str, Standing], said: pl.DataFrame | None) -> dict[str, Standing]:
    """The steps with what was predicted: before, then by the model held, then tonight.

    A prediction is of all a customer's facts, so it is made again at one step: the last that changed the customer's own
    facts, else as time passes. Where the held model cannot be applied again, it is tonight's at such a step, and of a
    customer without one at the step ``model``.
    """
    if said is None:
        return steps
    order = list(_FACTS)
    made_at = _last_event(steps).fill_null(order.index("time_passing"))
    has_event = _last_event(steps).is_not_null()
    columns = {"churn_risk": "risk"} | ({"value": "value"} if _is_by_prediction(night) else {})

    def predicted(place: int, stem: str) -> pl.Expr:
        before, held, tonight = (pl.col(f"{stem}_{when}") for when in ("before", "held", "tonight"))
        if order[place] == "model":
            return tonight
        again = pl.coalesce(held, pl.when(pl.col("has_event")).then(tonight).otherwise(before))
        return pl.when(pl.col("made_at") <= place).then(again).otherwise(before)

    told = said.with_columns(made_at=made_at, has_event=has_event)
    return {
        cause: Standing(
            steps[cause].on,
            steps[cause].customers.with_columns(
                told.select(predicted(place, stem).alias(column)).to_series() for column, stem in columns.items()
            ),
        )
        for place, cause in enumerate(order)
    }


def _last_event(steps: Mapping[str, Standing]) -> pl.Series:
    """Place of the last step that changed the customer's own facts; NULL where none did."""
    order = list(steps)
    changed = [
        pl.when(~_is_same(steps[order[order.index(event) - 1]], steps[event], _FIGURES["rfm"])).then(
            pl.lit(order.index(event))
        )
        for event in reversed(_EVENTS)
    ]
    return pl.select(pl.coalesce(changed).alias("last")).to_series()


def _is_same(one: Standing, other: Standing, figures: Sequence[str]) -> pl.Series:
    """Whether each customer's figures are the same in both."""
    same = {name: one.customers[name].eq_missing(other.customers[name]) for name in figures}
    return pl.DataFrame(same).select(pl.all_horizontal(pl.all())).to_series()


@dataclass(frozen=True)
class Walk:
    """Everything a walk from the predecessor's places to tonight's needs.

    Attributes:
        night: tonight.
        held: the predecessor's cuts under tonight's configuration, held until the last step.
        tonight: the cuts of the last step.
        steps: the standing after each step but the last.
        is_made_anew: whether configuration or program are other ones than the predecessor's.
    """

    night: Night
    held: Cuts
    tonight: Cuts
    steps: Mapping[str, Standing]
    is_made_anew: bool


def _moves_of_kind(walk: Walk, kind: str, movers: pl.DataFrame) -> pl.DataFrame:
    """The moves of a kind with their causes.

    A step that leaves a customer's figures as they are leaves the customer's place, too: it is not judged again under
    cuts that are known to the cent only.
    """
    theirs = {cause: Standing(step.on, _of_movers(step.customers, movers)) for cause, step in walk.steps.items()}
    first, *later = theirs
    place = _places(walk, kind, theirs[first], walk.held) if walk.is_made_anew else movers["was"]
    places = {START: movers["was"], first: place}
    before = theirs[first]
    for cause in later:
        judged = _places(walk, kind, theirs[cause], walk.held)
        places[cause] = place = place.zip_with(_is_same(before, theirs[cause], _FIGURES[kind]), judged)
        before = theirs[cause]
    places[WALK[-1]] = movers["is_now"]
    found = causes(
        movers.select("customer_id").with_columns(**places, is_retraced=_is_retraced(walk, kind, theirs, movers))
    )
    return found.select(
        "customer_id",
        pl.lit(kind).alias("kind"),
        pl.col(START).fill_null(NEW).alias("from_segment"),
        pl.col(WALK[-1]).fill_null(GONE).alias("to_segment"),
        "cause",
        "is_retraced",
    )


def _of_movers(customers: pl.DataFrame, movers: pl.DataFrame) -> pl.DataFrame:
    return movers.select("customer_id").join(customers, on="customer_id", how="left", maintain_order="left")


def _places(walk: Walk, kind: str, standing: Standing, cuts: Cuts) -> pl.Series:
    """Where the customers stand under the cuts; NULL outside the table."""
    customers = standing.customers
    if kind == "rfm":
        placed = rfm.segments(customers.filter(pl.col("orders") > 0), cuts.rfm).select("customer_id", place="segment")
    elif kind == "stage":
        warning_risk = walk.night.configuration.measures.lifecycle.warning_risk
        placed = lifecycle.with_stage(
            customers.filter("is_known").drop("churn_risk"),
            cuts.stage,
            standing.on,
            churn_risk=None if warning_risk is None else customers.select("customer_id", "churn_risk"),
            warning_risk=warning_risk,
        ).select("customer_id", place="stage")
    else:
        placed = pyramid.tiers(customers.filter(pl.col("orders") > 0), cuts.tier).select("customer_id", place="tier")
    found = customers.select("customer_id").join(placed, on="customer_id", how="left", maintain_order="left")
    return found["place"]


def _is_retraced(walk: Walk, kind: str, theirs: Mapping[str, Standing], movers: pl.DataFrame) -> pl.Series:
    """Whether the walk's first and last standing give the published places.

    The first is known to only where the configuration and the program are the predecessor's. An amount that lies on a
    border known to the cent may fall on either side of it.
    """
    first, last = theirs[WALK[0]], theirs[WALK[-2]]
    tonight = Standing(last.on, last.customers.with_columns(returned_on="returned_on_tonight"))
    ends = _agrees(walk, kind, tonight, walk.tonight, movers["is_now"])
    return ends if walk.is_made_anew else ends & _agrees(walk, kind, first, walk.held, movers["was"])


def _agrees(walk: Walk, kind: str, standing: Standing, cuts: Cuts, published: pl.Series) -> pl.Series:
    borders: Mapping[str, tuple[str, Sequence[Any]]] = {
        "rfm": ("monetary", cuts.rfm.monetary),
        "tier": ("value", (cuts.tier.high_from, cuts.tier.mid_from)),
    }
    agrees = _places(walk, kind, standing, cuts).eq_missing(published)
    if kind not in borders:
        return agrees
    column, values = borders[kind]
    known = [value for value in values if value is not None]
    lies_on_one = standing.customers.select(pl.col(column).is_in(known).fill_null(False)).to_series()
    return agrees | lies_on_one
