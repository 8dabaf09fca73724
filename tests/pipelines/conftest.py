"""What the tests of the whole night share: a small simulated shop, landed once and published once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from night_shop import HOLD, Analytics, Outcome, Shop, land_shop, run_command
from proposal_files import Desk


@pytest.fixture(scope="session")
def analytics() -> Analytics:
    return run_command


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A year of a shop of 150 customers, landed and never run. Copy it before running it."""
    return land_shop(tmp_path_factory.mktemp("landed") / "shop")


@pytest.fixture(scope="session")
def published(landed: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Outcome]:
    """The shop after its first night, and what the night said. Copy it before changing anything."""
    shop = landed.copy(tmp_path_factory.mktemp("published") / "shop")
    outcome = run_command("run", *shop.arguments)
    assert outcome.code == 0, outcome.said
    return shop, outcome


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A folder to put files into, and proposals made of them."""
    return Desk(tmp_path)


@pytest.fixture
def held_home(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A home that another process holds, and that process's id."""
    home = tmp_path / "home"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield home, process.pid
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()
