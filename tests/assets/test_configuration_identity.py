"""What `identity` in a configuration accepts and refuses; block lists are personal and are told by their place."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assets.configuration.settings import Configuration, resolved
from pipelines.configuration_file import check, load

BUSINESS = {"name": "Example shop", "timezone": "Europe/London", "currency": "GBP"}
PEOPLE = {
    "name": "people", "kind": "customers", "path": "/raw/people.csv",
    "columns": {"customer_id": "id", "email": "mail", "phone": "tel"},
}  # fmt: skip
A, B = {"accounts": ["A", "B"]}, {"accounts": ["B", "A", "C"]}


def configured(identity: Any, *sources: dict[str, Any]) -> Configuration:
    return Configuration.model_validate({"business": BUSINESS, "sources": sources or [PEOPLE], "identity": identity})


def refused(identity: Any, *sources: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        configured(identity, *sources)
    return {".".join(map(str, error["loc"])): error["msg"] for error in caught.value.errors()}


def test_without_the_section_there_is_no_identity_and_an_empty_one_has_its_defaults() -> None:
    assert Configuration.model_validate({"business": BUSINESS}).identity is None
    rules = configured({}).identity
    assert rules is not None
    assert (rules.match, rules.phone_region) == (("email", "phone"), None)
    assert (rules.max_accounts_per_identifier, rules.max_accounts_per_customer) == (3, 10)


def test_everything_that_may_stand_there() -> None:
    rules = configured(
        {
            "match": ["phone"], "phone_region": "GB", "max_accounts_per_identifier": 2, "max_accounts_per_customer": 4,
            "block": {"email": ["till@shop.co.uk", "@shop.co.uk", "noreply@shop.com"], "phone": [442079460958]},
            "together": [{"accounts": [17850, "B"], "since": "2024-01-01"}], "apart": [B],
        }
    ).identity  # fmt: skip
    assert rules is not None
    assert rules.together[0].since == dt.date(2024, 1, 1)
    assert list(rules.together[0].pairs()) == [("17850", "B")]
    assert list(rules.apart[0].pairs()) == [("A", "B"), ("A", "C"), ("B", "C")]


@pytest.mark.parametrize(
    ("identity", "place", "words"),
    [
        ({"phone_region": "UK"}, "identity.phone_region", "did you mean `GB`"),
        ({"phone_region": "gb"}, "identity.phone_region", "did you mean `GB`"),
        ({"match": ["email", "email"]}, "identity.match", "every kind once"),
        ({"max_accounts_per_identifier": 1}, "identity.max_accounts_per_identifier", "greater than or equal to 2"),
        ({"max_accounts_per_identifier": 21}, "identity.max_accounts_per_identifier", "less than or equal to 20"),
        ({"max_accounts_per_customer": True}, "identity.max_accounts_per_customer", "valid integer"),
        ({"block": {"email": ["@", "a@b.co"]}}, "identity.block.email.0", "expected an e-mail address, or @"),
        ({"block": {"phone": ["020 7946 0958"]}}, "identity.block.phone.0", "country code"),
        ({"block": {"phone": "numbers.txt"}}, "identity.block.phone", "the path of a text file"),
        ({"together": [{"accounts": ["A"]}]}, "identity.together.0.accounts", "at least 2"),
        ({"together": [{"accounts": ["A", "A"]}]}, "identity.together.0.accounts", "every account once"),
        ({"together": [A], "apart": [B]}, "identity.apart.0.accounts", "not declared together as well"),
    ],
)
def test_what_is_refused_says_where_and_what_was_expected(identity: dict[str, Any], place: str, words: str) -> None:
    assert words in refused(identity)[place]


def test_accounts_may_be_parted_after_they_were_together_and_not_before() -> None:
    together = [A | {"since": "2024-03-01"}]
    assert configured({"together": together, "apart": [A | {"since": "2024-03-02"}]}).identity
    assert refused({"together": together, "apart": [A | {"since": "2024-03-01"}]})
    assert refused({"together": together, "apart": [A]})


def test_a_kind_that_no_source_of_customers_delivers_is_refused() -> None:
    only_mail = PEOPLE | {"columns": {"customer_id": "id", "email": "mail", "consent": "ok"}}
    assert "a source of customers with `phone`" in refused({}, only_mail)["identity.match.1"]
    assert configured({"match": ["email"]}, only_mail).identity
    assert configured({"match": [], "together": [A]}, PEOPLE).identity


def test_a_value_of_a_block_list_is_not_repeated_when_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "blocked.txt").write_text("till@shop.co.uk\n\nann.smith at shop.co.uk\n")
    (tmp_path / "shop.yaml").write_text(
        f"business: {BUSINESS}\nsources: [{PEOPLE}]\nidentity: {{block: {{email: blocked.txt, phone: ['12']}}}}\n"
    )
    problems = [str(problem) for problem in check(tmp_path / "shop.yaml") if problem.level == "error"]
    assert [problem.split(" in ")[1].splitlines()[0] for problem in problems] == [
        "identity.block.email[1]", "identity.block.phone[0]"
    ]  # fmt: skip
    assert "value 2 of 2" in problems[0]
    assert "smith" not in "".join(problems)


def test_a_block_list_may_be_a_file_and_what_it_says_is_part_of_what_a_night_is_recognised_by(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "blocked.txt").write_text("till@shop.co.uk\n  @shop.com \n", encoding="utf-8-sig")
    file = tmp_path / "shop.yaml"
    file.write_text(f"business: {BUSINESS}\nsources: [{PEOPLE}]\nidentity: {{block: {{email: lists/blocked.txt}}}}\n")
    before = load(file)
    assert before.identity is not None
    assert before.identity.block.email == ("till@shop.co.uk", "@shop.com")
    (tmp_path / "lists" / "blocked.txt").write_text("till@shop.co.uk\n")
    assert resolved(load(file)) != resolved(before)
