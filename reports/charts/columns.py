"""Columns over time, the unfinished period hatched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import (
    Labeller,
    Scale,
    drawing,
    group,
    mark,
    room_for,
    text,
    text_width,
    ticks,
    value_axis,
    whole_ticks,
)
from reports.drawing import line as straight


@dataclass(frozen=True)
class Period:
    """One column. ``value`` None is a period without a figure; ``second`` is a second line of the axis label."""

    label: str
    second: str
    value: float | None
    text: str
    tip: str
    is_complete: bool


def columns(periods: Sequence[Period], *, width: int, axis: Labeller, label: str, unfinished: str) -> Markup:
    """One column a period; the highest finished and the last column carry their figure."""
    height = 300
    values = [p.value for p in periods if p.value is not None]
    steps = ticks(min(0.0, *values) if values else 0.0, max(0.0, *values) if values else 1.0, 4)
    left = room_for(steps, axis)
    top, bottom, right = 34, height - 44, width - 4
    y = Scale(steps[0], steps[-1], bottom, top)
    slot = (right - left) / max(len(periods), 1)
    bar = min(slot * 0.74, 56)
    parts = value_axis(steps, y, left, right, axis)
    finished = [(p.value, -i) for i, p in enumerate(periods) if p.value is not None and p.is_complete]
    named = {-max(finished)[1]} if finished else set[int]()
    named.add(len(periods) - 1)
    every = max(1, -(-len(periods) * 34 // int(right - left)))
    last_year = ""
    for i, period in enumerate(periods):
        middle = left + slot * (i + 0.5)
        if period.value is not None:
            a, b = sorted((y(period.value), y(0.0)))
            kind = ("bar blue" if period.value >= 0 else "bar vermillion") if period.is_complete else "bar hatched"
            parts.append(
                mark("rect", period.tip, x=middle - bar / 2, y=a, width=bar, height=max(b - a, 1), class_=kind, rx=1.5)
            )
            if slot > 56 or (i in named and _is_free(periods, i, slot)):
                half = text_width(period.text, 12) / 2
                at = min(max(middle, left + half), right - half)
                parts.append(text(period.text, at, a - 7, class_="t figure", anchor="middle"))
        if i % every == 0 or (i == len(periods) - 1 and i % every > every / 2):
            parts.append(text(period.label, middle, bottom + 17, class_="t axis", anchor="middle"))
            if period.second != last_year:
                parts.append(text(period.second, middle, bottom + 33, class_="t axis strong", anchor="middle"))
                last_year = period.second
    if periods and not periods[-1].is_complete:
        parts.append(text(unfinished, right, 12, class_="t note", anchor="end"))
    return drawing([group(parts)], width=width, height=height, label=label)


def _is_free(periods: Sequence[Period], i: int, slot: float) -> bool:
    """Whether the figure over a column meets no taller neighbour."""
    if text_width(periods[i].text, 12) < slot:
        return True
    beside = [p.value for p in (*periods[max(i - 1, 0) : i], *periods[i + 1 : i + 2]) if p.value is not None]
    own = periods[i].value or 0.0
    return all(v < own for v in beside)


@dataclass(frozen=True)
class Bin:
    """One bar of a histogram from ``low`` to ``high``, coloured by ``hue``."""

    low: float
    high: float
    count: int
    hue: str
    tip: str


def histogram(
    bins: Sequence[Bin], *, width: int, count: Labeller, edge: Labeller, label: str, height: int = 280
) -> Markup:
    """Touching bars over the range of the bins."""
    steps = whole_ticks(max((b.count for b in bins), default=1))
    left = room_for(steps, count)
    top, bottom, right = 14, height - 36, width - 12
    x = Scale(bins[0].low, bins[-1].high, left, right)
    y = Scale(0.0, steps[-1], bottom, top)
    parts = value_axis(steps, y, left, right, count)
    for b in bins:
        if b.count:
            size = max(bottom - y(b.count), 1)
            parts.append(
                mark(
                    "rect", b.tip, x=x(b.low) + 0.75, y=bottom - size, width=x(b.high) - x(b.low) - 1.5, height=size,
                    class_=f"bar {b.hue}",
                )
            )  # fmt: skip
    for value in ticks(bins[0].low, bins[-1].high, 5):
        parts.append(straight(x(value), bottom, x(value), bottom + 5, "axis-line"))
        parts.append(text(edge(value), x(value), bottom + 19, class_="t axis", anchor="middle"))
    return drawing(parts, width=width, height=height, label=label)
