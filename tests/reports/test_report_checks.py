"""Checks on the page: what was expected, what was found and where to look, in both languages, and nobody named."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from page_reader import read
from sample_frames import MARK, frame

from reports.language import Language
from reports.page import render
from reports.report_data import ReportData
from reports.sections import checks

ENGLISH, CHINESE = Language("en", "GBP"), Language("zh", "CNY")


def failures(data: ReportData) -> list[list[str]]:
    """The unfolded table of failed checks, cell by cell."""
    document, errors = read(render(data))
    assert errors == []
    [section] = [one for one in document.all("figure") if one.attributes.get("id") == "checks"]
    table = section.all("table")[0]
    return [[cell.text for cell in row.all("td")] for row in table.all("tr")[1:]]


def test_what_a_check_saw_is_told_in_words() -> None:
    assert checks.observed_text('{"rows": 2304, "null_share": 0.0125}', ENGLISH) == "rows 2,304, null share 0.0125"
    assert checks.observed_text("two keys repeat", ENGLISH) == "two keys repeat"
    assert checks.observed_text("7535.18", ENGLISH) == "7,535.18"
    assert checks.observed_text(None, ENGLISH) == "–"
    assert checks.observed_text('{"quantity": 0.0000037, "at_most": 0}', ENGLISH) == "quantity <0.0001"
    assert checks.observed_text('{"broken": 3}', CHINESE) == "不符行数 3"
    assert checks.observed_text('{"risks_differ": 0.95, "at_least": 0.01}', CHINESE, "risks_differ") == "0.95"


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        ('{"share": 0.4, "at_most": 0.3}', "≤ 0.3"),
        ('{"row_count": 0, "at_least": 1}', "≥ 1"),
        ('{"x": 2, "at_least": 1, "at_most": 1}', "≥ 1, ≤ 1"),
        ('{"broken": 3, "net value": 3}', "0 broken"),
        ('{"left_side": "1", "right_side": "2"}', "–"),
        (None, "–"),
    ],
)
def test_what_was_expected_is_the_bound_it_broke(observed: str | None, expected: str) -> None:
    assert checks.expected_text(observed, ENGLISH) == expected


def test_a_sample_says_where_to_look_and_names_no_customer() -> None:
    rows = (
        f'[{{"source": "shop", "file": "a.csv", "content": "{"c0ffee" * 10}", "line_number": 2505}}, '
        f'{{"customer_id": "{MARK}1", "account_id": "{MARK}2", "as_of": "2011-12-09"}}, '
        '{"source": "shop", "figure": "rows_on_day", "value": 1200.5, "low": null}]'
    )
    assert checks.sample_texts(rows, ENGLISH) == [
        "source shop, file a.csv, content c0ffeec0, line 2505",
        "source shop, rows on the day, value 1,200.5",
    ]
    assert checks.sample_texts(rows, CHINESE)[1] == "数据源 shop, 当日行数, 值 1,200.5"
    assert checks.sample_texts("[]", ENGLISH) == []
    assert checks.sample_texts(None, ENGLISH) == []


def test_of_many_rows_five_are_shown() -> None:
    rows = ", ".join(f'{{"line_number": {n}}}' for n in range(20))
    assert checks.sample_texts(f"[{rows}]", ENGLISH) == [f"line {n}" for n in range(5)]


def test_the_page_lists_each_failed_check_with_its_bound_and_its_places(year: ReportData) -> None:
    found = {row[0]: row for row in failures(year)}
    assert found["raw_transactions"] == [
        "raw_transactions",
        "No sold line has more than 20 times the quantity that one line in a thousand exceeds.",
        "Warns",
        "quantity <0.0001, unit price 0",
        "≤ 0",
        "source shop, file 2011-12-09.csv, line 541",
    ]
    assert found["source_values"][-1] == (
        "source shop, channel, value phone, days looked at 3, events 0, events before 160, expected 41.2, first on "
        "2010-12-01"
    )
    assert found["customer_summary"][-1] == "–"
    assert MARK not in render(year)


def test_the_chinese_page_says_the_checks_in_chinese_and_an_unknown_one_as_it_came(year: ReportData) -> None:
    found = {row[0]: row for row in failures(replace(year, language="zh"))}
    assert found["source_values"][1] == "一直出现的渠道、地区、品类、状态、币种或题目没有消失。"
    assert found["source_values"][-1].startswith("数据源 shop, 渠道, 值 phone")
    assert found["raw_transactions"][2:5] == ["警告", "数量 <0.0001, 单价 0", "≤ 0"]
    own = frame(
        "checks",
        [{"table": "mine", "check": "own", "severity": "warn", "passed": False, "description": "Mine holds."}],
    )
    [row] = failures(replace(year, language="zh", checks=own))
    assert row[1] == "Mine holds."


def test_a_page_without_failures_unfolds_nothing(year: ReportData) -> None:
    passed = replace(year, checks=year.checks.filter("passed"))
    figure = checks.figure(passed.checks, ENGLISH)
    assert figure.picture == ""
    assert figure.title.endswith("ran, and every one passed.")


@pytest.mark.parametrize(("language", "cited"), [("en", "Definition of this project"), ("zh", "本项目的定义")])
def test_a_kpi_of_the_projects_own_is_cited_in_the_language_of_the_page(
    year: ReportData, language: Literal["en", "zh"], cited: str
) -> None:
    document, _ = read(render(replace(year, language=language)))
    cites = {cite.text for cite in document.all("cite")}
    assert cited in cites
    assert cites & {"Definition of this project", "本项目的定义"} == {cited}
