"""Every KPI declared once: its name in two languages, what is divided by what, its unit, range and direction.

The scorecard takes unit and version from here, the report its names, and ``docs/kpis.md`` is written from here.
Symbols in the texts: ``as_of`` is the business date of the snapshot, W the look-back window in days, D = 90 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["higher", "lower", "neutral"]

STATUSES: Final = ("met", "missed", "met_not_distinguishable", "too_few_data", "incomplete_period", "input_absent")


@dataclass(frozen=True)
class KpiCard:
    """What one KPI means.

    Attributes:
        id: snake_case id, promised to readers of ``kpi_scorecard``.
        name_en: English name.
        name_zh: Chinese name.
        description_en: one English sentence for a person who has not read the code.
        description_zh: the same in Chinese.
        numerator: what ``kpi_scorecard.numerator`` counts or sums.
        denominator: what ``kpi_scorecard.denominator`` counts or sums; empty where nothing is divided.
        formula_zh: the two in Chinese, the one divided by the other.
        unit: unit of the value: ``share``, ``point``, ``base currency``, ``count``, ``ratio``, ``scale unit``,
            ``day`` or ``second``. Shares are 0..1, points -100..100.
        low: smallest possible value; None where there is no floor.
        high: largest possible value; None where there is no ceiling.
        direction: whether a higher or a lower value is the better one, or neither.
        version: grows when the definition changes; stands in every scorecard row.
        source: where the definition comes from.
        needs_money: whether the figure is absent where no source maps an amount.
        is_total: whether the figure is a count or a sum: it is judged whatever its size and has no interval.
    """

    id: str
    name_en: str
    name_zh: str
    description_en: str
    description_zh: str
    numerator: str
    denominator: str
    formula_zh: str
    unit: str
    low: float | None
    high: float | None
    direction: Direction
    version: int
    source: str
    needs_money: bool = False
    is_total: bool = False

    @property
    def formula_en(self) -> str:
        """What is divided by what."""
        return f"{self.numerator} / {self.denominator}" if self.denominator else self.numerator


HOUSE = "Definition of this project"
_REICHHELD = "Reichheld 2003, 'The One Number You Need to Grow', Harvard Business Review 81(12); interval: Rocks 2016"
_WILSON = "Top-box share; interval: Wilson 1927"
_COCHRAN = "interval: Cochran 1977, 'Sampling Techniques', 3rd ed., section 2.11, with customers as the units"
_BEACH = (
    "interval: Beach & Davidson 1983, 'Distribution-Free Statistical Inference with Lorenz Curves and Income Shares', "
    "Review of Economic Studies 50(4)"
)
_FARRIS = "Farris, Bendle, Pfeifer & Reibstein 2010, 'Marketing Metrics', 2nd ed."

_DECLARED: Final = (
    KpiCard(
        "csat", "Customer satisfaction", "客户满意度",
        "Share of valid answers in the question's declared top box (4 and 5 of 1-5 unless declared otherwise).",
        "有效回答中落入题目声明的满意区间（默认 1-5 分中的 4、5 分）的占比。",
        "answers in the top box", "valid answers",
        "落入满意区间的回答数 / 有效回答数",
        "share", 0.0, 1.0, "higher", 1, _WILSON,
    ),
    KpiCard(
        "nps", "Net promoter score", "净推荐值",
        "Share of answers 9 and 10 less share of answers 0 to 6, in points, on integer 0-10 questions only.",
        "0-10 整数题中 9、10 分的占比减去 0-6 分的占比，以点数表示。",
        "promoters less detractors", "valid answers",
        "（推荐者数 - 贬损者数）/ 有效回答数",
        "point", -100.0, 100.0, "higher", 1, _REICHHELD,
    ),
    KpiCard(
        "ces", "Customer effort score", "客户费力度",
        "Mean answer to the effort question, in the units of its declared scale; the question's wording says "
        "which end is good.",
        "费力度题目的平均分，以题目声明的量表为单位；哪一端为优取决于题目措辞。",
        "sum of the answers", "valid answers",
        "各回答分数之和 / 有效回答数",
        "scale unit", None, None, "neutral", 1,
        "Dixon, Freeman & Toman 2010, 'Stop Trying to Delight Your Customers', Harvard Business Review 88(7/8); "
        "interval: Rocks 2016, of a scale",
    ),
    KpiCard(
        "response_rate", "Survey response rate", "问卷回收率",
        "Completed surveys / invited customers.", "完成问卷数 / 受邀人数。",
        "completes", "invited",
        "完成问卷数 / 受邀人数",
        "share", 0.0, 1.0, "higher", 1, HOUSE,
    ),
    KpiCard(
        "active_customers", "Active customers", "活跃客户数",
        "Known customers with at least one valid order in the period.", "期内至少有一笔有效订单的已识别客户数。",
        "customers with a valid order", "",
        "有有效订单的客户数",
        "count", 0.0, None, "higher", 1, HOUSE,
        is_total=True,
    ),
    KpiCard(
        "new_customers", "New customers", "新客户数",
        "Known customers whose first valid order falls in the period.", "首笔有效订单发生在期内的已识别客户数。",
        "customers with their first valid order", "",
        "首笔有效订单在期内的客户数",
        "count", 0.0, None, "higher", 1, HOUSE,
        is_total=True,
    ),
    KpiCard(
        "reactivated_customers", "Reactivated customers", "重新激活客户数",
        "Known customers with an order in the period that ended a gap longer than T2 days between order days.",
        "期内订单结束了超过 T2 天空白期的已识别客户数。",
        "customers with an order after a gap longer than T2", "",
        "在超过 T2 天的空白期后再次下单的客户数",
        "count", 0.0, None, "higher", 1, HOUSE,
        is_total=True,
    ),
    KpiCard(
        "orders", "Orders", "订单数",
        "Valid orders of the period, those without a known customer included.",
        "期内有效订单数，含未识别客户的订单。",
        "valid orders", "",
        "有效订单数",
        "count", 0.0, None, "higher", 1, HOUSE,
        is_total=True,
    ),
    KpiCard(
        "net_sales", "Net sales", "净销售额",
        "Gross sales less discounts by order date, less refunds by refund date; customers unknown included.",
        "按订单日期计的销售额减折扣，再减按退款日期计的退款；含未识别客户。",
        "gross - discount - refunds", "",
        "销售总额 - 折扣 - 退款",
        "base currency", None, None, "higher", 1, HOUSE,
        needs_money=True, is_total=True,
    ),
    KpiCard(
        "sales_growth", "Sales growth", "销售增长率",
        "(net sales - net sales of the previous period) / net sales of the previous period; NULL while the "
        "period is not over, and where the previous one brought nothing or less, or is not fully in the log.",
        "（本期净销售额 - 上期净销售额）/ 上期净销售额；周期未结束、上期净销售额不为正或数据未完整覆盖上期时为空。",
        "net sales - previous net sales", "previous net sales",
        "（本期净销售额 - 上期净销售额）/ 上期净销售额",
        "ratio", None, None, "higher", 1, f"{_FARRIS}; {_COCHRAN}",
        needs_money=True,
    ),
    KpiCard(
        "aov", "Average order value", "客单价",
        "Net value of the period's valid orders / their number, those without a price apart; each order net of its own "
        "refunds up to as_of.",
        "期内有效订单的净额 / 订单数（不含无价格的订单）；每笔订单扣除截至快照日归属于它的退款。",
        "net value of valid orders", "valid orders with a value",
        "有效订单净额 / 有效订单数",
        "base currency", None, None, "higher", 1, f"{HOUSE}; {_COCHRAN}",
        needs_money=True,
    ),
    KpiCard(
        "purchase_frequency", "Purchase frequency", "购买频率",
        "Valid orders of known customers / active customers.", "已识别客户的有效订单数 / 活跃客户数。",
        "valid orders of known customers", "active customers",
        "已识别客户的有效订单数 / 活跃客户数",
        "ratio", 1.0, None, "higher", 1, f"{_FARRIS}; {_COCHRAN}",
    ),
    KpiCard(
        "discount_rate", "Discount rate", "折扣率",
        "Discounts / gross sales, both by order date.", "折扣额 / 销售总额，均按订单日期计。",
        "discounts", "gross sales",
        "折扣额 / 销售总额",
        "ratio", 0.0, None, "lower", 1, f"{HOUSE}; {_COCHRAN}", needs_money=True,
    ),
    KpiCard(
        "refund_rate", "Refund rate", "退款率",
        "Refunds by refund date / (gross sales - discounts) by order date; above 1 where old orders are refunded.",
        "按退款日期计的退款额 /（销售总额 - 折扣）；退回往期订单时可大于 1。",
        "refunds", "gross - discount",
        "退款额 /（销售总额 - 折扣）",
        "ratio", 0.0, None, "lower", 1, f"{HOUSE}; {_COCHRAN}", needs_money=True,
    ),
    KpiCard(
        "retention_rate", "Retention rate", "客户留存率",
        "Of the customers with a valid order in the previous period of the same grain, the share who ordered in this "
        "one; NULL while the period is not over, and where the previous one is not fully in the log.",
        "上一同粒度周期有有效订单的客户中，本期再次下单的占比；周期未结束或数据未完整覆盖上期时为空。",
        "ordered in both periods", "ordered in the previous period",
        "上期与本期均下单的客户数 / 上期下单的客户数",
        "share", 0.0, 1.0, "higher", 1, _FARRIS,
    ),
    KpiCard(
        "churn_rate", "Churn rate", "客户流失率",
        "1 - retention rate, on the same customers; NULL where that is.",
        "1 - 留存率，同一客户基数；留存率为空时亦为空。",
        "did not order again", "ordered in the previous period",
        "本期未再下单的客户数 / 上期下单的客户数",
        "share", 0.0, 1.0, "lower", 1, _FARRIS,
    ),
    KpiCard(
        "repurchase_rate", "Repurchase rate", "复购率",
        "Customers with at least 2 valid orders in W / customers with at least 1.",
        "窗口 W 内至少 2 笔有效订单的客户 / 至少 1 笔的客户。",
        "customers with >= 2 orders in W", "customers with >= 1 order in W",
        "窗口 W 内至少 2 笔订单的客户数 / 窗口 W 内至少 1 笔订单的客户数",
        "share", 0.0, 1.0, "higher", 1, HOUSE,
    ),
    KpiCard(
        "second_order_rate", "Second-order rate", "二次购买率",
        "Of the customers whose first valid order is at least D = 90 days old, the share with another one within D "
        "days of it.",
        "首单已满 D = 90 天的客户中，首单后 D 天内再次下单的占比。",
        "second order within D days", "first order at least D days old",
        "首单后 D 天内再次下单的客户数 / 首单已满 D 天的客户数",
        "share", 0.0, 1.0, "higher", 1, HOUSE,
    ),
    KpiCard(
        "winback_rate", "Win-back rate", "流失客户挽回率",
        "Of the customers lost at the start of the period (no valid order for more than T2 days), the share with an "
        "order in it; NULL while the period is not over.",
        "期初已流失（超过 T2 天无有效订单）的客户中，期内重新下单的占比；周期未结束时为空。",
        "lost at the start, ordered in the period", "lost at the start of the period",
        "期初已流失且期内下单的客户数 / 期初已流失的客户数",
        "share", 0.0, 1.0, "higher", 1,
        HOUSE,
    ),
    KpiCard(
        "net_revenue_retention", "Net revenue retention", "净收入留存率",
        "Net value in this period of the customers who ordered in the previous one / their net value in that one; "
        "the customers' own flows, by flow date; NULL while the period is not over, and where the previous one is not "
        "fully in the log.",
        "上期下单客户的本期净额 / 其上期净额；按流水日期计；周期未结束或数据未完整覆盖上期时为空。",
        "their net value in this period", "their net value in the previous period",
        "上期下单客户的本期净额 / 其上期净额",
        "ratio", None, None, "higher", 1,
        f"{HOUSE}; {_COCHRAN}", needs_money=True,
    ),
    KpiCard(
        "mean_clv", "Mean customer lifetime value", "平均客户终身价值",
        "Mean predicted value of a customer over the horizon.", "预测期内客户价值的平均值。",
        "sum of predicted values", "customers",
        "预测价值之和 / 客户数",
        "base currency", None, None, "higher", 1,
        "Fader, Hardie & Lee 2005, 'RFM and CLV: Using Iso-Value Curves', Journal of Marketing Research 42(4); "
        f"{_COCHRAN}, under the model as it is",
        needs_money=True,
    ),
    KpiCard(
        "value_at_risk", "Value of customers at high risk", "高风险客户价值",
        "Net value of W held by the customers in the high churn-risk band: what they brought. The table value_at_risk "
        "weighs what everybody is expected to bring.",
        "流失风险高的客户在窗口 W 内的净额（已带来的价值）；表 value_at_risk 则按风险加权所有客户的预期价值。",
        "net value of W of customers at high risk", "net value of W of all scored customers",
        "高风险客户在窗口 W 内的净额 / 全部已评分客户在窗口 W 内的净额",
        "base currency", None,
        None, "lower", 1, HOUSE, needs_money=True, is_total=True,
    ),
    KpiCard(
        "high_tier_value_share", "Value share of the high tier", "高价值层贡献占比",
        "Share of the positive customer value that the high tier holds.", "高价值层占正向客户价值总额的比例。",
        "value of the high tier", "value of the tiers high, mid and low",
        "高价值层的价值 / 高、中、低三层的价值之和",
        "share", 0.0, 1.0, "neutral", 1, f"{HOUSE}; {_BEACH}",
        needs_money=True,
    ),
    KpiCard(
        "referral_yield", "Referral yield", "推荐产出",
        "New customers by referral / customers who referred.", "被推荐的新客户数 / 推荐人数。",
        "referred new customers", "referrers",
        "被推荐的新客户数 / 推荐人数",
        "ratio", 0.0, None, "higher", 1, HOUSE,
    ),
    KpiCard(
        "referral_participation", "Referral participation", "推荐参与率",
        "Customers who referred / active customers.", "推荐人数 / 活跃客户数。",
        "referrers", "active customers",
        "推荐人数 / 活跃客户数",
        "ratio", 0.0, None, "higher", 1, HOUSE,
    ),
    KpiCard(
        "referred_share", "Referred share of new customers", "新客户推荐占比",
        "New customers by referral / new customers.", "被推荐的新客户数 / 新客户数。",
        "referred new customers", "new customers",
        "被推荐的新客户数 / 新客户数",
        "share", 0.0, 1.0, "higher", 1, HOUSE,
    ),
    KpiCard(
        "cac", "Customer acquisition cost", "获客成本",
        "Acquisition spend / new customers of the same period.", "获客支出 / 同期新客户数。",
        "acquisition spend", "new customers",
        "获客支出 / 新客户数",
        "base currency", 0.0, None, "lower", 1, _FARRIS, needs_money=True,
    ),
    KpiCard(
        "campaign_return", "Campaign return", "营销活动回报",
        "Incremental contribution / campaign cost; 3 means 3:1.", "增量贡献 / 活动成本；3 即 3:1。",
        "incremental contribution", "campaign cost",
        "增量贡献 / 活动成本",
        "ratio", None, None, "higher", 1, _FARRIS, needs_money=True,
    ),
    KpiCard(
        "sales_cycle_days", "Sales cycle", "销售周期",
        "Mean days from first contact to the order.", "从首次接触到成交的平均天数。",
        "days from contact to order", "closed sales",
        "从首次接触到成交的天数之和 / 成交数",
        "day", 0.0, None, "lower", 1, HOUSE,
    ),
    KpiCard(
        "on_time_share", "On-time share of feedback", "反馈按时处理率",
        "Tickets resolved within their SLA / tickets whose SLA has fallen due; open overdue ones are failures.",
        "在时限内解决的工单 / 时限已到的工单；逾期未结视为未达标。",
        "resolved in time", "fallen due",
        "按时解决的工单数 / 时限已到的工单数",
        "share", 0.0, 1.0, "higher", 1, HOUSE,
    ),
    KpiCard(
        "connect_rate", "Connect rate", "接通率",
        "Calls answered / calls offered.", "接听数 / 呼入数。",
        "calls answered", "calls offered",
        "接听数 / 呼入数",
        "share", 0.0, 1.0, "higher", 1, HOUSE,
    ),
    KpiCard(
        "speed_of_answer_seconds", "Speed of answer", "平均应答时长",
        "Mean waiting time of the answered calls.", "已接听来电的平均等待时长。",
        "seconds waited", "calls answered",
        "等待秒数之和 / 接听数",
        "second", 0.0, None, "lower", 1, HOUSE,
    ),
    KpiCard(
        "handling_time_seconds", "Handling time", "平均处理时长",
        "Mean talk and after-call time of the answered calls.", "已接听来电的平均通话与后续处理时长。",
        "seconds handled", "calls answered",
        "处理秒数之和 / 接听数",
        "second", 0.0, None, "neutral", 1, HOUSE,
    ),
)  # fmt: skip

CARDS: Final[dict[str, KpiCard]] = {card.id: card for card in _DECLARED}
KPI_IDS: Final[tuple[str, ...]] = tuple(CARDS)

_LONG_GRAINS: Final = ("month", "quarter", "year")
OF_SURVEYS: Final = ("csat", "nps", "ces")
OF_THE_WINDOW: Final = ("repurchase_rate", "second_order_rate", "high_tier_value_share", "value_at_risk", "mean_clv")
OF_PERIODS: Final = (
    "active_customers", "new_customers", "reactivated_customers", "orders", "net_sales", "sales_growth", "aov",
    "purchase_frequency", "discount_rate", "refund_rate", "retention_rate", "churn_rate", "winback_rate",
)  # fmt: skip


def grains_of(kpi: str, scope: str) -> tuple[str, ...]:
    """The grains at which the scorecard has the KPI in the scope; none where it is not cut by that.

    Of a KPI whose input no source can deliver yet any grain will do: its one row stands for all.

    >>> grains_of("orders", "channel")
    ('month', 'quarter', 'year')
    """
    if kpi in OF_SURVEYS:
        return ("day", "week", *_LONG_GRAINS, "total")
    if scope in ("channel", "region"):
        return _LONG_GRAINS if kpi in OF_PERIODS else ()
    if scope != "all":
        return ()
    if kpi in OF_PERIODS:
        return ("day", "week", *_LONG_GRAINS)
    if kpi == "net_revenue_retention":
        return _LONG_GRAINS
    return ("total",) if kpi in OF_THE_WINDOW else ("day", "week", *_LONG_GRAINS, "total")
