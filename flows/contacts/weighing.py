"""Which way of reading contacts costs the server least: the whole list, each needed row, or changed rows only."""

from __future__ import annotations

from dataclasses import dataclass

from flows.contacts.costs import ServerCosts
from flows.contacts.pulling import Pull, PullChoice, choose


@dataclass(frozen=True, slots=True)
class Needed:
    """What a plan has to know of Verboice.

    rows: that are selected. requests: to look up every one of them. contacts: of the project when it was last listed,
    None where it never was. changed: rows that are not as they were settled, and changed_requests to look those up.
    must_compare: why nothing may be trusted this time, "" where unchanged rows may be.
    """

    rows: int
    requests: int
    contacts: int | None
    changed: int
    changed_requests: int
    must_compare: str


def weigh(pull: Pull, needed: Needed, costs: ServerCosts, *, needs_everything: str = "") -> PullChoice:
    """The cheapest way that the pipeline allows, with the reason. `needs_everything` names what forces the list."""
    if needs_everything or pull in ("all", "by_address"):
        return choose(pull, needed.rows, needs_everything=needs_everything)
    if needed.must_compare:
        return _complete(needed, costs)
    if pull == "changed":
        return PullChoice("changed", f"the pipeline says so; {_changed(needed)}")
    looked_up = needed.changed_requests * costs.get
    if needed.contacts is not None and costs.list(needed.contacts) < looked_up:
        return PullChoice("all", f"{_changed(needed)}, and {_against(looked_up, needed.contacts, costs)}")
    if needed.contacts is None:
        return PullChoice("changed", _changed(needed))
    return PullChoice("changed", f"{_changed(needed)}, and {_against(looked_up, needed.contacts, costs)}")


def _complete(needed: Needed, costs: ServerCosts) -> PullChoice:
    """Everything is compared; as long as the size of the project is unknown, only a few rows are asked one by one."""
    if needed.contacts is None:
        return choose("auto", needed.rows)
    looked_up = needed.requests * costs.get
    way = choose("by_address" if looked_up < costs.list(needed.contacts) else "all", needed.rows).way
    return PullChoice(way, f"{needed.must_compare}, and {_against(looked_up, needed.contacts, costs)}")


def _changed(needed: Needed) -> str:
    return f"{needed.changed:,} of {needed.rows:,} rows are new or have changed since they were settled"


def _against(looked_up: float, contacts: int, costs: ServerCosts) -> str:
    return (
        f"looking these up takes the server about {_seconds(looked_up)}, the list of {contacts:,} contacts about "
        f"{_seconds(costs.list(contacts))}"
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:,.0f} s"
