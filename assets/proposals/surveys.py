"""Survey files: whose answer a row is and of when, and which columns or values are questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from assets.configuration.expressions import columns_of
from assets.configuration.sources import DEFAULT_SCALES
from assets.proposals.asked_questions import LONGEST_CODE, NO_ANSWER, Answers, answers_of, is_asked, kind_of, kinds_told
from assets.proposals.buyers import BY_ADDRESS
from assets.proposals.columns import field_guess, percent
from assets.proposals.names import name_points, words_of
from assets.proposals.nobody import without_nobody
from assets.proposals.profile import Column
from assets.proposals.question_ids import question_id
from assets.proposals.records import Doubt, Guess, ProposedSource, QuestionGuess, Rows
from assets.proposals.worded_scales import scores_of_words, words_to_come
from assets.statements import identifier

_WHOLE_WORDS: Final = {"all", "whole", "overall", "general", "total", "gesamt", "global"}
_MOST_QUESTIONS = 60
_MOST_OF_AN_ID = 20  # columns that tell a response from others, where none numbers them
_MOST_OTHERS = 0.05  # of the answers are no numbers, from which on it is said
_MOST_WORDS = 11  # different answers in words to one question
_GROUPS: Final = {"promoter", "passive", "detractor"}  # what a score was made into
_ANSWERED_ROWS = 0.95  # of the rows have a moment, and fewer are of people who were asked only
_BATTERY = 3  # columns of one beginning and one scale that make a list of questions


def with_moment(rows: Rows, chosen: Mapping[str, Column]) -> dict[str, Column]:
    """The fields with the first column of dates as the answer's moment, where no name tells it; births apart."""
    dates = [
        column
        for column in rows.columns
        if column not in chosen.values()
        and column.moments >= 0.8
        and column.filled_share >= 0.5
        and not name_points("customers", "birth_date", column.name)
    ]
    return dict(chosen) if "responded_at" in chosen or not dates else {**chosen, "responded_at": dates[0]}


def survey_guesses(
    rows: Rows, chosen: Mapping[str, Column], file_name: str
) -> tuple[dict[str, Guess], dict[str, QuestionGuess], dict[str, Doubt]]:
    """Mapped columns, questions, and what is missing of a survey file."""
    kept = dict(chosen)
    if "score" in kept and "question" not in kept and (kinds := _names_of_kinds(rows, kept)) is not None:
        kept["question"] = kinds
    if not {"question", "score"} <= kept.keys():
        kept.pop("question", None)
        kept.pop("score", None)  # of a wide file the column is a question itself
    ticket = kept.get("order_id")
    if "response_id" not in kept and ticket is not None and ticket.is_unique and "ticket" in words_of(ticket.name):
        kept["response_id"] = kept.pop("order_id")  # of whose answer there is one
    guesses: dict[str, Guess] = {}
    for field, column in kept.items():
        guesses[field] = field_guess(rows, field, column)
        if field == "responded_at" and (closed := _closed_at(rows, column)) is not None:
            text = (
                f"{column.name} is when it began: who answers later is dated too early. Where {closed.name} is closer:"
            )
            guesses[field] = guesses[field].with_doubt(Doubt(text, (("responded_at", closed.plain),)))
        if field == "customer_id":
            guesses[field] = without_nobody(rows, column, guesses[field])
        if field == "responded_at" and not name_points("surveys", field, column.name):
            doubt = Doubt(f"no name says when an answer was given; {column.name} holds dates: is it that?")
            guesses[field] = guesses[field].with_doubt(doubt)
    if "question" in kept:
        questions = _long_questions(rows, kept["question"], kept["score"])
    else:
        questions = _wide_questions(rows, [column for column in rows.columns if column not in kept.values()])
        response = kept.get("response_id")
        if response and response.different < response.filled:
            repeated = percent(1 - response.different / max(1, response.filled))
            text = f"{repeated} of the rows repeat a {response.name}: of one response the later row counts."
            doubt = Doubt(text, _with_the_day(rows, response, kept.get("responded_at")))
            guesses["response_id"] = Guess(response.plain, guesses["response_id"].evidence, (doubt,))
        guesses |= _of_the_unanswered(rows, kept, guesses, questions)
    missing: dict[str, Doubt] = {}
    if "responded_at" not in guesses:
        missing["responded_at"] = _no_date(rows, file_name)
    if "customer_id" not in guesses and (who := _who_answered(rows)) is not None:
        guesses["customer_id"] = Guess(None, "", (who,))
    if "response_id" not in guesses:
        guesses = {"response_id": _own_number(rows, kept) or _id_of_content(rows)} | guesses
    return guesses, questions, missing


def _closed_at(rows: Rows, moment: Column) -> Column | None:
    """The column that says when something was solved, where answers are dated by when it was created."""
    if not {"created", "opened", "erstellt"} & set(words_of(moment.name)):
        return None
    closed = {"solved", "closed", "resolved", "completed", "rated", "answered", "gelost", "geschlossen"}
    dates = (column for column in rows.columns if column.moments >= 0.8 and column.filled_share >= 0.5)
    return next((column for column in dates if closed & set(words_of(column.name))), None)


def _names_of_kinds(rows: Rows, chosen: Mapping[str, Column]) -> Column | None:
    """The column whose every value names a kind of question, such as NPS and CSAT, where one column has all scores."""
    if len(_wide_questions(rows, [column for column in rows.columns if column not in chosen.values()])) > 0:
        return None
    named = [
        column
        for column in rows.columns
        if column not in chosen.values()
        and column.filled == rows.count
        and column.different <= _MOST_WORDS
        and all(len(kinds_told(text)) == 1 for text, _ in column.top)
    ]
    return min(named, key=lambda column: column.length, default=None)


def _with_the_day(rows: Rows, response: Column, moment: Column | None) -> tuple[tuple[str, str], ...]:
    """The reading in which a number begins anew with every wave, where number and moment together repeat no more."""
    if moment is None:
        return ()
    together = f"{response.expression} || '-' || {moment.expression}"
    sql = f"select count(distinct ({response.sql}, {moment.sql})) from {rows.table} where {response.sql} is not null"
    return (("response_id", together),) if rows.warehouse.scalar(sql) > response.different else ()


def _of_the_unanswered(
    rows: Rows, chosen: Mapping[str, Column], guesses: Mapping[str, Guess], questions: Mapping[str, QuestionGuess]
) -> dict[str, Guess]:
    """Rows of who was asked and did not answer as responses without answers: set aside they would stop a night."""
    moment, response = chosen.get("responded_at"), chosen.get("response_id")
    asked = [column for column in rows.columns if column.name in questions]
    if moment is None or not asked or guesses["responded_at"].doubts:
        return {}
    is_number = moment.is_epoch and moment.moments < 0.5
    answered = " or ".join(f"trim(cast({column.sql} as varchar)) <> ''" for column in asked)
    silent = f"trim(coalesce(cast({moment.sql} as varchar), '')) in ('', '{0 if is_number else ''}')"
    sql = f"select count(*), count(*) filter (where coalesce({answered}, false)) from {rows.table} where {silent}"
    blank, lost = rows.warehouse.rows(sql)[0]
    sent = next(
        (
            column
            for column in rows.columns
            if column not in (moment, chosen.get("updated_at"))
            and column.filled == rows.count
            and column.type == moment.type
            and _is_written_like(column, moment)
        ),
        None,
    )
    if lost or sent is None or blank < (1 - _ANSWERED_ROWS) * rows.count:
        return {}
    evidence = f"{sent.name} where it is blank"
    text = (
        f"{blank:,} rows have neither {moment.name} nor an answer: taken for people who did not answer, of no effect."
    )
    value = f"coalesce({moment.expression}, {sent.expression})"
    if is_number:
        value = f"coalesce({guesses['responded_at'].value}, {field_guess(rows, 'responded_at', sent).value})"
    elif moment.is_text:
        value = f"coalesce(nullif({moment.expression}, ''), {sent.expression})"
    told = {"responded_at": Guess(value, evidence, (Doubt(text),))}
    if response is not None and response.filled < rows.count and response.is_text:
        value = f"coalesce(nullif({response.expression}, ''), {_id_of_content(rows).value})"
        told["response_id"] = Guess(value, f"{guesses['response_id'].evidence}; else the row's own values")
    return told


def _is_written_like(column: Column, moment: Column) -> bool:
    """Whether a column holds a moment in every row, written as those of the other column are."""
    if moment.is_epoch and moment.moments < 0.5:
        return column.is_epoch and not column.share("zero")
    alike = bool(moment.formats.keys() & column.formats.keys()) or min(moment.share("iso"), column.share("iso")) > 0
    return column.moments >= _ANSWERED_ROWS and (alike or not moment.is_text)


def _own_number(rows: Rows, chosen: Mapping[str, Column]) -> Guess | None:
    """The column with a code of its own in every row, where no name says what numbers the responses."""
    taken = [column for field, column in chosen.items() if field != "order_id"]
    for column in rows.columns:
        is_code = column.share("code") == 1 and not column.share("fraction", "email") and not column.is_epoch
        if column.is_unique and is_code and column not in taken and column.moments < 0.5 and rows.count >= _MOST_WORDS:
            text = f"no name says what numbers the responses; {column.name} has a value of its own in every row."
            return Guess(column.plain, f"{column.different:,} different in {rows.count:,} rows", (Doubt(text),))
    return None


def answers_of_buyers(sources: Sequence[ProposedSource]) -> None:
    """Let an address be who answered where it is who bought in every source of orders."""
    orders = [source for source in sources if source.kind == "transactions"]
    bought = [source.columns.get("customer_id", Guess(None)).value for source in orders]
    if not bought or not all(str(value).startswith(BY_ADDRESS) for value in bought):
        return
    for source in sources:
        guess = source.columns.get("customer_id")
        if source.kind != "surveys" or guess is None or guess.value is not None or not guess.doubts:
            continue
        [(_, value)] = guess.doubts[0].instead
        source.columns["customer_id"] = Guess(value, "an address, as in the orders")
        read = columns_of(value, source.rows.header)
        source.unmapped = tuple(each for each in source.unmapped if each[0] not in read)


def _who_answered(rows: Rows) -> Doubt | None:
    """What to write where the only key of who answered is an address, which may be the customer's id in the orders."""
    mail = max(rows.columns, key=lambda column: column.share("email") * column.filled_share)
    if mail.share("email") < 0.9:
        return None
    text = (
        f"{mail.name} is not used, so answers belong to no customer. Where the orders' customer_id is made of an "
        f"address, write here what stands there, such as:"
    )
    return Doubt(text, (("customer_id", f"{BY_ADDRESS}{mail.expression}))"),))


def _id_of_content(rows: Rows) -> Guess:
    parts = ", ".join(column.expression for column in rows.columns[:_MOST_OF_AN_ID])
    text = "no column numbers the responses: those that agree in all of these columns count as one."
    return Guess(f"md5(concat_ws('|', {parts}))", "made of the row's own values", (Doubt(text),))


def _no_date(rows: Rows, file_name: str) -> Doubt:
    """What to write where no column holds a date; a day of the month and a year in the name help."""
    dated = [column for column in rows.columns if column.moments >= 0.5]
    if dated:
        share = percent(dated[0].moments * dated[0].filled_share)
        text = f"no name says when an answer was given, and {dated[0].name} holds a date in {share} of the rows only."
        return Doubt(text, (("responded_at", dated[0].plain),))
    year = next(iter(re.findall(r"(?:19|20)\d\d", file_name)), "2024")
    days = [
        column for column in rows.columns
        if column.share("whole") >= 0.95 and (column.low or 0) >= 1 and (column.high or 0) <= 31
        and re.search(r"dat|day|tag|jour|dia|日", column.name.casefold())
    ]  # fmt: skip
    if days:
        text = f"no column holds a date; {days[0].name} goes from {days[0].low:.0f} to {days[0].high:.0f}, as days do."
        value = f"make_date({year}, 1, CAST({days[0].expression} AS INTEGER))"
        return Doubt(f"{text} Put in year and month:", (("responded_at", value),))
    return Doubt("no column holds a date. If all answers are of one day, write it:",
                 (("responded_at", f"make_date({year}, 12, 31)"),))  # fmt: skip


def _wide_questions(rows: Rows, columns: Iterable[Column]) -> dict[str, QuestionGuess]:
    """Columns that hold answers: those whose name says it, and lists of columns that begin alike on one scale."""
    answers = {
        c.name: answers_of(rows, c.name, c.sql) for c in columns if c.sql == identifier(c.name) and c.different <= 60
    }
    scaled = {name: each for name, each in answers.items() if each.is_scaled}
    batteries = Counter((_beginning(name), each.scale) for name, each in scaled.items())
    guesses: dict[str, QuestionGuess] = {}
    for name, each in scaled.items():
        is_listed = bool(_beginning(name)) and batteries[_beginning(name), each.scale] >= _BATTERY
        is_named = _is_named(name, is_listed=is_listed) or bool(scores_of_words(each.words))
        guess = each.guess(name, is_active=is_named) if is_named or is_listed else None
        if guess is not None and len(guesses) < _MOST_QUESTIONS:
            guesses[name] = guess
    if guesses and not any(guess.is_active for guess in guesses.values()):
        guesses = {n: QuestionGuess(g.options, g.evidence, g.doubts) for n, g in guesses.items()}
    return _with_ids_of_their_own({**guesses, **_offered(answers, guesses)})


def further_questions(rows: Rows, columns: Iterable[Column]) -> dict[str, QuestionGuess]:
    """The questions of a known export that its header does not tell: those answered in words, and others to take up."""
    found = _wide_questions(rows, columns)
    return {
        name: QuestionGuess(each.options, each.evidence, each.doubts, each.is_active and "words" in each.options)
        for name, each in found.items()
    }


def is_scored_in_words(rows: Rows, column: Column) -> bool:
    """Whether a column's answers are words with scores, or numbers among them."""
    if column.different > _MOST_WORDS + len(NO_ANSWER) or column.sql != identifier(column.name):
        return False
    answers = answers_of(rows, column.name, column.sql)
    return bool(answers.words) and answers.scale is not None


def _offered(answers: Mapping[str, Answers], guesses: Mapping[str, QuestionGuess]) -> dict[str, QuestionGuess]:
    """What may be asked beside the questions, to be taken up by hand: answers on their scale, and unknown words."""
    asked = {answers[name].scale for name, guess in guesses.items() if guess.is_active}
    offered: dict[str, QuestionGuess] = {}
    for name, each in answers.items():
        if name in guesses or len(guesses) + len(offered) >= _MOST_QUESTIONS:
            continue
        if each.is_scaled and each.scale in asked and (guess := each.guess(name, is_active=False)) is not None:
            offered[name] = QuestionGuess(
                guess.options, f"{guess.evidence}; is it asked?", guess.doubts, is_active=False
            )
        elif each.scale is None and is_asked(name) and 2 <= len(each.others) <= _MOST_WORDS and not each.counts:
            if _GROUPS & {text.casefold() for text in each.others}:
                continue
            listed = ", ".join(f"`{text}`" for text in each.others)
            doubt = Doubt(f"{name} is answered in words ({listed}): give each its score, and take the line up.")
            options = {
                "id": question_id(name),
                "kind": kind_of(name, DEFAULT_SCALES["csat"])[0],
                "words": dict.fromkeys(each.others, "..."),
            }
            offered[name] = QuestionGuess(options, "", (doubt,), is_active=False)
    return offered


def _beginning(name: str) -> str:
    """What the names of a list of questions share: ``Q7`` of ``Q7ART`` and ``Q7_3``."""
    found = re.match(r"[^\W\d_]{1,12}[ _]?\d+(?=\D)", name.strip())
    return found[0].casefold() if found else ""


def _is_named(name: str, *, is_listed: bool) -> bool:
    """Whether a name says that satisfaction, effort or recommendation was asked for; in a list, the whole of it."""
    rest = words_of(name[len(_beginning(name)) :]) if is_listed else words_of(name)
    return is_asked(" ".join(rest)) or (is_listed and bool(_WHOLE_WORDS & set(rest)))


def _with_ids_of_their_own(guesses: Mapping[str, QuestionGuess]) -> dict[str, QuestionGuess]:
    seen: Counter[str] = Counter()
    result: dict[str, QuestionGuess] = {}
    for name, guess in guesses.items():
        own = guess.options.get("id", name)
        seen[own] += 1
        options = guess.options if seen[own] == 1 else {**guess.options, "id": f"{own}_{seen[own]}"}
        result[name] = QuestionGuess({"id": options.get("id", name), **options} if options.get("id") else options,
                                     guess.evidence, guess.doubts, guess.is_active)  # fmt: skip
    return result


def question_of_words(rows: Rows, name: str, options: Mapping[str, Any]) -> QuestionGuess:
    """A question of a known export, with the scores of its answers in words; doubted where these are not known."""
    column = next((each for each in rows.columns if each.name.casefold() == name.strip().casefold()), None)
    answers = answers_of(rows, name, column.sql) if column is not None else Answers(name, {}, {}, {})
    is_numbered = all(re.search(rf"(?<!\d){score}(?!\d)", text) for text, score in answers.words.items())
    if answers.words and (options.get("kind") == "csat" or is_numbered):
        return QuestionGuess({**options, "words": {**words_to_come(answers.words), **answers.words}}, "")
    given = sum(answers.counts.values()) + sum(answers.others.values())
    in_words = sum(answers.others.values())
    if in_words <= _MOST_OTHERS * given:
        return QuestionGuess(dict(options), "")
    listed = ", ".join(f"`{text}`" for text in list(answers.others)[:3] if len(text) <= LONGEST_CODE)
    text = f"{in_words:,} of {given:,} answers are no numbers ({listed}): give each its score under `words`."
    return QuestionGuess(dict(options), "", (Doubt(text),))


def _long_questions(rows: Rows, question: Column, score: Column) -> dict[str, QuestionGuess]:
    """The values of the question's column, each with the scale its answers fit."""
    names = [
        text
        for (text,) in rows.warehouse.rows(
            f"select trim(cast({question.sql} as varchar)) from {rows.table} "
            f"where {question.sql} is not null group by 1 order by count(*) desc, 1 limit {_MOST_QUESTIONS}"
        )
        if text
    ]
    where = f"trim(cast({question.sql} as varchar)) = $name"
    guesses: dict[str, QuestionGuess] = {}
    for name in names:
        answers = answers_of(rows, name, score.sql, where, {"name": name})
        guess = answers.guess(name, is_active=True)
        if guess is None:
            text = "its answers are no numbers of a usual scale: its rows are set aside unless you declare one."
            guess = QuestionGuess({"id": question_id(name), "kind": "csat"}, "", (Doubt(text),), is_active=False)
        guesses[name] = guess
    return _with_ids_of_their_own(guesses)
