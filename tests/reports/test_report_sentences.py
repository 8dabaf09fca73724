"""What the page says in words: computed from the numbers, in both languages, and never more than they carry."""

from __future__ import annotations

import datetime as dt
import html
import re
import string
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from page_reader import part, read
from sample_data import empty, shop
from sample_frames import AS_OF, frame, interval_of, month_number, month_start

from assets.configuration.canonical_fields import FIELDS
from models.churn.learning import CHURN_MODELS, RISK_BANDS
from models.classification import METRICS
from models.kpi_cards import KPI_IDS, STATUSES
from models.lifecycle import STAGES
from models.rfm import SEGMENTS
from models.value import metrics
from models.value.customer_value import VALUE_MODELS
from models.value_tiers import TIERS
from reports import labels
from reports.field_names import FIELD_NAMES
from reports.language import Language
from reports.page import render
from reports.report_data import ReportData
from reports.sections import churn, evaluation, moves, quality, retention, sales, satisfaction, scorecard, segments
from reports.wording import WORDING

ENGLISH, CHINESE = Language("en", "GBP"), Language("zh", "CNY")


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (labels.SEGMENTS, SEGMENTS), (labels.SEGMENT_MEANING, SEGMENTS), (labels.STAGES, STAGES),
        (labels.STAGE_MEANING, STAGES), (labels.TIERS, TIERS), (labels.RISK_BANDS, RISK_BANDS),
        (labels.STATUSES, STATUSES), (labels.METRICS, {*METRICS, *metrics.METRICS}),
        (labels.MODELS, {*CHURN_MODELS, *VALUE_MODELS}), (labels.KPIS, KPI_IDS),
    ],
)  # fmt: skip
def test_every_id_has_a_name_in_both_languages(names: labels.Names, ids: tuple[str, ...]) -> None:
    assert set(names) == set(ids)
    for english, chinese in names.values():
        assert english
        assert re.search(r"[\u4e00-\u9fff]|^[\x00-\x7f]+$", chinese)


def test_both_languages_say_the_same_figures() -> None:
    for key, (english, chinese) in WORDING.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)]
        assert fields[0] == fields[1], key


def test_numbers_are_written_as_the_language_does() -> None:
    assert ENGLISH.money(Decimal("9747747.93")) == "£9,747,748"
    assert ENGLISH.money_short(Decimal("9747747.93")) == "£9.75M"
    assert CHINESE.money_short(Decimal("9747747.93")) == "¥975万"
    assert ENGLISH.money(Decimal("-12.5"), 2) == "−\u2060£12.50"
    assert Language("en", "KRW").money(Decimal("645.67"), 2) == "₩646"
    assert Language("en", "CHF").money(5) == "CHF\u00a05"
    assert ENGLISH.percent(0.80987) == "81.0%"
    assert ENGLISH.percent(0.0001) == "<0.1%"
    assert ENGLISH.percent(None) == ENGLISH.percent(float("nan")) == "–"
    assert ENGLISH.number(-0.001, 1) == "0.0"
    assert ENGLISH.counted(1, "customer") == "1 customer"
    assert CHINESE.counted(1200, "customer") == "1,200 名客户"
    assert ENGLISH.day(AS_OF) == "9 December 2011"
    assert CHINESE.day(AS_OF) == "2011年12月9日"
    assert ENGLISH.listed(["a", "b", "c"]) == "a, b and c"


def monthly_sales(values: list[float], language: str = "en") -> ReportData:
    """A shop whose last month is the night's own, unfinished one."""
    last = month_number(AS_OF)
    rows = [
        {
            "kpi": "net_sales", "scope": "all", "scope_value": "all", "grain": "month", "as_of": AS_OF, "n": 1,
            "period_start": month_start(last - len(values) + 1 + i), "value": value, "unit": "base currency",
            "definition_version": 1,
        }
        for i, value in enumerate(values)
    ]  # fmt: skip
    return replace(empty(), kpi_scorecard=frame("kpi_scorecard", rows), language=language)


def test_the_unfinished_month_is_never_compared() -> None:
    titles = {sales.section(monthly_sales([100, 90, 80, 120, last]), ENGLISH).figures[0].title for last in (1.0, 9e9)}
    assert titles == {"November 2011 was the best of 4 complete months: £120, 50% more than October 2011."}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([100, 90, 80, 60, 1], "was the weakest of 4 complete months: £60, 25% less than October 2011."),
        ([100, 90, 80, 95, 1], "brought £95, up 19% on October 2011."),
        ([100, 70, 80, 76, 1], "brought £76, down 5.0% on October 2011."),
        ([100, 1], "brought £100."),
    ],
)
def test_the_last_full_month_is_told_against_the_others(values: list[float], said: str) -> None:
    assert sales.section(monthly_sales(values), ENGLISH).figures[0].title == f"November 2011 {said}"


def test_a_hatched_column_stands_for_the_unfinished_month_alone() -> None:
    document, _ = read(render(monthly_sales([100, 90, 80, 120, 30])))
    columns = part(document, "sales-by-month").all("rect", "bar")
    assert [("hatched" in c.classes) for c in columns] == 2 * [False, False, False, False, True]


def reading(**changes: object) -> scorecard.Reading:
    return scorecard.Reading(
        **{
            "kpi": "csat", "question": "overall", "grain": "total", "period_start": None, "value": 0.8, "low": 0.78,
            "high": 0.82, "n": 900, "unit": "share", "target": 0.75, "status": "met", "previous_value": None,
            "trend_grain": "", "trend": (), **changes,
        }
    )  # fmt: skip


def test_the_verdict_counts_what_is_met_and_names_the_rest() -> None:
    nps = reading(kpi="nps", question=None, status="missed")
    close = reading(status="met_not_distinguishable")
    assert scorecard.verdict([reading(), nps, close], ENGLISH) == (
        "1 of 3 targets met; missed: net promoter score; "
        "undecided: customer satisfaction · overall (too close to call)."
    )
    assert "尚未设定目标" in scorecard.verdict([reading(target=None)], CHINESE)


def test_a_target_of_all_answers_to_date_waits_for_data_and_not_for_an_end() -> None:
    late = [reading(question=name, status="incomplete_period", is_over=True) for name in ("overall", "staff")]
    month = reading(kpi="nps", question="recommend", status="incomplete_period")
    assert scorecard.verdict([*late, month], ENGLISH) == (
        "No target can be judged yet; undecided: customer satisfaction · overall and customer satisfaction · staff "
        "(data not in) and net promoter score · recommend (period not over)."
    )
    close = reading(status="met_not_distinguishable")
    assert scorecard.verdict([close], ENGLISH).startswith("0 of 1 target met; undecided: ")
    assert "客户满意度 · staff（数据未到齐）" in scorecard.verdict(late, CHINESE)


def test_a_target_of_what_nothing_measures_is_not_counted_as_if_it_were_missed() -> None:
    cycle = reading(kpi="sales_cycle_days", question=None, status="input_absent", value=None)
    assert scorecard.verdict([reading(), cycle], ENGLISH) == "1 of 1 target met; not measured: sales cycle."
    assert scorecard.verdict([cycle], ENGLISH) == "No target can be judged yet; not measured: sales cycle."
    assert scorecard.verdict([cycle], CHINESE) == "尚无可判定的目标；未计量：销售周期。"


def test_a_rate_changes_by_points_whatever_its_unit_and_an_amount_by_its_share() -> None:
    refunds = reading(kpi="refund_rate", question=None, unit="ratio", value=0.027, previous_value=0.031)
    assert scorecard.change_text(refunds, ENGLISH) == "▼ down 0.4 points from 3.1%"
    assert scorecard.change_text(reading(value=0.8, previous_value=0.75), ENGLISH) == "▲ up 5.0 points from 75.0%"
    sales = reading(kpi="net_sales", question=None, unit="base currency", value=110.0, previous_value=100.0)
    assert scorecard.change_text(sales, ENGLISH).startswith("▲ up 10.0% from")


def test_a_change_within_the_intervals_of_its_two_periods_is_said_to_be_maybe_chance() -> None:
    refunds = reading(
        kpi="refund_rate", question=None, unit="ratio", value=0.046, low=0.032, high=0.060,
        previous_value=0.034, previous_low=0.027, previous_high=0.040,
    )  # fmt: skip
    assert scorecard.change_text(refunds, ENGLISH) == "▲ up 1.2 points from 3.4%, which may be chance"
    assert scorecard.change_text(refunds, CHINESE).endswith("，可能出于偶然")
    clear = replace(refunds, low=0.043, high=0.049)
    assert "chance" not in scorecard.change_text(clear, ENGLISH)


def test_the_interval_a_change_is_judged_by_is_that_of_the_period_before() -> None:
    def month(number: int, value: float, low: float, high: float, before: float | None) -> dict[str, object]:
        return {
            "kpi": "refund_rate", "question": None, "scope": "all", "scope_value": "all", "grain": "month",
            "period_start": dt.date(2011, number, 1), "as_of": dt.date(2011, 12, 9), "value": value, "low": low,
            "high": high, "n": 900, "numerator": 1.0, "denominator": 2.0, "unit": "ratio", "target": None,
            "status": None, "previous_value": before,
        }  # fmt: skip

    rows = [month(9, 0.9, 0.89, 0.91, None), month(10, 0.034, 0.027, 0.040, 0.9), month(11, 0.046, 0.032, 0.060, 0.034)]
    (told,) = scorecard.headline_readings(pl.DataFrame(rows), dt.date(2011, 12, 9))
    assert (told.value, told.previous_low, told.previous_high) == (0.046, 0.027, 0.040)


def test_a_kpi_without_input_is_not_shown_as_zero(year: ReportData) -> None:
    document, _ = read(render(year))
    card = next(c for c in part(document, "scorecard").all("article", "card") if "Net promoter" in c.text)
    assert card.all("p", "value")[0].text == "–"
    assert "Not measured" in card.text


def test_a_card_says_in_words_what_its_figure_rests_on_and_of_a_sum_nothing(year: ReportData) -> None:
    document, _ = read(render(year))
    said = {card.all("h4")[0].text: card.text for card in part(document, "scorecard").all("article", "card")}
    assert re.search(r"from [\d,]+ answers$", said["Customer satisfaction · overall"])
    assert re.search(r"from [\d,]+ customers$", said["Repurchase rate"])
    assert not re.search(r"from [\d,]+ \w+$|n = ", said["Net sales"])


def test_a_long_survey_leaves_room_on_the_cards_and_in_the_verdict_and_the_question_of_the_whole_leads(
    year: ReportData,
) -> None:
    names = [f"q8_{letter}" for letter in "abcdefgh"]
    csat = pl.col("kpi") == "csat"
    more = [year.kpi_scorecard.filter(csat).with_columns(question=pl.lit(name)) for name in names]
    document, _ = read(render(replace(year, kpi_scorecard=pl.concat([year.kpi_scorecard, *more]))))
    cards = [card.all("h4")[0].text for card in part(document, "scorecard").all("article", "card")]
    assert [name for name in cards if name.startswith("Customer satisfaction")] == [
        "Customer satisfaction · overall", "Customer satisfaction · q8_a", "Customer satisfaction · q8_b",
    ]  # fmt: skip
    assert {"Net sales", "Orders"} <= set(cards)
    missed = [reading(question=name, status="missed") for name in names]
    assert scorecard.verdict(missed, ENGLISH).endswith("customer satisfaction · q8_c and 5 more.")


def test_figures_stand_before_targets_of_what_nothing_measures(year: ReportData) -> None:
    document, _ = read(render(year))
    cards = part(document, "scorecard").all("article", "card")
    empty = [c.all("p", "value")[0].text == "–" for c in cards]
    assert True in empty
    assert empty == sorted(empty)


def test_every_verdict_is_a_word_beside_its_icon(page: str) -> None:
    document, _ = read(page)
    states = part(document, "scorecard").all("p", "state")
    assert states
    for state in states:
        assert state.all("use")
        assert state.text in {name for name, _ in labels.STATUSES.values()}


def test_the_headline_is_the_last_finished_period_where_there_is_no_total(year: ReportData) -> None:
    (found,) = [r for r in scorecard.headline_readings(year.kpi_scorecard, AS_OF) if r.kpi == "retention_rate"]
    assert (found.grain, found.period_start) == ("month", month_start(month_number(AS_OF) - 1))


def survey(periods: list[tuple[float, float, float, bool]]) -> satisfaction.Question:
    rows = tuple(
        {
            "period_start": month_start(month_number(AS_OF) - len(periods) + 1 + i), "n": 100, "csat": value,
            "low": low, "high": high, "is_complete": is_complete,
        }
        for i, (value, low, high, is_complete) in enumerate(periods)
    )  # fmt: skip
    return satisfaction.Question("overall", "month", rows, None)


def test_a_change_of_satisfaction_is_claimed_only_where_the_intervals_part() -> None:
    first, unfinished = (0.7, 0.66, 0.74, True), (0.1, 0.05, 0.15, False)
    apart, close = (0.8, 0.76, 0.84, True), (0.76, 0.72, 0.8, True)
    assert "rose from 70.0%" in satisfaction.takeaway("csat", survey([first, apart, unfinished]), ENGLISH)
    assert "not clearly different" in satisfaction.takeaway("csat", survey([first, close, unfinished]), ENGLISH)
    assert "fell from 80.0%" in satisfaction.takeaway("csat", survey([apart, first]), ENGLISH)
    one_of_several = satisfaction.takeaway("csat", survey([first, apart]), ENGLISH, is_one=False)
    assert one_of_several.startswith("Customer satisfaction · overall rose")


def judged(model: str, value: float, baseline: float, published: str) -> ReportData:
    rows = [
        {
            "model": name, "origin": month_start(24100 + i), "metric": "log_loss", "scope": "all", "scope_value": "all",
            "as_of": AS_OF, "n": 50,
            "value": figure, "baseline_value": baseline, "horizon_days": 90, "is_published": name == published,
        }
        for i in range(2)
        for name, figure in ((model, value), ("recency_rule", baseline))
    ]  # fmt: skip
    return empty(model_evaluation=frame("model_evaluation", rows))


@pytest.mark.parametrize(
    ("value", "published", "said"),
    [
        (
            0.5,
            "logistic",
            "the logistic regression: over 2 past dates its mean log loss was 0.500 against 0.600 for the naive rule. "
            "Less is better.",
        ),
        (0.7, "recency_rule", "come from the naive rule, which the logistic regression did not beat"),
        (0.5, "recency_rule", "not enough to replace it"),
        (0.7, "logistic", "by choice"),
    ],
)
def test_the_page_says_which_model_is_published_and_how_it_did(value: float, published: str, said: str) -> None:
    figure = evaluation.evaluation_figure(judged("logistic", value, 0.6, published), ENGLISH)
    assert said in figure.title


def test_only_the_published_models_calibration_is_drawn(year: ReportData) -> None:
    bins = churn.published_bins(year.churn_calibration)
    assert bins["model"].unique().to_list() == ["logistic"]


def test_the_common_curve_leaves_out_cohorts_that_may_be_older_than_the_log() -> None:
    cells = [
        {"cohort_month": month_start(m), "period": 1, "cohort_size": size, "active": active, "retention": active / size,
         "is_complete": True, "is_left_truncated": is_old}
        for m, size, active, is_old in ((24100, 100, 90, True), (24101, 100, 20, False), (24102, 300, 100, False))
    ]  # fmt: skip
    (month,) = retention.common_curve(frame("retention_cohorts", cells))
    assert (month["active"], month["size"], month["cohorts"]) == (120, 400, 2)


def test_the_segments_say_by_which_cuts_they_score_where_these_are_not_tonights_quintiles(year: ReportData) -> None:
    values = {"recency_days": (7, 30, 90, 1200), "frequency": (1, 1, 2, 4), "monetary": (0, 50, "99.995", 1200)}

    def told(how: str, words: Language, *measures: str) -> str:
        cuts = [
            {"measure": measure, "cut": place, "value": Decimal(value), "taken_at": dt.date(2011, 6, 30)}
            | {"how": how if measure in measures else "quantile"}
            for measure, own in values.items()
            for place, value in enumerate(own, start=1)
        ]
        night = replace(year, rfm_cuts=frame("rfm_cuts", cuts[::-1]))
        as_ever = segments.section(year, words).description
        description = segments.section(night, words).description
        assert description.startswith(as_ever)
        return description.removeprefix(as_ever)

    assert told("quantile", ENGLISH, *values) == ""
    assert told("frozen", ENGLISH, *values) == (
        " Scores go by the quintiles of 30 June 2011, not by tonight’s: 7, 30, 90 and 1,200 days since the last order; "
        "1, 1, 2 and 4 orders; £0, £50, £100.00 and £1,200 of net value."
    )
    assert told("fixed", ENGLISH, "recency_days", "frequency") == (
        " Scores go by fixed cuts: 7, 30, 90 and 1,200 days since the last order; 1, 1, 2 and 4 orders."
    )
    assert told("frozen", CHINESE, "frequency") == "评分依据2011年6月30日的五分位，而非当晚的：订单 1、1、2、4 笔。"


def test_moves_count_customers_who_were_in_both_releases_and_went_elsewhere(year: ReportData) -> None:
    own = [("loyal", "loyal", 80), ("loyal", "at_risk", 15), ("(new)", "loyal", 7), ("at_risk", "(gone)", 3)]
    table = [
        {"kind": "rfm", "from_segment": a, "to_segment": b, "as_of": AS_OF, "customers": n, "value_moved": None}
        for a, b, n in own
    ]
    figure, *_ = moves.section(replace(year, segment_moves=frame("segment_moves", table)), ENGLISH).figures
    assert figure.title == "RFM segment: 15 customers changed place, 15.8% of those in both releases."
    assert figure.note == "Largest: Loyal → At risk, 15 customers. New in the table: 7 customers."


def test_the_causes_of_moves_are_counted_kind_by_kind_and_account_for_every_move(year: ReportData) -> None:
    figure = moves.section(year, ENGLISH).figures[-2]
    assert figure.title == "Lifecycle stage: the most frequent cause of a move is “New order”, 54.5% of the moves."
    assert figure.table is not None
    assert [[cell.text for cell in row[:1] + row[2:]] for row in figure.table.rows] == [
        ["Time passing", "167", "90", "21"],
        ["New order", "200", "75", "140"],
        ["Refund", "0", "4", "0"],
        ["Shifted cuts", "0", "61", "20"],
    ]
    assert "新订单" in moves.section(year, CHINESE).figures[-2].title
    without = moves.section(replace(year, move_causes=year.move_causes.clear()), ENGLISH)
    assert "moves-causes" not in [one.id for one in without.figures]


def test_restated_months_are_told_with_the_sum_of_their_changes(year: ReportData) -> None:
    figure = moves.section(year, ENGLISH).figures[-1]
    assert figure.title == ("2 months changed after publication; net sales of published days: +£285.15.")
    one = replace(year, restatements=year.restatements.filter(pl.col("period_start") == dt.date(2011, 10, 1)))
    assert moves.section(one, ENGLISH).figures[-1].title.startswith("1 month changed after publication; ")
    assert figure.table is not None
    assert [[cell.text for cell in row][:3] for row in figure.table.rows] == [
        ["November 2011", "Sales", "Came late"],
        ["November 2011", "Sales", "Refund that came late"],
        ["November 2011", "Answers", "Came late"],
        ["October 2011", "Sales", "Corrected"],
    ]
    nothing = replace(year, restatements=year.restatements.clear())
    assert "has changed" in moves.section(nothing, ENGLISH).figures[-1].title
    assert "更正" in moves.section(year, CHINESE).figures[-1].title


def starts_of(*cohorts: tuple[int, int]) -> str:
    """The title over cohorts of that many customers, of whom so many came back in their first month."""
    cells = [
        {
            "cohort_month": month_start(month_number(AS_OF) - 4 + i), "period": period, "cohort_size": size,
            "active": active, "retention": active / size, "retention_low": low, "retention_high": high,
            "unbounded_retention": active / size, "is_complete": True, "is_left_truncated": False, "as_of": AS_OF,
        }
        for i, (size, back) in enumerate(cohorts)
        for period, active in ((0, size), (1, back))
        for low, high in (interval_of(active, size),)
    ]  # fmt: skip
    figures = retention.section(empty(retention_cohorts=frame("retention_cohorts", cells)), ENGLISH).figures
    return next(figure.title for figure in figures if figure.id == "retention-cohorts")


def test_the_best_cohort_is_named_only_where_it_is_more_than_chance() -> None:
    assert starts_of((400, 160), (400, 80)) == (
        "Newcomers of August 2011 came back best in their first month (40%), those of September 2011 least (20%)."
    )
    assert starts_of((2, 2), (4, 2)) == "Cohorts do not clearly differ in their first month: 50% to 100% came back."


@pytest.mark.parametrize(
    ("at_risk", "said"),
    [
        (0, "No customer is at high risk of staying away for 90 days."),
        (1, "1 customer (10%) is at high risk of staying away for 90 days."),
        (2, "2 customers (20%) are at high risk of staying away for 90 days"),
    ],
)
def test_none_one_and_several_at_risk_agree_with_their_verb(at_risk: int, said: str) -> None:
    bands = ["high"] * at_risk + ["low"] * (10 - at_risk)
    scores = [
        {"customer_id": str(i), "churn_risk": 0.9 if band == "high" else 0.1, "risk_band": band, "model": "logistic"}
        for i, band in enumerate(bands)
    ]
    drawn = churn.section(empty(churn_scores=frame("churn_scores", scores)), ENGLISH)
    assert drawn.figures[0].title.startswith(said)


def month_of_the_curve(period: int, active: int, size: int, cohorts: int = 2) -> dict[str, int]:
    return {"period": period, "active": active, "size": size, "cohorts": cohorts}


def test_the_title_of_the_curve_speaks_of_no_month_that_few_customers_have_lived_through() -> None:
    months = [month_of_the_curve(1, 20, 100), month_of_the_curve(2, 12, 60), month_of_the_curve(3, 1, 5)]
    assert retention.curve_title(months, ENGLISH).endswith("20% of customers order again; in month 2 it is 20%.")
    old = month_of_the_curve(3, 40, 100)
    assert retention.curve_title([month_of_the_curve(1, 900, 3000), old], ENGLISH).endswith("customers order again.")
    alone = [months[0], month_of_the_curve(2, 30, 60, cohorts=1)]
    assert retention.curve_title(alone, ENGLISH) == "One month after their first order, 20% of customers order again."
    few = retention.curve_title([month_of_the_curve(1, 18, 26), months[2]], ENGLISH)
    assert few == "18 of 26 customers ordered in month 1 after the first order: too few to speak of a curve."
    assert "69%" not in few


def test_segments_of_one_size_are_the_largest_together() -> None:
    rows = [("loyal", 5), ("champions", 5), ("lost", 1)]
    scored = [{"r": 5, "f": 5, "m": 5, "segment": name, "monetary": Decimal(1)} for name, n in rows for _ in range(n)]
    page = render(replace(empty(), rfm_segments=frame("rfm_segments", scored)))
    assert "Champions and Loyal are the largest segments: 45% of customers each." in html.unescape(page)


def test_titles_say_an_amount_as_the_cards_do() -> None:
    months = monthly_sales([300, 1441.2, 1200])
    (title,) = [sales.section(months, ENGLISH).lead]
    assert title is not None
    assert "£1,441" in title
    assert scorecard.figure_text("net_sales", "base currency", 1441.2, ENGLISH, is_short=True) == "£1,441"
    for amount in (0.4, 407.55, 1441.2, 99_999, 160_150, -3.5):
        shown = scorecard.figure_text("net_sales", "base currency", amount, ENGLISH, is_short=True)
        assert shown == ENGLISH.money_said(amount)


def test_what_is_one_is_not_spoken_of_as_many() -> None:
    for key in ("outlook.bands_title_one", "tiers.title_one", "churn.bands_title_one"):
        assert not re.search(r"\b(are|hold|customers are|customers bring)\b", WORDING[key][0])
    assert not re.search(r"\bwere\b", WORDING["quality.title"][0])


def test_a_figure_of_a_month_without_orders_is_not_said_to_lack_a_source() -> None:
    data = shop(customers=60, surveys="none")
    no_order = data.kpi_scorecard.with_columns(value=pl.when(pl.col("kpi") != "aov").then("value"))
    told = scorecard.scorecard(replace(data, kpi_scorecard=no_order), ENGLISH).unmeasured
    assert told is not None
    absent, nothing = told.split(" Without a figure")
    assert "campaign return" in absent
    assert "average order value" not in absent
    assert nothing.endswith("holds nothing to measure: average order value.")


def test_a_row_set_aside_for_a_field_names_the_field_in_words() -> None:
    told_of = {f.name for kind in FIELDS.values() for f in kind if f.required or f.filled or f.type != "text"}
    assert set(FIELD_NAMES) == told_of
    assert quality.reason_name("unparsable_ordered_at", ENGLISH) == "Unreadable time of the order"
    assert quality.reason_name("missing_order_id", CHINESE) == "缺少订单号"
    assert quality.reason_name("unparsable_Q7_ALL", ENGLISH) == "Unreadable Q7_ALL"
