"""What can go wrong between us and Verboice, in the user's words.

VerboiceFault                 what a failed request has in common: how far it got, and the server's request id
├── stops the run
│   ├── LoginRefused              (2)  wrong password, unconfirmed account, not signed in
│   ├── NoSuchProjectOrNotShared  (2)  the server answers both in the same way
│   ├── ReadOnlyProject           (2)  shared to the account for reading only
│   ├── UnknownVariable           (2)  permanent; variables before it may be written
│   ├── InsecureUrl               (2)  plain http to another machine, or a URL that cannot be used
│   ├── ServerUnreachable         (1)  refused, not resolved, TLS, or failing for a while
│   │   └── AsksToWait            (1)  429, or 503 with Retry-After
│   ├── UnexpectedReply           (1)  HTML instead of JSON, truncated JSON, a redirect, 413/414
│   ├── CannotCancel              (1)  calls cannot be taken back on this server
│   └── ServerBroken              (1)  an internal error that a repetition did not cure
└── RowFault, ends as that row's outcome
    ├── NotWanted                      the run was stopped while the request waited for its turn
    │   └── TurnedAway                 asked to wait again and again, while the server answers others
    ├── CannotSend                     cannot be put into a request that the server would understand
    │   └── CannotAddress              the address cannot be part of a path on this server
    ├── NoSuchContact                  nobody has the address (any more)
    ├── StoredDifferently              Verboice kept another value than the one sent
    ├── WrongContact                   the reply is about somebody else
    ├── NotStored                      refused or rolled back by the server
    ├── AlreadyExists                  the address belongs to a contact already
    ├── NoAnswer                       sent, but no answer or an unusable one
    ├── CallRefused                    the server said no, with its reason
    └── CallNotVisible                 the call is unknown, or belongs to another account
"""

# ruff: noqa: N818 - named by consequence, as in `connectors.errors`
from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar

from connectors.errors import ConfigurationError, CouldNotBeDone, VerboiceSyncError


class Reached(Enum):
    """How far a request got. Only NO may be repeated when the request is not safe to repeat."""

    NO = "provably never reached the application"
    MAYBE = "sent, but no answer or an unusable one"
    YES = "the application answered"


class VerboiceFault(VerboiceSyncError):
    """A failed request. `request_id` is the reply's X-Request-Id, which leads an administrator to the log line."""

    reached = Reached.YES
    usual_hint: ClassVar[str] = ""  # the next step where nothing better is known

    def __init__(
        self, message: str, *, hint: str = "", reached: Reached | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(message, hint=hint or self.usual_hint)
        self.request_id = request_id
        if reached is not None:
            self.reached = reached

    def __str__(self) -> str:
        traced = f" (request id {self.request_id})" if self.request_id else ""
        return f"{super().__str__()}{traced}"


class LoginRefused(VerboiceFault, ConfigurationError):
    """Verboice did not accept the account (API sheet 1.5-1.7, 1.18)."""


class NoSuchProjectOrNotShared(VerboiceFault, ConfigurationError):
    """The project is missing or belongs to somebody else: Verboice answers 401 to both (API sheet 1.22)."""


class ReadOnlyProject(VerboiceFault, ConfigurationError):
    """The project is shared to this account with the role `read` (API sheet 1.22)."""


class UnknownVariable(VerboiceFault, ConfigurationError):
    """The project has no variable of that exact name; variables before it may be written (API sheet 5.3, 5.4)."""

    def __init__(self, name: str, *, request_id: str | None = None) -> None:
        super().__init__(
            f"Verboice knows no variable {name!r} in this project.",
            hint="Names are matched exactly, with case and blanks. Variables sent before it may already be written.",
            request_id=request_id,
        )
        self.name = name


class InsecureUrl(VerboiceFault, ConfigurationError):
    """The server's URL cannot be used, or would show credentials and phone numbers to everybody on the way."""

    reached = Reached.NO


class ServerUnreachable(VerboiceFault, CouldNotBeDone):
    """No conversation with the server: refused, not resolved, TLS, or it keeps failing or asking to wait.

    `again` says whether waiting can help; `retry_after` is the pause in seconds the server asked for.
    """

    reached = Reached.NO
    usual_hint = "See that the server is up and the network reaches it, and try again."

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        reached: Reached | None = None,
        request_id: str | None = None,
        again: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, reached=reached, request_id=request_id)
        self.again = again
        self.retry_after = retry_after


class AsksToWait(ServerUnreachable):
    """The server, or what stands in front of it, refused a request at the door for now."""

    usual_hint = "Try again later."


class UnexpectedReply(VerboiceFault, CouldNotBeDone):
    """An answer that Verboice's API would not give: a web page, broken JSON, a redirect, a front end's limit."""

    reached = Reached.MAYBE
    usual_hint = "Check verboice.url, and what stands in front of the server."


class CannotCancel(VerboiceFault, CouldNotBeDone):
    """This Verboice has no way to cancel calls (API sheet 9.5)."""


class ServerBroken(VerboiceFault, CouldNotBeDone):
    """Verboice answered with an internal error, also when asked again."""

    usual_hint = "The server's administrators find the reason in its log."


class RowFault(VerboiceFault):
    """Concerns this one request; the run goes on."""


class NotWanted(RowFault):
    """Not sent: the run was stopped while the request waited for its turn."""

    reached = Reached.NO


class TurnedAway(NotWanted):
    """Not carried out: this one request was asked to wait until its repetitions were used up."""


class CannotSend(RowFault):
    """Refused before sending: the server would misunderstand or cut it."""

    reached = Reached.NO


class CannotAddress(CannotSend):
    """This server cannot find anybody by such an address in a path (API sheet 4.5, 4.6)."""


class NoSuchContact(RowFault):
    """Nobody has the address to be updated (API sheet 4.2)."""


class StoredDifferently(RowFault):
    """Verboice answered 200 but kept another value: cut, or characters lost (API sheet 5.15, 5.16).

    `stored` is None where the value is null or absent; `others` has further differences, name -> (asked, stored).
    """

    def __init__(
        self,
        name: str,
        asked: str,
        stored: str | None,
        *,
        others: Mapping[str, tuple[str, str | None]] | None = None,
        request_id: str | None = None,
    ) -> None:
        kept = "nothing" if stored is None else repr(stored)
        super().__init__(f"Verboice stored {kept} for {name!r} instead of {asked!r}.", request_id=request_id)
        self.name = name
        self.asked = asked
        self.stored = stored
        self.others = dict(others or {})


class WrongContact(RowFault):
    """The reply is about a contact that does not have the address asked for."""


class NotStored(RowFault):
    """The server refused or rolled back; nothing was stored (API sheet 5.5, 7.2, 7.3)."""


class AlreadyExists(RowFault):
    """The address to be created belongs to a contact already (API sheet 7.3)."""


class NoAnswer(RowFault):
    """Sent, but the connection broke, time ran out, or a front end answered in Verboice's place (API sheet 12.4)."""

    reached = Reached.MAYBE


class CallRefused(RowFault):
    """Verboice did not enqueue the call; `reason` is its own text (API sheet 8.2, 8.17)."""

    def __init__(self, reason: str, *, request_id: str | None = None) -> None:
        super().__init__(f"Verboice refused the call: {reason}", request_id=request_id)
        self.reason = reason


class CallNotVisible(RowFault):
    """Unknown call, or owned by another account because its flow is (API sheet 8.11, 9.4)."""
