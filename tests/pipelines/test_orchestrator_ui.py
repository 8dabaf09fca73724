"""The orchestrator's UI in a real browser: graph, meaning, checks and runs, whichever way a run was started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from night_shop import LAST_DAY, Analytics, Outcome, Shop, latest_of

from assets.accounting_laws import LAWS
from assets.expectations import specs_for
from assets.tables import RFM_SEGMENTS, TABLES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMMAND = "from pipelines.command_line import main; main()"
LAUNCH = """
mutation($selector: JobOrPipelineSelector!, $date: String!) {
  launchRun(executionParams: {
    selector: $selector, runConfigData: {}, executionMetadata: {tags: [{key: "dagster/partition", value: $date}]}
  }) { __typename ... on LaunchRunSuccess { run { runId } } }
}
"""
EXECUTE_AGAIN = """
mutation($run: String!) {
  launchRunReexecution(reexecutionParams: {parentRunId: $run, strategy: ALL_STEPS}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}
"""
RUNS = "{ runsOrError { ... on Runs { results { runId jobName status tags { key value } } } } }"
NIGHTLY = {
    "repositoryName": "__repository__",
    "repositoryLocationName": "pipelines.definitions",
    "pipelineName": "nightly",
}


@dataclass(frozen=True)
class Ui:
    """A running `analytics ui` on one shop's home."""

    shop: Shop
    address: str

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL answer."""
        request = urllib.request.Request(
            f"{self.address}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["data"]

    def runs(self) -> list[dict[str, Any]]:
        """Every run of the instance, newest first."""
        found = self.ask(RUNS)["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def wait_for(self, run: str, *states: str) -> str:
        """The first of these states the run is in."""
        until = time.monotonic() + 240
        while True:
            (status,) = [each["status"] for each in self.runs() if each["runId"] == run]
            if status in states:
                return status
            assert time.monotonic() < until, f"the run is {status}"
            time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.fixture(scope="module")
def ui(published: tuple[Shop, Outcome], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    shop = published[0].copy(folder / "shop")
    port = free_port()
    (folder / ".env").write_text("DAGSTER_HOME=/nowhere\n")  # the home asked for is the one that counts
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "ui", *shop.arguments, "--port", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
        try:
            running = Ui(shop, f"http://127.0.0.1:{port}")
            until = time.monotonic() + 120
            while True:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until, (folder / "log").read_text()
                with contextlib.suppress(OSError):
                    if running.ask("{ version }"):
                        break
                time.sleep(0.5)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # servers and runs it started, should any be left
            process.wait()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1500, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


# ------------------------------------------------------------------ what it shows


def test_the_graph_shows_every_asset(ui: Ui, page: Any, tmp_path: Path) -> None:
    page.goto(f"{ui.address}/asset-groups?expanded={','.join(groups())}", wait_until="domcontentloaded")
    for group in groups():
        page.get_by_text(group, exact=True).first.wait_for()
    page.set_viewport_size({"width": 3000, "height": 3000})  # what lies beyond the window is not drawn
    page.goto(f"{ui.address}/locations/pipelines.definitions/asset-groups/segments", wait_until="domcontentloaded")
    for name in ("rfm_segments", "lifecycle_stages", "customer_traits"):
        page.get_by_text(name, exact=True).first.wait_for()
    while page.get_by_text("Loading", exact=False).count():
        page.wait_for_timeout(200)
    page.screenshot(path=tmp_path / "graph.png")
    nodes = ui.ask("{ assetNodes { assetKey { path } hasMaterializePermission description } }")["assetNodes"]
    assert {node["assetKey"]["path"][0] for node in nodes} >= {*TABLES, "report", "release"}
    assert all(node["description"] for node in nodes)


def groups() -> list[str]:
    return sorted({contract.group for contract in TABLES.values()} | {"raw", "release"})


def test_an_asset_shows_its_meaning_its_columns_and_its_rows(ui: Ui, page: Any, tmp_path: Path) -> None:
    page.goto(f"{ui.address}/assets/rfm_segments?view=overview", wait_until="domcontentloaded")
    page.get_by_text(RFM_SEGMENTS.description).first.wait_for()
    for column in RFM_SEGMENTS.columns:
        page.get_by_text(column.description).first.wait_for()
    page.get_by_text("Row count").first.wait_for()
    rows = latest_of(ui.shop)["tables"]["rfm_segments"]["rows"]
    page.get_by_text(str(rows), exact=True).first.wait_for()
    page.get_by_text("rows_by_segment").first.wait_for()
    page.screenshot(path=tmp_path / "asset.png", full_page=True)


def test_its_checks_are_shown_and_hold(ui: Ui, page: Any, tmp_path: Path) -> None:
    checks = [spec.name for spec in specs_for(RFM_SEGMENTS)]
    checks += [law.name for law in LAWS if law.table == RFM_SEGMENTS.name]
    page.goto(f"{ui.address}/assets/rfm_segments?view=checks", wait_until="domcontentloaded")
    page.get_by_text(f"Checks ({len(checks)})").wait_for()
    for name in checks:
        page.get_by_text(name, exact=True).first.wait_for()
    page.get_by_text("Succeeded").nth(len(checks) - 1).wait_for()
    page.get_by_text("key_unique", exact=True).first.click()
    page.get_by_text("This is a blocking asset check").wait_for()
    page.screenshot(path=tmp_path / "checks.png")


def test_it_asks_no_other_machine_for_anything(ui: Ui, page: Any) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("/")[2] if "://" in request.url else "inline"))
    page.goto(f"{ui.address}/assets/rfm_segments", wait_until="domcontentloaded")
    page.get_by_text("Row count").first.wait_for()
    assert asked - {"inline", ui.address.removeprefix("http://")} == set()


# ------------------------------------------------------------------ runs, whichever way they were started


def test_the_command_lines_run_is_listed_under_the_same_job(ui: Ui, page: Any, tmp_path: Path) -> None:
    (run,) = [run for run in ui.runs() if run["jobName"] == "nightly" and "analytics/started_by" in run["tags"]]
    assert run["status"] == "SUCCESS"
    assert run["tags"]["dagster/partition"] == str(LAST_DAY)
    page.goto(f"{ui.address}/locations/pipelines.definitions/jobs/nightly/runs", wait_until="domcontentloaded")
    page.get_by_text(run["runId"][:8]).first.wait_for()
    page.get_by_text("command line").first.wait_for()
    page.screenshot(path=tmp_path / "runs.png")


def test_a_run_of_the_ui_and_one_of_the_command_line_meet_in_one_home(
    ui: Ui, page: Any, analytics: Analytics, tmp_path: Path
) -> None:
    launched = ui.ask(LAUNCH, selector=NIGHTLY, date="2024-06-30")["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess"
    run = launched["run"]["runId"]
    page.goto(f"{ui.address}/runs/{run}", wait_until="domcontentloaded")
    assert ui.wait_for(run, "STARTED", "FAILURE", "SUCCESS") == "STARTED"
    page.get_by_text("Materialized value file_register.").first.wait_for()  # the log follows the run
    page.screenshot(path=tmp_path / "live.png")
    assert ui.wait_for(run, "STARTED", "FAILURE", "SUCCESS") == "STARTED"

    refused = analytics("run", *ui.shop.arguments)
    assert refused.code == 3
    assert "One run at a time works in a home" in refused.said
    assert len(refused.said) < 500

    assert ui.wait_for(run, "SUCCESS", "FAILURE") == "SUCCESS"
    assert [path.suffix for path in (ui.shop.published / "releases" / "2024-06-30").iterdir()] == [".json"]
    assert latest_of(ui.shop)["as_of"] == str(LAST_DAY)
    # To the command line the UI's night is a night like its own: nothing is left to compute.
    again = analytics("run", *ui.shop.arguments, "--as-of", "2024-06-30")
    assert again.code == 0, again.said
    assert "identical" in again.said


def test_a_night_of_the_command_line_can_be_executed_again_in_the_ui(ui: Ui) -> None:
    before = latest_of(ui.shop)
    night = next(run for run in ui.runs() if run["jobName"] == "nightly" and "analytics/started_by" in run["tags"])
    launched = ui.ask(EXECUTE_AGAIN, run=night["runId"])["launchRunReexecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    assert ui.wait_for(launched["run"]["runId"], "SUCCESS", "FAILURE") == "SUCCESS"
    assert latest_of(ui.shop) == before


def test_it_listens_on_this_machine_only(ui: Ui) -> None:
    port = int(ui.address.rpartition(":")[2])
    others = {address[4][0] for address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1", "127.0.1.1"}:
        with socket.socket() as stranger:
            stranger.settimeout(2)
            assert stranger.connect_ex((address, port)) != 0
