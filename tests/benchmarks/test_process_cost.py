"""What a measured command is said to have taken."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.process_cost import measured

HOLD = "held = b'x' * 200_000_000; import os, time; "


def peak_of(program: str, folder: Path) -> float:
    return measured([sys.executable, "-c", program], folder / "cost", cwd=Path.cwd()).peak


def test_memory_that_a_forked_process_has_from_its_parent_counts_once(tmp_path: Path) -> None:
    assert 200 < peak_of(HOLD + "os.fork(); time.sleep(0.4)", tmp_path) < 300


def test_memory_of_a_program_that_was_started_counts_beside_its_parents(tmp_path: Path) -> None:
    own = "import time; held = b'x' * 200_000_000; time.sleep(0.4)"
    started = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {own!r}])"
    assert peak_of(HOLD + started, tmp_path) > 400
