"""What becomes of a night whose assets are materialised alone, as the orchestrator's UI offers it."""

from __future__ import annotations

import re
from pathlib import Path

import dagster as dg
import pytest
from night_shop import LAST_DAY, Analytics, Outcome, Shop, latest_of

from pipelines.failed_run import what_failed

pytestmark = pytest.mark.slow


def materialised(shop: Shop, *assets: str) -> str:
    """What failed of the assets and their checks; nothing where all went well."""
    from pipelines.definitions import defs

    resource = {"configuration_file": str(shop.configuration), "home": str(shop.home), "known_at": ""}
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=[dg.AssetKey(name) for name in assets],
            partition_key=str(LAST_DAY),
            instance=instance,
            run_config={"resources": {"night_run": {"config": resource}}},
            raise_on_error=False,
        )
        return "" if result.success else what_failed(result)


def without_moment(page: bytes) -> bytes:
    """The page but for the minute up to which files count."""
    told = re.sub(rb"Files landed up to [^<]+", b"", page)
    assert told != page
    return told


def test_a_release_alone_needs_a_page_that_shows_it(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    """It was published, and then failed for want of a page that was in its place already."""
    shop = published[0].copy(tmp_path / "shop")
    assert analytics("run", "--full", *shop.arguments).code == 0  # the warehouse has the night
    before = latest_of(shop)
    page = shop.home / "reports" / f"{LAST_DAY}.html"
    shown = page.read_bytes()
    assert materialised(shop, "release") == ""
    assert (latest_of(shop), page.read_bytes()) == (before, shown)

    page.write_text("<html>of another release</html>\n")
    history = (shop.published / "releases" / "history.jsonl").read_bytes()
    assert f"no page shows the tables of {LAST_DAY} as they are now" in materialised(shop, "release")
    assert (shop.published / "releases" / "history.jsonl").read_bytes() == history
    assert materialised(shop, "report", "release") == ""
    assert without_moment(page.read_bytes()) == without_moment(shown)
