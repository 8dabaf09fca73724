"""Names that readers see for the ids in the tables, in English and Chinese, and the colour family of each."""

from __future__ import annotations

from models.kpi_cards import CARDS

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
    "logistic": ("Logistic regression", "逻辑回归"),
    "blend": ("Blend of models", "组合模型"),
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
FILE_STATUSES: Names = {
    "loaded": ("Loaded", "已载入"),
    "superseded": ("Superseded", "已被取代"),
    "duplicate_file": ("Copy of another file", "重复文件"),
    "unreadable": ("Unreadable", "无法读取"),
}
REASONS: Names = {
    "conflicting_versions": ("Two versions of one key in a file", "同一文件内主键有两个版本"),
    "negative_unit_price": ("Negative unit price", "单价为负"),
    "negative_discount": ("Negative discount", "折扣为负"),
    "discount_above_amount": ("Discount above the refund", "折扣大于退款"),
    "missing_exchange_rate": ("No exchange rate for the currency", "缺少该币种汇率"),
    "date_out_of_range": ("Date outside the limits", "日期超出范围"),
    "undeclared_question": ("Question nobody declared", "未声明的题目"),
    "unparsable_score": ("Score that is no number", "评分不是数字"),
    "score_off_scale": ("Score off its scale", "评分超出量表"),
    "score_not_whole": ("Score that is not whole", "评分不是整数"),
}
SEVERITIES: Names = {
    "error": ("Blocks", "阻断"),
    "critical": ("Blocks", "阻断"),
    "warn": ("Warns", "警告"),
    "warning": ("Warns", "警告"),
}
KPIS: Names = {card.id: (card.name_en, card.name_zh) for card in CARDS.values()}

NAMES: dict[str, Names] = {
    "segment": SEGMENTS, "segment_meaning": SEGMENT_MEANING, "stage": STAGES, "stage_meaning": STAGE_MEANING,
    "tier": TIERS, "risk_band": RISK_BANDS, "status": STATUSES, "model": MODELS, "metric": METRICS, "grain": GRAINS,
    "move_kind": MOVE_KINDS, "end": ENDS, "attitude": ATTITUDES, "fate": FATES, "file_status": FILE_STATUSES,
    "reason": REASONS, "severity": SEVERITIES, "kpi": KPIS,
}  # fmt: skip

# noun: one, many, Chinese measure word and noun
NOUNS: dict[str, tuple[str, str, str]] = {
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
