"""The canonical fields of every kind of source: their type and what makes a value unusable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldType = Literal["text", "quantity", "price", "money", "rate", "timestamp", "date", "integer", "boolean"]


@dataclass(frozen=True)
class Field:
    """One canonical field.

    Attributes:
        name: canonical name, a column of the landed table.
        type: what its value is cast to.
        required: every source of the kind maps it, and a row without it is quarantined.
        filled: a row without it is quarantined where the source maps it.
        default: SQL of its value where the source does not map it.
    """

    name: str
    type: FieldType
    required: bool = False
    filled: bool = False
    default: str = "null"


DUCKDB_TYPES: dict[FieldType, str] = {
    "text": "VARCHAR",
    # What is written finer is rounded half up. A quantity of two decimals times a price of six is exact in the
    # eight decimals of money, and so is one of four times one of four.
    "quantity": "DECIMAL(18,4)",
    "price": "DECIMAL(18,6)",
    "money": "DECIMAL(24,8)",
    "rate": "DECIMAL(28,12)",
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
    Field("quantity", "quantity", filled=True, default="1"),
    Field("unit_price", "price", filled=True),
    Field("amount", "money", filled=True),
    Field("discount", "money"),
    Field("refunded", "money"),
    Field("refunded_at", "timestamp"),
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

EXCHANGE_RATE_FIELDS = (
    Field("rated_on", "date", required=True),
    Field("currency", "text", required=True),
    Field("rate", "rate", required=True),
    Field("updated_at", "timestamp"),
)

FIELDS: dict[str, tuple[Field, ...]] = {
    "transactions": TRANSACTION_FIELDS,
    "surveys": SURVEY_FIELDS,
    "customers": CUSTOMER_FIELDS,
    "exchange_rates": EXCHANGE_RATE_FIELDS,
}
