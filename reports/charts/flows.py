"""Who went where: ribbons from the places customers left to the places they are now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import drawing, element, mark, number, shortened, text, text_width


@dataclass(frozen=True)
class Flow:
    """Customers who went from one place to another; ``hue`` is the colour of where they are now."""

    origin: str
    destination: str
    customers: int
    hue: str
    tip: str


def flows(
    moves: Sequence[Flow],
    *,
    width: int,
    count: Callable[[int], str],
    heads: tuple[str, str],
    label: str,
    orders: tuple[list[str], list[str]],
) -> Markup:
    """Ribbons as thick as they are many, in the given order of names on either side."""
    lefts, rights = (_totals(moves, side, order) for side, order in zip(("origin", "destination"), orders, strict=True))
    total = sum(m.customers for m in moves)
    gap = 14.0
    slots = max(len(lefts), len(rights))
    body = max(200.0, slots * 30.0)
    is_narrow = width < 500  # there the names need the room; the figures are in the tips and the table
    size_of_text = 12 if is_narrow else 13
    labels = [[name if is_narrow else f"{name} {count(c)}" for name, c in side] for side in (lefts, rights)]
    room = min(max(text_width(w, size_of_text) for side in labels for w in side) + 12, width * 0.37)
    unit = (body - gap * (slots - 1)) / total
    top = 28.0
    left_at, right_at = _stack(lefts, unit, gap, top, body), _stack(rights, unit, gap, top, body)
    a, b = room + 8, width - room - 8
    parts = [
        text(heads[0], max(room, text_width(heads[0], 14)), 13, class_="t axis strong", anchor="end"),
        text(heads[1], min(width - room, width - text_width(heads[1], 14)), 13, class_="t axis strong"),
    ]
    used_left, used_right = dict(left_at), dict(right_at)
    ordered = sorted(moves, key=lambda m: (orders[0].index(m.origin), orders[1].index(m.destination)))
    for m in ordered:
        size = m.customers * unit
        y1 = used_left[m.origin]
        used_left[m.origin] += size
        y2 = used_right[m.destination]
        used_right[m.destination] += size
        middle = (a + b) / 2
        there = _curve([(a, y1), (middle, y1), (middle, y2), (b, y2)])
        back = _curve([(b, y2 + size), (middle, y2 + size), (middle, y1 + size), (a, y1 + size)])
        ribbon = f"M{there}L{back}Z"
        parts.append(mark("path", m.tip, d=ribbon, class_=f"ribbon {m.hue}"))
    for k, (places, at, x, anchor) in enumerate(
        ((lefts, left_at, room, "end"), (rights, right_at, width - room, "start"))
    ):
        floor = 0.0
        for (name, customers), words in zip(places, labels[k], strict=True):
            size = max(customers * unit, 1.5)
            bar = room + 2 if anchor == "end" else width - room - 8
            parts.append(element("rect", x=bar, y=at[name], width=6, height=size, class_="node"))
            y = max(at[name] + size / 2 + 4, floor + 15)
            floor = y
            shift = -4 if anchor == "end" else 4
            kind = "t slim" if is_narrow else "t name"
            parts.append(text(shortened(words, room - 4, size_of_text), x + shift, y, class_=kind, anchor=anchor))
    return drawing(parts, width=width, height=top + body + 16, label=label)


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A start, two controls and an end as path data, the move or line to the start left to the caller."""
    start, *rest = [f"{number(x)} {number(y)}" for x, y in points]
    return f"{start}C{' '.join(rest)}"


def _totals(moves: Sequence[Flow], side: str, order: Sequence[str]) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for m in moves:
        name = m.origin if side == "origin" else m.destination
        totals[name] = totals.get(name, 0) + m.customers
    return [(name, totals[name]) for name in order if name in totals]


def _stack(places: Sequence[tuple[str, int]], unit: float, gap: float, top: float, body: float) -> dict[str, float]:
    """Where each place starts: stacked with gaps and centred on the body."""
    used = sum(c for _, c in places) * unit + gap * (len(places) - 1)
    y = top + (body - used) / 2
    starts: dict[str, float] = {}
    for name, customers in places:
        starts[name] = y
        y += customers * unit + gap
    return starts
