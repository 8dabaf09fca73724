"""What stands behind churn risk: value at risk, whom to call, rules, what the model leans on, its record and card."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl
from markupsafe import Markup

from models.churn.learning import RULE
from models.retention_list import CALL
from reports.charts.bars import Bar, Row, bars
from reports.charts.differences import Difference, Panel, differences
from reports.charts.reliability import Bucket, reliability
from reports.drawing import Labeller
from reports.labels import HUES
from reports.language import ABSENT, Language
from reports.parts import HALF, Cell, Figure, Key, cell_of, figure_cell, in_both_widths, table
from reports.report_data import ChurnWork, Planned, ReportData

MOST_RELEASES = 12
MOST_INPUTS = 8
TOLD = ("more", "less")
"""Verdicts on an action whose interval leaves 0 out."""
CARD_METRICS = ("roc_auc", "log_loss", "calibration_slope")
PLACE = (
    pl.when(~pl.col("is_within_capacity"))
    .then(pl.lit("waiting"))
    .when("is_control")
    .then(pl.lit("control"))
    .otherwise(pl.lit("call"))
)


def figures(data: ReportData, work: ChurnWork, words: Language) -> tuple[Figure, ...]:
    """The figures, as far as there is something to show."""
    found: list[Figure | None] = [
        _at_risk(data, work.value_at_risk, words),
        _actions(work.action_list.filter(pl.col("action") == CALL), words),
        _playbook(work.action_list, work.playbook, words),
        _effects(work.action_effects, work.playbook, words),
        _rules(work.churn_rules, words),
        _importance(work.churn_importance, words),
        _drift(work.churn_drift, words),
        _record(data, work.prediction_scorecard, words),
        _card(data, work, words),
        _windows(work.churn_windows, words),
    ]
    return tuple(figure for figure in found if figure is not None)


def _at_risk(data: ReportData, sums: pl.DataFrame, words: Language) -> Figure | None:
    """Bars by segment, largest first; tiers and bands stand in the table."""
    known = sums.filter(pl.col("value_at_risk").is_not_null())
    whole = known.filter(pl.col("scope") == "all").to_dicts()
    if not whole or not whole[0]["value_at_risk"]:
        return None
    total = float(whole[0]["value_at_risk"])
    by_segment = known.filter(pl.col("scope") == "segment").sort("value_at_risk", descending=True).to_dicts()
    rows: list[Row] = []
    for one in by_segment:
        name, worth = words.name("segment", one["scope_value"]), float(one["value_at_risk"])
        shown = f"{words.money_short(worth)} · {words.percent(worth / total, 0)}"
        tip = f"{name}: {words.money(worth)}, {words.counted(one['customers'], 'customer')}"
        rows.append(Row(name, (Bar(worth, shown, tip, f"bar {HUES['segment'].get(one['scope_value'], 'grey')}"),)))
    cells: list[list[Cell | str]] = [
        [
            words.name(scope, one["scope_value"]),
            cell_of(words.integer, one["customers"]),
            cell_of(words.integer, one["expected_churners"]),
            cell_of(words.money, one["value_at_stake"]),
            cell_of(words.money, one["value_at_risk"]),
            cell_of(words.percent, float(one["value_at_risk"]) / total),
        ]
        for scope in ("tier", "segment", "risk_band")
        for one in known.filter(pl.col("scope") == scope).sort("value_at_risk", descending=True).to_dicts()
    ]  # fmt: skip
    first = by_segment[0]
    title = words.say(
        "churn.at_risk_title", value=words.money_said(total), days=words.integer(data.horizon_days),
        place=words.name("segment", first["scope_value"]),
        share=words.percent(float(first["value_at_risk"]) / total, 0),
    )  # fmt: skip
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = words.heads("group", "customers", "expected_churners", "at_stake", "at_risk", "value_share")
    return Figure(
        "churn-value-at-risk", title, wide, words.say("churn.at_risk_subtitle", currency=data.currency), narrow,
        table(words.say("churn.at_risk_table"), heads, cells), words.say(f"churn.at_risk_note_{whole[0]['basis']}"),
    )  # fmt: skip


def _actions(actions: pl.DataFrame, words: Language) -> Figure | None:
    """Groups of the list only: its rows are single customers, who are not for this page."""
    if actions.is_empty():
        return Figure("churn-actions", words.say("churn.actions_none"), Markup(""))
    held = {
        row["place"]: row
        for row in actions.group_by(PLACE.alias("place"))
        .agg(
            pl.len().alias("customers"),
            pl.col("churn_risk").mean(),
            pl.col("value_at_risk", "expected_saved_value").sum(),
        )
        .to_dicts()
    }
    has_money = actions["value_at_risk"].is_not_null().any()
    cells: list[list[Cell | str]] = [
        [
            words.say(f"churn.place_{name}"),
            cell_of(words.integer, row["customers"]),
            cell_of(words.percent, row["churn_risk"]),
            figure_cell(words.money_said(row["value_at_risk"]) if has_money else ABSENT, float(row["value_at_risk"])),
            figure_cell(
                words.money_said(row["expected_saved_value"]) if has_money and name == "call" else ABSENT,
                float(row["expected_saved_value"]),
            ),
        ]
        for name in ("call", "control", "waiting")
        if (row := held.get(name))
    ]
    called = held.get("call", {"customers": 0, "value_at_risk": 0, "expected_saved_value": 0})
    said = {"customers": words.counted(called["customers"], "customer")}
    if has_money:
        said |= {
            "value": words.money_said(called["value_at_risk"]),
            "saved": words.money_said(called["expected_saved_value"]),
        }
    title = words.say("churn.actions_title" if has_money else "churn.actions_title_no_money", **said)
    heads = words.heads("group", "customers", "predicted", "at_risk", "saved")
    return Figure(
        "churn-actions", title, Markup(""), words.say("churn.actions_subtitle"),
        table=table(words.say("churn.actions_table"), heads, cells), note=words.say("churn.actions_note"), is_open=True,
    )  # fmt: skip


def _playbook(actions: pl.DataFrame, playbook: Sequence[Planned], words: Language) -> Figure | None:
    """How many each action is about tonight, in the order in which they choose; None without a playbook."""
    if not playbook:
        return None
    counted = actions.group_by("action", PLACE.alias("place")).agg(pl.len(), pl.col("value_at_stake").sum())
    held = {(action, place): (n, float(stake)) for action, place, n, stake in counted.rows()}
    has_money = actions["value_at_stake"].is_not_null().any()
    cells: list[list[Cell | str]] = []
    for one in playbook:
        call, control, waiting = (held.get((one.action, place), (0, 0.0)) for place in ("call", "control", "waiting"))
        cells.append(
            [
                _suggested(one, words),
                _entered(one.kind, one.segment, words),
                *(cell_of(words.integer, n) for n, _ in (call, control, waiting)),
                figure_cell(words.money(call[1]) if has_money else ABSENT, call[1]),
            ]
        )
    reached = sum(held.get((one.action, "call"), (0, 0.0))[0] for one in playbook)
    title = words.say("churn.playbook_title", customers=words.counted(reached, "customer"))
    heads = words.heads("action", "entered", "to_contact", "held_out", "waiting", "at_stake")
    return Figure(
        "churn-playbook", title, Markup(""), words.say("churn.playbook_subtitle"),
        table=table(words.say("churn.playbook_table"), heads, cells), note=words.say("churn.playbook_note"),
        is_open=True,
    )  # fmt: skip


def _effects(effects: pl.DataFrame, playbook: Sequence[Planned], words: Language) -> Figure | None:
    """What the actions brought; None where nothing can be compared yet."""
    if effects.is_empty():
        return None
    suggested = {one.action: _suggested(one, words) for one in playbook}
    cells: list[list[Cell | str]] = []
    panels: dict[str, Panel] = {}
    for row in effects.to_dicts():
        is_share = row["outcome"] == "ordered"
        shown = words.percent if is_share else partial(words.money, digits=2)
        apart = partial(_points, words) if is_share else shown
        entered = _entered(row["kind"], row["segment"], words)
        action = suggested.get(row["action"]) or str(row["action"])
        name = words.say("churn.call") if row["action"] == CALL else f"{action} ({entered})"
        called, held, share = words.integer(row["called"]), words.integer(row["held_out"]), row["hold_out"]
        outcome = words.say(f"churn.outcome_{row['outcome']}", days=words.integer(row["horizon_days"]))
        verdict = words.say(f"churn.effect_{row['status']}")
        difference = apart(row["difference"])
        if row["low"] is not None:
            difference = f"{difference} ({apart(row['low'])} … {apart(row['high'])})"
            value, low, high = (float(row[end]) for end in ("difference", "low", "high"))
            tip, is_told = f"{name}, {outcome}: {difference}, {verdict}", row["status"] in TOLD
            axis: Labeller = (lambda step: words.number(100 * step)) if is_share else words.money_short
            panel = panels.setdefault(outcome, Panel(outcome, axis, []))
            panel.rows.append(Difference(name, value, low, high, apart(value), tip, is_told))
        cells.append(
            [
                name,
                outcome,
                words.say("churn.of_so_many", value=shown(row["called_value"]), n=called),
                words.say(
                    "churn.of_so_many_held", value=shown(row["held_out_value"]), n=held, share=words.percent(share, 0)
                ),
                difference,
                verdict,
            ]
        )
    told = effects.filter(pl.col("status").is_in(TOLD))["action"].n_unique()
    judged = effects.filter(pl.col("status") != "too_few_data")["action"].n_unique()
    said = {"told": words.integer(told), "judged": words.integer(judged)}
    title = words.say("churn.effects_title" if judged else "churn.effects_title_early", **said)
    heads = words.heads("action", "outcome", "contacted", "held_out", "brought", "status")
    wide, narrow = (
        in_both_widths(lambda width: differences([*panels.values()], width=width, label=title))
        if panels
        else (None, None)
    )
    keys = tuple(Key(hue, words.say(f"churn.effect_key_{hue}")) for hue in ("blue", "hollow")) if panels else ()
    return Figure(
        "churn-effects", title, wide or Markup(""), words.say("churn.effects_subtitle"), narrow,
        table(words.say("churn.effects_table"), heads, cells), words.say("churn.effects_note"), keys, is_open=True,
    )  # fmt: skip


def _suggested(action: Planned, words: Language) -> str:
    return action.suggestion_zh if words.code == "zh" else action.suggestion


def _entered(kind: str, segment: str, words: Language) -> str:
    place = words.name("segment" if kind == "rfm" else kind, segment)
    return words.say("churn.entered", kind=words.say(f"churn.kind_{kind}"), place=place)


def _points(words: Language, difference: float | None) -> str:
    return ABSENT if difference is None else words.say("change.points", size=words.number(100 * difference, 1))


def _rules(rules: pl.DataFrame, words: Language) -> Figure | None:
    """Bars of the rates with their rule's number; the words are in the open table."""
    if rules.height < 2:
        return None
    spoken = "words_zh" if words.code == "zh" else "words"
    rows: list[Row] = []
    cells: list[list[Cell | str]] = []
    for rule in rules.sort("rule").to_dicts():
        rate = rule["rate"] if rule["rate"] is not None else rule["rate_past"]
        interval = (
            f"{words.percent(rule['low'])} … {words.percent(rule['high'])}" if rule["low"] is not None else ABSENT
        )
        name = words.say("churn.rule", n=words.integer(rule["rule"]))
        if rate is not None:
            tip = words.say(
                "churn.rule_tip", words=rule[spoken], rate=words.percent(rate), interval=interval,
                customers=words.counted(rule["n"] or rule["n_past"], "customer"),
            )  # fmt: skip
            rows.append(Row(name, (Bar(rate, words.percent(rate, 0), tip, "bar vermillion"),)))
        cells.append(
            [
                Cell(f"{words.integer(rule['rule'])}. {rule[spoken]}", float(rule["rule"])),
                cell_of(words.percent, rule["rate"]), interval,
                cell_of(words.integer, rule["n"]),
                cell_of(words.integer, rule["customers"]),
            ]
        )  # fmt: skip
    first = rules.sort("rule").row(0, named=True)
    top = first["rate"] if first["rate"] is not None else first["rate_past"]
    title = words.say("churn.rules_title", rate=words.percent(top, 0), words=first[spoken])
    subtitle = words.say("churn.rules_subtitle_unjudged")
    if first["origin"] is not None:
        judged = words.counted(int(rules["n"].sum()), "customer")
        subtitle = words.say("churn.rules_subtitle", n=judged, day=words.day(first["origin"]))
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = words.heads("rule_words", "stayed_away", "interval", "judged", "tonight")
    numbers = table(words.say("churn.rules_table"), heads, cells)
    return Figure("churn-rules", title, wide, subtitle, narrow, numbers, is_open=True)


def _importance(importance: pl.DataFrame, words: Language) -> Figure | None:
    themes = (
        importance.filter(pl.col("kind") == "theme").sort(["auc_loss", "name"], descending=[True, False]).to_dicts()
    )
    if len(themes) < 2:
        return None
    names = [words.name("churn_theme", theme["name"]) for theme in themes]
    rows = [
        Row(
            name,
            (
                Bar(
                    max(theme["auc_loss"], 0.0), words.number(theme["auc_loss"], 3),
                    f"{name}: {words.number(theme['auc_loss'], 4)}", "bar blue",
                ),
            ),
        )
        for name, theme in zip(names, themes, strict=True)
    ]  # fmt: skip
    is_alone = themes[1]["auc_loss"] < themes[0]["auc_loss"] / 10
    said = "churn.importance_alone" if is_alone else "churn.importance_title"
    title = words.say(said, first=words.within(names[0]), second=words.within(names[1]))
    cells: list[list[Cell | str]] = [
        [name, cell_of(words.number, theme["auc_loss"], 4)] for name, theme in zip(names, themes, strict=True)
    ]
    heads = words.heads("knowledge", "auc_loss")
    return Figure(
        "churn-importance", title, bars(rows, width=HALF, label=title),
        words.say("churn.importance_subtitle", day=words.day(themes[0]["origin"])),
        table=table(words.say("churn.importance_table"), heads, cells), is_half=True,
    )  # fmt: skip


def _drift(drift: pl.DataFrame, words: Language) -> Figure | None:
    inputs = (
        drift.filter(pl.col("subject") != "churned").sort(["index", "subject"], descending=[True, False]).to_dicts()
    )
    if not inputs:
        return None
    shifted = sum(one["status"] == "shifted" for one in inputs)
    hues = {"stable": "sky", "moderate": "amber", "shifted": "vermillion", "too_few_data": "grey"}
    drawn = {one["status"] for one in inputs[:MOST_INPUTS]}
    rows = [
        Row(
            name := words.name("churn_feature", one["subject"]),
            (
                Bar(
                    one["index"], words.number(one["index"], 2),
                    f"{name}: {words.number(one['index'], 3)}, {words.name('drift', one['status'])}",
                    f"bar {hues[one['status']]}",
                ),
            ),
        )
        for one in inputs[:MOST_INPUTS]
    ]  # fmt: skip
    outcome = drift.filter(pl.col("subject") == "churned").to_dicts()
    note = None
    if outcome:
        status = words.within(words.name("drift", outcome[0]["status"]))
        note = words.say("churn.drift_outcome", status=status, index=words.number(outcome[0]["index"], 3))
    is_told = any(one["status"] != "too_few_data" for one in inputs)
    title = words.say(
        "churn.drift_title" if is_told else "churn.drift_title_few",
        shifted=words.integer(shifted), all=words.integer(len(inputs)),
    )  # fmt: skip
    cells: list[list[Cell | str]] = [
        [
            words.name("churn_feature", one["subject"]), cell_of(words.number, one["index"], 3),
            words.name("drift", one["status"]),
        ]
        for one in [*outcome, *inputs]
    ]  # fmt: skip
    heads = words.heads("input", "index", "status")
    return Figure(
        "churn-drift", title, bars(rows, width=HALF, label=title), words.say("churn.drift_subtitle"),
        table=table(words.say("churn.drift_table"), heads, cells), note=note, is_half=True,
        keys=tuple(Key(hue, words.name("drift", status)) for status, hue in hues.items() if status in drawn),
    )  # fmt: skip


def _record(data: ReportData, record: pl.DataFrame, words: Language) -> Figure | None:
    """The newest release that came due by tenths, and the last ones beside the rule."""
    if record.is_empty():
        empty = words.say("churn.record_empty", days=words.integer(data.horizon_days))
        return Figure("churn-record", empty, Markup(""))
    releases = record.filter(pl.col("decile") == 0).sort("predicted_on", descending=True).to_dicts()
    newest = releases[0]
    tenths = (
        record.filter(pl.col("predicted_on") == newest["predicted_on"], pl.col("decile") > 0)
        .sort("mean_risk", "decile")
        .to_dicts()
    )
    buckets = [
        Bucket(
            one["mean_risk"], one["observed"], one["low"], one["high"], one["n"] / newest["n"],
            words.say(
                "churn.bucket_tip", predicted=words.percent(one["mean_risk"]), observed=words.percent(one["observed"]),
                interval=f"{words.percent(one['low'])} … {words.percent(one['high'])}",
                customers=words.counted(one["n"], "customer"),
            ),
        )
        for one in tenths
    ]  # fmt: skip
    counts = {outcome: sum(one["outcome"] == outcome for one in releases) for outcome in ("won", "lost", "even")}
    title = words.say("churn.record_title", **{name: words.integer(count) for name, count in counts.items()})
    names = (words.say("head.predicted"), words.say("head.observed"), words.say("churn.diagonal"))
    picture = reliability(buckets, width=HALF, share=lambda s: words.percent(s, 0), label=title, names=names)
    cells: list[list[Cell | str]] = [
        [
            Cell(words.day(one["predicted_on"]), float(one["predicted_on"].toordinal())),
            words.name("model", one["model"]), str(one["model_version"]),
            cell_of(words.integer, one["n"]),
            *(
                cell_of(words.number, one[name], 3)
                for name in ("roc_auc", "baseline_roc_auc", "log_loss", "baseline_log_loss", "calibration_slope")
            ),
            words.say(f"churn.record_{one['outcome']}"),
        ]
        for one in releases[:MOST_RELEASES]
    ]  # fmt: skip
    heads = words.heads(
        "published_on",
        "value_model",
        "version",
        "judged",
        "auc",
        "rule_auc",
        "loss",
        "rule_loss",
        "slope",
        "against_rule",
    )
    riskiest = next((one for one in tenths if one["decile"] == 1), None)
    notes: list[str] = []
    if riskiest and riskiest["lift"]:
        lift = words.number(riskiest["lift"], 2)
        told = "churn.record_lift_none" if float(lift) == 1 else "churn.record_lift"
        notes.append(words.say(told, lift=lift, share=words.percent(riskiest["n"] / newest["n"], 0)))
    if newest["is_fallback"]:
        notes.append(words.say("churn.record_fallback"))
    subtitle = words.say(
        "churn.record_subtitle", day=words.day(newest["predicted_on"]), due=words.day(newest["due_on"])
    )  # fmt: skip
    return Figure(
        "churn-record", title, picture, subtitle, table=table(words.say("churn.record_table"), heads, cells),
        note=" ".join(notes) or None,
    )  # fmt: skip


def _card(data: ReportData, work: ChurnWork, words: Language) -> Figure | None:
    """A few lines anybody can read: what it says, from what, how good, where it errs."""
    if work.churn_models.is_empty() or data.churn_scores.is_empty():
        return None
    card = work.churn_models.row(0, named=True)
    name = words.name("model", card["model"])
    days, window = words.integer(data.horizon_days), words.integer(data.window_days)
    cells: list[list[Cell | str]] = [
        [words.say("churn.card_predicts"), words.say("churn.card_predicts_text", days=days, window=window)],
        [
            words.say("churn.card_learned"),
            words.say(
                "churn.card_learned_text", rows=words.counted(card["rows"], "row"),
                customers=words.counted(card["customers"], "customer"),
                origins=words.counted(card["origins"], "origin"), day=words.day(card["learned_on"]),
            ),
        ],
    ]  # fmt: skip
    published = data.model_evaluation.filter(pl.col("model") == card["model"])
    means = _means(published, "all", "all")
    for metric in CARD_METRICS:
        if metric in means and means[metric]["value"] is not None:
            shown = [words.number(means[metric]["value"], 3)]
            if None not in (ends := [means[metric]["low"], means[metric]["high"]]):
                shown.append(
                    words.say("churn.card_interval", low=words.number(ends[0], 3), high=words.number(ends[1], 3))
                )
            if card["model"] != RULE:
                shown.append(words.say("churn.card_rule", rule=words.number(means[metric]["baseline_value"], 3)))
            cells.append([words.say("churn.card_metric", metric=words.name("metric", metric)), "".join(shown)])
    auc = [
        _means(published, "order_history", value).get("roc_auc", {}).get("value") for value in ("one_time", "repeat")
    ]
    weak = words.say("churn.card_weak_unknown")
    if None not in auc:
        weak = words.say("churn.card_weak_text", one_time=words.number(auc[0], 3), repeat=words.number(auc[1], 3))
    cells.append([words.say("churn.card_weak"), weak])
    cells.append([words.say("churn.card_not"), words.say("churn.card_not_text")])
    cells.append([words.say("churn.card_version"), str(card["model_version"])])
    heads = words.heads("about", "said")
    return Figure(
        "churn-card", words.say("churn.card_title", model=name), Markup(""),
        table=table(words.say("churn.card_table"), heads, cells), is_open=True,
    )  # fmt: skip


def _means(frame: pl.DataFrame, scope: str, value: str) -> dict[str, dict[str, float | None]]:
    """Means over the judged dates per metric, of one scope; of an end of the interval where every date has one."""
    shown = ("value", "low", "high", "baseline_value")
    of_scope = frame.filter(pl.col("scope") == scope, pl.col("scope_value") == value, pl.col("value").is_not_null())
    ends = [pl.when(pl.col(end).is_not_null().all()).then(pl.col(end).mean()).alias(end) for end in shown[1:3]]
    rows = of_scope.group_by("metric").agg(pl.col("value", "baseline_value").mean(), *ends).to_dicts()
    return {row["metric"]: {name: row[name] for name in shown} for row in rows}


def _windows(windows: pl.DataFrame, words: Language) -> Figure | None:
    if windows.is_empty():
        return None
    held = {row["setting"]: row for row in windows.to_dicts()}
    horizon, window = (held[name]["recommended_days"] for name in ("horizon_days", "window_days"))
    title = words.say("churn.windows_title_unknown")
    if horizon is not None and window is not None:
        title = words.say("churn.windows_title", horizon=words.integer(horizon), window=words.integer(window))
    cells: list[list[Cell | str]] = []
    for row in windows.sort("setting").to_dicts():
        days = [
            figure_cell(ABSENT if value is None else words.say("unit.days", n=words.integer(value)), value)
            for value in (row["configured_days"], row["recommended_days"])
        ]
        covered = cell_of(words.percent, row["share_within"])
        cells.append([words.say(f"churn.setting_{row['setting']}"), *days, covered])
    heads = words.heads("setting", "configured", "recommended", "covered")
    return Figure(
        "churn-windows", title, Markup(""), words.say("churn.windows_subtitle"),
        table=table(words.say("churn.windows_table"), heads, cells), is_open=True,
    )  # fmt: skip
