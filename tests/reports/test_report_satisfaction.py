"""What stands behind satisfaction on the page: the scores that were given, and what has changed since the last wave."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from itertools import combinations

import polars as pl
import pytest
from page_reader import part, read, rows
from sample_data import shop
from sample_surveys import attitudes, explained, work_of

from reports.charts.scatter import Spot, scatter
from reports.charts.trends import Point, trend
from reports.language import Language
from reports.page import render
from reports.report_data import ReportData
from reports.sections.satisfaction import change_note, questions


@pytest.fixture(scope="module")
def months() -> ReportData:
    data = shop(customers=60, surveys="months")
    return replace(data, survey_work=work_of(data))


def test_the_scores_of_the_last_finished_month_stand_beside_each_trend(months: ReportData) -> None:
    document, errors = read(render(months))
    assert errors == []
    last = (
        months.csat.filter(pl.col("grain") == "month", pl.col("is_complete")).sort("period_start").row(-1, named=True)
    )
    assert last["period_start"] == dt.date(2011, 11, 1)
    found = rows(document, "csat-scores-1")
    assert [row[0] for row in found] == ["5", "4", "3", "2", "1"]
    assert (int(found[0][1]), int(found[4][1])) == (last["satisfied"], last["n"] - last["satisfied"])
    assert len(rows(document, "nps-scores-2")) == 11
    assert part(document, "csat-scores-1").all("h3")[0].text.startswith("5 is the most frequent answer in Nov 2011")


def test_a_figure_of_a_trend_stands_above_the_points_beside_its_own() -> None:
    values = [0.5 + 0.2 * (number % 2) for number in range(24)]  # every other one lies well above
    points = [
        Point(number, f"M{number}", value, value - 0.05, value + 0.05, f"{value:.1%}", "n = 9", f"tip {number}", True)
        for number, value in enumerate(values)
    ]
    picture = str(trend(points, width=400, axis=str, label="", floor=0, ceiling=1, target=None))
    dots = [(float(x), float(y)) for x, y in re.findall(r'cx="([0-9.]+)" cy="([0-9.]+)"', picture)]
    labels = re.findall(r'<text x="([0-9.]+)" y="([0-9.]+)" class="t figure halo"[^>]*>([^<]+)', picture)
    assert (len(dots), len(labels) > 2) == (24, True)
    for x, y, _ in labels:
        assert all(float(y) < at - 7 for across, at in dots if abs(across - float(x)) < 20)


def test_every_score_of_the_scale_is_listed_also_those_that_nobody_gave(months: ReportData) -> None:
    assert months.survey_work is not None
    middling = months.survey_work.scores.with_columns(score=pl.when(pl.col("score") == 5).then(4).otherwise(2))
    for scales, listed in (({"overall": (1, 5)}, "54321"), ({"overall": (0, 100)}, "432"), ({}, "432")):
        work = replace(months.survey_work, scores=middling, scales=scales)
        document, _ = read(render(replace(months, survey_work=work)))
        assert "".join(row[0] for row in rows(document, "csat-scores-1")) == listed


def test_a_score_between_two_counts_with_the_lower_and_without_counts_the_picture_is_left_out(
    months: ReportData,
) -> None:
    assert months.survey_work is not None
    halves = months.survey_work.scores.with_columns(
        pl.col("score") + pl.when(pl.col("score") < 5).then(0.5).otherwise(0)
    )
    document, _ = read(render(replace(months, survey_work=replace(months.survey_work, scores=halves))))
    assert [row[0] for row in rows(document, "csat-scores-1")] == ["5", "4", "3", "2", "1"]
    page = render(replace(months, survey_work=replace(months.survey_work, scores=halves.clear())))
    assert "csat-scores-1" not in page
    assert "csat-1" in page


def test_the_scores_are_told_in_chinese_too(months: ReportData) -> None:
    page = render(replace(months, language="zh"))
    assert "2011-11最常见的回答是 5 分" in page
    changed = with_change(months, 0.0412, 0.0004)
    note = change_note("csat", questions(changed, "csat")[0], changed.csat, Language("zh", "CNY"))
    assert note == "2011-11与2011-10相比：+4.1 个百分点（+1.1 … +7.1），超出偶然波动（p <0.001，已按全部范围校正）。"


def with_change(data: ReportData, change: float, p: float, store_p: float = 0.5) -> ReportData:
    """Every month but the first has changed since the one before, and so has a shop of it."""
    before = pl.col("period_start").dt.offset_by("-1mo")
    changed = pl.col("grain").eq("month") & pl.col("is_complete") & (pl.col("period_start") > dt.date(2011, 1, 1))
    csat = data.csat.with_columns(
        pl.when(changed).then(value).alias(name)
        for name, value in {
            "previous_period_start": before, "change": pl.lit(change), "change_low": pl.lit(change - 0.03),
            "change_high": pl.lit(change + 0.03), "p_value": pl.lit(p / 2), "p_value_adjusted": pl.lit(p),
        }.items()
    )  # fmt: skip
    store = csat.with_columns(
        scope=pl.lit("channel"),
        scope_value=pl.lit("store"),
        p_value_adjusted=pl.lit(store_p),
        change=-2 * pl.col("change"),
    )
    return replace(data, csat=pl.concat((csat, store.filter("is_complete"))))


def note_of(data: ReportData) -> str | None:
    english = Language("en", "GBP")
    return change_note("csat", questions(data, "csat")[0], data.csat, english)


def test_the_change_since_the_wave_before_is_told_with_its_interval_and_whether_it_may_be_chance(
    months: ReportData,
) -> None:
    assert note_of(months) is None
    clear = note_of(with_change(months, 0.0412, 0.0004))
    assert clear == (
        "Nov 2011 against Oct 2011: +4.1 points (+1.1 … +7.1), more than chance explains "
        "(p <0.001, corrected for all scopes)."
    )
    chance = note_of(with_change(months, -0.0012, 0.61))
    assert chance is not None
    assert "−0.1 points (−3.1 … +2.9), which may be chance (p = 0.610" in chance


def test_a_scope_that_changed_beyond_chance_is_named(months: ReportData) -> None:
    note = note_of(with_change(months, 0.01, 0.6, store_p=0.01))
    assert note is not None
    assert note.endswith("Beyond chance by scope: store (channel) −2.0 points.")
    document, _ = read(render(with_change(months, 0.01, 0.6, store_p=0.01)))
    assert note in part(document, "csat-1").text
    assert [row[5] for row in rows(document, "csat-1")][-2:] == ["+1.0", "–"]


def test_what_each_attitude_brings_in_is_told_with_what_is_at_risk(months: ReportData) -> None:
    document, errors = read(render(months))
    assert errors == []
    figure = part(document, "value-attitudes-1")
    assert figure.all("h3")[0].text == (
        "Detractors: 5 customers with −\u2060£50 of net value, −\u2060£20 of it at high risk of leaving."
    )
    assert rows(document, "value-attitudes-1")[0] == ["Promoters", "50", "50.0%", "£700", "70.0%", "5", "£70"]


def test_without_money_or_answers_the_value_of_attitudes_claims_nothing(months: ReportData) -> None:
    assert months.survey_work is not None
    poor = replace(months.survey_work, value_by_attitude=attitudes(has_money=False))
    document, errors = read(render(replace(months, survey_work=poor)))
    assert errors == []
    figure = part(document, "value-attitudes-1")
    assert figure.all("h3")[0].text == "Detractors: 5 customers, 4 of them at high risk of leaving."
    assert "£" not in figure.text
    nobody = replace(months.survey_work, value_by_attitude=attitudes().clear())
    assert "value-attitudes" not in render(replace(months, survey_work=nobody))


def test_drivers_are_drawn_by_what_they_explain_and_how_they_do(months: ReportData) -> None:
    document, errors = read(render(months))
    assert errors == []
    figure = part(document, "drivers-1")
    assert figure.all("h3")[0].text == (
        "“staff” goes along most with “overall”: 20% of its variance, of 40% that all drivers explain."
    )
    assert [row[:4] for row in rows(document, "drivers-1")] == [
        ["staff", "20.0%", "16.0% … 24.0%", "91.0%"],
        ["<queues>", "15.0%", "12.0% … 18.0%", "55.0%"],
        ["price", "4.0%", "3.2% … 4.8%", "70.0%"],
        ["parking", "1.0%", "0.8% … 1.2%", "72.0%"],
    ]
    assert "Not asked in the window: wifi." in figure.text


def test_drivers_withheld_are_not_drawn(months: ReportData) -> None:
    assert months.survey_work is not None
    for frame in (explained("weak_fit"), explained().clear()):
        assert "drivers-1" not in render(
            replace(months, survey_work=replace(months.survey_work, satisfaction_drivers=frame))
        )


def test_names_in_a_scatter_cover_neither_points_nor_each_other() -> None:
    spots = [Spot(0.5 + place / 400, 0.1 + place % 3 / 500, 0.05, 0.2, f"driver {place}", "") for place in range(6)]
    picture = str(scatter(spots, width=820, axes=(str, str), names=("", ""), label="x"))
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="t figure halo">', picture)
    places = [(float(x), float(y)) for x, y in found]
    assert len(set(places)) == 6
    for one, other in combinations(places, 2):
        assert abs(one[0] - other[0]) >= 45 or abs(one[1] - other[1]) >= 12


def test_scores_given_as_often_are_the_most_frequent_together(months: ReportData) -> None:
    assert months.survey_work is not None
    even = months.survey_work.scores.with_columns(responses=pl.lit(7), satisfied=pl.lit(0))
    page = render(replace(months, survey_work=replace(months.survey_work, scores=even)))
    title = part(read(page)[0], "csat-scores-1").all("h3")[0].text
    assert title.startswith("5 and 1 are the most frequent answers in Nov 2011, given by 50.0% each.")


def test_an_answer_without_a_region_is_said_to_count_in_its_customers(months: ReportData) -> None:
    said = "An answer that names no region counts in that of its customer."
    regions = months.csat.with_columns(scope=pl.lit("region"), scope_value=pl.lit("North"))
    assert said in render(replace(months, csat=pl.concat([months.csat, regions])))
    alone = [frame.filter(pl.col("scope") != "region") for frame in (months.csat, months.nps)]
    assert said not in render(replace(months, csat=alone[0], nps=alone[1]))


def test_without_money_attitudes_are_bars_of_customers_and_no_empty_half(months: ReportData) -> None:
    assert months.survey_work is not None
    for has_money in (True, False):
        work = replace(months.survey_work, value_by_attitude=attitudes(has_money=has_money))
        page = render(replace(months, survey_work=work))
        (figure,) = re.findall(r'(?s)<figure[^>]*id="value-attitudes-1".*?</figure>', page)
        assert ("share of value" in figure.partition("<details")[0]) is has_money


def test_where_nobody_detracts_the_title_says_so(months: ReportData) -> None:
    assert months.survey_work is not None
    nobody = attitudes().with_columns(
        customers=pl.when(pl.col("attitude") != "detractor").then("customers").otherwise(0)
    )
    page = render(replace(months, survey_work=replace(months.survey_work, value_by_attitude=nobody)))
    assert "None of these customers detracts in the latest answer." in page
    assert "0 customers who detract" not in page


@pytest.mark.parametrize("more", [0, 9])
def test_the_question_of_the_whole_leads_also_where_a_part_has_some_answers_more_and_each_is_named(
    months: ReportData, more: int
) -> None:
    """A question of a part, first by its name or its answers, would be read as the shop's satisfaction."""
    part_of_it = months.csat.with_columns(pl.col("n") + more, question=pl.lit("coffee"))
    data = replace(months, csat=pl.concat((months.csat, part_of_it)), survey_work=None)
    assert [question.name for question in questions(data, "csat")] == ["overall", "coffee"]
    document, errors = read(render(data))
    assert errors == []
    titles = [part(document, f"csat-{number}").all("h3")[0].text for number in (1, 2)]
    assert [title[: len("Customer satisfaction · ") + 6] for title in titles] == [
        "Customer satisfaction · overal", "Customer satisfaction · coffee",
    ]  # fmt: skip
    work = work_of(months)
    assert "coffee" not in work.satisfaction_drivers["driver"]
    renamed = data.csat.with_columns(question=pl.col("question").replace({"overall": "visit", "coffee": "staff"}))
    drivers = work.satisfaction_drivers.with_columns(question=pl.lit("visit"))
    told = replace(data, csat=renamed, survey_work=replace(work, satisfaction_drivers=drivers))
    assert [question.name for question in questions(told, "csat")] == ["visit", "staff"]


@pytest.mark.parametrize(("times", "first"), [(1.1, "overall"), (1.9, "overall"), (2.1, "coffee")])
def test_a_question_asked_of_a_few_more_does_not_lead_before_that_of_the_whole(
    months: ReportData, times: float, first: str
) -> None:
    asked_of_more = months.csat.with_columns(
        question=pl.lit("coffee"), n=(times * pl.col("n")).ceil().cast(pl.Int64), satisfied="n"
    )
    data = replace(months, csat=pl.concat((months.csat, asked_of_more)), survey_work=None)
    assert questions(data, "csat")[0].name == first
    work = work_of(months)
    declared = replace(work, satisfaction_drivers=work.satisfaction_drivers.with_columns(driver=pl.lit("coffee")))
    assert [question.name for question in questions(replace(data, survey_work=declared), "csat")] == [
        "overall", "coffee",
    ]  # fmt: skip
