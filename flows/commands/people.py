"""`forget` and `never`: a person is removed from everything that is kept here; nobody calls a person any more."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from connectors.errors import ConfigurationError
from connectors.ledger import Ledger
from connectors.ledger.values import Listing
from connectors.masking import mask_number
from flows.commands.terminal.failure import ending
from flows.forgetting.forget import Forgotten
from flows.forgetting.forget import forget as forget_person
from flows.forgetting.places import Places, places
from flows.forgetting.whom import find_whom
from flows.reports.harmless import put
from flows.runs.approval import this_user
from flows.runs.clock import now
from flows.runs.folder import check_home, home_folder
from flows.runs.places import LEDGER_FILE

FORGET, NEVER = "forget", "never"
_ELSEWHERE = (
    "Verboice still has its own record of this person; contacts and calls are deleted there.",
    "Not looked into: tables that `pull` wrote, exports, mails, copies kept elsewhere, and what Prefect keeps.",
)


def forget(address: str, *, dry_run: bool, as_json: bool) -> None:
    """Forget whoever the address means; with `dry_run` only tell what would be removed."""
    with ending(FORGET, as_json=as_json):
        home = home_folder()
        check_home(home)
        with places(home) as found:
            told = forget_person(found, address, dry_run=dry_run)
    if as_json:
        _write({"kind": FORGET, "status": "succeeded"} | asdict(told) | {"elsewhere": _ELSEWHERE})
    else:
        _tell(told)


def _write(told: Mapping[str, object]) -> None:
    sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _tell(told: Forgotten) -> None:
    if not told.removed:
        put(f"Nothing is kept of {told.address}.")
    else:
        put(f"{'Would be removed' if told.dry_run else 'Removed'} of {told.address}:")
        width = max(len(f"{one.count:,}") for one in told.removed)
        for place in dict.fromkeys(one.place for one in told.removed):
            put(f"  {place}")
            for one in told.removed:
                if one.place == place:
                    put(f"    {one.count:>{width},} {one.what}")
    for sentence in (*told.left, *_ELSEWHERE):
        put(sentence)


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of it in one ledger. changed: the person was not on its list before, or was (`lift`). waiting: calls to
    them that Verboice still had in its queue, by run."""

    ledger: str
    changed: bool
    waiting: dict[str, list[int]] = field(default_factory=dict)


def never(address: str, *, reason: str, lift: bool, as_json: bool) -> None:
    """Put whoever the address means on the list of every ledger here, or with `lift` take them off."""
    with ending(NEVER, as_json=as_json):
        if lift and reason:
            raise ConfigurationError("--reason says why somebody is never called.", hint="Leave it out with --lift.")
        home = home_folder()
        check_home(home)
        with places(home) as found, ExitStack() as opened:
            ledgers = [*found.ledgers, *_first(found, home, opened)]
            keys = find_whom(address, found.regions, ledgers).who.keys
            listing = Listing(now(), this_user(), reason.strip())
            done = [_lifted(one, keys) if lift else _listed(one, keys, listing) for one in ledgers]
            unread = found.unread
    masked = mask_number(address.strip())
    if as_json:
        told = {"kind": NEVER, "status": "succeeded", "address": masked, "lift": lift}
        _write(told | {"ledgers": [asdict(one) for one in done], "left": unread})
    else:
        _tell_listed(masked, done, unread, lift=lift)


def _first(found: Places, home: Path, opened: ExitStack) -> list[Ledger]:
    """The home folder's ledger, made where there is none yet and a pipeline will use it."""
    is_used = not found.pipelines or any(pipeline.ledger is None for pipeline in found.pipelines)
    if not is_used or any(ledger.place == str(home / LEDGER_FILE) for ledger in found.ledgers):
        return []
    return [opened.enter_context(Ledger.open(None, home))]


def _listed(ledger: Ledger, keys: frozenset[str], listing: Listing) -> Kept:
    changed = ledger.list_never(keys, listing)
    return Kept(ledger.place, changed, ledger.queued_rows(keys))


def _lifted(ledger: Ledger, keys: frozenset[str]) -> Kept:
    return Kept(ledger.place, ledger.lift_never(keys))


def _tell_listed(masked: str, done: Sequence[Kept], unread: Sequence[str], *, lift: bool) -> None:
    for one in done:
        if lift:
            put(f"{masked} {'may be called again' if one.changed else 'was not on the list'} ({one.ledger}).")
        else:
            put(f"{masked} {'is not called any more' if one.changed else 'was on the list already'} ({one.ledger}).")
        for run_id, rows in one.waiting.items():
            calls, them = (
                ("1 call to them was", "it") if len(rows) == 1 else (f"{len(rows):,} calls to them were", "them")
            )
            command = f"verboice-sync cancel {run_id} --row {' '.join(map(str, rows))}"
            put(f"  {calls} still in Verboice's queue: `{command}` takes {them} back.")
    for sentence in unread:
        put(sentence)
