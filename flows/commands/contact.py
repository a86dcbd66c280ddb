"""`contact`: one person, for whoever is asked on the telephone why Verboice said what it said."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from flows import wiring
from flows.commands.terminal.failure import ending
from flows.contacts.outcome import count, describe
from flows.looks.one_contact import OneContact, look_at
from flows.reports.buckets import CONTACT_BUCKETS
from flows.reports.harmless import put
from flows.reports.summary import RunFacts, summary_object
from flows.reports.summary import as_json as json_text
from flows.runs.contacts.report import problems
from flows.runs.finished import plan_facts
from flows.runs.folder import home_folder
from flows.settings import load_pipeline


def contact(name: str, address: str, *, as_json: bool) -> None:
    """Show one contact from every side; sends nothing that changes anything."""
    started = datetime.now(UTC)
    with ending("contact", name, as_json=as_json):
        pipeline = load_pipeline(name)
        with wiring.open_ledger(pipeline, home_folder(pipeline.folder)) as ledger:
            found = look_at(pipeline, ledger, address)
        if as_json:
            _print_json(pipeline.name, found, started)
        else:
            put("\n".join(_lines(found)))


def _lines(found: OneContact) -> Iterable[str]:
    yield f"Verboice, project {found.plan.project_name} ({found.plan.project_id}):"
    for one in found.contacts:
        yield f"  contact {one.id}, addresses {', '.join(one.addresses)}"
        yield from (f"    {name}: {_value(value)}" for name, value in one.vars.items())
    if not found.contacts:
        yield "  no contact with this address in any usual spelling"
    yield "Source:"
    for row in found.rows:
        told = "; ".join(f"{column}: {text or '(blank)'}" for column, text in row.items() if column != "row")
        yield f"  row {row['row']}: {told}"
    if not found.rows:
        yield "  no row with this address"
    yield "A sync would change:"
    yield from (f"  {line}" for line in _changes(found) or ["nothing"])
    yield "Remembered from earlier runs:"
    for value in found.remembered:
        yield f"  {value['variable']}: source {_value(value['source_value'])}, Verboice {_value(value['remote_value'])}"
    if not found.remembered:
        yield "  nothing"


def _value(value: str | None) -> str:
    if value is None:
        return "(absent)"
    return value or "(empty)"


def _changes(found: OneContact) -> list[str]:
    planned = [describe(c["variable"], c["before"], c["after"]) for c in found.plan.changes.to_pylist()]
    reasons = [f"row {o['row']}: {o['reason']}" for o in found.plan.outcomes.to_pylist() if o["reason"]]
    return planned + reasons


def _print_json(name: str, found: OneContact, started: datetime) -> None:
    plan = found.plan
    facts = RunFacts(
        run_id="",
        pipeline=name,
        kind="contact",
        started_at=started,
        finished_at=datetime.now(UTC),
        project_id=plan.project_id,
        project_name=plan.project_name,
        requests=found.requests,
    )
    summary = summary_object(
        facts,
        count(plan.outcomes, CONTACT_BUCKETS),
        plan=plan_facts(plan, ()),
        problems=problems(plan.outcomes),
    )
    told = {
        **summary,
        "contacts": [{"id": c.id, "addresses": c.addresses, "vars": dict(c.vars)} for c in found.contacts],
        "source": found.rows,
        "changes": plan.changes.to_pylist(),
        "remembered": found.remembered,
    }
    sys.stdout.buffer.write(json_text(told))
