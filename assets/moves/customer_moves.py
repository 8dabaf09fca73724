"""Why each customer changed segment, stage or tier: walked again from the predecessor's night to tonight.

    predecessor's tables, order_flows, order_lines_before
        -> moves_flows -> moves_order_days (``facts``) -> a standing per step (``steps``)
        -> places -> cause

Nobody who stayed is looked at, and the cuts of the predecessor are held until the last step (``held_cuts``). The
walk begins and ends at published places; ``is_retraced`` says whether what it found in between leads from one to the
other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from assets.input_key import code_version, configuration_hash
from assets.moves.facts import lay_out, standings
from assets.moves.held_cuts import Cuts, cuts_anew, cuts_of_predecessor, cuts_of_tonight, stage_cuts_anew
from assets.moves.held_predictions import predictions, values_before
from assets.moves.segment_moves import SEGMENTATIONS
from assets.moves.steps import FIGURES, Standing, is_same, judged, standings_by_step, with_predictions
from assets.night import Night, table
from assets.releases.manifest import Release
from assets.tables import (
    CHURN_FEATURES,
    CHURN_SCORES,
    CUSTOMER_IDENTITIES,
    CUSTOMER_MOVES,
    CUSTOMER_VALUE,
    CUSTOMERS,
    EXCHANGE_RATES,
    FILE_REGISTER,
    LIFECYCLE_STAGES,
    ORDER_FLOWS,
    ORDER_LINES,
    ORDERS,
    PURCHASE_HISTORIES,
    RESTATEMENTS,
    RFM_CUTS,
    RFM_SEGMENTS,
    ROW_OUTCOMES,
    VALUE_TIERS,
)
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


# The restatements come first: the view of the predecessor that they build is used again, and else is built of what they
# read. Predictions are read only where places depend on them.
@table(
    CUSTOMER_MOVES,
    reads=(
        FILE_REGISTER,
        EXCHANGE_RATES,
        ROW_OUTCOMES,
        RFM_CUTS,
        RFM_SEGMENTS,
        LIFECYCLE_STAGES,
        VALUE_TIERS,
        ORDER_LINES,
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
    predecessor = night.predecessor()
    moved = pl.DataFrame(schema=_NO_MOVES)
    if predecessor is not None:
        movers = {
            kind: _movers(night, predecessor, kind)
            for kind, (name, _) in SEGMENTATIONS.items()
            if name in predecessor.tables
        }
        if any(each.height for each in movers.values()):
            moved = _caused(night, predecessor, movers)
    return moved.with_columns(
        as_of=pl.lit(night.as_of, pl.Date),
        previous_as_of=pl.lit(predecessor.as_of if predecessor else None, pl.Date),
    )


def _movers(night: Night, predecessor: Release, kind: str) -> pl.DataFrame:
    """Who is elsewhere: ``customer_id``, ``was`` and ``is_now``, NULL outside the table."""
    name, column = SEGMENTATIONS[kind]
    previous = night.store.read_table(predecessor, name).select("customer_id", was=column).collect()
    current = night.warehouse.frame(f"select customer_id, {column} as is_now from {name}")
    everybody = previous.join(current, on="customer_id", how="full", coalesce=True)
    return everybody.filter(pl.col("was").ne_missing(pl.col("is_now"))).sort("customer_id")


def _caused(night: Night, predecessor: Release, movers: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The moves of every kind with their causes."""
    is_made_anew = (configuration_hash(night.configuration), code_version()) != (
        predecessor.configuration_hash,
        predecessor.code_version,
    )
    moving = pl.concat([each.select("customer_id") for each in movers.values()]).unique().sort("customer_id")
    is_other = lay_out(night, predecessor, moving, everybody=is_made_anew)
    tonight = cuts_of_tonight(night)
    held = cuts_of_predecessor(night, predecessor)
    stage = stage_cuts_anew(night) if is_made_anew else held.stage
    found = standings(night, predecessor.as_of, stage, tonight.stage)
    by_value = night.configuration.measures.tiers.basis == "predicted"
    warning_risk = night.configuration.measures.lifecycle.warning_risk
    if is_made_anew:
        then = judged(found.filter(pl.col("facts") == "before"), predecessor.as_of, is_tonight=False)
        held = cuts_anew(night, predecessor.as_of, then, stage, values_before(night, predecessor) if by_value else None)
    steps = standings_by_step(
        night, predecessor.as_of, moving, movers.get("stage"), found, is_other=is_other, is_made_anew=is_made_anew
    )
    if by_value or warning_risk is not None:
        said = predictions(night, predecessor, moving)
        steps = with_predictions(steps, said, of_value=by_value)
    walk = Walk(held, tonight, steps, warning_risk, is_made_anew)
    return pl.concat([_moves_of_kind(walk, kind, each) for kind, each in movers.items()])


@dataclass(frozen=True)
class Walk:
    """Everything a walk from the predecessor's places to tonight's needs.

    Attributes:
        held: the predecessor's cuts under tonight's configuration, held until the last step.
        tonight: the cuts of the last step.
        steps: the standing after each step but the last.
        warning_risk: churn risk from which on a customer is warned of; None: the gap alone decides.
        is_made_anew: whether configuration or program are other ones than the predecessor's.
    """

    held: Cuts
    tonight: Cuts
    steps: Mapping[str, Standing]
    warning_risk: float | None
    is_made_anew: bool


def _moves_of_kind(walk: Walk, kind: str, movers: pl.DataFrame) -> pl.DataFrame:
    """The moves of a kind with their causes.

    A step that leaves a customer's figures as they are leaves the customer's place, too: it is not judged again under
    borders that are known to the cent only.
    """
    theirs = {cause: Standing(step.on, _of_movers(step.customers, movers)) for cause, step in walk.steps.items()}
    first, *later = theirs
    place = _places(walk, kind, theirs[first], walk.held) if walk.is_made_anew else movers["was"]
    places = {START: movers["was"], first: place}
    before = theirs[first]
    for cause in later:
        anew = _places(walk, kind, theirs[cause], walk.held)
        places[cause] = place = place.zip_with(is_same(before, theirs[cause], FIGURES[kind]), anew)
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
        placed = lifecycle.with_stage(
            customers.filter("is_known").drop("churn_risk"),
            cuts.stage,
            standing.on,
            churn_risk=None if walk.warning_risk is None else customers.select("customer_id", "churn_risk"),
            warning_risk=walk.warning_risk,
        ).select("customer_id", place="stage")
    else:
        placed = pyramid.tiers(customers.filter(pl.col("orders") > 0), cuts.tier).select("customer_id", place="tier")
    found = customers.select("customer_id").join(placed, on="customer_id", how="left", maintain_order="left")
    return found["place"]


def _is_retraced(walk: Walk, kind: str, theirs: Mapping[str, Standing], movers: pl.DataFrame) -> pl.Series:
    """Whether the walk's first and last standing give the published places.

    The first is known to only where the configuration and the program are the predecessor's. A value that lies on the
    border of a tier, which is known to the cent, may fall on either side of it.
    """
    first, last = theirs[WALK[0]], theirs[WALK[-2]]
    tonight = Standing(last.on, last.customers.with_columns(returned_on="returned_on_tonight"))
    ends = _agrees(walk, kind, tonight, walk.tonight, movers["is_now"])
    return ends if walk.is_made_anew else ends & _agrees(walk, kind, first, walk.held, movers["was"])


def _agrees(walk: Walk, kind: str, standing: Standing, cuts: Cuts, published: pl.Series) -> pl.Series:
    agrees = _places(walk, kind, standing, cuts).eq_missing(published)
    if kind != "tier":
        return agrees
    borders = [border for border in (cuts.tier.high_from, cuts.tier.mid_from) if border is not None]
    lies_on_one = standing.customers.select(pl.col("value").is_in(borders).fill_null(False)).to_series()
    return agrees | lies_on_one
