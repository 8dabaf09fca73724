"""Nothing from after the night reaches a churn score: not by date, not by load, not through the outcome."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import threadpoolctl

from assets import churn, churn_rows, churn_samples
from assets.configuration.settings import Configuration
from assets.landing.landing_zone import land
from assets.night import Night, NightTable
from assets.releases.table_files import write_version
from assets.tables import TABLES
from assets.warehouse import Warehouse
from models.churn import blend as churn_blend
from models.churn import learning as models
from models.churn.lesson import Lesson
from models.classification import metrics

from .cleaned import CLEANED
from .drawn_shop import drawn_shop

OpenShop = Callable[..., Night]
AS_OF, HORIZON, DAY = dt.date(2024, 3, 31), 60, dt.timedelta(days=1)
LANDED, LATER = dt.datetime(2024, 6, 1, 3), dt.datetime(2024, 6, 2, 3)
MEASURES = {"horizon_days": HORIZON, "churn": {"model": "logistic"}}
STEPS: tuple[NightTable, ...] = (
    churn.churn_origins, churn_samples.churn_activity, churn_samples.churn_samples, churn.churn_features,
    churn.churn_learned, churn.churn_predictions, churn.churn_choice, churn.churn_scores,
)  # fmt: skip
Sale = tuple[str, dt.date, Decimal]


def scores_of(folder: Path, landings: Sequence[tuple[dt.datetime, dict[str, Sequence[Sale]]]]) -> pl.DataFrame:
    """The scores as of AS_OF and known at LANDED, where these files landed at these moments."""
    files = folder / "files"
    files.mkdir(parents=True)
    configuration = Configuration.model_validate(
        {
            "home": str(folder / "home"),
            "business": {"name": "Shop", "timezone": "UTC", "currency": "EUR"},
            "sources": [
                {
                    "name": "shop", "kind": "transactions", "path": str(files / "*.csv"), "delivery": "append",
                    "columns": {n: n for n in ("order_id", "ordered_at", "customer_id", "amount")},
                }
            ],
            "measures": MEASURES,
        }
    )  # fmt: skip
    home = Path(configuration.home)
    home.mkdir()
    warehouse = Warehouse.open(None, threads=1)
    for loaded_at, landed in landings:
        for name, sales in landed.items():
            with (files / f"{name}.csv").open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["order_id", "ordered_at", "customer_id", "amount"])
                for number, (customer, day, value) in enumerate(sales):
                    writer.writerow([f"{name}-{number}", day.isoformat(), customer, value])
        land(warehouse, configuration, ["transactions"], home=home, loaded_at=loaded_at)
    night = Night(AS_OF, LANDED, configuration, warehouse, home)
    night.compute(*CLEANED, *STEPS)
    return warehouse.frame("select * from churn_scores order by customer_id")


def test_scores_from_the_full_landing_zone_are_those_of_one_cut_off_at_the_night(tmp_path: Path) -> None:
    """A year of orders after the night, a planted future row for everybody, and rows of the past that came later."""
    sales: list[Sale] = [(str(c), day, value) for c, day, value in drawn_shop(150)[0]]
    known = [sale for sale in sales if sale[1] <= AS_OF]
    customers = sorted({customer for customer, _, _ in known})
    planted = [(customer, AS_OF + DAY, Decimal(999)) for customer in customers]
    came_late = [(customer, AS_OF - back * DAY, Decimal(500)) for customer in customers for back in (0, 45)]
    cut_off = scores_of(tmp_path / "cut", [(LANDED, {"orders": known})])
    full = scores_of(
        tmp_path / "full",
        [(LANDED, {"orders": sales, "planted": planted}), (LATER, {"late": came_late})],
    )
    assert cut_off["model"].unique().to_list() == ["logistic"]
    assert full.equals(cut_off)
    seen = scores_of(tmp_path / "seen", [(LANDED, {"orders": known, "late": came_late})])
    assert not seen["churn_risk"].equals(cut_off["churn_risk"])  # known in time, the late rows do change scores


@pytest.fixture(scope="module")
def large_shop() -> tuple[list[Any], list[Any]]:
    """Customers enough for trees."""
    return drawn_shop(750, until=AS_OF)


@pytest.mark.slow
def test_permuted_outcomes_cannot_be_predicted(
    large_shop: tuple[list[Any], list[Any]], open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty seeds of the whole blend: what predicts an outcome drawn by lot has seen it."""
    sales, refunds = large_shop
    night = open_shop(sales, refunds, as_of=AS_OF, measures=MEASURES)
    night.compute(*STEPS[:4])
    mature = churn_rows.mature_origins(night)
    judged = models.judged_origins(mature, HORIZON)[0]
    past = churn_rows.lesson_rows(night, mature, judged, models.JUDGED_LEARNING_ROWS)
    lesson = churn_rows.lesson(night, past, judged)
    present = churn_rows.rows_of(night, judged, models.JUDGED_ROWS)
    purchases = churn_blend._purchase_part(lesson, lesson.past)  # reads no outcome: once is enough
    monkeypatch.setattr(churn_blend, "_purchase_part", lambda *_: purchases)
    monkeypatch.setattr(churn_blend, "TREES", 15)

    def auc(past: pl.DataFrame, judging: pl.DataFrame) -> float:
        blend = churn_blend.learn(Lesson(past, lesson.histories, HORIZON))["blend"]
        assert blend.parts == ("logistic", "boosting", "mbg_nbd")
        found = metrics(judging["churned"].to_numpy(), blend.risk(judging))["roc_auc"]
        assert found is not None
        return found

    def permuted(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
        return rows.with_columns(pl.col("churned").shuffle(seed=seed).over("origin"))

    found = [auc(permuted(lesson.past, seed), permuted(present, 100 + seed)) for seed in range(20)]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - 0.5) < 4 * error
    assert error < 0.02
    assert auc(lesson.past, present) > 0.65
    seen = pl.col("churned").cast(pl.Int64).alias("latest_csat_satisfied")
    leaking = [permuted(rows, 1).with_columns(seen) for rows in (lesson.past, present)]
    assert auc(*leaking) > 0.8  # with one feature that has seen them, it predicts even lots


def test_one_thread_and_two_give_the_same_bytes_where_trees_are_trained(
    large_shop: tuple[list[Any], list[Any]], open_shop: OpenShop, tmp_path: Path
) -> None:
    sales, refunds = large_shop
    hashes: list[list[str]] = []
    for threads in (1, 2):
        night = open_shop(sales, refunds, as_of=AS_OF, measures=MEASURES | {"churn": {"model": "blend"}})
        night.warehouse.rows(f"set threads = {threads}")
        with threadpoolctl.threadpool_limits(limits=threads):
            night.compute(*STEPS)
        [(trained,)] = night.warehouse.rows("select count(*) from churn_learned where model = 'boosting'")
        assert trained
        versions = [
            write_version(tmp_path / str(threads), TABLES[name], night.warehouse, AS_OF)
            for name in ("churn_learned", "churn_predictions", "churn_scores")
        ]
        hashes.append([version.version for version in versions])
    assert hashes[0] == hashes[1]
