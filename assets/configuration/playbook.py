"""The playbook as the configuration tells it: what to do about customers who enter a segment, stage, tier or band."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import ValidationInfo, field_validator

from assets.configuration.values import (
    Count,
    Days,
    DaysOrNone,
    Problems,
    Section,
    Share,
    SnakeCase,
    Text,
    did_you_mean,
    refusal,
)
from models.churn.learning import RISK_BANDS
from models.lifecycle import STAGES
from models.retention_list import CALL
from models.rfm import SEGMENTS
from models.value_tiers import TIERS

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "rfm": SEGMENTS, "stage": STAGES, "tier": TIERS, "risk_band": RISK_BANDS,
}  # fmt: skip
"""What a customer can enter, by kind."""


class Entry(Section):
    """On entering what an action is due."""

    kind: Literal["rfm", "stage", "tier", "risk_band"]
    enters: Text

    @field_validator("enters")
    @classmethod
    def _is_of_its_kind(cls, enters: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind")
        if kind is not None and enters not in PLACES[kind]:
            raise refusal(f"a name of the kind {kind}", did_you_mean(enters, PLACES[kind]))
        return enters


class Action(Section):
    """One action: for whom, what to do, for how many at a time, and how long an entry stands."""

    action: SnakeCase
    when: Entry
    suggestion: Text
    suggestion_zh: Text | None = None
    list_days: Days = 30
    capacity: Count = 200
    hold_out: Share = 0.1
    cool_down_days: DaysOrNone = 30


def repeated_actions(playbook: Any) -> Problems:
    """An action's id is its own: the list, its log and the hold-out go by it.

    Judged on the raw values: an action with other problems still repeats an id.
    """
    taken = {CALL}
    for place, told in enumerate(playbook if isinstance(playbook, list | tuple) else ()):
        action = told.get("action") if isinstance(told, Mapping) else getattr(told, "action", None)
        if isinstance(action, str) and action.strip() in taken:
            hint = "that call is set under measures.retention" if action.strip() == CALL else ""
            yield (place, "action"), action, refusal("an id no other action has", hint)
        taken.add(str(action).strip())


def call_of(retention: Any, *, has_playbook: bool) -> Action:
    """The call to customers at high risk, which every shop has: the playbook's first action.

    Args:
        retention: the section ``measures.retention``.
        has_playbook: whether there are other actions; without one nothing is there to cool down from.
    """
    cool_down = retention.cool_down_days
    return Action(
        action=CALL,
        when=Entry(kind="risk_band", enters="high"),
        suggestion="Call the customer",
        suggestion_zh="致电客户",
        list_days=retention.list_days,
        capacity=retention.capacity,
        hold_out=retention.hold_out,
        cool_down_days=(30 if has_playbook else 0) if cool_down is None else cool_down,
    )
