"""Inline SVG as text: elements whose words are escaped, scales and axis ticks.

Colours are classes of the style sheet, so one drawing serves the light and the dark page.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

Attribute = str | float | int | None


def number(value: float) -> str:
    """A coordinate with at most two decimals, the same text on every machine.

    >>> [number(v) for v in (12.0, 0.126, -0.001, 3.5)]
    ['12', '0.13', '0', '3.5']
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(name: str, *children: str | Markup, **attributes: Attribute) -> Markup:
    """One element; ``class_`` stands for ``class``, an underscore for a hyphen, and plain text is escaped.

    >>> element("text", "a < b", x=1.5, class_="t")
    Markup('<text x="1.5" class="t">a &lt; b</text>')
    """
    words: list[str] = []
    for key, value in attributes.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else number(float(value))
        words.append(f'{_attribute(key)}="{escape(text)}"')
    opening = " ".join([name, *words])
    body = "".join(str(escape(child)) for child in children)
    return Markup(f"<{opening}>{body}</{name}>") if body else Markup(f"<{opening}/>")


def _attribute(key: str) -> str:
    if key == "viewBox":
        return key
    return key.rstrip("_").replace("_", "-")


def group(children: Iterable[Markup], **attributes: Attribute) -> Markup:
    """Children in a ``g``."""
    return element("g", *children, **attributes)


def mark(shape: str, tip: str, **attributes: Attribute) -> Markup:
    """A data mark with the number behind it as its title."""
    return element(shape, element("title", tip), **attributes)


def text(content: str, x: float, y: float, *, class_: str = "t", anchor: str | None = None) -> Markup:
    """A line of text."""
    return element("text", content, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], *, closed: bool = False) -> str:
    """Path data through the points."""
    steps = " ".join(f"{'M' if i == 0 else 'L'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))
    return steps + ("Z" if closed else "")


def drawing(children: Iterable[Markup], *, width: float, height: float, label: str, class_: str = "") -> Markup:
    """A whole picture with its accessible name."""
    return element(
        "svg", *children,
        viewBox=f"0 0 {number(width)} {number(height)}", width=width, height=height, role="img", aria_label=label,
        class_=f"drawing {class_}".strip(),
    )  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """A straight map from ``low..high`` to pixels ``start..end``; a point where low equals high is the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Pixel of the value."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values that cover ``low..high``, at most ``most`` steps.

    >>> ticks(0, 0.83)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> ticks(0, 1_161_817, 4)
    [0.0, 500000.0, 1000000.0, 1500000.0]
    """
    if not math.isfinite(low) or not math.isfinite(high) or high <= low:
        return [low, low + 1.0]
    raw = (high - low) / most
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(m * magnitude for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * magnitude >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def whole_ticks(high: int) -> list[float]:
    """Round values from 0 that cover a count: none of them between two whole numbers.

    >>> whole_ticks(1), whole_ticks(9)
    ([0.0, 1.0], [0.0, 2.0, 4.0, 6.0, 8.0, 10.0])
    """
    return [step for step in ticks(0.0, float(max(high, 1))) if step == int(step)]


def text_width(content: str, size: float) -> float:
    """About how wide the text is, in pixels: East Asian characters are square, the others about half as wide."""
    ems = sum(1.0 if unicodedata.east_asian_width(c) in "WF" else _ems(c) for c in content)
    return ems * size


def _ems(character: str) -> float:
    if character == "\u2060":  # a word joiner has no width
        return 0.0
    if character in "ijlI.,:;|'’ ":
        return 0.3
    if character in "mwMW%@":
        return 0.88
    return 0.68 if character.isupper() else 0.62 if character.isdigit() else 0.57


def shortened(content: str, room: float, size: float) -> str:
    """The text, cut with an ellipsis where it is wider than the room."""
    if text_width(content, size) <= room:
        return content
    kept = content
    while kept and text_width(kept + "…", size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


Labeller = Callable[[float], str]


def room_for(values: list[float], label: Labeller) -> float:
    """How far from the left edge a picture begins whose :func:`value_axis` has these values."""
    return max(text_width(label(value), 12) for value in values) + 14


def value_axis(values: list[float], scale: Scale, left: float, right: float, label: Labeller) -> list[Markup]:
    """Horizontal grid lines with their values at the left."""
    parts: list[Markup] = []
    for value in values:
        y = scale(value)
        parts.append(line(left, y, right, y, "zero" if value == 0 else "grid"))
        parts.append(text(label(value), left - 8, y + 4, class_="t axis", anchor="end"))
    return parts
