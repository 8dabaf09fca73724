"""The benchmark of cleaning runs and compares two equal tables; what it measures is for people to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "cleaning.py"


@pytest.mark.slow
def test_cleaning_and_the_dedupe_by_hand_agree_and_are_measured(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--lines", "7200", "--turns", "1", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert told[1].endswith("clean lines")
    assert told[2:5] == ["summaries", "cleaning", "by hand"]
    assert "cleaning / by hand = " in done.stdout
