"""One form per address and number; what identifies nobody has none."""

from __future__ import annotations

import pytest

from models.identifiers import email_form, identifier_form, phone_form, phone_regions

ANN = "ann@shop.co.uk"


@pytest.mark.parametrize(
    "written",
    [
        ANN,
        "  Ann@Shop.co.uk\n",
        "ａｎｎ@ｓｈｏｐ.ｃｏ.ｕｋ",
        "mailto:ann@shop.co.uk",
        "ann\u200b@shop.co.uk",
        "ann@ſhop.co.uk",
    ],
)
def test_the_same_address_has_one_form_however_it_is_written(written: str) -> None:
    assert identifier_form("email", written) == ANN


def test_a_domain_of_other_letters_is_its_ascii_form() -> None:
    assert email_form("jo@bücher.de") == email_form("jo@xn--bcher-kva.de") == "jo@xn--bcher-kva.de"


def test_tags_and_dots_are_part_of_an_address() -> None:
    assert len({email_form(text) for text in ("ann.s@gmail.com", "anns@gmail.com", "anns+shop@gmail.com")}) == 3


@pytest.mark.parametrize(
    "written",
    ["", "ann", "ann@", "@shop.com", "ann@shop", "ann@@shop.com", "ann smith@shop.com", "ann@shop..com",
     ".ann@shop.com", "ann.@shop.com", "a..n@shop.com", "ann@-shop.com", "ann@shop.com, bob@shop.com", "ann@10.0.0.1",
     "n/a", f"{'a' * 65}@shop.com", f"ann@{'a' * 64}.com", f"ann@{'a.' * 130}com"],
)  # fmt: skip
def test_what_is_no_address_identifies_nobody(written: str) -> None:
    assert email_form(written) is None


@pytest.mark.parametrize(
    "written",
    ["noreply@shop.com", "No-Reply@shop.com", "do_not_reply@shop.com", "test@shop.com", "test1@shop.com",
     "test+shop@gmail.com", "none@none.com", "ann@example.com", "ann@sub.example.org", "ann@test.com", "ann@shop.test",
     "ann@shop.invalid", "unknown@unknown.com"],
)  # fmt: skip
def test_what_is_typed_to_get_on_identifies_nobody(written: str) -> None:
    assert email_form(written) is not None
    assert identifier_form("email", written) is None


@pytest.mark.parametrize(
    ("written", "region"),
    [("020 7946 0958", "GB"), ("+44 (0)20 7946-0958", None), ("0044 20 7946 0958", "GB"), ("2079460958", "GB"),
     ("442079460958", "GB"), ("442079460958.0", "GB"), ("０２０ ７９４６ ０９５８", "GB"), ("+442079460958", "CN"),
     ("tel:+44-20-7946-0958", None), ("00 44 20 7946 0958", "DE")],
)  # fmt: skip
def test_the_same_number_has_one_form_however_it_is_written(written: str, region: str | None) -> None:
    assert identifier_form("phone", written, region) == "+442079460958"


def test_a_region_says_whose_number_it_is() -> None:
    assert phone_form("13812345678", "CN") == "+8613812345678"
    assert phone_form("13812345678") is None
    assert {"GB", "CN", "US"} <= phone_regions()


def test_extensions_of_one_switchboard_are_different_numbers() -> None:
    assert phone_form("020 7946 0958 ext 12", "GB") == "+442079460958;ext=12"
    assert phone_form("020 7946 0958 x13", "GB") != phone_form("020 7946 0958 x12", "GB")


@pytest.mark.parametrize(
    "written",
    ["", "none", "0", "0000000", "00000000000", "999", "12", "020 7946", "4.42079E+11", "4,4e11", "+999 1234 5678",
     "020 7946 0958 / 07400 123456", "1" * 300],
)  # fmt: skip
def test_what_is_no_number_identifies_nobody(written: str) -> None:
    assert phone_form(written, "GB") is None


@pytest.mark.parametrize("written", ["07000000000", "01234567890", "020 7777 7777"])
def test_numbers_that_could_exist_and_are_typed_to_get_on_identify_nobody(written: str) -> None:
    assert phone_form(written, "GB") is not None
    assert identifier_form("phone", written, "GB") is None
