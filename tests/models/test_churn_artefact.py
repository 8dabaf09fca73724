"""Artefacts come back as they were kept, or not at all."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import polars as pl
import pytest

from models.churn import artefact, overdue_rule, recency_rule
from models.churn.artefact import RefusedArtefactError
from models.churn.blend import ChurnBlend, PurchasePart
from models.churn.boosted_trees import BoostedTrees, Tree
from models.churn.features import FEATURES, THEMES, dictionary_hash
from models.churn.linear import ChurnLinear

K = len(FEATURES)
STUMP = Tree((0, -1, -1), (1.5, 0.0, 0.0), (False, False, False), (1, 0, 0), (2, 0, 0), (0.0, -1.0, 2.0), (10, 4, 6))
BLEND = ChurnBlend(
    name="blend",
    parts=("logistic", "boosting", "mbg_nbd"),
    dictionary=dictionary_hash(),
    linear=ChurnLinear((0.1,) * K, (1.0,) * K, (1 / 3,) * K, -0.2),
    trees=BoostedTrees(0.5, (STUMP,)),
    purchases=PurchasePart(0.7, 55.0, 0.8, 3.2, 90, 0.4),
    typical=(None, *(1.5 for _ in THEMES[1:])),
    rows=1000,
)
PAST = pl.DataFrame(
    {"recency_days": range(200), "gap_sum": [100] * 200, "gaps": [2] * 200, "churned": [n > 90 for n in range(200)]}
)
MODELS = (BLEND, recency_rule.learn(PAST), overdue_rule.learn(PAST))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_an_artefact_comes_back_as_the_same_model(model: artefact.Artefact):
    text = artefact.written(model)
    again = artefact.loaded(text, artefact.sha256_of(text))
    assert again == model
    assert again.version == model.version
    assert artefact.written(again) == text


def test_an_artefact_that_was_touched_is_refused():
    text = artefact.written(BLEND)
    kept = artefact.sha256_of(text)
    with pytest.raises(RefusedArtefactError, match="was kept beside it"):
        artefact.loaded(text.replace("-0.2", "-0.3"), kept)


def test_an_artefact_of_other_features_is_refused_though_its_hash_holds():
    told = json.loads(artefact.written(BLEND))
    told["model"]["dictionary"] = "0" * 64
    text = json.dumps(told)
    with pytest.raises(RefusedArtefactError, match="other features"):
        artefact.loaded(text, artefact.sha256_of(text))


def test_a_kept_model_gives_the_same_risks():
    rows = pl.DataFrame({"recency_days": [0, 10, 400]}).with_columns(origin=pl.lit(dt.date(2024, 1, 1)))
    rule = MODELS[1]
    text = artefact.written(rule)
    assert np.array_equal(artefact.loaded(text, artefact.sha256_of(text)).risk(rows), rule.risk(rows))
