"""Statements and contacts become a plan: the one place where every row gets its bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts
from flows.contacts.creates import near_misses, new_contacts
from flows.contacts.diff import Base, Decision, decide, same
from flows.contacts.duplicates import Groups, differing, group_rows, leaders
from flows.contacts.match import Flags, Matches, Positions, match
from flows.contacts.normalise import Statements
from flows.contacts.plan import CHANGES, OUTCOMES, SEEN, Create, Plan
from flows.contacts.rules import ContactRules

Decisions = Mapping[str, npt.NDArray[np.int8]]

_NOT_FOUND = "No contact of the project has this address."
_NOT_ANSWERED = (
    "Verboice knows no contact by this address in any usual spelling (asked one by one; `pull: all` compares "
    "every stored spelling)."
)
_MATCH_NOTES = (
    ("twin", "Another contact of the project has the same number in another spelling; it was left alone."),
    ("folded", "Matched by an address that differs in capitals, accents or invisible characters only."),
)
_SETTLED = (Decision.NOTHING, Decision.KEPT_DRIFT, Decision.KEPT_CONFLICT)
_KEPT = {
    Decision.KEPT_DRIFT: "changed in Verboice only since the last run, kept",
    Decision.KEPT_CONFLICT: "changed on both sides since the last run, Verboice's value kept",
    Decision.HELD: "changed on both sides since the last run, held for a person to decide",
    Decision.KEPT_FILLED: "has a value already, kept",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plan would be sent."""

    server: str
    project_id: int
    project_name: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the other side: its contacts, and the ledger's base (contact_id, variable, source_value,
    remote_value), None where nothing was ever settled."""

    remote: RemoteContacts
    base: pa.Table | None = None


def assess(
    statements: Statements, known: Known, rules: ContactRules, *, target: Target, selected: Flags | None = None
) -> Plan:
    """The plan for the selected rows (all by default). Rows outside the selection still count as contradictions."""
    draft = _Draft.of(statements, known.remote, rules, selected)
    decisions = draft.decisions(known, rules)
    draft.judge(decisions, rules)
    seen = draft.seen(decisions, known, rules)
    creates = draft.create(rules)
    rows = np.flatnonzero(draft.selected)
    outcomes = draft.outcomes(rows)
    changed = draft.changes(decisions, rules)
    drifted = sum(int((d == Decision.KEPT_DRIFT).sum()) for d in decisions.values())
    matched = len(np.unique(draft.matches.contact[draft.selected & (draft.matches.contact >= 0)]))
    return Plan(
        server=target.server,
        project_id=target.project_id,
        project_name=target.project_name,
        changes=changed,
        outcomes=outcomes,
        matched=matched,
        rows=len(rows),
        creates=creates,
        drifted=drifted,
        two_way=known.base is None or not known.base.num_rows,
        seen=seen,
    )


class _Draft:
    """The plan while its rows are still being judged, one array per property of a row."""

    def __init__(
        self, statements: Statements, remote: RemoteContacts, *, matches: Matches, groups: Groups, selected: Flags
    ) -> None:
        self.statements = statements
        self.remote = remote
        self.matches = matches
        self.groups = groups
        self.selected = selected
        self.broken: Flags = pc.is_valid(statements.problems).to_numpy(zero_copy_only=False)
        self.usable: Flags = selected & ~self.broken & ~matches.ambiguous & ~groups.contradicting
        self.leader: Positions = leaders(groups.group, self.usable)
        self.acting: Flags = self.usable & (self.leader == np.arange(len(self.leader)))
        self.status: npt.NDArray[np.object_] = np.full(len(statements), "unchanged", dtype=object)
        self.reason: npt.NDArray[np.object_] = np.full(len(statements), None, dtype=object)
        self.column: npt.NDArray[np.object_] = np.full(len(statements), None, dtype=object)

    @classmethod
    def of(cls, statements: Statements, remote: RemoteContacts, rules: ContactRules, selected: Flags | None) -> _Draft:
        matches = match(statements.texts, statements.keys, remote, region=rules.region)
        groups = group_rows(statements, matches.contact, len(remote))
        chosen = np.ones(len(statements), dtype=np.bool_) if selected is None else selected
        return cls(statements, remote, matches=matches, groups=groups, selected=chosen)

    def decisions(self, known: Known, rules: ContactRules) -> Decisions:
        """Per variable and row; NOTHING for rows that do not act or match no contact."""
        acting = np.flatnonzero(self.acting & (self.matches.contact >= 0))
        rows, contacts = pa.array(acting), pa.array(self.matches.contact[acting])
        ids = pc.take(self.remote.ids, contacts)
        result = {}
        for rule in rules.variables:
            remote = pc.take(self._remote_column(rule.name), contacts)
            desired, raw = (
                pc.take(self.statements.desired[rule.name], rows),
                pc.take(self.statements.raw[rule.name], rows),
            )
            decided = decide(desired, raw, remote, rule, _base(known.base, rule.name, ids))
            if rules.fill_only:
                decided[(decided == Decision.PUSH) & pc.is_valid(remote).to_numpy(zero_copy_only=False)] = (
                    Decision.KEPT_FILLED
                )
            spread = np.zeros(len(self.statements), dtype=np.int8)
            spread[acting] = decided
            result[rule.name] = spread
        return result

    def _remote_column(self, name: str) -> pa.Array:
        return self.remote.variables.get(name, pa.nulls(len(self.remote), pa.string()))

    def judge(self, decisions: Decisions, rules: ContactRules) -> None:
        """Buckets of all selected rows; the first rule that applies wins."""
        pushed, held = np.zeros_like(self.acting), np.zeros_like(self.acting)
        for name, decided in decisions.items():
            pushed |= decided == Decision.PUSH
            held |= decided == Decision.HELD
            self._explain(name, decided)
        self.status[pushed] = "updated"
        self.status[held] = "held"
        missing = self.acting & (self.matches.contact < 0)
        self._settle(missing, "not_found", _NOT_FOUND if self.remote.complete else _NOT_ANSWERED, rules.address)
        self._note_matches()
        self._judge_ambiguous(rules)
        self._judge_contradicting(rules)
        for position in np.flatnonzero(self.broken & self.selected).tolist():
            self.status[position] = "rejected"
            self.reason[position] = self.statements.problems[position].as_py()
            self.column[position] = self.statements.problem_columns[position].as_py()

    def _explain(self, name: str, decided: npt.NDArray[np.int8]) -> None:
        for decision, text in _KEPT.items():
            for position in np.flatnonzero(decided == decision).tolist():
                self._add_reason(position, f"{name}: {text}.")

    def _add_reason(self, position: int, text: str) -> None:
        self.reason[position] = f"{self.reason[position]} {text}" if self.reason[position] else text

    def _settle(self, where: Flags, status: str, reason: str, column: str | None = None) -> None:
        self.status[where], self.reason[where], self.column[where] = status, reason, column

    def _note_matches(self) -> None:
        noted = pc.is_valid(self.statements.notes).to_numpy(zero_copy_only=False) & self.usable
        for position in np.flatnonzero(noted).tolist():
            self._add_reason(position, self.statements.notes[position].as_py())
        for name, text in _MATCH_NOTES:
            for position in np.flatnonzero(getattr(self.matches, name) & self.acting).tolist():
                self._add_reason(position, text)

    def _judge_ambiguous(self, rules: ContactRules) -> None:
        ambiguous = self.matches.ambiguous & self.selected & ~self.broken
        reason = (
            "Several contacts of the project have this number in different spellings, none of them like this row. "
            "Write the address exactly as the right one is stored, or merge them in Verboice."
        )
        self._settle(ambiguous, "held", reason, rules.address)

    def _judge_contradicting(self, rules: ContactRules) -> None:
        clashing = self.groups.contradicting & ~self.broken & self.selected
        if not clashing.any():
            return
        members: dict[int, list[int]] = {}
        for position in np.flatnonzero(self.groups.contradicting).tolist():
            members.setdefault(int(self.groups.group[position]), []).append(position)
        columns = {rule.name: rule.column or rule.name for rule in rules.variables}
        for position in np.flatnonzero(clashing).tolist():
            group = members[int(self.groups.group[position])]
            names = ", ".join(columns[name] for name in differing(self.statements, group))
            others = [self.statements.numbers[other].as_py() for other in group if other != position]
            self.status[position], self.column[position] = "duplicate", rules.address
            self.reason[position] = (
                f"{_rows(others)} the same contact with different values ({names}). None of them was applied; keep one."
            )

    def seen(self, decisions: Decisions, known: Known, rules: ContactRules) -> pa.Table:
        """What both sides say about values that are left alone, where the ledger's base does not say so yet.

        A value held for a person, or kept only because it must not be replaced, stays undecided and is not settled.
        """
        tables = [SEEN.empty_table()]
        for rule in rules.variables:
            settled = np.isin(decisions[rule.name], _SETTLED) & self.acting & (self.matches.contact >= 0)
            rows = np.flatnonzero(
                settled & pc.is_valid(self.statements.desired[rule.name]).to_numpy(zero_copy_only=False)
            )
            contacts = pa.array(self.matches.contact[rows])
            source = pc.take(self.statements.desired[rule.name], pa.array(rows))
            remote = pc.take(self._remote_column(rule.name), contacts)
            ids = pc.take(self.remote.ids, contacts)
            base = _base(known.base, rule.name, ids)
            table = pa.table([ids, pa.repeat(pa.scalar(rule.name), len(rows)), source, remote], schema=SEEN)
            if base is not None:
                table = table.filter(pa.array(~(base.known & same(source, base.source) & same(remote, base.remote))))
            tables.append(table)
        return pa.concat_tables(tables)

    def create(self, rules: ContactRules) -> tuple[Create, ...]:
        """Contacts to create for rows that match none; near misses are held: no contact can be deleted again."""
        if rules.missing != "create":
            return ()
        missing = np.flatnonzero(self.acting & (self.matches.contact < 0))
        near = near_misses(pc.take(self.statements.keys, pa.array(missing)), self.remote.addresses)
        for position, spelling in zip(missing.tolist(), near, strict=True):
            if spelling is not None:
                self.status[position], self.column[position] = "held", rules.address
                self.reason[position] = (
                    f"Not created: a contact has a very similar address (ending in {spelling[-4:]}, "
                    f"{len(spelling)} characters). Write it exactly as stored, or create the contact in Verboice."
                )
        fresh = [position for position, spelling in zip(missing.tolist(), near, strict=True) if spelling is None]
        self.status[fresh] = "created"
        self.reason[fresh] = None
        return new_contacts(self.statements, fresh)

    def outcomes(self, rows: npt.NDArray[np.int64]) -> pa.Table:
        leader = self.leader[rows]
        for position in rows[leader != rows].tolist():
            lead = int(self.leader[position])
            self.status[position], self.column[position] = self.status[lead], self.column[lead]
            self.reason[position] = f"Same as row {self.statements.numbers[lead].as_py()}."
        owner = self.matches.contact[rows]
        nobody = owner < 0
        ids = pc.take(self.remote.ids, pa.array(owner, mask=nobody))
        stored = pc.take(self.remote.addresses, pa.array(self.matches.address[rows], mask=nobody))
        return pa.table(
            {
                "row": pc.take(self.statements.numbers, pa.array(rows)),
                "leader": pc.take(self.statements.numbers, pa.array(leader)),
                "status": pa.array(self.status[rows], pa.string()),
                "reason": pa.array(self.reason[rows], pa.string()),
                "column": pa.array(self.column[rows], pa.string()),
                "contact_id": ids,
                "address": pc.coalesce(stored, pc.take(self.statements.texts, pa.array(rows))),
            },
            schema=OUTCOMES,
        )

    def changes(self, decisions: Decisions, rules: ContactRules) -> pa.Table:
        """All pushes, by row and then in the order of the pipeline's variables."""
        parts = []
        for order, rule in enumerate(rules.variables):
            positions = np.flatnonzero(decisions[rule.name] == Decision.PUSH)
            parts.append((positions, np.full(len(positions), order, dtype=np.int64)))
        rows = np.concatenate([p for p, _ in parts]) if parts else np.array([], dtype=np.int64)
        orders = np.concatenate([o for _, o in parts]) if parts else rows
        if not len(rows):
            return CHANGES.empty_table()
        tables = [
            self._changes_of(rule.name, positions) for rule, (positions, _) in zip(rules.variables, parts, strict=True)
        ]
        return pa.concat_tables(tables).take(pa.array(np.lexsort((orders, rows)))).combine_chunks()

    def _changes_of(self, name: str, positions: npt.NDArray[np.int64]) -> pa.Table:
        rows, contacts = pa.array(positions), pa.array(self.matches.contact[positions])
        return pa.table(
            {
                "row": pc.take(self.statements.numbers, rows),
                "contact_id": pc.take(self.remote.ids, contacts),
                "address": pc.take(self.remote.addresses, pa.array(self.matches.address[positions])),
                "variable": pa.repeat(pa.scalar(name), len(positions)),
                "before": pc.take(self._remote_column(name), contacts),
                "after": pc.take(self.statements.desired[name], rows),
            },
            schema=CHANGES,
        )


def _rows(numbers: Sequence[int]) -> str:
    listed = ", ".join(str(number) for number in numbers[:10]) + (" and others" if len(numbers) > 10 else "")
    return f"Row {listed} names" if len(numbers) == 1 else f"Rows {listed} name"


def _base(table: pa.Table | None, variable: str, ids: pa.Array) -> Base | None:
    """The base of one variable, aligned with the contacts of `ids`."""
    if table is None or not table.num_rows:
        return None
    mine = table.filter(pc.equal(table["variable"], variable)).combine_chunks()
    positions = pc.index_in(ids, value_set=mine["contact_id"])
    return Base(
        known=pc.is_valid(positions).to_numpy(zero_copy_only=False),
        source=_array(pc.take(mine["source_value"], positions)),
        remote=_array(pc.take(mine["remote_value"], positions)),
    )


def _array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
