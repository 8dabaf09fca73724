"""Real data through the real code, against figures that others published and figures worked out here in Polars.

UCI Online Retail: Chen, D. (2015), UCI Machine Learning Repository. San Francisco airport customer survey: open data
of the City of San Francisco.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import permutations
from math import ceil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assets import (
    calendar,
    churn,
    churn_samples,
    purchase_models,
    rfm_cuts,
    satisfaction,
    satisfaction_drivers,
    segments,
    track_record,
    value_judging,
)
from assets.configuration.settings import Configuration
from assets.landing.landing_zone import land
from assets.moves import customer_moves
from assets.moves.segment_moves import segment_moves
from assets.night import Night, NightTable
from assets.order_steps import order_steps
from assets.tables import CUSTOMER_IDENTITIES, LIFECYCLE_STAGES, RFM_CUTS, RFM_SEGMENTS, VALUE_TIERS
from assets.warehouse import Warehouse
from pipelines.configuration_file import load

from .cleaned import CLEANED
from .publishing import publish_tables

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("real data"),
    pytest.mark.skipif("ANALYTICS_REAL_DATA" not in os.environ, reason="ANALYTICS_REAL_DATA names no real data"),
]

REAL_DATA = Path(os.environ.get("ANALYTICS_REAL_DATA", "."))
YAML = Path(__file__).parent / "uci_and_airport.yaml"
LAST_DAY, MIDSUMMER = dt.date(2011, 12, 9), dt.date(2011, 6, 30)
LANDED_AT = dt.datetime(2012, 1, 1)
CLEAN_TABLES = (*CLEANED, calendar.calendar)
CHURN_TABLES = (
    purchase_models.value_origin_dates, purchase_models.purchase_histories, purchase_models.purchase_cells,
    purchase_models.covariate_levels, purchase_models.purchase_model, purchase_models.spend_model,
    value_judging.value_predictions, value_judging.value_choice, value_judging.value_evaluation,
    churn.churn_origins, churn_samples.churn_activity, churn_samples.churn_samples, churn.churn_features,
    churn.churn_learned, churn.churn_predictions, track_record.prediction_scorecard, churn.churn_choice,
    churn.churn_scores, churn.model_evaluation,
)  # fmt: skip


@dataclass
class Landed:
    """Real files landed once, and the night whose clean tables the warehouse holds."""

    warehouse: Warehouse
    configuration: Configuration
    home: Path
    clean_for: tuple[dt.date, str] | None = None

    def night(self, as_of: dt.date, *tables: NightTable, duplicates: str = "content") -> Landed:
        sources = [
            source if source.kind != "transactions" else source.model_copy(update={"duplicates": duplicates})
            for source in self.configuration.sources
        ]
        configuration = self.configuration.model_copy(update={"sources": tuple(sources)})
        night = Night(as_of, LANDED_AT, configuration, self.warehouse, self.home)
        wanted = (as_of, duplicates)
        night.compute(*(CLEAN_TABLES if self.clean_for != wanted else ()), *tables)
        self.clean_for = wanted
        return self

    def ask(self, sql: str) -> pl.DataFrame:
        return self.warehouse.frame(sql)


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landed]:
    """The shop and the survey of the documentation's example configuration, word for word."""
    folder = tmp_path_factory.mktemp("uci")
    for name in ("online_retail", "airport_survey"):
        (folder / name).symlink_to(REAL_DATA / name)
    (folder / "shop").mkdir()
    (folder / "shop" / "configuration.yaml").write_bytes(YAML.read_bytes())
    configuration = load(folder / "shop" / "configuration.yaml")
    warehouse = Warehouse.open(None)
    home = Path(configuration.home)
    home.mkdir()
    land(warehouse, configuration, ["transactions", "surveys"], home=home, loaded_at=LANDED_AT)
    yield Landed(warehouse, configuration, home)
    warehouse.connection.close()


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """All rows of the daily files, read by Polars alone: text, with day and value worked out."""
    files = sorted((REAL_DATA / "online_retail" / "by-day").glob("*.csv"))
    value = pl.col("Quantity").cast(pl.Decimal(18, 4)) * pl.col("UnitPrice").cast(pl.Decimal(18, 4))
    return pl.concat([pl.read_csv(path, infer_schema=False) for path in files]).with_columns(
        day=pl.col("InvoiceDate").str.head(10).str.to_date(),
        customer=pl.col("CustomerID").str.strip_suffix(".0"),
        value=value.cast(pl.Decimal(38, 4)),
    )


READINGS = {  # reading: accepted rows, duplicates, then rows and net sales of known customers at a price
    "keep": (541_907, 0, 397_884, Decimal("8911407.904")),
    "content": (536_639, 5_268, 392_692, Decimal("8887208.894")),
}


@pytest.mark.parametrize("duplicates", READINGS)
def test_every_row_and_every_penny_of_the_shop_is_accounted_in_both_readings_of_duplicates(
    retail: Landed, duplicates: str
) -> None:
    night = retail.night(LAST_DAY, duplicates=duplicates)
    accepted, copies, sold_rows, sold = READINGS[duplicates]
    counts = "sum(rows_in), sum(accepted), sum(duplicates), sum(quarantined), sum(amount_in)"
    accounted = night.ask(f"select {counts} from row_accounting where source = 'shop'").row(0)
    assert accounted == (541_909, accepted, copies, 2, Decimal("9747747.934"))
    files = night.ask("select count(*), count(distinct status), min(status) from row_accounting where source = 'shop'")
    assert files.row(0) == (305, 1, "loaded")
    reasons = night.ask("select distinct reasons from quarantine where source = 'shop'")["reasons"].to_list()
    assert reasons == [["negative_unit_price"]]
    known = "from order_lines where customer_id is not null and quantity > 0 and unit_price > 0"
    figures = "count(*), count(distinct customer_id), count(distinct order_id), sum(quantity * unit_price)"
    assert night.ask(f"select {figures} {known}").row(0) == (sold_rows, 4_338, 18_532, sold)


def test_as_many_customers_were_seen_each_month_as_the_data_s_reference_says(retail: Landed) -> None:
    seen = retail.night(LAST_DAY).ask(
        "select count(distinct customer_id) as customers from order_lines group by date_trunc('month', ordered_on) "
        "order by date_trunc('month', ordered_on)"
    )
    assert seen["customers"].to_list() == [948, 783, 798, 1020, 899, 1079, 1051, 993, 980, 1302, 1425, 1711, 686]


def test_churn_of_the_shop_s_last_night_is_predicted_by_the_blend_about_as_well_as_can_be(retail: Landed) -> None:
    night = retail.night(LAST_DAY, *CHURN_TABLES)
    published = night.ask("select distinct model from churn_scores")["model"].to_list()
    assert published == ["blend"]
    evaluation = night.ask("select * from model_evaluation where is_published and scope = 'all' and metric = 'roc_auc'")
    assert evaluation.height >= 1
    for auc, rule in evaluation.select("value", "baseline_value").rows():
        assert 0.74 <= auc <= 0.78  # more would be a leak
        assert auc > rule + 0.05


SEGMENTS = {  # definitions: R score, then FM 1..5
    5: ("new_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    4: ("promising", "potential_loyalists", "loyal", "loyal", "champions"),
    3: ("about_to_sleep", "need_attention", "need_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cant_lose_them"),
    1: ("lost", "lost", "at_risk", "cant_lose_them", "cant_lose_them"),
}


def _scores(values: list[Decimal] | list[int], *, low_is_good: bool = False) -> list[int]:
    """1 + the number of cuts below the value; the k-th cut is the smallest value reached by k/5 of the customers."""
    ordered = sorted(values)
    cuts = {k: ordered[ceil(k * len(ordered) / 5) - 1] for k in (1, 2, 3, 4)}
    scores = [1 + sum(cut < value for cut in cuts.values()) for value in values]
    return [6 - score for score in scores] if low_is_good else scores


def _rfm_by_hand(rows: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """R, F, M, scores and segment of every customer who ever ordered, from the rows of the files."""
    columns = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    code = pl.col("StockCode")
    lines = (
        rows.filter(pl.col("day") <= as_of)
        .unique(columns)
        .filter(~pl.col("UnitPrice").str.starts_with("-"))
        .filter(~code.is_in(["M", "S", "B", "PADS", "CRUK", "POST", "DOT", "C2", "BANK CHARGES", "AMAZONFEE"]))
        .with_columns(is_back=pl.col("InvoiceNo").str.starts_with("C") | pl.col("Quantity").str.starts_with("-"))
        .with_columns(is_sold=~pl.col("is_back") & (code != "D"))
        .with_columns(flow=pl.when("is_sold").then(pl.col("value")).otherwise(-pl.col("value").abs()))
        .with_columns(customer=pl.col("customer").min().over("InvoiceNo"))
        .filter(pl.col("customer").is_not_null())
    )
    orders = (
        lines.group_by("InvoiceNo", "customer")
        .agg(net=pl.col("flow").sum(), ordered_on=pl.col("day").filter("is_sold").min())
        .filter(pl.col("ordered_on").is_not_null(), pl.col("net") >= Decimal("0.01"))
    )
    since = as_of - dt.timedelta(days=365)
    flows = lines.filter(pl.col("day") > since).group_by("customer").agg(monetary=pl.col("flow").sum())
    people = (
        orders.group_by("customer")
        .agg(
            recency=(pl.lit(as_of) - pl.col("ordered_on").max()).dt.total_days(),
            frequency=(pl.col("ordered_on") > since).sum(),
        )
        .join(flows, on="customer", how="left")
        .sort("customer")
    )
    recency, frequency = people["recency"].to_list(), people["frequency"].to_list()
    exact = [value or Decimal(0) for value in people["monetary"].to_list()]
    r, f, m = _scores(recency, low_is_good=True), _scores(frequency), _scores(exact)
    cents = [value.quantize(Decimal("0.01"), ROUND_HALF_UP) for value in exact]
    names = [SEGMENTS[r_][(f_ + m_ + 1) // 2 - 1] for r_, f_, m_ in zip(r, f, m, strict=True)]
    data = (people["customer"].to_list(), recency, frequency, cents, r, f, m, names)
    columns = ["customer_id", "recency_days", "frequency", "monetary", "r", "f", "m", "segment"]
    return pl.DataFrame(list(zip(*data, strict=True)), schema=columns, orient="row")


@pytest.mark.parametrize("as_of", [LAST_DAY, MIDSUMMER], ids=str)
def test_recency_frequency_money_scores_and_segment_of_every_customer_are_those_worked_out_by_hand(
    retail: Landed, rows: pl.DataFrame, as_of: dt.date
) -> None:
    """The night of midsummer runs over the full landing zone and sees no later order."""
    expected = _rfm_by_hand(rows, as_of)
    night = retail.night(as_of, rfm_cuts.rfm_cuts, segments.rfm_segments)
    found = night.ask(f"select {', '.join(expected.columns)} from rfm_segments order by customer_id")
    assert found.height > 2_500
    differing = [(mine, theirs) for mine, theirs in zip(expected.rows(), found.rows(), strict=True) if mine != theirs]
    assert differing == []
    newest = night.ask("select max(ordered_on), max(cast(ordered_at as date)) from order_lines").row(0)
    assert newest == (as_of, as_of)


AIRPORT = {  # column of the question; n, top-two share in %, mean
    2011: ("Q8N", 3694, 75.393, 3.9459),
    2012: ("Q8N_WHOLE", 3348, 78.793, 3.9982),
    2013: ("Q7O_WHOLE", 3334, 79.274, 3.9820),
    2014: ("Q7ALL", 2677, 78.857, 3.9959),
    2015: ("Q7ALL", 2810, 80.000, 4.0480),
    2016: ("Q7ALL", 2919, 80.987, 4.0380),
}


def test_the_airport_s_satisfaction_of_every_year_is_the_one_known_for_it(tmp_path: Path) -> None:
    sources = [
        {
            "name": f"airport_{year}",
            "kind": "surveys",
            "path": str(REAL_DATA / f"airport_survey/{year}.csv"),
            "columns": {
                "response_id": "*RESPNUM" if year == 2016 else "RESPNUM",
                "responded_at": "INTDATE" if year == 2016 else f"make_date({year}, 5, CAST(INTDATE AS INTEGER))",
            },
            "questions": {column: {"id": "overall", "kind": "csat", "scale": [1, 5], "blank": [0, 6, "Blank"]}},
        }
        for year, (column, *_) in AIRPORT.items()
    ]
    business = {"name": "Airport", "timezone": "America/Los_Angeles", "currency": "USD"}
    configuration = Configuration.model_validate({"business": business, "sources": sources})
    warehouse = Warehouse.open(None)
    land(warehouse, configuration, ["surveys"], home=tmp_path, loaded_at=dt.datetime(2017, 1, 1))
    airport = Landed(warehouse, configuration, tmp_path)
    night = Night(dt.date(2016, 12, 31), dt.datetime(2017, 1, 1), configuration, warehouse, tmp_path)
    night.compute(*CLEAN_TABLES, satisfaction.csat)
    years = airport.ask(
        "select year(period_start), n, round(100 * csat, 3), round(mean, 4) from csat "
        "where grain = 'year' and scope = 'all' and question = 'overall' order by 1"
    )
    assert years.rows() == [(year, *figures) for year, (_, *figures) in AIRPORT.items()]
    assert airport.ask("select sum(quarantined) from row_accounting").item() == 0
    warehouse.connection.close()


def test_what_drives_the_airport_s_satisfaction_is_what_every_order_of_regressions_gives(tmp_path: Path) -> None:
    parts = {"Q7ART": "art", "Q7FOOD": "food", "Q7SIGN": "signs", "Q7SCREENS": "screens", "Q7WIFI": "wifi"}
    asked = {"kind": "csat", "scale": [1, 5], "blank": [0, 6, "Blank"]}
    source = {
        "name": "airport_2014",
        "kind": "surveys",
        "path": str(REAL_DATA / "airport_survey/2014.csv"),
        "columns": {"response_id": "RESPNUM", "responded_at": "make_date(2014, 5, CAST(INTDATE AS INTEGER))"},
        "questions": {
            "Q7ALL": {"id": "overall", **asked},
            **{column: {"id": name, "driver_of": "overall", **asked} for column, name in parts.items()},
        },
    }
    business = {"name": "Airport", "timezone": "America/Los_Angeles", "currency": "USD"}
    configuration = Configuration.model_validate({"business": business, "sources": [source]})
    warehouse = Warehouse.open(None)
    land(warehouse, configuration, ["surveys"], home=tmp_path, loaded_at=dt.datetime(2017, 1, 1))
    night = Night(dt.date(2014, 12, 31), dt.datetime(2017, 1, 1), configuration, warehouse, tmp_path)
    night.compute(*CLEAN_TABLES, satisfaction_drivers.satisfaction_drivers)
    found = warehouse.frame("select * from satisfaction_drivers order by rank")
    warehouse.connection.close()

    landed = pl.read_csv(REAL_DATA / "airport_survey/2014.csv", infer_schema=False)
    scores = landed.select(pl.col(*parts, "Q7ALL").cast(pl.Float64, strict=False))
    scores = scores.filter(pl.all_horizontal(pl.all().is_between(1, 5)))
    assert found["n"].to_list() == [scores.height] * 5
    assert found["answers"].to_list() == [AIRPORT[2014][1]] * 5
    rows, overall = scores.select(*parts).to_numpy(), scores["Q7ALL"].to_numpy()

    def r_squared(columns: list[int]) -> float:
        ones = np.column_stack([np.ones(len(rows)), rows[:, columns]])
        left = overall - ones @ np.linalg.lstsq(ones, overall, rcond=None)[0]
        return 1 - float((left**2).sum() / ((overall - overall.mean()) ** 2).sum())

    gains = np.array(
        [
            [
                r_squared([*order[: order.index(part) + 1]]) - r_squared([*order[: order.index(part)]])
                for part in range(5)
            ]
            for order in permutations(range(5))
        ]
    )
    expected = dict(zip(parts.values(), gains.mean(axis=0), strict=True))
    assert dict(zip(found["driver"], found["importance"], strict=True)) == pytest.approx(expected)
    assert found["importance"].sum() == pytest.approx(r_squared([0, 1, 2, 3, 4]))
    assert found["r_squared"][0] > 0.5
    satisfied = scores.select((pl.col(*parts) >= 4).mean()).row(0)
    assert dict(zip(found["driver"], found["performance"], strict=True)) == pytest.approx(
        dict(zip(parts.values(), satisfied, strict=True))
    )


def test_the_moves_of_november_have_causes_that_its_orders_bear_out(
    retail: Landed, rows: pl.DataFrame, tmp_path: Path
) -> None:
    october, november = dt.date(2011, 10, 31), dt.date(2011, 11, 30)
    for as_of in (october, november):
        retail.night(
            as_of,
            order_steps,
            rfm_cuts.rfm_cuts,
            segments.rfm_segments,
            segments.lifecycle_stages,
            segments.value_tiers,
        )
        night = Night(as_of, LANDED_AT, retail.configuration, retail.warehouse, tmp_path)
        night.compute(segment_moves, customer_moves.customer_moves)
        publish_tables(night, (RFM_CUTS, RFM_SEGMENTS, LIFECYCLE_STAGES, VALUE_TIERS, CUSTOMER_IDENTITIES))
    moves = retail.ask("select * from customer_moves")
    counted = retail.ask("select sum(customers) from segment_moves where from_segment <> to_segment").item()
    assert moves.height == counted > 4000
    assert moves["is_retraced"].all()
    assert set(moves["cause"]) == {"time_passing", "new_order", "refund", "population_cut"}
    of_november = rows.filter(pl.col("day") > october, pl.col("day") <= november)
    sold = of_november.filter(pl.col("Quantity").cast(pl.Int64) > 0, ~pl.col("InvoiceNo").str.contains("C"))
    ordered = pl.col("customer_id").is_in(sold["customer"].drop_nulls().unique().to_list())
    of_stage = moves.filter(pl.col("kind") == "stage")
    assert of_stage.filter(pl.col("cause") == "new_order").select(ordered.all()).item()
    aged = of_stage.filter(cause="time_passing", to_segment="lost")
    assert aged.height > 50
    assert not aged.select(ordered.any()).item()
