"""Churn risk, and how far to trust it."""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.tables.vocabulary import AS_OF, CUSTOMER, count, money, share
from models.churn.drift import STATUSES as DRIFT_STATUSES
from models.churn.due import OUTCOMES
from models.churn.evaluation import SCOPES
from models.churn.learning import CHURN_MODELS as MODELS
from models.churn.learning import RISK_BANDS
from models.churn.windows import SETTINGS

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

CHURN_ACTIVITY = Contract(
    name="churn_activity",
    description="From which origins a customer is looked at, as sets: bit 0 is as_of, the next the origin before it.",
    grain="customer with a valid order in the window of an origin",
    key=("customer_id",),
    group="churn",
    published=False,
    may_be_empty=True,
    columns=(
        CUSTOMER,
        count("place", "Place of the customer in the order of the ids, from 1."),
        Column("active_at", "BIGINT", "The origins with a valid order in their window.", "set of bits", low=1),
        Column("bought_after", "BIGINT", "The origins with a valid order in their horizon.", "set of bits", low=0),
    ),
)

CHURN_SAMPLES = Contract(
    name="churn_samples",
    description="Who is looked at from an origin: everybody tonight, and who was drawn to teach or to be judged.",
    grain="origin x size of the sample x customer",
    key=("origin", "sample", "customer_id"),
    group="churn",
    published=False,
    may_be_empty=True,
    columns=(
        Column("origin", "DATE", "Date up to which a row knows anything."),
        count("sample", "Customers to draw from those active at the origin; 0: everybody."),
        CUSTOMER,
        count("place", "Place of the customer in churn_activity."),
    ),
)

_WINDOWS = {
    "window": "in the window", "180": "in the last 180 days", "90": "in the last 90 days", "30": "in the last 30 days",
    "7": "in the last 7 days",
}  # fmt: skip
# What is known of them, and of which times: no more than models.churn.features asks for.
_FLOWS = {
    "gross": ("Sold lines", ("window", "90")),
    "discount": ("Discounts", ("window", "90")),
    "refund": ("Refunds", ("window", "90")),
    "net": ("Net value of the flows", tuple(_WINDOWS)),
}

_ORIGIN = Column("origin", "DATE", "Date up to which the row knows anything.")

CHURN_FEATURES = Contract(
    name="churn_features",
    description="What was known of a customer at an origin, and whether no valid order followed in the horizon.",
    grain="origin x customer with a valid order in the window: everybody tonight, a sample before",
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
            Column(
                f"{flow}_value_{window}",
                "DECIMAL(18,2)",
                f"{words} dated {_WINDOWS[window]}.",
                "base currency",
                nullable=True,
            )
            for flow, (words, windows) in _FLOWS.items()
            for window in windows
        ),
        count("channels_window", "Channels ordered through in the window; NULL without one.", nullable=True),
        count("channel_orders_window", "Orders of the window with a channel.", nullable=True),
        count("main_channel_orders_window", "Of them, through the shop's largest channel then.", nullable=True),
        Column("main_channel", "VARCHAR", "The customer's own most used channel of the window.", nullable=True),
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
        Column("model", "VARCHAR", "Model judged.", values=MODELS),
        _ORIGIN,
        CUSTOMER,
        Column("churned", "BOOLEAN", "What happened: no valid order in the horizon."),
        share("churn_risk", "What the model said."),
        Column("order_history", "VARCHAR", "One-time or repeat buyer at the origin.", values=("one_time", "repeat")),
        Column("tier", "VARCHAR", "Value tier at the origin, among the customers judged."),
        Column("channel", "VARCHAR", "Most used channel of the window then.", nullable=True),
    ),
)

CHURN_LEARNED = Contract(
    name="churn_learned",
    description="The models as learned at each judged origin and, for tonight, when the newest origin came due.",
    grain="origin x model",
    key=("origin", "model"),
    group="churn",
    published=False,
    columns=(
        _ORIGIN,
        Column("model", "VARCHAR", "Model learned.", values=MODELS),
        Column("model_version", "VARCHAR", "Hash of the fitted parameters."),
        Column("artefact", "VARCHAR", "The fitted model as JSON."),
        Column("sha256", "VARCHAR", "Hash of the artefact: another text is refused."),
        Column("data_hash", "VARCHAR", "Hash of the rows learned from."),
        count("rows", "Rows learned from."),
        count("customers", "Distinct customers among them."),
        count("origins", "Origins among them."),
        Column(
            "made_of", "VARCHAR", "Hash of all it was learned from and with: where it is the same, so is the model."
        ),
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
        Column("model", "VARCHAR", "Model to publish.", values=MODELS),
        Column("reason", "VARCHAR", "Why, in one sentence with its figures."),
        Column("because", "VARCHAR", "The same in clauses, as JSON: what the page says in its own language."),
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
        Column("model", "VARCHAR", "Model judged.", values=MODELS),
        Column("bin", "INTEGER", "Bin of about a tenth of the predictions, lowest risk first.", low=1),
        count("n", "Predictions in the bin."),
        share("mean_risk", "Mean predicted risk."),
        count("churned", "Of them, churned."),
        share("observed", "Churned / n."),
        share("low", "Lower end of the 95 % Wilson interval; a customer of several dates is no witness twice."),
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
        share("baseline_risk", "What the recency rule says of the customer: what the score is judged against."),
        Column("reason_1", "VARCHAR", "Strongest reason, in words; NULL where nothing moves the risk.", nullable=True),
        Column(
            "reason_2",
            "VARCHAR",
            "Second reason; NULL where there is none, as where the recency rule is published.",
            nullable=True,
        ),
        Column("reason_3", "VARCHAR", "Third reason; NULL where there is none.", nullable=True),
        Column("reason_1_zh", "VARCHAR", "Strongest reason, in Chinese; NULL where reason_1 is.", nullable=True),
        Column("reason_2_zh", "VARCHAR", "Second reason, in Chinese; NULL where reason_2 is.", nullable=True),
        Column("reason_3_zh", "VARCHAR", "Third reason, in Chinese; NULL where reason_3 is.", nullable=True),
        Column(
            "contribution_1",
            "DOUBLE",
            "Contribution of reason 1 to the logit; NULL without it.",
            "logit",
            nullable=True,
        ),
        Column("contribution_2", "DOUBLE", "Contribution of reason 2; NULL without it.", "logit", nullable=True),
        Column("contribution_3", "DOUBLE", "Contribution of reason 3; NULL without it.", "logit", nullable=True),
        Column("model", "VARCHAR", "Model that is published.", values=MODELS),
        Column("model_version", "VARCHAR", "Hash of the fitted parameters."),
        Column("model_reason", "VARCHAR", "Why this model is published, a fallback to the rule included."),
        Column("due_on", "DATE", "Day on which the prediction can be judged."),
    ),
)

MODEL_EVALUATION = Contract(
    name="model_evaluation",
    description="How the models did out of time, beside the naive rule, per origin and metric; the published one by "
    "segment, too. `scope = 'all'` is everybody.",
    grain="model x origin x metric x scope value",
    key=("model", "origin", "metric", "scope", "scope_value"),
    group="churn",
    may_be_empty=True,
    columns=(
        Column("model", "VARCHAR", "Model judged."),
        Column("origin", "DATE", "Date on which the predictions were made."),
        Column("metric", "VARCHAR", "Metric id."),
        Column("scope", "VARCHAR", "What the customers judged have in common.", values=SCOPES),
        Column("scope_value", "VARCHAR", "Value of the scope at the origin; `all` for everybody."),
        AS_OF,
        Column(
            "value", "DOUBLE", "The model's figure; NULL where it is undefined, as with one class only.", nullable=True
        ),
        Column(
            "low",
            "DOUBLE",
            "Lower end of its 95 % interval (bootstrap over customers; Wilson's of shares of them); NULL "
            "where there is none, as of value models and with fewer than 5 customers of an outcome.",
            nullable=True,
        ),
        Column("high", "DOUBLE", "Upper end of the interval; NULL where there is none.", nullable=True),
        Column(
            "baseline_value",
            "DOUBLE",
            "The figure on the same customers of the recency rule, beside value models of the rule that the last "
            "period repeats itself; NULL where it is undefined.",
            nullable=True,
        ),
        Column("threshold", "DOUBLE", "Risk that counts as predicted to churn; NULL where unused.", nullable=True),
        count("n", "Customers judged."),
        Column("horizon_days", "INTEGER", "Days the prediction looked ahead.", "day", low=1),
        Column("is_published", "BOOLEAN", "Whether tonight's scores come from this model."),
    ),
)

CHURN_MODELS = Contract(
    name="churn_models",
    description="The model behind tonight's scores: its card, its hashes and every number it is made of.",
    grain="model published",
    key=("model",),
    group="churn",
    columns=(
        Column("model", "VARCHAR", "Model that is published.", values=MODELS),
        AS_OF,
        Column("learned_on", "DATE", "Day up to which the model knows anything: on it the newest past date came due."),
        Column("model_version", "VARCHAR", "Hash of the fitted parameters, as in churn_scores."),
        Column("sha256", "VARCHAR", "Hash of the artefact's text."),
        Column("data_hash", "VARCHAR", "Hash of the rows learned from."),
        Column("feature_hash", "VARCHAR", "Hash of the feature dictionary."),
        Column("code_hash", "VARCHAR", "Hash of the modules that learn and score."),
        count("rows", "Rows learned from."),
        count("customers", "Distinct customers among them."),
        count("origins", "Past dates among them."),
        Column("card", "VARCHAR", "The model card as JSON: what, from what, how good, what it cannot do."),
        Column("artefact", "VARCHAR", "The fitted model as JSON."),
    ),
)

CHURN_IMPORTANCE = Contract(
    name="churn_importance",
    description="What the published model leans on: the loss of ROC-AUC where one theme or feature is shuffled among "
    "the customers of the newest judged date. Empty where the rule is published.",
    grain="theme or feature",
    key=("kind", "name"),
    group="churn",
    may_be_empty=True,
    columns=(
        Column(
            "kind", "VARCHAR", "A feature, or a theme: all features that tell one story.", values=("theme", "feature")
        ),
        Column("name", "VARCHAR", "Name of the theme or feature."),
        AS_OF,
        Column("model", "VARCHAR", "Model that is published.", values=MODELS),
        Column("origin", "DATE", "Date it was judged at, learned before it."),
        Column("auc_loss", "DOUBLE", "ROC-AUC less what is left of it; around 0 for what does not matter."),
        count("n", "Customers judged."),
    ),
)

CHURN_RULES = Contract(
    name="churn_rules",
    description="Rules of at most four questions that put every customer in one of a few groups, with how many of "
    "them stayed away at a date the rules do not know.",
    grain="rule",
    key=("rule",),
    group="churn",
    columns=(
        Column("rule", "BIGINT", "Number of the rule, highest rate first.", low=1),
        AS_OF,
        Column("words", "VARCHAR", "The rule in English."),
        Column("words_zh", "VARCHAR", "The rule in Chinese."),
        Column("questions", "BIGINT", "Bounds it is made of.", "count", low=0),
        count("n_past", "Past rows in it, which it was grown on."),
        share("rate_past", "Of them, churned; NULL where there is none.", nullable=True),
        Column("origin", "DATE", "Date it was validated at; NULL without one.", nullable=True),
        count("n", "Customers in it at that date."),
        count("churned", "Of them, churned."),
        share("rate", "Churned / n; NULL where nobody is in it.", nullable=True),
        share("low", "Lower end of the 95 % Wilson interval; NULL where the rate is.", nullable=True),
        share("high", "Upper end of the interval; NULL where the rate is.", nullable=True),
        count("customers", "Customers in it tonight."),
    ),
)

CHURN_DRIFT = Contract(
    name="churn_drift",
    description="Whether tonight's customers look like those the models learned from (population stability index per "
    "feature), and whether they leave as often (`churned`: the newest mature date against earlier ones).",
    grain="feature or outcome",
    key=("subject",),
    group="churn",
    may_be_empty=True,
    columns=(
        Column("subject", "VARCHAR", "Feature, or `churned`."),
        AS_OF,
        Column("index", "DOUBLE", "Population stability index.", low=0),
        Column(
            "status",
            "VARCHAR",
            "Below 0.1 stable, up to 0.25 moderate, else shifted; too_few_data below 100 rows, and for a feature's "
            "index of 0.1 or more that chance reaches with so few customers.",
            values=DRIFT_STATUSES,
        ),
        count("n_past", "Rows learned from."),
        count("n", "Customers compared with them."),
    ),
)

CHURN_WINDOWS = Contract(
    name="churn_windows",
    description="Horizon and window beside those that the shop's own gaps between orders speak for.",
    grain="setting",
    key=("setting",),
    group="churn",
    columns=(
        Column("setting", "VARCHAR", "Key under `measures` of the configuration.", values=SETTINGS),
        AS_OF,
        Column("configured_days", "INTEGER", "What it is set to.", "day", low=1),
        Column(
            "recommended_days",
            "INTEGER",
            "The quantile of the gaps in whole weeks, the window at least two horizons; NULL with fewer than 100 gaps.",
            "day",
            nullable=True,
            low=1,
        ),
        share("gap_share", "Which quantile of the gaps: .9 for the horizon, .99 for the window."),
        Column("gap_days", "INTEGER", "That quantile; NULL with fewer than 100 gaps.", "day", nullable=True, low=1),
        share("share_within", "Share of the gaps no longer than configured; NULL without one.", nullable=True),
        count("gaps", "Gaps between consecutive order days of one customer, all time."),
    ),
)

PREDICTION_SCORECARD = Contract(
    name="prediction_scorecard",
    description="Published churn scores whose day has come, by decile of risk, held to what happened and to the "
    "recency rule published beside them.",
    grain="release that came due x decile",
    key=("predicted_on", "decile"),
    group="churn",
    may_be_empty=True,
    history=True,
    columns=(
        Column("predicted_on", "DATE", "Date of the release that published the scores."),
        Column(
            "decile",
            "BIGINT",
            "Tenth of the customers, highest risk first; equal risks share the first that one of them reaches, so it "
            "may be larger, and others be missing. 0 is everybody.",
            low=0,
            high=10,
        ),
        AS_OF,
        Column("due_on", "DATE", "Last day of the horizon."),
        Column("release", "VARCHAR", "Release that published them."),
        Column("model", "VARCHAR", "Model that was published.", values=MODELS),
        Column("model_version", "VARCHAR", "Its version."),
        count(
            "n",
            "Scores judged, each by what its customer did under any id; of who is known no longer there is none.",
        ),
        share("mean_risk", "Mean risk that was published."),
        count("churned", "Of them, without a valid order in the horizon."),
        share("observed", "Churned / n."),
        share("low", "Lower end of the 95 % Wilson interval."),
        share("high", "Upper end of the interval."),
        Column("lift", "DOUBLE", "Observed / everybody's; NULL where nobody churned.", nullable=True, low=0),
        Column("roc_auc", "DOUBLE", "ROC-AUC of everybody; NULL by decile and with one outcome only.", nullable=True),
        Column("log_loss", "DOUBLE", "Log loss of everybody; NULL by decile.", "nat", nullable=True),
        Column("brier", "DOUBLE", "Brier score of everybody; NULL by decile.", nullable=True),
        Column(
            "calibration_slope",
            "DOUBLE",
            "Slope of the outcome on the logit; 1 is calibrated. NULL by decile and where it does not exist, as with "
            "one outcome only or equal risks.",
            nullable=True,
        ),
        Column(
            "calibration_intercept",
            "DOUBLE",
            "Intercept at slope 1; 0 is calibrated. NULL by decile and with one outcome only.",
            "logit",
            nullable=True,
        ),
        Column("baseline_roc_auc", "DOUBLE", "The recency rule's ROC-AUC; NULL where roc_auc is.", nullable=True),
        Column("baseline_log_loss", "DOUBLE", "The recency rule's log loss; NULL by decile.", "nat", nullable=True),
        Column(
            "outcome",
            "VARCHAR",
            "Log loss against the rule's: distinguishably better, worse, or neither; `rule` where it was published. "
            "NULL by decile.",
            nullable=True,
            values=OUTCOMES,
        ),
        count("losses_in_a_row", "Releases in a row, up to this one, that lost."),
        Column("losing_since", "DATE", "Date of the first of them; NULL without one.", nullable=True),
        Column(
            "is_fallback",
            "BOOLEAN",
            "They are so many that the rule should be published; whether it is, past dates scored anew decide.",
        ),
    ),
)

VALUE_AT_RISK = Contract(
    name="value_at_risk",
    description="The value that hangs on churn: risk x what the customers are expected to bring within the horizon.",
    grain="scope x scope value",
    key=("scope", "scope_value"),
    group="actions",
    may_be_empty=True,
    columns=(
        Column("scope", "VARCHAR", "Grouping.", values=("all", "tier", "segment", "risk_band")),
        Column("scope_value", "VARCHAR", "Value tier, RFM segment or risk band; `all` for everybody."),
        AS_OF,
        Column("horizon_days", "INTEGER", "Days the risk and the value are of.", "day", low=1),
        count("customers", "Customers with a churn score."),
        Column("expected_churners", "DOUBLE", "Sum of their risks.", "count", low=0),
        money(
            "value_at_stake",
            "Sum of the customers' clv, never below 0; without one, the window's net value per horizon. NULL where "
            "nobody's is known.",
        ),
        money("value_at_risk", "Sum of the same x risk; NULL where value_at_stake is."),
        Column(
            "basis",
            "VARCHAR",
            "Where the value comes from: customer_value (`expected`), what was spent (`historic`), some of each.",
            values=("expected", "historic", "mixed", "none"),
        ),
    ),
)
