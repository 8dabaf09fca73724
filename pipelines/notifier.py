"""Who is told when a run fails or a source falls silent: the log, unless the environment names a program."""

import os
import shlex
import subprocess

import dagster as dg

from assets.error_texts import without_values

NOTIFIER_VARIABLE = "ANALYTICS_NOTIFY"


def tell(message: str) -> None:
    """Where ``ANALYTICS_NOTIFY`` holds a command, run it with the message on its input."""
    command = os.environ.get(NOTIFIER_VARIABLE)
    if command:
        subprocess.run(shlex.split(command), input=message + "\n", text=True, timeout=60, check=False)


@dg.failure_hook(name="tell_of_failure")
def tell_of_failure(context: dg.HookContext) -> None:
    """Log which step failed, and tell."""
    error = context.op_exception
    reason = without_values(str(error) or type(error).__name__) if error is not None else "see the run"
    message = f"{context.job_name}: {context.op.name} failed in run {context.run_id}: {reason}"
    context.log.error(message)
    tell(message)
