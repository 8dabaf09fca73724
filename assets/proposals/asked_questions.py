"""One question of a survey by its name and answers: its kind and scale, which end is good, what is no answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from assets.configuration.sources import DEFAULT_SCALES
from assets.proposals.names import words_of
from assets.proposals.question_ids import question_id
from assets.proposals.records import Doubt, QuestionGuess, Rows
from assets.proposals.worded_scales import scores_of_answers, word_order, words_to_come

_KIND_PARTS: Final = {
    "nps": ("nps", "recommend", "likelihood", "promoter", "empfehl", "recommand", "recomend", "推荐", "推薦", "勧め",
            "薦め", "consigli", "raccomand", "рекоменд", "polec", "추천"),
    "csat": ("csat", "satisf", "happy", "overall", "rating", "quality", "experience", "zufrieden", "bewert", "note",
             "valora", "满意", "滿意", "评分", "評分", "总体", "整體", "评价", "評價", "満足", "評価", "satisfa",
             "soddisf", "удовлетвор", "оцен", "zadowol", "ocen", "만족", "평가"),
    "ces": ("effort", "easy", "aufwand", "费力", "容易"),
}  # fmt: skip
_EASE: Final = {"ces", "ease", "facil", "facile", "facilement", "facilidad"}
"""Whole words that ask for ease: parts of process, services, please and facilities are the same letters."""
_FROM_0_TO_10: Final = re.compile(r"(?<!\d)0\s*(?:[-–—~～]|\.\.+|to|bis|à|a|至|到)\s*10(?!\d)", re.IGNORECASE)
_SATISFIED: Final = (
    "csat", "satisf", "happy", "zufrieden", "满意", "滿意", "満足", "soddisf", "удовлетвор", "zadowol", "만족",
)  # fmt: skip
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
_LARGEST_SCALE = 10
_MOST_BLANKS = 10
LONGEST_CODE = 20  # characters of a text that may stand for no answer
NO_ANSWER = {
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
_FEWEST_NUMBERS = 4  # different answers that are numbers
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
        others = sum(n for text, n in self.others.items() if text.casefold() not in NO_ANSWER)
        if total == 0 or total < _ANSWERED * (total + others) or len(self.counts) < 2:
            return None
        if self.words and set(self.counts) == {0, 1}:
            return 0, 1
        for low, high in ((1, 5), (1, 7), (0, 10)):
            inside = sum(n for value, n in self.counts.items() if low <= value <= high)
            beyond = [value for value in self.counts if not low <= value <= high]
            codes = {0, high + 1, 99, 98, 9} if high < _LARGEST_SCALE else {11, 98, 99}
            reached = {high, *((4,) if high == 5 else ())}  # few may give the best; codes such as 1, 2, 3 are no scale
            is_reached = reached & {*self.counts, *words_to_come(self.words).values()}
            if inside >= 0.6 * total and set(beyond) <= codes and is_reached:
                return (1, 10) if (low, high) == (0, 10) and 0 not in self.counts else (low, high)
        return None

    def guess(self, name: str, *, is_active: bool) -> QuestionGuess | None:
        """The question with its evidence; None where the answers fit no scale."""
        scale = self.scale
        if scale is None:
            return None
        kind, scale, doubts = kind_of(name, scale)
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
        texts = [text for text, n in self.others.items() if n > 1 and len(text) <= LONGEST_CODE]
        blanks: list[int | str] = [*codes, *texts][:_MOST_BLANKS]
        if blanks:
            options["blank"] = blanks
        unknown = [blank for blank in blanks if str(blank).casefold() not in NO_ANSWER]
        if unknown:
            n = sum(self.counts[code] if isinstance(code, int) else self.others[code] for code in unknown)
            are = "is" if len(unknown) == 1 else "are"
            text = f"{' and '.join(map(str, unknown))} ({n:,} answers) {are} taken to mean no answer: look it up."
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


def kinds_told(name: str) -> dict[str, bool]:
    """The kinds of question that a name's words tell, in the order of the kinds."""
    words = words_of(name)
    said = " ".join(words)
    told = {kind: any(part in said for part in parts) for kind, parts in _KIND_PARTS.items()}
    told["ces"] = told["ces"] or bool(_EASE & set(words))
    return {kind: is_told for kind, is_told in told.items() if is_told}


def kind_of(name: str, scale: tuple[int, int]) -> tuple[str, tuple[int, int], list[Doubt]]:
    """The kind that a name and a scale tell, the scale it is asked on, and doubts."""
    told, said = kinds_told(name), " ".join(words_of(name))
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


def is_asked(name: str) -> bool:
    """Whether a name has a word of satisfaction, effort, recommendation or a score.

    >>> is_asked("How likely are you to recommend us?"), is_asked("How would you rate it?"), is_asked("Tax rate")
    (True, True, False)
    """
    if "rate" in words_of(name) and {"how", "please"} & set(words_of(name)):
        return True
    return bool(kinds_told(name)) or any(part in word for word in words_of(name) for part in _ASKED_PARTS)


def answers_of(
    rows: Rows, name: str, sql: str, where: str = "true", parameters: Mapping[str, Any] | None = None
) -> Answers:
    """What an expression says in the rows of a condition, counted."""
    counted = rows.warehouse.rows(
        f"""select regexp_replace(trim(cast({sql} as varchar)), '[.]0+$', '') as answer, count(*)
        from {rows.table} where {where} and trim(cast({sql} as varchar)) <> '' group by 1 order by 2 desc, 1
        limit 200""",
        dict(parameters) if parameters else None,
    )
    counts = {int(text): n for text, n in counted if re.fullmatch(r"\d{1,3}", text)}
    others = {text: n for text, n in counted if not re.fullmatch(r"\d{1,3}", text)}
    words = scores_of_answers({text: n for text, n in others.items() if text.casefold() not in NO_ANSWER})
    for text, score in words.items():
        counts[score] = counts.get(score, 0) + others.pop(text)
    return Answers(name, counts, others, words)
