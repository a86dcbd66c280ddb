"""What the account may call with: channels, call flows, schedules; and names found in it.

Verboice looks call flow names up among everybody's and enqueues a call that says nothing when the first one found is
somebody else's (API sheet 8.8). So names become ids here, from the project's own list, before anything is sent.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.values import Channel
from flows.calls.rules import NotUsable


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known of the account and the project.

    call_flows: id -> name. schedules: how often each tries a call again by itself, as far as that was asked for; None
    where they cannot be listed (a project that is only shared).
    shared: whether the project is only shared to the account, so that its call flows are not listed either.
    unconfirmed: those among `call_flows` of which Verboice does not tell whether the project has them.
    """

    project_id: int
    project_name: str
    channels: tuple[Channel, ...]
    call_flows: Mapping[int, str] = field(default_factory=dict)
    schedules: Mapping[str, int] | None = field(default_factory=dict)
    shared: bool = False
    unconfirmed: frozenset[int] = frozenset()

    def channel(self, wanted: str) -> Channel:
        """The channel of this name or id. Raises NotUsable if there is none, several, or it is disabled."""
        named = [channel for channel in self.channels if channel.name == wanted]
        found = named or [channel for channel in self.channels if channel.id is not None and str(channel.id) == wanted]
        if not found:
            raise NotUsable(f"The account has no channel “{wanted}”.{_near(wanted, (c.name for c in self.channels))}")
        if len(found) > 1:
            ids = ", ".join(str(channel.id) for channel in found)
            raise NotUsable(f"There are several channels named “{wanted}”. Use an id: {ids}.")
        if not found[0].enabled:
            raise NotUsable(f"The channel “{found[0].name}” is disabled.")
        return found[0]

    def call_flow(self, wanted: str) -> int:
        """The id of the project's call flow of this name or id. Raises NotUsable."""
        ids = [flow_id for flow_id, name in self.call_flows.items() if name == wanted]
        if len(ids) > 1:
            told = ", ".join(map(str, ids))
            raise NotUsable(f"The project has several call flows named “{wanted}”. Use an id: {told}.")
        if ids:
            return ids[0]
        if wanted.isascii() and wanted.isdigit() and int(wanted) in self.call_flows:
            return int(wanted)
        if self.shared:
            raise NotUsable(
                f"The project is shared to this account, so the call flow “{wanted}” cannot be looked up by name. "
                "Use its id."
            )
        raise NotUsable(
            f"The project “{self.project_name}” has no call flow “{wanted}”.{_near(wanted, self.call_flows.values())}"
        )

    def schedule(self, wanted: str) -> str:
        """The name of a schedule, if it can be known. Raises NotUsable for one the project does not have."""
        if self.schedules is not None and wanted not in self.schedules:
            raise NotUsable(
                f"The project “{self.project_name}” has no schedule “{wanted}”.{_near(wanted, self.schedules)}"
            )
        return wanted

    def retries_of(self, schedule: str | int | None) -> int:
        """How often Verboice itself tries a call of this schedule again, as far as that is known."""
        return (self.schedules or {}).get(str(schedule), 0)


def whole_number(wanted: str, what: str) -> int:
    """An id. Raises NotUsable for anything but digits: Verboice reads `2abc` as 2."""
    if not (wanted.isascii() and wanted.isdigit()):
        raise NotUsable(f"“{wanted}” is not the id of a {what}; ids are whole numbers.")
    return int(wanted)


def _near(wanted: str, names: Iterable[str]) -> str:
    known = list(dict.fromkeys(names))
    folded = {name.casefold(): name for name in known}
    close = [folded[match] for match in difflib.get_close_matches(wanted.casefold(), folded, n=2, cutoff=0.7)]
    if close:
        return " Did you mean " + " or ".join(f"“{name}”" for name in close) + "?"
    return f" It has: {', '.join(known[:10])}." if known else " There are none."
