"""Which calls that ended without reaching anybody are asked for again: new attempts of the same row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.ledger.values import Call

ANY = "failed"  # under `on`: whatever the reason; newer servers tell none (API sheet 9.1)
NOT_TRIED = "Not tried again: the run that is retried did not ask for this call."
_RANG_OR_MAY = ("sending", "queued", "uncertain")


@dataclass(frozen=True, slots=True)
class RetryRules:
    """on: reasons of failure as Verboice names them (API sheet 9.8), or ANY. times: attempts after the first. after:
    from the end of one to the next."""

    on: frozenset[str]
    times: int
    after: timedelta

    @property
    def most(self) -> int:
        """How often one call is asked for at most."""
        return self.times + 1


@dataclass(frozen=True, slots=True)
class Tries:
    """What retrying a run means for its calls, by identity: why each is not asked for again ("" = it is), the number in
    the ledger of the call that it follows, and how many attempts were made."""

    why_not: Mapping[str, str]
    follows: Mapping[str, int]
    made: Mapping[str, int]
    most: int

    def told(self, identity: str, reason: str) -> str:
        """What to say of a new attempt of this call; `reason` is what was to be said of the row."""
        return f"Attempt {self.made[identity] + 1} of {self.most}. {reason}".rstrip()


def tries(
    calls: Mapping[str, Sequence[Call]], run_id: str, rules: RetryRules, now: datetime, *, own_retries: int = 0
) -> Tries:
    """What retrying the run means. `calls` are all that the ledger has of each identity, the oldest first.

    own_retries: how often Verboice itself tries a call again, by its schedule; each counts as an attempt.
    """
    made = {identity: attempts_made(found) * (1 + own_retries) for identity, found in calls.items()}
    return Tries(
        why_not={
            identity: why_not(found, run_id, rules, now, made=made[identity], own_retries=own_retries)
            for identity, found in calls.items()
        },
        follows={identity: found[-1].nth for identity, found in calls.items()},
        made=made,
        most=rules.most,
    )


def attempts_made(calls: Sequence[Call]) -> int:
    """How many of a call's attempts rang, or may have."""
    return sum(call.state in _RANG_OR_MAY for call in calls)


def why_not(
    calls: Sequence[Call], run_id: str, rules: RetryRules, now: datetime, *, made: int, own_retries: int
) -> str:
    """Why no new attempt is made of the call; "" if one is."""
    last = next((call for call in reversed(calls) if call.state in _RANG_OR_MAY), None)
    if last is None:
        return NOT_TRIED
    if last.run_id != run_id:
        return f"Not tried again: run {last.run_id} has asked for this call since."
    due = (last.finished_at or last.tracked_at or last.asked_at) + rules.after
    wrong = _wrong_ending(last) or _wrong_reason(last, rules)
    if not wrong and made + 1 + own_retries > rules.most:
        wrong = f"{made} of {rules.most} attempts were made."
    if wrong:
        return f"Not tried again: {wrong}"
    return f"Not tried again before {due:%Y-%m-%d %H:%M} UTC." if now < due else ""


def _wrong_ending(last: Call) -> str:
    if last.state != "queued":
        return f"nobody knows whether the last call rang. verboice-sync resolve {last.run_id} settles it."
    return "" if last.call_state == "failed" else f"the last call is {last.call_state or 'queued'}."


def _wrong_reason(last: Call, rules: RetryRules) -> str:
    reason = last.fail_reason.partition(":")[0]
    if ANY in rules.on or reason in rules.on:
        return ""
    if not reason:
        return "Verboice does not tell why the call failed; `failed` under calls.retry.on means any reason."
    return f"the call failed with “{reason}”."
