"""What every test stands on, and fixtures of more than one folder. How long an example takes is no claim here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def memory() -> Iterator[Any]:
    """A storage of fsspec's in memory, empty."""
    import fsspec

    storage = fsspec.filesystem("memory")
    storage.store.clear()
    yield storage
    storage.store.clear()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A real browser that asks nobody for anything by itself."""
    binary = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if binary is None:
        pytest.skip(f"no browser: none of {', '.join(_BROWSERS)} is on PATH")
    playwright = pytest.importorskip("playwright.sync_api", reason="the playwright package is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=binary,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()
