"""NPS and CSAT tables from counted answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assets.calendar import calendar
from assets.configuration.settings import Configuration
from assets.night import Night
from assets.satisfaction import csat, nps, survey_scores
from assets.scorecard import survey_figures
from assets.tables import CSAT, EVENT_FRESHNESS, NPS, ORDER_FLOWS, SURVEY_RESPONSES, SURVEY_SCOPES, SURVEY_SCORES
from assets.warehouse import Warehouse
from models.net_promoter import adjusted_wald_bounds
from models.proportions import wilson_bounds
from models.wave_changes import Counts, change_of_shares, of_scores

from .small_tables import BUSINESS

Answer = tuple[str, str, dt.date, int, str]  # source, kind, day, score, channel; the question is `q_<kind>`


def _open(answers: Sequence[Answer], as_of: dt.date, newest: dict[str, dt.date] | None = None) -> Night:
    warehouse = Warehouse.open(None, threads=1)
    responses = pl.DataFrame(
        [(s, f"r{i}", f"q_{k}", k, d, v, k == "csat" and v >= 4, c) for i, (s, k, d, v, c) in enumerate(answers)],
        schema=["source", "response_id", "question", "kind", "responded_on", "score", "is_satisfied", "channel"],
        orient="row",
    )
    nothing = pl.lit(None, dtype=pl.String)
    warehouse.replace(
        SURVEY_RESPONSES,
        responses.with_columns(
            responded_at=pl.col("responded_on").cast(pl.Datetime),
            customer_id=nothing,
            account_id=nothing,
            order_id=nothing,
            region=nothing,
        ),
    )
    key = ("source", "response_id")
    whole = responses.select(*key, scope=pl.lit("all"), scope_value=pl.lit("all"))
    by_channel = responses.select(*key, scope=pl.lit("channel"), scope_value="channel")
    warehouse.replace(SURVEY_SCOPES, pl.concat((whole, by_channel)))
    sources = sorted({source for source, *_ in answers})
    reach = {source: max(day for s, _, day, *_ in answers if s == source) for source in sources} | (newest or {})
    freshness = [(source, "surveys", dt.date(2000, 1, 1), reach[source], 3) for source in sources]
    columns = [column.name for column in EVENT_FRESHNESS.columns]
    warehouse.replace(EVENT_FRESHNESS, pl.DataFrame(freshness, schema=columns, orient="row"))
    warehouse.replace(ORDER_FLOWS, pl.DataFrame(schema={c.name: pl.String for c in ORDER_FLOWS.columns}))
    survey = {
        "name": "survey", "kind": "surveys", "path": "/raw/surveys/*.csv",
        "columns": {"response_id": "id", "responded_at": "at", "question": "question", "score": "score"},
        "questions": {f"q_{kind}": {"kind": kind} for kind in ("csat", "nps", "ces")},
    }  # fmt: skip
    configuration = Configuration.model_validate({"business": BUSINESS, "sources": [survey]})
    night = Night(as_of, dt.datetime.combine(as_of, dt.time(23)), configuration, warehouse, Path("home"))
    night.compute(calendar, nps, csat, survey_scores)
    return night


def _rows(night: Night, contract: object, **wanted: object) -> list[dict[str, object]]:
    frame = night.warehouse.connection.sql(f"select * from {contract.name}").pl()
    return frame.filter(*(pl.col(name) == value for name, value in wanted.items())).to_dicts()


MARCH = dt.date(2024, 3, 5)
ANSWERS = [("survey", "nps", MARCH, score, channel) for score, channel in
           [(10, "web"), (9, "web"), (8, "web"), (7, "store"), (6, "store"), (0, "store"), (9, "store")]]  # fmt: skip


def test_nine_and_ten_promote_seven_and_eight_are_passive_the_rest_detract() -> None:
    (row,) = _rows(_open(ANSWERS, dt.date(2024, 4, 1)), NPS, grain="month", scope="all")
    low, high = adjusted_wald_bounds(pl.lit(3), pl.lit(2), pl.lit(2))
    assert (row["n"], row["promoters"], row["passives"], row["detractors"]) == (7, 3, 2, 2)
    assert row["nps"] == pytest.approx(100 / 7)
    assert (row["low"], row["high"]) == pl.select(low=low, high=high).row(0)
    assert row["period_start"] == dt.date(2024, 3, 1)


def test_the_channels_of_a_question_add_up_to_the_whole() -> None:
    night = _open(ANSWERS, dt.date(2024, 4, 1))
    whole = _rows(night, NPS, grain="year", scope="all")
    channels = _rows(night, NPS, grain="year", scope="channel")
    assert {row["scope_value"] for row in channels} == {"web", "store"}
    for count in ("n", "promoters", "passives", "detractors"):
        assert sum(row[count] for row in channels) == whole[0][count]


def test_every_grain_counts_every_answer_once() -> None:
    night = _open(ANSWERS, dt.date(2024, 4, 1))
    for grain in ("day", "week", "month", "quarter", "year", "total"):
        assert sum(row["n"] for row in _rows(night, NPS, grain=grain, scope="all")) == 7


def test_a_period_without_an_answer_is_not_listed_and_a_survey_without_the_kind_gives_no_row() -> None:
    night = _open(ANSWERS, dt.date(2024, 12, 31))
    assert len(_rows(night, NPS, grain="month", scope="all")) == 1
    assert _rows(night, CSAT) == []


def test_csat_is_the_top_box_share_with_the_mean_beside_it() -> None:
    answers = [("survey", "csat", MARCH, score, "web") for score in (5, 5, 4, 3, 1)]
    (row,) = _rows(_open(answers, dt.date(2024, 4, 1)), CSAT, grain="total", scope="all")
    low, high = wilson_bounds(pl.lit(3), pl.lit(5))
    assert (row["n"], row["satisfied"], row["mean"]) == (5, 3, 3.6)
    assert (row["csat"], row["low"], row["high"]) == (3 / 5, *pl.select(low=low, high=high).row(0))
    assert row["period_start"] == MARCH


def test_the_first_days_of_january_may_belong_to_the_last_iso_week_of_december() -> None:
    answers = [("survey", "nps", day, 10, "web") for day in (dt.date(2020, 12, 28), dt.date(2021, 1, 3))]
    night = _open(answers, dt.date(2021, 1, 31))
    (week,) = _rows(night, NPS, grain="week", scope="all")
    assert (week["period_start"], week["n"]) == (dt.date(2020, 12, 28), 2)
    assert [row["period_start"].year for row in _rows(night, NPS, grain="year", scope="all")] == [2020, 2021]


def test_a_leap_day_is_in_february() -> None:
    night = _open([("survey", "nps", dt.date(2024, 2, 29), 10, "web")], dt.date(2024, 3, 31))
    (month,) = _rows(night, NPS, grain="month", scope="all")
    assert month["period_start"] == dt.date(2024, 2, 1)


def test_a_month_is_complete_only_once_it_is_over_and_its_answers_are_in() -> None:
    def is_complete(as_of: dt.date, newest: dt.date) -> object:
        night = _open(ANSWERS, as_of, {"survey": newest})
        return _rows(night, NPS, grain="month", scope="all")[0]["is_complete"]

    assert is_complete(dt.date(2024, 3, 31), dt.date(2024, 3, 28)) is True
    assert is_complete(dt.date(2024, 3, 30), dt.date(2024, 3, 30)) is False
    assert is_complete(dt.date(2024, 4, 30), dt.date(2024, 3, 27)) is False


def test_a_later_wave_completes_the_year_of_the_wave_before_it() -> None:
    answers = [("wave_1", "csat", dt.date(2022, 5, 2), 5, "web"), ("wave_2", "csat", dt.date(2023, 5, 2), 4, "web")]
    night = _open(answers, dt.date(2023, 12, 31))
    years = _rows(night, CSAT, grain="year", scope="all")
    assert [row["is_complete"] for row in years] == [True, False]
    (total,) = _rows(night, CSAT, grain="total", scope="all")
    assert (total["period_start"], total["n"]) == (dt.date(2022, 5, 2), 2)


def test_what_is_fresh_is_judged_by_the_questions_own_source() -> None:
    answers = [("shop", "csat", MARCH, 5, "web"), ("relation", "nps", dt.date(2024, 6, 30), 9, "web")]
    night = _open(answers, dt.date(2024, 6, 30))
    assert _rows(night, CSAT, grain="month", scope="all")[0]["is_complete"] is False
    assert _rows(night, NPS, grain="month", scope="all")[0]["is_complete"] is True


def test_the_scorecard_shows_the_surveys_beside_the_period_before() -> None:
    april = dt.date(2024, 4, 8)
    answers = [
        *(("survey", "csat", MARCH, score, "web") for score in (5, 4, 3, 1)),
        *(("survey", "csat", april, score, "web") for score in (5, 4, 4, 1)),
        *(("survey", "ces", april, score, "web") for score in (1, 2, 6)),
        ("survey", "nps", dt.date(2024, 4, 30), 9, "web"),
    ]
    figures = survey_figures(_open(answers, dt.date(2024, 4, 30))).filter(pl.col("scope") == "all")
    months = figures.filter(pl.col("grain") == "month").sort("kpi", "period_start")
    assert months.select("kpi", "value", "n", "numerator", "previous_value").rows() == [
        ("ces", 3.0, 3, 9.0, None),
        ("csat", 0.5, 4, 2.0, None),
        ("csat", 0.75, 4, 3.0, 0.5),
        ("nps", 100.0, 1, 1.0, None),
    ]
    # 1, 2 and 6 of 1 to 7 are -1, -2/3 and 2/3 of -1 to 1; three pseudo-responses are beside them
    middle, squares = -1 / 6, (1 + 4 / 9 + 4 / 9 + 1.5) / 6
    spread = 1.959963984540054 * ((squares - middle**2) / 6) ** 0.5
    ces = months.row(0, named=True)
    ends = (4 + 3 * (middle - spread), 4 + 3 * (middle + spread))
    assert (ces["low"], ces["high"], ces["question"]) == (*map(pytest.approx, ends), "q_ces")
    unfinished = survey_figures(_open(answers, dt.date(2024, 4, 29)))
    april_rows = unfinished.filter(pl.col("kpi") == "csat", pl.col("grain") == "month", pl.col("scope") == "all")
    assert april_rows.sort("period_start")["previous_value"].to_list() == [None, None]


def test_scores_are_summed_exactly() -> None:
    answers = [("survey", "csat", MARCH, score, "web") for score in (1, 2, 5) * 333]
    (row,) = _rows(_open(answers, dt.date(2024, 4, 1)), CSAT, grain="total", scope="all")
    assert row["mean"] == float(Decimal(8) / Decimal(3))


def test_every_score_that_was_given_has_its_answers_and_its_share_and_no_other_is_listed() -> None:
    night = _open(ANSWERS, dt.date(2024, 4, 1))
    month = sorted(_rows(night, SURVEY_SCORES, grain="month", scope="all"), key=lambda row: row["score"])
    assert [(int(row["score"]), row["responses"], row["share"]) for row in month] == [
        (0, 1, 1 / 7), (6, 1, 1 / 7), (7, 1, 1 / 7), (8, 1, 1 / 7), (9, 2, 2 / 7), (10, 1, 1 / 7)
    ]  # fmt: skip
    assert {(row["kind"], row["satisfied"], row["is_complete"]) for row in month} == {("nps", None, False)}
    stores = _rows(night, SURVEY_SCORES, grain="month", scope_value="store")
    assert {int(row["score"]): row["share"] for row in stores} == dict.fromkeys((7, 6, 0, 9), 1 / 4)


def test_the_scores_come_to_the_mean_and_the_satisfied_of_every_period_but_the_day() -> None:
    days = [dt.date(2024, 2, 26) + dt.timedelta(days=place) for place in range(40)]
    answers = [("survey", "csat", day, 1 + (day.day * 7) % 5, "web") for day in days for _ in range(3)]
    night = _open(answers, dt.date(2024, 4, 30))
    scores = night.warehouse.connection.sql("select * from survey_scores").pl()
    assert set(scores["grain"]) == {"week", "month", "quarter", "year", "total"}
    cell = ["grain", "period_start", "scope", "scope_value"]
    score = pl.col("score").cast(pl.Float64)
    summed = scores.group_by(cell).agg(
        (score * pl.col("responses")).sum() / pl.col("responses").sum(),
        pl.col("satisfied").sum(),
        pl.col("share").sum(),
    )
    published = night.warehouse.connection.sql("select * from csat where grain <> 'day'").pl()
    beside = published.join(summed, on=cell, suffix="_of_scores")
    assert beside.height == published.height == summed.height
    assert (beside["satisfied"] == beside["satisfied_of_scores"]).all()
    assert beside["mean"].to_list() == pytest.approx(beside["score"].to_list())
    assert beside["share"].to_list() == pytest.approx([1.0] * beside.height)


def test_a_ces_question_has_its_scores_too() -> None:
    answers = [("survey", "ces", MARCH, score, "web") for score in (1, 2, 2, 7)]
    total = _rows(_open(answers, dt.date(2024, 4, 1)), SURVEY_SCORES, grain="total", scope="all")
    assert {(row["kind"], int(row["score"]), row["responses"]) for row in total} == {
        ("ces", 1, 1), ("ces", 2, 2), ("ces", 7, 1)
    }  # fmt: skip


def _waves(year: int, good: int, bad: int, channel: str = "web") -> list[Answer]:
    day = dt.date(year, 5, 2)
    return [("survey", "csat", day, score, channel) for score, n in ((5, good), (1, bad)) for _ in range(n)]


def test_a_wave_is_compared_with_the_latest_before_it_that_has_answers_however_far_back() -> None:
    answers = [*_waves(2019, 30, 20), *_waves(2022, 45, 15), *_waves(2023, 10, 10, "store")]
    night = _open(answers, dt.date(2024, 1, 31), {"survey": dt.date(2024, 1, 31)})
    years = sorted(_rows(night, CSAT, grain="year", scope="all"), key=lambda row: row["period_start"])
    assert [row["previous_period_start"] for row in years] == [None, dt.date(2019, 1, 1), dt.date(2022, 1, 1)]
    expected = change_of_shares(45, 60, 30, 50)
    assert (years[1]["change"], years[1]["change_low"], years[1]["change_high"], years[1]["p_value"]) == (
        pytest.approx((expected.estimate, expected.low, expected.high, expected.p_value))
    )
    stores = _rows(night, CSAT, grain="year", scope_value="store")
    assert [(row["previous_period_start"], row["change"], row["p_value"]) for row in stores] == [(None, None, None)]
    assert {row["previous_period_start"] for row in _rows(night, CSAT, grain="total")} == {None}


def test_a_period_that_is_not_over_is_not_compared() -> None:
    night = _open(
        [*_waves(2022, 30, 20), *_waves(2023, 45, 5)], dt.date(2023, 12, 30), {"survey": dt.date(2023, 12, 30)}
    )
    years = _rows(night, CSAT, grain="year", scope="all")
    assert {(row["is_complete"], row["previous_period_start"], row["change"]) for row in years} == {
        (True, None, None), (False, None, None)
    }  # fmt: skip
    weeks = _rows(night, CSAT, grain="week", scope="all", period_start=dt.date(2023, 5, 1))
    assert [row["previous_period_start"] for row in weeks] == [dt.date(2022, 5, 2)]


def test_the_scopes_of_a_wave_share_one_correction() -> None:
    answers = [
        *_waves(2022, 30, 20), *_waves(2023, 45, 15), *_waves(2022, 10, 20, "store"), *_waves(2023, 25, 10, "store")
    ]  # fmt: skip
    night = _open(answers, dt.date(2024, 1, 31), {"survey": dt.date(2024, 1, 31)})
    rows = sorted(_rows(night, CSAT, period_start=dt.date(2023, 1, 1), grain="year"), key=lambda row: row["p_value"])
    p = [row["p_value"] for row in rows]
    adjusted = np.maximum.accumulate([min(3 * p[0], 1), min(2 * p[1], 1), p[2]])
    assert [row["p_value_adjusted"] for row in rows] == pytest.approx(list(adjusted))
    assert len(p) == 3


def test_the_change_of_a_net_promoter_score_is_in_points() -> None:
    answers = [
        ("survey", "nps", dt.date(2022 + i, 3, 1), score, "web") for i in (0, 1) for score in (10, 9, 9 - 4 * i, 2)
    ]
    night = _open(answers, dt.date(2023, 12, 31), {"survey": dt.date(2023, 12, 31)})
    after = _rows(night, NPS, grain="year", scope="all", period_start=dt.date(2023, 1, 1))
    expected = of_scores(*(Counts(*(pl.lit(count) for count in wave)) for wave in ((2, 0, 2), (3, 0, 1))))
    assert [(row["change"], row["change_low"], row["change_high"], row["p_value"]) for row in after] == [
        pytest.approx(pl.select(**expected._asdict()).row(0))
    ]
    assert after[0]["change"] == -50.0
