"""A fitted model's parameters as text, and the short hash by which two fits are told apart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any


def as_fields(record: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, the values as they are; what it has cached beside them is left out.

    For ``json.dumps(..., default=as_fields)``, which writes what ``dataclasses.asdict`` would, without a copy of it.
    """
    return {field.name: getattr(record, field.name) for field in fields(record)}


def version_of(model: Any) -> str:
    """Twelve hexadecimal digits of the hash of the model's fields.

    Args:
        model: a dataclass of numbers, texts, tuples and further dataclasses.
    """
    return hashlib.sha256(json.dumps(model, default=as_fields, sort_keys=True).encode()).hexdigest()[:12]
