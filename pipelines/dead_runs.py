"""The sensor that ends, in the orchestrator's list, runs whose process was killed: the queue would wait for them."""

import dagster as dg

from assets.configuration.settings import Configuration
from assets.home_lock import who_holds

_GOING = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def dead_runs_sensor(configuration: Configuration) -> dg.SensorDefinition:
    """A sensor, on from the start, that marks as failed what is said to be running while nobody holds the home.

    A run holds the home from its first step to its last. Just before and just after it is listed as running and does
    not: only what two looks in a row find so is dead.
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
