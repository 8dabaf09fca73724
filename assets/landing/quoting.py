"""Quoted values of delimited text: where one record ends, and which lines break the rules of quoting."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

Quoting = Literal["closed", "open", "broken"]

_MOST_LINES = 1000  # lines one value may spread over; a quote open longer than that was never meant to be one


def quoting_after(line: str, quote: str, delimiter: str, *, is_open: bool = False) -> Quoting:
    r"""Whether a value goes on in the next line; ``broken`` where a closing quote is followed by more of the value.

    A quote opens a value only at the value's start, and a doubled one inside is a quote.

    >>> quoting_after('1,"a ""b"" c",2\n', '"', ","), quoting_after('1,5" pipe\n', '"', ",")
    ('closed', 'closed')
    >>> quoting_after('1,"begins\n', '"', ","), quoting_after('1,"bad"x\n', '"', ",")
    ('open', 'broken')
    """
    at_start, was_closed = not is_open, False
    for sign in line:
        if is_open:
            is_open, was_closed = sign != quote, sign == quote
        elif sign == quote and (at_start or was_closed):
            is_open, at_start, was_closed = True, False, False
        elif sign in (delimiter, "\n", "\r"):
            at_start, was_closed = True, False
        elif sign != " ":
            if was_closed:
                return "broken"
            at_start = False
    return "open" if is_open else "closed"


def split_records(lines: Iterable[str], quote: str, delimiter: str) -> Iterator[tuple[list[str], bool]]:
    r"""Lines into records: the lines of each, and whether its quoting is right.

    A line whose quote is never closed is a record of its own, and wrong; it does not swallow the lines behind it.

    >>> list(split_records(['1,"a\n', 'b"\n', '2,"open\n', '3,c\n'], '"', ","))
    [(['1,"a\n', 'b"\n'], True), (['2,"open\n'], False), (['3,c\n'], True)]
    """
    waiting: deque[str] = deque()
    remaining = iter(lines)
    while True:
        line = waiting.popleft() if waiting else next(remaining, None)
        if line is None:
            return
        taken = [line]
        state = quoting_after(line, quote, delimiter) if quote in line else "closed"
        while state == "open" and len(taken) < _MOST_LINES:
            following = waiting.popleft() if waiting else next(remaining, None)
            if following is None:
                break
            taken.append(following)
            if quote in following:
                state = quoting_after(following, quote, delimiter, is_open=True)
        if state == "closed":
            yield taken, True
        else:
            yield taken[:1], False
            waiting.extendleft(reversed(taken[1:]))
