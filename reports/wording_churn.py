"""Wording of what stands behind churn risk: value at risk, whom to call, rules, reasons, track record, model card."""

from __future__ import annotations

CHURN: dict[str, tuple[str, str]] = {
    "churn.at_risk_title": (
        "{value} of the value expected within {days} days is at risk; {share} of it in {place}.",
        "未来 {days} 天的预期价值中有 {value} 面临流失，其中{place}占 {share}。",
    ),
    "churn.at_risk_subtitle": (
        "Risk of no order x expected value of each customer, added up by segment, {currency}",
        "各客户的流失风险 × 预期价值，按分群汇总，{currency}",
    ),
    "churn.at_risk_note_expected": (
        "The value is what each customer is expected to bring within the horizon, the chance to stay away included.",
        "价值指每位客户在预测期内的预期净额，已含其不再下单的可能。",
    ),
    "churn.at_risk_note_historic": (
        "No expected value is known, so the value is what each customer spent per horizon over the window.",
        "尚无预期价值，故以窗口内每个预测期的平均消费额计。",
    ),
    "churn.at_risk_note_mixed": (
        "Where no expected value is known, the value is what the customer spent per horizon over the window.",
        "无预期价值的客户，以窗口内每个预测期的平均消费额计。",
    ),
    "churn.at_risk_table": ("Value at risk by value tier and segment", "按价值层级与分群的风险价值"),
    "churn.actions_title": (
        "To call: {customers}. {value} is at risk with them, and calls are assumed to save {saved}.",
        "待联系 {customers}，涉及风险价值 {value}，预计挽回 {saved}。",
    ),
    "churn.actions_title_no_money": ("To call: {customers}.", "待联系 {customers}。"),
    "churn.actions_none": ("Nobody is to be called tonight.", "今日无需联系客户。"),
    "churn.actions_subtitle": (
        "Customers newly at high risk, the most value at risk first; the names are in the table action_list",
        "新进入高风险的客户，按风险价值由高到低；名单见数据表 action_list",
    ),
    "churn.actions_note": (
        "The held-out are picked by a hash of their number and not called: only by comparing with them is it known "
        "what calls save. Until then the saved value is an assumption from the configuration.",
        "对照组由编号哈希选出，不予联系：与其比较才能得知联系的真实成效；在此之前，挽回额仅为配置中的假设。",
    ),
    "churn.actions_table": ("Whom to call", "联系名单"),
    "churn.place_call": ("To call", "待联系"),
    "churn.place_control": ("Held out to compare with", "对照组（不联系）"),
    "churn.place_waiting": (
        "Waiting: beyond the team’s capacity, or listed too lately",
        "候补（超出团队人力，或近期已列入名单）",
    ),
    "churn.playbook_title": (
        "To contact by the playbook’s other actions: {customers}.",
        "按行动手册的其他行动，今日待联系 {customers}。",
    ),
    "churn.playbook_subtitle": (
        "Customers who newly entered a segment, stage, tier or risk band; the names are in the table action_list",
        "新进入某分群、阶段、层级或风险档的客户；名单见数据表 action_list",
    ),
    "churn.playbook_note": (
        "The held-out are picked by a hash for each action and not contacted. Who waits is beyond the action’s "
        "capacity, or was on a list too lately.",
        "各行动的对照组由哈希分别选出，不予联系；候补者超出该行动的人力，或近期已列入名单。",
    ),
    "churn.playbook_table": ("The playbook’s actions", "行动手册的各项行动"),
    "churn.call": ("Call customers at high risk", "联系高风险客户"),
    "churn.effects_title": (
        "{told} of {judged} actions that can be judged made a difference that is more than chance.",
        "可判定的 {judged} 项行动中，{told} 项的成效并非偶然。",
    ),
    "churn.effects_title_early": (
        "What the actions bring cannot be said yet: too few customers were held out so far.",
        "行动成效尚无法判定：目前对照组人数过少。",
    ),
    "churn.effects_subtitle": (
        "Customers who were to be contacted beside those held out by chance, over the horizon after they were listed",
        "应联系的客户与随机对照组，在列入名单后的预测期内比较",
    ),
    "churn.effects_note": (
        "Whoever was on the list counts as contacted, whether or not the call was made. The interval of money is that "
        "of chance: how far apart the groups would be had other customers been held out.",
        "凡列入名单者均计为已联系，无论是否实际联系。金额区间反映抽样的偶然性：换一批对照客户，两组会相差多少。",
    ),
    "churn.effect_key_blue": ("More than chance", "并非偶然"),
    "churn.effect_key_hollow": (
        "Chance would do (the interval holds 0), or too few customers",
        "可能出于偶然（区间含 0），或样本不足",
    ),
    "churn.effects_table": ("What the actions brought", "各项行动的成效"),
    "churn.of_so_many": ("{value}, {n} customers", "{value}，{n} 人"),
    "churn.of_so_many_held": ("{value}, {n} customers ({share})", "{value}，{n} 人（{share}）"),
    "churn.outcome_ordered": ("ordered within {days} days", "{days} 天内下单"),
    "churn.outcome_net_value": ("net value within {days} days", "{days} 天内净额"),
    "churn.effect_more": ("more than without", "优于不联系"),
    "churn.effect_less": ("less than without", "不及不联系"),
    "churn.effect_not_distinguishable": ("no difference that is more than chance", "与偶然无法区分"),
    "churn.effect_too_few_data": ("too few customers", "样本不足"),
    "churn.entered": ("{kind}: {place}", "{kind}：{place}"),
    "churn.kind_rfm": ("RFM segment", "RFM 分群"),
    "churn.kind_stage": ("Lifecycle stage", "生命周期阶段"),
    "churn.kind_tier": ("Value tier", "价值层级"),
    "churn.kind_risk_band": ("Churn risk", "流失风险"),
    "churn.rules_title": (
        "Rule of thumb: {rate} of customers stayed away with “{words}”.",
        "简明规则：“{words}”的客户有 {rate} 流失。",
    ),
    "churn.rules_subtitle": (
        "A few questions put every customer in one group; the rate is that of {n} on {day}, unknown to the rules",
        "几个问题把每位客户归入一组；流失率来自 {day} 的 {n}，规则事先未见这些数据",
    ),
    "churn.rules_subtitle_unjudged": (
        "A few questions put every customer in one group; no later date has judged the rules yet",
        "几个问题把每位客户归入一组；尚无后续日期可供验证",
    ),
    "churn.rules_table": ("The rules", "规则"),
    "churn.rule": ("Rule {n}", "规则 {n}"),
    "churn.rule_tip": ("{words}: {rate} ({interval}), {customers}", "{words}：{rate}（{interval}），{customers}"),
    "churn.importance_title": (
        "What the model leans on most is {first}, then {second}.",
        "模型最依赖的是{first}，其次是{second}。",
    ),
    "churn.importance_alone": (
        "What the model leans on is {first}; nothing else counts a tenth as much.",
        "模型依赖的是{first}；其他各项均不及其十分之一。",
    ),
    "churn.importance_subtitle": (
        "How much of its ROC-AUC the model loses when that knowledge is shuffled among customers of {day}",
        "将 {day} 客户的该项信息打乱后，模型 ROC-AUC 的下降",
    ),
    "churn.importance_table": ("What the model leans on", "模型依据"),
    "churn.record_title": (
        "Of the releases that came due, {won} did distinguishably better than the naive rule, {lost} worse; {even} "
        "cannot be told apart.",
        "已到期的预测中，明显优于朴素规则的有 {won} 次，明显不及的有 {lost} 次，无法区分的有 {even} 次。",
    ),
    "churn.record_subtitle": (
        "What was published on {day} against what happened by {due}, by tenths of risk, with 95% intervals",
        "{day} 发布的预测与截至 {due} 的实际，按风险十分位，附 95% 区间",
    ),
    "churn.record_lift": (
        "The {share} of customers with the highest risk stayed away {lift} times as often as everybody.",
        "风险最高的 {share} 客户，流失率为总体的 {lift} 倍。",
    ),
    "churn.record_lift_none": (
        "The {share} of customers with the highest risk stayed away no more often than everybody.",
        "风险最高的 {share} 客户，流失率与总体无异。",
    ),
    "churn.record_fallback": (
        "The published scores lost to the naive rule too often lately: do not lean on them.",
        "近期发布的评分屡次不及朴素规则，请勿倚重。",
    ),
    "churn.record_table": ("Published predictions that came due, newest first", "已到期的发布预测，由新到旧"),
    "churn.record_won": ("better", "更好"),
    "churn.record_lost": ("worse", "更差"),
    "churn.record_even": ("no difference", "无差异"),
    "churn.record_rule": ("the rule itself", "即规则本身"),
    "churn.record_empty": (
        "No published prediction is due yet: the first is judged when its {days} days are over.",
        "尚无已到期的发布预测：首批将在 {days} 天后检验。",
    ),
    "churn.drift_title": (
        "Shifted from what the model learned from: {shifted} of {all} inputs.",
        "{all} 项输入中有 {shifted} 项偏离模型学习时的数据。",
    ),
    "churn.drift_title_few": (
        "Too few customers to tell whether inputs have shifted from what the model learned from.",
        "客户过少，无法判断输入是否偏离模型学习时的数据。",
    ),
    "churn.drift_subtitle": (
        "Population stability index: below 0.1 stable, above 0.25 shifted; the largest ones",
        "群体稳定性指数：低于 0.1 稳定，高于 0.25 偏移；列出最大者",
    ),
    "churn.drift_outcome": (
        "How often customers leave: {status} (index {index}).",
        "客户流失的频率：{status}（指数 {index}）。",
    ),
    "churn.drift_table": ("Inputs and outcome against the past", "输入与结果相对于过去"),
    "churn.card_title": ("Tonight’s model in short: {model}.", "今日模型简介：{model}。"),
    "churn.card_table": ("Model card", "模型卡"),
    "churn.card_predicts": ("What it says", "预测内容"),
    "churn.card_predicts_text": (
        "The probability of no valid order within {days} days, for customers with one in the {window} days before",
        "过去 {window} 天内有有效订单的客户，在未来 {days} 天内不再下有效订单的概率",
    ),
    "churn.card_learned": ("Learned from", "学习数据"),
    "churn.card_learned_text": (
        "{rows} of {customers} on {origins} whose outcome was known by {day}; learned anew when another date is due",
        "{origins}、{customers}共 {rows}，结果截至 {day} 均已知；有新的日期到期时才重新训练",
    ),
    "churn.card_version": ("Version", "版本"),
    "churn.card_metric": ("{metric}, judged out of time", "{metric}（跨时间检验）"),
    "churn.card_interval": (" ({low} … {high})", "（{low} … {high}）"),
    "churn.card_rule": ("; the naive rule {rule}", "；朴素规则 {rule}"),
    "churn.card_weak": ("Where it errs", "不足之处"),
    "churn.card_weak_text": (
        "One-time buyers are hard to tell apart: ROC-AUC {one_time}, repeat buyers {repeat} (0.5 is a coin)",
        "仅购买一次的客户难以区分：ROC-AUC {one_time}，复购客户 {repeat}（0.5 等于抛硬币）",
    ),
    "churn.card_weak_unknown": (
        "One-time buyers are hard to tell apart; not yet judged here",
        "仅购买一次的客户难以区分；此处尚未检验",
    ),
    "churn.card_not": ("What it does not say", "不能说明"),
    "churn.card_not_text": (
        "Reasons say what moved the score, not what would change the customer’s mind",
        "原因说明评分的由来，而非如何挽回客户",
    ),
    "churn.windows_title": (
        "The shop’s own gaps between orders speak for a horizon of {horizon} days and a window of {window}.",
        "依据本店客户的下单间隔，建议预测期 {horizon} 天、窗口 {window} 天。",
    ),
    "churn.windows_title_unknown": (
        "There are too few gaps between orders yet to recommend a horizon and a window.",
        "下单间隔尚少，暂无法建议预测期与窗口。",
    ),
    "churn.windows_subtitle": (
        "A horizon that 9 gaps in 10 are no longer than, a window that 99 in 100 are no longer than, in whole weeks",
        "预测期不短于十分之九的间隔，窗口不短于百分之九十九的间隔，取整周",
    ),
    "churn.windows_table": ("Configured and recommended", "现行与建议"),
    "churn.setting_horizon_days": ("Horizon", "预测期"),
    "churn.setting_window_days": ("Window", "窗口"),
    "head.at_risk": ("Value at risk", "风险价值"),
    "head.at_stake": ("Expected value", "预期价值"),
    "head.group": ("Group", "组别"),
    "head.action": ("Action", "行动"),
    "head.entered": ("On entering", "进入条件"),
    "head.to_contact": ("To contact", "待联系"),
    "head.held_out": ("Held out", "对照组"),
    "head.outcome": ("What came of it", "结果"),
    "head.contacted": ("Contacted", "已联系"),
    "head.brought": ("Difference (95% interval)", "差异（95% 区间）"),
    "head.waiting": ("Waiting", "候补"),
    "head.saved": ("Assumed saved", "假设挽回"),
    "head.rule_words": ("Customers with", "客户条件"),
    "head.stayed_away": ("Stayed away", "流失率"),
    "head.judged": ("Judged", "检验人数"),
    "head.tonight": ("Customers tonight", "今日客户数"),
    "head.knowledge": ("Knowledge", "信息"),
    "head.auc_loss": ("Loss of ROC-AUC", "ROC-AUC 下降"),
    "head.published_on": ("Published", "发布日"),
    "head.version": ("Version", "版本"),
    "head.auc": ("ROC-AUC", "ROC-AUC"),
    "head.rule_auc": ("The rule’s", "规则的"),
    "head.loss": ("Log loss", "对数损失"),
    "head.rule_loss": ("The rule’s", "规则的"),
    "head.slope": ("Slope", "斜率"),
    "head.against_rule": ("Against the rule", "与规则相比"),
    "head.input": ("Input", "输入"),
    "head.index": ("Index", "指数"),
    "head.about": ("About", "项目"),
    "head.said": ("In short", "说明"),
    "head.setting": ("Setting", "设置"),
    "head.configured": ("Configured", "现行"),
    "head.recommended": ("Recommended", "建议"),
    "head.covered": ("Gaps covered as configured", "现行覆盖的间隔"),
}
