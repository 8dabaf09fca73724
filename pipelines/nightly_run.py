"""One nightly run from the command line: the same job, on the same instance, as the schedule and the UI start."""

from __future__ import annotations

import datetime as dt
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from assets import report
from assets.amended.facts import forget_amendments
from assets.clean import file_register
from assets.configuration.settings import Configuration
from assets.home_lock import HomeLock
from assets.input_key import input_key
from assets.landing.landed_files import UnreachableError
from assets.landing.source_files import find_files
from assets.night import Night
from assets.releases.manifest import Release
from assets.releases.store import Publication
from assets.source_history import LateDelivery, late_deliveries, newest_answer_on, newest_order_on
from assets.warehouse import heeding_interrupts
from pipelines.failed_run import blocked_by, is_interrupted, what_failed
from pipelines.home_warehouse import WarehouseError, mend_warehouse, opened_warehouse
from pipelines.night_date import business_today, expect_possible
from pipelines.night_resource import all_known_by, utc_moment
from pipelines.profile_parts import is_profiled, part_of_run
from pipelines.progress import reporting
from pipelines.project import Project
from pipelines.remaining_time import remember_seconds, usual_seconds
from pipelines.stop_signals import hearing_stops, heed_stops

if TYPE_CHECKING:
    import dagster as dg

LOCATION, REPOSITORY = "pipelines.definitions", "__repository__"
YESTERDAY, AS_ASKED = "yesterday", "as asked"
_IMPORTED_BY_STEPS = {
    "great expectations": ("assets.expectations.gx_suite",),
    "scikit-learn, scipy": ("sklearn.linear_model", "sklearn.metrics", "scipy.optimize", "scipy.stats"),
}


class NightFailedError(Exception):
    """A run that failed or was blocked; nothing was published. The text says what, where and what to do.

    Attributes:
        blocked_by: the blocking checks that do not hold, as ``table.check``.
    """

    def __init__(self, text: str, *, blocked_by: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.blocked_by = blocked_by


class NightInterruptedError(Exception):
    """A run that somebody stopped, by Ctrl-C or a signal."""


@dataclass(frozen=True)
class NightResult:
    """How a night ended.

    Attributes:
        release: the release that holds the night.
        latest: the release that readers get now; another one where the night's date is older than the latest's, or
            where a rollback in force has set the night's release aside.
        is_withdrawn: a rollback in force has set the night's release aside.
        identical: readers have the same tables as before the run.
        as_of: its date.
        why_as_of: why that date, where the user did not give one.
        run_id: the orchestrator's run; None where the night was recognised before it was computed.
        late: sources of which nothing new has landed for longer than their cadence.
        unreached: source, file and reason of what could not be fetched this time.
        compared_with: the release published from the same inputs before a night that was computed in full.
    """

    release: Release
    latest: Release
    is_withdrawn: bool
    identical: bool
    as_of: dt.date
    why_as_of: str
    run_id: str | None
    late: tuple[LateDelivery, ...] = ()
    unreached: tuple[str, ...] = ()
    compared_with: Release | None = None


def prepare_instance(home: Path) -> None:
    """Make the orchestrator's folder in the home, with its settings, where they are missing.

    Settings that an earlier release put there and nobody has touched since are the beginning of today's: they become
    today's. What somebody has written is left alone.
    """
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    ours = resources.files("pipelines").joinpath("dagster.yaml").read_text()
    if not settings.exists() or (ours.startswith(settings.read_text()) and settings.read_text() != ours):
        settings.write_text(ours)


def has_landed_files(configuration: Configuration) -> bool:
    """Whether there is something to land at any source; what cannot be listed may hold something."""
    try:
        return any(find_files(source) for source in configuration.sources)
    except UnreachableError:
        return True


def run_night(
    project: Project,
    console: Console,
    *,
    as_of: dt.date | None = None,
    known_at: str | None = None,
    full: bool = False,
) -> NightResult:
    """Land what is new, then run the night unless an identical one is published.

    Args:
        project: configuration and home.
        console: where progress goes.
        as_of: business date; None for yesterday or the newest order's date, whichever is earlier.
        known_at: ISO moment after which nothing loaded counts; None for everything landed by this run.
        full: compute everything anew from the landed rows, also where an identical night is published.

    Raises:
        HomeBusy: another run holds the home.
        NoSuchNightError: the date lies ahead, or before the first night of the configuration.
        NightInterruptedError: somebody stopped it.
        NightFailedError: the run failed or was blocked.
    """
    expect_possible(as_of, project.configuration)
    with opened_home(project, console) as defs:
        from pipelines.definitions import STEPS
        from pipelines.notifier import tell

        with reporting(console, STEPS, usual_seconds(project.home)) as remaining:
            unreached = land_files(defs, project)
            store = project.store
            with opened_warehouse(project) as warehouse:
                moment = utc_moment(known_at) if known_at else all_known_by(warehouse)
                why = AS_ASKED
                if as_of is None:
                    today = business_today(project.configuration)
                    as_of, why = default_as_of(Night(today, moment, project.configuration, warehouse, project.home))
                    expect_possible(as_of, project.configuration)
                night = Night(as_of, moment, project.configuration, warehouse, project.home)
                late, key = _late(night), input_key(night)
                if full:
                    forget_amendments(warehouse)
            before = store.find_by_input_key(key, as_of)
            if not full and (again := published_again(project, before)):
                # The check that tells of a night that is computed does not run on one that is recognised.
                if late:
                    tell(f"night of {as_of}: {'; '.join(map(str, late))}")
                known = again.release
                latest = store.latest() or known
                return NightResult(known, latest, again.is_withdrawn, True, as_of, why, None, late, unreached)
            try:
                result = execute(defs, "nightly", project, partition=as_of, known_at=moment)
            except NightFailedError as error:
                told = "\n".join((str(error), *map(not_fetched, unreached)))
                raise NightFailedError(told, blocked_by=error.blocked_by) from error
        remember_seconds(project.home, remaining.taken)
    figures = result.asset_materializations_for_node("release")[0].metadata
    release = store.show(str(figures["release"].value))
    return NightResult(
        release=release,
        latest=store.latest() or release,
        is_withdrawn=bool(figures["is_withdrawn"].value),
        identical=bool(figures["identical"].value),
        as_of=as_of,
        why_as_of=why,
        run_id=result.run_id,
        late=late,
        unreached=unreached,
        compared_with=before if full else None,
    )


@contextmanager
def opened_home(project: Project, console: Console) -> Iterator[dg.Definitions]:
    """The home, held, with its orchestrator's instance and a warehouse that opens; answers the definitions.

    Raises:
        HomeBusy: another run holds the home.
        NightFailedError: the warehouse cannot be opened.
        NightInterruptedError: somebody stopped it outside a run.
    """
    with HomeLock(project.home), quiet_orchestrator():
        try:
            with hearing_stops(), heeding_interrupts():
                prepare_instance(project.home)
                project.remember()
                _expect_warehouse(project, console)
                with part_of_run("definitions", "imports"):
                    from pipelines.definitions import defs
                if is_profiled():
                    _import_what_steps_import()
                yield defs
        except KeyboardInterrupt as error:
            raise NightInterruptedError("interrupted") from error


def _import_what_steps_import() -> None:
    """Load beforehand what the first check and the first model would load, so that they are not charged with it."""
    for name, modules in _IMPORTED_BY_STEPS.items():
        with part_of_run(name, "imports"):
            for module in modules:
                import_module(module)


def land_files(defs: dg.Definitions, project: Project) -> tuple[str, ...]:
    """Take in what has landed; answers source, file and reason of what could not be fetched this time.

    Raises:
        NightInterruptedError: somebody stopped it.
        NightFailedError: landing failed.
    """
    return _unreached(execute(defs, "landing", project, partition=None, known_at=None))


def not_fetched(unreached: str) -> str:
    """What is told of a source, file and reason as :func:`land_files` answers them."""
    return f"not fetched: {unreached}; what was landed before counts"


def published_again(project: Project, known: Release | None) -> Publication | None:
    """Publish a recognised release again; None where its files or its page are not what they were."""
    store = project.store
    if known is None or store.verify(known.id) or not report.shows(project.home, known, project.configuration):
        return None
    again = store.publish_again(known, published_at=dt.datetime.now(dt.UTC))
    if again.is_latest:
        report.make_latest(project.home, known.as_of)
    return again


def _unreached(landing: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    """What could not be fetched, as the landing steps said it."""
    import dagster as dg

    events = landing.get_asset_materialization_events()
    said = [event.materialization.metadata.get("unreached") for event in events]
    values = [value.value for value in said if isinstance(value, dg.JsonMetadataValue)]
    return tuple(str(text) for value in values if isinstance(value, list) for text in value)


def _late(night: Night) -> tuple[LateDelivery, ...]:
    night.compute(file_register)
    return late_deliveries(night)


def default_as_of(today: Night) -> tuple[dt.date, str]:
    """Yesterday, or the newest order's (without orders: answer's) date where that is earlier; and why.

    Only what is in force at the night's ``known_at`` counts.
    """
    warehouse = today.warehouse
    today.compute(file_register)
    newest_order, newest_answer = newest_order_on(warehouse), newest_answer_on(warehouse)
    newest = newest_order or newest_answer
    yesterday = today.as_of - dt.timedelta(days=1)
    if newest is not None and newest < yesterday:
        event = "order" if newest_order else "answer"
        return newest, f"the newest {event}'s date, {(yesterday - newest).days:,} days before yesterday"
    return yesterday, YESTERDAY


def _expect_warehouse(project: Project, console: Console) -> None:
    """Say before anything else where the warehouse cannot be opened: no step is there yet that could fail."""
    try:
        mend_warehouse(project, lambda text: console.print(text, soft_wrap=True))
        with opened_warehouse(project):
            return
    except WarehouseError as error:
        raise NightFailedError(f"stopped: {error}") from error


@contextmanager
def quiet_orchestrator() -> Iterator[None]:
    """Keep the orchestrator's log off the terminal: progress is ours to show, and its UI keeps the log."""
    logger = logging.getLogger("dagster")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)


def execute(
    defs: dg.Definitions, job: str, project: Project, *, partition: dt.date | None, known_at: dt.datetime | None
) -> dg.ExecuteInProcessResult:
    """Run a job of the definitions on the home's instance.

    Args:
        defs: the definitions.
        job: the job's name.
        project: configuration and home.
        partition: business date; None for landing.
        known_at: UTC moment after which nothing loaded counts; None for everything.

    Raises:
        NightInterruptedError: somebody stopped it.
        KeyboardInterrupt: somebody asked for it while the job before came to its end.
        NightFailedError: a step failed or a check blocked.
    """
    import dagster as dg

    from pipelines.event_log import answers_kept

    heed_stops()
    resource = {
        "configuration_file": str(project.file) if project.file else "",
        "home": str(project.home),
        "known_at": known_at.isoformat() if known_at else "",
    }
    with (
        part_of_run(f"orchestrator, {job}", "orchestrator"),
        dg.DagsterInstance.get() as instance,
        answers_kept(instance),
    ):
        _say_where_the_job_is(instance, job)
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=partition.isoformat() if partition else None,
            run_config={
                "resources": {"night_run": {"config": resource}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            # What the UI files runs under: without it they would be listed apart from the schedule's.
            tags={".dagster/repository": f"{REPOSITORY}@{LOCATION}", "analytics/started_by": "command line"},
            raise_on_error=False,
        )
    if is_interrupted(result):
        raise NightInterruptedError(f"interrupted (run {result.run_id})")
    if not result.success:
        raise NightFailedError(what_failed(result), blocked_by=blocked_by(result))
    return result


def _say_where_the_job_is(instance: dg.DagsterInstance, job: str) -> None:
    """Have the instance's next run record where the UI finds its job, as the UI's own do: else it re-executes none."""
    from dagster._core.remote_origin import (
        ManagedGrpcPythonEnvCodeLocationOrigin,
        RemoteJobOrigin,
        RemoteRepositoryOrigin,
    )
    from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

    location = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name=LOCATION), LOCATION)
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), job)
    # What `execute_in_process` makes its run with; it passes none on.
    vars(instance)["create_run_for_job"] = partial(instance.create_run_for_job, remote_job_origin=origin)
