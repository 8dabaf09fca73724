"""What a person sees while a night runs: a live list on a terminal, plain lines in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Silent:
    """Says nothing: the orchestrator's own log is where people look."""

    def began(self, step: str) -> None:
        """A step began."""

    def ended(self, step: str, detail: str, seconds: float) -> None:
        """A step ended well."""

    def doing(self, step: str, done: int, total: int) -> None:
        """A step is part-way."""


class Lines(Silent):
    """One plain line per finished step."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def ended(self, step: str, detail: str, seconds: float) -> None:
        """Print the step, its detail and its time."""
        self.console.print(f"{step:<22} {detail:<44} {seconds:6.1f} s", highlight=False, soft_wrap=True)


class Live(Silent):
    """A bar over all steps, the present one named, finished ones above it."""

    def __init__(self, console: Console, steps: int) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<32}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self.task = self.progress.add_task("starting", total=steps)

    def began(self, step: str) -> None:
        """Name the step."""
        self.progress.update(self.task, description=step)

    def doing(self, step: str, done: int, total: int) -> None:
        """Say how far the step is."""
        self.progress.update(self.task, description=f"{step} {done:,} of {total:,}")

    def ended(self, step: str, detail: str, seconds: float) -> None:
        """Move the bar and leave the step above it."""
        self.progress.console.print(f"[green]✓[/] {step:<22} [dim]{detail:<44} {seconds:6.1f} s[/]", highlight=False)
        self.progress.advance(self.task)


_current: Silent = Silent()


def reporter() -> Silent:
    """Who is told of the steps of this process's run."""
    return _current


@contextmanager
def reporting(console: Console, steps: int) -> Iterator[None]:
    """Tell the console of every step run inside the block."""
    global _current
    before = _current
    try:
        if console.is_terminal:
            live = Live(console, steps)
            _current = live
            with live.progress:
                yield
        else:
            _current = Lines(console)
            yield
    finally:
        _current = before


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Report the block as one step; what is appended to the list is its detail."""
    began = time.monotonic()
    detail: list[str] = []
    reporter().began(name)
    yield detail
    reporter().ended(name, ", ".join(detail), time.monotonic() - began)
