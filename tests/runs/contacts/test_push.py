"""The push against a writer that loses answers, writes late, writes half, or dies; and a journal that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from connectors.errors import CouldNotBeDone
from connectors.values import Contact
from connectors.verboice.errors import (
    AlreadyExists,
    LoginRefused,
    NoAnswer,
    NoSuchContact,
    NotStored,
    ServerBroken,
    ServerUnreachable,
    StoredDifferently,
    UnexpectedReply,
    UnknownVariable,
)
from connectors.verboice.pacing import Pacer
from connectors.verboice.sending import ONCE, Turn
from flows.runs.contacts.push import GROUP, MOST_BROKEN, Lane, Push
from flows.runs.contacts.write import Write
from flows.runs.run import Patience

QUICK = Patience(waits=(0.0, 0.0, 0.0), sends=3)


@dataclass
class Server:
    """Contacts by address. `troubles` happen to requests one after the other: before or after the work is done."""

    stored: dict[str, dict[str, str]] = field(default_factory=dict)
    troubles: list[tuple[str, BaseException] | None] = field(default_factory=list)
    late: list[tuple[int, str, Mapping[str, str]]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    reads: int = 0
    repeats: int = 0
    pacer: Pacer = field(default_factory=lambda: Pacer.fixed(1))

    def contact_by_address(self, _project: int, address: str) -> Contact | None:
        self.reads += 1
        for when, late_address, values in list(self.late):
            if self.reads >= when:
                self.stored.setdefault(late_address, {}).update(values)
        return self._contact(address) if address in self.stored else None

    def update_contact(
        self, _project: int, address: str, variables: Mapping[str, str], *, turn: Turn = ONCE
    ) -> Contact:
        self._wait(turn.unless)
        self.repeats += turn.again
        if address not in self.stored:
            raise NoSuchContact("nobody has it")
        return self._do(address, variables)

    def create_contact(
        self, _project: int, address: str, variables: Mapping[str, str], *, turn: Turn = ONCE
    ) -> Contact:
        self._wait(turn.unless)
        self.repeats += turn.again
        if address in self.stored:
            self.sent.append(address)
            raise AlreadyExists("has already been taken")
        return self._do(address, variables)

    def _wait(self, unless: threading.Event | None) -> None:
        """Leave for one request at a time, as the client's pacer gives it."""
        with self.pacer.slot(unless=unless):
            pass

    def _do(self, address: str, variables: Mapping[str, str]) -> Contact:
        self.sent.append(address)
        when, trouble = (self.troubles.pop(0) if self.troubles else None) or ("never", None)
        if when == "late":
            self.late.append((self.reads + 2, address, variables))
        if when == "half":
            self.stored.setdefault(address, {}).update(dict(list(variables.items())[:1]))
        if when in {"after", "never"}:
            self.stored.setdefault(address, {}).update(variables)
        if trouble is not None:
            raise trouble
        return self._contact(address)

    def _contact(self, address: str) -> Contact:
        return Contact(1, (address,), dict(self.stored[address]))


@dataclass
class Book:
    """A journal; `fails` says when it cannot write."""

    fails: Callable[[str, int], bool] = lambda _what, _nth: False
    sending_seqs: list[int] = field(default_factory=list)
    settled: dict[int, str] = field(default_factory=dict)
    calls: int = 0

    def sending(self, seqs: list[int]) -> None:
        self._note("sending")
        self.sending_seqs.extend(seqs)

    def settle(self, outcomes: list) -> None:
        self._note("settle")
        self.settled |= {outcome.seq: outcome.state for outcome in outcomes}

    def _note(self, what: str) -> None:
        self.calls += 1
        if self.fails(what, self.calls):
            raise CouldNotBeDone("the disk is full")


def put(seq: int = 0, address: str = "855", **after: str) -> Write:
    values = after or {"age": "39"}
    return Write(seq, "put", seq + 2, address, values, before=dict.fromkeys(values, "38"), contact_id=1)


def post(seq: int = 0, address: str = "855", **after: str) -> Write:
    return Write(seq, "post", seq + 2, address, after or {"age": "39"})


def pushed(server: Server, *writes: Write, book: Book | None = None, workers: int = 1):
    return Push(server, book or Book(), Lane(1, workers, QUICK)).run(writes)


def only(result):
    (outcome,) = result.outcomes
    return outcome


@pytest.mark.parametrize("when", ["before", "after", "late"])
@pytest.mark.parametrize("fault", [NoAnswer("silence"), UnexpectedReply("a page")])
def test_a_lost_answer_ends_as_done_wherever_it_was_lost(when, fault):
    server = Server({"855": {"age": "38"}}, [(when, fault)])
    assert only(pushed(server, put())).state == "done"
    assert server.stored["855"] == {"age": "39"}
    assert len(server.sent) == (2 if when == "before" else 1)


def test_a_contact_that_somebody_else_changed_meanwhile_is_not_written_again():
    server = Server({"855": {"age": "38"}}, [("before", NoAnswer("silence"))])
    server.late = [(1, "855", {"age": "77"})]
    outcome = only(pushed(server, put()))
    assert (outcome.state, server.stored["855"]["age"], len(server.sent)) == ("failed", "77", 1)


def test_a_server_that_never_answers_leaves_the_row_uncertain_and_says_why():
    server = Server({"855": {"age": "38"}}, [("before", NoAnswer("silence"))] * 3)
    outcome = only(pushed(server, put()))
    assert outcome.state == "uncertain"
    assert outcome.reason.endswith("The last time: silence")
    assert len(server.sent) == 3


@pytest.mark.parametrize("trouble", [NoAnswer("silence"), NotStored("500")])
@pytest.mark.parametrize("write", ["put", "post"])
def test_a_request_sent_once_more_is_counted_as_a_repetition(write, trouble):
    server = Server({"855": {"age": "38"}} if write == "put" else {}, [("before", trouble)])
    pushed(server, put() if write == "put" else post())
    assert server.repeats == len(server.sent) - 1


def test_a_server_that_fails_on_everything_is_not_asked_for_the_rest():
    addresses = [str(n) for n in range(MOST_BROKEN * 3)]
    server = Server({address: {"age": "38"} for address in addresses}, [("before", NotStored("500"))] * 10_000)
    result = pushed(server, *(put(n, address) for n, address in enumerate(addresses)))
    assert isinstance(result.stopped, ServerBroken)
    states = [outcome.state for outcome in result.outcomes]
    assert states[:MOST_BROKEN] == ["failed"] * MOST_BROKEN
    assert set(states[MOST_BROKEN:]) == {"unsent"}
    assert len(server.sent) == MOST_BROKEN * QUICK.sends


def test_a_server_that_alters_everything_is_not_given_the_rest_to_spoil():
    addresses = [str(n) for n in range(MOST_BROKEN * 3)]
    spoilt: tuple[str, BaseException] = ("after", StoredDifferently("age", "39", "?", others={"color": ("x", None)}))
    server = Server({address: {"age": "38"} for address in addresses}, [spoilt] * 10_000)
    result = pushed(server, *(put(n, address) for n, address in enumerate(addresses)))
    assert isinstance(result.stopped, ServerBroken)
    assert len(server.sent) == MOST_BROKEN
    assert result.outcomes[0].altered == {"age": "?"}


def test_many_bad_values_among_good_ones_stop_nothing():
    addresses = [str(n) for n in range(MOST_BROKEN * 3)]
    bad: list[tuple[str, BaseException] | None] = [("before", NotStored("500"))] * QUICK.sends * (MOST_BROKEN - 1)
    server = Server({address: {"age": "38"} for address in addresses}, [*bad, None, *bad])
    result = pushed(server, *(put(n, address) for n, address in enumerate(addresses)))
    assert result.stopped is None
    assert [o.state for o in result.outcomes].count("failed") == 2 * (MOST_BROKEN - 1)


def test_a_rolled_back_request_is_tried_again_and_then_fails():
    again = Server({"855": {"age": "38"}}, [("before", NotStored("500"))])
    assert only(pushed(again, put())).state == "done"
    never = Server({"855": {"age": "38"}}, [("before", NotStored("500"))] * 3)
    assert only(pushed(never, put())).state == "failed"


def test_a_row_of_its_own_fault_does_not_stop_the_others():
    server = Server({"855": {"age": "38"}, "857": {"age": "38"}})
    result = pushed(server, put(0), put(1, "856"), put(2, "857"))
    assert [outcome.state for outcome in result.outcomes] == ["done", "failed", "done"]
    assert result.stopped is None


def test_an_unknown_variable_stops_the_run_and_says_what_was_half_written():
    server = Server({"855": {"age": "38"}, "856": {"age": "38"}}, [("half", UnknownVariable("color"))])
    result = pushed(server, put(0, age="39", color="red"), put(1, "856"))
    first, second = result.outcomes
    assert (first.state, first.stored) == ("failed", frozenset({"age"}))
    assert "Already stored: age" in first.reason
    assert second.state == "unsent"
    assert isinstance(result.stopped, UnknownVariable)


def test_a_refused_login_stops_the_run_and_nothing_after_it_is_sent():
    server = Server({"855": {"age": "38"}}, [("before", LoginRefused("no"))])
    result = pushed(server, *(put(n) for n in range(5)))
    assert {outcome.state for outcome in result.outcomes} == {"unsent"}
    assert len(server.sent) == 1


def test_a_creation_is_made_once_whatever_happens_to_its_answer():
    for when in ("before", "after"):
        server = Server({}, [(when, NoAnswer("silence"))])
        assert only(pushed(server, post())).state == "done"
        assert server.stored == {"855": {"age": "39"}}


def test_a_duplicate_is_read_and_not_sent_again():
    server = Server({"855": {"age": "7"}})
    outcome = only(pushed(server, post()))
    assert (outcome.state, server.sent, server.stored["855"]) == ("failed", ["855"], {"age": "7"})
    assert "contact 1" in outcome.reason
    ours = Server({"855": {"age": "39"}})
    assert only(pushed(ours, post())).state == "done"


def test_everything_is_recorded_before_it_is_sent_and_settled_after():
    book = Book()
    server = Server({str(n): {"age": "38"} for n in range(GROUP * 3)})
    result = pushed(server, *(put(n, str(n)) for n in range(GROUP * 3)), book=book, workers=8)
    assert book.sending_seqs == list(range(GROUP * 3))
    assert set(book.settled.values()) == {"done"}
    assert len(result.outcomes) == GROUP * 3


@pytest.mark.parametrize("what", ["sending", "settle"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_journal_that_cannot_write_stops_the_push_instead_of_hanging(what, nth):
    book = Book(fails=lambda asked, call: asked == what and call >= nth)
    server = Server({str(n): {"age": "38"} for n in range(GROUP * 4)})
    with pytest.raises(CouldNotBeDone):
        pushed(server, *(put(n, str(n)) for n in range(GROUP * 4)), book=book, workers=4)
    assert len(server.sent) <= len(book.sending_seqs)


def test_a_fault_of_our_own_ends_the_push_and_leaves_the_write_open():
    server = Server({"855": {"age": "38"}}, [("before", ZeroDivisionError())])
    book = Book()
    with pytest.raises(ZeroDivisionError):
        pushed(server, *(put(n) for n in range(GROUP * 2)), book=book)
    assert 0 not in book.settled


def test_a_stop_finishes_what_is_under_way_and_sends_nothing_new():
    stop = threading.Event()

    class Stopping(Server):
        def _do(self, address: str, variables: Mapping[str, str]) -> Contact:
            stop.set()
            return super()._do(address, variables)

    server = Stopping({"855": {"age": "38"}})
    result = Push(server, Book(), Lane(1, 1, QUICK), stop=stop).run([put(n) for n in range(3)])
    assert [outcome.state for outcome in result.outcomes] == ["done", "unsent", "unsent"]


def test_writes_that_wait_for_their_turn_are_not_sent_once_the_push_is_stopped():
    addresses = [str(n) for n in range(8)]

    class Slow(Server):
        def _wait(self, unless: threading.Event | None) -> None:
            with self.pacer.slot(unless=unless):
                time.sleep(0.02)
                if not self.sent:
                    self.sent.append("first")
                    raise LoginRefused("no")

    server = Slow({address: {"age": "38"} for address in addresses})
    result = pushed(server, *(put(n, address) for n, address in enumerate(addresses)), workers=8)
    assert {outcome.state for outcome in result.outcomes} == {"unsent"}
    assert server.sent == ["first"]


def test_an_unreachable_server_while_looking_leaves_the_row_uncertain():
    class Gone(Server):
        def contact_by_address(self, _project: int, _address: str) -> Contact | None:
            raise ServerUnreachable("gone")

    server = Gone({"855": {"age": "38"}}, [("after", NoAnswer("silence"))])
    result = pushed(server, put(0), put(1))
    assert [outcome.state for outcome in result.outcomes] == ["uncertain", "unsent"]
    assert isinstance(result.stopped, ServerUnreachable)
