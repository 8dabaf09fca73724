"""What `analytics sources propose` makes of one file: columns, rules, questions, readings of dates and numbers."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from proposal_files import (
    EXPECTED,
    FILES,
    Desk,
    battery_survey,
    mapping,
    seen,
    table,
)

from pipelines.configuration_file import load
from pipelines.source_proposal import Proposal, doubts_of
from pipelines.source_proposal_preview import Preview, preview
from pipelines.yaml_document import read_document

REAL_DATA = Path(os.environ.get("ANALYTICS_REAL_DATA", "."))
Proposed = Callable[[str], tuple[Desk, Proposal]]
needs_real_data = pytest.mark.skipif(
    "ANALYTICS_REAL_DATA" not in os.environ, reason="ANALYTICS_REAL_DATA names no real data"
)


@pytest.fixture(scope="session")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Proposed:
    """A function from the name of one of the files above to its proposal, made once."""

    @cache
    def of(name: str) -> tuple[Desk, Proposal]:
        desk = Desk(tmp_path_factory.mktemp("desk"))
        return desk, desk.propose_text(FILES[name](), name)

    return of


@pytest.mark.parametrize("name", EXPECTED)
def test_every_column_that_names_or_values_tell_is_mapped_and_no_other(proposed: Proposed, name: str) -> None:
    assert mapping(proposed(name)[1])["columns"] == EXPECTED[name]


@pytest.mark.parametrize("name", FILES)
def test_the_configuration_has_no_problem_and_a_night_accepts_the_rows(proposed: Proposed, name: str) -> None:
    desk, proposal = proposed(name)
    assert desk.errors(proposal.text) == []
    assert proposal.is_runnable
    counts = seen(proposal).counts
    assert counts["rows_in"] > 0
    assert counts["accepted"] + counts["duplicates"] + counts["quarantined"] == counts["rows_in"]
    assert counts["quarantined"] == 0


@pytest.mark.parametrize("name", FILES)
def test_every_other_reading_can_be_put_in_the_place_of_the_guess(proposed: Proposed, name: str) -> None:
    desk, proposal = proposed(name)
    lines = proposal.text.splitlines()
    for place, line in enumerate(lines):
        other = re.fullmatch(r"( +)# ([a-z_]+): (.*)", line)
        if other is None:
            continue
        indent, key, value = other.groups()
        rivals = {"unit_price": ("amount", "unit_price"), "amount": ("amount", "unit_price")}.get(key, (key,))
        swapped = [
            f"{indent}{key}: {value}" if at == place else each
            for at, each in enumerate(lines)
            if at == place or not each.startswith(tuple(f"{indent}{rival}: " for rival in rivals))
        ]
        assert desk.errors("\n".join(swapped)) == [], line


def test_decimal_commas_groups_of_thousands_and_a_delivery_charge_of_a_german_shop(proposed: Proposed) -> None:
    _, proposal = proposed("bestellungen.csv")
    source = mapping(proposal)
    assert (source["decimal"], source["thousands"]) == (",", ".")
    assert source["charge_when"] == "(\"Artikel-Nr\" = 'VERSAND')"
    business = read_document(proposal.text).data["business"]
    assert (business["currency"], business["timezone"]) == ("EUR", "Europe/Berlin")
    assert [str(amount) for _, amount in seen(proposal).kinds.values()][1] == "4.90000000"
    assert max(float(amount) for amount in seen(proposal).rows["amount"]) > 1_000


def test_the_rules_of_a_till_s_receipts_are_found_with_what_speaks_for_them(proposed: Proposed) -> None:
    _, proposal = proposed("till.csv")
    source = mapping(proposal)
    assert source["refund_when"] == "(\"Receipt No\" LIKE 'C%')"
    assert source["charge_when"] == "(\"Stock Code\" = 'POST')"
    assert source["exclude_when"] == "(\"Stock Code\" = 'M')"
    assert "# 9 rows, 100% of them negative" in proposal.text
    kinds = {kind: rows for kind, (rows, _) in seen(proposal).kinds.items()}
    assert kinds == {"sold": 300, "refund": 9, "charge": 5, "excluded": 1}
    assert seen(proposal).counts["duplicates"] == 1
    assert "# duplicates: keep" in proposal.text


def test_orders_that_were_cancelled_or_sent_back_count_in_no_measure(proposed: Proposed) -> None:
    chinese = mapping(proposed("订单.csv")[1])
    assert chinese["exclude_when"] == "(\"订单状态\" = '已取消')"
    _, proposal = proposed("shop_orders.csv")
    assert mapping(proposal)["exclude_when"] == "Status = 'refunded'"
    assert "# refund_when: Status = 'refunded'" in proposal.text


def test_the_day_of_an_interview_is_known_by_its_short_name_where_it_is_a_date(desk: Desk) -> None:
    days = [(i, f"05/{9 + i % 15:02}/2016 12:00:00 AM", 1 + i % 7, 1 + i % 5) for i in range(60)]
    source = mapping(desk.propose_text(table("RESPNUM,INTDATE,DAY,Q7ALL", days), kind="surveys"))
    assert source["columns"]["responded_at"] == "INTDATE"


def test_questions_of_a_form_get_their_kind_from_their_words_and_their_scale(proposed: Proposed) -> None:
    source = mapping(proposed("feedback.csv")[1])
    kinds = {name: question["kind"] for name, question in source["questions"].items()}
    assert kinds == {
        "How satisfied are you overall? (1-5)": "csat", "How likely are you to recommend us? (0-10)": "nps",
    }  # fmt: skip
    assert source["columns"]["responded_at"] == "Timestamp"
    assert source["columns"]["response_id"].startswith("md5(concat_ws(")


def test_questions_of_a_list_are_told_by_their_answers_and_codes_beside_the_scale_are_no_answer(
    proposed: Proposed,
) -> None:
    _, proposal = proposed("answers.csv")
    questions = mapping(proposal)["questions"]
    assert questions["overall"] == {"kind": "csat", "blank": ["9"]}
    assert questions["recommend"] == {"kind": "nps"}
    assert "9 (3 answers) is taken to mean no answer" in proposal.text


def test_of_a_list_of_coded_questions_the_one_about_the_whole_is_asked_and_the_others_are_offered(desk: Desk) -> None:
    proposal = desk.propose_text(battery_survey(), "2014.csv")
    assert list(mapping(proposal)["questions"]) == ["Q7ALL"]
    assert "blank: [0, 6]" in proposal.text
    for name in ("Q7FOOD", "Q7SIGN", "Q7WIFI"):
        assert f"      # {name}: {{" in proposal.text
    assert "GATE" not in str(mapping(proposal)["questions"])


@pytest.mark.parametrize("name", ["Zeitstempel", "Horodateur", "Marca temporal", "タイムスタンプ"])
def test_the_moment_of_a_form_is_known_in_the_language_of_its_sheet(desk: Desk, name: str) -> None:
    rows = [(f"{1 + i % 28:02}.01.2024 10:00:01", f"a{i}@example.org", i % 11) for i in range(40)]
    proposal = desk.propose_text(table(f"{name},E-Mail,How likely are you to recommend us?", rows), "form.csv")
    assert mapping(proposal)["columns"]["responded_at"] == name
    assert [key for key, doubt in doubts_of(proposal) if "says when an answer" in doubt.text] == []


def test_a_date_under_a_name_that_says_nothing_is_taken_for_the_answer_s_and_doubted(desk: Desk) -> None:
    rows = [(f"R{i}", "1980-02-03", f"2024-01-{1 + i % 28:02}", 1 + i % 5) for i in range(60)]
    proposal = desk.propose_text(table("Response ID,Date of birth,Welle,Overall satisfaction", rows), "survey.csv")
    assert mapping(proposal)["columns"]["responded_at"] == "Welle"
    assert "Welle holds dates: is it that?" in proposal.text
    assert "no column holds a date" not in proposal.text


def test_of_two_numbers_of_a_response_the_one_that_never_repeats_is_taken(desk: Desk) -> None:
    rows = [(f"{i:032x}", 1 + i % 5, f"2024-01-{1 + i % 28:02} 10:00:00", f"net{i // 2}") for i in range(60)]
    proposal = desk.propose_text(table("#,How satisfied are you?,Submit Date (UTC),Network ID", rows), "responses.csv")
    assert mapping(proposal)["columns"]["response_id"] == "#"
    assert "order_id" not in mapping(proposal)["columns"]


@pytest.mark.parametrize("name", ["Kd-Nr.", "Kd.-Nr.", "KdNr", "Debitor", "Debitorennr.", "顧客番号"])
def test_a_customer_s_number_is_known_by_its_short_names(desk: Desk, name: str) -> None:
    rows = [(f"B{i}", "2024-01-02", 100 + i % 9, 9.5, f"Ann {i % 9}", f"Bob {i % 9}") for i in range(40)]
    proposal = desk.propose_text(table(f"Belegnr.,Belegdatum,{name},Betrag,Bill-to Name,Buyer Name", rows))
    assert mapping(proposal)["columns"]["customer_id"].replace('"', "") == name
    assert "product_name" not in mapping(proposal)["columns"]


def test_a_japanese_list_of_orders_is_understood_with_its_currency(desk: Desk) -> None:
    rows = [(f"{i // 2:08}", f"2024/01/{1 + i % 28:02} 14:10", f"C{i // 2 % 9}", "ソファ", 1 + i % 3, 994,
             f'"￥{994 * (1 + i % 3):,}"') for i in range(60)]  # fmt: skip
    header = "注文番号,注文日時,顧客番号,商品名,数量,単価,小計"
    proposal = desk.propose_text(table(header, rows).encode("cp932"))
    assert mapping(proposal)["columns"] == {
        "order_id": "注文番号", "ordered_at": "注文日時", "customer_id": "顧客番号", "product_name": "商品名",
        "quantity": "数量", "unit_price": "単価",
    }  # fmt: skip
    assert read_document(proposal.text).data["business"]["currency"] == "JPY"


def test_a_date_that_is_called_so_and_cannot_be_told_is_the_one_to_declare(desk: Desk) -> None:
    rows = [(f"S{i}", f"Jan/{1 + i % 28:02}/24", f"b{i % 9}", 9.5) for i in range(40)]
    proposal = desk.propose_text(table("Order Number,Sale Date,Buyer ID,Sold For", rows))
    assert "# ordered_at: Sale Date" in proposal.text
    assert re.search(r"its values \(`Jan/\d\d/24`\) are none that could be told", " ".join(proposal.text.split()))
    text = proposal.text.replace("# ordered_at: Sale Date", "ordered_at: Sale Date")
    assert desk.errors(text.replace("    columns:", "    date_format: '%b/%d/%y'\n    columns:")) == []


def test_both_readings_of_a_date_are_named_and_one_is_declared_so_that_it_runs(desk: Desk) -> None:
    chance = random.Random(3)
    days = [(i, f"{chance.randint(1, 12):02}/{chance.randint(1, 12):02}/2024", i % 20, 9.5) for i in range(60)]
    header = "Order,Date,Customer,Total"
    european = desk.propose_text(table(header, days))
    assert mapping(european)["date_format"] == "%d/%m/%Y"
    assert "# date_format: '%m/%d/%Y'" in european.text
    assert "nothing in the file decides" in european.text
    american = desk.propose_text(table(header, days), currency="USD")
    assert mapping(american)["date_format"] == "%m/%d/%Y"
    assert european.is_runnable
    assert american.is_runnable


def test_the_order_of_a_file_decides_between_two_readings(desk: Desk) -> None:
    days = [dt.date(2024, month, day) for month in range(1, 13) for day in (1, 3, 5, 8, 11, 12)]
    header = "Order,Date,Customer,Total"
    for form in ("%d/%m/%Y", "%m/%d/%Y"):
        rows = [(i, f"{day:{form}}", i % 20, 9.5) for i, day in enumerate(days)]
        proposal = desk.propose_text(table(header, rows))
        assert mapping(proposal)["date_format"] == form
        assert "of the rows are in order" in proposal.text


def test_a_first_line_that_tells_excel_the_delimiter_is_no_title_and_needs_no_option(desk: Desk) -> None:
    rows = [(f"S{i}", "2024-01-02", i % 9, "5.50") for i in range(30)]
    text = table("Order No;Order Date;Customer No;Amount", rows, ";")
    proposal = desk.propose_text(f"sep=;\n{text}")
    assert not {"skip_rows", "delimiter", "header"} & mapping(proposal).keys()
    assert seen(proposal).rows["order_id"][0] == "S0"


def test_seconds_since_1970_are_moments(desk: Desk) -> None:
    rows = [(i, 1_700_000_000 + 90_000 * i, i % 9, 4.5) for i in range(30)]
    proposal = desk.propose_text(table("order id,created at,customer id,amount", rows))
    assert mapping(proposal)["columns"]["ordered_at"] == 'to_timestamp(CAST("created at" AS DOUBLE))'
    assert str(seen(proposal).first_event) == "2023-11-14"


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Created date (UTC)", "UTC"),
        ("created_at_utc", "UTC"),
        ("Created at (Europe/Paris)", "Europe/Paris"),
        ("Created at", None),
        ("Created at (UTC+2)", None),
        ("Created at (PST)", None),
    ],
)
def test_the_zone_that_a_column_s_name_tells_is_the_source_s_and_not_the_business_s(
    desk: Desk, name: str, zone: str | None
) -> None:
    rows = [(i, f"2024-01-{1 + i % 28:02} 03:18:59", i % 9, 4.5) for i in range(30)]
    proposal = desk.propose_text(table(f"Order ID,{name},Customer ID,Amount", rows), timezone="America/New_York")
    assert mapping(proposal).get("timezone") == zone
    assert ("names a time zone" in proposal.text) == ("+2" in name or "PST" in name)
    unasked = desk.propose_text(table(f"Order ID,{name},Customer ID,Amount", rows))
    assert read_document(unasked.text).data["business"]["timezone"] == "Europe/Paris" or zone != "Europe/Paris"
    if zone == "UTC":
        assert mapping(unasked)["timezone"] == "UTC"


def test_a_time_that_carries_its_zone_needs_none_of_its_name(desk: Desk) -> None:
    rows = [(i, f"2024-01-{1 + i % 28:02}T03:18:59Z", i % 9, 4.5) for i in range(30)]
    proposal = desk.propose_text(table("Order ID,Created at (UTC),Customer ID,Amount", rows), timezone="Asia/Tokyo")
    assert "timezone" not in mapping(proposal)


def test_a_date_is_joined_with_the_time_of_day_beside_it(desk: Desk) -> None:
    rows = [("S1", f"2024-02-{1 + i % 28:02}", f"{9 + i % 9}:05", f"T{i // 2}", 4.5, f"L{i % 9}") for i in range(60)]
    proposal = desk.propose_text(table("Store,Date,Time,Ticket,Amount,Loyalty Card", rows))
    assert mapping(proposal)["columns"]["ordered_at"] == "Date || ' ' || Time"
    assert seen(proposal).rows["ordered_at"][0] == "2024-02-01 09:05"
    assert mapping(proposal)["columns"]["customer_id"] == "Loyalty Card"


def test_an_order_s_number_is_told_by_its_values_where_its_name_says_nothing(desk: Desk) -> None:
    rows = [
        (f"V{i // 3}", "A" if i % 2 else "", f"2024-01-{1 + i // 3 % 28:02} 10:00", 4.5, f"P{i % 7}") for i in range(90)
    ]
    columns = mapping(desk.propose_text(table("Vorgang,Kunden-Nr,Bestelldatum,Betrag,Artikel-Nr", rows)))["columns"]
    assert columns["order_id"] == "Vorgang"
    rows = [row[1:] for row in rows]
    proposal = desk.propose_text(table("Kunden-Nr,Bestelldatum,Betrag,Artikel-Nr", rows))
    assert mapping(proposal)["columns"]["order_id"].startswith("coalesce(\"Kunden-Nr\", '') || '-' ||")
    assert seen(proposal).counts["quarantined"] == 0
    assert "what a customer bought at one moment counts as one order" in proposal.text


def test_a_proposal_under_which_too_many_rows_would_be_set_aside_is_not_called_runnable(desk: Desk) -> None:
    rows = [(i, "2024-01-02" if i % 5 else "soon", i % 9, 4.5) for i in range(1_200)]
    proposal = desk.propose_text(table("order id,order date,customer id,amount", rows))
    assert seen(proposal).reasons == {"unparsable_ordered_at": 240}
    assert desk.errors(proposal.text) == []
    assert not proposal.is_runnable


def test_a_day_with_the_name_of_its_month_between_hyphens_is_a_date(desk: Desk) -> None:
    rows = [(f"SI{i}", f"{1 + i % 28}-{('Jan', 'Feb')[i % 2]}-2026", f"ACC{i % 9}", f"{i}.50") for i in range(60)]
    proposal = desk.propose_text(table("Document No,Posting Date,Customer Account,Amount", rows))
    assert mapping(proposal)["columns"]["ordered_at"] == "Posting Date"
    assert "1-Jan-2026 read as 1 January 2026" in proposal.text


def test_days_with_a_year_of_two_digits_are_no_days_of_antiquity(desk: Desk) -> None:
    """11/02/26 is a day of the year 11 to who takes it for one of ISO; the silences between days grew with it."""
    days = [dt.date(2025, 11, 1) + dt.timedelta(i) for i in range(180)]
    rows = [(i, f"{day:%m/%d/%y}", i % 9, "$5.50") for i, day in enumerate(days)]
    assert "cadence_days" not in mapping(desk.propose_text(table("Order No,Date,Customer No,Amount", rows)))


def test_a_customer_s_account_goes_before_a_name_and_names_alone_are_doubted(desk: Desk) -> None:
    rows = [(i, "2026-01-02", f"ACC{i % 9}", f"Ann Smith{i % 5}", "5.50") for i in range(60)]
    proposal = desk.propose_text(table("Order No,Order Date,Customer Account,Customer Name,Amount", rows))
    assert mapping(proposal)["columns"]["customer_id"] == "Customer Account"
    assert "holds names" not in proposal.text
    rows = [(i, day, name, amount) for i, day, _, name, amount in rows]
    proposal = desk.propose_text(table("Order No,Order Date,Customer,Amount", rows))
    assert "Customer holds names: two customers of one name would count as one" in " ".join(proposal.text.split())


def test_lists_inside_a_row_are_named_as_what_is_not_read(desk: Desk) -> None:
    rows = [
        {
            "id": i,
            "created_at": f"2026-01-{1 + i % 28:02}",
            "customer": {"id": i % 9},
            "total": 5.5,
            "line_items": [{"sku": "A"}],
        }
        for i in range(40)
    ]
    proposal = desk.propose_text("\n".join(map(json.dumps, rows)), "orders.jsonl")
    assert "line_items holds a list in each row and cannot be read" in proposal.text
    assert "customer" not in next(d.text for _, d in doubts_of(proposal) if "holds a list" in d.text)


def test_orders_of_a_chinese_market_place_have_their_titles_and_unpaid_ones_are_doubted(desk: Desk) -> None:
    rows = [
        (1000 + i, f"tb{i % 9}", "88.00", "8.00", "等待买家付款" if i % 10 == 0 else "交易成功", "2026-01-02 09:00:00",
         ("红茶", "绿茶")[i % 2], 1, "旗舰店")
        for i in range(60)
    ]  # fmt: skip
    header = "订单编号,买家会员名,总金额,买家应付邮费,订单状态,订单创建时间,宝贝标题,宝贝总数量,店铺名称"
    proposal = desk.propose_text(table(header, rows))
    assert mapping(proposal)["columns"]["product_name"] == "宝贝标题"
    said = " ".join(doubt.text for _, doubt in doubts_of(proposal))
    assert "does 总金额 include 买家应付邮费?" in said
    assert "等待买家付款 (6)" in said


def test_a_state_of_the_country_is_no_state_of_an_order_where_another_column_tells_that(desk: Desk) -> None:
    rows = [(f"1-{i // 2}", "2026-01-02", "Refund" if i % 20 == 1 else "Order", "OR", f"{i}.5") for i in range(80)]
    source = mapping(desk.propose_text(table("order id,order date,type,order state,total", rows)))
    assert source["columns"]["status"] == "type"
    assert source["refund_when"] == "type = 'Refund'"


def test_how_one_rates_is_a_question_and_the_rows_of_a_grid_are_told_apart(desk: Desk) -> None:
    rows = [
        (f"2026-01-{1 + i % 28:02} 10:00", f"a{i}@example.com", *(1 + (i + j) % 5 for j in range(3))) for i in range(60)
    ]
    grid = "How satisfied were you with your visit?"
    header = f"Timestamp,Email Address,How would you rate our service?,{grid} [Staff],{grid} [Prices paid]"
    proposal = desk.propose_text(table(header, rows), "form.csv", kind="surveys")
    assert [each["id"] for each in mapping(proposal)["questions"].values()] == [
        "how_would_you_rate_our_service", "how_satisfied_staff", "how_satisfied_prices_paid"
    ]  # fmt: skip
    assert '# customer_id: lower(trim("Email Address"))' in proposal.text


def test_answers_in_words_of_a_known_scale_get_their_scores_and_others_are_doubted(desk: Desk) -> None:
    texts = ("Very satisfied", "Satisfied", "Neither satisfied nor dissatisfied", "Dissatisfied")
    rows = [(f"r{i}", f"2026-01-{1 + i % 28:02} 10:00", texts[i % 4]) for i in range(60)]
    proposal = desk.propose_text(table("Response ID,Submitted At,Overall satisfaction", rows), "survey.csv")
    words = {"Dissatisfied": 2, "Neither satisfied nor dissatisfied": 3, "Satisfied": 4, "Very satisfied": 5}
    assert mapping(proposal)["questions"]["Overall satisfaction"]["words"] == {"Very dissatisfied": 1, **words}
    assert seen(proposal).answers["overall_satisfaction"][0] == 60


def test_a_known_survey_tool_s_answers_in_words_are_scored_or_doubted(desk: Desk) -> None:
    def survey(*texts: str) -> str:
        rows = [
            (i, 7, "01/02/2026 10:00:00 AM", "01/02/2026 10:05:00 AM", texts[i % len(texts)]) for i in range(60)
        ]  # fmt: skip
        header = "Respondent ID,Collector ID,Start Date,End Date,How satisfied are you?"
        return table(header, [("", "", "", "", "Response"), *rows])

    proposal = desk.propose_text(survey("Very satisfied", "Satisfied", "Very dissatisfied"), "survey.csv")
    assert seen(proposal).answers["satisfaction"][0] == 60
    proposal = desk.propose_text(survey("Superb", "So so", "Meh"), "survey.csv")
    assert "61 of 61 answers are no numbers" in " ".join(proposal.text.split())
    assert "give each its score under `words`" in " ".join(proposal.text.replace("#", "").split())


def test_one_score_from_0_to_10_without_a_word_about_it_is_taken_for_nps_and_doubted(desk: Desk) -> None:
    rows = [(f"2024-01-{1 + i % 28:02}", i % 11) for i in range(100)]
    proposal = desk.propose_text(table("Date,Score", rows), "feedback.csv")
    assert mapping(proposal)["questions"] == {"Score": {"id": "score", "kind": "nps"}}
    assert "0 to 10 is the scale of NPS" in proposal.text


# ------------------------------------------------------------------ real data


@pytest.mark.slow
@needs_real_data
def test_the_giftware_wholesaler_is_understood_with_and_without_its_ready_mapping(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in (True, False):
        if not known:
            monkeypatch.setattr("assets.proposals.proposal.recognise", lambda header: [])
        proposal = desk.propose(REAL_DATA / "online_retail" / "by-day")
        assert desk.errors(proposal.text) == []
        counts = seen(proposal).counts
        assert counts["rows_in"] == 541_909
        assert (counts["accepted"], counts["duplicates"], counts["quarantined"]) == (536_639, 5_268, 2)
        assert seen(proposal).reasons == {"negative_unit_price": 2}
    source = mapping(proposal)
    assert source["refund_when"] == "InvoiceNo LIKE 'C%'"
    assert source["discount_when"] == "StockCode = 'D'"
    codes = {rule: set(re.findall(r"'([^']+)'", source[rule])) for rule in ("charge_when", "exclude_when")}
    assert {"POST", "DOT", "C2", "BANK CHARGES", "AMAZONFEE"} <= codes["charge_when"]
    assert {"M", "S", "B", "PADS", "CRUK"} <= codes["exclude_when"]


@pytest.mark.slow
@needs_real_data
def test_the_purchase_log_of_cd_buyers_keeps_its_total(desk: Desk) -> None:
    proposal = desk.propose(REAL_DATA / "cdnow" / "CDNOW_sample.txt")
    assert desk.errors(proposal.text) == []
    counts = seen(proposal).counts
    assert (counts["rows_in"], counts["accepted"], counts["duplicates"]) == (6_919, 6_898, 21)
    assert desk.errors(proposal.text.replace("duplicates: content", "duplicates: keep")) == []
    everything = preview(load(desk.target), desk.folder / "home")["cdnow_sample"]
    assert isinstance(everything, Preview)
    rows, amount = everything.kinds["sold"]
    assert (rows, float(amount)) == (6_919, 244_091.94)


@pytest.mark.slow
@needs_real_data
def test_the_airport_s_question_about_the_whole_is_found_with_its_scale_and_blanks(desk: Desk) -> None:
    proposal = desk.propose(REAL_DATA / "airport_survey" / "2014.csv")
    assert mapping(proposal)["questions"]["Q7ALL"]["blank"] == ["0", "6"]
    assert "2,677 answers from 1 to 5" in proposal.text
    assert "responded_at" in proposal.sources[0].missing


@pytest.mark.parametrize(
    "header",
    [
        "Numer zamówienia,Data zamówienia,Numer klienta,Kod produktu,Ilość,Cena jednostkowa",
        "Номер заказа,Дата заказа,Номер клиента,Артикул,Количество,Цена",
        "주문번호,주문일시,고객번호,상품코드,수량,판매가",
        "Numero ordine,Data ordine,Codice cliente,Codice articolo,Quantità,Prezzo unitario",
        "Número do pedido,Data do pedido,Código do cliente,Código do produto,Quantidade,Preço unitário",
    ],
)
def test_polish_russian_korean_italian_and_portuguese_lists_of_orders_are_understood(desk: Desk, header: str) -> None:
    rows = [(i // 2, "2026-01-02", 100 + i // 2 % 9, f"A{i % 7}", 1 + i % 3, 2.95) for i in range(60)]
    columns = mapping(desk.propose_text(table(header, rows)))["columns"]
    names = header.split(",")
    fields = ("order_id", "ordered_at", "customer_id", "product_id", "quantity", "unit_price")
    assert [columns[field].strip('"') for field in fields] == names
