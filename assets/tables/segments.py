"""One row per customer: history, segment, stage, tier, traits; and what segments have in common."""

from __future__ import annotations

from assets.contracts import EXACT_MONEY, Column, Contract
from assets.tables.vocabulary import AS_OF, CUSTOMER, count, money, share
from models.customer_traits import AGE_BANDS
from models.lifecycle import STAGES
from models.rfm import CUTS, MEASURES, SEGMENTS
from models.segment_overlap import KINDS, TRAIT
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
        Column("first_order_on", "DATE", "First valid order; NULL without one.", nullable=True),
        Column("last_order_on", "DATE", "Latest valid order; NULL without one.", nullable=True),
        count("orders", "Valid orders, all time."),
        count("valued_orders", "Of these, with a known amount."),
        money("gross_value", "Sold lines before discount, all time; NULL where no amount is known."),
        money("discount_value", "Discounts, positive, all time; NULL where no amount is known."),
        money("refund_value", "Refunds, positive, all time; NULL where no amount is known."),
        money("net_value", "Gross less discounts less refunds, all time; NULL where no amount is known."),
        money("aov", "Net value per valid order with a known amount; NULL without one."),
        Column(
            "recency_days",
            "INTEGER",
            "Days from the latest valid order to as_of; NULL without one.",
            "day",
            nullable=True,
            low=0,
        ),
        Column(
            "age_days",
            "INTEGER",
            "Days from the first valid order to as_of; NULL without one.",
            "day",
            nullable=True,
            low=0,
        ),
        Column("known_since", "DATE", "Acquisition date, else first event, else first load."),
        Column(
            "channel", "VARCHAR", "Channel of the latest order, void or not; NULL where none is known.", nullable=True
        ),
        Column(
            "region",
            "VARCHAR",
            "Region of the latest order, void or not, else of the customer file; NULL where none is known.",
            nullable=True,
        ),
    ),
)

RFM_CUTS = Contract(
    name="rfm_cuts",
    description="Where the scores of rfm_segments change: a score is 1 + the number of cuts below the value, for R "
    "6 less that number. A measure that no customer has has no cuts.",
    grain="measure x cut",
    key=("measure", "cut"),
    group="segments",
    may_be_empty=True,
    columns=(
        Column("measure", "VARCHAR", "Column of rfm_segments that is scored.", values=MEASURES),
        Column("cut", "TINYINT", "Number of the cut, from the lowest value up.", low=1, high=4),
        AS_OF,
        Column("value", EXACT_MONEY, "The cut; equal values lie below it.", "day, count or base currency, unrounded"),
        Column("how", "VARCHAR", "Quintile of the night, quintile of a date, or given.", values=CUTS),
        Column("taken_at", "DATE", "Date whose quintile it is; NULL for a given cut.", nullable=True),
        count("taken_from", "Customers it is a quintile of; NULL for a given cut.", nullable=True),
        count("customers_up_to", "Tonight's customers whose value is the cut or below it."),
    ),
)

_SCORE = "score, 5 best; see rfm_cuts"

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
        money("monetary", "Net value in the window, every flow of it; NULL where no amount is known."),
        Column("r", "TINYINT", f"Recency {_SCORE}.", low=1, high=5),
        Column("f", "TINYINT", f"Frequency {_SCORE}.", low=1, high=5),
        Column("m", "TINYINT", f"Monetary {_SCORE}. NULL where no source has money.", nullable=True, low=1, high=5),
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
        Column(
            "gap_days", "INTEGER", "Days since the latest valid order; NULL without one.", "day", nullable=True, low=0
        ),
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
    group="value",
    may_be_empty=True,
    columns=(
        CUSTOMER,
        AS_OF,
        Column("basis", "VARCHAR", "What the value is.", values=BASES),
        money("value", "Net value in the window (historic) or predicted value; NULL where no amount is known."),
        Column("tier", "VARCHAR", "Tier.", values=TIERS),
    ),
)

CUSTOMER_TRAITS = Contract(
    name="customer_traits",
    description="Age band and traits of every known customer, with tonight's cuts and what each trait rests on.",
    grain="customer",
    key=("customer_id",),
    group="segments",
    may_be_empty=True,
    columns=(
        CUSTOMER,
        AS_OF,
        Column("age", "INTEGER", "Full years at as_of; NULL where unknown, below 0 or above 110.", "year", True, low=0),
        Column("age_band", "VARCHAR", "By age; `unknown` where it is.", values=AGE_BANDS),
        count("orders", "Valid orders, all time."),
        count("orders_window", "Valid orders in the window."),
        count("high_frequency_from", "P80 of these over customers with one; NULL where nobody has.", nullable=True),
        count(
            "category_lines",
            "Sold lines in the window that name a category, whatever became of their orders; NULL where there is none, "
            "and without a valid order in the window.",
            nullable=True,
        ),
        share(
            "top_category_share",
            "Of these lines, those of the commonest category; NULL where category_lines is.",
            nullable=True,
        ),
        Column(
            "is_high_frequency",
            "BOOLEAN",
            "orders_window >= high_frequency_from and top_category_share >= 0.5; NULL for everybody where no line in "
            "the window names a category, and for whom the share would decide and is NULL.",
            nullable=True,
        ),
        money("first_order_value", "Net value of the first valid order after its refunds; NULL without one or money."),
        money(
            "high_value_from",
            "P90 of these over first orders of the 365 days up to as_of; NULL where none of them has a value.",
        ),
        Column(
            "is_potential_high_value",
            "BOOLEAN",
            "orders = 1 and first_order_value >= high_value_from; NULL for everybody where no order has a value, and "
            "for the customers of one order where a side is NULL.",
            nullable=True,
        ),
        count(
            "gaps",
            "Gaps between consecutive days with a valid order, all time; NULL for fewer than 4 orders or one such day.",
            nullable=True,
        ),
        Column(
            "gap_cv",
            "DOUBLE",
            "Standard deviation / mean of these gaps; NULL for fewer than two.",
            "ratio",
            nullable=True,
            low=0,
        ),
        Column("median_gap_days", "DOUBLE", "Median of these gaps; NULL where gaps is.", "day", nullable=True, low=0),
        Column(
            "last_gap_days",
            "INTEGER",
            "Of these gaps, the one before the latest order; NULL where gaps is.",
            "day",
            True,
            low=1,
        ),
        Column(
            "is_steady",
            "BOOLEAN",
            "orders >= 4, gap_cv <= 0.5 and last_gap_days <= 1.5 x median_gap_days; NULL for 4 orders and more whose "
            "gap_cv is NULL.",
            nullable=True,
        ),
        count(
            "discounted_orders",
            "Of the orders, those with a discount; NULL where no source maps one and none has, or money is unknown.",
            nullable=True,
        ),
        share("discounted_share", "discounted_orders / orders; NULL without an order, too.", nullable=True),
        Column(
            "is_price_sensitive",
            "BOOLEAN",
            "orders >= 3 and discounted_share >= 0.6; NULL for everybody where discounted_orders is.",
            nullable=True,
        ),
    ),
)

_KINDS = (TRAIT, *KINDS)

SEGMENT_OVERLAP = Contract(
    name="segment_overlap",
    description="What each two segments have in common: traits, age bands, RFM segments, stages, tiers, risk bands. "
    "Each pair stands twice, a segment beside itself once; segments nobody is in have no rows, and neither have two of "
    "one kind that exclude each other. Who has no such segment, or whose trait is unknown, is not in it.",
    grain="segment x other segment",
    key=("kind", "segment", "other_kind", "other_segment"),
    group="segments",
    may_be_empty=True,
    columns=(
        Column("kind", "VARCHAR", "What the segment is.", values=_KINDS),
        Column("segment", "VARCHAR", "The segment: a trait that is true, an age band, stage and so on."),
        Column("other_kind", "VARCHAR", "What the other segment is.", values=_KINDS),
        Column("other_segment", "VARCHAR", "The other segment."),
        AS_OF,
        count("customers", "Customers in the segment."),
        count("other_customers", "Customers in the other one."),
        count("customers_both", "Customers in both."),
        count("known_customers", "All known customers."),
        share("jaccard", "In both / in at least one."),
        Column(
            "lift",
            "DOUBLE",
            "Share of the segment that is in the other one / share of all known customers that is.",
            "ratio",
            low=0,
        ),
        money("net_value_both", "Net value in the window of the customers in both; NULL where no source has money."),
    ),
)
