"""The outcome of every row into the pipeline's `results` table."""

from __future__ import annotations

from datetime import datetime

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from flows.reports.report import Report
from flows.reports.wording import is_only_planned
from flows.settings import Pipeline


def keep_results(pipeline: Pipeline, report: Report, *, at: datetime) -> None:
    """Write the report's rows to the table the pipeline names, if it names one and the run did more than plan: a table
    that says `updated` of what was never sent would be believed.

    Raises CouldNotBeDone, saying that the run itself is done, where the database does not take them.
    """
    if pipeline.results is None or is_only_planned(report.summary):
        return
    from connectors.sinks.results import record_results

    summary, rows = report.summary, report.rows
    outcomes = report.outcomes.append_column("row", rows.numbers)
    outcomes = outcomes.append_column("address", rows.table[pipeline.source.address])
    run = {"run_id": summary["run_id"], "pipeline": summary["pipeline"], "kind": summary["kind"]}
    try:
        record_results(pipeline.results.url.get_secret_value(), pipeline.results.table, outcomes, run=run, at=at)
    except VerboiceSyncError as error:
        raise CouldNotBeDone(
            f"The run is done and its reports are written, but not its results table: {error}",
            hint=f"See {summary['reports']['workbook']}.",
        ) from None
