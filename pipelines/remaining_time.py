"""How long a run will still take: by what its steps took last time, else by how many are done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from assets.durable_files import write_whole


class Remaining:
    """Seconds left of a run of known steps.

    A step's time is counted from the end of the one before it, so that all of them together are the whole run.

    Args:
        steps: how many there are.
        began: moment of the start, on the clock that the other moments are of.
        usual: seconds each step took last time; a name that comes more than once has all its times together.

    >>> run = Remaining(4, 0.0, {"land": 10.0, "clean": 30.0, "score": 60.0})
    >>> run.seconds(0.0)  # nothing is measured yet: as long as last time
    100.0
    >>> run.ended("land", 20.0)
    >>> run.seconds(20.0)  # twice as slow as last time, and so will be the rest
    180.0
    >>> run.seconds(50.0)
    150.0
    >>> even = Remaining(4, 0.0)
    >>> even.seconds(7.0) is None  # no step is done and no earlier run is known
    True
    >>> even.ended("land", 8.0)
    >>> even.seconds(8.0)
    24.0
    """

    def __init__(self, steps: int, began: float, usual: Mapping[str, float] | None = None) -> None:
        self.steps = steps
        self.began = began
        self.usual = usual or {}
        self.taken: dict[str, float] = {}
        self.count = 0
        self.last = began

    def ended(self, step: str, moment: float) -> None:
        """A step ended."""
        self.taken[step] = self.taken.get(step, 0.0) + moment - self.last
        self.last = moment
        self.count += 1

    def seconds(self, moment: float) -> float | None:
        """Seconds left at the moment, never less than none; None where nothing tells."""
        since_last = moment - self.last
        if not self.usual:
            if not self.count:
                return None
            return max((self.last - self.began) / self.count * max(self.steps - self.count, 0) - since_last, 0.0)
        known = sum(self.usual.get(name, 0.0) for name in self.taken)
        pace = sum(self.taken.values()) / known if known else 1.0
        left = sum(seconds for name, seconds in self.usual.items() if name not in self.taken)
        return max(pace * left - since_last, 0.0)


def in_minutes(seconds: float | None) -> str:
    """The time left as a person reads it.

    >>> [in_minutes(each) for each in (None, 3.2, 61.0, 7322.0)]
    ['', '0:03 left', '1:01 left', '2:02:02 left']
    """
    if seconds is None:
        return ""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02} left" if hours else f"{minute}:{second:02} left"


def usual_seconds(home: Path) -> dict[str, float]:
    """What each step of the last whole night of the home took; empty where none is known."""
    try:
        return {str(name): float(seconds) for name, seconds in json.loads(_file(home).read_bytes()).items()}
    except (OSError, ValueError, AttributeError):  # an estimate only: the next night writes it anew
        return {}


def remember_seconds(home: Path, taken: Mapping[str, float]) -> None:
    """Keep what each step took, for the time left of the next night."""
    with suppress(OSError):  # an estimate only, and the night is published: it has not failed for want of this
        write_whole(_file(home), json.dumps({name: round(seconds, 3) for name, seconds in taken.items()}).encode())


def _file(home: Path) -> Path:
    return home / "dagster" / "step_seconds.json"
