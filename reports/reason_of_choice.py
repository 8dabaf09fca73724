"""Why a model was chosen, in the page's language: the clauses of ``models.choices`` with the names readers know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports.language import Language

Clause = Mapping[str, Any]


def reason_of(because: Sequence[Clause], words: Language) -> str:
    """The clauses as sentences; one of a kind this version does not know is left out."""
    told = [_SAID[clause["says"]](clause, words) for clause in because if clause["says"] in _SAID]
    return (" " if words.code == "en" else "").join(told)


def _plain(clause: Clause, words: Language) -> str:
    model = words.within(words.name("model", clause["model"])) if "model" in clause else ""
    return words.say(f"why.{clause['says']}", model=model)


def _judged(clause: Clause, words: Language) -> str:
    """Against the naive rule, with the gain where both outcomes were seen."""
    gain = words.say("why.no_auc")
    if clause["gain"] is not None:
        ends = {end: words.number(clause[end], 3) for end in ("gain", "low", "high")}
        gain = words.say("why.gain" if clause["gain"] >= 0 else "why.loss", **ends | {"gain": ends["gain"].lstrip("−")})
    figures = words.say(
        "why.figures", gain=gain, log_loss=words.number(clause["log_loss"], 3), rule=words.number(clause["rule"], 3)
    )
    return words.say(
        f"why.{clause['says']}",
        model=words.within(words.name("model", clause["model"])),
        figures=figures,
        dates=words.counted(clause["origins"], "origin"),
    )


def _fallback(clause: Clause, words: Language) -> str:
    return words.say(
        "why.fallback",
        model=words.within(words.name("model", clause["model"])),
        day=words.day(dt.date.fromisoformat(clause["since"])),
        losses=words.counted(clause["losses"], "origin"),
    )


def _best(clause: Clause, words: Language) -> str:
    """The best of the models by mean rank, the others in the order of theirs."""
    ranks: dict[str, float] = clause["ranks"]
    name = {model: words.within(words.name("model", model)) for model in ranks}
    others = [f"{name[m]} {words.number(ranks[m], 1)}" for m in sorted(ranks, key=ranks.__getitem__)]
    best = f"{name[clause['model']]} {words.number(ranks[clause['model']], 1)}"
    listed = [other for other in others if other != best]
    over = words.say("why.best_over", days=words.integer(clause["days"])) if clause["days"] else ""
    against = words.say("why.best_against", others=words.listed(listed)) if listed else ""
    return words.say("why.best", best=best, over=over, against=against)


def _not_certified(clause: Clause, words: Language) -> str:
    lack = words.say(
        f"why.lacks_{clause['lacks']}",
        parameters=words.listed(clause["parameters"]) if clause["parameters"] else "",
        agreeing=words.integer(clause["agreeing"]),
        starts=words.integer(clause["starts"]),
    )
    return words.say("why.not_certified", model=words.within(words.name("model", clause["model"])), lack=lack)


_SAID: dict[str, Callable[[Clause, Language], str]] = {
    "rule_named": _plain,
    "rule_for_want_of_past": _plain,
    "named_past_too_small": _plain,
    "named_nobody_apart": _plain,
    "named": _plain,
    "nobody_apart": _plain,
    "first_of_ladder": _plain,
    "named_judged": _judged,
    "beat_rule": _judged,
    "none_better": _judged,
    "fallback": _fallback,
    "best": _best,
    "not_certified": _not_certified,
}
