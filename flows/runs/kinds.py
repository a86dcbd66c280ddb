"""The kinds of run: one row each, and all that depends on a run's kind.

Plain values, so that every room may ask. A new command that is a run, or that prints a summary, gets a row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKind:
    """What follows from the kind of a run.

    is_call: it is about calls rather than contacts.
    sends: it may change something in Verboice: its end is news, and one that was cut off goes on by `resume`.
    from_source: the values it sends are the source's, so what became of them matters to the next comparison.
    again: the command that does the same once more, given PIPELINE alone; for a plan the one that sends it; "" = none.
    approvable: a plan of it that a guard refused is approved by that command and --approve, nothing else.
    whole_source: it reads every row, also where an earlier run has left a watermark.
    """

    name: str
    is_call: bool = False
    sends: bool = False
    from_source: bool = False
    again: str = ""
    approvable: bool = False
    whole_source: bool = False


PLAN = RunKind(name="plan", again="sync", approvable=True)
SYNC = RunKind(name="sync", sends=True, from_source=True, again="sync", approvable=True)
APPLY = RunKind(name="apply", sends=True, from_source=True)
BACKFILL = RunKind(name="backfill", sends=True, from_source=True, again="backfill", whole_source=True)
SET_ALL = RunKind(name="set-all", sends=True)
UNDO = RunKind(name="undo", sends=True)
CALL = RunKind(name="call", is_call=True, sends=True, again="call", approvable=True)

_ROWS = (
    *(PLAN, SYNC, APPLY, BACKFILL, SET_ALL, UNDO, CALL),
    *(RunKind(name=name, is_call=True) for name in ("track", "cancel", "resolve", "reconcile")),
    *(RunKind(name=name) for name in ("resume", "pull", "check", "vars", "contact", "runs", "report")),
    *(RunKind(name=name) for name in ("status", "stop", "forget", "never")),
)

KINDS: Mapping[str, RunKind] = MappingProxyType({kind.name: kind for kind in _ROWS})

CONTACT_PUSHES = tuple(kind.name for kind in _ROWS if kind.sends and not kind.is_call)
"""The kinds of run that may change contacts."""

FROM_SOURCE = tuple(kind.name for kind in _ROWS if kind.from_source)
"""The kinds of run that send what the source says."""


def run_kind(name: str) -> RunKind:
    """The kind called `name`. Raises ConfigurationError for one that has no row: a newer version may have left it in
    the ledger, and nothing is guessed about what it did."""
    if name not in KINDS:
        raise ConfigurationError(
            f"A run of the kind “{name}” is not known to this version of verboice-sync.",
            hint="Use the version that made it, or a newer one.",
        )
    return KINDS[name]
