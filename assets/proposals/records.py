"""What a proposal is made of: guesses with their evidence, and doubts with what to check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from assets.landing.date_formats import plain_text
from assets.proposals.profile import BELOW_NOTHING, Column
from assets.statements import literal
from assets.warehouse import Warehouse

MOMENTS: Final = {"transactions": "ordered_at", "surveys": "responded_at", "customers": "acquired_at"}
"""The date of what a row says, by kind of source."""


@dataclass(frozen=True)
class Doubt:
    """Something the values do not decide.

    Attributes:
        text: what was seen and what to check.
        instead: keys and values that would stand in the place of the guess, were it wrong.
    """

    text: str
    instead: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Guess:
    """A value of the configuration, why it was chosen, and what speaks against it; None: a doubt, and no value.

    Dates that can be read in two ways ask for a ``date_format``.
    """

    value: Any
    evidence: str = ""
    doubts: tuple[Doubt, ...] = ()
    date_format: str | None = None

    def with_evidence(self, more: str) -> Guess:
        """The guess with more that speaks for it."""
        return replace(self, evidence="; ".join(filter(None, (self.evidence, more))))

    def with_doubt(self, doubt: Doubt) -> Guess:
        """The guess with one more thing that speaks against it."""
        return replace(self, doubts=(*self.doubts, doubt))


@dataclass(frozen=True)
class QuestionGuess:
    """A question of a survey under its column or its value; one that is not sure to be asked is not active."""

    options: Mapping[str, Any]
    evidence: str
    doubts: tuple[Doubt, ...] = ()
    is_active: bool = True


@dataclass(frozen=True)
class Rows:
    """The rows read of one source, and what their columns look like.

    Attributes:
        warehouse: holds the table.
        table: the rows, with the content and the line they are from; as a query writes its name.
        header: the file's column names.
        count: rows.
        columns: every column, in the order of the file.
        decimal: the decimal mark of its numbers.
        thousands: the mark between groups of digits, or empty.
        is_day_first: which reading of a date such as 03/04/2024 is taken where nothing decides.
    """

    warehouse: Warehouse
    table: str
    header: tuple[str, ...]
    count: int
    columns: tuple[Column, ...]
    decimal: str = "."
    thousands: str = ""
    is_day_first: bool = True

    @property
    def row_hash(self) -> str:
        """SQL of a number that rows equal in every column share."""
        return f"hash({', '.join(column.sql for column in self.columns)})"

    def number(self, column: Column) -> str:
        """SQL of a column's number as DOUBLE, whatever currency stands beside it and however a minus is written."""
        if not column.is_text:
            return f"try_cast({column.sql} as double)"
        text = plain_text(column.sql)
        bare = f"regexp_replace(regexp_replace({text}, '[^0-9.,-]|[.]$', '', 'g'), '^-|-$', '', 'g')"
        apart = f"replace({bare}, {literal(self.thousands)}, '')" if self.thousands else bare
        sign = f"case when regexp_matches({text}, {literal(BELOW_NOTHING)}) then -1 else 1 end"
        return f"({sign} * try_cast(replace({apart}, {literal(self.decimal)}, '.') as double))"


@dataclass
class ProposedSource:
    """One source as it is proposed.

    Attributes:
        name: snake_case id.
        kind: transactions, surveys or customers.
        pattern: path or glob of its files.
        files: how many there are.
        read: what was read of them, in words.
        evidence: why it is of this kind.
        rows: the rows read.
        chosen: canonical name to the column it was told to be.
        options: reading options, delivery and the like.
        columns: canonical name to column or expression.
        rules: refund_when and its like.
        questions: of a survey.
        missing: required canonical name to what was looked for and what to write.
        unmapped: columns no canonical field was found for, with the share of rows that fill them.
        doubts: about the source as a whole.
        notes: of a known export, what is known about it.
    """

    name: str
    kind: str
    pattern: Path
    files: int
    read: str
    evidence: str
    rows: Rows
    chosen: dict[str, Column] = field(default_factory=dict)
    options: dict[str, Guess] = field(default_factory=dict)
    columns: dict[str, Guess] = field(default_factory=dict)
    rules: dict[str, Guess] = field(default_factory=dict)
    questions: dict[str, QuestionGuess] = field(default_factory=dict)
    missing: dict[str, Doubt] = field(default_factory=dict)
    unmapped: tuple[tuple[str, float], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[str, ...] = ()
