"""The expectations a table's contract implies.

Columns, their order and their types are not among them: a table is written by casting to its contract, which raises
where that cannot be done.
"""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.expectations.specs import KEY, ROWS, ExpectationSpec
from assets.statements import identifier, literal

_FLOATS = ("DOUBLE", "FLOAT")


def derived_expectations(contract: Contract) -> list[ExpectationSpec]:
    """A row where the table may not be empty, one row per key, and values as declared."""

    def spec(name: str, description: str, type_: str, **kwargs: object) -> ExpectationSpec:
        return ExpectationSpec(contract.name, name, description, "error", type_, kwargs)

    repeats = "does" if len(contract.key) == 1 else "do"
    specs = [
        spec(
            "key_unique",
            f"One row per {contract.grain}: {', '.join(contract.key)} {repeats} not repeat.",
            KEY,
            columns=list(contract.key),
        ),
        spec(
            "values_as_declared",
            "Required values are there and finite, values lie in their sets and ranges, every row is of the night.",
            ROWS,
            conditions={rule: sql for column in contract.columns for rule, sql in _conditions(column).items()},
        ),
    ]
    if contract.may_be_empty:
        return specs
    # Without a row count an empty table would satisfy everything else.
    return [
        spec("row_count", f"Not empty: {contract.description}", "expect_table_row_count_to_be_between", min_value=1),
        *specs,
    ]


def _conditions(column: Column) -> dict[str, str]:
    """What the column's values must satisfy, by a name that says it."""
    name = identifier(column.name)
    if column.name == "as_of":
        return {"as_of of the night": "as_of = {as_of}"}
    conditions: dict[str, str] = {}
    if column.type in _FLOATS:
        # NaN is not NULL, and it sorts above every number: neither a not-null nor a range check would say so clearly.
        conditions[f"{column.name} finite"] = f"{name} is null or isfinite({name})"
    if not column.nullable:
        conditions[f"{column.name} required"] = f"{name} is not null"
    bounds = []
    if column.values is not None:
        bounds.append(f"{name} in ({', '.join(literal(value) for value in column.values)})")
    if column.low is not None:
        bounds.append(f"{name} >= {column.low}")
    if column.high is not None:
        bounds.append(f"{name} <= {column.high}")
    if bounds:
        # A missing value is reported once, as required.
        conditions[f"{column.name} allowed"] = f"{name} is null or ({' and '.join(bounds)})"
    return conditions
