"""What a configuration accepts, fills in and refuses."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assets.configuration.settings import Configuration, Target, drivers_of, resolved
from assets.configuration.sources import CANONICAL_COLUMNS, Question, Source, declared_format
from assets.landing.landing_zone import mapping_hash, rules_of

BUSINESS = {"name": "Example shop", "timezone": "Europe/London", "currency": "GBP"}
SHOP = {
    "name": "shop",
    "kind": "transactions",
    "path": "/raw/orders/*.csv",
    "columns": {"order_id": "order_id", "ordered_at": "ordered_at"},
}
LONG_SURVEY = {
    "name": "survey",
    "kind": "surveys",
    "path": "/raw/surveys/*.csv",
    "columns": {"response_id": "id", "responded_at": "at", "question": "question", "score": "score"},
    "questions": {"overall": {"kind": "csat"}, "recommend": {"kind": "nps"}},
}
CUSTOMERS = {"name": "people", "kind": "customers", "path": "/raw/people.csv", "columns": {"customer_id": "id"}}


def configured(**sections: Any) -> Configuration:
    return Configuration.model_validate({"business": BUSINESS, "sources": [SHOP], **sections})


def refused(**sections: Any) -> dict[str, str]:
    """Place to message of everything that is refused."""
    with pytest.raises(ValidationError) as caught:
        configured(**sections)
    return {".".join(map(str, one["loc"])): one["msg"] for one in caught.value.errors(include_url=False)}


def test_a_shop_and_its_business_are_enough_and_the_rest_has_the_documented_defaults() -> None:
    configuration = configured()
    measures, limits = configuration.measures, configuration.limits
    assert (measures.window_days, measures.horizon_days) == (365, 90)
    assert measures.minimum_order_value == Decimal("0.01")
    assert (measures.lifecycle.loyal_orders, measures.lifecycle.reactivated_days) == (4, 90)
    assert (measures.lifecycle.t1_days, measures.lifecycle.t2_days, measures.lifecycle.warning_risk) == (None,) * 3
    assert (measures.tiers.basis, measures.tiers.high, measures.tiers.mid) == ("historic", 0.2, 0.3)
    assert (measures.clv.model, measures.clv.annual_discount_rate) == ("auto", 0.10)
    assert (measures.churn.model, measures.churn.risk_bands) == ("auto", (0.4, 0.7))
    assert (limits.quarantine_rate, limits.quarantine_rate_from_rows, limits.minimum_n) == (0.05, 1000, 30)
    assert (limits.earliest_date, limits.latest_date) == (dt.date(1970, 1, 1), dt.date(2099, 12, 31))
    assert (configuration.report.language, configuration.nightly.at) == ("en", "02:00")
    assert configuration.nightly.first_as_of == dt.date(1970, 1, 1)
    [shop] = configuration.sources
    assert (shop.delivery, shop.duplicates, shop.cadence_days) == ("replace_file", "content", 3)


FIXED = {
    "cuts": "fixed",
    "recency_days": [7, 30, 60, 90],
    "frequency": [1, 1, 2, 4],
    "monetary": [-5, 0.1, 20, "99.995"],
}
PRICED = {**SHOP, "columns": {**SHOP["columns"], "unit_price": "price"}}


def test_the_cuts_of_rfm_are_tonights_quintiles_or_those_of_a_date_or_given() -> None:
    assert configured().measures.rfm.cuts == "quantile"
    frozen = configured(measures={"rfm": {"cuts": "frozen", "frozen_at": "2024-06-30"}}).measures.rfm
    assert (frozen.frozen_at, frozen.recency_days) == (dt.date(2024, 6, 30), None)
    fixed = configured(measures={"rfm": FIXED}, sources=[PRICED]).measures.rfm
    assert (fixed.recency_days, fixed.frequency) == ((7, 30, 60, 90), (1, 1, 2, 4))
    assert fixed.monetary == (Decimal(-5), Decimal("0.1"), Decimal(20), Decimal("99.995"))
    without_money = configured(measures={"rfm": FIXED | {"monetary": None}})
    assert without_money.measures.rfm.monetary is None


@pytest.mark.parametrize(
    ("told", "place", "expected"),
    [
        ({"cuts": "frozen"}, "frozen_at", "a date as YYYY-MM-DD; `cuts: frozen` needs it"),
        ({"cuts": "frozen", "frozen_at": "2024-06-31"}, "frozen_at", "a date as YYYY-MM-DD"),
        ({"frozen_at": "2024-06-30"}, "frozen_at", "no frozen_at, as `cuts` is quantile; it goes with `cuts: frozen`"),
        ({"frequency": [1, 2, 3, 4]}, "frequency", "no frequency, as `cuts` is quantile; it goes with `cuts: fixed`"),
        (FIXED | {"frequency": None}, "frequency", "four cuts; `cuts: fixed` needs it"),
        (FIXED | {"monetary": None}, "monetary", "four cuts; `cuts: fixed` needs them where a source has money"),
        (FIXED | {"frequency": [1, 2, 3]}, "frequency", "four cuts, none of them below the one before"),
        (FIXED | {"frequency": [1, 3, 2, 4]}, "frequency", "four cuts, none of them below the one before"),
        (FIXED | {"monetary": [1, 2, 3, "0.000000001"]}, "monetary", "of at most eight decimals"),
        (FIXED | {"monetary": [1, 2, 3, 1e30]}, "monetary", "four cuts, none of them below the one before"),
        (FIXED | {"recency_days": [1, 2, 3, 4.5]}, "recency_days.3", "valid integer"),
        (FIXED | {"recency_days": [-1, 2, 3, 4]}, "recency_days.0", "greater than or equal to 0"),
        (FIXED | {"monetary": [1, 2, 3, True]}, "monetary.3", "a number"),
    ],
)
def test_cuts_that_are_not_to_be_had_are_refused_where_they_stand(
    told: dict[str, Any], place: str, expected: str
) -> None:
    [(where, why)] = refused(measures={"rfm": told}, sources=[PRICED]).items()
    assert where == f"measures.rfm.{place}"
    assert expected in why


@pytest.mark.parametrize("days", [365_001, 10**12])
def test_days_that_lead_out_of_the_calendar_are_refused_where_they_stand(days: int) -> None:
    action = {"action": "thanks", "when": {"kind": "tier", "enters": "high"}, "suggestion": "Write"}
    spans = {"list_days": days, "cool_down_days": days}
    told = {"window_days": days, "horizon_days": days, "retention": spans}
    assert set(refused(measures=told, playbook=[action | spans]).values()) == {
        "Input should be less than or equal to 365000"
    }
    configured(measures={"retention": dict.fromkeys(spans, 365_000)}, playbook=[action | dict.fromkeys(spans, 365_000)])


def test_without_targets_the_shipped_ones_hold_and_an_empty_list_is_none() -> None:
    shipped = [(target.kpi, target.operator, target.value) for target in configured().targets]
    assert shipped == [
        ("csat", ">=", 0.85),
        ("nps", ">=", 50),
        ("campaign_return", ">=", 3),
        ("sales_cycle_days", "<=", 30),
    ]
    assert configured(targets=[]).targets == ()


def test_an_amount_of_money_keeps_the_digits_it_was_written_with() -> None:
    assert configured(measures={"minimum_order_value": 0.1}).measures.minimum_order_value == Decimal("0.1")


@pytest.mark.parametrize(
    ("kind", "scale", "top_box"), [("csat", (1, 5), (4, 5)), ("nps", (0, 10), None), ("ces", (1, 7), None)]
)
def test_a_question_has_the_scale_of_its_kind(kind: str, scale: object, top_box: object) -> None:
    question = Question.model_validate({"id": "overall", "kind": kind})
    assert (question.scale, question.top_box) == (scale, top_box)


@pytest.mark.parametrize(("scale", "top_box"), [([1, 10], (9, 10)), ([0, 1], (1, 1)), ([0, 2], (1, 2))])
def test_the_top_box_is_the_two_highest_answers_but_never_all_of_them(scale: list[int], top_box: object) -> None:
    assert Question.model_validate({"id": "q", "kind": "csat", "scale": scale}).top_box == top_box


def test_blank_codes_are_text_whether_written_as_number_or_word() -> None:
    question = Question.model_validate({"id": "q", "kind": "csat", "blank": [0, 6.0, " Blank ", "N/A"]})
    assert question.blank == ("0", "6", "blank", "n/a")


def test_a_question_without_answers_in_words_is_written_as_before_there_were_any() -> None:
    """Else every home would have another configuration, and read its archive again, for a key that it does not use."""
    assert "words" not in Question.model_validate({"id": "q", "kind": "csat"}).model_dump(mode="json")


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ({"kind": "nps", "scale": [1, 5]}, "scale"),
        ({"kind": "csat", "scale": [5, 1]}, "scale"),
        ({"kind": "csat", "words": {"Superb": 6}}, "words"),
        ({"kind": "csat", "words": ["Satisfied"]}, "words"),
        ({"kind": "csat", "words": {"Satisfied": 4, " SATISFIED": 5}}, "words"),
        ({"kind": "csat", "words": {"N/A": 3}, "blank": ["n/a"]}, "words"),
        ({"kind": "csat", "words": {" ": 3}}, "words"),
        ({"kind": "csat", "top_box": [5, 6]}, "top_box"),
        ({"kind": "csat", "top_box": [1, 5]}, "top_box"),
        ({"kind": "ces", "top_box": [6, 7]}, "top_box"),
        ({"kind": "csat", "blank": "0"}, "blank"),
        ({"kind": "smile"}, "kind"),
    ],
)
def test_a_question_that_cannot_be_counted_is_refused(question: dict[str, Any], place: str) -> None:
    survey = {**LONG_SURVEY, "questions": {"overall": question}}
    assert f"sources.0.questions.overall.{place}" in refused(sources=[survey])


def test_one_mistake_of_a_question_is_told_once() -> None:
    """Of a kind that is none, and of questions where nobody is asked, more was told than is wrong."""
    smile = {**LONG_SURVEY, "questions": {"overall": {"kind": "smile", "words": {"Superb": 9}}}}
    assert list(refused(sources=[smile])) == ["sources.0.questions.overall.kind"]
    asked = {**SHOP, "questions": {"Q1": {"kind": "csat"}}}
    [(place, why)] = refused(sources=[asked]).items()
    assert place == "sources.0.questions"
    assert "no questions: they belong to surveys" in why


def test_a_mean_of_answers_is_of_one_scale_whichever_sources_ask() -> None:
    """Sixes of seven and sixes of ten have no mean; shares of the satisfied have."""
    first, second = ({**LONG_SURVEY, "name": name} for name in ("before", "after"))

    def asked(kind: str) -> list[dict[str, Any]]:
        return [source | {"questions": {"ease": {"kind": kind, "scale": [1, high]}}} for source, high in
                ((first, 7), (second, 10))]  # fmt: skip

    [(place, why)] = refused(sources=asked("ces")).items()
    assert place == "sources.1.questions.ease.scale"
    assert "[1, 7], as `ease` has elsewhere" in why
    configured(sources=asked("csat"))


def test_a_question_is_called_by_its_key_unless_the_key_is_no_name() -> None:
    wide = {"Q7ALL": {"id": "overall", "kind": "csat"}, "recommend": {"kind": "nps"}}
    columns = {"response_id": "id", "responded_at": "at"}
    source = Source.model_validate({**LONG_SURVEY, "columns": columns, "questions": wide})
    assert [question.id for question in source.questions.values()] == ["overall", "recommend"]
    unnamed = {**LONG_SURVEY, "columns": columns, "questions": {"Q7ALL": {"kind": "csat"}}}
    assert list(refused(sources=[unnamed])) == ["sources.0.questions.Q7ALL.id"]


def _with_drivers(*drivers: str, overall: dict[str, Any] | None = None, of: str = "overall") -> dict[str, Any]:
    parts = {name: {"kind": "csat", "driver_of": of} for name in drivers}
    columns = {"response_id": "id", "responded_at": "at"}
    return {**LONG_SURVEY, "columns": columns, "questions": {"overall": overall or {"kind": "csat"}, **parts}}


def test_a_driver_names_another_question_of_its_source_that_is_no_driver_itself() -> None:
    assert Source.model_validate(_with_drivers("staff", "price")).questions["staff"].driver_of == "overall"
    mistyped = refused(sources=[_with_drivers("staff", of="overal")])
    assert list(mistyped) == ["sources.0.questions.staff.driver_of"]
    assert "overall" in mistyped["sources.0.questions.staff.driver_of"]
    assert list(refused(sources=[_with_drivers("staff", of="staff")])) == ["sources.0.questions.staff.driver_of"]
    chained = _with_drivers("staff", overall={"kind": "csat", "driver_of": "staff"})
    assert set(refused(sources=[chained])) == {
        "sources.0.questions.overall.driver_of",
        "sources.0.questions.staff.driver_of",
    }


def test_a_mistaken_driver_is_told_beside_what_else_is_wrong_with_the_questions() -> None:
    survey = _with_drivers("staff", of="overal", overall={"kind": "csat", "scale": [5, 1]})
    found = set(refused(sources=[survey]))
    assert found == {"sources.0.questions.overall.scale", "sources.0.questions.staff.driver_of"}


def test_of_one_question_there_are_at_most_twelve_drivers_in_all_sources_together() -> None:
    twelve = [f"part_{number}" for number in range(12)]
    assert drivers_of(configured(sources=[_with_drivers(*twelve)]).sources) == {"overall": twelve}
    assert list(refused(sources=[_with_drivers(*twelve, "one_more")])) == ["sources.0.questions.one_more.driver_of"]
    other = {**_with_drivers("one_more"), "name": "another_year"}
    assert list(refused(sources=[_with_drivers(*twelve), other])) == ["sources.1.questions.one_more.driver_of"]
    assert configured(sources=[_with_drivers(*twelve), {**_with_drivers("part_3"), "name": "another_year"}])


def test_declaring_drivers_lets_no_row_be_read_again() -> None:
    configuration = configured(sources=[_with_drivers("staff")])
    source, rules = configuration.sources[0], rules_of(configuration)
    undeclared = {key: question.model_copy(update={"driver_of": None}) for key, question in source.questions.items()}
    assert mapping_hash(source.model_copy(update={"questions": undeclared}), rules) == mapping_hash(source, rules)


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ({**SHOP, "columns": {"ordered_at": "t"}}, "order_id"),
        ({**SHOP, "columns": {"order_id": "t"}}, "ordered_at"),
        ({**LONG_SURVEY, "columns": {"responded_at": "t", "question": "q", "score": "s"}}, "response_id"),
        ({**LONG_SURVEY, "columns": {"response_id": "t", "question": "q", "score": "s"}}, "responded_at"),
        ({**CUSTOMERS, "columns": {"region": "r"}}, "customer_id"),
    ],
)
def test_each_kind_names_the_column_it_cannot_do_without(source: dict[str, Any], missing: str) -> None:
    assert f"`{missing}`" in refused(sources=[source])["sources.0.columns"]


def test_a_source_without_amount_or_price_is_a_source_without_money() -> None:
    assert configured(sources=[SHOP]).sources[0].columns.keys() == {"order_id", "ordered_at"}


def test_a_survey_may_add_dimensions_and_a_shop_may_not() -> None:
    survey = {**LONG_SURVEY, "columns": {**LONG_SURVEY["columns"], "terminal": "TERM"}}
    assert configured(sources=[survey]).sources[0].dimensions == ("terminal",)
    shop = {**SHOP, "columns": {**SHOP["columns"], "costumer_id": "c"}}
    assert "did you mean `customer_id`?" in refused(sources=[shop])["sources.0.columns.costumer_id"]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ({**SHOP, "columns": {**SHOP["columns"], "amount": "a", "unit_price": "p"}}, "columns.amount"),
        ({**CUSTOMERS, "columns": {"customer_id": "c", "age": "a", "birth_date": "b"}}, "columns.age"),
        ({**LONG_SURVEY, "refund_when": "true"}, "refund_when"),
        ({**CUSTOMERS, "duplicates": "keep"}, "duplicates"),
        ({**SHOP, "columns": {**SHOP["columns"], "line_id": "l"}, "duplicates": "keep"}, "duplicates"),
        ({**SHOP, "questions": {"overall": {"kind": "csat"}}}, "questions"),
        ({**LONG_SURVEY, "questions": {}}, "questions"),
        ({**LONG_SURVEY, "columns": {"response_id": "i", "responded_at": "t"}, "questions": {}}, "questions"),
        ({**LONG_SURVEY, "columns": {"response_id": "i", "responded_at": "t", "question": "q"}}, "questions"),
        ({**LONG_SURVEY, "columns": {"response_id": "i", "responded_at": "t", "score": "s"}}, "questions"),
        ({**LONG_SURVEY, "columns": {**LONG_SURVEY["columns"], "as_of": "x"}}, "columns.as_of"),
        ({**SHOP, "sheet": "Orders"}, "sheet"),
        ({**SHOP, "path": "a.parquet", "delimiter": ";"}, "delimiter"),
        ({**SHOP, "delimiter": "||"}, "delimiter"),
        ({**SHOP, "decimal": ",", "thousands": ","}, "thousands"),
        ({**SHOP, "decimal": ";"}, "decimal"),
        ({**SHOP, "decimal": "5"}, "decimal"),
        ({**SHOP, "encoding": "utf-9"}, "encoding"),
        ({**SHOP, "date_format": "dd/mm/yyyy"}, "date_format"),
        ({**SHOP, "date_format": "%d/%m/%Q"}, "date_format"),
        ({**SHOP, "date_format": "%d/%m/%Y %"}, "date_format"),
        ({**SHOP, "timezone": "Europe/Nowhere"}, "timezone"),
        ({**SHOP, "timezone": "Europe"}, "timezone"),
        ({**SHOP, "header": ["id", "ID"]}, "header"),
        ({**SHOP, "header": []}, "header"),
        ({**SHOP, "skip_rows": -1}, "skip_rows"),
        ({**SHOP, "cadence_days": True}, "cadence_days"),
        ({**SHOP, "name": "My shop"}, "name"),
        ({**SHOP, "path": "htp://example.org/a.csv"}, "path"),
        ({**SHOP, "currency": "pound"}, "currency"),
    ],
)
def test_a_source_that_contradicts_itself_is_refused_at_the_key(source: dict[str, Any], place: str) -> None:
    assert f"sources.0.{place}" in refused(sources=[source])


def test_one_question_alone_needs_no_question_column() -> None:
    columns = {"response_id": "i", "responded_at": "t", "score": "s"}
    survey = {**LONG_SURVEY, "columns": columns, "questions": {"overall": {"kind": "csat"}}}
    assert configured(sources=[survey]).sources[0].questions["overall"].id == "overall"


def test_source_names_are_told_apart_even_where_a_source_has_another_problem() -> None:
    found = refused(sources=[SHOP, {**SHOP, "kind": "shop"}])
    assert set(found) == {"sources.1.name", "sources.1.kind"}


def test_a_mistyped_kind_hides_nothing_that_every_kind_would_refuse() -> None:
    columns = {"order_id": "o", "amount": "a", "unit_price": "p", "Order Day": "d"}
    questions = {"a": {"id": "overall", "kind": "csat"}, "b": {"id": "overall", "kind": "nps"}}
    found = refused(sources=[{**SHOP, "kind": "transaction", "columns": columns, "questions": questions}])
    assert {place.removeprefix("sources.0.") for place in found} == {
        "kind", "columns.amount", "columns.Order Day", "questions.a", "questions.b",
    }  # fmt: skip


def test_question_ids_are_told_apart_even_where_a_question_has_another_problem() -> None:
    questions = {"overall": {"kind": "csat"}, "Q2": {"id": "overall", "kind": "csat"}, "q3": {"kind": "nps", "top": 1}}
    found = refused(sources=[{**LONG_SURVEY, "questions": questions}])
    assert {place.removeprefix("sources.0.questions.") for place in found} == {"overall", "Q2", "q3.top"}


def test_one_question_id_is_one_measure_in_all_sources() -> None:
    other = {**LONG_SURVEY, "name": "exit", "questions": {"overall": {"kind": "ces"}}}
    assert "sources.1.questions.overall.kind" in refused(sources=[LONG_SURVEY, other])


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ({"measures": {"window_days": 0}}, "measures.window_days"),
        ({"measures": {"window_days": 365.5}}, "measures.window_days"),
        ({"measures": {"minimum_order_value": -1}}, "measures.minimum_order_value"),
        ({"measures": {"tiers": {"high": 0.8, "mid": 0.3}}}, "measures.tiers.mid"),
        ({"measures": {"tiers": {"high": float("nan")}}}, "measures.tiers.high"),
        ({"measures": {"lifecycle": {"t1_days": 90, "t2_days": 60}}}, "measures.lifecycle.t2_days"),
        ({"measures": {"lifecycle": {"warning_risk": 40}}}, "measures.lifecycle.warning_risk"),
        ({"measures": {"churn": {"risk_bands": [0.7, 0.4]}}}, "measures.churn.risk_bands"),
        ({"measures": {"clv": {"model": "bg_nbd_covariates"}}}, "measures.clv.covariates"),
        ({"measures": {"clv": {"covariates": ["first_order_region"] * 2}}}, "measures.clv.covariates"),
        ({"measures": {"clv": {"covariates": ["channel"]}}}, "measures.clv.covariates.0"),
        ({"measures": {"clv": {"model": "magic"}}}, "measures.clv.model"),
        ({"measures": {"tiers": {"basis": "guessed"}}}, "measures.tiers.basis"),
        ({"measures": {"churn": {"model": "boosting"}}}, "measures.churn.model"),  # a part, judged and never published
        ({"limits": {"earliest_date": "2020-01-01", "latest_date": "2019-01-01"}}, "limits.latest_date"),
        ({"limits": {"earliest_date": 1970}}, "limits.earliest_date"),
        ({"limits": {"memory": "much"}}, "limits.memory"),
        ({"nightly": {"at": "2am"}}, "nightly.at"),
        ({"report": {"language": "fr"}}, "report.language"),
        ({"business": {**BUSINESS, "currency": "gbp"}}, "business.currency"),
        ({"mesures": {}}, "mesures"),
        ({"measures": {"recency_days": 1}}, "measures.recency_days"),
    ],
)
def test_a_measure_out_of_its_range_is_refused_at_the_key(section: dict[str, Any], place: str) -> None:
    assert list(refused(**section)) == [place]


def test_tiers_may_share_out_everyone() -> None:
    tiers = configured(measures={"tiers": {"high": 0.1, "mid": 0.9}}).measures.tiers
    assert (tiers.high, tiers.mid) == (0.1, 0.9)


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ({"kpi": "cast"}, "kpi"),
        ({"operator": "="}, "operator"),
        ({"value": 85}, "value"),
        ({"scope": "channel"}, "scope_value"),
        ({"scope_value": "online"}, "scope_value"),
        ({"scope": "terminal", "scope_value": "2"}, "scope"),
        ({"question": "overal"}, "question"),
        ({"grain": "hour"}, "grain"),
        ({"kpi": "nps", "value": 50, "question": "overall"}, "question"),
        # where the scorecard has no such row
        ({"kpi": "orders", "value": 5, "grain": "total"}, "grain"),
        ({"kpi": "orders", "value": 5, "scope": "channel", "scope_value": "web", "grain": "week"}, "grain"),
        ({"kpi": "orders", "value": 5, "scope": "terminal", "scope_value": "2"}, "scope"),
        ({"kpi": "orders", "value": 5, "question": "overall"}, "question"),
        ({"kpi": "repurchase_rate", "grain": "month"}, "grain"),
        ({"kpi": "repurchase_rate", "scope": "region", "scope_value": "N"}, "scope"),
        ({"kpi": "net_revenue_retention", "scope": "region", "scope_value": "N"}, "scope"),
        ({"kpi": "net_revenue_retention", "grain": "week"}, "grain"),
        ({"kpi": "cac", "scope": "channel", "scope_value": "web"}, "scope"),
    ],
)
def test_a_target_that_aims_at_nothing_is_refused(target: dict[str, Any], place: str) -> None:
    aimed = {"kpi": "csat", "operator": ">=", "value": 0.85, **target}
    assert list(refused(sources=[SHOP, LONG_SURVEY], targets=[aimed])) == [f"targets.0.{place}"]


def test_orders_of_nobody_are_told_beside_the_mistakes_of_other_sources() -> None:
    refunds = {**SHOP, "name": "refunds", "orders_of": "shp"}
    assert set(refused(sources=[SHOP, refunds, {**SHOP, "name": "other", "curency": "GBP"}])) == {
        "sources.1.orders_of", "sources.2.curency",
    }  # fmt: skip
    assert list(refused(sources=[SHOP, {**refunds, "orders_of": "the shop"}])) == ["sources.1.orders_of"]


@pytest.mark.parametrize(
    "target",
    [
        {"kpi": "csat", "question": "overall", "grain": "day", "scope": "region", "scope_value": "N"},
        {"kpi": "aov", "grain": "quarter", "scope": "region", "scope_value": "N"},
        {"kpi": "aov", "grain": "week"},
        {"kpi": "repurchase_rate", "grain": "total"},
        {"kpi": "net_revenue_retention", "grain": "year"},
        {"kpi": "cac", "grain": "month"},
    ],
)
def test_a_target_may_aim_at_whatever_the_scorecard_has(target: dict[str, Any]) -> None:
    aimed = {"operator": ">=", "value": 0.85, **target}
    assert len(configured(sources=[SHOP, LONG_SURVEY], targets=[aimed]).targets) == 1


def test_the_same_aim_twice_is_refused_and_another_day_is_another_aim() -> None:
    target = {"kpi": "nps", "operator": ">=", "value": 50}
    assert list(refused(targets=[target, {**target, "value": 60}])) == ["targets.1"]
    assert len(configured(targets=[target, {**target, "value": 60, "valid_from": "2026-01-01"}]).targets) == 2


def test_a_target_may_aim_at_a_dimension_of_a_survey() -> None:
    survey = {**LONG_SURVEY, "columns": {**LONG_SURVEY["columns"], "terminal": "TERM"}}
    aimed = {"kpi": "csat", "operator": ">=", "value": 0.9, "scope": "terminal", "scope_value": "2"}
    [target] = configured(sources=[survey], targets=[aimed]).targets
    assert target == Target(kpi="csat", operator=">=", value=0.9, scope="terminal", scope_value="2")


def test_every_problem_is_told_at_once() -> None:
    found = refused(
        business={**BUSINESS, "timezone": "Europe/Londn"},
        sources=[{**SHOP, "sheet": "x", "columns": {"ordr_id": "a", "ordered_at": "b"}}, {**CUSTOMERS, "kind": "crm"}],
        measures={"window_days": "long", "tiers": {"high": 0.9}},
        surprise=1,
    )
    assert set(found) == {
        "business.timezone",
        "sources.0.sheet",
        "sources.0.columns",
        "sources.0.columns.ordr_id",
        "sources.1.kind",
        "measures.window_days",
        "measures.tiers.mid",
        "surprise",
    }


def test_a_configuration_cannot_be_changed_after_it_was_checked() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        configured().measures.window_days = 30  # type: ignore[misc]


def test_what_a_night_depends_on_leaves_out_home_paths_language_and_the_clock() -> None:
    here = configured(sources=[SHOP, LONG_SURVEY])
    elsewhere = configured(
        home="/other",
        business={**BUSINESS, "name": "Another name"},
        sources=[{**SHOP, "path": "/elsewhere/o-*.csv"}, LONG_SURVEY],
        report={"language": "zh"},
        nightly={"at": "04:30"},
        limits={"memory": "2GB"},
    )
    assert json.dumps(resolved(here), sort_keys=True) == json.dumps(resolved(elsewhere), sort_keys=True)


@pytest.mark.parametrize(
    "change",
    [
        {"measures": {"window_days": 364}},
        {"measures": {"churn": {"risk_bands": [0.4, 0.8]}}},
        {"business": {**BUSINESS, "timezone": "Europe/Paris"}},
        {"sources": [{**SHOP, "refund_when": "order_id LIKE 'C%'"}]},
        {"sources": [{**SHOP, "cadence_days": 7}]},
        {"targets": []},
        {"limits": {"minimum_n": 10}},
    ],
)
def test_what_a_night_depends_on_changes_with_every_measure_and_mapping(change: dict[str, Any]) -> None:
    assert resolved(configured(**change)) != resolved(configured())


def test_the_path_names_the_format_where_none_is_given() -> None:
    assert declared_format("a/b.CSV.gz") == "csv"
    assert declared_format("a/b.2014.parquet") == "parquet"
    assert declared_format("a/b") is None
    assert declared_format("a.csv/b.txt") is None


def test_the_home_is_a_path() -> None:
    assert configured(home="data").home == Path("data")
    assert set(CANONICAL_COLUMNS) == {"transactions", "surveys", "customers", "exchange_rates"}
