"""Which way of reading contacts costs the server least: the whole list, each needed row, or changed rows only."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flows.contacts.costs import ServerCosts
from flows.contacts.people.pulling import FEW_ROWS, Pull, PullChoice, Way, choose

AFFORDABLE = 5.0  # seconds of the server's time, for which drift is seen at once instead of at the next full check


@dataclass(frozen=True, slots=True)
class Needed:
    """What a plan has to know of Verboice.

    rows: that are selected; addresses: that they have. requests: to look up every one of them. contacts: of the project
    when it was last listed, None where it never was. changed: rows that are not as they were settled, and
    changed_requests to look those up.
    must_compare: why nothing may be trusted this time, "" where unchanged rows may be.
    """

    rows: int
    addresses: int
    requests: int
    contacts: int | None
    changed: int
    changed_requests: int
    must_compare: str


def weigh(pull: Pull, needed: Needed, costs: ServerCosts, *, needs_everything: str = "") -> PullChoice:
    """The cheapest way that the pipeline allows, with the reason. `needs_everything` names what forces the list."""
    if needs_everything or pull in ("all", "by_address"):
        return choose(pull, needed.addresses, needs_everything=needs_everything)
    if needed.must_compare:
        return _complete(needed, costs, needed.must_compare)
    if pull == "changed":
        return PullChoice("changed", f"the pipeline says so; {_changed(needed)}")
    everyone, each = _of_everyone(needed, costs), needed.requests * costs.get
    if min(everyone, each) <= AFFORDABLE:
        return _complete(needed, costs, f"comparing all rows is cheap (at most {AFFORDABLE:g} s of the server's time)")
    looked_up = needed.changed_requests * costs.get
    return PullChoice(
        "all" if everyone < looked_up else "changed",
        f"{_changed(needed)}, and {_against(looked_up, needed, costs)}",
    )


def cheapest_again(addresses: int, contacts: int | None, costs: ServerCosts) -> Way:
    """How to read contacts again whose stored spelling is known, so that each takes one request. `contacts`: of the
    project when it was last listed, None where it never was."""
    if contacts is None or addresses <= FEW_ROWS:
        return choose("auto", addresses).way
    return "by_address" if addresses * costs.get < costs.list(contacts) else "all"


def _complete(needed: Needed, costs: ServerCosts, why: str) -> PullChoice:
    """Everything is compared; as long as the size of the project is unknown, only a few rows are asked one by one."""
    if needed.contacts is None and needed.must_compare:
        choice = choose("auto", needed.addresses)
        return PullChoice(choice.way, f"{why}, and {choice.reason}")
    looked_up = needed.requests * costs.get
    way: Way = "by_address" if looked_up < _of_everyone(needed, costs) else "all"
    return PullChoice(way, f"{why}, and {_against(looked_up, needed, costs)}")


def _of_everyone(needed: Needed, costs: ServerCosts) -> float:
    return math.inf if needed.contacts is None else costs.list(needed.contacts)


def _changed(needed: Needed) -> str:
    return f"{needed.changed:,} of {needed.rows:,} rows are new or have changed since they were settled"


def _against(looked_up: float, needed: Needed, costs: ServerCosts) -> str:
    one_by_one = f"looking these up takes the server about {_seconds(looked_up)}"
    if needed.contacts is None:
        return one_by_one
    return f"{one_by_one}, the list of {needed.contacts:,} contacts about {_seconds(costs.list(needed.contacts))}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:,.0f} s"
