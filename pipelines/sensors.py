"""The sensors: one lands files as they come, one ends in the orchestrator's list what was killed."""

import datetime as dt
import hashlib

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.tags import SENSOR_NAME_TAG

from assets.configuration.settings import Configuration
from assets.home_lock import who_holds
from assets.landing.landed_files import UnreachableError
from assets.landing.source_files import find_files

NEW_FILES = "new_files"
AGAIN_AFTER = dt.timedelta(hours=1)
_GOING = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def landing_fingerprint(configuration: Configuration) -> str:
    """A hash of the names and versions of every file under the sources' paths.

    Databases are not asked: only landing does that. Storage that cannot be listed counts as one state of its own, and
    keeps no other source's files waiting.
    """
    digest = hashlib.sha256()
    for source in configuration.sources:
        try:
            for file in find_files(source):
                digest.update(f"{source.name}\0{file.name}\0{file.version}\n".encode())
        except UnreachableError:
            digest.update(f"{source.name}\0unreachable\n".encode())
    return digest.hexdigest()


def new_files_sensor(configuration: Configuration, job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """A sensor, off until switched on, that runs the landing job when files have come or changed.

    While a run holds the home the files wait: landing would be refused. Where a landing it asked for has failed, as
    over a configuration somebody was just editing, it asks again after an hour, and no sooner: it may fail again.
    """

    @dg.sensor(
        name=NEW_FILES,
        job=job,
        minimum_interval_seconds=60,
        description="Lands files when they come; off until switched on, since the night lands them too.",
    )
    def new_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        seen = landing_fingerprint(configuration)
        if seen == context.cursor and not _has_failed_for_long(context.instance, job.name):
            return dg.SkipReason("nothing new has landed")
        if busy := who_holds(configuration.home):
            return dg.SkipReason(f"what is new waits: {busy}")
        context.update_cursor(seen)
        return dg.RunRequest()  # without a key: a folder may come back to what it was, and be landed again

    return new_files


def _has_failed_for_long(instance: dg.DagsterInstance, job_name: str) -> bool:
    """Whether the last landing this sensor asked for has failed, and that a while ago."""
    asked_here = dg.RunsFilter(job_name=job_name, tags={SENSOR_NAME_TAG: NEW_FILES})
    last = next(iter(instance.get_run_records(asked_here, limit=1)), None)
    return (
        last is not None
        and last.dagster_run.status is dg.DagsterRunStatus.FAILURE
        and last.update_timestamp < dt.datetime.now(dt.UTC) - AGAIN_AFTER
    )


def dead_runs_sensor(configuration: Configuration) -> dg.SensorDefinition:
    """A sensor, on from the start, that marks as failed what is said to be running while nobody holds the home.

    The queue would wait for a run whose process was killed. A run holds the home from its first step to its last. Just
    before and just after it is listed as running and does not: only what two looks in a row find so is dead.
    """

    @dg.sensor(
        name="dead_runs",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Marks runs as failed whose process was killed; without it the queue would wait for them for ever.",
    )
    def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        going = context.instance.get_runs(dg.RunsFilter(statuses=_GOING))
        suspects = set((context.cursor or "").split())
        context.update_cursor("")
        if not going:
            return dg.SkipReason("no run is listed as running")
        if busy := who_holds(configuration.home):
            return dg.SkipReason(str(busy))
        dead = [run for run in going if run.run_id in suspects]
        for run in dead:
            context.instance.report_run_failed(run, "Its process is gone: nobody holds the home. It was killed.")
        context.update_cursor(" ".join(run.run_id for run in going if run.run_id not in suspects))
        return dg.SkipReason(
            f"runs whose process is gone: {len(dead)}; not held for the first time: {len(going) - len(dead)}"
        )

    return dead_runs
