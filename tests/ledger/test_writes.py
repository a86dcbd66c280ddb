"""The write-ahead record, and the memory it feeds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import CouldNotBeDone
from connectors.ledger import LeaseLost, Ledger
from connectors.ledger.values import CHANGES, SETTLED, VALUES, WRITES, Counts, RunRecord, Scope, SettledWrite, Watermark
from connectors.ledger.writes import CHANGED, OPEN, WRITTEN

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCOPE = Scope("https://v", 12, "clinic")
WRITE_ROWS = [
    {"seq": 0, "kind": "put", "contact_id": 7, "address": "8551", "row": 2},
    {"seq": 1, "kind": "put", "contact_id": 8, "address": "8552", "row": 3},
    {"seq": 2, "kind": "post", "contact_id": None, "address": "8553", "row": 4},
    {"seq": 3, "kind": "bulk", "contact_id": None, "address": "", "row": None},
]
CHANGE_ROWS = [
    {"seq": 0, "contact_id": 7, "variable": "age", "before": "38", "after": "39"},
    {"seq": 0, "contact_id": 7, "variable": "note", "before": None, "after": 'a "b",\n c'},
    {"seq": 1, "contact_id": 8, "variable": "age", "before": "", "after": ""},
    {"seq": 2, "contact_id": None, "variable": "age", "before": None, "after": "3"},
    {"seq": 3, "contact_id": 7, "variable": "flag", "before": None, "after": "x"},
    {"seq": 3, "contact_id": 8, "variable": "flag", "before": "y", "after": "x"},
]


@pytest.fixture
def planned(ledger: Ledger) -> Ledger:
    ledger.plan_writes("r1", pa.Table.from_pylist(WRITE_ROWS, WRITES), pa.Table.from_pylist(CHANGE_ROWS, CHANGES))
    return ledger


def states(ledger: Ledger) -> list[str]:
    return ledger.writes("r1")["state"].to_pylist()


def base(*rows: tuple[int, str, str | None, str | None]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(VALUES.names, row, strict=True)) for row in rows], VALUES)


def test_a_plan_of_writes_is_kept_as_it_was_given(planned: Ledger) -> None:
    standing = {"state": "planned", "attempts": 0, "reason": ""}
    assert planned.writes("r1") == pa.Table.from_pylist([row | standing for row in WRITE_ROWS], WRITTEN)
    assert planned.changes("r1").schema == CHANGED
    assert planned.changes("r1").select(CHANGES.names).to_pylist() == CHANGE_ROWS
    assert planned.count_writes("r1") == {"planned": 4}
    assert planned.writes("r2").num_rows == 0


def test_writes_are_planned_all_or_not_at_all(ledger: Ledger) -> None:
    twice = pa.Table.from_pylist([WRITE_ROWS[0], WRITE_ROWS[1], WRITE_ROWS[0]], WRITES)
    with pytest.raises(CouldNotBeDone):
        ledger.plan_writes("r1", twice, CHANGES.empty_table())
    assert ledger.writes("r1").num_rows == 0


def test_writes_go_from_planned_to_sending_to_settled(planned: Ledger) -> None:
    planned.mark_sending("r1", [0, 1, 2], AT)
    assert states(planned) == ["sending", "sending", "sending", "planned"]
    outcomes = [
        SettledWrite(0, "done"),
        SettledWrite(1, "uncertain", "no answer"),
        SettledWrite(2, "done", contact_id=9),
    ]
    planned.settle_writes("r1", outcomes, AT + HOUR)
    assert states(planned) == ["done", "uncertain", "done", "planned"]
    assert planned.writes("r1", OPEN)["seq"].to_pylist() == [1, 3]
    assert planned.writes("r1", OPEN)["reason"].to_pylist() == ["no answer", ""]
    planned.mark_sending("r1", [1], AT + HOUR)
    assert planned.writes("r1", ["sending"])["attempts"].to_pylist() == [2]


def test_changes_tell_which_contact_a_create_became(planned: Ledger) -> None:
    planned.settle_writes("r1", [SettledWrite(2, "done", contact_id=9), SettledWrite(1, "failed", "500")], AT)
    (created,) = planned.changes("r1", ["done"]).to_pylist()
    assert created == CHANGE_ROWS[3] | {"contact_id": 9, "row": 4, "address": "8553", "state": "done"}


@pytest.mark.parametrize("seqs", [[4], [0, 99], [1]])
def test_a_write_that_is_unknown_or_done_is_never_sent(planned: Ledger, seqs: list[int]) -> None:
    planned.settle_writes("r1", [SettledWrite(1, "done")], AT)
    with pytest.raises(ValueError, match="unknown or done"):
        planned.mark_sending("r1", seqs, AT)
    assert states(planned)[0] == "planned"


def test_what_was_sent_since_for_a_contact_is_known_whoever_sent_it(ledger: Ledger, planned: Ledger) -> None:
    ledger.start_run(RunRecord("r1", "visits", "sync", "running", AT, server=SCOPE.server, project_id=12))
    planned.mark_sending("r1", [0, 2, 3], AT + HOUR)
    planned.settle_writes("r1", [SettledWrite(2, "done", contact_id=9)], AT + HOUR)
    assert planned.written_since(SCOPE, AT, [7, 8, 9]) == {
        7: {("age", "39"), ("note", 'a "b",\n c'), ("flag", "x")},
        8: {("flag", "x")},
        9: {("age", "3")},
    }
    assert planned.written_since(SCOPE, AT + 2 * HOUR, [7, 8, 9]) == {}
    assert planned.written_since(Scope("https://v", 13, "clinic"), AT, [7, 8, 9]) == {}


def test_groups_may_be_large(ledger: Ledger) -> None:
    count = 1_201
    table = pa.table([range(count), ["put"] * count, range(count), ["1"] * count, range(count)], schema=WRITES)
    ledger.plan_writes("r1", table, CHANGES.empty_table())
    ledger.mark_sending("r1", range(count), AT)
    ledger.settle_writes("r1", [SettledWrite(seq, "done") for seq in range(count)], AT, scope=SCOPE)
    assert ledger.count_writes("r1") == {"done": count}


def test_a_run_that_lost_its_lease_cannot_mark_writes(planned: Ledger) -> None:
    lease = planned.acquire_lease("clinic", run_id="r1", holder="a", at=AT, ttl=HOUR)
    assert lease is not None
    planned.mark_sending("r1", [0], AT, lease=lease)
    assert planned.acquire_lease("clinic", run_id="r2", holder="b", at=AT + HOUR, ttl=HOUR) is not None
    with pytest.raises(LeaseLost, match="another run took over"):
        planned.mark_sending("r1", [1], AT, lease=lease)
    assert states(planned)[:2] == ["sending", "planned"]


def test_what_was_written_becomes_the_base(planned: Ledger) -> None:
    planned.remember_values(SCOPE, base((7, "age", "38", "38"), (8, "age", "1", "1")))
    outcomes = [
        SettledWrite(0, "done"),
        SettledWrite(1, "failed"),
        SettledWrite(2, "done", contact_id=9),
        SettledWrite(3, "done"),
    ]
    planned.settle_writes("r1", outcomes, AT, scope=SCOPE)
    note = 'a "b",\n c'
    assert planned.values(SCOPE) == base(
        (7, "age", "39", "39"),
        (7, "flag", "x", "x"),
        (7, "note", note, note),
        (8, "age", "1", "1"),
        (8, "flag", "x", "x"),
        (9, "age", "3", "3"),
    )
    assert planned.values(SCOPE, [9]) == base((9, "age", "3", "3"))


def test_another_server_project_or_pipeline_starts_without_a_memory(ledger: Ledger) -> None:
    ledger.remember_values(SCOPE, base((7, "age", "1", "1")))
    for other in (Scope("https://w", 12, "clinic"), Scope("https://v", 13, "clinic"), Scope("https://v", 12, "school")):
        assert ledger.values(other) == VALUES.empty_table()
        assert ledger.settled_rows(other) == SETTLED.empty_table()
        assert (ledger.counts(other), ledger.watermark(other, "updated_at")) == (Counts(), None)


VALUE = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
TABLE = st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from(["age", "a,b", 'q"'])), st.tuples(VALUE, VALUE))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(TABLE, max_size=4))
def test_the_latest_value_of_each_contact_and_variable_is_remembered(
    open_ledger: Callable[[], Ledger], tables: list[dict[tuple[int, str], tuple[str | None, str | None]]]
) -> None:
    scopes = test_the_latest_value_of_each_contact_and_variable_is_remembered.__dict__.setdefault("scopes", [])
    scopes.append(Scope("https://v", len(scopes), "clinic"))
    expected: dict[tuple[int, str], tuple[str | None, str | None]] = {}
    with open_ledger() as ledger:
        for table in tables:
            ledger.remember_values(scopes[-1], base(*((*key, *both) for key, both in table.items())))
            expected |= table
        rows = ledger.values(scopes[-1]).to_pylist()
    assert {
        (row["contact_id"], row["variable"]): (row["source_value"], row["remote_value"]) for row in rows
    } == expected


def test_the_base_of_a_few_contacts_is_read_by_itself(ledger: Ledger) -> None:
    everyone = base((1, "age", "1", "1"), (2, "age", "2", "2"), (3, "age", "3", None))
    ledger.remember_values(SCOPE, everyone)
    assert ledger.values(SCOPE, [3, 1, 99])["contact_id"].to_pylist() == [1, 3]
    assert ledger.values(SCOPE, [])["contact_id"].to_pylist() == []


def test_settled_rows_are_replaced_by_address(ledger: Ledger) -> None:
    rows = [
        {"address_key": "+8551", "content_hash": "aa", "contact_id": 7, "address": "01"},
        {"address_key": "+8552", "content_hash": "bb", "contact_id": None, "address": ""},
    ]
    ledger.settle_rows(SCOPE, pa.Table.from_pylist(rows, SETTLED), at=AT)
    rows[0]["content_hash"] = "cc"
    ledger.settle_rows(SCOPE, pa.Table.from_pylist(rows[:1], SETTLED), at=AT)
    assert ledger.settled_rows(SCOPE).sort_by("address_key").to_pylist() == rows


def test_counts_keep_what_is_not_told_anew(ledger: Ledger) -> None:
    ledger.record_counts(SCOPE, Counts(contacts=200, rows=180, counted_at=AT, full_check_at=AT))
    ledger.record_counts(SCOPE, Counts(rows=10, counted_at=AT + HOUR))
    ledger.record_counts(SCOPE, Counts())
    assert ledger.counts(SCOPE) == Counts(contacts=200, rows=10, counted_at=AT + HOUR, full_check_at=AT)


def test_a_watermark_moves(ledger: Ledger) -> None:
    for value in ("2026-11-01", "2026-11-02"):
        ledger.set_watermark(SCOPE, "updated_at", Watermark(value, "r1", AT))
    assert ledger.watermark(SCOPE, "updated_at") == Watermark("2026-11-02", "r1", AT)
    assert ledger.watermark(SCOPE, "id") is None
