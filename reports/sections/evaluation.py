"""How the churn models did out of time, beside the naive rule, and which of them is published."""

from __future__ import annotations

import dataclasses

import polars as pl
from markupsafe import Markup

from models.churn.learning import PUBLISHABLE
from models.churn.lesson import RULE
from reports.charts.reliability import Duel, duels
from reports.labels import BETTER, METRICS
from reports.language import ABSENT, Language
from reports.parts import Cell, Figure, Key, cell_of, in_both_widths, table
from reports.report_data import ReportData

JUDGES = ("log_loss", "brier", "roc_auc")
UNIT_RANGE = (
    "roc_auc", "pr_auc_churn", "pr_auc_buy", "precision", "recall", "f1", "accuracy", "precision_top_decile",
    "recall_top_decile", "f1_top_decile", "brier",
)  # fmt: skip


def evaluation_figure(data: ReportData, words: Language) -> Figure:
    """The means over the past dates, model beside rule, with the sentence on what is published and why."""
    data = dataclasses.replace(data, model_evaluation=of_everybody(data.model_evaluation))
    candidate, means = candidate_means(data.model_evaluation)
    published = published_model(data)
    name = words.name("model", candidate)
    rule = words.name("model", RULE)
    rows: list[list[Cell | str]] = []
    shown: list[Duel] = []
    for metric in METRICS:
        if metric not in means:
            continue
        value, baseline = means[metric]["value"], means[metric]["baseline"]
        label = words.name("metric", metric)
        rows.append(
            [
                label, cell_of(_three, value, words), cell_of(_three, baseline, words),
                _winner(metric, value, baseline, name, rule, words), words.say(f"evaluation.aim_{_aim(metric)}"),
            ]
        )  # fmt: skip
        if metric in UNIT_RANGE and (value is not None or baseline is not None):
            shown.append(
                Duel(
                    label + (" ↓" if _aim(metric) == "lower" else ""), value, baseline, "",
                    f"{label}, {name}: {_three(value, words)}", f"{label}, {rule}: {_three(baseline, words)}",
                )
            )  # fmt: skip
    title = verdict(data, candidate, means, published, words)
    heads = [words.say("head.metric"), name, rule, words.say("head.better"), words.say("head.aim")]
    origins = sorted(set(data.model_evaluation["origin"].to_list()))
    subtitle = words.say(
        "evaluation.subtitle", dates=words.counted(len(origins), "origin"), first=words.day(origins[0]),
        last=words.day(origins[-1]), days=words.integer(int(data.model_evaluation["horizon_days"][0])),
    )  # fmt: skip
    wide, narrow = (
        in_both_widths(lambda width: duels(shown, width=width, label=title, axis=lambda s: f"{s:g}"))
        if shown
        else (None, None)
    )
    keys = (Key("blue", name), Key("hollow", rule)) if candidate != RULE else (Key("blue", rule),)
    numbers = table(words.say("evaluation.table"), heads, rows, note=words.say("evaluation.note"))
    return Figure(
        "churn-evaluation", title, wide or Markup(""), subtitle, narrow, numbers, data.churn_choice_reason, keys,
        is_open=True,
    )  # fmt: skip


def of_everybody(frame: pl.DataFrame) -> pl.DataFrame:
    """The judgement on all customers, segments left out."""
    return frame.filter(pl.col("scope") == "all")


def candidate_means(frame: pl.DataFrame) -> tuple[str, dict[str, dict[str, float | None]]]:
    """The model to be told of, and its mean figures over the past dates beside the rule's.

    The published model where it is not the rule itself, else the strongest of the others by its name in the table,
    else the rule.
    """
    models = sorted(set(frame["model"].to_list()))
    chosen = sorted(set(frame.filter(pl.col("is_published"))["model"].to_list()))
    others = sorted((m for m in models if m != RULE), key=lambda m: (m not in PUBLISHABLE, m))
    candidate = next((m for m in chosen if m != RULE), others[0] if others else RULE)
    rows = (
        frame.filter(pl.col("model") == candidate)
        .group_by("metric")
        .agg(pl.col("value").mean(), pl.col("baseline_value").mean().alias("baseline"))
        .to_dicts()
    )
    return candidate, {row["metric"]: {"value": row["value"], "baseline": row["baseline"]} for row in rows}


def published_model(data: ReportData) -> str | None:
    """The model tonight's scores come from."""
    scored = sorted(set(data.churn_scores["model"].to_list()))
    if scored:
        return scored[0]
    chosen = sorted(set(data.model_evaluation.filter(pl.col("is_published"))["model"].to_list()))
    return chosen[0] if chosen else None


def verdict(
    data: ReportData, candidate: str, means: dict[str, dict[str, float | None]], published: str | None, words: Language
) -> str:
    """Which model is published, and how the candidate did against the rule on the past dates."""
    name = words.name("model", candidate)
    shown = words.name("model", published) if published else ABSENT
    origins = len(set(data.model_evaluation["origin"].to_list()))
    metric = next((m for m in JUDGES if m in means and None not in means[m].values()), None)
    if candidate == RULE or metric is None:
        return words.say("evaluation.title_alone", model=words.within(shown), dates=words.counted(origins, "origin"))
    value, baseline = means[metric]["value"], means[metric]["baseline"]
    assert value is not None
    assert baseline is not None
    is_better = value < baseline if _aim(metric) == "lower" else value > baseline
    if published == RULE:
        key = "rule_close" if is_better else "rule_better"
    else:
        key = "beats_rule" if is_better else "chosen"
    said = words.say(
        f"evaluation.title_{key}", model=words.within(shown), candidate=words.within(name),
        metric=words.within(words.name("metric", metric)),
        value=_three(value, words), baseline=_three(baseline, words), dates=words.counted(origins, "origin"),
    )  # fmt: skip
    return said + words.say("evaluation.less") if _aim(metric) == "lower" else said


def _aim(metric: str) -> str:
    aim = BETTER.get(metric, "higher")
    return aim if isinstance(aim, str) else ("one" if aim == 1.0 else "zero")


def _three(value: float | None, words: Language) -> str:
    return words.number(value, 3)


def _winner(metric: str, value: float | None, baseline: float | None, name: str, rule: str, words: Language) -> str:
    if value is None or baseline is None:
        return ABSENT
    aim = BETTER.get(metric, "higher")
    if isinstance(aim, float):
        ours, theirs = -abs(value - aim), -abs(baseline - aim)
    else:
        ours, theirs = (-value, -baseline) if aim == "lower" else (value, baseline)
    if round(ours, 3) == round(theirs, 3):
        return words.say("evaluation.even")
    return name if ours > theirs else rule
