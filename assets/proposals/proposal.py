"""What a file's columns could mean: kind of source, mapping, rules and options, each with its evidence and doubts.

Pure guessing over rows that were read already: nothing is written here, and whoever reads the proposal decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from assets.configuration.expressions import columns_of
from assets.configuration.sources import REQUIRED_COLUMNS, RULES
from assets.landing.ready_mappings import ReadyMapping, recognise
from assets.landing.staged import CONTENT
from assets.printable_text import counted
from assets.proposals.asked_questions import is_asked
from assets.proposals.business import is_day_first
from assets.proposals.columns import assign, field_guess, number_marks, percent, points_of
from assets.proposals.dates import EXCEL, date_with_month_in_words, moment_guess, zone_of_name
from assets.proposals.deliveries import settle_delivery
from assets.proposals.line_kinds import line_kind_rules
from assets.proposals.names import KIND_WORDS, SYNONYMS, likeness, name_points
from assets.proposals.other_money import with_sides_joined
from assets.proposals.profile import Column, profile
from assets.proposals.records import MOMENTS, Doubt, Guess, ProposedSource, Rows
from assets.proposals.refund_files import of_refunds, refund_rules
from assets.proposals.sample import Sample
from assets.proposals.shapes import say_shape
from assets.proposals.surveys import (
    further_questions,
    is_scored_in_words,
    question_of_words,
    survey_guesses,
    with_moment,
)
from assets.proposals.transactions import complete_by_values, transaction_guesses
from assets.statements import identifier, literal
from assets.warehouse import Warehouse

_TELLING_FIELDS: Final[Mapping[str, Mapping[str, float]]] = {
    "transactions": {
        "order_id": 1, "ordered_at": 1, "product_id": 1, "product_name": 0.5, "quantity": 1, "unit_price": 1,
        "amount": 1, "discount": 0.5,
    },
    "surveys": {"response_id": 1, "responded_at": 0.5, "question": 1, "score": 1, "comment": 0.5},
    "customers": {
        "email": 1, "phone": 1, "birth_date": 1, "age": 0.5, "gender": 0.5, "consent": 0.5, "acquired_at": 0.5,
        "customer_type": 0.5, "acquisition_channel": 0.5,
    },
}  # fmt: skip
_FILE_NAME_POINTS = 1.0
_LEAST_OF_A_KIND = 1.2
_RIVALLED: Final = {"order_id", "ordered_at", "customer_id", "amount", "response_id", "responded_at", "acquired_at"}
_NUMBERS: Final = ("quantity", "unit_price", "amount", "discount", "refunded")
_OWN_ADDRESS = 0.95  # of the rows have a number or an address that no other has
_SHOWN = 40  # characters of a value that could not be read
_MADE_OF_ANSWERS = 0.4  # of the points of orders count where answers stand in the place of money
_NEARLY_EMPTY = 0.05  # of the rows have a value
_NEARLY = 0.8  # of the points of the column that was taken
_HINTS: Final = {
    "order_id": "the number that tells one order from another",
    "ordered_at": "the date of the order",
    "customer_id": "the number that tells one customer from another",
}


class NothingRecognisedError(Exception):
    """Rows that look like no kind of source; the text says what was found and what to do."""


def propose_source(
    warehouse: Warehouse, sample: Sample, *, kind: str | None = None, currency: str | None = None
) -> ProposedSource:
    """Propose the source that reads a sample's files; its name is left to whoever knows the others.

    Args:
        warehouse: holds the sample's rows.
        sample: the rows read.
        kind: where it is known; else guessed.
        currency: of the business, where it is known; where it is dollars 03/04/2024 is taken for March.

    Raises:
        NothingRecognisedError: the columns look like no kind of source.
    """
    columns = with_sides_joined(profile(warehouse, sample.table, sample.header))
    decimal, thousands, marks, mark_doubts = number_marks(columns)
    rows = Rows(
        warehouse,
        identifier(sample.table),
        sample.header,
        sample.rows,
        columns,
        decimal,
        thousands,
        is_day_first(columns, currency),
    )
    known = [each for each in recognise(sample.header) if kind in (None, each.source["kind"])]
    ready = next((each for each in known if not each.asks_a_database), None)
    source = _as_known(sample, rows, ready) if ready is not None else _by_evidence(sample, rows, kind)
    if any(column.is_text and column.numbers > 0.5 for column in _numbers_read(rows, source)):
        _say_marks(source, rows, marks, mark_doubts)
    for option, value in sample.group.options.items():
        source.options.setdefault(option, Guess(value, sample.group.said.get(option, "")))
    zone = zone_of_name(source.chosen[moment]) if (moment := MOMENTS[source.kind]) in source.chosen else None
    if zone is not None:
        source.options.setdefault("timezone", zone)
    if "header" in source.options:
        doubt = Doubt("no header line was found; these names are made up, and the columns are told by their values.")
        source.options["header"] = Guess(source.options["header"].value, "", (doubt,))
    settle_delivery(rows, sample, source)
    say_shape(rows, source)
    if known and ready is None:
        title, name = known[0].title["en"], known[0].id
        doubt = Doubt(f"the header is that of {title}, which takes a query: see `analytics sources show {name}`.")
        source.doubts = (*source.doubts, doubt)
    source.doubts = (*source.doubts, *_unreadable(sample))
    return source


def _numbers_read(rows: Rows, source: ProposedSource) -> Iterator[Column]:
    """The columns that are fields, or that an expression of money or pieces reads."""
    values = (source.columns[field].value for field in _NUMBERS if field in source.columns)
    names = {name for text in values if text is not None for name in columns_of(str(text), rows.header)}
    return (column for column in rows.columns if column in source.chosen.values() or column.name in names)


def _say_marks(source: ProposedSource, rows: Rows, evidence: str, doubts: tuple[Doubt, ...]) -> None:
    """Declare the marks of numbers where they are not the default; what a known export is said to use gives way."""
    declared = source.options.get("decimal", Guess("."))
    if evidence and declared.value != rows.decimal:
        source.options.pop("decimal", None)
        source.options.pop("thousands", None)
    if evidence and rows.thousands:
        source.options["thousands"] = Guess(rows.thousands, "between groups of digits")
    if rows.decimal != ".":
        source.options.setdefault("decimal", Guess(rows.decimal, evidence, doubts))
    elif rows.thousands:
        source.options.setdefault("thousands", Guess(rows.thousands, "between groups of digits", doubts))
    else:
        source.doubts = (*source.doubts, *doubts)
    if rows.thousands:
        source.options.setdefault("thousands", Guess(rows.thousands, "between groups of digits"))


def _read_words(sample: Sample) -> str:
    files = len(sample.group.files)
    of = f"{files:,} files" if files > 1 else "the file"
    return f"{sample.rows:,} rows, all of {of}" if sample.is_whole else f"{sample.rows:,} rows, the first of {of}"


def _empty(sample: Sample, rows: Rows, kind: str, evidence: str) -> ProposedSource:
    return ProposedSource("", kind, sample.group.pattern, len(sample.group.files), _read_words(sample), evidence, rows)


def _as_known(sample: Sample, rows: Rows, ready: ReadyMapping) -> ProposedSource:
    """A source as the ready mapping of its export has it; dates that can be read in two ways are doubted here too."""
    options = ready.options(sample.header, rows.decimal, rows.thousands)
    source = _empty(sample, rows, options.pop("kind"), f"the header is that of {ready.title['en']}")
    source.name, source.notes = options.pop("name", ready.id), (ready.maps, *ready.limits)
    for told_by_the_file in ("path", "format", "encoding", "delimiter", "sheet"):
        options.pop(told_by_the_file, None)
    by_name = {column.name.casefold(): column for column in rows.columns}
    dated = [by_name[name] for text in options["columns"].values() if (name := str(text).casefold()) in by_name]
    if any(_is_written_otherwise(column, options.get("date_format")) for column in dated):
        options.pop("date_format")
    for field, value in options.pop("columns").items():
        column = by_name.get(str(value).strip().casefold())
        source.columns[field] = Guess(value, f"{percent(column.filled_share)} filled" if column else "")
        if column is not None:
            source.chosen[field] = column
            if field.endswith(("_at", "_date")) and "date_format" not in options:
                source.columns[field] = moment_guess(rows, field, column, source.columns[field].evidence)
    for rule in RULES:
        if rule in options:
            source.rules[rule] = Guess(options.pop(rule))
    for name, question in options.pop("questions", {}).items():
        source.questions[name] = question_of_words(rows, name, question)
    source.options = {option: Guess(value) for option, value in options.items()}
    if source.kind == "surveys" and "question" not in source.columns:
        free = [column for column in rows.columns if column.name in {name for name, _ in _unmapped(rows, source)}]
        ids = {question.options.get("id") for question in source.questions.values()}
        more = further_questions(rows, free)
        source.questions |= {name: each for name, each in more.items() if each.options.get("id", name) not in ids}
    _doubt_empty_customer(rows, source)
    _settle_date_formats(source)
    source.unmapped = _unmapped(rows, source)
    return source


def _doubt_empty_customer(rows: Rows, source: ProposedSource) -> None:
    """Name the column that says who it was, where the one a known export has for it is hardly filled."""
    taken, likelier = source.chosen.get("customer_id"), assign(source.kind, rows.columns).get("customer_id")
    if taken is None or likelier is None or taken.filled_share > _NEARLY_EMPTY or likelier.filled_share < 0.5:
        return
    text = f"{taken.name} is hardly filled, and {likelier.name} is in {percent(likelier.filled_share)} of the rows."
    doubt = Doubt(text, (("customer_id", likelier.plain),))
    source.columns["customer_id"] = source.columns["customer_id"].with_doubt(doubt)


def _is_written_otherwise(column: Column, form: str | None) -> bool:
    """Whether a column holds dates that the format does not read."""
    if form is None or not column.is_text or column.moments < 0.5:
        return False
    return column.formats.get(form, 0) < 0.5 * column.looked_at


def _by_evidence(sample: Sample, rows: Rows, kind: str | None) -> ProposedSource:
    chosen = {each: assign(each, rows.columns) for each in _TELLING_FIELDS}
    chosen["transactions"] = complete_by_values(rows, chosen["transactions"])
    refunds = of_refunds(rows, chosen["transactions"])
    chosen["transactions"] = refunds or chosen["transactions"]
    points = {each: _kind_points(sample, rows, each, fields) for each, fields in chosen.items()}
    best, second = sorted(points, key=lambda each: -points[each])[:2]
    if kind is None and points[best] < _LEAST_OF_A_KIND:
        listed = ", ".join(column.name for column in rows.columns[:12])
        more = ", …" if len(rows.columns) > 12 else ""
        raise NothingRecognisedError(
            f"its {len(rows.columns)} columns ({listed}{more}) look like no orders, survey answers or customers; "
            f"say `--kind` if they are"
        )
    telling = [field for field in _TELLING_FIELDS[best] if field in chosen[best]] or list(chosen[best])
    told = [chosen[best][field].name for field in telling]
    source = _empty(
        sample, rows, kind or best, "as you said" if kind else f"told by {', '.join(told) or 'its answers'}"
    )
    if kind is None and points[second] > 0.75 * points[best]:
        source.doubts = (Doubt(f"it could hold {second} instead: propose again with --kind {second} if it does."),)
    fields = chosen[source.kind]
    match source.kind:
        case "transactions":
            named = assign("transactions", rows.columns) | (refunds or {})
            source.columns, doubts = transaction_guesses(rows, fields, named)
            source.rules, unclear = line_kind_rules(rows, fields)
            if refunds:
                source.rules, unclear = refund_rules(refunds), ()
            source.doubts = (*source.doubts, *doubts, *unclear)
        case "surveys":
            fields = with_moment(rows, fields)
            file_name = sample.group.files[0].name
            source.columns, source.questions, source.missing = survey_guesses(rows, fields, file_name)
            asked = sum(question.is_active for question in source.questions.values())
            source.evidence += (
                f"{', ' if told else ''}{counted(asked, 'question')} answered on a scale" if asked and not kind else ""
            )
            if not asked:
                source.missing["questions"] = Doubt("no column holds answers on a scale such as 1 to 5 or 0 to 10.")
        case _:
            source.columns = _customer_guesses(rows, fields)
    in_order = [field for field in SYNONYMS[source.kind] if field in source.columns]
    source.columns = {field: source.columns[field] for field in in_order}
    mapped = {field for field, guess in source.columns.items() if guess.value is not None}
    source.chosen = {field: column for field, column in fields.items() if field in mapped}
    _settle_date_formats(source)
    _name_rivals(rows, source)
    for field in REQUIRED_COLUMNS[source.kind]:
        if field not in source.columns and field not in source.missing:
            source.missing[field] = _missing(rows, source, field)
    source.unmapped = _unmapped(rows, source)
    return source


def _missing(rows: Rows, source: ProposedSource, field: str) -> Doubt:
    """What to fill in for a field that no column could be told to be, beginning with the one that is called so."""
    kind = source.kind
    free = [column for column in rows.columns if column not in source.chosen.values()] or rows.columns
    likeliest = max(free, key=lambda column: (name_points(kind, field, column.name), column.moments))
    text = f"no column could be told to be {_HINTS.get(field, field)}; name it, for example:"
    if field.endswith("_at") and name_points(kind, field, likeliest.name) and likeliest.filled:
        shown = f" (`{likeliest.top[0][0][:_SHOWN]}`)" if field in ("ordered_at", "responded_at") else ""
        text = (
            f"{likeliest.name} is called a date, and its values{shown} are none that could be told: declare how they "
            f"are written as `date_format`, such as '%d-%b-%y', or an expression that reads them, and name the column:"
        )
        if reading := date_with_month_in_words(rows, likeliest):
            text = f"{likeliest.name} is called a date, and its values{shown} name months in words. This reads them:"
            return Doubt(text, ((field, reading),))
    return Doubt(text, ((field, likeliest.plain),))


def _unmapped(rows: Rows, source: ProposedSource) -> tuple[tuple[str, float], ...]:
    """The columns that nothing of the source reads, with the share of rows that fill them."""
    texts = [str(guess.value) for part in (source.columns, source.rules) for guess in part.values() if guess.value]
    used = {name for text in texts for name in columns_of(text, rows.header)} | set(source.questions)
    plain = {column.name for column in source.chosen.values()} | used
    return tuple((column.name, column.filled_share) for column in rows.columns if column.name not in plain)


def _name_rivals(rows: Rows, source: ProposedSource) -> None:
    """Doubt a field for which another column speaks nearly as well."""
    for field in _RIVALLED & source.chosen.keys():
        guess, points = source.columns[field], points_of(source.kind, field, source.chosen[field])
        read = columns_of(str(guess.value), rows.header)
        rivals = [
            (points_of(source.kind, field, column), column.plain)
            for column in rows.columns
            if column not in source.chosen.values() and column.name not in (*source.questions, *read)
        ]
        best, name = max(rivals, default=(0.0, ""), key=lambda rival: rival[0])
        if best and best >= _NEARLY * points:
            doubt = Doubt(f"{name} could be it as well.", ((field, name),))
            source.columns[field] = guess.with_doubt(doubt)


def _kind_points(sample: Sample, rows: Rows, kind: str, fields: Mapping[str, Column]) -> float:
    """How much speaks for a kind: the fields that tell it from others, answers on scales, and the files' name."""
    points = sum(weight for field, weight in _TELLING_FIELDS[kind].items() if field in fields)
    said = f"{sample.group.files[0].parent.name} {sample.group.files[0].name} {sample.group.options.get('sheet', '')}"
    points += _FILE_NAME_POINTS * (likeness(said, KIND_WORDS[kind]) > 0)
    if kind == "customers":
        key, mail = fields.get("customer_id"), fields.get("email")
        if key is not None and _share_of_own(rows, key) >= _OWN_ADDRESS:
            points += 1.0
        elif key is not None or mail is None or _share_of_own(rows, mail) < _OWN_ADDRESS:
            points -= 1.0
    scales = _scales(rows, fields) if kind != "customers" else []
    if kind == "surveys":
        points += 0.5 * min(4, len(scales)) + 0.75 * any(is_asked(column.name) for column in scales)
        if not scales and "score" not in fields:
            points = 0.0
    if kind == "transactions" and any(is_asked(column.name) for column in scales):
        worth = (field for field in ("amount", "unit_price", "quantity") if field in fields)
        if not any(name_points("transactions", field, fields[field].name) for field in worth):
            points *= _MADE_OF_ANSWERS
    return points


def _scales(rows: Rows, fields: Mapping[str, Column]) -> list[Column]:
    """The columns that are no field and may be answers on a scale."""
    free = [column for column in rows.columns if column not in fields.values()]
    return [
        column
        for column in free
        if (column.share("scale") >= 0.8 and 3 <= column.different <= 15) or is_scored_in_words(rows, column)
    ]


def _share_of_own(rows: Rows, key: Column) -> float:
    """Share of the filled values that no other row of the same file has."""
    sql = f"select count(distinct hash({key.sql}, {CONTENT})) from {rows.table} where {key.sql} is not null"
    return rows.warehouse.scalar(sql) / max(1, key.filled)


def _customer_guesses(rows: Rows, fields: Mapping[str, Column]) -> dict[str, Guess]:
    guesses: dict[str, Guess] = {}
    for field, column in fields.items():
        if field == "age" and "birth_date" in fields:
            continue
        guesses[field] = field_guess(rows, field, column)
    mail = fields.get("email")
    if "customer_id" not in fields and mail is not None and _share_of_own(rows, mail) >= _OWN_ADDRESS:
        text = "no column numbers the customers, so the e-mail address does: it will stand in the published tables."
        value = f"lower(trim({mail.expression}))"
        guesses["customer_id"] = Guess(value, f"{mail.different:,} different addresses", (Doubt(text),))
    key = fields.get("customer_id")
    own = _share_of_own(rows, key) if key is not None else 1.0
    if key is not None and own < 1.0:
        repeated = counted(round((1 - own) * key.filled), "row")
        text = f"{repeated} repeat a {key.name}; of rows that differ the later file counts."
        guesses["customer_id"] = guesses["customer_id"].with_doubt(Doubt(text))
    return guesses


def _settle_date_formats(source: ProposedSource) -> None:
    """One date format for the source where all its dates need it, else each of these reads its own."""
    formats = {field: form for field in source.chosen if (form := source.columns[field].date_format)}
    dates = [field for field in source.chosen if field.endswith(("_at", "_date")) and source.chosen[field].is_text]
    doubts = [doubt for field in formats for doubt in source.columns[field].doubts if doubt.instead]
    if formats and {formats.get(field) for field in dates} == {next(iter(formats.values()))}:
        for field in formats:
            guess = source.columns[field]
            source.columns[field] = Guess(guess.value, guess.evidence, tuple(d for d in guess.doubts if not d.instead))
        source.options["date_format"] = Guess(formats[dates[0]], "", tuple(doubts[:1]))
        return
    for field, form in formats.items():
        guess, name = source.columns[field], source.chosen[field].expression
        doubts = [
            Doubt(doubt.text, tuple((field, _read_as(name, other)) for _, other in doubt.instead))
            for doubt in guess.doubts
        ]
        source.columns[field] = Guess(_read_as(name, form), guess.evidence, tuple(doubts))


def _read_as(name: str, form: str) -> str:
    if form == EXCEL:
        return f"make_timestamp(1899, 12, 30, 0, 0, 0) + to_seconds(CAST(round({name}::DOUBLE * 86400) AS BIGINT))"
    return f"strptime(trim({name}), {literal(form)})"


def _unreadable(sample: Sample) -> list[Doubt]:
    return [Doubt(f"{name} cannot be read and is set aside: {error}") for name, error in sample.unreadable.items()]
