"""Why customers moved: the causes of each kind's moves, found by changing one thing at a time."""

from __future__ import annotations

import polars as pl

from models.move_causes import WALK
from reports.charts.bars import Part, Stack, stacks
from reports.language import Language
from reports.parts import Cell, Figure, Key, cell_of, in_both_widths, table
from reports.report_data import ReportData

KINDS = ("stage", "rfm", "tier")
HUES = {
    "configuration": "pale",
    "identity_merge": "purple",
    "late_row": "amber",
    "time_passing": "grey",
    "new_order": "blue",
    "refund": "vermillion",
    "model": "green",
    "population_cut": "sky",
}


def figure(data: ReportData, words: Language) -> Figure:
    """One bar a kind, split by cause, and the numbers behind it."""
    moved = {kind: _counts(data.move_causes, kind) for kind in KINDS}
    rows = [_bar(kind, counts, words) for kind, counts in moved.items() if counts]
    main = next(kind for kind, counts in moved.items() if counts)
    most = max(moved[main].values())
    first = [words.name("move_cause", cause) for cause, customers in moved[main].items() if customers == most]
    said = {"kind": words.name("move_kind", main), "share": words.percent(most / sum(moved[main].values()))}
    if len(first) > 1:
        title = words.say("move_causes.title_tied", causes=words.few(first), **said)
    else:
        title = words.say("move_causes.title", cause=first[0], **said)
    wide, narrow = in_both_widths(lambda width: stacks(rows, width=width, label=title))
    seen = [cause for cause in WALK if any(cause in counts for counts in moved.values())]
    heads = words.heads("cause", "meaning")
    heads += [words.name("move_kind", kind) for kind in KINDS]
    lines: list[list[Cell | str]] = [
        [
            words.name("move_cause", cause),
            words.name("move_cause_meaning", cause),
            *(cell_of(words.integer, moved[kind].get(cause, 0)) for kind in KINDS),
        ]
        for cause in seen
    ]
    numbers = table(words.say("move_causes.table"), heads, lines)
    keys = tuple(Key(HUES[cause], words.name("move_cause", cause)) for cause in seen)
    return Figure(
        "moves-causes", title, wide, words.say("move_causes.subtitle"), narrow, numbers, keys=keys, is_open=True
    )


def _counts(causes: pl.DataFrame, kind: str) -> dict[str, int]:
    """Cause to customers who moved by it, in the order of the walk."""
    found = dict(causes.filter(pl.col("kind") == kind).select("cause", "customers").iter_rows())
    return {cause: found[cause] for cause in WALK if cause in found}


def _bar(kind: str, counts: dict[str, int], words: Language) -> Stack:
    whole = sum(counts.values())
    name = words.name("move_kind", kind)
    parts = tuple(
        Part(
            customers / whole,
            f"{words.name('move_cause', cause)} {words.percent(customers / whole)}",
            f"{name}, {words.name('move_cause', cause)}: {words.counted(customers, 'customer')} "
            f"({words.percent(customers / whole)})",
            f"bar {HUES[cause]}",
        )
        for cause, customers in counts.items()
    )
    return Stack(name, words.counted(whole, "customer"), parts)
