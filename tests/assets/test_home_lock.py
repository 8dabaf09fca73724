"""One run at a time in one home, whatever becomes of the process that holds it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assets.home_lock import LOOK_SECONDS, HomeBusy, HomeLock

HOLD = """
import sys
from pathlib import Path
from assets.home_lock import HomeLock
with HomeLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
print("released", flush=True)
sys.stdin.readline()
"""
TRY = """
import sys
from pathlib import Path
from assets.home_lock import HomeBusy, HomeLock
try:
    with HomeLock(Path(sys.argv[1])):
        print("free")
except HomeBusy as busy:
    print("busy", busy.pid)
"""


def holder(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def tried_elsewhere(home: Path) -> str:
    tried = subprocess.run([sys.executable, "-c", TRY, str(home)], capture_output=True, text=True, check=True)
    return tried.stdout.strip()


def test_a_second_process_is_refused_and_told_who_holds_the_home(tmp_path):
    with holder(tmp_path) as process:
        assert process.stdin
        with pytest.raises(HomeBusy) as refused, HomeLock(tmp_path):
            pass
        assert refused.value.pid == process.pid
        assert refused.value.since is not None
        assert re.search(
            rf"{tmp_path} is in use by process {process.pid} since \d{{4}}-\d\d-\d\d .* UTC", str(refused.value)
        )
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout
        assert process.stdout.readline() == "released\n"
        with HomeLock(tmp_path):  # the process lives on; its lock does not
            pass
        process.kill()


def test_a_look_whether_the_home_is_held_refuses_no_run_that_begins_in_that_instant(tmp_path):
    with holder(tmp_path) as looking:
        assert looking.stdin
        end = threading.Timer(LOOK_SECONDS / 5, lambda: (looking.stdin.write("\n"), looking.stdin.flush()))
        end.start()
        with HomeLock(tmp_path):
            pass
        end.join()
        looking.kill()


def test_a_killed_process_leaves_the_home_free(tmp_path):
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with HomeLock(tmp_path):
        pass


def test_one_process_may_take_the_home_twice_and_the_last_one_out_frees_it(tmp_path):
    with HomeLock(tmp_path):
        with HomeLock(tmp_path / "." / ""):
            pass
        assert tried_elsewhere(tmp_path) == f"busy {os.getpid()}"
    assert tried_elsewhere(tmp_path) == "free"


def test_the_lock_is_released_by_an_error_inside(tmp_path):
    with pytest.raises(ZeroDivisionError), HomeLock(tmp_path):
        _ = 1 / 0
    with pytest.raises(RuntimeError, match="does not hold"):
        HomeLock(tmp_path).release()
    assert tried_elsewhere(tmp_path) == "free"


def test_two_homes_do_not_disturb_each_other_and_a_missing_one_is_made(tmp_path):
    with HomeLock(tmp_path / "shop"), HomeLock(tmp_path / "other" / "shop"):
        assert (tmp_path / "other" / "shop" / ".lock").is_file()


FORKED = """
import os, sys, signal
from pathlib import Path
from assets.home_lock import HomeBusy, HomeLock
home = Path(sys.argv[1])
parent = os.fork()
if parent == 0:  # this process takes the lock, forks a child and dies; the child must not keep the lock alive
    HomeLock(home).acquire()
    child = os.fork()
    if child == 0:
        (home / "child").write_text(str(os.getpid()))
        try:
            HomeLock(home).acquire()
            os.write(1, b"child took it\\n")
        except HomeBusy:
            os.write(1, b"child refused\\n")
        signal.pause()
    signal.pause()
sys.stdin.readline()
os.kill(parent, signal.SIGKILL)
os.waitpid(parent, 0)
try:
    with HomeLock(home):
        print("free", flush=True)
finally:
    os.kill(int((home / "child").read_text()), signal.SIGKILL)
"""


def test_a_forked_child_neither_has_the_lock_nor_keeps_it_alive(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", FORKED, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "child refused\n"
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "free\n"
