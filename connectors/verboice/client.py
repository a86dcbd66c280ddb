"""The Verboice API, one method per endpoint.

What a reply means is decided in `responses`, what is repeated in `sending`, when something may leave in `pacing`. What
is not repeated is raised with how far it got (`reached`), and the caller decides with its ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

from connectors.values import (
    CallLogEntry,
    CallRequest,
    CallStatus,
    Channel,
    Contact,
    Project,
    QueuedCall,
    RemoteContacts,
)
from connectors.verboice import deadline, encoding, responses, shapes
from connectors.verboice.calls import call_request
from connectors.verboice.errors import (
    AlreadyExists,
    NoAnswer,
    NotStored,
    Reached,
    ReadOnlyProject,
    RowFault,
    VerboiceFault,
)
from connectors.verboice.listing import ContactColumns
from connectors.verboice.pacing import Pacer
from connectors.verboice.responses import Reply
from connectors.verboice.sending import ONCE, RetryPolicy, Sender, Tally, Turn, unreachable
from connectors.verboice.session import Request, Server


class VerboiceClient:
    """Thread-safe, for one account of one server; close it, or use it in a `with`.

    Every method may raise the stop-the-run errors of `connectors.verboice.errors`: LoginRefused, ServerUnreachable,
    UnexpectedReply, ServerBroken, and for a project NoSuchProjectOrNotShared. Further ones are named where they arise.
    `tally` counts the requests sent.
    """

    def __init__(
        self,
        server: Server,
        *,
        pacer: Pacer | None = None,
        policy: RetryPolicy | None = None,
        listed: Callable[[int], int | None] | None = None,
    ) -> None:
        """Without a pacer, requests go one at a time. `listed`: how many contacts the last list of a project had, which
        bounds what is taken in of the next; None where that is not known. Raises InsecureUrl, and ServerUnreachable as
        `Session`."""
        self._sender = Sender(server, pacer=pacer or Pacer.fixed(1), policy=policy or RetryPolicy())
        self._listed = listed or (lambda _project_id: None)
        self._has_details = True

    @property
    def tally(self) -> Tally:
        return self._sender.tally

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._sender.close()

    def stop_when(self, stop: threading.Event) -> None:
        """Requests that wait for a busy server give up once `stop` is set: ServerUnreachable, nothing was sent."""
        self._sender.stop_when(stop)

    def tell_pauses(self, tell: Callable[[float], None]) -> None:
        """`tell` is given the seconds of each pause, when the server asks for one or does not cope; from any thread."""
        self._sender.tell_pauses(tell)

    # Projects and contacts

    def projects(self) -> tuple[Project, ...]:
        """The account's own projects, not those shared to it (API sheet 2.3). The cheapest test of the login (1.25)."""
        return responses.value(self._sender.read("/api/projects.json"), shapes.projects)

    def contacts(
        self,
        project_id: int,
        *,
        variables: Sequence[str] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> RemoteContacts:
        """All contacts of a project (API sheet 3). `variables` are the columns wanted, None for all that occur.

        Takes the server milliseconds per contact, during which it may serve nobody else. `progress` is called with the
        number of bytes received so far.
        """
        request = Request("get", "GET", _contacts(project_id))
        try:
            return self._list(request, project_id, variables=variables, progress=progress)
        except NoAnswer as fault:
            patience = "A front end may not wait long enough for so many contacts; pull: by_address asks one by one."
            raise unreachable(fault, hint=fault.hint or patience) from fault

    def contact_by_address(self, project_id: int, address: str) -> Contact | None:
        """The contact that has `address` among its addresses; None when there is none (API sheet 4).

        Raises CannotAddress, WrongContact, NoAnswer.
        """
        reply = self._sender.ask(Request("get", "GET", encoding.by_address(project_id, address)), project_id=project_id)
        if reply.is_missing:
            return None
        responses.raise_unaddressable(reply)
        contact = responses.value(reply, shapes.contact)
        responses.raise_wrong_contact(contact, address, reply)
        return contact

    def update_contact(
        self, project_id: int, address: str, variables: Mapping[str, str], *, turn: Turn = ONCE
    ) -> Contact:
        """Set variables of one contact, and the contact as it is stored then (API sheet 5).

        Several requests, one after the other, when one line would be too long. Raises UnknownVariable and
        ReadOnlyProject (stop), and CannotSend, CannotAddress, NoSuchContact, NotStored, StoredDifferently,
        WrongContact, NoAnswer, NotWanted, TurnedAway. `variables` must not be empty. What has been begun is finished.
        """
        path = encoding.by_address(project_id, address)
        with _parts_may_be_written() as written:
            for part, asked in encoding.split_queries(path, variables, base=self._sender.base):
                request = Request("put", "PUT", f"{path}?{part}")
                its_turn = replace(turn, unless=None) if written else replace(turn, gives_way=True)
                reply = self._sender.ask(request, project_id=project_id, turn=its_turn)
                responses.raise_unaddressable(reply)
                responses.raise_not_stored(reply)
                contact = responses.value(reply, shapes.contact)
                written.append(part)
                responses.raise_wrong_contact(contact, address, reply)
                responses.raise_stored_differently(contact, asked, reply)
        return contact

    def update_all(
        self, project_id: int, variables: Mapping[str, str], *, progress: Callable[[int], None] | None = None
    ) -> RemoteContacts:
        """Set variables of every contact of the project, and the contacts as they are then (API sheet 6).

        The columns are those of `variables`; comparing them with what was asked is the caller's part, since a contact
        created meanwhile may rightly lack the value (6.4). Raises as `update_contact`; after NoAnswer the server is
        probably still at work (6.8).
        """
        path = f"/api/projects/{project_id}/contacts/all.json"
        with _parts_may_be_written() as written:
            for part, _ in encoding.split_queries(path, variables, base=self._sender.base):
                request = Request("bulk_put", "PUT", f"{path}?{part}")
                contacts = self._list(request, project_id, variables=tuple(variables), progress=progress)
                written.append(part)
        return contacts

    def create_contact(
        self, project_id: int, address: str, variables: Mapping[str, str], *, turn: Turn = ONCE
    ) -> Contact:
        """A new contact with one address (API sheet 7).

        Raises UnknownVariable and ReadOnlyProject (stop), and CannotSend, AlreadyExists, NotStored, StoredDifferently,
        WrongContact, NoAnswer, NotWanted, TurnedAway.
        """
        fields = encoding.query([("address", address), *encoding.variable_pairs(variables)])
        form = "application/x-www-form-urlencoded"
        request = Request("post", "POST", _contacts(project_id), fields.encode(), form)
        reply = self._sender.ask(request, project_id=project_id, turn=replace(turn, gives_way=True))
        try:
            responses.raise_not_created(reply)
        except NotStored as fault:  # also the answer when the address exists in another spelling (7.3)
            if reply.status == 500 and self._is_taken(project_id, address):
                raise AlreadyExists(
                    "Verboice has a contact with this address in another spelling.", request_id=fault.request_id
                ) from fault
            raise
        contact = responses.value(reply, shapes.contact)
        responses.raise_wrong_contact(contact, address, reply)
        responses.raise_stored_differently(contact, variables, reply)
        return contact

    def may_write(self, project_id: int) -> bool:
        """Whether the account may change contacts of the project (API sheet 1.22, 1.24).

        Asked with a PUT that cannot write anything: it names no variable, and an address longer than the database's
        column. The server judges the permission before it looks for the contact.
        """
        path = encoding.by_address(project_id, encoding.IMPOSSIBLE_ADDRESS)
        try:
            reply = self._sender.ask(Request("put", "PUT", path), project_id=project_id)
        except ReadOnlyProject:
            return False
        if reply.is_missing:
            return True
        raise responses.trouble(reply) or responses.unexpected(reply)

    # Channels, schedules, call flows

    def channels(self) -> tuple[Channel, ...]:
        """Channels of the account and those shared to it (API sheet 10.2); names of its own only, before 3.0.2."""
        reply = self._sender.read("/api/channels/all.json")
        if reply.status == 404:
            return responses.value(self._sender.read("/api/channels.json"), shapes.channel_names)
        return responses.value(reply, shapes.channels)

    def schedules(self, project_id: int) -> Mapping[str, int] | None:
        """A project's schedules by name, with how often each tries a call again (API sheet 10.6); None where they
        cannot be listed: not the account's own."""
        reply = self._sender.read(f"/api/projects/{project_id}/schedules.json")
        return None if reply.status == 404 else responses.value(reply, shapes.schedules)

    def call_flow(self, project_id: int, call_flow_id: int) -> str | None:
        """The name of a call flow (API sheet 10.7); None when the account has no such flow."""
        reply = self._sender.read(f"/api/projects/{project_id}/call_flows/{call_flow_id}.json")
        return None if reply.status == 404 else responses.value(reply, shapes.call_flow_name)

    # Calls

    def enqueue_call(self, call: CallRequest) -> QueuedCall:
        """Ask for one call, at most once (API sheet 8).

        Only an attempt that never reached Verboice is repeated. Raises CannotSend (nothing was sent), CallRefused (it
        said no), NoAnswer and UnexpectedReply with `reached` MAYBE: the person may be rung.
        """
        reply = self._sender.ask(call_request(call, base=self._sender.base))
        responses.raise_call_refused(reply)
        return responses.value(reply, shapes.queued_call)

    def call_status(self, call_id: int) -> CallStatus:
        """Where a call stands, in as much detail as this server tells. Raises CallNotVisible, NoAnswer."""
        return self.call_details(call_id) or self.call_state(call_id)

    def call_details(self, call_id: int) -> CallStatus | None:
        """State, times and reason of failure (API sheet 9.2). None where the server cannot tell: 3.1.2 and newer have
        no such page, older ones fail for calls without a call flow (9.1, 9.3). Raises CallNotVisible, NoAnswer.
        """
        if not self._has_details:
            return None
        reply = self._sender.ask(Request("get", "GET", f"/api/calls/{call_id}/details.json"), again_after_500=False)
        responses.raise_not_visible(reply)
        self._has_details = reply.status != 404
        return None if reply.status in (404, 500) else responses.value(reply, shapes.call_details)

    def call_state(self, call_id: int) -> CallStatus:
        """The state alone, which every server tells (API sheet 9.4). Raises CallNotVisible, NoAnswer."""
        reply = self._sender.ask(Request("get", "GET", f"/api/calls/{call_id}/state.json"))
        responses.raise_not_visible(reply)
        return responses.value(reply, shapes.call_status)

    def call_log(self, call_id: int) -> tuple[CallLogEntry, ...]:
        """What Verboice wrote down about a call (API sheet 9.11): first of all which address was asked for, and when.
        Raises CallNotVisible, NoAnswer."""
        reply = self._sender.ask(Request("get", "GET", f"/api/logs/{call_id}.csv"))
        responses.raise_not_visible(reply)
        return responses.table(reply, shapes.call_log)

    def cancel_call(self, call_id: int) -> CallStatus:
        """Take a call out of the queue (API sheet 9.5). Raises CallNotVisible, NoAnswer, CannotCancel (stop).

        Verboice marks a call in any state as cancelled, even a completed one: ask for the state first.
        """
        reply = self._sender.ask(Request("post", "POST", f"/api/calls/{call_id}/cancel.json"))
        responses.raise_not_visible(reply)
        responses.raise_cannot_cancel(reply)
        return responses.value(reply, shapes.call_status)

    def _is_taken(self, project_id: int, address: str) -> bool:
        try:
            return self.contact_by_address(project_id, address) is not None
        except RowFault:
            return False

    def _list(
        self,
        request: Request,
        project_id: int,
        *,
        variables: Sequence[str] | None,
        progress: Callable[[int], None] | None,
    ) -> RemoteContacts:
        """The contact list a request answers with, made into columns while it arrives."""
        received: list[RemoteContacts] = []

        def receive(head: Reply, portions: Iterator[bytes]) -> None:
            responses.raise_page(head)
            columns = ContactColumns(variables, request_id=head.request_id)
            total = 0
            for portion in portions:
                columns.feed(portion)
                total += len(portion)
                if progress is not None:
                    progress(total)
            received.append(columns.finish())

        most = deadline.most_listed(self._listed(project_id))
        reply = self._sender.ask(request, project_id=project_id, receive=receive, most=most)
        if not received:
            raise responses.trouble(reply) or responses.unexpected(reply)
        return received[-1]


@contextmanager
def _parts_may_be_written() -> Iterator[list[str]]:
    """A fault that "never reached" Verboice is a MAYBE for the whole update when earlier parts of it did."""
    written: list[str] = []
    try:
        yield written
    except VerboiceFault as fault:
        if written and fault.reached is Reached.NO:
            fault.reached = Reached.MAYBE
        raise


def _contacts(project_id: int) -> str:
    return f"/api/projects/{project_id}/contacts.json"
