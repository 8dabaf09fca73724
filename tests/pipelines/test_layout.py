"""The four packages are this repository's, and imports run one way."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["pipelines", "assets", "reports", "models"])
def test_a_package_resolves_to_this_repository(package: str) -> None:
    assert Path(importlib.import_module(package).__path__[0]) == ROOT / package


def test_the_import_contracts_hold() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "3 kept, 0 broken" in found.stdout


def test_the_tests_are_no_packages() -> None:
    """With importlib mode an ``__init__.py`` would shadow the packages of the same names."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_nothing_is_called_utils_helpers_common_or_base() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "misc"}
    files = [file for package in ("pipelines", "assets", "reports", "models") for file in (ROOT / package).rglob("*")]
    assert [file for file in files if file.stem in vague] == []
