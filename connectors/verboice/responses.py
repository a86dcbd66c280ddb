"""Status and body of a reply -> the value it carries, or the error it means. Pure.

A 200 alone proves nothing: a login page is a 200 too. A value is made only from JSON of the expected shape. The five
bodies that are not JSON (API sheet, "Five body shapes") are told apart here: the one-space body of `head`, the static
pages, and the plain text `No such variable: NAME`, which comes with status 500 and the type of JSON. Numbers in
parentheses are those of the API sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from logging import getLogger
from typing import Any, TypeVar

import orjson

from connectors.masking import mask_text
from connectors.values import Contact
from connectors.verboice.encoding import same_address
from connectors.verboice.errors import (
    AlreadyExists,
    AsksToWait,
    CallNotVisible,
    CallRefused,
    CannotAddress,
    CannotCancel,
    LoginRefused,
    NoAnswer,
    NoSuchContact,
    NotStored,
    Reached,
    ServerBroken,
    StoredDifferently,
    UnexpectedReply,
    UnknownVariable,
    VerboiceFault,
    WrongContact,
)

T = TypeVar("T")
log = getLogger(__name__)
_NO_SUCH_VARIABLE = b"No such variable: "
_STATIC_PAGE = 728  # bytes
# What only front ends answer: gave up waiting for a request or a server; 520-530 are Cloudflare's 502 and 504.
_NOT_THE_APPLICATION = frozenset((408, 429, 502, 503, 504, *range(520, 528), 530))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. `headers` has names in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-request-id")

    @property
    def is_head(self) -> bool:
        """The one-space body of Rails' `head`: with a 404, "no such contact" and not "no such route" (4.2)."""
        return self.body == b" "

    @property
    def is_missing(self) -> bool:
        """There is no such contact, call or channel."""
        return self.status == 404 and self.is_head

    @property
    def is_page(self) -> bool:
        return self.content_type == "text/html" and not self.is_head


def busy(reply: Reply, *, now: datetime | None = None) -> AsksToWait | NoAnswer | None:
    """The fault of a reply that did not come from the application: 408, 429, 502-504, 520-530. None for all others.

    429, and 503 with Retry-After, are refusals at the door; behind the others the work may have been done (12.4).
    """
    if reply.status not in _NOT_THE_APPLICATION:
        return None
    wait = _seconds(reply.headers.get("retry-after"), now=now)
    if reply.status == 429 or (reply.status == 503 and "retry-after" in reply.headers):
        long = f" {wait:,.0f} s" if wait else ""
        return AsksToWait(
            f"Verboice asks to wait{long} (status {reply.status}).", request_id=reply.request_id, retry_after=wait
        )
    return NoAnswer(
        f"The server in front of Verboice answered in its place (status {reply.status}).", request_id=reply.request_id
    )


def _seconds(text: str | None, *, now: datetime | None) -> float | None:
    """Retry-After in seconds, from a number or an HTTP date."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - (now or datetime.now(UTC))).total_seconds())


def credentials_refused(reply: Reply) -> LoginRefused | None:
    """The fault of a 401 that names the account as its reason; None for a 401 that may mean the project (1.25)."""
    if "www-authenticate" not in reply.headers:
        return None
    told = _error_text(reply)
    if "confirm" in told:
        message, hint = "The Verboice account is not confirmed yet.", "Open the link in Verboice's confirmation e-mail."
    elif "sign in" in told:
        message, hint = "Verboice says the account must sign in.", "Is verboice.account or verboice.password empty?"
    else:
        message = "Verboice refused the login: wrong e-mail or password."
        hint = "Check verboice.account and verboice.password."
    return LoginRefused(message, hint=hint, request_id=reply.request_id)


def _error_text(reply: Reply) -> str:
    try:
        body = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return ""
    told = body.get("error", "") if isinstance(body, dict) else ""
    return told if isinstance(told, str) else ""


def trouble(reply: Reply) -> VerboiceFault | None:
    """The fault of any reply that carries no value, as far as it can be told without knowing the endpoint."""
    if reply.status == 200:
        return None
    if reply.status == 500 and reply.body.startswith(_NO_SUCH_VARIABLE):
        name = reply.body[len(_NO_SUCH_VARIABLE) :].decode("utf-8", "replace")
        return UnknownVariable(name, request_id=reply.request_id)
    if reply.status >= 500:
        message = f"Verboice answered with an internal error (status {reply.status})."
        return ServerBroken(message, request_id=reply.request_id)
    return unexpected(reply)


def unexpected(reply: Reply) -> UnexpectedReply:
    """The fault of a status that Verboice does not give at this place."""
    message = f"Verboice answered with the unexpected status {reply.status}."
    hint = "Check verboice.url."
    reached = Reached.YES if 400 <= reply.status < 500 else Reached.MAYBE
    if 300 <= reply.status < 400:
        message = f"The server redirects to {mask_text(reply.headers.get('location', 'nowhere'))} instead of answering."
    elif reply.status == 407:
        message = "The proxy on the way wants a user name and a password (status 407)."
        hint, reached = "Example: HTTP_PROXY=http://user:password@proxy.example.org:3128", Reached.NO
    elif reply.status in (413, 414, 431):
        message = f"A front end refused the request as too large (status {reply.status})."
        hint, reached = "", Reached.NO
    elif reply.status == 404 and reply.is_page:
        message = "The server has no such page, so it may not be Verboice."
    return UnexpectedReply(message, hint=hint, reached=reached, request_id=reply.request_id)


def value(reply: Reply, shape: Callable[[Any], T]) -> T:
    """What a 200 carries, made by `shape`. Raises the reply's fault, or UnexpectedReply when the shape is another."""
    fault = trouble(reply)
    if fault is not None:
        raise fault
    raise_page(reply)
    try:
        return shape(orjson.loads(reply.body))
    except orjson.JSONDecodeError:
        raise UnexpectedReply("The server's answer is not JSON or is cut off.", request_id=reply.request_id) from None
    except (KeyError, TypeError, AttributeError, ValueError):
        raise UnexpectedReply(
            "The server's JSON has another shape than Verboice's.", request_id=reply.request_id
        ) from None


def table(reply: Reply, shape: Callable[[str], T]) -> T:
    """What a 200 with a table of CSV carries, made by `shape`. Raises the reply's fault, or UnexpectedReply."""
    fault = trouble(reply)
    if fault is not None:
        raise fault
    raise_page(reply)
    try:
        return shape(reply.body.decode("utf-8", "replace"))
    except (KeyError, ValueError):
        raise UnexpectedReply(
            "The server's table has other columns than Verboice's.", request_id=reply.request_id
        ) from None


def raise_page(reply: Reply) -> None:
    """Raises UnexpectedReply for a 200 that is a web page."""
    if reply.is_page:
        raise UnexpectedReply(
            "The server answered with a web page instead of JSON.",
            hint="Check verboice.url; a login page or a proxy may be in the way.",
            request_id=reply.request_id,
        )


# What replies to one endpoint mean beyond that. Each raises its fault, or lets the reply pass.


def raise_unaddressable(reply: Reply) -> None:
    """CannotAddress when the address did not get through the server's routing, NoSuchContact when it is unknown (4.2).

    Behind Passenger, dots and slashes cannot be part of a path in any spelling (4.6); an empty 400 is Puma's parser.
    """
    if reply.is_missing:
        raise NoSuchContact("Verboice has no contact with this address.", request_id=reply.request_id)
    if reply.status in (400, 404):
        raise CannotAddress(
            "This server cannot look up such an address: it takes its dots, slashes or length for something else.",
            reached=Reached.YES,
            request_id=reply.request_id,
        )


def raise_not_stored(reply: Reply) -> None:
    """NotStored for the page of an internal error: the server rolled the request back (5.5)."""
    if reply.status == 500 and not reply.body.startswith(_NO_SUCH_VARIABLE):
        raise NotStored(
            "Verboice failed on this contact and stored nothing (status 500).",
            hint="A value may be too long or contain characters its database cannot keep.",
            request_id=reply.request_id,
        )


def raise_not_created(reply: Reply) -> None:
    """AlreadyExists or NotStored for a refused creation (7.2, 7.3)."""
    raise_not_stored(reply)
    if reply.status != 400:
        return
    told = reply.body.decode("utf-8", "replace")
    if "already been taken" in told:
        raise AlreadyExists("Verboice has a contact with this address already.", request_id=reply.request_id)
    raise NotStored(f"Verboice did not create the contact: {told[:200]}", request_id=reply.request_id)


def raise_stored_differently(stored: Contact, asked: Mapping[str, str], reply: Reply) -> None:
    """StoredDifferently where a value came back as another one: cut, or characters lost (5.15, 5.16)."""
    differing = {name: (text, stored.vars.get(name)) for name, text in asked.items() if stored.vars.get(name) != text}
    if differing:
        name, (text, kept) = next(iter(differing.items()))
        del differing[name]
        raise StoredDifferently(name, text, kept, others=differing, request_id=reply.request_id)


def raise_wrong_contact(found: Contact, address: str, reply: Reply) -> None:
    """WrongContact unless `address` is one of the contact's own, in a spelling that means the same (4.9)."""
    if address in found.addresses:
        return
    if not any(same_address(address, own) for own in found.addresses):
        raise WrongContact(
            f"Verboice answered with contact {found.id}, which does not have this address.", request_id=reply.request_id
        )
    log.info("contact %d was found by another spelling of its address (…%s)", found.id, address[-4:])


def raise_call_refused(reply: Reply) -> None:
    """CallRefused with the text of the server's exception (8.2, 8.17). Of all other refusals only Verboice's own 404 is
    a no: the page for a route that is not there, before any work. UnexpectedReply for what somebody else said in its
    place, NoAnswer for an internal error: the call may be queued or not.
    """
    if reply.status == 400 and is_own_error(reply):
        raise CallRefused(_error_text(reply)[:300] or "no reason given", request_id=reply.request_id)
    if reply.status >= 500:
        raise NoAnswer(
            f"Verboice answered with an internal error (status {reply.status}), so the call may be queued or not.",
            request_id=reply.request_id,
        )
    if 400 <= reply.status < 500 and not _is_own_missing_page(reply) and unexpected(reply).reached is not Reached.NO:
        raise not_its_own(reply)


def is_own_error(reply: Reply) -> bool:
    """Shape A or E: a JSON object with the single key `error` and its text."""
    try:
        body = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(body, dict) and list(body) == ["error"] and isinstance(body["error"], str)


def is_own_refusal(reply: Reply) -> bool:
    """Whether a 401 has one of the forms that Verboice gives it, shape A or B (1.5, 1.18)."""
    return reply.is_head or ("www-authenticate" in reply.headers and is_own_error(reply))


def _is_own_missing_page(reply: Reply) -> bool:
    """Shape C: Rails' static page, known by its length."""
    return reply.status == 404 and reply.is_page and len(reply.body) == _STATIC_PAGE


def not_its_own(reply: Reply) -> UnexpectedReply:
    """The fault of a refusal of a call that did not come from Verboice: what stood before it may have passed it on."""
    return UnexpectedReply(
        f"Something in front of Verboice answered with status {reply.status}, so the call may be queued or not.",
        hint="Look at what stands between this program and Verboice.",
        reached=Reached.MAYBE,
        request_id=reply.request_id,
    )


def raise_not_visible(reply: Reply) -> None:
    """CallNotVisible for an unknown call, or one that belongs to the owner of a shared flow (8.11, 9.4)."""
    if reply.is_missing:
        raise CallNotVisible(
            "Verboice does not show this call to the account: unknown, or owned by the flow's account.",
            request_id=reply.request_id,
        )


def raise_cannot_cancel(reply: Reply) -> None:
    """CannotCancel where there is no such page (9.5)."""
    if reply.status == 404:
        raise CannotCancel(
            "This Verboice is older than 3.1.2 and cannot cancel calls through its API.",
            hint="Cancel them in Verboice itself.",
            request_id=reply.request_id,
        )
