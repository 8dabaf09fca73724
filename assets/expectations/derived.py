"""The expectations a table's contract implies."""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.expectations.specs import KEY, ROWS, TYPES, ExpectationSpec, rows
from assets.warehouse import identifier, literal

_FLOATS = ("DOUBLE", "FLOAT")


def derived_expectations(contract: Contract) -> list[ExpectationSpec]:
    """Row count, columns, types, key, required values, allowed values and one constant ``as_of``."""
    least = 0 if contract.may_be_empty else 1
    names = [column.name for column in contract.columns]
    required = {column.name: condition for column in contract.columns if (condition := _required(column))}
    allowed = {column.name: condition for column in contract.columns if (condition := _allowed(column))}

    def spec(name: str, description: str, type_: str, **kwargs: object) -> ExpectationSpec:
        return ExpectationSpec(contract.name, name, description, "error", type_, kwargs)

    specs = [
        # Without a row count an empty table would satisfy everything below.
        spec("row_count", f"At least {least} rows.", "expect_table_row_count_to_be_between", min_value=least),
        spec(
            "columns",
            "Exactly the declared columns, in the declared order.",
            "expect_table_columns_to_match_ordered_list",
            column_list=names,
        ),
        spec(
            "column_types",
            "Every column has its declared type.",
            TYPES,
            types={column.name: column.type for column in contract.columns},
        ),
        spec(
            "key_unique",
            f"One row per {contract.grain}: {', '.join(contract.key)} do not repeat.",
            KEY,
            columns=list(contract.key),
        ),
    ]
    if required:
        specs.append(
            spec(
                "required_values",
                "No NULL where a value is required; no NaN and no infinity anywhere.",
                ROWS,
                conditions=required,
            )
        )
    if allowed:
        specs.append(spec("allowed_values", "Values lie in their declared sets and ranges.", ROWS, conditions=allowed))
    if "as_of" in names:
        specs.append(
            rows(contract.name, "as_of_constant", "as_of = {as_of}", "Every row carries the night's own date.")
        )
    return specs


def _required(column: Column) -> str | None:
    name = identifier(column.name)
    if column.type in _FLOATS:
        # NaN is not NULL, and it sorts above every number: neither a not-null nor a range check would say so clearly.
        return f"isfinite({name})" if not column.nullable else f"({name} is null or isfinite({name}))"
    return None if column.nullable else f"{name} is not null"


def _allowed(column: Column) -> str | None:
    name = identifier(column.name)
    conditions = []
    if column.values is not None:
        conditions.append(f"{name} in ({', '.join(literal(value) for value in column.values)})")
    if column.low is not None:
        conditions.append(f"{name} >= {column.low}")
    if column.high is not None:
        conditions.append(f"{name} <= {column.high}")
    # A missing value is required_values' to report, once.
    return f"({name} is null or ({' and '.join(conditions)}))" if conditions else None
