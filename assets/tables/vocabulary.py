"""Words and columns that several tables share."""

from __future__ import annotations

from assets.contracts import EXACT_MONEY, MONEY, Column

GRAINS = ("day", "week", "month", "quarter", "year", "total")

QUESTION_KINDS = ("csat", "nps", "ces")

LINE_KINDS = ("sold", "refund", "discount", "charge", "excluded")

IDENTIFIER_FATES = ("own", "shared", "shared_too_widely", "blocked", "unusable")

ROW_OUTCOMES_KNOWN = ("duplicate", "superseded", "conflict", "missing_exchange_rate", "value_too_large")

RESTATEMENT_CAUSES = (
    "late_row", "refund", "correction", "withdrawn", "exchange_rate", "identity_merge", "configuration", "program",
    "given_up", "unexplained",
)  # fmt: skip

FILE_STATUSES = ("loaded", "superseded", "duplicate_file", "unreadable")

SOURCE_FIGURES = (
    "rows_on_day", "rows_in_week", "duplicate_rate", "quarantine_rate", "share_without_customer", "refund_share",
    "discount_rate", "days_without_delivery",
)  # fmt: skip

SOURCE_DIMENSIONS = ("channel", "region", "category", "status", "currency", "question")

AS_OF = Column("as_of", "DATE", "Business date of the snapshot: the end of that day in the business time zone.")

CUSTOMER = Column("customer_id", "VARCHAR", "Customer, as named by the sources.")


def money(name: str, description: str, *, nullable: bool = True) -> Column:
    """Money to the cent."""
    return Column(name, MONEY, description, unit="base currency", nullable=nullable)


def exact_money(name: str, description: str) -> Column:
    """Money as it adds up, to eight decimals."""
    return Column(name, EXACT_MONEY, description, unit="base currency, unrounded", nullable=True)


def landed_money(name: str, description: str) -> Column:
    """Money in the row's own currency, as it landed."""
    return Column(name, EXACT_MONEY, description, unit="`currency`, unrounded")


def share(name: str, description: str, *, nullable: bool = False) -> Column:
    """A share, 0..1."""
    return Column(name, "DOUBLE", description, unit="share", nullable=nullable, low=0.0, high=1.0)


def count(name: str, description: str, *, nullable: bool = False) -> Column:
    """A number of things."""
    return Column(name, "BIGINT", description, unit="count", nullable=nullable, low=0)
