"""Bad input: quarantined with every reason, or refused with what was found; the good rows go on, none is lost."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from assets import clean
from assets.landing.landing_error import LandingError
from assets.night import Night

from .bad_inputs import BAD_INPUTS
from .bad_rows import BadInput
from .conftest import HEADER, ORDERS, Zone

GOOD = "o1,2024-06-01 10:00:00,anna,p1,2,5.00\n"
GOOD_AMOUNT = Decimal("10.00")

TABLES = (clean.file_register, clean.exchange_rates, clean.row_outcomes, clean.row_accounting, clean.quarantine)
INPUTS = [one for inputs in BAD_INPUTS.values() for one in inputs]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zone]:
    """Every input as a source of its own, through as many nights as it takes."""
    zone = Zone(tmp_path_factory.mktemp("bad_inputs"))
    sources = {f"input_{place}": one for place, one in enumerate(INPUTS) if not one.blocks}
    configuration = zone.configuration(
        *({**one.source, "name": name, "path": str(zone.raw / name / "*")} for name, one in sources.items())
    )
    for number in range(max(len(one.nights) for one in sources.values())):
        for name, one in sources.items():
            for file, content in one.nights[number].items() if number < len(one.nights) else ():
                zone.write(f"{name}/{file}", content)
        zone.land(configuration)
    night = Night(zone.clock.date(), zone.clock, configuration, zone.warehouse, zone.home)
    night.compute(*TABLES)
    yield zone
    zone.warehouse.connection.close()


@pytest.mark.parametrize(
    ("place", "one"),
    [(place, one) for place, one in enumerate(INPUTS) if not one.blocks],
    ids=lambda one: str(getattr(one, "given", "")),
)
def test_bad_input_becomes_what_the_page_says_and_nothing_is_lost(landed: Zone, place: int, one: BadInput) -> None:
    accounting = landed.frame(f"select * from row_accounting where source = 'input_{place}'")
    counts = {name: int(accounting[name].sum()) for name in one.counts}
    assert counts == one.counts
    aside = landed.frame(
        f"select file, line_number, reasons, raw from quarantine where source = 'input_{place}'"
    ).rows()
    assert {(file, line): tuple(sorted(reasons)) for file, line, reasons, _ in aside} == {
        place: tuple(sorted(reasons)) for place, reasons in one.reasons.items()
    }
    assert all(raw.strip() or "a line of spaces" in one.given for *_, raw in aside)
    errors = dict(accounting.filter(accounting["error"].is_not_null()).select("file", "error").iter_rows())
    assert errors.keys() == one.errors.keys()
    assert all(part in errors[file] for file, part in one.errors.items())
    for row in accounting.iter_rows(named=True):
        assert row["rows_in"] == row["accepted"] + row["duplicates"] + row["quarantined"]
        assert row["amount_in"] == row["amount_accepted"] + row["amount_duplicates"] + row["amount_quarantined"]


@pytest.mark.parametrize("one", [one for one in INPUTS if one.blocks], ids=lambda one: one.given)
def test_a_source_without_anything_to_read_ends_the_night_as_the_page_says(zone: Zone, one: BadInput) -> None:
    for name, content in one.nights[-1].items():
        zone.write(name, content)
    with pytest.raises(LandingError, match=one.blocks):
        zone.land(zone.configuration(dict(one.source)))


def test_every_source_without_anything_to_read_is_named_at_once_and_the_others_have_landed(zone: Zone) -> None:
    zone.write("a.csv", HEADER + GOOD)
    zone.write("empty.dat", "")
    sources = (
        ORDERS | {"name": "absent", "path": str(zone.raw / "absent/*.csv")},
        ORDERS | {"name": "empty", "path": str(zone.raw / "*.dat"), "format": "csv"},
        ORDERS | {"name": "good"},
    )
    with pytest.raises(LandingError) as caught:
        zone.land(zone.configuration(*sources))
    assert re.findall(r"source (\w+):", str(caught.value)) == ["absent", "empty"]
    assert zone.frame("select count(*) from landed_transactions").item() == 1


def test_there_are_more_than_forty_kinds_of_bad_input_each_named_once() -> None:
    names = [one.given for one in INPUTS]
    assert len(names) == len(set(names)) > 40


def test_the_page_on_bad_input_is_as_generated() -> None:
    docs = Path(__file__).parents[3] / "docs"
    written = runpy.run_path(str(docs / "make_bad_input.py"))["page"]()
    assert (docs / "bad-input.md").read_text(encoding="utf-8") == written, "run: python docs/make_bad_input.py"


# One bad row each, its reasons, and the money of it that can be read.
BAD_ROWS = {
    "no order id": (",2024-06-01,bob,p1,1,2.00", ["missing_order_id"], Decimal(2)),
    "negative price": ("o2,2024-06-01,bob,p1,1,-2.00", ["negative_unit_price"], Decimal(-2)),
    "price in words": ("o2,2024-06-01,bob,p1,1,free", ["unparsable_unit_price"], Decimal(0)),
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


def test_a_source_with_no_readable_file_blocks_and_names_the_files(zone: Zone) -> None:
    zone.write("bad.csv", b"")
    with pytest.raises(LandingError, match=r"source shop: none of its 1 files can be read. bad.csv: the file is empty"):
        zone.night()


def test_a_landing_zone_that_is_empty_now_keeps_what_was_landed_and_is_told_of(zone: Zone) -> None:
    file = zone.write("orders.csv", HEADER + "o1,2024-06-01,c1,p1,1,2.00\n")
    zone.night(ORDERS)
    file.unlink()
    [landing] = zone.land(zone.configuration(ORDERS))
    assert landing.unreached == (("*", f"no file matches {zone.raw / '*.csv'} any more"),)
    zone.night(ORDERS)
    assert zone.totals()["accepted"] == 1


def test_a_file_that_was_repaired_is_no_longer_told_of(zone: Zone) -> None:
    zone.write("good.csv", HEADER + GOOD)
    zone.write("a.csv", b"")
    assert [file for landing in zone.land(zone.configuration()) for file, _ in landing.unreadable] == ["a.csv"]
    zone.write("a.csv", HEADER + GOOD.replace("o1", "o2"))
    assert [landing.unreadable for landing in zone.land(zone.configuration())] == [()]


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


def test_answers_in_words_count_with_the_scores_that_are_declared_for_them(zone: Zone) -> None:
    words = {"Very satisfied": 5, "Satisfied": 4, "neither": 3}
    questions = {"Q1": {"id": "overall", "kind": "csat", "blank": ["n/a"], "words": words}}
    zone.write(
        "s.csv",
        "id,day,who,Q1\nr1,2024-06-01,anna,Very satisfied\nr2,2024-06-01,bob, SATISFIED \nr3,2024-06-01,cleo,Neither\n"
        "r4,2024-06-01,dora,2\nr5,2024-06-01,emil,Dissatisfied\nr6,2024-06-01,fay,N/A\n",
    )
    zone.night(SURVEY | {"questions": questions})
    assert zone.reasons() == {6: ["unparsable_score"]}
    scores = zone.frame("select response_id, score, is_satisfied from survey_responses order by 1").rows()
    assert scores == [
        ("r1", Decimal(5), True), ("r2", Decimal(4), True), ("r3", Decimal(3), False), ("r4", Decimal(2), False),
    ]  # fmt: skip


@pytest.mark.parametrize("is_long", [False, True])
def test_answers_in_words_are_found_however_case_and_blanks_are_written(zone: Zone, *, is_long: bool) -> None:
    """Letters that have no small form of one sign, blanks that do not break and two for one are no other answer."""
    words = {"Äußerst zufrieden": 5, "İyi": 4, "Very  satisfied": 3, "1": 5}
    question = {"id": "overall", "kind": "csat", "blank": ["Weiß nicht"], "words": words}
    answers = [
        ("ÄUßERST ZUFRIEDEN", 5), ("iyi", 4), ("Very\u00a0satisfied", 3), (" very satisfied\u3000", 3), ("1.0", 5),
        ("2", 2), ("weiß\u00a0nicht", None),
    ]  # fmt: skip
    zone.write("s.csv", "id,day,who,Q1\n" + "".join(f"r{n},2024-06-01,anna,{a}\n" for n, (a, _) in enumerate(answers)))
    source = SURVEY | {"questions": {"Q1": question}}
    if is_long:
        source |= {"columns": {**SURVEY["columns"], "question": "'Q1'", "score": "Q1"}}
    zone.night(source)
    assert zone.reasons() == {}
    scores = zone.frame("select response_id, score from survey_responses order by 1").rows()
    assert scores == [(f"r{n}", Decimal(score)) for n, (_, score) in enumerate(answers) if score is not None]


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
