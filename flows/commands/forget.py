"""`forget`: a person is removed from everything that is kept here."""

from __future__ import annotations

import sys
from dataclasses import asdict

import orjson

from flows.commands.terminal.failure import ending
from flows.forgetting.forget import Forgotten
from flows.forgetting.forget import forget as forget_person
from flows.forgetting.places import places
from flows.reports.harmless import put
from flows.runs.folder import check_home, home_folder

KIND = "forget"
_ELSEWHERE = (
    "Verboice still has its own record of this person; contacts and calls are deleted there.",
    "Not looked into: tables that `pull` wrote, exports, mails, copies kept elsewhere, and what Prefect keeps.",
)


def forget(address: str, *, dry_run: bool, as_json: bool) -> None:
    """Forget whoever the address means; with `dry_run` only tell what would be removed."""
    with ending(KIND, as_json=as_json):
        home = home_folder()
        check_home(home)
        with places(home) as found:
            told = forget_person(found, address, dry_run=dry_run)
    if as_json:
        _write(told)
    else:
        _tell(told)


def _write(told: Forgotten) -> None:
    whole = {"kind": KIND, "status": "succeeded"} | asdict(told) | {"elsewhere": _ELSEWHERE}
    sys.stdout.buffer.write(orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


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
