"""Whom to call, write to or thank, and what it brought."""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.tables.vocabulary import AS_OF, CUSTOMER, count, money, share
from models.action_effects import OUTCOMES, STATUSES

_ACTION = Column("action", "VARCHAR", "What to do: `retention_call`, or an action of the configuration's playbook.")
_KIND = Column("kind", "VARCHAR", "What the customer entered.", values=("rfm", "stage", "tier", "risk_band"))
_SEGMENT = Column("segment", "VARCHAR", "Which segment, stage, tier or risk band.")


def _effect(name: str, description: str) -> Column:
    return Column(name, "DOUBLE", description, unit="share, or base currency per customer", nullable=True)


ACTION_LIST = Contract(
    name="action_list",
    description="Whom to call, write to or thank: customers who came into the band of high risk, or into the segment, "
    "stage, tier or band of an action of the playbook; those held out as control and those who wait included.",
    grain="customer x action",
    key=("customer_id", "action"),
    group="actions",
    may_be_empty=True,
    history=True,
    columns=(
        CUSTOMER,
        _ACTION,
        AS_OF,
        Column("rank", "BIGINT", "Place on the action's list: by value at risk in a risk band, else at stake.", low=1),
        Column("reason", "VARCHAR", "Strongest reason of the risk, or from where to where and why, in English."),
        Column("reason_zh", "VARCHAR", "The same in Chinese."),
        Column("listed_on", "DATE", "Since when within capacity; NULL while waiting.", nullable=True),
        Column("expires_on", "DATE", "Last day of the entry; NULL while waiting.", nullable=True),
        Column("is_within_capacity", "BOOLEAN", "Not behind the last the team can call tonight."),
        Column("is_control", "BOOLEAN", "Held out by a hash of action and id: not to be called."),
        share("churn_risk", "Tonight's churn risk; NULL where the customer has none.", nullable=True),
        money(
            "value_at_stake",
            "Expected value of the horizon, never below 0; without one, the window's per horizon. NULL where neither "
            "is known.",
        ),
        Column(
            "value_basis",
            "VARCHAR",
            "Where it comes from: customer_value (`expected`) or what was spent (`historic`). NULL where "
            "value_at_stake is.",
            nullable=True,
            values=("expected", "historic"),
        ),
        money("value_at_risk", "Churn risk x value at stake; NULL where either is."),
        money(
            "expected_saved_value",
            "Of `retention_call`, value at risk x the assumed share that a call saves; 0 for who is not called. NULL "
            "for other actions and where value_at_risk is.",
        ),
        Column("previous_as_of", "DATE", "The predecessor's date; NULL without one.", nullable=True),
        _KIND,
        _SEGMENT,
        Column("suggestion", "VARCHAR", "What to do in words, as the configuration has it."),
        Column("suggestion_zh", "VARCHAR", "The same in Chinese; in English where the configuration has no Chinese."),
        Column(
            "waits_for",
            "VARCHAR",
            "What keeps an entry without a date from beginning; NULL with one.",
            nullable=True,
            values=("capacity", "cool_down"),
        ),
    ),
)

ACTION_LOG = Contract(
    name="action_log",
    description="Every entry of action_list that ever began, ended ones too: who was to be called, who was held out. "
    "Nobody's whom the landed files no longer name.",
    grain="customer x action x first day",
    key=("customer_id", "action", "listed_on"),
    group="actions",
    may_be_empty=True,
    history=True,
    columns=(
        CUSTOMER,
        _ACTION,
        Column("listed_on", "DATE", "First day of the entry."),
        AS_OF,
        Column("expires_on", "DATE", "Last day, unless the customer left the segment before."),
        _KIND,
        _SEGMENT,
        Column("is_control", "BOOLEAN", "Held out: not to be called."),
        share("hold_out", "Share that was to be held out then."),
        Column("cool_down_days", "INTEGER", "Days since any earlier entry that were asked for then.", "day", low=0),
    ),
)

ACTION_EFFECTS = Contract(
    name="action_effects",
    description="What each action brought: customers who were to be contacted beside those held out at random, over "
    "the horizon after they were listed. A customer counts once, with the first entry whose horizon is over.",
    grain="action x what was entered x share held out x outcome",
    key=("action", "kind", "segment", "hold_out", "outcome"),
    group="actions",
    may_be_empty=True,
    columns=(
        _ACTION,
        _KIND,
        _SEGMENT,
        share("hold_out", "Share that was to be held out when they were listed."),
        Column("outcome", "VARCHAR", "`ordered`: a valid order; `net_value`: money.", values=OUTCOMES),
        AS_OF,
        Column("horizon_days", "INTEGER", "Days after the day of listing that are looked at.", "day", low=1),
        Column("first_listed_on", "DATE", "When the first of them was listed."),
        Column("last_listed_on", "DATE", "When the last was."),
        count("called", "Customers who were to be contacted."),
        count("held_out", "Customers held out."),
        _effect("called_value", "Of the contacted: share who ordered, or net value per customer. NULL where none was."),
        _effect("held_out_value", "Of the held-out likewise. NULL where nobody was held out."),
        _effect("difference", "What the action brought: the former less the latter. NULL where either is."),
        _effect("low", "Lower end of its 95 % interval. NULL with the difference, and where all values are one."),
        _effect("high", "Upper end. NULL where the lower one is."),
        Column(
            "status",
            "VARCHAR",
            "`more` or `less` where the interval leaves 0 out, of at least limits.minimum_n customers on either side.",
            values=STATUSES,
        ),
    ),
)
