"""A small simulated shop, and the `analytics` command run in this process, so that imports are paid once."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from pipelines.command_line import main
from pipelines.sample_shop import write_sample_shop

HOLD = """
import sys
from pathlib import Path
from assets.home_lock import HomeLock
with HomeLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

LAST_DAY = dt.date(2024, 12, 30)  # of the newest order; customers and answers go on to the next day

Analytics = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """How a command ended and everything it said."""

    code: int
    said: str


@dataclass(frozen=True)
class Shop:
    """Landed files with their configuration, and a home beside them."""

    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "analytics.yaml"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def arguments(self) -> tuple[str, str, str, str]:
        return ("--config", str(self.configuration), "--home", str(self.home))

    def copy(self, folder: Path) -> Shop:
        """The same shop with all it has published, somewhere else."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Shop(folder)


def run_command(*arguments: object) -> Outcome:
    """Run ``analytics`` in this process; the environment is as before afterwards."""
    before = dict(os.environ)
    try:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    finally:
        os.environ.clear()
        os.environ.update(before)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.output)


def land_shop(folder: Path) -> Shop:
    """A year of a shop of 150 customers, of whom few answer: a fortnight without an answer is not a late delivery."""
    write_sample_shop(150, 7, folder, end=dt.date(2024, 12, 31), years=1)
    shop = Shop(folder)
    text = shop.configuration.read_text()
    shop.configuration.write_text(text.replace("kind: surveys", "kind: surveys\n    cadence_days: 14", 1))
    return shop


def state_of(folder: Path) -> dict[str, Any]:
    """Every file and link below the folder: its bytes and when it was last written."""
    return {
        path.relative_to(folder).as_posix(): (
            os.readlink(path) if path.is_symlink() else path.read_bytes(),
            path.lstat().st_mtime_ns,
        )
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def latest_of(shop: Shop) -> dict[str, Any]:
    """What ``latest.json`` says."""
    return json.loads((shop.published / "latest.json").read_text())


def id_of(said: str) -> str:
    """The release a summary names."""
    found = re.search(r"^release +([0-9a-f]{16}) ", said, re.MULTILINE)
    assert found, said
    return found[1]
