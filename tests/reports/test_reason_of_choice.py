"""Why a model was chosen, as the page says it: names that readers know, in the page's language, no figure lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from models.choices import Clause, clause
from models.churn import learning
from models.churn.learning import CHURN_MODELS, Verdict
from models.maximum_likelihood import Certificate
from models.value.customer_value import VALUE_MODELS
from reports.language import Language
from reports.reason_of_choice import reason_of

ENGLISH, CHINESE = Language("en", "GBP"), Language("zh", "CNY")
BETTER = Verdict("blend", 3, 900, 400, 0.5224, 0.5491, 0.754, 0.723, 0.0312, 0.026, 0.035, beats_rule=True)
ALIKE = replace(BETTER, model="logistic", auc_gain=-0.0021, auc_gain_low=-0.01, auc_gain_high=0.006, beats_rule=False)
DOUBTED = Certificate(1e-7, 1.0, 4, 4, ("a", "b"))

EVERY_CLAUSE: tuple[Clause, ...] = (
    *learning.choose("recency_rule", []).because,
    *learning.choose("auto", []).because,
    *learning.choose("logistic", [BETTER]).because,
    *learning.choose("blend", [BETTER]).because,
    *learning.choose("auto", [BETTER, ALIKE]).because,
    *learning.choose("auto", [ALIKE]).because,
    *learning.choose("auto", [replace(ALIKE, auc_gain=None, auc_gain_low=None, auc_gain_high=None)]).because,
    clause("fallback", model="blend", since="2025-10-02", losses=3),
    clause("named", model="pareto_nbd"),
    clause("named_nobody_apart", model="bg_nbd_covariates"),
    clause("nobody_apart", model="bg_nbd_covariates"),
    clause("first_of_ladder", model="cohort_average"),
    clause("best", model="mbg_nbd", ranks={"two_part": 3.1, "mbg_nbd": 1.2, "cohort_average": 2.0}, days=77),
    clause("best", model="mbg_nbd", ranks={"mbg_nbd": 1.0}, days=None),
    *(
        clause("not_certified", model="bg_nbd", lacks=lacks, parameters=list(of), agreeing=2, starts=4)
        for lacks, of in (("boundary", DOUBTED.on_boundary), ("gradient", ()), ("hessian", ()), ("starts", ()))
    ),
)


@pytest.mark.parametrize("one", EVERY_CLAUSE, ids=lambda one: str(one["says"]))
def test_no_id_of_a_model_and_no_english_word_is_left_on_a_chinese_page(one: Clause) -> None:
    kept = json.loads(json.dumps(one))
    english, chinese = reason_of([kept], ENGLISH), reason_of([kept], CHINESE)
    for told in (english, chinese):
        assert told
        assert not {name for name in (*CHURN_MODELS, *VALUE_MODELS) if "_" in name} & set(re.findall(r"\w+", told))
    assert not re.search(r"[a-z]{3,}", re.sub("Pareto", "", chinese)), chinese
    figures = [re.findall(r"\d+\.\d+", told) for told in (english, chinese)]
    assert sorted(figures[0]) == sorted(figures[1])


def test_the_reason_names_the_gain_with_its_interval_and_the_others_best_first() -> None:
    assert reason_of(learning.choose("auto", [BETTER]).because, ENGLISH) == (
        "The blend of models beat the naive rule out of time: over 3 past dates, its ROC-AUC was 0.031 above the "
        "rule’s (95% interval of the difference 0.026 to 0.035), and its log loss was 0.522 against the rule’s 0.549."
    )
    ranks = {"two_part": 3.1, "pareto_nbd": 1.2, "cohort_average": 2.0}
    told = reason_of([clause("best", model="pareto_nbd", ranks=ranks, days=None)], ENGLISH)
    assert told.endswith(": Pareto/NBD 1.2, against cohort average 2.0 and two-part regression 3.1.")


def test_a_certificate_lacks_what_its_sentence_says() -> None:
    assert (DOUBTED.lacks, DOUBTED.reason) == ("boundary", "a, b ran to the boundary")
    assert replace(DOUBTED, on_boundary=(), starts_agreeing=1).lacks == "starts"
    assert replace(DOUBTED, on_boundary=()).lacks is None
    assert replace(DOUBTED, on_boundary=()).reason == ""
