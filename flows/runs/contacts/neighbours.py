"""Pipelines that state values in the same project: what this one was called before, and whom it meets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connectors.ledger.values import Scope, ScopeFacts
from flows import wiring
from flows.contacts.base import Others
from flows.runs.run import Run

if TYPE_CHECKING:
    from connectors.ledger import Ledger

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_COMPARED = 2_000  # contacts: whether two pipelines meet is seen in the first of them


def introduced(run: Run, project_id: int) -> tuple[str, ...]:
    """Make the pipeline known to the ledger; a note if it goes on from what another one remembered."""
    names = wiring.contact_rules(run.pipeline).names
    source = wiring.source_identity(run.pipeline)
    before = run.ledger.introduce(run.scope(project_id), source=source, variables=names, at=run.clock())
    if before is None:
        return ()
    told = f"The pipeline “{run.pipeline.name}” is new and has the source of “{before}”: it goes on from what that one "
    return (f"{told}remembered, as after a rename.",)


def met(run: Run, project_id: int, contacts: pa.ChunkedArray) -> tuple[str, ...]:
    """A note for each other pipeline that has stated one of our variables for one of these contacts."""
    scope, ids = run.scope(project_id), pc.unique(contacts).drop_null().slice(0, _MOST_COMPARED).to_pylist()
    found = neighbours(run.ledger, scope, wiring.contact_rules(run.pipeline).names)
    counted = ((*one, len(pc.unique(_stated(run.ledger, scope, one, ids)["contact_id"]))) for one in found)
    return tuple(_meeting(other, shared, contacts) for other, shared, contacts in counted if contacts)


def _meeting(other: ScopeFacts, shared: Sequence[str], contacts: int) -> str:
    told = f"The pipeline “{other.pipeline}” also states {', '.join(shared)} for {contacts:,} of these contacts"
    return f"{told}: of two sources the one that was changed last counts."


def neighbours(ledger: Ledger, scope: Scope, names: Sequence[str]) -> Iterator[tuple[ScopeFacts, list[str]]]:
    """Other pipelines of the project that have written some of these variables, and which."""
    known = {one.pipeline: one for one in ledger.scope_facts(scope.server, scope.project_id)}
    mine = known.get(scope.pipeline)
    for other in known.values():
        shared = [name for name in names if name in (other.variables or ())]
        if other.pipeline != scope.pipeline and shared and other.counted_at and not _is_former(mine, other):
            yield other, shared


def others(ledger: Ledger, scope: Scope, names: Sequence[str], ids: Sequence[int] | None) -> Others:
    """What the neighbours remember of these variables, of all contacts or just these."""
    found = sorted(neighbours(ledger, scope, names), key=lambda one: one[0].counted_at or _NEVER, reverse=True)
    return Others({other.pipeline: _stated(ledger, scope, (other, shared), ids) for other, shared in found})


def _stated(
    ledger: Ledger, scope: Scope, neighbour: tuple[ScopeFacts, Sequence[str]], ids: Sequence[int] | None
) -> pa.Table:
    other, shared = neighbour
    values = ledger.values(Scope(scope.server, scope.project_id, other.pipeline), ids)
    return values.filter(pc.is_in(values["variable"], value_set=pa.array(list(shared), pa.string())))


def _is_former(mine: ScopeFacts | None, other: ScopeFacts) -> bool:
    """Whether the other is what this pipeline was called before: it has not run since."""
    if mine is None or mine.inherited_at is None or mine.inherited_from != other.pipeline:
        return False
    return other.counted_at is not None and other.counted_at <= mine.inherited_at
