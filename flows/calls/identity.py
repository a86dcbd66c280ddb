"""What makes a call the same call: who is rung in which project, with what, when and in which campaign: what the person
called would notice, and nothing else.

Not the names of file or pipeline, nor the row's number or the order of rows: a list that is renamed, saved again,
sorted or continued rings its new rows only, by whatever copy of a pipeline. The server is not part of it because the
ledger keeps servers apart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.values import CallRequest
from connectors.verboice.zones import identifier_of

SAID_BY_CHANNEL = "channel"
FORMER = "1:"  # what the ledger has marked identities with that were made before 0.2 (its migration 0003)
_FORM = "2:"


@dataclass(frozen=True, slots=True)
class Who:
    """The person's key (`flows.contacts.people.address`) and what the call belongs to."""

    project_id: int
    campaign: str
    key: str


def identity_of(who: Who, call: CallRequest, *, channel_flow: int | None = None) -> str:
    """`2:` and a SHA-256 in hexadecimal. `channel_flow` is the id of the channel's own flow, for calls that name
    none."""
    return f"{_FORM}{_digest({'project': who.project_id}, who, call, channel_flow)}"


def former_identity_of(pipeline: str, who: Who, call: CallRequest, *, channel_flow: int | None = None) -> str:
    """What version 0.1 knew the call by when a pipeline of this name asked for it."""
    return f"{FORMER}{_digest({'pipeline': pipeline}, who, call, channel_flow)}"


def known_by(kept: str) -> str:
    """An identity out of a file; version 0.1 wrote them without a mark."""
    return kept if kept.startswith((FORMER, _FORM)) else f"{FORMER}{kept}"


def _digest(of: Mapping[str, object], who: Who, call: CallRequest, channel_flow: int | None) -> str:
    body = {
        **of,
        "campaign": who.campaign,
        "address": who.key,
        "said": _said(call, channel_flow),
        "vars": dict(call.variables),
        "when": _when(call),
    }
    text = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _said(call: CallRequest, channel_flow: int | None) -> list[int | str | None]:
    if call.twiml is not None:
        return ["twiml", call.twiml]
    if call.call_flow_id is not None:
        return ["flow", call.call_flow_id]
    if channel_flow is not None:
        return ["flow", channel_flow]
    return [SAID_BY_CHANNEL, call.channel]


def _when(call: CallRequest) -> Mapping[str, object]:
    """The zone only counts where something is told in it; a Rails name and its tz identifier are one zone."""
    timed = any(part is not None for part in (call.not_before, call.not_after, call.schedule))
    zone = (identifier_of(call.time_zone) or call.time_zone) if call.time_zone and timed else None
    return {
        "not_before": call.not_before,
        "not_after": call.not_after,
        "schedule": call.schedule,
        "time_zone": zone,
    }
