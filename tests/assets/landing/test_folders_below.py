"""``**`` in a path stands for any number of folders, of which each is looked into once."""

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from assets.landing.landed_files import local_files, local_paths


def landing_zone(folder: Path) -> Path:
    for name in (
        "o.csv",
        "2024/jan/o.csv",
        "2024/jan/p.txt",
        "2024/feb/o.csv",
        "2025/o.csv",
        ".hidden/o.csv",
        "a[1]/o.csv",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("order_id\n1\n")
    return folder


@pytest.mark.parametrize("pattern", ["**/*.csv", "**", "**/jan/*.csv", "2024/**/o.csv", "*/**/*.csv", "**/**/o.csv"])
def test_where_nothing_is_a_link_the_stars_mean_what_they_mean_to_a_shell(tmp_path: Path, pattern: str) -> None:
    zone = landing_zone(tmp_path / "zone [x]")
    absolute = Path(glob.escape(str(zone))) / pattern
    shell = {path for path in glob.glob(str(absolute), recursive=True) if Path(path).is_file()}
    assert {str(path) for path in local_paths(absolute)} == shell
    assert len(local_files(absolute)) == len(shell)


def test_links_that_lead_in_a_circle_and_many_ways_to_one_folder_cost_nothing(tmp_path: Path) -> None:
    zone = landing_zone(tmp_path / "zone")
    for name in "bcd":  # forty folders deep, each with three of itself, are more than can be looked through
        (zone / name).symlink_to(".")
        (zone / "2024" / name).symlink_to("..")
    for step in range(30):
        (tmp_path / f"step{step}").mkdir()
        for name in "ef":
            (tmp_path / f"step{step}" / name).symlink_to(tmp_path / f"step{step + 1}")
    (tmp_path / "step30").mkdir()
    (tmp_path / "step30" / "far.csv").write_text("order_id\n1\n")
    (zone / "elsewhere").symlink_to(tmp_path / "step0")
    found = [file.name for file in local_files(zone / "**" / "*.csv")]
    assert sorted(name.rpartition("/")[2] for name in found) == ["far.csv", *["o.csv"] * 5]
    assert "2024/jan/o.csv" in found  # by the names that lead through no link
