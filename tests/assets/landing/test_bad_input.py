"""Bad input: quarantined with every reason, or refused with what was found; the good rows go on, none is lost."""

from __future__ import annotations

import gzip
from decimal import Decimal

import pytest

from assets.landing.landing_zone import LandingError

from .conftest import HEADER, ORDERS, Zone

GOOD = "o1,2024-06-01 10:00:00,anna,p1,2,5.00\n"
GOOD_AMOUNT = Decimal("10.00")

# One bad row each, its reasons, and the money of it that can be read.
BAD_ROWS = {
    "no order id": (",2024-06-01,bob,p1,1,2.00", ["missing_order_id"], Decimal(2)),
    "blank order id": ("   ,2024-06-01,bob,p1,1,2.00", ["missing_order_id"], Decimal(2)),
    "no date": ("o2,,bob,p1,1,2.00", ["missing_ordered_at"], Decimal(2)),
    "unparsable date": ("o2,yesterday,bob,p1,1,2.00", ["unparsable_ordered_at"], Decimal(2)),
    "impossible date": ("o2,2024-02-30,bob,p1,1,2.00", ["unparsable_ordered_at"], Decimal(2)),
    "hour 24": ("o2,2024-02-20 24:00:00,bob,p1,1,2.00", ["unparsable_ordered_at"], Decimal(2)),
    "date too early": ("o2,1902-01-01,bob,p1,1,2.00", ["date_out_of_range"], Decimal(2)),
    "date too late": ("o2,2203-01-01,bob,p1,1,2.00", ["date_out_of_range"], Decimal(2)),
    "negative price": ("o2,2024-06-01,bob,p1,1,-2.00", ["negative_unit_price"], Decimal(-2)),
    "no price": ("o2,2024-06-01,bob,p1,1,", ["missing_unit_price"], Decimal(0)),
    "price in words": ("o2,2024-06-01,bob,p1,1,free", ["unparsable_unit_price"], Decimal(0)),
    "price with exponent": ("o2,2024-06-01,bob,p1,1,1e3", ["unparsable_unit_price"], Decimal(0)),
    "price in hex": ("o2,2024-06-01,bob,p1,1,0x1F", ["unparsable_unit_price"], Decimal(0)),
    "not a number": ("o2,2024-06-01,bob,p1,1,NaN", ["unparsable_unit_price"], Decimal(0)),
    "quantity in words": ("o2,2024-06-01,bob,p1,two,2.00", ["unparsable_quantity"], Decimal(0)),
    "no quantity": ("o2,2024-06-01,bob,p1,,2.00", ["missing_quantity"], Decimal(0)),
    "quantity too large": ("o2,2024-06-01,bob,p1,1234567890123456,2.00", ["unparsable_quantity"], Decimal(0)),
    "too few columns": ("o2,2024-06-01", ["too_few_columns"], Decimal(0)),
    "too many columns": ("o2,2024-06-01,bob,p1,1,2.00,7,8", ["too_many_columns"], Decimal(0)),
    "broken quotes": ('"o2"x,2024-06-01,bob,p1,1,2.00', ["malformed_quotes"], Decimal(0)),
    "two things at once": ("o2,never,bob,p1,1,-2.00", ["negative_unit_price", "unparsable_ordered_at"], Decimal(-2)),
}


@pytest.mark.parametrize(("row", "reasons", "readable"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_bad_row_is_quarantined_with_every_reason_and_its_line_and_text_and_the_good_rows_go_on(
    zone: Zone, row: str, reasons: list[str], readable: Decimal
) -> None:
    zone.write("a.csv", HEADER + GOOD + row + "\n" + GOOD.replace("o1", "o9"))
    zone.night()

    assert zone.totals() | {"quarantined": 1, "accepted": 2, "rows_in": 3} == zone.totals()
    assert zone.reasons() == {3: reasons}
    raw = zone.frame("select raw from quarantine").item().replace('"', "")
    assert all(part.strip() in raw for part in row.replace('"', "").split(",") if part.strip())
    money = zone.frame("select amount_in, amount_accepted, amount_quarantined from row_accounting").row(0)
    assert money == (2 * GOOD_AMOUNT + readable, 2 * GOOD_AMOUNT, readable)
    assert zone.frame("select line_number from order_lines order by 1")["line_number"].to_list() == [2, 4]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "the file is empty (0 bytes)"),
        (b"\n\n\n", "blank lines only"),
        (b"\x00\x01\x02\x03binary\x00", "not text"),
        (b"order_id,ordered_at,customer_id,product,quantity\no1,2024-06-01,anna,p1,2\n", "price"),
        (b"invoice;day\n1;2\n", "order_id"),
    ],
    ids=["empty", "blank lines", "binary", "a column is missing", "another table"],
)
def test_a_file_that_cannot_be_read_is_set_aside_whole_and_named_and_the_rest_goes_on(
    zone: Zone, content: bytes, error: str
) -> None:
    zone.write("good.csv", HEADER + GOOD)
    zone.write("bad.csv", content)
    zone.night()

    bad = zone.frame("select * from row_accounting where file = 'bad.csv'").row(0, named=True)
    assert (bad["status"], bad["rows_in"]) == ("unreadable", 0)
    assert error in bad["error"]
    assert zone.frame("select count(*) from order_lines").item() == 1


def test_a_missing_column_is_refused_with_the_near_miss_and_what_the_file_has(zone: Zone) -> None:
    zone.write("bad.csv", HEADER.replace("price", "prices") + GOOD)
    zone.write("good.csv", HEADER + GOOD)
    zone.night()
    error = zone.frame("select error from row_accounting where status = 'unreadable'").item()
    assert "price" in error
    assert "prices" in error


def test_a_header_without_rows_is_a_file_with_no_rows(zone: Zone) -> None:
    zone.write("none.csv", HEADER)
    zone.write("some.csv", HEADER + GOOD)
    zone.night()
    row = zone.frame("select status, rows_in from row_accounting where file = 'none.csv'").row(0)
    assert row == ("loaded", 0)


def test_a_source_with_no_readable_file_blocks_and_names_the_files(zone: Zone) -> None:
    zone.write("bad.csv", b"")
    with pytest.raises(LandingError, match=r"source shop: none of its 1 files can be read. bad.csv: the file is empty"):
        zone.night()


def test_a_source_without_any_file_blocks(zone: Zone) -> None:
    with pytest.raises(LandingError, match=r"no file matches .*\*\.csv"):
        zone.night()


def test_a_truncated_archive_is_set_aside(zone: Zone) -> None:
    whole = gzip.compress((HEADER + GOOD * 500).encode())
    zone.write("cut.csv.gz", whole[: len(whole) // 2])
    zone.write("whole.csv.gz", gzip.compress((HEADER + GOOD).encode()))
    zone.night(ORDERS | {"path": str(zone.raw / "*.gz")})
    rows = zone.frame("select file, status, error from row_accounting order by file").rows()
    assert [row[:2] for row in rows] == [("cut.csv.gz", "unreadable"), ("whole.csv.gz", "loaded")]
    assert "truncated" in rows[0][2]


def test_a_file_that_was_repaired_is_no_longer_told_of(zone: Zone) -> None:
    zone.write("good.csv", HEADER + GOOD)
    zone.write("a.csv", b"")
    assert [file for landing in zone.land(zone.configuration()) for file, _ in landing.unreadable] == ["a.csv"]
    zone.write("a.csv", HEADER + GOOD.replace("o1", "o2"))
    assert [landing.unreadable for landing in zone.land(zone.configuration())] == [()]


def test_a_version_that_cannot_be_read_does_not_overtake_the_one_that_could(zone: Zone) -> None:
    zone.write("a.csv", HEADER + GOOD)
    zone.night()
    zone.write("a.csv", b"")
    zone.night()
    assert zone.frame("select status from row_accounting order by 1")["status"].to_list() == ["loaded", "unreadable"]
    assert zone.frame("select count(*) from order_lines").item() == 1


def test_dates_that_can_be_read_in_two_ways_are_refused_and_a_declared_format_settles_them(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,03/04/2024,anna,p1,1,1.00\n")
    with pytest.raises(LandingError, match=r"'03/04/2024' can be read as %d/%m/%Y and as %m/%d/%Y"):
        zone.night()
    zone.night(ORDERS | {"date_format": "%m/%d/%Y"})
    assert str(zone.frame("select ordered_on from order_lines").item()) == "2024-03-04"


def test_one_value_can_settle_the_date_format_of_a_whole_column(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,03/04/2024,anna,p1,1,1.00\no2,25/04/2024,anna,p1,1,1.00\n")
    zone.night()
    days = zone.frame("select ordered_on from order_lines order by order_id")["ordered_on"].to_list()
    assert [str(day) for day in days] == ["2024-04-03", "2024-04-25"]


SURVEY = {
    "name": "survey",
    "kind": "surveys",
    "columns": {"response_id": "id", "responded_at": "day", "customer_id": "who"},
    "questions": {
        "Q1": {"id": "overall", "kind": "csat", "scale": [1, 5], "blank": [0, 6, "Blank"]},
        "Q2": {"id": "recommend", "kind": "nps", "blank": [11]},
    },
}


def test_a_bad_answer_of_a_wide_row_is_quarantined_alone_with_its_column(zone: Zone) -> None:
    zone.write(
        "s.csv",
        "id,day,who,Q1,Q2\n"
        "r1,2024-06-01,anna,5,10\n"
        "r2,2024-06-01,bob,9,9\n"  # Q1 off its scale
        "r3,2024-06-01,cleo,blank,11\n"  # two declared blanks: no answers
        "r4,2024-06-01,dora,4.0,7.5\n"  # 7.5 is no NPS answer
        "r5,2024-06-01,emil,,six\n"
        ",2024-06-01,fay,5,5\n",
    )
    zone.night(SURVEY)

    assert zone.totals() | {"rows_in": 6, "accepted": 5, "quarantined": 1} == zone.totals()
    aside = zone.frame("select line_number, column_name, reasons, raw from quarantine order by 1, 2").rows()
    assert [row[:3] for row in aside] == [
        (3, "Q1", ["score_off_scale"]),
        (5, "Q2", ["score_not_whole"]),
        (6, "Q2", ["unparsable_score"]),
        (7, "", ["missing_response_id"]),
    ]
    assert aside[0][3] == "9"
    answers = zone.frame("select response_id, question, score, is_satisfied from survey_responses order by 1, 2").rows()
    assert answers == [
        ("r1", "overall", Decimal(5), True),
        ("r1", "recommend", Decimal(10), None),
        ("r2", "recommend", Decimal(9), None),
        ("r4", "overall", Decimal(4), True),
    ]


def test_a_bad_score_of_a_long_row_quarantines_the_row(zone: Zone) -> None:
    long = {
        "name": "survey",
        "kind": "surveys",
        "columns": {"response_id": "id", "responded_at": "day", "question": "q", "score": "score"},
        "questions": {"overall": {"id": "overall", "kind": "csat", "scale": [1, 5], "blank": [0]}},
    }
    zone.write(
        "s.csv",
        "id,day,q,score\nr1,2024-06-01,overall,5\nr2,2024-06-01,overall,9\nr3,2024-06-01,overall,0\n"
        "r4,2024-06-01,other,3\nr5,2024-06-01,Overall,2\n",
    )
    zone.night(long)
    assert zone.reasons() == {3: ["score_off_scale"], 5: ["undeclared_question"]}
    scores = zone.frame("select response_id, score, is_satisfied from survey_responses order by 1").rows()
    assert scores == [("r1", Decimal(5), True), ("r5", Decimal(2), False)]
