"""Customer lifetime value: histories, fitted models, what customers are expected to be worth, how far to trust it."""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.tables.vocabulary import AS_OF, CUSTOMER, count, exact_money, money, share
from models.value.customer_value import PURCHASE_MODELS, VALUE_MODELS
from models.value.purchase_process import PROCESSES
from models.value_tiers import TIERS

_ORIGIN = Column("origin", "DATE", "Date up to which the row knows anything.")

VALUE_ORIGINS = Contract(
    name="value_origins",
    description="The dates that value is looked at from: as_of, to be scored, and past dates that judge and teach.",
    grain="origin",
    key=("origin",),
    group="value",
    published=False,
    columns=(
        Column("origin", "DATE", "Date up to which a row knows anything."),
        Column("horizon_days", "INTEGER", "Days looked ahead from it.", "day", low=1),
        Column("label_until", "DATE", "Last day of the horizon."),
        Column("taught_at", "DATE", "Origin whose outcome was known by then, and teaches.", nullable=True),
        Column("is_judged", "BOOLEAN", "Whether the models are judged there."),
    ),
)

PURCHASE_HISTORIES = Contract(
    name="purchase_histories",
    description="What was known of a customer's purchases at an origin, and what followed in the horizon.",
    grain="origin x customer with a valid order by then",
    key=("origin", "customer_id"),
    group="value",
    published=False,
    may_be_empty=True,
    columns=(
        _ORIGIN,
        CUSTOMER,
        count("repeats", "Days with a valid order after the first such day."),
        Column("recency_days", "BIGINT", "Days from the first to the latest order day.", "day", low=0),
        Column("age_days", "BIGINT", "Days from the first order day to the origin.", "day", low=0),
        count("recent_order_days", "Order days of the horizon's length before a past origin.", nullable=True),
        exact_money("value", "Net value of all flows up to the origin."),
        exact_money("recent_value", "Of those of the horizon's length before a past origin."),
        count("future_order_days", "Order days within the horizon; NULL until it is over.", nullable=True),
        exact_money("future_value", "Net value of the horizon's flows; NULL until it is over."),
    ),
)

PURCHASE_CELLS = Contract(
    name="purchase_cells",
    description="Distinct purchase histories at an origin and how many customers have each.",
    grain="origin x history",
    key=("origin", "repeats", "recency_days", "age_days"),
    group="value",
    published=False,
    may_be_empty=True,
    columns=(
        _ORIGIN,
        count("repeats", "Days with a valid order after the first such day: x."),
        Column("recency_days", "BIGINT", "Days from the first to the latest order day: t_x.", "day", low=0),
        Column("age_days", "BIGINT", "Days from the first order day to the origin: T.", "day", low=0),
        count("customers", "Customers with this history."),
    ),
)

PURCHASE_COVARIATES = Contract(
    name="purchase_covariates",
    description="What is known of a customer since the first order, in levels; empty without covariates in the "
    "configuration, and NULL where one is not configured.",
    grain="origin x customer of purchase_histories",
    key=("origin", "customer_id"),
    group="value",
    published=False,
    may_be_empty=True,
    columns=(
        _ORIGIN,
        CUSTOMER,
        Column("first_order_channel", "VARCHAR", "Level of the first order's channel.", nullable=True),
        Column("first_order_region", "VARCHAR", "Level of the first order's region.", nullable=True),
        Column("acquisition_channel", "VARCHAR", "Level of the channel that brought the customer.", nullable=True),
    ),
)


def _fitted(models: tuple[str, ...], *, not_fitted: str | None = None) -> tuple[Column, ...]:
    """Columns of fits; a model that is not fitted has some of them NULL."""
    nullable, when = not_fitted is not None, f"; NULL for `{not_fitted}`" if not_fitted else ""
    return (
        Column("model", "VARCHAR", "Model fitted.", values=models),
        Column("origin", "DATE", "Date up to which it was fitted."),
        AS_OF,
        count("customers", "Customers it was fitted to."),
        Column("log_likelihood", "DOUBLE", f"Log-likelihood of all customers{when}.", nullable=nullable),
        Column("parameters", "VARCHAR", "Parameters by name, as JSON; time in days, money in the base currency."),
        Column(
            "covariance",
            "VARCHAR",
            f"Covariance matrix of the parameters' natural logarithms, rows as JSON arrays{when}.",
            nullable=nullable,
        ),
        Column("certificate", "VARCHAR", f"Gradient, Hessian, starts and boundary, as JSON{when}.", nullable=nullable),
        Column("is_certified", "BOOLEAN", "Whether the certificate holds."),
        Column("reason", "VARCHAR", "What is missing; NULL where it holds.", nullable=True),
        Column("data_hash", "VARCHAR", "SHA-256 of the cells it was fitted to."),
        Column("model_version", "VARCHAR", "Twelve digits of the hash of name and parameters."),
    )


PURCHASE_MODEL = Contract(
    name="purchase_model",
    description="The purchase models fitted tonight and up to past dates, with certificates.",
    grain="model x origin",
    key=("model", "origin"),
    group="value",
    may_be_empty=True,
    columns=(
        *_fitted(PURCHASE_MODELS),
        Column(
            "covariates",
            "VARCHAR",
            "Customers by covariate and level, the reference first, as JSON; NULL for a model without.",
            nullable=True,
        ),
    ),
)

SPEND_MODEL = Contract(
    name="spend_model",
    description="The models of order values fitted tonight and up to past dates; empty where no source has money.",
    grain="model x origin",
    key=("model", "origin"),
    group="value",
    may_be_empty=True,
    columns=_fitted(("gamma_gamma", "shop_average"), not_fitted="shop_average"),
)

VALUE_PREDICTIONS = Contract(
    name="value_predictions",
    description="What each model would have said at past dates, having learned only from what was known by then.",
    grain="model x origin x customer",
    key=("model", "origin", "customer_id"),
    group="value",
    published=False,
    may_be_empty=True,
    columns=(
        Column("model", "VARCHAR", "Model judged.", values=VALUE_MODELS),
        _ORIGIN,
        CUSTOMER,
        Column("predicted_orders", "DOUBLE", "Order days expected within the horizon.", "count", low=0.0),
        Column("actual_orders", "DOUBLE", "Order days there were.", "count", low=0.0),
        Column("last_orders", "DOUBLE", "Order days of as many days before the origin.", "count", low=0.0),
        Column("predicted_value", "DOUBLE", "Value expected, not discounted.", "base currency", nullable=True),
        Column("actual_value", "DOUBLE", "Net value of the horizon's flows.", "base currency", nullable=True),
        Column("last_value", "DOUBLE", "Net value of as many days before the origin.", "base currency", nullable=True),
    ),
)

VALUE_CHOICE = Contract(
    name="value_choice",
    description="The model whose value is published and why.",
    grain="night",
    key=("model",),
    group="value",
    published=False,
    columns=(
        Column("model", "VARCHAR", "Model to publish.", values=VALUE_MODELS),
        Column("reason", "VARCHAR", "Why, in one sentence with its figures."),
        Column("because", "VARCHAR", "The same in clauses, as JSON: what the page says in its own language."),
    ),
)

HISTORY_SCORES = Contract(
    name="history_scores",
    description="What the published purchase model says of each distinct history; empty where another is published.",
    grain="history",
    key=("repeats", "recency_days", "age_days"),
    group="value",
    published=False,
    may_be_empty=True,
    columns=(
        count("repeats", "Days with a valid order after the first such day: x."),
        Column("recency_days", "BIGINT", "Days from the first to the latest order day: t_x.", "day", low=0),
        Column("age_days", "BIGINT", "Days from the first order day to as_of: T.", "day", low=0),
        Column("expected_orders", "DOUBLE", "Expected days with an order within the horizon.", "count", low=0.0),
        Column("discounted_orders", "DOUBLE", "The same, each discounted to as_of.", "count", low=0.0),
        Column("low", "DOUBLE", "Lower end of the value's interval in units of the scale.", nullable=True, low=0.0),
        Column("high", "DOUBLE", "Upper end.", nullable=True, low=0.0),
        share("probability_alive", "P(still a customer)."),
        share("probability_none", "P(no order within the horizon)."),
        Column("next_order_on", "DATE", "Half of such customers who are alive have ordered by then.", nullable=True),
        Column("next_order_from", "DATE", "A tenth of them have by then.", nullable=True),
        Column("next_order_until", "DATE", "Nine tenths have; NULL beyond ten years.", nullable=True),
        Column("order_value_from", "DOUBLE", "Value of an order where those so far came to 0.", nullable=True),
        Column("order_value_by", "DOUBLE", "What it rises by per unit of what they came to.", nullable=True),
        Column("scale_from", "DOUBLE", "Scale where the orders so far came to 0.", nullable=True),
        Column("scale_by", "DOUBLE", "What it rises by per unit of what they came to.", nullable=True),
    ),
)

CUSTOMER_VALUE = Contract(
    name="customer_value",
    description="What a customer is expected to be worth within the horizon, with an 80 % interval.",
    grain="customer",
    key=("customer_id",),
    group="value",
    may_be_empty=True,
    columns=(
        CUSTOMER,
        AS_OF,
        Column("horizon_days", "INTEGER", "Days looked ahead.", "day", low=1),
        Column("expected_orders", "DOUBLE", "Expected days with an order within the horizon.", "count", low=0.0),
        money("expected_order_value", "Expected net value of such a day; NULL where no source has money."),
        money("clv", "Expected net value within the horizon, discounted to as_of; NULL where no source has money."),
        money(
            "clv_low",
            "Lower end of the 80 % interval of the value there will be; 0 where none is likely enough. NULL where clv "
            "is.",
        ),
        money("clv_high", "Upper end of the interval, at least clv; NULL where clv is."),
        share("probability_alive", "P(still a customer); NULL where the model knows no such state.", nullable=True),
        Column("model", "VARCHAR", "Model that clv is from.", values=VALUE_MODELS),
        share("probability_none", "P(no order within the horizon)."),
        Column(
            "next_order_on",
            "DATE",
            "Half of such customers who are alive have ordered by then; NULL beyond ten years, and where "
            "probability_alive is.",
            nullable=True,
        ),
        Column("next_order_from", "DATE", "A tenth of them have by then; NULL likewise.", nullable=True),
        Column("next_order_until", "DATE", "Nine tenths have; NULL likewise.", nullable=True),
        Column("annual_discount_rate", "DOUBLE", "Rate that later money is discounted by, per year.", "share", low=0.0),
        Column("model_version", "VARCHAR", "Hash of the fitted parameters."),
        Column("model_reason", "VARCHAR", "Why this model, in one sentence."),
    ),
)

VALUE_BY_TIER = Contract(
    name="value_by_tier",
    description="What the customers of a tier, and all, are expected to be worth together, with an 80 % interval.",
    grain="tier, and the whole shop",
    key=("tier",),
    group="value",
    may_be_empty=True,
    columns=(
        Column("tier", "VARCHAR", "Tier of value_tiers, or all.", values=(*TIERS, "all")),
        AS_OF,
        Column("horizon_days", "INTEGER", "Days looked ahead.", "day", low=1),
        count("customers", "Customers in it."),
        Column("expected_orders", "DOUBLE", "Sum of their expected order days.", "count", low=0.0),
        money("expected_value", "Sum of their clv; NULL where no source has money."),
        money(
            "value_low",
            "Lower end of the 80 % interval of that sum; NULL where no source has money, or the model has no "
            "distribution or certificate.",
        ),
        money(
            "value_high",
            "Upper end: one doubt about the parameters is shared by all, and everybody's luck is added. NULL where the "
            "lower end is.",
        ),
        Column("model", "VARCHAR", "Model that the values are from.", values=VALUE_MODELS),
    ),
)

VALUE_EVALUATION = Contract(
    name="value_evaluation",
    description="How the value models did out of time; published as rows of model_evaluation.",
    grain="model x origin x metric",
    key=("model", "origin", "metric"),
    group="value",
    published=False,
    may_be_empty=True,
    columns=(
        Column("model", "VARCHAR", "Model judged.", values=VALUE_MODELS),
        Column("origin", "DATE", "Date on which the predictions were made."),
        Column("metric", "VARCHAR", "Metric id."),
        AS_OF,
        Column("value", "DOUBLE", "The model's figure; NULL where it is undefined.", nullable=True),
        Column("baseline_value", "DOUBLE", "Of the rule that the last period repeats itself.", nullable=True),
        Column("threshold", "DOUBLE", "Not used.", nullable=True),
        count("n", "Customers judged."),
        Column("horizon_days", "INTEGER", "Days the prediction looked ahead.", "day", low=1),
        Column("is_published", "BOOLEAN", "Whether tonight's values come from this model."),
    ),
)

VALUE_CALIBRATION = Contract(
    name="value_calibration",
    description="Predicted against actual value by tenths of the customers, all judged origins pooled.",
    grain="model x decile",
    key=("model", "decile"),
    group="value",
    published=False,
    may_be_empty=True,
    columns=(
        Column("model", "VARCHAR", "Model judged.", values=VALUE_MODELS),
        Column("decile", "INTEGER", "Tenth of the customers, lowest predictions first.", low=1, high=10),
        count("n", "Predictions in it."),
        Column("predicted", "DOUBLE", "Mean predicted value; orders where no source has money.", "base currency"),
        Column("actual", "DOUBLE", "Mean actual value.", "base currency"),
        Column("is_published", "BOOLEAN", "Whether tonight's values come from this model."),
    ),
)

VALUE_TRACKING = Contract(
    name="value_tracking",
    description="Cumulative repeat order days of the customers of the latest judged origin, and what its fit expects.",
    grain="week",
    key=("day",),
    group="value",
    published=False,
    may_be_empty=True,
    columns=(
        Column("day", "DATE", "Last day of the week."),
        count("actual", "Repeat order days so far."),
        Column("expected", "DOUBLE", "Expected by the purchase model fitted at the origin.", "count", low=0.0),
        Column("origin", "DATE", "Date up to which the model was fitted; behind it is out of time."),
        Column("model", "VARCHAR", "Purchase model.", values=PROCESSES),
    ),
)
