"""Answers in words, as survey tools offer them, or with their number beside words, and the scores they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

_SCALES: Final = (
    "very dissatisfied|extremely dissatisfied, dissatisfied|somewhat dissatisfied|fairly dissatisfied, "
    "neutral|neither satisfied nor dissatisfied|neither, satisfied|somewhat satisfied|fairly satisfied, "
    "very satisfied|extremely satisfied",
    "strongly disagree|completely disagree, disagree|somewhat disagree, "
    "neutral|undecided|neither agree nor disagree, agree|somewhat agree, strongly agree|completely agree",
    "very poor, poor, fair|average|okay, good, very good|excellent",
    "poor, fair, good, very good, excellent",
    "very difficult|extremely difficult, difficult|somewhat difficult, neutral|neither easy nor difficult|neither, "
    "easy|somewhat easy, very easy|extremely easy",
    "terrible|awful, bad, ok|okay, good|great, amazing|excellent",
    "😠|😡|😞, 🙁|😟|😕, 😐, 🙂|😀|😃|😊, 🤩|😍|😄",
    "one, two, three, four, five",
    "sehr unzufrieden, unzufrieden|eher unzufrieden, neutral|teils/teils|weder noch, zufrieden|eher zufrieden, "
    "sehr zufrieden",
    "très insatisfait, insatisfait, neutre|ni satisfait ni insatisfait, satisfait, très satisfait",
    "muy insatisfecho, insatisfecho, neutral|ni satisfecho ni insatisfecho, satisfecho, muy satisfecho",
    "非常不满意|很不满意, 不满意|比较不满意, 一般, 满意|比较满意, 非常满意|很满意",
    "非常不同意, 不同意|比较不同意, 一般|不确定, 同意|比较同意, 非常同意",
    "とても不満|非常に不満, 不満|やや不満, どちらともいえない|普通, 満足|やや満足, とても満足|非常に満足",
)
"""From the worst to the best; behind ``|`` other words for the same."""
_TWO_ANSWERS: Final = (
    "bad, good", "negative, positive", "unhappy, happy", "dissatisfied, satisfied", "unzufrieden, zufrieden",
    "👎, 👍", "不满意, 满意",
)  # fmt: skip
"""The answers of those who are asked for one of two: 0 and 1."""
_NUMBERED: Final = re.compile(
    r"(\d{1,2})(?:\s*/\s*\d{1,2}| out of \d{1,2}|\s*[-–—=:.(]\s*\D+|\s*(?:stars?|points?|分|星|点|Sterne?))"
)
_NUMBER_BEHIND: Final = re.compile(r"\D+?\s*[-–—=:(]\s*(\d{1,2})\)?")
_NUMBER_AND_WORD: Final = re.compile(r"(\d{1,2})(\s*[-–—=:.]\s*)(\D+)")
_STARS: Final = re.compile("((?:★|⭐)+)☆*")
_MIDDLE = 3  # of a scale of five, which tools call by several words
_FEWEST = 3  # different scores among the answers
_NEARLY_ALL = 0.9  # of the answers are words of one scale


def scores_of_words(answers: Mapping[str, int]) -> dict[str, int]:
    """The scores of the answers on the one scale that has nearly all of them; empty where none has.

    >>> scores_of_words({"Very satisfied": 40, "Dissatisfied": 3, "Satisfied": 50, "Response": 1})
    {'Dissatisfied': 2, 'Satisfied': 4, 'Very satisfied': 5}
    >>> scores_of_words({"Satisfied": 9, "By phone": 8, "Neutral": 7})
    {}

    Args:
        answers: text to how often it was given.
    """
    for scale in _SCALES:
        known = {word: score for score, words in enumerate(scale.split(", "), 1) for word in words.split("|")}
        scores = {text: known[text.casefold()] for text in answers if text.casefold() in known}
        share = sum(answers[text] for text in scores) / max(1, sum(answers.values()))
        if share >= _NEARLY_ALL and len(set(scores.values())) >= _FEWEST and not _one_score_twice(scores):
            return dict(sorted(scores.items(), key=lambda pair: pair[1]))
    for scale in _TWO_ANSWERS:
        scores = {
            text: score for score, word in enumerate(scale.split(", ")) for text in answers if text.casefold() == word
        }
        if set(scores.values()) == {0, 1} and sum(map(answers.__getitem__, scores)) >= _NEARLY_ALL * sum(
            answers.values()
        ):
            return scores
    return {}


def words_to_come(scores: Mapping[str, int]) -> dict[str, int]:
    """The words of the same scale for the scores nobody has given yet, as few or content people leave them out.

    >>> words_to_come({"Dissatisfied": 2, "Neutral": 3, "Satisfied": 4, "Very satisfied": 5})
    {'Very dissatisfied': 1}
    >>> words_to_come({"2 - unzufrieden": 2, "3 - neutral": 3, "4 - zufrieden": 4, "5 - sehr zufrieden": 5})
    {'1 - sehr unzufrieden': 1}
    >>> words_to_come({"★★★★☆": 4, "★★★★★": 5}), words_to_come({"Bad": 0, "Good": 1}), words_to_come({})
    ({}, {}, {})
    """
    if not scores:
        return {}
    numbered = {text: _NUMBER_AND_WORD.fullmatch(text) for text in scores}
    signs = {found[2] for found in numbered.values() if found}
    if len(signs) == 1 and all(numbered.values()):
        [sign] = signs
        words = {found[3]: scores[text] for text, found in numbered.items() if found}
        return {f"{score}{sign}{word}": score for word, score in words_to_come(words).items()}
    for scale in _SCALES:
        steps: Mapping[int, Sequence[str]] = dict(enumerate((words.split("|") for words in scale.split(", ")), 1))
        if not all(text.casefold() in steps.get(score, ()) for text, score in scores.items()):
            continue
        ways = [steps[score].index(text.casefold()) for text, score in scores.items() if score != _MIDDLE]
        way = max(ways, key=ways.count, default=0)
        to_come = {words[min(way, len(words) - 1)]: n for n, words in steps.items() if n not in {*scores.values()}}
        is_large = all(text[:1] == text[:1].upper() for text in scores)
        return {(word.capitalize() if is_large else word): score for word, score in to_come.items()}
    return {}


def scores_of_answers(answers: Mapping[str, int]) -> dict[str, int]:
    """The scores of the answers in words: of a known scale, or of the numbers that stand in them.

    >>> scores_of_answers({"0 - Not at all likely": 3, "10 - Extremely likely": 9})
    {'0 - Not at all likely': 0, '10 - Extremely likely': 10}
    >>> scores_of_answers({"Not at all likely - 0": 3, "Extremely likely - 10": 9})
    {'Not at all likely - 0': 0, 'Extremely likely - 10': 10}
    >>> scores_of_answers({"1 day": 3, "2 days": 9}), scores_of_answers({"★★★★☆": 4, "★★★★★": 9})
    ({}, {'★★★★☆': 4, '★★★★★': 5})

    Args:
        answers: text to how often it was given.
    """
    if words := scores_of_words(answers):
        return words
    scores: dict[str, int] = {}
    for text in answers:
        if found := _NUMBERED.fullmatch(text) or _NUMBER_BEHIND.fullmatch(text):
            scores[text] = int(found[1])
        elif found := _STARS.fullmatch(text):
            scores[text] = len(found[1])
    share = sum(answers[text] for text in scores) / max(1, sum(answers.values()))
    if share < _NEARLY_ALL or len(set(scores.values())) < len(scores):
        return {}
    return dict(sorted(scores.items(), key=lambda pair: pair[1]))


def word_order(scores: Mapping[str, int], scale: tuple[int, int]) -> int:
    """1 where the words of a known scale beside numbers rise with them, -1 where they fall; 0 where none is known.

    >>> word_order({"1 - Very satisfied": 1}, (1, 5)), word_order({"Satisfied": 4, "5 stars": 5}, (1, 5))
    (-1, 1)
    """
    middle = sum(scale) / 2
    for words in _SCALES:
        known = {word: score for score, alike in enumerate(words.split(", "), 1) for word in alike.split("|")}
        total = sum(
            (known[word] - _MIDDLE) * (1 if score > middle else -1)
            for text, score in scores.items()
            if score != middle and (word := re.sub(r"^\d+\s*[-–—=:.(]?\s*|[)\s]+$", "", text).casefold()) in known
        )
        if total:
            return 1 if total > 0 else -1
    return 0


def _one_score_twice(scores: Mapping[str, int]) -> bool:
    """Whether two different answers would count alike, as where a scale is finer; the middle has several words."""
    told = {(text.casefold(), score) for text, score in scores.items() if score != _MIDDLE}
    return len(told) > len({score for _, score in told})
