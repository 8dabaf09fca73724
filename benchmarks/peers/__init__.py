"""The same tables from the same files, as an analyst would write them with another tool.

Every peer is a script of its own: ``python -m benchmarks.peers.NAME HISTORY OUT``. HISTORY holds `orders` and `surveys`
as ``benchmarks.shop_files`` writes them, Parquet or CSV. OUT gets

    lines         the clean order lines: one of equal rows, spaces trimmed, net value; a DuckDB table or Parquet
    quarantine    the order rows that cannot be used, with a reason
    rfm           recency, frequency, value and segment per customer with a valid order
    lifecycle     stage per customer with a valid order
    tiers         value tier per customer with a valid order
    cohorts       active customers per month of the first order and months since
    kpis          orders, customers and sales per month, quarter and year, in all, by channel and by region
    satisfaction  answers, top box, promoters and detractors per question, the same periods, in all and by channel

as Parquet files of the same names. An order is valid where something was sold and it is worth a cent or more after its
refunds. Equal ranks may fall on either side of a cut, and an interval, a target or the words of a contract are nobody's
business here: the pipeline does more, and is compared all the same.
"""
