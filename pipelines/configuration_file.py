"""A YAML file into a :class:`Configuration`, or every problem of it at once, each with the line it stands on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assets.configuration import Configuration, Source
from assets.expressions import ExpressionError, column_named, columns_of, parse_expression
from assets.landing.file_header import first_file, header_of
from assets.landing.text_files import UnreadableFileError
from pipelines.configuration_problems import ConfigurationError, Problem, key_of, refused_values, shown
from pipelines.yaml_document import Document, Fault, Place, read_document

__all__ = ["ConfigurationError", "Problem", "check", "load", "load_sample"]

_READING_OPTIONS = ("format", "encoding", "delimiter", "quote", "skip_rows", "header")
_RULES = ("refund_when", "discount_when", "charge_when", "exclude_when")


def load(path: Path, *, home: Path | None = None, base: Path | None = None) -> Configuration:
    """Read a configuration file; home and the sources' paths come out absolute.

    Args:
        path: the YAML file.
        home: takes the place of the file's ``home``; relative to the working directory.
        base: the folder that relative paths of the file start from; the file's own unless given.

    Raises:
        ConfigurationError: with every problem of the file, not the first one only.
    """
    reading = _read(path, home, base)
    if reading.configuration is None or reading.problems:
        raise ConfigurationError(reading.problems)
    return reading.configuration


def load_sample(home: Path) -> Configuration:
    """The sample shop's configuration, its files under ``home/raw``."""
    with resources.as_file(resources.files("pipelines") / "sample_shop.yaml") as path:
        return load(path, home=home, base=home / "raw")


def check(path: Path, *, home: Path | None = None, base: Path | None = None) -> list[Problem]:
    """Every problem of the file and what the landed files say about it, in the order of the file.

    Beyond :func:`load`: a source without a readable file is a warning; a column that the first csv or tsv file of a
    source does not have is an error.
    """
    reading = _read(path, home, base)
    landed = [problem for source in reading.sources for problem in _against_first_file(reading, source)]
    return _in_order([*reading.problems, *landed])


@dataclass(frozen=True)
class _SourceAsGiven:
    """A source of the file, good or not.

    Attributes:
        place: where it stands.
        expressions: its expressions, each with its place.
        question_columns: the columns of a wide survey that hold answers, each with its place.
        files: enough of the source to find and open its files; None where not even that is good.
    """

    place: Place
    expressions: tuple[tuple[Place, str], ...]
    question_columns: tuple[tuple[Place, str], ...]
    files: Source | None


@dataclass(frozen=True)
class _Reading:
    """A file as read: what can be said of each source's files, every problem, and the configuration if it is good."""

    path: Path
    document: Document
    sources: list[_SourceAsGiven]
    problems: list[Problem]
    configuration: Configuration | None


def _read(path: Path, home: Path | None, base: Path | None) -> _Reading:
    document = _document(path)
    if document.faults and not isinstance(document.data, dict):
        return _Reading(path, document, [], _in_order(_faults(path, document)), None)
    if not isinstance(document.data, dict):
        found = Problem(path, 1, "", shown(document.data), "keys and values, `business:` among them")
        return _Reading(path, document, [], [found], None)

    data = _with_absolute_paths(document.data, home, Path(os.path.abspath(base or path.parent)))
    sources = [_as_given(position, source) for position, source in enumerate(_list(data.get("sources")))]
    problems = [*_faults(path, document), *_expression_problems(path, document, sources)]
    if not data.get("sources"):
        hint = "docs/configuration.md shows one of every kind"
        problems.append(
            Problem(path, document.line_of(("sources",)), "sources", "nothing", "a list of at least one source", hint)
        )
    configuration = None
    try:
        configuration = Configuration.model_validate(data)
    except ValidationError as error:
        problems += [
            Problem(path, document.line_of(place), key_of(place), found, expected, hint)
            for place, found, expected, hint in refused_values(error)
        ]
    return _Reading(path, document, sources, _in_order(problems), configuration)


def _document(path: Path) -> Document:
    try:
        return read_document(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        fault = Fault(1, (), f"byte {error.start} is not UTF-8", "a text file in UTF-8", "save it as UTF-8")
    except OSError as error:
        fault = Fault(1, (), f"no readable file ({error.strerror})", "a configuration file", "is the path right?")
    return Document(faults=[fault])


def _faults(path: Path, document: Document) -> list[Problem]:
    return [
        Problem(path, fault.line, key_of(fault.place), fault.found, fault.expected, fault.hint)
        for fault in document.faults
    ]


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.key))


def _with_absolute_paths(data: Mapping[str, Any], home: Path | None, base: Path) -> dict[str, Any]:
    """The values with ``home`` and every source's ``path`` made absolute; what is no path stays for the types."""
    given = dict(data)
    if home is not None:
        given["home"] = os.path.abspath(home)
    elif isinstance(given.get("home", "data"), str):
        given["home"] = _absolute(given.get("home", "data"), base)
    if isinstance(given.get("sources"), list):
        given["sources"] = [
            {**source, "path": _absolute(source["path"], base)}
            if isinstance(source, dict) and isinstance(source.get("path"), str) and source["path"].strip()
            else source
            for source in given["sources"]
        ]
    return given


def _absolute(path: str, base: Path) -> str:
    return path if "://" in path else os.path.abspath(base / Path(path.strip()).expanduser())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _as_given(position: int, value: Any) -> _SourceAsGiven:
    place: Place = ("sources", position)
    source = value if isinstance(value, dict) else {}
    columns, questions = (
        given if isinstance(given, dict) else {} for given in (source.get("columns"), source.get("questions"))
    )
    texts = [((*place, "columns", name), text) for name, text in columns.items()]
    texts += [((*place, rule), source.get(rule)) for rule in _RULES]
    expressions = tuple((at, text) for at, text in texts if isinstance(text, str) and text.strip())
    wide = () if "score" in columns else tuple(((*place, "questions", name), name) for name in questions)
    return _SourceAsGiven(place, expressions, wide, _files_of(source))


def _files_of(source: Mapping[str, Any]) -> Source | None:
    """A source with nothing but the given path and reading options; None where one of these is bad."""
    options = {name: source[name] for name in ("path", *_READING_OPTIONS) if name in source}
    try:
        return Source.model_validate(
            {"name": "files", "kind": "customers", "columns": {"customer_id": "id"}, **options}
        )
    except ValidationError:
        return None  # the types tell what is bad about it


def _expression_problems(path: Path, document: Document, sources: list[_SourceAsGiven]) -> Iterator[Problem]:
    """Expressions that no file can make good; an odd text may still be a column's name, which a header tells."""
    for source in sources:
        for place, text in source.expressions:
            try:
                parse_expression(text)
            except ExpressionError as error:
                header = _header_if_readable(source.files)
                if not (error.may_be_a_name if header is None else _is_a_name(text, header)):
                    yield _expression_problem(path, document, place, error)


def _header_if_readable(files: Source | None) -> tuple[str, ...] | None:
    try:
        return header_of(files) if files is not None else None
    except UnreadableFileError:
        return None  # landing sets the file aside and says so


def _is_a_name(text: str, header: tuple[str, ...]) -> bool:
    return text.strip().casefold() in {name.strip().casefold() for name in header}


def _expression_problem(path: Path, document: Document, place: Place, error: ExpressionError) -> Problem:
    return Problem(path, document.line_of(place), key_of(place), error.found, error.expected, error.hint)


def _against_first_file(reading: _Reading, source: _SourceAsGiven) -> Iterator[Problem]:
    """What the first file of a source contradicts."""
    if source.files is None:
        return
    path, document, at_path = reading.path, reading.document, (*source.place, "path")

    def warning(found: str, expected: str, hint: str = "") -> Problem:
        return Problem(path, document.line_of(at_path), key_of(at_path), found, expected, hint, "warning")

    if first_file(source.files) is None:
        found = f"no file at {source.files.path}"
        yield warning(found, "at least one file", "paths are relative to the configuration file")
        return
    try:
        header = header_of(source.files)
    except UnreadableFileError as error:
        yield warning(str(error), "a first file that can be read")
        return
    if header is None:
        return
    named = [(place, text, columns_of) for place, text in source.expressions]
    named += [(place, text, column_named) for place, text in source.question_columns]
    for place, text, look_up in named:
        try:
            look_up(text, header)
        except ExpressionError as error:
            yield _expression_problem(path, document, place, error)
