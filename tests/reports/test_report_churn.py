"""What stands behind churn risk on the page: in both languages, in groups only, and said where there is nothing."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import pytest
from sample_churn import work
from sample_data import empty, shop

from reports.page import render
from reports.report_data import ReportData

FIGURES = ("value-at-risk", "actions", "rules", "importance", "drift", "record", "card", "windows")


def year(**changes: Any) -> ReportData:
    return shop(customers=80, surveys="none", churn_work=work(**changes))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Rule of thumb: 80% of customers stayed away with “silent &gt; 90”."),
        ("en", "£9k of the value expected within 90 days is at risk; 78% of it in Loyal."),
        ("en", "To call: 1 customer. £350 is at risk with them, and calls are assumed to save £35."),
        ("en", "did distinguishably better than the naive rule"),
        ("en", "speak for a horizon of 112 days and a window of 406"),
        ("en", "1 of 2 inputs have shifted"),
        ("zh", "简明规则：“沉默 &gt; 90”的客户有 80% 流失。"),
        ("zh", "建议预测期 112 天、窗口 406 天"),
    ],
)
def test_each_figure_says_its_finding_in_the_language_of_the_page(language: Literal["en", "zh"], sentence: str) -> None:
    page = render(dataclasses.replace(year(), language=language))
    assert sentence in page
    for figure in FIGURES:
        assert f'id="churn-{figure}"' in page


def test_no_customer_of_the_list_reaches_the_page() -> None:
    assert "secret" not in render(year())


def test_where_nothing_is_due_and_nobody_was_scored_the_page_says_so_or_stays_silent() -> None:
    assert "No published prediction is due yet" in render(year(is_due=False))
    assert "churn-rules" not in render(empty(churn_work=work()))
