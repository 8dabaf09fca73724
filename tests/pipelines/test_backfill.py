"""Many dates in one process, a night computed in full, a night that tells what it took, and old releases given up."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from night_shop import LAST_DAY, Analytics, Outcome, Shop, id_of, latest_of

from models.move_causes import WALK
from pipelines import backfill
from pipelines.nightly_run import NightFailedError, NightInterruptedError

DATES = [LAST_DAY - dt.timedelta(days=days) for days in (14, 7)]
ARGUMENTS = ("backfill", "--from", DATES[0], "--to", DATES[1], "--every", "1w")


@dataclass(frozen=True)
class Story:
    """A published shop's past, filled in with its first date failing; then stopped; then completed; then once more.

    Attributes:
        shop: the home.
        before: what readers had.
        failing, stopped, completed, again: what the command said.
        full: the first date computed in full, with its profile.
    """

    shop: Shop
    before: dict[str, Any]
    failing: Outcome
    stopped: Outcome
    completed: Outcome
    again: Outcome
    full: Outcome


@pytest.fixture(scope="module")
def story(published: tuple[Shop, Outcome], analytics: Analytics, tmp_path_factory: pytest.TempPathFactory) -> Story:
    shop = published[0].copy(tmp_path_factory.mktemp("backfill") / "shop")
    before = latest_of(shop)
    execute = backfill.execute

    def failing_once(*arguments: Any, partition: dt.date, **more: Any) -> dg.ExecuteInProcessResult:
        if partition == DATES[0]:
            check = "row_accounting.quarantine_rate"
            raise NightFailedError("blocked by checks that do not hold: made up", blocked_by=(check,))
        return execute(*arguments, partition=partition, **more)

    def interrupted(*_: Any, partition: dt.date, **__: Any) -> dg.ExecuteInProcessResult:
        raise NightInterruptedError(f"interrupted on {partition}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfill, "execute", failing_once)
        failing = analytics(*ARGUMENTS, *shop.arguments)
        patch.setattr(backfill, "execute", interrupted)
        stopped = analytics(*ARGUMENTS, *shop.arguments)
    completed = analytics(*ARGUMENTS, *shop.arguments)
    again = analytics(*ARGUMENTS, *shop.arguments)
    full = analytics("run", "--as-of", DATES[0], "--full", "--profile", *shop.arguments)
    return Story(shop, before, failing, stopped, completed, again, full)


def verdicts(said: str) -> dict[str, str]:
    """Date and verdict of every row of the closing table."""
    rows = [line.split() for line in said.partition("as of ")[2].splitlines()[1:]]
    return {row[0]: row[1].rstrip(",") for row in rows if row and row[0] in map(str, DATES)}


# ------------------------------------------------------------------ asking


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2024-01-08", "--to", "2024-01-01"), "lies before"),
        (("--from", "2024-01-01", "--to", "2024-01-08", "--every", "3x"), "7d or 2w"),
        (("--from", "2024-01-01", "--to", "2024-01-08", "--every", "0d"), "7d or 2w"),
        (("--from", "2024-01-01", "--to", "2999-01-01", "--every", "30d"), "outside"),
        (("--from", "1999-12-31", "--to", "2024-01-01", "--every", "52w"), "first_as_of"),
        (("--from", "2024-01-01", "--to", "2024-01-08", "--every", "months"), "month for the last day of each month"),
        (("--from", "2024-02-01", "--to", "2024-02-28", "--every", "month"), "no month ends between"),
        (("--from", "2024-01-01", "--to", "2999-01-01", "--every", "month"), "outside"),
        (("--from", "2024-01-01"), "--to"),
    ],
)
def test_dates_that_cannot_be_run_exit_2_and_touch_nothing(
    analytics: Analytics, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    outcome = analytics("backfill", "--home", tmp_path / "home", *arguments)
    assert outcome.code == 2
    assert said in outcome.said
    assert not (tmp_path / "home").exists()


def test_every_month_runs_the_last_day_of_each(
    landed: Shop, analytics: Analytics, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[dt.date]] = []
    monkeypatch.setattr(backfill, "backfill", lambda _project, _console, dates, _ended: asked.append(dates) or [])
    for first, last in (("2023-12-31", "2024-02-29"), ("2024-01-01", "2024-02-28")):
        said = analytics("backfill", "--from", first, "--to", last, "--every", "month", *landed.arguments)
        assert said.code == 0, said.said
    january = dt.date(2024, 1, 31)
    assert asked == [[dt.date(2023, 12, 31), january, dt.date(2024, 2, 29)], [january]]


def test_a_home_that_is_held_is_left_alone_with_3(
    landed: Shop, analytics: Analytics, held_home: tuple[Path, int]
) -> None:
    home, pid = held_home
    for command in (("backfill", "--from", DATES[0], "--to", DATES[1]), ("releases", "prune")):
        (home / "published").mkdir(exist_ok=True)
        outcome = analytics(*command, "--config", landed.configuration, "--home", home)
        assert outcome.code == 3
        assert f"process {pid}" in outcome.said


# ------------------------------------------------------------------ many dates


@pytest.mark.slow
def test_a_date_that_is_blocked_stops_no_other_and_the_command_says_which_and_why(story: Story) -> None:
    assert story.failing.code == 1
    assert verdicts(story.failing.said) == {str(DATES[0]): "blocked", str(DATES[1]): "published"}
    assert "made up\n`analytics quarantine` tells the files and rows." in story.failing.said
    assert "1 of 2 dates" in story.failing.said


@pytest.mark.slow
def test_a_backfill_that_is_interrupted_goes_on_with_no_other_date(story: Story) -> None:
    assert story.stopped.code == 1
    assert f"the backfill was interrupted on {DATES[0]}" in story.stopped.said
    assert not verdicts(story.stopped.said)


def test_a_date_is_computed_again_only_where_its_inputs_or_the_release_before_it_are_others(story: Story) -> None:
    assert story.completed.code == 0
    assert set(verdicts(story.completed.said).values()) == {"published"}  # the second has a predecessor now
    assert story.again.code == 0
    assert verdicts(story.again.said) == {str(each): "identical" for each in DATES}
    assert story.again.said.count("not computed anew") == 2


@pytest.mark.slow
def test_past_dates_leave_readers_the_newest_and_moves_follow_one_another(story: Story, analytics: Analytics) -> None:
    assert latest_of(story.shop) == story.before
    moves = analytics("table", "segment_moves", "--release", DATES[1], "--format", "csv", *story.shop.arguments)
    assert str(DATES[0]) in moves.said
    told = analytics("table", "customer_moves", "--release", DATES[1], "--format", "csv", *story.shop.arguments)
    causes = pl.read_csv(io.StringIO(told.said))
    counts = pl.read_csv(io.StringIO(moves.said)).filter(pl.col("from_segment") != pl.col("to_segment"))
    assert causes.height == counts["customers"].sum() > 0
    assert causes["is_retraced"].all()
    assert {"time_passing", "new_order"} <= set(causes["cause"]) <= {*WALK} - {"configuration", "late_row"}
    verified = analytics("releases", "verify", *story.shop.arguments)
    assert verified.code == 0, verified.said


@pytest.mark.slow
def test_the_orchestrator_has_one_run_per_computed_date_and_one_landing_per_command(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(story.shop.home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs()
    nights = [run.tags["dagster/partition"] for run in runs if run.job_name == "backfill"]
    assert sorted(nights) == sorted(map(str, [DATES[1], *DATES]))
    assert {run.tags["analytics/started_by"] for run in runs} == {"command line"}
    assert sum(run.job_name == "landing" for run in runs) == 1 + 4 + 1  # the first night, the backfills, the full one
    assert all(run.is_success for run in runs)


# ------------------------------------------------------------------ in full, and measured


@pytest.mark.slow
def test_a_night_in_full_is_the_release_that_was_published(story: Story) -> None:
    assert story.full.code == 0
    release = id_of(story.full.said)
    assert f"the same tables as release {release}" in story.full.said
    assert release in story.again.said
    assert "order_lines" in story.full.said  # it was computed, not recognised


@pytest.mark.slow
def test_a_profile_has_every_part_and_the_parts_are_the_whole(story: Story) -> None:
    file = story.shop.home / "reports" / f"profile-{DATES[0]}.json"
    assert str(file) in story.full.said
    profile = json.loads(file.read_text())
    for unit in ("cpu_seconds", "wall_seconds"):
        for parts in (profile["parts"], profile["kinds"]):
            assert sum(part[unit] for part in parts) == pytest.approx(profile["total"][unit], abs=1e-6)
    assert all(part["cpu_seconds"] > -0.02 for part in profile["parts"])
    kinds = {part["kind"] for part in profile["parts"]}
    assert kinds == {"start", "imports", "landing", "table", "model", "check", "report", "release", "orchestrator",
                     "other"}  # fmt: skip
    rows = {part["name"]: part["rows"] for part in profile["parts"]}
    assert rows["order_lines"] > 1000
    assert rows["churn_scores"] > 0
    assert profile["total"]["peak_bytes"] >= max(part["peak_growth_bytes"] for part in profile["parts"])


# ------------------------------------------------------------------ giving up


@pytest.mark.slow
def test_pruned_releases_are_gone_from_the_list_and_what_is_left_verifies(
    story: Story, analytics: Analytics, tmp_path: Path
) -> None:
    shop = story.shop.copy(tmp_path / "shop")
    rules = ("releases", "prune", "--keep-last", 1, "--keep-days", 0)
    told = analytics(*rules, "--dry-run", *shop.arguments)
    assert told.code == 0
    assert f"would go: {DATES[0]}" in told.said
    assert str(DATES[0]) in analytics("releases", *shop.arguments).said

    pruned = analytics(*rules, *shop.arguments)
    assert pruned.code == 0
    listed = analytics("releases", *shop.arguments).said
    assert str(DATES[0]) not in listed
    assert str(DATES[1]) in listed  # what the latest is compared with
    verified = analytics("releases", "verify", *shop.arguments)
    assert verified.code == 0, verified.said
    assert latest_of(shop) == latest_of(story.shop)
