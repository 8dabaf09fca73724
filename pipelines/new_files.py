"""The sensor that lands files as they come, so that the night finds them read."""

import hashlib
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.configuration import Configuration
from assets.landing.landed_files import find_files


def landing_fingerprint(configuration: Configuration) -> str:
    """A hash of the names, sizes and times of every file under the sources' paths."""
    digest = hashlib.sha256()
    for source in configuration.sources:
        for file in find_files(Path(source.path)):
            digest.update(f"{source.name}\0{file.name}\0{file.size}\0{file.modified_ns}\n".encode())
    return digest.hexdigest()


def new_files_sensor(configuration: Configuration, job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """A sensor, off until switched on, that runs the landing job when files have come or changed."""

    @dg.sensor(
        name="new_files",
        job=job,
        minimum_interval_seconds=60,
        description="Lands files when they come; off until switched on, since the night lands them too.",
    )
    def new_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        seen = landing_fingerprint(configuration)
        if seen == context.cursor:
            return dg.SkipReason("nothing new has landed")
        context.update_cursor(seen)
        return dg.RunRequest(run_key=seen)

    return new_files
