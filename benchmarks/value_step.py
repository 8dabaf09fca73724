"""What the value tables of a night cost from orders and customer days to customer_value, table by table.

A shop of N customers is drawn at day grain and written as the two facts into a warehouse of its own; then, in a process
of its own, every table of value is computed in the order of the night. Printed are CPU seconds and the process's peak
memory per table.

    python benchmarks/value_step.py --customers 10000000
    python benchmarks/value_step.py --customers 1000000 --model bg_nbd_covariates --covariates first_order_channel

Orders come through three channels, which a customer does not change and nothing depends on.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from assets.configuration.settings import Configuration
from assets.night import Night, NightTable
from assets.statements import Query
from assets.tables import CUSTOMER_DAYS, CUSTOMERS, ORDERS
from assets.warehouse import Warehouse
from benchmarks.customer_value import SPEND, TRUTH
from benchmarks.night import SPILL, VALUE_GROUP, WAREHOUSE, Meter

AS_OF = dt.date(2025, 6, 30)
OLDEST = 700
PART = 500_000


def draw_facts(warehouse: Warehouse, customers: int) -> None:
    """Fill orders, customer_days and customers with a shop drawn part by part."""
    for contract in (ORDERS, CUSTOMER_DAYS, CUSTOMERS):
        nothing = ", ".join(f"null::{column.type} as {column.name}" for column in contract.columns)
        warehouse.replace(contract, Query(f"select {nothing} where false"))
    rng = np.random.default_rng(1)
    for start in range(0, customers, PART):
        days = drawn_days(min(PART, customers - start), start, rng)
        warehouse.connection.register("drawn", days)
        for table, columns in (
            ("customer_days", "customer_id, day, 1 as orders, 1 as lines, net_value, net_value as gross_value, "
             "0 as discount_value, 0 as refund_value"),
            ("orders", "customer_id, 'shop' as source, customer_id || '-' || day as order_id, day as ordered_on, "
             "day as valid_from, net_value, net_value as gross_value, 1 as sold_lines, 1 as lines, "
             "case when right(customer_id, 1) < '5' then 'web' when right(customer_id, 1) < '8' then 'app' "
             "else 'store' end as channel"),
            ("customers", "distinct customer_id"),
        ):  # fmt: skip
            warehouse.rows(f"insert into {table} by name select {columns} from drawn")
        warehouse.connection.unregister("drawn")


def drawn_days(customers: int, first: int, rng: np.random.Generator) -> pl.DataFrame:
    """Order days of so many customers: ``customer_id, day, net_value``."""
    r, alpha, a, b = TRUTH
    p, q, gamma = SPEND
    begin = rng.integers(0, OLDEST, customers)
    rate, last = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    nu = rng.gamma(q, 1 / gamma, customers)
    some, day = np.arange(customers), begin.astype(np.float64)
    owners, days = [some], [begin]
    while len(some):
        day[some] += np.ceil(rng.exponential(1 / rate[some]))
        some = some[day[some] < OLDEST]
        owners.append(some)
        days.append(day[some].astype(np.int64))
        some = some[rng.random(len(some)) > last[some]]
    owner, when = np.concatenate(owners), np.concatenate(days)
    worth = np.maximum(np.round(rng.gamma(p, 1 / nu[owner]), 2), 0.01)
    return pl.DataFrame({"owner": owner + first, "ago": OLDEST - 1 - when, "worth": worth}).select(
        customer_id=pl.format("c{}", pl.col("owner").cast(pl.String).str.zfill(9)),
        day=pl.lit(AS_OF) - pl.duration(days=pl.col("ago")),
        net_value=pl.col("worth").cast(pl.Decimal(18, 2)),
    )


def value_tables() -> list[NightTable]:
    """The tables of value in the order of the night, the tiers they are summed by among them."""
    from pipelines.definitions import NIGHT_TABLES

    return [table for table in NIGHT_TABLES if table.contract.group == VALUE_GROUP]


def measured(home: Path, memory: str, model: str, covariates: list[str]) -> None:
    """Compute the tables in this process and print a JSON line per table."""
    warehouse = Warehouse.open(home / WAREHOUSE, memory_limit=memory)
    configuration = Configuration.model_validate(
        {
            "home": str(home),
            "business": {"name": "Drawn", "timezone": "UTC", "currency": "GBP"},
            "measures": {"clv": {"model": model, "covariates": covariates}},
        }
    )
    night = Night(AS_OF, dt.datetime(2100, 1, 1), configuration, warehouse, home)
    tables = value_tables()
    for heavy in ("scipy.optimize", "scipy.special", "sklearn.linear_model"):
        importlib.import_module(heavy)
    meter = Meter(home / SPILL)
    for table in tables:
        rows = warehouse.replace(table.contract, table.compute(night))
        step = meter.step(table.contract.name, table.contract.group, False, AS_OF, rows)
        print(json.dumps(asdict(step)), flush=True)
    meter.stop()


def main() -> None:
    """Draw the shop, measure the tables, print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--covariates", nargs="*", default=[], help="measures.clv.covariates")
    parser.add_argument("--memory", default="600MB", help="of the warehouse: limits.memory")
    parser.add_argument("--folder", type=Path, help="keep the drawn shop there, and use it where it is")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measured(asked.one, asked.memory, asked.model, asked.covariates)
        return
    with tempfile.TemporaryDirectory() as temporary:
        home = asked.folder or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        if not (home / WAREHOUSE).exists():
            draw_facts(Warehouse.open(home / WAREHOUSE, memory_limit="2GB"), asked.customers)
        words = ["--one", str(home), "--memory", asked.memory, "--model", asked.model]
        words += ["--covariates", *asked.covariates] if asked.covariates else []
        print("| table | rows | CPU s | peak MB |\n|---|---:|---:|---:|")
        with subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout is not None
            steps = []
            for line in run.stdout:
                steps.append(json.loads(line))
                step = steps[-1]
                print(f"| `{step['name']}` | {step['rows']:,} | {step['cpu']:.2f} | {step['peak']:,.0f} |", flush=True)
        if run.returncode:
            raise SystemExit(run.returncode)
        print(f"| all | | {sum(step['cpu'] for step in steps):.1f} | {max(step['peak'] for step in steps):,.0f} |")


if __name__ == "__main__":
    main()
