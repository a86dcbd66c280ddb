"""What a batch would do, for the person who starts it: three calls as Verboice will see them, how many, how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from connectors.masking import HIDDEN, mask_number, mask_text
from connectors.values import CallRequest
from connectors.verboice.calls import call_request, call_target
from flows.calls.batch import Batch, PlannedCall
from flows.calls.catalogue import Catalogue
from flows.calls.coercion import shown

MOST_SHOWN = 3
_LONGEST = 60


def preview(batch: Batch, catalogue: Catalogue, *, seconds_per_call: float | None) -> Iterator[str]:
    """Lines for a terminal; numbers are masked."""
    calls = batch.calls
    for note in batch.notes:
        yield f"Note: {mask_text(note)}"
    if batch.forecast is not None and batch.forecast.told:
        yield batch.forecast.told
    number = f"{len(calls):,} {'call' if len(calls) == 1 else 'calls'}"
    yield f"{number} to ask for{_duration(len(calls), seconds_per_call)}."
    for call in calls[:MOST_SHOWN]:
        yield from _call(call, catalogue)
    if len(calls) > MOST_SHOWN:
        yield f"  … and {len(calls) - MOST_SHOWN:,} more"


def _duration(calls: int, seconds_per_call: float | None) -> str:
    if not calls:
        return ""
    if seconds_per_call is None:
        return "; how long this server takes for one is not known yet"
    return f", about {_readable(calls * seconds_per_call)} at {seconds_per_call * 1000:.0f} ms each"


def _readable(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _call(call: PlannedCall, catalogue: Catalogue) -> Iterator[str]:
    request = call.to_send
    yield f"  row {call.row}: {mask_number(request.address)} hears {_said(request, catalogue)}{_when(request)}"
    for name, text in request.variables.items():
        yield f"      {name} = {_cut(mask_text(shown(text)))}"


def _said(request: CallRequest, catalogue: Catalogue) -> str:
    if request.twiml is not None:
        return f"TwiML ({len(request.twiml.encode()):,} bytes)"
    if request.call_flow_id is not None:
        return f"“{catalogue.call_flows.get(request.call_flow_id, request.call_flow_id)}” ({request.call_flow_id})"
    channel = next((c for c in catalogue.channels if request.channel in (c.id, c.name)), None)
    return (
        f"the channel's own flow “{channel.call_flow}”" if channel and channel.call_flow else "the channel's own flow"
    )


def _when(request: CallRequest) -> str:
    parts = [
        f"not before {request.not_before}" if request.not_before else "",
        f"not after {request.not_after}" if request.not_after else "",
        f"({request.time_zone})" if request.time_zone and (request.not_before or request.not_after) else "",
        f"in the schedule {request.schedule}" if request.schedule else "",
    ]
    told = " ".join(filter(None, parts))
    return f", {told}" if told else ""


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def listing(batch: Batch) -> Iterator[str]:
    """Every request of the batch as it would be sent: method, path and query, numbers masked."""
    for call in batch.calls:
        masked = replace(
            call.to_send,
            address=mask_number(call.request.address),
            variables={name: mask_text(text) for name, text in call.request.variables.items()},
        )
        request = call_request(call.to_send)
        target = call_target(masked).replace(quote(HIDDEN[0]), HIDDEN[0])  # encoded it is longer than what it hides
        body = f"  ({len(request.body):,} bytes of {request.content_type})" if request.body else ""
        yield f"{request.method} {target}{body}"
