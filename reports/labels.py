"""Names that readers see for the ids in the tables, in English and Chinese, and the colour family of each."""

from __future__ import annotations

from models.kpi_cards import CARDS
from reports.feature_names import CHURN_FEATURES
from reports.field_names import FIELD_NAMES

Names = dict[str, tuple[str, str]]

SEGMENTS: Names = {
    "champions": ("Champions", "冠军客户"),
    "loyal": ("Loyal", "忠诚客户"),
    "potential_loyalists": ("Potential loyalists", "潜力忠诚客户"),
    "new_customers": ("New customers", "新客户"),
    "promising": ("Promising", "有望客户"),
    "need_attention": ("Need attention", "需要关注"),
    "about_to_sleep": ("About to sleep", "即将沉睡"),
    "at_risk": ("At risk", "流失风险"),
    "cant_lose_them": ("Can’t lose them", "不可流失"),
    "hibernating": ("Hibernating", "沉睡客户"),
    "lost": ("Lost", "已流失"),
}
SEGMENT_MEANING: Names = {
    "champions": (
        "Bought very recently, and buy often and for much.",
        "最近刚购买，频率与金额都很高。",
    ),
    "loyal": ("Buy regularly and have done so lately.", "近期有购买，且经常购买。"),
    "potential_loyalists": (
        "Recent customers whose frequency and spending are growing.",
        "近期购买，频率与金额处于中低水平，有望提升。",
    ),
    "new_customers": ("Bought very recently, and little so far.", "刚刚购买，目前频率与金额都低。"),
    "promising": ("Bought recently, and little so far.", "近期购买，目前频率与金额都低。"),
    "need_attention": ("Middling on every measure, and drifting.", "各项居中，开始疏远。"),
    "about_to_sleep": ("Bought a while ago, and little.", "有一段时间未购买，且购买很少。"),
    "at_risk": ("Bought well, and not for long.", "曾有不错的购买，已久未光顾。"),
    "cant_lose_them": (
        "Among the best by frequency and value, and silent for long.",
        "频率与金额名列前茅，却已久未光顾。",
    ),
    "hibernating": ("Bought little, long ago.", "很久以前少量购买。"),
    "lost": ("Bought little, longest ago of all.", "购买最少且最久未光顾。"),
}
STAGES: Names = {
    "potential": ("Potential", "潜在客户"),
    "first_purchase": ("First purchase", "首购客户"),
    "repeat": ("Repeat", "复购客户"),
    "loyal": ("Loyal", "忠诚客户"),
    "churn_warning": ("Churn warning", "流失预警"),
    "lost": ("Lost", "流失客户"),
    "reactivated": ("Reactivated", "重新激活"),
}
STAGE_MEANING: Names = {
    "potential": ("Known, and no valid order yet.", "已识别，尚无有效订单。"),
    "first_purchase": ("One valid order, still recent.", "只有一笔有效订单，间隔尚短。"),
    "repeat": ("More than one order, still recent.", "不止一笔订单，间隔尚短。"),
    "loyal": ("Many orders, still recent.", "多笔订单，间隔尚短。"),
    "churn_warning": (
        "Silent for longer than four in five of the shop’s gaps between orders.",
        "沉默时间已超过本店五分之四的购买间隔。",
    ),
    "lost": (
        "Silent for longer than nineteen in twenty of those gaps; a name, not a fact.",
        "沉默时间已超过二十分之十九的购买间隔；仅为名称，并非定论。",
    ),
    "reactivated": ("Came back lately after a silence that long.", "在如此长的沉默之后最近重新下单。"),
}
TIERS: Names = {
    "high": ("High", "高价值"),
    "mid": ("Middle", "中价值"),
    "low": ("Low", "低价值"),
    "none": ("No positive value", "无正价值"),
}
TRAITS: Names = {
    "high_frequency": ("High-frequency", "高频客户"),
    "potential_high_value": ("Potential high value", "潜在高价值"),
    "steady": ("Steady", "稳定客户"),
    "price_sensitive": ("Price-sensitive", "价格敏感"),
}
TRAIT_MEANING: Names = {
    "high_frequency": (
        "Among the fifth who order most often, and mostly in one category.",
        "下单次数居活跃客户前五分之一，且购买集中于一个品类。",
    ),
    "potential_high_value": (
        "One order, worth as much as the best tenth of the year’s first orders.",
        "仅一笔订单，金额达到近一年首单的前十分之一。",
    ),
    "steady": (
        "At least four orders at even distances, the last of them on time.",
        "至少四笔订单，间隔均匀，且最近一次未明显延后。",
    ),
    "price_sensitive": (
        "At least three orders, three in five of them with a discount.",
        "至少三笔订单，其中六成以上带折扣。",
    ),
}
AGE_BANDS: Names = {
    "under_18": ("Under 18", "18 岁以下"),
    "18_30": ("18 to 30", "18–30 岁"),
    "31_50": ("31 to 50", "31–50 岁"),
    "51_plus": ("51 and over", "51 岁及以上"),
    "unknown": ("Unknown", "未知"),
}
OVERLAP_KINDS: Names = {
    "trait": ("Trait", "特征"),
    "stage": ("Stage", "阶段"),
    "tier": ("Value", "价值"),
    "risk_band": ("Churn risk", "流失风险"),
    "age_band": ("Age", "年龄"),
}
RISK_BANDS: Names = {"low": ("Low", "低"), "medium": ("Medium", "中"), "high": ("High", "高")}
STATUSES: Names = {
    "met": ("Met", "达成"),
    "missed": ("Missed", "未达成"),
    "met_not_distinguishable": ("Too close to call", "难分高下"),
    "too_few_data": ("Too few data", "数据过少"),
    "incomplete_period": ("Period not over", "周期未结束"),
    "input_absent": ("Not measured", "无数据来源"),
}
MODELS: Names = {
    "recency_rule": ("Recency rule", "最近消费规则"),
    "overdue_rule": ("Overdue rule", "超期规则"),
    "boosting": ("Boosted trees", "提升树"),
    "logistic": ("Logistic regression", "逻辑回归"),
    "blend": ("Blend of models", "组合模型"),
    "bg_nbd": ("BG/NBD", "BG/NBD"),
    "mbg_nbd": ("MBG/NBD", "MBG/NBD"),
    "pareto_nbd": ("Pareto/NBD", "Pareto/NBD"),
    "bg_nbd_covariates": ("BG/NBD with covariates", "含协变量的 BG/NBD"),
    "two_part": ("Two-part regression", "两部分回归"),
    "cohort_average": ("Cohort average", "队列均值"),
}
METRICS: Names = {
    "roc_auc": ("ROC-AUC", "ROC-AUC"),
    "pr_auc_churn": ("PR-AUC, churners", "PR-AUC（流失）"),
    "pr_auc_buy": ("PR-AUC, buyers", "PR-AUC（复购）"),
    "precision": ("Precision", "精确率"),
    "recall": ("Recall", "召回率"),
    "f1": ("F1", "F1"),
    "accuracy": ("Accuracy", "准确率"),
    "brier": ("Brier score", "Brier 分数"),
    "log_loss": ("Log loss", "对数损失"),
    "calibration_slope": ("Calibration slope", "校准斜率"),
    "calibration_intercept": ("Calibration intercept", "校准截距"),
    "lift_top_decile": ("Lift, top decile", "首十分位提升"),
    "precision_top_decile": ("Precision, top decile", "首十分位精确率"),
    "recall_top_decile": ("Recall, top decile", "首十分位召回率"),
    "f1_top_decile": ("F1, top decile", "首十分位 F1"),
    "mae": ("Mean error", "平均误差"),
    "rmse": ("Root mean square error", "均方根误差"),
    "bias": ("Bias of the total", "总量偏差"),
    "spearman": ("Rank correlation", "秩相关"),
    "normalised_gini": ("Normalised Gini", "归一化基尼"),
    "top_decile_capture": ("Top decile captured", "首十分位捕获"),
}
# What is better: more, less, or the nearest to this value.
BETTER: dict[str, str | float] = {
    "brier": "lower", "log_loss": "lower", "calibration_slope": 1.0, "calibration_intercept": 0.0,
}  # fmt: skip
GRAINS: Names = {
    "day": ("by day", "按日"),
    "week": ("by week", "按周"),
    "month": ("by month", "按月"),
    "quarter": ("by quarter", "按季度"),
    "year": ("by year", "按年"),
    "total": ("in total", "合计"),
}
MOVE_KINDS: Names = {
    "rfm": ("RFM segment", "RFM 分群"),
    "stage": ("Lifecycle stage", "生命周期阶段"),
    "tier": ("Value tier", "价值层级"),
}
ENDS: Names = {"(new)": ("New", "新进入"), "(gone)": ("Gone", "已离开")}
ATTITUDES: Names = {
    "promoters": ("Promoters", "推荐者"),
    "passives": ("Passives", "中立者"),
    "detractors": ("Detractors", "贬损者"),
    "no_answer": ("No answer", "无回答"),
}
FATES: Names = {
    "measured": ("In the measures", "进入指标"),
    "charges": ("Charges", "附加费用"),
    "excluded": ("Excluded by rule", "按规则排除"),
    "superseded": ("Superseded", "已被取代"),
    "accepted": ("Accepted", "已接受"),
    "duplicates": ("Duplicates", "重复"),
    "quarantined": ("Quarantined", "已隔离"),
}
REASONS: Names = {
    "conflicting_versions": ("Two versions of one key in a file", "同一文件内主键有两个版本"),
    "negative_unit_price": ("Negative unit price", "单价为负"),
    "negative_discount": ("Negative discount", "折扣为负"),
    "discount_above_amount": ("Discount above the refund", "折扣大于退款"),
    "value_too_large": ("Worth more than any shop sells", "金额超出合理范围"),
    "missing_exchange_rate": ("No exchange rate for the currency", "缺少该币种汇率"),
    "unknown_currency": ("Currency that is no three-letter code", "币种不是三字母代码"),
    "rate_not_positive": ("Exchange rate of zero or less", "汇率为零或负数"),
    "rate_of_business_currency": ("Business currency rated against itself", "本位币对自身的汇率不为 1"),
    "date_out_of_range": ("Date outside the limits", "日期超出范围"),
    "undeclared_question": ("Question nobody declared", "未声明的题目"),
    "kind_disagrees": ("Kind other than the question's declared one", "题目类型与声明不符"),
    "unparsable_score": ("Score that is no number", "评分不是数字"),
    "score_off_scale": ("Score off its scale", "评分超出量表"),
    "score_not_whole": ("Score that is not whole", "评分不是整数"),
    "too_few_columns": ("Fewer values than columns", "列数不足"),
    "too_many_columns": ("More values than columns", "列数过多"),
    "malformed_quotes": ("Quotes that do not pair", "引号不成对"),
    "malformed_row": ("No row of its file", "行格式错误"),
    "malformed_json": ("Line that is no JSON object", "不是 JSON 对象的行"),
    "error_cell": ("Cell whose formula failed", "公式出错的单元格"),
    "line_too_long": ("Line longer than can be read", "行过长"),
}
IDENTIFIERS: Names = {"email": ("E-mail address", "邮箱"), "phone": ("Telephone number", "电话")}
IDENTIFIER_FATES: Names = {
    "own": ("Of one account only", "仅属一个账户"),
    "shared": ("Unites accounts", "用于合并账户"),
    "shared_too_widely": ("Shared by too many", "共用账户过多"),
    "blocked": ("On the block list", "在屏蔽名单中"),
    "unusable": ("No address, no number", "不是有效邮箱或电话"),
}
SEVERITIES: Names = {
    "error": ("Blocks", "阻断"),
    "critical": ("Blocks", "阻断"),
    "warn": ("Warns", "警告"),
    "warning": ("Warns", "警告"),
}
OBSERVED: Names = {
    "broken": ("broken", "不符行数"),
    "repeated_keys": ("repeated keys", "重复主键"),
    "row_count": ("rows", "行数"),
    "left_side": ("left side", "左侧"),
    "right_side": ("right side", "右侧"),
    "n": ("n", "样本数"),
    "compared": ("compared", "比较数"),
    "different": ("different", "不一致数"),
    "ids": ("ids", "编号"),
    "texts": ("texts", "文本"),
    "no decimals": ("no decimals", "带小数"),
    "no powers of ten": ("no powers of ten", "科学计数"),
    "no word for nothing": ("no word for nothing", "空值字样"),
    "no placeholder": ("no placeholder", "占位日期"),
    "possible age": ("possible age", "不可能的年龄"),
    "e-mail": ("e-mail", "邮箱"),
    "phone": ("phone", "电话"),
    "quantity": ("quantity", "数量"),
    "unit_price": ("unit price", "单价"),
    "r": ("r", "R"),
    "f": ("f", "F"),
    "m": ("m", "M"),
}
SAMPLE_COLUMNS: Names = {
    "source": ("source", "数据源"),
    "file": ("file", "文件"),
    "content": ("content", "内容"),
    "line_number": ("line", "行号"),
    "order_id": ("order", "订单"),
    "response_id": ("response", "回答"),
    "question": ("question", "题目"),
    "figure": ("", ""),
    "dimension": ("", ""),
    "value": ("value", "值"),
    "usual": ("usual", "通常"),
    "low": ("at least", "下限"),
    "high": ("at most", "上限"),
    "judged_on": ("on", "日期"),
    "last_landed_on": ("last landed on", "上次落地"),
    "days_ago": ("days ago", "天数"),
    "cadence_days": ("cadence in days", "交付周期天数"),
    "last_event_on": ("newest event on", "最新事件"),
    "days_before": ("days before as_of", "距报告日天数"),
    "events": ("events", "次数"),
    "events_before": ("events before", "此前次数"),
    "expected": ("expected", "预期"),
    "window_days": ("days looked at", "窗口天数"),
    "first_on": ("first on", "首次出现"),
    "rows_in": ("rows in", "进入行数"),
    "rows_before": ("rows before", "此前行数"),
    "quarantined": ("quarantined", "已隔离"),
    "rate": ("rate", "比例"),
    "limit": ("limit", "上限"),
    "commonest_reasons": ("commonest reasons", "常见原因"),
}
SOURCE_FIGURES: Names = {
    "rows_on_day": ("rows on the day", "当日行数"),
    "rows_in_week": ("rows in the week", "一周行数"),
    "duplicate_rate": ("duplicate rate", "重复比例"),
    "quarantine_rate": ("quarantine rate", "隔离比例"),
    "share_without_customer": ("share without customer", "无客户占比"),
    "refund_share": ("refund share", "退款占比"),
    "discount_rate": ("discount rate", "折扣率"),
    "days_without_delivery": ("days without delivery", "无交付天数"),
}
DIMENSIONS: Names = {
    "channel": ("channel", "渠道"),
    "region": ("region", "地区"),
    "category": ("category", "品类"),
    "status": ("status", "状态"),
    "currency": ("currency", "币种"),
    "question": ("question", "题目"),
}
KPIS: Names = {card.id: (card.name_en, card.name_zh) for card in CARDS.values()}

RESTATEMENT_CAUSES = {
    "late_row": ("Came late", "迟到"),
    "refund": ("Refund that came late", "迟到的退款"),
    "correction": ("Corrected", "更正"),
    "withdrawn": ("Taken back", "撤回"),
    "exchange_rate": ("Another exchange rate", "汇率变更"),
    "identity_merge": ("Accounts united", "账户合并"),
    "configuration": ("Another configuration", "配置变更"),
    "program": ("Another version of the program", "程序版本变更"),
    "given_up": ("Files given up", "文件已放弃"),
    "unexplained": ("Unexplained", "原因不明"),
}
MOVE_CAUSES = {
    "configuration": ("Configuration or program", "配置或程序"),
    "identity_merge": ("Accounts united", "账户合并"),
    "late_row": ("Late row", "迟到的行"),
    "time_passing": ("Time passing", "时间推移"),
    "new_order": ("New order", "新订单"),
    "refund": ("Refund", "退款"),
    "model": ("Another model", "模型变更"),
    "population_cut": ("Shifted cuts", "切点移动"),
}
MOVE_CAUSE_MEANINGS = {
    "configuration": ("Measured by another rule than before.", "衡量规则与之前不同。"),
    "identity_merge": ("Accounts were united or parted.", "账户合并或拆分。"),
    "late_row": (
        "A row about days that were published came late, or was corrected or taken back.",
        "已发布日期的行迟到、更正或撤回。",
    ),
    "time_passing": ("Nothing happened but the days that went by.", "除时间推移外没有其他变化。"),
    "new_order": ("Ordered since.", "此后下了订单。"),
    "refund": ("Money was paid back since.", "此后发生退款。"),
    "model": ("The prediction comes from a model learned anew.", "预测来自重新训练的模型。"),
    "population_cut": (
        "The customer’s own figures would give the old place; the borders moved with all the others.",
        "客户自身数字未致变动，边界随全体客户移动。",
    ),
}
RESTATEMENT_SUBJECTS = {"sales": ("Sales", "销售"), "answers": ("Answers", "答复")}
CHURN_THEMES: Names = {
    "recency": ("Days since the last order", "距上次下单天数"),
    "rhythm": ("Own rhythm of ordering", "自身下单节奏"),
    "orders": ("Number of orders", "下单次数"),
    "season": ("Same season last year", "去年同期"),
    "tenure": ("Days since the first order", "距首次下单天数"),
    "value": ("Money spent", "消费金额"),
    "basket": ("Size of baskets", "单次购买规模"),
    "breadth": ("Breadth of categories", "品类广度"),
    "channel": ("Channels used", "购买渠道"),
    "refunds": ("Refunds", "退款"),
    "discounts": ("Discounts", "折扣"),
    "satisfaction": ("Survey answers", "调查答复"),
}
CHURNED = ("How often customers leave", "客户流失的频率")
DRIFT: Names = {
    "stable": ("Stable", "稳定"),
    "moderate": ("Moderate shift", "中度偏移"),
    "shifted": ("Shifted", "偏移"),
    "too_few_data": ("Too few data", "数据过少"),
}
NAMES: dict[str, Names] = {
    "churn_theme": CHURN_THEMES, "churn_feature": {**CHURN_FEATURES, "churned": CHURNED}, "drift": DRIFT,
    "segment": SEGMENTS, "segment_meaning": SEGMENT_MEANING, "stage": STAGES, "stage_meaning": STAGE_MEANING,
    "trait": TRAITS, "trait_meaning": TRAIT_MEANING, "age_band": AGE_BANDS, "overlap_kind": OVERLAP_KINDS,
    "tier": TIERS, "risk_band": RISK_BANDS, "status": STATUSES, "model": MODELS, "metric": METRICS, "grain": GRAINS,
    "move_kind": MOVE_KINDS, "end": ENDS, "attitude": ATTITUDES, "fate": FATES,
    "field": FIELD_NAMES, "identifier": IDENTIFIERS,
    "identifier_fate": IDENTIFIER_FATES, "reason": REASONS, "severity": SEVERITIES,
    "observed": {**OBSERVED, **SOURCE_FIGURES}, "sample": SAMPLE_COLUMNS, "figure": SOURCE_FIGURES,
    "dimension": DIMENSIONS, "kpi": KPIS,
    "restatement_cause": RESTATEMENT_CAUSES, "restatement_subject": RESTATEMENT_SUBJECTS,
    "move_cause": MOVE_CAUSES, "move_cause_meaning": MOVE_CAUSE_MEANINGS,
}  # fmt: skip

# noun: one, many, Chinese measure word and noun
NOUNS: dict[str, tuple[str, str, str]] = {
    "account": ("account", "accounts", "个账户"),
    "cluster": ("cluster", "clusters", "个群组"),
    "cohort": ("cohort", "cohorts", "个队列"),
    "customer": ("customer", "customers", "名客户"),
    "order": ("order", "orders", "笔订单"),
    "row": ("row", "rows", "行"),
    "file": ("file", "files", "个文件"),
    "answer": ("answer", "answers", "份回答"),
    "day": ("day", "days", "天"),
    "check": ("check", "checks", "项检查"),
    "target": ("target", "targets", "个目标"),
    "month": ("month", "months", "个月"),
    "origin": ("past date", "past dates", "个历史日期"),
}

# Colour families of the style sheet: how close the customer is, never the only sign on the page.
HUES: dict[str, dict[str, str]] = {
    "segment": {
        "champions": "blue", "loyal": "blue", "potential_loyalists": "green", "new_customers": "green",
        "promising": "green", "need_attention": "amber", "about_to_sleep": "amber", "at_risk": "vermillion",
        "cant_lose_them": "vermillion", "hibernating": "grey", "lost": "grey",
    },
    "stage": {
        "potential": "sky", "first_purchase": "green", "repeat": "green", "loyal": "blue",
        "churn_warning": "amber", "lost": "grey", "reactivated": "purple",
    },
    "tier": {"high": "blue", "mid": "sky", "low": "amber", "none": "grey"},
    "risk_band": {"low": "sky", "medium": "amber", "high": "vermillion"},
}  # fmt: skip
