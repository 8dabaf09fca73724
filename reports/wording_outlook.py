"""Wording of the section on what customers are expected to be worth."""

from __future__ import annotations

OUTLOOK: dict[str, tuple[str, str]] = {
    "outlook.name": ("Outlook", "价值展望"),
    "outlook.description": (
        "Expected net value of each customer over the next {days} days; how past predictions did.",
        "每位客户未来 {days} 天的预期净额，以及过往预测的表现。",
    ),
    "outlook.empty": ("Nobody has ordered yet, so nothing can be expected.", "尚无客户下单，无从预期。"),
    "outlook.empty_money": (
        "No source maps money: {orders} order days are expected over the next {days} days.",
        "没有数据源提供金额：未来 {days} 天预期有 {orders} 个下单日。",
    ),
    "outlook.bands_title": (
        "{customers} are expected to bring {total} over the next {days} days.",
        "{customers}未来 {days} 天预期带来 {total}。",
    ),
    "outlook.bands_title_one": (
        "{customers} is expected to bring {total} over the next {days} days.",
        "{customers}未来 {days} 天预期带来 {total}。",
    ),
    "outlook.bands_subtitle": (
        "Expected value by tenths of the customers, lowest first, {currency}",
        "按客户十分位的预期价值，由低到高，{currency}",
    ),
    "outlook.bands_note": ("Model: {model}. {reason}", "模型：{model}。{reason}"),
    "outlook.bands_table": ("Expected value by tenths of the customers", "按客户十分位的预期价值"),
    "outlook.sums_title": (
        "In 80 of 100 cases all customers together bring {low} to {high} over the next {days} days.",
        "80% 的情形下，全部客户未来 {days} 天合计带来 {low} 至 {high}。",
    ),
    "outlook.sums_subtitle": (
        "Expected value by tier (blue) and the ends of its 80% interval (grey), {currency}",
        "各价值层的预期价值（蓝色）与 80% 区间两端（灰色），{currency}",
    ),
    "outlook.sums_note": (
        "If the model is right. Seasons it has not seen and campaigns are not in the interval. "
        "The intervals of tiers do not add up to that of all.",
        "以模型成立为前提；未见过的季节与促销不在区间内。各层区间不可相加为全体区间。",
    ),
    "outlook.sums_table": ("Expected value by tier with its 80% interval", "各价值层的预期价值与 80% 区间"),
    "outlook.sums_all": ("All", "全部"),
    "outlook.calibration_title": (
        "On past dates {predicted} were expected and {actual} came.",
        "历史日期上预期 {predicted}，实际 {actual}。",
    ),
    "outlook.calibration_title_no_money": (
        "On past dates {predicted} order days were expected and {actual} came.",
        "历史日期上预期 {predicted} 个下单日，实际 {actual} 个。",
    ),
    "outlook.calibration_subtitle": (
        "Expected (grey) and actual figure (blue) per customer by tenths, lowest expectation first",
        "各十分位每位客户的预期（灰色）与实际（蓝色），由低到高",
    ),
    "outlook.calibration_table": ("Expected and actual on past dates", "历史日期的预期与实际"),
    "outlook.evaluation_title": (
        "{model} ranks customers with a Gini of {gini}, the last period with {naive}.",
        "{model}排序的基尼为 {gini}，沿用上期为 {naive}。",
    ),
    "outlook.evaluation_title_alike": (
        "What customers brought in the judged days cannot be ranked: nothing in all, or the same of everybody.",
        "评判期内客户带来的价值无从排序：合计为零，或人人相同。",
    ),
    "outlook.evaluation_subtitle": (
        "Means over {dates}, each judged when its {days} days were over; a Gini of 0 is chance, of 1 a perfect ranking",
        "{dates}的均值，各在其 {days} 天结束后评判；基尼为 0 即随机，为 1 即排序完全正确",
    ),
    "outlook.evaluation_table": ("The models of value on past dates", "各价值模型在历史日期的表现"),
    "outlook.naive": ("Last period again", "沿用上期"),
    "outlook.tracking_title": (
        "{actual} repeat order days came; the model fitted on {day} expects {expected}.",
        "实际重复下单日 {actual} 个；{day}拟合的模型预期 {expected} 个。",
    ),
    "outlook.tracking_subtitle": (
        "Cumulative repeat order days of the customers known on {day}; the faint line is expected",
        "{day}已知客户的累计重复下单日；浅线为预期",
    ),
    "outlook.tracking_across": ("weeks", "周"),
    "outlook.tracking_table": ("Cumulative repeat order days", "累计重复下单日"),
    "head.decile": ("Tenth", "十分位"),
    "head.expected": ("Expected", "预期"),
    "head.actual": ("Actual", "实际"),
    "head.expected_sum": ("Expected in all", "预期合计"),
    "head.sum_low": ("80% from", "80% 下限"),
    "head.sum_high": ("80% to", "80% 上限"),
    "head.week_end": ("Week to", "截至"),
    "head.value_model": ("Model", "模型"),
}
