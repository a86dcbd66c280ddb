"""Sends requests at the pacer's pace, again where that is harmless, and tells the 401s apart.

Repeated is only what cannot do harm: reading, and whatever provably never reached the application.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.verboice import encoding, responses
from connectors.verboice.deadline import MOST_LISTED
from connectors.verboice.errors import (
    AsksToWait,
    LoginRefused,
    NoAnswer,
    NoSuchProjectOrNotShared,
    ReadOnlyProject,
    ServerUnreachable,
    TurnedAway,
    VerboiceFault,
)
from connectors.verboice.pacing import Pacer
from connectors.verboice.responses import Reply
from connectors.verboice.session import Receive, Request, Server, Session

_PROJECTS = Request("get", "GET", "/api/projects.json")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is sent at most. How long to wait in between is the pacer's business.

    attempts: while it cannot have done anything. after_500: of a read that met an internal error. list_attempts: of a
    whole contact list, which keeps the server from everybody else while it is made. list_patience: by how much longer
    a list may be silent than a small request (API sheet 3.11).
    """

    attempts: int = 4
    after_500: int = 2
    list_attempts: int = 2
    list_patience: float = 10.0


@dataclass(frozen=True, slots=True)
class Turn:
    """A request's turn to be sent. again: an earlier one was of no use, so it counts as a retry. unless: once this is
    set, it is not sent any more (NotWanted). gives_way: one of many that does not stop them: when the server asks just
    this one to wait, again and again, it is TurnedAway."""

    again: bool = False
    unless: threading.Event | None = None
    gives_way: bool = False


ONCE = Turn()


class Tally:
    """Requests sent, by kind, as the contract's `requests` object; `retries` counts those that repeated another."""

    _KINDS = ("get", "put", "bulk_put", "post", "call", "retries")

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, kind: str, *, again: bool) -> None:
        with self._lock:
            self._counts[kind] += 1
            self._counts["retries"] += again

    def as_dict(self) -> dict[str, int]:
        with self._lock:
            return {kind: self._counts[kind] for kind in self._KINDS}


class Sender:
    """Thread-safe. `base` is the server's URL without a slash at its end."""

    def __init__(self, server: Server, *, pacer: Pacer, policy: RetryPolicy) -> None:
        self._session = Session(server)
        self._pacer = pacer
        self._policy = policy
        self._list_silence = server.timeout * policy.list_patience
        self.base = self._session.base
        self.tally = Tally()

    def close(self) -> None:
        self._session.close()

    def stop_when(self, stop: threading.Event) -> None:
        """Nobody waits for a busy server once `stop` is set."""
        self._pacer.stop_when(stop)

    def tell_pauses(self, tell: Callable[[float], None]) -> None:
        """`tell` is given the seconds of each pause that the server is granted."""
        self._pacer.tell_pauses(tell)

    def ask(
        self,
        request: Request,
        *,
        project_id: int | None = None,
        receive: Receive | None = None,
        most: int = MOST_LISTED,
        again_after_500: bool = True,
        turn: Turn = ONCE,
    ) -> Reply:
        """Any reply but a refusal at the door (401, 429, 502-504), which is raised.

        `receive` takes the body of a list while it arrives, of at most `most` bytes, anew for each attempt.
        `project_id` is the project that a 401 may be about. Raises LoginRefused, NoSuchProjectOrNotShared,
        ReadOnlyProject, ServerUnreachable, NoAnswer, NotWanted, TurnedAway.
        """
        is_read = request.kind == "get"
        attempts = self._policy.attempts if receive is None else self._policy.list_attempts
        attempts_500 = self._policy.after_500 if is_read and again_after_500 else 1
        attempt = turned_away = 0
        while True:
            attempt += 1
            before = self._pacer.traffic
            outcome = self._attempt(request, receive, replace(turn, again=turn.again or attempt > 1), most)
            if isinstance(outcome, Reply):
                if outcome.status == 401:
                    raise self._refusal(outcome, request, project_id)
                if outcome.status != 500 or attempt >= attempts_500:
                    return outcome
            elif not self._is_repeatable(outcome, is_read=is_read):
                raise outcome
            elif turn.gives_way and isinstance(outcome, AsksToWait):
                # While all are asked to wait, no single one is given up: the pacer's breaker says when it is enough.
                turned_away += self._pacer.traffic.is_about_one(before)
                if turned_away >= attempts:
                    raise TurnedAway(f"Not carried out: {outcome.message}", request_id=outcome.request_id)
            elif attempt >= attempts:
                raise outcome

    def read(self, path: str) -> Reply:
        """The reply to a GET without which the run cannot go on: no answer means that the server is unreachable."""
        try:
            return self.ask(Request("get", "GET", path))
        except NoAnswer as fault:
            raise unreachable(fault) from fault

    def _attempt(
        self, request: Request, receive: Receive | None, turn: Turn = ONCE, most: int = MOST_LISTED
    ) -> Reply | ServerUnreachable | NoAnswer:
        with self._pacer.slot(is_small=receive is None, unless=turn.unless) as slot:
            self.tally.count(request.kind, again=turn.again)
            try:
                silence = None if receive is None else self._list_silence
                reply = self._session.send(request, receive=receive, silence=silence, most=most)
            except (ServerUnreachable, NoAnswer) as error:
                slot.failed()
                return error
            fault = responses.busy(reply)
            if fault is None:
                return reply
            slot.failed(fault.retry_after if isinstance(fault, ServerUnreachable) else None)
            return fault

    def _is_repeatable(self, fault: ServerUnreachable | NoAnswer, *, is_read: bool) -> bool:
        if isinstance(fault, ServerUnreachable):  # never sooner than the server asked
            return fault.again and self._pacer.would_wait(fault.retry_after)
        return is_read

    def _refusal(self, reply: Reply, request: Request, project_id: int | None) -> VerboiceFault:
        """What a 401 is about. Without a challenge it may be the project or, with single sign-on, the login as well,
        byte for byte the same; `projects.json` has no permission check and settles it (API sheet 1.18, 1.25).
        """
        if request.kind == "call" and not responses.is_own_refusal(reply):
            return responses.not_its_own(reply)
        refused = responses.credentials_refused(reply)
        if refused is not None:
            return refused
        if project_id is None or self._status(_PROJECTS) == 401:
            return LoginRefused(
                "Verboice refused the login.",
                hint="Check verboice.account and verboice.password.",
                request_id=reply.request_id,
            )
        probe = encoding.by_address(project_id, encoding.IMPOSSIBLE_ADDRESS)
        if request.kind != "get" and self._status(Request("get", "GET", probe)) == 404:
            return ReadOnlyProject(
                f"This account may only read project {project_id}.",
                hint="Its owner can share it again with the role admin.",
                request_id=reply.request_id,
            )
        return NoSuchProjectOrNotShared(
            f"There is no project {project_id} for this account: it does not exist or is not shared to it.",
            hint="Check verboice.project.",
            request_id=reply.request_id,
        )

    def _status(self, request: Request) -> int:
        outcome = self._attempt(request, None)
        if isinstance(outcome, Reply):
            return outcome.status
        raise outcome


def unreachable(fault: NoAnswer, *, hint: str = "") -> ServerUnreachable:
    """A row's fault where it is not about a row."""
    return ServerUnreachable(fault.message, hint=hint or fault.hint, reached=fault.reached, request_id=fault.request_id)
