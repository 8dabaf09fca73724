"""What was checked and did not hold: what was expected, what was found, and where to look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import polars as pl
from markupsafe import Markup

from reports.check_wording import IN_CHINESE
from reports.drawing import element
from reports.language import ABSENT, Language
from reports.parts import Cell, Figure, table

MOST_SAMPLES = 5
# A page is passed on: no customer can be found by it, and a hash says where to look in eight characters.
NOT_SHOWN = {"customer_id", "account_id", "as_of"}
SHOWN_DIGITS_OF_HASH = 8
_LONG = 24  # characters of a cell, beyond which its column is a wide one
SMALLEST_SHOWN = 0.0001
BOUNDS = {"at_least": "≥", "at_most": "≤"}
Entry = dict[str, Any]


def figure(checks: pl.DataFrame, words: Language) -> Figure:
    """The checks that failed, unfolded, and all of them behind."""
    found = checks.sort("passed", "severity", "table", "check").to_dicts()
    failed = [row for row in found if not row["passed"]]
    total = words.counted(len(found), "check")
    if failed:
        critical = sum(row["severity"] in ("critical", "error") for row in failed)
        title = words.say(
            "quality.checks_failed_critical" if critical else "quality.checks_failed",
            failed=words.integer(len(failed)),
            total=total,
            critical=words.integer(critical),
        )
    else:
        title = words.say("quality.checks_passed", total=total)
    heads = words.heads("result", "table", "check", "severity", "observed_value", "expected")
    lines = [
        [
            _verdict(row, words), row["table"], described(row, words), words.name("severity", row["severity"]),
            observed_text(row["observed"], words, row["check"]), expected_text(row["observed"], words),
        ]
        for row in found
    ]  # fmt: skip
    picture = _failures(failed, words) if failed else Markup("")
    return Figure("checks", title, picture, table=table(words.say("quality.checks_table"), heads, lines))


def described(row: Entry, words: Language) -> str:
    """The check in words; in Chinese where it has been translated."""
    english: str = row["description"] or row["check"]
    if words.code == "en":
        return english
    return IN_CHINESE.get(f"{row['table']}.{row['check']}") or IN_CHINESE.get(row["check"]) or english


def observed_text(value: str | None, words: Language, check: str = "") -> str:
    """What a check saw: figures by name, the one that is named like the check without it; else its own words."""
    figures = _read(value)
    if not isinstance(figures, dict):
        return ABSENT if figures is None else _figure(figures, words)
    named = {name: seen for name, seen in cast("Entry", figures).items() if name not in BOUNDS}
    told = [
        _figure(seen, words) if name == check else f"{words.name('observed', name)} {_figure(seen, words)}"
        for name, seen in named.items()
    ]
    return ", ".join(told) or ABSENT


def expected_text(value: str | None, words: Language) -> str:
    """The bounds a check holds its figures to; of rows that none breaks a rule."""
    figures = _read(value)
    if not isinstance(figures, dict):
        return ABSENT
    named = cast("Entry", figures)
    if "broken" in named:
        return words.say("quality.none_broken")
    bounds = [f"{sign} {_figure(named[name], words)}" for name, sign in BOUNDS.items() if name in named]
    return ", ".join(bounds) or ABSENT


def sample_texts(value: str | None, words: Language) -> list[str]:
    """Where to look: at most five rows by their keys, without what names a customer."""
    rows = _read(value)
    shown = [_row_text(row, words) for row in cast("list[Entry]", rows)] if isinstance(rows, list) else []
    return [text for text in shown if text][:MOST_SAMPLES]


def _row_text(row: Entry, words: Language) -> str:
    told: list[str] = []
    for name, value in row.items():
        if name in NOT_SHOWN or value is None:
            continue
        shown = str(value)[:SHOWN_DIGITS_OF_HASH] if name == "content" else _shown(name, value, words)
        told.append(f"{words.name('sample', name)} {shown}".strip())
    return ", ".join(told)


def _shown(name: str, value: object, words: Language) -> str:
    if name in ("figure", "dimension"):
        return words.name(name, str(value))
    if name == "line_number":
        return str(value)
    if isinstance(value, list):
        return " / ".join(_figure(one, words) for one in cast("list[object]", value))
    return _figure(value, words)


def _failures(failed: list[Entry], words: Language) -> Markup:
    """One row per failed check, unfolded where a picture would stand."""
    heads = ("table", "check", "severity", "observed_value", "expected", "look_at")
    rows: list[Sequence[str | Markup]] = []
    for row in failed:
        samples = [element("div", text) for text in sample_texts(row.get("sample"), words)]
        rows.append(
            [
                row["table"], described(row, words),
                words.name("severity", row["severity"]), observed_text(row["observed"], words, row["check"]),
                expected_text(row["observed"], words), Markup("").join(samples) if samples else ABSENT,
            ]
        )  # fmt: skip
    head = element("tr", *(element("th", words.say(f"head.{h}"), scope="col") for h in heads))
    body = [
        element("tr", *(element("td", cell, class_="long" if len(cell) > _LONG else None) for cell in row))
        for row in rows
    ]
    inner = element("table", element("thead", head), element("tbody", *body), class_="numbers-table")
    label = words.say("quality.failed_table")
    return element("div", inner, class_="scroll", role="region", tabindex="0", aria_label=label)


def _verdict(row: Entry, words: Language) -> Cell:
    verdict = "passed" if row["passed"] else "failed"
    icon = element(
        "svg",
        element("use", href=f"#icon-{'met' if row['passed'] else 'missed'}"),
        class_="icon",
        aria_hidden="true",
    )
    state = element("span", icon, " ", words.say(f"quality.{verdict}"), class_=f"state {verdict}")
    return Cell(state, 1.0 if row["passed"] else 0.0)


def _read(value: str | None) -> object:
    """What was recorded as JSON; text that is none as it is."""
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        return value


def _figure(value: object, words: Language) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 < abs(value) < SMALLEST_SHOWN:
            return f"<{SMALLEST_SHOWN:f}".rstrip("0") if value > 0 else words.number(value, 6)
        return words.round_number(value, 0 if float(value).is_integer() else 4)
    return ABSENT if value is None else str(value)
