"""One scan per table answers every row rule, key and figure of its suite.

Each question becomes one aggregate of a single SELECT, so ten rules over ten million rows read the table once.
"""

from __future__ import annotations

from dataclasses import dataclass

from assets.contracts import Contract
from assets.expectations.specs import FIGURES, KEY, ROWS, SHARES, ExpectationSpec
from assets.statements import identifier

SAMPLE_ROWS = 5


@dataclass(frozen=True)
class Figure:
    """One aggregate of the scan: its column in the answer, the rule it stands for and its SQL.

    ``over_sources`` is the aggregate over sources where ``sql`` is one of each source; None where it is of the table.
    """

    column: str
    rule: str
    sql: str
    over_sources: str | None = None


def figures_of(spec: ExpectationSpec) -> list[Figure]:
    """The aggregates that answer the expectation; none for a type of Great Expectations' own."""
    if spec.type == SHARES:
        return [_share(spec, rule, sql) for rule, sql in spec.kwargs["conditions"].items()]
    if spec.type == ROWS:
        answers = {rule: f"count(*) filter (where {_broken(sql)})" for rule, sql in spec.kwargs["conditions"].items()}
    elif spec.type == KEY:
        repeated = f"(select count(*) from (\n{_repeated_keys(spec)}\n) as repeated)"
        answers = {"repeated_keys": repeated if spec.kwargs.get("may_repeat", True) else "cast(0 as bigint)"}
    elif spec.type == FIGURES:
        answers = {rule: f"cast({sql} as double)" for rule, sql in spec.kwargs["expressions"].items()}
    else:
        answers = {}
    return [Figure(f"{spec.name}.{rule}", rule, sql) for rule, sql in answers.items()]


def bounds_of(spec: ExpectationSpec) -> tuple[float | None, float | None]:
    """Lowest and highest value of the expectation's figures that holds; None for no bound."""
    if spec.type == FIGURES:
        return spec.kwargs["min_value"], spec.kwargs["max_value"]
    return (None, spec.kwargs["at_most"]) if spec.type == SHARES else (0, 0)


def _share(spec: ExpectationSpec, rule: str, sql: str) -> Figure:
    column = f"{spec.name}.{rule}"
    share = f"cast({identifier(column)} as double) / judged_rows"
    worst = f"max({share}) filter (where judged_rows >= {spec.kwargs['from_rows']})"
    return Figure(column, rule, f"count(*) filter (where {_broken(sql)})", worst)


def scan_sql(specs: list[ExpectationSpec]) -> str:
    """One SELECT with every figure of the suite; ``{batch}`` is left for the table. Grain: one row."""
    figures = [figure for spec in specs for figure in figures_of(spec)]
    # The count makes one row of it also where every figure is a subquery of its own.
    whole = _select(["count(*) as counted_rows", *(_named(f.sql, f) for f in figures if f.over_sources is None)])
    shares = [figure for figure in figures if figure.over_sources is not None]
    if not shares:
        return whole
    each = _select(["source", "count(*) as judged_rows", *(_named(figure.sql, figure) for figure in shares)])
    worst = ",\n  ".join(_named(figure.over_sources or "", figure) for figure in shares)
    sources = f"select\n  {worst}\nfrom (\n{each}\ngroup by source\n) as each_source"
    return f"select *\nfrom (\n{whole}\n) as whole\ncross join (\n{sources}\n) as sources"


def _select(columns: list[str]) -> str:
    return "select\n  " + ",\n  ".join(columns) + "\nfrom {batch}"


def _named(sql: str, figure: Figure) -> str:
    return f"{sql} as {identifier(figure.column)}"


def sample_sql(contract: Contract, spec: ExpectationSpec) -> str | None:
    """What to show of a failure: the spec's own rows, else the keys of at most five offending rows in key order.

    None where no row is to blame.
    """
    keys = ", ".join(identifier(name) for name in contract.key)
    if spec.shows is not None:
        body = spec.shows
    elif spec.type in (ROWS, SHARES):
        every = " and ".join(f"({sql})" for sql in spec.kwargs["conditions"].values())
        body = f"select {keys} from {{batch}} where {_broken(every)} order by {keys} limit {SAMPLE_ROWS}"
    elif spec.type == KEY:
        body = f"{_repeated_keys(spec)} order by {keys} limit {SAMPLE_ROWS}"
    elif spec.type == FIGURES and spec.kwargs["blame"]:
        body = f"select {keys} from {{batch}} where {spec.kwargs['blame']} order by {keys} limit {SAMPLE_ROWS}"
    else:
        return None
    return body.replace("{batch}", identifier(contract.name))


def _broken(condition: str) -> str:
    return f"not coalesce(({condition}), false)"


def _repeated_keys(spec: ExpectationSpec) -> str:
    # GROUP BY holds two NULLs equal; a join on equality, as in GX's compound uniqueness, loses such rows. Numbers are
    # grouped in half the time of keys: where no number occurs twice, no key does.
    keys = ", ".join(identifier(name) for name in spec.kwargs["columns"])
    twice = f"select hash({keys}) from {{batch}} group by all having count(*) > 1"
    return f"select {keys} from {{batch}} where hash({keys}) in ({twice}) group by {keys} having count(*) > 1"
