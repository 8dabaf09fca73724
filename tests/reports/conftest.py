"""The sample shop for the tests of the page; its modules stand beside the tests and are no package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sample_data import shop

from reports.page import render
from reports.report_data import ReportData


@pytest.fixture(scope="session")
def year() -> ReportData:
    """Thirteen months, CSAT by year, no NPS."""
    return shop(customers=700)


@pytest.fixture(scope="session")
def page(year: ReportData) -> str:
    return render(year)
