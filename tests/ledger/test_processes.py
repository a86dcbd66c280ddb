"""Several processes, and processes that die: what a kill leaves behind, and who gets what there is one of."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger import Ledger
from connectors.ledger.values import SavedPlan
from connectors.ledger.writes import OPEN

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

Child = subprocess.Popen[str]
StartChild = Callable[[str], Child]

PLANNED = """
n = 10
writes = pa.table([range(n), ["put"] * n, range(n), ["1"] * n, range(n)], schema=WRITES)
changes = pa.table([range(n), range(n), ["age"] * n, ["1"] * n, ["2"] * n], schema=CHANGES)
ledger.plan_writes("r1", writes, changes)
"""


def hear(child: Child) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def go_on(*children: Child) -> None:
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()


def kill(child: Child) -> None:
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def test_writes_caught_in_the_air_by_a_kill_are_known(
    start_child: StartChild, open_ledger: Callable[[], Ledger]
) -> None:
    child = start_child(
        PLANNED
        + """
ledger.mark_sending("r1", [0, 1, 2, 3], AT)
ledger.settle_writes("r1", [SettledWrite(0, "done")], AT)
wait()
ledger.settle_writes("r1", [SettledWrite(1, "done")], AT)
"""
    )
    assert hear(child) == "ready"
    kill(child)
    unsettled = open_ledger().writes("r1", OPEN)
    standing = dict(zip(unsettled["seq"].to_pylist(), unsettled["state"].to_pylist(), strict=True))
    assert standing == {1: "sending", 2: "sending", 3: "sending"} | dict.fromkeys(range(4, 10), "planned")


def test_a_transaction_cut_by_a_kill_leaves_nothing(start_child: StartChild, open_ledger: Callable[[], Ledger]) -> None:
    child = start_child(
        PLANNED
        + """
with ledger._db.writing() as connection:
    connection.exec_driver_sql("UPDATE ledger_writes SET state = 'done'")
    wait()
"""
    )
    assert hear(child) == "ready"
    kill(child)
    assert open_ledger().count_writes("r1") == {"planned": 10}


def test_a_call_caught_in_the_air_by_a_kill_is_uncertain(
    start_child: StartChild, open_ledger: Callable[[], Ledger]
) -> None:
    child = start_child(
        """
for row in (2, 3):
    ledger.begin_call(CallIntent("r1", row, "https://v", 12, "clinic", f"id-{row}", "+1", "1"), AT)
    if row == 2:
        ledger.settle_call("r1", 2, "queued", AT, call_id=1)
wait()
"""
    )
    assert hear(child) == "ready"
    kill(child)
    ledger = open_ledger()
    assert [call.state for call in ledger.calls_of_run("r1")] == ["queued", "sending"]
    assert ledger.strand_calls("r1", AT, "the run was cut off") == 1
    assert [call.row for call in ledger.calls_of_run("r1", ["uncertain"])] == [3]


def test_a_killed_holder_s_lease_runs_out(start_child: StartChild, open_ledger: Callable[[], Ledger]) -> None:
    child = start_child("ledger.acquire_lease('push', run_id='r1', holder='a', at=AT, ttl=MINUTE)\nwait()\n")
    assert hear(child) == "ready"
    kill(child)
    ledger = open_ledger()
    assert ledger.acquire_lease("push", run_id="r2", holder="b", at=AT, ttl=MINUTE) is None
    taken = ledger.acquire_lease("push", run_id="r2", holder="b", at=AT + MINUTE, ttl=MINUTE)
    assert taken is not None
    assert taken.token == 2


def test_of_several_processes_one_gets_lease_plan_and_call(
    start_child: StartChild, open_ledger: Callable[[], Ledger]
) -> None:
    plan = SavedPlan("c0ffee", "r0", "clinic", AT)
    open_ledger().save_plan(plan)
    children = [
        start_child(
            f"""
wait()
lease = ledger.acquire_lease('push', run_id='r{number}', holder='x', at=AT, ttl=MINUTE)
used = ledger.claim_plan(ledger.plan('c0ffee'), run_id='r{number}', at=AT)
try:
    ledger.begin_call(CallIntent('r{number}', 2, 'https://v', 12, 'clinic', 'id', '+1', '1'), AT)
    asked = True
except AlreadyAsked:
    asked = False
tell(int(lease is not None), int(used is None), int(asked))
"""
        )
        for number in range(3)
    ]
    assert [hear(child) for child in children] == ["ready"] * 3
    go_on(*children)
    got = [[int(word) for word in hear(child).split()] for child in children]
    assert [sum(column) for column in zip(*got, strict=True)] == [1, 1, 1]


@pytest.mark.parametrize("most", [1, 2])
def test_of_several_processes_with_different_calls_for_each_person_only_so_many_call_the_person(
    start_child: StartChild, open_ledger: Callable[[], Ledger], most: int
) -> None:
    people = 40
    children = [
        start_child(
            f"""
wait()
spared = 0
for row in range({people}):
    intent = CallIntent('r{number}', row, 'https://v', {number}, 'p{number}', f'id-{number}-{{row}}', f'+{{row}}', '1')
    try:
        ledger.begin_call(intent, AT, caps=[Cap({most}, MINUTE)])
    except CalledLately as lately:
        assert lately.earlier.address_key == f'+{{row}}'
        spared += 1
tell(spared)
"""
        )
        for number in range(3)
    ]
    assert [hear(child) for child in children] == ["ready"] * 3
    go_on(*children)
    assert sum(int(hear(child)) for child in children) == (3 - most) * people
    called = [call.address_key for number in range(3) for call in open_ledger().calls_of_run(f"r{number}")]
    assert sorted(called) == sorted(most * [f"+{row}" for row in range(people)])


def test_two_processes_write_side_by_side(start_child: StartChild, open_ledger: Callable[[], Ledger]) -> None:
    code = PLANNED.replace("r1", "{run}") + (
        "wait()\nfor seq in range(10):\n"
        "    ledger.mark_sending('{run}', [seq], AT)\n"
        "    ledger.settle_writes('{run}', [SettledWrite(seq, 'done')], AT)\n"
        "tell('over')\n"
    )
    children = [start_child(code.replace("{run}", run_id)) for run_id in ("r1", "r2")]
    assert [hear(child) for child in children] == ["ready", "ready"]
    go_on(*children)
    assert [hear(child) for child in children] == ["over", "over"]
    ledger = open_ledger()
    assert [ledger.count_writes(run_id) for run_id in ("r1", "r2")] == [{"done": 10}, {"done": 10}]
