"""The page in a real browser: it reads without its script, fits a phone and asks nobody for anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sample_churn import work
from sample_data import empty, shop
from sample_surveys import work_of
from sample_traits import overlap_of

from reports.page import render
from reports.report_data import ReportData

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("year", "zh", "grown", "empty", "one_customer")
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
WITHIN = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, year: ReportData) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    grown = shop(customers=600, months=36, surveys="months")
    pages = {
        "year": replace(year, churn_work=work(), survey_work=work_of(year), segment_overlap=overlap_of()),
        "zh": replace(year, language="zh", churn_work=work(), survey_work=work_of(year), segment_overlap=overlap_of()),
        "grown": replace(grown, survey_work=work_of(grown)),
        "empty": empty(),
        "one_customer": shop(customers=1, seed=3, surveys="none"),
    }
    for name, data in pages.items():
        (folder / f"{name}.html").write_text(render(data), encoding="utf-8")
    return folder


class Visit:
    """One open page, and everything it complained of or asked for."""

    def __init__(self, browser: Any, file: Path, *, width: int = 1280, script: bool = True, **options: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 780}, java_script_enabled=script, **options
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.address = file.as_uri()
        self.page.goto(self.address)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_the_page_opens_without_a_complaint_or_a_request(chromium: Any, folder: Path, name: str, script: bool) -> None:
    with Visit(chromium, folder / f"{name}.html", script=script) as visit:
        assert visit.page.locator("section.part").count() == (12 if name in ("year", "zh") else 11)
        assert visit.complaints == []
        assert [url for url in visit.requests if url not in (visit.address, "data:,")] == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_never_scrolls_sideways(chromium: Any, folder: Path, name: str, width: int) -> None:
    with Visit(chromium, folder / f"{name}.html", width=width) as visit:
        assert visit.page.evaluate(WITHIN)
        visit.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert visit.page.evaluate(WITHIN)


def test_exactly_one_drawing_of_each_figure_shows(chromium: Any, folder: Path) -> None:
    for width in (360, 1280):
        with Visit(chromium, folder / "year.html", width=width, script=False) as visit:
            for figure in visit.page.locator("figure.figure:has(.wide)").all():
                assert figure.locator("svg.drawing:visible").count() == 1


def test_every_word_of_a_drawing_lies_inside_it(chromium: Any, folder: Path) -> None:
    outside = """() => [...document.querySelectorAll('svg.drawing')].filter((s) => s.getClientRects().length)
      .flatMap((svg) => { const box = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter((t) => { const r = t.getBoundingClientRect();
          return r.left < box.left - 12 || r.right > box.right + 12; }).map((t) => t.textContent); })"""
    for name in ("year", "zh", "grown"):
        for width in (360, 1280):
            with Visit(chromium, folder / f"{name}.html", width=width) as visit:
                assert visit.page.evaluate(outside) == []


def test_pointing_at_a_mark_shows_its_number(chromium: Any, folder: Path) -> None:
    with Visit(chromium, folder / "year.html", reduced_motion="reduce") as visit:
        bar = visit.page.locator("#sales-by-month .wide rect.bar").nth(11)
        said = bar.locator("title").text_content()
        bar.scroll_into_view_if_needed()
        visit.page.evaluate(TWO_FRAMES)  # scrolling puts a tip away, and says so one frame later
        bar.hover()
        assert visit.page.locator(".tip.shown").text_content() == said
        visit.page.keyboard.press("Escape")
        assert visit.page.locator(".tip.shown").count() == 0


def test_a_table_sorts_by_its_numbers_both_ways(chromium: Any, folder: Path) -> None:
    column = "[...document.querySelectorAll('#rfm-segments tbody tr')].map((r) => Number(r.cells[2].dataset.value))"
    with Visit(chromium, folder / "year.html") as visit:
        visit.page.locator("#rfm-segments summary").click()
        head = visit.page.locator("#rfm-segments thead th").nth(2)
        head.locator("button").click()
        down = visit.page.evaluate(column)
        assert down == sorted(down, reverse=True)
        assert head.get_attribute("aria-sort") == "descending"
        head.locator("button").click()
        assert visit.page.evaluate(column) == down[::-1]


def test_the_dark_page_is_dark_and_the_printed_one_is_not(chromium: Any, folder: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with Visit(chromium, folder / "year.html", color_scheme="dark") as visit:
        assert visit.page.evaluate(ground) == "rgb(19, 23, 27)"
        visit.page.emulate_media(media="print", color_scheme="dark")
        assert visit.page.evaluate(ground) == "rgb(255, 255, 255)"


def test_the_page_prints_on_a4_without_cutting_a_drawing(chromium: Any, folder: Path) -> None:
    with Visit(chromium, folder / "grown.html", width=688) as visit:
        visit.page.emulate_media(media="print")
        ends = "[...document.querySelectorAll('svg.drawing, .heat')].map((e) => e.getBoundingClientRect().right)"
        assert max(visit.page.evaluate(ends)) <= 690
        assert visit.page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")


def test_a_long_name_without_blanks_is_broken_and_every_box_that_scrolls_can_be_reached_by_keys(
    chromium: Any, tmp_path: Path
) -> None:
    name = "customer_feedback_responses_form_respons"
    data = shop(customers=40)
    data = replace(
        data, freshness_note=f"{name}: newest event of 22 October 2011, 31 days before the report date",
        checks=data.checks.with_columns(sample=pl.lit(f'[{{"source": "{name}"}}]')),
    )  # fmt: skip
    file = tmp_path / "long.html"
    file.write_text(render(data), encoding="utf-8")
    with Visit(chromium, file, width=390) as visit:
        assert visit.page.evaluate(WITHIN)
        boxes = "[...document.querySelectorAll('.scroll')].every((box) => box.tabIndex === 0)"
        assert visit.page.evaluate(boxes)
    with Visit(chromium, file) as visit:
        width = "document.querySelector('#checks .every td:nth-child(2)').getBoundingClientRect().width"
        assert visit.page.evaluate(width) > 150
