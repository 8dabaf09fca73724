"""E-mail addresses and telephone numbers in one form each, so that equal ones are equal text.

Nothing is guessed: what is not plainly an address or a number that can exist is no identifier, and neither is what
people type to get past a required field.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal, get_args

IdentifierKind = Literal["email", "phone"]
IDENTIFIER_KINDS: Final[tuple[IdentifierKind, ...]] = get_args(IdentifierKind)
FORMS_VERSION = 1
"""Raised when the same text would be given another form."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"([^\s@\"'(),:;<>\[\]\\]{{1,64}})@((?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9])")
_LONGEST_EMAIL = 254

_NOBODY = {
    "abc", "abcd", "anonymous", "asdf", "customer", "donotreply", "dummy", "email", "example", "fake", "foo",
    "guest", "invalid", "mail", "mailerdaemon", "na", "nil", "no", "nobody", "noemail", "nomail", "none",
    "nopost", "noreply", "null", "test", "tester", "testing", "unknown", "user", "xx", "xxx", "xxxx",
}  # fmt: skip
_NOWHERE = re.compile(
    r"(.*\.)?(example\.(com|org|net)|(test|fake|noemail|nomail|none|no|unknown|invalid|mailinator)\.(com|org|net)"
    r"|email\.invalid|[^@]*\.(test|example|invalid|localhost|local))"
)
_RUNS = ("01234567890123456789", "98765432109876543210")
_TYPED_AWAY = 7  # so many last digits in a run or all equal are nobody's


def email_form(text: str) -> str | None:
    """The address without outer blanks, in compatibility form and folded case; None where it is no address.

    >>> email_form("  Ann.Smith@Example.CO.UK "), email_form("ann at example.com")
    ('ann.smith@example.co.uk', None)
    """
    folded = unicodedata.normalize("NFKC", text).strip().casefold().removeprefix("mailto:")
    if not folded.isascii():  # pasted along with the text, and not to be seen
        folded = "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
    local, _, domain = folded.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    address = f"{local}@{domain}"
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        return None
    return None if local.startswith(".") or local.endswith(".") or ".." in local else address


def phone_form(text: str, region: str | None = None) -> str | None:
    """The number as E.164, with its extension where it has one; None where no such number can exist.

    Args:
        text: the number as it was written.
        region: two-letter code of the country whose numbers are written without their country code; None: a number
            without one is no number.

    >>> phone_form("020 7946 0958", "GB"), phone_form("+44 (0)20 7946 0958 ext. 12"), phone_form("020 7946 0958")
    ('+442079460958', '+442079460958;ext=12', None)
    """
    import phonenumbers

    written = text.strip()
    whole = re.fullmatch(r"(\+?\d+)[.,]0+", written)  # a spreadsheet's idea of a number
    if re.search(r"\d[eE][+-]?\d", written):  # its digits are lost
        return None
    try:
        number = phonenumbers.parse(whole[1] if whole else written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def is_nobodys(kind: IdentifierKind, form: str) -> bool:
    """Whether people write this to get past a required field, or it is a machine's own address.

    >>> is_nobodys("email", "no-reply@shop.com"), is_nobodys("phone", "+447000000000"), is_nobodys("email", "a@b.co")
    (True, True, False)
    """
    if kind == "email":
        local, _, domain = form.partition("@")
        return re.sub(r"[-._]|\d+$|\+.*", "", local) in _NOBODY or _NOWHERE.fullmatch(domain) is not None
    last = form.partition(";")[0][-_TYPED_AWAY:]
    return len(set(last)) == 1 or any(last in run for run in _RUNS)


def identifier_form(kind: IdentifierKind, text: str, region: str | None = None) -> str | None:
    """The form by which two accounts are recognised as one customer's; None where the text identifies nobody."""
    form = email_form(text) if kind == "email" else phone_form(text, region)
    return None if form is None or is_nobodys(kind, form) else form


def phone_regions() -> frozenset[str]:
    """The two-letter codes of the countries whose numbering plans are known."""
    import phonenumbers

    return frozenset(phonenumbers.SUPPORTED_REGIONS)
