"""Who is told when a run fails: the log, unless the environment names a program."""

import os
import shlex
import subprocess

import dagster as dg

NOTIFIER_VARIABLE = "ANALYTICS_NOTIFY"


@dg.failure_hook(name="tell_of_failure")
def tell_of_failure(context: dg.HookContext) -> None:
    """Log which step failed and, where ``ANALYTICS_NOTIFY`` holds a command, run it with the message on its input."""
    reason = str(context.op_exception).splitlines()[0] if context.op_exception else "see the run"
    message = f"{context.job_name}: {context.op.name} failed in run {context.run_id}: {reason}"
    context.log.error(message)
    command = os.environ.get(NOTIFIER_VARIABLE)
    if command:
        subprocess.run(shlex.split(command), input=message + "\n", text=True, timeout=60, check=False)
