"""The tables of a night, declared once, in the order the data flows.

Published tables are promises to readers (columns may be added, never renamed); the others live in the private
warehouse and are what the marts read.
"""

from __future__ import annotations

from assets.contracts import EXACT_MONEY, MONEY, Column, Contract
from models.churn import CHURN_MODELS, RISK_BANDS
from models.kpi_cards import KPI_IDS, STATUSES
from models.lifecycle import STAGES
from models.rfm import SEGMENTS
from models.value_tiers import BASES, TIERS

GRAINS = ("day", "week", "month", "quarter", "year", "total")
LINE_KINDS = ("sold", "refund", "discount", "charge", "excluded")
FILE_STATUSES = ("loaded", "superseded", "duplicate_file", "unreadable")
AS_OF = Column("as_of", "DATE", "Business date of the snapshot: the end of that day in the business time zone.")
CUSTOMER = Column("customer_id", "VARCHAR", "Customer, as named by the sources.")


def _money(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, MONEY, description, unit="base currency", nullable=nullable)


def _exact(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, EXACT_MONEY, description, unit="base currency, unrounded", nullable=nullable)


def _share(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "DOUBLE", description, unit="share", nullable=nullable, low=0.0, high=1.0)


def _count(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "BIGINT", description, unit="count", nullable=nullable, low=0)


FILE_REGISTER = Contract(
    name="file_register",
    description="Every version of every file known tonight and whether its rows count.",
    grain="source x file x content",
    key=("source", "file", "content"),
    group="raw",
    published=False,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("file", "VARCHAR", "File name relative to the source's folder."),
        Column("content", "VARCHAR", "SHA-256 of the landed bytes."),
        Column("content_no", "BIGINT", "Number of the content in the warehouse."),
        Column("natural_key", "VARCHAR", "Text that sorts file names as people do."),
        Column("status", "VARCHAR", "What the file is tonight.", values=FILE_STATUSES),
        Column("error", "VARCHAR", "Why a file could not be read.", nullable=True),
        Column("loaded_at", "TIMESTAMP", "When the file was landed (UTC)."),
        Column("loaded_on", "DATE", "Business day on which the file was landed."),
    ),
)

ROW_OUTCOMES = Contract(
    name="row_outcomes",
    description="What became of every readable record of the files in force.",
    grain="record",
    key=("content_no", "line_number"),
    group="raw",
    published=False,
    may_be_empty=True,
    columns=(
        Column("content_no", "BIGINT", "Number of the content in the warehouse."),
        Column("line_number", "BIGINT", "Line of the file on which the record starts, from 1.", low=1),
        Column("source", "VARCHAR", "Name of the source."),
        Column("outcome", "VARCHAR", "Fate.", values=("accepted", "duplicate", "superseded", "conflict")),
    ),
)

ORDER_LINES = Contract(
    name="order_lines",
    description="Clean order lines visible on the night: accepted, one per key, not superseded, dated up to as_of.",
    grain="order line",
    key=("source", "file", "content", "line_number"),
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
        Column("product_id", "VARCHAR", "Product code.", nullable=True),
        Column("product_name", "VARCHAR", "Product name.", nullable=True),
        Column("category", "VARCHAR", "Product category.", nullable=True),
        Column("kind", "VARCHAR", "What the line is to the measures.", values=LINE_KINDS),
        Column("quantity", "DECIMAL(18,4)", "Units; negative on many refunds.", unit="count"),
        Column("unit_price", "DECIMAL(18,6)", "Price of one unit.", unit="base currency", nullable=True),
        _exact("amount", "Signed value of the line: positive sold, negative refund or discount; NULL without money."),
        _exact("discount", "Discount granted on a sold line, positive; already outside `amount`."),
        Column("currency", "VARCHAR", "Currency of the row as landed.", nullable=True),
        Column("channel", "VARCHAR", "Sales channel.", nullable=True),
        Column("region", "VARCHAR", "Region of the order.", nullable=True),
        Column("status", "VARCHAR", "Status text of the source, carried as it is.", nullable=True),
        Column("loaded_at", "TIMESTAMP", "When the file was landed (UTC)."),
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
        Column("customer_id", "VARCHAR", "Customer of the order; NULL where unknown.", nullable=True),
        Column("ordered_at", "TIMESTAMP", "First sold line; NULL for an order of refunds only.", nullable=True),
        Column("ordered_on", "DATE", "Business day of the first sold line.", nullable=True),
        _exact("gross_value", "Sold lines before discount."),
        _exact("discount_value", "Discounts of the order, positive."),
        _exact("refund_value", "Refund lines carrying this order's id, dated up to as_of, positive."),
        _exact("net_value", "Gross less discounts less refunds."),
        _count("lines", "Lines of every kind but excluded ones and charges."),
        _count("sold_lines", "Sold lines."),
        _count("products", "Distinct products among the sold lines."),
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
        _count("orders", "Orders dated this day that are or were valid (see orders.valid_from, voided_on)."),
        _count("lines", "Sold, discount and refund lines of the day."),
        _exact("gross_value", "Sold lines before discount, by sale date."),
        _exact("discount_value", "Discounts, positive."),
        _exact("refund_value", "Refunds by refund date, positive."),
        _exact("net_value", "Gross less discounts less refunds of the day."),
    ),
)

CUSTOMERS = Contract(
    name="customers",
    description="Every customer known by as_of: from a customer file, an order line or a survey answer.",
    grain="customer",
    key=("customer_id",),
    group="clean",
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
    group="clean",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("response_id", "VARCHAR", "Response id, unique within its source."),
        Column("question", "VARCHAR", "Question id."),
        Column("kind", "VARCHAR", "Measure the question feeds.", values=("csat", "nps", "ces")),
        Column("responded_at", "TIMESTAMP", "Moment of the answer in the business time zone."),
        Column("responded_on", "DATE", "Business day of the answer."),
        Column("customer_id", "VARCHAR", "Customer, where the survey names one.", nullable=True),
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
    group="clean",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("response_id", "VARCHAR", "Response id."),
        Column("scope", "VARCHAR", "`all`, `channel`, `region` or a dimension's name."),
        Column("scope_value", "VARCHAR", "Value of the dimension; `all` for the scope all."),
    ),
)

EVENT_FRESHNESS = Contract(
    name="event_freshness",
    description="Newest event loaded per source, which decides whether a period is complete.",
    grain="source",
    key=("source",),
    group="clean",
    published=False,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("kind", "VARCHAR", "transactions, surveys or customers."),
        Column("first_event_on", "DATE", "Oldest event loaded, any date.", nullable=True),
        Column("last_event_on", "DATE", "Newest event loaded, any date.", nullable=True),
        Column("cadence_days", "INTEGER", "Longest silence that still counts as delivered.", unit="day"),
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
        _count("steps", "How often the one followed the other."),
        _count("latest", "Of them, after which nothing has come yet."),
    ),
)

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
        _count("orders", "Valid orders, all time."),
        _money("gross_value", "Sold lines before discount, all time."),
        _money("discount_value", "Discounts, positive, all time."),
        _money("refund_value", "Refunds, positive, all time."),
        _money("net_value", "Gross less discounts less refunds, all time."),
        _money("aov", "Net value per valid order; NULL without one."),
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
        _count("frequency", "Valid orders in the window."),
        _money("monetary", "Net value in the window, every flow of it."),
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
        _count("orders", "Valid orders, all time."),
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
        _money("value", "Net value in the window (historic) or predicted value."),
        Column("tier", "VARCHAR", "Tier.", values=TIERS),
    ),
)

CHURN_ORIGINS = Contract(
    name="churn_origins",
    description="The dates from which churn is looked at: as_of, to be scored, and past dates whose horizon is over.",
    grain="origin",
    key=("origin",),
    group="churn",
    published=False,
    columns=(
        Column("origin", "DATE", "Date up to which a row knows anything."),
        Column("label_until", "DATE", "Last day of the horizon."),
    ),
)

_ORIGIN = Column("origin", "DATE", "Date up to which the row knows anything.")
CHURN_FEATURES = Contract(
    name="churn_features",
    description="What was known of a customer at an origin, and whether no valid order followed in the horizon.",
    grain="origin x customer with a valid order in the window",
    key=("origin", "customer_id"),
    group="churn",
    published=False,
    may_be_empty=True,
    columns=(
        _ORIGIN,
        CUSTOMER,
        Column("recency_days", "BIGINT", "Days from the latest valid order to the origin.", "day", low=0),
        Column("tenure_days", "BIGINT", "Days from the first valid order to the origin.", "day", low=0),
        _count("orders_all", "Orders valid at the origin, all time."),
        _count("orders_window", "Of them, dated in the window."),
        _count("orders_180", "Dated in the last 180 days."),
        _count("orders_90", "Dated in the last 90 days."),
        _count("orders_30", "Dated in the last 30 days."),
        _count("order_days", "Days with a valid order, all time."),
        _count("gaps", "Gaps between consecutive order days."),
        Column("gap_sum", "BIGINT", "Sum of the gaps; NULL without one.", "day", nullable=True),
        Column("gap_sum_of_squares", "BIGINT", "Sum of their squares.", "day squared", nullable=True),
        _count("lines_window", "Lines dated in the window.", nullable=True),
        _exact("gross_value_window", "Sold lines dated in the window."),
        _exact("discount_value_window", "Discounts dated in the window."),
        _exact("refund_value_window", "Refunds dated in the window."),
        _exact("net_value_window", "Net value of the window's flows."),
        _exact("net_value_180", "Of the last 180 days."),
        _exact("net_value_90", "Of the last 90 days."),
        _exact("net_value_30", "Of the last 30 days."),
        Column("churned", "BOOLEAN", "No valid order in the horizon; NULL until it is over.", nullable=True),
    ),
)

CHURN_PREDICTIONS = Contract(
    name="churn_predictions",
    description="What each model would have said at past origins, having learned only from what was known by then.",
    grain="model x origin x customer",
    key=("model", "origin", "customer_id"),
    group="churn",
    published=False,
    may_be_empty=True,
    columns=(
        Column("model", "VARCHAR", "Model judged.", values=CHURN_MODELS),
        _ORIGIN,
        CUSTOMER,
        Column("churned", "BOOLEAN", "What happened: no valid order in the horizon."),
        _share("churn_risk", "What the model said."),
    ),
)

CHURN_CHOICE = Contract(
    name="churn_choice",
    description="The model to publish and why.",
    grain="night",
    key=("model",),
    group="churn",
    published=False,
    columns=(
        Column("model", "VARCHAR", "Model to publish.", values=CHURN_MODELS),
        Column("reason", "VARCHAR", "Why, in one sentence with its figures."),
    ),
)

CHURN_CALIBRATION = Contract(
    name="churn_calibration",
    description="Predicted against observed churn, all judged origins pooled.",
    grain="model x bin of risk",
    key=("model", "bin"),
    group="churn",
    published=False,
    may_be_empty=True,
    columns=(
        Column("model", "VARCHAR", "Model judged.", values=CHURN_MODELS),
        Column("bin", "INTEGER", "Bin of about a tenth of the predictions, lowest risk first.", low=1),
        _count("n", "Predictions in the bin."),
        _share("mean_risk", "Mean predicted risk."),
        _count("churned", "Of them, churned."),
        _share("observed", "Churned / n."),
        _share("low", "Lower end of the 95 % Wilson interval."),
        _share("high", "Upper end of the interval."),
        Column("is_published", "BOOLEAN", "Whether tonight's scores come from this model."),
    ),
)

CHURN_SCORES = Contract(
    name="churn_scores",
    description="Probability of no valid order in the horizon, for customers with a valid order in the window.",
    grain="customer",
    key=("customer_id",),
    group="churn",
    may_be_empty=True,
    columns=(
        CUSTOMER,
        AS_OF,
        Column("horizon_days", "INTEGER", "Days the prediction looks ahead.", "day", low=1),
        _share("churn_risk", "P(no valid order in the horizon | known at as_of)."),
        Column("risk_band", "VARCHAR", "Band of the risk.", values=RISK_BANDS),
        Column("reason_1", "VARCHAR", "Strongest reason, in words.", nullable=True),
        Column("reason_2", "VARCHAR", "Second reason.", nullable=True),
        Column("reason_3", "VARCHAR", "Third reason.", nullable=True),
        Column("contribution_1", "DOUBLE", "Contribution of reason 1 to the logit.", "logit", nullable=True),
        Column("contribution_2", "DOUBLE", "Contribution of reason 2.", "logit", nullable=True),
        Column("contribution_3", "DOUBLE", "Contribution of reason 3.", "logit", nullable=True),
        Column("model", "VARCHAR", "Model that is published.", values=CHURN_MODELS),
        Column("model_version", "VARCHAR", "Hash of the fitted parameters."),
        Column("due_on", "DATE", "Day on which the prediction can be judged."),
    ),
)

MODEL_EVALUATION = Contract(
    name="model_evaluation",
    description="How the models did out of time, beside the naive rule, per origin and metric.",
    grain="model x origin x metric",
    key=("model", "origin", "metric"),
    group="churn",
    may_be_empty=True,
    columns=(
        Column("model", "VARCHAR", "Model judged."),
        Column("origin", "DATE", "Date on which the predictions were made."),
        Column("metric", "VARCHAR", "Metric id."),
        AS_OF,
        Column("value", "DOUBLE", "The model's figure; NULL where it is undefined (one class only).", nullable=True),
        Column("baseline_value", "DOUBLE", "The recency rule's figure on the same customers.", nullable=True),
        Column("threshold", "DOUBLE", "Risk that counts as predicted to churn; NULL where unused.", nullable=True),
        _count("n", "Customers judged."),
        Column("horizon_days", "INTEGER", "Days the prediction looked ahead.", "day", low=1),
        Column("is_published", "BOOLEAN", "Whether tonight's scores come from this model."),
    ),
)


def _survey_key(*measures: Column) -> tuple[Column, ...]:
    return (
        Column("question", "VARCHAR", "Question id."),
        Column("grain", "VARCHAR", "Length of the period.", values=GRAINS),
        Column("period_start", "DATE", "First day of the period; for `total` the first answer's day."),
        Column("scope", "VARCHAR", "`all`, `channel`, `region` or a survey dimension."),
        Column("scope_value", "VARCHAR", "Value of the scope; `all` for the whole."),
        AS_OF,
        _count("n", "Valid answers."),
        *measures,
        Column("is_complete", "BOOLEAN", "The period ended by as_of and its data are in."),
    )


_SURVEY_KEY_NAMES = ("question", "grain", "period_start", "scope", "scope_value")

NPS = Contract(
    name="nps",
    description="Net promoter score per question, period and scope.",
    grain="question x period x scope",
    key=_SURVEY_KEY_NAMES,
    group="satisfaction",
    may_be_empty=True,
    columns=_survey_key(
        _count("promoters", "Answers 9 and 10."),
        _count("passives", "Answers 7 and 8."),
        _count("detractors", "Answers 0 to 6."),
        Column("nps", "DOUBLE", "Share of promoters less share of detractors.", "point", low=-100, high=100),
        Column("low", "DOUBLE", "Lower end of the 95 % adjusted Wald interval.", "point", low=-100, high=100),
        Column("high", "DOUBLE", "Upper end of the interval.", "point", low=-100, high=100),
    ),
)

CSAT = Contract(
    name="csat",
    description="Customer satisfaction (top-box share) per question, period and scope.",
    grain="question x period x scope",
    key=_SURVEY_KEY_NAMES,
    group="satisfaction",
    may_be_empty=True,
    columns=_survey_key(
        _count("satisfied", "Answers in the declared top box."),
        _share("csat", "Satisfied answers / valid answers."),
        _share("low", "Lower end of the 95 % Wilson interval."),
        _share("high", "Upper end of the interval."),
        Column("mean", "DOUBLE", "Mean answer.", "scale unit"),
    ),
)

RETENTION_COHORTS = Contract(
    name="retention_cohorts",
    description="Customers by month of first valid order, followed month by month; period 0 is listed.",
    grain="cohort x period",
    key=("cohort_month", "period"),
    group="retention",
    may_be_empty=True,
    columns=(
        Column("cohort_month", "DATE", "First day of the month of the first valid order."),
        Column("period", "INTEGER", "Months since the cohort month.", unit="month", low=0),
        AS_OF,
        _count("cohort_size", "Customers of the cohort."),
        _count("active", "Of them, ordered in the period (so far, where it is not over)."),
        _share("retention", "Active / cohort size; NULL while the period is not over.", nullable=True),
        _share("unbounded_retention", "Ordered in the period or later / cohort size.", nullable=True),
        Column("is_complete", "BOOLEAN", "The period ended by as_of and its data are in."),
        Column("is_left_truncated", "BOOLEAN", "The cohort may hold customers older than the log."),
    ),
)

KPI_SCORECARD = Contract(
    name="kpi_scorecard",
    description="Every KPI with its interval, denominator, target and status.",
    grain="kpi x question x scope x period",
    key=("kpi", "question", "scope", "scope_value", "grain", "period_start"),
    group="scorecard",
    columns=(
        Column("kpi", "VARCHAR", "KPI id.", values=KPI_IDS),
        Column("question", "VARCHAR", "Question id for survey KPIs, else NULL.", nullable=True),
        Column("scope", "VARCHAR", "`all`, `channel`, `region` or a survey dimension."),
        Column("scope_value", "VARCHAR", "Value of the scope; `all` for the whole."),
        Column("grain", "VARCHAR", "Length of the period.", values=GRAINS),
        Column("period_start", "DATE", "First day of the period; for `total` of the window.", nullable=True),
        AS_OF,
        Column("value", "DOUBLE", "The figure; NULL where its input is absent.", nullable=True),
        Column("low", "DOUBLE", "Lower end of the 95 % interval, where there is one.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the interval.", nullable=True),
        _count("n", "Observations behind the figure."),
        Column("numerator", "DOUBLE", "Numerator.", nullable=True),
        Column("denominator", "DOUBLE", "Denominator.", nullable=True),
        Column("unit", "VARCHAR", "Unit of value, low, high and target."),
        Column("target", "DOUBLE", "Configured target.", nullable=True),
        Column("status", "VARCHAR", "Verdict against the target.", nullable=True, values=STATUSES),
        Column("previous_value", "DOUBLE", "The same figure one period earlier, recomputed.", nullable=True),
        Column("definition_version", "INTEGER", "Version of the KPI's definition."),
        Column("is_complete", "BOOLEAN", "The period ended by as_of and its data are in."),
    ),
)

SEGMENT_MOVES = Contract(
    name="segment_moves",
    description="How many customers went from where to where since the predecessor release; stayers included.",
    grain="kind x from x to",
    key=("kind", "from_segment", "to_segment"),
    group="moves",
    may_be_empty=True,
    history=True,
    columns=(
        Column("kind", "VARCHAR", "What moved.", values=("rfm", "stage", "tier")),
        Column("from_segment", "VARCHAR", "Where they were; `(new)` for customers not in the predecessor."),
        Column("to_segment", "VARCHAR", "Where they are; `(gone)` for customers no longer in the table."),
        AS_OF,
        _count("customers", "Customers who made the move."),
        _money("value_moved", "Their net value in the window ending at as_of."),
        Column("previous_as_of", "DATE", "The predecessor's date."),
    ),
)

ROW_ACCOUNTING = Contract(
    name="row_accounting",
    description="Where every landed row went: rows_in = accepted + duplicates + quarantined, and the same for money.",
    grain="source x file x content",
    key=("source", "file", "content"),
    group="accounting",
    in_release_id=False,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("file", "VARCHAR", "File name relative to the source's folder."),
        Column("content", "VARCHAR", "SHA-256 of the landed bytes."),
        Column("currency", "VARCHAR", "Currency the money columns are in.", nullable=True),
        AS_OF,
        Column("status", "VARCHAR", "What the file is tonight.", values=FILE_STATUSES),
        Column("error", "VARCHAR", "Why a file could not be read.", nullable=True),
        _count("rows_in", "Records in the file, the header apart."),
        _count("accepted", "Rows accepted; excluded, charges and superseded among them."),
        _count("excluded", "Accepted rows that enter no measure by exclude_when."),
        _count("charges", "Accepted rows that are charges by charge_when."),
        _count("superseded", "Accepted rows overtaken by a newer file or a correction."),
        _count("duplicates", "Rows whose equal is already counted."),
        _count("quarantined", "Rows set aside with their reasons."),
        _exact("amount_in", "Signed money of all rows whose amount can be read."),
        _exact("amount_accepted", "Of all, in accepted rows."),
        _exact("amount_excluded", "Of the accepted, in rows that enter no measure."),
        _exact("amount_charges", "Of the accepted, in charges."),
        _exact("amount_superseded", "Of the accepted, in rows overtaken."),
        _exact("amount_duplicates", "Of all, in duplicates."),
        _exact("amount_quarantined", "Of all, in quarantined rows."),
        _count("dated_ahead", "Accepted rows dated after the day they were loaded."),
        Column("first_event", "TIMESTAMP", "Oldest accepted event.", nullable=True),
        Column("last_event", "TIMESTAMP", "Newest accepted event, rows dated ahead apart.", nullable=True),
        Column("loaded_at", "TIMESTAMP", "When the file was landed (UTC)."),
    ),
)

QUARANTINE = Contract(
    name="quarantine",
    description="Every row that could not be cast or broke a rule, with its original text and all its reasons.",
    grain="row or answer set aside",
    key=("source", "file", "content", "line_number", "column_name"),
    group="accounting",
    may_be_empty=True,
    in_release_id=False,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("file", "VARCHAR", "File name relative to the source's folder."),
        Column("content", "VARCHAR", "SHA-256 of the landed bytes."),
        Column("line_number", "BIGINT", "Line of the file on which the record starts, from 1.", low=1),
        Column("column_name", "VARCHAR", "The one answer set aside (wide surveys), else empty."),
        AS_OF,
        Column("reasons", "VARCHAR[]", "Every reason that applies."),
        Column("raw", "VARCHAR", "The row's original text: the line as it stood, or its columns as JSON."),
    ),
)

TABLES: dict[str, Contract] = {
    contract.name: contract
    for contract in (
        FILE_REGISTER, ROW_OUTCOMES, ORDER_LINES, CUSTOMERS, SURVEY_RESPONSES, SURVEY_SCOPES, EVENT_FRESHNESS, ORDERS,
        CUSTOMER_DAYS, CALENDAR, ORDER_STEPS,
        CUSTOMER_SUMMARY, RFM_SEGMENTS, LIFECYCLE_STAGES, VALUE_TIERS, CHURN_ORIGINS, CHURN_FEATURES,
        CHURN_PREDICTIONS, CHURN_CHOICE, CHURN_SCORES, MODEL_EVALUATION, CHURN_CALIBRATION,
        NPS, CSAT, RETENTION_COHORTS, KPI_SCORECARD, SEGMENT_MOVES, ROW_ACCOUNTING, QUARANTINE,
    )
}  # fmt: skip

PUBLISHED: tuple[str, ...] = tuple(name for name, contract in TABLES.items() if contract.published)
