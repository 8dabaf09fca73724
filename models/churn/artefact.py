"""Churn models as explicit numbers: JSON in, JSON out, and nothing loaded that is not what was kept.

No pickle: an artefact is names and numbers that any language can read, with the hash of its text beside it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, cast

from models.churn.blend import ChurnBlend, PurchasePart
from models.churn.boosted_trees import BoostedTrees, Tree
from models.churn.features import dictionary_hash
from models.churn.linear import ChurnLinear
from models.churn.overdue_rule import OverdueRule
from models.churn.recency_rule import RecencyRule
from models.fitted_parameters import as_fields

Artefact = ChurnBlend | RecencyRule | OverdueRule
FORMAT: Final = 1


class RefusedArtefactError(ValueError):
    """The text is not what was kept, or was made for other features than these."""


def written(model: Artefact) -> str:
    """The model as JSON: keys in order, no spaces, every float to its last digit."""
    told = {"format": FORMAT, "kind": type(model).__name__, "model": model}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False, default=as_fields)


def sha256_of(text: str) -> str:
    """The hash that is kept beside an artefact."""
    return hashlib.sha256(text.encode()).hexdigest()


def loaded(text: str, sha256: str) -> Artefact:
    """The model of an artefact.

    Args:
        text: as :func:`written`.
        sha256: the hash that was kept beside it.

    Raises:
        RefusedArtefactError: where the text has another hash, or reads other features than this version computes.
    """
    found = sha256_of(text)
    if found != sha256:
        raise RefusedArtefactError(
            f"the model's artefact has the hash {found[:12]}, {sha256[:12]} was kept beside it; learn the model again"
        )
    told = json.loads(text)
    if told.get("format") != FORMAT:
        raise RefusedArtefactError(f"the artefact has format {told.get('format')}, {FORMAT} expected")
    fields: dict[str, Any] = told["model"]
    if told["kind"] == "RecencyRule":
        return _rule(fields)
    if told["kind"] == "OverdueRule":
        return OverdueRule(_rule(fields["curve"]), fields["typical_gap"])
    if fields["dictionary"] != dictionary_hash():
        raise RefusedArtefactError("the model was learned from other features than are computed now; learn it again")
    return ChurnBlend(
        name=fields["name"],
        parts=tuple(fields["parts"]),
        dictionary=fields["dictionary"],
        linear=None if fields["linear"] is None else ChurnLinear(**_tuples(fields["linear"])),
        trees=None if fields["trees"] is None else _trees(fields["trees"]),
        purchases=None if fields["purchases"] is None else PurchasePart(**fields["purchases"]),
        typical=tuple(fields["typical"]),
        rows=fields["rows"],
    )


def _rule(fields: dict[str, Any]) -> RecencyRule:
    return RecencyRule(**_tuples(fields))


def _trees(fields: dict[str, Any]) -> BoostedTrees:
    return BoostedTrees(fields["base"], tuple(Tree(**_tuples(tree)) for tree in fields["trees"]))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists only; the records are made of tuples."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        found[name] = tuple(cast("list[Any]", value)) if isinstance(value, list) else value
    return found
