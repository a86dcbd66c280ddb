"""Statements and contacts become a plan: the one place where every row gets its bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import RemoteContacts
from flows.contacts.base import Bases, Others
from flows.contacts.columns import Flags, Labels, Positions, count_distinct, flags, take
from flows.contacts.diff import Decision, decide
from flows.contacts.normalise import Statements
from flows.contacts.people.creates import near_misses, new_contacts
from flows.contacts.people.duplicates import Groups, contradictions, group_rows, leaders
from flows.contacts.people.match import Matches, match
from flows.contacts.plan import CHANGES, OUTCOMES, SEEN, Create, Plan
from flows.contacts.rules import ContactRules, VariableRule
from flows.contacts.trust import Trust

_NOT_FOUND = "No contact of the project has this address."
_NOT_ANSWERED = (
    "Verboice knows no contact by this address in any usual spelling (asked one by one; `pull: all` compares "
    "every stored spelling)."
)
_TWIN = "Another contact of the project has the same number in another spelling; it was left alone."
_FOLDED = "Matched by an address that differs only in capitals, accents, invisible characters or “sip:” before it."
_AS_STORED = "Not a number by itself; it was taken because Verboice has the address just like this."
_AS_KNOWN = "The number may mean more than one, or is not in its country's plan; it was taken for the one Verboice has."
_AMBIGUOUS = (
    "Several contacts of the project have this number in different spellings, none of them like this row. "
    "Write the address exactly as the right one is stored, or merge them in Verboice."
)
_SETTLED = (Decision.NOTHING, Decision.KEPT_DRIFT, Decision.KEPT_CONFLICT)
KEPT = {
    Decision.KEPT_DRIFT: "changed in Verboice only since the last run, kept",
    Decision.KEPT_CONFLICT: "changed on both sides since the last run, Verboice's value kept",
    Decision.HELD: "changed on both sides since the last run, held for a person to decide",
    Decision.KEPT_FILLED: "has a value already, kept",
}
"""What a row's reason says of a variable that does not become what the source says."""
STATED = KEPT | {
    Decision.PUSH: "stated by another pipeline, replaced",
    Decision.KEPT_DRIFT: "stated by another pipeline, kept",
    Decision.HELD: "stated by another pipeline, held for a person to decide",
}
"""The same where Verboice has what another pipeline's source says; its name follows."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plan would be sent."""

    server: str
    project_id: int
    project_name: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the other side: its contacts, and the ledger's base (contact_id, variable, source_value,
    remote_value), None where nothing was ever settled.

    trust: rows that are believed to stand as they were settled, so that their contacts need not be among `remote`.
    others: the bases of other pipelines that state some of the variables for the project.
    """

    remote: RemoteContacts
    base: pa.Table | None = None
    trust: Trust | None = None
    others: Others = field(default_factory=lambda: Others({}))


def assess(
    statements: Statements, known: Known, rules: ContactRules, *, target: Target, selected: Flags | None = None
) -> Plan:
    """The plan for the selected rows (all by default). Rows outside the selection still count as contradictions."""
    draft = _Draft.of(statements, known, rules, selected)
    bases = Bases(known.base)
    compared = {rule.name: draft.compare(rule, bases, fill_only=rules.fill_only) for rule in rules.variables}
    draft.judge(compared, rules)
    creates = draft.create(rules)
    rows = np.flatnonzero(draft.selected)
    return Plan(
        server=target.server,
        project_id=target.project_id,
        project_name=target.project_name,
        changes=draft.changes(compared),
        outcomes=draft.outcomes(rows),
        matched=draft.matched(),
        rows=len(rows),
        creates=creates,
        drifted=sum(int((one.stated_by[one.where(Decision.KEPT_DRIFT)] < 0).sum()) for one in compared.values()),
        two_way=not bases and not known.others and not draft.trusted.any(),
        seen=draft.seen(compared, bases),
        unsure=draft.unsure(),
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """Both sides of one variable, and what is decided; for the rows that act and match a contact.

    stated_by: which other pipeline states what Verboice has, -1 where none does or nothing differs.
    """

    desired: pa.Array
    remote: pa.Array
    decided: npt.NDArray[np.int8]
    stated_by: Positions

    def where(self, *decisions: Decision) -> Positions:
        """Which of those rows have one of these decisions."""
        return np.flatnonzero(np.isin(self.decided, decisions))


class _Draft:
    """The plan while its rows are still being judged, one array per property of a row."""

    def __init__(
        self, statements: Statements, known: Known, *, matches: Matches, groups: Groups, selected: Flags
    ) -> None:
        self.statements = statements
        self.remote = known.remote
        self.trust = known.trust
        self.others = known.others
        self.matches = matches
        self.groups = groups
        self.selected = selected
        self.unread: Flags = flags(pc.is_valid(statements.addresses.problems)) & (matches.contact < 0)
        self.broken: Flags = flags(pc.is_valid(statements.problems)) | self.unread
        usable = selected & ~self.broken & ~matches.ambiguous & ~groups.contradicting
        none = np.zeros(len(statements), dtype=np.bool_)
        self.trusted: Flags = none if self.trust is None else usable & self.trust.alone(matches.contact, groups.group)
        self.usable: Flags = usable & ~self.trusted
        self.leader: Positions = leaders(groups.group, self.usable)
        self.acting: Flags = self.usable & (self.leader == np.arange(len(self.leader)))
        self.found: Positions = np.flatnonzero(self.acting & (matches.contact >= 0))
        self.ids = take(self.remote.ids, matches.contact[self.found])
        self.status = Labels(len(statements), "unchanged")
        self.reason = Labels(len(statements))
        self.column = Labels(len(statements))

    @classmethod
    def of(cls, statements: Statements, known: Known, rules: ContactRules, selected: Flags | None) -> _Draft:
        matches = match(statements.texts, statements.addresses, known.remote, region=rules.region)
        groups = group_rows(statements, matches.contact, len(known.remote))
        chosen = np.ones(len(statements), dtype=np.bool_) if selected is None else selected
        return cls(statements, known, matches=matches, groups=groups, selected=chosen)

    def compare(self, rule: VariableRule, bases: Bases, *, fill_only: bool) -> _Compared:
        """One variable of the found rows. What was settled before only matters where the sides differ."""
        said, raw = self.statements.desired[rule.name], self.statements.raw[rule.name]
        remote = take(self.remote.variables[rule.name], self.matches.contact[self.found])
        desired = take(said, self.found)
        raw = desired if raw is said else take(raw, self.found)
        decided = decide(desired, raw, remote, rule, None)
        stated_by: Positions = np.full(len(decided), -1)
        some = np.flatnonzero(decided == Decision.PUSH)
        if (bases or self.others) and len(some):
            ids, has = take(self.ids, some), take(remote, some)
            stated_by[some] = self.others.stating(rule.name, ids, has)
            base = self.others.completed(bases.at(rule.name, ids), rule.name, ids)
            stated = stated_by[some] >= 0
            decided[some] = decide(take(desired, some), take(raw, some), has, rule, base, stated=stated)
        if fill_only:
            decided[(decided == Decision.PUSH) & flags(pc.is_valid(remote))] = Decision.KEPT_FILLED
        return _Compared(desired, remote, decided, stated_by)

    def judge(self, compared: Mapping[str, _Compared], rules: ContactRules) -> None:
        """Buckets of all selected rows; of several that would apply, the last one here stays."""
        for name, one in compared.items():
            for decision, text in KEPT.items():
                some = one.where(decision)
                self.reason.add(self.found[some[one.stated_by[some] < 0]], f"{name}: {text}.")
            for place, who in enumerate(self.others.names):
                for decision, text in STATED.items():
                    some = one.where(decision)
                    self.reason.add(self.found[some[one.stated_by[some] == place]], f"{name}: {text}: “{who}”.")
        for decision, status in ((Decision.PUSH, "updated"), (Decision.HELD, "held")):
            for one in compared.values():
                self.status.put(self.found[one.where(decision)], status)
        missing = self.acting & (self.matches.contact < 0)
        self._settle(missing, "not_found", _NOT_FOUND if self.remote.complete else _NOT_ANSWERED, rules.address)
        self._note_matches()
        self._settle(self.matches.ambiguous, "held", _AMBIGUOUS, rules.address)
        self._judge_contradicting(rules)
        broken = np.flatnonzero(self.broken & ~self.unread & self.selected)
        self.status.put(broken, "rejected")
        self.reason.put_each(broken, take(self.statements.problems, broken))
        self.column.put_each(broken, take(self.statements.problem_columns, broken))
        unread = np.flatnonzero(self.unread & self.selected)
        self._settle(unread, "rejected", None, rules.address)
        self.reason.put_each(unread, take(self.statements.addresses.problems, unread))

    def _settle(self, where: Flags | Positions | int, status: str, reason: str | None, column: str | None) -> None:
        self.status.put(where, status)
        self.reason.put(where, reason)
        self.column.put(where, column)

    def _note_matches(self) -> None:
        notes, exact = self.statements.addresses.notes, self.matches.exact
        noted = np.flatnonzero(flags(pc.is_valid(notes)) & self.usable & ~exact)
        encoded = pc.dictionary_encode(take(notes, noted))
        for code, text in enumerate(encoded.dictionary.to_pylist()):
            self.reason.add(noted[encoded.indices.to_numpy() == code], text)
        self.reason.add(np.flatnonzero(self.matches.twin & self.acting), _TWIN)
        self.reason.add(np.flatnonzero(self.matches.folded & self.acting), _FOLDED)
        self.reason.add(np.flatnonzero(self.matches.settled & exact & self.acting), _AS_STORED)
        self.reason.add(np.flatnonzero(self.matches.settled & ~exact & self.acting), _AS_KNOWN)

    def _judge_contradicting(self, rules: ContactRules) -> None:
        columns = {rule.name: rule.column or rule.name for rule in rules.variables}
        for position, told in contradictions(self.groups, self.statements, columns):
            self._settle(position, "duplicate", told, rules.address)

    def seen(self, compared: Mapping[str, _Compared], bases: Bases) -> pa.Table:
        """What both sides say about values that are left alone, where the ledger's base does not say so yet.

        A value held for a person, or kept only because it must not be replaced, stays undecided and is not settled.
        """
        tables = [SEEN.empty_table()]
        for name, one in compared.items():
            some = one.where(*_SETTLED)
            if one.desired.null_count:
                some = some[flags(pc.is_valid(take(one.desired, some)))]
            ids, source, remote = take(self.ids, some), take(one.desired, some), take(one.remote, some)
            table = pa.table([ids, pa.repeat(pa.scalar(name), len(some)), source, remote], schema=SEEN)
            news = bases.is_news(name, ids, source, remote=remote)
            tables.append(table if news.all() else table.filter(pa.array(news)))
        return pa.concat_tables(tables)

    def create(self, rules: ContactRules) -> tuple[Create, ...]:
        """Contacts to create for rows that match none; near misses are held: no contact can be deleted again."""
        if rules.missing != "create":
            return ()
        missing = np.flatnonzero(self.acting & (self.matches.contact < 0))
        near = near_misses(take(self.statements.keys, missing), self.remote.addresses)
        for position, spelling in zip(missing.tolist(), near, strict=True):
            if spelling is not None:
                told = f"Not created: a contact has a very similar address (ending in {spelling[-4:]}, "
                told += f"{len(spelling)} characters). Write it exactly as stored, or create the contact in Verboice."
                self._settle(position, "held", told, rules.address)
        fresh = missing[[spelling is None for spelling in near]]
        self._settle(fresh, "created", None, None)
        return new_contacts(self.statements, fresh.tolist())

    def matched(self) -> int:
        """How many contacts the selected rows name."""
        among_remote = count_distinct(self.matches.contact[self.selected & (self.matches.contact >= 0)])
        return among_remote + (0 if self.trust is None else count_distinct(self.trust.contact[self.trusted]))

    def unsure(self) -> frozenset[int]:
        """Rows whose contact could be another one as soon as somebody spells an address differently."""
        return frozenset(self.statements.numbers.to_numpy()[self.matches.twin & self.selected].tolist())

    def outcomes(self, rows: Positions) -> pa.Table:
        self._follow_leaders(rows)
        numbers = self.statements.numbers
        owner, spelled = self.matches.contact[rows], self.matches.address[rows]
        ids = _take_known(self.remote.ids, owner)
        stored = _take_known(self.remote.addresses, spelled)
        if self.trust is not None:
            trusted = pa.array(self.trusted[rows])
            ids = pc.if_else(trusted, take(pa.array(self.trust.contact), rows), ids)
            stored = pc.if_else(trusted, take(self.trust.address, rows), stored)
        return pa.table(
            {
                "row": take(numbers, rows),
                "leader": take(numbers, self.leader[rows]),
                "status": self.status.column(rows),
                "reason": self.reason.column(rows),
                "column": self.column.column(rows),
                "contact_id": ids,
                "address": stored if not stored.null_count else pc.coalesce(stored, take(self.statements.texts, rows)),
            },
            schema=OUTCOMES,
        )

    def _follow_leaders(self, rows: Positions) -> None:
        """Equal rows get the bucket of the first one, and say so."""
        following = rows[self.leader[rows] != rows]
        leader = self.leader[following]
        self.status.copy(leader, following)
        self.column.copy(leader, following)
        numbers = pc.cast(pc.take(self.statements.numbers, pa.array(leader)), pa.string())
        self.reason.put_each(following, pc.binary_join_element_wise("Same as row ", numbers, ".", ""))

    def changes(self, compared: Mapping[str, _Compared]) -> pa.Table:
        """All pushes, by row and then in the order of the pipeline's variables."""
        tables, rows = [CHANGES.empty_table()], [np.zeros(0, dtype=np.int64)]
        for name, one in compared.items():
            some = one.where(Decision.PUSH)
            rows.append(self.found[some])
            tables.append(self._changes_of(name, one, some))
        order = np.argsort(np.concatenate(rows), kind="stable")
        return pa.concat_tables(tables).take(pa.array(order)).combine_chunks()

    def _changes_of(self, name: str, one: _Compared, some: Positions) -> pa.Table:
        rows = self.found[some]
        return pa.table(
            {
                "row": take(self.statements.numbers, rows),
                "contact_id": take(self.ids, some),
                "address": take(self.remote.addresses, self.matches.address[rows]),
                "variable": pa.repeat(pa.scalar(name), len(some)),
                "before": take(one.remote, some),
                "after": take(one.desired, some),
            },
            schema=CHANGES,
        )


def _take_known(column: pa.Array, positions: Positions) -> pa.Array:
    """The values at the positions, null where a position is -1."""
    unknown = positions < 0
    return pc.take(column, pa.array(positions, mask=unknown)) if unknown.any() else take(column, positions)
