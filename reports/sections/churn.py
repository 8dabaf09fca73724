"""Churn risk: who is likely to stay away, whether the prediction can be trusted, and what it beat."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import polars as pl

from models.churn.learning import RISK_BANDS
from reports.charts.bars import Bar, Row, bars
from reports.charts.columns import Bin, histogram
from reports.charts.reliability import Bucket, reliability
from reports.labels import HUES
from reports.language import Language
from reports.parts import HALF, Cell, Figure, Key, Section, cell_of, figure_cell, in_both_widths, table
from reports.report_data import ReportData
from reports.sections import churn_work
from reports.sections.evaluation import evaluation_figure

BINS = 20


def section(data: ReportData, words: Language) -> Section:
    """Bands, distribution, calibration and evaluation, as far as each is there."""
    name = words.say("churn.name")
    description = words.say("churn.description", days=words.integer(data.horizon_days))
    figures: list[Figure] = []
    if not data.churn_scores.is_empty():
        figures += [_bands(data, words), _distribution(data, words)]
    bins = published_bins(data.churn_calibration)
    if not bins.is_empty():
        figures.append(_calibration(bins, words))
    if not data.model_evaluation.is_empty():
        figures.append(evaluation_figure(data, words))
    if data.churn_work is not None and figures:
        figures += churn_work.figures(data, data.churn_work, words)
    if not figures:
        return Section("churn", name, description, empty=words.say("churn.empty"))
    missing: list[str] = []
    if data.churn_scores.is_empty():
        missing.append(words.say("churn.no_scores"))
    if data.model_evaluation.is_empty():
        missing.append(words.say("churn.no_evaluation"))
    return Section("churn", name, " ".join([description, *missing]), tuple(figures), lead=figures[0].title)


def _bands(data: ReportData, words: Language) -> Figure:
    held = {
        row["risk_band"]: row
        for row in data.churn_scores.group_by("risk_band")
        .agg(
            pl.len().alias("customers"),
            pl.col("churn_risk").min().alias("low"),
            pl.col("churn_risk").max().alias("high"),
            pl.col("churn_risk").sum().alias("expected"),
        )
        .join(data.band_values, on="risk_band", how="left")
        .to_dicts()
    }
    customers = data.churn_scores.height
    has_money = any(row["value"] is not None for row in held.values())
    total = sum((Decimal(row["value"] or 0) for row in held.values()), Decimal(0))
    rows: list[Row] = []
    lines: list[list[Cell | str]] = []
    for band in reversed(RISK_BANDS):
        if band not in held:
            continue
        at = held[band]
        label, crowd = words.name("risk_band", band), at["customers"] / customers
        worth = Decimal(at["value"] or 0) if has_money else None
        tip = f"{label}: {words.counted(at['customers'], 'customer')} ({words.percent(crowd)})"
        shown = [Bar(crowd, words.percent(crowd), tip, "bar pale")]
        share = float(worth / total) if worth is not None and total > 0 else None
        if share is not None:
            money = f"{label}: {words.money(worth)} ({words.percent(share)})"
            shown.append(
                Bar(
                    share,
                    f"{words.percent(share)} · {words.money_short(worth)}",
                    money,
                    f"bar {HUES['risk_band'][band]}",
                )
            )
        rows.append(Row(label, tuple(shown)))
        lines.append(
            [
                label, f"{words.percent(at['low'])} … {words.percent(at['high'])}",
                cell_of(words.integer, at["customers"]), cell_of(words.percent, crowd),
                figure_cell(words.integer(at["expected"]), round(at["expected"], 6)),
                figure_cell(words.money(worth), None if worth is None else float(worth)),
                cell_of(words.percent, share),
            ]
        )  # fmt: skip
    risky = held.get("high")
    count = risky["customers"] if risky else 0
    said = {
        "customers": words.counted(count, "customer"), "share": words.percent(count / customers, 0),
        "days": words.integer(data.horizon_days),
    }  # fmt: skip
    if count < 2:
        title = words.say("churn.bands_title_one" if count else "churn.bands_title_none", **said)
    elif risky and total > 0:
        title = words.say("churn.bands_title", value=words.money_said(risky["value"] or 0), **said)
    else:
        title = words.say("churn.bands_title_no_money", **said)
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = words.heads(
        "band", "risk_range", "customers", "customer_share", "expected_churners", "net_value", "value_share"
    )
    keys = [Key("pale", words.say("segments.key_customers"))]
    if total > 0:
        keys.append(Key("several", words.say("segments.key_value")))
    numbers = table(words.say("churn.bands_table"), heads, lines)
    return Figure("churn-bands", title, wide, "", narrow, numbers, keys=tuple(keys))


def _distribution(data: ReportData, words: Language) -> Figure:
    """Customers by predicted risk in twenty bins; a bin takes the colour of the band most of it is in."""
    counted = (
        data.churn_scores.with_columns(bin=(pl.col("churn_risk") * BINS).floor().clip(0, BINS - 1).cast(pl.Int32))
        .group_by("bin", "risk_band")
        .agg(pl.len().alias("customers"))
        .sort("bin", "customers", "risk_band", descending=[False, True, False])
    )
    by_bin: dict[int, list[tuple[str, int]]] = {}
    for row in counted.iter_rows(named=True):
        by_bin.setdefault(row["bin"], []).append((row["risk_band"], row["customers"]))
    bins: list[Bin] = []
    rows: list[list[Cell | str]] = []
    for i in range(BINS):
        held = by_bin.get(i, [])
        count = sum(n for _, n in held)
        edges = f"{words.percent(i / BINS, 0)}–{words.percent((i + 1) / BINS, 0)}"
        tip = words.say("churn.bin_tip", edges=edges, customers=words.counted(count, "customer"))
        bins.append(Bin(i / BINS, (i + 1) / BINS, count, HUES["risk_band"][held[0][0]] if held else "grey", tip))
        rows.append([Cell(edges, float(i)), cell_of(words.integer, count)])
    mean = data.churn_scores["churn_risk"].mean()
    title = words.say("churn.distribution_title", mean=words.percent(mean if isinstance(mean, float) else None, 0))
    picture = histogram(
        bins, width=HALF, height=300, count=words.short, edge=lambda s: words.percent(s, 0), label=title
    )
    keys = tuple(
        Key(HUES["risk_band"][b], words.say("churn.key_band", band=words.name("risk_band", b))) for b in RISK_BANDS
    )
    heads = words.heads("predicted", "customers")
    numbers = table(words.say("churn.distribution_table"), heads, rows)
    return Figure(
        "churn-distribution", title, picture, words.say("churn.distribution_subtitle"), table=numbers, keys=keys,
        is_half=True,
    )  # fmt: skip


def published_bins(frame: pl.DataFrame) -> pl.DataFrame:
    """The bins of the published model in which anybody stands, lowest risk first."""
    return frame.filter(pl.col("is_published"), pl.col("n") > 0).sort("bin")


def _calibration(bins: pl.DataFrame, words: Language) -> Figure:
    percent: Callable[[float], str] = words.percent
    buckets: list[Bucket] = []
    rows: list[list[Cell | str]] = []
    found = bins.to_dicts()
    n = sum(row["n"] for row in found)
    for row in found:
        interval = f"{percent(row['low'])} … {percent(row['high'])}"
        tip = words.say(
            "churn.bucket_tip", predicted=percent(row["mean_risk"]), observed=percent(row["observed"]),
            interval=interval, customers=words.counted(row["n"], "customer"),
        )  # fmt: skip
        buckets.append(Bucket(row["mean_risk"], row["observed"], row["low"], row["high"], row["n"] / n, tip))
        rows.append(
            [
                cell_of(percent, row["mean_risk"]),
                cell_of(percent, row["observed"]), interval,
                cell_of(words.integer, row["n"]),
            ]
        )  # fmt: skip
    gap = sum(row["n"] * abs(row["mean_risk"] - row["observed"]) for row in found) / n
    title = words.say("churn.calibration_title", gap=words.number(gap * 100, 1))
    names = (words.say("head.predicted"), words.say("head.observed"), words.say("churn.diagonal"))
    picture = reliability(buckets, width=HALF, share=lambda s: words.percent(s, 0), label=title, names=names)
    heads = words.heads("predicted", "observed", "interval", "customers")
    return Figure(
        "churn-calibration", title, picture, words.say("churn.calibration_subtitle"),
        table=table(words.say("churn.calibration_table"), heads, rows), is_half=True,
    )  # fmt: skip
