"""What a command takes, all of its processes together: CPU, wall, memory, bytes written.

Nothing but the standard library: the commands measured import it in environments of their own, and the process that
waits stays small, since a child's peak starts with its parent's. Linux only (/proc).

    python -m benchmarks.process_cost COST_FILE COMMAND ...
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

BEGAN = "BENCHMARK_BEGAN"
"""Environment variable: the file in which a command notes that imports are done and work begins."""
_SAMPLE_SECONDS = 0.05
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_FORKED_ONLY = 0x40  # PF_FORKNOEXEC of include/linux/sched.h, in the flags of proc_pid_stat(5)
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


class CommandFailedError(Exception):
    """A measured command ended with an error; the text is what it said last."""


@dataclass(frozen=True)
class Cost:
    """What a command took, from its start to the end of its last process.

    Attributes:
        cpu: CPU seconds, user and system, of all its processes.
        start_cpu: of them, those before work began: interpreter, imports, a virtual machine's start.
        wall: seconds on the clock.
        peak: megabytes resident at the peak, all its processes together, mapped files included.
        written: megabytes given to the disk, files that were deleted again among them.
    """

    cpu: float
    start_cpu: float
    wall: float
    peak: float
    written: float

    @property
    def work_cpu(self) -> float:
        """CPU seconds without those before work began."""
        return self.cpu - self.start_cpu


def work_begins() -> None:
    """Note what this process and its children have taken so far; without a meter around it, nothing."""
    note = os.environ.get(BEGAN)
    if note:
        Path(note).write_text(str(_tree_cpu(os.getpid())))


def measured(command: list[str], note: Path, *, cwd: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run the command to its end, in a small process beside this one.

    Args:
        command: program and arguments.
        note: a file for the figures; what the command says is kept beside it, ending in .log.
        cwd: where it runs.
        environment: variables to set beside those of this process.

    Raises:
        CommandFailedError: it ended with an error.
    """
    meter = [sys.executable, "-m", "benchmarks.process_cost", str(note), *command]
    log = note.with_suffix(".log")
    with log.open("wb") as said:
        done = subprocess.run(
            meter, cwd=cwd, env=os.environ | dict(environment or {}), stdout=said, stderr=said, check=False
        )
    if done.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise CommandFailedError(f"{' '.join(command)} ended with {done.returncode}:\n{last}")
    return Cost(**json.loads(note.read_text()))


def _run(note: Path, command: list[str]) -> int:
    """Run the command, wait for every process it leaves behind too, and note what they took."""
    ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)
    began = note.with_suffix(".began")
    began.unlink(missing_ok=True)
    written_before = _bytes_written()
    start = time.monotonic()
    with subprocess.Popen(command, env=os.environ | {BEGAN: str(began)}) as process:
        memory = LargestSeen(_resident_below)
        memory.start()
        code = process.wait()
    while _has_child():
        time.sleep(_SAMPLE_SECONDS / 5)
    wall = time.monotonic() - start
    memory.stop()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(
        cpu=used.ru_utime + used.ru_stime,
        start_cpu=float(began.read_text()) if began.exists() else 0.0,
        wall=wall,
        peak=max(memory.largest, used.ru_maxrss * 1024) / 1e6,
        written=(_bytes_written() - written_before) / 1e6,
    )
    note.write_text(json.dumps(asdict(cost)))
    return code


def _has_child() -> bool:
    """Whether a process is left, those that ended taken leave of: their CPU is counted only then."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True


class LargestSeen(threading.Thread):
    """Asks for a number twenty times a second and keeps the largest.

    Attributes:
        largest: of the answers so far, 0 before the first; it may be set back.
    """

    def __init__(self, look: Callable[[], int]) -> None:
        super().__init__(daemon=True)
        self.largest = 0
        self._look = look
        self._ended = threading.Event()

    def run(self) -> None:
        """Ask until the thread is stopped."""
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.largest = max(self.largest, self._look())

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()
        self.join()


def _resident_below() -> int:
    """Bytes resident in all processes below this one; memory that a forked one has from its parent counts once."""
    return sum(_resident(pid) for pid in _below(os.getpid()))


def _resident(pid: int) -> int:
    stat = _stat_of(pid)
    size, resident = _pages(pid)
    if stat and int(stat[6]) & _FORKED_ONLY and size == _pages(int(stat[1]))[0]:
        return 0  # about to become another program, or to write: what it has is its parent's
    return resident * _PAGE


def _pages(pid: int) -> tuple[int, int]:
    """Pages of address space and resident ones; none where the process has ended."""
    try:
        size, resident, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0, 0
    return int(size), int(resident)


def _stat_of(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name, which may hold spaces itself; None where the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _below(root: int) -> set[int]:
    """The processes started by this one, and by those."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    parents = {pid: int(fields[1]) for pid in pids if (fields := _stat_of(pid))}
    found: set[int] = set()
    new = {root}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new}
        found |= new
    return found


def _tree_cpu(root: int) -> float:
    """CPU seconds of a process, of those below it, and of those of them that have ended."""
    stats = [fields for pid in {root, *_below(root)} if (fields := _stat_of(pid))]
    return sum(sum(map(int, fields[11:15])) for fields in stats) / _TICK


def _bytes_written() -> int:
    """Bytes that this process, and the children it has waited for, gave to the disk."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


if __name__ == "__main__":
    sys.exit(_run(Path(sys.argv[1]), sys.argv[2:]))
