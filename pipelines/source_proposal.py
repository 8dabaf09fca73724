"""Files into a proposed configuration: read, guessed, written as YAML, checked, and shown as a night would see it."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.configuration.values import SNAKE_CASE
from assets.landing.landed_files import as_pattern
from assets.landing.text_encodings import UnreadableFileError
from assets.proposals.business import currency_guess, timezone_guess
from assets.proposals.names import words_of
from assets.proposals.proposal import NothingRecognisedError, propose_source
from assets.proposals.records import Doubt, Guess, ProposedSource, QuestionGuess
from assets.proposals.refund_files import look_for_their_orders
from assets.proposals.sample import BUDGET, FileGroup, Sample, find_groups, named_folder, read_sample
from assets.proposals.surveys import answers_of_buyers
from assets.warehouse import Warehouse
from pipelines.configuration_file import check, load
from pipelines.configuration_problems import ConfigurationError, Problem
from pipelines.source_proposal_preview import Preview, preview
from pipelines.source_proposal_yaml import configuration_text, relative_path

_PLAIN_NAMES = {"transactions": "orders", "surveys": "survey", "customers": "customers"}
_SAYS_NOTHING = {"by_day", "daily", "raw", "data", "export", "exports", "files", "csv", "landing", "download",
                 "downloads", "sheet", "tmp", "input", "sample", "part"}  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """A configuration as proposed.

    Attributes:
        text: the YAML.
        sources: what it proposes, in its order.
        business: name, timezone and currency.
        first_night: the day history begins with, where any is known.
        problems: what ``check-config`` says of it.
        previews: by source, what a night would make of its rows, or why it could not read them.
        left_out: file to why it became no source.
    """

    text: str
    sources: tuple[ProposedSource, ...]
    business: Mapping[str, Guess]
    first_night: Guess | None
    problems: tuple[Problem, ...]
    previews: Mapping[str, Preview | str]
    left_out: Mapping[str, str]

    @property
    def is_runnable(self) -> bool:
        """Whether ``analytics run`` would publish what was read: nothing is missing, and enough rows are accepted."""
        seen = [found for found in self.previews.values() if isinstance(found, Preview)]
        return (
            not any(problem.level == "error" for problem in self.problems)
            and len(seen) == len(self.sources)
            and any(found.counts["accepted"] > 0 for found in seen)
            and not any(found.stops_a_night for found in seen)
        )

    @property
    def doubts(self) -> int:
        """How many there are."""
        return self.text.count("# DOUBT: ")


def propose(
    given: Sequence[str],
    target: Path,
    *,
    kind: str | None = None,
    name: str | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    home: Path | None = None,
    budget: int = BUDGET,
) -> Proposal:
    """Propose a configuration for files; nothing is written outside a temporary folder.

    Args:
        given: files, globs and folders.
        target: where the configuration is to stand; its paths start from there.
        kind: of every source, where it is known.
        name: of the business.
        timezone: of the business, where it is known.
        currency: of the business, where it is known.
        home: the home directory to be; ``home`` beside the configuration unless given.
        budget: bytes to read at most of each source.

    Raises:
        FileNotFoundError: something given is no file, glob or folder of files.
        UnreadableFileError: none of the files can be read.
        NothingRecognisedError: none of the files looks like a source.
    """
    with tempfile.TemporaryDirectory(prefix="analytics-") as made:
        folder = Path(made)
        with Warehouse.open(None) as warehouse:
            sources, samples, left_out = _sources(warehouse, given, folder, kind, currency, budget)
        business = {
            "name": Guess(name or "My shop", "" if name else "stands on the report"),
            "timezone": timezone_guess(sources, timezone),
            "currency": currency_guess(sources, currency),
        }
        paths = {s.name: relative_path(s.pattern, as_pattern(target.parent.absolute())) for s in sources}
        beside = relative_path(home.absolute(), target.parent.absolute()) if home else "./home"
        samples_of = {s.name: sample for s, sample in zip(sources, samples, strict=True)}
        opening, file = _opening(sources, left_out), folder / target.name
        complete = [source for source in sources if not source.missing]
        file.write_text(configuration_text(complete, paths, business, None, opening, beside), encoding="utf-8")
        previews = _previews(file, target, samples_of, folder) if complete else {}
        first = _first_night(sources, previews, samples_of)
        text = configuration_text(sources, paths, business, first, opening, beside)
        file.write_text(text, encoding="utf-8")
        problems = tuple(check(file, base=target.parent.absolute()))
    return Proposal(text, tuple(sources), business, first, problems, previews, left_out)


def _sources(
    warehouse: Warehouse, given: Sequence[str], folder: Path, kind: str | None, currency: str | None, budget: int
) -> tuple[list[ProposedSource], list[Sample], dict[str, str]]:
    """A source per group of files that looks like one; the others with the reason."""
    groups, left_out = find_groups(given)
    found: list[tuple[ProposedSource, Sample]] = []
    for number, group in enumerate(groups):
        try:
            sample = read_sample(warehouse, group, folder / str(number), f"rows_of_{number}", budget)
            source = propose_source(warehouse, sample, kind=kind, currency=currency)
        except (UnreadableFileError, NothingRecognisedError) as error:
            left_out[_called(group)] = str(error)
            continue
        found.append((source, sample))
    if not found:
        raise NothingRecognisedError("\n".join(f"{name}: {error}" for name, error in left_out.items()))
    taken: set[str] = set()
    for source, sample in found:
        source.name = _name_of(source, sample.group, taken)
        taken.add(source.name)
    sources = [source for source, _ in found]
    look_for_their_orders(sources)
    answers_of_buyers(sources)
    return sources, [sample for _, sample in found], left_out


def _called(group: FileGroup) -> str:
    sheet = f", sheet {group.options['sheet']}" if "sheet" in group.options else ""
    if len(group.files) == 1:
        return f"{group.files[0].name}{sheet}"
    return f"{named_folder(group.files[0])}/{group.pattern.name}{sheet}"


def _name_of(source: ProposedSource, group: FileGroup, taken: set[str]) -> str:
    """A snake_case name no other source has: the file's without its digits, else the folder's, else the kind.

    Files of one name in words, such as those of a folder by year, are told apart by their digits.
    """
    if source.name and source.name not in taken:  # a known export brings its own
        return source.name
    sheet = group.options.get("sheet")
    stem = group.files[0].name.split(".")[0]
    digits = [word for word in words_of(stem) if word.isdigit()]
    for text in (sheet if isinstance(sheet, str) else "", stem, named_folder(group.files[0])):
        words = [word for word in words_of(text) if word.isascii() and not word.isdigit()]
        name = re.sub(r"^[^a-z]+", "", "_".join(words))[:40].strip("_")
        if not SNAKE_CASE.fullmatch(name) or len(name) <= 2 or name in _SAYS_NOTHING:
            continue
        for each in (name, "_".join([name, *digits])):
            if each not in taken and len(each) <= 40:
                return each
    plain = _PLAIN_NAMES[source.kind]
    numbered = (plain if number == 1 else f"{plain}_{number}" for number in range(1, 1000))
    return next(name for name in numbered if name not in taken)


def _opening(sources: Sequence[ProposedSource], left_out: Mapping[str, str]) -> list[str]:
    lines = [
        "Proposed by `analytics sources propose`. Every line is a guess with its evidence behind it; a DOUBT says what "
        "to check and how the other reading is written. docs/configuration.md explains every key.",
    ]
    if any(source.missing for source in sources):
        lines.append("MISSING marks what could not be found: fill it in, then `analytics check-config`.")
    lines += [f"Left out: {name}: {error}" for name, error in left_out.items()]
    return lines


def _previews(file: Path, target: Path, samples: Mapping[str, Sample], folder: Path) -> dict[str, Preview | str]:
    """What a night would make of the rows read; nothing where the configuration does not load."""
    home = folder / "home"
    home.mkdir()
    try:
        configuration = load(file, home=home, base=target.parent.absolute())
    except ConfigurationError:
        return {}
    sources = tuple(
        source.model_copy(update={"path": str(samples[source.name].read_from)}) for source in configuration.sources
    )
    return preview(configuration.model_copy(update={"sources": sources}), home)


def _first_night(
    sources: Sequence[ProposedSource], previews: Mapping[str, Preview | str], samples: Mapping[str, Sample]
) -> Guess | None:
    """The day of the first order, of a survey alone of the first answer; None where a source's rows are not known."""
    for kind, event in (("transactions", "order"), ("surveys", "answer")):
        names = [source.name for source in sources if source.kind == kind]
        seen = [found for name in names if isinstance(found := previews.get(name), Preview)]
        days = [found.first_event for found in seen if found.first_event]
        if names and (len(seen) < len(names) or not days or min(days) >= dt.date.today()):  # else yesterday is refused
            return None
        if days:
            text = f"not every row was read, and nights before this day are refused: is there an older {event}?"
            doubts = () if all(samples[name].is_whole for name in names) else (Doubt(text),)
            return Guess(min(days).isoformat(), f"the day of the first {event}; no earlier night is offered", doubts)
    return None


def doubts_of(proposal: Proposal) -> Iterator[tuple[str, Doubt]]:
    """Every doubt with the place it is about, in the order of the file."""
    for key, guess in proposal.business.items():
        yield from ((key, doubt) for doubt in guess.doubts)
    for source in proposal.sources:
        for part in (source.options, source.columns, source.rules, source.questions):
            for key, guess in part.items():
                if not isinstance(guess, QuestionGuess) or guess.is_active:
                    yield from ((f"{source.name}.{key}", doubt) for doubt in guess.doubts)
        yield from ((source.name, doubt) for doubt in source.doubts)
    if proposal.first_night is not None:
        yield from (("nightly.first_as_of", doubt) for doubt in proposal.first_night.doubts)
