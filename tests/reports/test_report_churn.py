"""What stands behind churn risk on the page: in both languages, in groups only, and said where there is nothing."""

from __future__ import annotations

import dataclasses
import html
import re
from typing import Any, Literal

import polars as pl
import pytest
from sample_churn import work
from sample_data import empty, shop

from models.churn.features import FEATURES
from reports.feature_names import CHURN_FEATURES
from reports.page import render
from reports.report_data import ReportData

FIGURES = (
    "value-at-risk",
    "actions",
    "playbook",
    "effects",
    "rules",
    "importance",
    "drift",
    "record",
    "card",
    "windows",
)


def year(**changes: Any) -> ReportData:
    return shop(customers=80, surveys="none", churn_work=work(**changes))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Rule of thumb: 80% of customers stayed away with “silent &gt; 90”."),
        ("en", "£9,000 of the value expected within 90 days is at risk; 78% of it in Loyal."),
        ("en", "To call: 1 customer. £350 is at risk with them, and calls are assumed to save £35."),
        ("en", "To contact by the playbook’s other actions: 1 customer."),
        ("en", "1 of 1 actions that can be judged made a difference that is more than chance."),
        ("zh", "可判定的 1 项行动中，1 项的成效并非偶然。"),
        ("en", "did distinguishably better than the naive rule"),
        ("en", "speak for a horizon of 112 days and a window of 406"),
        ("en", "Shifted from what the model learned from: 1 of 2 inputs."),
        ("zh", "简明规则：“沉默 &gt; 90”的客户有 80% 流失。"),
        ("zh", "按行动手册的其他行动，今日待联系 1 名客户。"),
        ("zh", "建议预测期 112 天、窗口 406 天"),
    ],
)
def test_each_figure_says_its_finding_in_the_language_of_the_page(language: Literal["en", "zh"], sentence: str) -> None:
    page = render(dataclasses.replace(year(), language=language))
    assert sentence in page
    for figure in FIGURES:
        assert f'id="churn-{figure}"' in page


def test_what_counts_for_next_to_nothing_is_not_named_beside_what_the_model_leans_on() -> None:
    ahead = work().churn_importance.with_columns(auc_loss=pl.when(name="value").then(0.004).otherwise("auc_loss"))
    data = dataclasses.replace(year(), churn_work=dataclasses.replace(work(), churn_importance=ahead))
    assert "nothing else counts a tenth as much" in render(data)
    assert "What the model leans on most is" in render(year())


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "Send an <offer> | RFM segment: Can’t lose them | 1 | 1 | 1 | £70",
                "Write a note | Value tier: High | 0 | 0 | 0 | £0",
            ],
        ),
        ("zh", ["发送优惠 | RFM 分群：不可流失 | 1 | 1 | 1 | £70", "致谢 | 价值层级：高价值 | 0 | 0 | 0 | £0"]),
    ],
)
def test_the_page_counts_every_action_of_the_playbook_those_about_nobody_too(
    language: Literal["en", "zh"], lines: list[str]
) -> None:
    page = render(dataclasses.replace(year(), language=language))
    figure = page.partition('id="churn-playbook"')[2].partition("</figure>")[0]
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in figure.splitlines() if 'scope="row"' in row]
    assert [html.unescape(" | ".join(row)) for row in cells] == lines


def test_what_an_action_brought_stands_beside_the_held_out_with_its_interval_and_a_verdict_in_words() -> None:
    page = render(year())
    figure = page.partition('id="churn-effects"')[2].partition("</figure>")[0]
    rows = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in figure.splitlines() if 'scope="row"' in row]
    money, share, early = (" | ".join(row) for row in rows)
    assert money == (
        "Call customers at high risk | net value within 90 days | £20.30, 900 customers | £0.30, 100 customers (10%) | "
        "£20.00 (£4.00\u00a0…\u00a0£36.00) | more than without"
    )
    assert " | 2.0 points (−5.0 points\u00a0…\u00a09.0 points) | " in share
    assert early.startswith("retired (Value tier: High) | ordered within 90 days | 30.0%, 900 customers")
    assert early.endswith("9 customers (10%) | – | too few customers")


def test_every_interval_of_an_action_is_drawn_beside_no_difference_and_filled_where_it_is_more_than_chance() -> None:
    page = render(year())
    figure = page.partition('id="churn-effects"')[2].partition("</figure>")[0]
    for width in (820, 350):
        picture = figure.partition(f'viewBox="0 0 {width} ')[2].partition("</svg>")[0]
        dots = [len(re.findall(rf'<circle [^>]*class="dot {kind}"', picture)) for kind in ("blue", "hollow-grey")]
        assert dots == [1, 1]  # the third has no interval
        assert picture.count('class="zero"') == 2
        whiskers = re.findall(r'<line x1="([\d.]+)"[^>]*x2="([\d.]+)"[^>]*class="whisker strong"', picture)
        zeros = re.findall(r'<line x1="([\d.]+)"[^>]*class="zero"', picture)
        money, share = ((float(low), float(high)) for low, high in whiskers)
        assert float(zeros[0]) < money[0] < money[1]
        assert share[0] < float(zeros[1]) < share[1]
    assert "<title>Call customers at high risk, net value within 90 days: £20.00 (£4.00 … £36.00), more than" in figure


def test_without_anything_to_compare_the_page_is_silent_on_what_actions_bring() -> None:
    nothing = work().action_effects.clear()
    data = dataclasses.replace(year(), churn_work=dataclasses.replace(work(), action_effects=nothing))
    assert "churn-effects" not in render(data)


def test_without_a_playbook_the_page_tells_of_the_call_alone() -> None:
    page = render(year(playbook=()))
    assert "churn-playbook" not in page
    assert "To call: 1 customer." in page


def test_no_customer_of_the_list_reaches_the_page() -> None:
    assert "secret" not in render(year())


def test_where_nothing_is_due_and_nobody_was_scored_the_page_says_so_or_stays_silent() -> None:
    assert "No published prediction is due yet" in render(year(is_due=False))
    assert "churn-rules" not in render(empty(churn_work=work()))


def test_inputs_of_too_few_customers_are_not_said_to_be_as_they_were() -> None:
    drift = work().churn_drift.with_columns(status=pl.lit("too_few_data"))
    page = render(shop(customers=80, surveys="none", churn_work=dataclasses.replace(work(), churn_drift=drift)))
    assert "Too few customers to tell whether inputs have shifted" in page
    assert "Shifted from what the model learned from" not in page


@pytest.mark.parametrize(("language", "name"), [("en", "Unevenness of the gaps"), ("zh", "间隔的不均匀度")])
def test_an_input_that_shifted_is_named_in_words(language: Literal["en", "zh"], name: str) -> None:
    drift = work().churn_drift.with_columns(subject=pl.lit("gap_variation"))
    told = dataclasses.replace(work(), churn_drift=drift)
    page = render(dataclasses.replace(shop(customers=80, surveys="none", churn_work=told), language=language))
    assert name in page
    assert "gap_variation" not in page
    assert "gap variation" not in page


def test_every_feature_of_the_churn_model_has_a_name_of_its_own_in_both_languages() -> None:
    assert set(CHURN_FEATURES) == {feature.name for feature in FEATURES}
    for place in (0, 1):
        names = [pair[place] for pair in CHURN_FEATURES.values()]
        assert len(set(names)) == len(names)
        assert not any("_" in name for name in names)


def test_a_card_of_few_dates_leaves_out_the_interval_that_not_every_date_has_and_the_rule_beside_itself() -> None:
    judged = shop(customers=80, surveys="none")
    scope = {"scope": pl.lit("all"), "scope_value": pl.lit("all")}
    metrics = judged.model_evaluation.filter(pl.col("scope") == "all").with_columns(**scope)
    few = metrics.with_columns(low=pl.when(pl.col("origin") == pl.col("origin").max()).then("low"))
    for model, says_rule in (("logistic", True), ("recency_rule", False)):
        card = work().churn_models.with_columns(model=pl.lit(model))
        rows = few.with_columns(model=pl.lit(model))
        told = dataclasses.replace(
            judged, model_evaluation=rows, churn_work=dataclasses.replace(work(), churn_models=card)
        )
        (card_of_page,) = re.findall(r'(?s)id="churn-card".*?</table>', render(told))
        assert "judged out of time" in card_of_page
        assert "whose outcome was known by 29 February 2024; learned anew when another date is due" in card_of_page
        assert "…" not in card_of_page
        assert ("the naive rule" in card_of_page) is says_rule


def test_the_sum_to_call_about_reads_in_the_table_as_in_the_title() -> None:
    actions = work().action_list.with_columns(value_at_risk=pl.lit(335.51, pl.Decimal(18, 2)))
    page = render(shop(customers=80, surveys="none", churn_work=dataclasses.replace(work(), action_list=actions)))
    (figure,) = re.findall(r'(?s)id="churn-actions".*?</figure>', page)
    said = re.findall(r"£[0-9.,]+\d", figure)
    assert "£335.51" in said[0]
    assert "£336" not in figure
    assert said.count("£335.51") >= 2


def test_a_tenth_that_left_as_often_as_everybody_is_not_said_to_have_left_once_as_often() -> None:
    record = work().prediction_scorecard.with_columns(lift=pl.lit(1.001))
    page = render(
        shop(customers=80, surveys="none", churn_work=dataclasses.replace(work(), prediction_scorecard=record))
    )
    first, whole = (record.filter(pl.col("decile") == decile)["n"].item() for decile in (1, 0))
    assert f"The {first / whole:.0%} of customers with the highest risk stayed away no more often than" in page
    assert "1.00 times" not in page


def test_bars_of_too_few_customers_have_their_colour_in_the_key() -> None:
    drift = work().churn_drift.with_columns(status=pl.lit("too_few_data"))
    page = render(shop(customers=80, surveys="none", churn_work=dataclasses.replace(work(), churn_drift=drift)))
    (figure,) = re.findall(r'(?s)id="churn-drift".*?</figure>', page)
    assert "Too few data" in figure
    assert ">Shifted<" not in figure
