"""Every sentence of the page, English and Chinese side by side; braces are already formatted figures."""

from __future__ import annotations

from models.kpi_cards import HOUSE
from reports.wording_churn import CHURN
from reports.wording_figures import FIGURES
from reports.wording_judgements import JUDGEMENTS
from reports.wording_outlook import OUTLOOK
from reports.wording_reasons import REASONS
from reports.wording_tables import TABLES

PAGE: dict[str, tuple[str, str]] = {
    "page.title": ("{business}: customers on {day}", "{business}：{day}客户报告"),
    "page.kicker": ("Customer report", "客户分析报告"),
    "page.as_of": ("As of {day}", "截至 {day}"),
    "page.brief": ("In brief", "要点"),
    "page.contents": ("Contents", "目录"),
    "page.skip": ("Skip to the figures", "跳到图表"),
    "page.notice": ("Before you read on", "阅读之前"),
    "page.numbers": ("The numbers behind this figure", "查看图中数据"),
    "page.all_kpis": ("Every KPI that is measured", "全部已计量指标"),
    "page.definitions": ("Definitions", "定义"),
    "page.definitions_hint": (
        "What every word on this page means, and where its definition comes from.",
        "本页所用术语的含义及其出处。",
    ),
    "page.release": ("Release", "发布编号"),
    "page.known_at": ("Files landed up to {moment}", "数据落地截止：{moment}"),
    "page.window": (
        "Look-back window {window} days, prediction horizon {horizon} days",
        "回看窗口 {window} 天，预测期 {horizon} 天",
    ),
    "page.previous": ("Compared with the release of {day}", "对比版本：{day}"),
    "page.first": ("First release: nothing to compare with yet", "首次发布：暂无对比版本"),
    "page.privacy": (
        "Figures of groups only: the page holds no customer id and no personal data, and loads nothing from anywhere.",
        "本页仅含分组统计，不含客户编号或个人数据，也不从任何地方加载内容。",
    ),
    "page.sort": ("Sort by this column", "按此列排序"),
    "join.clauses": ("; ", "；"),
    "stop": (".", "。"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "unit.days": ("{n} days", "{n} 天"),
    "unit.seconds": ("{n} s", "{n} 秒"),
    "unit.points": ("points", "点"),
    "period.window": ("{days} days to the report date", "截至报告日的 {days} 天"),
    "period.all_answers": ("all answers to date", "迄今全部回答"),
    "change.points": ("{size} points", "{size} 个百分点"),
    "change.up": ("▲ up {size} from {was}", "▲ 较前期 {was} 上升 {size}"),
    "change.down": ("▼ down {size} from {was}", "▼ 较前期 {was} 下降 {size}"),
    "change.chance": ("{change}, which may be chance", "{change}，可能出于偶然"),
    "change.same": ("● unchanged from {was}", "● 与前期 {was} 持平"),
    "change.was": ("before: {was}", "前期：{was}"),
    "scorecard.name": ("Scorecard", "指标卡"),
    "scorecard.description": (
        "The headline figures with their 95% interval where there is one, judged against the targets. "
        "A target counts as met only if the whole interval is on its good side.",
        "主要指标及其 95% 区间（如有），并与目标比较；整个区间都在目标有利一侧才算达成。",
    ),
    "scorecard.empty": (
        "No KPI could be computed: no source delivered the input of one.",
        "尚无可计算的指标：没有数据源提供所需输入。",
    ),
    "scorecard.no_targets": (
        "No targets are set, so the figures below carry no verdict.",
        "尚未设定目标，以下指标不作判定。",
    ),
    "scorecard.met": ("{met} of {total} met", "{total}中达成 {met} 个"),
    "scorecard.missed": ("missed: {names}", "未达成：{names}"),
    "scorecard.none_judged": ("No target can be judged yet", "尚无可判定的目标"),
    "scorecard.not_measured": ("not measured: {names}", "未计量：{names}"),
    "scorecard.for_reason": ("{names} ({reason})", "{names}（{reason}）"),
    "scorecard.not_in": ("Data not in", "数据未到齐"),
    "kpi.of": ("{kpi} · {question}", "{kpi} · {question}"),
    "scorecard.undecided": ("undecided: {names}", "待定：{names}"),
    "scorecard.absent": (
        "Not measured, because no source delivers what they need: {names}.",
        "以下指标因缺少数据来源而未计量：{names}。",
    ),
    "scorecard.nothing": (
        "Without a figure, because the last finished period, or the log, holds nothing to measure: {names}.",
        "以下指标没有数值，因为最近一个完整周期或全部数据中没有可计量的内容：{names}。",
    ),
    "scorecard.interval": ("95% interval {low} to {high}", "95% 区间 {low} 至 {high}"),
    "scorecard.target": ("target {value}", "目标 {value}"),
    "scorecard.trend": ("{grain}, {first} to {last}", "{grain}，{first} 至 {last}"),
    "scorecard.sample": ("from {n}", "基于 {n}"),
    "scorecard.n": ("n = {n}", "n = {n}"),
    "scorecard.table": ("Every KPI over the whole shop", "全店全部指标"),
    "status.met": (
        "The figure and its whole interval are on the good side of the target.",
        "指标及其整个区间均在目标有利一侧。",
    ),
    "status.missed": ("The figure does not reach the target.", "指标未达到目标。"),
    "status.met_not_distinguishable": (
        "The figure reaches the target, but its interval crosses it: chance could explain it.",
        "指标达到目标，但区间跨越目标，可能出于偶然。",
    ),
    "status.too_few_data": ("Too few observations to judge.", "观测过少，无法判定。"),
    "status.incomplete_period": ("The period is not over, or its data are not in.", "周期未结束，或数据尚未到齐。"),
    "status.input_absent": ("No source delivers the input.", "没有数据源提供所需输入。"),
    "glossary.kpis": ("KPIs", "指标"),
    "glossary.house": (HOUSE, "本项目的定义"),
    "glossary.segments": ("RFM segments", "RFM 分群"),
    "glossary.stages": ("Lifecycle stages", "生命周期阶段"),
    "glossary.traits": ("Traits", "特征"),
    "glossary.verdicts": ("Verdicts on targets", "目标判定"),
}

WORDING: dict[str, tuple[str, str]] = {**PAGE, **FIGURES, **JUDGEMENTS, **OUTLOOK, **REASONS, **CHURN, **TABLES}
