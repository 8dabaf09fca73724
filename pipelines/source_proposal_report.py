"""A proposal on the terminal: what was read, rows as they would be understood, the doubts, and what to type next."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assets.landing.landed_files import as_pattern
from assets.printable_text import counted
from assets.proposals.columns import percent
from assets.proposals.records import ProposedSource
from pipelines.source_proposal import Proposal, doubts_of
from pipelines.source_proposal_preview import Preview
from pipelines.source_proposal_yaml import instead_lines, one_line, relative_path

_LINE_KINDS = {
    "sold": "sold",
    "refund": "refunds",
    "discount": "discounts",
    "charge": "charges",
    "excluded": "left out of measures",
}
_LESS_TELLING = ("product_name", "category", "comment", "region", "channel", "line_id", "discount", "currency")
_MONEY = ("unit_price", "amount", "discount")
_WIDEST = 22  # characters of a value
_MARGIN = 3  # characters a column takes beside its values


def _plain(text: str) -> str:
    """A text of the user's files without anything a terminal would act on."""
    return escape(one_line(text))


def print_proposal(console: Console, proposal: Proposal, target: Path) -> None:
    """Print what a person needs before she runs it. Values are the user's own; personal ones are masked."""
    for source in proposal.sources:
        console.print()
        console.print(f"[bold]{_plain(source.name)}[/bold]: {source.kind}, {_plain(source.evidence)}")
        where = relative_path(source.pattern, as_pattern(Path.cwd()))
        console.print(f"  read     {_plain(source.read)}: {_plain(where)}", soft_wrap=True)
        found = proposal.previews.get(source.name)
        if isinstance(found, Preview):
            _print_rows(console, found.rows)
            _print_counts(console, found, str(proposal.business["currency"].value))
        elif found:
            console.print(f"  [red]cannot be read so:[/red] {_plain(found)}", soft_wrap=True)
        for field, doubt in source.missing.items():
            written = _plain(" ".join([doubt.text, *instead_lines(doubt)]))
            console.print(f"  [red]MISSING[/red] {field}: {written}", soft_wrap=True)
        _print_unmapped(console, source)
    for name, error in proposal.left_out.items():
        console.print(f"\n[yellow]left out[/yellow] {_plain(name)}: {_plain(error)}", soft_wrap=True)
    _print_doubts(console, proposal)
    console.print(f"\nWritten: [bold]{_plain(str(target))}[/bold]", soft_wrap=True)
    if proposal.is_runnable:
        option = "" if target == Path("analytics.yaml") else f" --config {target}"
        console.print("Read it, settle the doubts, then:", soft_wrap=True)
        console.print(f"    analytics check-config{option}\n    analytics run{option}", soft_wrap=True, markup=False)


def _print_rows(console: Console, rows: pl.DataFrame) -> None:
    """The rows in as many columns as the terminal has room for; the last ones say what becomes of a row."""
    last = [name for name in ("kind", "amount", "answers", "reasons") if name in rows.columns]
    if rows["reasons"].null_count() == rows.height:
        last.remove("reasons")
    cells = {
        name: [_cell(name, value) for value in rows[name].to_list()]
        for name in rows.columns
        if name in last or name != "reasons"
    }
    filled = {name: values for name, values in cells.items() if name in last or any(values)}
    room = console.width - sum(_width(name, filled[name]) for name in last) - 4
    shown: list[str] = []
    by_weight = sorted((each for each in filled if each not in last), key=lambda each: each in _LESS_TELLING)
    for name in by_weight:
        room -= _width(name, filled[name])
        if room < 0:
            room += _width(name, filled[name])
        else:
            shown.append(name)
    shown.sort(key=list(filled).index)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    numbers = {"line", "quantity", "unit_price", "amount", "discount", "age"}
    for name in (*shown, *last):
        table.add_column(name, justify="right" if name in numbers else "left", no_wrap=True)
    for row in range(rows.height):
        style = "yellow" if rows["reasons"][row] is not None else None
        table.add_row(*(_plain(filled[name][row]) for name in (*shown, *last)), style=style)
    console.print(table)
    hidden = [name for name in filled if name not in (*shown, *last)]
    if hidden:
        console.print(f"  [dim]and {', '.join(hidden)}[/dim]", soft_wrap=True)


def _width(name: str, values: list[str]) -> int:
    return max(len(name), *(len(value) for value in values)) + _MARGIN


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | pl.Series):
        return ", ".join(str(each) for each in value)
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if "." in text and text.replace(".", "").lstrip("-").isdigit():
        whole, _, decimals = text.partition(".")
        decimals = decimals.rstrip("0")
        text = f"{whole}.{decimals.ljust(2, '0')}" if decimals or name in _MONEY else whole
    widest = _WIDEST * 2 if name == "answers" else _WIDEST
    return text if len(text) <= widest else text[: widest - 1] + "…"


def _print_counts(console: Console, found: Preview, currency: str) -> None:
    counts = found.counts
    parts = [f"{counts['accepted']:,} of {counts['rows_in']:,} accepted"]
    if counts["duplicates"]:
        parts.append(counted(counts["duplicates"], "duplicate"))
    if counts["quarantined"]:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in found.reasons.items())
        parts.append(f"{counts['quarantined']:,} set aside ({reasons})")
    span = f", {found.first_event} to {found.last_event}" if found.first_event else ""
    console.print(f"  rows     {', '.join(parts)}{span}", soft_wrap=True)
    if found.kinds:
        money = [
            f"{_LINE_KINDS[kind]} {n:,}" + (f" ({amount:,.2f} {currency})" if amount is not None else "")
            for kind, (n, amount) in found.kinds.items()
        ]
        money += [f"{said} {n:,} ({amount:,.2f} {currency})" for said, (n, amount) in found.off.items()]
        console.print(f"  lines    {', '.join(money)}", soft_wrap=True)
    if found.answers:
        told = [f"{name} {n:,} answers, mean {mean:.2f}" for name, (n, mean) in found.answers.items()]
        console.print(f"  answers  {'; '.join(told[:8])}", soft_wrap=True)
    if found.quarantine_rate > 0.05:
        said = f"{percent(found.quarantine_rate)} of the rows would be set aside"
        stops = ", and a night publishes nothing" if found.stops_a_night else ""
        console.print(f"  [red]{said}{stops}[/red]: see which above", soft_wrap=True)
        if found.stops_a_night:
            limit = f"{min(1.0, found.quarantine_rate + 0.02):.2f}"
            console.print(
                f"  Where these are no rows at all, such as headings and subtotals of a report, let a night go on with "
                f"them set aside:\n    limits: {{quarantine_rate: {limit}}}",
                soft_wrap=True,
            )


def _print_unmapped(console: Console, source: ProposedSource) -> None:
    if source.unmapped:
        names = [name for name, _ in source.unmapped]
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        console.print(f"  [dim]unused   {_plain(', '.join(names[:12]))}{more}[/dim]", soft_wrap=True)


def _print_doubts(console: Console, proposal: Proposal) -> None:
    doubts = list(doubts_of(proposal))
    if doubts:
        console.print(f"\n[bold]Doubts[/bold] ({len(doubts)}), each marked in the file:")
    for place, doubt in doubts:
        instead = ", ".join(instead_lines(doubt))
        instead = f"Or: {instead}" if instead and doubt.text.endswith(".") else instead
        console.print(
            f"  [yellow]{_plain(place)}[/yellow]: {_plain(' '.join([doubt.text, instead]).strip())}", soft_wrap=True
        )
