"""Points of two measures with their names: what matters against how it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import (
    Labeller,
    Scale,
    drawing,
    line,
    mark,
    room_for,
    shortened,
    text,
    text_width,
    ticks,
    value_axis,
)


@dataclass(frozen=True)
class Spot:
    """One point: across, up with its interval, its name and the words of its tip."""

    across: float
    up: float
    low: float
    high: float
    name: str
    tip: str


def scatter(
    spots: Sequence[Spot], *, width: int, axes: tuple[Labeller, Labeller], names: tuple[str, str], label: str
) -> Markup:
    """Spots on two axes, cut by the mean of each; a name stands where it covers no other."""
    height = 330
    across, up = axes
    lowest, highest = min(s.across for s in spots), max(s.across for s in spots)
    pad = max((highest - lowest) * 0.12, 0.01)
    steps = ticks(0.0, max(s.high for s in spots) or 1.0, 5)
    left = room_for(steps, up)
    top, bottom, right = 26, height - 46, width - 10
    y = Scale(0.0, steps[-1], bottom, top)
    x = Scale(max(lowest - pad, 0.0), min(highest + pad, 1.0), left + 10, right)
    parts = value_axis(steps, y, left, right, up)
    most = max(2, int((right - left) / 80))
    shown = [step for step in ticks(x.low, x.high, most) if x.low <= step <= x.high]
    parts += [text(across(step), x(step), bottom + 18, class_="t axis", anchor="middle") for step in shown]
    middle_across, middle_up = (
        sum(values) / len(spots) for values in ([s.across for s in spots], [s.up for s in spots])
    )
    parts.append(line(x(middle_across), top, x(middle_across), bottom, "reference"))
    parts.append(line(left, y(middle_up), right, y(middle_up), "reference"))
    taken = [(x(s.across) - 6, y(s.up) - 6, x(s.across) + 6, y(s.up) + 6) for s in spots]
    for spot in spots:
        parts.append(line(x(spot.across), y(spot.low), x(spot.across), y(spot.high), "whisker"))
        parts.append(mark("circle", spot.tip, cx=x(spot.across), cy=y(spot.up), r=5, class_="dot blue"))
    for spot in spots:
        name = shortened(spot.name, (right - left) / 2, 12)
        at, base = _place(x(spot.across), y(spot.up), text_width(name, 12), (left, top, right, bottom), taken)
        parts.append(text(name, at, base, class_="t figure halo"))
    parts.append(text(names[0], (left + right) / 2, height - 6, class_="t note", anchor="middle"))
    parts.append(text(names[1], 0, 12, class_="t note"))
    return drawing(parts, width=width, height=height, label=label)


Box = tuple[float, float, float, float]


def _place(x: float, y: float, size: float, inside: Box, taken: list[Box]) -> tuple[float, float]:
    """Where a name of that size begins, and its base line: beside its point where it covers nothing; it is taken then.

    Where there is no such place the first inside the picture will have to do.
    """
    left, top, right, bottom = inside
    beside, centred = (x + 9, x - 9 - size), x - size / 2
    tried = [(at, y + 4) for at in beside]
    tried += [(at, y + row) for row in (-10, 18, -24, 32) for at in (centred, *beside)]
    fitting = [(a, b) for a, b in tried if a >= left and a + size <= right and b - 11 >= top - 12 and b <= bottom]
    free = [(a, b) for a, b in fitting if not any(_cover((a, b - 11, a + size, b + 2), box) for box in taken)]
    at, base = next(iter((*free, *fitting, *tried)))
    taken.append((at, base - 11, at + size, base + 2))
    return at, base


def _cover(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
