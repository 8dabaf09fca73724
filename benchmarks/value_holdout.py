"""How the models of customer value do on public logs, out of time: the tables of docs/customer-value.md.

The log is taken in as far as a night knows it, every model is fitted and says what the horizon will bring, and is held
against what it brought. Nothing is tuned here: these are the tables of the night at the end of the horizon, which
judges the night at its beginning. Whether the model that was taken is worse than another is told by a bootstrap over
the customers, who are the same for both.

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

import numpy as np
import polars as pl

from assets import purchase_models, value, value_judging
from assets.configuration.settings import Configuration
from assets.landing.landing_zone import land, prepare_schema
from assets.night import Night, NightTable
from assets.warehouse import Warehouse
from benchmarks.cleaned import FACTS
from models.maximum_likelihood import FloatArray
from models.value import origins as value_origins
from models.value.ladder import SMALLER_IS_BETTER, mean_ranks
from models.value.metrics import METRICS, deciles, metrics

TABLES: tuple[NightTable, ...] = (
    *FACTS,
    purchase_models.value_origin_dates, purchase_models.purchase_histories, purchase_models.purchase_cells,
    purchase_models.covariate_levels, purchase_models.purchase_model, purchase_models.spend_model,
    value_judging.value_predictions, value_judging.value_choice, value.history_scores, value.customer_value,
    value_judging.value_evaluation, value_judging.value_calibration, value_judging.value_tracking_table,
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


ROUNDS = 2_000
SEED = 20111209
NAIVE = "last period again"


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


def night(
    warehouse: Warehouse, configuration: Configuration, as_of: dt.date, origins: pl.DataFrame | None = None
) -> None:
    """The tables of a night of that date, computed; looked at from these origins where some are given."""
    made = Night(
        as_of=as_of,
        known_at=dt.datetime(2100, 1, 1),
        configuration=configuration,
        warehouse=warehouse,
        home=Path(configuration.home),
    )
    for table in TABLES:
        given = origins if table is purchase_models.value_origin_dates else None
        warehouse.replace(table.contract, table.compute(made) if given is None else given)


def judging(log: Log, first_order_on: dt.date) -> pl.DataFrame:
    """The origins of the night at the end of the log's horizon that judges its beginning, with what taught it."""
    then = value_origins.origins(log.as_of, first_order_on, log.horizon_days).row(0, named=True)
    end = then["label_until"]
    tonight = {"origin": end, "label_until": end + dt.timedelta(days=log.horizon_days), "taught_at": log.as_of}
    rows = [then | tonight, then | {"is_judged": True}]
    if then["taught_at"] is not None:
        rows.append(then | {"origin": then["taught_at"], "label_until": log.as_of, "taught_at": None})
    return pl.DataFrame(rows, schema=value_origins.SCHEMA)


def judged(
    log: Log, data: Path, model: str, covariates: tuple[str, ...] = ()
) -> tuple[pl.DataFrame, pl.DataFrame, str, str]:
    """Evaluation and predictions at the log's date, the model that was taken on it, and the reason."""
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
        night(warehouse, configuration, log.as_of)
        model, reason = warehouse.rows("select model, reason from value_choice")[0]
        first_order_on = warehouse.scalar("select min(ordered_on) from orders where valid_from is not null")
        night(warehouse, configuration, log.as_of + dt.timedelta(days=log.horizon_days), judging(log, first_order_on))
        at = {"origin": log.as_of}
        figures = warehouse.frame("select * from value_evaluation where origin = $origin order by model", at)
        said = warehouse.frame("select * from value_predictions where origin = $origin order by model", at)
        return figures, said, str(model), str(reason)


@dataclass(frozen=True)
class Difference:
    """A metric of one model less that of another on the same customers, with its 95 % interval; of bias, its size.

    Attributes:
        value: the difference.
        low: lower end.
        high: upper end.
        is_worse: whether all of the interval is to the first model's disadvantage.
    """

    value: float
    low: float
    high: float
    is_worse: bool


def differences(
    actual: FloatArray, chosen: FloatArray, others: dict[str, FloatArray], *, rounds: int = ROUNDS
) -> dict[str, dict[str, Difference | None]]:
    """The chosen predictions beside each other model's, per model and metric; None where a figure does not exist.

    A paired bootstrap over customers: a round draws as many as there are, with replacement, and judges all models by
    the same draw (Efron & Tibshirani 1993, "An Introduction to the Bootstrap", sections 8.3 and 13.3).

    Args:
        actual: what each customer brought, shape (n,).
        chosen: what was predicted, shape (n,).
        others: predictions by model.
        rounds: draws.
    """
    rng = np.random.default_rng(SEED)
    draws = [np.arange(len(actual)), *(rng.integers(0, len(actual), len(actual)) for _ in range(rounds))]
    found = {
        name: np.array([_sizes(actual[some], said[some]) for some in draws])
        for name, said in {"": chosen, **others}.items()
    }
    return {
        name: {
            metric: _difference(found[""][:, place] - found[name][:, place], metric)
            for place, metric in enumerate(METRICS)
        }
        for name in others
    }


def _sizes(actual: FloatArray, predicted: FloatArray) -> list[float]:
    values = metrics(actual, predicted)
    return [np.nan if (value := values[metric]) is None else abs(value) if metric == "bias" else value
            for metric in METRICS]  # fmt: skip


def _difference(values: FloatArray, metric: str) -> Difference | None:
    """Of the whole sample, first, and of the draws."""
    if np.isnan(values).any():
        return None
    low, high = (float(end) for end in np.quantile(values[1:], (0.025, 0.975)))
    return Difference(float(values[0]), low, high, low > 0 if metric in SMALLER_IS_BETTER else high < 0)


def print_differences(said: pl.DataFrame, chosen: str) -> None:
    """A table of what the chosen model's figures are less those of every other."""
    of_chosen = said.filter(pl.col("model") == chosen).sort("customer_id")
    others = {
        str(name): rows.sort("customer_id")["predicted_value"].to_numpy()
        for (name,), rows in said.filter(pl.col("model") != chosen).group_by(["model"], maintain_order=True)
    }
    others[NAIVE] = of_chosen["last_value"].to_numpy()
    found = differences(of_chosen["actual_value"].to_numpy(), of_chosen["predicted_value"].to_numpy(), others)
    print(
        f"\n`{chosen}` less each other model, on the same customers, with 95 % intervals of {ROUNDS:,} bootstrap "
        "rounds; of bias, its size. Bold: the other model is better beyond doubt.\n"
    )
    print("| less | " + " | ".join(METRICS) + " |\n|---|" + "---:|" * len(METRICS))
    for name, by_metric in found.items():
        print(f"| {name} | " + " | ".join(_told(by_metric[metric]) for metric in METRICS) + " |")


def _told(difference: Difference | None) -> str:
    if difference is None:
        return ""
    digits = 0 if max(abs(difference.low), abs(difference.high)) >= 10 else 3
    text = f"{difference.value:+.{digits}f} [{difference.low:+.{digits}f}, {difference.high:+.{digits}f}]"
    return f"**{text}**" if difference.is_worse else text


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
        for row in [*rows, {"model": NAIVE, **naive}]:
            own = [*(_figure(row[name]) for name in METRICS), _figure(ranks.get(row["model"]))]
            print(f"| {row['model']} | " + " | ".join(own) + " |")

        print_differences(said, model)
        chosen = said.filter(pl.col("model") == model)
        print(f"\nBy tenths of the customers, `{model}`:\n\n| decile | n | predicted | actual |\n|---|---:|---:|---:|")
        for row in deciles(chosen["actual_value"].to_numpy(), chosen["predicted_value"].to_numpy()).to_dicts():
            print(f"| {row['decile']} | {row['n']} | {row['predicted']:.2f} | {row['actual']:.2f} |")


if __name__ == "__main__":
    main()
