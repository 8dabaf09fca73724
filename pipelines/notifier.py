"""Who is told when a run fails or a source falls silent: the log, unless the environment names a program."""

import os
import shlex
import subprocess

import click
import dagster as dg

from assets.error_texts import without_values
from pipelines.failed_run import BLOCKED, what_blocked

NOTIFIER_VARIABLE = "ANALYTICS_NOTIFY"
_SECONDS = 60


def tell(message: str) -> None:
    """Where ``ANALYTICS_NOTIFY`` holds a command, run it with the message on its input.

    A command that cannot be run, or does not end, is told of on standard error: no night fails for want of a messenger.
    """
    command = os.environ.get(NOTIFIER_VARIABLE)
    if not command:
        return
    text = f"{message}\n".encode(errors="backslashreplace")
    try:
        subprocess.run(shlex.split(command), input=text, timeout=_SECONDS, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        # Not by a logger: the orchestrator's databases silence those they do not know while they are made.
        click.echo(f"nobody was told: the command in {NOTIFIER_VARIABLE} could not be run: {error}", err=True)


@dg.failure_hook(name="tell_of_failure")
def tell_of_failure(context: dg.HookContext) -> None:
    """Log which step failed, and tell."""
    error = context.op_exception
    reason = what_held_up(context) if type(error).__name__ == BLOCKED else ""
    message = f"{context.job_name}: {context.op.name} failed in run {context.run_id}: {reason or in_a_line(error)}"
    context.log.error(message)
    tell(message)


def what_held_up(context: dg.HookContext) -> str:
    """The blocking checks of the step that do not hold, each with what was observed; rows stay in the run."""
    records = context.instance.get_records_for_run(context.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [record.event_log_entry.dagster_event for record in records.records]
    found = [event.asset_check_evaluation_data for event in events if event and event.step_key == context.step_key]
    told = []
    for evaluation in found:
        if evaluation.blocking and not evaluation.passed:
            check, *rest = what_blocked(evaluation)
            observed = [line.strip() for line in rest if line.strip().startswith("observed: ")]
            told.append(" ".join([check.strip(), *observed]))
    return "; ".join(told)


def in_a_line(error: BaseException | None) -> str:
    """Why a step failed: the names of the checks that do not hold, or an error's first line without what it quotes."""
    if error is None:
        return "see the run"
    if type(error).__name__ == BLOCKED:
        return " ".join(str(error).split())  # each table with its checks stands in a line of its own
    return without_values(str(error) or type(error).__name__)
