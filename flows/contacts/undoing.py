"""The plan that takes a run back: its changes the other way round, where nobody has changed the values since."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts
from flows.contacts.assess import Target
from flows.contacts.plan import CHANGES, OUTCOMES, SEEN, Plan
from flows.contacts.recheck import Standing, present_values, standings

_STAYS = "The contact itself stays, because Verboice's API cannot delete one."
_GONE = "The contact is gone from Verboice."
_BACK = "It is as it was before the run already."


@dataclass(slots=True)
class _Row:
    """One row while it is judged: what is sent for it, and what is said about it."""

    row: int
    contact_id: int
    address: str
    changes: list[dict[str, object]] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    held: list[dict[str, object]] = field(default_factory=list)
    gone: bool = False

    def outcome(self, *, created: bool) -> dict[str, object]:
        status, reasons = self._status(), []
        if status == "not_found":
            reasons.append(_GONE)
        if status == "unchanged":
            reasons.append(_BACK)
        if self.emptied:
            reasons.append(f"{', '.join(self.emptied)}: was absent and becomes empty, because nothing can be deleted.")
        if self.moved:
            reasons.append(f"{', '.join(self.moved)}: changed by somebody since the run, left alone.")
        if created and not self.gone:
            reasons.append(_STAYS)
        return {
            "row": self.row,
            "leader": self.row,
            "status": status,
            "reason": " ".join(reasons) or None,
            "contact_id": self.contact_id,
            "address": self.address,
        }

    def _status(self) -> str:
        if self.gone:
            return "not_found"
        if self.moved:
            return "held"
        return "updated" if self.changes else "unchanged"


def undo_plan(
    written: pa.Table, now: RemoteContacts, *, target: Target, created: Collection[int] = (), hold: bool = False
) -> Plan:
    """What puts back `written` (schema CHANGES: what a run wrote, ordered by row), given the contacts as they are now.

    A value goes back to `before` only if it is still what the run wrote. What was absent becomes "" and is said to.
    `created` are the contacts that the run made. hold: what is back already is remembered as kept from the source, as
    `held_base` does for what this plan puts back.
    """
    rows = list(_judged(written, now))
    changes = pa.Table.from_pylist([change for row in rows for change in row.changes], schema=CHANGES)
    outcomes = [row.outcome(created=row.contact_id in created) for row in rows]
    return Plan(
        server=target.server,
        project_id=target.project_id,
        project_name=target.project_name,
        changes=changes,
        outcomes=pa.Table.from_pylist(outcomes, schema=OUTCOMES),
        matched=int(pc.count_distinct(written["contact_id"]).as_py()),
        rows=len(rows),
        two_way=False,
        purpose="undo",
        seen=pa.Table.from_pylist([line for row in rows for line in row.held] if hold else [], schema=SEEN),
    )


def _judged(written: pa.Table, now: RemoteContacts) -> Iterator[_Row]:
    standing, present = standings(written, now).tolist(), present_values(written, now).to_pylist()
    judged = zip(written.to_pylist(), standing, present, strict=True)
    for number, group in groupby(judged, key=lambda item: item[0]["row"]):
        members = list(group)
        row = _Row(number, members[0][0]["contact_id"], members[0][0]["address"])
        for change, how, value in members:
            _judge(row, change, how=how, present=value)
        yield row


def _judge(row: _Row, change: dict[str, str | None], *, how: int, present: str | None) -> None:
    variable, before, after = str(change["variable"]), change["before"], change["after"]
    back = before or ""
    if how == Standing.GONE:
        row.gone = True
    elif how == Standing.ARRIVED and back != after:
        row.changes.append({**change, "before": after, "after": back})
        if before is None:
            row.emptied.append(variable)
    elif how == Standing.MOVED and present != back:
        row.moved.append(variable)
    elif back != after:
        line = (row.contact_id, variable, after, present)
        row.held.append(dict(zip(SEEN.names, line, strict=True)))


def in_row_order(changes: pa.Table) -> pa.Table:
    """Changes as `undo_plan` wants them, each value of a contact once (a request may have been made twice)."""
    first: dict[tuple[int, str], int] = {}
    pairs = zip(changes["contact_id"].to_pylist(), changes["variable"].to_pylist(), strict=True)
    for position, pair in enumerate(pairs):
        first.setdefault(pair, position)
    once = changes.take(pa.array(list(first.values()), pa.int64()))
    return once.take(pc.sort_indices(once, sort_keys=[("row", "ascending")])).combine_chunks()


def restored_base(earlier: pa.Table | None, put_back: pa.Table) -> pa.Table:
    """The three-way base (schema SEEN) of values that were put back: what it was before the run that is undone.

    earlier: that base as far as it is known. put_back: contact_id, variable, after. Where there was no base, both sides
    count as having said what is there now; a value that was absent is remembered as the "" it has become.
    """
    known: dict[tuple[int, str], tuple[str | None, str | None]] = {}
    if earlier is not None:
        columns = (earlier[name].to_pylist() for name in SEEN.names)
        known = {(contact, name): (source, remote) for contact, name, source, remote in zip(*columns, strict=True)}
    lines = []
    triples = (put_back[name].to_pylist() for name in ("contact_id", "variable", "after"))
    for contact, name, value in zip(*triples, strict=True):
        source, remote = known.get((contact, name), (value, value))
        lines.append((contact, name, source, value if remote is None else remote))
    return pa.Table.from_pylist([dict(zip(SEEN.names, line, strict=True)) for line in lines], schema=SEEN)


def held_base(put_back: pa.Table) -> pa.Table:
    """The three-way base (schema SEEN) that keeps values from the source until it says something else: both sides count
    as having been seen like this, and a difference that was seen before is kept.

    put_back: contact_id, variable, before (what the undone run wrote, and the source still says), after.
    """
    return put_back.select(["contact_id", "variable", "before", "after"]).rename_columns(SEEN.names).cast(SEEN)
