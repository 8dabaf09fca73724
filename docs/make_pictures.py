"""Draws the picture of the report in the documentation, ``docs/report.png``, from the page of a simulated shop.

::

    analytics simulate --customers 20000 --seed 1 --out /tmp/shop
    analytics run --config /tmp/shop/analytics.yaml --as-of 2025-11-30
    analytics run --config /tmp/shop/analytics.yaml --as-of 2025-12-31
    python docs/make_pictures.py /tmp/shop/home/reports/latest.html

Needs Chromium on the path and the development dependencies. Make it anew when the page has changed its looks.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1200, 860


def draw(page_file: Path) -> Path:
    """Photograph the first screen of the page.

    Raises:
        SystemExit: where no browser is installed.
    """
    browser_file = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser_file is None:
        sys.exit(f"no browser: none of {', '.join(BROWSERS)} is on PATH")
    picture = PICTURES / "report.png"
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=browser_file, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(page_file.resolve().as_uri())
        page.screenshot(path=picture)
        browser.close()
    return picture


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/make_pictures.py REPORT.html")
    drawn = draw(Path(sys.argv[1]))
    print(f"{drawn}: {drawn.stat().st_size / 1024:.0f} KiB")
