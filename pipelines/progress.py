"""What a person sees while a night runs: a live list on a terminal, plain lines in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from assets.error_texts import quoting_nothing
from assets.warehouse import heeding_interrupts
from pipelines.profile_parts import Kind, PartDetail, part_of_run
from pipelines.remaining_time import Remaining, in_minutes


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

    def __init__(self, console: Console, remaining: Remaining) -> None:
        self.console, self.remaining = console, remaining

    def ended(self, step: str, detail: str, seconds: float) -> None:
        """Print the step, its detail and its time."""
        self.remaining.ended(step, time.monotonic())
        self.console.print(f"{step:<22} {detail:<44} {seconds:6.1f} s", highlight=False, soft_wrap=True)


class _Left(ProgressColumn):
    """How long it will still take, as far as that can be told."""

    def __init__(self, remaining: Remaining) -> None:
        self.remaining = remaining
        super().__init__()

    def render(self, task: Task) -> Text:
        """The time left, rounded as far as it is uncertain."""
        del task
        return Text(in_minutes(self.remaining.seconds(time.monotonic())), style="progress.remaining")


def _bar(console: Console, remaining: Remaining) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        _Left(remaining),
        console=console,
        transient=True,
    )


class Live(Silent):
    """A bar over all steps, the present one named, finished ones above it."""

    def __init__(self, console: Console, remaining: Remaining) -> None:
        self.remaining = remaining
        self.progress = _bar(console, remaining)
        self.task = self.progress.add_task("starting", total=remaining.steps)

    def began(self, step: str) -> None:
        """Name the step."""
        self.progress.update(self.task, description=step)

    def doing(self, step: str, done: int, total: int) -> None:
        """Say how far the step is."""
        self.progress.update(self.task, description=f"{step} {done:,} of {total:,}")

    def ended(self, step: str, detail: str, seconds: float) -> None:
        """Move the bar and leave the step above it."""
        self.remaining.ended(step, time.monotonic())
        self.progress.console.print(f"[green]✓[/] {step:<22} [dim]{detail:<44} {seconds:6.1f} s[/]", highlight=False)
        self.progress.advance(self.task)


class Nights(Silent):
    """Says nothing of steps: whoever runs the nights prints what each came to."""

    def night_began(self, night: str) -> None:
        """A night began."""

    def night_ended(self) -> None:
        """A night ended, well or not."""


class LiveNights(Nights):
    """A bar over many nights, the present one and its step named."""

    def __init__(self, console: Console, nights: int) -> None:
        self.remaining = Remaining(nights, time.monotonic())
        self.progress = _bar(console, self.remaining)
        self.task = self.progress.add_task("landing", total=nights)
        self.night = ""

    def began(self, step: str) -> None:
        """Name the step."""
        self.progress.update(self.task, description=f"{self.night} {step}".strip())

    def doing(self, step: str, done: int, total: int) -> None:
        """Say how far the step is."""
        self.began(f"{step} {done:,} of {total:,}")

    def night_began(self, night: str) -> None:
        """Name the night."""
        self.night = night
        self.progress.update(self.task, description=night)

    def night_ended(self) -> None:
        """Move the bar."""
        self.remaining.ended(self.night, time.monotonic())
        self.progress.advance(self.task)


_current: Silent = Silent()


def reporter() -> Silent:
    """Who is told of the steps of this process's run."""
    return _current


@contextmanager
def _told(listener: Silent) -> Iterator[None]:
    global _current
    before, _current = _current, listener
    try:
        yield
    finally:
        _current = before


@contextmanager
def reporting(console: Console, steps: int, usual: Mapping[str, float] | None = None) -> Iterator[Remaining]:
    """Tell the console of every step run inside the block; what each took is in the answer.

    Args:
        console: where to.
        steps: how many there will be.
        usual: seconds each step took last time, for the time left.
    """
    remaining = Remaining(steps, time.monotonic(), usual)
    if not console.is_terminal:
        with _told(Lines(console, remaining)):
            yield remaining
        return
    live = Live(console, remaining)
    with _told(live), live.progress:
        yield remaining


@contextmanager
def reporting_nights(console: Console, nights: int) -> Iterator[Nights]:
    """Tell a terminal how far many nights are; a pipe has the lines printed when each ends."""
    if not console.is_terminal:
        with _told(quiet := Nights()):
            yield quiet
        return
    live = LiveNights(console, nights)
    with _told(live), live.progress:
        yield live


@contextmanager
def step(name: str, kind: Kind) -> Iterator[PartDetail]:
    """Report the block as one step; what is appended to the list is its detail, and what it took is measured.

    Raises:
        KeyboardInterrupt: a signal stopped the engine in the middle of a statement, whoever asked it.
    """
    began = time.monotonic()
    reporter().began(name)
    with quoting_nothing(), heeding_interrupts(), part_of_run(name, kind) as detail:
        yield detail
    reporter().ended(name, ", ".join(detail), time.monotonic() - began)
