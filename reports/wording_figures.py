"""Takeaways, descriptions, legends and tips of sales, segments, value and retention."""

from __future__ import annotations

FIGURES: dict[str, tuple[str, str]] = {
    "sales.name": ("Sales", "销售"),
    "sales.description.net_sales": (
        "Gross sales less discounts by order date, less refunds by refund date; buyers without an id included.",
        "按订单日期计的销售额减折扣，再减按退款日期计的退款；含未识别客户。",
    ),
    "sales.description.orders": (
        "No source maps money, so orders are counted instead.",
        "没有数据源提供金额，故以订单数代替。",
    ),
    "sales.empty": ("No month holds an order yet, so there is nothing to draw.", "尚无任何月份有订单，暂无可绘内容。"),
    "sales.subtitle.net_sales": ("Net sales by month, {currency}", "每月净销售额，{currency}"),
    "sales.subtitle.orders": ("Valid orders by month", "每月有效订单数"),
    "sales.unfinished_until": (
        "{month} is not complete on {day} and is compared with no other month.",
        "截至 {day}，{month}尚不完整，不与其他月份比较。",
    ),
    "sales.tip_unfinished": (" (not complete)", "（未完整）"),
    "sales.key_full": ("complete month", "完整月份"),
    "sales.key_unfinished": ("not complete", "未完整"),
    "sales.title.unfinished": ("{month} is the first month and not over yet.", "{month}是首个月份，尚未结束。"),
    "sales.title.one": ("{month} brought {figure}.", "{month}实现 {figure}。"),
    "sales.title.up": (
        "{month} brought {figure}, up {change} on {before}.",
        "{month}实现 {figure}，较{before}上升 {change}。",
    ),
    "sales.title.down": (
        "{month} brought {figure}, down {change} on {before}.",
        "{month}实现 {figure}，较{before}下降 {change}。",
    ),
    "sales.title.highest": (
        "{month} was the best of {months} complete months: {figure}, {change} more than {before}.",
        "{month}为 {months} 个完整月份中最高：{figure}，较{before}多 {change}。",
    ),
    "sales.title.lowest": (
        "{month} was the weakest of {months} complete months: {figure}, {change} less than {before}.",
        "{month}为 {months} 个完整月份中最低：{figure}，较{before}少 {change}。",
    ),
    "segments.name": ("RFM segments", "RFM 分群"),
    "segments.description": (
        "Every customer who ever ordered, scored 1 to 5 on how recently, how often and for how much they bought in "
        "the last {days} days.",
        "所有下过单的客户，按最近 {days} 天的最近消费、频率与金额各评 1 至 5 分。",
    ),
    "segments.cuts_frozen": (
        " Scores go by the quintiles of {day}, not by tonight’s: {cuts}.",
        "评分依据{day}的五分位，而非当晚的：{cuts}。",
    ),
    "segments.cuts_fixed": (" Scores go by fixed cuts: {cuts}.", "评分依据固定切点：{cuts}。"),
    "segments.cuts_recency_days": ("{cuts} days since the last order", "距上次下单 {cuts} 天"),
    "segments.cuts_frequency": ("{cuts} orders", "订单 {cuts} 笔"),
    "segments.cuts_monetary": ("{cuts} of net value", "净额 {cuts}"),
    "segments.empty": (
        "No customer has a valid order yet, so there is nobody to score.",
        "尚无客户有有效订单，暂无可评分对象。",
    ),
    "segments.grid_title": (
        "The best corner of the grid holds {customers} of customers and {value} of net value.",
        "右上角的优质区占客户的 {customers}、净额的 {value}。",
    ),
    "segments.grid_title_no_money": (
        "The best corner of the grid holds {customers} of customers.",
        "右上角的优质区占客户的 {customers}。",
    ),
    "segments.grid_subtitle": (
        "Customers per cell; the stronger the colour, the more. The best corner is R 4–5 with FM 4–5.",
        "每格客户数，底色越醒目人数越多；优质区为 R 4–5 且 FM 4–5。",
    ),
    "segments.across": ("FM: frequency and money → more", "FM：频率与金额 → 越高"),
    "segments.across_no_money": ("F: frequency → more", "F：频率 → 越高"),
    "segments.up": ("↑ R: more recent", "↑ R：越近"),
    "segments.cell_value": ("{share} of value", "价值 {share}"),
    "segments.cell_tip": (
        "{segment} (R {r}, FM {fm}): {customers}, {share} of all",
        "{segment}（R {r}，FM {fm}）：{customers}，占 {share}",
    ),
    "segments.tip_value": ("; net value {value}, {share} of all", "；净额 {value}，占 {share}"),
    "segments.slipping": (
        "Slipping away: {customers} who used to buy well, and {value} of the net value.",
        "{customers}曾经购买良好却正在疏远，涉及净额的 {value}。",
    ),
    "segments.largest": (
        "{segment} is the largest segment: {share} of customers.",
        "最大的分群是{segment}，占客户的 {share}。",
    ),
    "segments.largest_tied": (
        "{segments} are the largest segments: {share} of customers each.",
        "最大的分群是{segments}，各占客户的 {share}。",
    ),
    "segments.key_customers": ("share of customers", "客户占比"),
    "segments.key_value": ("share of net value, coloured by kind", "净额占比，按类别着色"),
    "lifecycle.name": ("Lifecycle", "生命周期"),
    "lifecycle.description": (
        "Every known customer at exactly one stage. How long a silence is too long is read off the shop’s own gaps "
        "between orders.",
        "每位已识别客户恰处于一个阶段；沉默多久算久，由本店自身的购买间隔决定。",
    ),
    "lifecycle.empty": ("No customer is known yet.", "尚无已识别客户。"),
    "lifecycle.title": (
        "Of {buyers} who ever bought, {active} are active, {warning} overdue and {lost} counted as lost.",
        "在购买过的 {buyers}中，{active} 活跃，{warning} 处于预警，{lost} 视为流失。",
    ),
    "lifecycle.subtitle": (
        "Customers by stage, and their share of {known} known, those who never bought included",
        "各阶段客户数，及其占全部已识别的 {known}（含从未购买者）之比",
    ),
    "lifecycle.title.no_buyers": ("{customers} known, and no valid order yet.", "已识别 {customers}，尚无有效订单。"),
    "tiers.name": ("Value", "价值层级"),
    "tiers.description.historic": (
        "Customers ranked by net value over the last {days} days.",
        "按最近 {days} 天净额对客户排序。",
    ),
    "tiers.description.predicted": ("Customers ranked by predicted value.", "按预测价值对客户排序。"),
    "tiers.description.unknown": ("Customers ranked by value.", "按价值对客户排序。"),
    "tiers.empty": (
        "No customer has a valid order yet, so there is nobody to rank.",
        "尚无客户有有效订单，暂无可排序对象。",
    ),
    "tiers.empty_money": (
        "No customer has a positive value: either no source maps money, or nobody bought within the window.",
        "没有客户具有正价值：或因没有数据源提供金额，或因窗口内无人购买。",
    ),
    "tiers.title": (
        "{customers} at the top, {share} of all, bring {value} of the value.",
        "顶层 {customers}（占 {share}）贡献了 {value} 的价值。",
    ),
    "tiers.title_one": (
        "{customers} at the top, {share} of all, brings {value} of the value.",
        "顶层 {customers}（占 {share}）贡献了 {value} 的价值。",
    ),
    "tiers.left": ("share of customers", "客户占比"),
    "tiers.right": ("share of value", "价值占比"),
    "tiers.note": (
        "Customers without positive value belong to no tier and are outside the shares of value.",
        "无正价值的客户不属于任何层级，不计入价值占比。",
    ),
    "tiers.curve_title": (
        "Half of the value comes from {share} of the customers with positive value.",
        "一半的价值来自 {share} 有正价值的客户。",
    ),
    "tiers.curve_subtitle": (
        "Cumulative share of value, best customers first",
        "价值累计占比，从高到低排序",
    ),
    "tiers.curve_equal": ("if all were equal", "若人人相等"),
    "tiers.curve_across": ("cumulative share of customers", "客户累计占比"),
    "tiers.curve_tip": ("the best {who} of customers hold {what} of the value", "前 {who} 的客户占价值的 {what}"),
    "traits.name": ("Traits and ages", "特征与年龄"),
    "traits.description": (
        "What customers are like beside their segments, and which segments go together. A customer may have several "
        "traits, or none; net value is that of the last {days} days.",
        "分群之外的客户特征，以及哪些分群常同时出现。一位客户可有多个特征或没有；净额为最近 {days} 天。",
    ),
    "traits.trait_title": (
        "{name}: {customers}, {share} of all, with {value} of net value.",
        "{name}：{customers}（占 {share}），净额占 {value}。",
    ),
    "traits.trait_title_no_money": ("{name}: {customers}, {share} of all.", "{name}：{customers}（占 {share}）。"),
    "traits.age_band_title": (
        "Aged {name}: {customers}, {share} of all, with {value} of net value.",
        "年龄 {name}：{customers}（占 {share}），净额占 {value}。",
    ),
    "traits.age_band_title_no_money": (
        "Aged {name}: {customers}, {share} of all.",
        "年龄 {name}：{customers}（占 {share}）。",
    ),
    "traits.key_value": ("share of net value", "净额占比"),
    "traits.with": ("together with", "与"),
    "traits.partner": ("{kind}: {segment}", "{kind}：{segment}"),
    "traits.heat_title": (
        "“{trait}” and “{other}” meet {times} times as often as chance would have it.",
        "“{trait}”与“{other}”同时出现的频率为随机情形的 {times} 倍。",
    ),
    "traits.heat_title_apart": (
        "Traits and other segments have hardly anybody in common, stages aside.",
        "除生命周期阶段外，特征与其他分群几乎没有共同的客户。",
    ),
    "traits.heat_title_alike": (
        "Traits meet other segments about as often as chance would have it, stages aside.",
        "除生命周期阶段外，特征与其他分群同时出现的频率与随机情形相近。",
    ),
    "traits.heat_subtitle": (
        "How many times as often customers are in both as if the two had nothing to do with each other",
        "同时属于两者的客户数，为两者互不相关时的多少倍",
    ),
    "traits.heat_label": ("Traits against other segments", "特征与其他分群"),
    "traits.heat_note": (
        "1.0 is chance among all known customers. Some pairs follow from what the names mean: “potential high value” "
        "has one order, so no later stage.",
        "1.0 即在全部已识别客户中随机相遇。部分组合由定义决定：“潜在高价值”只有一笔订单，不会处于后续阶段。",
    ),
    "traits.key_ramp": ("stronger colour: more often together", "底色越醒目，越常同时出现"),
    "traits.key_few": ("too few customers to tell", "客户过少，无法判断"),
    "traits.cell_tip": (
        "{trait} and {other}: {customers}, net value {value}",
        "{trait}与{other}：{customers}，净额 {value}",
    ),
    "retention.name": ("Retention", "留存"),
    "retention.description": (
        "Customers grouped by the month of their first order and followed month by month.",
        "按首单月份分组，逐月跟踪再次下单的客户。",
    ),
    "retention.empty": (
        "No customer has a valid order yet, so there is no cohort to follow.",
        "尚无客户有有效订单，暂无可跟踪队列。",
    ),
    "retention.curve_title": (
        "One month after their first order, {share} of customers order again; in month {last} it is {later}.",
        "首单后第 1 个月有 {share} 的客户再次下单；第 {last} 个月为 {later}。",
    ),
    "retention.curve_title_later": (
        "{period} months after their first order, {share} of customers order; in month {last} it is {later}.",
        "首单后第 {period} 个月有 {share} 的客户下单；第 {last} 个月为 {later}。",
    ),
    "retention.curve_title_alone": (
        "One month after their first order, {share} of customers order again.",
        "首单后第 1 个月有 {share} 的客户再次下单。",
    ),
    "retention.curve_title_alone_later": (
        "{period} months after their first order, {share} of customers order.",
        "首单后第 {period} 个月有 {share} 的客户下单。",
    ),
    "retention.curve_title_few": (
        "{active} of {size} ordered in month {period} after the first order: too few to speak of a curve.",
        "{size}中有 {active} 名在首单后第 {period} 个月下单：人数过少，不足以判断走势。",
    ),
    "retention.curve_tip": (
        "Month {period}: {share} ({active} of {size}, cohorts: {cohorts})",
        "第 {period} 月：{share}（{size} 中 {active}，队列数 {cohorts}）",
    ),
    "retention.across": ("months since the first order", "首单后的月数"),
    "retention.key_all": ("all cohorts seen from their beginning", "起点可见的全部队列"),
    "retention.key_each": ("one cohort", "单个队列"),
    "retention.heat_title": (
        "Newcomers of {best} came back best in their first month ({high}), those of {worst} least ({low}).",
        "{best}的新客次月回购最好（{high}），{worst}最差（{low}）。",
    ),
    "retention.heat_title_even": (
        "Cohorts do not clearly differ in their first month: {low} to {high} came back.",
        "各队列的次月回购差异不明显：{low} 至 {high}。",
    ),
    "retention.heat_title_plain": ("{cohorts}, month by month.", "{cohorts}的逐月留存。"),
    "retention.heat_subtitle": (
        "Share of the cohort that ordered in the month, in per cent; columns are months since the first order.",
        "各队列当月下单占比（%）；列为首单后的月数。",
    ),
    "retention.heat_label": ("Cohort retention in per cent", "队列留存率（%）"),
    "retention.key_ramp": ("0 to {share} after month 0", "第 0 月之后：0 至 {share}"),
    "retention.key_unfinished": ("month not over", "月份未结束"),
    "retention.cell_tip": (
        "First order {cohort}, month {period}: {active} of {size}",
        "首单 {cohort}，第 {period} 月：{size} 中 {active}",
    ),
    "retention.cell_share": (" ({share})", "（{share}）"),
    "retention.cell_interval": (" ({share}; {interval})", "（{share}；{interval}）"),
    "retention.cell_unfinished": (" so far (month not over)", "（截至目前，月份未结束）"),
    "retention.truncated": (
        "* The log begins too late to tell: some of these customers may have bought before it, so the cohort mixes old "
        "and new ones.",
        "* 数据开始较晚：其中一些客户可能在此之前已购买，该队列混有新老客户。",
    ),
}
