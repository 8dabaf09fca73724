"""How accounts of several sources become one customer: what is matched, up to which limits, what a person decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from assets.configuration.sources import Source
from assets.configuration.values import (
    Day,
    Problems,
    Section,
    Text,
    Whole,
    did_you_mean,
    nearest,
    refusal,
    refuse_all,
)
from models.identifiers import IDENTIFIER_KINDS, IdentifierKind, email_form, phone_form, phone_regions

MOST_ACCOUNTS_PER_IDENTIFIER = 20  # every two of them are an edge
_USUAL_SLIPS = {"UK": "GB", "EL": "GR"}


class Block(Section):
    """Identifiers that identify nobody: a till's address, a switchboard. An ``@domain`` blocks every address in it.

    The configuration file may name a text file with one value on each line instead: it stands here as a list.
    """

    email: tuple[Text, ...] = ()
    phone: tuple[Text, ...] = ()

    @field_validator("email", "phone", mode="before")
    @classmethod
    def _a_list(cls, values: Any) -> Any:
        if isinstance(values, str):
            raise refusal("a list of values, or the path of a text file with one on each line", "is the path right?")
        return values

    def values(self, kind: IdentifierKind) -> tuple[str, ...]:
        """The blocked values of one kind, as they were written."""
        return self.email if kind == "email" else self.phone


class Declaration(Section):
    """What a person has found out about some accounts; it holds from ``since`` on, always where that is not said."""

    accounts: tuple[Text, ...] = Field(min_length=2)
    since: Day | None = None

    @field_validator("accounts")
    @classmethod
    def _each_once(cls, accounts: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(accounts)) < len(accounts):
            raise refusal("every account once")
        return accounts

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every two of the accounts, in text order."""
        return combinations(sorted(self.accounts), 2)


class Identity(Section):
    """Which evidence makes accounts one customer.

    Attributes:
        match: kinds of identifiers that unite the accounts they are shared by.
        phone_region: country of the numbers that are written without a country code; None: they identify nobody.
        max_accounts_per_identifier: an identifier of more accounts is a shared one, and unites nobody.
        max_accounts_per_customer: a larger cluster is suspect, and its identifiers unite nobody.
        block: identifiers that unite nobody.
        together: accounts that are one customer, whatever they share.
        apart: accounts that are not, whatever they share; stronger than ``together``.
    """

    match: tuple[IdentifierKind, ...] = IDENTIFIER_KINDS
    phone_region: Text | None = None
    max_accounts_per_identifier: Annotated[Whole, Field(ge=2, le=MOST_ACCOUNTS_PER_IDENTIFIER)] = 3
    max_accounts_per_customer: Annotated[Whole, Field(ge=2)] = 10
    block: Block = Block()
    together: tuple[Declaration, ...] = ()
    apart: tuple[Declaration, ...] = ()

    @field_validator("phone_region")
    @classmethod
    def _a_country(cls, region: str | None) -> str | None:
        known = phone_regions() if region is not None else ()
        if region is not None and region not in known:
            guess = _USUAL_SLIPS.get(region.upper(), nearest(region, known))
            raise refusal(
                "the two capital letters of a country such as GB, CN or US", f"did you mean `{guess}`?" if guess else ""
            )
        return region

    @field_validator("match")
    @classmethod
    def _each_kind_once(cls, kinds: tuple[IdentifierKind, ...]) -> tuple[IdentifierKind, ...]:
        if len(set(kinds)) < len(kinds):
            raise refusal("every kind once")
        return kinds

    @field_validator("apart")
    @classmethod
    def _not_both(cls, apart: tuple[Declaration, ...], info: ValidationInfo) -> tuple[Declaration, ...]:
        refuse_all(_contradictions(apart, info.data.get("together", ())))
        return apart

    @model_validator(mode="after")
    def _blocked_values_are_of_their_kind(self) -> Self:
        refuse_all(_unreadable_values(self))
        return self


def _contradictions(apart: tuple[Declaration, ...], together: tuple[Declaration, ...]) -> Problems:
    """Being parted later undoes a union; being parted from the beginning makes it mean nothing."""
    united = {pair: declared for declared in together for pair in declared.pairs()}
    for place, declared in enumerate(apart):
        for pair in declared.pairs():
            other = united.get(pair)
            if other and (declared.since is None or (other.since is not None and declared.since <= other.since)):
                both = refusal(
                    "accounts that are not declared together as well", "drop one of the two, or date the later"
                )
                yield (place, "accounts"), list(pair), both


def _unreadable_values(identity: Identity) -> Problems:
    """Blocked values that would block nothing; told by their place, as the values are personal."""
    expected: Mapping[IdentifierKind, PydanticCustomError] = {
        "email": refusal("an e-mail address, or @ and a domain"),
        "phone": refusal("a telephone number", "with its country code, or set `phone_region`"),
    }
    for kind, refused in expected.items():
        for place, value in enumerate(identity.block.values(kind)):
            if blocked_form(kind, value, identity.phone_region) is None:
                yield ("block", kind, place), f"value {place + 1} of {len(identity.block.values(kind))}", refused


def blocked_form(kind: IdentifierKind, value: str, phone_region: str | None) -> str | None:
    """A value of the block list in the form in which identifiers are compared; None where it is none.

    >>> blocked_form("email", "@Shop.example", None)
    '@shop.example'
    """
    if kind == "phone":
        return phone_form(value, phone_region)
    if value.startswith("@"):
        address = email_form(f"someone{value}")
        return address.removeprefix("someone") if address else None
    return email_form(value)


def unmatchable(identity: Identity, sources: tuple[Source, ...]) -> Problems:
    """Kinds to match that no source of customers delivers."""
    mapped = [name for source in sources if source.kind == "customers" for name in source.columns]
    for place, kind in enumerate(identity.match):
        if kind not in mapped:
            hint = did_you_mean(kind, mapped) if mapped else "there is no source of customers"
            yield ("match", place), kind, refusal(f"a source of customers with `{kind}` among its columns", hint)
