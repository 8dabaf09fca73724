"""The benchmark compares equal work or nothing: its files, its peers and its meter; what it measures is for people."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from benchmarks import backfill, sample_night, shop_files, value_contest
from benchmarks.contest import (
    OTHER_PYTHON,
    ROOT,
    TABLE_PEERS,
    VALUE_PEERS,
    Contest,
    Figures,
    Peer,
    is_installed,
    python_of,
)
from benchmarks.night import prepare_home
from benchmarks.process_cost import CommandFailedError, Cost, measured
from benchmarks.results_page import BEGIN, END, Circumstances, churn_section, page_section, slope, write_section
from benchmarks.same_work import DifferentWorkError, Findings, expect_same, found_by_peer, found_by_pipeline
from benchmarks.shop_files import LAST_DAY, LINES_PER_CUSTOMER, MadeShop, make_shop

LINES = 6_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bench") / "shop"
    make_shop(out, LINES)
    return out


@pytest.fixture(scope="module")
def pipeline(shop: Path) -> Findings:
    """What a night of the pipeline's own steps finds."""
    home = shop.parent / "home"
    prepare_home(home, shop / "history")
    night = [sys.executable, "-m", "benchmarks.night", str(home), str(home / "steps.json")]
    cost = measured([*night, "--as-of", LAST_DAY.isoformat()], home / "cost.json", cwd=ROOT)
    steps = json.loads((home / "steps.json").read_text())
    assert 0 < sum(step["cpu"] for step in steps) <= cost.work_cpu + 0.1  # the starting point is known to a tick
    assert {"landing", "order_lines", "quarantine", "kpi_scorecard", "close"} <= {step["name"] for step in steps}
    assert not [step["name"] for step in steps if step["group"] == "churn"]
    return found_by_pipeline(home, LAST_DAY)


def run_peer(peer: Peer, source: Path, out: Path) -> Cost:
    """What the peer took; skipped, and counted, where it is not installed."""
    python = python_of(peer, OTHER_PYTHON)
    if not is_installed(peer, python):
        pytest.skip(f"{peer.needs} is not installed: make .venv-bench/.ready")
    command = [str(python), "-m", f"benchmarks.peers.{peer.module}", *peer.words, str(source), str(out)]
    return measured(command, out.with_suffix(".json"), cwd=ROOT)


@pytest.mark.slow
@pytest.mark.parametrize("peer", TABLE_PEERS, ids=lambda peer: peer.module)
def test_a_peer_finds_what_the_pipeline_finds(peer: Peer, shop: Path, pipeline: Findings, tmp_path: Path) -> None:
    cost = run_peer(peer, shop / "history", tmp_path / "out")
    expect_same({"pipeline": pipeline, peer.name: found_by_peer(tmp_path / "out")})
    assert 0 < cost.start_cpu < cost.cpu
    assert cost.peak > 10


@pytest.mark.slow
def test_spark_answers_the_shared_statements_as_duckdb_does(tmp_path: Path) -> None:
    spark = next(peer for peer in TABLE_PEERS if peer.needs == "pyspark")
    if not OTHER_PYTHON.exists() or not is_installed(spark, OTHER_PYTHON):
        pytest.skip("pyspark is not installed: make .venv-bench/.ready")
    asked = [sys.executable, "-m", "benchmarks.shared_sql", str(tmp_path)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=ROOT)
    assert told.returncode == 0, told.stdout[-3000:]
    assert "not asked: order_lines, sales_cells" in told.stdout


@pytest.mark.parametrize("peer", TABLE_PEERS[:2], ids=lambda peer: peer.module)
def test_csv_files_hold_the_same_shop(peer: Peer, shop: Path, tmp_path: Path) -> None:
    make_shop(tmp_path / "csv", LINES, file_format="csv")
    for source, out in ((shop / "history", "of_parquet"), (tmp_path / "csv" / "history", "of_csv")):
        run_peer(peer, source, tmp_path / out)
    expect_same({"parquet": found_by_peer(tmp_path / "of_parquet"), "csv": found_by_peer(tmp_path / "of_csv")})


@pytest.mark.slow
def test_the_libraries_of_value_find_what_the_pipeline_finds() -> None:
    present = [peer for peer in VALUE_PEERS if is_installed(peer, python_of(peer, OTHER_PYTHON))]
    found = value_contest.contest(2_000, 1, present, OTHER_PYTHON, lambda _: None)
    assert [len(runs) for runs in found.values()] == [1] * (1 + len(present))
    assert found[value_contest.OURS][0].customers == 2_000
    assert found[value_contest.OURS][0].peak > 10
    if len(present) < len(VALUE_PEERS):
        pytest.skip("a library of value is not installed: make .venv-bench/.ready")


def test_a_planted_difference_is_refused(shop: Path, tmp_path: Path) -> None:
    polars = TABLE_PEERS[1]
    run_peer(polars, shop / "history", tmp_path / "good")
    good = found_by_peer(tmp_path / "good")
    expect_same({"one": good, "other": good})

    lines = pl.read_parquet(tmp_path / "good" / "lines.parquet")
    lines.slice(1).write_parquet(tmp_path / "good" / "lines.parquet")
    with pytest.raises(DifferentWorkError, match=f"one and other .* lines differs .{len(lines)} and {len(lines) - 1}"):
        expect_same({"one": good, "other": found_by_peer(tmp_path / "good")})

    with pytest.raises(DifferentWorkError, match="net_value"):
        expect_same({"one": good, "a cent less": replace(good, net_value=good.net_value - Decimal("0.01"))})
    month, orders, customers, value = good.customers_by_month[5]
    moved = (*good.customers_by_month[:5], (month, orders, customers + 1, value), *good.customers_by_month[6:])
    with pytest.raises(DifferentWorkError, match=r"customers_by_month differs \(2 rows"):
        expect_same({"one": good, "a customer twice": replace(good, customers_by_month=moved)})


OWN = value_contest.Run(0.5, 0.1, 200.0, -1_000.0, 10, 20.0)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(OWN, customers=9), "scored 9 customers"),
        (replace(OWN, log_likelihood=-999.0), "no more expected"),
        (replace(OWN, log_likelihood=-1_001.0), "at most 0.5 less"),
        (replace(OWN, orders=21.0), "expects 21.0 orders"),
    ],
)
def test_values_of_other_customers_another_maximum_or_far_apart_are_refused(
    other: value_contest.Run, said: str
) -> None:
    value_contest.expect_same({value_contest.OURS: OWN, "same": replace(OWN, fit=9.0, log_likelihood=-1_000.2)})
    with pytest.raises(DifferentWorkError, match=said):
        value_contest.expect_same({value_contest.OURS: OWN, "other": other})


def test_values_figures_are_ratios_within_a_turn_in_a_section_of_their_own(tmp_path: Path) -> None:
    runs = {
        value_contest.OURS: [OWN, replace(OWN, fit=1.0)],
        "lifetimes": [replace(OWN, fit=5.0, score=6.0), replace(OWN, fit=20.0, score=4.0)],
    }
    circumstances = Circumstances("a machine", {"lifetimes": "1"}, "make bench CASES=value", 2, "2026-01-01")
    told = value_contest.section({10: runs}, ["pymc-marketing"], circumstances)
    assert "| pipeline | 0.75 (0.50 to 1.00) |  | 0.100 |  | 200 | -1,000.000 |" in told
    assert "| lifetimes | 12.50 (5.00 to 20.00) | 15.0 (10.0 to 20.0) | 5.000 (4.000 to 6.000) | 50.0 (40.0" in told
    assert "| pymc-marketing | not installed |" in told
    page = tmp_path / "page.md"
    other = f"{BEGIN}\nof others\n{END}"
    page.write_text(f"{other}\n{value_contest.BEGIN}\nold\n{value_contest.END}\n")
    write_section(page, told, value_contest.BEGIN, value_contest.END)
    assert page.read_text() == f"{other}\n{value_contest.BEGIN}\n\n{told}\n\n{value_contest.END}\n"


def test_the_shop_is_as_large_as_asked_and_the_same_every_time(tmp_path: Path) -> None:
    made = make_shop(tmp_path / "one", 50_000)
    assert made.lines == pytest.approx(50_000, rel=0.05)
    assert make_shop(tmp_path / "two", 50_000) == made
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.parquet"))
    assert len(files) == 2 * 36 + 1 + 3
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    with pytest.raises(FileExistsError, match="not empty"):
        make_shop(tmp_path / "one", 50_000)


def test_the_day_after_is_no_part_of_the_history(shop: Path) -> None:
    history = pl.read_parquet(shop / "history" / "orders" / "*.parquet")
    day = pl.read_parquet(shop / "day" / "orders" / "*.parquet")
    real = pl.col("ordered_at").dt.year().is_between(2000, 2100)
    assert history.filter(real)["ordered_at"].max() < day.filter(real)["ordered_at"].min()  # type: ignore[operator]
    assert day.filter(real)["ordered_at"].dt.date().unique().to_list() == [shop_files.NEXT_DAY]
    assert history.schema["order_id"] == history.schema["customer_id"] == pl.String


def test_shards_share_files_and_no_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_files, "CUSTOMERS_PER_SHARD", 100)
    make_shop(tmp_path / "sharded", round(300 * LINES_PER_CUSTOMER))
    orders = pl.read_parquet(tmp_path / "sharded" / "history" / "orders" / "*.parquet")
    assert orders["order_id"].drop_nulls().str.split("-").list.last().unique().sort().to_list() == ["00", "01", "02"]
    people = pl.read_parquet(tmp_path / "sharded" / "*" / "customers" / "*.parquet")["customer_id"].drop_nulls()
    assert people.n_unique() == 300
    assert len(list((tmp_path / "sharded" / "history" / "orders").iterdir())) == 36


def test_the_meter_counts_children_and_those_left_behind(tmp_path: Path) -> None:
    work = "import time\nwhile time.process_time() < {seconds}: pass\n"
    (tmp_path / "child.py").write_text(
        work.format(seconds=0.4)
        + f"open({str(tmp_path / 'out')!r}, 'wb').write(bytes(5_000_000))\n"
        + "held = bytearray(200_000_000)\nheld[::4096] = b'x' * len(held[::4096])\ntime.sleep(0.3)\n"
    )
    leaves = f"import subprocess, sys\nsubprocess.Popen([sys.executable, {str(tmp_path / 'child.py')!r}])\n"
    begins = "from benchmarks.process_cost import work_begins\nwork_begins()\n"
    (tmp_path / "parent.py").write_text(work.format(seconds=0.2) + begins + leaves)
    cost = measured(
        [sys.executable, str(tmp_path / "parent.py")], tmp_path / "cost.json", cwd=ROOT,
        environment={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert cost.cpu >= 0.6
    assert 0.15 < cost.start_cpu <= cost.cpu - 0.4
    assert cost.peak > 200
    assert (tmp_path / "out").stat().st_size == 5_000_000


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="no such thing"):
        measured([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path / "cost.json", cwd=ROOT)


def cost_of(cpu: float) -> Cost:
    return Cost(cpu=cpu + 1, start_cpu=1, wall=cpu, peak=100, written=5)


def test_a_page_holds_ratios_within_a_turn_and_is_written_again(tmp_path: Path) -> None:
    figures = Figures(MadeShop(1_000, 100, 50, 3, 10_000_000), skipped=["Spark local[2]"])
    figures.costs = {"night": [cost_of(4), cost_of(9), cost_of(5)], "Polars": [cost_of(2), cost_of(3), cost_of(5)]}
    section = page_section({1_000: figures}, Circumstances("a machine", {"polars": "1"}, "make bench", 3, "2026-01-01"))
    assert "| Polars | 3.0 (2.0 to 5.0) | 2.00 (1.00 to 3.00) | 1.0 | 3.0 (2.0 to 5.0) | 100 | 5 |" in section
    assert "| Spark local[2] | not installed |" in section

    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for _ in range(2):
        write_section(page, section)
        assert page.read_text() == f"before\n{BEGIN}\n\n{section}\n\n{END}\nafter\n"
    (tmp_path / "other.md").write_text("nothing")
    with pytest.raises(ValueError, match="no lines"):
        write_section(tmp_path / "other.md", section)


def test_what_a_night_is_made_of_is_told_dearest_first_in_medians() -> None:
    nights = [
        sample_night.SampleNight(cost_of(cpu), {"check": check, "imports": 4.0, "other": 0.5})
        for cpu, check in ((40, 9.0), (42, 3.0), (47, 5.0))
    ]
    told = sample_night.section(nights)
    assert "takes 43.0 CPU s (41.0 at best)" in told
    assert [line.split(" | ")[0] for line in told.splitlines()[4:]] == ["| check", "| imports", "| other"]
    assert "| 5.0 |" in told


def test_what_a_further_date_costs_is_the_rest_by_the_dates_behind_the_first() -> None:
    told = backfill.section(3_000, 11, backfill.Cost(20.0, 30.0), backfill.Cost(90.0, 110.0))
    assert "| 11 weekly ones: `analytics backfill` | 90.0 | 4.50 | 110 |" in told
    assert "| a further one | 7.0 | 0.35 | 8 |" in told


def test_what_churn_costs_is_told_within_a_turn_and_per_million_scored() -> None:
    found = {"pass": [[4.0, 10.0], [2.0, 10.0]], "extraction": [[6.0, 20.0], [2.0, 20.0]], "learning": [[1.0, 1.0]] * 2}
    told = churn_section(5, found | {"scoring": [[3.0, 1.0]] * 2, "reasons": [[9.0, 1.0]] * 2, "rows": [[7, 500_000]]})
    assert "Extraction is 1.25 (1.00 to 1.50) x the grouped pass of its turn" in told
    assert "scoring takes 6.0 CPU seconds per million customers, with reasons 18.0." in told


def test_growth_is_the_slope_of_the_logarithms() -> None:
    assert slope([1, 10, 100], [3, 30, 300]) == pytest.approx(1)
    assert slope([1, 10, 100], [2, 200, 20_000]) == pytest.approx(2)


def test_a_contest_stops_where_the_work_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contest itself compares: with a second look that finds a line less there are no figures."""
    from benchmarks import contest

    looks: list[Path] = []

    def found(out: Path) -> Findings:
        looks.append(out)
        seen = found_by_peer(out)
        return seen if len(looks) == 1 else replace(seen, lines=seen.lines - 1)

    monkeypatch.setattr(contest, "found_by_peer", found)
    stopped = Contest(
        folder=tmp_path, lines=1_000, file_format="parquet", cases=[], peers=["DuckDB script", "Polars"], turns=1,
        weeks=1, other_python=tmp_path / "none", say=lambda _: None,
    )  # fmt: skip
    with pytest.raises(DifferentWorkError, match="DuckDB script and Polars did not do the same work: lines"):
        stopped.run()
