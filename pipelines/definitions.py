"""What the orchestrator sees: the night's assets in the order the data flows, their checks, one job, one schedule.

    landed files -> raw -> clean -> customer days -> { value, segments, churn, retention, satisfaction }
                 -> scorecard, moves, actions -> report -> release

Loading this module imports neither Great Expectations nor scikit-learn.
"""

import datetime as dt
import zoneinfo

import dagster as dg

from assets import (
    action_effects,
    action_list,
    calendar,
    churn,
    churn_samples,
    clean,
    customer_summary,
    facts,
    identity,
    order_steps,
    purchase_models,
    retention,
    rfm_cuts,
    satisfaction,
    satisfaction_drivers,
    scorecard,
    segments,
    source_history,
    track_record,
    traits,
    value,
    value_at_risk,
    value_judging,
)
from assets.accounting_laws import LAWS
from assets.landing.judging import LANDED_TABLE
from assets.moves import customer_moves, restatements, segment_moves
from assets.night import NightTable
from assets.report import JUDGED_TABLES, PAGE_TABLES
from pipelines import night_assets
from pipelines.night_resource import NightRun
from pipelines.notifier import tell_of_failure
from pipelines.project import open_project
from pipelines.sensors import dead_runs_sensor, new_files_sensor

NIGHT_TABLES: tuple[NightTable, ...] = (
    clean.file_register,
    clean.exchange_rates,
    clean.row_outcomes,
    clean.row_accounting,
    clean.quarantine,
    clean.event_freshness,
    identity.accounts,
    identity.account_identifiers,
    identity.customer_identities,
    clean.order_lines,
    facts.order_flows,
    facts.orders,
    facts.customer_days,
    clean.customers,
    clean.survey_responses,
    clean.survey_scopes,
    source_history.source_history,
    source_history.source_trends,
    source_history.source_values,
    calendar.calendar,
    order_steps.order_steps,
    customer_summary.customer_summary,
    purchase_models.value_origin_dates,
    purchase_models.purchase_histories,
    purchase_models.purchase_cells,
    purchase_models.covariate_levels,
    purchase_models.purchase_model,
    purchase_models.spend_model,
    value_judging.value_predictions,
    value_judging.value_choice,
    value.history_scores,
    value.customer_value,
    value_judging.value_evaluation,
    value_judging.value_calibration,
    value_judging.value_tracking_table,
    rfm_cuts.rfm_cuts,
    segments.rfm_segments,
    segments.lifecycle_stages,
    segments.value_tiers,
    value.value_by_tier,
    churn.churn_origins,
    churn_samples.churn_activity,
    churn_samples.churn_samples,
    churn.churn_features,
    churn.churn_learned,
    churn.churn_predictions,
    churn.churn_choice,
    churn.churn_scores,
    churn.churn_calibration,
    churn.model_evaluation,
    churn.churn_models,
    churn.churn_importance,
    churn.churn_rules,
    churn.churn_drift,
    churn.churn_windows,
    value_at_risk.value_at_risk,
    traits.customer_traits,
    traits.segment_overlap,
    satisfaction.nps,
    satisfaction.csat,
    satisfaction.survey_scores,
    satisfaction_drivers.satisfaction_drivers,
    satisfaction.value_by_attitude,
    retention.retention_cohorts,
    scorecard.kpi_scorecard,
    track_record.prediction_scorecard,
    segment_moves.segment_moves,
    restatements.restatements,
    customer_moves.customer_moves,
    action_list.action_list,
    action_list.action_log,
    action_effects.action_effects,
)

_project = open_project()
_business = _project.configuration.business
_nightly = _project.configuration.nightly

# Today counts as a partition too, for whoever asks before midnight; the schedule asks for yesterday.
nights = dg.DailyPartitionsDefinition(
    start_date=_nightly.first_as_of.isoformat(), timezone=_business.timezone, end_offset=1
)
_raw = [f"raw_{kind}" for kind in LANDED_TABLE]
_published = [table.contract.name for table in NIGHT_TABLES if table.contract.published]

_landing = [night_assets.landing_asset(kind) for kind in LANDED_TABLE]
_tables = [
    night_assets.table_asset(table, nights, [read.name for read in table.reads] or _raw) for table in NIGHT_TABLES
]
_checks = [
    *(night_assets.raw_checks(kind) for kind in LANDED_TABLE),
    *(night_assets.table_checks(table.contract) for table in NIGHT_TABLES),
]
_laws = [night_assets.law_checks(table) for table in sorted({law.table for law in LAWS})]
_behind_landing = [*(table.contract.name for table in NIGHT_TABLES), "report", "release"]

# What a run from the command line does, for whoever counts along: landing; then the night, which lands again.
STEPS = len(_landing) + len(_landing) + len(_tables) + len(_checks) + len(_laws) + 2

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="One night: land, clean, build, check, publish, report. The partition is the business date.",
    hooks={tell_of_failure},
)
landing = dg.define_asset_job(
    "landing",
    selection=dg.AssetSelection.assets(*_raw).without_checks(),
    executor_def=dg.in_process_executor,
    description="Take in whatever has landed, and nothing else.",
    hooks={tell_of_failure},
)

backfill = dg.define_asset_job(
    "backfill",
    selection=dg.AssetSelection.assets(*_behind_landing) | dg.AssetSelection.checks_for_assets(*_raw),
    executor_def=dg.in_process_executor,
    description="One night of what has landed already: everything but landing. One run per date, from old to new.",
    hooks={tell_of_failure},
)


@dg.schedule(
    name="every_night",
    job=nightly,
    cron_schedule=f"{_nightly.at[3:]} {_nightly.at[:2]} * * *",
    execution_timezone=_business.timezone,
    description="Every night in the business time zone, for the day that has just ended.",
)
def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Ask for yesterday's night."""
    moment = context.scheduled_execution_time.astimezone(zoneinfo.ZoneInfo(_business.timezone))
    yesterday = (moment.date() - dt.timedelta(days=1)).isoformat()
    return dg.RunRequest(run_key=yesterday, partition_key=yesterday)


defs = dg.Definitions(
    assets=[
        *_landing,
        *_tables,
        night_assets.report_asset(nights, list(dict.fromkeys((*_published, *PAGE_TABLES, *JUDGED_TABLES)))),
        night_assets.release_asset(nights, _published),
    ],
    asset_checks=[*_checks, *_laws],
    jobs=[nightly, landing, backfill],
    schedules=[every_night],
    sensors=[new_files_sensor(_project.configuration, landing), dead_runs_sensor(_project.configuration)],
    resources={
        night_assets.RESOURCE: NightRun(
            configuration_file=str(_project.file) if _project.file else "", home=str(_project.home)
        )
    },
    executor=dg.in_process_executor,
)
