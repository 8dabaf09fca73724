"""A night looks for garbage rarely, and leaves the process as it was."""

from __future__ import annotations

import gc

import pytest

from pipelines.garbage import collecting_rarely


def test_inside_the_rounds_are_rare_and_afterwards_as_before_also_where_the_night_fails() -> None:
    before = gc.get_threshold()
    inside = []

    @collecting_rarely()
    def night() -> None:
        inside.append(gc.get_threshold())
        raise RuntimeError("the night failed")

    with pytest.raises(RuntimeError, match="the night failed"):
        night()
    assert inside[0][0] > before[0]
    assert gc.isenabled()
    assert gc.get_threshold() == before


def test_what_refers_to_itself_is_still_found() -> None:
    class Ring:
        pass

    with collecting_rarely():
        before = gc.get_stats()[0]["collections"]
        for _ in range(30_000):
            ring = Ring()
            ring.itself = ring  # type: ignore[attr-defined]
        assert gc.get_stats()[0]["collections"] > before
