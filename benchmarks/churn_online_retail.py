"""How good churn risk is on UCI Online Retail, out of time: the tables of docs/churn.md.

Twice a month from June 2011 on, every model learns what a night of that date could have learned, from horizons that
were over by then, and scores the customers active on it; what they did afterwards judges it. Printed are the means
over the origins, per horizon, model and segment.

    python -m benchmarks.churn_online_retail FOLDER_OF_ONLINE_RETAIL_BY_DAY --page docs/churn.md
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from assets import churn as churn_tables
from assets import churn_rows, churn_samples, clean
from assets.configuration.settings import Configuration
from assets.landing.landing_zone import land
from assets.night import Night
from assets.warehouse import Warehouse
from benchmarks.cleaned import FACTS
from benchmarks.results_page import write_section
from models.churn import learning
from models.churn.lesson import RULE
from models.classification import mean_of_defined, metrics

HORIZONS = (30, 60, 90)
FIRST_JUDGED = dt.date(2011, 6, 1)
SHOWN = ("roc_auc", "log_loss", "brier", "calibration_slope", "calibration_intercept", "lift_top_decile")
BEGIN, END = "<!-- online retail: begin -->", "<!-- online retail: end -->"
MODELS = ("blend", "logistic", "boosting", "mbg_nbd", "recency_rule", "overdue_rule")


def opened(folder: Path, files: Path) -> Night:
    """The shop of all files, its facts computed for the last day."""
    source = {
        "name": "shop", "kind": "transactions", "path": str(files / "*.csv"), "format": "csv",
        "columns": {
            "order_id": "InvoiceNo", "ordered_at": "InvoiceDate",
            "customer_id": r"regexp_replace(CustomerID, '\.0$', '')",
            "product_id": "StockCode", "product_name": "Description", "quantity": "Quantity", "unit_price": "UnitPrice",
            "region": "Country",
        },
        "refund_when": "InvoiceNo LIKE 'C%'", "discount_when": "StockCode = 'D'",
        "charge_when": "StockCode IN ('POST', 'DOT', 'C2', 'BANK CHARGES', 'AMAZONFEE')",
        "exclude_when": "StockCode IN ('M', 'S', 'B', 'PADS', 'CRUK')",
    }  # fmt: skip
    configuration = Configuration.model_validate(
        {
            "home": str(folder / "home"),
            "business": {"name": "Online Retail", "timezone": "Europe/London", "currency": "GBP"},
            "sources": [source],
        }
    )
    home = Path(configuration.home)
    home.mkdir()
    loaded_at = dt.datetime(2012, 1, 1)
    warehouse = Warehouse.open(None)
    land(warehouse, configuration, ["transactions"], home=home, loaded_at=loaded_at)
    night = Night(dt.date(2011, 12, 9), loaded_at, configuration, warehouse, home)
    night.compute(*FACTS, clean.survey_responses)
    return night


def judged_days(last: dt.date, horizon_days: int) -> list[dt.date]:
    """The first and sixteenth of each month whose horizon is over by the last day of the log."""
    days = [dt.date(2011, month, day) for month in range(FIRST_JUDGED.month, 13) for day in (1, 16)]
    return [day for day in days if day + dt.timedelta(days=horizon_days) <= last]


def extract(night: Night, day: dt.date, teachers: Sequence[dt.date]) -> None:
    """The features of everybody at the judged day, and of the sample of each teacher."""
    horizon = dt.timedelta(days=night.configuration.measures.horizon_days)
    origins = [day, *teachers]
    night.warehouse.replace(
        churn_tables.CHURN_ORIGINS,
        pl.DataFrame({"origin": origins, "label_until": [origin + horizon for origin in origins]}),
    )
    night.compute(churn_samples.churn_activity)
    sizes = {day: [churn_samples.EVERYBODY]} | {
        origin: [learning.LEARNING_ROWS // len(teachers)] for origin in teachers
    }
    night.warehouse.replace(churn_tables.CHURN_SAMPLES, churn_samples.drawn(night, sizes))
    night.compute(churn_tables.churn_features)


def rolling(night: Night, horizon_days: int) -> pl.DataFrame:
    """What each model says at each judged day, with the outcome and the number of order days so far."""
    measures = night.configuration.measures.model_copy(update={"horizon_days": horizon_days})
    night = Night(
        night.as_of,
        night.known_at,
        night.configuration.model_copy(update={"measures": measures}),
        night.warehouse,
        night.home,
    )
    first = night.warehouse.scalar("select min(ordered_on) from orders where valid_from is not null")
    said = []
    for day in judged_days(night.as_of, horizon_days):
        teachers = learning.origins(first, day, horizon_days)
        if not teachers:  # where nothing can be learned yet, the rule says even odds
            continue
        extract(night, day, teachers)
        present = churn_rows.rows_of(night, day)
        learned_on = learning.learned_on(teachers, day, horizon_days)
        past = churn_rows.lesson_rows(night, teachers, learned_on, learning.LEARNING_ROWS)
        models = learning.learn_all(churn_rows.lesson(night, past, learned_on))
        said.append(
            learning.predict(models, present).join(present.select("customer_id", "order_days"), on="customer_id")
        )
    return pl.concat(said)


def means(predictions: pl.DataFrame, model: str) -> dict[str, float | None]:
    """The mean over the origins of each metric of one model."""
    found = [
        metrics(rows["churned"].to_numpy(), rows["churn_risk"].to_numpy())
        for _, rows in predictions.filter(pl.col("model") == model).group_by("origin", maintain_order=True)
    ]
    return {metric: mean_of_defined([one[metric] for one in found]) for metric in SHOWN}


def line(name: str, predictions: pl.DataFrame, model: str) -> str:
    """One line of a table."""
    figures = means(predictions, model)
    return f"| {name} | " + " | ".join("" if value is None else f"{value:.3f}" for value in figures.values()) + " |"


def tables(files: Path) -> str:
    """The tables in Markdown, one per horizon."""
    heads = ("AUC", "log loss", "Brier", "slope", "intercept", "top-decile lift")
    told: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        night = opened(Path(folder), files)
        for horizon_days in HORIZONS:
            predictions = rolling(night, horizon_days)
            origins, n = predictions["origin"].n_unique(), predictions.filter(pl.col("model") == RULE).height
            lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
            lines += [line(f"`{model}`", predictions, model) for model in MODELS]
            one_time = pl.col("order_days") == 1
            for name, of in (("one-time buyers", one_time), ("repeat buyers", ~one_time)):
                lines += [line(f"`{model}`, {name}", predictions.filter(of), model) for model in ("blend", RULE)]
            told.append(f"**H = {horizon_days} days**, {origins} origins, {n:,} predictions\n\n" + "\n".join(lines))
    return "\n\n".join(told)


def main() -> None:
    """Print the tables, and write them to the page between its markers."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("files", type=Path)
    arguments.add_argument("--page", type=Path, help="page whose section is written anew: docs/churn.md")
    given = arguments.parse_args()
    told = tables(given.files.resolve())
    print(told)
    if given.page:
        write_section(given.page, told, BEGIN, END)


if __name__ == "__main__":
    main()
