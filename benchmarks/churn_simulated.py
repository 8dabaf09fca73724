"""Churn risk where the truth is known, and what it costs at scale: the other tables of docs/churn.md.

    python -m benchmarks.churn_simulated truth --customers 100000 --page docs/churn.md
    python -m benchmarks.churn_simulated scale --customers 1000000

Customers buy as a BG/NBD says (Fader, Hardie & Lee 2005): at a rate of their own until an order turns out to have been
the last. So the best score anybody could give from a history is known: the same formula with the true parameters.

`truth` scores everybody at one origin with models of earlier ones and judges them by what follows, beside that best
score. `scale` measures CPU seconds and the memory at the peak of extraction, learning, scoring and reasons, in turns,
each in a process of its own; it is the case `churn` of `make bench`. Extraction is held to one plain grouped pass per
origin: `group by customer_id` over the customer days of the origin's window, with the sums an analyst would write for
five windows of six measures, as they come in the table, and nothing else: no gaps, no outcome, no validity of orders.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from assets import churn as churn_tables
from assets import churn_rows, churn_samples
from assets.configuration.settings import Configuration
from assets.night import Night
from assets.statements import Query
from assets.tables import CHURN_SAMPLES, CUSTOMER_DAYS, ORDER_LINES, ORDERS, SURVEY_RESPONSES
from assets.warehouse import Warehouse
from benchmarks.results_page import churn_section, write_section
from models.churn import artefact, learning
from models.churn.lesson import ChurnModel
from models.classification import metrics
from models.value.beta_geometric_nbd import BetaGeometricNbd

TRUE = BetaGeometricNbd("bg_nbd", r=0.7, alpha=55.0, a=0.8, b=3.2)
OPENING = dt.date(2022, 1, 1)
DAYS = 900
HORIZON = 90
LAST = OPENING + dt.timedelta(days=DAYS)
BEGIN, END = "<!-- simulated: begin -->", "<!-- simulated: end -->"
WINDOWS = (365, 180, 90, 30, 7)
MEASURES = ("orders", "lines", "gross_value", "discount_value", "refund_value", "net_value")


def grouped_pass(origins: list[dt.date]) -> str:
    """The plain way to thirty sums per origin and customer."""
    return "\nunion all\n".join(
        f"select date '{origin}' as origin, customer_id, "
        + ", ".join(
            f"sum(case when day > date '{origin}' - {days} then {measure} end) as {measure}_{days}"
            for measure in MEASURES
            for days in WINDOWS
        )
        + f" from customer_days where day <= date '{origin}' and day > date '{origin}' - {max(WINDOWS)}"
        " group by customer_id"
        for origin in origins
    )


def drawn_orders(customers: int, seed: int) -> pl.DataFrame:
    """One row per order, ``customer`` and ``day`` (from the opening), all within DAYS."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(TRUE.r, 1 / TRUE.alpha, size=customers)
    leaves = rng.beta(TRUE.a, TRUE.b, size=customers)
    who = np.arange(customers)
    moment = rng.uniform(0, DAYS - HORIZON - 30, size=customers)
    found = [(who, moment)]
    while len(who):
        moment = moment + rng.exponential(1 / rate[who])
        stays = moment < DAYS
        who, moment = who[stays], moment[stays]
        found.append((who, moment))
        alive = rng.random(len(who)) >= leaves[who]
        who, moment = who[alive], moment[alive]
    return pl.DataFrame(
        {
            "customer": np.concatenate([customer for customer, _ in found]),
            "day": np.concatenate([day for _, day in found]).astype(np.int64),
        }
    )


def shop(folder: Path, orders: pl.DataFrame, origins: list[dt.date], as_of: dt.date, seed: int) -> Night:
    """A warehouse of these orders, each of one line, with money that says nothing about churn."""
    value = np.random.default_rng(seed).gamma(4.0, 15.0, size=orders.height)
    facts = orders.with_row_index("number").with_columns(
        value=pl.Series(value).round(2).cast(pl.Decimal(18, 2)),
        ordered_on=pl.lit(OPENING) + pl.duration(days=pl.col("day")),
        customer_id=pl.format("c{}", pl.col("customer").cast(pl.String).str.zfill(8)),
    )
    warehouse = Warehouse.open(folder / "warehouse.duckdb", memory_limit="1GB")
    nothing = pl.lit(None, pl.String)
    warehouse.replace(
        ORDERS,
        facts.select(
            "customer_id", "ordered_on", source=pl.lit("shop"), order_id=pl.format("o{}", "number"), order_no="number",
            ordered_at=pl.col("ordered_on").cast(pl.Datetime), gross_value="value", discount_value=pl.lit(0),
            refund_value=pl.lit(0), net_value="value", lines=pl.lit(1), sold_lines=pl.lit(1), products=pl.lit(1),
            units=pl.lit(1), channel=nothing, region=nothing, valid_from="ordered_on", voided_on=pl.lit(None, pl.Date),
        ),
    )  # fmt: skip
    days = facts.group_by("customer_id", day="ordered_on").agg(orders=pl.len(), value=pl.col("value").sum())
    warehouse.replace(
        CUSTOMER_DAYS,
        days.select(
            "customer_id", "day", "orders", lines="orders", gross_value="value", discount_value=pl.lit(0),
            refund_value=pl.lit(0), net_value="value",
        ),
    )  # fmt: skip
    for untold in (ORDER_LINES, SURVEY_RESPONSES):
        columns = ", ".join(f"cast(null as {column.type}) as {column.name}" for column in untold.columns)
        warehouse.replace(untold, Query(f"select {columns} where false"))
    configuration = Configuration.model_validate(
        {
            "business": {"name": "Simulated", "timezone": "UTC", "currency": "EUR"},
            "measures": {"horizon_days": HORIZON, "window_days": DAYS},
        }
    )
    horizon = dt.timedelta(days=HORIZON)
    warehouse.replace(
        churn_tables.CHURN_ORIGINS,
        pl.DataFrame({"origin": origins, "label_until": [origin + horizon for origin in origins]}),
    )
    return Night(as_of, dt.datetime(2030, 1, 1), configuration, warehouse, folder)


def extract(night: Night, teachers: list[dt.date], judged: dt.date) -> None:
    """The features of everybody at each origin, with the sample of each teacher that is learned from."""
    night.compute(churn_samples.churn_activity)
    sizes = {judged: [churn_samples.EVERYBODY]} | {
        origin: [churn_samples.EVERYBODY, learning.LEARNING_ROWS // len(teachers)] for origin in teachers
    }
    night.warehouse.replace(CHURN_SAMPLES, churn_samples.drawn(night, sizes))
    night.compute(churn_tables.churn_features)


def truth(customers: int, seed: int) -> str:
    """Every model beside the best possible score, in Markdown."""
    judged = LAST - dt.timedelta(days=HORIZON)
    teachers = list(learning.origins(OPENING, judged, HORIZON))
    with tempfile.TemporaryDirectory() as folder:
        night = shop(Path(folder), drawn_orders(customers, seed), [judged, *teachers], LAST, seed)
        extract(night, teachers, judged)
        learned_on = learning.learned_on(teachers, judged, HORIZON)
        past = churn_rows.lesson_rows(night, teachers, learned_on, learning.LEARNING_ROWS)
        models = learning.learn_all(churn_rows.lesson(night, past, learned_on))
        present = churn_rows.rows_of(night, judged)
        churned = present["churned"].to_numpy()
        x = present["order_days"].cast(pl.Float64).to_numpy() - 1
        T = present["tenure_days"].cast(pl.Float64).to_numpy()
        t_x = T - present["recency_days"].cast(pl.Float64).to_numpy()
        none_if_alive = TRUE.probability_none_if_alive(x, T, float(HORIZON))
        best = 1 - TRUE.probability_alive(x, t_x, T) * (1 - none_if_alive)
        shown = ("roc_auc", "log_loss", "brier", "calibration_slope", "calibration_intercept")
        lines = ["| | AUC | log loss | Brier | slope | intercept |", "|---|---:|---:|---:|---:|---:|"]
        for name, risk in {"best possible": best, **{n: model.risk(present) for n, model in models.items()}}.items():
            figures = metrics(churned, risk)
            lines.append(f"| `{name}` | " + " | ".join(f"{figures[metric]:.4f}" for metric in shown) + " |")
    head = f"{present.height:,} customers, {churned.mean():.3f} of them without an order in {HORIZON} days"
    return head + "\n\n" + "\n".join(lines)


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of the work, in a forked process.

    Raises:
        EOFError: where the work failed; its own process has said how.
    """
    answer, told = multiprocessing.Pipe(duplex=False)

    def run() -> None:
        began = time.process_time()
        work()
        told.send((time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    told.close()  # the other end alone is left: where it dies, there is nothing to wait for
    found = answer.recv()
    process.join()
    return found


def scale(customers: int, seed: int, repeats: int) -> dict[str, list[tuple[float, float]]]:
    """CPU seconds and peak memory in MB, one pair per turn, of each piece of work."""
    as_of = LAST - dt.timedelta(days=HORIZON)
    origins = [as_of - dt.timedelta(days=HORIZON + 30 * k) for k in range(5)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def build() -> None:
            shop(folder, drawn_orders(customers, seed), [as_of, *origins], as_of, seed).warehouse.connection.close()

        measured(build)

        def night() -> Night:
            configuration = Configuration.model_validate(
                {
                    "business": {"name": "Simulated", "timezone": "UTC", "currency": "EUR"},
                    "measures": {"horizon_days": HORIZON},
                }
            )
            warehouse = Warehouse.open(folder / "warehouse.duckdb", memory_limit="1GB")
            return Night(as_of, dt.datetime(2030, 1, 1), configuration, warehouse, folder)

        def grouped() -> None:
            warehouse = night().warehouse
            with warehouse.in_any_order():
                warehouse.rows(f"create or replace table grouped as {grouped_pass([as_of, *origins])}")

        def learn() -> None:
            opened = night()
            past = churn_rows.lesson_rows(opened, origins, as_of, learning.LEARNING_ROWS)
            models = learning.learn_all(churn_rows.lesson(opened, past, as_of))
            (folder / "model.json").write_text(artefact.written(models["blend"]))  # pyright: ignore[reportArgumentType]

        def score(with_reasons: bool) -> None:
            opened = night()
            text = (folder / "model.json").read_text()
            model = artefact.loaded(text, artefact.sha256_of(text))
            assert isinstance(model, ChurnModel)
            for rows in churn_rows.rows_in_chunks(opened, as_of):
                model.risk(rows)
                if with_reasons:
                    model.reasons(rows, window_days=365)

        works = {
            "one grouped pass per origin, thirty sums": grouped,
            "extraction of the features": lambda: extract(night(), origins, as_of),
            "learning every model": learn,
            "reading and scoring": lambda: score(False),
            "reading, scoring and reasons": lambda: score(True),
        }
        told: dict[str, list[tuple[float, float]]] = {what: [] for what in works}
        for turn in range(repeats):
            for what, work in works.items():
                told[what].append(measured(work))
                print(f"  turn {turn + 1}, {what}: {told[what][-1]}", file=sys.stderr, flush=True)
        rows = night().warehouse.rows("select origin, count(*) from churn_features group by 1 order by 1")
    return {**told, "rows, and rows scored": [(float(sum(n for _, n in rows)), float(rows[-1][1]))]}


def main() -> None:
    """Read the arguments and print what was asked for."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("what", choices=("truth", "scale"))
    arguments.add_argument("--customers", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--page", type=Path, help="page whose section truth writes anew: docs/churn.md")
    arguments.add_argument("--results", type=Path, help="JSON file for the figures of scale")
    given = arguments.parse_args()
    if given.what == "truth":
        told = truth(given.customers, given.seed)
        print(told)
        if given.page:
            write_section(given.page, told, BEGIN, END)
    else:
        found = scale(given.customers, given.seed, given.repeats)
        print(churn_section(given.customers, found))
        if given.results:
            given.results.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
