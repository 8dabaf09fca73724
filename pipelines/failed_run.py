"""What a person reads when a run failed: every check that blocked with what it saw, every step that raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assets.error_texts import without_values
from assets.printable_text import printable
from assets.warehouse import INTERRUPTIONS

if TYPE_CHECKING:
    import dagster as dg

BLOCKED = "DagsterAssetCheckFailedError"
"""The class of the error of a blocking check that does not hold; Dagster keeps it to itself."""
CHECKS_OF_QUARANTINE = {"row_accounting.quarantine_rate", "survey_responses.quarantine_rate"}
"""The blocking checks whose rows are in quarantine."""
_OURS = ("assets.", "pipelines.")
_MOST_ROWS = 20


def blocked_by(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    """The blocking checks of the run that do not hold, as ``table.check``."""
    return tuple(_name(evaluation) for evaluation in _blocking(result))


def where_rows_are_told(checks: Iterable[str]) -> str:
    """A sentence with the command that tells the rows set aside, where one of the checks blocked for them."""
    return "" if CHECKS_OF_QUARANTINE.isdisjoint(checks) else "`analytics quarantine` tells the files and rows. "


def is_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether somebody stopped the run, by Ctrl-C or a signal, within a step or between two."""
    errors = (event.job_failure_data.error for event in result.all_events if event.is_job_failure)
    return any(error is not None and error.cls_name in INTERRUPTIONS for error in errors)


def what_failed(result: dg.ExecuteInProcessResult) -> str:
    """Every blocking check that does not hold and the first error of every other failed step."""
    blocked = [line for evaluation in _blocking(result) for line in what_blocked(evaluation)]
    failures = {event.step_key: event.step_failure_data.error for event in result.all_events if event.is_step_failure}
    # A check that blocks fails its own step, too.
    raised = [f"  {step}: {_root_message(error)}" for step, error in failures.items() if not _is_block(error)]
    lines = [
        *(["blocked by checks that do not hold:", *blocked] if blocked else []),
        *(["stopped by errors:", *raised] if raised else []),
    ]
    return "\n".join(lines) or "\n".join(["stopped outside its steps:", *_outside_steps(result)])


def _outside_steps(result: dg.ExecuteInProcessResult) -> list[str]:
    """What ended a run of which no step is known to have failed, such as a record that could not be written."""
    errors = (event.job_failure_data.error for event in result.all_events if event.is_job_failure)
    told = [f"  {_root_message(error)}" for error in errors if error is not None]
    return told or [f"  nothing says why; run {result.run_id} in `analytics ui` has the events before"]


def what_blocked(evaluation: dg.AssetCheckEvaluation) -> list[str]:
    """The check with what it expects, what was observed, and the rows to look at; a line each."""
    found = what_was_found(_json(evaluation, "observed") or {}, _json(evaluation, "failing_sample") or [])
    return [
        f"  {_name(evaluation)}: {evaluation.description}",
        *(f"    {line}" for line in found),
    ]


def what_was_found(observed: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a check observed and the rows to look at; a line each."""
    return [
        *([f"observed: {in_words(observed)}"] if observed else []),
        *(f"see: {in_words(row)}" for row in rows[:_MOST_ROWS]),
        *([f"and {len(rows) - _MOST_ROWS:,} more"] if len(rows) > _MOST_ROWS else []),
    ]


def what_was_looked_at(observed: Mapping[str, Any], rows: int | None = None) -> str:
    """What a check that holds looked at: sums compared, or figures beside their bounds, and how many rows.

    >>> what_was_looked_at({"n": 285, "compared": 2, "different": 0, "left_side": "4.00", "right_side": "4.00"})
    '2 compared, over 285 rows: none different'
    >>> what_was_looked_at({"broken": 0}, 20_000)
    'none of 20,000 rows broken'
    >>> what_was_looked_at({"quarantine_rate": None, "at_most": 0.05}, 3)
    'quarantine rate too little to judge, at most 0.05; 3 rows looked at'
    """
    if "compared" in observed:
        return f"{observed['compared']:,} compared, over {observed['n']:,} rows: none different"
    if rows is not None and set(observed) == {"broken"}:
        return f"none of {rows:,} rows broken"
    figures = {name: "too little to judge" if value is None else value for name, value in observed.items()}
    told = [in_words(figures)] if figures else []
    return "; ".join([*told, *([] if rows is None else [f"{rows:,} rows looked at"])]) or "holds"


def in_words(value: Any) -> str:
    """Figures of a check as a person reads them.

    >>> in_words({"source": "shop", "rows_in": 2000, "rate": 0.15, "reasons": ["no_date 200", "no_amount 100"]})
    'source shop, rows in 2,000, rate 0.15, reasons no_date 200 and no_amount 100'
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {in_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " and ".join(in_words(inner) for inner in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return "nothing" if value is None else printable(str(value))


def _blocking(result: dg.ExecuteInProcessResult) -> list[dg.AssetCheckEvaluation]:
    return [each for each in result.get_asset_check_evaluations() if each.blocking and not each.passed]


def _name(evaluation: dg.AssetCheckEvaluation) -> str:
    return f"{evaluation.asset_key.to_user_string()}.{evaluation.check_name}"


def _json(evaluation: dg.AssetCheckEvaluation, name: str) -> Any:
    found = evaluation.metadata.get(name)
    return None if found is None else found.value


def _is_block(error: Any) -> bool:
    return error is not None and error.cls_name == BLOCKED


def _root_message(error: Any) -> str:
    """The words of the innermost error of the program's own, which say where and what to do; else the root's."""
    chain: list[Any] = []
    while error is not None:
        chain.append(error)
        error = error.cause
    if not chain:
        return "unknown error"
    error = next((each for each in reversed(chain) if each.message.startswith(_OURS)), chain[-1])
    # The engine quotes the value it could not take, which may be a customer's.
    return without_values(error.message) if error.message.startswith("_duckdb.") else error.message.strip()
