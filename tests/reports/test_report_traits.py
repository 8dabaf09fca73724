"""Traits, ages and what goes together on the page."""

from __future__ import annotations

import polars as pl
import pytest
from page_reader import part, read, rows
from sample_data import empty
from sample_traits import overlap_of

from reports.page import render


def test_each_trait_stands_with_its_share_of_customers_and_of_value() -> None:
    document, errors = read(render(empty(segment_overlap=overlap_of())))
    assert errors == []
    found = {row[0]: row[2:] for row in rows(document, "customer-traits")}
    assert found["Steady"] == ["100", "10.0%", "£60,000", "60.0%"]
    assert found["High-frequency"] == ["20", "2.0%", "£20,000", "20.0%"]
    title = part(document, "customer-traits").all("h3")[0].text
    assert title == "High-frequency: 20 customers, 2.0% of all, with 20.0% of net value."


def test_ages_stand_beside_them_unknown_ones_too() -> None:
    document, _ = read(render(empty(segment_overlap=overlap_of())))
    assert [row[:3] for row in rows(document, "age-bands")] == [
        ["18 to 30", "496", "49.6%"], ["31 to 50", "200", "20.0%"], ["Unknown", "304", "30.4%"],
    ]  # fmt: skip
    assert "age-bands" not in render(empty(segment_overlap=overlap_of(has_ages=False)))


def test_what_goes_together_is_told_in_times_chance_and_what_few_would_share_is_not_told() -> None:
    document, _ = read(render(empty(segment_overlap=overlap_of())))
    figure = part(document, "segment-overlap")
    assert (
        figure.all("h3")[0].text == "“Steady” and “Churn risk: Low” meet 10.0 times as often as chance would have it."
    )
    cells = {
        row.all("th")[0].text: [(cell.text, cell.classes) for cell in row.all("td")]
        for row in figure.all("table", "heat")[0].all("tbody")[0].all("tr")
    }
    # 20 x 100 / 1,000: chance alone would have two; of potential high value there are only four customers
    assert [text for text, _ in cells["Value: High"]] == ["", "", "10.0", "0.0"]
    assert cells["Value: High"][0][1] == ["hatched"]
    assert cells["Trait: Steady"][2] == ("", ["none"])
    assert cells["Stage: Repeat"][3] == ("5.0", ["q7"])
    assert [row[:4] for row in rows(document, "segment-overlap")][:2] == [
        ["Steady", "Churn risk: Low", "100", "10.00"], ["Steady", "Stage: Loyal", "100", "10.00"],
    ]  # fmt: skip


def test_segments_that_share_nobody_do_not_meet_nought_times_as_often() -> None:
    overlap = overlap_of().with_columns(lift=pl.lit(0.0), customers_both=pl.lit(0))
    title = part(read(render(empty(segment_overlap=overlap)))[0], "segment-overlap").all("h3")[0].text
    assert title == "Traits and other segments have hardly anybody in common, stages aside."


def test_two_traits_that_go_together_are_both_called_by_their_names() -> None:
    overlap = overlap_of().with_columns(
        lift=pl.when((pl.col("segment") == "steady") & (pl.col("other_segment") == "price_sensitive"))
        .then(12.0)
        .otherwise("lift")
    )
    document, _ = read(render(empty(segment_overlap=overlap)))
    title = part(document, "segment-overlap").all("h3")[0].text
    assert title == "“Steady” and “Price-sensitive” meet 12.0 times as often as chance would have it."


def test_without_money_customers_are_counted_and_no_amount_is_told() -> None:
    document, errors = read(render(empty(segment_overlap=overlap_of(has_money=False))))
    assert errors == []
    figure = part(document, "customer-traits")
    assert figure.all("h3")[0].text == "Steady: 100 customers, 10.0% of all."
    assert "£" not in part(document, "segment-overlap").text + figure.text


def test_a_trait_nobody_knows_about_is_not_shown_and_where_there_is_none_nor_is_the_section() -> None:
    document, _ = read(render(empty(segment_overlap=overlap_of(traits=("steady",)))))
    assert [row[0] for row in rows(document, "customer-traits")] == ["Steady"]
    assert "Price-sensitive" not in document.text
    for nothing in (overlap_of(traits=(), has_ages=False), overlap_of().clear(), None):
        assert 'id="traits"' not in render(empty(segment_overlap=nothing))
        assert "Traits and ages" not in render(empty(segment_overlap=nothing))


@pytest.mark.parametrize("segment", ["steady", "price_sensitive"])
def test_a_trait_of_nearly_nobody_has_no_picture_of_what_it_meets(segment: str) -> None:
    few = overlap_of(traits=(segment,)).with_columns(pl.lit(10**6).alias("known_customers"))
    page = render(empty(segment_overlap=few))
    assert "customer-traits" in page
    assert "segment-overlap" not in page


def test_traits_and_what_they_have_in_common_are_told_in_chinese() -> None:
    page = render(empty(segment_overlap=overlap_of(), language="zh"))
    assert "“稳定客户”与“流失风险：低”同时出现的频率为随机情形的 10.0 倍。" in page
    assert "高频客户：20 名客户（占 2.0%），净额占 20.0%。" in page
    assert "Steady" not in page
