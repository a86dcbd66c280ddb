"""A run of calls opened again by its id: to go on with it, track, cancel or settle its calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.errors import ConfigurationError
from connectors.ledger.values import Call, RunRecord
from connectors.values import Rows
from flows.calls.batch import Batch
from flows.calls.outcome import CallRow, conclude, read_outcomes
from flows.runs.calls.answers import kept_answers
from flows.runs.calls.memory import strand_if_cut_off
from flows.runs.calls.plan_file import read_batch
from flows.runs.calls.report import finished_batch
from flows.runs.finished import Finished
from flows.runs.kinds import CALL
from flows.runs.reopen import reopened
from flows.runs.run import UNFINISHED, Progress, Run, Step, direct


@dataclass(frozen=True, slots=True)
class CallsAgain:
    """A run of calls as it stands: the kept rows and batch, the ledger's record, its own calls by row, and what was
    answered in them, as far as that was read."""

    run: Run
    record: RunRecord
    rows: Rows
    batch: Batch
    calls: Mapping[int, Call]
    answers: Mapping[int, str]

    @property
    def outcomes(self) -> list[CallRow]:
        """Every row as it stands now."""
        rows = conclude(self.batch.outcomes, self.calls, again=self.batch.again, why=self.record.error)
        return [replace(row, answers=self.answers.get(row.outcome.row)) for row in rows]

    def finished(self) -> Finished[Batch]:
        """What its reports tell now."""
        is_open = any(call.state == "not_placed" for call in self.calls.values())
        status = "failed" if self.record.status in UNFINISHED and is_open else ""
        finished = finished_batch(self.batch, self.rows, self.outcomes, requests=self.record.requests, status=status)
        return replace(finished, sent=True, finished_at=self.record.finished_at)


@contextmanager
def reopened_calls(
    wanted: str, progress: Progress | None = None, *, step: Step = direct, home: Path | None = None
) -> Iterator[Run]:
    """The run of calls whose id is, begins or ends with `wanted` (`flows.runs.reopen.reopened`); what it left in the
    air when it died is uncertain.

    Raises ConfigurationError if there is none.
    """
    with reopened(wanted, progress, step=step, home=home) as found:
        if found.record.kind != CALL.name:
            raise ConfigurationError(
                f"{found.run.run_id} is a run of `{found.record.kind}`, which asks for no calls.",
                hint="`verboice-sync runs` lists those of `call`.",
            )
        strand_if_cut_off(found.run)
        yield found.run


def as_it_stands(run: Run) -> CallsAgain:
    """Everything kept of the run. Raises ConfigurationError for one that never came to ask for calls."""
    record = run.ledger.run(run.run_id)
    if record is None or record.options.get("dry_run") or not run.folder.has_rows:
        raise ConfigurationError(
            f"Run {run.run_id} ended before anybody was called.",
            hint=f"Start a new one with `verboice-sync call {run.pipeline.name}`.",
        )
    rows, kept = run.folder.kept_rows()
    batch = read_batch(run.folder.plan, read_outcomes(rows.numbers.to_pylist(), kept))
    calls = {call.row: call for call in run.ledger.calls_of_run(run.run_id)}
    return CallsAgain(run, record, rows, batch, calls, kept_answers(run.folder))
