"""A call request value -> the request that enqueues it, and what can be known to be wrong before it leaves. Pure.

Verboice takes any verb for "ring this person", loses the channel's own flow when a POST has no body, and reads a form
out of a body with any other type than plain text (API sheet 8.1, 8.6, 8.19). So a flow is asked for by GET with
everything in the query, and TwiML is posted as text/plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

from connectors.values import CallRequest
from connectors.verboice.encoding import LONGEST_REQUEST_LINE, query, variable_pairs
from connectors.verboice.errors import CannotSend
from connectors.verboice.session import Request

LONGEST_TWIML = 65_535  # bytes; a longer one leaves a call that stays queued for ever (API sheet 8.12, 8.22)
_PATH = "/api/call.json"

# What Verboice's broker understands; anything else fails the call with "Invalid Flow" (API sheet 8.21). Attributes of
# the first group are ignored when unknown, those of Gather, Record and Dial must be known.
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "Play": frozenset(),
    "Say": frozenset({"language"}),
    "Hangup": frozenset(),
    "Pause": frozenset({"length"}),
    "Redirect": frozenset({"method"}),
    "Gather": frozenset({"numDigits", "timeout", "finishOnKey", "action", "method"}),
    "Record": frozenset({"timeout", "finishOnKey", "action", "method"}),
    "Dial": frozenset({"channel", "callerId", "successfulAfter"}),
}
_ENCODING = re.compile(r"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
_WHOLE_NUMBERS = frozenset({"length", "numDigits", "timeout", "successfulAfter"})


def call_request(call: CallRequest, *, base: str = "") -> Request:
    """The one request that enqueues `call`. Raises CannotSend when it cannot be put so that it means what it says."""
    if not call.address.strip():
        raise CannotSend("A call needs an address.")
    target = call_target(call)
    if len(base) + len(target) + len("POST  HTTP/1.1\r\n") > LONGEST_REQUEST_LINE:
        raise CannotSend(f"The call's variables are too long for one request: {len(target)} bytes encoded.")
    if call.twiml is None:
        return Request("call", "GET", target)
    problems = check_twiml(call.twiml)
    if problems:
        raise CannotSend(f"The TwiML cannot be used: {'; '.join(problems)}")
    return Request("call", "POST", target, call.twiml.encode(), "text/plain; charset=utf-8")


def call_target(call: CallRequest) -> str:
    """The path and query of the request, however long. Raises CannotSend for names that would be taken apart."""
    return f"{_PATH}?{query(_pairs(call))}"


def _pairs(call: CallRequest) -> Iterator[tuple[str, str]]:
    if call.call_flow_id is not None and call.twiml is not None:
        raise CannotSend("A call has either a call flow or TwiML.")
    yield ("channel_id" if isinstance(call.channel, int) else "channel"), str(call.channel)
    yield "address", call.address
    optional: dict[str, int | str | None] = {
        "call_flow_id": call.call_flow_id,
        "project_id": call.project_id if call.call_flow_id is None else None,
        ("schedule_id" if isinstance(call.schedule, int) else "schedule"): call.schedule,
        "not_before": call.not_before,
        "not_after": call.not_after,
        "time_zone": call.time_zone,
    }
    yield from ((name, str(given)) for name, given in optional.items() if given not in (None, ""))
    yield from variable_pairs(call.variables)


def check_twiml(text: str) -> tuple[str, ...]:
    """Everything that would make the broker refuse `text`, one sentence each; empty when it can be sent."""
    size = len(text.encode("utf-8", "replace"))
    if size > LONGEST_TWIML:
        return (f"It has {size} bytes; Verboice keeps {LONGEST_TWIML}.",)
    declared = _declaration_problem(text)
    if declared is not None:
        return (declared,)
    try:
        root = ET.fromstring(text)  # noqa: S314 - declarations, which make XML dangerous, are refused above
    except ET.ParseError as error:
        return (f"It is not well-formed XML: {error}.",)
    if root.tag != "Response":
        return (f"Its root must be <Response>, not <{root.tag}>.",)
    if len(root) == 0:
        return ("<Response> has nothing to do in it.",)
    return tuple(problem for verb in root for problem in _verb_problems(verb))


def _declaration_problem(text: str) -> str | None:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return "It has a document type declaration, which is not needed."
    encoding = _ENCODING.match(text)
    if encoding and encoding[1].upper() not in ("UTF-8", "US-ASCII"):
        return f"It is sent as UTF-8, but its first line says {encoding[1]}. Leave that out, or write UTF-8."
    return None


def _verb_problems(verb: ET.Element) -> Iterator[str]:
    known = _ATTRIBUTES.get(verb.tag)
    if known is None:
        yield f"Verboice does not know <{verb.tag}>; it knows {', '.join(_ATTRIBUTES)}."
        return
    for name, given in verb.attrib.items():
        if name not in known:
            yield f"Verboice does not know the attribute {name} of <{verb.tag}>."
        elif name in _WHOLE_NUMBERS and not (given.isascii() and given.isdigit()):
            yield f"{name} of <{verb.tag}> must be a whole number, not {given!r}."
        elif name == "method" and given.upper() not in ("GET", "POST"):
            yield f"method of <{verb.tag}> must be GET or POST, not {given!r}."
    inside = {child.tag for child in verb} - ({"Play", "Say"} if verb.tag == "Gather" else set())
    for tag in sorted(inside):
        yield f"Verboice ignores <{tag}> inside <{verb.tag}>."
