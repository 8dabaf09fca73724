"""The cause of a move: the step of the walk that brings the customer to where she is."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from models.move_causes import START, WALK, causes

PLACES = st.sampled_from(["loyal", "repeat", "lost", None])


def of(*places: str | None) -> list[str]:
    """The cause of one customer's walk through these places, the last one kept to the end."""
    walk = [*places, *[places[-1]] * (len(WALK) + 1 - len(places))]
    frame = pl.DataFrame(dict(zip((START, *WALK), ([place] for place in walk), strict=True)))
    return causes(frame)["cause"].to_list()


def test_who_stayed_is_not_listed_wherever_the_walk_led_in_between() -> None:
    assert of("loyal") == of("loyal", "lost", "repeat", "loyal") == of(None, "lost", None) == []


def test_the_first_step_that_leads_to_the_end_is_the_cause() -> None:
    assert of("loyal", "repeat") == ["configuration"]
    assert of("loyal", "loyal", "loyal", "loyal", "lost", "repeat") == ["new_order"]
    assert of("loyal", "loyal", "repeat", "repeat", "lost", "repeat") == ["identity_merge"]
    assert of(None, None, None, "loyal") == ["late_row"]
    assert of("loyal", "loyal", "loyal", "loyal", "loyal", "loyal", None) == ["refund"]


@given(st.lists(PLACES, min_size=len(WALK) + 1, max_size=len(WALK) + 1))
def test_whoever_moved_has_one_cause_and_after_it_is_at_the_end(walk: list[str | None]) -> None:
    frame = pl.DataFrame(
        dict(zip((START, *WALK), ([place] for place in walk), strict=True)),
        schema=dict.fromkeys((START, *WALK), pl.String),
    )
    found = causes(frame)
    assert found.height == (walk[0] != walk[-1])
    for row in found.rows(named=True):
        assert row[row["cause"]] == walk[-1]
        assert walk[-1] not in [row[step] for step in WALK[: WALK.index(row["cause"])]]
