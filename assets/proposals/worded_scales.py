"""Scales of five answers in words, as survey tools offer them, and the scores they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SCALES: Final = (
    "very dissatisfied|extremely dissatisfied, dissatisfied|somewhat dissatisfied, "
    "neutral|neither satisfied nor dissatisfied|neither, satisfied|somewhat satisfied, "
    "very satisfied|extremely satisfied",
    "strongly disagree|completely disagree, disagree|somewhat disagree, "
    "neutral|undecided|neither agree nor disagree, agree|somewhat agree, strongly agree|completely agree",
    "very poor, poor, fair|average|okay, good, very good|excellent",
    "sehr unzufrieden, unzufrieden|eher unzufrieden, neutral|teils/teils|weder noch, zufrieden|eher zufrieden, "
    "sehr zufrieden",
    "très insatisfait, insatisfait, neutre|ni satisfait ni insatisfait, satisfait, très satisfait",
    "muy insatisfecho, insatisfecho, neutral|ni satisfecho ni insatisfecho, satisfecho, muy satisfecho",
    "非常不满意|很不满意, 不满意|比较不满意, 一般, 满意|比较满意, 非常满意|很满意",
    "非常不同意, 不同意|比较不同意, 一般|不确定, 同意|比较同意, 非常同意",
    "とても不満|非常に不満, 不満|やや不満, どちらともいえない|普通, 満足|やや満足, とても満足|非常に満足",
)
"""From the worst to the best; behind ``|`` other words for the same."""
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
        if share >= _NEARLY_ALL and len(set(scores.values())) >= _FEWEST:
            return dict(sorted(scores.items(), key=lambda pair: pair[1]))
    return {}
