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
- Shares are 0..1, NPS is in points -100..100, money is in the base currency.
- A KPI whose input is absent has one row without a value and the status `input_absent`; it is never 0.
- Rates of coming back and growth are NULL while their period is not over, and beside a period that the log holds only
  in part.
- `previous_value` is the same figure one period earlier, recomputed from the data of the night. It stands only where
  both periods are over and the log covers the earlier one, give or take the cadence of its sources; at the grain
  `total` it is that of the window that ended W days before. `value_at_risk` and `mean_clv` have none: what the models
  would have said then is not recomputed. Neither have the survey KPIs at `total`: there is no total before it.
- An interval is of 95 %, over what is independent: answers, or customers. The units of `aov`, `purchase_frequency` and
  `net_revenue_retention` are customers, however many orders they have; of `aov` each order of nobody known is one, too.
  Of one unit, or of units that are all alike, there is none. Uneven order values need many customers: where they are
  log-normal with a deviation of 1, 89 in 100 intervals of 30 customers hold, 92 of 100 customers, 95 of 1,000. Counts
  and sums have no interval, and neither have other rates of money (discounts, refunds, growth, mean value, the share of
  a tier): a target for those is met or missed.
- A target is judged in this order: `input_absent`, `incomplete_period`, `too_few_data` (an estimate from fewer than
  `limits.minimum_n` observations; counts and totals are judged whatever their size), `missed`,
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
