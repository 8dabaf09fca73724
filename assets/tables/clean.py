"""Clean lines, orders, customers and answers: what the marts read."""

from __future__ import annotations

from assets.contracts import EXACT_MONEY, Column, Contract
from assets.tables.vocabulary import (
    AS_OF,
    CUSTOMER,
    GRAINS,
    IDENTIFIER_FATES,
    LINE_KINDS,
    QUESTION_KINDS,
    count,
    exact_money,
)
from models import identity_clusters
from models.identifiers import IDENTIFIER_KINDS

EXCHANGE_RATES = Contract(
    name="exchange_rates",
    description="What one unit of a currency is worth on each day that has a rate, its own or an earlier day's.",
    grain="currency x day",
    key=("currency", "valid_on"),
    group="clean",
    published=False,
    may_be_empty=True,
    columns=(
        Column("currency", "VARCHAR", "Currency code of three capital letters."),
        Column("valid_on", "DATE", "Day on which the rate holds."),
        Column("rate", "DECIMAL(28,12)", "Value of one unit of the currency.", unit="base currency", low=0),
        Column("rated_on", "DATE", "Day the rate was given for: at most `limits.rate_age_days` before."),
    ),
)

ACCOUNTS = Contract(
    name="accounts",
    description="Every customer id that a customer file, an order line or a survey names by as_of; empty without "
    "`identity` in the configuration.",
    grain="account",
    key=("account_id",),
    group="clean",
    published=False,
    may_be_empty=True,
    columns=(
        Column("account_id", "VARCHAR", "Customer id as the sources write it."),
        Column("known_on", "DATE", "Acquisition date, else first event; NULL where there is neither.", nullable=True),
    ),
)

ACCOUNT_IDENTIFIERS = Contract(
    name="account_identifiers",
    description="The e-mail addresses and telephone numbers of each account, as numbers, and whether they may unite "
    "it with others; empty without `identity` in the configuration.",
    grain="account x kind x identifier",
    key=("account_id", "kind", "identifier_no"),
    group="clean",
    published=False,
    may_be_empty=True,
    columns=(
        Column("account_id", "VARCHAR", "Customer id as the sources write it."),
        Column("kind", "VARCHAR", "What the identifier is.", values=IDENTIFIER_KINDS),
        Column("identifier_no", "BIGINT", "Stands for the identifier tonight; equal identifiers have equal numbers."),
        Column("fate", "VARCHAR", "Held by this account alone, by several, or no evidence.", values=IDENTIFIER_FATES),
        Column("since", "DATE", "Since when the account holds it; NULL where nothing says.", nullable=True),
    ),
)

CUSTOMER_IDENTITIES = Contract(
    name="customer_identities",
    description="Which customer every account of the sources belongs to; empty without `identity` in the "
    "configuration.",
    grain="account",
    key=("account_id",),
    group="clean",
    may_be_empty=True,
    columns=(
        Column("account_id", "VARCHAR", "Customer id as the sources write it."),
        AS_OF,
        Column("customer_id", "VARCHAR", "Customer it belongs to: the customer's account known first."),
        Column("accounts", "BIGINT", "Accounts of that customer.", unit="count", low=1),
        Column("status", "VARCHAR", "Alone, united, or in a cluster too large.", values=identity_clusters.STATUSES),
        Column(
            "basis",
            "VARCHAR",
            "What ties the account to the customer's others; NULL where it is alone.",
            nullable=True,
            values=identity_clusters.BASES,
        ),
        Column("since", "DATE", "Since when it is tied to them; NULL: always, or alone.", nullable=True),
        Column(
            "suspect_cluster",
            "VARCHAR",
            "First account of the cluster too large that it is in; NULL outside of one.",
            nullable=True,
        ),
    ),
)

ORDER_LINES = Contract(
    name="order_lines",
    description="Clean order lines visible on the night: accepted, one per key, not superseded, dated up to as_of.",
    grain="order line",
    key=("source", "file", "content", "line_number", "is_repayment"),
    group="clean",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source in the configuration."),
        Column("file", "VARCHAR", "File name relative to the source's folder."),
        Column("content", "VARCHAR", "SHA-256 of the landed file's bytes."),
        Column("line_number", "BIGINT", "Line of the file on which the record starts, from 1.", low=1),
        Column("order_id", "VARCHAR", "Order id, unique within its source."),
        Column("line_id", "VARCHAR", "Line id within the order, where the source has one.", nullable=True),
        Column("ordered_at", "TIMESTAMP", "Moment of the line in the business time zone."),
        Column("ordered_on", "DATE", "Business day of the line."),
        Column("customer_id", "VARCHAR", "Customer of the order; NULL where the order names none.", nullable=True),
        Column("account_id", "VARCHAR", "Customer id of the order as the source writes it.", nullable=True),
        Column("product_id", "VARCHAR", "Product code.", nullable=True),
        Column("product_name", "VARCHAR", "Product name.", nullable=True),
        Column("category", "VARCHAR", "Product category.", nullable=True),
        Column("kind", "VARCHAR", "What the line is to the measures.", values=LINE_KINDS),
        Column("quantity", "DECIMAL(18,4)", "Units; negative on many refunds.", unit="count"),
        Column("unit_price", "DECIMAL(18,6)", "Price of one unit.", unit="base currency", nullable=True),
        exact_money("amount", "Signed value: positive sold, negative refund or discount; NULL without money."),
        exact_money("discount", "Discount granted on a sold line, positive; already outside `amount`."),
        Column("currency", "VARCHAR", "Currency of the row as landed.", nullable=True),
        Column(
            "rate", "DECIMAL(28,12)", "Rate of the order's date the money was converted at; NULL: none.", nullable=True
        ),
        Column(
            "amount_original", EXACT_MONEY, "Amount in `currency`, where it was converted.", "`currency`", nullable=True
        ),
        Column("channel", "VARCHAR", "Sales channel.", nullable=True),
        Column("region", "VARCHAR", "Region of the order.", nullable=True),
        Column("status", "VARCHAR", "Status text of the source, carried as it is.", nullable=True),
        Column("loaded_at", "TIMESTAMP", "When the file was landed (UTC)."),
        Column("is_repayment", "BOOLEAN", "Money of a sold row that was paid back: the refund beside that row."),
    ),
)

ORDER_FLOWS = Contract(
    name="order_flows",
    description="Sums of the clean lines that one file has of an order on one day, in one channel and region.",
    grain="file x order x account x day x channel x region",
    key=("content_no", "order_no", "order_id", "account_id", "day", "channel", "region"),
    group="facts",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("content_no", "BIGINT", "Stands for the source's file content as it is read."),
        Column("order_no", "UBIGINT", "Stands for source and order id; two orders may share one."),
        Column("order_id", "VARCHAR", "Order id, unique within its source."),
        Column("account_id", "VARCHAR", "Customer id of the order as the source writes it.", nullable=True),
        Column("customer_id", "VARCHAR", "Customer of the order; NULL where the order names none.", nullable=True),
        Column("day", "DATE", "Business day of the lines."),
        Column("channel", "VARCHAR", "Sales channel.", nullable=True),
        Column("region", "VARCHAR", "Region of the order.", nullable=True),
        Column("first_sold_at", "TIMESTAMP", "First of the sold lines; NULL where none is sold.", nullable=True),
        count("lines", "Sold, discount and refund lines."),
        count("sold_lines", "Sold lines."),
        count("refund_lines", "Refund lines."),
        count("all_lines", "Lines of every kind, charges and excluded ones too."),
        Column("units", "DECIMAL(38,4)", "Units sold.", unit="count", nullable=True),
        count("product_lines", "Sold lines that name a product."),
        Column(
            "products", "BIGINT", "Distinct products sold; NULL where lines share one.", "count", nullable=True, low=0
        ),
        exact_money("gross_value", "Sold lines before discount."),
        exact_money("sold_discount", "Discounts granted on the sold lines, positive."),
        exact_money("discount_value", "These and the discount lines, positive."),
        exact_money("refund_value", "Refund lines, positive."),
        exact_money("net_value", "Gross less discounts less refunds."),
    ),
)

ORDERS = Contract(
    name="orders",
    description="Order facts up to as_of, with the interval in which the order is valid.",
    grain="order",
    key=("source", "order_id"),
    group="facts",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("order_id", "VARCHAR", "Order id, unique within its source."),
        Column("order_no", "UBIGINT", "Stands for source and order id; two orders may share one."),
        Column("customer_id", "VARCHAR", "Customer of the order; NULL where unknown.", nullable=True),
        Column("ordered_at", "TIMESTAMP", "First sold line; NULL for an order of refunds only.", nullable=True),
        Column("ordered_on", "DATE", "Business day of the first sold line.", nullable=True),
        exact_money("gross_value", "Sold lines before discount."),
        exact_money("discount_value", "Discounts of the order, positive."),
        exact_money("refund_value", "Refund lines carrying this order's id, dated up to as_of, positive."),
        exact_money("net_value", "Gross less discounts less refunds."),
        count("lines", "Lines of every kind but excluded ones and charges."),
        count("sold_lines", "Sold lines."),
        count("products", "Distinct products among the sold lines."),
        Column("units", "DECIMAL(38,4)", "Units sold.", unit="count"),
        Column("channel", "VARCHAR", "Channel of the first sold line.", nullable=True),
        Column("region", "VARCHAR", "Region of the first sold line.", nullable=True),
        Column("valid_from", "DATE", "First day on which the order was valid; NULL if it never was.", nullable=True),
        Column("voided_on", "DATE", "First day on which it no longer was; NULL while it is.", nullable=True),
    ),
)

CUSTOMER_DAYS = Contract(
    name="customer_days",
    description="Flows of a known customer on one business day up to as_of, each flow on its own date.",
    grain="customer x day",
    key=("customer_id", "day"),
    group="facts",
    published=False,
    may_be_empty=True,
    columns=(
        CUSTOMER,
        Column("day", "DATE", "Business day of the flows."),
        count("orders", "Orders dated this day that are or were valid (see orders.valid_from, voided_on)."),
        count("lines", "Sold, discount and refund lines of the day."),
        exact_money("gross_value", "Sold lines before discount, by sale date."),
        exact_money("discount_value", "Discounts, positive."),
        exact_money("refund_value", "Refunds by refund date, positive."),
        exact_money("net_value", "Gross less discounts less refunds of the day."),
    ),
)

CUSTOMERS = Contract(
    name="customers",
    description="Every customer known by as_of: from a customer file, an order line or a survey answer.",
    grain="customer",
    key=("customer_id",),
    group="facts",
    published=False,
    may_be_empty=True,
    columns=(
        CUSTOMER,
        Column("known_since", "DATE", "Acquisition date, else first event, else first load."),
        Column("birth_date", "DATE", "Date of birth.", nullable=True),
        Column("age", "INTEGER", "Full years at as_of; NULL outside 0..110.", unit="year", nullable=True),
        Column("gender", "VARCHAR", "Gender as the source writes it.", nullable=True),
        Column("region", "VARCHAR", "Region of the latest order, else of the customer file.", nullable=True),
        Column("channel", "VARCHAR", "Channel of the latest order.", nullable=True),
        Column("occupation", "VARCHAR", "Occupation.", nullable=True),
        Column("customer_type", "VARCHAR", "Customer type.", nullable=True),
        Column("acquisition_channel", "VARCHAR", "Channel that brought the customer.", nullable=True),
        Column("consent", "BOOLEAN", "Consent to be contacted; NULL where not asked.", nullable=True),
    ),
)

SURVEY_RESPONSES = Contract(
    name="survey_responses",
    description="One valid answer to one question, dated up to as_of.",
    grain="response x question",
    key=("source", "response_id", "question"),
    group="facts",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("response_id", "VARCHAR", "Response id, unique within its source."),
        Column("question", "VARCHAR", "Question id."),
        Column("kind", "VARCHAR", "Measure the question feeds.", values=QUESTION_KINDS),
        Column("responded_at", "TIMESTAMP", "Moment of the answer in the business time zone."),
        Column("responded_on", "DATE", "Business day of the answer."),
        Column("customer_id", "VARCHAR", "Customer, where the survey names one.", nullable=True),
        Column("account_id", "VARCHAR", "Customer id as the survey writes it.", nullable=True),
        Column("order_id", "VARCHAR", "Order the survey is about, where it names one.", nullable=True),
        Column("score", "DECIMAL(9,3)", "Answer in scale units."),
        Column("is_satisfied", "BOOLEAN", "In the question's declared top box (csat).", nullable=True),
        Column("channel", "VARCHAR", "Channel the survey was answered through.", nullable=True),
        Column("region", "VARCHAR", "Region of the answer, else of the customer.", nullable=True),
    ),
)

SURVEY_SCOPES = Contract(
    name="survey_scopes",
    description="The scopes a response counts in: all, channel, region and every extra dimension mapped.",
    grain="response x scope",
    key=("source", "response_id", "scope"),
    group="facts",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("response_id", "VARCHAR", "Response id."),
        Column("scope", "VARCHAR", "`all`, `channel`, `region` or a dimension's name."),
        Column("scope_value", "VARCHAR", "Value of the dimension; `all` for the scope all."),
    ),
)

CALENDAR = Contract(
    name="calendar",
    description="The periods every business day up to as_of lies in, from the month of the first line or answer on.",
    grain="day x grain",
    key=("day", "grain"),
    group="facts",
    published=False,
    columns=(
        Column("day", "DATE", "Business day."),
        Column("grain", "VARCHAR", "Length of the period.", values=GRAINS[:-1]),
        Column("period_start", "DATE", "First day of the period; a week starts on Monday."),
        Column("period_end", "DATE", "Last day of the period."),
        Column("next_start", "DATE", "First day of the following period."),
        Column("previous_start", "DATE", "First day of the period before."),
    ),
)

ORDER_STEPS = Contract(
    name="order_steps",
    description="How often a customer's order day followed which earlier one; no customer is named.",
    grain="kind x scope value x order day x order day before",
    key=("kind", "scope", "scope_value", "ordered_on", "previous_on"),
    group="facts",
    published=False,
    may_be_empty=True,
    columns=(
        Column("kind", "VARCHAR", "Every order day, or only those ending a gap > T2.", values=("order", "return")),
        Column("scope", "VARCHAR", "`all`, `channel` or `region`.", values=("all", "channel", "region")),
        Column("scope_value", "VARCHAR", "Value of the scope; `all` for the whole."),
        Column("ordered_on", "DATE", "Order day."),
        Column("previous_on", "DATE", "The customer's order day before, in the scope value.", nullable=True),
        count("steps", "How often the one followed the other."),
        count("latest", "Of them, after which nothing has come yet."),
    ),
)
