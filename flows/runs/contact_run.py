"""One run over contacts, step by step: read, connect, pull, assess, guard, push, report.

The same steps run directly and under Prefect: `step` is how each is carried out (a plain call, or a task).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from connectors.errors import CouldNotBeDone, RefusedByGuard, VerboiceSyncError
from connectors.values import Project, RemoteContacts, Rows
from flows import wiring
from flows.contacts.assess import Known, Target, assess
from flows.contacts.guard import Population, Violation, judge
from flows.contacts.match import Flags
from flows.contacts.normalise import Statements, normalise
from flows.contacts.outcome import RowResult, as_planned, conclude
from flows.contacts.plan import Plan
from flows.contacts.pulling import PullChoice, choose, lookups, select
from flows.contacts.rules import judge_names
from flows.runs import contact_ledger
from flows.runs.contact_report import Finished, write_reports
from flows.runs.folder import RunFolder
from flows.runs.pull import find_project, look_up, names_error
from flows.runs.push import Lane, Push
from flows.runs.report import Report
from flows.runs.signals import stopped_by_signal
from flows.settings.models import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.verboice.client import VerboiceClient

T = TypeVar("T")

MOST_WORKERS = 32  # threads of a push whose concurrency is `auto`


class Step(Protocol):
    """How one named step is carried out: by a plain call, or as a Prefect task."""

    def __call__(self, name: str, work: Callable[[], T], /) -> T: ...


class Progress(Protocol):
    """Shows how far a step is. `total` None = unknown."""

    def begin(self, what: str, total: int | None) -> None: ...
    def advance(self, done: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for beside the pipeline. `guarded` false: no limit on the size of changes (backfill)."""

    only: tuple[str, ...] = ()
    limit: int | None = None
    approve: str | None = None
    fill_only: bool = False
    guarded: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """One run and what it works with. `clock` gives aware UTC times."""

    run_id: str
    kind: str
    pipeline: Pipeline
    folder: RunFolder
    ledger: Ledger
    source: wiring.Source
    progress: Progress
    started_at: datetime
    options: Options = Options()
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything known before anything is sent."""

    rows: Rows
    selected: Flags
    plan: Plan
    violations: tuple[Violation, ...]
    choice: PullChoice
    remote: RemoteContacts


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its report, and the error that stopped it, if any."""

    report: Report
    plan: Plan
    error: VerboiceSyncError | None = None


def direct(_name: str, work: Callable[[], T]) -> T:
    """A step carried out by a plain call."""
    return work()


def plan_contacts(run: Run, step: Step = direct) -> Ended:
    """What a sync would do; sends nothing that changes anything."""
    with wiring.open_client(run.pipeline) as client:
        prepared = prepare(run, client, step)
        finished = _finished(client, prepared, status="", results=None)
    return Ended(step("report", lambda: write_reports(run, finished)), prepared.plan)


def sync_contacts(run: Run, step: Step = direct) -> Ended:
    """Plan, guard, push. Raises what stops a run before it has a plan; afterwards the report tells everything."""
    with contact_ledger.lease(run) as held, wiring.open_client(run.pipeline) as client:
        prepared = prepare(run, client, step)
        refusal = refuse(run, prepared)
        if refusal is not None:
            finished = _finished(client, prepared, status="refused", results=None)
            return Ended(step("report", lambda: write_reports(run, finished)), prepared.plan, refusal)
        results, stopped = step("push", lambda: push(run, client, prepared, held))
        status = "failed" if stopped is not None else ""
        finished = _finished(client, prepared, status=status, results=results)
        contact_ledger.remember(
            run, prepared.plan, outcomes=finished.outcomes, rows=len(prepared.rows), remote=prepared.remote
        )
        return Ended(step("report", lambda: write_reports(run, finished)), prepared.plan, stopped)


def prepare(run: Run, client: VerboiceClient, step: Step) -> Prepared:
    """From the source to a judged plan."""
    rules = wiring.contact_rules(run.pipeline, fill_only=run.options.fill_only)
    rows = step("read source", lambda: _read(run))
    project = step("connect", lambda: _connect(run, client))
    statements = normalise(rows, rules)
    selected = select(statements, only=run.options.only, limit=run.options.limit, region=rules.region)
    choice = _choice(run, project, statements, selected)
    remote, unreachable = step("pull", lambda: _pull(run, client, project, _Wanted(statements, selected, choice)))
    statements = _mark_unreachable(statements, unreachable)
    target = Target(run.pipeline.verboice.url, project.id, project.name)
    known = Known(remote, contact_ledger.base(run, project))
    plan = step("plan", lambda: assess(statements, known, rules, target=target, selected=selected))
    plan = replace(plan, notes=_notes(rows, plan, choice))
    population = Population(
        rows=len(rows),
        contacts=len(remote) if remote.complete else None,
        last=contact_ledger.last_time(run, project),
    )
    violations = judge(plan, wiring.guard_limits(run.pipeline), population) if run.options.guarded else ()
    return Prepared(rows, selected, plan, violations, choice, remote)


def _read(run: Run) -> Rows:
    run.progress.begin(f"Reading {run.source.describe()}", None)
    rows = run.source.read()
    wiring.check_columns(run.pipeline, rows)
    return rows


def _connect(run: Run, client: VerboiceClient) -> Project:
    run.progress.begin("Connecting to Verboice", None)
    project = find_project(
        client.projects(), run.pipeline.verboice.project, where=run.pipeline.where("verboice", "project")
    )
    names = wiring.contact_rules(run.pipeline).names
    problems = judge_names(names, project.contact_vars)
    if problems:
        raise names_error(problems, where=lambda name: run.pipeline.where("contacts", "variables", name))
    return project


def _choice(run: Run, project: Project, statements: Statements, selected: Flags) -> PullChoice:
    contacts = wiring.contact_settings(run.pipeline)
    everything = "new contacts may be created, so near misses must be seen" if contacts.missing == "create" else ""
    if project.contact_vars is None and contacts.pull == "auto":
        everything = "the project is shared, so its variables can only be learned from its contacts"
    addresses = len(lookups(statements, selected, run.pipeline.source.region)) if not everything else 0
    return choose(contacts.pull, addresses, needs_everything=everything)


@dataclass(frozen=True, slots=True)
class _Wanted:
    statements: Statements
    selected: Flags
    choice: PullChoice


def _pull(
    run: Run, client: VerboiceClient, project: Project, wanted: _Wanted
) -> tuple[RemoteContacts, Mapping[str, str]]:
    names = wiring.contact_rules(run.pipeline).names
    if wanted.choice.way == "all":
        run.progress.begin("Reading all contacts", None)
        return client.contacts(project.id, variables=names), {}
    people = lookups(wanted.statements, wanted.selected, run.pipeline.source.region)
    run.progress.begin("Looking up contacts", len(people))
    return look_up(client, project.id, people, variables=names, progress=run.progress.advance)


def _notes(rows: Rows, plan: Plan, choice: PullChoice) -> tuple[str, ...]:
    read = f"Contacts were read {_way(choice)} because {choice.reason}."
    first = ("First run for this project: nothing is known of earlier values, so the source decides.",)
    return (*rows.notes, read, *(first if plan.two_way else ()))


def _way(choice: PullChoice) -> str:
    return "in one list" if choice.way == "all" else "one by one"


def _mark_unreachable(statements: Statements, unreachable: Mapping[str, str]) -> Statements:
    """Rows whose address this server cannot be asked for are rejected with the reason."""
    if not unreachable:
        return statements
    import pyarrow as pa

    reasons = [
        unreachable.get(key, problem)
        for key, problem in zip(statements.keys.to_pylist(), statements.problems.to_pylist(), strict=True)
    ]
    return replace(statements, problems=pa.array(reasons, pa.string()))


def refuse(run: Run, prepared: Prepared) -> RefusedByGuard | None:
    """The refusal of a plan that breaks a limit, or that is not the one that was approved."""
    checksum, approved = prepared.plan.checksum, run.options.approve
    if approved is not None and approved != checksum:
        return RefusedByGuard(
            f"This is not the approved plan any more: approved was {approved}, now it is {checksum}. Nothing was sent.",
            hint="Look at the new plan, and approve that one if it is right.",
            checksum=checksum,
        )
    if approved is not None or not prepared.violations:
        return None
    return RefusedByGuard(
        "Refused by the guard, nothing was sent: " + " ".join(v.reason for v in prepared.violations),
        hint=f"If the plan is right, run the same command with --approve {checksum}",
        checksum=checksum,
        violations=[violation.guard for violation in prepared.violations],
    )


def push(
    run: Run, client: VerboiceClient, prepared: Prepared, held: contact_ledger.HeldLease
) -> tuple[dict[int, RowResult], VerboiceSyncError | None]:
    """Send exactly the plan; what became of each acting row, and what stopped the push early."""
    journal = contact_ledger.PushJournal(run, prepared.plan, held)
    writes = journal.intend()
    run.progress.begin("Changing contacts", len(writes))
    concurrency = run.pipeline.verboice.concurrency
    lane = Lane(prepared.plan.project_id, workers=MOST_WORKERS if concurrency == "auto" else concurrency)
    with stopped_by_signal() as stop:
        pushed = Push(client, journal, lane, stop=stop, progress=run.progress.advance).run(writes)
    row_of = {write.seq: write.row for write in writes}
    results = {row_of[o.seq]: RowResult(o.state, o.reason, o.contact_id) for o in pushed.outcomes}
    stopped = pushed.stopped
    if stopped is None and stop.is_set():
        stopped = CouldNotBeDone(
            "Interrupted; requests under way were finished.", hint=f"Go on with `verboice-sync resume {run.run_id}`."
        )
    return results, stopped


def _finished(
    client: VerboiceClient, prepared: Prepared, *, status: str, results: Mapping[int, RowResult] | None
) -> Finished:
    plan = prepared.plan
    return Finished(
        rows=_selected_rows(prepared.rows, prepared.selected),
        plan=plan,
        violations=prepared.violations,
        outcomes=as_planned(plan) if results is None else conclude(plan, results),
        requests=client.tally.as_dict(),
        status=status,
        sent=results is not None,
    )


def _selected_rows(rows: Rows, selected: Flags) -> Rows:
    if selected.all():
        return rows
    positions = np.flatnonzero(selected)
    return replace(rows, table=rows.table.take(positions), numbers=rows.numbers.take(positions))
