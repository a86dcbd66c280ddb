"""Work on several threads: in order, with its faults, and with nobody who keeps a process alive."""

from __future__ import annotations

import threading

import pytest

from flows.runs.threads import mapped


def test_what_comes_of_each_item_comes_in_their_order():
    turn = threading.Event()

    def work(item):
        turn.wait(5) if item == 0 else turn.set()
        return item * 2

    assert list(mapped(work, range(5), workers=3, name="work")) == [0, 2, 4, 6, 8]
    assert list(mapped(work, [], workers=3, name="work")) == []


def test_a_fault_is_raised_once_what_is_under_way_has_ended():
    began, ended = threading.Event(), []

    def work(item):
        if item == 0:
            began.wait(5)
            raise KeyError(item)
        if item == 1:
            began.set()
        ended.append(item)

    with pytest.raises(KeyError):
        list(mapped(work, range(3), workers=2, name="work"))
    assert ended in ([1], [1, 2])
    assert not [thread for thread in threading.enumerate() if thread.name == "work"]


def test_nobody_waits_for_an_interrupted_one():
    go_on = threading.Event()

    def work(item):
        if item == 0:
            raise KeyboardInterrupt
        go_on.wait(30)

    with pytest.raises(KeyboardInterrupt):
        list(mapped(work, range(2), workers=2, name="work"))
    left = [thread for thread in threading.enumerate() if thread.name == "work"]
    go_on.set()
    assert all(thread.daemon for thread in left)
