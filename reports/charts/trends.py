"""Lines over time: a trend with its interval, a sparkline and retention curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import (
    Labeller,
    Scale,
    drawing,
    element,
    line,
    mark,
    path,
    room_for,
    text,
    text_width,
    ticks,
    value_axis,
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One period: where it stands on the time axis, its figure with interval and the words around it."""

    at: float
    label: str
    value: float
    low: float
    high: float
    text: str
    detail: str
    tip: str
    is_complete: bool


def trend(
    points: Sequence[Point], *, width: int, axis: Labeller, label: str, floor: float, ceiling: float,
    target: float | None,
) -> Markup:  # fmt: skip
    """A line through the periods in its interval band; an unfinished period is a hollow point off the line."""
    height = 270
    marks = [p.low for p in points] + [p.high for p in points] + ([target] if target is not None else [])
    low, high = min(marks), max(marks)
    pad = max((high - low) * 0.12, (ceiling - floor) * 0.005)
    steps = [s for s in ticks(max(low - pad, floor), min(high + pad, ceiling), 5) if floor <= s <= ceiling]
    left = room_for(steps, axis)
    top, bottom, right = 20, height - 52, width - 32
    y = Scale(min(steps[0], low), max(steps[-1], high), bottom, top)
    x = Scale(points[0].at, points[-1].at, left + 20, right)
    parts = value_axis(steps, y, left, width - 2, axis)
    finished = [p for p in points if p.is_complete]
    if len(finished) > 1:
        outline = [(x(p.at), y(p.high)) for p in finished] + [(x(p.at), y(p.low)) for p in reversed(finished)]
        parts.append(element("path", d=path(outline, closed=True), class_="band"))
        parts.append(element("path", d=path((x(p.at), y(p.value)) for p in finished), class_="trace blue"))
    if target is not None:
        parts.append(line(left, y(target), width - 2, y(target), "target"))
    room = max(max(text_width(p.label, 12), text_width(p.detail, 12)) for p in points) + 10
    free = -1e9
    for i, p in enumerate(points):
        at = x(p.at)
        parts.append(line(at, y(p.low), at, y(p.high), "whisker"))
        kind = "dot blue" if p.is_complete else "dot hollow"
        parts.append(mark("circle", p.tip, cx=at, cy=y(p.value), r=4.5, class_=kind))
        is_last = i == len(points) - 1
        room_left = x(points[-1].at) - at
        if at - free >= room and (is_last or room_left >= room):
            half = text_width(p.detail, 12) / 2
            inside = min(max(at, half), width - half)
            parts.append(text(p.label, inside, bottom + 22, class_="t axis", anchor="middle"))
            parts.append(text(p.detail, inside, bottom + 38, class_="t note", anchor="middle"))
            wide = text_width(p.text, 12) / 2
            middle = min(inside, width - wide)
            beneath = [y(q.high) for q in points if abs(x(q.at) - middle) <= wide + 5]  # neighbours it would cover
            parts.append(text(p.text, middle, min([y(p.high), *beneath]) - 7, class_="t figure halo", anchor="middle"))
            free = at
    return drawing(parts, width=width, height=height, label=label)


def sparkline(values: Sequence[float | None], *, label: str, tips: Sequence[str]) -> Markup:
    """A small line without axes, broken where a period has no figure; its last point is marked."""
    width, height = 240, 44
    known = [v for v in values if v is not None]
    x = Scale(0, max(len(values) - 1, 1), 5, width - 5)
    y = Scale(min(known), max(known), height - 6, 6)
    runs: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x(i), y(value)))
    parts = [element("path", d=path(run), class_="trace thin") for run in runs if len(run) > 1]
    last = max(i for i, v in enumerate(values) if v is not None)
    for i, value in enumerate(values):
        if value is not None:
            size, kind = (3.5, "dot blue") if i == last else (5, "target-area")
            parts.append(mark("circle", tips[i], cx=x(i), cy=y(value), r=size, class_=kind))
    return drawing(parts, width=width, height=height, label=label, class_="spark")


@dataclass(frozen=True)
class Curve:
    """A line of (x, y) points; the main one is drawn strong and carries dots with tips."""

    points: tuple[tuple[float, float], ...]
    tips: tuple[str, ...]
    is_main: bool


def curves(
    lines: Sequence[Curve], *, width: int, axis: Labeller, across: Labeller, label: str, across_name: str,
) -> Markup:  # fmt: skip
    """Faint lines of the parts with the strong line of the whole over them."""
    height = 270
    highest = max(v for c in lines for _, v in c.points)
    furthest = max(u for c in lines for u, _ in c.points)
    nearest = min(u for c in lines for u, _ in c.points)
    steps = ticks(0.0, highest or 1.0, 5)
    left = room_for(steps, axis)
    top, bottom, right = 14, height - 46, width - 14
    y = Scale(0.0, steps[-1], bottom, top)
    x = Scale(nearest, furthest, left + 6, right)
    parts = value_axis(steps, y, left, width - 2, axis)
    for curve in sorted(lines, key=lambda c: c.is_main):
        kind = "trace blue" if curve.is_main else "trace faint"
        parts.append(element("path", d=path((x(u), y(v)) for u, v in curve.points), class_=kind))
        if curve.tips:
            parts += [
                mark("circle", tip, cx=x(u), cy=y(v), r=4, class_="dot blue" if curve.is_main else "dot grey")
                for (u, v), tip in zip(curve.points, curve.tips, strict=True)
            ]
    step = max(1, -(-int(furthest - nearest) // max(int(width / 70), 1)))
    across_steps = [float(s) for s in range(int(nearest), int(furthest) + 1, step)]
    parts += [text(across(s), x(s), bottom + 18, class_="t axis", anchor="middle") for s in across_steps]
    parts.append(text(across_name, (left + right) / 2, height - 6, class_="t note", anchor="middle"))
    return drawing(parts, width=width, height=height, label=label)


def concentration(
    points: Sequence[tuple[float, float]], marks: Sequence[tuple[float, float, str, str]], *, width: int,
    share: Labeller, label: str, names: tuple[str, str],
) -> Markup:  # fmt: skip
    """Cumulative value share over cumulative customer share, best customers first, beside equal shares."""
    height = min(width * 0.86, 340)
    left, top, bottom, right = 46, 12, height - 44, width - 18
    x, y = Scale(0, 1, left, right), Scale(0, 1, bottom, top)
    parts = value_axis([0, 0.25, 0.5, 0.75, 1], y, left, right, share)
    parts += [text(share(s), x(s), bottom + 17, class_="t axis", anchor="middle") for s in (0, 0.25, 0.5, 0.75, 1)]
    area = [*((x(u), y(v)) for u, v in points), (x(1), y(0)), (x(0), y(0))]
    parts.append(element("path", d=path(area, closed=True), class_="band"))
    parts.append(line(x(0), y(0), x(1), y(1), "reference"))
    parts.append(text(names[1], x(0.6), y(0.6) + 24, class_="t note"))
    parts.append(element("path", d=path((x(u), y(v)) for u, v in points), class_="trace blue"))
    for u, v, words, tip in marks:
        parts.append(mark("circle", tip, cx=x(u), cy=y(v), r=5, class_="dot blue"))
        parts.append(text(words, x(u) + 10, y(v) + 16, class_="t figure halo-band"))
    parts.append(text(names[0], (left + right) / 2, height - 6, class_="t note", anchor="middle"))
    return drawing(parts, width=width, height=height, label=label)
