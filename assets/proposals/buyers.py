"""Who bought: a column of numbers or names, an e-mail address, or nobody known."""

from __future__ import annotations

from typing import Final

from assets.proposals.profile import Column
from assets.proposals.records import Doubt, Guess, Rows

NO_BUYER: Final = Doubt("no column says who bought: rows count, but nothing can be said about customers.")
BY_ADDRESS: Final = "lower(trim("
"""Begins the expression of a customer who is told by an e-mail address."""
_NAMED_PEOPLE = 0.5  # of the values are one word, below which they are no numbers of customers but names


def settle_buyer(rows: Rows, kept: dict[str, Column], guesses: dict[str, Guess]) -> list[Doubt]:
    """Doubt a customer who is a name, and take the e-mail address where that is better; answers what is to be said."""
    customer, mail = kept.get("customer_id"), _address(rows)
    if "customer_id" in guesses and customer is not None and customer.share("code") < _NAMED_PEOPLE:
        guesses["customer_id"] = doubt_names(customer, guesses["customer_id"])
        if mail is not None and mail.filled >= customer.filled:
            kept.pop("customer_id")
            guesses["customer_id"] = _by_address(mail, (("customer_id", str(guesses["customer_id"].value)),), customer)
    if "customer_id" in guesses:
        return []
    if mail is None:
        return [NO_BUYER]
    guesses["customer_id"] = _by_address(mail)
    return []


def doubt_names(column: Column, guess: Guess) -> Guess:
    """The guess of a customer, doubted as a name."""
    text = f"{column.name} holds names: two customers of one name would count as one, and the name is published."
    return guess.with_doubt(Doubt(text))


def _address(rows: Rows) -> Column | None:
    """The column of e-mail addresses, where there is one."""
    mail = max(rows.columns, key=lambda column: column.share("email") * column.filled_share)
    return mail if mail.share("email") >= 0.9 else None


def _by_address(mail: Column, instead: tuple[tuple[str, str], ...] = (), name: Column | None = None) -> Guess:
    two = f"; two customers may share a {name.name}, so that is not taken" if name else ""
    text = f"no column numbers the customers, so the e-mail address does{two}: it will stand in the published tables."
    value = f"{BY_ADDRESS}{mail.expression}))"
    return Guess(value, f"{mail.different:,} different addresses", (Doubt(text, instead),))
