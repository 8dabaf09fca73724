"""What landed and where every row of it went."""

from __future__ import annotations

from assets.contracts import EXACT_MONEY, Column, Contract
from assets.tables.vocabulary import (
    AS_OF,
    FILE_STATUSES,
    ROW_OUTCOMES_KNOWN,
    SOURCE_DIMENSIONS,
    SOURCE_FIGURES,
    count,
    exact_money,
    landed_money,
)

FILE_REGISTER = Contract(
    name="file_register",
    description="Every version of every file known tonight and whether its rows count.",
    grain="source x file x content",
    key=("source", "file", "content"),
    group="raw",
    published=False,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("file", "VARCHAR", "File name relative to the source's folder."),
        Column("content", "VARCHAR", "SHA-256 of the landed bytes."),
        Column("content_no", "BIGINT", "Number of the content in the warehouse."),
        Column("natural_key", "VARCHAR", "Text that sorts file names as people do."),
        Column("status", "VARCHAR", "What the file is tonight.", values=FILE_STATUSES),
        Column("error", "VARCHAR", "Why a file could not be read.", nullable=True),
        Column("loaded_at", "TIMESTAMP", "When the file was landed (UTC)."),
        Column("loaded_on", "DATE", "Business day on which the file was landed."),
    ),
)

ROW_OUTCOMES = Contract(
    name="row_outcomes",
    description="Usable records of the files in force that do not count, and why; every other one is accepted.",
    grain="record",
    key=("content_no", "line_number"),
    group="clean",
    published=False,
    may_be_empty=True,
    columns=(
        Column("content_no", "BIGINT", "Number of the content in the warehouse."),
        Column("line_number", "BIGINT", "Line of the file on which the record starts, from 1.", low=1),
        Column("source", "VARCHAR", "Name of the source."),
        Column("outcome", "VARCHAR", "Why it does not count.", values=ROW_OUTCOMES_KNOWN),
        Column("currency", "VARCHAR", "Currency of a transaction.", nullable=True),
        Column("kind", "VARCHAR", "What a transaction's line would be to the measures.", nullable=True),
        Column("raw_amount", EXACT_MONEY, "Money of a transaction as landed.", "currency of the row", nullable=True),
        Column("event_on", "DATE", "Business day of the record.", nullable=True),
    ),
)

ROW_ACCOUNTING = Contract(
    name="row_accounting",
    description="Where every landed row went: rows_in = accepted + duplicates + quarantined, and the same for money.",
    grain="source x file x content x currency",
    key=("source", "file", "content", "currency"),
    group="accounting",
    in_release_id=False,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("file", "VARCHAR", "File name relative to the source's folder."),
        Column("content", "VARCHAR", "SHA-256 of the landed bytes."),
        Column("currency", "VARCHAR", "Currency of the rows and their money; of a row that names none, its source's."),
        AS_OF,
        Column("status", "VARCHAR", "What the file is tonight.", values=FILE_STATUSES),
        Column("error", "VARCHAR", "Why a file could not be read; NULL where it could.", nullable=True),
        count("rows_in", "Records in the file in this currency, the header apart."),
        count("accepted", "Rows accepted; excluded, charges and superseded among them."),
        count("excluded", "Accepted rows that enter no measure by exclude_when."),
        count("charges", "Accepted rows that are charges by charge_when."),
        count("superseded", "Accepted rows overtaken by a newer file or a correction."),
        count("vanished", "Of the superseded, rows of a file version that no file in force holds any more."),
        count("duplicates", "Rows whose equal is already counted."),
        count("quarantined", "Rows set aside with their reasons."),
        landed_money("amount_in", "Signed money of all rows whose amount can be read."),
        landed_money("amount_accepted", "Of all, in accepted rows."),
        landed_money("amount_excluded", "Of the accepted, in rows that enter no measure."),
        landed_money("amount_charges", "Of the accepted, in charges."),
        landed_money("amount_superseded", "Of the accepted, in rows overtaken."),
        landed_money("amount_vanished", "Of the superseded, in rows that no file in force holds any more."),
        landed_money("amount_duplicates", "Of all, in duplicates."),
        landed_money("amount_quarantined", "Of all, in quarantined rows."),
        count("dated_ahead", "Accepted rows dated after the day they were loaded."),
        Column(
            "first_event",
            "TIMESTAMP",
            "Oldest event of a usable row; NULL where none has a date, and for a duplicate file.",
            nullable=True,
        ),
        Column(
            "last_event",
            "TIMESTAMP",
            "Newest event of a usable row, rows dated ahead apart; NULL where first_event is, and where all are dated "
            "ahead.",
            nullable=True,
        ),
        Column("loaded_at", "TIMESTAMP", "When the file was landed (UTC)."),
    ),
)

QUARANTINE = Contract(
    name="quarantine",
    description="Every row that could not be cast or broke a rule, with its original text and all its reasons.",
    grain="row or answer set aside",
    key=("source", "file", "content", "line_number", "column_name"),
    group="accounting",
    may_be_empty=True,
    in_release_id=False,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("file", "VARCHAR", "File name relative to the source's folder."),
        Column("content", "VARCHAR", "SHA-256 of the landed bytes."),
        Column("line_number", "BIGINT", "Line of the file on which the record starts, from 1.", low=1),
        Column("column_name", "VARCHAR", "The one answer set aside (wide surveys), else empty."),
        AS_OF,
        Column("reasons", "VARCHAR[]", "Every reason that applies."),
        Column("raw", "VARCHAR", "The row's original text: the line as it stood, or its columns as JSON."),
    ),
)

EVENT_FRESHNESS = Contract(
    name="event_freshness",
    description="Newest event loaded per source, which decides whether a period is complete.",
    grain="source",
    key=("source",),
    group="accounting",
    published=False,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("kind", "VARCHAR", "transactions, surveys, customers or exchange_rates."),
        Column("first_event_on", "DATE", "Oldest event loaded, any date.", nullable=True),
        Column("last_event_on", "DATE", "Newest event loaded, any date.", nullable=True),
        Column("cadence_days", "INTEGER", "Longest silence that still counts as delivered.", unit="day"),
    ),
)

SOURCE_HISTORY = Contract(
    name="source_history",
    description="What came from each source of orders or answers on each business day up to as_of.",
    grain="source x day",
    key=("source", "day"),
    group="accounting",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("day", "DATE", "Business day the rows are dated."),
        count("accepted", "Order lines, or responses with an answer."),
        count("duplicates", "Rows whose equal is already counted."),
        count("quarantined", "Rows set aside; those without a readable date are not here."),
        count("orders", "Orders of the day."),
        count("sold", "Sold lines."),
        count("without_customer", "Of them, sold to nobody known."),
        count("refunds", "Refund lines."),
        exact_money("gross_value", "Sold lines before discount."),
        exact_money("discount_value", "Discounts, positive."),
        Column("is_over", "BOOLEAN", "The day was over when the source's newest file came."),
    ),
)

SOURCE_TRENDS = Contract(
    name="source_trends",
    description="Figures of each source's latest rows beside the range its own history gives them.",
    grain="source x figure",
    key=("source", "figure"),
    group="accounting",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("figure", "VARCHAR", "What is looked at.", values=SOURCE_FIGURES),
        Column("judged_on", "DATE", "Newest day that is over; for the silence the day of the latest file."),
        Column("value", "DOUBLE", "The figure: of that day, or of the seven days up to it.", nullable=True),
        Column("usual", "DOUBLE", "Median of the periods before.", nullable=True),
        Column("low", "DOUBLE", "Lowest value that needs no explanation.", nullable=True),
        Column("high", "DOUBLE", "Highest value that needs no explanation.", nullable=True),
        count("periods", "Periods before that were compared; for the silence the files landed."),
    ),
)

SOURCE_VALUES = Contract(
    name="source_values",
    description="How often each value of a dimension has come lately, and in the four windows before.",
    grain="source x dimension x value x length of window",
    key=("source", "dimension", "value", "window_days"),
    group="accounting",
    published=False,
    may_be_empty=True,
    columns=(
        Column("source", "VARCHAR", "Name of the source."),
        Column("dimension", "VARCHAR", "Which column.", values=SOURCE_DIMENSIONS),
        Column("value", "VARCHAR", "Value of the dimension."),
        Column("window_days", "BIGINT", "Length of the window: the source's cadence, or 28.", "day", low=1),
        Column("is_shorter", "BOOLEAN", "The shorter of the source's windows."),
        count("events", "Orders or responses with the value in the window that ends on source_last_on."),
        count("events_before", "In the four windows before."),
        Column("windows_before", "BIGINT", "Of the four windows before, those with the value.", low=0, high=4),
        count("all_events", "Orders or responses of the source in the window."),
        Column("expected", "DOUBLE", "Events, had the value kept its share.", "count", nullable=True, low=0),
        count("values_known", "Values of the dimension in all five windows."),
        Column("first_on", "DATE", "First day with the value."),
        Column("source_first_on", "DATE", "First day of the source."),
        Column("source_last_on", "DATE", "Newest day of the source up to as_of."),
    ),
)
