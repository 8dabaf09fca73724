"""Tables of the night as assets and their expectations as asset checks: wiring only, nothing is computed here."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from assets import report
from assets.accounting_laws import LAWS, check_laws
from assets.contracts import Contract
from assets.expectations import CheckOutcome, ExpectationSpec, specs_for
from assets.expectations.suites import RETAIL_EXPECTATIONS
from assets.input_key import code_version
from assets.landing.judging import LANDED_TABLE
from assets.landing.landing_zone import land
from assets.night import Night, NightTable
from assets.night_ledger import expect_computed, remember_checks, remember_table
from assets.printable_text import printable
from assets.raw_rows import RAW, check_raw_rows
from assets.release import publish, write_table
from assets.statements import identifier
from assets.tables import FILE_REGISTER, TABLES
from pipelines.failed_run import in_words, what_was_found, what_was_looked_at
from pipelines.night_date import date_of_partition
from pipelines.night_resource import NightRun, utc_now
from pipelines.notifier import tell
from pipelines.progress import reporter, step

OWNERS = ["team:customer-analytics"]
RESOURCE = "night_run"
MODEL_KIND = "scikitlearn"


def column_schema(contract: Contract) -> dg.TableSchema:
    """The contract's columns as the orchestrator shows them."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.type,
                column.description + (f" Unit: {column.unit}." if column.unit else ""),
                dg.TableColumnConstraints(nullable=column.nullable, unique=contract.key == (column.name,)),
            )
            for column in contract.columns
        ]
    )


def night_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Night:
    """The night of the run: its partition key is the date."""
    run: NightRun = getattr(context.resources, RESOURCE)
    return run.at(date_of_partition(context.run.tags.get("dagster/partition"), run.configuration))


def landing_asset(kind: str) -> dg.AssetsDefinition:
    """The raw rows of one kind of source: append-only, with the file, line and moment they came from."""
    name = f"raw_{kind}"

    @dg.asset(
        name=name,
        description=f"Rows of every landed {kind} file: append-only, each with its file's content hash and line "
        f"number, cast and judged, with the reasons that set it aside.",
        group_name="raw",
        owners=OWNERS,
        kinds={"duckdb"},
        required_resource_keys={RESOURCE},
        code_version="1",
    )
    def raw(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        run: NightRun = getattr(context.resources, RESOURCE)
        with step(name, "landing") as detail:
            landings = land(
                run.warehouse,
                run.configuration,
                [kind],
                home=Path(run.configuration.home),
                loaded_at=run.landing_moment(),
                progress=lambda source, done, total: reporter().doing(f"{name}: {source}", done, total),
                ask=not run.known_at,  # what is fetched now is not known to a night of an earlier moment
            )
            rows = int(run.warehouse.scalar(f"select count(*) from {LANDED_TABLE[kind]}"))
            new = sum(landing.new_files for landing in landings)
            detail.rows = rows
            detail += [f"{rows:,} rows", f"{new:,} new of {sum(landing.files for landing in landings):,} files"]
        unreadable = [f"{landing.source}/{file}: {error}" for landing in landings for file, error in landing.unreadable]
        unread = [
            f"{landing.source}/{file}: sheet {printable(sheet)} is not read"
            for landing in landings
            for file, sheet in landing.unread_sheets
        ]
        unreached = [f"{landing.source}/{file}: {error}" for landing in landings for file, error in landing.unreached]
        for text in (*unreadable, *unread, *unreached):
            context.log.warning(text)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": rows,
                "new_files": new,
                "files": sum(landing.files for landing in landings),
                "unreadable_files": dg.MetadataValue.json(unreadable),
                "unread_sheets": dg.MetadataValue.json(unread),
                "unreached": dg.MetadataValue.json(unreached),
            }
        )

    return raw


def key_figures(night: Night, table: NightTable) -> dict[str, Any]:
    """The table's own figures, and how its rows spread over its closed sets of values, as a small table per column."""
    contract = table.contract
    figures: dict[str, Any] = {}
    if table.figures is not None:
        own = night.frame(table.figures).row(0, named=True)
        figures |= {name: value for name, value in own.items() if value is not None}
    for column in contract.columns:
        if column.values is None or len(column.values) < 2:
            continue
        counts = night.warehouse.rows(
            f"select {identifier(column.name)}, count(*) from {identifier(contract.name)} group by 1 order by 2 desc, 1"
        )
        lines = [f"| {column.name} | rows |", "|---|---:|", *(f"| {value} | {count:,} |" for value, count in counts)]
        figures[f"rows_by_{column.name}"] = dg.MetadataValue.md("\n".join(lines))
    return figures


def table_asset(table: NightTable, partitions: dg.PartitionsDefinition, deps: Sequence[str]) -> dg.AssetsDefinition:
    """One table of the night: computed in the warehouse and, where it is published, written as a version."""
    contract = table.contract
    kinds = {*table.kinds, *(("parquet",) if contract.published else ())}

    @dg.asset(
        name=contract.name,
        deps=[dg.AssetKey(name) for name in deps],
        description=f"{contract.description} One row per {contract.grain}.",
        group_name=contract.group,
        owners=OWNERS,
        kinds=kinds,
        partitions_def=partitions,
        required_resource_keys={RESOURCE},
        code_version=code_version()[:12],
        metadata={
            "dagster/column_schema": column_schema(contract),
            "grain": contract.grain,
            "key": ", ".join(contract.key),
            "published": contract.published,
        },
    )
    def compute(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night = night_of(context)
        with step(contract.name, "model" if MODEL_KIND in table.kinds else "table") as detail:
            expect_computed(night, table.reads)
            rows, version = write_table(night, table)
            remember_table(night, contract, version, table.reads)
            detail.rows = rows
            detail.append(f"{rows:,} rows")
        metadata: dict[str, Any] = {"dagster/row_count": rows, **key_figures(night, table)}
        if version is None:
            return dg.MaterializeResult(metadata=metadata)
        return dg.MaterializeResult(
            metadata={
                **metadata,
                "path": dg.MetadataValue.path(str(night.store.published / version.path)),
                "bytes": version.bytes,
            },
            data_version=dg.DataVersion(version.version[:16]),
        )

    return compute


def _results(outcomes: Sequence[CheckOutcome], asset: str, rows: int | None = None) -> Iterator[dg.AssetCheckResult]:
    """What the orchestrator's page shows of each check; ``rows`` are those of the table, where it is one."""
    for outcome in outcomes:
        is_error = outcome.severity == "error"
        yield dg.AssetCheckResult(
            asset_key=asset,
            check_name=outcome.name,
            passed=outcome.passed,
            severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
            description=outcome.description if outcome.error is None else f"{outcome.description} {outcome.error}",
            metadata={
                "found": _found(outcome, rows),
                "observed": dg.MetadataValue.json(outcome.observed),
                "failing_sample": dg.MetadataValue.json(list(outcome.sample)),
            },
        )


def _found(outcome: CheckOutcome, rows: int | None) -> str:
    """As text, for the page shows figures and rows only behind a click: what is amiss, or what was looked at."""
    if not outcome.passed:
        return "; ".join(what_was_found(outcome.observed, outcome.sample)) or "could not be evaluated"
    return what_was_looked_at(outcome.observed, rows)


def table_checks(contract: Contract) -> dg.AssetChecksDefinition:
    """The table's expectations: an error blocks everything behind it, a warning is shown."""
    specs = specs_for(contract)

    @dg.multi_asset_check(
        name=f"{contract.name}_expectations",
        specs=_check_specs(contract.name, specs),
        required_resource_keys={RESOURCE},
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        from assets.expectations.validation import validate

        night = night_of(context)
        with step(f"check {contract.name}", "check") as detail:
            expect_computed(night, [contract])  # re-executed alone, it would judge tables of another night
            predecessor = night.predecessor()
            outcomes = validate(
                night.warehouse,
                contract,
                as_of=night.as_of,
                configuration=night.configuration,
                previous_rows={name: table.rows for name, table in predecessor.tables.items()} if predecessor else None,
            )
            detail.append(_remembered(night, contract.name, outcomes))
            rows = night.warehouse.scalar(f"select count(*) from {contract.name}")
        for outcome in _to_notify(specs, outcomes):
            see = "; ".join(in_words(row) for row in outcome.sample)
            context.log.warning(f"{outcome.description} {see}")
            tell(f"night of {night.as_of}: {outcome.table}.{outcome.name}: {see}")
        yield from _results(outcomes, contract.name, rows)

    return check


def raw_checks(kind: str) -> dg.AssetChecksDefinition:
    """The expectations of what has just landed: nothing waits for them, and all of them warn."""
    contract = RAW[kind]
    specs = list(RETAIL_EXPECTATIONS[contract.name])

    @dg.multi_asset_check(
        name=f"{contract.name}_expectations",
        # Which files count tonight is known only behind the raw table: what reads it cannot stand before it.
        specs=_check_specs(contract.name, specs, deps=(FILE_REGISTER.name,)),
        # Nothing waits for a check that only warns, and the report tells of this one: it goes first.
        op_tags={"dagster/priority": "1"},
        required_resource_keys={RESOURCE},
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        night = night_of(context)
        with step(f"check {contract.name}", "check") as detail:
            outcomes = check_raw_rows(night, kind)
            detail.append(_remembered(night, contract.name, outcomes))
        yield from _results(outcomes, contract.name)

    return check


def _check_specs(asset: str, specs: Sequence[ExpectationSpec], deps: Sequence[str] = ()) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            spec.name,
            asset=asset,
            description=spec.description,
            blocking=spec.severity == "error",
            additional_deps=[*deps, *spec.reads],
        )
        for spec in specs
    ]


def _remembered(night: Night, asset: str, outcomes: Sequence[CheckOutcome], what: str = "expectations") -> str:
    """Record the verdicts; answers how many hold."""
    remember_checks(night, asset, outcomes)
    return f"{sum(outcome.passed for outcome in outcomes)} of {len(outcomes)} {what} hold"


def _to_notify(specs: Sequence[ExpectationSpec], outcomes: Sequence[CheckOutcome]) -> list[CheckOutcome]:
    told = {spec.name for spec in specs if spec.notify}
    return [outcome for outcome in outcomes if outcome.name in told and not outcome.passed and outcome.error is None]


def law_checks(table: str) -> dg.AssetChecksDefinition:
    """The accounting laws shown at the table: every row and every cent is somewhere, and the parts are the whole."""
    laws = [law for law in LAWS if law.table == table]

    @dg.multi_asset_check(
        name=f"{table}_laws",
        specs=[
            dg.AssetCheckSpec(
                law.name,
                asset=table,
                description=law.description,
                blocking=True,
                additional_deps=[name for name in law.reads if name != table],
            )
            for law in laws
        ],
        required_resource_keys={RESOURCE},
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        night = night_of(context)
        with step(f"law of {table}", "check") as detail:
            expect_computed(night, [TABLES[table]])
            outcomes = check_laws(
                night.warehouse,
                {law.name for law in laws},
                as_of=night.as_of,
                window_days=night.configuration.measures.window_days,
            )
            detail.append(_remembered(night, table, outcomes, "laws"))
        yield from _results(outcomes, table)

    return check


def report_asset(partitions: dg.PartitionsDefinition, tables: Sequence[str]) -> dg.AssetsDefinition:
    """The page, rendered before anything is published: a page that fails keeps yesterday's release."""

    @dg.asset(
        name="report",
        deps=[dg.AssetKey(name) for name in tables],
        description="One self-contained HTML page over tonight's tables; waits beside the published ones.",
        group_name="release",
        owners=OWNERS,
        kinds={"html"},
        partitions_def=partitions,
        required_resource_keys={RESOURCE},
        code_version="1",
    )
    def page(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night = night_of(context)
        with step("report", "report") as detail:
            path = report.write_page(night)
            detail.append(f"{path.stat().st_size / 1024:,.0f} KiB")
        return dg.MaterializeResult(metadata={"bytes": path.stat().st_size})

    return page


def release_asset(partitions: dg.PartitionsDefinition, tables: Sequence[str]) -> dg.AssetsDefinition:
    """The release: one manifest over all versions, one pointer; only when every blocking check holds."""

    @dg.asset(
        name="release",
        deps=[dg.AssetKey(name) for name in (*tables, "report")],
        description="One manifest naming every table's version, then one pointer. Readers never see half a night.",
        group_name="release",
        owners=OWNERS,
        kinds={"json"},
        partitions_def=partitions,
        required_resource_keys={RESOURCE},
        code_version="1",
    )
    def release(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night = night_of(context)
        with step("release", "release") as detail:
            report.expect_page(night)
            publication = publish(night, published_at=utc_now().replace(tzinfo=dt.UTC))
            page = report.publish_page(night, is_latest=publication.is_latest)
            detail.append(f"{publication.release.id}{' (identical)' if publication.identical else ''}")
        return dg.MaterializeResult(
            metadata={
                "release": publication.release.id,
                "identical": publication.identical,
                "is_latest": publication.is_latest,
                "is_withdrawn": publication.is_withdrawn,
                "manifest": dg.MetadataValue.path(str(night.store.published / publication.release.manifest)),
                "report": dg.MetadataValue.url(page.as_uri()),
                "tables": len(publication.release.tables),
                "rows": sum(table.rows for table in publication.release.tables.values()),
            }
        )

    return release
