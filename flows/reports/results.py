"""The outcome of every row into the pipeline's `results`: a table of a database, or a file elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.storage.url import StorageUrl
from flows.reports.report import Report
from flows.reports.table_file import write_table_file
from flows.reports.wording import is_only_planned
from flows.settings import Pipeline, Results


def keep_results(pipeline: Pipeline, report: Report, *, at: datetime) -> None:
    """Write the report's rows to where the pipeline wants results, if it does and the run did more than plan: a table
    that says `updated` of what was never sent would be believed.

    Raises CouldNotBeDone, saying that the run itself is done, where the database or storage does not take them.
    """
    if pipeline.results is None or is_only_planned(report.summary):
        return
    summary, rows = report.summary, report.rows
    outcomes = report.outcomes.append_column("row", rows.numbers)
    outcomes = outcomes.append_column("address", rows.table[pipeline.source.address])
    run = {"run_id": summary["run_id"], "pipeline": summary["pipeline"], "kind": summary["kind"]}
    try:
        _keep(pipeline.results, outcomes, run, at)
    except VerboiceSyncError as error:
        what = "results file" if pipeline.results.database is None else "results table"
        raise CouldNotBeDone(
            f"The run is done and its reports are written, but not its {what}: {error}",
            hint=f"See {summary['reports']['workbook']}.",
        ) from None


def _keep(results: Results, outcomes: pa.Table, run: dict[str, str], at: datetime) -> None:
    if isinstance(results.url, StorageUrl):
        place = results.url.beside(results.url.name.replace("*", run["run_id"]))
        frame = outcomes.to_pandas().assign(**run, recorded_at=f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
        first = [*run, "recorded_at", "row", "address"]
        ordered = frame[[*first, *frame.columns.difference(first, sort=False)]]
        write_table_file(place, "Results", ordered.astype("string").fillna(""))
        return
    from connectors.sinks.results import record_results

    record_results(results.url.get_secret_value(), results.table, outcomes, run=run, at=at)
