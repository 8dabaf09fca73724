"""Churn risk, and how far to trust it."""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.tables.vocabulary import AS_OF, CUSTOMER, count, share
from models.churn import CHURN_MODELS, RISK_BANDS

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

_WINDOWS = {
    "window": "in the window", "180": "in the last 180 days", "90": "in the last 90 days", "30": "in the last 30 days",
    "7": "in the last 7 days",
}  # fmt: skip
_FLOWS = {"gross": "Sold lines", "discount": "Discounts", "refund": "Refunds", "net": "Net value of the flows"}

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
        count("orders_all", "Orders valid at the origin, all time."),
        *(count(f"orders_{window}", f"Of them, dated {when}.") for window, when in _WINDOWS.items()),
        count("orders_year_ago", "In the horizon's days a year ago; NULL in the customer's first year.", nullable=True),
        count("products_window", "Distinct products per order, added up over the window's orders."),
        Column("units_window", "DECIMAL(38,2)", "Units in the window's orders.", "count"),
        count("order_days", "Days with a valid order, all time."),
        count("gaps", "Gaps between consecutive order days."),
        Column("gap_sum", "BIGINT", "Sum of the gaps; NULL without one.", "day", nullable=True),
        Column("gap_sum_of_squares", "BIGINT", "Sum of their squares.", "day squared", nullable=True),
        Column("last_gap_days", "BIGINT", "The newest gap; NULL without one.", "day", nullable=True),
        *(count(f"lines_{window}", f"Lines dated {when}.", nullable=True) for window, when in _WINDOWS.items()),
        *(
            Column(f"{flow}_value_{window}", "DECIMAL(38,2)", f"{words} dated {when}.", "base currency", nullable=True)
            for flow, words in _FLOWS.items()
            for window, when in _WINDOWS.items()
        ),
        count("channels_window", "Channels ordered through in the window; NULL without one.", nullable=True),
        count("channel_orders_window", "Orders of the window with a channel.", nullable=True),
        count("main_channel_orders_window", "Of them, through the shop's largest channel then.", nullable=True),
        count("categories_window", "Categories bought in the window; NULL without one.", nullable=True),
        count("category_lines_window", "Lines of the window with a category.", nullable=True),
        count("top_category_lines_window", "Of them, of the customer's most bought category.", nullable=True),
        Column("latest_nps_score", "DECIMAL(9,3)", "Latest nps answer by the origin.", "points", nullable=True),
        count("latest_csat_satisfied", "1 with a satisfied latest csat answer, else 0.", nullable=True),
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
        share("churn_risk", "What the model said."),
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
        count("n", "Predictions in the bin."),
        share("mean_risk", "Mean predicted risk."),
        count("churned", "Of them, churned."),
        share("observed", "Churned / n."),
        share("low", "Lower end of the 95 % Wilson interval."),
        share("high", "Upper end of the interval."),
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
        share("churn_risk", "P(no valid order in the horizon | known at as_of)."),
        Column("risk_band", "VARCHAR", "Band of the risk.", values=RISK_BANDS),
        Column("reason_1", "VARCHAR", "Strongest reason, in words.", nullable=True),
        Column("reason_2", "VARCHAR", "Second reason.", nullable=True),
        Column("reason_3", "VARCHAR", "Third reason.", nullable=True),
        Column("reason_1_zh", "VARCHAR", "Strongest reason, in Chinese.", nullable=True),
        Column("reason_2_zh", "VARCHAR", "Second reason, in Chinese.", nullable=True),
        Column("reason_3_zh", "VARCHAR", "Third reason, in Chinese.", nullable=True),
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
        count("n", "Customers judged."),
        Column("horizon_days", "INTEGER", "Days the prediction looked ahead.", "day", low=1),
        Column("is_published", "BOOLEAN", "Whether tonight's scores come from this model."),
    ),
)
