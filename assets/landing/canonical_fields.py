"""The canonical fields of every kind of source: their type and what makes a value unusable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldType = Literal["text", "decimal", "timestamp", "date", "integer", "boolean"]


@dataclass(frozen=True)
class Field:
    """One canonical field.

    Attributes:
        name: canonical name, a column of the landed table.
        type: what its value is cast to.
        required: a row without it is quarantined.
    """

    name: str
    type: FieldType
    required: bool = False


DUCKDB_TYPES: dict[FieldType, str] = {
    "text": "VARCHAR",
    "decimal": "DECIMAL(18,4)",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "integer": "INTEGER",
    "boolean": "BOOLEAN",
}

TRANSACTION_FIELDS = (
    Field("order_id", "text", required=True),
    Field("line_id", "text"),
    Field("ordered_at", "timestamp", required=True),
    Field("customer_id", "text"),
    Field("product_id", "text"),
    Field("product_name", "text"),
    Field("category", "text"),
    Field("quantity", "decimal"),
    Field("unit_price", "decimal"),
    Field("amount", "decimal"),
    Field("discount", "decimal"),
    Field("currency", "text"),
    Field("channel", "text"),
    Field("region", "text"),
    Field("status", "text"),
    Field("refund_of", "text"),
    Field("updated_at", "timestamp"),
)

SURVEY_FIELDS = (
    Field("response_id", "text", required=True),
    Field("responded_at", "timestamp", required=True),
    Field("customer_id", "text"),
    Field("order_id", "text"),
    Field("question", "text"),
    Field("kind", "text"),
    Field("score", "text"),
    Field("channel", "text"),
    Field("region", "text"),
    Field("comment", "text"),
    Field("updated_at", "timestamp"),
)

CUSTOMER_FIELDS = (
    Field("customer_id", "text", required=True),
    Field("birth_date", "date"),
    Field("age", "integer"),
    Field("gender", "text"),
    Field("region", "text"),
    Field("occupation", "text"),
    Field("customer_type", "text"),
    Field("acquired_at", "timestamp"),
    Field("acquisition_channel", "text"),
    Field("email", "text"),
    Field("phone", "text"),
    Field("consent", "boolean"),
    Field("updated_at", "timestamp"),
)

FIELDS: dict[str, tuple[Field, ...]] = {
    "transactions": TRANSACTION_FIELDS,
    "surveys": SURVEY_FIELDS,
    "customers": CUSTOMER_FIELDS,
}
