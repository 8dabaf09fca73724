"""Whom to call, write to or thank, and why: the playbook's actions, held to the release before.

    tonight's places, the predecessor's places -> who newly entered
        -> consent, the predecessor's list, the log of entries that began -> action_list -> action_log

Every action goes the same way, the call to customers at high risk among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.configuration.playbook import Action, Entry
from assets.configuration.settings import actions_of
from assets.moves.segment_moves import SEGMENTATIONS
from assets.night import Night, table
from assets.releases.manifest import Release
from assets.tables import (
    ACTION_LIST,
    ACTION_LOG,
    CHURN_SCORES,
    CUSTOMER_IDENTITIES,
    CUSTOMER_MOVES,
    CUSTOMER_VALUE,
    CUSTOMERS,
    LIFECYCLE_STAGES,
    RFM_SEGMENTS,
    VALUE_TIERS,
)
from assets.value_at_risk import valued
from models import retention_list
from models.moves import NEW
from reports.labels import MOVE_CAUSES, MOVE_KINDS, NAMES

# Kind of place: the table and the column that say where a customer is.
_PLACED_BY = {**SEGMENTATIONS, "risk_band": (CHURN_SCORES.name, "risk_band")}

_ENTRIES = {
    "customer_id": pl.String,
    "action": pl.String,
    "kind": pl.String,
    "segment": pl.String,
    "listed_on": pl.Date,
    "expires_on": pl.Date,
    "reason": pl.String,
    "reason_zh": pl.String,
    "is_control": pl.Boolean,
}
_BEGUN = {
    "customer_id": pl.String,
    "action": pl.String,
    "listed_on": pl.Date,
    "expires_on": pl.Date,
    "kind": pl.String,
    "segment": pl.String,
    "is_control": pl.Boolean,
    "hold_out": pl.Float64,
    "cool_down_days": pl.Int32,
}


@dataclass(frozen=True)
class Before:
    """What the release before tells; without one nobody stood anywhere, and nothing was listed.

    Attributes:
        release: the predecessor.
        entries: its list: where, since when, until when; no dates for who waited.
        begun: when entries began, up to its date: ``customer_id`` of tonight and ``listed_on``.
        accounts: whose they are tonight: ``account_id`` and ``customer_id``.
    """

    release: Release | None
    entries: pl.DataFrame
    begun: pl.DataFrame
    accounts: pl.DataFrame


# Moves are read only where an action is about them; they are listed so that they come first.
@table(
    ACTION_LIST,
    reads=(
        CHURN_SCORES,
        CUSTOMER_VALUE,
        VALUE_TIERS,
        RFM_SEGMENTS,
        LIFECYCLE_STAGES,
        CUSTOMERS,
        CUSTOMER_IDENTITIES,
        CUSTOMER_MOVES,
    ),
    kinds=("duckdb", "polars"),
)
def action_list(night: Night) -> pl.DataFrame:
    """Whom to call, write to or thank: who newly entered and who is still listed; one row per customer and action.

    A customer comes on the list on entering the action's segment, stage, tier or band, leaves it on leaving that or
    when the entry expires, and comes back only after leaving: nobody is called twice about one silence. Who is passed
    over for want of capacity, or was listed under another action too lately, waits: the entry has no date yet, and
    begins on the night nothing is in its way. The actions choose in the order of the configuration, the call first.
    """
    before = _before(night)
    listed: list[pl.DataFrame] = []
    begun = before.begun
    for action in actions_of(night.configuration):
        entries = _entries(night, action, before, begun)
        listed.append(entries)
        began = entries.filter(pl.col("listed_on") == night.as_of)
        begun = pl.concat([begun, began.select("customer_id", "listed_on")])
    return pl.concat(listed).with_columns(
        as_of=pl.lit(night.as_of),
        previous_as_of=pl.lit(before.release.as_of if before.release else None, pl.Date),
    )


@table(ACTION_LOG, reads=(ACTION_LIST, CUSTOMERS, CUSTOMER_IDENTITIES), kinds=("duckdb", "polars"))
def action_log(night: Night) -> pl.DataFrame:
    """Every entry that ever began, ended ones too: the predecessor's log and what began since; one row per entry.

    Of nobody the landed files no longer name: whoever is taken out of them leaves the log, too.
    """
    named = "select customer_id from customers union select account_id from customer_identities"
    known = _read(night, night.predecessor(), ACTION_LOG.name, _BEGUN)
    known = known.join(night.warehouse.frame(named), on="customer_id", how="semi", maintain_order="left")
    settings = pl.DataFrame(
        [(each.action, each.hold_out, each.cool_down_days) for each in actions_of(night.configuration)],
        schema={name: _BEGUN[name] for name in ("action", "hold_out", "cool_down_days")},
        orient="row",
    )
    begun = night.warehouse.frame("select * from action_list where listed_on is not null")
    new = begun.join(known, on=["customer_id", "action", "listed_on"], how="anti").join(settings, on="action")
    new = new.select(pl.col(column).cast(dtype) for column, dtype in _BEGUN.items())
    return pl.concat([known, new]).with_columns(as_of=pl.lit(night.as_of))


def _entries(night: Night, action: Action, before: Before, begun: pl.DataFrame) -> pl.DataFrame:
    """An action's entries of tonight, ranked.

    Args:
        night: the night.
        action: the action.
        before: what the release before tells.
        begun: when entries began, of the actions that chose before this one tonight as well.
    """
    entry = action.when
    known = before.entries.filter(
        pl.col("action") == action.action, pl.col("kind") == entry.kind, pl.col("segment") == entry.enters
    ).drop("action", "kind", "segment")
    waiting = known.filter(pl.col("listed_on").is_null())
    standing = _standing(night, entry, before, waiting)
    name, column = _PLACED_BY[entry.kind]
    here = f"may_be_called and customer_id in (select customer_id from {name} where {column} = $enters)"
    too_lately = begun.filter(pl.col("listed_on") > night.as_of - dt.timedelta(days=action.cool_down_days))
    candidates = (
        valued(night, here, enters=entry.enters)
        .with_columns(pl.col("value_at_stake", "value_at_risk").round(2))
        .join(known, on="customer_id", how="left")
        .with_columns(is_standing=pl.col("customer_id").is_in(standing["customer_id"].implode()))
        .filter(~pl.col("is_standing") | (pl.col("expires_on") >= night.as_of))
        .with_columns(pl.when(pl.col("is_standing")).then(pl.col("listed_on", "expires_on")))
        .with_columns(was_control=pl.when(pl.col("listed_on").is_not_null()).then(pl.col("is_control")))
        .with_columns(
            cools_down=pl.col("listed_on").is_null() & pl.col("customer_id").is_in(too_lately["customer_id"].implode())
        )
    )
    chosen = retention_list.chosen(
        candidates,
        by="value_at_risk" if entry.kind == "risk_band" else "value_at_stake",
        action=action.action,
        capacity=action.capacity,
        hold_out=action.hold_out,
        saved_share=night.configuration.measures.retention.saved_share
        if action.action == retention_list.CALL
        else None,
    )
    begins = pl.col("listed_on").is_null() & pl.col("is_within_capacity")
    expires_on = night.as_of + dt.timedelta(days=action.list_days)
    return (
        chosen.join(_reasons(night, entry), on="customer_id", how="left", maintain_order="left")
        .with_columns(
            listed_on=pl.when(begins).then(pl.lit(night.as_of)).otherwise(pl.col("listed_on")),
            expires_on=pl.when(begins).then(pl.lit(expires_on)).otherwise(pl.col("expires_on")),
            waits_for=pl.when("cools_down").then(pl.lit("cool_down")).otherwise(pl.lit("capacity")),
            action=pl.lit(action.action),
            kind=pl.lit(entry.kind),
            segment=pl.lit(entry.enters),
            suggestion=pl.lit(action.suggestion),
            suggestion_zh=pl.lit(action.suggestion_zh or action.suggestion),
            **_told(entry),
        )
        .with_columns(waits_for=pl.when(pl.col("listed_on").is_null()).then(pl.col("waits_for")))
        .select(column.name for column in ACTION_LIST.columns if column.name not in ("as_of", "previous_as_of"))
    )


def _standing(night: Night, entry: Entry, before: Before, waiting: pl.DataFrame) -> pl.DataFrame:
    """Who stood already in the place entered, and did not wait there; customers of tonight."""
    name, column = _PLACED_BY[entry.kind]
    places = night.store.rows(before.release, name, {"customer_id": pl.String, column: pl.String})
    stood = places.filter(pl.col(column) == entry.enters).select("customer_id")
    return _as_tonight(stood.join(waiting, on="customer_id", how="anti"), before.accounts)


def _names_of(kind: str) -> Mapping[str, tuple[str, str]]:
    """What the places of a kind are called in English and Chinese: names go by the column that says where one is."""
    _, column = _PLACED_BY[kind]
    return NAMES[column]


def _told(entry: Entry) -> dict[str, pl.Expr]:
    """Why, in both languages: of a risk tonight's reason, of a move that of the night on which it was made."""
    name, name_zh = _names_of(entry.kind)[entry.enters]
    if entry.kind == "risk_band":
        return {
            "reason": pl.col("told").fill_null(f"{name.lower()} churn risk"),
            "reason_zh": pl.col("told_zh").fill_null(f"流失风险{name_zh}"),
        }
    kind, kind_zh = MOVE_KINDS[entry.kind]
    return {
        "reason": pl.coalesce("reason", "told", pl.lit(f"{kind} {name}, with no earlier night to compare with")),
        "reason_zh": pl.coalesce("reason_zh", "told_zh", pl.lit(f"{kind_zh}“{name_zh}”，此前无可比较的版本")),
    }


def _reasons(night: Night, entry: Entry) -> pl.DataFrame:
    """Tonight's reasons: ``customer_id``, ``told`` and ``told_zh``."""
    if entry.kind == "risk_band":
        risks = (
            "select customer_id, reason_1 as told, reason_1_zh as told_zh from churn_scores where risk_band = $enters"
        )
        return night.warehouse.frame(risks, {"enters": entry.enters})
    moves = "select customer_id, from_segment, cause from customer_moves where kind = $kind and to_segment = $enters"
    moved = night.warehouse.frame(moves, entry.model_dump())
    found = moved.select("from_segment", "cause").unique().rows()
    words = pl.DataFrame(
        [(came, cause, *_move_in_words(entry, came, cause)) for came, cause in found],
        schema=dict.fromkeys(("from_segment", "cause", "told", "told_zh"), pl.String),
        orient="row",
    )
    return moved.join(words, on=["from_segment", "cause"]).select("customer_id", "told", "told_zh")


def _move_in_words(entry: Entry, came: str, cause: str) -> tuple[str, str]:
    """From where to where and why, in English and Chinese."""
    names = _names_of(entry.kind)
    (kind, kind_zh), (name, name_zh), (why, why_zh) = MOVE_KINDS[entry.kind], names[entry.enters], MOVE_CAUSES[cause]
    why = why[0].lower() + why[1:]
    if came == NEW:
        return f"{kind} {name}, in none before: {why}", f"{kind_zh}新进入“{name_zh}”：{why_zh}"
    was, was_zh = names[came]
    return f"{kind} from {was} to {name}: {why}", f"{kind_zh}由“{was_zh}”转为“{name_zh}”：{why_zh}"


def _before(night: Night) -> Before:
    release = night.predecessor()
    entries = _read(night, release, ACTION_LIST.name, _ENTRIES)
    is_logged = release is not None and ACTION_LOG.name in release.tables
    begun = (
        _read(night, release, ACTION_LOG.name, _BEGUN)
        if is_logged
        else entries.filter(pl.col("listed_on").is_not_null())
    )
    accounts = night.warehouse.frame("select account_id, customer_id from customer_identities")
    return Before(release, entries, _as_tonight(begun.select("customer_id", "listed_on"), accounts), accounts)


def _as_tonight(rows: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """The rows under whom their customers belong to tonight: an account may be united with another since."""
    united = accounts.filter(pl.col("account_id") != pl.col("customer_id"))
    return rows.with_columns(pl.col("customer_id").replace(united["account_id"], united["customer_id"]))


def _read(night: Night, release: Release | None, name: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    """A table of the release before, as far as it had it; the call was all there was before places were named."""
    if release is None or name not in release.tables:
        return pl.DataFrame(schema=schema)
    rows = night.store.read_table(release, name)
    if "kind" not in rows.collect_schema():
        rows = rows.with_columns(kind=pl.lit("risk_band"), segment=pl.lit("high"))
    return rows.select(pl.col(column).cast(dtype) for column, dtype in schema.items()).collect()
