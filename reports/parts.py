"""The parts a page is made of: sections, figures and the tables behind the figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

WIDE = 820
"""Width of a full figure, in pixels."""
NARROW = 350
"""Width of the same figure drawn for a phone."""
HALF = 400
"""Width of a figure that stands beside another."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table: what is shown, and by what it is sorted where that differs from the text."""

    text: str | Markup
    sort: float | None = None
    is_number: bool = False


def figure_cell(text: str, value: float | int | None) -> Cell:
    """A number aligned to the right and sorted by its value."""
    return Cell(text, None if value is None else float(value), is_number=True)


def cell_of(say: Callable[..., str], value: float | Decimal | None, *how: object) -> Cell:
    """A figure cell of a value and the function that says it: ``cell_of(words.number, 0.25, 3)``."""
    return figure_cell(say(value, *how), None if value is None else float(value))


@dataclass(frozen=True)
class Table:
    """The numbers behind a figure. The first cell of a row names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str | None = None

    def is_number_column(self, index: int) -> bool:
        """Whether the cells of the column are numbers, so that its head is aligned like them."""
        return any(row[index].is_number for row in self.rows)


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a colour class and its meaning."""

    class_: str
    text: str


@dataclass(frozen=True)
class Figure:
    """One figure: a takeaway as its title, the picture, and the numbers behind it.

    ``narrow`` is the picture for a phone; None where ``picture`` fits every width. ``is_half`` lets it
    stand beside its neighbour, ``is_open`` shows its table unfolded.
    """

    id: str
    title: str
    picture: Markup
    subtitle: str = ""
    narrow: Markup | None = None
    table: Table | None = None
    note: str | None = None
    keys: tuple[Key, ...] = ()
    is_half: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class Section:
    """One section of the page. ``empty`` says in a sentence why there is nothing, where there is nothing."""

    id: str
    name: str
    description: str
    figures: tuple[Figure, ...] = ()
    empty: str | None = None
    lead: str | None = None


def in_both_widths(draw: Callable[[int], Markup]) -> tuple[Markup, Markup]:
    """The same picture for a wide page and for a phone."""
    return draw(WIDE), draw(NARROW)


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell | str]], *, note: str | None = None
) -> Table:
    """A table whose plain strings are cells of text. An interval is not broken at its dots."""
    cells = tuple(
        tuple(c if isinstance(c, Cell) else Cell(c.replace(" … ", "\u00a0…\u00a0")) for c in row) for row in rows
    )
    return Table(caption, tuple(columns), cells, note)
