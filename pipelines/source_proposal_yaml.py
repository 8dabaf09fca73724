"""A proposal as a commented configuration: every guess with its evidence, every doubt with what to check."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.proposals.columns import percent
from assets.proposals.records import Doubt, Guess, ProposedSource, QuestionGuess
from pipelines.yaml_document import read_document

_WIDTH = 116
_COMMENT_AT = 44  # where the evidence behind a value begins, if the value is that short
_LONGEST_EVIDENCE = 160
_READING = (
    "format", "encoding", "delimiter", "quote", "skip_rows", "header", "skip_rows_after_header", "fill_down", "sheet",
    "decimal", "thousands", "date_format", "timezone", "currency",
)  # fmt: skip


def configuration_text(
    sources: Sequence[ProposedSource],
    paths: Mapping[str, str],
    business: Mapping[str, Guess],
    first_night: Guess | None,
    opening: Sequence[str],
    home: str,
) -> str:
    """The YAML of a whole configuration.

    Args:
        sources: in the order of the file.
        paths: name of a source to its path, as the file writes it.
        business: name, timezone and currency.
        first_night: the first date nights are offered for, where it is known.
        opening: lines that say where the file comes from.
        home: the home directory, as the file writes it.
    """
    lines = [line for text in opening for line in _wrapped(text, "# ", "# ")]
    lines += ["", _line("home", scalar(home), "", "what the pipeline writes; relative to this file"), ""]
    lines.append("business:")
    for key, guess in business.items():
        lines += _guess_lines(key, guess, "  ")
    lines += ["", "sources:"]
    for source in sources:
        lines += [*_source_lines(source, paths[source.name]), ""]
    if first_night is not None:
        lines += ["nightly:", *_guess_lines("first_as_of", first_night, "  ")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _source_lines(source: ProposedSource, path: str) -> Iterator[str]:
    yield _line("name", scalar(source.name), "  - ", "stands in row_accounting and quarantine")
    yield _line("kind", source.kind, "    ", source.evidence)
    of_one = "" if source.files > 1 or "*" in path else "; a glob takes in the files to come, too"
    yield _line("path", scalar(path), "    ", source.read + of_one)
    for note in source.notes:
        yield from _wrapped(note, "    # ", "    #   ")
    for option in sorted(source.options, key=lambda option: (option not in _READING, option)):
        if option in _READING:
            yield from _guess_lines(option, source.options[option], "    ")
    yield "    columns:"
    for field, guess in source.columns.items():
        yield from _guess_lines(field, guess, "      ")
    for field, doubt in source.missing.items():
        if field != "questions":
            yield from _doubt_lines(doubt, "      ", f"MISSING {field}")
    for rule, guess in source.rules.items():
        yield from _guess_lines(rule, guess, "    ")
    if "questions" in source.missing:
        yield from _doubt_lines(source.missing["questions"], "    ", "MISSING questions")
        if not source.questions:
            yield "    # questions: {the_column: {id: overall, kind: csat, scale: [1, 5]}}"
    if source.questions:
        yield "    # questions:" if "questions" in source.missing else "    questions:"
        for name, question in sorted(source.questions.items(), key=lambda pair: not pair[1].is_active):
            yield from _question_lines(name, question)
    for option, guess in source.options.items():
        if option not in _READING:
            yield from _guess_lines(option, guess, "    ")
    for doubt in source.doubts:
        yield from _doubt_lines(doubt, "    ")
    if source.unmapped:
        listed = ", ".join(f"{one_line(name)} ({percent(share)})" for name, share in source.unmapped)
        yield from _wrapped(f"Not mapped, with the share of rows that fill them: {listed}", "    # ", "    #   ")


def _guess_lines(key: str, guess: Guess, indent: str) -> Iterator[str]:
    for doubt in guess.doubts:
        yield from _doubt_lines(doubt, indent)
    if guess.value is not None:
        yield _line(key, _value(guess.value), indent, guess.evidence)


def _question_lines(name: str, question: QuestionGuess) -> Iterator[str]:
    for doubt in question.doubts:
        yield from _doubt_lines(doubt, "      ")
    line = _line(key_text(name), _flow(question.options), "      ", question.evidence)
    yield line if question.is_active else "      # " + line.strip()


def _doubt_lines(doubt: Doubt, indent: str, mark: str = "DOUBT") -> Iterator[str]:
    yield from _wrapped(f"{mark}: {doubt.text}", f"{indent}# ", f"{indent}#   ")
    for line in instead_lines(doubt):
        yield f"{indent}# {line}"


def instead_lines(doubt: Doubt) -> list[str]:
    """What would stand in the place of a doubted guess, as the file writes it."""
    return [f"{key}: {value if key in ('decimal', 'thousands') else scalar(value)}" for key, value in doubt.instead]


def _line(key: str, value: str, indent: str, evidence: str = "") -> str:
    line = f"{indent}{key}: {value}"
    return line + _behind(line, evidence)


def _behind(line: str, evidence: str) -> str:
    said = one_line(evidence)
    if len(said) > _LONGEST_EVIDENCE:
        said = said[: _LONGEST_EVIDENCE - 1] + "…"
    return f"{' ' * max(2, _COMMENT_AT - len(line))}# {said}" if said else ""


def _wrapped(text: str, first: str, further: str) -> list[str]:
    return textwrap.wrap(
        one_line(text), _WIDTH, initial_indent=first, subsequent_indent=further, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def one_line(text: str) -> str:
    """A text as a comment or a terminal can show it: one line, and no sign that either takes for an order."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _flow(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_in_flow(each) for each in value)}]"
    return scalar(value)


def _flow(options: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {_in_flow(value)}" for key, value in options.items()) + "}"


def _in_flow(value: Any) -> str:
    return (
        _value(value) if isinstance(value, list | tuple | Mapping) else _first_that_reads_back(value, "[{}]", [value])
    )


def scalar(value: Any) -> str:
    """A value as YAML reads it back, in the plainest way that does.

    >>> scalar("StockCode = 'D'"), scalar("'2014-' || ID"), scalar(5)
    ("StockCode = 'D'", "'''2014-'' || ID'", '5')
    """
    return _first_that_reads_back(value, "{}", value)


def key_text(name: str) -> str:
    """A name as a key that YAML reads back."""
    for text in _ways(name):
        if read_document(f"{text}: 1").data == {name: 1}:
            return text
    raise ValueError(f"a column's name cannot be written as YAML: {one_line(name)[:60]}")


def _first_that_reads_back(value: Any, frame: str, expected: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    for text in _ways(str(value)):
        if "\n" not in text and read_document(f"k: {frame.format(text)} # c").data == {"k": expected}:
            return text
    raise ValueError(f"a value cannot be written as YAML: {one_line(str(value))[:60]}")


def _ways(text: str) -> Iterable[str]:
    """Plain, in single quotes, in double quotes with everything odd escaped."""
    is_risky = text.casefold() in ("yes", "no", "on", "off", "y", "n", "=", "<<") or not text.isprintable()
    return (*(() if is_risky else (text, "'" + text.replace("'", "''") + "'")), json.dumps(text))


def relative_path(pattern: Path, folder: Path) -> str:
    """A path as a configuration in the folder writes it: relative where it lies below or beside, else absolute."""
    import os

    relative = os.path.relpath(pattern, folder)
    return relative if relative.count("../") <= 3 else str(pattern)
