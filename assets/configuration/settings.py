"""What a shop tells the pipeline: its sources, measures, targets and limits, as frozen types.

Unknown keys and values of the wrong type are refused, every problem at once. Nothing is read from disk here:
``pipelines.configuration_file`` turns YAML into these types and says where in the file each problem stands.
``docs/configuration.md`` explains every key to the person who writes the file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import (
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from assets.configuration.identity import Identity, unmatchable
from assets.configuration.playbook import Action, call_of, repeated_actions
from assets.configuration.sources import Question, Source
from assets.configuration.values import (
    Amounts,
    Count,
    Counts,
    Currency,
    Day,
    Days,
    DaysOrNone,
    Memory,
    Money,
    Number,
    Problems,
    Rate,
    Section,
    Share,
    SnakeCase,
    Text,
    TimeOfDay,
    TimeZone,
    Whole,
    did_you_mean,
    refusal,
    refuse_all,
    validated_beside,
)
from models.kpi_cards import CARDS, KPI_IDS, OF_SURVEYS, grains_of


class Business(Section):
    """Whose numbers these are, and the one time zone and currency they are in."""

    name: Text
    timezone: TimeZone
    currency: Currency


class Rfm(Section):
    """Where RFM scores change: at tonight's quintiles, at those of a date, or at four given cuts of each measure."""

    cuts: Literal["quantile", "frozen", "fixed"] = "quantile"
    frozen_at: Day | None = Field(default=None, validate_default=True)
    recency_days: Counts | None = Field(default=None, validate_default=True)
    frequency: Counts | None = Field(default=None, validate_default=True)
    monetary: Amounts | None = None

    @field_validator("frozen_at", "recency_days", "frequency", "monetary")
    @classmethod
    def _where_it_counts(cls, value: Any, info: ValidationInfo) -> Any:
        needed = "frozen" if info.field_name == "frozen_at" else "fixed"
        if value is not None and info.data.get("cuts", needed) != needed:
            raise refusal(f"no {info.field_name}, as `cuts` is {info.data['cuts']}", f"it goes with `cuts: {needed}`")
        # Whether there is money to cut, the sources tell.
        if value is None and info.data.get("cuts") == needed and info.field_name != "monetary":
            raise refusal("a date as YYYY-MM-DD" if needed == "frozen" else "four cuts", f"`cuts: {needed}` needs it")
        return value


class Lifecycle(Section):
    """Thresholds of the lifecycle stages; unset ones come from the shop's own gaps (t1, t2) or are off (risk)."""

    loyal_orders: Whole = Field(default=4, ge=2)
    t1_days: Days | None = None
    t2_days: Days | None = None
    reactivated_days: Days = 90
    warning_risk: Share | None = None

    @field_validator("t2_days")
    @classmethod
    def _later_than_t1(cls, t2_days: int | None, info: ValidationInfo) -> int | None:
        t1_days = info.data.get("t1_days")
        if t1_days is not None and t2_days is not None and t2_days <= t1_days:
            raise refusal(f"more than t1_days, which is {t1_days}")
        return t2_days


class Tiers(Section):
    """What value is, and which share of the customers with value is high and mid; the rest is low."""

    basis: Literal["historic", "predicted"] = "historic"
    high: Share = 0.2
    mid: Share = Field(default=0.3, validate_default=True)

    @field_validator("mid")
    @classmethod
    def _at_most_everyone(cls, mid: float, info: ValidationInfo) -> float:
        high = info.data.get("high", 0.0)
        if Decimal(str(high)) + Decimal(str(mid)) > 1:
            raise refusal(f"at most {1 - Decimal(str(high))}: high and mid are shares of the same customers")
        return mid


class Clv(Section):
    """How customer lifetime value is computed."""

    model: Literal[
        "auto", "bg_nbd", "mbg_nbd", "pareto_nbd", "bg_nbd_covariates", "two_part", "blend", "cohort_average"
    ] = "auto"
    annual_discount_rate: Rate = 0.10
    covariates: tuple[Literal["first_order_channel", "first_order_region", "acquisition_channel"], ...] = Field(
        default=(), validate_default=True
    )

    @field_validator("covariates")
    @classmethod
    def _each_once_and_there(cls, covariates: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len(set(covariates)) < len(covariates):
            raise refusal("each covariate once")
        if info.data.get("model") == "bg_nbd_covariates" and not covariates:
            raise refusal("at least one covariate, as the model is bg_nbd_covariates")
        return covariates


class Churn(Section):
    """How churn risk is computed, and where risk becomes medium and high."""

    model: Literal["auto", "blend", "logistic", "recency_rule"] = "auto"
    risk_bands: tuple[Share, Share] = (0.4, 0.7)

    @field_validator("risk_bands")
    @classmethod
    def _rising(cls, cuts: tuple[float, float]) -> tuple[float, float]:
        if not 0 < cuts[0] < cuts[1] < 1:
            raise refusal("two rising risks between 0 and 1: where medium begins, where high begins")
        return cuts


class Retention(Section):
    """The list of customers to call: how many, which share is left alone, and what a call is taken to save."""

    capacity: Count = 200
    hold_out: Share = 0.1
    saved_share: Share = 0.1
    list_days: Days = 30
    cool_down_days: DaysOrNone | None = None


class Measures(Section):
    """Windows and thresholds of every measure."""

    window_days: Days = 365
    horizon_days: Days = 90
    minimum_order_value: Money = Decimal("0.01")
    rfm: Rfm = Rfm()
    lifecycle: Lifecycle = Lifecycle()
    tiers: Tiers = Tiers()
    clv: Clv = Clv()
    churn: Churn = Churn()
    retention: Retention = Retention()


class Target(Section):
    """What a KPI should reach: for the whole, or for one value of a scope, of a question, on one grain, from a day."""

    kpi: Text
    operator: Literal[">=", "<=", ">", "<"]
    value: Number
    scope: Text = "all"
    scope_value: Text | None = Field(default=None, validate_default=True)
    grain: Literal["day", "week", "month", "quarter", "year", "total"] | None = None
    question: SnakeCase | None = None
    valid_from: Day | None = None

    @field_validator("kpi")
    @classmethod
    def _declared(cls, kpi: str) -> str:
        if kpi not in KPI_IDS:
            raise refusal("the id of a KPI", did_you_mean(kpi, KPI_IDS))
        return kpi

    @field_validator("value")
    @classmethod
    def _possible(cls, value: float, info: ValidationInfo) -> float:
        card = CARDS.get(info.data.get("kpi", ""))
        if card is not None:
            low, high = (-inf if card.low is None else card.low), (inf if card.high is None else card.high)
            if not low <= value <= high:
                raise refusal(f"a {card.unit} between {low:g} and {high:g}")
        return value

    @field_validator("scope_value")
    @classmethod
    def _with_its_scope(cls, value: str | None, info: ValidationInfo) -> str | None:
        scope = info.data.get("scope")
        if scope == "all" and value is not None:
            raise refusal("no scope_value with the scope all", "name a scope such as channel")
        if scope not in (None, "all") and value is None:
            raise refusal(f"the value of {scope} that the target is for")
        return value

    @field_validator("scope")
    @classmethod
    def _cut_by_it(cls, scope: str, info: ValidationInfo) -> str:
        kpi = info.data.get("kpi")
        if kpi is not None and not grains_of(kpi, scope):
            scopes = [one for one in ("all", "channel", "region") if grains_of(kpi, one)]
            raise refusal(" or ".join(scopes), f"the scorecard does not cut `{kpi}` by anything else")
        return scope

    @field_validator("grain")
    @classmethod
    def _told_at_it(cls, grain: str | None, info: ValidationInfo) -> str | None:
        kpi, scope = info.data.get("kpi"), info.data.get("scope")
        if kpi is not None and scope is not None and grain is not None and grain not in (at := grains_of(kpi, scope)):
            raise refusal(" or ".join(at), f"the scorecard has `{kpi}` for {scope} at no other grain")
        return grain

    @field_validator("question")
    @classmethod
    def _asked_for(cls, question: str | None, info: ValidationInfo) -> str | None:
        kpi = info.data.get("kpi")
        if kpi is not None and question is not None and kpi not in OF_SURVEYS:
            raise refusal("no question", f"`{kpi}` comes of no survey")
        return question


DEFAULT_TARGETS: Final = (
    Target(kpi="csat", operator=">=", value=0.85),
    Target(kpi="nps", operator=">=", value=50),
    Target(kpi="campaign_return", operator=">=", value=3),
    Target(kpi="sales_cycle_days", operator="<=", value=30),
)


class Limits(Section):
    """What a night tolerates before it speaks up or stops."""

    quarantine_rate: Share = 0.05
    quarantine_rate_from_rows: Count = 1000
    earliest_date: Day = dt.date(1970, 1, 1)
    latest_date: Day = Field(default=dt.date(2099, 12, 31), validate_default=True)
    minimum_n: Count = 30
    rate_age_days: Count = 7
    memory: Memory | None = None

    @field_validator("latest_date")
    @classmethod
    def _not_before_the_earliest(cls, latest: dt.date, info: ValidationInfo) -> dt.date:
        earliest = info.data.get("earliest_date", latest)
        if latest < earliest:
            raise refusal(f"a date not before earliest_date, which is {earliest}")
        return latest


class Report(Section):
    """How the report speaks."""

    language: Literal["en", "zh"] = "en"


class Nightly(Section):
    """When the schedule runs, and the first date it can be asked for."""

    first_as_of: Day = dt.date(1970, 1, 1)
    at: TimeOfDay = "02:00"


class Configuration(Section):
    """Everything a run is told; paths are absolute once loaded from a file."""

    home: Path = Path("data")
    business: Business
    sources: tuple[Source, ...] = ()
    identity: Identity | None = None
    measures: Measures = Measures()
    playbook: tuple[Action, ...] = ()
    targets: tuple[Target, ...] = DEFAULT_TARGETS
    limits: Limits = Limits()
    report: Report = Report()
    nightly: Nightly = Nightly()

    @field_validator("sources", mode="wrap")
    @classmethod
    def _told_apart(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> tuple[Source, ...]:
        raw = [*_repeated_names(value), *_orders_of_nobody(value)]
        sources: tuple[Source, ...] = validated_beside(value, handler, raw)
        refuse_all([*raw, *_question_conflicts(sources), *_too_many_drivers(sources)])
        return sources

    @field_validator("identity")
    @classmethod
    def _has_what_it_matches(cls, identity: Identity | None, info: ValidationInfo) -> Identity | None:
        if identity is not None and "sources" in info.data:
            refuse_all(unmatchable(identity, info.data["sources"]))
        return identity

    @field_validator("measures")
    @classmethod
    def _cuts_of_what_there_is(cls, measures: Measures, info: ValidationInfo) -> Measures:
        rfm, sources = measures.rfm, info.data.get("sources", ())
        if rfm.cuts == "fixed" and rfm.monetary is None and _have_money(sources):
            needs = refusal("four cuts", "`cuts: fixed` needs them where a source has money")
            refuse_all([(("rfm", "monetary"), None, needs)])
        return measures

    @field_validator("playbook", mode="wrap")
    @classmethod
    def _actions_told_apart(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> tuple[Action, ...]:
        repeated = list(repeated_actions(value))
        playbook: tuple[Action, ...] = validated_beside(value, handler, repeated)
        refuse_all(repeated)
        return playbook

    @field_validator("targets")
    @classmethod
    def _aimed_at_something(cls, targets: tuple[Target, ...], info: ValidationInfo) -> tuple[Target, ...]:
        if "sources" in info.data:
            refuse_all(_target_problems(targets, info.data["sources"]))
        return targets


def resolved(configuration: Configuration) -> dict[str, Any]:
    """Everything of the configuration that a night's tables depend on, ready for canonical JSON.

    Left out: where things are (home and the paths of the sources), what only the report says (shop name, language),
    when the schedule runs and how much memory it may take. The same files in another home give the same dictionary.
    """
    told = configuration.model_dump(mode="json")
    del told["home"], told["report"], told["nightly"], told["business"]["name"], told["limits"]["memory"]
    for source in told["sources"]:
        del source["path"]
    return told


def actions_of(configuration: Configuration) -> tuple[Action, ...]:
    """Every action of the night, in the order in which they may take a customer: the call first, then the playbook."""
    playbook = configuration.playbook
    return (call_of(configuration.measures.retention, has_playbook=bool(playbook)), *playbook)


def _listed(sources: Any) -> Sequence[Any]:
    return sources if isinstance(sources, list | tuple) else ()


def _told(source: Any, key: str) -> Any:
    return source.get(key) if isinstance(source, Mapping) else getattr(source, key, None)


def _repeated_names(sources: Any) -> Problems:
    """Judged on the raw values: a source with other problems still repeats a name."""
    seen: set[str] = set()
    for place, source in enumerate(_listed(sources)):
        name = _told(source, "name")
        if isinstance(name, str) and name.strip() in seen:
            yield (place, "name"), name, refusal("a name no other source has")
        seen.add(str(name).strip())


def _have_money(sources: tuple[Source, ...]) -> bool:
    return any("amount" in source.columns or "unit_price" in source.columns for source in sources)


def _question_conflicts(sources: tuple[Source, ...]) -> Problems:
    """One question id means one measure, whichever source asks it; of a mean that is one scale, too."""
    asked: dict[str, Question] = {}
    for place, source in enumerate(sources):
        for key, question in source.questions.items():
            first = asked.setdefault(question.id, question)
            where = (place, "questions", key)
            if first.kind != question.kind:
                yield (*where, "kind"), question.kind, refusal(f"{first.kind}, as `{question.id}` is in another source")
            elif question.kind == "ces" and first.scale != question.scale:
                one = refusal(f"{list(first.scale)}, as `{question.id}` has elsewhere", "else give it an id of its own")
                yield (*where, "scale"), list(question.scale), one


def _orders_of_nobody(sources: Any) -> Problems:
    """Orders are of a source that has its own. Judged on the raw values, as names are."""
    listed = [(_told(source, "name"), _told(source, "kind"), _told(source, "orders_of")) for source in _listed(sources)]
    own = [name.strip() for name, kind, of in listed if kind == "transactions" and of is None and isinstance(name, str)]
    for place, (_, kind, of) in enumerate(listed):
        if kind == "transactions" and isinstance(of, str) and of.strip().isidentifier() and of.strip() not in own:
            hint = did_you_mean(of, own) if own else "no source of transactions has orders of its own"
            yield (place, "orders_of"), of, refusal("a source of transactions with its own orders", hint)


MOST_DRIVERS: Final = 12
"""Of one overall question: every set of them is a regression, and there are 2^12."""


def drivers_of(sources: tuple[Source, ...]) -> dict[str, list[str]]:
    """Every overall question with the questions declared as its drivers, by whichever source, in their order."""
    drivers: dict[str, dict[str, None]] = {}
    for source in sources:
        for question in source.questions.values():
            if question.driver_of is not None:
                drivers.setdefault(question.driver_of, {})[question.id] = None
    return {overall: list(parts) for overall, parts in drivers.items()}


def maps_discounts(sources: tuple[Source, ...]) -> bool:
    """Whether any source says what a discount is, of a line or as a line of its own."""
    return any("discount" in source.columns or source.discount_when for source in sources)


def scales_of(sources: tuple[Source, ...]) -> dict[str, tuple[int, int]]:
    """Lowest and highest answer of every question, of all the scales that sources ask it on."""
    found: dict[str, tuple[int, int]] = {}
    for source in sources:
        for question in source.questions.values():
            low, high = found.get(question.id, question.scale)
            found[question.id] = (min(low, question.scale[0]), max(high, question.scale[1]))
    return found


def _too_many_drivers(sources: tuple[Source, ...]) -> Problems:
    surplus = {overall: drivers[MOST_DRIVERS:] for overall, drivers in drivers_of(sources).items()}
    for place, source in enumerate(sources):
        for key, question in source.questions.items():
            if question.driver_of is not None and question.id in surplus[question.driver_of]:
                where = (place, "questions", key, "driver_of")
                most = refusal(
                    f"at most {MOST_DRIVERS} drivers of `{question.driver_of}`",
                    "every set of them is a regression; leave out those that matter least",
                )
                yield where, question.driver_of, most


def _target_problems(targets: tuple[Target, ...], sources: tuple[Source, ...]) -> Problems:
    surveys = [source for source in sources if source.kind == "surveys"]
    scopes = ["all", "channel", "region", *dict.fromkeys(name for survey in surveys for name in survey.dimensions)]
    asked = [question for survey in surveys for question in survey.questions.values()]
    questions = list(dict.fromkeys(question.id for question in asked))
    seen: set[tuple[Any, ...]] = set()
    for place, target in enumerate(targets):
        if target.scope not in scopes:
            yield (place, "scope"), target.scope, refusal("a scope", did_you_mean(target.scope, scopes))
        if target.question and target.question not in questions:
            hint = did_you_mean(target.question, questions) if questions else "no survey asks anything"
            yield (place, "question"), target.question, refusal("the id of a question", hint)
        elif target.question and target.kpi not in {one.kind for one in asked if one.id == target.question}:
            of_the_kind = [one.id for one in asked if one.kind == target.kpi]
            hint = f"known: {', '.join(dict.fromkeys(of_the_kind))}" if of_the_kind else "no survey asks one"
            yield (place, "question"), target.question, refusal(f"a question of the kind {target.kpi}", hint)
        aim = (target.kpi, target.scope, target.scope_value, target.grain, target.question, target.valid_from)
        if aim in seen:
            yield (place,), target.kpi, refusal("one target per kpi, scope, grain, question and valid_from")
        seen.add(aim)
