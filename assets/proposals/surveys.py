"""Survey files: which columns or values are questions, of which kind, on which scale, and which codes are no answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from assets.configuration_sources import DEFAULT_SCALES
from assets.proposals.columns import field_guess, percent
from assets.proposals.names import name_points, words_of
from assets.proposals.profile import Column
from assets.proposals.records import Doubt, Guess, QuestionGuess, Rows
from assets.proposals.worded_scales import scores_of_words
from assets.warehouse import identifier

_KIND_PARTS: Final = {
    "nps": ("nps", "recommend", "likelihood", "promoter", "empfehl", "recommand", "recomend", "推荐"),
    "csat": ("csat", "satisf", "overall", "rating", "quality", "experience", "zufrieden", "bewert", "note", "valora",
             "满意", "评分", "总体", "评价"),
    "ces": ("ces", "effort", "easy", "ease", "aufwand", "facil", "费力", "容易"),
}  # fmt: skip
_ASKED_PARTS: Final = ("score", "answer", "grade", "points", "stars", "分数", "得分", "打分")
"""What a column of answers is called where its name says nothing about the kind of question."""
_WHOLE_WORDS: Final = {"all", "whole", "overall", "general", "total", "gesamt", "global"}
_LARGEST_SCALE = 10
_MOST_QUESTIONS = 60
_MOST_OF_AN_ID = 20  # columns that tell a response from others, where none numbers them
_LONGEST_CODE = 20  # characters of a text that may stand for no answer
_OF_A_GRID = 2  # words of a grid's question that its rows' names begin with
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
}
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
    def scale(self) -> tuple[int, int] | None:
        """The scale nearly all answers fit: 1 to 5, 0 to 10, 1 to 7 or 1 to 10; None where none does."""
        total = sum(self.counts.values())
        if total == 0 or total < _ANSWERED * (total + sum(self.others.values())) or len(self.counts) < 2:
            return None
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
            options["words"] = dict(self.words)
        codes = [value for value in sorted(self.counts) if not scale[0] <= value <= scale[1]]
        blanks: list[int | str] = [
            *codes,
            *(text for text, n in self.others.items() if n > 1 and len(text) <= _LONGEST_CODE),
        ]
        if blanks:
            options["blank"] = blanks[:10]
        total, inside = sum(self.counts.values()), sum(n for v, n in self.counts.items() if scale[0] <= v <= scale[1])
        if codes:
            listed = " and ".join(map(str, codes))
            doubts.append(Doubt(f"{listed} ({total - inside:,} answers) is taken to mean no answer: look it up."))
        evidence = f"{inside:,} answers from {min(v for v in self.counts if v >= scale[0])} to {scale[1]}"
        return QuestionGuess(options, evidence, tuple(doubts), is_active)


def question_id(name: str) -> str:
    """A snake_case name for a question.

    >>> question_id("Q7 - All in all?"), question_id("总体满意度")
    ('q7_all_in_all', 'question')
    >>> question_id("How satisfied were you with your last order? [Delivery speed]")
    'how_satisfied_delivery_speed'
    """
    part = re.search(r"\[(.+)\]\s*$", name)  # a row of a grid, as forms write it
    words = [*words_of(name[: part.start()])[:_OF_A_GRID], *words_of(part[1])] if part else words_of(name)
    slug = "_".join(word for word in words if word.isascii())[:40].strip("_")
    return slug if re.match(r"[a-z]", slug) else f"question_{slug}".rstrip("_")


def _kind_of(name: str, scale: tuple[int, int]) -> tuple[str, tuple[int, int], list[Doubt]]:
    """The kind that a name and a scale tell, the scale it is asked on, and doubts."""
    said = " ".join(words_of(name))
    told = [kind for kind, parts in _KIND_PARTS.items() if any(part in said for part in parts)]
    if scale == (0, 10):
        if told and told[0] != "nps":
            return told[0], scale, []
        doubt = Doubt("0 to 10 is the scale of NPS; if nobody was asked whether they would recommend you, it is csat.")
        return "nps", scale, [] if told else [doubt]
    if scale == (1, 10) and "nps" in told:
        return "nps", (0, 10), [Doubt("nobody answered 0. If it is asked from 1 to 10 it is no NPS: make it csat.")]
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
    if not {"question", "score"} <= kept.keys():
        kept.pop("question", None)
        kept.pop("score", None)  # of a wide file the column is a question itself
    guesses: dict[str, Guess] = {}
    for field, column in kept.items():
        guesses[field] = field_guess(rows, field, column)
        if field == "responded_at" and not name_points("surveys", field, column.name):
            doubt = Doubt(f"no name says when an answer was given; {column.name} holds dates: is it that?")
            guesses[field] = guesses[field].with_doubt(doubt)
    if "question" in kept:
        questions = _long_questions(rows, kept["question"], kept["score"])
    else:
        questions = _wide_questions(rows, [column for column in rows.columns if column not in kept.values()])
        response = kept.get("response_id")
        if response and not response.is_unique:
            repeated = percent(1 - response.different / max(1, response.filled))
            text = f"{repeated} of the rows repeat a {response.name}: of one response the later row counts."
            guesses["response_id"] = Guess(response.plain, guesses["response_id"].evidence, (Doubt(text),))
    missing: dict[str, Doubt] = {}
    if "responded_at" not in guesses:
        missing["responded_at"] = _no_date(rows, file_name)
    if "customer_id" not in guesses and (who := _who_answered(rows)) is not None:
        guesses["customer_id"] = Guess(None, "", (who,))
    if "response_id" not in guesses:
        guesses = {"response_id": _id_of_content(rows)} | guesses
    return guesses, questions, missing


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
    scaled = {name: each for name, each in answers.items() if each.scale and len(each.counts) >= 4}
    batteries = Counter((_beginning(name), each.scale) for name, each in scaled.items())
    guesses: dict[str, QuestionGuess] = {}
    for name, each in scaled.items():
        is_listed = bool(_beginning(name)) and batteries[_beginning(name), each.scale] >= _BATTERY
        is_named = _is_named(name, is_listed=is_listed)
        guess = each.guess(name, is_active=is_named) if is_named or is_listed else None
        if guess is not None and len(guesses) < _MOST_QUESTIONS:
            guesses[name] = guess
    if guesses and not any(guess.is_active for guess in guesses.values()):
        guesses = {n: QuestionGuess(g.options, g.evidence, g.doubts) for n, g in guesses.items()}
    return _with_ids_of_their_own(guesses)


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
    parts = [*_ASKED_PARTS, *(part for kind in _KIND_PARTS.values() for part in kind)]
    return any(part in word for word in words_of(name) for part in parts)


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
    words = scores_of_words({text: n for text, n in others.items() if text.casefold() not in _NO_ANSWER})
    for text, score in words.items():
        counts[score] = counts.get(score, 0) + others.pop(text)
    return Answers(name, counts, others, words)


def question_of_words(rows: Rows, name: str, options: Mapping[str, Any]) -> QuestionGuess:
    """A question of a known export, with the scores of its answers in words; doubted where these are not known."""
    column = next((each for each in rows.columns if each.name.casefold() == name.strip().casefold()), None)
    answers = _answers(rows, name, column.sql) if column is not None else Answers(name, {}, {}, {})
    if answers.words and options.get("kind") == "csat":
        return QuestionGuess({**options, "words": dict(answers.words)}, "")
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
