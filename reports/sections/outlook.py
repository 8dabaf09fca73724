"""What customers are expected to be worth, and how such expectations did before."""

from __future__ import annotations

import polars as pl
from markupsafe import Markup

from reports.charts.bars import Bar, Row, bars
from reports.charts.reliability import Duel, duels
from reports.charts.trends import Curve, curves
from reports.language import Language
from reports.parts import Cell, Figure, Key, Section, cell_of, in_both_widths, table
from reports.report_data import Outlook, ReportData

RANKING = ("spearman", "normalised_gini", "top_decile_capture")
LEAST_IN_TENTHS = 20
"""Of fewer customers a tenth may be a single one."""
FIGURES = ("mae", "rmse", "bias", *RANKING)


def sections(data: ReportData, words: Language) -> tuple[Section, ...]:
    """The section, where the night looked ahead."""
    return () if data.outlook is None else (_section(data, data.outlook, words),)


def _section(data: ReportData, outlook: Outlook, words: Language) -> Section:
    name = words.say("outlook.name")
    days = words.integer(data.horizon_days)
    description = words.say("outlook.description", days=days)
    valued = outlook.customer_value
    if valued.is_empty():
        return Section("outlook", name, description, empty=words.say("outlook.empty"))
    has_money = valued["clv"].is_not_null().any()
    figures: list[Figure] = []
    if has_money:
        figures.append(_bands(data, outlook, words))
    if has_money and outlook.value_by_tier["value_low"].is_not_null().any():
        figures.append(_sums(data, outlook, words))
    if not outlook.value_calibration.filter(pl.col("is_published")).is_empty():
        figures.append(_calibration(outlook, words, has_money=has_money))
    if not outlook.value_evaluation.is_empty():
        figures.append(_evaluation(data, outlook, words))
    if outlook.value_tracking.height > 1:
        figures.append(_tracking(outlook, words))
    orders = words.integer(round(float(valued["expected_orders"].sum())))
    told = None if has_money else words.say("outlook.empty_money", orders=orders, days=days)
    lead = figures[0].title if has_money else told
    described = description if told is None or not figures else f"{description} {told}"
    return Section("outlook", name, described, tuple(figures), empty=None if figures else told, lead=lead)


def _bands(data: ReportData, outlook: Outlook, words: Language) -> Figure:
    """Expected value by tenths of the customers; of too few to fill them the sum alone, no single customer's."""
    ranked = outlook.customer_value["clv"].cast(pl.Float64).sort()
    n, total = ranked.len(), float(ranked.sum())
    title = words.say(
        "outlook.bands_title_one" if n == 1 else "outlook.bands_title",
        customers=words.counted(n, "customer"), total=words.money(total), days=words.integer(data.horizon_days),
    )  # fmt: skip
    model = words.name("model", str(outlook.customer_value["model"][0]))
    note = words.say("outlook.bands_note", model=model, reason=outlook.reason)
    if n < LEAST_IN_TENTHS:
        return Figure("outlook-bands", title, Markup(""), note=note)
    edges = [round(n * step / 10) for step in range(11)]
    rows: list[Row] = []
    cells: list[list[Cell | str]] = []
    for tenth in range(10):
        part = ranked[edges[tenth] : edges[tenth + 1]]
        worth, size = float(part.sum()), part.len()
        share = worth / total if total else 0.0
        tip = f"{tenth + 1}: {words.money(worth)} ({words.percent(share)}), {words.counted(size, 'customer')}"
        rows.append(Row(str(tenth + 1), (Bar(worth, words.money_short(worth), tip, "bar blue"),)))
        cells.append(
            [
                cell_of(str, tenth + 1), cell_of(words.integer, size),
                cell_of(words.money, worth / size, 2), cell_of(words.money, worth),
                cell_of(words.percent, share),
            ]
        )  # fmt: skip
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = words.heads("decile", "customers", "mean_value", "expected_sum", "value_share")
    subtitle = words.say("outlook.bands_subtitle", currency=data.currency)
    return Figure(
        "outlook-bands", title, wide, subtitle, narrow, table(words.say("outlook.bands_table"), heads, cells), note
    )


def _sums(data: ReportData, outlook: Outlook, words: Language) -> Figure:
    """Sums by tier between the ends of their intervals."""
    order = {tier: place for place, tier in enumerate(("high", "mid", "low", "none", "all"))}
    found = sorted(outlook.value_by_tier.to_dicts(), key=lambda row: order[row["tier"]])
    rows: list[Row] = []
    cells: list[list[Cell | str]] = []
    for row in found:
        name = words.say("outlook.sums_all") if row["tier"] == "all" else words.name("tier", row["tier"])
        expected, low, high = (float(row[end]) for end in ("expected_value", "value_low", "value_high"))
        between = f"{words.money(low)} – {words.money(high)}"
        tip = f"{name}: {words.money(expected)} ({between})"
        drawn = ((low, "bar pale"), (expected, "bar blue"), (high, "bar pale"))
        if row["tier"] != "all":
            rows.append(Row(name, tuple(Bar(worth, words.money_short(worth), tip, kind) for worth, kind in drawn)))
        cells.append(
            [
                name, cell_of(words.integer, row["customers"]),
                cell_of(words.money, expected), cell_of(words.money, low),
                cell_of(words.money, high),
            ]
        )  # fmt: skip
    whole = found[-1]
    title = words.say(
        "outlook.sums_title", low=words.money(float(whole["value_low"])), high=words.money(float(whole["value_high"])),
        days=words.integer(data.horizon_days),
    )  # fmt: skip
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = words.heads("tier", "customers", "expected_sum", "sum_low", "sum_high")
    numbers = table(words.say("outlook.sums_table"), heads, cells)
    subtitle = words.say("outlook.sums_subtitle", currency=data.currency)
    return Figure("outlook-sums", title, wide, subtitle, narrow, numbers, words.say("outlook.sums_note"))


def _calibration(outlook: Outlook, words: Language, *, has_money: bool) -> Figure:
    """Expected beside actual, by tenths of the customers on the judged dates."""

    def said(value: float, digits: int = 2) -> str:
        return words.money(value, digits) if has_money else words.number(value, digits)

    found = outlook.value_calibration.filter(pl.col("is_published")).sort("decile").to_dicts()
    rows: list[Row] = []
    cells: list[list[Cell | str]] = []
    for row in found:
        tip = f"{row['decile']}: {said(row['predicted'])} → {said(row['actual'])}"
        pale, strong = (
            Bar(row[which], said(row[which]), tip, kind)
            for which, kind in (("predicted", "bar pale"), ("actual", "bar blue"))
        )
        rows.append(Row(str(row["decile"]), (pale, strong)))
        cells.append(
            [
                cell_of(str, row["decile"]), cell_of(words.integer, row["n"]),
                cell_of(said, row["predicted"]),
                cell_of(said, row["actual"]),
            ]
        )  # fmt: skip
    predicted, actual = (sum(row["n"] * row[which] for row in found) for which in ("predicted", "actual"))
    of_what = "outlook.calibration_title" if has_money else "outlook.calibration_title_no_money"
    title = words.say(of_what, predicted=said(predicted, 0), actual=said(actual, 0))
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = words.heads("decile", "customers", "expected", "actual")
    numbers = table(words.say("outlook.calibration_table"), heads, cells)
    return Figure("outlook-calibration", title, wide, words.say("outlook.calibration_subtitle"), narrow, numbers)


def _evaluation(data: ReportData, outlook: Outlook, words: Language) -> Figure:
    """The published model beside the naive rule, and every model's figures in the table."""
    frame = outlook.value_evaluation
    chosen = str(outlook.customer_value["model"][0])
    means = {
        (row["model"], row["metric"]): (row["value"], row["baseline_value"])
        for row in frame.group_by("model", "metric").agg(pl.col("value", "baseline_value").mean()).to_dicts()
    }
    models = sorted(set(frame["model"].to_list()))
    told = chosen if chosen in models else models[0]
    name, naive = words.name("model", told), words.say("outlook.naive")
    shown: list[Duel] = []
    for metric in RANKING:
        value, baseline = means.get((told, metric), (None, None))
        label = words.name("metric", metric)
        if value is not None or baseline is not None:
            tips = (f"{label}, {name}: {words.number(value, 3)}", f"{label}, {naive}: {words.number(baseline, 3)}")
            shown.append(Duel(label, value, baseline, "", *tips))
    cells: list[list[Cell | str]] = [
        [
            words.name("model", model),
            *(cell_of(words.number, v, 3) for m in FIGURES for v in [means.get((model, m), (None, None))[0]]),
        ]
        for model in models
    ]
    cells.append(
        [naive, *(cell_of(words.number, v, 3) for m in FIGURES for v in [means.get((told, m), (None, None))[1]])]
    )
    gini = means.get((told, "normalised_gini"), (None, None))
    title = (
        words.say("outlook.evaluation_title_alike")
        if gini[0] is None
        else words.say(
            "outlook.evaluation_title", model=name, gini=words.number(gini[0], 3), naive=words.number(gini[1], 3)
        )
    )
    origins = len(set(frame["origin"].to_list()))
    subtitle = words.say(
        "outlook.evaluation_subtitle",
        dates=words.counted(origins, "origin"),
        days=words.integer(frame["horizon_days"][0]),
    )
    wide, narrow = (
        in_both_widths(lambda width: duels(shown, width=width, label=title, axis=lambda s: f"{s:g}"))
        if shown
        else (Markup(""), None)
    )
    heads = [words.say("head.value_model"), *(words.name("metric", metric) for metric in FIGURES)]
    numbers = table(words.say("outlook.evaluation_table"), heads, cells)
    keys = (Key("blue", name), Key("hollow", naive)) if shown else ()
    return Figure("outlook-evaluation", title, wide, subtitle, narrow, numbers, None, keys)


def _tracking(outlook: Outlook, words: Language) -> Figure:
    """Cumulative repeat orders as they came, and as the model fitted at the judged date expects them."""
    frame = outlook.value_tracking.sort("day")
    weeks = [float(week) for week in range(1, frame.height + 1)]
    lines = [
        Curve(tuple(zip(weeks, frame[which].cast(pl.Float64).to_list(), strict=True)), (), which == "actual")
        for which in ("expected", "actual")
    ]
    day, last = words.day(frame["origin"][0]), frame.row(-1, named=True)
    title = words.say(
        "outlook.tracking_title", actual=words.integer(last["actual"]), day=day,
        expected=words.integer(round(last["expected"])),
    )  # fmt: skip
    wide, narrow = in_both_widths(
        lambda width: curves(
            lines, width=width, axis=words.integer, across=lambda week: f"{week:g}", label=title,
            across_name=words.say("outlook.tracking_across"),
        )
    )  # fmt: skip
    every = max(1, frame.height // 26)
    cells: list[list[Cell | str]] = [
        [
            words.day(row["day"]), cell_of(words.integer, row["actual"]),
            cell_of(words.number, row["expected"], 1),
        ]
        for row in frame[::-every].reverse().to_dicts()
    ]  # fmt: skip
    heads = words.heads("week_end", "actual", "expected")
    numbers = table(words.say("outlook.tracking_table"), heads, cells)
    return Figure("outlook-tracking", title, wide, words.say("outlook.tracking_subtitle", day=day), narrow, numbers)
