"""One person is forgotten: everything that tells of them here goes, but for keyed hashes of whom not to call again.

Folders, tables and copies come before the ledger, which knows whose they are: cut off anywhere, it is done once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from connectors.errors import CouldNotBeDone
from connectors.ledger import Ledger
from connectors.ledger.values import Trail
from connectors.masking import mask_number
from connectors.sinks.results import forget_rows
from connectors.storage.url import StorageUrl
from flows.contacts.people.somebody import Somebody
from flows.forgetting.folders import traces_in
from flows.forgetting.inboxes import fetched_with, sources_with, traces_in_inbox
from flows.forgetting.places import Places, nobody_at_work
from flows.forgetting.whom import Whom, find_whom
from flows.found import COPIES

WHO = "forget"  # in the place of a run's id, where it holds the right to send
_NOUNS = {
    "rows": "outcomes of rows",
    "requests": "requests with their values",
    "plans": "contents of plans",
    "calls": "calls, kept as keyed hashes",
    "choices": "runs limited to this person",
    "reasons": "reasons never to call this person, who is not called all the same",
    "settled": "rows known to have arrived",
    "values": "values of both sides",
}


@dataclass(frozen=True, slots=True)
class Removed:
    """So many things of a kind that were removed from a place, or would be."""

    place: str
    what: str
    count: int


@dataclass(slots=True)
class Forgotten:
    """What was removed, or with `dry_run` would be. address: masked. left: what is not for this program to remove, a
    sentence each."""

    address: str
    dry_run: bool
    contacts: int
    removed: list[Removed] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def add(self, place: str, what: str, count: int) -> None:
        """Tell of something, unless there is none of it."""
        if count:
            self.removed.append(Removed(place, what, count))


def forget(found: Places, address: str, *, dry_run: bool) -> Forgotten:
    """Forget whoever the address means, in all these places.

    Raises ConfigurationError for an address that means nobody or several, AtWork while a run sends, CouldNotBeDone
    where a place cannot be written to: what is done is done then, and the command can be repeated.
    """
    if dry_run:
        return _forget(found, address, dry_run=True)
    with nobody_at_work(found, WHO):
        return _forget(found, address, dry_run=False)


def _forget(found: Places, address: str, *, dry_run: bool) -> Forgotten:
    whom = find_whom(address, found.regions, found.ledgers)
    told = Forgotten(mask_number(address.strip()), dry_run, len(whom.contacts))
    trails = {ledger.place: whom.trail_in(ledger) for ledger in found.ledgers}
    rows: dict[str, frozenset[int]] = {}
    for ledger in found.ledgers:
        for run_id, numbers in ledger.rows_of(trails[ledger.place]).items():
            rows[run_id] = rows.get(run_id, frozenset()) | numbers
    _from_folders(found, whom, rows, told)
    _from_inboxes(found, whom, told)
    _from_fetched(found, whom, told)
    _from_results(found, whom, rows, told)
    for copy in found.copies:
        _from_copy(copy, found.home, whom, told)
    for ledger in found.ledgers:
        _from_ledger(ledger, trails[ledger.place], whom.who, told)
    told.left += [*found.unread, *sources_with(found.pipelines, whom.who)]
    return told


def _from_folders(found: Places, whom: Whom, rows: dict[str, frozenset[int]], told: Forgotten) -> None:
    for folder in found.folders:
        known = rows.get(folder.path.name, frozenset())
        traces = traces_in(folder, whom, known, address=found.address_column(folder))
        rows[folder.path.name] = traces.rows
        told.add(str(folder.path), "files written anew", len(traces.edits))
        if not told.dry_run:
            traces.remove()
    for path in sorted((*found.home.glob("*.txt"), *found.home.glob("*.html"))):  # the last fault, the page of all runs
        if whom.who.mentioned.search(path.read_text(errors="replace")):
            told.add(str(path), "files removed", 1)
            if not told.dry_run:
                path.unlink()


def _from_inboxes(found: Places, whom: Whom, told: Forgotten) -> None:
    for pipeline in found.pipelines:
        if isinstance(pipeline.inbox, StorageUrl):
            told.left.append(f"Files in an inbox elsewhere are not looked into: {pipeline.inbox}")
        elif pipeline.inbox is not None:
            edits, left = traces_in_inbox(pipeline.inbox, whom.who, address=pipeline.source.address)
            told.add(str(pipeline.inbox), "results written anew", len(edits))
            told.left += left
            for write in () if told.dry_run else edits:
                write()


def _from_fetched(found: Places, whom: Whom, told: Forgotten) -> None:
    """Copies of files from elsewhere go whole: the next run fetches them anew."""
    for copy in fetched_with(found.home / COPIES, whom.who):
        told.add(str(copy.parent), "copies of files from elsewhere", 1)
        told.left.append(
            f"{copy.name}, fetched from elsewhere, may still have this person there, and is yours to change."
        )
        if not told.dry_run:
            copy.unlink()


def _from_results(found: Places, whom: Whom, rows: Mapping[str, frozenset[int]], told: Forgotten) -> None:
    wanted = [one.results for one in found.pipelines if one.results]
    tables = {(one.database, one.table) for one in wanted if one.database is not None}
    told.left += sorted({f"Results files are not looked into: {one.url}" for one in wanted if one.database is None})

    def is_theirs(run_id: str, row: int, address: str) -> bool:
        return row in rows.get(run_id, ()) or bool(whom.who.spelled(pa.array([address], pa.string()))[0])

    for url, table in sorted(tables):
        count = forget_rows(url, table, is_theirs, dry_run=told.dry_run)
        told.add(f"results table {table}", "rows", count)


def _from_copy(copy: Path, home: Path, whom: Whom, told: Forgotten) -> None:
    """A copy is written anew like the ledger itself: who brings it back brings nobody back."""
    try:
        with Ledger.open(f"sqlite:///{copy}", home) as ledger:
            _from_ledger(ledger, whom.trail_in(ledger), whom.who, told)
    except CouldNotBeDone as error:
        told.left.append(f"The copy {copy} could not be looked into: {error}")


def _from_ledger(ledger: Ledger, trail: Trail, who: Somebody, told: Forgotten) -> None:
    is_about = partial(_is_about, trail, who)
    counts = ledger.forget(trail, is_about, dry_run=told.dry_run)
    for what, count in counts.items():
        told.add(ledger.place, _NOUNS[what], count)
    if not told.dry_run:
        ledger.wipe()


def _is_about(trail: Trail, who: Somebody, content: bytes) -> bool:
    """Whether the person stands in a plan's content."""
    plan: Mapping[str, Any] = orjson.loads(content)
    place = (plan["server"], plan["project"]["id"])
    contacts = {contact for *project, contact in trail.contacts if tuple(project) == place}
    if any(change["contact_id"] in contacts for change in plan["changes"]):
        return True
    return bool(who.mentioned.search(content.decode()))
