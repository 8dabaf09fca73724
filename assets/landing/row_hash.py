"""The hash of everything a record says, whatever file it stands in and whatever types its reader gave the columns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from assets.configuration.expressions import folded
from assets.statements import identifier

_FLOATING = ("FLOAT", "DOUBLE")


def row_hash(columns: Mapping[str, str]) -> str:
    """SQL of a record's hash as UBIGINT, from its columns' names and DuckDB types.

    Two records are equal where the same columns hold the same texts. The order of the columns does not matter, and a
    column that is empty says nothing: neither an added column nor one that a JSON record leaves out parts equals.
    """
    # The name goes in between two hashes: joined to one of them alone, values that change places would cancel out.
    terms = [
        f"case when {identifier(name)} is null then 0::ubigint "
        f"else hash(xor(hash({written(identifier(name), kind)}), {_number_of(name)}::ubigint)) end"
        for name, kind in columns.items()
    ]
    while len(terms) > 1:  # pair by pair: a survey may have more columns than an expression may be deep
        pairs = [terms[place : place + 2] for place in range(0, len(terms), 2)]
        terms = [f"xor({', '.join(pair)})" if len(pair) == 2 else pair[0] for pair in pairs]
    return terms[0]


def _number_of(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(folded(name).encode(), digest_size=8).digest(), "big")


def written(value: str, kind: str) -> str:
    """SQL of a value's text: 1 and 1.0 and 1.00 are one number, a day and its midnight one moment."""
    if kind == "VARCHAR":
        return value
    text = f"cast({value} as varchar)"
    # Taking zeros off the end of a text costs four times what writing it does: asked of the few numbers that have some.
    if kind.startswith("DECIMAL") and not kind.endswith(",0)"):
        whole = f"cast({value} as {kind.split(',')[0]},0))"
        return (
            f"case when {value} = {whole} then cast({whole} as varchar) "
            f"when ends_with({text}, '0') then rtrim({text}, '0') else {text} end"
        )
    if kind.startswith(_FLOATING):
        large = f"when abs({value}) between 1e15 and 1e37 then cast(cast({value} as hugeint) as varchar) "
        plain = f"contains({text}, '.') and not contains({text}, 'e')"
        return f"case {large}when {plain} then rtrim(rtrim({text}, '0'), '.') else {text} end"
    if kind == "TIMESTAMP":
        day = f"cast({value} as date)"
        return f"case when {value} = {day} then cast({day} as varchar) else {text} end"
    if kind.startswith("TIMESTAMP"):
        return f"replace({text}, ' 00:00:00', '')"
    return text
