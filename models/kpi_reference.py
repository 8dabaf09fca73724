"""The reference page of the KPIs, written from their cards: ``python -m models.kpi_reference > docs/kpis.md``."""

from __future__ import annotations

from models.kpi_cards import CARDS, KpiCard

_HEAD = """# KPIs

Every KPI of `kpi_scorecard`, in the order of its ids. Written from `models/kpi_cards.py` by
`python -m models.kpi_reference > docs/kpis.md`; change it there.

- `as_of` is the business date of the snapshot, W the look-back window (`measures.window_days`), T2 the gap in days
  after which a customer is called lost (`measures.lifecycle.t2_days`, else the 95th percentile of the shop's gaps).
- Periodic KPIs of orders stand at month, quarter and year for `all`, every channel and every region, at day and week
  for `all`; `net_revenue_retention` for `all` only. A channel or region is a shop of its own: only its orders are seen.
  Survey KPIs stand at all of these, at `total` and in every scope; `repurchase_rate`, `second_order_rate`, `mean_clv`,
  `value_at_risk` and `high_tier_value_share` at `total` of `all`.
- Shares are 0..1, NPS is in points -100..100, money is in the base currency.
- A KPI whose input is absent has one row without a value and the status `input_absent`; it is never 0. Where the input
  is there and nobody to count, as no first order is 90 days old yet, `n` is 0 and the value NULL; a target reads
  `too_few_data`.
- A period is over when it ended by `as_of` and its data are in: the newest order loaded is no more than the source's
  `cadence_days` short of the period's end. Of several sources the one that reaches furthest decides, as another may be
  closed for good; one that is late is named in the summary.
- Rates of coming back and growth are NULL while their period is not over, and beside a period that the log holds only
  in part.
- `previous_value` is the same figure one period earlier, recomputed from the data of the night. It stands only where
  both periods are over and the log covers the earlier one, give or take the cadence of its sources; at the grain
  `total` it is that of the window that ended W days before. `value_at_risk` and `mean_clv` have none: what the models
  would have said then is not recomputed. Neither have the survey KPIs at `total`: there is no total before it.
- An interval is of 95 %, over what is independent: answers, or customers, however many orders they have; `n` counts
  them. Of `aov` each order of nobody known is a unit, too; of `discount_rate`, `refund_rate` and `sales_growth` what it
  brought on a day. Of one unit, or of units that are all alike, there is none: a refund rate of 0 has none.
- `discount_rate`, `refund_rate` and `sales_growth` have an interval by month, quarter and year of `all`: what every
  customer brought in a day, week, channel or region is not kept. There `n` counts the customers with a valid order, and
  each order of nobody known; where the interval stands, whoever bought or gave something back. That of growth is over
  the customers of either period: how far the two would differ if other customers like these had come, not what the
  season or prices would do.
- That of `mean_clv` tells how far the mean would be another one for other customers like these, under the same model.
  How far the model may be off is not in it, nor how the customers' own futures turn out: for that there is
  `value_by_tier`. That of `high_tier_value_share` holds that the border of the tier would be another one, too.
- Of `aov`, `purchase_frequency`, `discount_rate`, `refund_rate` and `mean_clv` nobody brings less than 0, or less than
  one order: their intervals lie about the figure by a factor, and reach further up than down. Below ten customers, and
  for `sales_growth` and `net_revenue_retention`, which refunds may take below 0, they reach as far either way.
- Uneven values need many customers. Of 100 intervals hold:

  | | 30 customers | 100 | 300 | 1,000 |
  |---|---:|---:|---:|---:|
  | `aov`, order values log-normal with a deviation of 1 | 91 | 93 | 94 | 95 |
  | `purchase_frequency`, where a few order often | 92 | 94 | 95 | 95 |
  | `discount_rate`, half the customers granted some | 92 | 94 | 94 | 95 |
  | `refund_rate`, one customer in twenty gives something back | 73 | 91 | 93 | 94 |
  | `net_revenue_retention`, three in ten come again | 89 | 92 | 94 | 95 |
  | the same, one in twenty | 66 | 82 | 89 | 93 |
  | `mean_clv`, customers of the sample shop's law | 89 | 92 | 93 | 94 |
  | `high_tier_value_share`, values log-normal with a deviation of 1 | 84 | 89 | 92 | 94 |

  A refund rate or revenue retention of 0 has no interval, and does not hold here, which of 30 customers is one case in
  five; a target for it is met or missed.
- Wilson's interval of a share holds in 95 of 100 cases on average, whatever the share. Of few, where less than one case
  is to be expected, as of 1 % of 20, it is 83 to 99, now the one and now the other.
- Counts and sums have no interval, nor has `value_at_risk`, which is one: a target for those is met or missed.
- A target is judged in this order: `input_absent`, `incomplete_period`, `too_few_data` (an estimate whose `n` is
  below `limits.minimum_n`: answers or customers; counts and totals are judged whatever their size), `missed`,
  `met_not_distinguishable` (met, but the interval reaches to the other side of the target), `met`.
"""


def markdown() -> str:
    """The page as Markdown: a head and one section per KPI."""
    return "\n".join((_HEAD, *(_section(card) for card in CARDS.values())))


def _section(card: KpiCard) -> str:
    better = {"higher": "higher is better", "lower": "lower is better", "neutral": "neither end is better"}
    needs = "; needs amounts" if card.needs_money else ""
    return (
        f"## `{card.id}`: {card.name_en} ({card.name_zh})\n\n"
        f"{card.description_en}\n\n{card.description_zh}\n\n"
        f"- {card.formula_en}\n"
        f"- {card.formula_zh}\n"
        f"- unit: {card.unit}, {_range(card)}; {better[card.direction]}{needs}\n"
        f"- version {card.version}. {card.source}.\n"
    )


def _range(card: KpiCard) -> str:
    if card.low is None and card.high is None:
        return "any value"
    if card.high is None:
        return f"from {card.low:g}"
    return f"{card.low:g} to {card.high:g}"


if __name__ == "__main__":
    print(markdown(), end="")
