"""The verdict on a figure, and which target it is held against."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl
import pytest

from models.kpi_cards import STATUSES
from models.targets import status_of, target_frame, with_targets


@dataclass(frozen=True)
class Wanted:
    kpi: str
    operator: str
    value: float
    scope: str = "all"
    scope_value: str | None = None
    grain: str | None = None
    question: str | None = None
    valid_from: dt.date | None = None


def status(
    value: float | None,
    target: float,
    operator: str,
    *,
    low: float | None = None,
    high: float | None = None,
    n: int = 0,
    is_complete: bool = True,
    is_absent: bool = False,
    is_total: bool = False,
    minimum_n: int = 30,
) -> str:
    value_, low_, high_, target_ = (pl.lit(given, dtype=pl.Float64) for given in (value, low, high, target))
    return pl.select(
        status_of(
            value=value_, low=low_, high=high_, n=pl.lit(n), target=target_, operator=pl.lit(operator),
            is_complete=pl.lit(is_complete), is_absent=pl.lit(is_absent), is_total=pl.lit(is_total),
            minimum_n=minimum_n,
        )
    ).item()  # fmt: skip


def test_a_figure_above_its_target_is_met_only_when_its_interval_is_too() -> None:
    assert status(0.90, 0.85, ">=", low=0.86, high=0.93, n=200) == "met"
    assert status(0.90, 0.85, ">=", low=0.84, high=0.95, n=200) == "met_not_distinguishable"
    assert status(0.85, 0.85, ">=", low=0.85, high=0.90, n=200) == "met"


def test_a_target_to_stay_below_looks_at_the_upper_end() -> None:
    assert status(20.0, 30.0, "<=", low=15.0, high=30.0, n=50) == "met"
    assert status(20.0, 30.0, "<=", low=15.0, high=31.0, n=50) == "met_not_distinguishable"
    assert status(31.0, 30.0, "<=", low=25.0, high=40.0, n=50) == "missed"


@pytest.mark.parametrize(("operator", "found"), [(">=", "met"), ("<=", "met"), (">", "missed"), ("<", "missed")])
def test_a_figure_on_the_target_meets_it_unless_it_should_be_strictly_better(operator: str, found: str) -> None:
    assert status(5.0, 5.0, operator, n=100) == found


def test_a_figure_below_its_target_is_missed_even_when_the_interval_reaches_it() -> None:
    assert status(0.80, 0.85, ">=", low=0.70, high=0.88, n=60) == "missed"


def test_an_estimate_from_fewer_than_thirty_is_not_judged_but_a_count_is() -> None:
    assert status(0.9, 0.85, ">=", low=0.7, high=0.97, n=29) == "too_few_data"
    assert status(0.9, 0.85, ">=", low=0.7, high=0.97, n=30) == "met_not_distinguishable"
    assert status(0.9, 0.85, ">=", low=0.7, high=0.97, n=29, minimum_n=20) == "met_not_distinguishable"
    assert status(12.0, 20.0, ">=", n=12, is_total=True) == "missed"
    assert status(None, 0.85, ">=", n=0) == "too_few_data"


def test_an_unfinished_period_is_not_judged_and_an_absent_input_says_so_first() -> None:
    assert status(0.2, 0.85, ">=", low=0.1, high=0.3, n=100, is_complete=False) == "incomplete_period"
    assert status(0.2, 0.85, ">=", low=0.1, high=0.3, n=5, is_complete=False) == "incomplete_period"
    assert status(None, 0.85, ">=", is_complete=False, is_absent=True) == "input_absent"


def test_every_status_is_declared() -> None:
    assert {"met", "missed", "met_not_distinguishable", "too_few_data", "incomplete_period", "input_absent"} == set(
        STATUSES
    )


ROW = {
    "kpi": "csat", "question": "overall", "scope": "all", "scope_value": "all", "grain": "month",
    "period_end": dt.date(2024, 3, 31), "is_absent": False,
}  # fmt: skip
ROW_TYPES = {"question": pl.String, "period_end": pl.Date}


def _target_of(row: dict[str, object], *declared: Wanted) -> float | None:
    rows = pl.DataFrame([row], schema_overrides=ROW_TYPES)
    return with_targets(rows, target_frame(declared))["target"][0]


def test_a_target_without_a_scope_is_for_the_whole_at_any_grain() -> None:
    general = Wanted("csat", ">=", 0.85)
    assert _target_of(ROW, general) == 0.85
    assert _target_of(ROW | {"grain": "total"}, general) == 0.85
    assert _target_of(ROW | {"scope": "channel", "scope_value": "web"}, general) is None
    assert _target_of(ROW | {"kpi": "nps"}, general) is None


def test_a_target_for_one_channel_is_for_no_other() -> None:
    web = Wanted("csat", ">=", 0.9, scope="channel", scope_value="web")
    assert _target_of(ROW | {"scope": "channel", "scope_value": "web"}, web) == 0.9
    assert _target_of(ROW | {"scope": "channel", "scope_value": "store"}, web) is None
    assert _target_of(ROW, web) is None


def test_the_more_particular_target_goes_before_the_general_one() -> None:
    general = Wanted("csat", ">=", 0.85)
    monthly = Wanted("csat", ">=", 0.80, grain="month")
    of_the_question = Wanted("csat", ">=", 0.70, question="overall")
    assert _target_of(ROW, monthly, general) == _target_of(ROW, general, monthly) == 0.80
    assert _target_of(ROW, of_the_question, monthly, general) == 0.70
    assert _target_of(ROW | {"question": "staff", "grain": "year"}, of_the_question, monthly, general) == 0.85


def test_a_target_holds_for_periods_that_end_on_or_after_its_first_day() -> None:
    old, new = Wanted("csat", ">=", 0.8), Wanted("csat", ">=", 0.9, valid_from=dt.date(2024, 3, 31))
    assert _target_of(ROW, old, new) == 0.9
    assert _target_of(ROW | {"period_end": dt.date(2024, 2, 29)}, old, new) == 0.8


def test_an_absent_input_is_shown_beside_the_target_it_was_to_reach() -> None:
    absent = ROW | {"question": None, "grain": "total", "period_end": None, "is_absent": True}
    assert _target_of(absent, Wanted("csat", ">=", 0.85, grain="month", question="overall")) == 0.85
