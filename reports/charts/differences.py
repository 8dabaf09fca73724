"""Differences with their intervals: a row each beside the line of no difference, one panel below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import Labeller, Scale, drawing, line, mark, shortened, text, text_width, ticks

_ROW, _HEAD, _AXIS = 30, 26, 34


@dataclass(frozen=True)
class Difference:
    """A difference and the ends of its interval; ``is_told`` where the interval leaves 0 out."""

    name: str
    value: float
    low: float
    high: float
    shown: str
    tip: str
    is_told: bool


@dataclass(frozen=True)
class Panel:
    """Differences in one unit, with an axis of their own."""

    name: str
    axis: Labeller
    rows: list[Difference]


def differences(panels: Sequence[Panel], *, width: int, label: str) -> Markup:
    """A filled point where there is a difference, a hollow one where chance would do; the figure beside it."""
    is_narrow = width < 500
    everything = [row for panel in panels for row in panel.rows]
    names = max(text_width(row.name, 13) for row in everything) + 16
    room = 0.0 if is_narrow else min(names, width * 0.45)
    figures = max(text_width(row.shown, 13) for row in everything) + 10
    tall = _ROW + (18 if is_narrow else 0)
    parts: list[Markup] = []
    y = 0.0
    for panel in panels:
        parts.append(text(panel.name, 0, y + 13, class_="t axis strong"))
        top = y + _HEAD
        bottom = top + tall * len(panel.rows)
        ends = [end for row in panel.rows for end in (row.low, row.high)]
        steps = ticks(min(0.0, *ends), max(0.0, *ends), 4)
        left = max(room + 14, text_width(panel.axis(steps[0]), 12) / 2)
        x = Scale(steps[0], steps[-1], left, width - figures - 8)
        for step in steps:
            parts.append(line(x(step), top - 2, x(step), bottom, "zero" if step == 0 else "grid"))
            parts.append(text(panel.axis(step), x(step), bottom + 16, class_="t axis", anchor="middle"))
        for at, row in enumerate(panel.rows):
            middle = top + tall * (at + 1) - _ROW / 2
            if is_narrow:
                parts.append(text(shortened(row.name, width, 13), 0, middle - 12, class_="t name halo"))
            else:
                parts.append(text(shortened(row.name, room, 13), 0, middle + 4, class_="t name"))
            parts.append(line(x(row.low), middle, x(row.high), middle, "whisker strong"))
            kind = "dot blue" if row.is_told else "dot hollow-grey"
            parts.append(mark("circle", row.tip, cx=x(row.value), cy=middle, r=5.5, class_=kind))
            parts.append(text(row.shown, width, middle + 4, class_="t figure", anchor="end"))
        y = bottom + _AXIS
    return drawing(parts, width=width, height=y - 8, label=label)
