"""What callers answered: variables of a contact that are other than before the call, and that nobody here wrote."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import orjson

from connectors.ledger.values import Call
from flows.contacts.outcome import describe

Answers = Mapping[str, tuple[str | None, str]]
"""By variable, what it was before (None: absent) and what it is now."""

_NOBODY_SPOKE = frozenset({"no-answer", "busy", "no-call-flow", "undefined address"})  # of API sheet 9.8


def may_have_answered(call: Call) -> bool:
    """Whether anybody may have said anything: the call is completed, or failed otherwise than for want of an answer.
    Newer servers do not tell why a call failed, and whoever hangs up may have answered first."""
    if call.state != "queued" or call.call_state not in ("completed", "failed"):
        return False
    return call.call_state == "completed" or call.fail_reason.partition(":")[0] not in _NOBODY_SPOKE


def answers(before: Mapping[str, str], now: Mapping[str, str], written: Collection[tuple[str, str]]) -> Answers:
    """What changed. `written`: variables with values that were sent to Verboice since then, which nobody answered."""
    return {
        name: (before.get(name), value)
        for name, value in sorted(now.items())
        if value != before.get(name) and (name, value) not in written
    }


def in_words(found: Answers) -> str:
    """`satisfied: (absent) → 5; village: Siem Reap → Takeo`"""
    return "; ".join(describe(name, before, value) for name, (before, value) in found.items())


def as_text(values: Mapping[str, str]) -> str:
    """Variables in one cell of a table, to be kept."""
    return orjson.dumps(values).decode()


def from_text(text: str) -> Mapping[str, str]:
    """What `as_text` kept."""
    values: Mapping[str, str] = orjson.loads(text)
    return values
