"""Which accounts are one customer: connected components of the evidence, within limits a person has set.

Evidence is a set of edges between two accounts. Edges are laid in one order, whatever order they come in: what a
person has declared first, then by date, kind and seniority of the accounts. An edge that would bring two accounts
together that a person has declared apart is not laid; so an undone union leaves each of the two with those who were
with it first. A component that is larger than the limit is suspect: its shared identifiers are not believed, only what
was declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

KINDS: Final = ("declared", "email", "phone")
BASES: Final = ("declared", "email_and_phone", "email", "phone")
STATUSES: Final = ("single", "united", "suspect")

EDGES: Final[Mapping[str, pl.DataType]] = {
    "account_1": pl.String(), "account_2": pl.String(), "kind": pl.String(), "since": pl.Date(),
}  # fmt: skip
"""One piece of evidence; ``since`` is NULL where it has always held."""
ACCOUNTS: Final[Mapping[str, pl.DataType]] = {"account_id": pl.String(), "known_on": pl.Date()}

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Clusters:
    """What the evidence comes to.

    Attributes:
        accounts: one row per account with evidence: ``account_id, customer_id, status, basis, since,
            suspect_cluster``. A customer is named after the account known first (text order decides between equals; an
            account without a date comes last). ``basis`` and ``since``: what ties the account to the others and since
            when; NULL where nothing does. ``suspect_cluster``: first account of the suspect component it is in.
        edges: the evidence in the order of laying, each with ``laid``.
    """

    accounts: pl.DataFrame
    edges: pl.DataFrame


def unite(edges: pl.DataFrame, known: pl.DataFrame, apart: Iterable[tuple[str, str]], *, max_accounts: int) -> Clusters:
    """Bring accounts together.

    Args:
        edges: the evidence that holds tonight, columns as :data:`EDGES`; between known accounts.
        known: the accounts of the edges and the day each was known first, columns as :data:`ACCOUNTS`.
        apart: pairs of accounts that are never one customer.
        max_accounts: a larger component is suspect.
    """
    named = known.sort("known_on", "account_id", nulls_last=True).with_row_index("code")
    codes = named.select("account_id", pl.col("code").cast(pl.Int64))
    laying = _in_order(edges, codes)
    ends: tuple[Codes, Codes] = (laying["code_1"].to_numpy(), laying["code_2"].to_numpy())
    foes = _pairs_of_codes(apart, codes)

    laid = _kept_apart(ends, foes, named.height)
    components = _components(ends, laid, named.height)
    is_suspect = np.bincount(components, minlength=named.height)[components] > max_accounts
    is_declared: Flags = (laying["kind"] == "declared").to_numpy()
    laid &= is_declared | ~is_suspect[ends[0]]
    customers = _components(ends, laid, named.height)

    evidence = laying.with_columns(pl.Series("laid", laid))
    return Clusters(
        accounts=_described(named, _named_after_first(customers), _named_after_first(components), is_suspect, evidence),
        edges=evidence.select(*EDGES, "laid"),
    )


def _in_order(edges: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """The edges with both accounts' codes, the senior one first, in the order of laying, each once."""
    coded = edges.select(*EDGES)
    for end in ("1", "2"):
        named = codes.rename({"account_id": f"account_{end}", "code": f"code_{end}"})
        coded = coded.join(named, on=f"account_{end}", how="left")
    junior = pl.col("code_1") > pl.col("code_2")
    turned = {
        f"{name}_{one}": pl.when(junior).then(f"{name}_{other}").otherwise(f"{name}_{one}")
        for name in ("account", "code")
        for one, other in (("1", "2"), ("2", "1"))
    }
    return (
        coded.with_columns(**turned)
        .group_by("account_1", "account_2", "code_1", "code_2", "kind")
        # Evidence that has always held is older than any date.
        .agg(pl.when(pl.col("since").is_null().any()).then(None).otherwise(pl.col("since").min()).alias("since"))
        .sort(pl.col("kind") != "declared", "since", "kind", "code_1", "code_2", nulls_last=False)
    )


def _pairs_of_codes(pairs: Iterable[tuple[str, str]], codes: pl.DataFrame) -> list[tuple[int, int]]:
    """The pairs by their codes; one with an account without evidence is apart anyway."""
    wanted = sorted({tuple(sorted(pair)) for pair in pairs})
    names = {name for pair in wanted for name in pair}
    code = dict(codes.filter(pl.col("account_id").is_in(list(names))).iter_rows())
    return [(code[one], code[other]) for one, other in wanted if one in code and other in code]


def _components(ends: tuple[Codes, Codes], laid: Flags, n: int) -> Codes:
    """The component of every account, over the edges that are laid."""
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    ones, others = ends[0][laid], ends[1][laid]
    from scipy.sparse import coo_array  # slow to load, and most homes unite nobody
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(ones.size, dtype=np.int8), (ones, others)), shape=(n, n))
    labels = connected_components(graph, directed=False)[1]
    return np.asarray(labels, dtype=np.int64)


def _kept_apart(ends: tuple[Codes, Codes], foes: Sequence[tuple[int, int]], n: int) -> Flags:
    """Which edges are laid: all, but in components that hold two accounts apart those that part them no further.

    One edge after the other (Kruskal's order), and one that would join two accounts apart is left out.
    """
    laid = np.ones(ends[0].size, dtype=np.bool_)
    components = _components(ends, laid, n)
    met = [(one, other) for one, other in foes if components[one] == components[other]]
    if not met:
        return laid
    troubled = np.isin(components[ends[0]], components[np.array([one for one, _ in met])])
    groups = _Groups(met)
    for edge in np.flatnonzero(troubled).tolist():
        laid[edge] = groups.join(int(ends[0][edge]), int(ends[1][edge]))
    return laid


class _Groups:
    """A union-find that knows who must not meet."""

    def __init__(self, foes: Iterable[tuple[int, int]]) -> None:
        self.parent: dict[int, int] = {}
        self.foes: dict[int, set[int]] = {}
        for one, other in foes:
            self.foes.setdefault(one, set()).add(other)
            self.foes.setdefault(other, set()).add(one)

    def head(self, account: int) -> int:
        """The account that stands for the group."""
        while (above := self.parent.get(account, account)) != account:
            self.parent[account] = self.parent.get(above, above)
            account = above
        return account

    def join(self, one: int, other: int) -> bool:
        """Make one group of two and answer True; False, and nothing done, where two in it must not meet."""
        first, second = sorted((self.head(one), self.head(other)))
        if first == second:
            return True
        theirs = self.foes.get(second, set())
        if any(self.head(foe) == first for foe in theirs):
            return False
        self.parent[second] = first
        if theirs:
            self.foes.setdefault(first, set()).update(theirs)
        return True


def _named_after_first(components: Codes) -> Codes:
    """Of every account the code of its component's first account; codes are in order of seniority."""
    if components.size == 0:
        return components
    first = np.full(int(components.max()) + 1, components.size, dtype=np.int64)
    np.minimum.at(first, components, np.arange(components.size))
    return first[components]


def _described(
    named: pl.DataFrame, customers: Codes, components: Codes, is_suspect: Flags, evidence: pl.DataFrame
) -> pl.DataFrame:
    """One row per account, from the codes of its customer and component and the edges that are laid."""
    names = named["account_id"]
    ties = (
        pl.concat(
            [
                evidence.filter("laid").select(pl.col(f"account_{end}").alias("account_id"), "kind", "since")
                for end in ("1", "2")
            ]
        )
        .group_by("account_id")
        .agg(
            *((pl.col("kind") == kind).any().alias(kind) for kind in KINDS),
            pl.when(pl.col("since").is_null().any()).then(None).otherwise(pl.col("since").min()).alias("since"),
        )
    )
    basis = (
        pl.when("declared").then(pl.lit("declared"))
        .when(pl.col("email") & pl.col("phone")).then(pl.lit("email_and_phone"))
        .when("email").then(pl.lit("email"))
        .when("phone").then(pl.lit("phone"))
    )  # fmt: skip
    sizes = np.bincount(customers, minlength=customers.size)
    status = (
        pl.when("is_suspect").then(pl.lit("suspect"))
        .when("is_united").then(pl.lit("united"))
        .otherwise(pl.lit("single"))
    )  # fmt: skip
    return (
        named.select("account_id")
        .with_columns(
            names[customers].alias("customer_id"),
            pl.Series("is_suspect", is_suspect),
            pl.Series("is_united", sizes[customers] > 1),
            names[components].alias("component"),
        )
        .join(ties, on="account_id", how="left")
        .select(
            "account_id",
            "customer_id",
            status.alias("status"),
            basis.alias("basis"),
            "since",
            pl.when("is_suspect").then("component").alias("suspect_cluster"),
        )
        .sort("account_id")
    )
