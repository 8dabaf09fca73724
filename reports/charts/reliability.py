"""Predicted against observed churn, and how a model did against the rule on every past date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import Labeller, Scale, drawing, line, mark, shortened, text, text_width, ticks, value_axis


@dataclass(frozen=True)
class Bucket:
    """Customers of similar predicted risk: mean prediction, what happened with its interval, and its share of all."""

    predicted: float
    observed: float
    low: float
    high: float
    weight: float
    tip: str


def reliability(
    buckets: Sequence[Bucket], *, width: int, share: Labeller, label: str, names: tuple[str, str, str]
) -> Markup:
    """A point per bucket, its area by customers; on the diagonal the prediction came true."""
    height = width * 0.92
    left, top, bottom, right = 46, 26, height - 44, width - 10
    x, y = Scale(0, 1, left, right), Scale(0, 1, bottom, top)
    steps = [0, 0.25, 0.5, 0.75, 1]
    parts = value_axis([float(s) for s in steps], y, left, right, share)
    parts += [text(share(s), x(s), bottom + 17, class_="t axis", anchor="middle") for s in steps]
    parts.append(line(x(0), y(0), x(1), y(1), "reference"))
    parts.append(text(names[2], x(0.52), y(0.52) + 22, class_="t note"))
    heaviest = max(b.weight for b in buckets)
    for b in buckets:
        parts.append(line(x(b.predicted), y(b.low), x(b.predicted), y(b.high), "whisker strong"))
        radius = 2.5 + 3.5 * (b.weight / heaviest) ** 0.5
        parts.append(mark("circle", b.tip, cx=x(b.predicted), cy=y(b.observed), r=radius, class_="dot blue"))
    parts.append(text(names[0], (left + right) / 2, height - 6, class_="t note", anchor="middle"))
    parts.append(text(names[1], 0, 12, class_="t note"))
    return drawing(parts, width=width, height=height, label=label)


@dataclass(frozen=True)
class Duel:
    """Two figures of one row: the model's and the rule's."""

    name: str
    value: float | None
    baseline: float | None
    tip: str
    value_text: str
    baseline_text: str


def duels(rows: Sequence[Duel], *, width: int, label: str, axis: Labeller) -> Markup:
    """A dumbbell a row: a filled point for the model, a hollow one for the rule."""
    figures = [v for d in rows for v in (d.value, d.baseline) if v is not None]
    steps = ticks(min(figures), max(figures), 4)
    room = min(max(text_width(d.name, 13) for d in rows) + 16, width * 0.4)
    x = Scale(steps[0], steps[-1], room + 10, width - 16)
    tall, top = 30, 10
    bottom = top + tall * len(rows)
    parts: list[Markup] = []
    for s in steps:
        parts.append(line(x(s), top - 4, x(s), bottom, "grid"))
        parts.append(text(axis(s), x(s), bottom + 16, class_="t axis", anchor="middle"))
    for i, d in enumerate(rows):
        y = top + tall * (i + 0.5)
        parts.append(text(shortened(d.name, room, 13), 0, y + 4, class_="t name"))
        if d.value is not None and d.baseline is not None:
            parts.append(line(x(d.value), y, x(d.baseline), y, "whisker strong"))
        if d.baseline is not None:
            parts.append(mark("circle", d.baseline_text, cx=x(d.baseline), cy=y, r=5.5, class_="dot hollow-grey"))
        if d.value is not None:
            parts.append(mark("circle", d.value_text, cx=x(d.value), cy=y, r=5.5, class_="dot blue"))
    return drawing(parts, width=width, height=bottom + 22, label=label)
