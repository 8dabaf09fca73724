"""What `analytics sources propose` makes of the answers that survey tools and review sites export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from proposal_files import Desk, mapping, seen, table

from pipelines.source_proposal import Proposal, doubts_of

ROWS = 60


def survey(header: Sequence[str], row: Callable[[int], Sequence[Any]], rows: int = ROWS) -> str:
    """A file of rows, with a number and a day before the columns named."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Response ID", "Submitted At", *header))
    writer.writerows((f"r{i}", f"2026-01-{1 + i % 28:02} 10:00", *row(i)) for i in range(rows))
    return out.getvalue()


def questions(proposal: Proposal) -> dict[str, Any]:
    return mapping(proposal)["questions"]


def doubts(proposal: Proposal) -> str:
    return " ".join(doubt.text for _, doubt in doubts_of(proposal))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "How satisfied are you with the ordering process?",
        "Please rate your overall satisfaction",
        "Satisfaction with our services",
        "Quality of the facilities",
    ],
)
def test_letters_within_another_word_do_not_make_satisfaction_a_question_of_effort(desk: Desk, name: str) -> None:
    proposal = desk.propose_text(survey([name], lambda i: (1 + (i * 7) % 5,)), "survey.csv")
    assert questions(proposal)[name]["kind"] == "csat"


def test_a_question_of_satisfaction_with_the_ease_counts_as_satisfaction_and_is_doubted(desk: Desk) -> None:
    name = "How satisfied are you with the ease of paying?"
    proposal = desk.propose_text(survey([name], lambda i: (1 + i % 5,)), "survey.csv")
    assert questions(proposal)[name]["kind"] == "csat"
    assert "make it ces" in doubts(proposal)


def test_scores_from_0_to_10_that_nobody_calls_a_recommendation_are_doubted(desk: Desk) -> None:
    proposal = desk.propose_text(survey(["Rating", "Likelihood of buying"], lambda i: (i % 11, i % 11)), "survey.csv")
    assert questions(proposal)["Rating"]["kind"] == "csat"
    assert "make it nps" in doubts(proposal)
    assert "it is csat" in doubts(proposal)


def test_a_recommendation_on_five_points_is_no_nps_and_says_so(desk: Desk) -> None:
    name = "How likely are you to recommend us?"
    proposal = desk.propose_text(survey([name], lambda i: (1 + i % 5,)), "survey.csv")
    assert questions(proposal)[name]["kind"] == "csat"
    assert "up to 5 it counts as csat" in doubts(proposal)


def test_low_answers_are_doubted_because_1_may_be_best(desk: Desk) -> None:
    marks = (1, 1, 2, 1, 2, 2, 3, 1, 4, 5)
    proposal = desk.propose_text(survey(["Overall rating"], lambda i: (marks[i % 10],)), "survey.csv")
    assert "If 1 is best: top_box: [1, 2]" in doubts(proposal)
    proposal = desk.propose_text(survey(["Overall rating"], lambda i: (6 - marks[i % 10],)), "survey_2.csv")
    assert "is best" not in doubts(proposal)


def test_much_effort_is_doubted_and_its_scores_can_be_turned(desk: Desk) -> None:
    name = "How much effort did it take?"
    proposal = desk.propose_text(survey([name], lambda i: (1 + (i % 3) * 2 if i else 4,)), "survey.csv")
    assert "words: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}" in doubts(proposal)
    turned = proposal.text.replace("kind: ces,", "kind: ces, words: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1},")
    assert turned != proposal.text
    assert desk.errors(turned) == []


def test_a_code_that_is_no_answer_is_doubted_even_where_it_is_no_number_of_a_usual_kind(desk: Desk) -> None:
    proposal = desk.propose_text(survey(["满意度"], lambda i: (-3 if i % 10 == 0 else 1 + i % 5,)), "survey.csv")
    assert questions(proposal)["满意度"]["blank"] == ["-3"]
    assert "-3 (6 answers) is taken to mean no answer" in doubts(proposal)


@pytest.mark.parametrize(
    ("answers", "scores"),
    [
        ("1 star|2 stars|3 stars|4 stars|5 stars", (1, 2, 3, 4, 5)),
        ("★☆☆☆☆|★★☆☆☆|★★★☆☆|★★★★☆|★★★★★", (1, 2, 3, 4, 5)),
        ("ONE|TWO|THREE|FOUR|FIVE", (1, 2, 3, 4, 5)),
        ("😠|🙁|😐|😃|🤩", (1, 2, 3, 4, 5)),
        ("1 (Very dissatisfied)|2|3|4|5 (Very satisfied)", (1, 2, 3, 4, 5)),
        ("Poor|Fair|Good|Very good|Excellent", (1, 2, 3, 4, 5)),
        ("Bad|Good|Offered", (0, 1)),
    ],
)
def test_answers_that_say_their_score_count_with_it(desk: Desk, answers: str, scores: tuple[int, ...]) -> None:
    given = answers.split("|")
    proposal = desk.propose_text(survey(["Rating"], lambda i: (given[i % len(given)],)), "survey.csv")
    assert mapping(proposal)["kind"] == "surveys"
    n, mean = seen(proposal).answers["rating"]
    assert n == ROWS * len(scores) // len(given)
    assert mean == pytest.approx(sum(scores) / len(scores))


def test_words_that_put_the_best_at_1_are_doubted(desk: Desk) -> None:
    given = ("1 - Very satisfied", "2", "3", "4", "5 - Very dissatisfied")
    proposal = desk.propose_text(survey(["Rating"], lambda i: (given[i % 5],)), "survey.csv")
    assert "its words say that 1 is best" in doubts(proposal)


def test_words_of_a_finer_scale_are_not_counted_alike_but_offered(desk: Desk) -> None:
    given = ("Extremely satisfied", "Very satisfied", "Satisfied", "Dissatisfied", "Very dissatisfied")
    row = lambda i: (given[i % 5], i % 11)  # noqa: E731
    proposal = desk.propose_text(survey(["Overall satisfaction", "Recommend us"], row), "survey.csv")
    assert list(questions(proposal)) == ["Recommend us"]
    assert "# Overall satisfaction: {" in proposal.text
    assert "give each its score" in " ".join(proposal.text.replace("#", "").split())
    assert proposal.is_runnable


def test_without_a_question_that_can_be_told_those_in_unknown_words_are_offered(desk: Desk) -> None:
    given = ("A1", "A2", "A3", "A4", "A5")
    text = survey(["Overall satisfaction"], lambda i: (given[i % 5],))
    proposal = desk.propose_text(text, "survey.csv", kind="surveys")
    assert not proposal.is_runnable
    assert "# Overall satisfaction: {id: overall_satisfaction, kind: csat, words: {A1: ...," in proposal.text


def test_columns_on_the_scale_of_a_question_are_offered_beside_it(desk: Desk) -> None:
    row = lambda i: (1 + i % 5, 1 + (i * 3) % 5, i)  # noqa: E731
    proposal = desk.propose_text(survey(["Overall satisfaction", "Cleanliness", "Unit"], row), "survey.csv")
    assert list(questions(proposal)) == ["Overall satisfaction"]
    assert "# Cleanliness: {id: cleanliness, kind: csat}" in proposal.text
    assert "# Unit" not in proposal.text


def test_one_column_of_scores_is_parted_by_the_column_that_names_the_kind_of_survey(desk: Desk) -> None:
    highest = {"NPS": 11, "CSAT": 5, "CES": 7}
    kinds = list(highest)

    def row(i: int) -> tuple[str, int]:
        kind = kinds[i % 3]
        return kind, (i // 3) % highest[kind] + (kind != "NPS")

    proposal = desk.propose_text(survey(["Survey Type", "Rating"], row, rows=231), "survey.csv")
    assert mapping(proposal)["columns"]["question"] == "Survey Type"
    assert {name: each["kind"] for name, each in questions(proposal).items()} == {
        "NPS": "nps", "CSAT": "csat", "CES": "ces"
    }  # fmt: skip
    assert {n for n, _ in seen(proposal).answers.values()} == {77}


@pytest.mark.parametrize(
    "header",
    [
        "Review Id,Review Created,Reference Id,Review Title,Review Stars",
        "Ticket,Created at,Requester email,Group,Satisfaction Score",
        "review_id,review_date,product_id,total_votes,star_rating",
    ],
)
def test_reviews_and_rated_tickets_are_surveys(desk: Desk, header: str) -> None:
    lines = [f"a{i},2026-01-{1 + i % 28:02},b{i % 9},{i % 3},{1 + i % 5}" for i in range(ROWS)]
    if "email" in header:
        lines = [line.replace(",b", ",b@example.com") for line in lines]
    proposal = desk.propose_text("\n".join([header, *lines]) + "\n", "export.csv")
    assert mapping(proposal)["kind"] == "surveys"
    assert seen(proposal).counts["rows_in"] == ROWS
    assert mapping(proposal)["columns"]["response_id"] in ("Review Id", "Ticket", "review_id")


def test_orders_that_carry_a_rating_stay_orders(desk: Desk) -> None:
    lines = [f"{i},2026-01-{1 + i % 28:02},{i % 9},{i}.50,{1 + i % 5}" for i in range(ROWS)]
    proposal = desk.propose_text("order_id,order_date,customer_id,amount,rating\n" + "\n".join(lines) + "\n")
    assert mapping(proposal)["kind"] == "transactions"


def test_people_who_were_asked_and_did_not_answer_stop_no_night(desk: Desk) -> None:
    lines = [
        f"{i if i % 3 == 0 else ''},p{i},{i % 11 if i % 3 == 0 else ''},2026-01-{1 + i % 28:02} 10:00:00,"
        f"{f'2026-01-{1 + i % 28:02} 11:00:00' if i % 3 == 0 else ''}"
        for i in range(90)
    ]
    header = "Survey Response ID,Person ID,Score,Survey Sent At,Responded At"
    proposal = desk.propose_text("\n".join([header, *lines]) + "\n", "survey.csv")
    assert seen(proposal).counts["quarantined"] == 0
    assert seen(proposal).answers["score"][0] == 30
    assert "60 rows have neither Responded At nor an answer" in doubts(proposal)


def test_numbers_that_begin_anew_with_every_wave_can_be_told_by_their_day(desk: Desk) -> None:
    lines = [f"{i % 20},2026-0{1 + i // 20}-05,{1 + i % 5}" for i in range(ROWS)]
    proposal = desk.propose_text("Respondent,Date,Overall satisfaction\n" + "\n".join(lines) + "\n", "survey.csv")
    assert "# response_id: Respondent || '-' || Date" in proposal.text


def test_a_known_tool_s_questions_in_words_are_taken_and_its_empty_customer_is_doubted(desk: Desk) -> None:
    header = "StartDate,EndDate,Status,Finished,RecordedDate,ResponseId,ExternalReference,Q1_NPS_GROUP,Q1,Q2,"
    header += "customer_id"
    names = ["a"] * 11
    given = ("Very satisfied", "Satisfied", "Dissatisfied")
    lines = [
        f"{day},{day},IP Address,True,{day},R_{i},,Promoter,{9 + i % 2},{given[i % 3]},C{i % 40}"
        for i in range(ROWS)
        for day in [f"2026-01-{1 + i % 28:02} 10:00:00"]
    ]
    proposal = desk.propose_text("\n".join([header, ",".join(names), ",".join(names), *lines]) + "\n", "survey.csv")
    assert (
        questions(proposal)["Q2"]["words"].items() >= {"Dissatisfied": 2, "Satisfied": 4, "Very satisfied": 5}.items()
    )
    assert "# customer_id: customer_id" in proposal.text


def test_a_zero_among_seconds_since_1970_is_no_moment(desk: Desk) -> None:
    lines = [f"{i},{1767225600 + i},{1767229200 + i if i % 3 else 0},{i % 11 if i % 3 else ''}" for i in range(90)]
    proposal = desk.propose_text("id,sent,responded,answer\n" + "\n".join(lines) + "\n", "nps.csv")
    assert seen(proposal).counts["quarantined"] == 0
    assert seen(proposal).answers["answer"][0] == 60
    assert str(seen(proposal).first_event) == "2026-01-01"


def test_a_question_whose_name_says_that_1_is_best_is_doubted_whatever_the_mean(desk: Desk) -> None:
    rows = [(i, "2026-01-02", 1 + i % 5) for i in range(50)]
    text = desk.propose_text(table("id,date,Satisfaction (1 = excellent; 5 = poor)", rows), "survey.csv").text
    assert "its name says that 1 is best, and a high score counts as good: top_box: [1, 2]" in " ".join(
        text.split()
    ).replace("# ", "")
    text = desk.propose_text(table("id,date,Satisfaction (1 = poor; 5 = excellent)", rows), "survey.csv").text
    assert "is best" not in text


def test_words_of_a_scale_that_nobody_has_used_yet_have_their_scores(desk: Desk) -> None:
    given = ("Dissatisfied", "Neutral", "Satisfied", "Very satisfied")
    rows = [(i, "2026-01-02", given[i % 4]) for i in range(50)]
    proposal = desk.propose_text(table("id,date,How satisfied are you?", rows), "survey.csv")
    assert mapping(proposal)["questions"]["How satisfied are you?"]["words"]["Very dissatisfied"] == 1
    assert "nobody has said Very dissatisfied yet" in " ".join(proposal.text.split()).replace("# ", "")


def test_chinese_and_japanese_questions_have_ids_that_can_be_read(desk: Desk) -> None:
    rows = [(i, "2026-01-02", i % 11, 1 + i % 5, 1 + i % 5) for i in range(55)]
    header = "序号,提交时间,您有多大可能向朋友推荐我们？,您对物流速度是否满意？,3、请评价以下方面：—包装"
    questions = mapping(desk.propose_text(table(header, rows), "问卷.csv"))["questions"]
    assert [each["id"] for each in questions.values()] == [
        "recommend",
        "delivery_speed_satisfaction",
        "rating_packaging",
    ]
    header = "番号,回答日時,当店を友人に勧める可能性は？,総合的な満足度をお聞かせください,配送の満足度"
    questions = mapping(desk.propose_text(table(header, rows), "回答.csv"))["questions"]
    assert [each["id"] for each in questions.values()] == ["recommend", "overall_satisfaction", "delivery_satisfaction"]


def test_a_rated_ticket_is_the_response_and_who_asked_the_customer(desk: Desk) -> None:
    rows = [(1000 + i, "2026-01-02", "2026-01-05", f"u{i % 9}", ("good", "bad")[i % 4 == 0]) for i in range(50)]
    header = "Ticket ID,Created at,Solved at,Requester ID,Satisfaction rating"
    proposal = desk.propose_text(table(header, rows), "csat.csv")
    columns = mapping(proposal)["columns"]
    assert (columns["response_id"], columns["customer_id"]) == ("Ticket ID", "Requester ID")
    assert "responded_at: Solved at" in proposal.text


@pytest.mark.parametrize(
    ("name", "is_doubted"),
    [
        ("How likely are you to recommend us? (0-10)", False),
        ("Würden Sie uns weiterempfehlen? 0 bis 10", False),
        ("您有多大可能推荐我们（0到10分）", False),
        ("How likely are you to recommend us?", True),
        ("How likely are you to recommend us, 1 to 10?", True),
    ],
)
def test_a_recommendation_to_which_nobody_answered_0_is_doubted_where_its_name_tells_no_0(
    desk: Desk, name: str, is_doubted: bool
) -> None:
    proposal = desk.propose_text(survey([name], lambda i: (1 + i % 10,)), "survey.csv")
    assert questions(proposal)[name]["kind"] == "nps"
    assert ("nobody answered 0" in doubts(proposal)) == is_doubted


def test_the_worst_answer_that_nobody_has_given_yet_has_its_score_or_is_doubted(desk: Desk) -> None:
    known = ("2 - unzufrieden", "3 - teils/teils", "4 - zufrieden", "5 - sehr zufrieden")
    proposal = desk.propose_text(survey(["Zufriedenheit"], lambda i: (known[i % 4],)), "survey.csv")
    assert questions(proposal)["Zufriedenheit"]["words"]["1 - sehr unzufrieden"] == 1
    assert "nobody has given" not in doubts(proposal)
    own = ("2 - naja", "3 - geht so", "4 - fein", "5 - spitze")
    proposal = desk.propose_text(survey(["Zufriedenheit"], lambda i: (own[i % 4],)), "survey_2.csv")
    assert "nobody has given 1 yet: write its answer under words" in doubts(proposal)


def test_a_question_is_known_where_nobody_has_given_its_best_answer(desk: Desk) -> None:
    words = ("非常不满意", "不满意", "一般", "满意")
    proposal = desk.propose_text(survey(["您对物流速度是否满意"], lambda i: (words[i % 4],)), "survey.csv")
    assert questions(proposal)["您对物流速度是否满意"]["words"] == {
        **{w: n for n, w in enumerate(words, 1)},
        "非常满意": 5,
    }


def test_how_happy_somebody_is_is_a_question_of_satisfaction(desk: Desk) -> None:
    proposal = desk.propose_text(survey(["How happy are you with your order?"], lambda i: (1 + i % 5,)), "survey.csv")
    assert questions(proposal)["How happy are you with your order?"]["kind"] == "csat"
    assert "questions of a scale" not in proposal.text


def test_the_ends_of_a_scale_in_words_with_their_number_are_scores_of_a_known_export(desk: Desk) -> None:
    """As SurveyMonkey writes 0 to 10: what lies between the ends is a number alone."""
    name = "How likely is it that you would recommend this company to a friend or colleague?"
    ends = {0: "Not at all likely - 0", 10: "Extremely likely - 10"}
    rows = [
        (110 + i, 4, "01/02/2025 10:00:00 AM", f"01/{1 + i % 28:02}/2025 10:05:00 AM", ends.get(i % 11, i % 11))
        for i in range(66)
    ]
    text = table(f"Respondent ID,Collector ID,Start Date,End Date,{name}", [("", "", "", "", "Response"), *rows])
    proposal = desk.propose_text(text, "survey.csv")
    assert questions(proposal)[name]["words"] == {text: score for score, text in ends.items()}
    assert seen(proposal).answers["recommend"] == (66, 5)


def test_codes_of_yes_no_and_do_not_know_are_no_question_of_satisfaction(desk: Desk) -> None:
    header = "RESPNUM,Date,Q4A,Q4B,Q4C,Q8A,Q8B,Q8C"
    rows = [
        (
            i,
            f"2024-03-{1 + i % 28:02}",
            *(1 + (i + q) % (2 + (i % 50 == 0)) for q in range(3)),
            *(1 + (i * q) % 5 for q in (1, 2, 3)),
        )
        for i in range(1, 200)
    ]
    proposal = desk.propose_text(table(header, rows), "answers.csv", kind="surveys")
    assert list(mapping(proposal)["questions"]) == ["Q8A", "Q8B", "Q8C"]
    assert "# Q4A: {" not in proposal.text
