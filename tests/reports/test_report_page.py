"""The page as a whole: well-formed, inert, self-contained, the same every time, and true to its numbers."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from dataclasses import fields, replace
from decimal import Decimal

import polars as pl
import pytest
from page_reader import part, read, rows, whole
from sample_data import empty, shop
from sample_frames import AS_OF, MARK, frame

from reports.page import render
from reports.report_data import ReportData

SECTIONS = (
    "scorecard", "sales", "segments", "lifecycle", "tiers", "retention", "satisfaction", "churn", "moves", "quality",
    "definitions",
)  # fmt: skip
ODDITIES = re.compile(r"\b(nan|None|inf|undefined|NaT)\b")


def without_money(data: ReportData) -> ReportData:
    """The same night where no source maps money."""
    gone = {
        "rfm_segments": ("monetary", "m"),
        "value_tiers": ("value",),
        "band_values": ("value",),
        "segment_moves": ("value_moved",),
        "restatements": ("gross_change", "net_change"),
        "row_accounting": ("amount_in", "amount_accepted", "amount_duplicates", "amount_quarantined"),
    }
    frames = {
        name: getattr(data, name).with_columns(pl.lit(None, getattr(data, name).schema[c]).alias(c) for c in columns)
        for name, columns in gone.items()
    }
    frames["value_tiers"] = frames["value_tiers"].with_columns(tier=pl.lit("none"))
    money = pl.col("kpi").is_in(["net_sales", "aov", "refund_rate"])
    return replace(data, **frames, kpi_scorecard=data.kpi_scorecard.filter(~money))


@pytest.fixture(
    scope="module", params=["year", "zh", "grown", "empty", "empty_zh", "one_customer", "no_money", "first_night"]
)
def any_page(request: pytest.FixtureRequest, year: ReportData) -> str:
    cases = {
        "year": lambda: year,
        "zh": lambda: replace(year, language="zh"),
        "grown": lambda: shop(customers=900, months=36, surveys="months"),
        "empty": empty,
        "empty_zh": lambda: empty(language="zh"),
        "one_customer": lambda: shop(customers=1, seed=3, surveys="none"),
        "no_money": lambda: without_money(year),
        "first_night": lambda: replace(year, previous_as_of=None, segment_moves=year.segment_moves.clear()),
    }
    return render(cases[request.param]())


def test_the_document_is_well_formed_and_its_references_lead_somewhere(any_page: str) -> None:
    document, errors = read(any_page)
    assert errors == []
    elements = document.all()
    ids = [e.attributes["id"] for e in elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    targets = [e.attributes["href"][1:] for e in elements if e.attributes.get("href", "").startswith("#")]
    targets += [e.attributes["aria-labelledby"] for e in elements if "aria-labelledby" in e.attributes]
    assert targets
    assert set(targets) <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", any_page)) <= set(ids)


def test_every_section_stands_with_figures_or_a_sentence(any_page: str) -> None:
    document, _ = read(any_page)
    for id in SECTIONS:
        section = part(document, id)
        content = section.all("figure") + section.all("article", "card") + section.all("p", "empty")
        assert content or section.all("dl"), id
        assert section.all("h2")[0].text


def test_every_picture_has_a_name_and_the_numbers_behind_its_marks(any_page: str) -> None:
    document, _ = read(any_page)
    for picture in document.all("svg", "drawing"):
        assert picture.attributes["role"] == "img"
        assert picture.attributes["aria-label"]
        assert picture.all("title"), picture.attributes["aria-label"]
    for figure in document.all("figure"):
        assert figure.all("h3", "takeaway")[0].text
        assert figure.all("table", "numbers-table"), figure.attributes["id"]


def test_no_absent_figure_shows_as_a_programmers_word(any_page: str) -> None:
    document, _ = read(any_page)
    assert ODDITIES.findall(document.text) == []
    assert ODDITIES.findall(" ".join(v for e in document.all() for v in e.attributes.values())) == []


def test_nothing_is_requested_and_nothing_needs_a_looser_policy(any_page: str) -> None:
    assert not re.search(r"https?:|//[a-z]|@import|\bsrc=", any_page.replace("data:,", ""))
    document, _ = read(any_page)
    for element in document.all():
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
    policy = next(e for e in document.all("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy.attributes["content"].startswith("default-src 'none'; ")
    assert "unsafe" not in policy.attributes["content"]
    for tag in ("style", "script"):
        (element,) = document.all(tag)
        digest = base64.b64encode(hashlib.sha256("".join(element.texts).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy.attributes["content"]


def test_no_customer_reaches_the_page(any_page: str) -> None:
    assert MARK not in any_page


def test_the_same_numbers_give_the_same_bytes_in_whatever_order_their_rows_come(year: ReportData, page: str) -> None:
    assert render(year) == page
    frames = {f.name: getattr(year, f.name) for f in fields(year)}
    mixed = {n: f.sample(fraction=1.0, shuffle=True, seed=5) for n, f in frames.items() if isinstance(f, pl.DataFrame)}
    assert render(replace(year, **mixed)) == page


def test_words_from_the_data_stay_words(year: ReportData) -> None:
    attack = "\"'></title><script>alert(1)</script><img src=x onerror=alert(1)>"
    data = replace(
        year,
        business_name=attack,
        currency=attack,
        release_id=attack,
        freshness_note=attack,
        notes=(attack,),
        churn_choice_reason=attack,
        csat=year.csat.with_columns(question=pl.lit(attack)),
        kpi_scorecard=year.kpi_scorecard.with_columns(
            question=pl.when(pl.col("question").is_not_null()).then(pl.lit(attack))
        ),
        row_accounting=year.row_accounting.with_columns(
            source=pl.lit(attack), file=pl.lit(attack), error=pl.lit(attack), currency=pl.lit(attack)
        ),
        quarantine_reasons=year.quarantine_reasons.with_columns(source=pl.lit(attack), reason=pl.lit(attack)),
        checks=year.checks.with_columns(
            pl.lit(attack).alias(c) for c in ("table", "check", "severity", "description", "observed")
        ),
        model_evaluation=year.model_evaluation.with_columns(model=pl.lit(attack)),
        segment_moves=year.segment_moves.with_columns(
            from_segment=pl.when(pl.col("from_segment") == "loyal").then(pl.lit("loyal")).otherwise("from_segment")
        ),
    )
    page = render(data)
    document, errors = read(page)
    assert errors == []
    assert len(document.all("script")) == 1
    assert document.all("img") == []
    assert document.all("h1")[0].text == attack
    assert page.count("<script>alert") == 0


def test_groups_on_the_page_sum_to_all_customers(year: ReportData, page: str) -> None:
    document, _ = read(page)
    buyers, known = year.rfm_segments.height, year.lifecycle_stages.height
    assert sum(whole(row[3]) for row in rows(document, "rfm-grid")) == buyers
    assert sum(whole(row[2]) for row in rows(document, "rfm-segments")) == buyers
    assert sum(whole(row[2]) for row in rows(document, "lifecycle-stages")) == known
    assert sum(whole(row[1]) for row in rows(document, "value-tiers")) == buyers
    assert sum(whole(row[2]) for row in rows(document, "churn-bands")) == year.churn_scores.height
    assert sum(whole(row[1]) for row in rows(document, "churn-distribution")) == year.churn_scores.height


def test_money_on_the_page_is_the_money_of_the_tables(year: ReportData, page: str) -> None:
    document, _ = read(page)
    shown = sum(
        int(row[4].replace("£", "").replace(",", "").replace("−", "-")) for row in rows(document, "rfm-segments")
    )
    assert abs(shown - year.rfm_segments["monetary"].sum()) <= 11 * Decimal("0.5")


def test_a_customer_stands_in_the_row_of_recency_and_the_column_of_frequency() -> None:
    recent_and_rare = {
        "customer_id": MARK, "as_of": AS_OF, "recency_days": 1, "frequency": 1, "monetary": Decimal(5), "r": 5, "f": 1,
        "m": 1, "segment": "new_customers",
    }  # fmt: skip
    document, _ = read(render(empty(rfm_segments=frame("rfm_segments", [recent_and_rare]))))
    (held,) = [row for row in rows(document, "rfm-grid") if row[3] == "1"]
    assert held[:3] == ["5", "1", "New customers"]


def test_the_cohort_table_holds_the_active_customers_of_the_frame(year: ReportData, page: str) -> None:
    document, _ = read(page)
    shown = {row[0]: [whole(cell) for cell in row[2:] if cell] for row in rows(document, "retention-cohorts")}
    for (month,), cells in year.retention_cohorts.sort("period").group_by("cohort_month"):
        assert isinstance(month, dt.date)
        assert shown[f"{month:%b %Y}"] == cells["active"].to_list()


def test_an_unfinished_cohort_month_shows_no_share_and_a_truncated_cohort_is_marked(page: str) -> None:
    document, _ = read(page)
    (heat,) = document.all("table", "heat")
    body = heat.all("tbody")[0].children
    assert [row.children[0].text.endswith("*") for row in body] == [True] * 3 + [False] * 10
    for row in body:
        last = next(c for c in reversed(row.children) if "none" not in c.classes)
        assert last.classes == ["hatched"]
        assert last.text == ""
        assert last.attributes["title"].endswith("(month not over)")


def test_a_cell_of_a_finished_cohort_month_tells_its_interval_and_month_nought_none(page: str) -> None:
    document, _ = read(page)
    (heat,) = document.all("table", "heat")
    first_row = heat.all("tbody")[0].children[0].children
    start, after = (cell.attributes["title"] for cell in first_row[2:4])
    assert start.endswith("(100.0%)")
    assert re.search(r"\([\d.]+%; 95% interval [\d.]+% to [\d.]+%\)$", after)


def test_rows_are_accounted_as_in_the_table(year: ReportData, page: str) -> None:
    document, _ = read(page)
    for row in rows(document, "row-accounting"):
        own = year.row_accounting.filter(pl.col("source") == row[0])
        assert [whole(c) for c in row[2:9]] == [
            own[c].sum()
            for c in ("rows_in", "accepted", "excluded", "charges", "superseded", "duplicates", "quarantined")
        ]
        assert whole(row[2]) == whole(row[3]) + whole(row[7]) + whole(row[8])


def test_broken_laws_are_said_aloud(year: ReportData) -> None:
    broken = year.row_accounting.with_columns(pl.col("accepted") + 1, pl.col("amount_in") + Decimal("0.01"))
    document, _ = read(render(replace(year, row_accounting=broken)))
    assert part(document, "row-accounting").all("h3")[0].text.startswith("The row law is broken")
    assert part(document, "money-accounting").all("h3")[0].text.startswith("The money does not add up")


def test_three_years_of_cohorts_stay_small() -> None:
    page = render(shop(customers=900, months=36, surveys="months"))
    assert page.count('scope="row">') > 36
    assert len(page.encode()) < 1_500_000


def test_without_money_no_amount_is_invented(year: ReportData) -> None:
    page = render(without_money(year))
    document, _ = read(page)
    assert "£" not in document.text
    assert part(document, "tiers").all("p", "empty")
    assert part(document, "sales").all("figure")
    assert {row[5] for row in rows(document, "rfm-grid")} == {"–"}


def test_an_empty_night_says_why_in_every_section() -> None:
    document, _ = read(render(empty()))
    for id in SECTIONS[:-1]:
        (sentence,) = part(document, id).all("p", "empty")
        assert sentence.text.endswith(".")
    assert document.all("svg", "drawing") == []


def test_every_frame_may_be_the_only_empty_one(year: ReportData) -> None:
    for field in fields(year):
        value = getattr(year, field.name)
        if isinstance(value, pl.DataFrame):
            _, errors = read(render(replace(year, **{field.name: value.clear()})))
            assert errors == [], field.name
