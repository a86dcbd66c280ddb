"""Decides with the ledger how Verboice is asked, about whom, and which rows of the source are left unseen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.ledger.values import Counts
from connectors.values import Project, Rows
from flows import wiring
from flows.contacts.columns import Flags, take
from flows.contacts.normalise import Statements
from flows.contacts.people.pulling import Lookup, PullChoice, lookups
from flows.contacts.rules import ContactRules
from flows.contacts.trust import Contents, Trust, absent, contents, trusted
from flows.contacts.weighing import Needed, weigh
from flows.runs.contacts import costs, memory
from flows.runs.run import Run

_TRIED = 2  # spellings of a number, on average, until the stored one is found


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked of Verboice: how, about whom, and which rows are left unseen.

    digests: of each row's content. trust: what is remembered of the rows, and trusts: whether those that have not
    changed are left unseen. is_full: whether all rows that were read are compared, to be acted on as the pipeline says.
    absent: for such a comparison, as `Contents` has it. note: what to tell of the unseen.
    """

    choice: PullChoice
    people: list[Lookup]
    digests: pa.Array
    trust: Trust
    trusts: bool = False
    is_full: bool = False
    absent: pa.Table | None = None
    note: str = ""

    def contents(self, statements: Statements, selected: Flags) -> Contents:
        """What a run that sends will remember of its rows."""
        rows = np.flatnonzero(selected)
        unseen = self.trust.rows[rows] if self.trusts else np.zeros(len(rows), dtype=np.bool_)
        keys, digests = take(statements.keys, rows), take(self.digests, rows)
        return Contents(keys, digests, self.trust.known[rows], unseen, self.absent)


def decide_inquiry(
    run: Run, project: Project, rows: Rows, *, statements: Statements, selected: Flags, rules: ContactRules
) -> Inquiry:
    """The cheapest way that the pipeline allows, from what the ledger knows of rows, project and server."""
    scope = run.scope(project.id)
    digests = contents(rows, rules)
    settled = run.ledger.settled_rows(scope)
    trust = trusted(statements.keys, digests, settled)
    counts, region = run.ledger.counts(scope), rules.region
    must_compare = _must_compare(run, counts)
    usable = selected & statements.may_match
    changed = usable & ~trust.rows
    needed = Needed(
        rows=int(selected.sum()),
        addresses=int(
            pc.count_distinct(pc.filter(pc.coalesce(statements.keys, statements.texts), pa.array(usable))).as_py()
        ),
        requests=_requests(usable, trust),
        contacts=counts.contacts,
        changed=int((selected & ~trust.rows).sum()),
        changed_requests=_requests(changed, trust),
        must_compare=must_compare,
    )
    pull = wiring.contact_settings(run.pipeline).pull
    everything = _everything(run, project, trusts=not must_compare and bool(trust.rows.any()))
    choice = weigh(pull, needed, costs.of_run(run), needs_everything=everything)
    if choice.way == "changed":
        people = lookups(statements, changed, region, stored=trust.address)
        return Inquiry(choice, people, digests, trust, trusts=True, note=_note(run, needed, counts))
    people = lookups(statements, usable, region, stored=trust.address) if choice.way == "by_address" else []
    if not selected.all() or run.options.dropped or run.options.fill_only:
        return Inquiry(choice, people, digests, trust)
    return Inquiry(choice, people, digests, trust, is_full=True, absent=absent(statements.keys, settled))


def _requests(rows: Flags, trust: Trust) -> int:
    """About how many requests it takes to look these rows up: one where the stored spelling is known."""
    known = int((rows & (trust.contact >= 0)).sum())
    return known + _TRIED * (int(rows.sum()) - known)


def _must_compare(run: Run, counts: Counts) -> str:
    """Why unchanged rows cannot be left unseen now, "" where they can."""
    if run.options.fill_only:
        return "every contact must be seen for --fill-only"
    every = wiring.contact_settings(run.pipeline).full_check
    if counts.full_check_at is None:
        return "all rows have to be compared once"
    if memory.is_everything_doubtful(counts):
        return "something else was sent since all rows were compared"
    if abs(run.clock() - counts.full_check_at) >= every:  # also after a clock that was far ahead is set right
        return f"all rows were last compared more than {_hours(every)} ago"
    return ""


def _everything(run: Run, project: Project, *, trusts: bool) -> str:
    """What forces the whole list, whatever it costs."""
    contacts = wiring.contact_settings(run.pipeline)
    if contacts.missing == "create":
        return "new contacts may be created, so near misses must be seen"
    if project.contact_vars is None and contacts.pull == "auto" and not trusts:
        return "the project is shared, so its variables can only be learned from its contacts"
    return ""


def _note(run: Run, needed: Needed, counts: Counts) -> str:
    unseen = needed.rows - needed.changed
    if not unseen or counts.full_check_at is None:
        return ""
    due = counts.full_check_at + wiring.contact_settings(run.pipeline).full_check
    return (
        f"{unseen:,} rows are as they were when they were settled and were not compared; what was changed in Verboice "
        f"since is seen at the first run after {due:%Y-%m-%d %H:%M} UTC, or with `pull: all`."
    )


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} hours" if hours != 1 else "an hour"
