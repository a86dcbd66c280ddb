"""When requests leave: never too many, never too early, all of them pausing together, and a breaker that opens."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from itertools import pairwise

import pytest

from connectors.verboice.concurrency import SAMPLE, ConcurrencySearch
from connectors.verboice.errors import NotWanted, ServerUnreachable
from connectors.verboice.pacing import Pacer, PauseRules

NO_PAUSE = PauseRules(first=0.0, longest=0.0, rounds=3)


def fail_once(pacer: Pacer, *, asked: float | None = None) -> None:
    with pacer.slot() as slot:
        slot.failed(asked)


def test_never_more_in_flight_than_the_limit():
    pacer = Pacer.fixed(3)
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with pacer.slot():
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.0005)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == 3


def test_requests_start_no_closer_than_the_rate_allows():
    pacer = Pacer.fixed(4, rate_limit=100)
    starts = []
    for _ in range(6):
        with pacer.slot():
            starts.append(time.monotonic())
    assert all(later - earlier >= 0.0095 for earlier, later in pairwise(starts))


def test_a_pause_that_the_server_asked_for_holds_everybody_back_and_a_shorter_one_does_not_end_it():
    pacer = Pacer(limit=2, rules=PauseRules(first=0.0))
    with pacer.slot() as first, pacer.slot() as second:
        first.failed(0.05)
        second.failed(0.0)
    began = time.monotonic()
    with pacer.slot():
        assert 0.045 <= time.monotonic() - began < 30


def test_who_is_asked_to_wait_too_long_is_not_sent_again_and_the_others_wait_no_longer_than_is_bearable():
    pacer = Pacer(rules=PauseRules(first=0.0, longest_asked=0.05))
    assert [pacer.would_wait(asked) for asked in (None, 0.05, 0.06)] == [True, True, False]
    fail_once(pacer, asked=3_600.0)
    began = time.monotonic()
    with pacer.slot():
        assert 0.045 <= time.monotonic() - began < 30


def test_who_waits_gives_up_when_told_to_stop_and_who_need_not_wait_goes_on():
    pacer, stop = Pacer.fixed(1), threading.Event()
    pacer.stop_when(stop)
    stop.set()
    with pacer.slot():
        pass
    fail_once(pacer, asked=60.0)
    with pytest.raises(ServerUnreachable, match="not sent"), pacer.slot():
        pass


def test_several_failed_rounds_in_a_row_open_the_breaker():
    pacer = Pacer(rules=NO_PAUSE)
    for _ in range(3):
        fail_once(pacer)
    with pytest.raises(ServerUnreachable, match="3 times in a row"), pacer.slot():
        pass


def test_one_success_closes_the_row_of_failures():
    pacer = Pacer(rules=NO_PAUSE)
    for _ in range(5):
        fail_once(pacer)
        fail_once(pacer)
        with pacer.slot():
            pass


def test_requests_that_fail_together_are_one_round():
    pacer = Pacer(limit=8, rules=NO_PAUSE)
    with ExitStack() as together:
        for _ in range(8):
            together.enter_context(pacer.slot()).failed()
    with pacer.slot():
        pass


def test_the_open_breaker_wakes_those_who_wait():
    pacer = Pacer(limit=1, rules=PauseRules(first=0.0, rounds=1))
    raised = []

    def wait_for_leave() -> None:
        try:
            with pacer.slot():
                pass
        except ServerUnreachable as error:
            raised.append(error)

    threads = [threading.Thread(target=wait_for_leave) for _ in range(4)]
    with pacer.slot() as slot:
        for thread in threads:
            thread.start()
        slot.failed()
    for thread in threads:
        thread.join(10)
    assert len(raised) == 4


@pytest.mark.parametrize(("is_small", "most"), [(False, 1), (True, 2)])
def test_only_small_requests_teach_the_search_and_those_one_by_one_not_that_more_would_fit(is_small: bool, most: int):
    pacer, limits = Pacer.auto(), set()
    for _ in range(20 * SAMPLE):
        with pacer.slot(is_small=is_small):
            limits.add(pacer.limit)
    assert limits == set(range(1, most + 1))


def test_a_failure_is_told_to_the_search_whatever_failed():
    pacer = Pacer(search=(search := ConcurrencySearch()), rules=NO_PAUSE)
    while search.limit < 2:
        with pacer.slot():
            pass
    with pacer.slot(is_small=False) as slot:
        slot.failed()
    assert pacer.limit == 1


def test_auto_starts_with_one():
    assert Pacer.auto().limit == 1


def test_requests_that_wait_for_leave_or_sit_out_a_pause_are_dropped_once_nobody_wants_them():
    stop, dropped = threading.Event(), []
    busy, paused = Pacer.fixed(1), Pacer.fixed(1)
    fail_once(paused, asked=60.0)

    def wait_for(pacer: Pacer) -> None:
        try:
            with pacer.slot(unless=stop):
                pass
        except NotWanted as fault:
            dropped.append(fault)

    threads = [threading.Thread(target=wait_for, args=[pacer]) for pacer in (busy, busy, busy, paused)]
    with busy.slot():
        for thread in threads:
            thread.start()
        time.sleep(0.02)
        stop.set()
    for thread in threads:
        thread.join(5)
    assert len(dropped) == 4
    with busy.slot():
        pass
