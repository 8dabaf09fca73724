"""The sample shop's files: the promised folders and columns, the same bytes, and dirt a naive reader finds again."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path

import polars as pl
import pytest

from models.simulator.shop import CUSTOMER_COLUMNS, ORDER_COLUMNS, SURVEY_COLUMNS
from pipelines.configuration_file import load
from pipelines.sample_shop import SampleShop, write_sample_shop

Row = dict[str, str]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    return write_sample_shop(3000, 42, tmp_path_factory.mktemp("shop"))


def files_of(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def rows_of(shop: SampleShop, source: str) -> Iterator[tuple[str, list[Row]]]:
    for path in sorted((shop.out / source).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            yield path.name, list(csv.DictReader(lines))


def is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # naive on purpose: the shop writes local time
    except ValueError:
        return False
    return True


def test_the_same_arguments_write_the_same_bytes_and_another_seed_others(tmp_path: Path):
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        write_sample_shop(200, seed, tmp_path / name, years=1)
    one, same, other = (files_of(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    assert one.keys() == other.keys()
    assert all(one[file] != other[file] for file in one if file != "analytics.yaml")


def test_the_folders_hold_one_file_per_month_a_customer_file_the_truth_and_a_configuration(written: SampleShop):
    months = [f"{year}-{month:02d}.csv" for year in (2024, 2025) for month in range(1, 13)]
    expected = [f"{source}/{month}" for source in ("orders", "surveys") for month in months]
    expected += ["customers/customers.csv", "truth/customers.parquet", "truth/dirt.parquet", "analytics.yaml"]
    assert sorted(expected) == sorted(files_of(written.out))
    packaged = resources.files("pipelines").joinpath("sample_shop.yaml").read_bytes()
    assert written.configuration.read_bytes() == packaged


@pytest.mark.parametrize(
    ("source", "columns"), [("orders", ORDER_COLUMNS), ("surveys", SURVEY_COLUMNS), ("customers", CUSTOMER_COLUMNS)]
)
def test_every_file_of_a_source_has_the_same_header(written: SampleShop, source: str, columns: tuple[str, ...]):
    for path in (written.out / source).glob("*.csv"):
        assert path.read_text(encoding="utf-8").split("\n", 1)[0] == ",".join(columns)
        assert b"\r" not in path.read_bytes()


def test_the_summary_counts_the_rows_that_were_written(written: SampleShop):
    landed = {s: sum(len(rows) for _, rows in rows_of(written, s)) for s in ("orders", "surveys", "customers")}
    assert (written.order_rows, written.survey_rows) == (landed["orders"], landed["surveys"])
    dirt = pl.read_parquet(written.out / "truth" / "dirt.parquet")
    # Below the rate at which a source is stopped, in every source; exact duplicates about half a percent of orders.
    for folder, rows in landed.items():
        assert dirt.filter(folder=folder, outcome="quarantined")["rows"].sum() < 0.02 * rows
    assert 0.003 < dirt.filter(folder="orders", outcome="duplicate")["rows"].sum() / landed["orders"] < 0.01


def test_a_naive_reader_of_the_orders_finds_the_dirt_the_truth_declares(written: SampleShop):
    for file, rows in rows_of(written, "orders"):
        month = file.removesuffix(".csv")
        distinct = {tuple(row.values()): row for row in rows}
        found = Counter({"duplicates": len(rows) - len(distinct)})
        for row in distinct.values():
            at = row["ordered_at"]
            found["unparsable_date"] += not is_date(at)
            found["date_out_of_range"] += is_date(at) and not at.startswith("202")
            found["negative_unit_price"] += Decimal(row["unit_price"]) < 0
            found["missing_order_id"] += row["order_id"] == ""
            found["trailing_spaces"] += any(value != value.rstrip() for value in row.values())
            if is_date(at) and at.startswith("202"):
                assert at.startswith(month)  # every row is in its own month's file
        assert +found == declared(written, "orders", file)


def test_a_naive_reader_of_the_surveys_finds_the_dirt_the_truth_declares(written: SampleShop):
    scale = {"overall": range(1, 6), "recommend": range(11)}
    for file, rows in rows_of(written, "surveys"):
        distinct = {tuple(row.values()): row for row in rows}
        found = Counter({"duplicates": len(rows) - len(distinct)})
        for row in distinct.values():
            found["unparsable_date"] += not is_date(row["responded_at"])
            found["score_off_scale"] += row["score"] != "" and int(row["score"]) not in scale[row["question"]]
            found["missing_response_id"] += row["response_id"] == ""
            found["trailing_spaces"] += any(value != value.rstrip() for value in row.values())
        assert +found == declared(written, "surveys", file)


def test_a_naive_reader_of_the_customers_finds_the_dirt_the_truth_declares(written: SampleShop):
    ((file, rows),) = rows_of(written, "customers")
    distinct = {tuple(row.values()): row for row in rows}
    found = Counter({"duplicates": len(rows) - len(distinct)})
    for row in distinct.values():
        found["missing_customer_id"] += row["customer_id"] == ""
        found["placeholder_birth_date"] += row["birth_date"] == "1900-01-01"
        found["trailing_spaces"] += any(value != value.rstrip() for value in row.values())
    assert +found == declared(written, "customers", file)
    assert len({row["customer_id"] for row in rows if row["customer_id"]}) == 3000


def declared(shop: SampleShop, folder: str, file: str) -> Counter[str]:
    """Rows of dirt by kind, the kinds that repeat a row taken together."""
    rows = pl.read_parquet(shop.out / "truth" / "dirt.parquet").filter(folder=folder, file=file)
    counts: Counter[str] = Counter()
    for kind, outcome, n in rows.select("kind", "outcome", "rows").iter_rows():
        counts["duplicates" if outcome == "duplicate" else kind] += n
    return +counts


def test_a_reader_who_drops_duplicates_and_broken_rows_arrives_at_the_truth_to_the_cent(written: SampleShop):
    seen: set[tuple[str, ...]] = set()
    sold: Counter[str] = Counter()
    refunded: Counter[str] = Counter()
    orders: dict[str, set[str]] = {}
    for _, rows in rows_of(written, "orders"):
        for row in rows:
            values = tuple(value.strip() for value in row.values())
            good = is_date(row["ordered_at"]) and row["ordered_at"].startswith("202") and row["order_id"]
            if values in seen or not good or Decimal(row["unit_price"]) < 0 or not row["customer_id"]:
                continue
            seen.add(values)
            customer, quantity = row["customer_id"].strip(), int(row["quantity"])
            value = quantity * Decimal(row["unit_price"]) - Decimal(row["discount"])
            if quantity > 0:
                sold[customer] += value
                orders.setdefault(customer, set()).add(row["order_id"])
            else:
                refunded[customer] -= value
    truth = pl.read_parquet(written.out / "truth" / "customers.parquet")
    assert len(truth) == 3000
    for customer, count, sold_value, refund_value in truth.select(
        "customer_id", "orders", "sold_value", "refund_value"
    ).iter_rows():
        assert (len(orders.get(customer, ())), sold[customer], refunded[customer]) == (count, sold_value, refund_value)


def test_a_folder_that_holds_a_shop_is_refused_and_left_as_it_is(tmp_path: Path):
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    write_sample_shop(5, 1, tmp_path, years=1)
    before = files_of(tmp_path)
    with pytest.raises(FileExistsError, match=r"already holds orders, surveys, customers, truth, analytics\.yaml"):
        write_sample_shop(5, 2, tmp_path, years=1)
    assert files_of(tmp_path) == before
    assert before["README.md"] == b"mine"


def test_what_an_interrupted_writer_left_is_written_anew(tmp_path: Path):
    (tmp_path / ".partial" / "orders").mkdir(parents=True)
    (tmp_path / ".partial" / "orders" / "1999-01.csv").write_text("half", encoding="utf-8")
    write_sample_shop(5, 1, tmp_path / "whole", years=1)
    write_sample_shop(5, 1, tmp_path, years=1)
    assert not (tmp_path / ".partial").exists()
    assert not (tmp_path / "orders" / "1999-01.csv").exists()


@pytest.mark.parametrize(
    ("end", "years", "first_day"),
    [
        (date(2024, 2, 28), 1, date(2023, 3, 1)),  # the day after is a 29 February, 2023 has none
        (date(2024, 2, 28), 4, date(2020, 2, 29)),
        (date(2025, 6, 15), 2, date(2023, 6, 16)),
    ],
)
def test_the_log_covers_whole_years_up_to_its_last_day(tmp_path: Path, end: date, years: int, first_day: date):
    shop = write_sample_shop(2000, 1, tmp_path, end=end, years=years)
    days = {row["ordered_at"][:10] for _, rows in rows_of(shop, "orders") for row in rows if is_date(row["ordered_at"])}
    of_the_log = sorted(day for day in days if day.startswith("202"))
    assert (of_the_log[0], of_the_log[-1]) == (f"{first_day}", f"{end}")
    assert load(shop.configuration).nightly.first_as_of == first_day  # nights are offered for no day before


def test_no_years_and_negative_seeds_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="at least 1 year, got 0"):
        write_sample_shop(5, 1, tmp_path, years=0)
    with pytest.raises(ValueError, match="0 or more, got -1"):
        write_sample_shop(5, -1, tmp_path)
    assert not any(tmp_path.iterdir())
