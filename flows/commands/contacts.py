"""`plan`, `sync`, `backfill` and `set-all`: run, print, and exit with the contract's status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import orjson

from connectors.errors import VerboiceSyncError
from connectors.masking import mask_text
from flows.commands.as_flow import is_wanted, run_as_flow
from flows.commands.prefect_home import keep_prefect_at_home
from flows.commands.terminal.failure import ending, tell
from flows.commands.terminal.progress import shown
from flows.contacts.plan import Plan
from flows.reports.buckets import EXIT_STATUS
from flows.reports.console import MOST_SHOWN, PlannedChange, print_plan, print_report
from flows.reports.harmless import put
from flows.reports.next_steps import NextStep
from flows.reports.private_file import check_folder
from flows.reports.summary import Summary, as_json
from flows.reports.wording import is_only_planned
from flows.runs.approval import this_user
from flows.runs.contacts.backfill import following, prepare_backfill, unfinished
from flows.runs.contacts.plan_file import write_plan
from flows.runs.contacts.resume import resume_run
from flows.runs.contacts.run import plan_contacts, send_contacts, sync_contacts
from flows.runs.contacts.set_all import prepare_set_all
from flows.runs.execution import Started, execute
from flows.runs.folder import home_folder
from flows.runs.reopen import reopened
from flows.runs.run import Ended, Options, Run
from flows.settings import load_pipeline
from flows.wiring import open_ledger


@dataclass(frozen=True, slots=True)
class Choice:
    """The options the commands over contacts share."""

    only: tuple[str, ...] = ()
    limit: int | None = None
    approve: str | None = None
    fill_only: bool = False
    prefect: bool = False
    as_json: bool = False

    @property
    def options(self) -> Options:
        return Options(
            only=self.only,
            limit=self.limit,
            approve=self.approve,
            approver=this_user() if self.approve else "",
            fill_only=self.fill_only,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What a command has to show, however the run was carried out."""

    summary: Summary
    changes: Sequence[PlannedChange]
    error: VerboiceSyncError | None
    notes: Sequence[str] = ()
    steps: Sequence[NextStep] | None = None

    @classmethod
    def of(cls, ended: Ended[Plan]) -> Result:
        """What a run that was carried out here has to show."""
        return cls(ended.report.summary, first_changes(ended.plan), ended.error, ended.notes)

    @property
    def exit_status(self) -> int:
        return self.error.exit_status if self.error is not None else EXIT_STATUS[self.summary["status"]]


def plan(pipeline: str, choice: Choice, *, out: Path | None = None) -> None:
    """Show what a sync would do."""
    with ending("plan", pipeline, as_json=choice.as_json):
        if out is not None:
            check_folder(out)
        result = carried_out("plan", pipeline, choice.options, plan_contacts)
        if out is not None:
            write_plan(out, Path(result.summary["reports"]["plan"] or "").read_bytes())
        show(result, pipeline, json=choice.as_json)


def sync(pipeline: str, choice: Choice) -> None:
    """Plan, guard, push; under Prefect where there is a server, or when asked for."""
    with ending("sync", pipeline, as_json=choice.as_json):
        if is_wanted(asked=choice.prefect):
            result = _under_prefect(pipeline, choice)
        else:
            result = carried_out("sync", pipeline, choice.options, sync_contacts)
        show(result, pipeline, json=choice.as_json)


def show(result: Result, pipeline: str, *, json: bool) -> None:
    """Print a result and leave with its exit status."""
    summary = result.summary
    if json:
        sys.stdout.buffer.write(as_json(summary))
        sys.stdout.flush()
    elif is_only_planned(summary):
        print_plan(summary, result.changes, pipeline=pipeline, steps=result.steps)
    else:
        print_report(summary, pipeline=pipeline)
    for note in result.notes:
        put(f"Note: {mask_text(note)}", file=sys.stderr if json else sys.stdout)
    if result.error is not None:
        tell(result.error)
    raise SystemExit(result.exit_status)


def backfill(pipeline: str, choice: Choice, *, go_on: bool) -> None:
    """A one-off sync without limits on its size; `go_on` with the latest one, cut off or ended by its --limit."""
    with ending("backfill", pipeline, as_json=choice.as_json):
        show(_backfill(pipeline, choice, go_on=go_on), pipeline, json=choice.as_json)


def _backfill(pipeline: str, choice: Choice, *, go_on: bool) -> Result:
    options = replace(choice.options, guarded=False)
    if go_on:
        settings = load_pipeline(pipeline)
        home = home_folder(settings.folder)
        with open_ledger(settings, home) as ledger:
            cut_off = unfinished(ledger, settings.name)
            options = following(ledger, settings.name, options)
        if cut_off is not None:
            return resumed(cut_off.run_id, home=home)
    return carried_out("backfill", pipeline, options, lambda run: send_contacts(run, prepare_backfill))


def set_all(pipeline: str, values: Sequence[str], choice: Choice) -> None:
    """One value for every contact of the project."""
    with ending("set-all", pipeline, as_json=choice.as_json):
        options = replace(choice.options, values=tuple(values))
        result = carried_out("set-all", pipeline, options, lambda run: send_contacts(run, prepare_set_all))
        show(result, pipeline, json=choice.as_json)


def resumed(wanted: str, *, home: Path | None = None) -> Result:
    """Go on with a run over contacts (`flows.runs.reopen.reopened`)."""
    with shown() as progress, reopened(wanted, progress, home=home) as again:
        return Result.of(resume_run(again.run, again.record))


def carried_out(kind: str, pipeline: str, options: Options, work: Callable[[Run], Ended[Plan]]) -> Result:
    """Carry a run out here and now."""
    with shown() as progress:
        return Result.of(execute(Started(kind, pipeline, options, progress=progress), work))


def first_changes(plan: Plan) -> list[PlannedChange]:
    """The first changes of a plan, for the terminal; a new contact counts as one."""
    changes = cast("list[PlannedChange]", plan.changes.slice(0, MOST_SHOWN).to_pylist())
    for create in plan.creates[: MOST_SHOWN - len(changes)]:
        values = "; ".join(f"{name}: {value}" for name, value in create.vars.items())
        shown_create: PlannedChange = {
            "row": create.row,
            "contact_id": None,
            "address": create.address,
            "variable": "(new contact)",
            "before": None,
            "after": values,
        }
        changes.append(shown_create)
    return changes


def _under_prefect(pipeline: str, choice: Choice) -> Result:
    """The same sync as a Prefect flow; its report is read back from the run's folder."""
    keep_prefect_at_home(home_folder(load_pipeline(pipeline).folder))
    from flows.orchestration.under_prefect import secret
    from flows.sync_contacts import SyncOptions
    from flows.sync_contacts import sync_contacts as flow

    options = SyncOptions(only=secret(choice.only), limit=choice.limit, approve=choice.approve)
    folder, summary, error = run_as_flow(pipeline, lambda run_id: flow(pipeline, options, run_id))
    changes = orjson.loads(folder.plan.read_bytes())["changes"][:MOST_SHOWN]
    return Result(summary, changes, error)
