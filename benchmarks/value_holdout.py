"""How the models of customer value do on public logs, out of time: the tables of docs/customer-value.md.

The log is taken in as far as a night knows it, every model is fitted and says what the horizon will bring, and is held
against what it brought. Nothing is tuned here: these are the tables of the night at the end of the horizon, which
judges the night at its beginning.

    python benchmarks/value_holdout.py FOLDER    # holding cdnow/CDNOW_sample.txt and online_retail/by-day/*.csv
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets import clean, facts, identity, value
from assets.configuration import Configuration
from assets.landing.landing_zone import land, prepare_schema
from assets.night import Night, NightTable
from assets.warehouse import Query, Warehouse
from models.value_ladder import mean_ranks
from models.value_metrics import METRICS, deciles

TABLES: tuple[NightTable, ...] = (
    clean.file_register, clean.exchange_rates, clean.row_outcomes, clean.row_accounting, clean.quarantine,
    clean.event_freshness, identity.accounts, identity.account_identifiers, identity.customer_identities,
    clean.order_lines, facts.order_flows, facts.orders, facts.customer_days, clean.customers, value.value_origins,
    value.purchase_histories, value.purchase_cells, value.covariate_levels, value.purchase_model, value.spend_model,
    value.value_predictions, value.value_choice, value.history_scores, value.customer_value, value.value_evaluation,
    value.value_calibration, value.value_tracking_table,
)  # fmt: skip
CDNOW: dict[str, Any] = {
    "name": "cdnow", "kind": "transactions", "path": "CDNOW_sample.txt", "format": "csv", "delimiter": "whitespace",
    "header": ["master_id", "id", "day", "units", "amount"], "date_format": "%Y%m%d",
    "columns": {
        "order_id": "id || '-' || day", "ordered_at": "day", "customer_id": "id", "quantity": "units",
        "amount": "amount",
    },
    "duplicates": "keep",
}  # fmt: skip
ONLINE_RETAIL: dict[str, Any] = {
    "name": "shop", "kind": "transactions", "path": "*.csv", "format": "csv",
    "columns": {
        "order_id": "InvoiceNo", "ordered_at": "InvoiceDate", "customer_id": "regexp_replace(CustomerID, '\\.0$', '')",
        "product_id": "StockCode", "quantity": "Quantity", "unit_price": "UnitPrice", "region": "Country",
    },
    "refund_when": "InvoiceNo LIKE 'C%'",
    "discount_when": "StockCode = 'D'",
    "charge_when": "StockCode IN ('POST', 'DOT', 'C2', 'BANK CHARGES', 'AMAZONFEE')",
    "exclude_when": "StockCode IN ('M', 'S', 'B', 'PADS', 'CRUK')",
}  # fmt: skip


@dataclass(frozen=True)
class Log:
    """A public log: the source, where its files are, the last day known and the horizon."""

    name: str
    source: dict[str, Any]
    files: str
    as_of: dt.date
    horizon_days: int


LOGS = (
    Log("CDNOW, 39 weeks against the next 39", CDNOW, "cdnow/CDNOW_sample.txt", dt.date(1997, 9, 30), 273),
    Log("UCI Online Retail, 8 months against the next 4", ONLINE_RETAIL, "online_retail/by-day/*.csv",
        dt.date(2011, 7, 31), 122),
)  # fmt: skip


def night(log: Log, warehouse: Warehouse, configuration: Configuration, as_of: dt.date) -> Night:
    """The tables of a night of that date, computed."""
    made = Night(
        as_of=as_of,
        known_at=dt.datetime(2100, 1, 1),
        configuration=configuration,
        warehouse=warehouse,
        home=Path(configuration.home),
    )
    for table in TABLES:
        warehouse.replace(table.contract, table.compute(made))
    return made


def judged(
    log: Log, data: Path, model: str, covariates: tuple[str, ...] = ()
) -> tuple[pl.DataFrame, pl.DataFrame, str, str]:
    """Evaluation and calibration at the log's date, the model that was taken on it, and the reason."""
    with tempfile.TemporaryDirectory() as folder:
        raw, home = Path(folder) / "raw", Path(folder) / "home"
        raw.mkdir()
        home.mkdir()
        for file in sorted(data.glob(log.files)):
            shutil.copy(file, raw)
        source = log.source | {"path": str(raw / log.source["path"])}
        configuration = Configuration.model_validate(
            {
                "home": str(home),
                "business": {"name": "Log", "timezone": "UTC", "currency": "GBP"},
                "sources": [source],
                "measures": {"horizon_days": log.horizon_days, "clv": {"model": model, "covariates": covariates}},
            }
        )
        warehouse = Warehouse.open(home / "warehouse.duckdb")
        prepare_schema(warehouse)
        land(warehouse, configuration, ["transactions"], home=home, loaded_at=dt.datetime(2026, 1, 1))
        night(log, warehouse, configuration, log.as_of)
        model, reason = warehouse.rows("select model, reason from value_choice")[0]
        night(log, warehouse, configuration, log.as_of + dt.timedelta(days=log.horizon_days))
        at = {"origin": log.as_of}
        figures = warehouse.frame(Query("select * from value_evaluation where origin = $origin order by model", at))
        said = warehouse.frame(Query("select * from value_predictions where origin = $origin order by model", at))
        return figures, said, str(model), str(reason)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def main() -> None:
    """Print a table per log."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="auto", help="measures.clv.model; pareto_nbd is then judged as well")
    parser.add_argument("--covariates", nargs="*", default=[], help="measures.clv.covariates, judged as well")
    asked = parser.parse_args()
    for log in LOGS:
        figures, said, model, reason = judged(log, asked.folder, asked.model, tuple(asked.covariates))
        n = figures["n"][0]
        print(f"\n## {log.name} ({n:,} customers)\n\n`{asked.model}` took `{model}`: {reason}\n")
        ranks = mean_ranks(figures)
        print("| model | " + " | ".join(METRICS) + " | mean rank |\n|---|" + "---:|" * (len(METRICS) + 1))
        rows = figures.pivot("metric", index="model", values="value").to_dicts()
        naive = {row["metric"]: row["baseline_value"] for row in figures.to_dicts()}
        for row in [*rows, {"model": "last period again", **naive}]:
            own = [*(_figure(row[name]) for name in METRICS), _figure(ranks.get(row["model"]))]
            print(f"| {row['model']} | " + " | ".join(own) + " |")

        chosen = said.filter(pl.col("model") == model)
        print(f"\nBy tenths of the customers, `{model}`:\n\n| decile | n | predicted | actual |\n|---|---:|---:|---:|")
        for row in deciles(chosen["actual_value"].to_numpy(), chosen["predicted_value"].to_numpy()).to_dicts():
            print(f"| {row['decile']} | {row['n']} | {row['predicted']:.2f} | {row['actual']:.2f} |")


if __name__ == "__main__":
    main()
