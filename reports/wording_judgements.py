"""Takeaways, descriptions, legends and tips of satisfaction, churn, moves and data quality."""

from __future__ import annotations

JUDGEMENTS: dict[str, tuple[str, str]] = {
    "notice.old_events": (
        "{source}: newest event of {day}, {days} before the report date",
        "{source}：最新事件为 {day}，早于报告日 {days}",
    ),
    "notice.no_delivery": (
        "{source}: nothing new has landed since {day}, {days} before this report; its cadence is {cadence}.",
        "{source}：自 {day} 起没有新内容落地，已 {days}，而其交付周期为 {cadence}。",
    ),
    "notice.dated_ahead": (
        "Dated after the day of loading, and waiting for that date: {rows}.",
        "{rows}的日期晚于载入日，届时之前不计。",
    ),
    "notice.unreadable": (
        "Set aside, because unreadable: {files}; see “Data quality”.",
        "{files}无法读取，已搁置；见「数据质量」。",
    ),
    "satisfaction.name": ("Satisfaction", "满意度"),
    "satisfaction.description": (
        "Answers as they were given, with 95% intervals: where two bands overlap, the difference may be chance.",
        "按实际回答计算，附 95% 区间；区间重叠时差异可能出于偶然。",
    ),
    "satisfaction.region": (
        "An answer that names no region counts in that of its customer.",
        "回答未注明地区时，计入其客户所在地区。",
    ),
    "satisfaction.empty": (
        "No survey has delivered an answer yet; CSAT and NPS appear here once one does.",
        "尚无问卷回答；有数据后此处将显示满意度与净推荐值。",
    ),
    "satisfaction.no_nps": (
        "No 0–10 recommendation question was asked, so there is no NPS.",
        "未设 0–10 分推荐题，故无净推荐值。",
    ),
    "satisfaction.no_csat": (
        "No satisfaction question was asked, so there is no CSAT.",
        "未设满意度题，故无客户满意度。",
    ),
    "satisfaction.subtitle.csat": (
        "Question “{question}”: share of satisfied answers, {grain}",
        "题目「{question}」：满意占比，{grain}",
    ),
    "satisfaction.subtitle.nps": (
        "Question “{question}”: promoters less detractors, {grain}",
        "题目「{question}」：推荐者减贬损者，{grain}",
    ),
    "satisfaction.subtitle.attitudes": (
        "Question “{question}”: shares of promoters, passives and detractors, {grain}",
        "题目「{question}」：推荐者、中立者与贬损者占比，{grain}",
    ),
    "satisfaction.key_band": ("95% interval", "95% 区间"),
    "satisfaction.key_unfinished": ("period not over", "周期未结束"),
    "satisfaction.tip": ("{period}: {value} ({interval}; {answers})", "{period}：{value}（{interval}；{answers}）"),
    "satisfaction.title.one": (
        "{kpi} stands at {value} in {period}, from {answers}.",
        "{period}{kpi}为 {value}，来自 {answers}。",
    ),
    "satisfaction.title.up": (
        "{kpi} rose from {before} in {since} to {value} in {period}, more than chance explains.",
        "{kpi}从{since}的 {before} 升至{period}的 {value}，超出偶然波动。",
    ),
    "satisfaction.title.down": (
        "{kpi} fell from {before} in {since} to {value} in {period}, more than chance explains.",
        "{kpi}从{since}的 {before} 降至{period}的 {value}，超出偶然波动。",
    ),
    "satisfaction.title.level": (
        "{kpi} is {value} in {period}, not clearly different from {before} in {since}.",
        "{period}{kpi}为 {value}，与{since}的 {before} 无明显差异。",
    ),
    "satisfaction.change": (
        "{period} against {before}: {change} ({interval}), {verdict} (p {p}, corrected for all scopes).",
        "{period}与{before}相比：{change}（{interval}），{verdict}（p {p}，已按全部范围校正）。",
    ),
    "satisfaction.change_is_clear": ("more than chance explains", "超出偶然波动"),
    "satisfaction.change_may_be_chance": ("which may be chance", "可能出于偶然"),
    "satisfaction.changes_by_scope": ("Beyond chance by scope: {listed}.", "按范围超出偶然的变化：{listed}。"),
    "satisfaction.change_of_scope": ("{value} ({scope}) {change}", "{value}（{scope}）{change}"),
    "satisfaction.drivers": (
        "“{driver}” goes along most with “{question}”: {share} of its variance, of {whole} that all drivers explain.",
        "「{driver}」与「{question}」关系最密切：解释其方差的 {share}，全部驱动因素共解释 {whole}。",
    ),
    "satisfaction.drivers_subtitle": (
        "Drivers of “{question}”: what they explain against how they do, {answers}",
        "「{question}」的驱动因素：解释力与表现，{answers}",
    ),
    "satisfaction.driver_tip": (
        "{driver}: explains {share} ({interval}), does {performance}",
        "{driver}：解释 {share}（{interval}），表现 {performance}",
    ),
    "satisfaction.importance": ("explains of the overall score", "对总体评分的解释份额"),
    "satisfaction.performance": ("how the driver does", "表现"),
    "satisfaction.drivers_note": (
        "Top left is what matters and does poorly: few satisfied answers, or a mean low on its scale. Dashed lines are "
        "means of the drivers, whiskers 95% intervals; what goes along with a score need not change it.",
        "左上方为重要而表现欠佳者：满意占比低，或均值在量表中偏低。虚线为平均水平，竖线为 95% 区间；相关并不等于因果。",
    ),
    "satisfaction.drivers_not_asked": (" Not asked in the window: {listed}.", "窗口内未询问：{listed}。"),
    "satisfaction.value_title": (
        "Detractors: {customers} with {value} of net value, {risk} of it at high risk of leaving.",
        "贬损者共 {customers}，持有净额 {value}，其中 {risk} 处于高流失风险。",
    ),
    "satisfaction.value_title_none": (
        "None of these customers detracts in the latest answer.",
        "这些客户的最近一次回答中没有贬损者。",
    ),
    "satisfaction.value_title_no_money": (
        "Detractors: {customers}, {at_risk} of them at high risk of leaving.",
        "贬损者共 {customers}，其中 {at_risk} 名处于高流失风险。",
    ),
    "satisfaction.value_subtitle": (
        "Customers with an order in the last {days} days, by their latest answer to “{question}” in that time",
        "最近 {days} 天内下单的客户，按其在此期间对「{question}」的最近一次回答",
    ),
    "satisfaction.scores": (
        "{score} is the most frequent answer in {period}, given by {share}.",
        "{period}最常见的回答是 {score} 分，占 {share}。",
    ),
    "satisfaction.scores_tied": (
        "{score} are the most frequent answers in {period}, given by {share} each.",
        "{period}最常见的回答是 {score} 分，各占 {share}。",
    ),
    "satisfaction.scores_subtitle": (
        "Question “{question}”: share of each score in {period}, {answers}",
        "题目「{question}」：{period}各分值占比，{answers}",
    ),
    "satisfaction.score_tip": ("{score}: {share} ({answers})", "{score} 分：{share}（{answers}）"),
    "satisfaction.key_satisfied": ("satisfied", "满意"),
    "satisfaction.key_others": ("others", "其他"),
    "satisfaction.attitudes": (
        "In {period}, {promoters} were promoters and {detractors} detractors.",
        "{period}推荐者占 {promoters}，贬损者占 {detractors}。",
    ),
    "churn.name": ("Churn risk", "流失风险"),
    "churn.description": (
        "The probability that a customer places no valid order in the next {days} days, from what is known today.",
        "依据今日所知，客户在未来 {days} 天内不再下有效订单的概率。",
    ),
    "churn.empty": (
        "No customer ordered within the window, so there is nobody to score and nothing to judge.",
        "窗口内无客户下单，暂无可评分与可评估的对象。",
    ),
    "churn.no_scores": (
        "Nobody ordered within the window, so there are no scores tonight.",
        "窗口内无人下单，今日无评分。",
    ),
    "churn.no_evaluation": (
        "The log is still too short to have judged a prediction.",
        "数据时间尚短，还没有可供检验的预测。",
    ),
    "churn.bands_title": (
        "{customers} ({share}) are at high risk of staying away for {days} days; they hold {value} of net value.",
        "{customers}（{share}）在未来 {days} 天内流失风险高，涉及净额 {value}。",
    ),
    "churn.bands_title_no_money": (
        "{customers} ({share}) are at high risk of staying away for {days} days.",
        "{customers}（{share}）在未来 {days} 天内流失风险高。",
    ),
    "churn.bands_title_one": (
        "{customers} ({share}) is at high risk of staying away for {days} days.",
        "{customers}（{share}）在未来 {days} 天内流失风险高。",
    ),
    "churn.bands_title_none": (
        "No customer is at high risk of staying away for {days} days.",
        "没有客户在未来 {days} 天内流失风险高。",
    ),
    "churn.distribution_title": ("The mean predicted risk is {mean}.", "平均预测风险为 {mean}。"),
    "churn.distribution_subtitle": ("Customers by predicted risk", "按预测风险的客户数"),
    "churn.bin_tip": ("Risk {edges}: {customers}", "风险 {edges}：{customers}"),
    "churn.key_band": ("{band} risk", "{band}风险"),
    "churn.calibration_title": (
        "On past dates, predictions missed what happened by {gap} points on average.",
        "在历史日期上，预测与实际平均相差 {gap} 个百分点。",
    ),
    "churn.calibration_subtitle": (
        "Observed against predicted churn, with 95% intervals; the larger the dot, the more customers",
        "实际与预测流失率，附 95% 区间；点越大客户越多",
    ),
    "churn.bucket_tip": (
        "Predicted {predicted}, observed {observed} ({interval}); {customers}",
        "预测 {predicted}，实际 {observed}（{interval}）；{customers}",
    ),
    "churn.diagonal": ("as predicted", "与预测一致"),
    "evaluation.subtitle": (
        "Judged out of time on {dates} between {first} and {last}, each {days} days ahead",
        "跨时间评估：{dates}，{first} 至 {last}，各预测 {days} 天",
    ),
    "evaluation.title_beats_rule": (
        "Tonight’s scores come from the {model}: over {dates} its mean {metric} was {value} against {baseline} for "
        "the naive rule.",
        "今日评分来自{model}：在 {dates}上，其平均{metric}为 {value}，朴素规则为 {baseline}。",
    ),
    "evaluation.title_rule_better": (
        "Tonight’s scores come from the naive rule, which the {candidate} did not beat: over {dates} its mean {metric} "
        "was {value} against {baseline}.",
        "今日评分来自朴素规则，{candidate}未能胜出：在 {dates}上，其平均{metric}为 {value}，规则为 {baseline}。",
    ),
    "evaluation.title_rule_close": (
        "Tonight’s scores come from the naive rule, although over {dates} {candidate} had a mean {metric} of {value} "
        "against {baseline}: not enough to replace it.",
        "今日评分来自朴素规则；在 {dates}上，{candidate}的平均{metric}为 {value}，规则为 {baseline}，"
        "尚不足以取代规则。",
    ),
    "evaluation.title_chosen": (
        "Tonight’s scores come from the {model} by choice: over {dates} its mean {metric} was {value}, no better than "
        "{baseline} for the naive rule.",
        "今日评分按设定来自{model}：在 {dates}上，其平均{metric}为 {value}，并不优于朴素规则的 {baseline}。",
    ),
    "evaluation.title_alone": (
        "Tonight’s scores come from the {model}, judged on {dates}; no other model could be judged beside it.",
        "今日评分来自{model}，以{dates}评估；没有可供对照的其他模型。",
    ),
    "evaluation.less": (" Less is better.", "该度量越低越好。"),
    "evaluation.aim_higher": ("higher", "越高越好"),
    "evaluation.aim_lower": ("lower", "越低越好"),
    "evaluation.aim_one": ("near 1", "接近 1"),
    "evaluation.aim_zero": ("near 0", "接近 0"),
    "evaluation.even": ("even", "持平"),
    "evaluation.note": ("↓ marks a metric of which less is better.", "↓ 表示该度量越低越好。"),
    "moves.name": ("What moved", "变动"),
    "moves.description": (
        "Customers who stand elsewhere than in the release of {before}, {days} earlier. Stayers are left out of the "
        "pictures.",
        "与 {before} 的发布（{days}前）相比所处位置不同的客户；图中不含未变动者。",
    ),
    "moves.description_first": (
        "Customers who stand elsewhere than in the release before.",
        "与上一版本相比所处位置不同的客户。",
    ),
    "moves.empty": (
        "This is the first release, so there is nothing to compare with; moves appear from the next one on.",
        "这是首次发布，尚无对比版本；下次起将显示变动。",
    ),
    "moves.empty_table": ("No customer was in the release before.", "上一版本中没有客户。"),
    "moves.title": (
        "{kind}: {customers} changed place, {share} of those in both releases.",
        "{kind}：{customers}发生变动，占两版共有客户的 {share}。",
    ),
    "moves.title_none": ("{kind}: nobody changed place.", "{kind}：无人变动。"),
    "moves.sentence": ("{origin} → {destination}, {customers}", "{origin} → {destination}，{customers}"),
    "moves.sentence_value": (" ({value})", "（{value}）"),
    "moves.largest": ("Largest: {moves}.", "最大变动：{moves}。"),
    "moves.arrived": ("New in the table: {customers}.", "新进入：{customers}。"),
    "moves.rest": (
        "In the table only, as smaller moves ({moves}): {customers}.",
        "另有 {moves} 种较小变动（共 {customers}）仅列于表中。",
    ),
    "move_causes.title": (
        "{kind}: the most frequent cause of a move is “{cause}”, {share} of the moves.",
        "{kind}：变动最常见的原因是“{cause}”，占 {share}。",
    ),
    "move_causes.title_tied": (
        "{kind}: the most frequent causes of a move are “{causes}”, {share} of the moves each.",
        "{kind}：变动最常见的原因是“{causes}”，各占 {share}。",
    ),
    "move_causes.subtitle": (
        "From the release before to tonight one thing is changed at a time, in the order of the legend; the cause is "
        "the change that brings customers to where they are. The causes account for every move, arrivals included.",
        "从上一版本到今夜逐项改变（按图例顺序）；使客户到达现在位置的那一项即为原因。各原因之和即全部变动，含新进入者。",
    ),
    "restatements.title": (
        "{months} changed after publication.",
        "已发布的 {months}有更正。",
    ),
    "restatements.title_money": (
        "{months} changed after publication; net sales of published days: {change}.",
        "已发布的 {months}有更正；已发布日期的净销售额变动：{change}。",
    ),
    "restatements.none": (
        "No figure of a published day has changed since the release before.",
        "自上一版本以来，已发布日期的数字没有变化。",
    ),
    "restatements.subtitle": (
        "What became known since about days the release before had described, and why.",
        "上一版本所述日期此后得知的变化及其原因。",
    ),
    "restatements.rest": (
        "Older rows, in the table restatements only: {rows}.",
        "另有较早的 {rows} 行仅见 restatements 表。",
    ),
    "quality.name": ("Data quality", "数据质量"),
    "quality.description": (
        "Where every landed row went, and what was checked before anything was published.",
        "每一行落地数据的去向，以及发布前的各项检查。",
    ),
    "quality.empty": ("No file has landed and no check has run.", "尚无文件落地，也未运行检查。"),
    "quality.title": (
        "{rows} landed: {accepted} accepted, duplicates {duplicates}, quarantined {quarantined}.",
        "共落地 {rows}，接受 {accepted}，重复 {duplicates} 行，隔离 {quarantined} 行。",
    ),
    "quality.title_broken": (
        "The row law is broken: {rows} landed, and accepted, duplicates and quarantined do not sum to them.",
        "行数守恒不成立：共落地 {rows}，接受、重复与隔离之和与之不符。",
    ),
    "quality.law": (
        "Rows in = accepted + duplicates + quarantined; accepted rows include excluded ones, charges and superseded "
        "ones.",
        "进入行数 = 已接受 + 重复 + 已隔离；已接受含已排除、附加费用与已被取代的行。",
    ),
    "quality.dated_ahead": (
        "Dated after the day of loading, and hidden until that date: {rows}.",
        "{rows}的日期晚于载入日，届时之前不显示。",
    ),
    "quality.money_title": ("The money adds up to the last digit.", "金额核算分毫不差。"),
    "quality.money_broken": ("The money does not add up: see the column “Left over”.", "金额核算不平：见「差额」列。"),
    "quality.money_subtitle": (
        "Signed money of every row whose amount can be read: in = accepted + duplicates + quarantined.",
        "凡金额可读的行之带符号金额：进入 = 已接受 + 重复 + 已隔离。",
    ),
    "quality.unreadable": ("{files} could not be read.", "{files}无法读取。"),
    "quality.reasons_title": (
        "The commonest reason to set a row aside: {reason} ({rows} in {source}).",
        "最常见的隔离原因：{reason}（{source}，{rows}）。",
    ),
    "quality.reasons_title_tied": (
        "The commonest reasons to set a row aside: {reasons} ({rows} each).",
        "最常见的隔离原因：{reasons}（各 {rows}）。",
    ),
    "quality.reasons_subtitle": (
        "Rows set aside by reason; a row with two reasons counts in both.",
        "按原因统计的隔离行数；有两个原因的行计入两处。",
    ),
    "quality.reason_missing": ("Missing {field}", "缺少{field}"),
    "quality.reason_unparsable": ("Unreadable {field}", "{field}无法解析"),
    "identity.title": (
        "{customers} in {accounts} of all sources: {match_rate} of the accounts united with another, {compression} per "
        "customer.",
        "各数据源共 {accounts}，归并为 {customers}：{match_rate} 与其他账户合并，人均 {compression} 个账户。",
    ),
    "identity.subtitle": (
        "Accounts with an e-mail address or telephone number in common are one customer; what too many accounts share "
        "unites nobody.",
        "邮箱或电话相同的账户视为同一客户；被过多账户共用的标识不用于合并。",
    ),
    "identity.suspects": (
        "Too large to be believed, so left as they were: {clusters}, {accounts} in all; see customer_identities.",
        "因过大而不可信、未予合并：{clusters}，共 {accounts}，见 customer_identities 表。",
    ),
    "quality.checks_passed": ("{total} ran, and every one passed.", "共运行 {total}，全部通过。"),
    "quality.checks_failed": (
        "{failed} of {total} failed; none of those blocks a release.",
        "{total}中 {failed} 项未通过，均不阻止发布。",
    ),
    "quality.checks_failed_critical": (
        "{failed} of {total} failed, and {critical} of those block a release.",
        "{total}中 {failed} 项未通过，其中 {critical} 项会阻止发布。",
    ),
    "quality.none_broken": ("0 broken", "无不符"),
    "quality.passed": ("passed", "通过"),
    "quality.failed": ("failed", "未通过"),
}
