"""Survey files: which columns or values are questions, of which kind, on which scale, and which codes are no answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from assets.configuration.sources import DEFAULT_SCALES
from assets.proposals.columns import field_guess, percent
from assets.proposals.names import name_points, words_of
from assets.proposals.nobody import without_nobody
from assets.proposals.profile import Column
from assets.proposals.question_ids import question_id
from assets.proposals.records import Doubt, Guess, QuestionGuess, Rows
from assets.proposals.worded_scales import scores_of_answers, scores_of_words, word_order, words_to_come
from assets.warehouse import identifier

_KIND_PARTS: Final = {
    "nps": ("nps", "recommend", "likelihood", "promoter", "empfehl", "recommand", "recomend", "推荐", "推薦", "勧め",
            "薦め", "consigli", "raccomand", "рекоменд", "polec", "추천"),
    "csat": ("csat", "satisf", "overall", "rating", "quality", "experience", "zufrieden", "bewert", "note", "valora",
             "满意", "滿意", "评分", "評分", "总体", "整體", "评价", "評價", "満足", "評価", "satisfa", "soddisf",
             "удовлетвор", "оцен", "zadowol", "ocen", "만족", "평가"),
    "ces": ("effort", "easy", "aufwand", "费力", "容易"),
}  # fmt: skip
_EASE: Final = {"ces", "ease", "facil", "facile", "facilement", "facilidad"}
"""Whole words that ask for ease: parts of process, services, please and facilities are the same letters."""
_FROM_0_TO_10: Final = re.compile(r"(?<!\d)0\s*(?:[-–—~～]|\.\.+|to|bis|à|a|至|到)\s*10(?!\d)", re.IGNORECASE)
_SATISFIED: Final = ("csat", "satisf", "zufrieden", "满意", "滿意", "満足", "soddisf", "удовлетвор", "zadowol", "만족")
"""Beside the other words of satisfaction, such as rating or overall, anything may be asked."""
_RECOMMENDED: Final = tuple(part for part in _KIND_PARTS["nps"] if part not in ("likelihood", "promoter"))
_BEST: Final = (
    "very satisfied", "extremely satisfied", "completely satisfied", "excellent", "best", "very good", "outstanding",
    "strongly agree", "very easy", "sehr gut", "sehr zufrieden", "très satisfait", "muy satisfecho", "非常满意",
    "很满意", "最好", "とても満足", "非常に満足",
)  # fmt: skip
_WORST: Final = (
    "very dissatisfied", "extremely dissatisfied", "very unsatisfied", "poor", "very poor", "worst", "terrible",
    "very bad", "strongly disagree", "very difficult", "mangelhaft", "ungenügend", "sehr schlecht",
    "sehr unzufrieden", "très insatisfait", "muy insatisfecho", "非常不满意", "很不满意", "最差", "とても不満",
    "非常に不満",
)  # fmt: skip
"""What a name says of the best and of the worst score of its scale."""
_LABOUR: Final = ("effort", "aufwand", "费力")
_ASKED_PARTS: Final = ("score", "answer", "grade", "points", "stars", "分数", "得分", "打分")
"""What a column of answers is called where its name says nothing about the kind of question."""
_WHOLE_WORDS: Final = {"all", "whole", "overall", "general", "total", "gesamt", "global"}
_LARGEST_SCALE = 10
_MOST_QUESTIONS = 60
_MOST_OF_AN_ID = 20  # columns that tell a response from others, where none numbers them
_MOST_BLANKS = 10
_LONGEST_CODE = 20  # characters of a text that may stand for no answer
_MOST_OTHERS = 0.05  # of the answers are no numbers, from which on it is said
_NO_ANSWER = {
    "n/a",
    "na",
    "not applicable",
    "no answer",
    "don't know",
    "does not apply",
    "keine angabe",
    "不适用",
    "不知道",
    "offered",
    "unoffered",
    "not offered",
}
_MOST_WORDS = 11  # different answers in words to one question
_FEWEST_NUMBERS = 4  # different answers that are numbers
_GROUPS: Final = {"promoter", "passive", "detractor"}  # what a score was made into
_ANSWERED_ROWS = 0.95  # of the rows have a moment, and fewer are of people who were asked only
_BATTERY = 3  # columns of one beginning and one scale that make a list of questions
_ANSWERED = 0.8  # of a question's values that are numbers of a scale


@dataclass(frozen=True)
class Answers:
    """The answers to what may be one question.

    Attributes:
        name: its column, or its value in ``question``.
        counts: whole number to how often it was answered.
        others: texts beside them, with counts.
        words: answers in words and their scores, which are counted among the numbers.
    """

    name: str
    counts: Mapping[int, int]
    others: Mapping[str, int]
    words: Mapping[str, int]

    @property
    def is_scaled(self) -> bool:
        """Whether answers fit a scale, and are as many different ones as tell it from a flag or a count."""
        return self.scale is not None and (bool(self.words) or len(self.counts) >= _FEWEST_NUMBERS)

    @property
    def scale(self) -> tuple[int, int] | None:
        """The scale nearly all answers fit: 1 to 5, 0 to 10, 1 to 7 or 1 to 10; None where none does."""
        total = sum(self.counts.values())
        others = sum(n for text, n in self.others.items() if text.casefold() not in _NO_ANSWER)
        if total == 0 or total < _ANSWERED * (total + others) or len(self.counts) < 2:
            return None
        if self.words and set(self.counts) == {0, 1}:
            return 0, 1
        for low, high in ((1, 5), (1, 7), (0, 10)):
            inside = sum(n for value, n in self.counts.items() if low <= value <= high)
            beyond = [value for value in self.counts if not low <= value <= high]
            codes = {0, high + 1, 99, 98, 9} if high < _LARGEST_SCALE else {11, 98, 99}
            if inside >= 0.6 * total and set(beyond) <= codes and self.counts.get(high, 0):
                return (1, 10) if (low, high) == (0, 10) and 0 not in self.counts else (low, high)
        return None

    def guess(self, name: str, *, is_active: bool) -> QuestionGuess | None:
        """The question with its evidence; None where the answers fit no scale."""
        scale = self.scale
        if scale is None:
            return None
        kind, scale, doubts = _kind_of(name, scale)
        options: dict[str, Any] = {"id": question_id(self.name), "kind": kind}
        if options["id"] == self.name:
            options.pop("id")
        if scale != DEFAULT_SCALES[kind]:
            options["scale"] = scale
        if self.words:
            to_come = words_to_come(self.words)
            options["words"] = dict(sorted({**self.words, **to_come}.items(), key=lambda pair: pair[1]))
            silent = [n for n in range(scale[0], scale[1] + 1) if n not in {*self.counts, *to_come.values()}]
            if silent and scale[1] < _LARGEST_SCALE:
                listed = " or ".join(map(str, silent))
                text = f"nobody has given {listed} yet: write its answer under words, or it is set aside when it comes."
                doubts.append(Doubt(text))
        codes = [value for value in sorted(self.counts) if not scale[0] <= value <= scale[1]]
        texts = [text for text, n in self.others.items() if n > 1 and len(text) <= _LONGEST_CODE]
        blanks: list[int | str] = [*codes, *texts][:_MOST_BLANKS]
        if blanks:
            options["blank"] = blanks
        unknown = [blank for blank in blanks if str(blank).casefold() not in _NO_ANSWER]
        if unknown:
            n = sum(self.counts[code] if isinstance(code, int) else self.others[code] for code in unknown)
            text = f"{' and '.join(map(str, unknown))} ({n:,} answers) is taken to mean no answer: look it up."
            if kind != "nps" and scale[1] + 1 in codes:
                text += f" If it belongs to the scale: scale: [{scale[0]}, {scale[1] + 1}], and no blank."
            doubts.append(Doubt(text))
        if scale == (0, 1):
            doubts.append(Doubt("of two answers the one with 1 counts as satisfied, and those not answered as blank."))
        doubts += self._direction(name, kind, scale)
        inside = sum(n for v, n in self.counts.items() if scale[0] <= v <= scale[1])
        evidence = f"{inside:,} answers from {min(v for v in self.counts if v >= scale[0])} to {scale[1]}"
        if self.words and (to_come := words_to_come(self.words)):
            evidence += f"; nobody has said {' or '.join(to_come)} yet"
        return QuestionGuess(options, evidence, tuple(doubts), is_active)

    def _direction(self, name: str, kind: str, scale: tuple[int, int]) -> Iterator[Doubt]:
        """Doubts whether a high score is a good one, which every measure takes it for."""
        low, high = scale
        turned = ", ".join(f"{value}: {low + high - value}" for value in range(low, high + 1))
        if kind == "ces" and any(part in " ".join(words_of(name)) for part in _LABOUR):
            text = f"a high score counts as little effort. If it stands for much: words: {{{turned}}}"
            yield Doubt(text)
            return
        if word_order(self.words, scale) < 0:
            text = f"its words say that {low} is best, and a high score counts as good: top_box: [{low}, {low + 1}]"
            yield Doubt(text if kind == "csat" else f"its words say that {low} is best: turn the scores of its words.")
            return
        if kind != "nps" and _low_is_best(name, low, high):
            remedy = f"top_box: [{low}, {low + 1}]" if kind == "csat" else f"words: {{{turned}}}"
            yield Doubt(f"its name says that {low} is best, and a high score counts as good: {remedy}")
            return
        inside = {value: n for value, n in self.counts.items() if low <= value <= high}
        mean = sum(value * n for value, n in inside.items()) / max(1, sum(inside.values()))
        if kind == "nps" or scale == (0, 1) or word_order(self.words, scale) > 0 or mean >= (low + high) / 2:
            return
        remedy = f"top_box: [{low}, {low + 1}]" if kind == "csat" else f"words: {{{turned}}}"
        yield Doubt(f"a high score counts as good, and the mean is {mean:.1f}. If {low} is best: {remedy}")


def _low_is_best(name: str, low: int, high: int) -> bool:
    """Whether a name says of its lowest score that it is the best, or of its highest that it is the worst.

    >>> _low_is_best("Satisfaction (1 = excellent, 5 = poor)", 1, 5), _low_is_best("Rate us: 1=bad, 5=good", 1, 5)
    (True, False)
    >>> _low_is_best("Zufriedenheit (1 = sehr gut bis 6 = ungenügend)", 1, 6)
    True
    >>> _low_is_best("满意度（1非常满意，5非常不满意）", 1, 5)
    True
    """
    text = name.casefold()
    said = {
        score: re.search(rf"(?<!\d){score}\s*(?:[=:：–—-]|is\b|means\b)?\s*([^\d,;，；)）]+)", text)
        for score in (low, high)
    }
    words = {score: found[1].strip() for score, found in said.items() if found}
    return words.get(low, "").startswith(_BEST) or words.get(high, "").startswith(_WORST)


def _told(name: str) -> dict[str, bool]:
    """The kinds of question that a name's words tell, in the order of the kinds."""
    words = words_of(name)
    said = " ".join(words)
    told = {kind: any(part in said for part in parts) for kind, parts in _KIND_PARTS.items()}
    told["ces"] = told["ces"] or bool(_EASE & set(words))
    return {kind: is_told for kind, is_told in told.items() if is_told}


def _kind_of(name: str, scale: tuple[int, int]) -> tuple[str, tuple[int, int], list[Doubt]]:
    """The kind that a name and a scale tell, the scale it is asked on, and doubts."""
    told, said = _told(name), " ".join(words_of(name))
    asks_satisfaction = any(part in said for part in _SATISFIED)
    if scale == (0, 10):
        kind = next(iter(told), "nps")
        if kind == "csat" and not asks_satisfaction:
            text = "0 to 10 is the scale of NPS: if it asks whether they would recommend you, make it nps."
            return kind, scale, [Doubt(text)]
        if kind == "nps" and not any(part in said for part in _RECOMMENDED):
            text = "0 to 10 is the scale of NPS; if nobody was asked whether they would recommend you, it is csat."
            return kind, scale, [Doubt(text)]
        return kind, scale, []
    if scale == (1, 10) and "nps" in told:
        if _FROM_0_TO_10.search(name):
            return "nps", (0, 10), []
        return "nps", (0, 10), [Doubt("nobody answered 0. If it is asked from 1 to 10 it is no NPS: make it csat.")]
    if "ces" in told and asks_satisfaction:
        return "csat", scale, [Doubt("it speaks of satisfaction and of ease: if it asks how easy it was, make it ces.")]
    if "ces" not in told and any(part in said for part in _RECOMMENDED):
        text = f"it asks for a recommendation, and NPS is told on 0 to 10 only: up to {scale[1]} it counts as csat."
        return "csat", scale, [Doubt(text)]
    return ("ces" if "ces" in told else "csat"), scale, []


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
        and all(len(_told(text)) == 1 for text, _ in column.top)
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


def _who_answered(rows: Rows) -> Doubt | None:
    """What to write where the only key of who answered is an address, which may be the customer's id in the orders."""
    mail = max(rows.columns, key=lambda column: column.share("email") * column.filled_share)
    if mail.share("email") < 0.9:
        return None
    text = (
        f"{mail.name} is not used, so answers belong to no customer. Where the orders' customer_id is made of an "
        f"address, write here what stands there, such as:"
    )
    return Doubt(text, (("customer_id", f"lower(trim({mail.expression}))"),))


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
        c.name: _answers(rows, c.name, c.sql) for c in columns if c.sql == identifier(c.name) and c.different <= 60
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
    if column.different > _MOST_WORDS + len(_NO_ANSWER) or column.sql != identifier(column.name):
        return False
    answers = _answers(rows, column.name, column.sql)
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
                "kind": _kind_of(name, DEFAULT_SCALES["csat"])[0],
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


def is_asked(name: str) -> bool:
    """Whether a name has a word of satisfaction, effort, recommendation or a score.

    >>> is_asked("How likely are you to recommend us?"), is_asked("How would you rate it?"), is_asked("Tax rate")
    (True, True, False)
    """
    if "rate" in words_of(name) and {"how", "please"} & set(words_of(name)):
        return True
    return bool(_told(name)) or any(part in word for word in words_of(name) for part in _ASKED_PARTS)


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


def _answers(
    rows: Rows, name: str, sql: str, where: str = "true", parameters: Mapping[str, Any] | None = None
) -> Answers:
    counted = rows.warehouse.rows(
        f"""select regexp_replace(trim(cast({sql} as varchar)), '[.]0+$', '') as answer, count(*)
        from {rows.table} where {where} and trim(cast({sql} as varchar)) <> '' group by 1 order by 2 desc, 1
        limit 200""",
        dict(parameters) if parameters else None,
    )
    counts = {int(text): n for text, n in counted if re.fullmatch(r"\d{1,3}", text)}
    others = {text: n for text, n in counted if not re.fullmatch(r"\d{1,3}", text)}
    words = scores_of_answers({text: n for text, n in others.items() if text.casefold() not in _NO_ANSWER})
    for text, score in words.items():
        counts[score] = counts.get(score, 0) + others.pop(text)
    return Answers(name, counts, others, words)


def question_of_words(rows: Rows, name: str, options: Mapping[str, Any]) -> QuestionGuess:
    """A question of a known export, with the scores of its answers in words; doubted where these are not known."""
    column = next((each for each in rows.columns if each.name.casefold() == name.strip().casefold()), None)
    answers = _answers(rows, name, column.sql) if column is not None else Answers(name, {}, {}, {})
    if answers.words and options.get("kind") == "csat":
        return QuestionGuess({**options, "words": {**words_to_come(answers.words), **answers.words}}, "")
    given = sum(answers.counts.values()) + sum(answers.others.values())
    in_words = sum(answers.others.values())
    if in_words <= _MOST_OTHERS * given:
        return QuestionGuess(dict(options), "")
    listed = ", ".join(f"`{text}`" for text in list(answers.others)[:3] if len(text) <= _LONGEST_CODE)
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
        answers = _answers(rows, name, score.sql, where, {"name": name})
        guess = answers.guess(name, is_active=True)
        if guess is None:
            text = "its answers are no numbers of a usual scale: its rows are set aside unless you declare one."
            guess = QuestionGuess({"id": question_id(name), "kind": "csat"}, "", (Doubt(text),), is_active=False)
        guesses[name] = guess
    return _with_ids_of_their_own(guesses)
