"""One row per customer: history, segment, stage, tier."""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.tables.vocabulary import AS_OF, CUSTOMER, count, money
from models.lifecycle import STAGES
from models.rfm import SEGMENTS
from models.value_tiers import BASES, TIERS

CUSTOMER_SUMMARY = Contract(
    name="customer_summary",
    description="Every known customer with all-time figures up to as_of; no window.",
    grain="customer",
    key=("customer_id",),
    group="customers",
    may_be_empty=True,
    columns=(
        CUSTOMER,
        AS_OF,
        Column("first_order_on", "DATE", "First valid order.", nullable=True),
        Column("last_order_on", "DATE", "Latest valid order.", nullable=True),
        count("orders", "Valid orders, all time."),
        money("gross_value", "Sold lines before discount, all time."),
        money("discount_value", "Discounts, positive, all time."),
        money("refund_value", "Refunds, positive, all time."),
        money("net_value", "Gross less discounts less refunds, all time."),
        money("aov", "Net value per valid order; NULL without one."),
        Column("recency_days", "INTEGER", "Days from the latest valid order to as_of.", "day", nullable=True, low=0),
        Column("age_days", "INTEGER", "Days from the first valid order to as_of.", "day", nullable=True, low=0),
        Column("known_since", "DATE", "Acquisition date, else first event, else first load."),
        Column("channel", "VARCHAR", "Channel of the latest order.", nullable=True),
        Column("region", "VARCHAR", "Region of the latest order, else of the customer file.", nullable=True),
    ),
)

_SCORE = "quintile score, 5 best"

RFM_SEGMENTS = Contract(
    name="rfm_segments",
    description="Recency, frequency and value of every customer who ever ordered, scored 1..5 and named.",
    grain="customer",
    key=("customer_id",),
    group="segments",
    may_be_empty=True,
    columns=(
        CUSTOMER,
        AS_OF,
        Column("recency_days", "INTEGER", "Days from the latest valid order to as_of.", "day", low=0),
        count("frequency", "Valid orders in the window."),
        money("monetary", "Net value in the window, every flow of it."),
        Column("r", "TINYINT", f"Recency {_SCORE}.", low=1, high=5),
        Column("f", "TINYINT", f"Frequency {_SCORE}.", low=1, high=5),
        Column("m", "TINYINT", f"Monetary {_SCORE}; NULL where no source has money.", nullable=True, low=1, high=5),
        Column("segment", "VARCHAR", "Segment of the (R, FM) cell.", values=SEGMENTS),
    ),
)

LIFECYCLE_STAGES = Contract(
    name="lifecycle_stages",
    description="Lifecycle stage of every known customer.",
    grain="customer",
    key=("customer_id",),
    group="segments",
    may_be_empty=True,
    columns=(
        CUSTOMER,
        AS_OF,
        Column("stage", "VARCHAR", "Exactly one stage.", values=STAGES),
        Column("gap_days", "INTEGER", "Days since the latest valid order.", "day", nullable=True, low=0),
        Column("stage_since", "DATE", "Day the customer entered the stage under tonight's cuts."),
        count("orders", "Valid orders, all time."),
        Column("t1_days", "INTEGER", "Tonight's T1: longest gap of an active customer.", "day", low=0),
        Column("t2_days", "INTEGER", "Tonight's T2: longest gap of a customer who is not lost.", "day", low=0),
    ),
)

VALUE_TIERS = Contract(
    name="value_tiers",
    description="Customer pyramid: rank by value into high, mid, low; zero or negative value has no tier.",
    grain="customer",
    key=("customer_id",),
    group="segments",
    may_be_empty=True,
    columns=(
        CUSTOMER,
        AS_OF,
        Column("basis", "VARCHAR", "What the value is.", values=BASES),
        money("value", "Net value in the window (historic) or predicted value."),
        Column("tier", "VARCHAR", "Tier.", values=TIERS),
    ),
)
