"""What a command takes for a folder, and how it counts one of a thing."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest
from night_shop import Analytics

from assets.landing.rebuild import Rebuilt


def test_a_rebuild_of_one_file_reads_right(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "archive").mkdir()
    done = Rebuilt(files=1, contents=1, unreadable=1, rows=1, compared=1, restored=("shop/a.csv",), set_aside=None)
    monkeypatch.setattr("assets.landing.rebuild.rebuild", Mock(return_value=done))
    outcome = analytics("rebuild", "--home", tmp_path)
    assert outcome.code == 0
    for line in (
        "its archived bytes were missing or damaged, and were taken from the landing zone again: shop/a.csv",
        "1 of 1 content cannot be read; the next night says why",
        "1 content holds the same rows as in the old warehouse",
    ):
        assert f"{line}\n" in outcome.said


@pytest.mark.parametrize(
    "command", ["run --home", "table nps --home", "simulate --customers 2 --seed 1 --out", "sources propose . --home"]
)
def test_a_folder_without_a_name_is_not_the_one_the_shell_is_in(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """What a variable that is not set gives in a crontab: `--home "$SHOP"` made a home of the working folder."""
    monkeypatch.chdir(tmp_path)
    outcome = analytics(*command.split(), "")
    assert outcome.code == 2
    assert "found an empty text, expected the path of a folder" in outcome.said
    assert list(tmp_path.iterdir()) == []
