"""From the source to a judged plan: read, connect, pull, assess, judge.

Nothing is sent that changes anything; all that is written down is what reading cost, and what the pipeline states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from connectors.values import Project, RemoteContacts, Rows
from flows import wiring
from flows.contacts.assess import Known, Target, assess
from flows.contacts.base import without_own
from flows.contacts.bulk import choose_bulk, describe_bulk
from flows.contacts.columns import Flags
from flows.contacts.damage import with_damage_told
from flows.contacts.footer import footer_advice
from flows.contacts.guard import Population, Violation, judge
from flows.contacts.normalise import Statements, normalise
from flows.contacts.people.pulling import Way, select
from flows.contacts.people.regions import region_advice
from flows.contacts.plan import BulkWrite, Plan
from flows.contacts.rules import judge_names
from flows.runs.contacts import costs, memory
from flows.runs.contacts.costs import measured
from flows.runs.contacts.cursor import begins_at, cursor_of, read_changed
from flows.runs.contacts.inquiry import Inquiry, decide_inquiry
from flows.runs.contacts.neighbours import introduced, met, others
from flows.runs.contacts.prepared import FromSource, Prepared
from flows.runs.pull import find_project, look_up, names_error
from flows.runs.run import Run

_LOOKED_AT = 1_000  # rows by which a region is judged

_WAYS: Mapping[Way, str] = {
    "all": "in one list",
    "by_address": "one by one",
    "changed": "one by one, and only those of changed rows,",
}


def prepare(run: Run) -> Prepared:
    """From the source to a judged plan."""
    rules = wiring.contact_rules(run.pipeline, fill_only=run.options.fill_only)
    # A file is read before anything is asked of the server; how far a database was read is known per project.
    rows = run.step("read source", lambda: _read(run, run.source.read)) if cursor_of(run) is None else None
    project = run.step("connect", lambda: connect(run, rules.names))
    renamed = introduced(run, project.id)
    begin = begins_at(run, project.id)
    if rows is None:
        rows = run.step("read source", lambda: _read(run, lambda: read_changed(run, begin)))
    statements = normalise(rows, rules)
    selected = select(
        statements,
        only=run.options.only,
        limit=run.options.limit,
        after_row=run.options.after_row,
        region=rules.region,
        rules=rules.addresses,
    )
    inquiry = decide_inquiry(run, project, rows, statements=statements, selected=selected, rules=rules)
    read_at = run.clock()
    remote, unreachable = run.step("pull", lambda: _pull(run, project, inquiry))
    statements = _mark_unreachable(statements, unreachable)
    base = memory.base(run, project.id, remote)
    sent = memory.unanswered(run.ledger, run.scope(project.id))
    stated = others(run.ledger, run.scope(project.id), rules.names, memory.asked_for(remote))
    known = Known(remote, without_own(base, remote, sent), inquiry.trust if inquiry.trusts else None, stated)
    target = Target(run.pipeline.verboice.url, project.id, project.name)
    plan = run.step("plan", lambda: assess(statements, known, rules, target=target, selected=selected))
    is_first = plan.two_way and memory.is_first(run, project.id)
    plan = replace(plan, bulk=_bulk(run, project, plan, remote), two_way=is_first)
    row_count = len(rows) if cursor_of(run) is None else None
    return Prepared(
        rows=_selected_rows(rows, selected),
        plan=plan,
        violations=_violations(run, plan, rows=row_count, remote=remote),
        remote=remote,
        read_at=read_at,
        base=base,
        unproven=unproven_names(project, rules.names, remote),
        notes=(
            *renamed,
            *_notes(rows, plan, inquiry, remote),
            *_nobody_meant(run, selected),
            *filter(None, [footer_advice(rows, rules.address, rules.region)]),
            *_region_advice(run, rows, plan),
            *met(run, project.id, plan.outcomes["contact_id"]),
        ),
        origin=FromSource(row_count, inquiry.contents(statements, selected), inquiry.is_full and begin is None),
    )


def _read(run: Run, reading: Callable[[], Rows]) -> Rows:
    run.progress.begin(f"Reading {run.source.describe()}", None)
    rows = reading()
    wiring.check_columns(run.pipeline, rows)
    rules = wiring.contact_rules(run.pipeline)
    return with_damage_told(rows, rules.columns, address=rules.address, silent=rules.silent)


def connect(run: Run, names: tuple[str, ...]) -> Project:
    """The run's project, with the login tested and every variable name of `names` judged before anything is sent."""
    run.progress.begin("Connecting to Verboice", None)
    project = find_project(
        run.client.projects(), run.pipeline.verboice.project, where=run.pipeline.where("verboice", "project")
    )
    problems = judge_names(names, project.contact_vars)
    if problems:
        known = project.contact_vars
        raise names_error(problems, known, where=lambda name: run.pipeline.where("contacts", "variables", name))
    return project


def _pull(run: Run, project: Project, inquiry: Inquiry) -> tuple[RemoteContacts, Mapping[str, str]]:
    names = wiring.contact_rules(run.pipeline).names
    if inquiry.choice.way == "all":
        run.progress.begin("Reading all contacts", None)
        with measured(run, "listed") as counted:
            remote = run.client.contacts(project.id, variables=names)
            counted.append(len(remote))
        return remote, {}
    run.progress.begin("Looking up contacts", len(inquiry.people))
    with measured(run, "get"):
        return look_up(run.client, project.id, inquiry.people, variables=names, progress=run.progress.advance)


def _mark_unreachable(statements: Statements, unreachable: Mapping[str, str]) -> Statements:
    """Rows whose address this server cannot be asked for are rejected with the reason."""
    if not unreachable:
        return statements
    reasons = [
        unreachable.get(key, problem)
        for key, problem in zip(statements.keys.to_pylist(), statements.problems.to_pylist(), strict=True)
    ]
    return replace(statements, problems=pa.array(reasons, pa.string()))


def existing_names(project: Project, remote: RemoteContacts) -> tuple[str, ...]:
    """Variables that are known to exist. Those of a shared project cannot be listed (API sheet 1.23); one that some
    contact has a value of exists."""
    if project.contact_vars is not None:
        return project.contact_vars
    return tuple(name for name, column in remote.variables.items() if column.null_count < len(column))


def unproven_names(project: Project, names: Iterable[str], remote: RemoteContacts) -> frozenset[str]:
    """Those of `names` that may not exist: Verboice refuses a request at the first of them, and keeps what it has
    written of it until then (API sheet 5.4)."""
    return frozenset(names).difference(existing_names(project, remote)) if project.contact_vars is None else frozenset()


def _bulk(run: Run, project: Project, plan: Plan, remote: RemoteContacts) -> tuple[BulkWrite, ...]:
    if wiring.contact_settings(run.pipeline).bulk == "never":
        return ()
    names = existing_names(project, remote)
    return choose_bulk(plan, remote, costs.of_server(run), names=names)


def _violations(run: Run, plan: Plan, *, rows: int | None, remote: RemoteContacts) -> tuple[Violation, ...]:
    population = Population(
        rows=rows,
        contacts=len(remote) if remote.complete else None,
        last=memory.last_time(run, plan.project_id),
        is_first=not memory.was_compared(run, plan.project_id),
    )
    limits = wiring.guard_limits(run.pipeline) if run.options.guarded else None
    return judge(plan, limits, population)


def _notes(rows: Rows, plan: Plan, inquiry: Inquiry, remote: RemoteContacts) -> tuple[str, ...]:
    notes = [*rows.notes, f"Contacts were read {_WAYS[inquiry.choice.way]} because {inquiry.choice.reason}."]
    notes += filter(None, [inquiry.note])
    if plan.two_way:
        notes.append("First run for this project: nothing is known of earlier values, so the source decides.")
    if plan.drifted:
        what = "value was" if plan.drifted == 1 else "values were"
        notes.append(f"{plan.drifted:,} {what} changed in Verboice only since the last run, and kept.")
    notes += filter(None, [describe_bulk(plan, len(remote))])
    return tuple(notes)


def _nobody_meant(run: Run, selected: Flags) -> tuple[str, ...]:
    """What to say when --only names nobody: a mistyped number would look like a run that had nothing to do."""
    if run.options.only and not selected.any():
        return ("No row of the source has an address that was given with --only.",)
    return ()


def _region_advice(run: Run, rows: Rows, plan: Plan) -> tuple[str, ...]:
    """What to say where the region is missing or wrong; without one, only if Verboice does not know most numbers."""
    source = run.pipeline.source
    unknown = sum(plan.counts().get(status, 0) for status in ("not_found", "created"))
    if source.region is None and 2 * unknown <= plan.rows:
        return ()
    texts = rows.table.column(source.address).slice(0, _LOOKED_AT).to_pylist()
    return tuple(filter(None, [region_advice(texts, source.region)]))


def _selected_rows(rows: Rows, selected: Flags) -> Rows:
    if selected.all():
        return rows
    positions = np.flatnonzero(selected)
    return replace(rows, table=rows.table.take(positions), numbers=rows.numbers.take(positions))
