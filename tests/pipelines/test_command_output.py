"""What a command says: nobody who reads it, a full disk or a narrow encoding changes what it does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from night_shop import Outcome, Shop, latest_of

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def started(*arguments: object, out: str = "read", encoding: str = "utf-8") -> tuple[int, str, str]:
    """Exit code, output and errors of ``analytics`` in a process of its own; ``out`` is read, full, closed or left."""
    command = {
        "left": "{} | true; exit ${{PIPESTATUS[0]}}",
        "full": "{} >/dev/full",
        "closed": "{} >&-",
        "read": "{}",
    }[out].format('"$0" -c "from pipelines.command_line import main; main()" "$@"')
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, *map(str, arguments)],
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode()


@pytest.fixture(scope="module")
def shop(published: tuple[Shop, Outcome], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A finished shop with a Chinese name."""
    shop = published[0].copy(tmp_path_factory.mktemp("said") / "shop")
    shop.configuration.write_text(shop.configuration.read_text().replace("name: Example shop", "name: 北京", 1))
    return shop


@pytest.mark.slow
@pytest.mark.parametrize("out", ["left", "full", "closed"])
def test_a_night_that_nobody_can_be_told_of_is_published_all_the_same(shop: Shop, out: str) -> None:
    code, _, errors = started("run", *shop.arguments, out=out)
    assert code == 0, errors
    assert "Traceback" not in errors


@pytest.mark.slow
def test_characters_the_terminal_lacks_are_escaped(shop: Shop) -> None:
    code, said, errors = started("run", *shop.arguments, encoding="ascii")
    assert code == 0, errors
    assert r"\u5317\u4eac" in said
    assert latest_of(shop)["release"] in said


@pytest.mark.slow
def test_a_table_is_drawn_with_the_signs_the_terminal_has(shop: Shop) -> None:
    code, said, errors = started("table", "nps", "--home", shop.home, encoding="ascii")
    assert code == 0, errors
    assert "| question" in said
    assert "\\u" not in said


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_every_command_escapes_what_the_terminal_lacks(encoding: str) -> None:
    code, said, _ = started("sources", "list", encoding=encoding)
    assert code == 0
    assert r"\u91d1\u8776" in said


def test_output_that_is_all_a_command_does_is_missed_unless_its_reader_has_gone() -> None:
    code, _, errors = started("sources", "list", out="full")
    assert code == 1
    assert errors.startswith("standard output cannot be read or written: No space left on device")
    assert errors.count("\n") == 1
    assert started("sources", "list", out="left") == (0, "", "")


FOR_A_WHILE = """
import os, sys
from pipelines.command_output import speaking
with speaking():
    place, log = os.dup(2), os.open("/dev/full", os.O_WRONLY)
    os.dup2(log, 2)
    print("lost", file=sys.stderr, flush=True)
    os.dup2(place, 2)
    print("why", file=sys.stderr)
"""


def test_what_is_said_once_there_is_a_place_for_it_again_is_told() -> None:
    """While a step runs the orchestrator has a log in the home in the stream's place; its disk may be full."""
    done = subprocess.run([sys.executable, "-c", FOR_A_WHILE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "why\n")


@pytest.mark.slow
def test_a_profile_that_cannot_be_written_is_told_and_the_night_is_published(shop: Shop) -> None:
    in_the_way = shop.home / "reports" / f"profile-{latest_of(shop)['as_of']}.json" / "folder"
    in_the_way.mkdir(parents=True)
    code, said, errors = started("run", "--profile", *shop.arguments)
    assert code == 0, errors
    assert "the profile could not be written" in said
    assert str(in_the_way.parent) in said
    assert "kind of work" in said
    assert "Traceback" not in errors
