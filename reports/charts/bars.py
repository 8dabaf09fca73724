"""Horizontal bars: paired shares, stacked parts and a butterfly of two shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import Scale, drawing, element, line, mark, shortened, text, text_width


@dataclass(frozen=True)
class Bar:
    """One bar: its length, the figure at its end, its colour and the words of its tip."""

    value: float
    text: str
    tip: str
    class_: str


@dataclass(frozen=True)
class Row:
    """A name and its bars, one below the other."""

    name: str
    bars: tuple[Bar, ...]


def bars(rows: Sequence[Row], *, width: int, label: str) -> Markup:
    """Rows of one or two bars on one common scale; negative lengths are drawn to the left of zero.

    The names stand before the bars; where one takes more than two fifths of the width, all stand above them.
    """
    widest = max((text_width(r.name, 13) for r in rows), default=0.0) + 12
    is_above = widest > width * 0.42
    room = 0.0 if is_above else widest
    ends = max((text_width(b.text, 12) for r in rows for b in r.bars), default=0.0) + 10
    longest = max((b.value for r in rows for b in r.bars), default=1.0)
    lowest = min([0.0, *(b.value for r in rows for b in r.bars)])
    x = Scale(lowest, max(longest, lowest + 1e-9, 1e-9), room, width - ends)
    thick, gap = (11, 15) if any(len(r.bars) > 1 for r in rows) else (18, 13)
    y = 4.0
    parts: list[Markup] = []
    for row in rows:
        size = len(row.bars) * (thick + 2) - 2
        if is_above:
            parts.append(text(shortened(row.name, width, 13), 0, y + 10, class_="t name"))
            y += 17
        else:
            parts.append(text(row.name, 0, y + size / 2 + 4.5, class_="t name"))
        for bar in row.bars:
            a, b = sorted((x(0.0), x(bar.value)))
            parts.append(
                mark("rect", bar.tip, x=a, y=y, width=max(b - a, 1.5), height=thick, class_=bar.class_, rx=1.5)
            )
            parts.append(text(bar.text, max(b, x(0.0)) + 6, y + thick / 2 + 4.2, class_="t figure"))
            y += thick + 2
        y += gap - 2
    if not is_above:
        parts.append(line(x(0.0), 0, x(0.0), y - gap + 6, "axis-line"))
    return drawing(parts, width=width, height=max(y - gap + 8, 20), label=label)


@dataclass(frozen=True)
class Part:
    """One part of a whole: a share 0..1, a short text that is drawn where it fits, and its tip."""

    share: float
    text: str
    tip: str
    class_: str


@dataclass(frozen=True)
class Stack:
    """A named whole split into parts whose shares sum to 1."""

    name: str
    detail: str
    parts: tuple[Part, ...]


def stacks(rows: Sequence[Stack], *, width: int, label: str) -> Markup:
    """One full-width bar a row, its name above it."""
    parts: list[Markup] = []
    y = 14.0
    for row in rows:
        detail = text_width(row.detail, 12)
        parts.append(text(shortened(row.name, width - detail - 16, 13), 0, y, class_="t name"))
        parts.append(text(row.detail, width, y, class_="t axis", anchor="end"))
        x = 0.0
        for part in row.parts:
            if part.share <= 0:
                continue
            size = part.share * width
            parts.append(mark("rect", part.tip, x=x, y=y + 8, width=max(size - 1, 0.75), height=26, class_=part.class_))
            if text_width(part.text, 12) + 10 < size:
                parts.append(text(part.text, x + 6, y + 25.5, class_=f"t on {part.class_}"))
            x += size
        y += 62
    return drawing(parts, width=width, height=max(y - 24, 20), label=label)


@dataclass(frozen=True)
class Wing:
    """One level of the butterfly: its name, the left and the right share and their tips."""

    name: str
    left: Bar
    right: Bar


def butterfly(wings: Sequence[Wing], *, width: int, heads: tuple[str, str], label: str) -> Markup:
    """Two shares back to back: who they are on the left, what they bring on the right.

    The names stand between the bars; on a narrow picture, above them.
    """
    is_narrow = width < 500
    between = 6.0 if is_narrow else max((text_width(w.name, 13) for w in wings), default=0.0) + 26
    half = (width - between) / 2
    figures = max((text_width(b.text, 16) for w in wings for b in (w.left, w.right)), default=0.0) + 12
    longest = max((b.value for w in wings for b in (w.left, w.right)), default=1.0) or 1.0
    thick, y = (24.0, 28.0) if is_narrow else (40.0, 30.0)
    parts = [
        text(heads[0], half - 2, 14, class_="t axis strong", anchor="end"),
        text(heads[1], width - half + 2, 14, class_="t axis strong"),
    ]
    for wing in wings:
        if is_narrow:
            parts.append(text(wing.name, width / 2, y + 12, class_="t name", anchor="middle"))
            y += 18
        middle = y + thick / 2 + 5
        for bar, is_left in ((wing.left, True), (wing.right, False)):
            size = max(max(bar.value, 0) / longest * (half - figures), 1.5)
            start = half - size if is_left else width - half
            end = start - 7 if is_left else start + size + 7
            parts.append(mark("rect", bar.tip, x=start, y=y, width=size, height=thick, class_=bar.class_))
            parts.append(text(bar.text, end, middle, class_="t big", anchor="end" if is_left else None))
        if not is_narrow:
            parts.append(text(wing.name, width / 2, middle, class_="t name", anchor="middle"))
        y += thick + 8
    return drawing(parts, width=width, height=y, label=label)


def gauge(low: float, high: float, value: float, target: float | None, *, tip: str, target_text: str) -> Markup:
    """An interval with its value and, where there is one, the target: what a card shows below its figure."""
    width, height = 240, 34 if target is not None else 16
    marks = [low, high, value] + ([target] if target is not None else [])
    pad = (max(marks) - min(marks)) * 0.12 or abs(value) * 0.1 or 1.0
    x = Scale(min(marks) - pad, max(marks) + pad, 4, width - 4)
    middle = 8
    parts = [
        line(0, middle, width, middle, "grid"),
        mark("rect", tip, x=x(low), y=middle - 4, width=max(x(high) - x(low), 2), height=8, class_="band", rx=4),
        element("circle", cx=x(value), cy=middle, r=4.5, class_="dot blue"),
    ]
    if target is not None:
        at = x(target)
        half = text_width(target_text, 12) / 2
        parts.append(line(at, 0, at, 19, "target"))
        parts.append(text(target_text, min(max(at, half), width - half), 31, class_="t axis", anchor="middle"))
    return drawing(parts, width=width, height=height, label=tip, class_="gauge")
