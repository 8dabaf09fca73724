"""Dates that `analytics sources propose` reads although a zone stands behind them, or a year has two digits."""

from __future__ import annotations

import datetime as dt

import pytest
from proposal_files import Desk, battery_survey, mapping, seen, table

from pipelines.configuration_file import load
from pipelines.source_proposal import doubts_of
from pipelines.source_proposal_preview import Preview, preview


@pytest.mark.parametrize(
    ("form", "zone"),
    [
        ("%d-%b-%Y %I:%M %p PDT", "America/Los_Angeles"),
        ("%Y/%m/%d %I:%M:%S %p GMT+1", "Etc/GMT-1"),
        ("%d.%m.%Y %H:%M:%S UTC", "UTC"),
    ],
)
def test_a_zone_behind_every_time_is_taken_off_and_is_the_source_s(desk: Desk, form: str, zone: str) -> None:
    days = [dt.datetime(2024, 1, 2, 9) + dt.timedelta(hours=17 * i) for i in range(60)]
    rows = [(i, day.strftime(form), i % 9, 10) for i, day in enumerate(days)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Amount", rows))
    assert mapping(proposal)["columns"]["ordered_at"].startswith("regexp_replace(trim(")
    assert seen(proposal).counts["accepted"] == 60
    assert zone in (mapping(proposal).get("timezone"), proposal.business["timezone"].value)


def test_iso_times_with_the_letters_utc_are_read_as_they_stand(desk: Desk) -> None:
    days = [dt.datetime(2024, 1, 2, 9) + dt.timedelta(hours=17 * i) for i in range(60)]
    rows = [(i, f"{day:%Y-%m-%d %H:%M:%S} UTC", i % 9, 10) for i, day in enumerate(days)]
    proposal = desk.propose_text(table("Order No,created_at,Customer No,Amount", rows))
    assert mapping(proposal)["columns"]["ordered_at"] == "created_at"
    assert seen(proposal).counts["accepted"] == 60


def test_a_time_that_carries_its_offset_is_said_to_be_converted(desk: Desk) -> None:
    """Half past eleven at night in New York was shown as that day's, which in London is the next one."""
    late = [(i, f"2024-01-{1 + i % 28:02} 23:30:00-05:00", i % 9, 10) for i in range(60)]
    proposal = desk.propose_text(table("Order No,created_at,Customer No,Amount", late))
    assert "-05:00 read as 1 January 2024 23:30:00, then converted to the business's zone" in proposal.text
    plain = [(number, moment[:19], *rest) for number, moment, *rest in late]
    assert "converted" not in desk.propose_text(table("Order No,created_at,Customer No,Amount", plain)).text


def test_years_of_two_digits_are_settled_by_how_far_the_days_lie_apart(desk: Desk) -> None:
    """31.12.24 may be the last day of 2024, or a Christmas Eve in 2031."""
    days = [dt.date(2024, 1, 2) + dt.timedelta(days=3 * i) for i in range(200)]
    rows = [(f"B{i}", f"{day:%d.%m.%y}", i % 9, "10,50") for i, day in enumerate(days)]
    proposal = desk.propose_text(table("Belegnr;Datum;Kundennr;Betrag", rows, ";"))
    assert mapping(proposal)["date_format"] == "%d.%m.%y"
    assert (seen(proposal).first_event, seen(proposal).last_event) == (days[0], days[-1])
    assert any("%y.%m.%d" in doubt.text for _, doubt in doubts_of(proposal))


@pytest.mark.parametrize("written", ["46025", "46025,5"])
def test_numbers_of_days_as_excel_counts_them_are_dates(desk: Desk, written: str) -> None:
    rows = [(i, written.replace("25", f"{25 + i % 9}", 1), i % 9, 10) for i in range(50)]
    proposal = desk.propose_text(table("order no;order date;customer;amount", rows, ";"))
    assert seen(proposal).counts["accepted"] == 50
    assert str(seen(proposal).first_event) == "2026-01-03"


def test_a_tab_behind_every_value_is_taken_off(desk: Desk) -> None:
    rows = [(f"{i}\t", "2026-01-02 10:00:00\t", i % 9, ("已收货\t", "已取消\t")[i % 10 == 0], 10) for i in range(50)]
    proposal = desk.propose_text(table("订单号,下单时间,客户编号,订单状态,金额", rows))
    assert seen(proposal).counts["accepted"] == 50
    assert seen(proposal).counts["excluded"] == 5


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("12 de marzo de 2024", "3 de diciembre de 2024"),
        ("12. März 2024", "3. Dezember 2024"),
        ("12 mars 2024", "3 décembre 2024"),
        ("12 marca 2024", "3 grudnia 2024"),
        ("12 марта 2024", "3 декабря 2024"),
    ],
)
def test_months_in_words_of_another_language_come_with_the_expression_that_reads_them(
    desk: Desk, first: str, last: str
) -> None:
    rows = [(f"S{i}", last if i % 3 else first, f"b{i % 9}", 9.5) for i in range(40)]
    proposal = desk.propose_text(table("Order Number;Order Date;Buyer ID;Sold For", rows, ";"))
    assert "name months in words. This reads them:" in proposal.sources[0].missing["ordered_at"].text
    reading = next(line for line in proposal.text.splitlines() if "# ordered_at: try_strptime" in line)
    path = desk.put("read.yaml", proposal.text.replace(reading, reading.replace("# ", "", 1)))
    [found] = preview(load(path), desk.folder / "home").values()
    assert isinstance(found, Preview)
    assert (found.counts["accepted"], found.first_event, found.last_event) == (
        40,
        dt.date(2024, 3, 12),
        dt.date(2024, 12, 3),
    )


def test_history_begins_with_the_first_order_and_not_with_the_first_day_a_computer_knows(desk: Desk) -> None:
    header = "Order No,Order Date,Customer No,Amount"
    orders = desk.put("orders.csv", table(header, [(i, f"2024-03-{1 + i % 28:02}", i % 9, 10) for i in range(60)]))
    survey = desk.put("survey.csv", battery_survey())
    proposal = desk.propose(orders)
    assert proposal.first_night is not None
    assert (proposal.first_night.value, proposal.first_night.doubts) == ("2024-03-01", ())
    assert desk.errors(proposal.text) == []
    assert load(desk.target).nightly.first_as_of == dt.date(2024, 3, 1)
    # a survey whose day is MISSING hides no orders, and moves nothing
    beside = desk.propose(orders, survey)
    assert not beside.is_runnable
    assert (seen(beside).counts["accepted"], beside.first_night) == (60, proposal.first_night)
    assert desk.propose(survey).first_night is None
    # of today's orders alone yesterday's night has to be possible
    today = desk.put("today.csv", table(header, [(i, f"{dt.date.today()}", i % 9, 10) for i in range(60)]))
    assert desk.propose(today).first_night is None


def test_a_first_day_told_by_some_of_the_rows_is_doubted(desk: Desk) -> None:
    rows = [(i, f"2024-03-{28 - i // 200:02}", i % 9, 10, "x" * 40) for i in range(4_000)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer No,Amount,Note", rows), budget=50_000)
    [doubt] = [doubt for place, doubt in doubts_of(proposal) if place == "nightly.first_as_of"]
    assert "is there an older order?" in doubt.text
    assert proposal.doubts == len(list(doubts_of(proposal)))
    assert desk.errors(proposal.text) == []
    assert load(desk.target).nightly.first_as_of > dt.date(2024, 3, 9)
