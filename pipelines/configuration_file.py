"""A YAML file into a :class:`Configuration`, or every problem of it at once, each with the line it stands on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assets.configuration.expressions import ExpressionError, column_named, columns_of, parse_expression
from assets.configuration.settings import Configuration
from assets.configuration.sources import RULES, Source
from assets.landing.environment_references import names_in
from assets.landing.file_header import first_file, header_of
from assets.landing.landed_files import UnreachableError, as_pattern
from assets.landing.source_files import is_asked_for, path_as_told
from assets.landing.text_encodings import UnreadableFileError
from pipelines.configuration_problems import ConfigurationError, Problem, key_of, refused_values, shown
from pipelines.yaml_document import Document, Fault, Place, read_document

_PLACES = ("path", "storage_options", "database", "query")
_READING_OPTIONS = ("format", "encoding", "delimiter", "quote", "skip_rows", "header", "sheet")
_SQLITE_FILE = re.compile(r"(sqlite(?:[+]\w+)?:///)([^?]+)(.*)")
_LITERAL_PASSWORD = re.compile(r"://[^/@:]*:(?![$][{])[^/@]+@")
ENDS_A_NAME = "?"
"""What the path of a home may not hold: the engine would take what follows for options."""


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
        named_columns: columns of the file named as such, each with its place: those of a wide survey's answers and
            those to fill down.
        files: enough of the source to find and open its files; None where not even that is good.
    """

    place: Place
    expressions: tuple[tuple[Place, str], ...]
    named_columns: tuple[tuple[Place, str], ...]
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
    own = data.get("home") if home is None else None
    if isinstance(own, str) and ENDS_A_NAME in own:
        expected = f"a path that holds no {ENDS_A_NAME}, from its first folder on"
        hint = "a file's name ends there for the engine"
        problems.append(Problem(path, document.line_of(("home",)), "home", shown(own), expected, hint))
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
    """The values with ``home`` and every source's files made absolute; what is no path stays for the types."""
    given = dict(data)
    if home is not None:
        given["home"] = os.path.abspath(home)
    elif isinstance(given.get("home", "data"), str):
        given["home"] = _absolute(given.get("home", "data"), base)
    if isinstance(given.get("sources"), list):
        given["sources"] = [
            {**source, **_absolute_places(source, base)} if isinstance(source, dict) else source
            for source in given["sources"]
        ]
    if isinstance(given.get("identity"), dict) and isinstance(given["identity"].get("block"), dict):
        block = {kind: _listed(values, base) for kind, values in given["identity"]["block"].items()}
        given["identity"] = {**given["identity"], "block": block}
    return given


def _listed(values: Any, base: Path) -> Any:
    """The lines of the file that is named instead of a list; what is no readable file stays for the types."""
    if not isinstance(values, str):
        return values
    try:
        lines = Path(_absolute(values, base)).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return values
    return [line.strip() for line in lines if line.strip()]


def _absolute_places(source: Mapping[str, Any], base: Path) -> dict[str, str]:
    """The source's path, and the file of an SQLite database, made absolute."""
    places: dict[str, str] = {}
    path, database = source.get("path"), source.get("database")
    if isinstance(path, str) and path.strip():
        places["path"] = _absolute(path, as_pattern(base))  # the folder's own name is no pattern
    if isinstance(database, str) and (parts := _SQLITE_FILE.fullmatch(database.strip())):
        places["database"] = parts[1] + _absolute(parts[2], base) + parts[3]
    return places


def _absolute(path: str, base: Path) -> str:
    """The path from the base; a URL, and one whose beginning the environment holds, stays as it is."""
    is_elsewhere = "://" in path or path.strip().startswith("${")
    return path.strip() if is_elsewhere else os.path.abspath(base / Path(path.strip()).expanduser())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _as_given(position: int, value: Any) -> _SourceAsGiven:
    place: Place = ("sources", position)
    source = value if isinstance(value, dict) else {}
    columns, questions = (
        given if isinstance(given, dict) else {} for given in (source.get("columns"), source.get("questions"))
    )
    texts = [((*place, "columns", name), text) for name, text in columns.items()]
    texts += [((*place, rule), source.get(rule)) for rule in RULES]
    expressions = tuple((at, text) for at, text in texts if isinstance(text, str) and text.strip())
    named = [] if "score" in columns else [((*place, "questions", name), name) for name in questions]
    named += [
        ((*place, "fill_down", position), name)
        for position, name in enumerate(_list(source.get("fill_down")))
        if isinstance(name, str)
    ]
    return _SourceAsGiven(place, expressions, tuple(named), _files_of(source))


def _files_of(source: Mapping[str, Any]) -> Source | None:
    """A source with nothing but the given path and reading options; None where one of these is bad."""
    options = {name: source[name] for name in (*_PLACES, *_READING_OPTIONS) if name in source}
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
    """The header, where one can be had without asking anybody else: every run reads its configuration."""
    try:
        return header_of(files) if files is not None and not is_asked_for(files) else None
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
    missing = list(_missing_variables(reading, source))
    yield from missing
    if missing or source.files.database is not None:
        return

    def warning(found: str, expected: str, hint: str = "") -> Problem:
        return Problem(path, document.line_of(at_path), key_of(at_path), found, expected, hint, "warning")

    try:
        if first_file(source.files) is None:
            found = f"no file at {path_as_told(source.files)}"
            yield warning(found, "at least one file", "paths are relative to the configuration file")
            return
        header = header_of(source.files)
    except (UnreadableFileError, UnreachableError) as error:
        yield warning(str(error), "a first file that can be read")
        return
    if header is None:
        return
    named = [(place, text, columns_of) for place, text in source.expressions]
    named += [(place, text, column_named) for place, text in source.named_columns]
    for place, text, look_up in named:
        try:
            look_up(text, header)
        except ExpressionError as error:
            yield _expression_problem(path, document, place, error)


def _missing_variables(reading: _Reading, source: _SourceAsGiven) -> Iterator[Problem]:
    """What the source needs of the environment and does not find there; and a password that should stand there."""
    files = source.files
    if files is None:
        return
    for key, value in (
        ("database", files.database),
        ("path", files.path),
        ("storage_options", files.storage_options),
    ):
        place = (*source.place, key)
        at = (reading.path, reading.document.line_of(place), key_of(place))
        for name in names_in(value):
            if name not in os.environ:
                expected, hint = f"a value for ${{{name}}} when the source is landed", "set it where runs are started"
                yield Problem(*at, f"no environment variable {name}", expected, hint, "warning")
        if isinstance(value, str) and _LITERAL_PASSWORD.search(value):
            expected = "a password from the environment, such as ${SHOP_PASSWORD}"
            yield Problem(*at, "a password in the file", expected, "whoever reads the file can use it", "warning")
