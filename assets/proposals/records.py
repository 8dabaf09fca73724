"""What a proposal is made of: guesses with their evidence, and doubts with what to check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assets.proposals.profile import Column
from assets.warehouse import Warehouse


@dataclass(frozen=True)
class Doubt:
    """Something the values do not decide.

    Attributes:
        text: what was seen and what to check.
        instead: keys and values that would stand in the place of the guess, were it wrong.
    """

    text: str
    instead: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Guess:
    """A value of the configuration, why it was chosen, and what speaks against it; None: a doubt, and no value."""

    value: Any
    evidence: str = ""
    doubts: tuple[Doubt, ...] = ()


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
        table: the rows, with the content and the line they are from.
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
