"""The sensor that lands files as they come, so that the night finds them read."""

import datetime as dt
import hashlib

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.tags import SENSOR_NAME_TAG

from assets.configuration.settings import Configuration
from assets.home_lock import who_holds
from assets.landing.landed_files import UnreachableError
from assets.landing.source_files import find_files

NAME = "new_files"
AGAIN_AFTER = dt.timedelta(hours=1)


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
        name=NAME,
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
    asked_here = dg.RunsFilter(job_name=job_name, tags={SENSOR_NAME_TAG: NAME})
    last = next(iter(instance.get_run_records(asked_here, limit=1)), None)
    return (
        last is not None
        and last.dagster_run.status is dg.DagsterRunStatus.FAILURE
        and last.update_timestamp < dt.datetime.now(dt.UTC) - AGAIN_AFTER
    )
