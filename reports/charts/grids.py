"""The 5 x 5 grid of recency against frequency and value, with its segments as outlined regions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import drawing, line, mark, text, text_width

SIDE = 5
Corner = Callable[[int, int], tuple[float, float]]


@dataclass(frozen=True)
class GridCell:
    """One cell: its segment, colour step 0..8, the figure in it and its tip."""

    segment: str
    step: int
    figure: str
    detail: str
    tip: str


def grid(
    cells: Mapping[tuple[int, int], GridCell], names: Mapping[str, str], *, width: int, across: str, up: str, label: str
) -> Markup:
    """Cells keyed by (r, fm), best at the top right; lines part the segments and every segment is named once."""
    left, top = 30, 24
    side = (width - left - 2) / SIDE
    tall = min(side, 92)
    parts: list[Markup] = []

    def corner(r: int, fm: int) -> tuple[float, float]:
        return left + (fm - 1) * side, top + (SIDE - r) * tall

    for (r, fm), cell in sorted(cells.items()):
        x, y = corner(r, fm)
        parts.append(mark("rect", cell.tip, x=x, y=y, width=side, height=tall, class_=f"q q{cell.step}"))
    parts += _borders(cells, corner, side, tall)
    is_roomy = side > 90
    size, pad = (12, 7) if is_roomy else (9.5, 4)
    for segment, (r, fm, _) in _label_places(cells).items():
        x, y = corner(r, fm)
        for i, words in enumerate(_two_lines(names[segment], side - pad, size)):
            kind = f"t seg {'' if is_roomy else 'tiny '}on-q{cells[(r, fm)].step}"
            parts.append(text(words, x + pad, y + pad + 9 + i * (size + 2), class_=kind))
    for (r, fm), cell in sorted(cells.items()):
        x, y = corner(r, fm)
        figure_class = f"t {'big' if is_roomy else 'cell'} on-q{cell.step}"
        parts.append(text(cell.figure, x + pad, y + tall - (24 if is_roomy else 8), class_=figure_class))
        if is_roomy:
            parts.append(text(cell.detail, x + pad, y + tall - 9, class_=f"t small on-q{cell.step}"))
    bottom = top + SIDE * tall
    for k in range(1, SIDE + 1):
        parts.append(text(str(k), left + (k - 0.5) * side, bottom + 17, class_="t axis", anchor="middle"))
        parts.append(text(str(k), left - 10, top + (SIDE - k + 0.5) * tall + 4, class_="t axis", anchor="middle"))
    parts.append(text(across, left + 2.5 * side, bottom + 36, class_="t note", anchor="middle"))
    parts.append(text(up, 0, 12, class_="t note"))
    return drawing(parts, width=width, height=bottom + 42, label=label)


def _borders(cells: Mapping[tuple[int, int], GridCell], corner: Corner, side: float, tall: float) -> list[Markup]:
    """Strong lines where two neighbouring cells belong to different segments."""
    parts: list[Markup] = []
    for r, fm in sorted(cells):
        x, y = corner(r, fm)
        right, below = cells.get((r, fm + 1)), cells.get((r - 1, fm))
        if right is not None:
            kind = "seam" if right.segment == cells[(r, fm)].segment else "border"
            parts.append(line(x + side, y, x + side, y + tall, kind))
        if below is not None:
            kind = "seam" if below.segment == cells[(r, fm)].segment else "border"
            parts.append(line(x, y + tall, x + side, y + tall, kind))
    return sorted(parts, key=lambda p: "border" in p)


def _label_places(cells: Mapping[tuple[int, int], GridCell]) -> dict[str, tuple[int, int, int]]:
    """For every segment the longest run of its cells in one row, the uppermost first: (r, fm, cells)."""
    places: dict[str, tuple[int, int, int]] = {}
    for r in range(SIDE, 0, -1):
        fm = 1
        while fm <= SIDE:
            segment, start = cells[(r, fm)].segment, fm
            while fm <= SIDE and cells[(r, fm)].segment == segment:
                fm += 1
            if segment not in places or places[segment][2] < fm - start:
                places[segment] = (r, start, fm - start)
    return places


def _two_lines(words: str, room: float, size: float) -> list[str]:
    """The words on one line, or on two where they are too wide for the room; a Latin word is never cut."""
    if text_width(words, size) <= room:
        return [words]
    if " " in words:
        pieces = words.split(" ")
        best = min(
            range(1, len(pieces)),
            key=lambda i: max(text_width(" ".join(pieces[:i]), size), text_width(" ".join(pieces[i:]), size)),
        )
        return [" ".join(pieces[:best]), " ".join(pieces[best:])]
    if words.isascii():
        return [words]
    half = -(-len(words) // 2)
    return [words[:half], words[half:]]
