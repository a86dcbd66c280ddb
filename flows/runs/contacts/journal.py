"""The write-ahead record of a push over contacts: a plan as requests, and what becomes of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from connectors.ledger.values import CHANGES, WRITES, Scope, SettledWrite, WriteState
from flows.contacts import plan as plans
from flows.contacts.bulk import bulk_changes, single_changes
from flows.contacts.outcome import RowResult
from flows.contacts.plan import Create, Plan, group_starts
from flows.runs.contacts.write import Write, WriteOutcome
from flows.runs.lease import HeldLease

if TYPE_CHECKING:
    from flows.runs.run import Run

_STATES: Mapping[str, Literal["done", "failed", "uncertain", "planned"]] = {
    "done": "done",
    "failed": "failed",
    "uncertain": "uncertain",
    "unsent": "planned",
}
_KNOWN: Mapping[str, Literal["done", "failed", "skipped"]] = {
    "done": "done",
    "failed": "failed",
    "unchanged": "skipped",
    "held": "skipped",
}


@dataclass(frozen=True, slots=True)
class Everyone:
    """The request for the whole project (all.json): what it changes, contact by contact (schema of a plan's changes).

    was_sent: an earlier run may have sent it already. is_withdrawn: it never was, and must not be any more.
    """

    seq: int
    changes: pa.Table
    was_sent: bool = False
    is_withdrawn: bool = False

    @property
    def values(self) -> dict[str, str]:
        """The value of each variable."""
        return dict(zip(self.changes["variable"].to_pylist(), self.changes["after"].to_pylist(), strict=True))


@dataclass(frozen=True, slots=True)
class Errands:
    """Requests to be sent: those for single contacts, and the one for everybody, which goes first.

    read_at: when reading the values began that they were made from. unproven: variables that nothing shows to exist;
    Verboice refuses a request at the first it does not know, and keeps what it has written of it until then (API sheet
    5.4).
    """

    singles: tuple[Write, ...]
    everyone: Everyone | None
    read_at: datetime
    unproven: frozenset[str]

    @classmethod
    def of(cls, plan: Plan, *, read_at: datetime, unproven: frozenset[str]) -> Errands:
        """The requests a plan needs, numbered in the order in which they are sent."""
        everyone = Everyone(0, bulk_changes(plan)) if plan.bulk else None
        first = 0 if everyone is None else 1
        puts = list(puts_of(single_changes(plan), first=first))
        singles = (*puts, *_posts(plan.creates, first=first + len(puts)))
        return cls(singles, everyone, read_at, unproven)


def puts_of(changes: pa.Table, *, first: int) -> Iterator[Write]:
    """One request per contact; `changes` are a plan's, grouped by contact."""
    starts = group_starts(changes).tolist()
    columns = {name: changes[name].to_pylist() for name in changes.column_names}
    for seq, (start, end) in enumerate(pairwise(starts), start=first):
        names = columns["variable"][start:end]
        yield Write(
            seq=seq,
            kind="put",
            row=columns["row"][start],
            address=columns["address"][start],
            contact_id=columns["contact_id"][start],
            before=dict(zip(names, columns["before"][start:end], strict=True)),
            after=dict(zip(names, columns["after"][start:end], strict=True)),
        )


def _posts(creates: Sequence[Create], *, first: int) -> Iterator[Write]:
    for seq, create in enumerate(creates, start=first):
        yield Write(seq=seq, kind="post", row=create.row, address=create.address, after=dict(create.vars))


class PushJournal:
    """What a push tells the ledger.

    scope: whose memory of values follows what is written; None where the source has no part in it (set-all, undo).
    """

    def __init__(self, run: Run, held: HeldLease, *, scope: Scope | None) -> None:
        self._run = run
        self._held = held
        self._run_id = run.run_id
        self._scope = scope

    def intend(self, singles: Sequence[Write], everyone: Everyone | None = None) -> None:
        """Record requests before any of them is sent."""
        rows: list[tuple[object, ...]] = [(w.seq, w.kind, w.contact_id, w.address, w.row) for w in singles]
        changes = [_single_changes(singles)]
        if everyone is not None:
            rows.insert(0, (everyone.seq, "bulk", None, "", None))
            numbered = everyone.changes.append_column("seq", pa.repeat(everyone.seq, everyone.changes.num_rows))
            changes.insert(0, numbered.select(CHANGES.names).cast(CHANGES))
        self._run.ledger.plan_writes(self._run_id, _table(rows, WRITES), pa.concat_tables(changes))

    def sending(self, seqs: Sequence[int]) -> None:
        """Durable before it returns. Raises LeaseLost when another run has taken over."""
        if self._held.lost is not None:
            raise self._held.lost
        self._run.ledger.mark_sending(self._run_id, seqs, self._run.clock(), lease=self._held.lease)

    def settle(self, outcomes: Sequence[WriteOutcome]) -> None:
        """How requests ended; what was written becomes the base of the next comparison in the same transaction."""
        self._tell([SettledWrite(o.seq, _STATES[o.state], o.reason, o.contact_id) for o in outcomes])
        for outcome in outcomes:  # settled before: one still open is compared with what was sent, not with this
            if outcome.altered:
                self._run.ledger.note_altered(self._run_id, outcome.seq, outcome.altered)

    def pass_over(self, seqs: Sequence[int], reason: str) -> None:
        """Requests that need not, or must not, be sent any more."""
        self._tell([SettledWrite(seq, "skipped", reason) for seq in seqs])

    def settle_known(self, known: Sequence[tuple[Write, RowResult]]) -> None:
        """What reading again has told of requests, without sending them."""
        self._tell(
            [SettledWrite(write.seq, _KNOWN[result.state], result.reason, result.contact_id) for write, result in known]
        )

    def _tell(self, settled: Sequence[SettledWrite]) -> None:
        self._run.ledger.settle_writes(self._run_id, settled, self._run.clock(), scope=self._scope)

    def next_seq(self) -> int:
        """A number no recorded request has."""
        return int(max(self._run.ledger.writes(self._run_id)["seq"].to_pylist(), default=-1)) + 1


def recorded_singles(run: Run, states: Sequence[WriteState]) -> list[Write]:
    """The run's recorded requests for single contacts in these states."""
    writes = [write for write in run.ledger.writes(run.run_id, states).to_pylist() if write["kind"] != "bulk"]
    changes = run.ledger.changes(run.run_id, states).to_pylist()
    by_seq = {seq: list(group) for seq, group in groupby(changes, key=lambda change: change["seq"])}
    return [_recorded(write, by_seq.get(write["seq"], [])) for write in writes]


def recorded_everyone(run: Run, states: Sequence[WriteState], *, plan: Plan) -> Everyone | None:
    """The run's recorded request for the whole project in one of these states; rows and addresses are the plan's."""
    for write in run.ledger.writes(run.run_id, states).to_pylist():
        if write["kind"] == "bulk":
            return Everyone(write["seq"], bulk_changes(plan), was_sent=write["state"] != "planned")
    return None


def _single_changes(writes: Sequence[Write]) -> pa.Table:
    rows = [
        (write.seq, write.contact_id, name, write.before.get(name), value)
        for write in writes
        for name, value in write.after.items()
    ]
    return _table(rows, CHANGES)


def _recorded(write: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> Write:
    return Write(
        seq=write["seq"],
        kind=write["kind"],
        row=write["row"],
        address=write["address"],
        contact_id=write["contact_id"],
        before={str(c["variable"]): c["before"] for c in changes},
        after={str(c["variable"]): c["after"] for c in changes},
    )


def changes_of(writes: Sequence[Write]) -> pa.Table:
    """Requests for single contacts as changes, in the schema of a plan's."""
    rows = [
        (write.row, write.contact_id, write.address, name, write.before.get(name), value)
        for write in writes
        for name, value in write.after.items()
    ]
    return _table(rows, plans.CHANGES)


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(c, kind.type) for c, kind in zip(columns, schema, strict=True)], schema=schema)
